//! Servers that never end, or never begin: every phase has its limit.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::chain::{ConnectFailure, Connection, Depth, DnsFailure, End, HeadVerdict, Phase, TlsFailure};

async fn walk_to(act: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Arc<Chain> {
    walk_on(Bench::new(), act).await
}

async fn walk_on(bench: Bench, act: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Arc<Chain> {
    let server = serve(None, act).await;
    let round = bench.name("a.example:80", &server).round();
    round.walk(&link("http://a.example/a.mp3"), Depth::Sample).await
}

#[tokio::test]
async fn a_head_that_never_comes_or_never_ends_times_out() {
    for start in [&b""[..], b"HTTP/1.1 200 OK\r\nx:"] {
        let chain = walk_on(Bench::new().quick(), move |_| Act::Hang(start.to_vec())).await;
        assert_eq!((&chain.end, chain.walks), (&End::Broken, 2));
        assert_eq!(failure(&chain), Some(&RequestFailure::HeadTimeout));
    }
}

#[tokio::test]
async fn endless_and_countless_headers_are_too_large() {
    let endless = walk_to(|_| Act::Flood(b"HTTP/1.1 200 OK\r\nx: ".to_vec(), vec![b'a'; 8192])).await;
    assert_eq!(failure(&endless), Some(&RequestFailure::TooLarge));
    let countless = walk_to(|_| Act::Flood(b"HTTP/1.1 200 OK\r\n".to_vec(), b"x: y\r\n".repeat(100))).await;
    assert_eq!(failure(&countless), Some(&RequestFailure::TooLarge));
    let many = walk_to(|seen| reply(seen, "200 OK", &["x: y"; 200], b"")).await;
    assert_eq!(failure(&many), Some(&RequestFailure::TooLarge));
}

#[tokio::test]
async fn a_flood_of_interim_answers_is_too_large() {
    let interim = b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n".to_vec();
    let chain = walk_to(move |_| Act::Flood(interim.clone(), interim.repeat(50))).await;
    assert_eq!(failure(&chain), Some(&RequestFailure::TooLarge));
}

#[tokio::test]
async fn a_hop_has_its_own_time_within_that_for_a_head() {
    let bench = Bench::new().limits(|limits| limits.hop = Duration::from_millis(100));
    let chain = walk_on(bench, |_| Act::Hang(Vec::new())).await;
    assert_eq!(failure(&chain), Some(&RequestFailure::HeadTimeout));
    assert!(chain.took < Duration::from_secs(5), "{:?}", chain.took);
}

/// The first of the client's frames, SETTINGS by RFC 9113 3.4: (identifier, value).
async fn settings_of(round: Round, listener: TcpListener, depth: Option<Depth>) -> (Vec<(u16, u32)>, u32) {
    let acceptor = acceptor(&["a.example"], &["h2"], false);
    tokio::spawn(async move {
        let url = link("https://a.example/a.mp3");
        match depth {
            Some(depth) => drop(round.walk(&url, depth).await),
            None => drop(round.document(&url, |_, _| ()).await),
        }
    });
    let mut stream = acceptor.accept(listener.accept().await.unwrap().0).await.unwrap();
    let mut start = [0; 24 + 9];
    stream.read_exact(&mut start).await.unwrap();
    assert_eq!((&start[..24], start[27]), (&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], 4));
    let mut payload = vec![0; usize::from(u16::from_be_bytes([start[25], start[26]]))];
    stream.read_exact(&mut payload).await.unwrap();
    let read = |entry: &[u8]| {
        (u16::from_be_bytes([entry[0], entry[1]]), u32::from_be_bytes([entry[2], entry[3], entry[4], entry[5]]))
    };
    let told = payload.chunks_exact(6).map(read).collect();
    // WINDOW_UPDATE of the connection, whose window is 65,535 bytes to begin with (RFC 9113 6.9.2); h2
    // does not write one for less than half as much again.
    let (mut frame, mut more) = ([0; 9], [0; 4]);
    stream.read_exact(&mut frame).await.unwrap();
    if frame[3] != 8 {
        return (told, 65_535);
    }
    assert_eq!(frame, [0, 0, 4, 8, 0, 0, 0, 0, 0]);
    stream.read_exact(&mut more).await.unwrap();
    (told, 65_535 + u32::from_be_bytes(more))
}

#[tokio::test]
async fn http2_peers_are_told_the_limits_of_windows_and_header_lists() {
    // Who reads whole bodies has the window, who looks at the start of media a smaller one.
    let glance = Limits::default().glance;
    // Eight requests at once to a host share the connection's: four whole windows at most.
    for (depth, window, all) in [
        (None, 70_000, 280_000),
        (Some(Depth::Full), 70_000, 280_000),
        (Some(Depth::Sample), glance, 65_535),
        (Some(Depth::Headers), glance, 65_535),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut bench = Bench::new().limits(|limits| limits.window = 70_000);
        bench.connect_to.push(format!("a.example:443:127.0.0.1:{}", listener.local_addr().unwrap().port()));
        let (told, shared) = settings_of(bench.round(), listener, depth).await;
        assert_eq!(shared, all);
        // SETTINGS_INITIAL_WINDOW_SIZE, SETTINGS_MAX_HEADER_LIST_SIZE.
        assert!(told.contains(&(4, window)) && told.contains(&(6, 32 << 10)), "{depth:?}: {told:?}");
    }
}

#[tokio::test]
async fn a_header_list_over_the_limit_is_refused_over_http2() {
    let acceptor = acceptor(&["a.example"], &["h2"], false);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(tcp).await else { return };
                let service = hyper::service::service_fn(|_: http::Request<hyper::body::Incoming>| async {
                    let mut response = http::Response::builder().header("content-type", "audio/mpeg");
                    for i in 0..40 {
                        response = response.header(format!("x-{i}"), "y".repeat(1000));
                    }
                    response.body(http_body_util::Empty::<bytes::Bytes>::new())
                });
                let server = hyper::server::conn::http2::Builder::new(hyper_util::rt::TokioExecutor::new());
                let _ended = server.serve_connection(hyper_util::rt::TokioIo::new(stream), service).await;
            });
        }
    });
    let mut bench = Bench::new();
    bench.connect_to.push(format!("a.example:443:127.0.0.1:{port}"));
    let chain = bench.round().walk(&link("https://a.example/a.mp3"), Depth::Sample).await;
    assert_eq!(chain.end, End::Broken);
    assert!(matches!(failure(&chain), Some(RequestFailure::Protocol(_) | RequestFailure::TooLarge)), "{chain:?}");
}

