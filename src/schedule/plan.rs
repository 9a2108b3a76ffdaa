//! The plan: what there is to look at, and what of it is due.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::cadence::{Cadence, mix};
use super::{Budget, EnclosureId, EndpointId, FeedId, Intervals, OriginId, Why};

mod forget;

const DAY_MS: i64 = 86_400_000;

/// How long a suspicion waits for the next look.
const SUSPICION: SignedDuration = SignedDuration::from_secs(60);

/// An enclosure of a feed and the origins that its chain crosses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Which.
    pub enclosure: EnclosureId,
    /// The origins on its route, in order.
    pub route: Vec<OriginId>,
    /// Whether it belongs to the newest episodes; the others are the back catalogue.
    pub newest: bool,
}

/// What is due now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Every origin, or none.
    pub origins: Vec<OriginId>,
    /// Endpoints.
    pub endpoints: Vec<EndpointId>,
    /// Feeds to be fetched.
    pub feeds: Vec<FeedId>,
    /// Chains to be walked, each once, and why.
    pub chains: Vec<(EnclosureId, FeedId, Why)>,
    /// Whole rounds that were missed since the last time.
    pub late: u64,
}

impl Due {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.origins.is_empty() && self.endpoints.is_empty() && self.feeds.is_empty() && self.chains.is_empty()
    }
}

/// An enclosure in its feed.
#[derive(Clone, Copy, Debug)]
struct Item {
    enclosure: EnclosureId,
    route: u32,
    newest: bool,
}

#[derive(Debug)]
struct FeedPlan {
    id: FeedId,
    origin: Option<OriginId>,
    /// `None` until its episodes are known: nothing of the first page is new.
    items: Option<Box<[Item]>>,
}

/// Those who take turns behind one route.
#[derive(Debug, Default)]
struct Queue {
    newest: Vec<(EnclosureId, FeedId)>,
    /// Who is next among the newest.
    turn: usize,
    /// In an order that has nothing to do with feeds or dates.
    catalogue: Vec<(EnclosureId, FeedId)>,
    /// Since when nobody does.
    idle_since: Option<Timestamp>,
}

/// What there is to look at. See the room's head for the policy.
#[derive(Debug)]
pub struct Plan {
    budget: Budget,
    catalogue_days: usize,
    names: HashMap<Arc<str>, OriginId>,
    origins: Vec<Arc<str>>,
    routes: HashMap<Arc<[OriginId]>, u32>,
    crossed: Vec<Arc<[OriginId]>>,
    feeds: Vec<FeedPlan>,
    place: HashMap<FeedId, usize>,
    endpoints: Vec<(EndpointId, OriginId)>,
    queues: Vec<Queue>,
    stale: bool,
    feed_turn: usize,
    fresh: Vec<(EnclosureId, FeedId)>,
    rechecks: BTreeSet<(EnclosureId, FeedId)>,
    /// What is suspected, and when each is due.
    suspects: BTreeMap<(EnclosureId, FeedId), Timestamp>,
    at_origins: Cadence,
    at_chains: Cadence,
    at_feeds: Cadence,
    at_endpoints: Cadence,
}

impl Plan {
    /// An empty plan whose rounds begin now. The seed (of the installation) spreads the rounds of
    /// many probers.
    pub fn new(intervals: &Intervals, budget: Budget, seed: u64, now: Timestamp) -> Self {
        let cadence = |interval, kind| Cadence::new(interval, mix(seed ^ kind), now);
        Self {
            budget,
            catalogue_days: usize::try_from(intervals.catalogue_days).unwrap_or(usize::MAX).max(1),
            names: HashMap::new(),
            origins: Vec::new(),
            routes: HashMap::new(),
            crossed: Vec::new(),
            feeds: Vec::new(),
            place: HashMap::new(),
            endpoints: Vec::new(),
            queues: Vec::new(),
            stale: false,
            feed_turn: 0,
            fresh: Vec::new(),
            rechecks: BTreeSet::new(),
            suspects: BTreeMap::new(),
            // One seed for all kinds keeps rounds of the same length together.
            at_origins: cadence(intervals.origins, 0),
            at_chains: cadence(intervals.chains, 0),
            at_feeds: cadence(intervals.feeds, 0),
            at_endpoints: cadence(intervals.endpoints, 0),
        }
    }

    /// The number of the origin of this name (such as `https://host:443`), known from now on.
    pub fn origin(&mut self, name: &str) -> OriginId {
        if let Some(known) = self.names.get(name) {
            return *known;
        }
        let id = OriginId(u32::try_from(self.origins.len()).unwrap_or(u32::MAX));
        let name: Arc<str> = Arc::from(name);
        self.names.insert(Arc::clone(&name), id);
        self.origins.push(name);
        id
    }

