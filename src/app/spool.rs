//! Episodes on disk, for a round that looks at all of a feed's and keeps none: each is packed and
//! written to a temporary file as it is read, and read again when its turn has come, the newest
//! first. In memory stay 40 bytes an episode and 8 an enclosure, about 100 at worst while vectors grow.
//!
//! **What a feed may take**, of [`Limits::kept`] (48 MiB): a quarter is for the episodes that stay in
//! memory, a half for the spool. In there an episode weighs what it takes of memory at worst, and a
//! quarter of its bytes in the file, for disk is cheaper. So the memory stays below 24 MiB, the file
//! below 96 MiB, and 130,000 ordinary episodes fit. While the oldest make room there is a second file,
//! of three quarters of that; and a page that is joined has a file of its own until it is.
//!
//! What would not come back as it is stays in [`Feed::episodes`], and so does an episode without an
//! enclosure: it is a finding of the feed's own, which is kept to the end in any case. Where the file
//! cannot be written (a full disk, no folder for temporary files), everything that still comes stays
//! there too.

mod digests;
mod packed;
mod tape;
mod temporary;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::ops::Range;
use std::{fmt, io, mem, vec};

use jiff::Timestamp;

use crate::feed::{self, Episode, Feed, Keep, Limits, Rank};

pub(super) use digests::{Digests, sharing};
use tape::{Medium, Tape};
use temporary::Temporary;

/// How episodes are spooled. Spools of clones can be joined.
#[derive(Clone, Debug)]
pub struct Spooling {
    /// What the episodes of a spool may weigh. The oldest make room.
    room: usize,
    /// Bytes that those beside it, in memory, may take.
    beside: usize,
    digests: Digests,
    medium: fn() -> Box<dyn Medium>,
}

impl Spooling {
    /// To temporary files, which have no name and go with their process. `kept` is [`Limits::kept`].
    pub fn new(kept: usize) -> Self {
        Self { room: kept / 2, beside: kept / 4, digests: Digests::default(), medium: || Box::<Temporary>::default() }
    }

    /// An empty spool.
    pub fn open(&self) -> Spool {
        Spool {
            how: self.clone(),
            tape: Tape::new((self.medium)()),
            slots: Vec::new(),
            links: Vec::new(),
            used: 0,
            floor: None,
            is_overfull: false,
            closed: false,
            fault: None,
            scratch: Vec::new(),
        }
    }
}

/// The episodes of one feed. See the module.
pub struct Spool {
    how: Spooling,
    tape: Tape,
    slots: Vec<Slot>,
    /// A digest for each enclosure.
    links: Vec<u64>,
    /// What the slots weigh.
    used: usize,
    /// The newest that had to make room: what is older has to go as well.
    floor: Option<Rank>,
    is_overfull: bool,
    /// The medium takes no more.
    closed: bool,
    /// What could not be read again.
    fault: Option<io::Error>,
    scratch: Vec<u8>,
}

/// Where an episode is on the tape, and in the report. A spool has very many.
#[derive(Clone, Copy)]
struct Slot {
    /// The date, `i64::MIN` where there is none.
    second: i64,
    nanosecond: i32,
    order: u32,
    at: u32,
    length: u32,
    identity: u64,
    /// Where the digests of its enclosures begin in [`Spool::links`], and how many they are.
    first_link: u32,
    files: u16,
}

impl Slot {
    /// Nothing where its numbers are too large.
    fn new(episode: &Episode, piece: Range<usize>, identity: u64, links: Range<usize>) -> Option<Self> {
        Some(Self {
            second: episode.published.map_or(i64::MIN, Timestamp::as_second),
            nanosecond: episode.published.map_or(0, Timestamp::subsec_nanosecond),
            order: episode.order.try_into().ok()?,
            at: piece.start.try_into().ok()?,
            length: piece.len().try_into().ok()?,
            identity,
            first_link: links.start.try_into().ok()?,
            files: links.len().try_into().ok()?,
        })
    }

    fn published(&self) -> Option<Timestamp> {
        Timestamp::new(self.second, self.nanosecond).ok()
    }

    fn order(&self) -> usize {
        self.order as usize
    }

    fn rank(&self) -> Rank {
        feed::rank(self.published(), self.order())
    }

