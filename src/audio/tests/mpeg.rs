//! MPEG audio, AAC and the tags around them.

use super::*;

fn spec() -> Mp3 {
    Mp3 { seconds: 3, ..Mp3::default() }
}

#[test]
fn a_tag_beyond_the_head_is_jumped_over() {
    let file = make::mp3_with(&Mp3 { id3: vec![300_000], ..spec() });
    let total = Some(file.len() as u64);
    let jump = Sniff::Jump { offset: 300_000, len: 16_384 };
    // The first ten bytes say it; the rest of the head is not waited for.
    assert_eq!(sniff(&Window { head: &file[..10], jump: None, total, complete: false }), jump);
    assert_eq!(sniff(&Window { head: &file[..65_536], jump: None, total: None, complete: true }), jump);
    assert_eq!(facts(&file).audio_start, 300_000);
    // The end of the file bounds the second look.
    let short = sniff(&Window { head: &file[..10], jump: None, total: Some(300_100), complete: false });
    assert_eq!(short, Sniff::Jump { offset: 300_000, len: 100 });
}

#[test]
fn tags_of_all_versions_and_several_in_a_row_are_skipped() {
    for version in [2, 3, 4] {
        let mut file = make::mp3_with(&Mp3 { id3: vec![400, 10, 1000], ..spec() });
        file[3] = version;
        file[5] = 0x80; // unsynchronised
        assert_eq!(facts(&file).audio_start, 1410);
        assert!(facts(&file).remarks.is_empty());
    }
    // A footer is ten more bytes, and only 2.4 has one.
    let tag = make::id3(400);
    let audio = make::mp3(3, 64);
    let mut footed = [&tag[..], b"3DI\x04\0\x10\0\0\x03\x06", &audio].concat();
    footed[5] = 0x10;
    assert_eq!(facts(&footed).audio_start, 410);
    assert!(facts(&footed).remarks.is_empty());
    // A size whose bytes have their top bit set is no tag.
    let mut wrong = [tag, audio].concat();
    wrong[8] = 0xff;
    assert_eq!(facts(&wrong).audio_start, 400, "found as behind junk");
    assert!(!facts(&wrong).remarks.is_empty());
}

#[test]
fn a_tag_without_audio_is_corrupt() {
    let tag = make::id3(400);
    assert_eq!(why(&tag), (Format::Mp3, "an ID3 tag and no audio".to_owned()));
    assert_eq!(why(&tag[..300]), (Format::Mp3, "the ID3 tag is longer than the file".to_owned()));
    assert_eq!(why(&tag[..7]), (Format::Mp3, "the file ends within its ID3 tag's header".to_owned()));
    let page = [&tag[..], b"<!DOCTYPE html><html><body>Not found</body></html>"].concat();
    assert_eq!(why(&page), (Format::Mp3, "behind its ID3 tag is an HTML page".to_owned()));
    let noise = [&tag[..], &vec![0x81; 20_000]].concat();
    assert_eq!(why(&noise), (Format::Mp3, "behind its ID3 tag is no frame of audio".to_owned()));
    let mp4 = [tag, make::m4a(true, 1)].concat();
    assert_eq!(why(&mp4).0, Format::Mp3);
    // A second look that the server refuses proves nothing.
    let head = make::id3(300_000);
    let refused = Window { head: &head[..65_536], jump: Some((300_000, &[])), total: Some(400_000), complete: true };
    assert_eq!(sniff(&refused), Sniff::Unknown);
}

#[test]
fn flac_behind_a_tag_is_flac() {
    let file = [make::id3(400), make::flac()].concat();
    assert_eq!((facts(&file).format, facts(&file).audio_start), (Format::Flac, 442));
    assert_eq!(measure(&file, 100).audio_ms, Some(2000));
}

#[test]
fn two_frames_must_agree() {
    let good = make::mp3(1, 64);
    let mut other_rate = good.clone();
    let length = 208; // 144 * 64000 / 44100
    assert_eq!(&other_rate[length..length + 2], b"\xff\xfb");
    other_rate[length + 2] |= 4;
    let facts = facts(&other_rate);
    assert_eq!(facts.audio_start, length as u64 * 2, "the frame behind the one of another rate");
    // A header alone in noise is no MP3.
    let lone = [&good[..length], &vec![0x81; 30_000]].concat();
    assert_eq!(why(&lone).0, Format::Mp3);
    let noise = [&[0x81; 100][..], &good[..length], &vec![0x81; 30_000]].concat();
    assert_eq!(known(&noise), Sniff::Unknown);
    // In junk two frames are not enough where the third is seen not to agree.
    let pair = [&[0x81; 100][..], &good[..length * 2], &vec![0x81; 30_000]].concat();
    assert_eq!(known(&pair), Sniff::Unknown);
    let pair_at_end = [&[0x81; 100][..], &good[..length * 2], b"TAG", &[0; 125]].concat();
    assert_eq!(super::facts(&pair_at_end).audio_start, 100);
}

