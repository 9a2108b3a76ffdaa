//! Tags around MPEG audio: ID3v2 before it (<https://id3.org/id3v2.4.0-structure>), ID3v1, APE and
//! Lyrics3 behind it. Where they end is all that matters here.

use super::view::{Gap, View, le32};

/// Bytes of an ID3v2 header.
pub(super) const HEADER: usize = 10;
/// Bytes of an ID3v1 tag.
pub(super) const V1: u64 = 128;
/// Tags in a row that are followed.
const MAX_TAGS: usize = 16;

/// The length of the ID3v2 tag that begins with these ten bytes, header and footer with it. Every
/// version from 2.2 on has the same header; unsynchronisation changes what is inside, not the size.
pub(super) fn length(header: &[u8]) -> Option<u64> {
    let [b'I', b'D', b'3', major, revision, flags, a, b, c, d, ..] = *header else { return None };
    if !(2..=4).contains(&major) || revision == 0xff || [a, b, c, d].iter().any(|byte| *byte >= 0x80) {
        return None;
    }
    let body = [a, b, c, d].iter().fold(0_u64, |size, byte| (size << 7) | u64::from(*byte));
    let footer = if major == 4 && flags & 0x10 != 0 { 10 } else { 0 };
    Some(body.saturating_add(10).saturating_add(footer))
}

/// The length of the APE tag that begins with this 32-byte header (APEv2), the header with it.
pub(super) fn ape_length(header: &[u8]) -> Option<u64> {
    if !header.starts_with(b"APETAGEX") {
        return None;
    }
    // The size counts the items and the footer; bit 29 of the flags says that this is the header.
    let (size, flags) = (le32(header, 12)?, le32(header, 20)?);
    if flags & (1 << 29) == 0 {
        return Some(32);
    }
    Some(u64::from(size).saturating_add(32))
}

/// A tag that may stand behind the last frame begins here.
pub(super) fn trailing(bytes: &[u8]) -> bool {
    [&b"TAG"[..], b"APETAGEX", b"LYRICSBEGIN", b"3DI", b"ID3"].iter().any(|magic| bytes.starts_with(magic))
}

/// Where the ID3v2 tags that begin the file end: 0 without any. `Err` where that cannot be seen.
pub(super) fn skip(view: &View<'_>) -> Result<u64, (u64, Gap)> {
    let mut at = 0_u64;
    for _ in 0..MAX_TAGS {
        let seen = view.tail(at);
        let start = seen.get(..3).unwrap_or(seen);
        if !b"ID3".starts_with(start) || (start.is_empty() && at == 0) {
            return Ok(at);
        }
        match view.need(at, HEADER) {
            Ok(header) => match length(header) {
                Some(length) => at = at.saturating_add(length),
                None => return Ok(at),
            },
            Err(gap) => return Err((at, gap)),
        }
    }
    Ok(at)
}
