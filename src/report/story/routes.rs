//! The way of the downloads: each distinct route once, and how many episodes take it.

use std::collections::{BTreeSet, HashMap};

use super::{Index, Shows};
use crate::judge::{Code, Outcome, Verdict};
use crate::link::Link;
use crate::report::model::{Chain, Enclosure, Hop, Media, Named as _, Report, SecondOpinion, Stamp, Text};
use crate::report::words;

/// Chains over the same origins with the same answers.
pub(in crate::report) struct Route<'a> {
    pub(in crate::report) chains: Vec<&'a Chain>,
    pub(in crate::report) verdict: Verdict,
    /// Episodes, by feed and place.
    episodes: BTreeSet<(usize, usize)>,
    /// The title of the first episode, or of the feed.
    title: &'a str,
    /// The shows that it serves, by feed.
    shows: BTreeSet<usize>,
    /// The first file that takes it.
    file: Option<&'a Enclosure>,
    /// The feed's own chain, not an episode's.
    pub(in crate::report) is_feed: bool,
}

/// What makes two routes the same: where each hop goes and what it answers, how it ends, what
/// another User-Agent gets, and whether the planned route was kept to.
type Key<'a> = (
    bool,
    Vec<(&'a Text, Option<u16>, Option<&'static str>)>,
    &'static str,
    Option<&'a Text>,
    Option<&'static str>,
    Option<&'a SecondOpinion>,
    Option<usize>,
);

/// The routes, the worst first, then the most used. A feed's own chain is one of them where it
/// failed, or where everything is asked for.
pub(in crate::report) fn collect(report: &Report, verbose: bool) -> Vec<Route<'_>> {
    let mut routes: Vec<Route<'_>> = Vec::new();
    let mut places: HashMap<Key<'_>, usize> = HashMap::new();
    let mut add = |chain, verdict, (feed, place): (usize, Option<usize>), title, file| {
        let nth = *places.entry(key(chain, file)).or_insert(routes.len());
        if routes.get(nth).is_none() {
            let is_feed = place.is_none();
            let (episodes, shows) = (BTreeSet::new(), BTreeSet::new());
            routes.push(Route { chains: Vec::new(), verdict, episodes, title, shows, file, is_feed });
        }
        if let Some(route) = routes.get_mut(nth) {
            route.chains.push(chain);
            route.verdict = route.verdict.max(verdict);
            route.episodes.extend(place.map(|place| (feed, place)));
            route.shows.insert(feed);
        }
    };
    for (at, feed) in report.feeds.iter().enumerate() {
        if let Some(chain) = feed.chain.as_ref().filter(|chain| verbose || chain.outcome.0 != Outcome::Document) {
            let verdict = match chain.outcome.0 {
                Outcome::Broken => Verdict::Critical,
                Outcome::Unknown => Verdict::Unknown,
                Outcome::Media | Outcome::Document => Verdict::Ok,
            };
            add(chain, verdict, (at, None), feed.title.as_deref().unwrap_or(&feed.source), None);
        }
        for (place, episode) in feed.episodes.iter().enumerate() {
            for enclosure in &episode.enclosures {
                if let Some(chain) = &enclosure.chain {
                    add(chain, enclosure.verdict.0, (at, Some(place)), &episode.title, Some(enclosure));
                }
            }
        }
    }
    routes.sort_by_key(|route| std::cmp::Reverse((route.verdict, route.chains.len())));
    routes
}

fn key<'a>(chain: &'a Chain, file: Option<&Enclosure>) -> Key<'a> {
    let hop = |hop: &'_ Hop| hop.error.as_ref().map(|fault| fault.phase.0.name());
    let hops = chain.hops.iter().map(|h| (&h.origin, h.status, hop(h))).collect();
    let instead = chain.media.as_ref().and_then(|media| media.instead);
    let strayed = file.and_then(|file| file.strayed);
    (
        file.is_none(),
        hops,
        chain.outcome.0.name(),
        chain.end.as_ref(),
        instead,
        chain.second_opinion.as_deref(),
        strayed,
    )
}

impl Route<'_> {
    /// Who takes it, by name: the first of many shows and how many more there are.
    pub(in crate::report) fn title(&self, all: &Shows<'_>) -> String {
        let shows = self.shows.len() as u64;
        let named = all.names(&self.shows);
        if self.is_feed {
            return match shows {
                1 => format!("the feed of {named}"),
                _ => format!("the feeds of {}: {named}", words::count(shows, "show", "shows")),
            };
        }
        let episodes = words::count(self.episodes.len() as u64, "episode", "episodes");
        match (self.episodes.len(), shows) {
            (1, _) if !self.title.trim().is_empty() => format!("{episodes} of {named}: {}", self.title),
            (_, 1) => format!("{episodes} of {named}"),
            _ => format!("{episodes} of {}: {named}", words::count(shows, "show", "shows")),
        }
    }
}

