//! What is to be judged of a feed, place by place, each made when its turn has come: a feed may have
//! very many, and its episodes may be on disk.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::sync::Arc;

use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::OnceCell;
use tokio::task::{JoinError, spawn_blocking};

use super::Part;
use crate::app::sources::{Content, Loaded, LoadedFeed, Unreadable};
use crate::app::spool::{Digests, Episodes, Spool, sharing};
use crate::chain::Chain;
use crate::feed::{Enclosure, Episode};
use crate::link::Link;

/// Places that are read from disk at once.
const BATCH: usize = 64;

/// Walks of one feed at most that wait for others to share them.
const MOST_SHARED: usize = 128;

/// What is to be judged next of a feed.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// Its document; comes first.
    Document,
    /// An item without enclosures.
    Bare(Item),
    /// An enclosure of an item, and the walk that it shares with others of this feed that have the
    /// same URL.
    Enclosure(Item, usize, Option<SharedChain>),
}

/// An item of a feed.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// One of the feed's episodes in memory.
    Kept(usize),
    /// One that was read from disk.
    Spooled(Arc<Episode>),
}

/// A chain that several enclosures of a feed wait for.
pub(super) type SharedChain = Arc<OnceCell<Arc<Chain>>>;

impl Item {
    /// The episode; `loaded` is its feed.
    pub(super) fn episode<'a>(&'a self, loaded: &'a Loaded) -> Option<&'a Episode> {
        match self {
            Self::Kept(at) => loaded.episodes().get(*at),
            Self::Spooled(episode) => Some(episode),
        }
    }
}

impl Loaded {
    /// The episodes that are in memory.
    fn episodes(&self) -> &[Episode] {
        match &self.content {
            Content::Feed(feed) => &feed.episodes,
            Content::Other(_) | Content::Nothing => &[],
        }
    }
}

/// The places of a feed.
pub(super) struct Places {
    /// How many there are.
    pub(super) count: usize,
    /// They themselves, the document first, then the newest episodes first. Where what was spooled
    /// cannot be read any more, that is said in its place.
    pub(super) all: BoxStream<'static, Result<Place, Unreadable>>,
}

/// Places, each made when it is asked for.
type Made = Box<dyn Iterator<Item = Result<Place, Unreadable>> + Send>;

/// What is to be judged of a feed. What is on disk is sorted and read beside the runtime's own threads.
pub(super) async fn places(loaded: &LoadedFeed, part: Part) -> Places {
    match part {
        Part::Some { document, enclosures } => {
            let count = enclosures.len().saturating_add(usize::from(document));
            let document = document.then_some(Place::Document);
            let enclosures = enclosures.into_iter().map(|(at, of)| Place::Enclosure(Item::Kept(at), of, None));
            Places { count, all: stream::iter(document.into_iter().chain(enclosures).map(Ok)).boxed() }
        }
        Part::All(None) => {
            let (count, all) = of_feed(loaded, None);
            Places { count, all: stream::iter(all).boxed() }
        }
        Part::All(Some(spool)) => {
            let feed = Arc::clone(loaded);
            match spawn_blocking(move || of_feed(&feed, Some(*spool))).await {
                Ok((count, all)) => Places { count, all: in_batches(Arc::clone(loaded), all) },
                Err(gone) => Places { count: 1, all: stream::iter([lost(loaded, &gone)]).boxed() },
            }
        }
    }
}

/// The places of all of a feed, and how many they are.
fn of_feed(loaded: &LoadedFeed, mut spool: Option<Spool>) -> (usize, Made) {
    let digests = spool.as_ref().map(Spool::digests).unwrap_or_default();
    let mut walks = spool.as_mut().map(Spool::take_links).unwrap_or_default();
    let kept = loaded.episodes();
    let here = kept.iter().map(|episode| episode.enclosures.len().max(1)).sum::<usize>();
    let count = walks.len().saturating_add(here).saturating_add(1);
    walks.extend(kept.iter().flat_map(|episode| &episode.enclosures).filter_map(|enclosure| digests.walk(enclosure)));
    let mut shared = Shared::new(digests, walks);
    let items = Items { loaded: Arc::clone(loaded), next: 0, spooled: spool.map(Spool::into_episodes) };
    let feed = Arc::clone(loaded);
    let episodes = items.flat_map(move |item| match item {
        Ok(item) => of_item(&feed, &item, &mut shared),
        Err(why) => {
            let why = format!("its other episodes cannot be read from the temporary file that holds them: {why}");
            vec![Err(Unreadable { source: feed.source.clone(), why })]
        }
    });
    (count, Box::new(std::iter::once(Ok(Place::Document)).chain(episodes)))
}

