//! The way of the downloads: each distinct route once, hop by hop, and how many episodes take it.

use std::collections::{BTreeSet, HashMap};

use super::page::{Page, pad, pad_left};
use super::survey::Index;
use crate::judge::{Code, Outcome, Verdict};
use crate::markup;
use crate::report::model::{Chain, Hop, Media, Named as _, Report, SecondOpinion, Stamp, Text};
use crate::report::style::Ink;
use crate::report::words;

/// Routes that are drawn.
const MAX_ROUTES: usize = 6;

/// Chains over the same origins with the same answers.
struct Route<'a> {
    chains: Vec<&'a Chain>,
    verdict: Verdict,
    /// Episodes, by feed and place.
    episodes: BTreeSet<(usize, usize)>,
    /// The title of the first episode, or of the feed.
    title: &'a str,
    /// The route written in the URL of the first episode.
    planned: &'a [Text],
    /// The feed's own chain, not an episode's.
    is_feed: bool,
}

/// What makes two routes the same: where each hop goes and what it answers, and how it ends.
type Key<'a> = (
    bool,
    Vec<(&'a Text, Option<u16>, Option<&'static str>)>,
    &'static str,
    Option<&'a Text>,
    Option<&'static str>,
    Option<&'a SecondOpinion>,
);

pub(super) fn write(page: &mut Page<'_>, report: &Report, index: &Index<'_>) {
    let routes = collect(report, page.style().verbose);
    if routes.is_empty() {
        return;
    }
    page.heading("How downloads travel");
    let most = if page.style().verbose { usize::MAX } else { MAX_ROUTES };
    let drawn: Vec<&Route<'_>> = routes.iter().take(most).collect();
    let rows: Vec<Vec<Row>> = drawn.iter().map(|route| rows(route, index, report.evaluated_at, page)).collect();
    let widths = Widths::of(rows.iter().flatten(), page.style().columns());
    for (route, rows) in drawn.iter().zip(&rows) {
        draw(page, route, rows, &widths);
    }
    let left = routes.len().saturating_sub(most) as u64;
    if left > 0 {
        let text = format!("  and {}; --verbose shows them", words::count(left, "more route", "more routes"));
        page.line(&[(Ink::Faint, &text)]);
    }
}

/// The routes, the worst first, then the most used. A feed's own chain is one of them where it
/// failed, or where everything is asked for.
fn collect(report: &Report, verbose: bool) -> Vec<Route<'_>> {
    let mut routes: Vec<Route<'_>> = Vec::new();
    let mut places: HashMap<Key<'_>, usize> = HashMap::new();
    let mut add = |chain, verdict, episode: Option<(usize, usize)>, title, planned| {
        let place = *places.entry(key(chain, episode.is_none())).or_insert(routes.len());
        if routes.get(place).is_none() {
            let is_feed = episode.is_none();
            routes.push(Route { chains: Vec::new(), verdict, episodes: BTreeSet::new(), title, planned, is_feed });
        }
        if let Some(route) = routes.get_mut(place) {
            route.chains.push(chain);
            route.verdict = route.verdict.max(verdict);
            route.episodes.extend(episode);
        }
    };
    for (at, feed) in report.feeds.iter().enumerate() {
        if let Some(chain) = feed.chain.as_ref().filter(|chain| verbose || chain.outcome.0 != Outcome::Document) {
            let verdict = match chain.outcome.0 {
                Outcome::Broken => Verdict::Critical,
                Outcome::Unknown => Verdict::Unknown,
                Outcome::Media | Outcome::Document => Verdict::Ok,
            };
            add(chain, verdict, None, feed.title.as_deref().unwrap_or(&feed.source), &[]);
        }
        for (place, episode) in feed.episodes.iter().enumerate() {
            for enclosure in &episode.enclosures {
                if let Some(chain) = &enclosure.chain {
                    add(chain, enclosure.verdict.0, Some((at, place)), &episode.title, &enclosure.planned);
                }
            }
        }
    }
    routes.sort_by_key(|route| std::cmp::Reverse((route.verdict, route.chains.len())));
    routes
}

fn key(chain: &Chain, is_feed: bool) -> Key<'_> {
    let hop = |hop: &'_ Hop| hop.error.as_ref().map(|fault| fault.phase.0.name());
    let hops = chain.hops.iter().map(|h| (&h.origin, h.status, hop(h))).collect();
    let instead = chain.media.as_ref().and_then(|media| media.instead);
    (is_feed, hops, chain.outcome.0.name(), chain.end.as_ref(), instead, chain.second_opinion.as_deref())
}

