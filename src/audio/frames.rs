//! Finds the first frame of MPEG audio or ADTS, proves it by the frame behind it, and reads what the
//! first frames say of the whole. What is inside a header is `mpeg`'s.

use super::id3;
use super::mpeg::{self, Adts, Header, Index, Layer};
use super::view::{Ask, Gap, View, kbps, millis};
use super::{Facts, Format, Sniff};

/// Junk before the first frame that is looked through, bytes: a live stream joined in the middle of a
/// frame, padding that a tag's size does not count, what is left of a cut-off tag.
pub(super) const JUNK_MAX: usize = 16 * 1024;
/// Frames wanted for an average where no header frame states one and more bytes can be had.
const ENOUGH: u64 = 8;
/// Frames looked at for an average.
const MOST: u64 = 400;
/// Bytes that decide whether a frame begins.
pub(super) const PEEK: usize = Adts::HEADER;

/// One frame of either kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// MPEG audio, and how long it is: free format does not say it itself.
    Mpeg(Header, usize),
    /// AAC.
    Adts(Adts),
}

impl Frame {
    /// The frame whose header begins `bytes`. `free` is the length of an unpadded frame of a
    /// free-format stream, where it is known; such a frame is not read without.
    pub(super) fn read(bytes: &[u8], free: Option<usize>) -> Option<Self> {
        if let Some(header) = Header::read(bytes) {
            let length = header.length().or_else(|| free?.checked_add(header.padding))?;
            return Some(Self::Mpeg(header, length));
        }
        Adts::read(bytes).map(Self::Adts)
    }

    pub(super) fn length(&self) -> usize {
        match self {
            Self::Mpeg(_, length) => *length,
            Self::Adts(adts) => adts.length,
        }
    }

    pub(super) fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Mpeg(ours, _), Self::Mpeg(theirs, _)) => ours.agrees(theirs),
            (Self::Adts(ours), Self::Adts(theirs)) => ours.agrees(theirs),
            _ => false,
        }
    }

    pub(super) fn samples(&self) -> u64 {
        match self {
            Self::Mpeg(header, _) => header.samples(),
            Self::Adts(adts) => adts.samples,
        }
    }

    pub(super) fn rate(&self) -> u32 {
        match self {
            Self::Mpeg(header, _) => header.rate,
            Self::Adts(adts) => adts.rate,
        }
    }

    pub(super) fn format(&self) -> Format {
        match self {
            Self::Mpeg(Header { layer: Layer::Two, .. }, _) => Format::Mp2,
            Self::Mpeg(..) => Format::Mp3,
            Self::Adts(_) => Format::Aac,
        }
    }

    /// The unpadded length that the frames of a free-format stream share.
    pub(super) fn free(&self) -> Option<usize> {
        match self {
            Self::Mpeg(header, length) if header.kbps.is_none() => length.checked_sub(header.padding),
            _ => None,
        }
    }
}

/// What the bytes at one place are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Probe {
    /// A frame, and another that agrees right behind it.
    Agreed(Frame),
    /// A frame, with too few bytes behind it to see the next.
    Lone(Frame),
    /// Perhaps a frame: too few bytes to say.
    Short,
    /// No frame.
    Not,
}

/// Whether a frame begins `bytes`; `strict` wants the third frame to agree too, where it is seen.
pub(super) fn probe(bytes: &[u8], strict: bool) -> Probe {
    if bytes.len() < PEEK {
        return if bytes.first().is_none_or(|byte| *byte == 0xff) { Probe::Short } else { Probe::Not };
    }
    let frame = match (Frame::read(bytes, None), Header::read(bytes)) {
        (Some(frame), _) => frame,
        (None, Some(header)) => return free_format(bytes, &header),
        (None, None) => return Probe::Not,
    };
    let Some(behind) = behind(bytes, &frame) else { return Probe::Lone(frame) };
    let Some(second) = Frame::read(behind, None).filter(|second| second.agrees(&frame)) else { return Probe::Not };
    if strict
        && let Some(behind) = self::behind(behind, &second)
        && !id3::trailing(behind)
        && !Frame::read(behind, None).is_some_and(|third| third.agrees(&frame))
    {
        return Probe::Not;
    }
    Probe::Agreed(frame)
}

