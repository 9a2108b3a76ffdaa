//! One round of the daemon: what is due is read, walked, looked at and judged, and becomes facts for
//! the history and an observation for the incidents. Which jobs, `schedule` says; what it means,
//! `judge` and `incident`.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _};
use jiff::Timestamp;

use super::facts;
use super::feeds::{self, Read, Readings, Sources};
use super::past;
use super::reach::Reach;
use super::world::World;
use crate::app::pipeline::{self, EnclosureSeen, Job, Part, Sink, Supply};
use crate::app::progress::Progress;
use crate::app::sources::{Content, Loaded, LoadedFeed, Loader, Unreadable};
use crate::chain::{Chain, Depth, Edge, End, OriginSighting, Phase, TlsFailure};
use crate::config::EndpointSettings;
use crate::feed::{Episode, Limits};
use crate::incident::{Covered, Observation, Raised};
use crate::judge::trust::Stores;
use crate::judge::{
    Code, Conclusion, EndpointCase, FeedVerdict, Finding, FindingId, OriginVerdict, SubjectKind, Verdict, publishing,
};
use crate::link::{Link, Origin};
use crate::probe::{self, Round};
use crate::schedule::{Due, EnclosureId, FeedId, OriginId};
use crate::store::{Reader, RoundFacts};

/// Bytes of an endpoint's answer that are read: enough to see that it answers.
const ENDPOINT_BYTES: u64 = 64 << 10;

/// Where this daemon looks from.
pub(super) const VANTAGE: &str = "local";

/// What every round is made with.
#[derive(Clone, Debug)]
pub(super) struct Equipment {
    /// How connections are made.
    pub(super) network: probe::Settings,
    /// Whom to trust.
    pub(super) stores: Arc<Stores>,
    /// Who is asked when everything seems down.
    pub(super) canaries: Vec<(String, u16)>,
}

/// What a round brought.
#[derive(Debug)]
pub(super) struct Brought {
    /// For the history.
    pub(super) facts: RoundFacts,
    /// For the incidents.
    pub(super) observation: Observation,
    /// Feeds whose document came, the same or another.
    pub(super) read: BTreeSet<FeedId>,
    /// Sources that cannot be read, for the log.
    pub(super) unreadable: Vec<Unreadable>,
    /// It was stopped from outside: what it saw is no round.
    pub(super) stopped: bool,
    /// The history could not be read.
    pub(super) blind: bool,
}

/// An endpoint that was asked.
#[derive(Debug)]
pub(super) struct EndpointSeen {
    pub(super) settings: EndpointSettings,
    pub(super) chain: Chain,
    pub(super) finding: Option<Finding>,
}

/// A chain that was walked.
#[derive(Debug)]
pub(super) struct ChainSeen {
    pub(super) feed: FeedId,
    pub(super) guid: Option<String>,
    pub(super) title: String,
    pub(super) link: Link,
    pub(super) chain: Arc<Chain>,
    pub(super) outcome: Option<crate::judge::Outcome>,
    pub(super) verdict: Verdict,
}

/// A feed whose document was judged.
#[derive(Debug)]
pub(super) struct FeedSeen {
    pub(super) feed: FeedId,
    pub(super) loaded: LoadedFeed,
    pub(super) verdict: FeedVerdict,
}

/// Everything that the pipeline handed on.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// The feeds of the supply, in its order.
    order: Vec<(FeedId, LoadedFeed)>,
    pub(super) feeds: Vec<FeedSeen>,
    pub(super) chains: Vec<ChainSeen>,
    pub(super) origins: Vec<(Arc<OriginSighting>, OriginVerdict)>,
}

impl Sink for Taken {
    fn feed(&mut self, index: usize, _: &Loaded, verdict: &FeedVerdict) {
        if let Some((feed, loaded)) = self.order.get(index) {
            self.feeds.push(FeedSeen { feed: *feed, loaded: Arc::clone(loaded), verdict: verdict.clone() });
        }
    }

    fn episode(&mut self, _: usize, _: &Episode) {}

    fn enclosure(&mut self, seen: &EnclosureSeen<'_>) {
        let (Some((feed, _)), Some(chain), Ok(link)) = (self.order.get(seen.feed), seen.chain, &seen.enclosure.link)
        else {
            return;
        };
        self.chains.push(ChainSeen {
            feed: *feed,
            guid: seen.episode.guid.clone(),
            title: seen.episode.title.clone(),
            link: link.clone(),
            chain: Arc::new(chain.clone()),
            outcome: seen.verdict.outcome,
            verdict: seen.verdict.verdict,
        });
    }

