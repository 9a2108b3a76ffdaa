//! What waits are measured, how a hop's time is shared out, and which requests are counted.

use super::*;
use crate::chain::{Depth, End, HeadVerdict, Phase};

/// How long the last hop's request went on until it failed.
fn lasted(chain: &Chain) -> Duration {
    match &chain.last().unwrap().request {
        Phase::Failed { took, .. } => *took,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_first_audio_byte_is_the_sum_of_connections_and_answers_that_count() {
    for depth in [Depth::Sample, Depth::Full] {
        let server = serve(None, |seen| match seen.target.as_str() {
            "/a.mp3" => redirect(seen, "http://b.example/b.mp3"),
            _ => file(seen, "audio/mpeg", &mp3(100)),
        })
        .await;
        let round = Bench::new().name("a.example:80", &server).name("b.example:80", &server).round();
        let chain = round.walk(&link("http://a.example/a.mp3"), depth).await;
        assert_eq!(statuses(&chain), [302, 206]);
        let answers = chain.hops.iter().map(|hop| hop.request.fact().unwrap().first_byte);
        let sum: Duration = chain.hops.iter().map(super::super::hop::dialling).chain(answers).sum();
        let transfer = chain.last().unwrap().request.fact().unwrap().transfer.unwrap();
        let first = chain.media.as_ref().unwrap().first_audio_byte.unwrap();
        assert!(sum <= first && first <= sum + transfer, "{sum:?} {first:?} {transfer:?}");
    }
}

#[tokio::test]
async fn a_head_that_hangs_leaves_the_get_its_turn() {
    let server = serve(None, |seen| match seen.method.as_str() {
        "HEAD" => Act::Hang(Vec::new()),
        _ => file(seen, "audio/mpeg", &mp3(100)),
    })
    .await;
    let bench = Bench::new().name("a.example:80", &server).limits(|limits| limits.hop = Duration::from_secs(1));
    let round = bench.round();
    let chain = round.walk(&link("http://a.example/a.mp3"), Depth::Sample).await;
    assert_eq!((&chain.end, chain.walks), (&End::Reached, 1), "{chain:?}");
    assert_eq!(chain.last().unwrap().head, HeadVerdict::Failed);
    let first = chain.media.as_ref().unwrap().first_audio_byte.unwrap();
    assert!(chain.took >= first + Duration::from_millis(400), "no listener waits for HEAD: {first:?}");
    assert_eq!(round.counts().requests, server.lines().len() as u64);
}

#[tokio::test]
async fn a_request_that_times_out_lasted_that_long_and_what_was_not_sent_is_not_counted() {
    let server = serve(None, |_| Act::Hang(Vec::new())).await;
    let bench = Bench::new().name("a.example:80", &server).limits(|limits| limits.hop = Duration::from_millis(400));
    let round = bench.round();
    let chain = round.walk(&link("http://a.example/a.mp3"), Depth::Sample).await;
    assert_eq!(failure(&chain), Some(&RequestFailure::HeadTimeout));
    assert!(lasted(&chain) >= Duration::from_millis(100), "{:?}", lasted(&chain));
    assert_eq!(round.counts().requests, server.lines().len() as u64, "{:?}", server.lines());
}

#[tokio::test]
async fn where_no_time_is_left_nothing_is_sent() {
    let server = serve(None, |_| Act::Hang(Vec::new())).await;
    for (hop, chain, why) in [
        (Duration::ZERO, Duration::from_secs(9), RequestFailure::HeadTimeout),
        (Duration::from_secs(9), Duration::ZERO, RequestFailure::Deadline),
    ] {
        let bench = Bench::new().name("a.example:80", &server).limits(|limits| {
            limits.chain = chain;
            limits.hop = hop.max(Duration::from_nanos(1));
        });
        let round = bench.round();
        let chain = round.walk(&link("http://a.example/a.mp3"), Depth::Sample).await;
        if chain.last().unwrap().connect.fact().is_some() {
            assert_eq!(failure(&chain), Some(&why));
        }
        assert_eq!(round.counts().requests, 0);
        assert_eq!(server.lines().len(), 0);
    }
}

#[tokio::test]
async fn a_body_that_stops_lasted_from_the_request_on() {
    let head = "HTTP/1.1 206 Partial Content\r\ncontent-type: audio/mpeg\r\n\
                content-range: bytes 0-41699/41700\r\ncontent-length: 41700\r\n\r\n";
    let server = serve(None, move |seen| match seen.method.as_str() {
        "HEAD" => file(seen, "audio/mpeg", &mp3(100)),
        _ => Act::Hang(head.as_bytes().to_vec()),
    })
    .await;
    let bench = Bench::new().name("a.example:80", &server).limits(|limits| limits.head = Duration::from_millis(300));
    let chain = bench.round().walk(&link("http://a.example/a.mp3"), Depth::Sample).await;
    assert_eq!(failure(&chain), Some(&RequestFailure::BodyTimeout));
    let took = lasted(&chain);
    assert!(took >= Duration::from_millis(290) && took < Duration::from_millis(1200), "{took:?}");
}

#[tokio::test]
async fn a_document_that_stops_lasted_from_its_request_on() {
    let limit = Duration::from_millis(200);
    let start = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n<rss";
    let server = serve(None, |_| Act::Hang(start.to_vec())).await;
    let bench = Bench::new().name("a.example:80", &server).limits(|limits| limits.head = limit);
    let (chain, _) = bench
        .round()
        .document(&link("http://a.example/feed"), |_, mut body| std::io::Read::read_to_end(&mut body, &mut Vec::new()))
        .await;
    assert_eq!(failure(&chain), Some(&RequestFailure::BodyTimeout));
    assert!(lasted(&chain) >= limit, "{:?}", lasted(&chain));
}

/// How long a server waits for more of a request than there is.
const PATIENCE: Duration = Duration::from_millis(120);

/// A server that waits for more than there is to read, says this, and closes.
async fn patient(words: &'static [u8]) -> Arc<Chain> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            if matches!(tcp.read(&mut [0; 4096]).await, Ok(n) if n > 0) {
                let more = tokio::time::timeout(PATIENCE, tcp.read(&mut [0; 4096])).await;
                assert!(more.is_err(), "a request comes in one piece: {more:?}");
                tcp.write_all(words).await.unwrap_or_default();
            }
        }
    });
    let mut bench = Bench::new();
    bench.connect_to.push(format!("a.example:80:127.0.0.1:{port}"));
    bench.round().walk(&link("http://a.example/a.mp3"), Depth::Sample).await
}

#[tokio::test]
async fn a_connection_that_is_closed_lasted_from_the_request_on() {
    let chain = patient(b"").await;
    assert_eq!(failure(&chain), Some(&RequestFailure::Closed));
    assert!(lasted(&chain) >= PATIENCE && lasted(&chain) <= chain.took, "{:?}", lasted(&chain));
}

#[tokio::test]
async fn an_answer_that_is_no_http_lasted_from_the_request_on() {
    let chain = patient(b"SSH-2.0-OpenSSH_9.9\r\n\r\n").await;
    assert!(matches!(failure(&chain), Some(RequestFailure::Protocol(_))), "{chain:?}");
    assert!(lasted(&chain) >= PATIENCE && lasted(&chain) <= chain.took, "{:?}", lasted(&chain));
}
