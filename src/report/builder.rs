//! Building a report as facts become known.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;

use super::model::apps::Apps;
use super::model::{
    CERT_SCHEMA, CertReport, Counts, Edge, Feed, FindingCounts, Name, ORIGINS_SCHEMA, Origin, OriginsReport,
    REPORT_SCHEMA, Report, Stamp, Text,
};
use super::pieces::{self, Pieces};
use crate::cert::Served;
use crate::chain::{Chain, OriginSighting};
use crate::feed::{Enclosure, Episode};
use crate::judge::trust::ChainJudgement;
use crate::judge::{Conclusion, EnclosureVerdict, FeedVerdict, OriginVerdict, Outcome, Severity, Verdict};
use crate::link::{Host, Link};
use crate::parties::{Party, Role};

/// How a round began.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// The version of podprobe.
    pub version: &'a str,
    /// Where it is seen from: `local`.
    pub vantage: &'a str,
    /// When it began.
    pub started_at: Timestamp,
    /// The time that is judged for (`--at`).
    pub evaluated_at: Timestamp,
}

/// A source.
#[derive(Clone, Copy, Debug)]
pub struct FeedInput<'a> {
    /// Which source of the round, from 0; its place in the report.
    pub index: usize,
    /// As given; it is redacted here.
    pub source: &'a str,
    /// Its URL after redirects; `None` for a file.
    pub url: Option<&'a Link>,
    /// The show's title, where a feed was read.
    pub title: Option<&'a str>,
    /// The chain of its document; `None` for a file.
    pub chain: Option<&'a Chain>,
    /// The verdict over its document.
    pub verdict: &'a FeedVerdict,
    /// Why the source could not be read at all (a missing file, another scheme), in words.
    pub error: Option<&'a str>,
}

/// An enclosure that was walked, or that cannot be.
#[derive(Clone, Copy, Debug)]
pub struct EnclosureInput<'a> {
    /// Which source of the round, from 0.
    pub feed: usize,
    /// Its episode.
    pub episode: &'a Episode,
    /// Itself.
    pub enclosure: &'a Enclosure,
    /// Its chain; `None` where it cannot be requested.
    pub chain: Option<&'a Chain>,
    /// The verdict over it.
    pub verdict: &'a EnclosureVerdict,
}

/// What the servers saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Connections made.
    pub connections: u64,
    /// Requests sent.
    pub requests: u64,
}

/// How a round ended.
#[derive(Clone, Copy, Debug)]
pub struct End<'a> {
    /// The judge's last word.
    pub conclusion: &'a Conclusion,
    /// What the servers saw.
    pub traffic: Traffic,
    /// When it ended.
    pub finished_at: Timestamp,
    /// It was stopped before its end.
    pub interrupted: bool,
}

/// Counts what is fed, and remembers what the round's verdict needs.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: Counts,
    unreadable: bool,
}

impl Tally {
    pub(super) fn feed(&mut self, input: &FeedInput<'_>) {
        self.counts.feeds += 1;
        self.unreadable |= input.error.is_some();
    }

    /// Another episode: who has it counted knows that it was not counted before.
    pub(super) fn episode(&mut self) {
        self.counts.episodes += 1;
    }

    /// An enclosure; its episode is counted apart.
    pub(super) fn enclosure(&mut self, input: &EnclosureInput<'_>) {
        self.counts.enclosures += 1;
        self.counts.hops += input.chain.map_or(0, |chain| chain.hops.len() as u64);
    }

    pub(super) fn origin(&mut self) {
        self.counts.origins += 1;
    }

    /// The numbers at the end, and the verdict over the round: the judge's, or unknown where a
    /// source could not be read and nothing worse is known.
    pub(super) fn end(&self, end: &End<'_>) -> (Counts, Verdict) {
        let Traffic { connections, requests } = end.traffic;
        let mut findings = FindingCounts::default();
        for finding in end.conclusion.findings.iter().filter(|finding| finding.caused_by.is_none()) {
            match finding.severity {
                Severity::Critical => findings.critical += 1 + finding.not_listed,
                Severity::Warning => findings.warning += 1 + finding.not_listed,
                Severity::Info => findings.info += 1 + finding.not_listed,
            }
        }
        let read = if self.unreadable { Verdict::Unknown } else { Verdict::Ok };
        (Counts { connections, requests, findings, ..self.counts }, end.conclusion.verdict.max(read))
    }
}

/// Makes a [`Report`] from what it is fed. Feeds, episodes, enclosures and origins may come in any
/// order; what is fed first stands first.
pub struct Builder<'a> {
    start: Start<'a>,
    pieces: Pieces<'a>,
    tally: Tally,
    feeds: BTreeMap<usize, Feed>,
    /// Where each episode stands in its feed, by its place in the document.
    places: HashMap<(usize, usize), usize>,
    origins: Vec<Origin>,
}