    /// What it weighs (see the module): vectors grow by twos.
    fn weight(&self) -> usize {
        let digests = usize::from(self.files).saturating_mul(size_of::<u64>());
        let memory = digests.saturating_add(size_of::<Self>()).saturating_mul(2);
        memory.saturating_add((self.length as usize).div_ceil(4))
    }
}

impl Keep for Spool {
    fn keep(&mut self, episode: Episode) -> Option<Episode> {
        if self.floor.is_some_and(|floor| episode.rank() > floor) {
            return None;
        }
        let identity = self.how.digests.identity(&episode).filter(|_| !episode.enclosures.is_empty() && !self.closed);
        let Some(identity) = identity.filter(|_| packed::pack(&episode, &mut self.scratch)) else {
            return Some(episode);
        };
        let at = match self.tape.append(&self.scratch) {
            Ok(at) => at,
            Err(why) => {
                self.close(&why);
                return Some(episode);
            }
        };
        let first = self.links.len();
        self.links.extend(episode.enclosures.iter().filter_map(|enclosure| self.how.digests.walk(enclosure)));
        let piece = at..at.saturating_add(self.scratch.len());
        let Some(slot) = Slot::new(&episode, piece, identity, first..self.links.len()) else {
            self.links.truncate(first);
            return Some(episode);
        };
        self.used = self.used.saturating_add(slot.weight());
        self.slots.push(slot);
        if self.used > self.how.room && self.slots.len() > 1 {
            self.make_room();
        }
        None
    }

    fn room_beside(&self, kept: usize) -> usize {
        // What can wait nowhere else has all the room that there is.
        if self.closed { kept.saturating_sub(self.used).max(self.how.beside) } else { self.how.beside }
    }

    fn is_overfull(&self) -> bool {
        self.is_overfull
    }
}

impl Spool {
    /// What makes the digests of [`Spool::links`].
    pub(super) fn digests(&self) -> Digests {
        self.how.digests.clone()
    }

    /// A digest for each enclosure, in no order.
    pub(super) fn take_links(&mut self) -> Vec<u64> {
        mem::take(&mut self.links)
    }

    /// Lets the oldest quarter go, so that this is not asked for every episode.
    fn make_room(&mut self) {
        self.is_overfull = true;
        self.slots.sort_unstable_by_key(Slot::rank);
        let (mut left, mut kept) = (self.how.room / 4 * 3, 1);
        self.used = 0;
        for (at, slot) in self.slots.iter().enumerate() {
            if at > 0 && slot.weight() > left {
                self.floor = Some(slot.rank());
                break;
            }
            left = left.saturating_sub(slot.weight());
            self.used = self.used.saturating_add(slot.weight());
            kept = at.saturating_add(1);
        }
        self.slots.truncate(kept);
        self.slots.sort_unstable_by_key(|slot| slot.at);
        self.keep_links();
        match self.rewritten() {
            Ok(tape) => {
                self.tape = tape;
                let mut at: u32 = 0;
                for slot in &mut self.slots {
                    slot.at = at;
                    at = at.saturating_add(slot.length);
                }
            }
            // The old file goes on to hold what is kept; only no more is put there.
            Err(Rewrite::Write(why)) => self.close(&why),
            Err(Rewrite::Read(why)) => {
                self.closed = true;
                self.fault = Some(why);
            }
        }
    }

    /// Lets the digests go that are no slot's any more.
    fn keep_links(&mut self) {
        let count = self.slots.iter().map(|slot| usize::from(slot.files)).sum();
        let mut links = Vec::with_capacity(count);
        for slot in &mut self.slots {
            let first = links.len();
            let of = self.links.get(slot.first_link as usize..).and_then(|rest| rest.get(..slot.files.into()));
            links.extend_from_slice(of.unwrap_or_default());
            // There are not more than there were.
            slot.first_link = u32::try_from(first).unwrap_or(u32::MAX);
        }
        self.links = links;
    }

    /// What is kept, one behind the other on a medium of its own.
    fn rewritten(&mut self) -> Result<Tape, Rewrite> {
        let mut tape = Tape::new((self.how.medium)());
        for slot in &self.slots {
            let packed = self.tape.read(slot.at as usize, slot.length as usize).map_err(Rewrite::Read)?;
            tape.append(packed).map_err(Rewrite::Write)?;
        }
        Ok(tape)
    }

    /// The medium takes no more.
    fn close(&mut self, why: &io::Error) {
        tracing::warn!(%why, "the temporary file for episodes cannot be written, so they are kept in memory; TMPDIR names another folder");
        self.closed = true;
    }

