//! The daemon, one turn at a time. Time comes in as an argument, so that a night can be played in
//! seconds; who waits for what is `watch`'s.
//!
//! A turn is: what is due is looked at, becomes transitions of incidents, becomes messages, and all
//! of it is written in one transaction. Only then a courier may send. What could not be written is
//! kept and written first at the next turn.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::channels::Channels;
use super::courier::{Courier, Pass};
use super::digests::Digests;
use super::feeds::Sources;
use super::reload;
use super::round::{self, Brought, Equipment};
use super::routing;
use super::world::World;
use crate::app::check;
use crate::config::Settings;
use crate::incident::{self, IncidentId, State, Transition, coverage};
use crate::notice::{self, Notification, Routing, Silence};
use crate::notify::Http;
use crate::parties::Catalogue;
use crate::probe::Round;
use crate::store::{Commit, Reader, Retention, Store, StoreError};

/// Commits that wait for a store that cannot be written to.
const MAX_UNWRITTEN: usize = 1_000;

/// How often the store is tidied.
const UPKEEP: SignedDuration = SignedDuration::from_hours(1);

/// What a daemon is made of.
#[derive(Debug)]
pub struct Daemon {
    settings: Arc<Settings>,
    world: World,
    sources: Sources,
    equipment: Equipment,
    book: incident::Book,
    store: Arc<Store>,
    courier: Courier,
    routing: Routing,
    digests: Digests,
    seed: u64,
    http: Http,
    unwritten: VecDeque<Commit>,
    /// Findings that the last rounds made and nothing has cleared: their id, code's coverage and
    /// subject.
    standing: BTreeMap<String, (crate::judge::Code, String)>,
    upkept: Option<Timestamp>,
    /// The round that is under way, to be stopped.
    under_way: UnderWay,
}

/// The round that is under way. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct UnderWay(Arc<Mutex<Option<Round>>>);

impl UnderWay {
    /// Ends the round that is under way: what was not looked at counts as not looked at.
    pub fn stop(&self) {
        if let Some(round) = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            round.stop();
        }
    }

    fn set(&self, round: Option<Round>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = round;
    }
}

/// What a daemon is opened with.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) settings: Arc<Settings>,
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) equipment: Equipment,
    pub(super) channels: Channels,
    pub(super) store: Arc<Store>,
    pub(super) seed: u64,
    pub(super) http: Http,
}

/// What a turn did.
#[derive(Clone, Debug, Default)]
pub struct Turn {
    /// Whether anything was looked at.
    pub looked: bool,
    /// What happened to incidents.
    pub transitions: Vec<Transition>,
    /// Messages that were composed.
    pub composed: usize,
    /// Rounds that were missed before it.
    pub late: u64,
}

impl Daemon {
    /// A daemon that goes on where the store says the last one stopped.
    pub(super) async fn open(parts: Parts, now: Timestamp) -> Result<Self, StoreError> {
        let rules = &parts.settings.rules;
        let since = now.checked_sub(SignedDuration::try_from(rules.reopen).unwrap_or_default()).unwrap_or(now);
        let book = parts.store.read().book(since).await?;
        let book = incident::Book::restore(book.incidents, book.next);
        let routing = routing::of(&parts.settings);
        let courier = Courier::new(Arc::clone(&parts.store), parts.channels);
        Ok(Self {
            world: World::new(&parts.settings, &parts.catalogue, parts.seed, now),
            sources: Sources::new(&parts.settings.sources),
            equipment: parts.equipment,
            book,
            store: parts.store,
            courier,
            digests: Digests::new(&parts.settings, now),
            routing,
            seed: parts.seed,
            http: parts.http,
            settings: parts.settings,
            unwritten: VecDeque::new(),
            standing: BTreeMap::new(),
            upkept: None,
            under_way: UnderWay::default(),
        })
    }