/// One hop, in cells that are safe.
struct Row {
    host: String,
    party: String,
    status: String,
    time: String,
    http: String,
    certificate: String,
    ink: Ink,
    error: Option<String>,
}

fn rows(route: &Route<'_>, index: &Index<'_>, at: Stamp, page: &Page<'_>) -> Vec<Row> {
    let Some(first) = route.chains.first() else { return Vec::new() };
    let row = |(place, hop): (usize, &Hop)| {
        let (certificate, ink) = certificate(hop, index, at, page);
        let same_place = route.chains.iter().filter_map(|chain| chain.hops.get(place));
        let role = words::role(hop.role.0);
        let party = match (&hop.provider, role) {
            (Some(provider), Some(role)) => format!("{provider}, {role}"),
            (Some(provider), None) => provider.to_string(),
            (None, role) => role.unwrap_or_default().to_owned(),
        };
        let host = index.host(&hop.origin);
        Row {
            host: markup::terminal(host).into_owned(),
            party: markup::terminal(&party).into_owned(),
            status: hop.status.map_or_else(|| "-".to_owned(), |status| status.to_string()),
            time: median(same_place.map(|hop| hop.timings_ms.total_tenths()).collect())
                .map(words::millis)
                .unwrap_or_default(),
            http: hop.http_version.unwrap_or_default().to_owned(),
            certificate,
            ink,
            error: hop.error.as_ref().map(|fault| fault.message.to_string()),
        }
    };
    first.hops.iter().enumerate().map(row).collect()
}

/// What a hop's certificate is worth, in a few words.
fn certificate(hop: &Hop, index: &Index<'_>, at: Stamp, page: &Page<'_>) -> (String, Ink) {
    if hop.origin.starts_with("http:") {
        return ("no TLS".to_owned(), Ink::Plain);
    }
    let Some(tls) = index.tls(hop) else { return (String::new(), Ink::Plain) };
    let end = tls.expires_at.map(|end| words::expiry(end.since(at))).unwrap_or_default();
    if !tls.trusted {
        let what = tls.problems.iter().find_map(|problem| short(problem.0));
        let text = match what {
            Some(what) => what.to_owned(),
            None if end.starts_with("expired") => end,
            None => "not trusted".to_owned(),
        };
        return (format!("{} {text}", page.style().mark(Verdict::Critical)), Ink::Bad);
    }
    let worst = tls.reasons.iter().map(|reason| reason.severity).max();
    match worst.map(Verdict::from).filter(|verdict| *verdict != Verdict::Ok) {
        Some(verdict) => (format!("{} {end}", page.style().mark(verdict)), verdict.into()),
        None => (end, Ink::Plain),
    }
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

fn median(mut values: Vec<u64>) -> Option<u64> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

/// The columns' widths over all routes.
#[derive(Default)]
struct Widths {
    host: usize,
    party: usize,
    status: usize,
    time: usize,
    http: usize,
}

impl Widths {
    /// As wide as the content; where that is too much, whose host it is gives way first, then its
    /// name, then the version of HTTP.
    fn of<'a>(rows: impl Iterator<Item = &'a Row>, columns: usize) -> Self {
        let mut widths = Self::default();
        let mut certificate = 0;
        for row in rows {
            for (cell, width) in [
                (&row.host, &mut widths.host),
                (&row.party, &mut widths.party),
                (&row.status, &mut widths.status),
                (&row.time, &mut widths.time),
                (&row.http, &mut widths.http),
                (&row.certificate, &mut certificate),
            ] {
                *width = (*width).max(markup::width(cell));
            }
        }
        let gaps = 4 + 5 * 2; // the tree, and two columns before every cell but the first
        let total = gaps + widths.host + widths.party + widths.status + widths.time + widths.http + certificate;
        let mut over = total.saturating_sub(columns);
        let mut shrink = |width: &mut usize, least: usize| {
            let mut give = over.min(width.saturating_sub(least));
            if least == 0 && give > 0 {
                give = *width; // half a version says nothing
            }
            *width -= give;
            over = over.saturating_sub(give);
        };
        shrink(&mut widths.party, 16);
        shrink(&mut widths.host, 24);
        shrink(&mut widths.http, 0);
        shrink(&mut widths.party, 0);
        shrink(&mut widths.host, 12);
        widths
    }
}

