//! What the daemon knows between rounds: the shows, their enclosures, the routes these take, and
//! the plan over them. Facts of one round are not kept here, nor is any opinion.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use self::unusable::Unusable;
use super::reach::{Index, Reach};
use crate::app::pipeline::Part;
use crate::app::sources::{Content, Loaded, LoadedFeed};
use crate::cert::Fingerprint;
use crate::chain::Chain;
use crate::config::{EndpointSettings, Settings, SourceSettings};
use crate::feed::{Enclosure, Episode};
use crate::link::{Link, Origin};
use crate::parties::Catalogue;
use crate::probe::Validators;
use crate::schedule::{Due, EnclosureId, EndpointId, FeedId, Plan, Planned};

mod led;
#[cfg(test)]
mod tests;
mod unusable;

/// Planned routes whose observed ones are remembered.
const MAX_LEARNT: usize = 100_000;

/// A feed that is watched.
#[derive(Debug)]
pub(super) struct Watched {
    /// What the configuration says of the source that leads to it.
    pub(super) settings: SourceSettings,
    /// Its own source: the same, or the entry of a list.
    pub(super) source: String,
    /// What it last was, once it was read.
    pub(super) loaded: Option<LoadedFeed>,
    /// What makes the next request conditional.
    pub(super) validators: Validators,
    /// The origins that the last request for its document crossed, whatever came of it.
    led: Vec<Origin>,
}

impl Watched {
    /// What people call the show: as the configuration does, or as its feed last did.
    pub(super) fn known_as(&self) -> Option<String> {
        let title = self.loaded.as_deref().and_then(|loaded| match &loaded.content {
            Content::Feed(feed) if !feed.title.is_empty() => Some(feed.title.clone()),
            Content::Feed(_) | Content::Other(_) | Content::Nothing => None,
        });
        self.settings.name.clone().or(title)
    }
}

/// So many walks in a row that end at hosts that nobody knew are no coincidence.
const FLEETING: u32 = 50;

/// What is known between rounds.
#[derive(Debug)]
pub(super) struct World {
    settings: Arc<Settings>,
    catalogue: Arc<Catalogue>,
    feeds: BTreeMap<FeedId, Watched>,
    by_source: HashMap<String, FeedId>,
    /// Which shows stand behind what.
    index: Index,
    next: u32,
    /// Where each enclosure stands: feed, item, place in the item.
    places: HashMap<EnclosureId, Vec<(FeedId, usize, usize)>>,
    /// Enclosures whose URLs are not shown in full, by how they are shown: several look alike where only
    /// their secrets differ.
    shown: HashMap<String, BTreeSet<EnclosureId>>,
    /// Enclosures whose links cannot be used.
    unusable: Unusable,
    /// The routes that walks took, by enclosure.
    observed: HashMap<EnclosureId, Arc<[Origin]>>,
    /// Where a walk that failed strayed to from the route that is planned, by enclosure.
    strays: HashMap<EnclosureId, Vec<Origin>>,
    /// The origins that the last request to an endpoint crossed, by its URL.
    asked: HashMap<String, Vec<Origin>>,
    /// The routes that walks took, by the route that was planned: what stands behind the last host
    /// that a URL names is the same for its neighbours.
    learnt: HashMap<Vec<Origin>, Arc<[Origin]>>,
    /// How many walks in a row were led to hosts that nobody knew, after one of a file that was walked
    /// before, by the route that was planned.
    strange: HashMap<Vec<Origin>, u32>,
    /// What of incidents was led to.
    met: led::Met,
    plan: Plan,
}

impl World {
    /// Nothing is known yet. `seed` spreads the rounds of many installations.
    pub(super) fn new(settings: &Arc<Settings>, catalogue: &Arc<Catalogue>, seed: u64, now: Timestamp) -> Self {
        let mut plan = Plan::new(&settings.intervals, settings.budget, seed, now);
        plan_endpoints(&mut plan, settings);
        Self {
            settings: Arc::clone(settings),
            catalogue: Arc::clone(catalogue),
            feeds: BTreeMap::new(),
            by_source: HashMap::new(),
            index: Index::default(),
            next: 0,
            places: HashMap::new(),
            shown: HashMap::new(),
            unusable: Unusable::default(),
            observed: HashMap::new(),
            strays: HashMap::new(),
            asked: HashMap::new(),
            learnt: HashMap::new(),
            strange: HashMap::new(),
            met: led::Met::default(),
            plan,
        }
    }