    /// The name of an origin.
    pub fn name(&self, origin: OriginId) -> Option<&str> {
        self.origins.get(usize::try_from(origin.0).ok()?).map(AsRef::as_ref)
    }

    /// Adds a feed; its origin is the document's, where it is no file.
    pub fn add_feed(&mut self, feed: FeedId, origin: Option<OriginId>) {
        if let Some(known) = self.place.get(&feed).and_then(|place| self.feeds.get_mut(*place)) {
            known.origin = origin;
        } else {
            self.place.insert(feed, self.feeds.len());
            self.feeds.push(FeedPlan { id: feed, origin, items: None });
        }
    }

    /// Forgets a feed and what stands behind it.
    pub fn remove_feed(&mut self, feed: FeedId) {
        let Some(place) = self.place.remove(&feed) else { return };
        self.feeds.swap_remove(place);
        if let Some(moved) = self.feeds.get(place) {
            self.place.insert(moved.id, place);
        }
        self.fresh.retain(|(_, of)| *of != feed);
        self.rechecks.retain(|(_, of)| *of != feed);
        self.suspects.retain(|(_, of), _| *of != feed);
        self.stale = true;
    }

    /// What a feed shows now. What it did not show before is due at once, unless it is the first
    /// time that the feed is seen. Gives those that are new.
    pub fn episodes(&mut self, feed: FeedId, planned: &[Planned]) -> Vec<EnclosureId> {
        let Some(place) = self.place.get(&feed).copied() else { return Vec::new() };
        let items: Box<[Item]> = planned
            .iter()
            .map(|planned| Item {
                enclosure: planned.enclosure,
                route: self.route(&planned.route),
                newest: planned.newest,
            })
            .collect();
        let Some(known) = self.feeds.get_mut(place) else { return Vec::new() };
        let new = match known.items.replace(items) {
            None => Vec::new(),
            Some(before) => {
                let before: BTreeSet<EnclosureId> = before.iter().map(|item| item.enclosure).collect();
                let now = planned.iter().filter(|planned| planned.newest).map(|planned| planned.enclosure);
                now.filter(|enclosure| !before.contains(enclosure)).collect()
            }
        };
        self.fresh.extend(new.iter().map(|enclosure| (*enclosure, feed)));
        self.stale = true;
        new
    }

    /// The extra endpoints, all of them.
    pub fn endpoints(&mut self, endpoints: Vec<(EndpointId, OriginId)>) {
        self.endpoints = endpoints;
    }

    /// What open incidents are about: walked at every chain round.
    pub fn rechecks(&mut self, rechecks: impl IntoIterator<Item = (EnclosureId, FeedId)>) {
        self.rechecks = rechecks.into_iter().collect();
    }

    /// All that is suspected, and neither confirmed nor faded after the look at `now`: each is walked
    /// again a minute after it was walked last.
    pub fn suspects(&mut self, suspects: impl IntoIterator<Item = (EnclosureId, FeedId)>, now: Timestamp) {
        let next = now.checked_add(SUSPICION).unwrap_or(now);
        let before = std::mem::take(&mut self.suspects);
        let at = |suspect| before.get(&suspect).copied().unwrap_or(next);
        self.suspects = suspects.into_iter().map(|suspect| (suspect, at(suspect))).collect();
    }

    /// When something is due next. `None` where there is nothing to look at.
    pub fn wake(&self) -> Option<Timestamp> {
        if self.feeds.is_empty() && self.endpoints.is_empty() {
            return None;
        }
        let mut next = self.at_origins.next().min(self.at_chains.next()).min(self.at_feeds.next());
        if !self.endpoints.is_empty() {
            next = next.min(self.at_endpoints.next());
        }
        let next = Timestamp::from_millisecond(next).ok()?;
        self.suspects.values().copied().chain([next]).min()
    }