fn draw(page: &mut Page<'_>, route: &Route<'_>, rows: &[Row], widths: &Widths) {
    let mark = page.style().mark(route.verdict);
    let title = page.fit(&title(route), page.style().columns().saturating_sub(2));
    page.labelled((route.verdict.into(), mark), 2, Ink::Plain, &title);
    for (at, row) in rows.iter().enumerate() {
        let last = at + 1 == rows.len();
        let tree = match (last, page.style().unicode) {
            (false, true) => "  ├ ",
            (true, true) => "  └ ",
            (false, false) => "  |-",
            (true, false) => "  `-",
        };
        let cell = |text: &str, width: usize| {
            if width == 0 { String::new() } else { format!("  {}", pad(&page.fit(text, width), width)) }
        };
        let host = pad(&page.fit(&row.host, widths.host), widths.host);
        let status = format!("  {}", pad_left(&row.status, widths.status));
        let time = format!("  {}", pad_left(&row.time, widths.time));
        page.line(&[
            (Ink::Faint, tree),
            (if row.error.is_some() { Ink::Bad } else { Ink::Plain }, &host),
            (Ink::Faint, &cell(&row.party, widths.party)),
            (Ink::Plain, &status),
            (Ink::Faint, &time),
            (Ink::Faint, &cell(&row.http, widths.http)),
            (row.ink, &format!("  {}", row.certificate)),
        ]);
        if let Some(error) = &row.error {
            let below = if last {
                "    "
            } else if page.style().unicode {
                "  │ "
            } else {
                "  | "
            };
            let lead = format!("{below}{} ", page.style().mark(Verdict::Critical));
            page.paragraph(&lead, markup::width(&lead), Ink::Bad, error);
        }
    }
    if let Some(chain) = route.chains.first() {
        if let Some(plan) = unmet_plan(route.planned, rows) {
            page.paragraph("    ", 4, Ink::Faint, &format!("written in the link: {plan}"));
        }
        ending(page, chain, route.is_feed);
    }
    page.blank();
}

/// The hosts of the planned route, where the hosts observed are others.
fn unmet_plan(planned: &[Text], rows: &[Row]) -> Option<String> {
    let host = |url: &'_ Text| {
        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        markup::terminal(authority.rsplit('@').next().unwrap_or_default()).into_owned()
    };
    let mut hosts: Vec<String> = planned.iter().map(host).collect();
    hosts.dedup();
    let mut seen: Vec<&str> = rows.iter().map(|row| row.host.as_str()).collect();
    seen.dedup();
    let met = seen.len() >= hosts.len() && hosts.iter().zip(&seen).all(|(planned, seen)| planned == seen);
    (!met).then(|| hosts.join(", "))
}

/// Who takes the route.
fn title(route: &Route<'_>) -> String {
    if route.is_feed {
        return match route.chains.len() as u64 {
            1 => format!("the feed of {}", route.title),
            feeds => format!("the feeds of {} shows", words::thousands(feeds)),
        };
    }
    let episodes = route.episodes.len() as u64;
    let shows = route.episodes.iter().map(|(feed, _)| feed).collect::<BTreeSet<_>>().len() as u64;
    match episodes {
        1 if !route.title.is_empty() => format!("1 episode: {}", route.title),
        _ => format!("{} of {}", words::count(episodes, "episode", "episodes"), words::count(shows, "show", "shows")),
    }
}

/// What stands at the end: the audio, or what came in its place.
fn ending(page: &mut Page<'_>, chain: &Chain, is_feed: bool) {
    if let Some(end) = &chain.end {
        let lead = format!("    {} ", page.style().mark(Verdict::Critical));
        page.paragraph(&lead, 6, Ink::Bad, end);
    }
    let answered = chain.hops.last().filter(|hop| hop.error.is_none()).and_then(|hop| hop.status);
    if let (Outcome::Broken, None, None, Some(status)) = (chain.outcome.0, &chain.end, &chain.media, answered) {
        let lead = format!("    {} ", page.style().mark(Verdict::Critical));
        page.paragraph(
            &lead,
            6,
            Ink::Bad,
            &format!("{status} in place of {}", if is_feed { "the feed" } else { "audio" }),
        );
    }
    if let Some(second) = &chain.second_opinion {
        let got = match (second.status, &second.error) {
            (Some(status), _) => format!("gets {status}"),
            (None, Some(error)) => format!("gets no answer: {error}"),
            (None, None) => "gets no answer".to_owned(),
        };
        let ink = if second.served { Ink::Plain } else { Ink::Faint };
        page.paragraph("    ", 4, ink, &format!("another User-Agent ({}) {got}", second.user_agent));
    }
    let Some(media) = &chain.media else { return };
    if let Some(instead) = media.instead {
        let lead = format!("    {} ", page.style().mark(Verdict::Critical));
        page.paragraph(&lead, 6, Ink::Bad, &format!("{instead} in place of audio"));
    } else if let Some(text) = audio(media) {
        page.paragraph("    ", 4, Ink::Faint, &text);
    }
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
