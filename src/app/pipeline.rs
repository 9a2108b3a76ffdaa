//! The pipeline of a round: sources to feeds, feeds to chains, chains and origins to verdicts,
//! verdicts to a sink. It strings the rooms together and nothing else; read it first.
//!
//! ```text
//! source --Loader--> feed --> enclosure --Round::walk--> chain ---\
//!                                            \--Origins::of--> sightings ----> Judge --> Sink
//! ```
//!
//! Walks run ahead of the judge by a bounded number; what is judged is handed on in the order of
//! the feeds, so that a report does not depend on who answered first.
//!
//! Whatever holds a gate, a connection or a slot runs in a task of its own (documents, walks,
//! sightings). The streams here only wait for them: while the judge waits for a way around a
//! prefix nobody polls the streams, and a future in them that held a gate would hold it for ever.

mod places;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use futures_util::stream::{self, BoxStream, Stream, StreamExt as _};
use jiff::Timestamp;

use super::origins::Origins;
use super::progress::Progress;
use super::sources::{Content, Loaded, LoadedFeed, Loader, Opened, Unreadable};
use super::spool::{Spool, Spooling};
use crate::audio::Sniff;
use crate::chain::{Chain, ConnectFailure, Depth, End, Hop, Media, OriginSighting, RequestFailure};
use crate::feed::{Enclosure, EnclosureKind, Episode, Limits};
use crate::judge::apps::Profile;
use crate::judge::trust::Stores;
use crate::judge::{
    Bypass, Conclusion, EnclosureCase, EnclosureVerdict, FeedCase, FeedContent, FeedVerdict, Judge, OriginVerdict,
    Policy, Verdict,
};
use crate::link::{self, Link, Origin};
use crate::parties::{Catalogue, Role};
use crate::probe::Round;
use places::{Item, Place, places};

/// Enclosures that are walked ahead of the judge.
const AHEAD: usize = 512;

/// Failing prefixes peeled off one URL.
const MAX_PEELS: usize = 4;

/// Enclosures on which a way around one prefix is tried.
const MAX_TRIES: usize = 3;

/// What a round is to do.
pub struct Job {
    /// SOURCE arguments.
    pub sources: Vec<String>,
    /// Bounds of the feeds; `episodes` says how many.
    pub limits: Limits,
    /// Where that is all of them, they wait on disk for their turn: for a sink that keeps none.
    pub spooled: bool,
    /// How much of the media is fetched.
    pub depth: Depth,
    /// Thresholds.
    pub policy: Policy,
    /// The time that certificates are judged for.
    pub at: Timestamp,
    /// Whom to trust.
    pub stores: Arc<Stores>,
    /// Whose host is whose.
    pub catalogue: Arc<Catalogue>,
    /// Who is asked when everything seems down.
    pub canaries: Vec<(String, u16)>,
    /// Listeners' apps that are asked about.
    pub apps: Vec<&'static Profile>,
    /// The round looks at a part of what there is; see [`Judge::in_part`].
    pub in_part: bool,
    /// Of such a round: origins that feeds alone are read from, as is known from others.
    pub feed_hosts: BTreeSet<Origin>,
}

/// Takes what becomes known.
pub trait Sink {
    /// A feed's document was judged.
    fn feed(&mut self, index: usize, feed: &Loaded, verdict: &FeedVerdict);
    /// An item without an enclosure.
    fn episode(&mut self, feed: usize, episode: &Episode);
    /// An enclosure was judged. Those of one episode come one after the other.
    fn enclosure(&mut self, seen: &EnclosureSeen<'_>);
    /// A source that cannot be read.
    fn unreadable(&mut self, source: &Unreadable);
    /// The end: every origin with its verdict, and the conclusion.
    fn finish(&mut self, origins: &[(Arc<OriginSighting>, OriginVerdict)], conclusion: &Conclusion);
}

/// A judged enclosure.
#[derive(Debug)]
pub struct EnclosureSeen<'a> {
    /// Which feed of the round, from 0.
    pub feed: usize,
    /// The show's title or source.
    pub show: &'a str,
    /// The episode.
    pub episode: &'a Episode,
    /// The enclosure.
    pub enclosure: &'a Enclosure,
    /// Its chain, where it can be requested.
    pub chain: Option<&'a Chain>,
    /// The verdict.
    pub verdict: &'a EnclosureVerdict,
}

