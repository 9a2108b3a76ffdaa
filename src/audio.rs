//! `audio` sniffs: first bytes to audio facts. It says what the bytes are and where it would have
//! to look next; fetching is `probe`'s, opinions are `judge`'s.

mod crc;
mod family;
mod flac;
mod frames;
mod hls;
mod id3;
mod impostor;
pub mod make;
mod meter;
mod moov;
mod mp4;
mod mpeg;
mod ogg;
mod sniff;
mod view;
mod wav;
mod webm;

use std::fmt;

pub use family::{Family, TypeFamily, family, family_of_type};
pub use meter::{Meter, Whole};
pub use mpeg::{Layer, Version};
pub use sniff::sniff;

/// The formats that podcasts come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// MPEG audio layer III.
    Mp3,
    /// MPEG audio layer II.
    Mp2,
    /// Bare AAC (ADTS, ADIF).
    Aac,
    /// ISO base media: MP4, M4A, M4B.
    Mp4,
    /// Vorbis in Ogg.
    OggVorbis,
    /// Opus in Ogg.
    OggOpus,
    /// FLAC, bare or in Ogg.
    Flac,
    /// WAV, RF64.
    Wav,
    /// WebM, Matroska.
    Webm,
    /// An HLS playlist.
    Hls,
}

impl Format {
    /// Every format.
    pub const ALL: &[Self] = &[
        Self::Mp3,
        Self::Mp2,
        Self::Aac,
        Self::Mp4,
        Self::OggVorbis,
        Self::OggOpus,
        Self::Flac,
        Self::Wav,
        Self::Webm,
        Self::Hls,
    ];

    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mp3 => "mp3",
            Self::Mp2 => "mp2",
            Self::Aac => "aac",
            Self::Mp4 => "mp4",
            Self::OggVorbis => "ogg-vorbis",
            Self::OggOpus => "ogg-opus",
            Self::Flac => "flac",
            Self::Wav => "wav",
            Self::Webm => "webm",
            Self::Hls => "hls",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What came in place of audio or video.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Impostor {
    /// An HTML page.
    Html,
    /// An XML document (an S3 error, a feed).
    Xml,
    /// JSON.
    Json,
    /// Plain text.
    Text,
    /// A picture.
    Image,
    /// A PDF.
    Pdf,
    /// A gzip stream without `Content-Encoding: gzip`.
    Gzip,
    /// A zip archive.
    Zip,
}

impl Impostor {
    /// In words, with an article: "an HTML page".
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Html => "an HTML page",
            Self::Xml => "an XML document",
            Self::Json => "a JSON document",
            Self::Text => "plain text",
            Self::Image => "a picture",
            Self::Pdf => "a PDF document",
            Self::Gzip => "a gzip file",
            Self::Zip => "a zip archive",
        }
    }
}

/// Where an MP4 keeps its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Moov {
    /// Before the audio: plays while it loads.
    First,
    /// After the audio: plays only once it is all there.
    Last,
    /// Fragmented (`moof`): plays while it loads.
    Fragmented,
    /// Not seen, and everything was looked at.
    Missing,
}

/// What the bytes say of the audio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The format that two agreeing frames (or the container's header) prove.
    pub format: Format,
    /// Offset of the first byte of audio (behind tags and junk), in bytes.
    pub audio_start: u64,
    /// Average bitrate, kbit/s, where it can be told.
    pub bitrate_kbps: Option<u32>,
    /// Duration, ms, stated by the header, or computed from the size and the bitrate of the frames seen.
    pub duration_ms: Option<u64>,
    /// The number of bytes of the whole file or audio stream that its own header states, counted
    /// from the start of the file (Xing or Info bytes plus where they count from; the end of the
    /// last MP4 box; a RIFF size).
    pub stated_end: Option<u64>,
    /// Duration, ms, that the file's own header states (Xing frames, `moov`), where it does.
    pub stated_duration_ms: Option<u64>,
    /// Of an MP4.
    pub moov: Option<Moov>,
    /// Of a WAV or MP4: the codec inside, where it is one that few apps play.
    pub odd_codec: Option<String>,
    /// Something odd that plays all the same ("2255 bytes of junk before the first frame").
    pub remarks: Vec<String>,
}

/// The answer of [`sniff`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sniff {
    /// Proven audio or video.
    Audio(Facts),
    /// Something else.
    Impostor(Impostor),
    /// It claims a format that its bytes do not hold.
    Corrupt {
        /// The format claimed.
        claims: Format,
        /// Why the claim fails.
        why: String,
    },
    /// No byte at all.
    Empty,
    /// Undecided: with more of the start it can be told. Never said when `complete`.
    More,
    /// Undecided: these bytes tell (past an ID3 tag, past `mdat`). Asked at most once.
    Jump {
        /// First byte wanted.
        offset: u64,
        /// How many bytes, at most 16 KiB.
        len: u64,
    },
    /// Bytes that are nothing podprobe knows.
    Unknown,
}

/// What there is to look at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Window<'a> {
    /// The first bytes of the file.
    pub head: &'a [u8],
    /// A second stretch, as [`Sniff::Jump`] asked for, and where it begins.
    pub jump: Option<(u64, &'a [u8])>,
    /// The size of the whole file, where known.
    pub total: Option<u64>,
    /// No more bytes of the head can be had (the sample's limit, or the file's end).
    pub complete: bool,
}
