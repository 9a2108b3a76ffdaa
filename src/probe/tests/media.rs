//! The GET at the end: samples, second ranges, whole bodies.

use super::*;
use crate::audio::Sniff;
use crate::chain::{Depth, End, Media, RangeAnswer};

async fn media_of(server: &Server, depth: Depth) -> (Arc<Chain>, Media) {
    let round = Bench::new().name("a.example:80", server).round();
    let chain = round.walk(&link("http://a.example/a.mp3"), depth).await;
    let media = chain.media.clone().unwrap();
    (chain, media)
}

#[tokio::test]
async fn reading_stops_as_soon_as_the_format_is_proven() {
    let server = serve(None, |seen| {
        // Everything, whatever was asked for; it never ends.
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\ncontent-type: audio/mpeg\r\n\r\n".to_vec();
        if seen.method == "HEAD" { Act::Send(head) } else { Act::Flood(head, mp3(10)) }
    })
    .await;
    let (chain, media) = media_of(&server, Depth::Sample).await;
    assert_eq!((&chain.end, chain.walks), (&End::Reached, 1));
    assert_eq!(media.range, Some(RangeAnswer::Ignored));
    assert_eq!(media.bytes_total, Some(1_000_000_000));
    assert!(media.bytes_read <= 200_000, "{}", media.bytes_read);
    assert!(matches!(media.sniff, Some(Sniff::Audio(_))));
}

/// An ID3v2 tag of 100,000 bytes in all, then frames.
fn tagged() -> Vec<u8> {
    let size: u32 = 99_990;
    let mut bytes = b"ID3\x04\0\0".to_vec();
    for shift in [21, 14, 7, 0] {
        bytes.push(u8::try_from((size >> shift) & 0x7F).unwrap());
    }
    bytes.resize(100_000, 0);
    bytes.extend(mp3(200));
    bytes
}

#[tokio::test]
async fn a_second_range_looks_past_a_tag() {
    let server = serve(None, |seen| file(seen, "audio/mpeg", &tagged())).await;
    let (_, media) = media_of(&server, Depth::Sample).await;
    let lines = server.lines();
    assert_eq!(lines.len(), 3, "{lines:?}");
    let (first, last) = lines[2].strip_prefix("GET /a.mp3 bytes=").unwrap().split_once('-').unwrap();
    let (first, last): (u64, u64) = (first.parse().unwrap(), last.parse().unwrap());
    assert!(first >= 99_000 && last - first < 16_384);
    assert!(matches!(media.sniff, Some(Sniff::Audio(_))), "{:?}", media.sniff);
}

#[tokio::test]
async fn a_second_range_that_cannot_be_asked_for_takes_nothing_from_the_first() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server { address, seen: Arc::default(), accepted: Arc::default() };
    let seen = Arc::clone(&server.seen);
    tokio::spawn(async move {
        let (tcp, _) = listener.accept().await.unwrap();
        // Nobody listens any longer.
        drop(listener);
        let handler = |seen: &Seen| match file(seen, "audio/mpeg", &tagged()) {
            Act::Send(bytes) if seen.method == "GET" => Act::Last(bytes),
            act => act,
        };
        converse(tcp, 1, Arc::new(handler), seen).await;
    });
    let (chain, media) = media_of(&server, Depth::Sample).await;
    assert_eq!((&chain.end, statuses(&chain)), (&End::Reached, vec![206]));
    assert!(chain.last().unwrap().connection.is_some());
    assert!(matches!(media.sniff, Some(Sniff::Jump { .. })), "{:?}", media.sniff);
}

#[tokio::test]
async fn where_the_second_range_is_not_given_the_question_stays_open() {
    let server = serve(None, |seen| {
        if seen.header("range").is_some_and(|range| !range.starts_with("bytes=0-")) {
            reply(seen, "416 No", &[], b"")
        } else {
            file(seen, "audio/mpeg", &tagged())
        }
    })
    .await;
    let (chain, media) = media_of(&server, Depth::Sample).await;
    assert_eq!(chain.end, End::Reached);
    assert!(matches!(media.sniff, Some(Sniff::Jump { .. })));
}

