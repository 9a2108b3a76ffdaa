//! The files that stand at the end of chains, and the answers that deliver them well.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{LazyLock, Mutex, PoisonError};

use bytes::Bytes;

use crate::audio::make::{self, Mp3, Stated};
use crate::lab::http::{Answer, Asked, Reply};

/// A file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::lab) enum File {
    /// 75 seconds of MP3.
    Mp3,
    /// The same behind an ID3 tag of 300 KB.
    Tagged,
    /// Two seconds of MP3.
    Small,
    /// 160 KiB of MP3 at the highest bitrate.
    Dense,
    /// Nothing.
    Empty,
    /// The head of an MP3 frame, and no frame where the next should be.
    Corrupt,
    /// Half of an MP3 whose header states the whole.
    Truncated,
    /// M4A, its index first.
    M4a,
    /// M4A, its index last.
    M4aLate,
    /// Vorbis in Ogg.
    Vorbis,
    /// Opus in Ogg.
    Opus,
    /// FLAC.
    Flac,
    /// WAV.
    Wav,
    /// WebM.
    Webm,
    /// AAC in ADTS.
    Aac,
    /// An HLS playlist.
    Hls,
    /// A web page.
    Html,
    /// What S3 says to strangers.
    Xml,
    /// An error in JSON.
    Json,
    /// Text.
    Text,
    /// A picture.
    Image,
    /// A PDF document.
    Pdf,
    /// A gzip file.
    Gzip,
}

/// Every file with its name in URLs and its media type.
const FILES: &[(File, &str, &str)] = &[
    (File::Mp3, "episode.mp3", "audio/mpeg"),
    (File::Tagged, "tagged.mp3", "audio/mpeg"),
    (File::Small, "small.mp3", "audio/mpeg"),
    (File::Dense, "dense.mp3", "audio/mpeg"),
    (File::Empty, "empty.mp3", "audio/mpeg"),
    (File::Corrupt, "corrupt.mp3", "audio/mpeg"),
    (File::Truncated, "truncated.mp3", "audio/mpeg"),
    (File::M4a, "talk.m4a", "audio/mp4"),
    (File::M4aLate, "late.m4a", "audio/mp4"),
    (File::Vorbis, "talk.ogg", "audio/ogg"),
    (File::Opus, "talk.opus", "audio/ogg"),
    (File::Flac, "talk.flac", "audio/flac"),
    (File::Wav, "talk.wav", "audio/wav"),
    (File::Webm, "talk.webm", "audio/webm"),
    (File::Aac, "talk.aac", "audio/aac"),
    (File::Hls, "talk.m3u8", "application/vnd.apple.mpegurl"),
    (File::Html, "page.mp3", "text/html"),
    (File::Xml, "error.xml.mp3", "application/xml"),
    (File::Json, "error.json.mp3", "application/json"),
    (File::Text, "text.mp3", "text/plain"),
    (File::Image, "cover.mp3", "image/png"),
    (File::Pdf, "paper.mp3", "application/pdf"),
    (File::Gzip, "packed.mp3", "application/gzip"),
];

/// A size in bytes that no app finds too small (Pocket Casts: 150 KiB).
const ENOUGH: usize = 170_000;

/// Files are made once, when they are first asked for.
static MADE: LazyLock<Mutex<HashMap<File, Bytes>>> = LazyLock::new(Mutex::default);

impl File {
    /// The file that a path ends in.
    pub(in crate::lab) fn named(path: &str) -> Option<Self> {
        let last = path.rsplit('/').next()?;
        FILES.iter().find(|(_, name, _)| *name == last).map(|(file, _, _)| *file)
    }

    /// Its media type.
    pub(in crate::lab) fn mime(self) -> &'static str {
        FILES.iter().find(|(file, _, _)| *file == self).map_or("application/octet-stream", |(_, _, mime)| *mime)
    }

    /// Its bytes.
    pub(in crate::lab) fn bytes(self) -> Bytes {
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        made.entry(self).or_insert_with(|| Bytes::from(self.make())).clone()
    }

    fn make(self) -> Vec<u8> {
        match self {
            Self::Mp3 => make::mp3(75, 64),
            Self::Tagged => [make::id3(300_000), make::mp3(75, 64)].concat(),
            Self::Small => make::mp3(2, 64),
            Self::Dense => make::mp3(5, 320),
            Self::Empty => Vec::new(),
            Self::Corrupt => {
                let mut bytes = make::mp3(75, 64);
                bytes.truncate(208);
                bytes.resize(200_000, 0);
                bytes
            }
            Self::Truncated => {
                let mut whole = make::mp3_with(&Mp3 { seconds: 150, stated: Some(Stated::Info), ..Mp3::default() });
                whole.truncate(whole.len() / 2);
                whole
            }
            Self::M4a => make::m4a_with(true, 75, ENOUGH),
            Self::M4aLate => make::m4a_with(false, 75, ENOUGH),
            Self::Vorbis => repeated(&make::ogg_vorbis()),
            Self::Opus => repeated(&make::ogg_opus()),
            Self::Flac => {
                let mut bytes = make::flac();
                bytes.resize(ENOUGH, 0);
                bytes
            }
            Self::Wav => make::wav(75),
            Self::Webm => {
                // A Void element with its size in four bytes (RFC 8794 5, 11.3.2).
                let mut bytes = make::webm();
                let size = u32::try_from(ENOUGH).unwrap_or_default() | 0x1000_0000;
                bytes.push(0xec);
                bytes.extend(size.to_be_bytes());
                bytes.resize(bytes.len() + ENOUGH, 0);
                bytes
            }
            Self::Aac => make::adts(75),
            Self::Hls => make::hls(),
            Self::Html => {
                padded(b"<!DOCTYPE html>\n<html><head><title>Sorry</title></head><body><p>Sorry.</p></body></html>\n")
            }
            Self::Xml => padded(
                b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
                  <Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>\n",
            ),
            Self::Json => padded(b"{\"error\": \"not available in your region\"}\n"),
            Self::Text => "This episode has moved.\n".repeat(7000).into_bytes(),
            Self::Image => [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &vec![0; ENOUGH]].concat(),
            Self::Pdf => padded(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"),
            Self::Gzip => gzip(&make::mp3(75, 64), flate2::Compression::none()),
        }
    }
}