impl<'a> Builder<'a> {
    /// An empty report. `who` says whose host a URL is on (`Catalogue::who`).
    pub fn new(start: Start<'a>, who: &'a (dyn Fn(&Link) -> Party + Send + Sync)) -> Self {
        Self {
            start,
            pieces: Pieces::new(who, start.evaluated_at.into()),
            tally: Tally::default(),
            feeds: BTreeMap::new(),
            places: HashMap::new(),
            origins: Vec::new(),
        }
    }

    /// The same, showing the route written in each enclosure's URL (`Catalogue::planned`).
    #[must_use]
    pub fn with_plan(mut self, plan: &'a (dyn Fn(&Link) -> Vec<Link> + Send + Sync)) -> Self {
        self.pieces.set_plan(plan);
        self
    }

    /// A source, once its document has been judged. Episodes that came before stay with it.
    pub fn feed(&mut self, input: &FeedInput<'_>) {
        self.tally.feed(input);
        let mut feed = self.pieces.feed(input);
        if let Some(before) = self.feeds.remove(&input.index) {
            feed.verdict = feed.verdict.max(before.verdict);
            feed.episodes = before.episodes;
        }
        self.feeds.insert(input.index, feed);
    }

    /// An episode, whether or not it has enclosures. Feeding the episodes first, in the feed's
    /// order, keeps that order whatever order their enclosures come in; feeding one twice changes
    /// nothing.
    pub fn episode(&mut self, feed: usize, episode: &Episode) {
        self.place(feed, episode);
    }

    /// An enclosure that was walked and judged.
    pub fn enclosure(&mut self, input: &EnclosureInput<'_>) {
        let place = self.place(input.feed, input.episode);
        self.tally.enclosure(input);
        let enclosure = self.pieces.enclosure(input);
        let Some(feed) = self.feeds.get_mut(&input.feed) else { return };
        feed.verdict = feed.verdict.max(enclosure.verdict);
        let Some(episode) = feed.episodes.get_mut(place) else { return };
        episode.verdict = episode.verdict.max(enclosure.verdict);
        // Most episodes have one file: room for four would be most of the report's memory.
        episode.enclosures.reserve_exact(1);
        episode.enclosures.push(enclosure);
    }

    /// Where an episode stands in its feed.
    fn place(&mut self, feed: usize, episode: &Episode) -> usize {
        let key = (feed, episode.order);
        if let Some(&place) = self.places.get(&key) {
            return place;
        }
        self.tally.episode();
        let made = Pieces::episode(episode);
        let feed = self.feeds.entry(feed).or_insert_with(nameless);
        feed.episodes.push(made);
        let place = feed.episodes.len() - 1;
        self.places.insert(key, place);
        place
    }

    /// An origin that was looked at and judged.
    pub fn origin(&mut self, seen: &OriginSighting, verdict: &OriginVerdict, party: &Party) {
        self.tally.origin();
        let origin = self.pieces.origin(seen, verdict, party);
        self.origins.push(origin);
    }

    /// The report.
    pub fn finish(mut self, end: &End<'_>) -> Report {
        let (counts, verdict) = self.tally.end(end);
        let conclusion = end.conclusion;
        self.settle_origins(conclusion);
        let mut feeds: Vec<Feed> = self.feeds.into_values().collect();
        if conclusion.offline {
            feeds.iter_mut().for_each(withdraw);
        }
        Report {
            schema: REPORT_SCHEMA,
            version: self.start.version.into(),
            vantage: self.start.vantage.into(),
            started_at: self.start.started_at.into(),
            finished_at: end.finished_at.into(),
            evaluated_at: self.start.evaluated_at.into(),
            verdict: Name(verdict),
            interrupted: end.interrupted,
            counts,
            feeds,
            origins: self.origins,
            findings: conclusion.findings.iter().map(|finding| self.pieces.finding(finding)).collect(),
            offline: conclusion.offline,
        }
    }

    /// Who runs through each origin, and what the whole round says of it.
    fn settle_origins(&mut self, conclusion: &Conclusion) {
        let through: HashMap<String, _> =
            conclusion.through.iter().map(|(origin, affects)| (origin.to_string(), *affects)).collect();
        let verdicts: HashMap<String, Verdict> =
            conclusion.origins.iter().map(|(origin, verdict)| (origin.to_string(), *verdict)).collect();
        let chains = self.feeds.values().filter_map(|feed| feed.chain.as_ref());
        let serving: HashSet<Text> =
            chains.filter_map(|chain| chain.hops.last()).map(|hop| hop.origin.clone()).collect();
        for origin in &mut self.origins {
            let affects = through.get(&*origin.origin).copied().unwrap_or_default();
            origin.episodes_through = Some(affects.episodes);
            origin.feeds_through = Some(affects.feeds);
            if let Some(verdict) = verdicts.get(&*origin.origin) {
                origin.verdict = Name(*verdict);
            }
            if conclusion.offline && origin.verdict.0 == Verdict::Critical {
                origin.verdict = Name(Verdict::Unknown);
            }
            if origin.role.0 == Role::Unknown && serving.contains(&origin.origin) {
                origin.role = Name(Role::Feed);
            }
        }
    }
}

