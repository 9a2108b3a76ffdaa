//! FLAC.

use super::super::crc;
use super::SECONDS;

/// FLAC, mono, 16 bits, 44.1 kHz, silent, [`SECONDS`] long.
pub fn flac() -> Vec<u8> {
    let (block, rate) = (4410_u16, 44_100_u64);
    let frames = SECONDS * 10;
    let samples = u64::from(SECONDS) * rate;
    let mut file = b"fLaC\x80\0\0\x22".to_vec();
    file.extend(block.to_be_bytes());
    file.extend(block.to_be_bytes());
    file.extend([0; 6]); // sizes of the frames: not said
    file.extend((rate << 44 | 15 << 36 | samples).to_be_bytes()); // one channel, 16 bits
    file.extend([0; 16]); // MD5: not said
    for number in 0..frames {
        // Fixed block size, its size in 16 bits at the end, 44.1 kHz, mono, 16 bits.
        let mut frame = vec![0xff, 0xf8, 0x79, 0x08, u8::try_from(number % 128).unwrap_or_default()];
        frame.extend((block - 1).to_be_bytes());
        frame.push(crc::flac8(&frame));
        frame.extend([0, 0, 0]); // a constant subframe of value 0
        frame.extend(crc::flac16(0, &frame).to_be_bytes());
        file.append(&mut frame);
    }
    file
}
