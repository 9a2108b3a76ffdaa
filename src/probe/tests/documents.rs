//! Feeds: walked with GET, read in a stream.

use std::io::{Read, Write};

use super::*;
use crate::chain::End;
use crate::feed::{Limit, LimitMet};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

async fn read(bench: &Bench, url: &str) -> (Chain, Option<Result<Vec<u8>, Option<Limit>>>) {
    bench
        .round()
        .document(&link(url), |_, mut body| {
            let mut out = Vec::new();
            body.read_to_end(&mut out)
                .map(|_| out)
                .map_err(|error| error.get_ref().and_then(|inner| inner.downcast_ref::<LimitMet>()).map(|met| met.0))
        })
        .await
}

#[tokio::test]
async fn a_feed_is_walked_with_get_and_read_decompressed() {
    let text = b"<rss><channel/></rss>".repeat(10_000);
    let body = gzip(&text);
    let server = serve(None, move |seen| match seen.target.as_str() {
        "/feed" => redirect(seen, "/feed.xml"),
        _ => reply(seen, "200 OK", &["content-type: application/rss+xml", "content-encoding: gzip"], &body),
    })
    .await;
    let bench = Bench::new().name("a.example:80", &server);
    let (chain, got) = bench
        .round()
        .document(&link("http://a.example/feed"), |head, mut body| {
            let mut out = Vec::new();
            body.read_to_end(&mut out).unwrap();
            (head, out)
        })
        .await;
    let (head, out) = got.unwrap();
    assert_eq!(out, text);
    assert_eq!(head.final_url.expose(), "http://a.example/feed.xml");
    assert_eq!(head.content_type.as_deref(), Some("application/rss+xml"));
    assert_eq!((&chain.end, statuses(&chain)), (&End::Reached, vec![302, 200]));
    assert_eq!(server.lines(), ["GET /feed", "GET /feed.xml"]);
    assert_eq!(server.seen()[0].header("accept-encoding"), Some("gzip, deflate, br"));
    assert!(chain.last().unwrap().request.fact().unwrap().transfer.is_some());
}

#[tokio::test]
async fn limits_reach_the_reader_by_type() {
    let server = serve(None, |seen| match seen.target.as_str() {
        "/endless" => Act::Flood(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'a'; 8192]),
        "/bomb" => reply(seen, "200 OK", &["content-encoding: gzip"], &gzip(&vec![0; 4 << 20])),
        _ => reply(seen, "200 OK", &[], &vec![b'a'; 50_000]),
    })
    .await;
    let bench = Bench::new().name("a.example:80", &server).limits(|limits| {
        limits.feed_wire = 500_000;
    });
    let (chain, got) = read(&bench, "http://a.example/endless").await;
    assert_eq!((chain.end, got), (End::Reached, Some(Err(Some(Limit::WireBytes)))));
    let (_, got) = read(&bench, "http://a.example/bomb").await;
    assert_eq!(got, Some(Err(Some(Limit::Ratio))));
    let (_, got) = read(&bench, "http://a.example/ok").await;
    assert_eq!(got, Some(Ok(vec![b'a'; 50_000])));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_the_last_hops_failure() {
    let server = serve(None, |_| Act::Last(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n<rss".to_vec())).await;
    let bench = Bench::new().name("a.example:80", &server);
    let (chain, got) = read(&bench, "http://a.example/feed").await;
    assert_eq!(chain.end, End::Broken);
    assert_eq!(failure(&chain), Some(&RequestFailure::BodyCut { got: 4, promised: Some(10) }));
    assert_eq!((chain.walks, got), (2, Some(Err(None))));
}

#[tokio::test]
async fn a_body_that_comes_whole_the_second_time_is_whole() {
    let server = serve(None, |seen| match seen.connection {
        1 => Act::Last(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n<rss".to_vec()),
        _ => reply(seen, "200 OK", &[], b"<rss></rss>"),
    })
    .await;
    let bench = Bench::new().name("a.example:80", &server);
    let (chain, got) = read(&bench, "http://a.example/feed").await;
    assert_eq!((&chain.end, chain.walks, got), (&End::Reached, 2, Some(Ok(b"<rss></rss>".to_vec()))));
}

#[tokio::test]
async fn what_the_first_body_gave_is_not_lost_with_the_second() {
    let server = serve(None, |seen| match seen.connection {
        1 => Act::Last(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n<rss".to_vec()),
        _ => reply(seen, "503 No", &[], b""),
    })
    .await;
    let bench = Bench::new().name("a.example:80", &server);
    let (chain, got) = read(&bench, "http://a.example/feed").await;
    assert_eq!((&chain.end, statuses(&chain), got), (&End::Broken, vec![503], Some(Err(None))));
}

#[tokio::test]
async fn a_feed_that_is_not_there_is_asked_for_twice_and_never_read() {
    let server = serve(None, |seen| reply(seen, "404 No", &[], b"<html>")).await;
    let bench = Bench::new().name("a.example:80", &server);
    let (chain, got) = read(&bench, "http://a.example/feed").await;
    assert_eq!((&chain.end, chain.walks, got), (&End::Broken, 2, None));
    assert_eq!(server.lines().len(), 2);
}

#[tokio::test]
async fn a_reader_that_has_enough_ends_the_download() {
    let server = serve(None, |_| Act::Flood(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'a'; 8192])).await;
    let round = Bench::new().name("a.example:80", &server).round();
    let (chain, got) = round
        .document(&link("http://a.example/feed"), |_, mut body| {
            let mut start = [0; 10];
            body.read_exact(&mut start).unwrap();
            start
        })
        .await;
    assert_eq!((chain.end, got), (End::Reached, Some([b'a'; 10])));
}