    /// Takes new settings. Incidents, history and what is known of shows stay.
    pub(super) fn reload(
        &mut self,
        settings: Arc<Settings>,
        catalogue: &Arc<Catalogue>,
        equipment: Equipment,
        channels: Channels,
        http: Http,
        now: Timestamp,
    ) {
        self.http = http;
        self.world.reload(&settings, catalogue, self.seed, now);
        self.sources = Sources::new(&settings.sources);
        self.routing = routing::of(&settings);
        self.digests = Digests::new(&settings, now);
        self.equipment = equipment;
        self.courier.replace(channels);
        self.settings = settings;
    }

    /// Reads the configuration again and takes it on; one with mistakes leaves the running one in
    /// force and is told of through every channel.
    pub async fn read_again(&mut self, path: &Path, now: Timestamp) {
        reload::apply(self, path, reload::Cause::Asked, now).await;
    }

    /// Where the round under way can be stopped.
    pub fn under_way(&self) -> UnderWay {
        self.under_way.clone()
    }

    /// Who delivers.
    pub(super) fn courier(&self) -> Courier {
        self.courier.clone()
    }

    /// The settings in force.
    pub(super) fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    /// When the next turn is due; `None` only where nothing at all is watched.
    pub fn wake(&self) -> Option<Timestamp> {
        let clock = [self.book.next_tick(&self.settings.rules), self.digests.next(), self.sources.wake()];
        self.world.wake().into_iter().chain(clock.into_iter().flatten()).min()
    }

    /// Does what is due. `clock` tells when a round ended; with an injected time it says `now`.
    pub async fn turn(&mut self, now: Timestamp, clock: &(dyn Fn() -> Timestamp + Sync)) -> Result<Turn, StoreError> {
        let mut turn = Turn::default();
        let mut commit = Commit::default();
        if self.world.wake().is_some_and(|at| at <= now) || self.sources.is_due(now) {
            let brought = self.look(now, clock).await?;
            turn.looked = true;
            turn.late = brought.facts.round.late;
            turn.transitions.extend(self.book.observe(&brought.observation, &self.settings.rules));
            commit.round = Some(self.with_cleared(brought));
        }
        let now = clock().max(now);
        turn.transitions.extend(self.acknowledged(now).await?);
        turn.transitions.extend(self.book.tick(now, &self.settings.rules));
        commit.incidents = self.book.take_changed();
        let silences = self.store.read().silences(now).await?.into_iter();
        self.routing.silences = silences
            .map(|(wish, until)| Silence { until, host: wish.host, code: wish.code, incident: wish.incident })
            .collect();
        let mut notifications = notice::compose(&turn.transitions, &self.routing, now);
        notifications.extend(self.digests.due(self.store.read(), &self.world, &self.routing, now).await?);
        turn.composed = notifications.len();
        commit.notifications = notifications;
        commit.transitions.clone_from(&turn.transitions);
        self.write(commit).await?;
        let taken = self.book.incidents().filter(|incident| incident.acknowledged.is_some());
        self.courier.acknowledged(taken.map(|incident| incident.id).collect());
        self.upkeep(now).await?;
        Ok(turn)
    }

    /// Delivers what waits in the outbox.
    pub async fn deliver(&self, clock: &(dyn Fn() -> Timestamp + Sync)) -> Result<Pass, StoreError> {
        self.courier.drain(clock).await
    }

    /// Something about podprobe itself is told to every channel.
    pub(super) async fn tell(&mut self, make: impl Fn(&str) -> Notification) -> Result<(), StoreError> {
        let notifications = self.settings.channels.iter().map(|channel| make(&channel.name)).collect();
        self.write(Commit { notifications, ..Commit::default() }).await
    }

