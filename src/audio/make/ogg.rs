//! Vorbis and Opus in Ogg.

use super::super::crc;
use super::{OPUS_SILENCE, SECONDS};

const SERIAL: u32 = 0x706f_6470;

/// A page with whole packets on it; `granule` is where the stream is at its end.
fn page(flags: u8, granule: u64, number: u32, packets: &[&[u8]]) -> Vec<u8> {
    let mut segments = Vec::new();
    for packet in packets {
        segments.resize(segments.len().saturating_add(packet.len() / 255), 255);
        segments.push(u8::try_from(packet.len() % 255).unwrap_or_default());
    }
    let mut head = b"OggS\0".to_vec();
    head.push(flags);
    head.extend(granule.to_le_bytes());
    head.extend(SERIAL.to_le_bytes());
    head.extend(number.to_le_bytes());
    let mut rest = vec![u8::try_from(segments.len()).unwrap_or(u8::MAX)];
    rest.append(&mut segments);
    rest.extend(packets.concat());
    let checksum = crc::ogg(crc::ogg(crc::ogg(0, &head), &[0; 4]), &rest);
    [head, checksum.to_le_bytes().to_vec(), rest].concat()
}

/// Pages of audio, at most 50 packets each, behind `pages` header pages.
fn audio(packet: &[u8], count: u32, granule: impl Fn(u32) -> u64) -> Vec<u8> {
    let mut file = Vec::new();
    let (mut done, mut number) = (0_u32, 2_u32);
    while done < count {
        let now = 50.min(count - done);
        done += now;
        let flags = if done == count { 4 } else { 0 };
        file.extend(page(flags, granule(done), number, &vec![packet; now as usize]));
        number += 1;
    }
    file
}

const VENDOR: &[u8] = b"\x08\0\0\0podprobe\0\0\0\0";

/// Opus in Ogg, mono, silent, [`SECONDS`] long.
pub fn ogg_opus() -> Vec<u8> {
    let head = opus_head();
    let tags = [b"OpusTags", VENDOR].concat();
    let skip = 312;
    let count = SECONDS * 50 + 1;
    let end = u64::from(SECONDS) * 48_000 + skip;
    let packets = audio(&OPUS_SILENCE, count, |done| (u64::from(done) * 960).min(end));
    [page(2, 0, 0, &[&head]), page(0, 0, 1, &[&tags]), packets].concat()
}

/// The first packet of an Opus stream: version, channels, pre-skip, rate, gain, mapping.
pub(super) fn opus_head() -> Vec<u8> {
    [&b"OpusHead\x01\x01"[..], &312_u16.to_le_bytes(), &48_000_u32.to_le_bytes(), &[0, 0, 0]].concat()
}

/// Vorbis in Ogg, mono, 44.1 kHz, silent, [`SECONDS`] long.
pub fn ogg_vorbis() -> Vec<u8> {
    let rate = 44_100_u32;
    let blocks = 0xbb; // both block sizes are 2^11 samples
    let id = [
        &b"\x01vorbis\0\0\0\0\x01"[..],
        &rate.to_le_bytes(),
        &[0; 4],
        &64_000_u32.to_le_bytes(),
        &[0; 4],
        &[blocks, 1],
    ]
    .concat();
    let comment = [b"\x03vorbis", VENDOR, b"\x01"].concat();
    let setup = [b"\x05vorbis".to_vec(), setup()].concat();
    let count = (SECONDS * rate).div_ceil(1024) + 1;
    // The first packet plays nothing; a packet plays half its block overlapped with the one before.
    let packets = audio(&[0], count, |done| (u64::from(done) - 1) * 1024);
    [page(2, 0, 0, &[&id]), page(0, 0, 1, &[&comment, &setup]), packets].concat()
}

/// The smallest set-up that decoders take: one code book, one floor without partitions, one residue,
/// one mapping, one mode. A packet of one zero byte is then a silent block.
fn setup() -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(0, 8); // code books, less one
    bits.put(0x56_4342, 24);
    bits.put(1, 16); // dimensions
    bits.put(2, 24); // entries
    bits.put(0, 2); // neither ordered nor sparse
    bits.put(0, 10); // two code words of one bit
    bits.put(0, 4); // no values behind them
    bits.put(0, 6 + 16); // one time domain transform, which is none
    bits.put(0, 6); // floors, less one
    bits.put(1, 16); // of type 1
    bits.put(0, 5 + 2); // no partitions, multiplier 1
    bits.put(8, 4); // range
    bits.put(0, 6); // residues, less one
    bits.put(0, 16); // of type 0
    bits.put(0, 24); // from 0
    bits.put(0, 24); // to 0
    bits.put(0, 24); // partition size, less one
    bits.put(0, 6 + 8); // classifications, less one; their book
    bits.put(0, 4); // no books for the one class
    bits.put(0, 6 + 16); // one mapping of type 0
    bits.put(0, 1 + 1 + 2); // no submaps, no coupling, reserved
    bits.put(0, 24); // time, floor, residue of the submap
    bits.put(0, 6); // modes, less one
    bits.put(0, 1); // short blocks
    bits.put(0, 16); // window
    bits.put(0, 16); // transform
    bits.put(0, 8); // mapping
    bits.put(1, 1); // framing
    bits.bytes
}

/// Writes bits, the least significant first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    fn put(&mut self, value: u32, count: u32) {
        for bit in 0..count {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= u8::from((value >> bit) & 1 == 1) << (self.used % 8);
            }
            self.used += 1;
        }
    }
}
