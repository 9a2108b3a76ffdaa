//! The checksums that Ogg pages and FLAC frames carry, computed a byte at a time.

/// One step of the CRC of an Ogg page (RFC 3533 6: polynomial 0x04c11db7, not reflected, from 0).
const fn ogg_entry(byte: u32) -> u32 {
    let mut value = byte << 24;
    let mut bit = 0;
    while bit < 8 {
        value = if value & 0x8000_0000 == 0 { value << 1 } else { (value << 1) ^ 0x04c1_1db7 };
        bit += 1;
    }
    value
}

/// One step of the CRC-16 of a FLAC frame (RFC 9639 9.3: polynomial 0x8005, from 0).
const fn flac_entry(byte: u16) -> u16 {
    let mut value = byte << 8;
    let mut bit = 0;
    while bit < 8 {
        value = if value & 0x8000 == 0 { value << 1 } else { (value << 1) ^ 0x8005 };
        bit += 1;
    }
    value
}

#[expect(clippy::indexing_slicing, reason = "evaluated while compiling: an index out of bounds does not compile")]
#[expect(clippy::cast_possible_truncation, reason = "256 entries")]
const OGG: [u32; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        table[at] = ogg_entry(at as u32);
        at += 1;
    }
    table
};

#[expect(clippy::indexing_slicing, reason = "evaluated while compiling: an index out of bounds does not compile")]
#[expect(clippy::cast_possible_truncation, reason = "256 entries")]
const FLAC: [u16; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        table[at] = flac_entry(at as u16);
        at += 1;
    }
    table
};

/// The CRC of an Ogg page whose checksum field has been set to zero.
pub(super) fn ogg(crc: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(crc, |crc, byte| {
        let [top, ..] = crc.to_be_bytes();
        (crc << 8) ^ OGG.get(usize::from(top ^ byte)).copied().unwrap_or_default()
    })
}

/// The CRC-16 of a FLAC frame; over the whole frame with its own footer it is 0.
pub(super) fn flac16(crc: u16, bytes: &[u8]) -> u16 {
    bytes.iter().fold(crc, |crc, byte| {
        let [top, _] = crc.to_be_bytes();
        (crc << 8) ^ FLAC.get(usize::from(top ^ byte)).copied().unwrap_or_default()
    })
}

/// The CRC-8 of a FLAC frame header (RFC 9639 9.1.8: polynomial 0x07, from 0).
pub(super) fn flac8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0_u8, |crc, byte| {
        (0..8).fold(crc ^ byte, |value, _| if value & 0x80 == 0 { value << 1 } else { (value << 1) ^ 0x07 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_values_of_the_catalogue_of_crcs() {
        assert_eq!(flac8(b"123456789"), 0xf4); // CRC-8/SMBUS
        assert_eq!(flac16(0, b"123456789"), 0xfee8); // CRC-16/UMTS
        assert_eq!(ogg(0, b"123456789"), 0x89a1_897f); // polynomial 04c11db7, init 0, xorout 0
    }
}
