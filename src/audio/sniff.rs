//! Which format's rules are asked, and in which order.

use super::view::{Gap, View, holds};
use super::{Format, Impostor, Sniff, Window};
use super::{flac, frames, hls, id3, impostor, mp4, ogg, wav, webm};

/// Bytes that every magic number fits into.
const MAGIC: usize = 16;

/// Tells what the bytes are. It never asks twice: where `jump` is given (even an empty one, because the
/// server would not give those bytes) or the head is complete, it answers with what it sees.
///
/// A container's magic number comes first, then what is no audio by its magic number, then text, then
/// MPEG and ADTS frames, which have no magic number and are looked for behind up to 16 KiB of junk.
/// A `total` below the head's length is not believed to be smaller than what is seen.
pub fn sniff(window: &Window<'_>) -> Sniff {
    let view = View::new(window);
    if window.head.is_empty() && window.jump.is_none() {
        return if window.complete || window.total == Some(0) { Sniff::Empty } else { Sniff::More };
    }
    let start = match id3::skip(&view) {
        Ok(start) => start,
        Err((_, Gap::Ask(ask))) => return ask.into(),
        Err((_, Gap::Blind)) => return Sniff::Unknown,
        Err((at, Gap::End)) => {
            let why = match view.end() {
                _ if at == 0 => "the file ends within its ID3 tag's header",
                Some(end) if at > end => "the ID3 tag is longer than the file",
                _ => "an ID3 tag and no audio",
            };
            return Sniff::Corrupt { claims: Format::Mp3, why: why.to_owned() };
        }
    };
    if let Err(Gap::Ask(ask)) = view.need(start, MAGIC) {
        return ask.into();
    }
    let sniff = at(&view, start);
    if start == 0 {
        return sniff;
    }
    // Behind an ID3 tag nothing but audio keeps the tag's promise.
    let why = match sniff {
        Sniff::Impostor(impostor) => format!("behind its ID3 tag is {}", impostor.as_str()),
        Sniff::Unknown if window.jump.is_none_or(|(_, bytes)| !bytes.is_empty()) => {
            "behind its ID3 tag is no frame of audio".to_owned()
        }
        other => return other,
    };
    Sniff::Corrupt { claims: Format::Mp3, why }
}

/// What begins at `start`.
fn at(view: &View<'_>, start: u64) -> Sniff {
    let bytes = view.tail(start);
    if bytes.starts_with(b"fLaC") {
        return flac::sniff(view, start);
    }
    if bytes.starts_with(b"ADIF") {
        return frames::adif(view, start);
    }
    let container = container(bytes);
    if let Some(format) = container {
        if start > 0 {
            let why = format!("an ID3 tag in front of {format}, which players do not look behind");
            return Sniff::Corrupt { claims: Format::Mp3, why };
        }
        return match format {
            Format::Wav => wav::sniff(view),
            Format::Webm => webm::sniff(view),
            Format::Hls => hls::sniff(view),
            Format::Mp4 => mp4::sniff(view),
            _ => ogg::sniff(view),
        };
    }
    if let Some(impostor) = impostor::by_magic(bytes) {
        return Sniff::Impostor(impostor);
    }
    if impostor::foreign(bytes) {
        return Sniff::Unknown;
    }
    let whole = matches!(view.gap(start, bytes.len().saturating_add(1)), Gap::End);
    if let Some(impostor) = impostor::by_text(bytes, whole || view.settled()) {
        return Sniff::Impostor(impostor);
    }
    match frames::sniff(view, start) {
        Some(sniff) => sniff,
        None if impostor::legacy_text(bytes) => Sniff::Impostor(Impostor::Text),
        None => Sniff::Unknown,
    }
}

/// The container whose magic number begins `bytes`.
fn container(bytes: &[u8]) -> Option<Format> {
    let riff = [&b"RIFF"[..], b"RF64", b"BW64"].iter().any(|magic| bytes.starts_with(magic));
    if bytes.starts_with(b"OggS") {
        Some(Format::OggVorbis)
    } else if riff && holds(bytes, 8, b"WAVE") {
        Some(Format::Wav)
    } else if bytes.starts_with(b"\x1a\x45\xdf\xa3") {
        Some(Format::Webm)
    } else if bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).starts_with(b"#EXTM3U") {
        Some(Format::Hls)
    } else if mp4::begins(bytes) {
        Some(Format::Mp4)
    } else {
        None
    }
}