/// One enclosure on its way: where it stands in the feed, and what its walk gave.
struct Walked {
    feed: usize,
    loaded: LoadedFeed,
    place: Place,
    chain: Option<Arc<Chain>>,
    origins: Vec<Arc<OriginSighting>>,
}

/// What a round is fed with.
pub(super) enum Supply {
    /// A feed, and what of it is to be judged.
    Feed(LoadedFeed, Part),
    /// More of the feed before, as it was when it could be read: the same show, counted once.
    More(LoadedFeed, Part),
    /// A source that cannot be read.
    Unreadable(Unreadable),
    /// An origin to be looked at, whatever crosses it.
    Origin(Origin),
}

/// What of a feed is to be judged.
pub(super) enum Part {
    /// Its document and every enclosure; those that were spooled too.
    All(Option<Box<Spool>>),
    /// The document or not, and these enclosures: item and place in it.
    Some {
        /// Whether the document was fetched just now.
        document: bool,
        /// Which enclosures.
        enclosures: Vec<(usize, usize)>,
    },
}

/// Runs one round over the job's sources. What cannot be read is handed to the sink; nothing here
/// fails.
pub async fn run(job: &Job, round: &Round, progress: &Progress, sink: &mut dyn Sink) -> Conclusion {
    let spooling = job.spooled.then(|| Spooling::new(job.limits.kept));
    let loader = Loader { round: round.clone(), limits: job.limits, spooling };
    let supply = loader.all(&job.sources).filter_map(|opened| {
        std::future::ready(match opened {
            Opened::Feed(mut loaded) => {
                let spool = loaded.spool.take().map(Box::new);
                Some(Supply::Feed(Arc::from(loaded), Part::All(spool)))
            }
            Opened::Unreadable(source) => Some(Supply::Unreadable(source)),
            Opened::List(..) => None, // opened up by the loader
        })
    });
    run_over(job, round, supply, progress, sink).await
}

/// Runs one round over whatever it is fed with.
pub(super) async fn run_over(
    job: &Job,
    round: &Round,
    supply: impl Stream<Item = Supply>,
    progress: &Progress,
    sink: &mut dyn Sink,
) -> Conclusion {
    let origins = Origins::new(round.clone(), Arc::clone(&job.stores), job.at);
    let mut judge = Judge::new(&job.policy, job.at, &job.stores, &job.catalogue).with_apps(&job.apps);
    if job.in_part {
        judge = judge.in_part().knowing_feed_hosts(job.feed_hosts.clone());
    }
    let mut seen = Seen::default();

    let mut unreadable = Vec::new();
    let mut feeds = 0;
    let places = supply.then(|supply| {
        let is_more = matches!(supply, Supply::More(..));
        let feed = if is_more { usize::saturating_sub(feeds, 1) } else { feeds };
        if matches!(supply, Supply::Feed(..) | Supply::More(..)) {
            feeds = feed + 1;
        }
        steps(supply, feed, progress)
    });
    let places = places.flatten();
    let walks = places.map(|item| async {
        match item {
            Step::Place(feed, loaded, place) => {
                Done::Walked(Box::new(walk(job, round, &origins, feed, loaded, place).await))
            }
            Step::Origin(origin) => Done::Seen(origins.sighting(&origin).await),
            Step::Unreadable(source) => Done::Unreadable(source),
        }
    });
    let mut walks = std::pin::pin!(walks.buffered(AHEAD));

    while let Some(walked) = walks.next().await {
        match walked {
            Done::Unreadable(source) => {
                sink.unreadable(&source);
                unreadable.push(source);
            }
            Done::Seen(sighting) => seen.judge_origins(&mut judge, &[sighting]),
            Done::Walked(walked) => {
                progress.done();
                seen.judge_origins(&mut judge, &walked.origins);
                let detours = seen.detours(job, round, &mut judge, &origins, &walked).await;
                hand_on(&mut judge, sink, &walked, &detours);
            }
        }
    }

    let canaries = if judge.wants_canaries() { round.canaries(&job.canaries).await } else { Vec::new() };
    let conclusion = judge.conclude(&canaries);
    sink.finish(&seen.origins, &conclusion);
    conclusion
}

