//! The episode under way, and the shelf that keeps the newest ones while the rest stream by.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;

use crate::feed::entity::{self, Form};
use crate::feed::{Enclosure, EnclosureKind, Episode};
use crate::link::{Link, MAX_URL_BYTES};

/// Where an episode stands: dated ones first, the newest first, then by place in the document.
pub type Rank = (bool, Reverse<Option<Timestamp>>, usize);

/// The rank of an episode; the smallest is the newest.
pub fn rank(published: Option<Timestamp>, order: usize) -> Rank {
    (published.is_none(), Reverse(published), order)
}

/// Keeps the newest episodes, as many as were asked for.
#[derive(Debug)]
pub(super) struct Shelf {
    limit: Option<usize>,
    /// Bytes that may be kept, and those that are, about.
    pub(super) room: usize,
    used: usize,
    /// Episodes had to go for want of room.
    pub(super) overfull: bool,
    /// As they came, while nothing has to go. Most feeds are in order, and a heap would turn them over.
    loose: Vec<Kept>,
    /// The oldest that is kept is on top, and makes room.
    kept: BinaryHeap<Kept>,
}

#[derive(Debug)]
struct Kept(Rank, Episode);

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl Eq for Kept {}
impl PartialOrd for Kept {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Kept {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl Shelf {
    pub(super) fn new(limit: Option<usize>, room: usize) -> Self {
        Self { limit, room, used: 0, overfull: false, loose: Vec::new(), kept: BinaryHeap::new() }
    }

    /// Whether an episode of this date and place would be kept.
    pub(super) fn wants(&self, published: Option<Timestamp>, order: usize) -> bool {
        let Some(limit) = self.limit else { return true };
        if self.kept.len() < limit {
            return true;
        }
        self.kept.peek().is_some_and(|oldest| rank(published, order) < oldest.0)
    }

    pub(super) fn put(&mut self, episode: Episode) {
        self.used = self.used.saturating_add(weight(&episode));
        let one = Kept(rank(episode.published, episode.order), episode);
        if self.limit.is_none() && self.kept.is_empty() && self.used <= self.room {
            self.loose.push(one);
            return;
        }
        self.kept.extend(self.loose.drain(..));
        self.kept.push(one);
        if self.limit.is_some_and(|limit| self.kept.len() > limit) {
            self.drop_oldest();
        }
        while self.used > self.room && self.kept.len() > 1 {
            self.overfull = true;
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some(Kept(_, oldest)) = self.kept.pop() {
            self.used = self.used.saturating_sub(weight(&oldest));
        }
    }

    /// The episodes, the newest first.
    pub(super) fn finish(self) -> Vec<Episode> {
        let mut all = if self.kept.is_empty() { self.loose } else { self.kept.into_vec() };
        all.sort();
        all.into_iter().map(|Kept(_, episode)| episode).collect()
    }
}

/// How many of the first of these episodes fit into `room` bytes of memory, about; one at least.
pub(super) fn fitting(episodes: &[Episode], room: usize) -> usize {
    let mut left = room;
    let fits = episodes.iter().take_while(|episode| {
        let rest = left.checked_sub(weight(episode));
        left = rest.unwrap_or_default();
        rest.is_some()
    });
    fits.count().max(1).min(episodes.len())
}

/// What an episode takes of memory, in bytes, about.
fn weight(episode: &Episode) -> usize {
    /// What the allocator adds to a text.
    const TEXT: usize = 16;
    let text = |text: &str| text.len() + TEXT;
    let enclosures = episode.enclosures.iter().map(|one| {
        // One text for both, as a rule.
        let link = one.link.as_ref().map(Link::expose).ok().filter(|link| link.as_ptr() != one.written.as_ptr());
        size_of::<Enclosure>() + text(&one.written) + link.map_or(0, text) + one.media_type.as_deref().map_or(0, text)
    });
    let guid = episode.guid.as_deref().map_or(0, text);
    size_of::<Kept>() + text(&episode.title) + guid + enclosures.sum::<usize>()
}

/// How many dates of one item are told apart, the best first.
pub(super) const DATES: usize = 4;

/// An item under way, as it was written: links are parsed and texts made plain when it is kept,
/// not before, for most items are not. Its strings are used again for the next one.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// Nothing where it is empty.
    pub(super) guid: String,
    pub(super) title: String,
    pub(super) title_form: Form,
    /// How good the title's source is; 0 is the best.
    pub(super) title_rank: u8,
    pub(super) dates: [Option<Timestamp>; DATES],
    pub(super) parts: Vec<Part>,
    /// The texts of the parts, one behind the other.
    pub(super) words: String,
    /// Of a live item.
    pub(super) live: bool,
    types: Types,
}

/// The media types that were met first. A feed has few, and every enclosure has one.
#[derive(Debug, Default)]
struct Types(Vec<Arc<str>>);

impl Types {
    /// So many are remembered.
    const MOST: usize = 8;

    fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.iter().find(|known| &***known == text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        if self.0.len() < Self::MOST {
            self.0.push(Arc::clone(&new));
        }
        new
    }
}

/// An enclosure under way.
#[derive(Debug)]
pub(super) struct Part {
    /// Where its URL is in [`Draft::words`].
    pub(super) written: Range<usize>,
    /// Where its type is.
    pub(super) media_type: Range<usize>,
    pub(super) length: Option<u64>,
    pub(super) kind: EnclosureKind,
    /// Left out where it repeats the URL of another.
    pub(super) echo: bool,
    /// `xml:base` in scope, where there is one.
    pub(super) base: Option<Link>,
}

impl Draft {
    /// Makes room for another.
    pub(super) fn begin(&mut self, live: bool) {
        self.guid.clear();
        self.title.clear();
        self.title_form = Form::Text;
        self.title_rank = 0;
        self.dates = [None; DATES];
        self.parts.clear();
        self.words.clear();
        self.live = live;
    }

    /// The best of its dates.
    pub(super) fn published(&self) -> Option<Timestamp> {
        self.dates.iter().flatten().next().copied()
    }

    /// Whether anything was read of it.
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.guid.is_empty() && self.title.is_empty()
    }

    fn word(&self, at: &Range<usize>) -> &str {
        self.words.get(at.clone()).unwrap_or_default().trim()
    }

    /// Whether a part says what another says: an echo counts once, and not at all beside the thing
    /// itself, wherever that stands.
    fn repeats(&self, i: usize) -> bool {
        let Some(part) = self.parts.get(i).filter(|part| part.echo) else { return false };
        let url = self.word(&part.written);
        let mut others = self.parts.iter().enumerate();
        others.any(|(j, other)| j != i && (!other.echo || j < i) && self.word(&other.written) == url)
    }

    /// Makes an episode of it. `base` is the document's.
    pub(super) fn finish(&mut self, order: usize, base: Option<&Link>) -> Episode {
        let mut types = std::mem::take(&mut self.types);
        // Room for what stays and for no more: all of it may be kept for long.
        let count = (0..self.parts.len()).filter(|&i| !self.repeats(i)).count();
        let mut enclosures = Vec::with_capacity(count);
        for (i, part) in self.parts.iter().enumerate() {
            if self.repeats(i) {
                continue;
            }
            let url = self.word(&part.written);
            let written = entity::clean(url);
            let link = match part.base.as_ref().or(base) {
                Some(base) => base.join(&written),
                None => Link::parse(&written),
            };
            let written = match &link {
                Ok(link) if *link.expose() == *written => link.to_text(),
                // What is too long to be followed is only shown.
                _ => written.get(..written.floor_char_boundary(MAX_URL_BYTES)).unwrap_or_default().into(),
            };
            let media_type = entity::clean(self.word(&part.media_type));
            // A live alternate by other means (ipfs) is no stream that could be asked for.
            let live = self.live && (link.is_ok() || part.kind == EnclosureKind::Enclosure);
            enclosures.push(Enclosure {
                written,
                link,
                kind: if live { EnclosureKind::Live } else { part.kind },
                media_type: (!media_type.is_empty()).then(|| types.share(&media_type)),
                length: part.length,
            });
        }
        self.types = types;
        let guid = entity::fold(&self.guid);
        Episode {
            guid: (!guid.is_empty()).then_some(guid),
            title: entity::title(&self.title, self.title_form),
            published: self.published(),
            order,
            enclosures,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn episode(second: Option<i64>, order: usize) -> Episode {
        let published = second.map(|s| Timestamp::from_second(s).unwrap());
        Episode { published, order, ..Episode::default() }
    }

    #[test]
    fn the_newest_are_kept_the_undated_come_last() {
        let mut shelf = Shelf::new(Some(3), usize::MAX);
        for (order, date) in [Some(5), None, Some(9), None, Some(5), Some(7)].into_iter().enumerate() {
            let one = episode(date, order);
            let wanted = shelf.wants(one.published, order);
            shelf.put(one);
            assert_eq!(wanted, shelf.kept.iter().any(|kept| kept.1.order == order));
        }
        let orders: Vec<_> = shelf.finish().into_iter().map(|e| e.order).collect();
        assert_eq!(orders, [2, 5, 0], "the later of two alike makes room");
        let mut all = Shelf::new(None, usize::MAX);
        for (order, date) in [None, Some(1), None].into_iter().enumerate() {
            all.put(episode(date, order));
        }
        assert_eq!(all.finish().into_iter().map(|e| e.order).collect::<Vec<_>>(), [1, 0, 2]);
    }

    #[test]
    fn the_oldest_make_room_when_memory_is_short() {
        let room = weight(&episode(Some(1), 0)) * 3;
        let mut shelf = Shelf::new(None, room);
        for order in 0..3 {
            shelf.put(episode(Some(10), order));
        }
        assert!(!shelf.overfull);
        for (order, date) in [(3, 30), (4, 5), (5, 20)] {
            shelf.put(episode(Some(date), order));
            assert!(shelf.used <= room && shelf.overfull);
        }
        assert_eq!(shelf.finish().into_iter().map(|e| e.order).collect::<Vec<_>>(), [3, 5, 0]);
        let long = Episode { title: "x".repeat(room), ..episode(None, 9) };
        let mut one = Shelf::new(None, room);
        one.put(long);
        assert_eq!(one.finish().len(), 1, "one is better than none; its texts have limits of their own");
    }
}
