//! Connections made ahead of the redirect: when they are made, by whom they are used, what is told.

use futures_util::future::join_all;

use super::pooling::serve_h2_with;
use super::*;
use crate::chain::{Depth, End, HeadVerdict, Phase};
use crate::link::Origin;

fn named(urls: &[&str]) -> Vec<Origin> {
    urls.iter().map(|url| link(url).origin()).collect()
}

/// Lets everything run that can.
async fn until(what: impl Fn() -> bool) {
    while !what() {
        tokio::task::yield_now().await;
    }
}

/// A server that is never done with the first request.
async fn hanging() -> Server {
    serve(None, |_| Act::Hang(Vec::new())).await
}

async fn sound() -> Server {
    serve(None, |seen| file(seen, "audio/mpeg", &mp3(100))).await
}

/// From `a` to `b` to `c`, and the audio there.
fn onward(host: &str, path: &str) -> Option<String> {
    let next = match host {
        "a.example" => "b",
        "b.example" => "c",
        _ => return None,
    };
    Some(format!("https://{next}.example{path}"))
}

#[tokio::test]
async fn the_hosts_that_a_url_names_are_connected_to_while_the_first_is_asked() {
    let (first, second, third) = (hanging().await, sound().await, sound().await);
    let bench = Bench::new().name("a.example:80", &first).name("b.example:80", &second).name("c.example:80", &third);
    let round = bench.round();
    let (url, named) =
        (link("http://a.example/1"), named(&["http://b.example", "http://c.example", "http://a.example"]));
    let walking = tokio::spawn({
        let round = round.clone();
        async move { round.walk_via(&url, Depth::Headers, &named).await }
    });
    until(|| second.connections() == 1 && third.connections() == 1 && first.connections() == 1).await;
    assert_eq!(second.lines().len() + third.lines().len(), 0, "nothing is asked ahead");
    round.stop();
    assert_eq!(walking.await.unwrap().end, End::Interrupted);
}

#[tokio::test]
async fn ten_walks_need_one_connection_a_host_and_its_dial_is_told_by_its_first_user() {
    for alpn in [&["h2", "http/1.1"][..], &["http/1.1"]] {
        let server = serve_h2_with(&["a.example", "b.example", "c.example"], alpn, onward).await;
        let mut bench = Bench::new();
        for host in ["a", "b", "c"] {
            bench = bench.name(&format!("{host}.example:443"), &server);
        }
        let round = bench.round();
        let hosts = named(&["https://b.example", "https://c.example"]);
        let urls: Vec<Link> = (0..10).map(|i| link(&format!("https://a.example/{i}"))).collect();
        let chains = join_all(urls.iter().map(|url| round.walk_via(url, Depth::Sample, &hosts))).await;
        for chain in &chains {
            assert_eq!((&chain.end, chain.walks, chain.hops.len()), (&End::Reached, 1, 3), "{chain:?}");
            assert!(chain.hops.iter().all(|hop| hop.head == HeadVerdict::Fine));
        }
        let made = round.counts().connections;
        assert_eq!(made, server.connections() as u64);
        if alpn.len() == 2 {
            assert_eq!(made, 3);
        }
        // Each connection has one hop that tells its dial.
        let hops: Vec<_> = chains.iter().flat_map(|chain| &chain.hops).collect();
        let fresh: Vec<_> = hops.iter().filter(|hop| !hop.reused).collect();
        assert!(fresh.len() as u64 <= made);
        for host in ["a", "b", "c"] {
            let name = Host::name(&format!("{host}.example"));
            assert!(fresh.iter().any(|hop| hop.url.origin().host == name), "{host}");
        }
        for hop in fresh {
            assert!(hop.connect.fact().is_some() && hop.tls.fact().is_some() && hop.dns.fact().is_some());
        }
        assert!(hops.iter().filter(|hop| hop.reused).all(|hop| hop.tls == Phase::NotReached));
    }
}

