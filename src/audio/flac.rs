//! FLAC (RFC 9639): STREAMINFO, the metadata blocks, the first frame's header.

use super::crc;
use super::view::{Gap, View, be16, be64, kbps, millis};
use super::{Facts, Format, Sniff};

/// Metadata blocks that are followed.
const MAX_BLOCKS: usize = 128;
/// Bytes of the longest frame header: sync and codes 4, coded number 7, block size 2, rate 2, CRC 1.
pub(super) const LONGEST_HEADER: usize = 16;

/// What STREAMINFO says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StreamInfo {
    /// The smallest block, samples; of a stream with a fixed block size, each but the last.
    pub(super) min_block: u64,
    /// Sample rate, Hz.
    pub(super) rate: u64,
    /// All samples, where known.
    pub(super) samples: Option<u64>,
}

impl StreamInfo {
    /// Reads the 34 bytes of the block.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let packed = be64(bytes, 10)?;
        let (rate, samples) = (packed >> 44, packed & 0xf_ffff_ffff);
        let (min, max) = (be16(bytes, 0)?, be16(bytes, 2)?);
        if rate == 0 || max < 16 || min > max {
            return None;
        }
        Some(Self { min_block: u64::from(min), rate, samples: (samples > 0).then_some(samples) })
    }
}

/// What a frame's header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameHead {
    /// The number is that of the frame's first sample, not of the frame.
    pub(super) by_sample: bool,
    pub(super) number: u64,
    /// Samples of the frame.
    pub(super) block: u64,
}

impl FrameHead {
    /// The header at the start of `bytes`, if its CRC holds.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let [0xff, sync @ (0xf8 | 0xf9), codes, channels, ..] = *bytes else { return None };
        if codes >> 4 == 0 || codes & 15 == 15 || channels >> 4 > 10 || channels & 1 != 0 {
            return None;
        }
        let mut at = 4;
        let lead = *bytes.get(at)?;
        let more = match lead.leading_ones() {
            0 => 0_u32,
            ones @ 2..=7 => ones - 1,
            _ => return None,
        };
        let mut number = u64::from(lead) & (0x7f_u64 >> if more == 0 { 0 } else { more + 1 });
        at += 1;
        for _ in 0..more {
            let byte = *bytes.get(at)?;
            if byte >> 6 != 2 {
                return None;
            }
            number = (number << 6) | u64::from(byte & 0x3f);
            at += 1;
        }
        let block = match codes >> 4 {
            1 => 192,
            size @ 2..=5 => 576 << (size - 2),
            6 => {
                at += 1;
                u64::from(*bytes.get(at - 1)?) + 1
            }
            7 => {
                at += 2;
                u64::from(be16(bytes, at - 2)?) + 1
            }
            size => 256_u64 << (size - 8),
        };
        at += match codes & 15 {
            12 => 1,
            13 | 14 => 2,
            _ => 0,
        };
        let crc = *bytes.get(at)?;
        (crc::flac8(bytes.get(..at)?) == crc).then_some(Self { by_sample: sync == 0xf9, number, block })
    }
}

/// FLAC from `start` on.
pub(super) fn sniff(view: &View<'_>, start: u64) -> Sniff {
    let corrupt = |why: &str| Sniff::Corrupt { claims: Format::Flac, why: why.to_owned() };
    let info = match view.need(start, 42) {
        Ok(bytes) => match bytes.get(4..8) {
            Some([0 | 0x80, 0, 0, 34]) => StreamInfo::read(bytes.get(8..).unwrap_or_default()),
            _ => None,
        },
        Err(Gap::Ask(ask)) => return ask.into(),
        Err(Gap::End) => return corrupt("the file ends within its STREAMINFO"),
        Err(Gap::Blind) => return Sniff::Unknown,
    };
    let Some(info) = info else { return corrupt("no STREAMINFO that makes sense behind fLaC") };
    let (mut at, mut audio, mut last) = (start.saturating_add(4), None, false);
    for _ in 0..MAX_BLOCKS {
        if last {
            match view.need(at, LONGEST_HEADER) {
                Ok(bytes) if FrameHead::read(bytes).is_some() => audio = Some(at),
                Ok(_) => return corrupt("no frame behind the metadata"),
                Err(Gap::Ask(ask)) => return ask.into(),
                Err(Gap::End) => match FrameHead::read(view.tail(at)) {
                    Some(_) => audio = Some(at),
                    None => return corrupt("metadata and no audio"),
                },
                Err(Gap::Blind) => {}
            }
            break;
        }
        let [kind, a, b, c] = match view.need(at, 4) {
            Ok(&[kind, a, b, c]) => [kind, a, b, c],
            Ok(_) | Err(Gap::Blind) => break,
            Err(Gap::Ask(ask)) => return ask.into(),
            Err(Gap::End) => return corrupt("the file ends within its metadata"),
        };
        if kind & 0x7f == 0x7f {
            return corrupt("a metadata block of the forbidden type 127");
        }
        last = kind & 0x80 != 0;
        at = at.saturating_add(4).saturating_add(u64::from(u32::from_be_bytes([0, a, b, c])));
    }
    let stated = info.samples.and_then(|samples| millis(samples, info.rate));
    let audio_start = audio.unwrap_or(at);
    let bytes = view.end().and_then(|end| end.checked_sub(audio_start));
    Sniff::Audio(Facts {
        format: Format::Flac,
        audio_start,
        bitrate_kbps: bytes.zip(stated).and_then(|(bytes, ms)| kbps(bytes, ms)),
        duration_ms: stated,
        stated_end: None,
        stated_duration_ms: stated,
        moov: None,
        odd_codec: None,
        remarks: Vec::new(),
    })
}
