//! The sniffer over the first bytes, the second range that it asks for, and the meter over everything.

use podprobe::audio::{Meter, Sniff, Window, family, family_of_type, sniff};

/// What a sample reads at most, bytes.
const SAMPLE: usize = 64 << 10;
/// What a second range may ask for at most, bytes.
const JUMP: u64 = 16 << 10;

/// The last byte chooses how much of the rest is the sample; all of it is the file.
pub fn run(bytes: &[u8]) {
    let Some((&choice, file)) = bytes.split_last() else { return };
    let total = match choice % 4 {
        0 => None,
        1 => Some(u64::MAX),
        2 => Some(file.len() as u64 + u64::from(choice) * 100_000),
        _ => Some(file.len() as u64),
    };
    let head = match choice % 3 {
        0 => file.get(..file.len() / 2).unwrap_or_default(),
        _ => file.get(..SAMPLE.min(file.len())).unwrap_or_default(),
    };

    let early = sniff(&Window { head, jump: None, total, complete: false });
    let late = sniff(&Window { head, jump: None, total, complete: true });
    assert_ne!(late, Sniff::More, "nothing more can be had");
    for answer in [early, late] {
        told(&answer);
        let Sniff::Jump { offset, len } = answer else { continue };
        assert!(len <= JUMP && len > 0, "{len}");
        assert!(offset.checked_add(len).is_some(), "a range that can be asked for");
        assert!(total.is_none_or(|total| offset < total), "{offset} of {total:?}");
        let at = usize::try_from(offset).unwrap_or(usize::MAX).min(file.len() / 3);
        let answers: [&[u8]; 3] = [
            &[],
            file.get(at..file.len().min(at + 16384)).unwrap_or_default(),
            file.get(..file.len().min(300)).unwrap_or_default(),
        ];
        for piece in answers {
            let second = sniff(&Window { head, jump: Some((offset, piece)), total, complete: true });
            assert!(!matches!(second, Sniff::Jump { .. } | Sniff::More), "asked at most once: {second:?}");
            told(&second);
        }
    }

    let mut whole = Meter::new();
    whole.push(file);
    let whole = whole.finish();
    let mut pieces = Meter::new();
    file.chunks(usize::from(choice) % 97 + 1).for_each(|piece| pieces.push(piece));
    assert_eq!(whole, pieces.finish(), "the chunks that a file comes in change nothing");
    assert_eq!(whole.bytes, file.len() as u64);

    if let Ok(text) = std::str::from_utf8(file.get(..file.len().min(200)).unwrap_or_default()) {
        let _ = family_of_type(text);
    }
}

fn told(answer: &Sniff) {
    match answer {
        Sniff::Audio(facts) => {
            let _ = family(facts.format);
            assert!(facts.remarks.len() < 20 && facts.remarks.iter().all(|remark| remark.len() < 1000), "{facts:?}");
            assert!(facts.odd_codec.as_ref().is_none_or(|codec| codec.len() < 200), "{facts:?}");
        }
        Sniff::Corrupt { why, .. } => assert!(!why.is_empty() && why.len() < 1000, "{why}"),
        _ => {}
    }
}
