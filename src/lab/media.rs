//! The files that stand at the end of chains, and the answers that deliver them well.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{LazyLock, Mutex, PoisonError};

use bytes::Bytes;

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
    (File::Html, "page.mp3", "text/html"),
    (File::Xml, "error.xml.mp3", "application/xml"),
    (File::Json, "error.json.mp3", "application/json"),
    (File::Text, "text.mp3", "text/plain"),
    (File::Image, "cover.mp3", "image/png"),
    (File::Pdf, "paper.mp3", "application/pdf"),
    (File::Gzip, "packed.mp3", "application/gzip"),
];

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
            Self::Mp3 => mp3(75, 5, 192),
            Self::Tagged => [id3(300_000), mp3(75, 5, 192)].concat(),
            Self::Small => mp3(2, 5, 192),
            Self::Dense => mp3(5, 14, 960),
            Self::Empty => Vec::new(),
            Self::Corrupt => [mp3(75, 5, 192).get(..192).unwrap_or_default(), &vec![0; 200_000]].concat(),
            Self::Truncated => {
                let whole = mp3(150, 5, 192);
                whole.get(..whole.len() / 2).unwrap_or_default().to_vec()
            }
            Self::Html => {
                padded(b"<!DOCTYPE html>\n<html><head><title>Sorry</title></head><body><p>Sorry.</p></body></html>\n")
            }
            Self::Xml => padded(
                b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
                  <Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>\n",
            ),
            Self::Json => padded(b"{\"error\": \"not available in your region\"}\n"),
            Self::Text => "This episode has moved.\n".repeat(7000).into_bytes(),
            Self::Image => [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &[0; 180_000]].concat(),
            Self::Pdf => padded(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"),
            Self::Gzip => gzip(&mp3(75, 5, 192), flate2::Compression::none()),
        }
    }
}

/// Followed by white space, so that no file is too small.
fn padded(text: &[u8]) -> Vec<u8> {
    let mut out = text.to_vec();
    out.resize(170_000, b'\n');
    out
}

/// Packed by gzip.
pub(in crate::lab) fn gzip(bytes: &[u8], level: flate2::Compression) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
    // Writing to memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// Silence in MP3: MPEG 1 layer III, mono, 48 kHz, frames of 24 ms.
fn mp3(seconds: usize, bitrate_index: u8, frame_len: usize) -> Vec<u8> {
    let mut frame = vec![0xff, 0xfb, bitrate_index << 4 | 0x04, 0xc0];
    frame.resize(frame_len, 0);
    frame.repeat(seconds * 1000 / 24)
}

fn id3(len: u32) -> Vec<u8> {
    let size: Vec<u8> = [21, 14, 7, 0].iter().filter_map(|&shift| u8::try_from(len >> shift & 0x7f).ok()).collect();
    let mut tag = [b"ID3\x04\0\0".as_slice(), &size].concat();
    tag.resize(tag.len() + usize::try_from(len).unwrap_or_default(), 0);
    tag
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
