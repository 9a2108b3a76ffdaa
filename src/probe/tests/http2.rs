//! HTTP/2 servers that speak for themselves: what ends a stream or a connection, and what becomes of
//! the requests on it.

use std::future::poll_fn;

use bytes::Bytes;
use futures_util::future::join_all;
use h2::server::{Connection, SendResponse};
use h2::{Reason, RecvStream};
use http::{Method, Request, Response};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::*;
use crate::chain::{Depth, End, RangeAnswer};

type Peer = Connection<TlsStream<TcpStream>, Bytes>;

/// A server whose connections are `handle`'s, each with its number from 0.
async fn serve_with<F>(handle: impl Fn(usize, Peer) -> F + Send + Sync + 'static) -> Server
where
    F: Future<Output = ()> + Send + 'static,
{
    let acceptor = acceptor(&["a.example"], &["h2"], false);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server { address: listener.local_addr().unwrap(), seen: Arc::default(), accepted: Arc::default() };
    let accepted = Arc::clone(&server.accepted);
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let number = {
                let mut accepted = lock(&accepted);
                *accepted += 1;
                *accepted - 1
            };
            let Ok(stream) = acceptor.accept(tcp).await else { continue };
            let mut settings = h2::server::Builder::new();
            settings.max_concurrent_streams(1);
            let Ok(peer) = settings.handshake(stream).await else { continue };
            tokio::spawn(handle(number, peer));
        }
    });
    server
}

/// Answers with the start of an MP3; the length is stated where there is one.
fn answer(respond: &mut SendResponse<Bytes>, length: Option<usize>, end: bool) -> h2::SendStream<Bytes> {
    let mut response = Response::builder().header("content-type", "audio/mpeg");
    if let Some(length) = length {
        response = response.header("content-length", length);
    }
    respond.send_response(response.body(()).unwrap(), end).unwrap()
}

fn is_head(request: &Request<RecvStream>) -> bool {
    request.method() == Method::HEAD
}

/// Serves the rest of a connection as it should be.
async fn well(mut peer: Peer) {
    while let Some(Ok((request, mut respond))) = peer.accept().await {
        let mut body = answer(&mut respond, None, is_head(&request));
        if !is_head(&request) {
            body.send_data(Bytes::from(mp3(20)), true).unwrap();
        }
    }
}

#[tokio::test]
async fn who_says_goodbye_before_anything_is_asked_is_asked_on_another_connection() {
    let server = serve_with(|number, mut peer| async move {
        if number > 0 {
            return well(peer).await;
        }
        peer.abrupt_shutdown(Reason::ENHANCE_YOUR_CALM);
        while peer.accept().await.is_some() {}
    })
    .await;
    let round = Bench::new().name("a.example:443", &server).round();
    let chain = round.walk(&link("https://a.example/a.mp3"), Depth::Sample).await;
    assert_eq!((&chain.end, chain.walks), (&End::Reached, 1), "{chain:?}");
    assert_eq!(chain.last().unwrap().http2_broken, None);
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn requests_beyond_what_a_peer_takes_at_once_wait_for_their_turn() {
    let server = serve_with(|_, peer| well(peer)).await;
    let round = Bench::new().name("a.example:443", &server).round();
    let urls: Vec<Link> = (0..10).map(|i| link(&format!("https://a.example/{i}.mp3"))).collect();
    let chains = join_all(urls.iter().map(|url| round.walk(url, Depth::Sample))).await;
    assert!(chains.iter().all(|chain| (&chain.end, chain.walks) == (&End::Reached, 1)), "{chains:?}");
    // The peer takes one at a time. Those that came before it could say so it refused, once.
    assert_eq!(round.counts().connections, 1);
    assert!((20..=27).contains(&round.counts().requests), "{}", round.counts().requests);
}

/// RFC 9113 8.1: who has said all it wants to may end the stream so; not who promised more.
#[tokio::test]
async fn a_stream_that_is_ended_without_an_error_is_an_end() {
    let server = serve_with(|_, mut peer| async move {
        while let Some(Ok((request, mut respond))) = peer.accept().await {
            let promised = request.uri().path().ends_with("promised.mp3").then_some(1_000_000);
            let mut body = answer(&mut respond, promised, is_head(&request));
            if !is_head(&request) {
                body.send_data(Bytes::from(mp3(20)), false).unwrap();
                tokio::spawn(async move {
                    // Once it is on its way: a reset would throw it away. The connection's task runs in between.
                    for _ in 0..10 {
                        tokio::task::yield_now().await;
                    }
                    body.send_reset(Reason::NO_ERROR);
                });
            }
        }
    })
    .await;
    let round = Bench::new().name("a.example:443", &server).round();
    let chain = round.walk(&link("https://a.example/a.mp3"), Depth::Full).await;
    assert_eq!((&chain.end, chain.walks), (&End::Reached, 1), "{chain:?}");
    let media = chain.media.as_ref().unwrap();
    assert_eq!(media.full.as_ref().unwrap().end, Ok(()));
    assert_eq!(media.range, Some(RangeAnswer::Ignored));
    let chain = round.walk(&link("https://a.example/promised.mp3"), Depth::Full).await;
    let full = chain.media.as_ref().unwrap().full.as_ref().unwrap();
    let promised = Some(1_000_000);
    assert_eq!(full.end, Err(RequestFailure::BodyCut { got: full.bytes, promised }));
}

#[tokio::test]
async fn a_request_that_is_given_up_is_taken_back() {
    let (told, mut reasons) = tokio::sync::mpsc::unbounded_channel();
    let server = serve_with(move |_, mut peer| {
        let told = told.clone();
        async move {
            while let Some(Ok((_, mut respond))) = peer.accept().await {
                let told = told.clone();
                tokio::spawn(async move { told.send(poll_fn(|cx| respond.poll_reset(cx)).await.unwrap()) });
            }
        }
    })
    .await;
    let round = Bench::new().quick().name("a.example:443", &server).round();
    let chain = round.walk(&link("https://a.example/a.mp3"), Depth::Sample).await;
    assert_eq!(failure(&chain), Some(&RequestFailure::HeadTimeout));
    assert_eq!(reasons.recv().await, Some(Reason::CANCEL));
}

/// The round's connections end with it, at the same moment as its walks do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_round_blames_nobody() {
    for hangs_in_body in [false, true] {
        for _ in 0..30 {
            let (asked, mut all_asked) = tokio::sync::mpsc::unbounded_channel();
            let server = serve_with(move |_, mut peer| {
                let asked = asked.clone();
                async move {
                    let mut held = Vec::new();
                    while let Some(Ok((request, mut respond))) = peer.accept().await {
                        if is_head(&request) {
                            answer(&mut respond, None, true);
                            continue;
                        }
                        if hangs_in_body {
                            let mut body = answer(&mut respond, Some(1_000_000), false);
                            body.send_data(Bytes::from(mp3(2)), false).unwrap();
                            held.push((Some(body), None));
                        } else {
                            held.push((None, Some(respond)));
                        }
                        let _nobody_waits = asked.send(());
                    }
                }
            })
            .await;
            let round = Bench::new().name("a.example:443", &server).round();
            let walking = tokio::spawn({
                let round = round.clone();
                async move { round.walk(&link("https://a.example/a.mp3"), Depth::Full).await }
            });
            all_asked.recv().await.unwrap();
            round.stop();
            let chain = walking.await.unwrap();
            assert_eq!(chain.end, End::Interrupted, "{chain:?}");
        }
    }
}