#[tokio::test]
async fn a_listeners_wait_holds_the_dials_that_were_made_ahead() {
    let server = serve_h2_with(&["a.example", "b.example", "c.example"], &["h2"], onward).await;
    let mut bench = Bench::new();
    for host in ["a", "b", "c"] {
        bench = bench.name(&format!("{host}.example:443"), &server);
    }
    let round = bench.round();
    let hosts = named(&["https://b.example", "https://c.example"]);
    let chain = round.walk_via(&link("https://a.example/1"), Depth::Sample, &hosts).await;
    let dials: Duration = chain.hops.iter().map(super::super::hop::dialling).sum();
    let answers: Duration = chain.hops.iter().map(|hop| hop.request.fact().unwrap().first_byte).sum();
    assert!(chain.hops.iter().all(|hop| !hop.reused));
    assert!(chain.media.as_ref().unwrap().first_audio_byte.unwrap() >= dials + answers);
    let again = round.walk_via(&link("https://a.example/2"), Depth::Sample, &hosts).await;
    assert!(again.hops.iter().all(|hop| hop.reused));
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn no_connection_is_made_ahead_that_gate_or_guard_refuse() {
    // Walks a and comes to no other host.
    let (first, other) = (sound().await, sound().await);
    let bench = Bench::new().name("a.example:80", &first).name("b.example:80", &other);
    let hosts = named(&["http://b.example"]);
    let walk = async |round: &Round| round.walk_via(&link("http://a.example/"), Depth::Headers, &hosts).await;
    for (all, of_host) in [(1, 8), (64, 1)] {
        let round = bench.round_with(|settings| (settings.concurrency, settings.per_host) = (all, of_host));
        // With one request at a time to b, one is under way.
        let busy = (all > 1).then(|| Host::name("b.example"));
        let _pass = match &busy {
            Some(host) => Some(round.inner.gates.pass(host).await),
            None => None,
        };
        walk(&round).await;
        assert_eq!((other.connections(), round.counts().connections), (0, 1), "{all} {of_host}");
    }
    let mut shut = Bench::new().name("a.example:80", &first);
    shut.resolve.push("b.example:80:10.0.0.1".to_owned());
    let round = shut.round();
    walk(&round).await;
    assert_eq!(round.counts().connections, 1);
}

#[tokio::test]
async fn hosts_that_walks_do_not_come_to_are_not_connected_to_again() {
    let (first, other) = (sound().await, sound().await);
    let mut bench = Bench::new().name("a.example:80", &first);
    for i in 0..18 {
        bench = bench.name(&format!("b{i}.example:80"), &other);
    }
    let round = bench.round();
    for i in 0..18 {
        let hosts = named(&[&format!("http://b{i}.example")]);
        let chain = round.walk_via(&link(&format!("http://a.example/{i}")), Depth::Headers, &hosts).await;
        assert_eq!(chain.end, End::Reached);
    }
    assert!(other.connections() <= 1, "{}", other.connections());
    assert!(round.counts().connections <= 2);
}

#[tokio::test]
async fn a_connection_made_ahead_that_died_is_replaced_silently() {
    // The first connection to b is closed with its first request, as a server does that is tired of
    // waiting for it.
    let first = serve(None, |seen| redirect(seen, "http://b.example/")).await;
    let second = serve(None, |seen| match seen.connection {
        1 => Act::Last(Vec::new()),
        _ => file(seen, "audio/mpeg", &mp3(100)),
    })
    .await;
    let round = Bench::new().name("a.example:80", &first).name("b.example:80", &second).round();
    let key = super::super::pool::LaneKey {
        origin: link("http://b.example").origin(),
        generation: super::super::pool::Generation::First,
        offer: super::super::tls::Offer::Any,
    };
    round.inner.connect_ahead(key.clone(), 1 << 16).await;
    assert!(!round.inner.pool.lacks(&key));
    let chain = round.walk(&link("http://a.example/"), Depth::Sample).await;
    let hop = chain.last().unwrap();
    assert_eq!((&chain.end, chain.walks, hop.head), (&End::Reached, 1, HeadVerdict::Fine));
    assert!(!hop.reused && hop.connect.fact().is_some(), "the new connection was made for it");
    assert_eq!(second.connections(), 2);
}

#[tokio::test]
async fn a_dial_made_ahead_that_fails_is_told_by_the_hop_and_not_made_again() {
    let first = serve(None, |seen| redirect(seen, "https://b.example/")).await;
    // Speaks no TLS.
    let second = serve(None, |_| Act::Last(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec())).await;
    let bench = Bench::new().name("a.example:80", &first).name("b.example:443", &second).quick();
    let mut dialled = Vec::new();
    for hosts in [named(&["https://b.example"]), Vec::new()] {
        let before = second.connections();
        let round = bench.round();
        for path in ["1", "2", "3"] {
            let chain = round.walk_via(&link(&format!("http://a.example/{path}")), Depth::Headers, &hosts).await;
            assert_eq!((&chain.end, chain.walks), (&End::Broken, 2));
            assert!(chain.last().unwrap().tls.failure().is_some(), "{chain:?}");
        }
        dialled.push(second.connections() - before);
    }
    assert_eq!(dialled[0], dialled[1], "as often as without");
}
