//! Connections: shared, lent out, given back, tried again; gates; secrets.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::future::join_all;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::*;
use crate::chain::{Depth, End, Phase};

/// An HTTP/2 server over TLS that answers every request with an MP3.
async fn serve_h2(names: &[&str]) -> Server {
    serve_h2_with(names, &["h2", "http/1.1"], |_, _| None).await
}

/// The same with other protocols, and with redirects: host and path to where they lead.
pub(super) async fn serve_h2_with(names: &[&str], alpn: &[&str], onward: fn(&str, &str) -> Option<String>) -> Server {
    let acceptor = acceptor(names, alpn, false);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server { address: listener.local_addr().unwrap(), seen: Arc::default(), accepted: Arc::default() };
    let (seen, accepted) = (Arc::clone(&server.seen), Arc::clone(&server.accepted));
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let connection = {
                let mut accepted = lock(&accepted);
                *accepted += 1;
                *accepted
            };
            let (acceptor, seen) = (acceptor.clone(), Arc::clone(&seen));
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(tcp).await else { return };
                let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                    let mut head = String::new();
                    for (name, value) in request.headers() {
                        head += &[name.as_str(), ": ", value.to_str().unwrap(), "\r\n"].concat();
                    }
                    lock(&seen).push(Seen {
                        connection,
                        method: request.method().to_string(),
                        target: request.uri().to_string(),
                        head,
                    });
                    let host = request.headers().get("host").map(|host| host.to_str().unwrap().to_owned());
                    let host = host.or_else(|| request.uri().host().map(ToOwned::to_owned)).unwrap();
                    let to = onward(&host, request.uri().path());
                    let body = match (request.method() == http::Method::HEAD, &to) {
                        (true, _) | (_, Some(_)) => Vec::new(),
                        _ => mp3(100),
                    };
                    let mut response =
                        http::Response::builder().header("content-type", "audio/mpeg").header("server", "ExampleCDN");
                    if let Some(to) = to {
                        response = response.status(302).header("location", to);
                    }
                    let response = response.body(Full::new(Bytes::from(body)));
                    async move { Ok::<_, Infallible>(response.unwrap()) }
                });
                let h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                let io = TokioIo::new(stream);
                if h2 {
                    let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                    let _ended = builder.serve_connection(io, service).await;
                } else {
                    let _ended = hyper::server::conn::http1::Builder::new().serve_connection(io, service).await;
                }
            });
        }
    });
    server
}

#[tokio::test]
async fn fifty_urls_share_one_http2_connection() {
    let server = serve_h2(&["a.example"]).await;
    let round = Bench::new().name("a.example:443", &server).round();
    let urls: Vec<Link> = (0..50).map(|i| link(&format!("https://a.example/{i}.mp3?x=|^"))).collect();
    let chains = join_all(urls.iter().map(|url| round.walk(url, Depth::Sample))).await;
    for chain in &chains {
        assert_eq!((&chain.end, chain.walks), (&End::Reached, 1));
        let hop = chain.last().unwrap();
        assert_eq!(hop.request.fact().unwrap().version, "h2");
        let session = hop.connection.as_ref().unwrap().session.as_ref().unwrap();
        assert_eq!((session.version.as_str(), session.alpn.as_deref()), ("TLSv1.3", Some("h2")));
        assert!(session.cipher.starts_with("TLS_"), "{}", session.cipher);
        assert_eq!(session.signature, Ok(()));
        assert_eq!(session.served.sent, 1);
    }
    assert_eq!(server.connections(), 1);
    assert_eq!((round.counts().connections, round.counts().requests), (1, 100));
    assert_eq!(chains.iter().filter(|chain| !chain.hops[0].reused).count(), 1);
    let maker = chains.iter().find(|chain| !chain.hops[0].reused).unwrap();
    assert!(maker.hops[0].tls.fact().is_some());
    let other = chains.iter().find(|chain| chain.hops[0].reused).unwrap();
    assert_eq!(other.hops[0].tls, Phase::NotReached);
    assert!(server.seen()[0].target.starts_with("https://a.example/"));
}

#[tokio::test]
async fn http1_connections_are_lent_out_four_to_a_host_at_most() {
    let server = serve(None, |seen| file(seen, "audio/mpeg", &mp3(300))).await;
    let round = Bench::new().name("a.example:80", &server).round();
    let urls: Vec<Link> = (0..40).map(|i| link(&format!("http://a.example/{i}.mp3"))).collect();
    let chains = join_all(urls.iter().map(|url| round.walk(url, Depth::Sample))).await;
    assert!(chains.iter().all(|chain| chain.end == End::Reached && chain.walks == 1));
    assert!(server.connections() <= 4, "{}", server.connections());
    assert_eq!(server.lines().len(), 80);
}

