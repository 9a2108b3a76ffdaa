//! What was fetched, kept across rounds: a CA's list is asked for when it may have changed, not
//! whenever podprobe looks. Bounded in bytes and entries; nothing here fetches.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::FetchFault;
use crate::probe::lock;

/// All that is kept, URLs included. Certificates from outside name the URLs, so it has to end.
const MAX_BYTES: usize = 256 << 20;
/// URLs that are remembered.
const MAX_ENTRIES: usize = 8 << 10;

/// What was fetched, in the form in which it is read; or why it was not.
pub(super) type Body = Result<Arc<[u8]>, FetchFault>;

/// Papers that outlive a round. Clones are the same shelf, to be given to every prober that should
/// share it; the default is an empty one.
#[derive(Clone, Debug)]
pub struct Shelf {
    stock: Arc<Mutex<Stock>>,
    /// What time is counted from where there is no clock.
    since: Instant,
}

impl Default for Shelf {
    fn default() -> Self {
        Self::bounded(MAX_BYTES, MAX_ENTRIES)
    }
}

/// What a URL was asked for: the same bytes are a paper of one kind and rubbish as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// Certificates of an issuer.
    Issuer,
    /// A revocation list.
    List,
    /// A CA's ACME directory.
    Directory,
    /// Renewal information.
    Renewal,
}

type Key = (Kind, String);

/// The place of one URL. Held while it is being fetched, so that it is fetched once.
pub(super) type Slot = Arc<tokio::sync::Mutex<Option<Kept>>>;

#[derive(Debug)]
struct Stock {
    entries: HashMap<Key, Entry>,
    bytes: usize,
    max_bytes: usize,
    max_entries: usize,
    rounds: u64,
}

#[derive(Debug)]
struct Entry {
    slot: Slot,
    bytes: usize,
    /// The last round that asked for it.
    round: u64,
}

/// A paper, and for how long it stands.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) body: Body,
    from: Timestamp,
    until: Timestamp,
}

impl Kept {
    /// A paper that stands for so long.
    pub(super) fn new(body: Body, now: Timestamp, lasting: Duration) -> Self {
        let until = jiff::SignedDuration::try_from(lasting).ok().and_then(|lasting| now.checked_add(lasting).ok());
        Self { body, from: now, until: until.unwrap_or(now) }
    }

    /// Whether it stands. Where the clock was put back to before it was fetched nobody knows how old
    /// it is.
    pub(super) fn is_fresh(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }
}

impl Shelf {
    /// An empty shelf that holds so much.
    pub(super) fn bounded(max_bytes: usize, max_entries: usize) -> Self {
        let stock = Stock { entries: HashMap::new(), bytes: 0, max_bytes, max_entries, rounds: 0 };
        Self { stock: Arc::new(Mutex::new(stock)), since: Instant::now() }
    }

    /// A round begins; its number.
    pub(super) fn begin(&self) -> u64 {
        let mut stock = lock(&self.stock);
        stock.rounds = stock.rounds.saturating_add(1);
        stock.rounds
    }

    /// The time by which papers age: the clock's, or what has passed since the shelf was made.
    pub(super) fn now(&self, clock: Option<fn() -> Timestamp>) -> Timestamp {
        let passed = || i64::try_from(self.since.elapsed().as_millis()).unwrap_or(i64::MAX);
        clock.map_or_else(|| Timestamp::from_millisecond(passed()).unwrap_or(Timestamp::MAX), |clock| clock())
    }

    /// The place of a URL. `None` where the shelf is full of what this round asked for.
    pub(super) fn slot(&self, kind: Kind, url: &str, round: u64) -> Option<Slot> {
        let mut stock = lock(&self.stock);
        let key = (kind, url.to_owned());
        if let Some(entry) = stock.entries.get_mut(&key) {
            entry.round = entry.round.max(round);
            return Some(Arc::clone(&entry.slot));
        }
        let bytes = url.len();
        if !stock.make_room(bytes, 1, round) {
            return None;
        }
        stock.bytes = stock.bytes.saturating_add(bytes);
        let slot = Slot::default();
        stock.entries.insert(key, Entry { slot: Arc::clone(&slot), bytes, round });
        Some(slot)
    }

    /// Takes account of what came for a URL: whether there is room to keep it. What a URL held before
    /// is given up for it.
    pub(super) fn weigh(&self, kind: Kind, url: &str, slot: &Slot, bytes: usize, round: u64) -> bool {
        let mut stock = lock(&self.stock);
        let key = (kind, url.to_owned());
        // A later round may have put this place to another use; then nothing is kept.
        let before = match stock.entries.get_mut(&key) {
            Some(entry) if Arc::ptr_eq(&entry.slot, slot) => std::mem::replace(&mut entry.bytes, url.len()),
            _ => return true,
        };
        stock.bytes = stock.bytes.saturating_sub(before.saturating_sub(url.len()));
        if !stock.make_room(bytes, 0, round) {
            return false;
        }
        if let Some(entry) = stock.entries.get_mut(&key) {
            entry.bytes = entry.bytes.saturating_add(bytes);
            stock.bytes = stock.bytes.saturating_add(bytes);
        }
        true
    }

    /// Bytes and URLs on it.
    #[cfg(test)]
    pub(super) fn holds(&self) -> (usize, usize) {
        let stock = lock(&self.stock);
        (stock.bytes, stock.entries.len())
    }
}

impl Stock {
    /// Throws away what was not asked for the longest, until so much more fits. What the round itself
    /// asked for stays: nothing is fetched twice in a round. Says whether it fits.
    fn make_room(&mut self, bytes: usize, entries: usize, round: u64) -> bool {
        loop {
            let fits = self.bytes.saturating_add(bytes) <= self.max_bytes
                && self.entries.len().saturating_add(entries) <= self.max_entries;
            if fits {
                return true;
            }
            let oldest = self.entries.values().map(|entry| entry.round).min().filter(|oldest| *oldest < round);
            let Some(oldest) = oldest else { return false };
            let mut gone = 0_usize;
            self.entries.retain(|_, entry| {
                let stays = entry.round != oldest;
                gone = gone.saturating_add(if stays { 0 } else { entry.bytes });
                stays
            });
            self.bytes = self.bytes.saturating_sub(gone);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_clock_papers_age_by_the_time_that_passes() {
        let mut shelf = Shelf::default();
        let kept = Kept::new(Ok(Arc::from(&b"x"[..])), shelf.now(None), Duration::from_hours(1));
        // The shelf is that much older.
        shelf.since = shelf.since.checked_sub(Duration::from_mins(59)).unwrap();
        assert!(kept.is_fresh(shelf.now(None)));
        shelf.since = shelf.since.checked_sub(Duration::from_mins(1)).unwrap();
        assert!(!kept.is_fresh(shelf.now(None)));
    }
}
