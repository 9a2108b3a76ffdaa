//! Frame headers of MPEG audio (ISO 11172-3, 13818-3, and the unofficial 2.5) and of ADTS
//! (ISO 14496-3 1.A.2): one header's facts. Finding frames is `frames`'s.

/// Bytes of the longest MPEG frame: free format, layer III, 640 kbit/s at 8 kHz.
pub(super) const LONGEST: usize = 5761;

/// The version of the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// MPEG 1: 32, 44.1 and 48 kHz.
    One,
    /// MPEG 2: half the sample rates.
    Two,
    /// MPEG 2.5: a quarter of them.
    TwoFive,
}

/// The layer. Layer I was never used for podcasts and is taken for noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layer {
    /// Layer II.
    Two,
    /// Layer III.
    Three,
}

/// The bitrates of a version and layer, kbit/s, by their index less one (index 0 is free format).
pub(super) fn bitrates(version: Version, layer: Layer) -> &'static [u32; 14] {
    match (version, layer) {
        (Version::One, Layer::Two) => &[32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
        (Version::One, Layer::Three) => &[32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
        _ => &[8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    }
}

/// The sample rates of a version, Hz, by their index.
pub(super) fn rates(version: Version) -> [u32; 3] {
    match version {
        Version::One => [44_100, 48_000, 32_000],
        Version::Two => [22_050, 24_000, 16_000],
        Version::TwoFive => [11_025, 12_000, 8_000],
    }
}

/// What the four bytes of a frame header say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) version: Version,
    pub(super) layer: Layer,
    /// Bitrate, kbit/s; `None` is free format.
    pub(super) kbps: Option<u32>,
    /// Sample rate, Hz.
    pub(super) rate: u32,
    /// One byte more than the bitrate asks for.
    pub(super) padding: usize,
    pub(super) mono: bool,
    /// A CRC of two bytes follows the header.
    pub(super) crc: bool,
}

impl Header {
    /// The header at the start of `bytes`.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let [0xff, b1, b2, b3, ..] = *bytes else { return None };
        if b1 & 0xe0 != 0xe0 || b3 & 0x03 == 2 {
            return None; // no sync, or the reserved emphasis
        }
        let version = match (b1 >> 3) & 3 {
            0 => Version::TwoFive,
            2 => Version::Two,
            3 => Version::One,
            _ => return None,
        };
        let layer = match (b1 >> 1) & 3 {
            1 => Layer::Three,
            2 => Layer::Two,
            _ => return None,
        };
        let kbps = match usize::from(b2 >> 4) {
            0 => None,
            15 => return None,
            index => Some(*bitrates(version, layer).get(index - 1)?),
        };
        let rate = *rates(version).get(usize::from((b2 >> 2) & 3))?;
        let padding = usize::from((b2 >> 1) & 1);
        Some(Self { version, layer, kbps, rate, padding, mono: b3 >> 6 == 3, crc: b1 & 1 == 0 })
    }

    /// Samples that a frame plays.
    pub(super) fn samples(&self) -> u64 {
        match (self.version, self.layer) {
            (Version::One, _) | (_, Layer::Two) => 1152,
            _ => 576,
        }
    }

    /// Bytes of the frame, the header with it; `None` in free format.
    pub(super) fn length(&self) -> Option<usize> {
        let bits = u64::from(self.kbps?) * 1000 * self.samples() / 8;
        Some(usize::try_from(bits / u64::from(self.rate)).ok()?.saturating_add(self.padding))
    }

    /// Both belong to one stream: version, layer and sample rate agree, and free format with itself.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        self.version == other.version
            && self.layer == other.layer
            && self.rate == other.rate
            && self.kbps.is_none() == other.kbps.is_none()
    }

    /// Bytes from the frame's start to where a layer III frame's main data begins, where Xing and LAME
    /// put their tag. Encoders write it behind an absent CRC's place, so the CRC does not count.
    pub(super) fn tag_at(&self) -> usize {
        4 + match (self.version, self.mono) {
            (Version::One, false) => 32,
            (Version::One, true) | (_, false) => 17,
            (_, true) => 9,
        }
    }
}

/// The sample rates of AAC, Hz, by their index.
pub(super) const AAC_RATES: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

/// What an ADTS header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Adts {
    /// The fixed part: id, profile, rate, channels; two frames of a stream have the same.
    key: (u8, u8, u8),
    /// Sample rate, Hz.
    pub(super) rate: u32,
    /// Bytes of the frame, the header with it.
    pub(super) length: usize,
    /// Samples that the frame plays.
    pub(super) samples: u64,
}

impl Adts {
    /// Bytes of a header without its CRC.
    pub(super) const HEADER: usize = 7;

    /// The header at the start of `bytes`.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let [0xff, b1, b2, b3, b4, b5, b6, ..] = *bytes else { return None };
        if b1 & 0xf6 != 0xf0 {
            return None;
        }
        let rate = *AAC_RATES.get(usize::from((b2 >> 2) & 15))?;
        let length = usize::from(b3 & 3) << 11 | usize::from(b4) << 3 | usize::from(b5 >> 5);
        let header = if b1 & 1 == 0 { 9 } else { Self::HEADER };
        if length <= header {
            return None;
        }
        // id and layer; profile, rate index and the first bit of the channels; their other bits.
        let key = (b1 & 0xfe, b2 & 0xfd, b3 & 0xc0);
        Some(Self { key, rate, length, samples: 1024 * (u64::from(b6 & 3) + 1) })
    }

    /// Both belong to one stream.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

/// What a header frame (Xing, Info, VBRI) says of the stream behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Index {
    /// The tag's name, as written.
    pub(super) name: &'static str,
    /// Frames of audio, this one not counted.
    pub(super) frames: Option<u64>,
    /// Bytes of the stream, from the header frame's start.
    pub(super) bytes: Option<u64>,
}

/// The header frame whose bytes are these, if it is one; it plays nothing.
pub(super) fn index(header: &Header, frame: &[u8]) -> Option<Index> {
    use super::view::{be32, holds};
    if header.layer != Layer::Three {
        return None;
    }
    // Behind the CRC, where there is one and the encoder respects it.
    let crc = if header.crc { 2 } else { 0 };
    for at in [header.tag_at(), header.tag_at() + crc] {
        let name = if holds(frame, at, b"Xing") {
            "Xing"
        } else if holds(frame, at, b"Info") {
            "Info"
        } else {
            continue;
        };
        let flags = be32(frame, at + 4).unwrap_or_default();
        let mut next = at + 8;
        let mut field = |bit: u32, size: usize| {
            let value = (flags & bit != 0).then(|| be32(frame, next)).flatten();
            next += if flags & bit == 0 { 0 } else { size };
            value.map(u64::from)
        };
        let (frames, mut bytes) = (field(1, 4), field(2, 4));
        let _toc = field(4, 100);
        let _quality = field(8, 4);
        // LAME's own tag repeats the length 28 bytes into it.
        if bytes.is_none() && (holds(frame, next, b"LAME") || holds(frame, next, b"Lav")) {
            bytes = be32(frame, next + 28).map(u64::from).filter(|bytes| *bytes > 0);
        }
        return Some(Index { name, frames, bytes });
    }
    if holds(frame, 36, b"VBRI") {
        let (bytes, frames) = (be32(frame, 46).map(u64::from), be32(frame, 50).map(u64::from));
        return Some(Index { name: "VBRI", frames, bytes });
    }
    None
}

/// Bytes of a header frame that decide whether it is one: up to VBRI's name, or Xing's behind a CRC.
pub(super) const INDEX_PEEK: usize = 42;
