//! Counting: whom something touches, and how an origin's URLs fared. Bounded per origin, not per
//! episode, so that a million healthy episodes leave nothing behind.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::feed::Episode;
use crate::judge::Affects;
use crate::link::Link;

/// An episode of the round. The enclosures of one come one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EpisodeKey {
    feed: usize,
    hash: u64,
}

impl EpisodeKey {
    /// The key of an episode of the feed with this index.
    pub(crate) fn of(feed: usize, episode: &Episode) -> Self {
        Self { feed, hash: hash(&(episode.order, &episode.guid, &episode.title)) }
    }
}

/// Feeds and episodes that something touches; an episode counts once however often it is added in
/// a row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    feeds: BTreeSet<usize>,
    episodes: u64,
    last: Option<EpisodeKey>,
}

impl Tally {
    /// Adds a feed.
    pub(crate) fn feed(&mut self, feed: usize) {
        self.feeds.insert(feed);
    }

    /// Adds an episode and its feed.
    pub(crate) fn episode(&mut self, key: EpisodeKey) {
        self.feeds.insert(key.feed);
        if self.last != Some(key) {
            self.last = Some(key);
            self.episodes = self.episodes.saturating_add(1);
        }
    }

    /// The numbers.
    pub(crate) fn affects(&self) -> Affects {
        Affects { feeds: self.feeds.len() as u64, episodes: self.episodes }
    }
}

/// How a request failed after the connection stood; failures of one class are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum FailClass {
    /// 5xx, bot walls and rate limits apart.
    ServerError,
    /// No complete answer in time.
    Timeout,
    /// HTTP broken, connection closed.
    Protocol,
}

/// How many distinct URLs are counted exactly; beyond, the count stands still.
const COUNTED_URLS: usize = 1_000;

/// What became of the URLs asked of an origin.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fared {
    failed: BTreeMap<FailClass, HashSet<u64>>,
    otherwise: bool,
}

impl Fared {
    /// This URL failed like this.
    pub(crate) fn failed(&mut self, class: FailClass, url: &Link) {
        let urls = self.failed.entry(class).or_default();
        if urls.len() < COUNTED_URLS {
            urls.insert(hash(&url.expose()));
        }
    }

    /// Some URL was answered, or failed in a way that is no failure of the whole origin.
    pub(crate) fn otherwise(&mut self) {
        self.otherwise = true;
    }

    /// Whether nothing was asked that came to an answer or a failure.
    pub(crate) fn is_untried(&self) -> bool {
        !self.otherwise && self.failed.is_empty()
    }

    /// Where all that were asked failed alike: how, and how many distinct URLs.
    pub(crate) fn all_alike(&self) -> Option<(FailClass, usize)> {
        let mut classes = self.failed.iter();
        match (self.otherwise, classes.next(), classes.next()) {
            (false, Some((class, urls)), None) => Some((*class, urls.len())),
            _ => None,
        }
    }
}

/// The same for the same value in every run: `DefaultHasher::new` has fixed keys.
fn hash<T: Hash>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
