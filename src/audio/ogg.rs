//! Ogg (RFC 3533) with Vorbis, Opus (RFC 7845), FLAC or Speex in it.

use super::crc;
use super::flac::StreamInfo;
use super::view::{Ask, Gap, View, holds, kbps, le16, le32, le64, millis};
use super::{Facts, Format, Sniff};

/// Pages that are followed.
const MAX_PAGES: usize = 4096;
/// Bytes of a page's header without its table of segments.
pub(super) const PAGE_HEAD: usize = 27;

/// A page's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// The first page of its stream.
    pub(super) first: bool,
    /// The last page of its stream.
    pub(super) last: bool,
    /// Where the stream is at the end of the page; `None` where no packet ends on it.
    pub(super) granule: Option<u64>,
    pub(super) serial: u32,
    /// Bytes of the header.
    pub(super) head: usize,
    /// Bytes of the page, its header with it.
    pub(super) length: usize,
    crc: u32,
}

impl Page {
    /// Bytes of the header that begins `bytes`, once its fixed part is seen.
    pub(super) fn head_length(bytes: &[u8]) -> Option<usize> {
        (bytes.starts_with(b"OggS\0")).then_some(())?;
        Some(PAGE_HEAD.saturating_add(usize::from(*bytes.get(26)?)))
    }

    /// The header at the start of `bytes`.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let head = Self::head_length(bytes)?;
        let segments = bytes.get(PAGE_HEAD..head)?;
        let body = segments.iter().map(|length| usize::from(*length)).sum::<usize>();
        let flags = *bytes.get(5)?;
        Some(Self {
            first: flags & 2 != 0,
            last: flags & 4 != 0,
            granule: le64(bytes, 6).filter(|granule| *granule != u64::MAX),
            serial: le32(bytes, 14)?,
            head,
            length: head.saturating_add(body),
            crc: le32(bytes, 22)?,
        })
    }

    /// The checksum holds; `bytes` is the whole page.
    fn sound(&self, bytes: &[u8]) -> bool {
        let (before, after) = (bytes.get(..22).unwrap_or_default(), bytes.get(26..self.length).unwrap_or_default());
        crc::ogg(crc::ogg(crc::ogg(0, before), &[0; 4]), after) == self.crc
    }
}

/// A stream's codec, from its first packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Codec {
    pub(super) format: Format,
    /// Granules a second.
    pub(super) rate: u64,
    /// Granules at the start that are not played.
    pub(super) skip: u64,
    /// The bitrate that the encoder aimed at, kbit/s.
    nominal: Option<u32>,
    stated: Option<u64>,
    odd: Option<String>,
}

/// Bytes of a first packet that tell its codec.
pub(super) const CODEC_PEEK: usize = 64;

impl Codec {
    /// Reads the first packet of a stream; `None` where it is no audio, or broken.
    pub(super) fn read(packet: &[u8]) -> Option<Self> {
        let plain = |format, rate| Self { format, rate, skip: 0, nominal: None, stated: None, odd: None };
        let codec = if packet.starts_with(b"\x01vorbis") {
            let nominal = le32(packet, 20).filter(|rate| (1..1_000_000_000).contains(rate)).map(|rate| rate / 1000);
            if le32(packet, 7) != Some(0) || packet.get(11).is_none_or(|channels| *channels == 0) {
                return None;
            }
            Self { nominal, ..plain(Format::OggVorbis, u64::from(le32(packet, 12)?)) }
        } else if packet.starts_with(b"OpusHead") {
            // The major half of the version is 0.
            if packet.get(8)? >> 4 != 0 || *packet.get(9)? == 0 {
                return None;
            }
            Self { skip: u64::from(le16(packet, 10)?), ..plain(Format::OggOpus, 48_000) }
        } else if packet.starts_with(b"\x7fFLAC") && holds(packet, 9, b"fLaC") {
            let info = StreamInfo::read(packet.get(17..)?)?;
            let stated = info.samples.and_then(|samples| millis(samples, info.rate));
            Self { stated, ..plain(Format::Flac, info.rate) }
        } else if packet.starts_with(b"Speex   ") {
            Self { odd: Some("speex".to_owned()), ..plain(Format::OggVorbis, u64::from(le32(packet, 36)?)) }
        } else {
            return None;
        };
        (codec.rate > 0).then_some(codec)
    }
}