#[tokio::test]
async fn wrong_ranges_are_named() {
    for header in ["content-range: bytes 1-41699/41700", "x: y", "content-range: bytes 0-99/41700"] {
        let server = serve(None, move |seen| match seen.method.as_str() {
            "HEAD" => file(seen, "audio/mpeg", &mp3(100)),
            _ => reply(seen, "206 Partial", &[header], &mp3(100)),
        })
        .await;
        let (chain, media) = media_of(&server, Depth::Sample).await;
        assert_eq!(chain.end, End::Reached);
        assert!(matches!(media.range, Some(RangeAnswer::Wrong(_))), "{header}");
    }
}

#[tokio::test]
async fn a_start_that_cannot_be_had_is_told() {
    let server = serve(None, |seen| match seen.method.as_str() {
        "HEAD" => file(seen, "audio/mpeg", &mp3(100)),
        _ => reply(seen, "416 No", &["content-range: bytes */41700"], b""),
    })
    .await;
    let (chain, media) = media_of(&server, Depth::Sample).await;
    assert_eq!((&chain.end, chain.walks), (&End::Broken, 2));
    assert_eq!(statuses(&chain), [416]);
    assert_eq!((media.range, media.bytes_total), (Some(RangeAnswer::NotSatisfiable), Some(41_700)));
}

#[tokio::test]
async fn a_page_in_place_of_audio_is_confirmed() {
    let server = serve(None, |seen| {
        reply(seen, "200 OK", &["content-type: audio/mpeg"], b"<!DOCTYPE html><html><body>Sorry</body></html>")
    })
    .await;
    let (chain, media) = media_of(&server, Depth::Sample).await;
    assert_eq!((&chain.end, chain.walks), (&End::Reached, 2));
    assert!(matches!(media.sniff, Some(Sniff::Impostor(_))));
}

#[tokio::test]
async fn an_empty_body_is_told() {
    let server = serve(None, |seen| reply(seen, "200 OK", &["content-type: audio/mpeg"], b"")).await;
    let (chain, media) = media_of(&server, Depth::Sample).await;
    assert_eq!(chain.end, End::Reached);
    assert_eq!(media.sniff, Some(Sniff::Empty));
    assert_eq!(media.first_audio_byte, None);
}

#[tokio::test]
async fn a_sample_cut_short_is_told() {
    let server = serve(None, |seen| {
        let head = b"HTTP/1.1 206 OK\r\ncontent-length: 41700\r\ncontent-range: bytes 0-41699/41700\r\n\r\n".to_vec();
        if seen.method == "HEAD" { Act::Send(head) } else { Act::Last([head, b"\0\0\0\0".to_vec()].concat()) }
    })
    .await;
    let (chain, media) = media_of(&server, Depth::Sample).await;
    assert_eq!((&chain.end, chain.walks), (&End::Broken, 2));
    assert_eq!(failure(&chain), Some(&RequestFailure::BodyCut { got: 4, promised: Some(41_700) }));
    assert_eq!(media.bytes_read, 4);
}

#[tokio::test]
async fn everything_is_streamed_at_full_depth() {
    let server = serve(None, |seen| file(seen, "audio/mpeg", &tagged())).await;
    let (chain, media) = media_of(&server, Depth::Full).await;
    assert_eq!(chain.end, End::Reached);
    assert_eq!(server.lines(), ["HEAD /a.mp3", "GET /a.mp3 bytes=0-"]);
    let full = media.full.as_ref().unwrap();
    assert_eq!((full.bytes, &full.end), (tagged().len() as u64, &Ok(())));
    assert_eq!(media.range, Some(RangeAnswer::Honoured));
    assert!(matches!(media.sniff, Some(Sniff::Audio(_))), "{:?}", media.sniff);
}

#[tokio::test]
async fn a_whole_body_cut_short_is_told_and_confirmed() {
    let server = serve(None, |seen| {
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 417000\r\ncontent-type: audio/mpeg\r\n\r\n".to_vec();
        if seen.method == "HEAD" { Act::Send(head) } else { Act::Last([head, mp3(10)].concat()) }
    })
    .await;
    let (chain, media) = media_of(&server, Depth::Full).await;
    assert_eq!((&chain.end, chain.walks), (&End::Reached, 2));
    assert_eq!(media.full.unwrap().end, Err(RequestFailure::BodyCut { got: 4170, promised: Some(417_000) }));
}
