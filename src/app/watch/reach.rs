//! Whom a fault touches: which shows stand behind an origin or a source. An index that is kept up as
//! feeds are read and walked, so that a finding costs what stands behind it and not what there is.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::world::Watched;
use crate::app::sources::Loaded;
use crate::config::EndpointSettings;
use crate::incident::Show;
use crate::link::Origin;
use crate::schedule::FeedId;

/// Shows named for one finding at most; how many there are in all is counted apart.
const MAX_SHOWS: usize = 500;

/// What stands behind what.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Feeds by the origins that their documents come through.
    documents: HashMap<Origin, BTreeSet<FeedId>>,
    /// Feeds by the origins that their files come through, and the items whose files do, in order.
    files: HashMap<Origin, BTreeMap<FeedId, Box<[u32]>>>,
    /// Feeds by their sources, as these are shown.
    sources: HashMap<String, BTreeSet<FeedId>>,
    entered: HashMap<FeedId, Entered>,
}

/// Under what a feed is entered.
#[derive(Debug, Default)]
struct Entered {
    source: String,
    documents: Vec<Origin>,
    files: Vec<Origin>,
    /// Items with files.
    items: u64,
}

impl Index {
    /// A feed, by its source.
    pub(super) fn add(&mut self, feed: FeedId, source: &str) {
        let source = crate::link::redact(source);
        self.sources.entry(source.clone()).or_default().insert(feed);
        self.entered.insert(feed, Entered { source, ..Entered::default() });
    }

    /// A feed is watched no more.
    pub(super) fn remove(&mut self, feed: FeedId) {
        self.set_documents(feed, &[]);
        self.set_files(feed, &[]);
        if let Some(entered) = self.entered.remove(&feed) {
            take(&mut self.sources, &entered.source, |feeds| feeds.remove(&feed), BTreeSet::is_empty);
        }
    }

    /// The origins that a feed's document comes through.
    pub(super) fn set_documents(&mut self, feed: FeedId, origins: &[Origin]) {
        let Some(entered) = self.entered.get_mut(&feed) else { return };
        for origin in std::mem::replace(&mut entered.documents, origins.to_vec()) {
            take(&mut self.documents, &origin, |feeds| feeds.remove(&feed), BTreeSet::is_empty);
        }
        for origin in origins {
            self.documents.entry(origin.clone()).or_default().insert(feed);
        }
    }

    /// The items of a feed, in order, and the route that each of their files takes.
    pub(super) fn set_files(&mut self, feed: FeedId, crossed: &[(usize, Arc<[Origin]>)]) {
        let Some(entered) = self.entered.get_mut(&feed) else { return };
        for origin in std::mem::take(&mut entered.files) {
            take(&mut self.files, &origin, |feeds| feeds.remove(&feed), BTreeMap::is_empty);
        }
        let mut items: HashMap<&Origin, Vec<u32>> = HashMap::new();
        let mut all = Vec::new();
        let put = |list: &mut Vec<u32>, item: u32| {
            // The enclosures of one episode stand one after the other.
            if list.last() != Some(&item) {
                list.push(item);
            }
        };
        for (item, route) in crossed {
            let item = u32::try_from(*item).unwrap_or(u32::MAX);
            put(&mut all, item);
            for origin in route.iter() {
                put(items.entry(origin).or_default(), item);
            }
        }
        entered.items = many(all.len());
        entered.files = items.keys().map(|origin| (*origin).clone()).collect();
        for (origin, items) in items {
            self.files.entry(origin.clone()).or_default().insert(feed, items.into());
        }
    }

    /// Feeds that cross one of these origins, and how many of their items do.
    pub(super) fn behind(&self, origins: &BTreeSet<Origin>) -> BTreeMap<FeedId, u64> {
        let mut counts = BTreeMap::new();
        if let (Some(origin), 1) = (origins.first(), origins.len()) {
            // The common case copies nothing.
            let files = self.files.get(origin).into_iter().flatten();
            counts.extend(files.map(|(feed, items)| (*feed, many(items.len()))));
        } else {
            let mut together: BTreeMap<FeedId, BTreeSet<u32>> = BTreeMap::new();
            for (feed, items) in origins.iter().filter_map(|origin| self.files.get(origin)).flatten() {
                together.entry(*feed).or_default().extend(items.iter());
            }
            counts.extend(together.into_iter().map(|(feed, items)| (feed, many(items.len()))));
        }
        for feed in origins.iter().filter_map(|origin| self.documents.get(origin)).flatten() {
            counts.entry(*feed).or_insert(0);
        }
        counts
    }

