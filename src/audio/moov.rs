//! What the index of an MP4 (`moov`) says: duration, and the codec of the first audio track. It may be
//! seen in part only.

use super::mp4::BoxHead;
use super::view::{be32, be64, millis};

/// Boxes looked at in one `moov`, whatever it holds.
const MAX_BOXES: usize = 4096;

/// The facts of an index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Index {
    /// It has a movie header.
    pub(super) valid: bool,
    /// All of it was seen.
    pub(super) whole: bool,
    /// Media comes in fragments (`mvex`).
    pub(super) fragmented: bool,
    /// It has an audio track.
    pub(super) audio: bool,
    /// Duration, ms.
    pub(super) duration_ms: Option<u64>,
    /// The first audio track's codec, where few apps play it.
    pub(super) odd_codec: Option<String>,
}

/// The boxes inside `bytes`, in order; the last may be cut.
fn children<'a>(bytes: &'a [u8], left: &mut usize) -> Vec<([u8; 4], &'a [u8])> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while *left > 0
        && let Ok(head) = BoxHead::read(rest)
    {
        *left -= 1;
        let size = head.size.and_then(|size| usize::try_from(size).ok()).unwrap_or(usize::MAX).min(rest.len());
        let payload = usize::try_from(head.head).ok().and_then(|from| rest.get(from..size)).unwrap_or_default();
        found.push((head.kind, payload));
        rest = rest.get(size..).unwrap_or_default();
    }
    found
}

fn child<'a>(bytes: &'a [u8], kind: [u8; 4], left: &mut usize) -> Option<&'a [u8]> {
    children(bytes, left).into_iter().find(|(found, _)| *found == kind).map(|(_, payload)| payload)
}

/// Timescale and duration of `mvhd` or `mdhd`, in ms. All ones, and 0, say that it is not known.
pub(super) fn header_ms(payload: &[u8]) -> Option<u64> {
    let (timescale, duration) = if payload.first() == Some(&1) {
        (be32(payload, 20)?, be64(payload, 24).filter(|units| *units != u64::MAX)?)
    } else {
        (be32(payload, 12)?, be32(payload, 16).filter(|units| *units != u32::MAX).map(u64::from)?)
    };
    millis(duration, u64::from(timescale)).filter(|ms| *ms > 0)
}

/// Reads the payload of a `moov`; `whole` says that it is all there.
pub(super) fn read(bytes: &[u8], whole: bool) -> Index {
    let mut left = MAX_BOXES;
    let mut index = Index { whole, ..Index::default() };
    let (mut timescale, mut track_ms) = (None, None);
    for (kind, payload) in children(bytes, &mut left) {
        match &kind {
            b"mvhd" => {
                index.valid = true;
                index.duration_ms = header_ms(payload);
                timescale = be32(payload, if payload.first() == Some(&1) { 20 } else { 12 });
            }
            b"mvex" => {
                index.fragmented = true;
                if let Some(mehd) = child(payload, *b"mehd", &mut left) {
                    let units = if mehd.first() == Some(&1) { be64(mehd, 4) } else { be32(mehd, 4).map(u64::from) };
                    let ms = units.zip(timescale).and_then(|(units, scale)| millis(units, u64::from(scale)));
                    index.duration_ms = index.duration_ms.or(ms.filter(|ms| *ms > 0));
                }
            }
            b"trak" => {
                let Some(mdia) = child(payload, *b"mdia", &mut left) else { continue };
                let handler = child(mdia, *b"hdlr", &mut left).and_then(|hdlr| hdlr.get(8..12));
                if handler != Some(b"soun") || index.audio {
                    continue;
                }
                index.audio = true;
                track_ms = child(mdia, *b"mdhd", &mut left).and_then(header_ms);
                let stsd = child(mdia, *b"minf", &mut left)
                    .and_then(|minf| child(minf, *b"stbl", &mut left))
                    .and_then(|stbl| child(stbl, *b"stsd", &mut left));
                index.odd_codec = stsd.and_then(|stsd| stsd.get(8..)).and_then(codec);
            }
            _ => {}
        }
    }
    index.duration_ms = index.duration_ms.or(track_ms);
    index
}

/// The name of the codec of a sample entry, where few apps play it; `None` for AAC and MP3.
fn codec(entry: &[u8]) -> Option<String> {
    let kind = BoxHead::read(entry).ok()?.kind;
    let name = match &kind {
        b".mp3" => return None,
        b"mp4a" => {
            return match object_type(entry)? {
                // AAC; MP3 of either version.
                0x40 | 0x66..=0x68 | 0x69 | 0x6b => None,
                0xa5 => Some("ac-3".to_owned()),
                0xdd => Some("vorbis".to_owned()),
                0xa9 => Some("dts".to_owned()),
                other => Some(format!("mp4a, object type {other:#04x}")),
            };
        }
        b"alac" => "alac",
        b"fLaC" => "flac",
        b"Opus" => "opus",
        b"enca" => "encrypted",
        b"samr" | b"sawb" => "amr",
        b"sowt" | b"twos" | b"lpcm" | b"ipcm" | b"fpcm" | b"in24" | b"in32" | b"fl32" | b"fl64" | b"raw " => "pcm",
        other => return Some(String::from_utf8_lossy(other).trim().to_owned()),
    };
    Some(name.to_owned())
}

/// The object type of an `mp4a` entry (ISO 14496-1 7.2.6.6), from its `esds`.
fn object_type(entry: &[u8]) -> Option<u8> {
    let at = memchr::memmem::find(entry, b"esds")?;
    let mut rest = entry.get(at.checked_add(8)?..)?;
    // ES descriptor: id, flags; then the decoder's configuration.
    rest = descriptor(rest, 3)?;
    let flags = *rest.get(2)?;
    let mut skip = 3;
    if flags & 0x80 != 0 {
        skip += 2;
    }
    if flags & 0x40 != 0 {
        skip += 1 + usize::from(*rest.get(skip)?);
    }
    if flags & 0x20 != 0 {
        skip += 2;
    }
    descriptor(rest.get(skip..)?, 4)?.first().copied()
}

/// What is behind a descriptor's tag and length.
fn descriptor(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    if bytes.first() != Some(&tag) {
        return None;
    }
    // The length takes up to four bytes; all but the last have their top bit set.
    let more = bytes.iter().skip(1).take(3).take_while(|byte| **byte & 0x80 != 0).count();
    bytes.get(more + 2..)
}