    /// Takes new settings: what both know is kept, what the new ones do not name is forgotten. Rounds
    /// begin anew.
    pub(super) fn reload(&mut self, settings: &Arc<Settings>, catalogue: &Arc<Catalogue>, seed: u64, now: Timestamp) {
        self.settings = Arc::clone(settings);
        self.catalogue = Arc::clone(catalogue);
        self.plan = Plan::new(&settings.intervals, settings.budget, seed, now);
        plan_endpoints(&mut self.plan, settings);
        self.asked.retain(|url, _| settings.endpoints.iter().any(|endpoint| endpoint.url.to_string() == *url));
        let named: HashMap<&str, &SourceSettings> =
            settings.sources.iter().map(|source| (source.source.as_str(), source)).collect();
        let feeds = std::mem::take(&mut self.feeds);
        self.by_source.clear();
        self.index = Index::default();
        self.places.clear();
        self.shown.clear();
        self.unusable = Unusable::default();
        for (id, mut feed) in feeds {
            let Some(known) = named.get(feed.settings.source.as_str()) else { continue };
            feed.settings = (*known).clone();
            self.by_source.insert(feed.source.clone(), id);
            let loaded = feed.loaded.take();
            let origin = origin_of_source(&feed.source).map(|origin| self.plan.origin(&origin));
            self.plan.add_feed(id, origin);
            self.index.add(id, &feed.source);
            self.index.set_documents(id, &feed.led);
            self.feeds.insert(id, feed);
            if let Some(loaded) = loaded {
                self.learn(id, loaded);
            }
        }
        let Self { observed, strays, places, .. } = self;
        observed.retain(|enclosure, _| places.contains_key(enclosure));
        strays.retain(|enclosure, _| places.contains_key(enclosure));
    }

    /// Routes that nothing takes any more are forgotten. Before a round, for what a round is given to do
    /// names origins by their numbers.
    pub(super) fn tidy(&mut self, now: Timestamp) {
        self.plan.forget(now);
    }

    /// The plan.
    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// When something is due next.
    pub(super) fn wake(&self) -> Option<Timestamp> {
        self.plan.wake()
    }

    /// What open incidents are about is walked at every chain round.
    pub(super) fn recheck(&mut self, subjects: &BTreeSet<String>) {
        let rechecks: Vec<_> = subjects.iter().flat_map(|subject| self.places_of(subject)).collect();
        self.plan.rechecks(rechecks);
    }

    /// What is suspected after a look is walked again soon.
    pub(super) fn suspect(&mut self, subjects: &BTreeSet<String>, now: Timestamp) {
        let suspects: Vec<_> = subjects.iter().flat_map(|subject| self.places_of(subject)).collect();
        self.plan.suspects(suspects, now);
    }

    /// What is due now.
    pub(super) fn due(&mut self, now: Timestamp) -> Due {
        self.plan.due(now)
    }