impl Route<'_> {
    /// The route that is written in the first file's URL, where the one observed left it or ended
    /// before its end: hosts in their order, and the first one that was not reached said to be that.
    pub(in crate::report) fn plan(&self, index: &Index<'_>) -> Option<Vec<String>> {
        let file = self.file?;
        let strayed = file.strayed?;
        let hops = file.chain.as_ref().map(|chain| chain.hops.as_slice()).unwrap_or_default();
        let step = |(at, url): (usize, &Text)| {
            let Ok(link) = Link::parse(url) else { return url.to_string() };
            let origin = link.origin().to_string();
            let host = index.host(&origin);
            match (at == strayed, hops.iter().any(|hop| *hop.origin == *origin)) {
                (true, false) => format!("{host} (not reached)"),
                // Another URL of a host that was asked: its name alone would not tell.
                (true, true) => format!("{url} (not reached)"),
                (false, _) => host.to_owned(),
            }
        };
        Some(file.planned.iter().enumerate().map(step).collect())
    }
}

/// Whose host it is and what it does: `Prefixly, prefix`; empty where neither is known.
pub(in crate::report) fn party(hop: &Hop) -> String {
    words::party(hop.provider.as_deref(), hop.role.0)
}

/// What a hop's certificate is worth in a few words, and how bad that is where it is not good.
pub(in crate::report) fn certificate(hop: &Hop, index: &Index<'_>, at: Stamp) -> (String, Option<Verdict>) {
    if hop.origin.starts_with("http:") {
        return ("no TLS".to_owned(), None);
    }
    let Some(tls) = index.tls(hop) else { return (String::new(), None) };
    let end = tls.expires_at.map(|end| words::expiry(end.since(at))).unwrap_or_default();
    if !tls.trusted {
        let what = tls.problems.iter().find_map(|problem| short(problem.0));
        let text = match what {
            Some(what) => what.to_owned(),
            None if end.starts_with("expired") => end,
            None => "not trusted".to_owned(),
        };
        return (text, Some(Verdict::Critical));
    }
    let worst = tls.reasons.iter().map(|reason| reason.severity).max();
    (end, worst.map(Verdict::from).filter(|verdict| *verdict != Verdict::Ok))
}

/// What is wrong with a certificate, where it is not the date.
fn short(code: Code) -> Option<&'static str> {
    match code {
        Code::CertNotYetValid => Some("not yet valid"),
        Code::CertNameMismatch => Some("wrong name"),
        Code::CertSelfSigned => Some("self-signed"),
        Code::CertUntrusted => Some("unknown root"),
        Code::CertChainIncomplete => Some("incomplete"),
        Code::CertRevoked => Some("revoked"),
        Code::CertWeak => Some("too weak"),
        Code::CertInvalid => Some("invalid"),
        _ => None,
    }
}

/// What stands at the end of a chain: what came in place of what was asked for, and the audio.
pub(in crate::report) fn ending(chain: &Chain, is_feed: bool) -> (Vec<String>, Option<String>) {
    let mut wrong = Vec::new();
    wrong.extend(chain.end.as_deref().map(str::to_owned));
    let answered = chain.hops.last().filter(|hop| hop.error.is_none()).and_then(|hop| hop.status);
    if let (Outcome::Broken, None, None, Some(status)) = (chain.outcome.0, &chain.end, &chain.media, answered) {
        wrong.push(format!("{status} in place of {}", if is_feed { "the feed" } else { "audio" }));
    }
    let instead = chain.media.as_ref().and_then(|media| media.instead);
    wrong.extend(instead.map(|instead| format!("{instead} in place of audio")));
    let audio = chain.media.as_ref().filter(|media| media.instead.is_none()).and_then(|media| audio(media));
    (wrong, audio)
}

/// What another User-Agent got where podprobe was refused, and whether it was served.
pub(in crate::report) fn opinion(chain: &Chain) -> Option<(String, bool)> {
    let second = chain.second_opinion.as_deref()?;
    let got = match (second.status, &second.error) {
        (Some(status), _) => format!("gets {status}"),
        (None, Some(error)) => format!("gets no answer: {error}"),
        (None, None) => "gets no answer".to_owned(),
    };
    Some((format!("another User-Agent ({}) {got}", second.user_agent), second.served))
}

/// HTTP/2 failed and HTTP/1.1 served: nothing that listeners notice, but something to tell the host.
pub(in crate::report) fn healed(route: &Route<'_>, index: &Index<'_>) -> Option<String> {
    let mut hops = route.chains.iter().flat_map(|chain| &chain.hops);
    hops.find_map(|hop| {
        let why = hop.http2_error.as_deref().filter(|_| hop.error.is_none())?;
        Some(format!("{}: HTTP/2 failed ({why}), HTTP/1.1 works", index.host(&hop.origin)))
    })
}

/// `mp3, 128 kbit/s, 1.9 MiB`.
fn audio(media: &Media) -> Option<String> {
    let format = media.format.0?;
    let mut parts = vec![format.as_str().to_owned()];
    parts.extend(media.bitrate_kbps.map(|rate| format!("{rate} kbit/s")));
    if media.range_supported == Some(false) {
        parts.push("no byte ranges".to_owned());
    }
    Some(parts.join(", "))
}
