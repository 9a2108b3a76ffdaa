//! A round becomes facts for the history. Nothing is judged here and nothing looked up.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::past::leaves;
use super::round::{EndpointSeen, FeedSeen, Taken, VANTAGE};
use super::world::World;
use crate::app::sources::Content;
use crate::cert::{Certificate, Fingerprint, UnixSeconds};
use crate::chain::{Chain, End, Hop, Phase};
use crate::feed::Feed;
use crate::judge::{Conclusion, Finding, Outcome, Verdict, history};
use crate::link::{self, Origin};
use crate::probe::{Round, Validators};
use crate::schedule::Due;
use crate::store::{
    self, CertificateFact, FeedAnswer, FeedFact, FeedVersion, FindingFact, Leaf, OriginFact, RoundFacts, TargetKind,
    WalkFact,
};

/// Guids, hosts and dates of a feed that are remembered.
const REMEMBERED: usize = 100;

/// A round that is over.
pub(super) struct Case<'a> {
    pub(super) world: &'a World,
    pub(super) taken: &'a Taken,
    pub(super) endpoints: &'a [EndpointSeen],
    pub(super) findings: &'a [Finding],
    pub(super) conclusion: &'a Conclusion,
    pub(super) due: &'a Due,
    pub(super) round: &'a Round,
    pub(super) started: Timestamp,
    pub(super) finished: Timestamp,
}

/// The facts of a round.
pub(super) fn of(case: &Case<'_>) -> RoundFacts {
    let faulty: BTreeSet<&Origin> = case
        .findings
        .iter()
        .filter(|finding| finding.is_fault())
        .filter_map(|finding| finding.origin.as_ref())
        .collect();
    let mut certificates: Vec<CertificateFact> = Vec::new();
    let origins = case.taken.origins.iter().map(|(sighting, verdict)| {
        let mut served = Vec::new();
        for (leaf, root) in leaves(sighting, verdict) {
            let fact = certificate(leaf);
            served.push(Leaf { sha256: fact.sha256.clone(), root: root.map(ToOwned::to_owned) });
            if !certificates.iter().any(|known| known.sha256 == fact.sha256) {
                certificates.push(fact);
            }
        }
        let answers = |edge: &&crate::chain::Edge| edge.connect.failure().is_none() && edge.tls.failure().is_none();
        let up = sighting.edges.iter().filter(answers).count();
        let took =
            sighting.edges.iter().filter_map(|edge| Some(edge.connect.took()? + edge.tls.took().unwrap_or_default()));
        let known = case.conclusion.origins.get(&sighting.origin).copied().unwrap_or(verdict.verdict);
        OriginFact {
            origin: sighting.origin.to_string(),
            provider: case.world.catalogue().who_origin(sighting).provider,
            at: case.finished,
            edges_up: u32::try_from(up).unwrap_or(u32::MAX),
            edges_down: u32::try_from(sighting.edges.len().saturating_sub(up)).unwrap_or(u32::MAX),
            leaves: served,
            verdict: known,
            up: if case.conclusion.offline || known == Verdict::Unknown {
                None
            } else {
                Some(!faulty.contains(&sighting.origin))
            },
            total_ms: took.max().map(|took| took.as_secs_f64() * 1e3),
        }
    });
    let origins: Vec<OriginFact> = origins.collect();
    let feeds: Vec<FeedFact> = case.taken.feeds.iter().filter_map(|seen| feed(case, seen)).collect();
    let walks = walks(case, &faulty);
    RoundFacts {
        round: round(case),
        certificates,
        origins,
        feeds,
        walks,
        findings: case.findings.iter().map(|finding| fact(finding, case.finished)).collect(),
        cleared: Vec::new(),
    }
}

fn round(case: &Case<'_>) -> store::Round {
    let due = case.due;
    let kinds = [
        ("origins", !due.origins.is_empty()),
        ("chains", !due.chains.is_empty()),
        ("feeds", !case.taken.feeds.is_empty()),
        ("endpoints", !case.endpoints.is_empty()),
    ];
    let kinds: Vec<&str> = kinds.into_iter().filter(|(_, done)| *done).map(|(kind, _)| kind).collect();
    let counts = case.round.counts();
    store::Round {
        key: format!("{VANTAGE}@{}", case.started.as_millisecond()),
        kind: kinds.join(","),
        vantage: VANTAGE.to_owned(),
        started_at: case.started,
        finished_at: case.finished,
        feeds: case.taken.feeds.len() as u64,
        enclosures: case.taken.chains.len() as u64,
        origins: case.taken.origins.len() as u64,
        requests: counts.requests,
        connections: counts.connections,
        late: due.late,
        offline: case.conclusion.offline,
        verdict: case.conclusion.verdict,
    }
}