/// A TLS server that agrees on HTTP/2, answers the preface with empty SETTINGS, and then sends
/// these bytes again and again.
async fn h2_flood(again: Vec<u8>) -> Arc<Chain> {
    let acceptor = acceptor(&["a.example"], &["h2"], false);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let (acceptor, again) = (acceptor.clone(), again.repeat(100));
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(tcp).await else { return };
                stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await.unwrap_or_default();
                let (mut read, mut write) = tokio::io::split(stream);
                tokio::spawn(async move { while matches!(read.read(&mut [0; 8192]).await, Ok(n) if n > 0) {} });
                while write.write_all(&again).await.is_ok() {}
            });
        }
    });
    let mut bench = Bench::new();
    bench.connect_to.push(format!("a.example:443:127.0.0.1:{port}"));
    bench.round().walk(&link("https://a.example/a.mp3"), Depth::Sample).await
}

#[tokio::test]
async fn floods_of_http2_frames_are_too_large() {
    let ping = [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8].to_vec();
    let chain = h2_flood(ping).await;
    assert_eq!(failure(&chain), Some(&RequestFailure::TooLarge));
    let settings = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100].to_vec();
    let chain = h2_flood(settings).await;
    assert_eq!(failure(&chain), Some(&RequestFailure::TooLarge));
}

