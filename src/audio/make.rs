//! `make` writes the smallest files that are really playable: silence with correct headers, lengths
//! and checksums, a pure function each. Servers that are played for tests, and tests of the sniffing,
//! serve them; nothing here is read back by the rules themselves.

mod flac;
mod mp4;
mod mpeg;
mod ogg;
mod webm;

pub use flac::flac;
pub use mp4::{m4a, m4a_fragmented, m4a_with};
pub use mpeg::{Mp3, Stated, adts, id3, mp3, mp3_with};
pub use ogg::{ogg_opus, ogg_vorbis};
pub use webm::webm;

/// A frame of silence of AAC LC, mono, 1024 samples.
const AAC_SILENCE: [u8; 6] = [0x00, 0xc8, 0x00, 0x80, 0x23, 0x80];
/// The sample rate of the AAC files, Hz.
const AAC_RATE: u32 = 44_100;
/// A packet of silence of Opus, mono, 20 ms.
const OPUS_SILENCE: [u8; 3] = [0xf8, 0xff, 0xfe];
/// How long the files play whose length cannot be chosen, seconds.
pub const SECONDS: u32 = 2;

/// The number of AAC frames that play for at least `seconds`.
fn aac_frames(seconds: u32) -> u32 {
    seconds.saturating_mul(AAC_RATE).div_ceil(1024)
}

/// WAV: PCM, 16 bits, mono, 8 kHz.
pub fn wav(seconds: u32) -> Vec<u8> {
    let data = seconds.saturating_mul(16_000);
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend(data.saturating_add(36).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(8_000_u32.to_le_bytes());
    file.extend(16_000_u32.to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend(data.to_le_bytes());
    file.resize(file.len().saturating_add(data as usize), 0);
    file
}

/// An HLS media playlist of three segments of six seconds, with its end.
pub fn hls() -> Vec<u8> {
    let mut text = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:0\n".to_owned();
    for segment in 0..3 {
        text.extend(["#EXTINF:6.000,\nsegment-", &segment.to_string(), ".aac\n"]);
    }
    text.push_str("#EXT-X-ENDLIST\n");
    text.into_bytes()
}