/// What a certificate says of itself, for the history.
fn certificate(leaf: &Certificate) -> CertificateFact {
    CertificateFact {
        sha256: leaf.sha256.to_string(),
        subject: leaf.subject.clone(),
        issuer: leaf.issuer.clone(),
        authority: leaf.issuer_name.clone(),
        serial: leaf.serial.clone(),
        not_before: at_second(leaf.not_before),
        not_after: at_second(leaf.not_after),
        der: Some(leaf.der.to_vec()),
    }
}

fn feed(case: &Case<'_>, seen: &FeedSeen) -> Option<FeedFact> {
    let watched = case.world.feed(seen.feed)?;
    let unchanged = seen.loaded.chain.as_ref().and_then(Chain::last).and_then(|hop| hop.request.fact());
    let answer = match &seen.loaded.content {
        Content::Feed(_) if unchanged.is_some_and(|answer| answer.status == 304) => FeedAnswer::Unchanged,
        Content::Feed(feed) => {
            let validators = seen.loaded.chain.as_ref().map(Validators::of).unwrap_or_default();
            FeedAnswer::Read {
                etag: validators.etag,
                last_modified: validators.last_modified,
                version: Box::new(version(feed)),
            }
        }
        Content::Other(_) | Content::Nothing => FeedAnswer::Failed,
    };
    Some(FeedFact {
        key: feed_key(&watched.source),
        source: seen.loaded.source.clone(),
        name: watched.settings.name.clone().unwrap_or_else(|| seen.loaded.show().to_owned()),
        at: case.finished,
        answer,
    })
}

/// What a feed says, as far as later rounds compare it.
fn version(feed: &Feed) -> FeedVersion {
    let said = history::remembered(feed);
    let mut all: Vec<&str> = said.guids.iter().map(String::as_str).collect();
    all.sort_unstable();
    let dates: Vec<Timestamp> = feed.episodes.iter().filter_map(|episode| episode.published).collect();
    FeedVersion {
        title: said.title,
        items: said.items,
        guids_hash: hash(&all.join("\n")),
        guids: said.guids.iter().take(REMEMBERED).map(|guid| guid_hash(guid)).collect(),
        hosts: said.hosts.into_iter().take(REMEMBERED).collect(),
        newest: dates.iter().max().copied(),
        rhythm_ms: history::rhythm(&dates).and_then(|gap| u64::try_from(gap).ok()),
        dates: dates.into_iter().take(REMEMBERED / 2).collect(),
    }
}

