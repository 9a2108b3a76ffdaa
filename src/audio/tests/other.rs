//! Containers, playlists and what comes in place of audio.

use super::*;

fn find(file: &[u8], what: &[u8]) -> usize {
    memchr::memmem::find(file, what).unwrap()
}

/// A box or atom.
fn atom(kind: &[u8], body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(body.len() + 8).unwrap();
    [&size.to_be_bytes()[..], kind, body].concat()
}

#[test]
fn moov_is_first_last_or_in_fragments() {
    let first = facts(&make::m4a(true, 3));
    assert_eq!(first.moov, Some(Moov::First));
    let last = facts(&make::m4a(false, 3));
    assert_eq!((last.moov, last.audio_start), (Some(Moov::Last), 36));
    assert_eq!(facts(&make::m4a_fragmented()).moov, Some(Moov::Fragmented));
    for (facts, file) in [(first, make::m4a(true, 3)), (last, make::m4a(false, 3))] {
        assert_eq!(facts.stated_end, Some(file.len() as u64));
        assert_eq!(facts.stated_duration_ms, Some(3018));
        assert_eq!(facts.odd_codec, None);
    }
}

#[test]
fn mdat_is_jumped_over_to_find_moov() {
    let file = make::m4a_with(false, 3, 200_000);
    let total = Some(file.len() as u64);
    let moov = find(&file, b"moov") as u64 - 4;
    let answer = sniff(&Window { head: &file[..100], jump: None, total, complete: false });
    assert_eq!(answer, Sniff::Jump { offset: moov, len: file.len() as u64 - moov });
    assert_eq!(facts(&file).moov, Some(Moov::Last));
    // With moov in front nothing is jumped to.
    let file = make::m4a_with(true, 3, 200_000);
    let answer = sniff(&Window { head: &file[..1000], jump: None, total: None, complete: false });
    assert!(
        matches!(answer, Sniff::Audio(Facts { moov: Some(Moov::First), stated_end: Some(end), .. }) if end == file.len() as u64)
    );
}

#[test]
fn long_and_open_boxes_are_read() {
    let short = make::m4a(true, 3);
    let at = find(&short, b"mdat") - 4;
    let (front, payload) = (&short[..at], &short[at + 8..]);
    let size = (payload.len() as u64 + 16).to_be_bytes();
    let long = [front, b"\0\0\0\x01mdat", &size, payload].concat();
    assert_eq!(facts(&long).stated_end, Some(long.len() as u64));
    assert!(!measure(&long, 10).cut);
    assert!(measure(&long[..long.len() - 1], 10).cut);
    let open = [front, b"\0\0\0\0mdat", payload].concat();
    assert_eq!((facts(&open).stated_end, facts(&open).moov), (None, Some(Moov::First)));
    assert!(!measure(&open[..open.len() - 1], 10).cut);
}

#[test]
fn a_cut_mp4_states_its_end() {
    let file = make::m4a(true, 3);
    let cut = facts(&file[..file.len() - 500]);
    assert_eq!(cut.stated_end, Some(file.len() as u64));
    let file = make::m4a_with(false, 3, 200_000);
    let cut = facts(&file[..150_000]);
    assert_eq!(cut.moov, Some(Moov::Missing));
    assert!(cut.stated_end > Some(150_000));
}

#[test]
fn an_mp4_without_index_or_audio_is_corrupt() {
    let ftyp = &make::m4a(true, 1)[..28];
    assert_eq!(why(&[ftyp, &atom(b"mdat", &[0; 900])].concat()).1, "the whole file has no index (moov)");
    let file = make::m4a(true, 1);
    assert_eq!(why(&file[..find(&file, b"mdat") - 4]).1, "an index (moov) and no audio (mdat)");
    assert_eq!(why(ftyp).1, "neither moov nor mdat");
    let garbage = [ftyp, &[0x93; 900]].concat();
    assert_eq!(why(&garbage).0, Format::Mp4);
    let words = [ftyp, &atom(b"oops", &[0; 900])].concat();
    assert_eq!(why(&words).1, "the box behind the first is none of a media file");
    assert_eq!(measure(&garbage, 10).format, None);
    // Without ftyp the claim is too weak to be called broken.
    assert_eq!(known(&[atom(b"free", &[]), vec![0x93; 900]].concat()), Sniff::Unknown);
    let quicktime = [atom(b"wide", &[]), file[28..].to_vec()].concat();
    assert_eq!(facts(&quicktime).format, Format::Mp4);
}