    async fn look(&mut self, now: Timestamp, clock: &(dyn Fn() -> Timestamp + Sync)) -> Result<Brought, StoreError> {
        let open = self.book.incidents().filter(|incident| incident.state != State::Closed);
        let open: Vec<IncidentId> = open.map(|incident| incident.id).collect();
        let subjects: BTreeSet<String> =
            open.iter().flat_map(|id| self.book.members(*id)).map(ToOwned::to_owned).collect();
        self.world.recheck(&subjects);
        let Equipment { network, stores, .. } = &self.equipment;
        let round = check::prober(network.clone(), Arc::clone(stores), now).round();
        self.under_way.set(Some(round.clone()));
        let reader = self.store.read().clone();
        let brought =
            round::run(&mut self.world, &mut self.sources, &self.equipment, &reader, &round, now, clock).await;
        self.under_way.set(None);
        let brought = brought?;
        for source in &brought.unreadable {
            tracing::warn!(source = %source.source, why = %source.why, "a source cannot be read");
        }
        let round = &brought.facts.round;
        tracing::info!(
            kind = %round.kind,
            origins = round.origins,
            enclosures = round.enclosures,
            feeds = round.feeds,
            requests = round.requests,
            late = round.late,
            verdict = round.verdict.as_str(),
            "round"
        );
        Ok(brought)
    }

    /// The round's facts, and which findings of earlier rounds are gone: those that were looked for
    /// and not found.
    fn with_cleared(&mut self, brought: Brought) -> crate::store::RoundFacts {
        let Brought { mut facts, observation, .. } = brought;
        if observation.offline {
            return facts;
        }
        let here: BTreeSet<&str> = facts.findings.iter().map(|finding| finding.id.as_str()).collect();
        let covered = &observation.covered;
        let gone: Vec<String> = self
            .standing
            .iter()
            .filter(|(id, (code, subject))| {
                !here.contains(id.as_str()) && coverage(*code).has(covered, &observation.vantage, subject)
            })
            .map(|(id, _)| id.clone())
            .collect();
        for id in &gone {
            self.standing.remove(id);
        }
        for finding in &facts.findings {
            self.standing.insert(finding.id.clone(), (finding.code, finding.subject.id.clone()));
        }
        facts.cleared = gone;
        facts
    }

    /// What people asked for by the command line while the daemon ran.
    async fn acknowledged(&mut self, now: Timestamp) -> Result<Vec<Transition>, StoreError> {
        let mut transitions = Vec::new();
        for asked in self.store.take_acknowledgements(now).await? {
            match self.book.acknowledge(asked.incident, &asked.by, now) {
                Ok(transition) => transitions.push(transition),
                Err(why) => tracing::warn!(incident = asked.incident.0, %why, "not acknowledged"),
            }
        }
        Ok(transitions)
    }

    /// Writes a commit, those first that could not be written before.
    async fn write(&mut self, commit: Commit) -> Result<(), StoreError> {
        self.unwritten.push_back(commit);
        if self.unwritten.len() > MAX_UNWRITTEN {
            // Facts of rounds are the first to go: what happened to incidents is kept.
            for commit in &mut self.unwritten {
                commit.round = None;
            }
        }
        while let Some(next) = self.unwritten.front() {
            let done = self.store.commit(next).await?;
            self.unwritten.pop_front();
            if done.notifications > 0 {
                self.courier.nudge();
            }
        }
        Ok(())
    }

    async fn upkeep(&mut self, now: Timestamp) -> Result<(), StoreError> {
        if self.upkept.is_some_and(|last| now.duration_since(last) < UPKEEP) {
            return Ok(());
        }
        let days = |days: u32| u16::try_from(days).unwrap_or(u16::MAX);
        let keep = &self.settings.store;
        let keep = Retention {
            facts_days: days(keep.facts_days),
            hours_days: days(keep.hours_days),
            days_days: days(keep.days_days),
        };
        let done = self.store.maintain(now, &keep).await?;
        if !done.more {
            self.upkept = Some(now);
        }
        Ok(())
    }

    /// What channels and the heartbeat send with.
    pub(super) fn http(&self) -> &Http {
        &self.http
    }

    /// The history, to be read.
    pub fn history(&self) -> &Reader {
        self.store.read()
    }

    /// Ends: what could not be written until now is tried once more.
    pub async fn close(mut self) {
        while let Some(next) = self.unwritten.pop_front() {
            if let Err(why) = self.store.commit(&next).await {
                tracing::error!(%why, "what happened last is not in the history; the next start finds it again");
                break;
            }
        }
    }
}