/// A feed whose own document has not been fed yet.
fn nameless() -> Feed {
    Feed {
        source: "".into(),
        url: None,
        title: None,
        verdict: Name(Verdict::Ok),
        chain: None,
        error: None,
        episodes: Vec::new(),
    }
}

/// Where this side was offline nobody else is blamed.
fn withdraw(feed: &mut Feed) {
    let doubt = |verdict: &mut Name<Verdict>| {
        if verdict.0 == Verdict::Critical {
            *verdict = Name(Verdict::Unknown);
        }
    };
    let doubt_chain = |chain: &mut Option<super::model::Chain>| {
        if let Some(chain) = chain.as_mut().filter(|chain| chain.outcome.0 == Outcome::Broken) {
            chain.outcome = Name(Outcome::Unknown);
        }
    };
    doubt_chain(&mut feed.chain);
    // What needs no network is as it was: a link that nobody can ask for, a file that is no feed.
    let mut bad = feed.chain.is_none() && feed.episodes.is_empty();
    for episode in &mut feed.episodes {
        let mut bad_here = false;
        for enclosure in &mut episode.enclosures {
            enclosure.apps = Apps::default();
            if enclosure.chain.is_none() {
                bad_here |= enclosure.verdict.0 == Verdict::Critical;
                continue;
            }
            doubt(&mut enclosure.verdict);
            doubt_chain(&mut enclosure.chain);
        }
        if !bad_here {
            doubt(&mut episode.verdict);
        }
        bad |= bad_here;
    }
    if !bad {
        doubt(&mut feed.verdict);
    }
}

/// The report of `podprobe host`: each origin with its verdict and whose it is, in the order given;
/// `interrupted` where podprobe was stopped before all was seen.
pub fn origins<'a>(
    inspected: impl IntoIterator<Item = (&'a OriginSighting, &'a OriginVerdict, &'a Party)>,
    conclusion: &Conclusion,
    evaluated_at: Timestamp,
    interrupted: bool,
) -> OriginsReport {
    let nobody =
        |_: &Link| Party { role: Role::Unknown, provider: None, retired: None, status_page: None, support: None };
    let start = Start { version: "", vantage: "", started_at: evaluated_at, evaluated_at };
    let mut builder = Builder::new(start, &nobody);
    for (seen, verdict, party) in inspected {
        builder.origin(seen, verdict, party);
    }
    let end = End { conclusion, traffic: Traffic::default(), finished_at: evaluated_at, interrupted };
    let Report { verdict, mut origins, findings, evaluated_at, offline, .. } = builder.finish(&end);
    for origin in origins.iter_mut().filter(|_| interrupted) {
        if origin.verdict.0 == Verdict::Ok && (origin.edges.is_empty() || origin.edges.iter().any(Edge::is_unseen)) {
            origin.verdict = Name(Verdict::Unknown);
        }
    }
    // What was not looked at may be anything.
    let verdict = if interrupted { Name(verdict.0.max(Verdict::Unknown)) } else { verdict };
    OriginsReport { schema: ORIGINS_SCHEMA, verdict, interrupted, origins, findings, evaluated_at, offline }
}

/// The report of `podprobe cert`: a chain of a file, judged for `host` where one is given.
pub fn cert(served: &Served, judged: &ChainJudgement, host: Option<&Host>, evaluated_at: Timestamp) -> CertReport {
    let nobody =
        |_: &Link| Party { role: Role::Unknown, provider: None, retired: None, status_page: None, support: None };
    let at = Stamp::from(evaluated_at);
    let worst = judged.problems.iter().map(|problem| Verdict::from(problem.severity)).max().unwrap_or_default();
    // The verifier has the last word: a chain that it refuses is critical even where nothing says why.
    let verdict = if judged.trusted { worst } else { Verdict::Critical };
    let mut pieces = Pieces::new(&nobody, at);
    CertReport {
        schema: CERT_SCHEMA,
        verdict: Name(verdict),
        trusted: judged.trusted,
        trusted_by: pieces.names(&judged.anchored_in),
        not_trusted_by: pieces.names(&judged.outside),
        root: pieces::root(judged),
        problems: pieces::problems(judged),
        chain: pieces.certificates(served),
        unreadable: pieces::unreadable(served),
        reasons: pieces::reasons(judged),
        remarks: pieces::remarks(judged),
        host: host.map(|host| host.to_string().into()),
        expires_at: pieces::expiry(served, Some(judged)),
        evaluated_at: at,
    }
}
