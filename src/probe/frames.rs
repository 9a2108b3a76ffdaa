//! What the heads that come over an HTTP/2 connection take in memory, paid from its budget. This is
//! above TLS, where frames can be seen. It follows HTTP/2 (RFC 9113 4.1) and HPACK (RFC 7541 6) just
//! as far as to count; what the frames say, and whether they may come, is for the HTTP library to know.
//!
//! The bytes of a head do not bound it: an interim answer of ten bytes waits as half a kilobyte and
//! more until the request takes it, and one byte can name a field that takes a hundred.

use std::io;
use std::sync::Arc;

use super::budget::Budget;
use super::sieve::{Sieve, Sift};

/// Bytes that a frame of heads costs beyond its own. An answer that waits takes about 250 bytes in
/// h2's queue, which doubles as it grows, and 650 for the smallest map of fields.
const FRAME: usize = 1 << 10;

/// Bytes that a field costs beyond its own: it takes about 100 in a map, which doubles as it grows.
const FIELD: usize = 128;

/// Bytes of a frame's head (RFC 9113 4.1).
const HEAD: usize = 9;

/// Frame types (RFC 9113 6.2, 6.6, 6.10).
const HEADERS: u8 = 0x1;
const PUSH_PROMISE: u8 = 0x5;
const CONTINUATION: u8 = 0x9;

/// Flags of frames (RFC 9113 6.2): a length of padding comes first, then five bytes of priority.
const PADDED: u8 = 0x8;
const PRIORITY: u8 = 0x20;

/// An HTTP/2 connection whose heads are paid from a budget. What is read passes as it came.
pub(crate) type Weighed<S> = Sieve<S, Weigher>;

/// Pays for the heads that it sees.
#[derive(Debug)]
pub(crate) struct Weigher {
    budget: Arc<Budget>,
    follower: Follower,
}

impl<S> Weighed<S> {
    /// `inner`, on which HTTP/2 begins, paid from `budget`.
    pub(crate) fn new(inner: S, budget: Arc<Budget>) -> Self {
        Self::through(inner, Weigher { budget, follower: Follower::default() })
    }
}

/// Where in a stream of frames a peer is.
#[derive(Debug, Default)]
struct Follower {
    at: At,
    fields: Fields,
}

/// Where in a frame.
#[derive(Clone, Copy, Debug)]
enum At {
    /// In its head, of which `have` bytes are known.
    Head { head: [u8; HEAD], have: usize },
    /// In a payload without heads, of which `left` bytes come.
    Payload { left: usize },
    /// In a payload with a piece of a head: the length of its padding if `padded`, `skip` bytes, the
    /// piece, the padding; in all `left` bytes come.
    Block { padded: bool, skip: usize, padding: usize, left: usize },
}

impl Default for At {
    fn default() -> Self {
        Self::Head { head: [0; HEAD], have: 0 }
    }
}

impl Follower {
    /// Follows what came next, cut anywhere. Gives what it costs beyond its bytes.
    fn follow(&mut self, mut bytes: &[u8]) -> usize {
        let mut cost = 0_usize;
        while let Some((&byte, rest)) = bytes.split_first() {
            let used = match &mut self.at {
                At::Head { head, have } => {
                    if let Some(place) = head.get_mut(*have) {
                        *place = byte;
                    }
                    *have = have.saturating_add(1);
                    if *have >= HEAD {
                        let head = *head;
                        cost = cost.saturating_add(self.begin(head));
                    }
                    bytes = rest;
                    continue;
                }
                At::Payload { left } => {
                    let used = bytes.len().min(*left);
                    *left = left.saturating_sub(used);
                    used
                }
                At::Block { padded, skip, padding, left } => {
                    let used = if *padded {
                        *padded = false;
                        *padding = byte.into();
                        1
                    } else if *skip > 0 {
                        let used = bytes.len().min(*skip).min(*left);
                        *skip = skip.saturating_sub(used);
                        used
                    } else {
                        let piece = bytes.len().min(left.saturating_sub(*padding));
                        let count = self.fields.follow(bytes.get(..piece).unwrap_or_default());
                        cost = cost.saturating_add(count.saturating_mul(FIELD));
                        piece
                    };
                    *left = left.saturating_sub(used);
                    used
                }
            };
            bytes = bytes.get(used..).unwrap_or_default();
            self.at = match self.at {
                At::Payload { left: 0 } | At::Block { left: 0, .. } => At::default(),
                At::Block { padded: false, skip: 0, padding, left } if left <= padding => At::Payload { left },
                at => at,
            };
        }
        cost
    }

