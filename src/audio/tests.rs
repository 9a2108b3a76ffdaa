//! What holds for all formats: each made file is itself, whole and cut anywhere; nothing panics;
//! measuring does not depend on how the bytes come in.

use proptest::prelude::*;

use super::make::{self, Mp3, Stated};
use super::*;

mod mpeg;
mod other;

/// The bytes `from..to`, as far as there are.
fn slice(file: &[u8], from: u64, len: u64) -> &[u8] {
    let from = usize::try_from(from).unwrap().min(file.len());
    let rest = &file[from..];
    &rest[..usize::try_from(len).unwrap().min(rest.len())]
}

/// Sniffs as a prober does: 64 KiB of the start, a second look where it is asked for.
fn sample(file: &[u8], total: Option<u64>) -> Sniff {
    let head = slice(file, 0, 65_536);
    match sniff(&Window { head, jump: None, total, complete: true }) {
        Sniff::Jump { offset, len } => {
            assert!((1..=16_384).contains(&len));
            let bytes = slice(file, offset, len);
            let answer = sniff(&Window { head, jump: Some((offset, bytes)), total, complete: true });
            assert!(!matches!(answer, Sniff::Jump { .. } | Sniff::More), "asked twice: {answer:?}");
            answer
        }
        answer => {
            assert_ne!(answer, Sniff::More, "more, of what is complete");
            answer
        }
    }
}

/// As [`sample`], with the total known.
fn known(file: &[u8]) -> Sniff {
    sample(file, Some(file.len() as u64))
}

fn facts(file: &[u8]) -> Facts {
    match known(file) {
        Sniff::Audio(facts) => facts,
        other => panic!("{other:?}"),
    }
}

fn why(file: &[u8]) -> (Format, String) {
    match known(file) {
        Sniff::Corrupt { claims, why } => (claims, why),
        other => panic!("{other:?}"),
    }
}

fn measure(file: &[u8], piece: usize) -> Whole {
    let mut meter = Meter::new();
    file.chunks(piece.max(1)).for_each(|piece| meter.push(piece));
    meter.finish()
}

/// Every kind of file that can be made, with its duration in ms.
fn made() -> Vec<(&'static str, Format, Vec<u8>, u64)> {
    let mp3 = |spec: Mp3| make::mp3_with(&Mp3 { seconds: 3, ..spec });
    let base = Mp3::default();
    vec![
        ("mp3", Format::Mp3, make::mp3(3, 128), 3004),
        ("mp3 long", Format::Mp3, make::mp3(30, 128), 30_014),
        ("mp3 tagged", Format::Mp3, mp3(Mp3 { id3: vec![200, 3000], id3v1: true, ..base.clone() }), 3004),
        ("mp3 big tag", Format::Mp3, mp3(Mp3 { id3: vec![300_000], ..base.clone() }), 3004),
        ("mp3 tag of 64 KiB", Format::Mp3, mp3(Mp3 { id3: vec![65_530], ..base.clone() }), 3004),
        ("mp3 xing", Format::Mp3, mp3(Mp3 { stated: Some(Stated::Xing), variable: true, ..base.clone() }), 3004),
        ("mp3 info", Format::Mp3, mp3(Mp3 { stated: Some(Stated::Info), ..base.clone() }), 3004),
        ("mp3 vbri", Format::Mp3, mp3(Mp3 { stated: Some(Stated::Vbri), variable: true, ..base.clone() }), 3004),
        ("mp3 free", Format::Mp3, mp3(Mp3 { free: true, ..base.clone() }), 3004),
        ("mp3 junk", Format::Mp3, mp3(Mp3 { junk: 2255, ..base.clone() }), 3004),
        ("mp3 mpeg 2", Format::Mp3, mp3(Mp3 { version: Version::Two, ..base.clone() }), 3004),
        ("mp3 mpeg 2.5", Format::Mp3, mp3(Mp3 { version: Version::TwoFive, ..base.clone() }), 3030),
        ("mp2", Format::Mp2, mp3(Mp3 { layer: Layer::Two, ..base.clone() }), 3004),
        ("mp2 mpeg 2", Format::Mp2, mp3(Mp3 { layer: Layer::Two, version: Version::Two, ..base }), 3030),
        ("adts", Format::Aac, make::adts(3), 3018),
        ("m4a first", Format::Mp4, make::m4a(true, 3), 3018),
        ("m4a last", Format::Mp4, make::m4a(false, 3), 3018),
        ("m4a last, big", Format::Mp4, make::m4a_with(false, 3, 200_000), 3018),
        ("m4a fragmented", Format::Mp4, make::m4a_fragmented(), 0),
        ("vorbis", Format::OggVorbis, make::ogg_vorbis(), 2020),
        ("opus", Format::OggOpus, make::ogg_opus(), 2000),
        ("flac", Format::Flac, make::flac(), 2000),
        ("wav", Format::Wav, make::wav(5), 5000),
        ("webm", Format::Webm, make::webm(), 2000),
        ("hls", Format::Hls, make::hls(), 18_000),
    ]
}

#[test]
fn every_made_file_is_what_it_is() {
    for (name, format, file, ms) in made() {
        let facts = facts(&file);
        assert_eq!(facts.format, format, "{name}");
        let told = facts.duration_ms.unwrap_or_default();
        assert!(told.abs_diff(ms) <= ms / 50, "{name}: {told} ms");
        // Without a total the format is told all the same.
        let Sniff::Audio(facts) = sample(&file, None) else { panic!("{name}") };
        assert_eq!(facts.format, format, "{name}");
        assert!(facts.audio_start < file.len() as u64, "{name}");
    }
}

