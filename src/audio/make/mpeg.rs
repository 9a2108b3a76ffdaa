//! MPEG audio layers II and III, and AAC in ADTS.

use super::super::mpeg::{Header, Layer, Version, bitrates, rates};
use super::{AAC_SILENCE, aac_frames};

/// What the header frame in front of the audio states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stated {
    /// `Xing`: frames and bytes.
    Xing,
    /// `Info`, Xing's name for a constant bitrate: frames and bytes.
    Info,
    /// `VBRI`: frames and bytes.
    Vbri,
}

/// How an MP3 is to be; [`Mp3::default`] is a bare one of one second at 64 kbit/s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mp3 {
    /// How long it plays, seconds.
    pub seconds: u32,
    /// Bitrate, kbit/s: the nearest that the version and layer have.
    pub kbps: u32,
    /// The bitrates alternate, as those of a variable bitrate do.
    pub variable: bool,
    /// No bitrate in the headers (free format); the frames are as long as `kbps` asks for.
    pub free: bool,
    /// Version of the standard.
    pub version: Version,
    /// Layer.
    pub layer: Layer,
    /// The sizes of ID3v2 tags in front, bytes, each with its header (10 at least, 256 MiB at most).
    pub id3: Vec<u32>,
    /// Bytes of noise between the tags and the first frame.
    pub junk: usize,
    /// The header frame.
    pub stated: Option<Stated>,
    /// An ID3v1 tag behind the last frame.
    pub id3v1: bool,
}

impl Default for Mp3 {
    fn default() -> Self {
        Self {
            seconds: 1,
            kbps: 64,
            variable: false,
            free: false,
            version: Version::One,
            layer: Layer::Three,
            id3: Vec::new(),
            junk: 0,
            stated: None,
            id3v1: false,
        }
    }
}

/// MP3: MPEG 1 layer III, mono, 44.1 kHz, a constant bitrate (the nearest there is), silent.
pub fn mp3(seconds: u32, kbps: u32) -> Vec<u8> {
    mp3_with(&Mp3 { seconds, kbps, ..Mp3::default() })
}

/// MPEG audio as asked for, mono, silent, at the version's first sample rate.
pub fn mp3_with(spec: &Mp3) -> Vec<u8> {
    let mut file: Vec<u8> = spec.id3.iter().flat_map(|size| id3(*size)).collect();
    // Noise without a byte that could begin a frame or a tag.
    file.extend((0..spec.junk).map(|at| u8::try_from(at.wrapping_mul(7) % 31).unwrap_or_default() | 0x80));
    let [rate, ..] = rates(spec.version);
    let samples = match (spec.version, spec.layer) {
        (Version::One, _) | (_, Layer::Two) => 1152,
        _ => 576,
    };
    let count = spec.seconds.saturating_mul(rate).div_ceil(samples);
    let chosen = nearest(spec);
    let frames: Vec<Vec<u8>> = (0..count)
        .map(|number| {
            frame(spec, if spec.variable && number % 2 == 1 { chosen.saturating_add(1).min(13) } else { chosen })
        })
        .collect();
    if let Some(stated) = spec.stated {
        let mut first = frame(spec, chosen.max(8));
        let bytes = frames.iter().map(Vec::len).sum::<usize>().saturating_add(first.len());
        index(&mut first, stated, count, u32::try_from(bytes).unwrap_or(u32::MAX));
        file.append(&mut first);
    }
    file.extend(frames.into_iter().flatten());
    if spec.id3v1 {
        file.extend(b"TAG");
        file.resize(file.len().saturating_add(125), b' ');
    }
    file
}

fn nearest(spec: &Mp3) -> usize {
    let table = bitrates(spec.version, spec.layer);
    (0..table.len())
        .min_by_key(|at| table.get(*at).map_or(u32::MAX, |kbps| kbps.abs_diff(spec.kbps)))
        .unwrap_or_default()
}

/// A silent frame: side information (or bit allocation) of zeros asks for no data.
fn frame(spec: &Mp3, bitrate: usize) -> Vec<u8> {
    let version = match spec.version {
        Version::One => 3,
        Version::Two => 2,
        Version::TwoFive => 0,
    };
    let layer = match spec.layer {
        Layer::Two => 2,
        Layer::Three => 1,
    };
    let index = u8::try_from(bitrate.saturating_add(1)).unwrap_or(1);
    let mut header = [0xff, 0xe1 | version << 3 | layer << 1, index << 4, 0xc0];
    let length = Header::read(&header).and_then(|header| header.length()).unwrap_or(4);
    if spec.free {
        header[2] = 0;
    }
    let mut frame = header.to_vec();
    frame.resize(length, 0);
    frame
}

/// Writes what the header frame states over a frame's zeros.
fn index(frame: &mut Vec<u8>, stated: Stated, frames: u32, bytes: u32) {
    let (at, tag) = match stated {
        Stated::Vbri => {
            // Version, delay, quality, bytes, frames, and a table of no entries.
            let mut tag = b"VBRI\0\x01\0\0\0\0".to_vec();
            tag.extend(bytes.to_be_bytes());
            tag.extend(frames.to_be_bytes());
            (36, tag)
        }
        Stated::Xing | Stated::Info => {
            let mut tag = if stated == Stated::Xing { b"Xing" } else { b"Info" }.to_vec();
            tag.extend(3_u32.to_be_bytes());
            tag.extend(frames.to_be_bytes());
            tag.extend(bytes.to_be_bytes());
            (Header::read(frame).map_or(36, |header| header.tag_at()), tag)
        }
    };
    let end = at.saturating_add(tag.len());
    if frame.len() >= end {
        frame.splice(at..end, tag);
    }
}

/// An ID3v2.4 tag of `size` bytes, its header with them: a title, and padding.
pub fn id3(size: u32) -> Vec<u8> {
    let body = size.saturating_sub(10).min((1 << 28) - 1);
    let mut tag = b"ID3\x04\0\0".to_vec();
    tag.extend([21, 14, 7, 0].map(|shift| u8::try_from((body >> shift) & 0x7f).unwrap_or_default()));
    if body >= 17 {
        tag.extend(b"TIT2\0\0\0\x07\0\0\x03Silent");
    }
    tag.resize(usize::try_from(body).unwrap_or_default().saturating_add(10), 0);
    tag
}

/// AAC LC in ADTS, mono, 44.1 kHz, silent.
pub fn adts(seconds: u32) -> Vec<u8> {
    let length = u8::try_from(AAC_SILENCE.len().saturating_add(7)).unwrap_or(u8::MAX);
    // Profile LC, rate index 4, one channel, the frame's length, a full buffer.
    let header = [0xff, 0xf1, 0x50, 0x40, length >> 3, length << 5 | 0x1f, 0xfc];
    (0..aac_frames(seconds)).flat_map(|_| header.into_iter().chain(AAC_SILENCE)).collect()
}