#[tokio::test]
async fn connections_that_nobody_uses_go_where_there_are_too_many() {
    let (plain, secure) =
        (serve(None, |seen| file(seen, "audio/mpeg", &mp3(100))).await, serve_h2(&["x.example"]).await);
    let mut bench = Bench::new().limits(|limits| limits.open = 4);
    for i in 0..10 {
        bench = bench.name(&format!("{i}.example:80"), &plain).name(&format!("{i}.example:443"), &secure);
    }
    let round = bench.round();
    for i in 0..10 {
        for scheme in ["http", "https"] {
            let chain = round.walk(&link(&format!("{scheme}://{i}.example/a.mp3")), Depth::Headers).await;
            assert_eq!((&chain.end, chain.walks), (&End::Reached, 1));
        }
    }
    while round.inner.pool.open() > 5 {
        tokio::task::yield_now().await;
    }
    assert_eq!(round.counts().connections, 20);
}

#[tokio::test]
async fn a_stale_pooled_connection_is_replaced_silently() {
    // Every connection serves two requests and dies with the third.
    let served = AtomicUsize::new(0);
    let server = serve(None, move |seen| {
        if served.fetch_add(1, Ordering::Relaxed) % 3 == 2 {
            Act::Last(Vec::new())
        } else {
            file(seen, "audio/mpeg", &mp3(100))
        }
    })
    .await;
    let round = Bench::new().name("a.example:80", &server).round();
    for i in 0..3 {
        let chain = round.walk(&link(&format!("http://a.example/{i}.mp3")), Depth::Sample).await;
        assert_eq!((&chain.end, chain.walks), (&End::Reached, 1));
        assert_eq!(chain.last().unwrap().head, crate::chain::HeadVerdict::Fine);
    }
    assert_eq!(round.counts().requests, server.seen().len() as u64);
}

#[tokio::test]
async fn a_connection_that_says_goodbye_has_its_requests_sent_again() {
    // Answers the first request of a connection; says GOAWAY to those that come with it, which it
    // has not looked at (RFC 9113 6.8).
    let acceptor = acceptor(&["a.example"], &["h2"], false);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut first = true;
        while let Ok((tcp, _)) = listener.accept().await {
            let (acceptor, refuse) = (acceptor.clone(), std::mem::take(&mut first));
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(tcp).await else { return };
                let mut connection = h2::server::handshake(stream).await.unwrap();
                while let Some(Ok((_request, mut respond))) = connection.accept().await {
                    if refuse {
                        respond.send_reset(h2::Reason::REFUSED_STREAM);
                        continue;
                    }
                    let response = http::Response::builder().header("content-type", "audio/mpeg").body(());
                    let mut body = respond.send_response(response.unwrap(), false).unwrap();
                    body.send_data(Bytes::from(mp3(20)), true).unwrap();
                }
            });
        }
    });
    let mut bench = Bench::new();
    bench.connect_to.push(format!("a.example:443:127.0.0.1:{port}"));
    let round = bench.round();
    let chain = round.walk(&link("https://a.example/a.mp3"), Depth::Sample).await;
    assert_eq!((&chain.end, chain.walks), (&End::Reached, 1), "{chain:?}");
    assert_eq!(chain.last().unwrap().http2_broken, None);
    assert_eq!(round.counts().connections, 2);
}

/// A report waits for the looks at addresses, while thousands of walks may wait for the same host.
#[tokio::test]
async fn who_looks_at_an_address_does_not_wait_for_the_walks_in_line() {
    let gates = Arc::new(super::super::gate::Gates::new(64, 2));
    let host = Host::name("a.example");
    let (first, second) = (gates.pass(&host).await, gates.pass(&host).await);
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut waiting = Vec::new();
    for who in ["walk", "walk", "walk", "look"] {
        let (gates, host, order) = (Arc::clone(&gates), host.clone(), Arc::clone(&order));
        waiting.push(tokio::spawn(async move {
            let _pass = if who == "look" { gates.pass_by(&host).await } else { gates.pass(&host).await };
            lock(&order).push(who);
        }));
        tokio::task::yield_now().await;
    }
    drop(first);
    join_all(waiting).await;
    drop(second);
    assert_eq!(*lock(&order), ["look", "walk", "walk", "walk"]);
}

#[tokio::test]
async fn gates_bound_the_requests_under_way() {
    let under_way = Arc::new(AtomicUsize::new(0));
    let gates = super::super::gate::Gates::new(3, 2);
    let hosts = [Host::name("a.example"), Host::name("b.example")];
    let ask = async |host: &Host| {
        let _pass = gates.pass(host).await;
        let now = under_way.fetch_add(1, Ordering::Relaxed) + 1;
        for _ in 0..5 {
            tokio::task::yield_now().await;
        }
        under_way.fetch_sub(1, Ordering::Relaxed);
        now
    };
    let most = join_all((0..20).map(|i| ask(&hosts[i % 2]))).await.into_iter().max();
    assert_eq!(most, Some(3));
    let most = join_all((0..20).map(|_| ask(&hosts[0]))).await.into_iter().max();
    assert_eq!(most, Some(2));
}