#[test]
fn codecs_that_few_apps_play_are_named() {
    let file = make::m4a(true, 1);
    let at = find(&file, b"mp4a");
    for (kind, name) in
        [(b"alac", "alac"), (b"fLaC", "flac"), (b"ac-3", "ac-3"), (b"Opus", "opus"), (b"enca", "encrypted")]
    {
        let mut odd = file.clone();
        odd[at..at + 4].copy_from_slice(kind);
        assert_eq!(facts(&odd).odd_codec.as_deref(), Some(name));
    }
    let esds = find(&file, b"esds");
    for (object, name) in [(0x6b, None), (0x67, None), (0xa5, Some("ac-3")), (0xe1, Some("mp4a, object type 0xe1"))] {
        let mut odd = file.clone();
        let at = esds + 8 + 5 + 2;
        assert_eq!(odd[at], 0x40);
        odd[at] = object;
        assert_eq!(facts(&odd).odd_codec.as_deref(), name);
    }
    let mut silent = file.clone();
    let at = find(&silent, b"soun");
    silent[at..at + 4].copy_from_slice(b"text");
    assert_eq!(facts(&silent).remarks, ["no audio track"]);
}

#[test]
fn pages_must_be_sound_and_of_one_stream() {
    for (file, format) in [(make::ogg_vorbis(), Format::OggVorbis), (make::ogg_opus(), Format::OggOpus)] {
        let mut broken = file.clone();
        broken[40] ^= 1;
        assert_eq!(why(&broken).1, "a page's checksum does not hold");
        let second = file[1..].windows(4).position(|four| four == b"OggS").unwrap() + 1;
        let mut broken = file.clone();
        broken[second + 3] = b'!';
        assert_eq!(why(&broken), (format, "a page's header is broken".to_owned()));
        assert_eq!(why(&file[..second]), (format, "the file ends behind its first page".to_owned()));
        assert_eq!(why(&file[second..]).1, "it does not begin with the first page of a stream");
        // No last page: the stream was cut between two pages.
        let last = file.windows(4).rposition(|four| four == b"OggS").unwrap();
        assert!(measure(&file[..last], 10).cut);
        // Two files behind each other are played behind each other.
        let one = measure(&file, 10).audio_ms.unwrap();
        let both = measure(&[&file[..], &file].concat(), 10);
        assert_eq!((both.audio_ms, both.cut), (Some(one * 2), false));
    }
    assert_eq!(why(b"OggS").1, "the file ends within its first page");
}

#[test]
fn the_pages_seen_tell_the_rate_of_an_ogg_stream() {
    // The second half of the file is not seen: 50 packets of 20 ms a page.
    let file = make::ogg_opus();
    let pages: Vec<usize> = memchr::memmem::find_iter(&file, b"OggS").collect();
    let head = &file[..pages[4]];
    let total = pages[4] as u64 + 100_000;
    let Sniff::Audio(facts) = sniff(&Window { head, jump: Some((0, &[])), total: Some(total), complete: true }) else {
        panic!()
    };
    let page = (pages[4] - pages[3]) as u64;
    assert_eq!(facts.bitrate_kbps.map(u64::from), Some((page * 8 + 500) / 1000));
    assert_eq!(facts.stated_duration_ms, None);
    assert!(facts.duration_ms.is_some());
    // Of a Vorbis stream with one page of audio in sight, the encoder's own aim.
    let file = make::ogg_vorbis();
    let pages: Vec<usize> = memchr::memmem::find_iter(&file, b"OggS").collect();
    let Sniff::Audio(facts) = sniff(&Window { head: &file[..pages[2]], ..Window::default() }) else { panic!() };
    assert_eq!(facts.bitrate_kbps, Some(64));
}

