//! WAV: RIFF WAVE, and its 64-bit kin RF64 and BW64 (ITU-R BS.2088).

use super::view::{Gap, View, kbps, le16, le32, le64, millis};
use super::{Facts, Format, Sniff};

/// Chunks that are followed.
const MAX_CHUNKS: usize = 256;

/// What `fmt ` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fmt {
    /// Samples a second.
    pub(super) rate: u32,
    /// Bytes a second, on average.
    pub(super) bytes_a_second: u32,
    /// The codec, where few apps play it.
    pub(super) odd_codec: Option<String>,
}

impl Fmt {
    /// Reads the payload of a `fmt ` chunk.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (mut tag, channels) = (le16(bytes, 0)?, le16(bytes, 2)?);
        let (rate, bytes_a_second, _block) = (le32(bytes, 4)?, le32(bytes, 8)?, le16(bytes, 12)?);
        if channels == 0 || rate == 0 {
            return None;
        }
        if tag == 0xfffe {
            // Extensible: the tag is the start of the sub-format's GUID.
            tag = le16(bytes, 24)?;
        }
        let name = match tag {
            1 | 3 | 6 | 7 => None, // PCM, float, A-law, mu-law
            0x02 => Some("ms-adpcm"),
            0x11 => Some("ima-adpcm"),
            0x31 => Some("gsm610"),
            0x50 => Some("mp2"),
            0x55 => Some("mp3"),
            0xff | 0x1600 | 0x1610 => Some("aac"),
            0x160..=0x162 => Some("wma"),
            _ => Some(""),
        };
        let odd_codec = name.map(|name| if name.is_empty() { format!("{tag:#06x}") } else { name.to_owned() });
        Some(Self { rate, bytes_a_second, odd_codec })
    }
}

/// A size that says nothing: the writer could not go back to fill it in.
pub(super) fn streamed(size: u32) -> bool {
    size == 0 || size == u32::MAX
}

/// RIFF WAVE, RF64, BW64.
pub(super) fn sniff(view: &View<'_>) -> Sniff {
    let corrupt = |why: &str| Sniff::Corrupt { claims: Format::Wav, why: why.to_owned() };
    let riff = view.head().starts_with(b"RIFF");
    let mut riff_end = le32(view.head(), 4).filter(|size| riff && !streamed(*size)).map(|size| u64::from(size) + 8);
    let (mut fmt, mut long_data, mut samples) = (None, None, None);
    let mut at = 12_u64;
    for _ in 0..MAX_CHUNKS {
        let head = match view.need(at, 8) {
            Ok(head) => head,
            Err(Gap::Ask(ask)) => return ask.into(),
            Err(Gap::End) if fmt.is_none() => return corrupt("no format chunk (fmt)"),
            Err(Gap::End) => return corrupt("no audio chunk (data)"),
            Err(Gap::Blind) => return Sniff::Unknown,
        };
        let (kind, size) = (head.get(..4).unwrap_or_default(), le32(head, 4).unwrap_or_default());
        let payload = at.saturating_add(8);
        if kind == b"data" {
            let Some(fmt) = fmt else { return corrupt("audio (data) without a format chunk (fmt) before it") };
            let size = long_data.or_else(|| (!streamed(size)).then_some(u64::from(size)));
            return Sniff::Audio(facts(view, &fmt, payload, size, riff_end, samples));
        }
        let want = match kind {
            b"fmt " => 40,
            b"ds64" => 24,
            b"fact" => 4,
            _ => 0,
        };
        if want > 0 {
            let want = want.min(usize::try_from(size).unwrap_or(usize::MAX));
            match (view.need(payload, want), kind) {
                (Ok(bytes), b"fmt ") => match Fmt::read(bytes) {
                    Some(read) => fmt = Some(read),
                    None => return corrupt("a format chunk (fmt) that makes no sense"),
                },
                (Ok(bytes), b"ds64") => {
                    riff_end = le64(bytes, 0).filter(|size| *size > 0).map(|size| size.saturating_add(8));
                    long_data = le64(bytes, 8).filter(|size| *size > 0);
                }
                (Ok(bytes), _) => samples = le32(bytes, 0).filter(|samples| !streamed(*samples)),
                (Err(Gap::Ask(ask)), _) => return ask.into(),
                (Err(_), b"fmt ") => return corrupt("the file ends within its format chunk (fmt)"),
                (Err(_), _) => {}
            }
        } else if !kind.iter().all(|byte| matches!(byte, b' '..=b'~' | 0)) {
            return corrupt("the bytes behind the last chunk are no chunk");
        }
        at = payload.saturating_add(u64::from(size)).saturating_add(u64::from(size & 1));
    }
    corrupt("hundreds of chunks and no audio (data)")
}

fn facts(
    view: &View<'_>,
    fmt: &Fmt,
    start: u64,
    size: Option<u64>,
    riff_end: Option<u64>,
    samples: Option<u32>,
) -> Facts {
    let data_end = size.map(|size| start.saturating_add(size));
    let audio_bytes = size.or_else(|| view.end().and_then(|end| end.checked_sub(start)));
    let by_bytes = |bytes: u64| millis(bytes, u64::from(fmt.bytes_a_second));
    // Of a compressed codec the bytes a second are an average that writers get wrong; samples are not.
    let counted = samples.filter(|_| fmt.odd_codec.is_some()).and_then(|count| millis(count.into(), fmt.rate.into()));
    let stated = counted.or_else(|| size.and_then(by_bytes));
    let mut remarks = Vec::new();
    if let (Some(riff), Some(data)) = (riff_end, data_end)
        && data > riff
    {
        remarks.push("the audio chunk is longer than the file says it is".to_owned());
    }
    if size.is_none() {
        remarks.push("the size of the audio was never filled in".to_owned());
    }
    let duration = stated.or_else(|| audio_bytes.and_then(by_bytes));
    Facts {
        format: Format::Wav,
        audio_start: start,
        bitrate_kbps: match fmt.bytes_a_second {
            0 => audio_bytes.zip(duration).and_then(|(bytes, ms)| kbps(bytes, ms)),
            bytes => kbps(u64::from(bytes), 1000),
        },
        duration_ms: duration,
        stated_end: riff_end.filter(|end| *end >= start).max(data_end),
        stated_duration_ms: stated,
        moov: None,
        odd_codec: fmt.odd_codec.clone(),
        remarks,
    }
}
