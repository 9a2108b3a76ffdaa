//! What can be seen of a file through a [`Window`], and what to answer where it cannot be seen.
//! Reading big- and little-endian numbers out of a slice is here too; formats are not.

use super::{Sniff, Window};

/// The most of a file's start that is ever fetched, bytes (the sample's limit).
pub(super) const HEAD_MAX: u64 = 64 * 1024;
/// The most that a second look fetches, bytes.
pub(super) const JUMP_MAX: u64 = 16 * 1024;

/// How bytes that are not seen can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// By more of the head.
    More,
    /// By a second look.
    Jump {
        /// Its first byte.
        offset: u64,
        /// Its length.
        len: u64,
    },
}

impl From<Ask> for Sniff {
    fn from(ask: Ask) -> Self {
        match ask {
            Ask::More => Self::More,
            Ask::Jump { offset, len } => Self::Jump { offset, len },
        }
    }
}

/// Why bytes cannot be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// They can be had: answer this.
    Ask(Ask),
    /// The file ends before them.
    End,
    /// They exist, but everything that may be asked for has been asked for.
    Blind,
}

/// A window that knows where the file ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    window: Window<'a>,
}

impl<'a> View<'a> {
    pub(super) fn new(window: &Window<'a>) -> Self {
        Self { window: *window }
    }

    /// The size of the file, where known or plain from a body that ended before the limit.
    pub(super) fn end(&self) -> Option<u64> {
        if self.window.total.is_some() {
            return self.window.total;
        }
        if let Some((offset, bytes)) = self.window.jump {
            let short = len(bytes) < JUMP_MAX;
            return short.then(|| offset.saturating_add(len(bytes)));
        }
        let head = len(self.window.head);
        (self.window.complete && head < HEAD_MAX).then_some(head)
    }

    /// All bytes that are seen in one piece from `offset` on.
    pub(super) fn tail(&self, offset: u64) -> &'a [u8] {
        let head = usize::try_from(offset).ok().and_then(|at| self.window.head.get(at..)).unwrap_or_default();
        let jump = self
            .window
            .jump
            .and_then(|(start, bytes)| {
                let at = usize::try_from(offset.checked_sub(start)?).ok()?;
                bytes.get(at..)
            })
            .unwrap_or_default();
        if jump.len() > head.len() { jump } else { head }
    }

    /// `want` bytes from `offset` on, or why not.
    pub(super) fn need(&self, offset: u64, want: usize) -> Result<&'a [u8], Gap> {
        match self.tail(offset).get(..want) {
            Some(bytes) => Ok(bytes),
            None => Err(self.gap(offset, want)),
        }
    }

    /// What is behind the end of what is seen from `offset` on, where `want` bytes are not all seen.
    pub(super) fn gap(&self, offset: u64, want: usize) -> Gap {
        let seen = offset.saturating_add(len(self.tail(offset)));
        if self.end().is_some_and(|end| offset >= end || seen >= end) {
            return Gap::End;
        }
        if self.window.jump.is_some() {
            return Gap::Blind;
        }
        let wanted_end = offset.saturating_add(u64::try_from(want).unwrap_or(u64::MAX));
        if !self.window.complete && wanted_end <= HEAD_MAX {
            return Gap::Ask(Ask::More);
        }
        let len = self.end().map_or(JUMP_MAX, |end| end.saturating_sub(offset)).min(JUMP_MAX);
        // No file is so long, whatever its boxes say.
        if offset.checked_add(len).is_none() {
            return Gap::End;
        }
        Gap::Ask(Ask::Jump { offset, len })
    }

    /// Every byte of the head that is known.
    pub(super) fn head(&self) -> &'a [u8] {
        self.window.head
    }

    /// No more of the head will come: it was all read, or a second look has been taken since.
    pub(super) fn settled(&self) -> bool {
        self.window.complete || self.window.jump.is_some()
    }
}

/// A slice's length as an offset in a file.
pub(super) fn len(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

pub(super) fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_be_bytes)
}

pub(super) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_be_bytes)
}

pub(super) fn be64(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_be_bytes)
}

pub(super) fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

pub(super) fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

pub(super) fn le64(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_le_bytes)
}

/// `bytes` has `what` at `at`.
pub(super) fn holds(bytes: &[u8], at: usize, what: &[u8]) -> bool {
    bytes.get(at..).is_some_and(|rest| rest.starts_with(what))
}

/// `units` at `rate` a second, in milliseconds.
pub(super) fn millis(units: u64, rate: u64) -> Option<u64> {
    let ms = u128::from(units).checked_mul(1000)?.checked_div(u128::from(rate))?;
    u64::try_from(ms).ok()
}

/// The average bitrate of `bytes` played in `ms`, kbit/s, rounded.
pub(super) fn kbps(bytes: u64, ms: u64) -> Option<u32> {
    if ms == 0 {
        return None;
    }
    let (bits, ms) = (u128::from(bytes).checked_mul(8)?, u128::from(ms));
    u32::try_from(bits.checked_add(ms / 2)? / ms).ok()
}