/// Followed by white space, so that no file is too small.
fn padded(text: &[u8]) -> Vec<u8> {
    let mut out = text.to_vec();
    out.resize(ENOUGH, b'\n');
    out
}

/// Packed by gzip.
pub(in crate::lab) fn gzip(bytes: &[u8], level: flate2::Compression) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
    // Writing to memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// As often as it takes to be no small file: Ogg streams may be chained (RFC 3533 4).
fn repeated(stream: &[u8]) -> Vec<u8> {
    stream.repeat(ENOUGH.div_ceil(stream.len().max(1)))
}

/// Serves the file that the path ends in, else 404.
pub(in crate::lab) fn serve(asked: &Asked<'_>) -> Reply {
    match File::named(asked.path) {
        Some(file) => whole(asked, file, file.mime()).into(),
        None => Answer::status(404).body("text/plain", "nothing here\n").into(),
    }
}

/// Serves a file as this type, ranges honoured (RFC 9110 14).
pub(in crate::lab) fn whole(asked: &Asked<'_>, file: File, mime: &str) -> Answer {
    let bytes = file.bytes();
    let total = bytes.len();
    let answer = |status: u16| Answer::status(status).with("accept-ranges", "bytes");
    let Some((from, to)) = asked.range.filter(|_| !asked.is_head()) else {
        return answer(200).body(mime, bytes);
    };
    let from = usize::try_from(from).unwrap_or(usize::MAX);
    let until = to.and_then(|to| usize::try_from(to).ok()?.checked_add(1)).map_or(total, |until| until.min(total));
    if from >= until {
        return answer(416).with("content-range", format!("bytes */{total}"));
    }
    answer(206)
        .with("content-range", format!("bytes {from}-{}/{total}", until - 1))
        .body(mime, bytes.slice(from..until))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::{Format, Impostor, Sniff, Window, sniff};

    fn look(file: File) -> Sniff {
        let bytes = file.bytes();
        let head = &bytes[..bytes.len().min(65_536)];
        let total = Some(u64::try_from(bytes.len()).unwrap());
        match sniff(&Window { head, jump: None, total, complete: true }) {
            Sniff::Jump { offset, len } => {
                let from = usize::try_from(offset).unwrap();
                let until = (from + usize::try_from(len).unwrap()).min(bytes.len());
                sniff(&Window { head, jump: Some((offset, &bytes[from..until])), total, complete: true })
            }
            seen => seen,
        }
    }

    #[test]
    fn files_are_what_they_should_be() {
        for (file, format) in [
            (File::Mp3, Format::Mp3),
            (File::Tagged, Format::Mp3),
            (File::Small, Format::Mp3),
            (File::Dense, Format::Mp3),
            (File::Truncated, Format::Mp3),
            (File::M4a, Format::Mp4),
            (File::M4aLate, Format::Mp4),
            (File::Vorbis, Format::OggVorbis),
            (File::Opus, Format::OggOpus),
            (File::Flac, Format::Flac),
            (File::Wav, Format::Wav),
            (File::Webm, Format::Webm),
            (File::Aac, Format::Aac),
            (File::Hls, Format::Hls),
        ] {
            let seen = look(file);
            assert!(matches!(&seen, Sniff::Audio(facts) if facts.format == format), "{file:?}: {seen:?}");
        }
        for (file, what) in [
            (File::Html, Impostor::Html),
            (File::Xml, Impostor::Xml),
            (File::Json, Impostor::Json),
            (File::Text, Impostor::Text),
            (File::Image, Impostor::Image),
            (File::Pdf, Impostor::Pdf),
            (File::Gzip, Impostor::Gzip),
        ] {
            assert_eq!(look(file), Sniff::Impostor(what), "{file:?}");
        }
        assert_eq!(look(File::Empty), Sniff::Empty);
        assert!(matches!(look(File::Corrupt), Sniff::Corrupt { claims: Format::Mp3, .. }), "{:?}", look(File::Corrupt));
    }

    #[test]
    fn only_what_should_be_small_is() {
        for (file, name, _) in FILES {
            let small = matches!(file, File::Small | File::Empty | File::Hls | File::Aac);
            assert_eq!(file.bytes().len() < 150 << 10, small, "{name}");
            assert_eq!(File::named(&format!("/a/{name}")), Some(*file));
        }
    }
}