fn walks(case: &Case<'_>, faulty: &BTreeSet<&Origin>) -> Vec<WalkFact> {
    let crosses = |chain: &Chain| chain.hops.iter().any(|hop| faulty.contains(&hop.url.origin()));
    // What was seen from a network that is down says nothing about whoever was looked at.
    let offline = case.conclusion.offline;
    let heard = |outcome: Option<Outcome>| outcome.filter(|_| !offline);
    let judged = |verdict: Verdict| if offline { Verdict::Unknown } else { verdict };
    let up = |outcome: Option<Outcome>, chain: &Chain| match heard(outcome) {
        Some(Outcome::Media | Outcome::Document) => Some(!crosses(chain)),
        Some(Outcome::Broken) => Some(false),
        Some(Outcome::Unknown) | None => None,
    };
    let source = |feed| case.world.feed(feed).map(|watched| feed_key(&watched.source));
    let enclosures = case.taken.chains.iter().map(|seen| WalkFact {
        key: hash(seen.link.expose()),
        kind: TargetKind::Enclosure,
        url: seen.link.to_string(),
        feed: source(seen.feed),
        guid: seen.guid.clone(),
        title: Some(seen.title.clone()),
        at: case.finished,
        outcome: outcome(heard(seen.outcome)).to_owned(),
        verdict: judged(seen.verdict),
        up: up(seen.outcome, &seen.chain),
        total_ms: Some(seen.chain.took.as_secs_f64() * 1e3),
        hops: hops(&seen.chain),
    });
    let feeds = case.taken.feeds.iter().filter_map(|seen| {
        let chain = seen.loaded.chain.as_ref()?;
        Some(WalkFact {
            key: hash(&case.world.feed(seen.feed)?.source),
            kind: TargetKind::Feed,
            url: seen.loaded.source.clone(),
            feed: source(seen.feed),
            guid: None,
            title: None,
            at: case.finished,
            outcome: outcome(heard(seen.verdict.outcome)).to_owned(),
            verdict: judged(seen.verdict.verdict),
            up: up(seen.verdict.outcome, chain),
            total_ms: Some(chain.took.as_secs_f64() * 1e3),
            hops: hops(chain),
        })
    });
    let endpoints = case.endpoints.iter().map(|seen| {
        let (outcome, verdict, up) = match (&seen.finding, &seen.chain.end) {
            (_, End::Interrupted) => ("unknown", Verdict::Unknown, None),
            _ if offline => ("unknown", Verdict::Unknown, None),
            (Some(_), _) => ("broken", Verdict::Critical, Some(false)),
            (None, _) => ("document", Verdict::Ok, Some(true)),
        };
        WalkFact {
            key: hash(seen.settings.url.expose()),
            kind: TargetKind::Endpoint,
            url: seen.settings.url.to_string(),
            feed: None,
            guid: None,
            title: Some(seen.settings.name.clone()),
            at: case.finished,
            outcome: outcome.to_owned(),
            verdict,
            up,
            total_ms: Some(seen.chain.took.as_secs_f64() * 1e3),
            hops: hops(&seen.chain),
        }
    });
    enclosures.chain(feeds).chain(endpoints).collect()
}

fn outcome(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        Some(Outcome::Media) => "media",
        Some(Outcome::Document) => "document",
        Some(Outcome::Broken) => "broken",
        Some(Outcome::Unknown) | None => "unknown",
    }
}

/// The hops of a chain, compact: URL (redacted), address, status, ms, and the phase that failed.
fn hops(chain: &Chain) -> Value {
    chain.hops.iter().map(hop).collect()
}

fn hop(hop: &Hop) -> Value {
    let failed = match hop {
        Hop { dns: Phase::Failed { .. }, .. } => Some("dns"),
        Hop { connect: Phase::Failed { .. }, .. } => Some("connect"),
        Hop { tls: Phase::Failed { .. }, .. } => Some("tls"),
        Hop { request: Phase::Failed { .. }, .. } => Some("request"),
        _ => None,
    };
    let took = [hop.dns.took(), hop.connect.took(), hop.tls.took(), hop.request.took()];
    let ms = took.into_iter().flatten().map(|took| took.as_secs_f64() * 1e3).sum::<f64>();
    json!({
        "url": hop.url.to_string(),
        "address": hop.connection.as_ref().map(|connection| connection.address.to_string()),
        "status": hop.request.fact().map(|answer| answer.status),
        "ms": (ms * 10.0).round() / 10.0,
        "failed": failed,
    })
}

fn fact(finding: &Finding, at: Timestamp) -> FindingFact {
    FindingFact {
        id: finding.id.to_string(),
        code: finding.code,
        severity: finding.severity,
        subject: finding.subject.clone(),
        summary: finding.summary.clone(),
        detail: finding.detail.clone(),
        caused_by: finding.caused_by.as_ref().map(ToString::to_string),
        affects: finding.affects,
        at,
    }
}

/// Names a feed in the history without showing its URL.
pub(super) fn feed_key(source: &str) -> String {
    hash(&link::Link::parse(source).map_or_else(|_| source.to_owned(), |link| link.expose().to_owned()))
}

/// Names a guid, which may be a private URL.
pub(super) fn guid_hash(guid: &str) -> String {
    hash(guid)
}

fn hash(text: &str) -> String {
    Fingerprint::of(text.as_bytes()).to_string().chars().take(32).collect()
}

/// A certificate's second as a time; the nearest that the calendar reaches.
pub(super) fn at_second(second: UnixSeconds) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(if second < 0 { Timestamp::MIN } else { Timestamp::MAX })
}