    /// The settings in force.
    pub(super) fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    /// Whose host is whose.
    pub(super) fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }

    /// A feed that a source of the configuration leads to, known from now on.
    pub(super) fn add(&mut self, settings: &SourceSettings, source: &str) -> FeedId {
        if let Some(known) = self.by_source.get(source) {
            return *known;
        }
        let id = FeedId(self.next);
        self.next = self.next.saturating_add(1);
        self.by_source.insert(source.to_owned(), id);
        let origin = origin_of_source(source).map(|origin| self.plan.origin(&origin));
        self.plan.add_feed(id, origin);
        self.index.add(id, source);
        let validators = Validators::default();
        let feed = Watched {
            settings: settings.clone(),
            source: source.to_owned(),
            loaded: None,
            validators,
            led: Vec::new(),
        };
        self.feeds.insert(id, feed);
        id
    }

    /// Feeds of a list that the list names no more are forgotten.
    pub(super) fn keep_of(&mut self, list: &str, named: &BTreeSet<FeedId>) {
        let gone: Vec<FeedId> = self
            .feeds
            .iter()
            .filter(|(id, feed)| feed.settings.source == list && !named.contains(id))
            .map(|(id, _)| *id)
            .collect();
        for id in gone {
            for enclosure in self.forget_places(id) {
                self.forget_routes(enclosure);
            }
            if let Some(feed) = self.feeds.remove(&id) {
                self.by_source.remove(&feed.source);
            }
            self.plan.remove_feed(id);
            self.index.remove(id);
        }
    }

    /// The feed of this source, where it is watched.
    pub(super) fn known(&self, source: &str) -> Option<FeedId> {
        self.by_source.get(source).copied()
    }

    /// A feed.
    pub(super) fn feed(&self, id: FeedId) -> Option<&Watched> {
        self.feeds.get(&id)
    }

    /// Remembers what makes the next request of a feed conditional.
    pub(super) fn remember(&mut self, id: FeedId, validators: Validators) {
        if let Some(feed) = self.feeds.get_mut(&id) {
            feed.validators = validators;
        }
    }

    /// A feed was read: its episodes are planned. What it did not show before is due at once.
    pub(super) fn learn(&mut self, id: FeedId, loaded: LoadedFeed) {
        let forgotten = self.forget_places(id);
        let mut planned = Vec::new();
        let mut crossed = Vec::new();
        for (rank, item, place, link) in enclosures(&loaded) {
            let enclosure = enclosure_id(link);
            self.places.entry(enclosure).or_default().push((id, item, place));
            let shown = link.to_string();
            if shown != link.expose() {
                self.shown.entry(shown).or_default().insert(enclosure);
            }
            let route = self.route(enclosure, link);
            planned.push(Planned {
                enclosure,
                route: route.iter().map(|origin| self.plan.origin(&origin.to_string())).collect(),
                newest: rank < self.settings.episodes,
            });
            crossed.push((item, route));
        }
        self.unusable.learn(id, &loaded, self.settings.episodes);
        for enclosure in forgotten {
            if !self.places.contains_key(&enclosure) {
                self.forget_routes(enclosure);
            }
        }
        self.plan.episodes(id, &planned);
        self.index.set_files(id, &crossed);
        if let Some(feed) = self.feeds.get_mut(&id) {
            feed.loaded = Some(loaded);
        }
    }

    /// A chain was walked: its route is known. Gives whether that is news.
    pub(super) fn observe(&mut self, link: &Link, chain: &Chain) -> bool {
        let route = crossed(chain);
        let id = enclosure_id(link);
        let planned = self.planned(link);
        // A walk that ended early says nothing about what stands behind.
        let is_whole = chain.media.is_some();
        let known = self.route(id, link);
        self.strays.remove(&id);
        if !is_whole && route.len() < known.len() {
            let strays: Vec<Origin> = route.into_iter().filter(|origin| !known.contains(origin)).collect();
            if !strays.is_empty() {
                self.strays.insert(id, strays);
            }
            return false;
        }
        let is_news = known.as_ref() != route.as_slice();
        if is_whole {
            self.count_strange(id, &planned, &route);
        }
        let route: Arc<[Origin]> = match self.learnt.get(&planned) {
            Some(known) if known.as_ref() == route.as_slice() => Arc::clone(known),
            _ => route.into(),
        };
        let is_fleeting = self.is_fleeting(&planned);
        if is_whole && (self.learnt.len() < MAX_LEARNT || self.learnt.contains_key(&planned)) {
            self.learnt.insert(planned, Arc::clone(&route));
        }
        if is_fleeting {
            self.observed.remove(&id);
        } else {
            self.observed.insert(id, route);
        }
        is_news
    }

    /// A feed's document was asked for.
    pub(super) fn asked_for_feed(&mut self, id: FeedId, chain: Option<&Chain>) {
        if let (Some(feed), Some(chain)) = (self.feeds.get_mut(&id), chain) {
            let led = crossed(chain);
            if feed.led != led {
                self.index.set_documents(id, &led);
                feed.led = led;
            }
        }
    }

    /// An endpoint was asked.
    pub(super) fn asked_endpoint(&mut self, url: &Link, chain: &Chain) {
        self.asked.insert(url.to_string(), crossed(chain));
    }

    /// What walks showed of routes goes into the plan: new hosts behind a prefix are origins too.
    pub(super) fn replan(&mut self, feeds: impl IntoIterator<Item = FeedId>) {
        for id in feeds {
            let Some(loaded) = self.feeds.get(&id).and_then(|feed| feed.loaded.clone()) else { continue };
            self.learn(id, loaded);
        }
    }

    /// What of a feed is to be walked now.
    pub(super) fn part(&self, feed: FeedId, document: bool, wanted: &BTreeSet<EnclosureId>) -> Part {
        Part::Some { document, enclosures: self.places(feed, document, wanted) }
    }

    /// Where a feed has these enclosures; in a round that reads it, also where its newest episodes have
    /// links that cannot be used.
    pub(super) fn places(&self, feed: FeedId, reads: bool, wanted: &BTreeSet<EnclosureId>) -> Vec<(usize, usize)> {
        let mut enclosures: Vec<(usize, usize)> = wanted
            .iter()
            .filter_map(|enclosure| self.places.get(enclosure))
            .flat_map(|places| places.iter().filter(|(of, ..)| *of == feed))
            .map(|(_, item, place)| (*item, *place))
            .collect();
        if reads && let Some(loaded) = self.feeds.get(&feed).and_then(|feed| feed.loaded.as_deref()) {
            enclosures.extend(unusable::places(loaded, self.settings.episodes));
        }
        // The judge wants the enclosures of one episode one after the other.
        enclosures.sort_unstable();
        enclosures
    }

    /// The endpoint of this number.
    pub(super) fn endpoint(&self, id: EndpointId) -> Option<&EndpointSettings> {
        self.settings.endpoints.get(usize::try_from(id.0).ok()?)
    }

    /// The shows whose documents or episodes cross one of these origins.
    pub(super) fn behind(&self, origins: &BTreeSet<Origin>) -> Reach {
        let behind = self.index.behind(origins);
        Reach::of(behind.into_iter().filter_map(|(feed, episodes)| Some((self.feeds.get(&feed)?, episodes))))
    }

    /// The enclosures that a subject of a finding names, and their feeds. A subject is redacted: one
    /// with a secret in its URL is known by how it is shown.
    pub(super) fn places_of(&self, subject: &str) -> Vec<(EnclosureId, FeedId)> {
        let shown = self.shown.get(subject).cloned();
        let ids = shown
            .or_else(|| Link::parse(subject).ok().map(|link| BTreeSet::from([enclosure_id(&link)])))
            .unwrap_or_default();
        let places = ids.into_iter().filter_map(|id| Some((id, self.places.get(&id)?)));
        let feeds: BTreeSet<(EnclosureId, FeedId)> =
            places.flat_map(|(id, places)| places.iter().map(move |(feed, ..)| (id, *feed))).collect();
        feeds.into_iter().collect()
    }

    /// The newest enclosures of a feed.
    pub(super) fn newest(&self, feed: FeedId, most: usize) -> Vec<EnclosureId> {
        let loaded = self.feeds.get(&feed).and_then(|feed| feed.loaded.as_deref());
        let newest = loaded.into_iter().flat_map(enclosures).filter(|(rank, ..)| *rank < self.settings.episodes);
        newest.take(most).map(|(.., link)| enclosure_id(link)).collect()
    }

    /// Whether every feed was read at least once.
    pub(super) fn is_read(&self) -> bool {
        self.feeds.values().all(|feed| feed.loaded.is_some())
    }

    /// The origins that feeds are read from and no episode runs through.
    pub(super) fn feed_hosts(&self) -> BTreeSet<Origin> {
        self.index.of_documents_alone()
    }

    /// Every show.
    pub(super) fn everything(&self) -> Reach {
        Reach::of(self.feeds.iter().map(|(id, feed)| (feed, self.index.items(*id))))
    }

    /// The shows that this enclosure (as the subject of a finding) belongs to.
    pub(super) fn with_enclosure(&self, subject: &str) -> Reach {
        let walked = self.places_of(subject).into_iter().map(|(_, feed)| feed);
        // A feed may have several that look alike without their secrets.
        let mut feeds: BTreeMap<FeedId, u64> = BTreeMap::new();
        for feed in walked.chain(self.unusable.feeds(subject)) {
            let episodes = feeds.entry(feed).or_default();
            *episodes = episodes.saturating_add(1);
        }
        Reach::of(feeds.into_iter().filter_map(|(feed, episodes)| Some((self.feeds.get(&feed)?, episodes))))
    }

    /// Whether a feed has this enclosure (as the subject of a finding), whose link cannot be used.
    pub(super) fn has_unusable(&self, subject: &str) -> bool {
        self.unusable.feeds(subject).next().is_some()
    }

    /// The show of this source.
    pub(super) fn with_source(&self, source: &str) -> Reach {
        let feeds = self.index.of_source(source).filter_map(|feed| self.feeds.get(&feed));
        Reach::of(feeds.map(|feed| {
            let episodes = feed.loaded.as_deref().map_or(0, |loaded| match &loaded.content {
                Content::Feed(feed) => feed.episodes.len() as u64,
                Content::Other(_) | Content::Nothing => 0,
            });
            (feed, episodes)
        }))
    }

    /// The origins that an enclosure's chain crosses: as walked, else as its neighbours' were, else
    /// as its URL says.
    fn route(&self, enclosure: EnclosureId, link: &Link) -> Arc<[Origin]> {
        let planned = self.planned(link);
        if let Some(known) = self.observed.get(&enclosure).filter(|_| !self.is_fleeting(&planned)) {
            return Arc::clone(known);
        }
        self.learnt.get(&planned).map_or_else(|| planned.into(), Arc::clone)
    }

    /// A file was walked. Networks that spread their files over some hosts come back to one of them;
    /// those that make up a name for each request never do.
    fn count_strange(&mut self, enclosure: EnclosureId, planned: &[Origin], route: &[Origin]) {
        let again = self.learnt.get(planned).is_some_and(|last| last.as_ref() == route);
        if again || route.iter().all(|origin| self.index.is_crossed(origin)) {
            self.strange.remove(planned);
        } else if let Some(count) = self.strange.get_mut(planned) {
            *count = count.saturating_add(1);
        } else if self.observed.contains_key(&enclosure) && self.strange.len() < MAX_LEARNT {
            self.strange.insert(planned.to_vec(), 1);
        }
    }

    /// Whether what stands behind a planned route has another name at each request: then only the last
    /// is planned with, for all files of that route, or each of them would have a host of its own that
    /// nobody ever asks again.
    fn is_fleeting(&self, planned: &[Origin]) -> bool {
        self.strange.get(planned).is_some_and(|count| *count >= FLEETING)
    }

    fn planned(&self, link: &Link) -> Vec<Origin> {
        let mut origins: Vec<Origin> = Vec::new();
        for link in self.catalogue.planned(link) {
            let origin = link.origin();
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        origins
    }

    fn forget_routes(&mut self, enclosure: EnclosureId) {
        self.observed.remove(&enclosure);
        self.strays.remove(&enclosure);
    }

    /// Takes a feed's enclosures out. Gives those that no other feed has.
    fn forget_places(&mut self, id: FeedId) -> Vec<EnclosureId> {
        let Some(loaded) = self.feeds.get(&id).and_then(|feed| feed.loaded.as_deref()) else { return Vec::new() };
        self.unusable.forget(id, loaded, self.settings.episodes);
        let mut forgotten = Vec::new();
        for (_, _, _, link) in enclosures(loaded) {
            let enclosure = enclosure_id(link);
            let Some(places) = self.places.get_mut(&enclosure) else { continue };
            places.retain(|(feed, ..)| *feed != id);
            if !places.is_empty() {
                continue;
            }
            self.places.remove(&enclosure);
            let shown = link.to_string();
            if let Some(alike) = self.shown.get_mut(&shown) {
                alike.remove(&enclosure);
                if alike.is_empty() {
                    self.shown.remove(&shown);
                }
            }
            forgotten.push(enclosure);
        }
        forgotten
    }
}