    /// Whether something could not be read again: what is left of it ends with an error.
    pub(super) fn is_broken(&self) -> bool {
        self.fault.is_some()
    }

    fn read(&mut self, slot: &Slot) -> io::Result<Episode> {
        let packed = self.tape.read(slot.at as usize, slot.length as usize)?;
        let episode = packed::unpack(packed).ok_or(io::ErrorKind::InvalidData)?;
        Ok(Episode { published: slot.published(), order: slot.order(), ..episode })
    }

    /// Joins the next page of a feed, as [`feed::merge`] does: `page` is what was spooled of `next`.
    pub(super) fn merge(&mut self, first: &mut Feed, mut next: Feed, mut page: Self, limits: &Limits) {
        let identity = |episode: &Episode| self.how.digests.identity(episode);
        let known = first.episodes.iter().filter_map(identity);
        let mut known: HashSet<u64> = self.slots.iter().map(|slot| slot.identity).chain(known).collect();
        let kept = next.episodes.iter().map(|episode| (episode.rank(), identity(episode)));
        let spooled = page.slots.iter().map(|slot| (slot.rank(), Some(slot.identity)));
        let mut all: Vec<(Rank, Option<u64>)> = spooled.chain(kept).collect();
        all.sort_unstable();
        let repeats = all.into_iter().filter(|(_, identity)| identity.is_some_and(|identity| !known.insert(identity)));
        let mut repeats: Vec<usize> = repeats.map(|((_, _, order), _)| order).collect();
        repeats.sort_unstable();

        next.episodes.retain(|episode| repeats.binary_search(&episode.order).is_err());
        let mut slots = mem::take(&mut page.slots);
        slots.retain(|slot| repeats.binary_search(&slot.order()).is_err());
        // Where nothing more can be put on disk, the newest come back to memory, as many as fit.
        let mut room = self.room_beside(limits.kept);
        if self.closed {
            slots.sort_unstable_by_key(Slot::rank);
        } else {
            slots.sort_unstable_by_key(|slot| slot.at);
        }
        for slot in slots {
            if self.closed {
                let Some(left) = room.checked_sub(slot.length as usize) else {
                    self.is_overfull = true;
                    break;
                };
                room = left;
            }
            match page.read(&slot) {
                Ok(episode) => {
                    let order = episode.order;
                    let joined = feed::joined_order(first.items, order, &repeats);
                    let back = self.keep(Episode { order: joined, ..episode });
                    next.episodes.extend(back.map(|episode| Episode { order, ..episode }));
                }
                Err(why) => {
                    self.fault = Some(why);
                    break;
                }
            }
        }
        feed::join(first, next, &repeats, &Limits { kept: self.room_beside(limits.kept), ..*limits });
        if self.is_overfull {
            first.note_overfull();
        }
    }

    /// The episodes, the newest first, each read when it is asked for.
    pub fn into_episodes(mut self) -> Episodes {
        let mut slots = mem::take(&mut self.slots);
        slots.sort_unstable_by_key(Slot::rank);
        Episodes { slots: slots.into_iter(), spool: self }
    }
}

impl fmt::Debug for Spool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bytes, held) = (self.tape.len(), self.tape.held());
        f.debug_struct("Spool")
            .field("episodes", &self.slots.len())
            .field("bytes", &bytes)
            .field("held", &held)
            .finish_non_exhaustive()
    }
}

/// Why a file was not written anew.
enum Rewrite {
    Read(io::Error),
    Write(io::Error),
}

/// Gives the episodes of a spool. What cannot be read ends it, after an error.
pub struct Episodes {
    slots: vec::IntoIter<Slot>,
    spool: Spool,
}

impl Episodes {
    /// The rank of the next one.
    pub(super) fn next_rank(&self) -> Option<Rank> {
        self.slots.as_slice().first().map(Slot::rank)
    }
}

impl Iterator for Episodes {
    type Item = io::Result<Episode>;

    fn next(&mut self) -> Option<Self::Item> {
        let Some(slot) = self.slots.next() else { return self.spool.fault.take().map(Err) };
        let read = self.spool.read(&slot);
        if read.is_err() {
            self.slots = Vec::new().into_iter();
            self.spool.fault = None;
        }
        Some(read)
    }
}