/// A step of a round before it is walked.
enum Step {
    Place(usize, LoadedFeed, Place),
    Origin(Origin),
    Unreadable(Unreadable),
}

/// The steps of what a round is fed with, made one by one: a feed may have very many.
async fn steps(supply: Supply, feed: usize, progress: &Progress) -> BoxStream<'static, Step> {
    let one = |step| stream::iter([step]).boxed();
    match supply {
        Supply::Feed(loaded, part) | Supply::More(loaded, part) => {
            let places = places(&loaded, part).await;
            progress.found(places.count);
            let step = move |place| match place {
                Ok(place) => Step::Place(feed, Arc::clone(&loaded), place),
                Err(source) => Step::Unreadable(source),
            };
            places.all.map(step).boxed()
        }
        Supply::Unreadable(source) => one(Step::Unreadable(source)),
        Supply::Origin(origin) => one(Step::Origin(origin)),
    }
}

/// A step of a round that was walked.
enum Done {
    Walked(Box<Walked>),
    Seen(Arc<OriginSighting>),
    Unreadable(Unreadable),
}

async fn walk(job: &Job, round: &Round, origins: &Origins, feed: usize, loaded: LoadedFeed, place: Place) -> Walked {
    let link = match &place {
        Place::Enclosure(item, index, _) => enclosure(&loaded, item, *index).and_then(|(_, enclosure)| {
            // A torrent is not for players: it is neither asked for nor judged.
            if enclosure.is_torrent() {
                return None;
            }
            let depth = if enclosure.kind == EnclosureKind::Live { Depth::Headers } else { job.depth };
            enclosure.link.clone().ok().map(|link| (link, depth))
        }),
        Place::Document | Place::Bare(_) => None,
    };
    let chain = match (link, &place) {
        (Some((link, depth)), Place::Enclosure(_, _, Some(shared))) => {
            Some(Arc::clone(shared.get_or_init(|| walk_planned(job, round, &link, depth)).await))
        }
        (Some((link, depth)), _) => Some(walk_planned(job, round, &link, depth).await),
        (None, _) => None,
    };
    let origins = match (&place, &chain, &loaded.chain) {
        (Place::Document, _, Some(chain)) => origins.of(chain).await,
        (_, Some(chain), _) => origins.of(chain).await,
        _ => Vec::new(),
    };
    Walked { feed, loaded, place, chain, origins }
}

/// Walks a URL. The hosts that it names, prefix by prefix, are known before the first is asked.
async fn walk_planned(job: &Job, round: &Round, link: &Link, depth: Depth) -> Arc<Chain> {
    let named: Vec<Origin> = job.catalogue.planned(link).iter().skip(1).map(Link::origin).collect();
    round.walk_via(link, depth, &named).await
}

fn enclosure<'a>(loaded: &'a Loaded, item: &'a Item, index: usize) -> Option<(&'a Episode, &'a Enclosure)> {
    let episode = item.episode(loaded)?;
    Some((episode, episode.enclosures.get(index)?))
}