#[test]
fn the_rate_of_chained_streams_is_that_of_the_first() {
    let file = make::ogg_opus();
    let pages: Vec<usize> = memchr::memmem::find_iter(&file, b"OggS").collect();
    // Two pages of audio behind the first, 50 packets of 20 ms and one more.
    let rate = ((file.len() - pages[3]) as u64 * 8 + 510) / 1020;
    let chain = file.repeat(300);
    let Sniff::Audio(facts) = sample(&chain, Some(chain.len() as u64)) else { panic!() };
    let told = facts.bitrate_kbps.map(u64::from).unwrap();
    assert!(told.abs_diff(rate) <= 1, "{told} kbit/s, {rate} wanted");
    // All of it plays, not only what was seen.
    let seconds = facts.duration_ms.unwrap() / 1000;
    assert!((400..900).contains(&seconds), "{seconds} s of about 600");
}

#[test]
fn flac_needs_stream_info_and_a_frame() {
    let file = make::flac();
    assert_eq!((facts(&file).audio_start, facts(&file).stated_duration_ms), (42, Some(2000)));
    let mut other = file.clone();
    other[4] = 0x84; // a comment comes first
    assert_eq!(why(&other).1, "no STREAMINFO that makes sense behind fLaC");
    let mut rate = file.clone();
    rate[18..21].fill(0);
    assert_eq!(why(&rate).0, Format::Flac);
    assert_eq!(why(&file[..42]).1, "metadata and no audio");
    let mut frame = file.clone();
    frame[46] ^= 1; // the first frame's number, against its checksum
    assert_eq!(why(&frame).1, "no frame behind the metadata");
}

#[test]
fn pictures_in_flac_are_jumped_over() {
    let file = make::flac();
    let mut picture = b"\x86\x03\x0d\x40".to_vec();
    picture.resize(200_004, 7);
    let mut big = [&file[..42], &picture, &file[42..]].concat();
    big[4] = 0;
    let total = Some(big.len() as u64);
    let answer = sniff(&Window { head: &big[..60], jump: None, total, complete: false });
    assert_eq!(answer, Sniff::Jump { offset: 200_046, len: big.len() as u64 - 200_046 });
    assert_eq!(facts(&big).audio_start, 200_046);
    assert_eq!(measure(&big, 1000).audio_ms, Some(2000));
}

#[test]
fn flac_frames_are_counted_by_their_checksums() {
    let file = make::flac();
    let whole = measure(&file, 10);
    assert_eq!((whole.frames, whole.audio_ms, whole.cut), (20, Some(2000), false));
    let mut damaged = file.clone();
    let length = file.len();
    damaged[length - 20] ^= 0xff; // in the last frame but one
    assert_eq!(measure(&damaged, 10).audio_ms, Some(2000));
    let tagged = [&file[..], b"TAG", &[0; 125]].concat();
    assert!(!measure(&tagged, 10).cut);
    let cut = measure(&file[..length - 1], 10);
    assert_eq!((cut.frames, cut.audio_ms, cut.cut), (19, Some(1900), true));
}

#[test]
fn wav_needs_a_format_and_audio() {
    let file = make::wav(5);
    let facts = facts(&file);
    assert_eq!((facts.audio_start, facts.bitrate_kbps, facts.stated_end), (44, Some(128), Some(80_044)));
    assert_eq!(why(&[&file[..12], &file[36..]].concat()).1, "audio (data) without a format chunk (fmt) before it");
    assert_eq!(why(&file[..36]).1, "no audio chunk (data)");
    assert_eq!(why(&file[..12]).1, "no format chunk (fmt)");
    let mut mute = file.clone();
    mute[22] = 0; // no channel
    assert_eq!(why(&mute).1, "a format chunk (fmt) that makes no sense");
    let Sniff::Audio(cut) = known(&file[..40_044]) else { panic!() };
    assert_eq!(cut.stated_end, Some(80_044));
    let whole = measure(&file[..40_044], 1000);
    assert_eq!((whole.audio_ms, whole.cut), (Some(2500), true));
}