#[test]
fn a_single_frame_counts_where_the_file_ends_behind_it() {
    let good = make::mp3(1, 64);
    assert_eq!(facts(&good[..208]).remarks, ["a single frame"]);
    assert_eq!(why(&good[..207]).1, "the file ends within its first frame");
    let head = Window { head: &good[..208], jump: None, total: Some(9000), complete: false };
    assert_eq!(sniff(&head), Sniff::More);
}

#[test]
fn junk_before_the_first_frame_is_remarked_up_to_a_bound() {
    let file = make::mp3_with(&Mp3 { junk: 2255, ..spec() });
    assert_eq!(facts(&file).audio_start, 2255);
    assert_eq!(facts(&file).remarks, ["2255 bytes of junk before the first frame"]);
    let zeros = [vec![0; 215], make::mp3(3, 64)].concat();
    assert_eq!(facts(&zeros).remarks, ["215 bytes of zeros before the first frame"]);
    let far = make::mp3_with(&Mp3 { junk: 17_000, ..spec() });
    assert_eq!(known(&far), Sniff::Unknown);
    // A live stream begins in the middle of a frame.
    let live = &make::adts(3)[5..];
    let live = sniff(&Window { head: live, jump: None, total: None, complete: false });
    assert!(matches!(live, Sniff::Audio(Facts { format: Format::Aac, audio_start: 8, .. })), "{live:?}");
}

#[test]
fn header_frames_state_frames_and_bytes() {
    for stated in [Stated::Xing, Stated::Info, Stated::Vbri] {
        let file = make::mp3_with(&Mp3 { id3: vec![500], stated: Some(stated), variable: true, ..spec() });
        let facts = facts(&file);
        assert_eq!(facts.stated_end, Some(file.len() as u64), "{stated:?}");
        assert_eq!(facts.stated_duration_ms, Some(3004), "{stated:?}");
        // Half of the file states the same.
        let Sniff::Audio(half) = known(&file[..file.len() / 2]) else { panic!("{stated:?}") };
        assert_eq!(half.stated_end, Some(file.len() as u64), "{stated:?}");
        let average = (file.len() as u64 - 500) * 8 / 3004;
        assert!(facts.bitrate_kbps.is_some_and(|kbps| average.abs_diff(kbps.into()) <= 1), "{stated:?}");
    }
}

#[test]
fn a_header_frame_without_audio_is_corrupt() {
    for stated in [Stated::Xing, Stated::Info, Stated::Vbri] {
        let file = make::mp3_with(&Mp3 { seconds: 0, stated: Some(stated), ..spec() });
        assert!(why(&file).1.starts_with("a header frame ("), "{stated:?}");
    }
}

#[test]
fn numbers_that_cannot_be_are_not_believed() {
    let file = make::mp3_with(&Mp3 { stated: Some(Stated::Xing), ..spec() });
    let at = file.windows(4).position(|four| four == b"Xing").unwrap();
    let mut none = file.clone();
    none[at + 8..at + 12].fill(0);
    assert_eq!(facts(&none).stated_duration_ms, None);
    assert_eq!(facts(&none).remarks, ["the Xing header counts no frame"]);
    let mut many = file;
    many[at + 8..at + 12].fill(0xff);
    assert_eq!((facts(&many).stated_duration_ms, facts(&many).stated_end), (None, None));
}

#[test]
fn lame_repeats_the_length() {
    let mut file = make::mp3_with(&Mp3 { stated: Some(Stated::Xing), ..spec() });
    let at = file.windows(4).position(|four| four == b"Xing").unwrap();
    file[at + 7] = 1; // frames alone
    file[at + 12..at + 16].copy_from_slice(b"LAME");
    let stated = u32::try_from(file.len()).unwrap();
    file[at + 40..at + 44].copy_from_slice(&stated.to_be_bytes());
    assert_eq!(facts(&file).stated_end, Some(u64::from(stated)));
}