/// The bytes behind the frame that begins `bytes`, where they are enough to tell.
fn behind<'a>(bytes: &'a [u8], frame: &Frame) -> Option<&'a [u8]> {
    bytes.get(frame.length()..).filter(|next| next.len() >= PEEK)
}

/// Places tried for the second header of a free-format frame: data that is all headers is no stream.
const FREE_TRIES: usize = 16;

/// A free-format frame is as long as the way to the next header that agrees, if the one after that is
/// as far away again.
fn free_format(bytes: &[u8], header: &Header) -> Probe {
    let end = bytes.len().min(mpeg::LONGEST);
    // A frame holds at least its header and side information; 24 bytes is the shortest there is.
    let within = bytes.get(24..end).unwrap_or_default();
    let mut undecided = bytes.len() < mpeg::LONGEST.saturating_add(PEEK);
    let mut tries = 0;
    for at in memchr::memchr_iter(0xff, within).map(|at| at.saturating_add(24)) {
        let Some(second) = bytes.get(at..).and_then(Header::read) else { continue };
        if !second.agrees(header) {
            continue;
        }
        tries += 1;
        if tries > FREE_TRIES {
            return Probe::Not;
        }
        let Some(free) = at.checked_sub(header.padding) else { continue };
        let third = at.saturating_add(free).saturating_add(second.padding);
        match bytes.get(third..).filter(|rest| rest.len() >= PEEK) {
            Some(rest) if Header::read(rest).is_some_and(|third| third.agrees(header)) => {
                return Probe::Agreed(Frame::Mpeg(*header, at));
            }
            Some(_) => {}
            None => undecided = true,
        }
    }
    if undecided { Probe::Short } else { Probe::Not }
}

/// Where the first frame was found.
enum Found {
    /// By two that agree.
    Agreed(u64, Frame),
    /// One frame at which the file ends.
    Lone(u64, Frame),
    /// Nowhere; whether a header stood at the very start, and what kind it claims.
    Nowhere(Option<Format>),
    /// More bytes are to be had that decide.
    Ask(Ask),
    /// More bytes would decide, but none are to be had.
    Blind,
}

fn find(view: &View<'_>, start: u64) -> Found {
    let bytes = view.tail(start);
    let (mut claim, mut blind) = (None, false);
    let limit = bytes.len().min(JUNK_MAX);
    for at in memchr::memchr_iter(0xff, bytes.get(..limit).unwrap_or_default()) {
        let (rest, offset) = (bytes.get(at..).unwrap_or_default(), start.saturating_add(at as u64));
        let probed = probe(rest, at > 0);
        if at == 0 {
            claim = match Header::read(rest) {
                Some(header) if header.layer == Layer::Two => Some(Format::Mp2),
                Some(_) => Some(Format::Mp3),
                None => Adts::read(rest).map(|_| Format::Aac),
            };
        }
        let lone = match probed {
            Probe::Agreed(frame) => return Found::Agreed(offset, frame),
            Probe::Not => continue,
            Probe::Lone(frame) => Some(frame),
            Probe::Short => None,
        };
        let want = lone.map_or(mpeg::LONGEST, |frame| frame.length()).saturating_add(PEEK);
        match view.gap(offset, want) {
            Gap::Ask(ask) => return Found::Ask(ask),
            Gap::Blind => blind |= at == 0,
            Gap::End => {
                let Some(frame) = lone else { continue };
                let behind = rest.get(frame.length()..);
                // In junk only a frame that fits the file's end to the byte is believed.
                if at == 0 || behind.is_some_and(|behind| behind.is_empty() || id3::trailing(behind)) {
                    return Found::Lone(offset, frame);
                }
            }
        }
    }
    if limit < JUNK_MAX
        && let Gap::Ask(ask) = view.gap(start, limit.saturating_add(PEEK))
    {
        return Found::Ask(ask);
    }
    if blind { Found::Blind } else { Found::Nowhere(claim) }
}