#[tokio::test]
async fn secrets_go_to_verified_peers_over_https_alone() {
    let secure = serve(Some(acceptor(&["a.example"], &["http/1.1"], false)), |seen| {
        if seen.target == "/away" {
            redirect(seen, "https://b.example/a.mp3")
        } else {
            file(seen, "audio/mpeg", &mp3(100))
        }
    })
    .await;
    let plain = serve(None, |seen| file(seen, "audio/mpeg", &mp3(100))).await;
    for verified in [true, false] {
        let mut bench =
            Bench::new().name("a.example:443", &secure).name("b.example:443", &secure).name("a.example:80", &plain);
        bench.verified = verified;
        let round = bench.round();
        let sent = async |url: &str, server: &Server| {
            let before = server.seen().len();
            let chain = round.walk(&link(url), Depth::Headers).await;
            assert_eq!(chain.end, End::Reached);
            let seen: Vec<_> = server.seen()[before..]
                .iter()
                .map(|seen| seen.header("authorization").map(ToOwned::to_owned))
                .collect();
            seen
        };
        // RFC 7617's example, percent-encoded.
        let basic = verified.then(|| "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==".to_owned());
        assert_eq!(sent("https://Aladdin:open%20sesame@a.example/a.mp3", &secure).await, vec![basic.clone()]);
        assert_eq!(sent("https://Aladdin:open%20sesame@a.example/away", &secure).await, [basic, None]);
        assert_eq!(sent("http://Aladdin:open%20sesame@a.example/a.mp3", &plain).await, [None]);
        assert!(secure.seen().iter().all(|seen| !seen.target.contains('@') && seen.header("host").is_some()));
    }
}

#[tokio::test]
async fn marks_of_a_cdn_are_kept() {
    let server = serve_h2(&["a.example"]).await;
    let round = Bench::new().name("a.example:443", &server).round();
    let url = link("https://a.example/a.mp3");
    round.walk(&url, Depth::Headers).await;
    assert_eq!(round.origin(&url.origin()).await.marks, [("server", "ExampleCDN".to_owned())]);
}

#[tokio::test]
async fn whoever_waits_for_a_connection_is_not_late_for_it() {
    // One connection, on which the first URL waits in vain for as long as a whole chain may take.
    let server = serve(None, |seen| match seen.target.as_str() {
        "/hang" => Act::Hang(Vec::new()),
        _ => file(seen, "audio/mpeg", &mp3(100)),
    })
    .await;
    let round = Bench::new()
        .name("a.example:80", &server)
        .limits(|limits| {
            limits.connections = 1;
            limits.head = Duration::from_millis(500);
            limits.hop = limits.head;
            limits.chain = limits.head;
        })
        .round();
    let urls = ["hang", "b"].map(|path| link(&format!("http://a.example/{path}")));
    let chains = join_all(urls.iter().map(|url| round.walk(url, Depth::Sample))).await;
    assert!(matches!(failure(&chains[0]), Some(RequestFailure::HeadTimeout | RequestFailure::Deadline)));
    assert_eq!((&chains[1].end, chains[1].walks), (&End::Reached, 1), "{:?}", chains[1]);
    assert!(chains[1].took < Duration::from_millis(500), "waiting is not the host's time: {:?}", chains[1].took);
}

#[tokio::test]
async fn a_walk_in_the_queue_is_small() {
    let round = Bench::new().round();
    let url = link("http://a.example/");
    let pass = round.inner.gates.pass(&url.origin().host).await;
    let walk = round.inner.walk_confirmed(&url, Depth::Full, pass);
    assert!(size_of_val(&walk) < 2 << 10, "{}", size_of_val(&walk));
}

#[tokio::test]
async fn streams_ended_early_do_not_wear_a_connection_out() {
    // What was on its way for each of them still comes; h2 by itself gives up after some 250.
    let server = serve_h2(&["a.example"]).await;
    let round = Bench::new().name("a.example:443", &server).round();
    let urls: Vec<Link> = (0..500).map(|i| link(&format!("https://a.example/{i}.mp3"))).collect();
    let chains = join_all(urls.iter().map(|url| round.walk(url, Depth::Sample))).await;
    assert!(chains.iter().all(|chain| chain.end == End::Reached && chain.walks == 1));
    assert_eq!(server.connections(), 1);
}