    fn unreadable(&mut self, _: &Unreadable) {}

    fn finish(&mut self, origins: &[(Arc<OriginSighting>, OriginVerdict)], _: &Conclusion) {
        self.origins = origins.to_vec();
    }
}

/// Runs one round. `round` may be stopped from outside; what was not looked at is then not covered.
pub(super) async fn run(
    world: &mut World,
    sources: &mut Sources,
    equipment: &Equipment,
    history: &Reader,
    round: &Round,
    now: Timestamp,
    clock: &(dyn Fn() -> Timestamp + Sync),
) -> Brought {
    world.tidy(now);
    let settings = Arc::clone(world.settings());
    let episodes = settings.episodes.saturating_add(settings.catalogue);
    let limits = Limits { episodes: Some(episodes), ..Limits::default() };
    let loader = Loader { round: round.clone(), limits, spooling: None };
    let mut readings = sources.open(world, &loader, now).await;
    let mut due = world.due(now);
    // Whoever was just read for the first time is not read again.
    let read: HashSet<FeedId> = readings.feeds.iter().map(|read| read.feed).collect();
    due.feeds.retain(|feed| !read.contains(feed));
    let again = feeds::reread(world, &loader, &due.feeds).await;
    readings.feeds.extend(again.feeds);
    readings.unreadable.extend(again.unreadable);
    again.lists.iter().for_each(|list| sources.reopen(list));
    // What the feeds show for the first time does not wait for the next round.
    due.chains.extend(world.due(now).chains);
    let wanted = wanted(world, &readings, &due);
    let endpoints = ask_endpoints(world, round, &due).await;
    for read in &readings.feeds {
        world.asked_for_feed(read.feed, read.loaded.chain.as_ref());
    }
    for (endpoint, chain) in &endpoints {
        world.asked_endpoint(&endpoint.url, chain);
    }

    let (supply, order) = supply(world, &readings, &due, &wanted, &endpoints);
    let job = Job {
        sources: Vec::new(),
        limits,
        spooled: false,
        depth: Depth::Sample,
        policy: settings.policy.clone(),
        at: now,
        stores: Arc::clone(&equipment.stores),
        catalogue: Arc::clone(world.catalogue()),
        canaries: equipment.canaries.clone(),
        apps: Vec::new(),
        in_part: true,
        feed_hosts: world.feed_hosts(),
    };
    let mut taken = Taken { order, ..Taken::default() };
    let conclusion = pipeline::run_over(&job, round, stream::iter(supply), &Progress::new(false), &mut taken).await;

    let endpoints = judge_endpoints(endpoints, &conclusion);
    learn_routes(world, &taken);
    let mut findings = conclusion.findings.clone();
    let mut blind = false;
    if !conclusion.offline {
        findings.extend(endpoints.iter().filter_map(|endpoint| endpoint.finding.clone()));
        findings = match past::of(world, history, &taken, &job, now).await {
            Ok(past) => past.onto(findings),
            // What is wrong now is told whether the past can be read or not.
            Err(why) => {
                tracing::warn!(%why, "the history cannot be read: what only it shows is left out of this round");
                blind = true;
                findings
            }
        };
    }
    let covered = covered(&taken, &endpoints, &findings);
    let raised = raised(world, &findings, &endpoints);
    let observation =
        Observation { at: now, vantage: VANTAGE.to_owned(), raised, covered, offline: conclusion.offline };
    let stopped = round.is_stopped();
    let read = readings.feeds.iter().filter(|read| matches!(read.loaded.content, Content::Feed(_)));
    let read = read.map(|read| read.feed).collect();
    let facts = facts::of(&facts::Case {
        world,
        taken: &taken,
        endpoints: &endpoints,
        findings: &findings,
        conclusion: &conclusion,
        due: &due,
        round,
        started: now,
        finished: clock().max(now),
    });
    Brought { facts, observation, read, unreadable: readings.unreadable, stopped, blind }
}

/// The enclosures to be walked, by feed.
fn wanted(world: &World, readings: &Readings, due: &Due) -> BTreeMap<FeedId, BTreeSet<EnclosureId>> {
    let mut wanted: BTreeMap<FeedId, BTreeSet<EnclosureId>> = BTreeMap::new();
    for (enclosure, feed, _) in &due.chains {
        wanted.entry(*feed).or_default().insert(*enclosure);
    }
    // A show that podprobe meets for the first time does not wait for the next chain round.
    for read in readings.feeds.iter().filter(|read| read.first) {
        let newest = world.newest(read.feed, world.settings().budget.per_route);
        wanted.entry(read.feed).or_default().extend(newest);
    }
    wanted
}