/// What the frames that are seen from the first on have in common.
#[derive(Default)]
struct Walk {
    frames: u64,
    samples: u64,
    bytes: u64,
    /// The one bitrate of all of them.
    constant: Option<u32>,
    /// It ended where the view does, not at something that is no frame.
    ran_out: bool,
}

fn walk(bytes: &[u8], first: Frame) -> Walk {
    let mut walk = Walk::default();
    let (mut at, mut varies) = (0_usize, false);
    while walk.frames < MOST {
        let rest = bytes.get(at..).unwrap_or_default();
        if rest.len() < PEEK {
            walk.ran_out = true;
            break;
        }
        let Some(frame) = Frame::read(rest, first.free()).filter(|frame| frame.agrees(&first)) else { break };
        walk.frames += 1;
        walk.samples = walk.samples.saturating_add(frame.samples());
        walk.bytes = walk.bytes.saturating_add(frame.length() as u64);
        if let Frame::Mpeg(Header { kbps: Some(kbps), .. }, _) = frame {
            varies |= walk.constant.is_some_and(|before| before != kbps);
            walk.constant = Some(kbps);
        }
        at = at.saturating_add(frame.length());
    }
    if varies {
        walk.constant = None;
    }
    walk
}

/// MPEG audio and ADTS from `start` (behind any ID3v2 tag) on. `None`: there is neither, and nothing
/// at the start that claims to be.
pub(super) fn sniff(view: &View<'_>, start: u64) -> Option<Sniff> {
    let (offset, frame, alone) = match find(view, start) {
        Found::Agreed(offset, frame) => (offset, frame, false),
        Found::Lone(offset, frame) => (offset, frame, true),
        Found::Ask(ask) => return Some(ask.into()),
        Found::Blind => return Some(Sniff::Unknown),
        Found::Nowhere(None) => return None,
        Found::Nowhere(Some(claims)) => {
            let why = "a frame header, and no frame that agrees behind it".to_owned();
            return Some(Sniff::Corrupt { claims, why });
        }
    };
    let format = frame.format();
    let bytes = view.tail(offset);
    let tag = match frame {
        Frame::Mpeg(header, length) => mpeg::index(&header, bytes.get(..length).unwrap_or(bytes)),
        Frame::Adts(_) => None,
    };
    let corrupt = |why: String| Some(Sniff::Corrupt { claims: format, why });
    if alone && let Some(tag) = &tag {
        return corrupt(format!("a header frame ({}) and no audio", tag.name));
    }
    if alone && bytes.len() < frame.length() {
        return corrupt("the file ends within its first frame".to_owned());
    }
    // The header frame plays nothing and has a bitrate of its own.
    let skip = if tag.is_some() { frame.length() } else { 0 };
    let seen = walk(bytes.get(skip..).unwrap_or_default(), frame);
    if tag.is_none()
        && seen.ran_out
        && seen.frames < ENOUGH
        && !view.settled()
        && let Gap::Ask(ask) = view.gap(offset, bytes.len().saturating_add(PEEK))
    {
        return Some(ask.into());
    }
    let mut remarks = Vec::new();
    let junk = offset.saturating_sub(start);
    if junk > 0 {
        let before = view.tail(start).iter().take(usize::try_from(junk).unwrap_or(usize::MAX));
        let kind = if before.into_iter().all(|byte| *byte == 0) { "zeros" } else { "junk" };
        remarks.push(format!("{junk} bytes of {kind} before the first frame"));
    }
    if alone {
        remarks.push("a single frame".to_owned());
    }
    let (rate, samples) = (u64::from(frame.rate()), frame.samples());
    let tag = tag.map(|tag| sound(&tag, rate, samples, &mut remarks)).unwrap_or_default();
    let stated_ms = tag.frames.and_then(|frames| millis(frames.saturating_mul(samples), rate));
    let audio_bytes = view.end().and_then(|end| end.checked_sub(offset));
    let seen_ms = millis(seen.samples, rate).unwrap_or_default();
    let computed = || {
        let bytes = u128::from(audio_bytes?);
        let ms = match seen.constant {
            Some(kbps) => bytes.checked_mul(8)?.checked_div(u128::from(kbps))?,
            None => {
                bytes.checked_mul(u128::from(seen.samples))?.checked_mul(1000)?
                    / u128::from(rate.saturating_mul(seen.bytes)).max(1)
            }
        };
        u64::try_from(ms).ok()
    };
    let average = match (tag.bytes.or(audio_bytes), stated_ms) {
        (Some(bytes), Some(ms)) => kbps(bytes, ms),
        _ => seen.constant.or_else(|| kbps(seen.bytes, seen_ms)),
    };
    Some(Sniff::Audio(Facts {
        format,
        audio_start: offset,
        bitrate_kbps: average,
        duration_ms: stated_ms.or_else(computed),
        stated_end: tag.bytes.map(|bytes| offset.saturating_add(bytes)),
        stated_duration_ms: stated_ms,
        moov: None,
        odd_codec: None,
        remarks,
    }))
}