/// Judges one place and hands it to the sink.
fn hand_on(judge: &mut Judge<'_>, sink: &mut dyn Sink, walked: &Walked, detours: &Detours) {
    let loaded = &*walked.loaded;
    match &walked.place {
        Place::Document => {
            let content = match &loaded.content {
                Content::Feed(feed) => FeedContent::Feed(feed),
                Content::Other(other) => FeedContent::Other(*other),
                Content::Nothing => FeedContent::Nothing,
            };
            let (source, title) = (loaded.source.as_str(), loaded.title.as_deref());
            let case = FeedCase { feed: walked.feed, source, chain: loaded.chain.as_ref(), title, content };
            let verdict = judge.feed(&case);
            tracing::debug!(feed = walked.feed, source = %loaded.source, verdict = verdict.verdict.as_str(), "feed judged");
            sink.feed(walked.feed, loaded, &verdict);
        }
        Place::Bare(item) => {
            if let Some(episode) = item.episode(loaded) {
                sink.episode(walked.feed, episode);
            }
        }
        Place::Enclosure(item, index, _) => {
            let Some((episode, enclosure)) = enclosure(loaded, item, *index) else { return };
            let show = loaded.show();
            let chain = walked.chain.as_deref();
            let bypasses = &detours.bypasses;
            let case = EnclosureCase { feed: walked.feed, show, episode, enclosure, chain, bypasses };
            let verdict = judge.enclosure(&case);
            for hop in chain.iter().flat_map(|chain| &chain.hops) {
                let status = hop.request.fact().map(|answer| answer.status);
                tracing::debug!(hop = %hop.url, status, took = ?hop.request.took(), failed = ?hop.request.failure(), "hop");
            }
            tracing::debug!(url = %link::redact(&enclosure.written), verdict = verdict.verdict.as_str(), "episode judged");
            // What fails behind a failing prefix is a fault of its own, of the URL without it.
            for (link, chain) in &detours.failed {
                let enclosure = &Enclosure { link: Ok(link.clone()), ..enclosure.clone() };
                judge.enclosure(&EnclosureCase { enclosure, chain: Some(chain), ..case });
            }
            sink.enclosure(&EnclosureSeen { feed: walked.feed, show, episode, enclosure, chain, verdict: &verdict });
        }
    }
}

impl Loaded {
    /// The show's title, or what it is known as, or the source where it has neither.
    pub fn show(&self) -> &str {
        match &self.content {
            Content::Feed(feed) if !feed.title.is_empty() => &feed.title,
            _ => self.title.as_deref().unwrap_or(&self.source),
        }
    }
}

/// What the round has judged so far.
#[derive(Default)]
struct Seen {
    origins: Vec<(Arc<OriginSighting>, OriginVerdict)>,
    verdicts: foldhash::HashMap<Origin, Verdict>,
    /// Prefixes for which a way around was tried and found, or tried often enough.
    bypassed: HashMap<Origin, usize>,
}

impl Seen {
    fn judge_origins(&mut self, judge: &mut Judge<'_>, sightings: &[Arc<OriginSighting>]) {
        for sighting in sightings {
            if !self.verdicts.contains_key(&sighting.origin) {
                let verdict = judge.origin(sighting);
                for edge in &sighting.edges {
                    let failed = edge.connect.failure().is_some() || edge.tls.failure().is_some();
                    tracing::debug!(address = %edge.address, connect = ?edge.connect.took(), tls = ?edge.tls.took(), failed, "address");
                }
                tracing::debug!(origin = %sighting.origin, verdict = verdict.verdict.as_str(), "host judged");
                self.verdicts.insert(sighting.origin.clone(), verdict.verdict);
                self.origins.push((Arc::clone(sighting), verdict));
            }
        }
    }