/// The same places, some at once by a thread that may wait for a disk.
fn in_batches(loaded: LoadedFeed, all: Made) -> BoxStream<'static, Result<Place, Unreadable>> {
    let batches = stream::unfold(Some(all), move |all| {
        let loaded = Arc::clone(&loaded);
        async move {
            let mut all = all?;
            let batch = spawn_blocking(move || (all.by_ref().take(BATCH).collect::<Vec<_>>(), all)).await;
            Some(match batch {
                Ok((places, all)) => {
                    let rest = (places.len() == BATCH).then_some(all);
                    (places, rest)
                }
                Err(gone) => (vec![lost(&loaded, &gone)], None),
            })
        }
    });
    batches.flat_map(stream::iter).boxed()
}

/// What is said where the task that reads places is gone.
fn lost(loaded: &Loaded, gone: &JoinError) -> Result<Place, Unreadable> {
    Err(Unreadable { source: loaded.source.clone(), why: gone.to_string() })
}

fn of_item(loaded: &Loaded, item: &Item, shared: &mut Shared) -> Vec<Result<Place, Unreadable>> {
    let Some(episode) = item.episode(loaded) else { return Vec::new() };
    if episode.enclosures.is_empty() {
        return vec![Ok(Place::Bare(item.clone()))];
    }
    let enclosures = episode.enclosures.iter().enumerate();
    enclosures.map(|(at, enclosure)| Ok(Place::Enclosure(item.clone(), at, shared.walk(enclosure)))).collect()
}

/// The items of a feed, the newest first, whether in memory or on disk.
struct Items {
    loaded: LoadedFeed,
    /// Of those in memory.
    next: usize,
    spooled: Option<Episodes>,
}

impl Iterator for Items {
    type Item = io::Result<Item>;

    fn next(&mut self) -> Option<Self::Item> {
        let kept = self.loaded.episodes().get(self.next).map(Episode::rank);
        if let Some(spooled) = &mut self.spooled
            && kept.is_none_or(|kept| spooled.next_rank().is_some_and(|rank| rank < kept))
        {
            return spooled.next().map(|read| read.map(|episode| Item::Spooled(Arc::new(episode))));
        }
        let at = self.next;
        self.next = at.saturating_add(1);
        kept.map(|_| Ok(Item::Kept(at)))
    }
}

/// The walks that several enclosures of a feed share, each from its first use to its last. Within a
/// feed a URL is walked once, however far apart it stands, while no more than [`MOST_SHARED`] others
/// wait as well; beyond that it is walked again. The round itself remembers its last walks alone.
struct Shared {
    digests: Digests,
    /// How many uses are still to come, by digest, of what stands more than once. A feed may have very
    /// many.
    left: HashMap<u64, u32>,
    /// Those of them that were used, and will be again.
    live: HashMap<u64, Walk>,
}

/// A walk that is shared: a URL, and whether it is live.
struct Walk {
    link: Link,
    live: bool,
    chain: SharedChain,
}

impl Shared {
    /// `walks` are the digests of all enclosures.
    fn new(digests: Digests, mut walks: Vec<u64>) -> Self {
        walks.sort_unstable();
        let alike = walks.chunk_by(|one, other| one == other).filter(|alike| alike.len() > 1);
        let left = alike.filter_map(|alike| Some((*alike.first()?, u32::try_from(alike.len()).unwrap_or(u32::MAX))));
        Self { digests, left: left.collect(), live: HashMap::new() }
    }

    /// The walk that this enclosure shares, if any; asked for once an enclosure.
    fn walk(&mut self, enclosure: &Enclosure) -> Option<SharedChain> {
        let (link, live) = sharing(enclosure)?;
        let digest = self.digests.walk(enclosure)?;
        let Entry::Occupied(mut left) = self.left.entry(digest) else { return None };
        *left.get_mut() = left.get().saturating_sub(1);
        let is_last = *left.get() == 0;
        if is_last {
            left.remove();
        }
        let is_full = self.live.len() >= MOST_SHARED;
        match self.live.entry(digest) {
            Entry::Occupied(walk) => {
                // Digests of other URLs may be the same.
                let is_same = walk.get().link == *link && walk.get().live == live;
                let chain = is_same.then(|| Arc::clone(&walk.get().chain));
                if is_last {
                    walk.remove();
                }
                chain
            }
            Entry::Vacant(_) if is_last || is_full => None,
            Entry::Vacant(place) => {
                let chain = SharedChain::default();
                place.insert(Walk { link: link.clone(), live, chain: Arc::clone(&chain) });
                Some(chain)
            }
        }
    }
}

#[cfg(test)]
mod tests;