#[test]
fn wav_codecs_that_few_apps_play_are_named() {
    for (tag, name) in
        [(0x31_u8, Some("gsm610")), (0x55, Some("mp3")), (2, Some("ms-adpcm")), (3, None), (0x99, Some("0x0099"))]
    {
        let mut file = make::wav(1);
        file[20] = tag;
        assert_eq!(facts(&file).odd_codec.as_deref(), name);
    }
}

#[test]
fn wav_sizes_may_be_long_or_never_filled_in() {
    let mut open = make::wav(5);
    open[4..8].fill(0xff);
    open[40..44].fill(0xff);
    let told = facts(&open);
    assert_eq!((told.stated_end, told.duration_ms), (None, Some(5000)));
    assert!(!told.remarks.is_empty());
    let whole = measure(&open, 1000);
    assert_eq!((whole.audio_ms, whole.cut), (Some(5000), false));
    for magic in [b"RF64", b"BW64"] {
        let mut ds64 = b"ds64\x1c\0\0\0".to_vec();
        ds64.extend(80_080_u64.to_le_bytes());
        ds64.extend(80_000_u64.to_le_bytes());
        ds64.extend([0; 12]);
        let mut long = [&open[..12], &ds64, &open[12..]].concat();
        long[..4].copy_from_slice(magic);
        assert_eq!((facts(&long).stated_end, facts(&long).stated_duration_ms), (Some(80_088), Some(5000)));
        assert!(measure(&long[..long.len() - 1], 1000).cut);
    }
    // A big chunk before the audio is jumped over.
    let file = make::wav(1);
    let list = [b"LIST\xa0\x86\x01\0".to_vec(), vec![1; 100_000]].concat();
    let far = [&file[..36], &list, &file[36..]].concat();
    assert_eq!(facts(&far).audio_start, 100_052);
}

#[test]
fn webm_needs_a_segment() {
    let file = make::webm();
    let segment = find(&file, b"\x18\x53\x80\x67");
    assert_eq!(facts(&file).stated_end, Some(file.len() as u64));
    assert_eq!(why(&file[..segment]).1, "an EBML header and no segment");
    let mut none = file.clone();
    none[segment] = 0x19;
    assert_eq!(why(&none).1, "no segment behind the EBML header");
    let kind = find(&file, b"webm");
    let mut other = file.clone();
    other[kind..kind + 4].copy_from_slice(b"mkvx");
    assert_eq!(known(&other), Sniff::Unknown);
    // As live streams write it: no sizes, no duration.
    let mut live = file.clone();
    live[segment + 4..segment + 8].copy_from_slice(b"\x1f\xff\xff\xff");
    let duration = find(&live, b"\x44\x89");
    live[duration + 1] = 0x8a;
    assert_eq!((facts(&live).stated_end, facts(&live).duration_ms), (None, None));
    assert_eq!(measure(&live, 10).audio_ms, Some(2000));
}

#[test]
fn playlists_need_a_tag_or_a_uri() {
    assert_eq!(facts(b"#EXTM3U\nhttps://example.org/a.ts\n").format, Format::Hls);
    let main = b"\xef\xbb\xbf#EXTM3U\r\n#EXT-X-STREAM-INF:BANDWIDTH=64000\r\nlow.m3u8\r\n";
    assert_eq!(facts(main).duration_ms, None);
    let live = facts(b"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\na.ts\n");
    assert_eq!((live.duration_ms, live.remarks.len()), (None, 1));
    assert_eq!(why(b"#EXTM3U\n\n# nothing\n").0, Format::Hls);
    assert_eq!(why(b"#EXTM3U\n<html>no</html>\n").0, Format::Hls);
    let more = sniff(&Window { head: b"#EXTM3U\n#EXT-X-VERS", jump: None, total: None, complete: false });
    assert_eq!(more, Sniff::More);
}