    /// A frame's head is there. Gives what it costs.
    fn begin(&mut self, [high, middle, low, kind, flags, ..]: [u8; HEAD]) -> usize {
        let left = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
        let is_head = matches!(kind, HEADERS | PUSH_PROMISE | CONTINUATION);
        let flag = |flag: u8| kind != CONTINUATION && flags & flag != 0;
        if is_head && kind != CONTINUATION {
            self.fields = Fields::default();
        }
        self.at = match left {
            0 => At::default(),
            _ if is_head => {
                // The promised stream, or the priority.
                let skip = match kind {
                    PUSH_PROMISE => 4,
                    HEADERS if flag(PRIORITY) => 5,
                    _ => 0,
                };
                At::Block { padded: flag(PADDED), skip, padding: 0, left }
            }
            _ => At::Payload { left },
        };
        if is_head { FRAME } else { 0 }
    }
}

/// Where in a list of fields (RFC 7541 6) a peer is. `strings` of a field come after the index or
/// with the length that is read: none, a value, or a name and a value.
#[derive(Clone, Copy, Debug, Default)]
enum Fields {
    #[default]
    Begin,
    /// Within an index.
    Index { strings: u8 },
    /// Before the length of a string.
    Length { strings: u8 },
    /// Within the length of a string.
    LongLength { length: u64, shift: u32, strings: u8 },
    /// Within a string, of which `left` bytes come; then `strings` more.
    Text { left: u64, strings: u8 },
}

impl Fields {
    /// Follows what came next, cut anywhere. Gives how many fields begin in it.
    fn follow(&mut self, mut bytes: &[u8]) -> usize {
        let mut fields = 0_usize;
        while let Some((&byte, rest)) = bytes.split_first() {
            bytes = rest;
            *self = match *self {
                Self::Begin => {
                    // How many bits the index has, and whether strings come (RFC 7541 6.1 to 6.3).
                    let (mask, literal) = match byte {
                        0x80.. => (0x7f, false),
                        0x40.. => (0x3f, true),
                        0x20.. => (0x1f, false),
                        _ => (0x0f, true),
                    };
                    let is_field = literal || byte >= 0x80;
                    fields = fields.saturating_add(is_field.into());
                    let index = byte & mask;
                    let strings = match (literal, index) {
                        (false, _) => 0,
                        (true, 0) => 2,
                        (true, _) => 1,
                    };
                    if index == mask { Self::Index { strings } } else { Self::before(strings) }
                }
                Self::Index { strings } if byte & 0x80 == 0 => Self::before(strings),
                same @ Self::Index { .. } => same,
                Self::Length { strings } => match byte & 0x7f {
                    0x7f => Self::LongLength { length: 0x7f, shift: 0, strings },
                    length => Self::text(length.into(), strings),
                },
                Self::LongLength { length, shift, strings } => {
                    // Nothing goes on after a length beyond all bounds; RFC 7541 5.1 makes it an error.
                    let more = u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(u64::MAX);
                    let length = length.saturating_add(more);
                    if byte & 0x80 == 0 {
                        Self::text(length, strings)
                    } else {
                        Self::LongLength { length, shift: shift.saturating_add(7), strings }
                    }
                }
                Self::Text { left, strings } => {
                    // This byte is one of them.
                    let left = left.saturating_sub(1);
                    let used = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                    bytes = bytes.get(used..).unwrap_or_default();
                    match left.saturating_sub(used as u64) {
                        0 => Self::before(strings),
                        left => Self::Text { left, strings },
                    }
                }
            };
        }
        fields
    }

    /// Before `strings` strings of a field, or the next field.
    fn before(strings: u8) -> Self {
        if strings == 0 { Self::Begin } else { Self::Length { strings } }
    }

    /// Before the text of the first of `strings` strings.
    fn text(left: u64, strings: u8) -> Self {
        let strings = strings.saturating_sub(1);
        if left == 0 { Self::before(strings) } else { Self::Text { left, strings } }
    }
}

impl Sift for Weigher {
    fn sift(&mut self, came: &mut [u8]) -> io::Result<usize> {
        self.budget.spend(self.follower.follow(came)).map_err(io::Error::other)?;
        Ok(came.len())
    }
}

#[cfg(test)]
mod tests;