    /// The ways around the prefixes that fail on this chain: the same audio, asked for without them,
    /// one more peeled off while it does not come. Tried until one way around each prefix works, on
    /// three enclosures at most.
    async fn detours(
        &mut self,
        job: &Job,
        round: &Round,
        judge: &mut Judge<'_>,
        origins: &Origins,
        walked: &Walked,
    ) -> Detours {
        let mut detours = Detours::default();
        let Some(chain) = &walked.chain else { return detours };
        let Some(start) = chain.hops.first() else { return detours };
        let mut link = start.url.clone();
        let mut chain = Arc::clone(chain);
        for _ in 0..MAX_PEELS {
            let Some(prefix) = failing_prefix(job, judge, &chain) else { break };
            let Some(without) = job.catalogue.without(&link, &prefix) else { break };
            let tried = self.bypassed.entry(prefix.clone()).or_default();
            if *tried >= MAX_TRIES {
                break;
            }
            *tried += 1;
            chain = walk_planned(job, round, &without, job.depth).await;
            // The hosts on the way around are part of the round: their faults are told too.
            let crossed = origins.of(&chain).await;
            self.judge_origins(judge, &crossed);
            let sound =
                crossed.iter().all(|sighting| judge.origin_verdict(&sighting.origin) != Some(Verdict::Critical));
            let works = sound && gives_media(&chain);
            detours.bypasses.push(Bypass { url: without.to_string(), works, without: prefix });
            if works {
                self.around_all(&mut detours.bypasses, &without);
            } else if chain.end != End::Interrupted && !gives_media(&chain) {
                detours.failed.push((without.clone(), Arc::clone(&chain)));
            }
            link = without;
        }
        detours
    }

    /// The last way round works: it is the way around every prefix that was peeled off before.
    fn around_all(&mut self, bypasses: &mut [Bypass], link: &Link) {
        for bypass in bypasses {
            bypass.url = link.to_string();
            bypass.works = true;
            self.bypassed.insert(bypass.without.clone(), MAX_TRIES);
        }
    }
}

/// The prefix that this chain fails at: where it ends without audio, or one that led astray
/// there, or a hop whose origin has a critical fault of its own.
fn failing_prefix(job: &Job, judge: &Judge<'_>, chain: &Chain) -> Option<Origin> {
    let is_prefix = |link: &Link| job.catalogue.role(link) == Role::Prefix;
    let stuck = (!gives_media(chain)).then(|| chain.last()).flatten().filter(|hop| !was_stopped_here(hop));
    let at_end = stuck.map(|hop| &hop.url).filter(|url| is_prefix(url));
    let astray = || {
        let mut steps = chain.hops.iter().zip(chain.hops.iter().skip(1)).filter(|_| stuck.is_some());
        let lost = steps.find(|(hop, next)| job.catalogue.astray(&hop.url, &next.url).is_some());
        lost.map(|(hop, _)| &hop.url).filter(|url| is_prefix(url))
    };
    let faulty = || {
        let bad = |url: &&Link| is_prefix(url) && judge.origin_verdict(&url.origin()) == Some(Verdict::Critical);
        chain.hops.iter().map(|hop| &hop.url).find(bad)
    };
    at_end.or_else(astray).or_else(faulty).map(Link::origin)
}

/// The ways around failing prefixes that were tried for one enclosure.
#[derive(Default)]
struct Detours {
    bypasses: Vec<Bypass>,
    /// Those that gave no audio: what was asked for, and what came of it.
    failed: Vec<(Link, Arc<Chain>)>,
}

/// Whether audio or video came at the end, as far as was asked.
fn gives_media(chain: &Chain) -> bool {
    let proven = |media: &Media| media.sniff.as_ref().is_none_or(|sniff| matches!(sniff, Sniff::Audio(_)));
    chain.end == End::Reached && chain.media.as_ref().is_some_and(proven)
}

/// Nothing left this machine: the guard, a secret kept back, or Ctrl-C. That is no fault of the host.
fn was_stopped_here(hop: &Hop) -> bool {
    matches!(hop.connect.failure(), Some(ConnectFailure::Blocked(_)))
        || matches!(hop.request.failure(), Some(RequestFailure::Interrupted | RequestFailure::Withheld(_)))
}