#[test]
fn bitrates_without_a_header_frame_come_from_the_frames() {
    let constant = facts(&make::mp3(3, 128));
    assert_eq!((constant.bitrate_kbps, constant.stated_end, constant.stated_duration_ms), (Some(128), None, None));
    let variable = facts(&make::mp3_with(&Mp3 { variable: true, ..spec() }));
    assert_eq!(variable.bitrate_kbps, Some(72), "between 64 and 80");
    assert_eq!(variable.duration_ms.map(|ms| ms / 100), Some(30));
    let free = facts(&make::mp3_with(&Mp3 { free: true, ..spec() }));
    assert_eq!(free.bitrate_kbps, Some(64));
}

#[test]
fn a_few_frames_are_waited_for_where_the_average_needs_them() {
    let file = make::mp3(3, 64);
    let at = |seen: usize, complete| sniff(&Window { head: &file[..seen], jump: None, total: None, complete });
    assert_eq!(at(500, false), Sniff::More);
    assert!(matches!(at(500, true), Sniff::Audio(_)));
    assert!(matches!(at(2000, false), Sniff::Audio(_)));
}

#[test]
fn adif_is_told_by_its_header() {
    // 128 kbit/s, constant; one program, rate index 4.
    let mut file = b"ADIF\x00\x3e\x80\x00\x00\x00\x01\x10".to_vec();
    file.resize(16_000, 0x21);
    let facts = facts(&file);
    assert_eq!((facts.format, facts.bitrate_kbps, facts.duration_ms), (Format::Aac, Some(128), Some(1000)));
    assert_eq!(why(b"ADIF\x00\x3e").0, Format::Aac);
    file[11] = 0x7c; // rate index 15
    file[10] = 0x07;
    assert_eq!(why(&file).0, Format::Aac);
}

#[test]
fn measuring_goes_on_over_tags_damage_and_another_rate() {
    let one = make::mp3(1, 64);
    let ms = measure(&one, 100).audio_ms.unwrap();
    let other = make::mp3_with(&Mp3 { seconds: 1, version: Version::Two, id3: vec![700], ..Mp3::default() });
    let joined = measure(&[&one[..], &other, &one].concat(), 100);
    assert_eq!(joined.audio_ms.map(|told| told.abs_diff(ms * 3) <= 3), Some(true), "{joined:?}");
    assert!(!joined.cut);
    let damaged = measure(&[&one[..], &[0x81; 3000], &one].concat(), 100);
    assert_eq!(damaged.audio_ms.map(|told| told.abs_diff(ms * 2) <= 3), Some(true), "{damaged:?}");
    // A header frame in the middle, as where two files were joined, plays nothing.
    let stated = make::mp3_with(&Mp3 { seconds: 1, stated: Some(Stated::Info), ..Mp3::default() });
    assert_eq!(measure(&[&one[..], &stated].concat(), 100).frames, measure(&one, 100).frames * 2);
}

#[test]
fn trailing_tags_are_no_cut() {
    let audio = make::mp3(1, 64);
    let v1 = [b"TAG", &[b' '; 125][..]].concat();
    let ape = [&b"APETAGEX\xd0\x07\0\0\x20\0\0\0\0\0\0\0\0\0\0\xa0"[..], &[0; 8 + 32]].concat();
    let whole = measure(&audio, 100);
    for tags in [vec![&v1], vec![&ape], vec![&ape, &v1]] {
        let file = [audio.clone(), tags.into_iter().flatten().copied().collect()].concat();
        let told = measure(&file, 100);
        assert_eq!((told.audio_ms, told.cut, told.frames), (whole.audio_ms, false, whole.frames));
        assert!(facts(&file).remarks.is_empty());
    }
    // The tag was written over the end of the last frame.
    let over = [&audio[..audio.len() - 128], &v1].concat();
    assert!(!measure(&over, 100).cut);
    // Within a header is a cut, a few zeros are none.
    assert!(measure(&[&audio[..], b"\xff\xfb"].concat(), 100).cut);
    assert!(!measure(&[&audio[..], &[0; 5]].concat(), 100).cut);
}

#[test]
fn big_tags_are_passed_in_constant_memory() {
    let file = make::mp3_with(&Mp3 { id3: vec![1_000_000, 70_000, 65_530], ..spec() });
    let whole = measure(&file, 1000);
    assert_eq!((whole.format, whole.audio_ms), (Some(Format::Mp3), Some(3004)));
    let mut page = make::id3(100_000);
    page.extend(b"<html><body>no</body></html>");
    assert_eq!(measure(&page, 1000).format, None);
    // Nothing but audio stands behind a tag.
    let mp4 = [make::id3(100_000), make::m4a(true, 1)].concat();
    assert_eq!(measure(&mp4, 1000).format, None);
}
