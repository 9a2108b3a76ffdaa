//! WebM and Matroska (RFC 9559): the EBML header, the segment, its duration.

use super::view::{Ask, Gap, View, be32, be64, kbps};
use super::{Facts, Format, Sniff};

pub(super) const SEGMENT: u32 = 0x1853_8067;
pub(super) const INFO: u32 = 0x1549_a966;
pub(super) const CLUSTER: u32 = 0x1f43_b675;
const EBML: u32 = 0x1a45_dfa3;
const DOC_TYPE: u32 = 0x4282;
const TIMESTAMP_SCALE: u32 = 0x2a_d7b1;
const DURATION: u32 = 0x4489;
/// Bytes of the longest element header: an id of 4 and a size of 8.
pub(super) const LONGEST_HEAD: usize = 12;
/// Elements that are followed.
const MAX_ELEMENTS: usize = 256;
/// Bytes of an `Info` that are read.
pub(super) const INFO_MAX: usize = 4096;

/// An element's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) id: u32,
    /// Bytes of the header.
    pub(super) head: usize,
    /// Bytes of what is inside; `None`: not known, it ends where its parent's next child begins.
    pub(super) size: Option<u64>,
}

impl Element {
    /// The header at the start of `bytes`.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let first = *bytes.first()?;
        let id_len = usize::try_from(first.leading_zeros()).ok()?.checked_add(1).filter(|length| *length <= 4)?;
        let id = bytes.get(..id_len)?.iter().fold(0, |id, byte| (id << 8) | u32::from(*byte));
        let marker = *bytes.get(id_len)?;
        let size_len = usize::try_from(marker.leading_zeros()).ok()?.checked_add(1).filter(|length| *length <= 8)?;
        let head = id_len.checked_add(size_len)?;
        let raw = bytes.get(id_len..head)?.iter().fold(0_u64, |size, byte| (size << 8) | u64::from(*byte));
        let mask = (1_u64 << (7 * size_len)) - 1;
        let size = raw & mask;
        Some(Self { id, head, size: (size != mask).then_some(size) })
    }
}

/// The children inside `bytes`; the last may be cut.
fn children(bytes: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let element = Element::read(rest)?;
        let inside = rest.get(element.head..)?;
        let size = element.size.and_then(|size| usize::try_from(size).ok()).unwrap_or(usize::MAX).min(inside.len());
        rest = inside.get(size..)?;
        Some((element.id, inside.get(..size)?))
    })
    .take(MAX_ELEMENTS)
}

/// What `Info` says: nanoseconds of a tick, and the duration in ms.
pub(super) fn info(bytes: &[u8]) -> (u64, Option<u64>) {
    let (mut scale, mut ticks) = (1_000_000_u64, None);
    for (id, value) in children(bytes) {
        match id {
            TIMESTAMP_SCALE if value.len() <= 8 => {
                scale = value.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte));
            }
            DURATION => {
                ticks = match value.len() {
                    4 => be32(value, 0).map(|bits| f64::from(f32::from_bits(bits))),
                    8 => be64(value, 0).map(f64::from_bits),
                    _ => None,
                };
            }
            _ => {}
        }
    }
    let ms = ticks.map(|ticks| ticks * (scale as f64) / 1e6).filter(|ms| ms.is_finite() && (1.0..1e12).contains(ms));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 1e12")]
    let ms = ms.map(|ms| ms.round() as u64);
    (scale, ms)
}

/// WebM, Matroska.
pub(super) fn sniff(view: &View<'_>) -> Sniff {
    let corrupt = |why: &str| Sniff::Corrupt { claims: Format::Webm, why: why.to_owned() };
    let header = match element_at(view, 0) {
        Ok(element) => element,
        Err(Some(Gap::Ask(ask))) => return ask.into(),
        Err(_) => return corrupt("a broken EBML header"),
    };
    let Some(size) = header.size.filter(|size| header.id == EBML && *size <= 1024) else {
        return corrupt("a broken EBML header");
    };
    let segment_at = size.saturating_add(header.head as u64);
    let inside = match view.need(header.head as u64, usize::try_from(size).unwrap_or_default()) {
        Ok(inside) => inside,
        Err(Gap::Ask(ask)) => return ask.into(),
        Err(_) => return corrupt("the file ends within its EBML header"),
    };
    // An absent type is the default, Matroska.
    let kind = children(inside).find(|(id, _)| *id == DOC_TYPE).map_or(&b"matroska"[..], |(_, value)| value);
    if ![&b"webm"[..], b"matroska"].contains(&kind.strip_suffix(b"\0").unwrap_or(kind)) {
        return Sniff::Unknown;
    }
    let segment = match element_at(view, segment_at) {
        Ok(segment) if segment.id == SEGMENT => segment,
        Err(Some(Gap::Ask(ask))) => return ask.into(),
        Err(Some(Gap::End)) => return corrupt("an EBML header and no segment"),
        _ => return corrupt("no segment behind the EBML header"),
    };
    let inside = segment_at.saturating_add(segment.head as u64);
    let stated_end = segment.size.map(|size| inside.saturating_add(size));
    let (mut at, mut duration, mut cluster) = (inside, None, None);
    for count in 0..MAX_ELEMENTS {
        let element = match element_at(view, at) {
            Ok(element) => element,
            Err(Some(Gap::Ask(Ask::More))) => return Sniff::More,
            Err(Some(Gap::End)) if count == 0 => return corrupt("an empty segment"),
            Err(None) if cluster.is_none() => return corrupt("bytes that are no element in the segment"),
            Err(_) => break,
        };
        let payload = at.saturating_add(element.head as u64);
        if element.id == INFO {
            let want = element.size.and_then(|size| usize::try_from(size).ok()).unwrap_or(INFO_MAX).min(INFO_MAX);
            match view.need(payload, want) {
                Ok(bytes) => duration = info(bytes).1,
                Err(Gap::Ask(Ask::More)) => return Sniff::More,
                Err(_) => {}
            }
        }
        if element.id == CLUSTER {
            cluster = Some(at);
            break;
        }
        let Some(size) = element.size else { return corrupt("an element of unknown size that may not be") };
        at = payload.saturating_add(size);
    }
    let bytes = view.end().or(stated_end);
    Sniff::Audio(Facts {
        format: Format::Webm,
        audio_start: cluster.unwrap_or(at),
        bitrate_kbps: bytes.zip(duration).and_then(|(bytes, ms)| kbps(bytes, ms)),
        duration_ms: duration,
        stated_end,
        stated_duration_ms: duration,
        moov: None,
        odd_codec: None,
        remarks: Vec::new(),
    })
}

/// The header of the element at `at`; `Err(None)` where the bytes are none.
fn element_at(view: &View<'_>, at: u64) -> Result<Element, Option<Gap>> {
    match view.need(at, LONGEST_HEAD) {
        Ok(bytes) => Element::read(bytes).ok_or(None),
        Err(Gap::End) => Element::read(view.tail(at)).ok_or(Some(Gap::End)),
        Err(gap) => Err(Some(gap)),
    }
}
