//! Opus in WebM.

use super::ogg::opus_head;
use super::{OPUS_SILENCE, SECONDS};

/// An element; sizes are written in four bytes.
fn element(id: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let size = u32::try_from(body.len()).unwrap_or_default() | 0x1000_0000;
    [id, &size.to_be_bytes(), &body].concat()
}

/// WebM with Opus, mono, silent, [`SECONDS`] long, a cluster a second.
pub fn webm() -> Vec<u8> {
    let header = element(
        b"\x1a\x45\xdf\xa3",
        &[
            &element(b"\x42\x86", &[&[1]]),
            &element(b"\x42\xf7", &[&[1]]),
            &element(b"\x42\xf2", &[&[4]]),
            &element(b"\x42\xf3", &[&[8]]),
            &element(b"\x42\x82", &[b"webm"]),
            &element(b"\x42\x87", &[&[4]]),
            &element(b"\x42\x85", &[&[2]]),
        ],
    );
    let duration = f64::from(SECONDS * 1000).to_be_bytes();
    let info = element(
        b"\x15\x49\xa9\x66",
        &[
            &element(b"\x2a\xd7\xb1", &[&1_000_000_u32.to_be_bytes()]),
            &element(b"\x4d\x80", &[b"podprobe"]),
            &element(b"\x57\x41", &[b"podprobe"]),
            &element(b"\x44\x89", &[&duration]),
        ],
    );
    let track = element(
        b"\xae",
        &[
            &element(b"\xd7", &[&[1]]),
            &element(b"\x73\xc5", &[&[1]]),
            &element(b"\x83", &[&[2]]),
            &element(b"\x86", &[b"A_OPUS"]),
            &element(b"\x56\xaa", &[&6_500_000_u32.to_be_bytes()]),
            &element(b"\x56\xbb", &[&80_000_000_u32.to_be_bytes()]),
            &element(b"\x63\xa2", &[&opus_head()]),
            &element(b"\xe1", &[&element(b"\xb5", &[&48_000_f32.to_be_bytes()]), &element(b"\x9f", &[&[1]])]),
        ],
    );
    let tracks = element(b"\x16\x54\xae\x6b", &[&track]);
    let clusters: Vec<u8> = (0..SECONDS)
        .flat_map(|second| {
            let blocks: Vec<u8> = (0..50_u16)
                .flat_map(|block| {
                    let [high, low] = (block * 20).to_be_bytes();
                    element(b"\xa3", &[&[0x81, high, low, 0x80], &OPUS_SILENCE])
                })
                .collect();
            element(b"\x1f\x43\xb6\x75", &[&element(b"\xe7", &[&(second * 1000).to_be_bytes()]), &blocks])
        })
        .collect();
    [header, element(b"\x18\x53\x80\x67", &[&info, &tracks, &clusters])].concat()
}
