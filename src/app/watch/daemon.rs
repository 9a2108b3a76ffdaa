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
use super::journal;
use super::reload;
use super::round::{self, Brought, Equipment};
use super::routing;
use super::silences;
use super::world::World;
use crate::app::check;
use crate::config::Settings;
use crate::incident::{self, State, Transition, coverage};
use crate::judge::Code;
use crate::notice::{self, About, Notification, Routing};
use crate::notify::Http;
use crate::parties::Catalogue;
use crate::probe::Round;
use crate::store::{Commit, Reader, Retention, Store, StoreError, Trouble};

/// Rounds whose facts are kept while the store cannot be written to.
const MAX_UNWRITTEN: usize = 20;

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
    standing: BTreeMap<String, (Code, String)>,
    upkept: Option<Timestamp>,
    /// When something was looked at last, whatever became of what was seen.
    looked: Option<Timestamp>,
    /// Since when the configuration is in force.
    configured_at: Timestamp,
    /// Whoever was told of mistakes in one that came before was told that it is well.
    well_told: bool,
    /// Whether what waits is held back by what is in force now; not so after a start or a new
    /// configuration.
    settled: bool,
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
        let standing = parts.store.read().standing_findings().await?.into_iter();
        let standing = standing.map(|(id, code, subject)| (id, (code, subject))).collect();
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
            standing,
            upkept: None,
            looked: None,
            configured_at: now,
            well_told: false,
            settled: false,
            under_way: UnderWay::default(),
        })
    }

    /// Takes new settings. Incidents, history, silences and what is known of shows stay.
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
        // The store has them, and may be away at the next turn.
        let silences = std::mem::take(&mut self.routing.silences);
        self.routing = Routing { silences, ..routing::of(&settings) };
        self.settled = false;
        self.digests = Digests::new(&settings, now);
        self.equipment = equipment;
        self.courier.replace(channels);
        self.settings = settings;
        self.configured_at = now;
        self.well_told = false;
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
        let clock = [self.book.next_tick(&self.settings.rules), self.digests.next(), self.sources.next()];
        self.world.wake().into_iter().chain(clock.into_iter().flatten()).min()
    }

    /// Whether people asked for something since the last turn: to take an incident up or hand it back, to
    /// be silent, or to be silent no more.
    pub async fn is_asked(&self, now: Timestamp) -> Result<bool, StoreError> {
        let fulfilled = self.fulfilled();
        let waiting = self.store.read().acknowledgements().await?;
        let new = waiting.iter().any(|(wish, _)| !fulfilled.contains(wish));
        Ok(new || silences::in_force(self.store.read(), now).await? != self.routing.silences)
    }

    /// Whether something waits for the store to be written again.
    pub(super) fn is_behind(&self) -> bool {
        !self.unwritten.is_empty()
    }

    /// When something was looked at last, written or not.
    pub(super) fn looked(&self) -> Option<Timestamp> {
        self.looked
    }

    /// The clock was set back: what was planned for later is planned anew.
    pub(super) fn restart_clock(&mut self, now: Timestamp) {
        let (settings, catalogue) = (Arc::clone(&self.settings), Arc::clone(self.world.catalogue()));
        self.world.reload(&settings, &catalogue, self.seed, now);
        self.digests = Digests::new(&settings, now);
        self.upkept = None;
    }

    /// Does what is due. `clock` tells when a round ended; with an injected time it says `now`.
    ///
    /// From the observation on nothing fails until all that follows from it is on its way to the store.
    pub async fn turn(&mut self, now: Timestamp, clock: &(dyn Fn() -> Timestamp + Sync)) -> Result<Turn, StoreError> {
        self.tell_well(now).await;
        let mut turn = Turn::default();
        let mut commit = Commit::default();
        // A database that is away is waited for once in a turn, not once for each question.
        let mut away = false;
        if self.world.wake().is_some_and(|at| at <= now) || self.sources.is_due(now) {
            self.book.mute(now, |incident| notice::muted_until(incident, &self.routing, now));
            let brought = self.look(now, clock).await;
            turn.looked = true;
            turn.late = brought.facts.round.late;
            away = brought.blind;
            self.looked = Some(clock().max(now));
            // A round that was stopped saw a part of what it says it looked at.
            if !brought.stopped {
                turn.transitions.extend(self.book.observe(&brought.observation, &self.settings.rules));
                commit.round = Some(self.with_cleared(brought));
            }
            self.world.meet(&self.book.places());
            let suspects = self.subjects(|state| state == State::Suspected);
            self.world.suspect(&suspects, clock().max(now));
        }
        let now = clock().max(now);
        // From here on the book knows what happened. A store that fails now must not keep it from being
        // composed and kept for a later turn.
        if !away {
            let (acknowledged, wishes) = self.acknowledged(now, &mut away).await;
            turn.transitions.extend(acknowledged);
            commit.done_wishes = wishes;
        }
        if !away {
            self.hear_silences(now, &mut away).await;
        }
        self.book.mute(now, |incident| notice::muted_until(incident, &self.routing, now));
        turn.transitions.extend(self.book.tick(now, &self.settings.rules));
        commit.incidents = self.book.take_changed();
        if !away {
            commit.released = self.let_go(now).await;
        }
        let mut notifications = notice::compose(&turn.transitions, &self.routing, now);
        if !away {
            match self.digests.due(self.store.read(), &self.world, &self.routing, now).await {
                Ok(digests) => {
                    let channels = self.courier.channels();
                    notifications.extend(digests.into_iter().map(|digest| channels.hushed(digest, now)));
                }
                Err(why) => tracing::error!(%why, "the digest waits: the history cannot be read"),
            }
        }
        journal::write(&turn.transitions);
        turn.composed = notifications.len();
        commit.notifications = notifications;
        commit.transitions.clone_from(&turn.transitions);
        let taken = self.book.incidents().filter(|incident| incident.acknowledged.is_some());
        self.courier.acknowledged(taken.map(|incident| incident.id).collect());
        self.write(commit).await?;
        self.upkeep(now).await?;
        Ok(turn)
    }

    /// Delivers what waits in the outbox.
    pub async fn deliver(&self, clock: &(dyn Fn() -> Timestamp + Sync)) -> Result<Pass, StoreError> {
        self.courier.drain(clock).await
    }

    /// Since when the configuration is in force.
    pub(super) fn configured_at(&self) -> Timestamp {
        self.configured_at
    }

    /// Tells those that were told of mistakes in the configuration that it is well, and of a channel
    /// that did not deliver that it is gone: a configuration without mistakes is in force. Once for
    /// each that is; the history knows whom to tell, also after a restart.
    pub(super) async fn tell_well(&mut self, now: Timestamp) {
        // What waits to be written may tell of mistakes.
        if self.well_told || !self.unwritten.is_empty() {
            return;
        }
        let troubles = match self.store.read().troubles().await {
            Ok(troubles) => troubles,
            Err(why) => {
                tracing::error!(%why, "whom to tell that the configuration is well cannot be read; it is tried again");
                return;
            }
        };
        self.well_told = true;
        let channels = self.courier.channels();
        let told = troubles.into_iter().filter(|trouble| channels.get(&trouble.channel).is_some());
        let notifications: Vec<Notification> = told
            .filter_map(|Trouble { about, channel, .. }| match about {
                About::Configuration => Some(notice::good_configuration(&channel, now)),
                About::Undeliverable { channel: dead } if channels.get(&dead).is_none() => {
                    Some(notice::channel_taken_out(&channel, &dead, now))
                }
                About::Undeliverable { .. } | About::Check { .. } => None,
            })
            .map(|notification| channels.hushed(notification, now))
            .collect();
        // What cannot be written now is written first when it can be.
        if !notifications.is_empty()
            && let Err(why) = self.write(Commit { notifications, ..Commit::default() }).await
        {
            tracing::error!(%why, "that the configuration is well waits for the history");
        }
    }

    /// When the next message may go that waits; `None` while none does.
    pub async fn next_delivery(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.courier.next_of_each(now).await?.into_iter().map(|(_, at)| at).min())
    }

    /// Something about podprobe itself is told to every ordinary channel.
    pub(super) async fn tell(&mut self, make: impl Fn(&str) -> Notification) -> Result<(), StoreError> {
        let channels = self.courier.channels();
        let told = channels.for_service(None).into_iter().map(make);
        let hushed = |notification: Notification| {
            let at = notification.at;
            channels.hushed(notification, at)
        };
        let notifications = told.map(hushed).collect();
        self.write(Commit { notifications, ..Commit::default() }).await
    }

    /// Where incidents in one of these states were seen and are not well yet.
    fn subjects(&self, wanted: impl Fn(State) -> bool) -> BTreeSet<String> {
        let incidents = self.book.incidents().filter(|incident| wanted(incident.state));
        incidents.flat_map(|incident| self.book.members(incident.id)).map(ToOwned::to_owned).collect()
    }

    async fn look(&mut self, now: Timestamp, clock: &(dyn Fn() -> Timestamp + Sync)) -> Brought {
        let subjects = self.subjects(|state| state != State::Closed);
        self.world.recheck(&subjects);
        let Equipment { network, stores, .. } = &self.equipment;
        let round = check::prober(network.clone(), Arc::clone(stores), now).round();
        self.under_way.set(Some(round.clone()));
        let reader = self.store.read().clone();
        let mut brought =
            round::run(&mut self.world, &mut self.sources, &self.equipment, &reader, &round, now, clock).await;
        self.under_way.set(None);
        brought.observation.covered.gone = self.gone(&brought);
        for source in &brought.unreadable {
            tracing::warn!(source = %source.source, why = %source.why, "a source cannot be read");
        }
        let round = &brought.facts.round;
        if round.offline {
            tracing::warn!("podprobe's own network is down; this round says nothing about any show");
        }
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
        brought
    }

    /// Where incidents were seen and nothing leads any more, but did: the file, the host, the endpoint or the
    /// source was taken out, so nothing will look there again. Said only while every source can be
    /// read, for what a list or feed holds is not known otherwise.
    fn gone(&self, brought: &Brought) -> BTreeSet<String> {
        if brought.observation.offline || !self.sources.is_settled() || !self.world.is_read() {
            return BTreeSet::new();
        }
        let mut places = self.book.places();
        places.remove(round::VANTAGE);
        self.world.gone(places, &brought.read)
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
        let is_read = self.world.is_read();
        let gone: Vec<String> = self
            .standing
            .iter()
            .filter(|(id, (code, subject))| {
                // A link that cannot be used is no place to look at: it stands in a feed or does not.
                let edited = || *code == Code::EnclosureInvalid && is_read && !self.world.has_unusable(subject);
                let looked = || coverage(*code).has(covered, &observation.vantage, subject) || edited();
                !here.contains(id.as_str()) && (covered.gone.contains(subject) || looked())
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

    /// What people asked for by the command line while the daemon ran, and the wishes that are
    /// fulfilled with it: they are struck off in the transaction that writes what came of them.
    async fn acknowledged(&mut self, now: Timestamp, away: &mut bool) -> (Vec<Transition>, Vec<i64>) {
        let waiting = match self.store.read().acknowledgements().await {
            Ok(waiting) => waiting,
            Err(why) => {
                tracing::error!(%why, "whether somebody took an incident up cannot be read");
                *away = true;
                return (Vec::new(), Vec::new());
            }
        };
        let mut transitions = Vec::new();
        let mut wishes = Vec::new();
        // What is fulfilled and not written down yet still stands in the store.
        let fulfilled = self.fulfilled();
        for (wish, asked) in waiting.into_iter().filter(|(wish, _)| !fulfilled.contains(wish)) {
            wishes.push(wish);
            let taken = if asked.release {
                self.book.release(asked.incident, &asked.by, now)
            } else {
                self.book.acknowledge(asked.incident, &asked.by, now)
            };
            match taken {
                Ok(transition) => transitions.push(transition),
                Err(why) => tracing::warn!(incident = asked.incident.0, %why, "not taken up or handed back"),
            }
        }
        (transitions, wishes)
    }

    /// Wishes that were fulfilled and whose end waits to be written.
    fn fulfilled(&self) -> BTreeSet<i64> {
        self.unwritten.iter().flat_map(|commit| &commit.done_wishes).copied().collect()
    }

    /// The silences that are in force; those known stay where the store cannot be read.
    async fn hear_silences(&mut self, now: Timestamp, away: &mut bool) {
        match silences::in_force(self.store.read(), now).await {
            Ok(silences) => {
                self.settled &= silences == self.routing.silences;
                self.routing.silences = silences;
            }
            Err(why) => {
                *away = true;
                tracing::error!(%why, "silences cannot be read; those known go on");
            }
        }
    }

    /// Messages that nothing holds back any more, or not for so long: a silence was lifted, a window
    /// was taken out of the configuration.
    async fn let_go(&mut self, now: Timestamp) -> Vec<Notification> {
        if self.settled {
            return Vec::new();
        }
        match silences::let_go(self.store.read(), &self.routing, now).await {
            Ok(released) => {
                self.settled = true;
                released
            }
            Err(why) => {
                tracing::error!(%why, "what waits cannot be read; what was lifted is let go later");
                Vec::new()
            }
        }
    }

    /// Writes a commit, those first that could not be written before.
    async fn write(&mut self, commit: Commit) -> Result<(), StoreError> {
        // One that brings nothing only shows whether the store is there; none is piled up for that.
        if self.unwritten.is_empty() || !commit.is_empty() {
            self.unwritten.push_back(commit);
        }
        // Facts of rounds are large and the first to go; what happened to incidents is small and kept.
        let old = self.unwritten.len().saturating_sub(MAX_UNWRITTEN);
        self.unwritten.iter_mut().take(old).for_each(|commit| commit.round = None);
        while let Some(next) = self.unwritten.front() {
            let done = self.store.commit(next).await?;
            let released = !next.released.is_empty();
            self.unwritten.pop_front();
            if done.notifications > 0 || released {
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

    /// Ends: what could not be written until now is tried once more, and the store is closed, so that
    /// its file alone is the whole history.
    pub async fn close(mut self) {
        while let Some(next) = self.unwritten.pop_front() {
            if let Err(why) = self.store.commit(&next).await {
                tracing::error!(%why, "what happened last is not in the history; the next start finds it again");
                break;
            }
        }
        self.store.finish().await;
    }
}
