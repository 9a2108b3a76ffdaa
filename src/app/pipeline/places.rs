//! What is to be judged of a feed, place by place, each made when its turn has come: a feed may have
//! very many, and its episodes may be on disk.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::sync::Arc;

use tokio::sync::OnceCell;

use super::Part;
use crate::app::sources::{Content, Loaded, LoadedFeed, Unreadable};
use crate::app::spool::{Digests, Episodes, Spool, sharing};
use crate::chain::Chain;
use crate::feed::{Enclosure, Episode};
use crate::link::Link;

/// What is to be judged next of a feed.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// Its document; comes first.
    Document,
    /// An item without enclosures.
    Bare(Item),
    /// An enclosure of an item, and the walk that it shares with others of this feed that have the
    /// same URL. The chain is kept until the last of them is done.
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
    pub(super) all: Box<dyn Iterator<Item = Result<Place, Unreadable>> + Send>,
}

/// What is to be judged of a feed.
pub(super) fn places(loaded: &LoadedFeed, part: Part) -> Places {
    let mut spool = match part {
        Part::All(spool) => spool,
        Part::Some { document, enclosures } => {
            let count = enclosures.len().saturating_add(usize::from(document));
            let document = document.then_some(Place::Document);
            let enclosures = enclosures.into_iter().map(|(at, of)| Place::Enclosure(Item::Kept(at), of, None));
            return Places { count, all: Box::new(document.into_iter().chain(enclosures).map(Ok)) };
        }
    };
    let digests = spool.as_deref().map(Spool::digests).unwrap_or_default();
    let mut walks = spool.as_deref_mut().map(Spool::take_links).unwrap_or_default();
    let kept = loaded.episodes();
    let here = kept.iter().map(|episode| episode.enclosures.len().max(1)).sum::<usize>();
    let count = walks.len().saturating_add(here).saturating_add(1);
    walks.extend(kept.iter().flat_map(|episode| &episode.enclosures).filter_map(|enclosure| digests.walk(enclosure)));
    let mut shared = Shared::new(digests, walks);
    let items = Items { loaded: Arc::clone(loaded), next: 0, spooled: spool.map(|spool| spool.into_episodes()) };
    let feed = Arc::clone(loaded);
    let episodes = items.flat_map(move |item| match item {
        Ok(item) => of_item(&feed, &item, &mut shared),
        Err(why) => {
            let why = format!("its other episodes cannot be read from the temporary file that holds them: {why}");
            vec![Err(Unreadable { source: feed.source.clone(), why })]
        }
    });
    Places { count, all: Box::new(std::iter::once(Ok(Place::Document)).chain(episodes)) }
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
/// They are read where they are asked for: a window of some hundred episodes that was written just now.
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

/// The walks that several enclosures of a feed share. Within a feed every URL is walked once, however
/// far apart it stands; the round itself remembers its last walks alone.
struct Shared {
    digests: Digests,
    /// By digest, of what stands more than once.
    walks: HashMap<u64, Walk>,
}

/// A walk that is shared.
struct Walk {
    /// By so many that are still to come.
    left: usize,
    /// What is walked: a URL, and whether it is live.
    of: Option<(Link, bool, SharedChain)>,
}

impl Shared {
    /// `walks` are the digests of all enclosures.
    fn new(digests: Digests, mut walks: Vec<u64>) -> Self {
        walks.sort_unstable();
        let alike = walks.chunk_by(|one, other| one == other).filter(|alike| alike.len() > 1);
        let walks = alike.filter_map(|alike| Some((*alike.first()?, Walk { left: alike.len(), of: None }))).collect();
        Self { digests, walks }
    }

    /// The walk that this enclosure shares, if any; asked for once an enclosure.
    fn walk(&mut self, enclosure: &Enclosure) -> Option<SharedChain> {
        let (link, live) = sharing(enclosure)?;
        let Entry::Occupied(mut entry) = self.walks.entry(self.digests.walk(enclosure)?) else { return None };
        let walk = entry.get_mut();
        walk.left = walk.left.saturating_sub(1);
        let (first, was_live, chain) = walk.of.get_or_insert_with(|| (link.clone(), live, SharedChain::default()));
        // Digests of other URLs may be the same.
        let chain = (first == link && *was_live == live).then(|| Arc::clone(chain));
        if walk.left == 0 {
            entry.remove();
        }
        chain
    }
}

#[cfg(test)]
mod tests;