#[tokio::test]
async fn a_body_that_stops_coming_times_out() {
    let chain = walk_on(Bench::new().quick(), |seen| {
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\ncontent-type: audio/mpeg\r\n\r\n".to_vec();
        if seen.method == "HEAD" { Act::Send(head) } else { Act::Hang([head, b"\0\0\0".to_vec()].concat()) }
    })
    .await;
    assert_eq!(failure(&chain), Some(&RequestFailure::BodyTimeout));
    assert_eq!(chain.media.as_ref().unwrap().bytes_read, 3);
}

#[tokio::test]
async fn broken_framing_is_a_protocol_error() {
    let chain = walk_to(|_| Act::Last(b"HTTQ/1.1 200 OK\r\n\r\n".to_vec())).await;
    assert!(matches!(failure(&chain), Some(RequestFailure::Protocol(_))), "{:?}", failure(&chain));
    let chain = walk_to(|seen| {
        let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-type: audio/mpeg\r\n\r\n".to_vec();
        if seen.method == "HEAD" { Act::Send(head) } else { Act::Last([head, b"zz\r\n".to_vec()].concat()) }
    })
    .await;
    assert!(matches!(failure(&chain), Some(RequestFailure::Protocol(_))), "{:?}", failure(&chain));
}

#[tokio::test]
async fn a_connection_that_closes_without_an_answer_is_closed() {
    let chain = walk_to(|_| Act::Last(Vec::new())).await;
    assert_eq!(failure(&chain), Some(&RequestFailure::Closed));
}

#[tokio::test]
async fn a_chain_has_one_deadline() {
    let server = serve(None, |seen| redirect(seen, &format!("{}x", seen.target))).await;
    let bench = Bench::new().name("a.example:80", &server).limits(|limits| limits.chain = Duration::ZERO);
    let chain = bench.round().walk(&link("http://a.example/a.mp3"), Depth::Sample).await;
    // The dial itself has run out of time.
    assert_eq!(failure(&chain), Some(&RequestFailure::Deadline));
}

#[tokio::test]
async fn a_dead_host_costs_two_dials_however_many_episodes_are_behind_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let dials = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&dials);
    tokio::spawn(async move {
        // A TLS server that closes on everyone.
        while let Ok((tcp, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            drop(tcp);
        }
    });
    let mut bench = Bench::new();
    bench.connect_to.push(format!("a.example:443:127.0.0.1:{}", address.port()));
    let round = bench.round();
    let urls: Vec<Link> = (0..50).map(|i| link(&format!("https://a.example/{i}"))).collect();
    let chains = futures_util::future::join_all(urls.iter().map(|url| round.walk(url, Depth::Sample))).await;
    for chain in &chains {
        assert_eq!((&chain.end, chain.walks), (&End::Broken, 2));
        assert_eq!(chain.last().unwrap().tls.failure(), Some(&TlsFailure::Closed));
    }
    assert_eq!(dials.load(Ordering::Relaxed), 2);
    // The inspection knows it by now.
    let sighting = round.origin(&urls[0].origin()).await;
    assert_eq!(sighting.edges[0].tls.failure(), Some(&TlsFailure::Closed));
    assert_eq!(dials.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn phases_before_the_request_fail_by_their_own_types() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain_port = plain.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = plain.accept().await {
            let _hello = tcp.read(&mut [0; 1024]).await.unwrap();
            tcp.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        }
    });
    let mut bench = Bench::new();
    bench.connect_to.push(format!("plain.example:443:127.0.0.1:{plain_port}"));
    bench.connect_to.push(format!("refused.example:80:127.0.0.1:{}", free.port()));
    bench.connect_to.push(format!("silent.example:443:127.0.0.1:{}", silent.local_addr().unwrap().port()));
    bench.resolve.push("blocked.example:80:10.0.0.1".to_owned());
    let round = bench.round();
    let walk = async |text: &str| round.walk(&link(text), Depth::Sample).await;

    let refused = walk("http://refused.example/").await;
    assert_eq!(refused.last().unwrap().connect.failure(), Some(&ConnectFailure::Refused));
    assert_eq!((&refused.end, refused.walks), (&End::Broken, 2));
    assert_eq!(refused.last().unwrap().request, Phase::NotReached);

    let blocked = walk("http://blocked.example/").await;
    let address = "10.0.0.1".parse().unwrap();
    assert_eq!(blocked.last().unwrap().connect.failure(), Some(&ConnectFailure::Blocked(address)));
    assert_eq!(blocked.walks, 1, "blocked stays blocked");

    let quick = Bench { resolve: bench.resolve.clone(), connect_to: bench.connect_to.clone(), ..Bench::new().quick() };
    let silent = quick.round().walk(&link("https://silent.example/"), Depth::Sample).await;
    assert_eq!(silent.last().unwrap().tls.failure(), Some(&TlsFailure::Timeout));
    assert!(silent.last().unwrap().connect.fact().is_some());

    let plain = walk("https://plain.example/").await;
    assert_eq!(plain.last().unwrap().tls.failure(), Some(&TlsFailure::NotTls));

    let nameless = quick.limits(|limits| limits.dns = Duration::from_millis(200)).round();
    let nameless = nameless.walk(&link("http://nameless.example/"), Depth::Sample).await;
    assert!(matches!(
        nameless.last().unwrap().dns.failure(),
        Some(DnsFailure::Timeout | DnsFailure::Unavailable(_) | DnsFailure::Refused(_))
    ));
}

