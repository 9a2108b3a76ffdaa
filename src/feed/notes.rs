//! Collects oddities: the first ones of a document, each limit once.

use crate::feed::{Limit, Oddity, OddityKind};

/// A place in the text, as editors count: line and column from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) line: u64,
    pub(super) column: u64,
}

impl Place {
    pub(super) const START: Self = Self { line: 1, column: 1 };

    /// Moves past `bytes`, which are UTF-8.
    pub(super) fn advance(&mut self, bytes: &[u8]) {
        let lines = memchr::memchr_iter(b'\n', bytes).count() as u64;
        let last = if lines == 0 {
            bytes
        } else {
            self.column = 1;
            let newline = memchr::memrchr(b'\n', bytes).unwrap_or(0);
            bytes.get(newline + 1..).unwrap_or_default()
        };
        self.line += lines;
        // Every byte that is no continuation byte begins a character.
        self.column += last.iter().filter(|&&byte| byte & 0xC0 != 0x80).count() as u64;
    }
}

/// The oddities of one document.
///
/// They come from two sides that each go forward but not at the same pace: the decoder, which
/// works a chunk ahead, and the reader of elements. Each side stops counting once it has given
/// `cap` of them, for later ones could not be among the first `cap`.
#[derive(Debug)]
pub(super) struct Notes {
    cap: usize,
    list: Vec<Oddity>,
    limits: Vec<Oddity>,
    from_decoder: usize,
    from_reader: usize,
}

impl Notes {
    pub(super) fn new(cap: usize) -> Self {
        Self { cap, list: Vec::new(), limits: Vec::new(), from_decoder: 0, from_reader: 0 }
    }

    /// Whether the decoder's next oddity could still be kept.
    pub(super) fn wants_decoder(&self) -> bool {
        self.from_decoder < self.cap
    }

    /// Whether the reader's next oddity could still be kept. Finding a place costs a scan, so
    /// callers ask first.
    pub(super) fn wants_reader(&self) -> bool {
        self.from_reader < self.cap
    }

    pub(super) fn decoder(&mut self, place: Place, what: OddityKind) {
        self.from_decoder += 1;
        self.insert(place, what);
    }

    pub(super) fn reader(&mut self, place: Place, what: OddityKind) {
        self.from_reader += 1;
        self.insert(place, what);
    }

    /// Whether this limit was noted already.
    pub(super) fn has_limit(&self, limit: Limit) -> bool {
        self.limits.iter().any(|oddity| oddity.what == OddityKind::Limit(limit))
    }

    /// Notes a limit; the same one is noted once, and none is crowded out by other oddities.
    pub(super) fn limit(&mut self, place: Place, limit: Limit) {
        if !self.has_limit(limit) {
            self.limits.push(Oddity { line: place.line, column: place.column, what: OddityKind::Limit(limit) });
        }
    }

    fn insert(&mut self, place: Place, what: OddityKind) {
        let key = (place.line, place.column);
        let at = self.list.partition_point(|oddity| (oddity.line, oddity.column) <= key);
        self.list.insert(at, Oddity { line: place.line, column: place.column, what });
        self.list.truncate(self.cap);
    }

    /// All of them in the order of the text, at most `cap`.
    pub(super) fn finish(mut self) -> Vec<Oddity> {
        self.list.truncate(self.cap.saturating_sub(self.limits.len()));
        self.list.append(&mut self.limits);
        self.list.sort_by_key(|oddity| (oddity.line, oddity.column));
        self.list.truncate(self.cap);
        self.list
    }
}