/// What the pipeline is fed with, and the feeds in that order.
fn supply(
    world: &World,
    readings: &Readings,
    due: &Due,
    wanted: &BTreeMap<FeedId, BTreeSet<EnclosureId>>,
    endpoints: &[(EndpointSettings, Chain)],
) -> (Vec<Supply>, Vec<(FeedId, LoadedFeed)>) {
    let none = BTreeSet::new();
    let mut supply = Vec::new();
    let mut order = Vec::new();
    let mut put = |supply: &mut Vec<Supply>, feed: FeedId, loaded: &LoadedFeed, part: Part| {
        order.push((feed, Arc::clone(loaded)));
        supply.push(Supply::Feed(Arc::clone(loaded), part));
    };
    let mut documents = HashSet::new();
    for Read { feed, loaded, .. } in &readings.feeds {
        documents.insert(*feed);
        let known = world.feed(*feed).and_then(|known| known.loaded.as_ref());
        let chosen = wanted.get(feed).unwrap_or(&none);
        if known.is_some_and(|known| same_episodes(known, loaded)) {
            put(&mut supply, *feed, loaded, world.part(*feed, true, chosen));
        } else {
            // The document failed: it is judged, and the episodes that are known are walked on.
            put(&mut supply, *feed, loaded, Part::Some { document: true, enclosures: Vec::new() });
            // Links that cannot be used do not get better by it.
            let more = world.places(*feed, true, chosen);
            if let Some(known) = known.filter(|_| !more.is_empty()) {
                supply.push(Supply::More(Arc::clone(known), Part::Some { document: false, enclosures: more }));
            }
        }
    }
    for (feed, chosen) in wanted.iter().filter(|(feed, _)| !documents.contains(feed)) {
        if let Some(known) = world.feed(*feed).and_then(|known| known.loaded.as_ref()) {
            put(&mut supply, *feed, known, world.part(*feed, false, chosen));
        }
    }
    let mut origins: Vec<Origin> = Vec::new();
    let named = due.origins.iter().filter_map(|origin: &OriginId| world.plan().name(*origin));
    let due_origins = named.filter_map(|name| Link::parse(name).ok()).map(|link| link.origin());
    let of_endpoints = endpoints.iter().flat_map(|(_, chain)| &chain.hops).map(|hop| hop.url.origin());
    for origin in due_origins.chain(of_endpoints) {
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    supply.extend(origins.into_iter().map(Supply::Origin));
    (supply, order)
}

/// Whether what was read now holds the episodes that are known: places in one are places in the
/// other.
fn same_episodes(known: &LoadedFeed, read: &LoadedFeed) -> bool {
    use Content::Feed;
    Arc::ptr_eq(known, read)
        || matches!((&known.content, &read.content), (Feed(a), Feed(b)) if a.episodes.len() == b.episodes.len() && a == b)
}

async fn ask_endpoints(world: &World, round: &Round, due: &Due) -> Vec<(EndpointSettings, Chain)> {
    let asked = due.endpoints.iter().filter_map(|id| world.endpoint(*id).cloned());
    let asking = stream::iter(asked).map(|endpoint| {
        let round = round.clone();
        // In a task of its own: it holds a host's gate while it goes on.
        let task = tokio::spawn(async move {
            let (chain, _) = round
                .document(&endpoint.url, |_, body| {
                    let mut body = std::io::Read::take(body, ENDPOINT_BYTES);
                    std::io::copy(&mut body, &mut std::io::sink()).is_ok()
                })
                .await;
            (endpoint, chain)
        });
        async move { task.await.ok() }
    });
    asking.buffered(16).filter_map(std::future::ready).collect().await
}

fn judge_endpoints(asked: Vec<(EndpointSettings, Chain)>, conclusion: &Conclusion) -> Vec<EndpointSeen> {
    asked
        .into_iter()
        .map(|(settings, chain)| {
            let case = EndpointCase {
                name: &settings.name,
                url: &settings.url,
                chain: &chain,
                expect: &settings.expect,
                findings: &conclusion.findings,
            };
            let finding = publishing(&case);
            EndpointSeen { settings, chain, finding }
        })
        .collect()
}

/// What the walks showed of routes is planned with from now on.
fn learn_routes(world: &mut World, taken: &Taken) {
    let mut changed = BTreeSet::new();
    for seen in &taken.chains {
        if world.observe(&seen.link, &seen.chain) {
            changed.insert(seen.feed);
        }
    }
    world.replan(changed);
}

/// Whether an address showed what it serves, in a session or to an obsolete handshake.
fn shows_certificates(edge: &Edge) -> bool {
    edge.tls.fact().is_some() || matches!(edge.tls.failure(), Some(TlsFailure::Obsolete(_)))
}

fn is_stopped(chain: &Chain) -> bool {
    chain.end == End::Interrupted
}

/// What was looked at, as the incidents understand it. A file or feed whose fault another finding
/// explains was not looked at for itself: behind a dead host nobody can tell whether it is well.
fn covered(taken: &Taken, endpoints: &[EndpointSeen], findings: &[Finding]) -> Covered {
    let mut covered = Covered::default();
    let explained: HashSet<&str> = findings
        .iter()
        .filter(|finding| finding.caused_by.is_some())
        .filter(|finding| matches!(finding.subject.kind, SubjectKind::Enclosure | SubjectKind::Feed))
        .map(|finding| finding.subject.id.as_str())
        .collect();
    for (sighting, _) in &taken.origins {
        let origin = sighting.origin.to_string();
        let tried = |edge: &Edge| !matches!(edge.connect, Phase::NotReached);
        if sighting.dns.fact().is_some() && !sighting.edges.is_empty() && sighting.edges.iter().all(tried) {
            let mut reached = sighting.edges.iter().filter(|edge| edge.connect.fact().is_some()).peekable();
            if reached.peek().is_some() && reached.all(shows_certificates) {
                covered.served.insert(origin.clone());
            }
            covered.origins.insert(origin);
        }
    }
    for seen in taken.chains.iter().filter(|seen| !is_stopped(&seen.chain)) {
        let subject = seen.link.to_string();
        if !explained.contains(subject.as_str()) {
            covered.enclosures.insert(subject);
        }
        // A host that cannot even be reached says nothing about how it answers.
        let asked = seen.chain.hops.iter().filter(|hop| hop.connection.is_some());
        covered.walked.extend(asked.map(|hop| hop.url.origin().to_string()));
    }
    for seen in &taken.feeds {
        let stopped = seen.loaded.chain.as_ref().is_some_and(is_stopped);
        if !stopped && !explained.contains(seen.loaded.source.as_str()) {
            covered.feeds.insert(seen.loaded.source.clone());
        }
    }
    for seen in endpoints.iter().filter(|seen| !is_stopped(&seen.chain)) {
        covered.endpoints.insert(seen.settings.url.to_string());
    }
    covered
}

/// The findings that no other explains, with the shows that each touches.
fn raised(world: &World, findings: &[Finding], endpoints: &[EndpointSeen]) -> Vec<Raised> {
    let mut explained: HashMap<&FindingId, Vec<&Finding>> = HashMap::new();
    for finding in findings {
        if let Some(cause) = &finding.caused_by {
            explained.entry(cause).or_default().push(finding);
        }
    }
    let roots = findings.iter().filter(|finding| finding.caused_by.is_none());
    roots
        .map(|root| {
            let mut finding = root.clone();
            let explained = explained.get(&root.id).map(Vec::as_slice).unwrap_or_default();
            let reach = reach(world, &finding, explained, endpoints);
            finding.affects.feeds = finding.affects.feeds.max(reach.feeds);
            finding.affects.episodes = finding.affects.episodes.max(reach.episodes);
            Raised { finding, shows: reach.shows }
        })
        .collect()
}

/// Whom a finding touches that explains these others.
fn reach(world: &World, finding: &Finding, explained: &[&Finding], endpoints: &[EndpointSeen]) -> Reach {
    if finding.code == Code::PublishingDown {
        let endpoint = endpoints.iter().find(|seen| seen.settings.url.to_string() == finding.subject.id);
        return endpoint.map(|seen| Reach::of_endpoint(&seen.settings)).unwrap_or_default();
    }
    if finding.code == Code::ProberOffline {
        return world.everything();
    }
    match finding.subject.kind {
        SubjectKind::Feed => world.with_source(&finding.subject.id),
        SubjectKind::Episode => world.with_source(finding.subject.id.rsplit_once('#').map_or("", |(source, _)| source)),
        SubjectKind::Enclosure => world.with_enclosure(&finding.subject.id),
        SubjectKind::Origin | SubjectKind::Edge => {
            let shared = finding.certificate.iter().flat_map(|certificate| certificate.origins.iter().cloned());
            let origins: BTreeSet<Origin> = explained
                .iter()
                .filter(|other| matches!(other.subject.kind, SubjectKind::Origin | SubjectKind::Edge))
                .filter_map(|other| other.origin.clone())
                .chain(finding.origin.clone())
                .chain(shared)
                .collect();
            world.behind(&origins)
        }
    }
}