    /// What is due now; it is taken to be done. Kinds that would be due in a moment come along.
    pub fn due(&mut self, now: Timestamp) -> Due {
        let mut due = Due::default();
        let any = [self.at_origins, self.at_chains, self.at_feeds, self.at_endpoints];
        let suspects: BTreeSet<_> = self.suspects.iter().filter(|(_, at)| **at <= now).map(|(one, _)| *one).collect();
        if !any.iter().any(|cadence| cadence.is_due(now)) && self.fresh.is_empty() && suspects.is_empty() {
            return due;
        }
        self.sort_into_queues();
        let mut spent = Spent::new(self.budget.per_origin, self.origins.len());
        if self.at_endpoints.is_near(now) {
            let late = self.at_endpoints.begin(now);
            due.late += if self.endpoints.is_empty() { 0 } else { late };
            due.endpoints = self.endpoints.iter().map(|(id, _)| *id).collect();
            for (_, origin) in &self.endpoints {
                spent.take(&[*origin]);
            }
        }
        self.fresh_due(&mut due, &mut spent);
        self.suspects.retain(|suspect, _| !suspects.contains(suspect));
        self.again_due(suspects, &mut due, &mut spent);
        if self.at_chains.is_near(now) {
            let (round, interval) = (self.at_chains.number(), self.at_chains.interval());
            due.late += self.at_chains.begin(now);
            self.chains_due(&mut due, &mut spent);
            self.samples_due(&mut due, &mut spent, now, round, interval);
        }
        if self.at_feeds.is_near(now) {
            due.late += self.at_feeds.begin(now);
            self.feeds_due(&mut due, &mut spent);
        }
        if self.at_origins.is_near(now) {
            due.late += self.at_origins.begin(now);
            due.origins = self.crossed_now();
        }
        for (enclosure, feed, _) in &due.chains {
            self.suspects.remove(&(*enclosure, *feed));
        }
        due
    }

    fn route(&mut self, origins: &[OriginId]) -> u32 {
        if let Some(known) = self.routes.get(origins) {
            return *known;
        }
        let number = u32::try_from(self.crossed.len()).unwrap_or(u32::MAX);
        let origins: Arc<[OriginId]> = Arc::from(origins);
        self.routes.insert(Arc::clone(&origins), number);
        self.crossed.push(origins);
        number
    }

    /// Sorts what feeds show into the queues of their routes. Turns are kept.
    fn sort_into_queues(&mut self) {
        if !std::mem::take(&mut self.stale) {
            return;
        }
        for queue in &mut self.queues {
            queue.newest.clear();
            queue.catalogue.clear();
        }
        self.queues.resize_with(self.crossed.len(), Queue::default);
        for feed in &self.feeds {
            for item in feed.items.iter().flat_map(|items| items.iter()) {
                let queue = usize::try_from(item.route).ok().and_then(|route| self.queues.get_mut(route));
                let Some(queue) = queue else { continue };
                let list = if item.newest { &mut queue.newest } else { &mut queue.catalogue };
                list.push((item.enclosure, feed.id));
            }
        }
        for queue in &mut self.queues {
            queue.newest.shrink_to(queue.newest.len() * 2);
            queue.catalogue.sort_unstable_by_key(|(enclosure, feed)| (mix(enclosure.0), *feed));
            queue.catalogue.dedup_by_key(|(enclosure, _)| *enclosure);
        }
    }

    fn fresh_due(&mut self, due: &mut Due, spent: &mut Spent) {
        // What a feed shows for the first time is asked for, budget or not: there is no better moment.
        for (enclosure, feed) in std::mem::take(&mut self.fresh) {
            if let Some(route) = self.route_of(enclosure, feed) {
                spent.take(&route);
                due.chains.push((enclosure, feed, Why::Fresh));
            }
        }
    }

    /// What is walked again, each once.
    fn again_due(&self, again: BTreeSet<(EnclosureId, FeedId)>, due: &mut Due, spent: &mut Spent) {
        let mut taken: BTreeSet<EnclosureId> = due.chains.iter().map(|(enclosure, ..)| *enclosure).collect();
        for (enclosure, feed) in again {
            let Some(route) = self.route_of(enclosure, feed) else { continue };
            if spent.has_room(&route) && taken.insert(enclosure) {
                spent.take(&route);
                due.chains.push((enclosure, feed, Why::Recheck));
            }
        }
    }

    fn chains_due(&mut self, due: &mut Due, spent: &mut Spent) {
        self.again_due(self.rechecks.clone(), due, spent);
        let mut taken: BTreeSet<EnclosureId> = due.chains.iter().map(|(enclosure, ..)| *enclosure).collect();
        for (queue, route) in self.queues.iter_mut().zip(&self.crossed) {
            let waiting = queue.newest.len();
            let mut walked = 0;
            let mut asked = 0;
            while walked < self.budget.per_route && asked < waiting && spent.has_room(route) {
                let next = queue.newest.get((queue.turn + asked) % waiting);
                asked += 1;
                let Some((enclosure, feed)) = next else { break };
                if taken.insert(*enclosure) {
                    spent.take(route);
                    due.chains.push((*enclosure, *feed, Why::Newest));
                    walked += 1;
                }
            }
            queue.turn = if waiting == 0 { 0 } else { (queue.turn + asked) % waiting };
        }
    }