#[test]
fn pages_and_documents_are_told_from_audio() {
    for text in [
        &b"<!DOCTYPE html>\n<html>"[..],
        b"\xef\xbb\xbf \r\n\t<HTML lang=en>",
        b"<!-- cached -->\n<!-- again --><head><title>x",
        b"<?xml version=\"1.0\"?><!doctype HTML><html>",
        b"<script>location='/'</script>",
        b"\xff\xfe<\0h\0t\0m\0l\0>\0",
        b"\xfe\xff\0<\0h\0t\0m\0l\0>",
    ] {
        assert_eq!(known(text), Sniff::Impostor(Impostor::Html), "{}", String::from_utf8_lossy(text));
    }
    for text in [
        &b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code></Error>"[..],
        b"<Error><Code>NoSuchKey</Code></Error>",
        b"<rss version='2.0'><channel/></rss>",
    ] {
        assert_eq!(known(text), Sniff::Impostor(Impostor::Xml), "{}", String::from_utf8_lossy(text));
    }
    for text in [&b"{\"error\": \"not found\"}"[..], b" [ {\"a\":1} ]", b"{}", b"[]"] {
        assert_eq!(known(text), Sniff::Impostor(Impostor::Json), "{}", String::from_utf8_lossy(text));
    }
    for text in [
        &b"Not found"[..],
        "Die Datei wurde nicht gefunden: \u{fc}ber.mp3".as_bytes(),
        b"La page demand\xe9e est introuvable",
    ] {
        assert_eq!(known(text), Sniff::Impostor(Impostor::Text), "{}", String::from_utf8_lossy(text));
    }
    // A document is told by its first tag, a text only by enough of it.
    let part = |head| sniff(&Window { head, jump: None, total: None, complete: false });
    assert_eq!(part(b"<!DOCTYPE html><html>"), Sniff::Impostor(Impostor::Html));
    assert_eq!(part(b"Not found: the file that you were looking for"), Sniff::More);
    assert_eq!(part(&b"Not found. ".repeat(60)), Sniff::Impostor(Impostor::Text));
}

#[test]
fn pictures_and_archives_are_told_from_audio() {
    let padded = |magic: &[u8]| [magic, &[0; 200]].concat();
    for magic in [
        &b"\xff\xd8\xff\xe0\0\x10JFIF"[..],
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"RIFF\x10\0\0\0WEBPVP8 ",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        b"\0\0\0\x18ftypavif\0\0\0\0mif1avif",
        b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0",
    ] {
        assert_eq!(known(&padded(magic)), Sniff::Impostor(Impostor::Image), "{}", String::from_utf8_lossy(magic));
    }
    assert_eq!(known(&padded(b"%PDF-1.7")), Sniff::Impostor(Impostor::Pdf));
    assert_eq!(known(&padded(b"\x1f\x8b\x08\0")), Sniff::Impostor(Impostor::Gzip));
    assert_eq!(known(&padded(b"PK\x03\x04\x14\0")), Sniff::Impostor(Impostor::Zip));
}

#[test]
fn other_media_are_not_searched_for_stray_frames() {
    let audio = make::mp3(3, 64);
    for magic in
        [&b"RIFF\0\0\x01\0AVI LIST"[..], b"\0\0\x01\xba\x44\0\x04\0", b"FORM\0\0\0\x20AIFF", b"FLV\x01\x05\0\0\0\x09"]
    {
        assert_eq!(known(&[magic, &audio].concat()), Sniff::Unknown);
    }
    let mut packets = audio;
    for at in (0..packets.len()).step_by(188) {
        packets[at] = 0x47;
    }
    assert_eq!(known(&packets), Sniff::Unknown);
    assert_eq!(known(&[0; 5000]), Sniff::Unknown);
    assert_eq!(known(b"\xc2\x03\x8b"), Sniff::Unknown);
}
