//! AAC in MP4.

use super::{AAC_RATE, AAC_SILENCE, aac_frames};

/// M4A with AAC LC, mono, 44.1 kHz, silent; its index in front of the audio or behind it.
pub fn m4a(moov_first: bool, seconds: u32) -> Vec<u8> {
    m4a_with(moov_first, seconds, 0)
}

/// As [`m4a`], with `padding` bytes in `mdat` behind the audio: a big file that plays for a short time.
pub fn m4a_with(moov_first: bool, seconds: u32, padding: usize) -> Vec<u8> {
    let frames = aac_frames(seconds);
    let mut audio: Vec<u8> = (0..frames).flat_map(|_| AAC_SILENCE).collect();
    audio.resize(audio.len().saturating_add(padding), 0);
    let ftyp = ftyp();
    let mdat = atom(*b"mdat", &[&audio]);
    // The index's size does not depend on the offset that is written in it.
    let size = moov(frames, 0).len();
    let before = ftyp.len() + if moov_first { size } else { 0 } + 8;
    let moov = moov(frames, u32::try_from(before).unwrap_or(u32::MAX));
    if moov_first { [ftyp, moov, mdat].concat() } else { [ftyp, mdat, moov].concat() }
}

/// M4A in two fragments (`moof`) of one second each, as for streaming.
pub fn m4a_fragmented() -> Vec<u8> {
    let frames = aac_frames(1);
    let trex = full(*b"trex", 0, &[&u32s(&[1, 1, 1024, 6, 0])]);
    let mut file = [ftyp(), movie(0, None, &[atom(*b"mvex", &[&trex])])].concat();
    for number in 0..2 {
        let audio: Vec<u8> = (0..frames).flat_map(|_| AAC_SILENCE).collect();
        let parts = |offset: u32| {
            let mfhd = full(*b"mfhd", 0, &[&u32s(&[number + 1])]);
            // Offsets count from the moof; durations and sizes are trex's.
            let tfhd = full(*b"tfhd", 0x02_0000, &[&u32s(&[1])]);
            let tfdt = full(*b"tfdt", 0, &[&u32s(&[number * frames * 1024])]);
            let trun = full(*b"trun", 1, &[&u32s(&[frames, offset])]);
            atom(*b"moof", &[&mfhd, &atom(*b"traf", &[&tfhd, &tfdt, &trun])])
        };
        let size = u32::try_from(parts(0).len()).unwrap_or_default();
        file.extend(parts(size.saturating_add(8)));
        file.extend(atom(*b"mdat", &[&audio]));
    }
    file
}

fn ftyp() -> Vec<u8> {
    atom(*b"ftyp", &[b"M4A \0\0\0\0M4A mp42isom"])
}

fn atom(kind: [u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let size = u32::try_from(body.len().saturating_add(8)).unwrap_or(u32::MAX);
    [&size.to_be_bytes()[..], &kind, &body].concat()
}

/// An atom of version 0 with flags.
fn full(kind: [u8; 4], flags: u32, parts: &[&[u8]]) -> Vec<u8> {
    atom(kind, &[&flags.to_be_bytes(), &parts.concat()])
}

fn u32s(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

const MATRIX: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

fn moov(frames: u32, offset: u32) -> Vec<u8> {
    movie(frames, Some(offset), &[])
}

/// The index of so many frames, all in one chunk at `offset`, or of none.
fn movie(frames: u32, offset: Option<u32>, more: &[Vec<u8>]) -> Vec<u8> {
    let units = frames.saturating_mul(1024);
    let mvhd =
        [u32s(&[0, 0, AAC_RATE, units, 0x1_0000, 0x0100_0000, 0, 0]), u32s(&MATRIX), u32s(&[0, 0, 0, 0, 0, 0, 2])];
    let tkhd = [u32s(&[0, 0, 1, 0, units, 0, 0, 0, 0x0100_0000]), u32s(&MATRIX), u32s(&[0, 0])];
    let mdhd = u32s(&[0, 0, AAC_RATE, units, 0x55c4_0000]);
    let hdlr = [&u32s(&[0])[..], b"soun", &u32s(&[0, 0, 0]), b"\0"].concat();
    let dref = full(*b"dref", 0, &[&u32s(&[1]), &full(*b"url ", 1, &[])]);
    let smhd = full(*b"smhd", 0, &[&u32s(&[0])]);
    let tables = match offset {
        Some(offset) => [
            full(*b"stts", 0, &[&u32s(&[1, frames, 1024])]),
            full(*b"stsc", 0, &[&u32s(&[1, 1, frames, 1])]),
            full(*b"stsz", 0, &[&u32s(&[6, frames])]),
            full(*b"stco", 0, &[&u32s(&[1, offset])]),
        ],
        None => [
            full(*b"stts", 0, &[&u32s(&[0])]),
            full(*b"stsc", 0, &[&u32s(&[0])]),
            full(*b"stsz", 0, &[&u32s(&[0, 0])]),
            full(*b"stco", 0, &[&u32s(&[0])]),
        ],
    };
    let stbl = atom(*b"stbl", &[&stsd(), &tables.concat()]);
    let minf = atom(*b"minf", &[&smhd, &atom(*b"dinf", &[&dref]), &stbl]);
    let mdia = atom(*b"mdia", &[&full(*b"mdhd", 0, &[&mdhd]), &full(*b"hdlr", 0, &[&hdlr]), &minf]);
    let trak = atom(*b"trak", &[&full(*b"tkhd", 7, &[&tkhd.concat()]), &mdia]);
    atom(*b"moov", &[&full(*b"mvhd", 0, &[&mvhd.concat()]), &trak, &more.concat()])
}

fn stsd() -> Vec<u8> {
    // AAC LC, rate index 4, one channel.
    let config = [&[5_u8, 2][..], &[0x12, 0x08]].concat();
    let decoder = [&[4, 13 + 4, 0x40, 0x15, 0, 0, 0][..], &u32s(&[64_000, 64_000]), &config].concat();
    let descriptor = [&[3, 3 + 19 + 3, 0, 1, 0][..], &decoder, &[6, 1, 2]].concat();
    let esds = full(*b"esds", 0, &[&descriptor]);
    let entry = [u32s(&[0, 1, 0, 0, 0x1_0010, 0, AAC_RATE << 16]), esds].concat();
    full(*b"stsd", 0, &[&u32s(&[1]), &atom(*b"mp4a", &[&entry])])
}