    /// The sample of the back catalogue: the day says which part of each queue, the round of the day
    /// which piece of it.
    fn samples_due(&self, due: &mut Due, spent: &mut Spent, now: Timestamp, round: u64, interval: i64) {
        let day = now.as_millisecond().div_euclid(DAY_MS).unsigned_abs();
        let rounds = usize::try_from((DAY_MS / interval.max(1)).max(1)).unwrap_or(1);
        let piece = usize::try_from(round).unwrap_or(0) % rounds;
        for (queue, route) in self.queues.iter().zip(&self.crossed) {
            let all = queue.catalogue.len();
            if all == 0 {
                continue;
            }
            let a_day = all.div_ceil(self.catalogue_days).min(self.budget.sample_per_route);
            let first = usize::try_from(day).unwrap_or(0).wrapping_mul(a_day);
            for number in (piece * a_day / rounds)..((piece + 1) * a_day / rounds) {
                let Some((enclosure, feed)) = queue.catalogue.get(first.wrapping_add(number) % all) else { continue };
                if spent.has_room(route) {
                    spent.take(route);
                    due.chains.push((*enclosure, *feed, Why::Sample));
                }
            }
        }
    }

    /// All feeds whose hosts have room, by turns.
    fn feeds_due(&mut self, due: &mut Due, spent: &mut Spent) {
        let all = self.feeds.len();
        let mut first_left_out = None;
        for step in 0..all {
            let place = (self.feed_turn + step) % all;
            let Some(feed) = self.feeds.get(place) else { continue };
            let route: &[OriginId] = feed.origin.as_slice();
            if spent.has_room(route) {
                spent.take(route);
                due.feeds.push(feed.id);
            } else if first_left_out.is_none() {
                first_left_out = Some(place);
            }
        }
        self.feed_turn = first_left_out.unwrap_or(0);
    }

    fn route_of(&self, enclosure: EnclosureId, feed: FeedId) -> Option<Arc<[OriginId]>> {
        let items = self.feeds.get(*self.place.get(&feed)?)?.items.as_ref()?;
        let item = items.iter().find(|item| item.enclosure == enclosure)?;
        self.crossed.get(usize::try_from(item.route).ok()?).map(Arc::clone)
    }

    /// Every origin that something of the plan crosses now, each once.
    pub fn crossed_now(&self) -> Vec<OriginId> {
        let mut crossed = vec![false; self.origins.len()];
        let mut mark = |origin: OriginId| {
            if let Some(place) = usize::try_from(origin.0).ok().and_then(|place| crossed.get_mut(place)) {
                *place = true;
            }
        };
        self.feeds.iter().filter_map(|feed| feed.origin).for_each(&mut mark);
        self.endpoints.iter().for_each(|(_, origin)| mark(*origin));
        if self.stale {
            // What feeds show is not in the queues yet.
            let items = self.feeds.iter().filter_map(|feed| feed.items.as_ref()).flat_map(|items| items.iter());
            let used: BTreeSet<u32> = items.map(|item| item.route).collect();
            let routes = used.into_iter().filter_map(|route| self.crossed.get(usize::try_from(route).ok()?));
            routes.flat_map(|route| route.iter().copied()).for_each(&mut mark);
        } else {
            let routes = self.queues.iter().zip(&self.crossed);
            let used = routes.filter(|(queue, _)| !queue.newest.is_empty() || !queue.catalogue.is_empty());
            used.flat_map(|(_, route)| route.iter().copied()).for_each(&mut mark);
        }
        let numbers = crossed.iter().zip(0_u32..).filter(|(crossed, _)| **crossed);
        numbers.map(|(_, number)| OriginId(number)).collect()
    }
}

/// Requests of one round, by origin.
struct Spent {
    limit: u32,
    by_origin: Vec<u32>,
}

impl Spent {
    fn new(limit: u32, origins: usize) -> Self {
        Self { limit, by_origin: vec![0; origins] }
    }

    fn of(&self, origin: OriginId) -> u32 {
        usize::try_from(origin.0).ok().and_then(|place| self.by_origin.get(place)).copied().unwrap_or(0)
    }

    fn has_room(&self, route: &[OriginId]) -> bool {
        route.iter().all(|origin| self.of(*origin) < self.limit)
    }

    fn take(&mut self, route: &[OriginId]) {
        for origin in route {
            if let Some(spent) = usize::try_from(origin.0).ok().and_then(|place| self.by_origin.get_mut(place)) {
                *spent = spent.saturating_add(1);
            }
        }
    }
}
