//! What the history says about this round: the findings that need it. What a change means, `judge`
//! decides; here the past is looked up and handed over.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::facts::{at_second, feed_key, guid_hash};
use super::round::Taken;
use super::world::World;
use crate::app::pipeline::Job;
use crate::app::sources::Content;
use crate::cert::Certificate;
use crate::chain::OriginSighting;
use crate::judge::history::{self, FeedPast, Habit, Held};
use crate::judge::{Code, Finding, OriginVerdict};
use crate::store::{CertificateFact, Reader, SeenVersion, StoreError, Tenure};

/// Versions of a feed that are looked at: changes within a day are news.
const VERSIONS: u32 = 50;

/// The certificates of an origin that are looked at.
const TENURES: u32 = 16;

/// What the past adds to a round's findings.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// Findings that only the past shows.
    pub(super) more: Vec<Finding>,
    /// Origins that renew in time by their own habit, whatever their authority suggests.
    pub(super) in_time: BTreeSet<String>,
}

impl Past {
    /// The round's findings with what the past says of them.
    pub(super) fn onto(self, mut findings: Vec<Finding>) -> Vec<Finding> {
        let by_origin = |finding: &Finding| finding.origin.as_ref().map(ToString::to_string);
        findings.retain(|finding| {
            let overdue = finding.code == Code::CertRenewalOverdue;
            !(overdue && by_origin(finding).is_some_and(|origin| self.in_time.contains(&origin)))
        });
        for finding in self.more {
            if !findings.iter().any(|known| known.id == finding.id) {
                findings.push(finding);
            }
        }
        findings
    }
}

/// Looks up the past of everything that the round saw.
pub(super) async fn of(
    world: &World,
    history: &Reader,
    taken: &Taken,
    job: &Job,
    now: Timestamp,
) -> Result<Past, StoreError> {
    let mut past = Past::default();
    for (sighting, verdict) in &taken.origins {
        origin(&mut past, history, job, sighting, verdict, now).await?;
    }
    for seen in &taken.feeds {
        let Content::Feed(feed) = &seen.loaded.content else { continue };
        let Some(watched) = world.feed(seen.feed) else { continue };
        let (source, show) = (seen.loaded.source.as_str(), seen.loaded.show());
        let versions = history.feed_history(&feed_key(&watched.source), VERSIONS).await?;
        if let Some(before) = a_day_ago(&versions, now) {
            let mut said = history::remembered(feed);
            said.guids = said.guids.iter().map(|guid| guid_hash(guid)).collect();
            past.more.extend(history::feed_changed(source, show, &remembered(before), &said));
        }
        let dates: Vec<Timestamp> = feed.episodes.iter().filter_map(|episode| episode.published).collect();
        past.more.extend(history::feed_stale(source, show, &dates, now));
    }
    Ok(past)
}

async fn origin(
    past: &mut Past,
    history: &Reader,
    job: &Job,
    sighting: &OriginSighting,
    verdict: &OriginVerdict,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some((leaf, root)) = leaves(sighting, verdict).next() else { return Ok(()) };
    let name = sighting.origin.to_string();
    let party = job.catalogue.who_origin(sighting);
    let tenures = history.tenures(&name, TENURES).await?;
    let leaf = held(leaf, root, now);
    let known = tenures.iter().position(|tenure| tenure.certificate.sha256 == leaf.sha256);
    // What replaced what: the leaf of now and the one before it, by when they were first seen.
    let (current, before) = match known {
        Some(place) => (tenures.get(place).map(tenured), tenures.get(place + 1).map(tenured)),
        None => (Some(leaf.clone()), tenures.first().map(tenured)),
    };
    if let (Some(current), Some(before)) = (&current, &before) {
        past.more.extend(history::certificate_changed(&sighting.origin, &party, before, current, now));
    }
    let shares = history.habit(&name, &leaf.authority).await?;
    match history::renewal(&sighting.origin, &party, &leaf, &shares, now) {
        Habit::Unknown => {}
        Habit::InTime => drop(past.in_time.insert(name)),
        Habit::Late(finding) => past.more.push(*finding),
    }
    Ok(())
}

/// The leaves that an origin serves and the root that each leads to, those of the most addresses
/// first.
pub(super) fn leaves<'a>(
    sighting: &'a OriginSighting,
    verdict: &'a OriginVerdict,
) -> impl Iterator<Item = (&'a Certificate, Option<&'a str>)> {
    let mut found: Vec<(&Certificate, Option<&str>, usize)> = Vec::new();
    for (edge, judged) in sighting.edges.iter().zip(&verdict.edges) {
        let Some(leaf) = edge.tls.fact().and_then(|session| session.served.leaf()) else { continue };
        if let Some(known) = found.iter_mut().find(|(known, ..)| known.sha256 == leaf.sha256) {
            known.2 += 1;
            continue;
        }
        let judged = judged.certificate.as_ref().filter(|judged| !judged.anchored_in.is_empty());
        let root = judged.and_then(|judged| judged.path.last()).map(|anchor| anchor.subject.as_str());
        found.push((leaf, root, 1));
    }
    found.sort_by_key(|(_, _, addresses)| std::cmp::Reverse(*addresses));
    found.into_iter().map(|(leaf, root, _)| (leaf, root))
}

fn held(leaf: &Certificate, root: Option<&str>, now: Timestamp) -> Held {
    Held {
        sha256: leaf.sha256.to_string(),
        authority: leaf.issuer_name.clone(),
        root: root.map(ToOwned::to_owned),
        not_before: at_second(leaf.not_before),
        not_after: at_second(leaf.not_after),
        first_seen: now,
    }
}

fn tenured(tenure: &Tenure) -> Held {
    let CertificateFact { sha256, authority, not_before, not_after, .. } = &tenure.certificate;
    Held {
        sha256: sha256.clone(),
        authority: authority.clone(),
        root: tenure.root.clone(),
        not_before: *not_before,
        not_after: *not_after,
        first_seen: tenure.first_seen,
    }
}

/// What the feed said a day ago: the latest version that is older, or the first of all.
fn a_day_ago(versions: &[SeenVersion], now: Timestamp) -> Option<&SeenVersion> {
    let old = |version: &&SeenVersion| now.duration_since(version.first_seen) >= history::NEWS;
    versions.iter().find(old).or_else(|| versions.last())
}

fn remembered(version: &SeenVersion) -> FeedPast {
    let version = &version.version;
    FeedPast {
        title: version.title.clone(),
        items: version.items,
        guids: version.guids.clone(),
        hosts: version.hosts.iter().cloned().collect(),
    }
}