#[test]
fn a_file_that_comes_slowly_is_told_before_it_is_there() {
    for (name, format, file, _) in made() {
        let total = Some(file.len() as u64);
        let mut told = None;
        for seen in (0..file.len().min(65_536)).step_by(37) {
            match sniff(&Window { head: &file[..seen], jump: None, total, complete: false }) {
                Sniff::More => assert!(told.is_none(), "{name}: undecided at {seen} after {told:?}"),
                Sniff::Jump { offset, .. } => assert!(offset > seen as u64 || seen > 60_000, "{name}"),
                Sniff::Audio(facts) => {
                    assert_eq!(facts.format, format, "{name} at {seen}");
                    told = Some(seen);
                }
                other => panic!("{name} at {seen}: {other:?}"),
            }
        }
    }
}

#[test]
fn no_cut_makes_it_something_else() {
    for (name, format, file, _) in made() {
        for end in (0..file.len().min(6000)).chain([60_000, 65_535, 65_536, 65_537]).filter(|end| *end < file.len()) {
            let cut = &file[..end];
            for total in [None, Some(end as u64), Some(file.len() as u64)] {
                match sample(cut, total) {
                    Sniff::Audio(facts) => assert_eq!(facts.format, format, "{name} cut at {end}"),
                    Sniff::Corrupt { claims, .. } => {
                        // A tag claims MP3, the first page of an Ogg file no codec yet.
                        assert!(family(claims) == family(format) || claims == Format::Mp3, "{name} cut at {end}");
                    }
                    Sniff::Impostor(impostor) => {
                        assert!(format == Format::Hls || end < 24, "{name} cut at {end}: {impostor:?}");
                    }
                    Sniff::Empty => assert_eq!(end, 0),
                    Sniff::Unknown => {}
                    other => panic!("{name} cut at {end}: {other:?}"),
                }
            }
        }
    }
}

#[test]
fn whole_files_are_measured() {
    for (name, format, file, ms) in made() {
        let whole = measure(&file, 1000);
        assert_eq!(whole.bytes, file.len() as u64, "{name}");
        assert_eq!(whole.format, Some(format), "{name}");
        assert!(!whole.cut, "{name}");
        if format != Format::Hls && name != "m4a fragmented" {
            let told = whole.audio_ms.unwrap_or_default();
            assert!(told.abs_diff(ms) <= 1, "{name}: {told} ms");
        }
        for piece in [1, 7, 4096, 65_536, usize::MAX] {
            assert_eq!(measure(&file, piece), whole, "{name} in pieces of {piece}");
        }
    }
}

#[test]
fn a_cut_is_seen_and_its_frame_is_not_counted() {
    for (name, format, file, ms) in made() {
        if format == Format::Hls || name == "mp3 tagged" {
            continue;
        }
        let whole = measure(&file, 1000);
        let cut = measure(&file[..file.len() - 2], 1000);
        assert!(cut.cut, "{name}");
        assert!(cut.audio_ms <= whole.audio_ms && cut.frames <= whole.frames, "{name}");
        let half = measure(&file[..=file.len() / 2], 1000);
        if let (Some(half), true) = (half.audio_ms, half.frames > 0) {
            assert!(half < ms * 9 / 10, "{name}: {half} ms of {ms}");
        }
    }
}

#[test]
fn nothing_is_empty() {
    assert_eq!(sniff(&Window { complete: true, ..Window::default() }), Sniff::Empty);
    assert_eq!(sniff(&Window { total: Some(0), ..Window::default() }), Sniff::Empty);
    assert_eq!(sniff(&Window::default()), Sniff::More);
    assert_eq!(Meter::new().finish(), Whole::default());
}

/// Bytes that look like media here and there.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let files: Vec<Vec<u8>> =
        made().into_iter().map(|(_, _, file, _)| file[..file.len().min(20_000)].to_vec()).collect();
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..600),
        (prop::sample::select(files), any::<prop::sample::Index>(), 0_usize..3000).prop_map(|(file, at, len)| {
            // Starts are likelier than middles: there the claims are.
            let from = at.index(file.len() * 2).saturating_sub(file.len());
            file[from..file.len().min(from + len)].to_vec()
        }),
        (any::<u8>(), 0_usize..300).prop_map(|(byte, len)| vec![byte; len]),
    ];
    let flips = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    (prop::collection::vec(piece, 1..6), flips).prop_map(|(pieces, flips)| {
        let mut bytes = pieces.concat();
        for (at, byte) in flips {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic(
        head in hostile(),
        jump in prop::option::of((0_u64..100_000, hostile())),
        total in prop::option::of(0_u64..200_000),
        complete: bool,
    ) {
        let jump = jump.as_ref().map(|(offset, bytes)| (*offset, bytes.as_slice()));
        let answer = sniff(&Window { head: &head, jump, total, complete });
        if complete || jump.is_some() {
            prop_assert_ne!(&answer, &Sniff::More);
        }
        if jump.is_some() {
            prop_assert!(!matches!(answer, Sniff::Jump { .. }), "asked twice");
        }
        if let Sniff::Jump { len, .. } = answer {
            prop_assert!((1..=16_384).contains(&len));
        }
    }

    #[test]
    fn measuring_does_not_depend_on_the_pieces(file in hostile(), pieces in prop::collection::vec(1_usize..5000, 1..8)) {
        let whole = measure(&file, usize::MAX);
        let mut meter = Meter::new();
        let mut rest = file.as_slice();
        for piece in pieces.iter().cycle() {
            let (now, later) = rest.split_at((*piece).min(rest.len()));
            meter.push(now);
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(meter.finish(), whole.clone());
        prop_assert_eq!(measure(&file, 1), whole);
    }
}