#[tokio::test]
async fn an_origin_whose_urls_all_time_out_is_asked_no_more() {
    let server = serve(None, |_| Act::Hang(Vec::new())).await;
    let round = Bench::new()
        .name("a.example:80", &server)
        .limits(|limits| {
            limits.head = Duration::from_millis(50);
            limits.breaker = 2;
        })
        .round();
    for path in ["1", "2", "3"] {
        let chain = round.walk(&link(&format!("http://a.example/{path}")), Depth::Sample).await;
        let last = failure(&chain);
        if path == "3" {
            let like = Box::new(RequestFailure::HeadTimeout);
            assert_eq!(last, Some(&RequestFailure::NotAsked { after: 2, like }));
            assert_eq!(chain.walks, 1);
        } else {
            assert_eq!(last, Some(&RequestFailure::HeadTimeout));
            assert_eq!(chain.last().unwrap().head, HeadVerdict::Fine);
        }
    }
    assert!(server.seen().iter().all(|seen| seen.target != "/3"));
}

#[test]
fn silence_is_bounded_and_counted_once_for_requests_that_were_under_way_together() {
    use super::super::origins::{Patience, Record};
    use crate::chain::{Answer, Headers, Method};
    let answer = Answer {
        method: Method::Get,
        version: "h2",
        status: 429,
        headers: Headers::default(),
        first_byte: Duration::ZERO,
        transfer: None,
    };
    let standing: (Answer, Option<Arc<Connection>>) = (answer, None);
    let (record, now, limit) = (Record::default(), tokio::time::Instant::now(), Duration::from_secs(30));
    let seconds = Duration::from_secs;
    assert_eq!(record.hush(now, seconds(20), limit, &standing), Patience::Until(now + seconds(20)));
    assert_eq!(record.hush(now, seconds(20), limit, &standing), Patience::Until(now + seconds(20)));
    assert_eq!(record.silent_until(now), Some(now + seconds(20)));
    assert_eq!(record.silent_until(now + seconds(20)), None);
    assert!(record.standing(now).is_none());
    let later = now + seconds(20);
    assert_eq!(record.hush(later, seconds(20), limit, &standing), Patience::Over, "40 s in all");
    assert!(record.standing(later).is_some());
    assert!(record.standing(later + seconds(20)).is_none());
    assert_eq!(Record::default().hush(now, Duration::MAX, limit, &standing), Patience::Over);
}