/// The enclosures of a feed that can be walked: the episode's rank from the newest, item, place in
/// the item, link.
fn enclosures(loaded: &Loaded) -> impl Iterator<Item = (usize, usize, usize, &Link)> {
    let episodes: &[Episode] = match &loaded.content {
        Content::Feed(feed) => &feed.episodes,
        Content::Other(_) | Content::Nothing => &[],
    };
    episodes.iter().enumerate().flat_map(|(item, episode)| {
        let walked = episode.enclosures.iter().enumerate().filter(|(_, enclosure)| !enclosure.is_torrent());
        walked.filter_map(move |(place, enclosure)| link_of(enclosure).map(|link| (item, item, place, link)))
    })
}

fn link_of(enclosure: &Enclosure) -> Option<&Link> {
    enclosure.link.as_ref().ok()
}

/// The origins of a chain, each once.
fn crossed(chain: &Chain) -> Vec<Origin> {
    let mut route: Vec<Origin> = Vec::new();
    for hop in &chain.hops {
        let origin = hop.url.origin();
        if !route.contains(&origin) {
            route.push(origin);
        }
    }
    route
}

/// An enclosure by its URL.
pub(super) fn enclosure_id(link: &Link) -> EnclosureId {
    let print = Fingerprint::of(link.expose().as_bytes());
    let first = print.0.iter().take(8).fold(0_u64, |id, byte| (id << 8) | u64::from(*byte));
    EnclosureId(first)
}

/// The origin of a source; a file has none.
fn origin_of_source(source: &str) -> Option<String> {
    Link::parse(source).ok().map(|link| link.origin().to_string())
}

fn plan_endpoints(plan: &mut Plan, settings: &Settings) {
    let endpoints = settings.endpoints.iter().zip(0_u32..);
    let planned = endpoints.map(|(endpoint, id)| (EndpointId(id), plan.origin(&endpoint.url.origin().to_string())));
    let planned = planned.collect();
    plan.endpoints(planned);
}