/// Ogg. The first audio stream counts; Theora and skeletons beside it do not. Speex is called Vorbis
/// with an odd codec: the container is the same.
pub(super) fn sniff(view: &View<'_>) -> Sniff {
    let corrupt = |format: Option<Format>, why: &str| Sniff::Corrupt {
        claims: format.unwrap_or(Format::OggVorbis),
        why: why.to_owned(),
    };
    let mut audio: Option<(Codec, u32)> = None;
    let (mut at, mut data, mut granule, mut ended) = (0_u64, None, None, false);
    // Granule and end of the first page and of the last on which audio ends.
    let mut span: Option<((u64, u64), (u64, u64))> = None;
    for count in 0..MAX_PAGES {
        let claims = audio.as_ref().map(|(codec, _)| codec.format);
        let (page, bytes) = match page_at(view, at) {
            Ok(page) => page,
            Err(Some(gap)) if audio.is_some() && count > 1 => {
                ended = gap == Gap::End;
                break;
            }
            Err(Some(Gap::Ask(ask))) => return ask.into(),
            Err(Some(Gap::End)) if count == 0 => return corrupt(claims, "the file ends within its first page"),
            Err(Some(Gap::End)) => return corrupt(claims, "the file ends behind its first page"),
            Err(Some(Gap::Blind)) => return Sniff::Unknown,
            // Later pages may be damaged; apps find the next.
            Err(None) if count > 2 && audio.is_some() => break,
            Err(None) => return corrupt(claims, "a page's header is broken"),
        };
        let whole = bytes.get(..page.length);
        if whole.is_none()
            && count <= 1
            && let Gap::Ask(Ask::More) = view.gap(at, page.length)
        {
            return Sniff::More;
        }
        if whole.is_some_and(|whole| !page.sound(whole)) && count <= 2 {
            return corrupt(claims, "a page's checksum does not hold");
        }
        if count == 0 && !page.first {
            return corrupt(claims, "it does not begin with the first page of a stream");
        }
        if page.first && data.is_some() {
            break; // the next stream of a chain (RFC 3533 4): its granules begin anew
        }
        let packet = bytes.get(page.head..).unwrap_or_default();
        if page.first && audio.is_none() && data.is_none() {
            let packet = packet.get(..page.length.saturating_sub(page.head)).unwrap_or(packet);
            audio = Codec::read(packet).map(|codec| (codec, page.serial));
        } else if !page.first && data.is_none() {
            data = Some(at);
        }
        if audio.as_ref().is_some_and(|(_, serial)| *serial == page.serial) {
            granule = page.granule.filter(|granule| *granule > 0).or(granule);
            if let Some(now) = page.granule.filter(|granule| *granule > 0) {
                let here = (now, at.saturating_add(page.length as u64));
                span = Some((span.map_or(here, |(first, _)| first), here));
            }
        }
        at = at.saturating_add(page.length as u64);
        if audio.is_none() && data.is_some() {
            break; // all streams have shown their first page
        }
    }
    let Some((codec, _)) = audio else { return corrupt(None, "no stream of a known audio codec") };
    // The granule of the last page seen is the duration only where all pages were seen.
    let counted = granule.filter(|_| ended).and_then(|end| millis(end.saturating_sub(codec.skip), codec.rate));
    let told = codec.stated.or(counted);
    // Between two pages, because a live stream does not begin at 0, and a cover is no audio.
    let seen = span.and_then(|((from, start), (to, end))| {
        kbps(end.checked_sub(start)?, millis(to.checked_sub(from)?, codec.rate)?)
    });
    let average = view.end().zip(told).and_then(|(bytes, ms)| kbps(bytes, ms)).or(seen).filter(|kbps| *kbps > 0);
    let duration = told.or_else(|| view.end()?.checked_mul(8)?.checked_div(u64::from(average?)));
    Sniff::Audio(Facts {
        format: codec.format,
        audio_start: 0,
        bitrate_kbps: average.or(codec.nominal),
        duration_ms: duration,
        stated_end: None,
        stated_duration_ms: codec.stated,
        moov: None,
        odd_codec: codec.odd,
        remarks: Vec::new(),
    })
}

/// The page at `at`, with all bytes that are seen from there; `Err(None)` where there is none.
fn page_at<'a>(view: &View<'a>, at: u64) -> Result<(Page, &'a [u8]), Option<Gap>> {
    let head = Page::head_length(view.need(at, PAGE_HEAD).map_err(Some)?).ok_or(None)?;
    let page = Page::read(view.need(at, head).map_err(Some)?).ok_or(None)?;
    Ok((page, view.tail(at)))
}