/// The header frame without numbers that cannot be: zeros, and a bitrate that no stream has.
fn sound(tag: &Index, rate: u64, samples: u64, remarks: &mut Vec<String>) -> Index {
    let mut sound = tag.clone();
    if tag.frames == Some(0) {
        remarks.push(format!("the {} header counts no frame", tag.name));
        sound.frames = None;
    }
    sound.bytes = tag.bytes.filter(|bytes| *bytes > 0);
    if let (Some(frames), Some(bytes)) = (sound.frames, sound.bytes) {
        let average = millis(frames.saturating_mul(samples), rate).and_then(|ms| kbps(bytes, ms));
        if !average.is_some_and(|kbps| (4..=1000).contains(&kbps)) {
            remarks.push(format!("the {} header's frames and bytes cannot both be true", tag.name));
            sound.frames = None;
            sound.bytes = None;
        }
    }
    sound
}

/// Bare AAC behind one header, ADIF (ISO 14496-3 1.A.2): nothing but the header can be proven.
pub(super) fn adif(view: &View<'_>, start: u64) -> Sniff {
    let bytes = match view.need(start, 24) {
        Ok(bytes) => bytes,
        Err(Gap::Ask(ask)) => return ask.into(),
        Err(_) => view.tail(start),
    };
    let mut bits = Bits { bytes: bytes.get(4..).unwrap_or_default(), at: 0 };
    let mut header = || -> Option<(u32, u32)> {
        if bits.take(1)? == 1 {
            bits.at += 72; // a copyright identification
        }
        bits.take(2)?; // original, home
        let variable = bits.take(1)?;
        let rate = bits.take(23)?;
        bits.take(4)?; // program config elements, less one
        if variable == 0 {
            bits.take(20)?; // buffer fullness
        }
        bits.take(6)?; // instance tag, object type
        Some((rate, bits.take(4)?))
    };
    let Some((rate, _)) = header().filter(|(_, index)| mpeg::AAC_RATES.get(*index as usize).is_some()) else {
        return Sniff::Corrupt {
            claims: Format::Aac,
            why: "an ADIF header that ends early or names no sample rate".to_owned(),
        };
    };
    let kbps = rate.checked_div(1000).filter(|kbps| *kbps > 0);
    let audio_bytes = view.end().and_then(|end| end.checked_sub(start));
    let duration = kbps.and_then(|kbps| audio_bytes?.checked_mul(8)?.checked_div(u64::from(kbps)));
    Sniff::Audio(Facts {
        format: Format::Aac,
        audio_start: start,
        bitrate_kbps: kbps,
        duration_ms: duration,
        stated_end: None,
        stated_duration_ms: None,
        moov: None,
        odd_codec: Some("aac (adif)".to_owned()),
        remarks: Vec::new(),
    })
}

/// Reads bits, the most significant first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> Option<u32> {
        let mut value = 0_u32;
        for _ in 0..count {
            let byte = *self.bytes.get(self.at / 8)?;
            value = (value << 1) | u32::from((byte >> (7 - self.at % 8)) & 1);
            self.at += 1;
        }
        Some(value)
    }
}