    /// Whether any file comes through this origin.
    pub(super) fn is_crossed(&self, origin: &Origin) -> bool {
        self.files.contains_key(origin)
    }

    /// The origins that documents come through and no file does.
    pub(super) fn of_documents_alone(&self) -> BTreeSet<Origin> {
        self.documents.keys().filter(|origin| !self.files.contains_key(*origin)).cloned().collect()
    }

    /// Feeds of a source, as it is shown.
    pub(super) fn of_source(&self, shown: &str) -> impl Iterator<Item = FeedId> {
        self.sources.get(shown).into_iter().flatten().copied()
    }

    /// Whether a subject of a finding is a source that is watched.
    pub(super) fn has_source(&self, shown: &str) -> bool {
        self.sources.contains_key(shown)
    }

    /// Items of a feed that have files.
    pub(super) fn items(&self, feed: FeedId) -> u64 {
        self.entered.get(&feed).map_or(0, |entered| entered.items)
    }
}

fn many(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Takes something out of what stands under a key, and the key with the last of it.
fn take<K: Eq + std::hash::Hash, V, T>(
    map: &mut HashMap<K, V>,
    key: &K,
    out: impl FnOnce(&mut V) -> T,
    is_empty: fn(&V) -> bool,
) {
    if let Some(under) = map.get_mut(key) {
        out(under);
        if is_empty(under) {
            map.remove(key);
        }
    }
}

/// Whom a finding touches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reach {
    /// Shows, the most episodes first, bounded.
    pub(super) shows: Vec<Show>,
    /// Shows in all.
    pub(super) feeds: u64,
    /// Episodes in all.
    pub(super) episodes: u64,
}

impl Reach {
    /// These feeds, with the episodes of each that are touched.
    pub(super) fn of<'a>(touched: impl IntoIterator<Item = (&'a Watched, u64)>) -> Self {
        let mut touched: Vec<(&Watched, u64)> = touched.into_iter().collect();
        let feeds = many(touched.len());
        let episodes = touched.iter().fold(0_u64, |sum, (_, episodes)| sum.saturating_add(*episodes));
        touched.sort_by_key(|(_, episodes)| std::cmp::Reverse(*episodes));
        touched.truncate(MAX_SHOWS);
        let mut shows: Vec<Show> = touched.into_iter().map(|(feed, episodes)| show_of(feed, episodes)).collect();
        shows.sort_by(|a, b| b.episodes.cmp(&a.episodes).then_with(|| a.cmp(b)));
        Self { shows, feeds, episodes }
    }

    /// An endpoint stands for itself: its owner is told, and nobody's episodes are counted.
    pub(super) fn of_endpoint(endpoint: &EndpointSettings) -> Self {
        let show = Show {
            name: endpoint.name.clone(),
            source: endpoint.url.to_string(),
            episodes: 0,
            tags: endpoint.tags.clone(),
            owner: endpoint.channel.clone(),
            downloads_per_day: None,
        };
        Self { shows: vec![show], feeds: 0, episodes: 0 }
    }
}

fn show_of(feed: &Watched, episodes: u64) -> Show {
    let settings = &feed.settings;
    let source = crate::link::redact(&feed.source);
    // One that was never read is called by its source, as that may be shown.
    let title = feed.loaded.as_deref().map_or(source.as_str(), Loaded::show);
    Show {
        name: settings.name.clone().unwrap_or_else(|| title.to_owned()),
        source,
        episodes,
        tags: settings.tags.clone(),
        owner: settings.channel.clone(),
        downloads_per_day: settings.downloads_per_day,
    }
}
