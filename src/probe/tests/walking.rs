//! Hops, HEAD and its fallback, redirects, confirmation, patience.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::audio::Sniff;
use crate::chain::{Depth, End, HeadVerdict, Method, RangeAnswer, RedirectFault};
use crate::link::LinkError;

#[tokio::test]
async fn four_hops_cost_five_requests_and_the_answer_is_the_last_gets() {
    let server = serve(None, |seen| match (seen.header("host"), seen.target.as_str()) {
        (Some("cdn.example"), "/a.mp3") => file(seen, "audio/mpeg", &mp3(1000)),
        (Some("one.example"), _) => redirect(seen, "http://two.example/a.mp3"),
        (Some("two.example"), _) => redirect(seen, "http://three.example/x/"),
        (_, _) => redirect(seen, "//cdn.example/a.mp3#fragment"),
    })
    .await;
    let mut bench = Bench::new();
    for name in ["one.example", "two.example", "three.example", "cdn.example"] {
        bench = bench.name(&format!("{name}:80"), &server);
    }
    let round = bench.round();
    let chain = round.walk(&link("http://one.example/a.mp3"), Depth::Sample).await;
    assert_eq!(chain.end, End::Reached);
    assert_eq!(statuses(&chain), [302, 302, 302, 206]);
    assert_eq!(round.counts().requests, 5);
    assert_eq!(server.lines().last().unwrap(), "GET /a.mp3 bytes=0-65535");
    let last = chain.last().unwrap();
    assert_eq!(last.url.expose(), "http://cdn.example/a.mp3");
    assert_eq!(last.request.fact().unwrap().method, Method::Get);
    let media = chain.media.as_ref().unwrap();
    assert_eq!(media.range, Some(RangeAnswer::Honoured));
    assert_eq!(media.bytes_total, Some(417_000));
    assert!(matches!(media.sniff, Some(Sniff::Audio(_))));
    assert!(media.first_audio_byte.is_some());
    for seen in server.seen() {
        assert_eq!(seen.header("accept-encoding"), Some("identity"));
        assert_eq!(seen.header("user-agent"), Some("podprobe/0 (bot)"));
        assert_eq!(seen.header("cookie"), None);
    }
}

#[tokio::test]
async fn a_url_that_occurs_twice_is_walked_once() {
    let server = serve(None, |seen| file(seen, "audio/mpeg", &mp3(100))).await;
    let round = Bench::new().name("a.example:80", &server).round();
    let url = link("http://a.example/a.mp3");
    let (one, two) = tokio::join!(round.walk(&url, Depth::Sample), round.walk(&url, Depth::Sample));
    assert!(Arc::ptr_eq(&one, &two));
    assert_eq!(server.lines().len(), 2);
}

#[tokio::test]
async fn of_finished_walks_the_last_are_remembered_and_no_more() {
    let server = serve(None, |seen| file(seen, "audio/mpeg", &mp3(100))).await;
    let round = Bench::new().limits(|limits| limits.walks = 2).name("a.example:80", &server).round();
    for name in ["a", "b", "a", "c", "b", "a"] {
        round.walk(&link(&format!("http://a.example/{name}.mp3")), Depth::Headers).await;
    }
    // When `c` is done, `a` has been done the longest: it is walked again, `b` is not.
    let asked = ["HEAD /a.mp3", "HEAD /b.mp3", "HEAD /c.mp3", "HEAD /a.mp3"];
    assert_eq!(server.lines(), asked);
    assert_eq!(lock(&round.inner.walks).known.len(), 2);
}

#[tokio::test]
async fn headers_alone_read_no_body() {
    let server = serve(None, |seen| file(seen, "audio/mpeg", &mp3(100))).await;
    let round = Bench::new().name("a.example:80", &server).round();
    let chain = round.walk(&link("http://a.example/a.mp3"), Depth::Headers).await;
    assert_eq!(chain.end, End::Reached);
    assert_eq!(server.lines(), ["HEAD /a.mp3"]);
    assert_eq!(chain.media.as_ref().unwrap().bytes_total, Some(41_700));
}

#[tokio::test]
async fn where_head_is_refused_a_get_of_one_byte_counts() {
    for (status, verdict) in [
        ("401 No", HeadVerdict::Refused(401)),
        ("403 No", HeadVerdict::Refused(403)),
        ("404 No", HeadVerdict::Refused(404)),
        ("405 No", HeadVerdict::Refused(405)),
        ("501 No", HeadVerdict::Refused(501)),
        ("500 No", HeadVerdict::Refused(500)),
        ("204 No", HeadVerdict::Refused(204)),
    ] {
        let server = serve(None, move |seen| match seen.method.as_str() {
            "HEAD" => reply(seen, status, &[], b""),
            _ => file(seen, "audio/mpeg", &mp3(100)),
        })
        .await;
        let round = Bench::new().name("a.example:80", &server).round();
        let chain = round.walk(&link("http://a.example/a.mp3"), Depth::Sample).await;
        assert_eq!(chain.end, End::Reached, "{status}");
        assert_eq!(chain.last().unwrap().head, verdict);
        assert_eq!(server.lines(), ["HEAD /a.mp3", "GET /a.mp3 bytes=0-0", "GET /a.mp3 bytes=0-65535"]);
    }
}

#[tokio::test]
async fn an_answer_to_head_that_does_not_fit_a_get_does_not_count() {
    for (status, header, verdict) in [
        ("200 OK", "content-type: text/html", HeadVerdict::Unfit(200)),
        ("200 OK", "content-type: application/json", HeadVerdict::Unfit(200)),
        ("302 Found", "x: y", HeadVerdict::Unfit(302)),
    ] {
        let server = serve(None, move |seen| match seen.method.as_str() {
            "HEAD" => reply(seen, status, &[header], b""),
            _ => file(seen, "audio/mpeg", &mp3(100)),
        })
        .await;
        let round = Bench::new().name("a.example:80", &server).round();
        let chain = round.walk(&link("http://a.example/a.mp3"), Depth::Sample).await;
        assert_eq!((&chain.end, chain.walks), (&End::Reached, 1), "{header}");
        assert_eq!(chain.last().unwrap().head, verdict);
    }
}

#[tokio::test]
async fn a_page_for_head_and_get_alike_is_no_fault_of_head() {
    let server = serve(None, |seen| file(seen, "text/html", b"<html>Sorry</html>")).await;
    let round = Bench::new().name("a.example:80", &server).round();
    let chain = round.walk(&link("http://a.example/a.mp3"), Depth::Sample).await;
    assert_eq!(chain.last().unwrap().head, HeadVerdict::Fine);
    assert!(matches!(chain.media.as_ref().unwrap().sniff, Some(Sniff::Impostor(_))));
}

#[tokio::test]
async fn a_body_after_head_does_not_spoil_the_get() {
    let server = serve(None, |seen| match seen.method.as_str() {
        "HEAD" => Act::Send([&b"HTTP/1.1 200 OK\r\ncontent-length: 417\r\n\r\n"[..], &mp3(1)].concat()),
        _ => file(seen, "audio/mpeg", &mp3(100)),
    })
    .await;
    let round = Bench::new().name("a.example:80", &server).round();
    let chain = round.walk(&link("http://a.example/a.mp3"), Depth::Sample).await;
    assert_eq!((&chain.end, chain.walks), (&End::Reached, 1), "{chain:?}");
}

#[tokio::test]
async fn a_head_that_breaks_the_connection_is_followed_by_a_get() {
    let server = serve(None, |seen| match seen.method.as_str() {
        "HEAD" => Act::Last(Vec::new()),
        _ => file(seen, "audio/mpeg", &mp3(100)),
    })
    .await;
    let round = Bench::new().name("a.example:80", &server).round();
    let chain = round.walk(&link("http://a.example/a.mp3"), Depth::Sample).await;
    assert_eq!(chain.end, End::Reached);
    assert_eq!(chain.last().unwrap().head, HeadVerdict::Failed);
}

#[tokio::test]
async fn a_status_that_head_and_get_share_is_no_fault_of_head_and_is_confirmed() {
    let server = serve(None, |seen| reply(seen, "404 Not Found", &["content-type: text/html"], b"<html>")).await;
    let round = Bench::new().name("a.example:80", &server).round();
    let chain = round.walk(&link("http://a.example/a.mp3"), Depth::Sample).await;
    assert_eq!((&chain.end, chain.walks), (&End::Broken, 2));
    assert_eq!(chain.last().unwrap().head, HeadVerdict::Fine);
    assert_eq!(statuses(&chain), [404]);
    assert_eq!(server.lines().len(), 4);
    assert!(server.seen().iter().map(|seen| seen.connection).max() > Some(1), "confirmed over a fresh connection");
}

#[tokio::test]
async fn the_second_walk_counts() {
    let asked = AtomicUsize::new(0);
    let server = serve(None, move |seen| {
        if asked.fetch_add(1, Ordering::Relaxed) < 2 {
            reply(seen, "500 Oops", &[], b"")
        } else {
            file(seen, "audio/mpeg", &mp3(100))
        }
    })
    .await;
    let round = Bench::new().name("a.example:80", &server).round();
    let chain = round.walk(&link("http://a.example/a.mp3"), Depth::Sample).await;
    assert_eq!((&chain.end, chain.walks), (&End::Reached, 2));
}

#[tokio::test]
async fn redirects_end_where_they_must() {
    let server = serve(None, |seen| match seen.target.as_str() {
        "/loop" => redirect(seen, "/loop2"),
        "/loop2" => redirect(seen, "/loop#again"),
        "/ftp" => redirect(seen, "ftp://u:p@a.example/x"),
        "/empty" => redirect(seen, ""),
        "/none" => reply(seen, "301 Moved", &[], b""),
        "/300" => reply(seen, "300 Choices", &["location: /x"], b""),
        "/304" => reply(seen, "304 Same", &["location: /x"], b""),
        "/port" => redirect(seen, "http://a.example:99999/"),
        path => redirect(seen, &format!("{path}x")),
    })
    .await;
    let bench = Bench::new().name("a.example:80", &server);
    let end = async |path: &str| {
        let round = bench.round_with(|settings| settings.max_redirects = 3);
        let chain = round.walk(&link(&format!("http://a.example{path}")), Depth::Sample).await;
        (chain.end.clone(), chain.hops.len())
    };
    assert_eq!(end("/loop").await, (End::Loop { back_to: 0 }, 2));
    assert_eq!(end("/far").await, (End::TooManyRedirects { limit: 3 }, 4));
    assert_eq!(end("/none").await.0, End::BadRedirect(RedirectFault::NoLocation));
    assert_eq!(end("/empty").await.0, End::BadRedirect(RedirectFault::NoLocation));
    assert_eq!(
        end("/ftp").await.0,
        End::BadRedirect(RedirectFault::Bad {
            location: "ftp://***@a.example/x".into(),
            why: LinkError::Scheme("ftp".into())
        })
    );
    assert!(matches!(end("/port").await.0, End::BadRedirect(RedirectFault::Bad { why: LinkError::Unparsable(_), .. })));
    assert_eq!(end("/300").await.0, End::Broken);
    assert_eq!(end("/304").await.0, End::Broken);
}

#[tokio::test]
async fn a_redirect_by_the_last_get_is_followed() {
    let server = serve(None, |seen| match (seen.method.as_str(), seen.target.as_str()) {
        ("GET", "/a.mp3") => redirect(seen, "/b.mp3"),
        _ => file(seen, "audio/mpeg", &mp3(100)),
    })
    .await;
    let round = Bench::new().name("a.example:80", &server).round();
    let chain = round.walk(&link("http://a.example/a.mp3"), Depth::Sample).await;
    assert_eq!(chain.end, End::Reached);
    assert_eq!(statuses(&chain), [302, 206]);
}

#[tokio::test]
async fn retry_after_is_waited_for_once_and_silences_the_origin() {
    let asked = AtomicUsize::new(0);
    let server = serve(None, move |seen| {
        if asked.fetch_add(1, Ordering::Relaxed) == 0 {
            reply(seen, "429 Slow Down", &["retry-after: 0"], b"")
        } else {
            file(seen, "audio/mpeg", &mp3(100))
        }
    })
    .await;
    let round = Bench::new().name("a.example:80", &server).round();
    let chain = round.walk(&link("http://a.example/a.mp3"), Depth::Sample).await;
    assert_eq!((&chain.end, chain.walks), (&End::Reached, 1));
    assert_eq!(server.lines(), ["HEAD /a.mp3", "HEAD /a.mp3", "GET /a.mp3 bytes=0-65535"]);
}

#[tokio::test]
async fn a_silenced_origin_is_asked_by_nobody_until_its_time_is_over() {
    let times: Arc<Mutex<Vec<std::time::Instant>>> = Arc::default();
    let seen_at = Arc::clone(&times);
    let server = serve(None, move |seen| {
        let mut times = lock(&seen_at);
        times.push(std::time::Instant::now());
        if times.len() == 1 {
            reply(seen, "429 Slow Down", &["retry-after: 1"], b"")
        } else {
            file(seen, "audio/mpeg", &mp3(100))
        }
    })
    .await;
    let round = Bench::new()
        .name("a.example:80", &server)
        .limits(|limits| limits.chain = Duration::from_millis(900))
        .round_with(|settings| settings.per_host = 1);
    let urls = ["a", "b"].map(|path| link(&format!("http://a.example/{path}")));
    let (one, two) = tokio::join!(round.walk(&urls[0], Depth::Headers), round.walk(&urls[1], Depth::Headers));
    for chain in [one, two] {
        assert_eq!((&chain.end, chain.walks), (&End::Reached, 1));
        assert!(chain.last().unwrap().waited_ms >= Some(900), "{chain:?}");
        assert!(chain.took < Duration::from_millis(900), "waiting is apart");
    }
    let times = lock(&times);
    assert!(times[1..].iter().all(|at| *at - times[0] >= Duration::from_millis(990)));
}

#[tokio::test]
async fn a_long_retry_after_is_not_waited_for_and_stands_for_the_whole_origin() {
    let server = serve(None, |seen| reply(seen, "503 Later", &["retry-after: 31"], b"")).await;
    let round = Bench::new().name("a.example:80", &server).round();
    for path in ["a", "b", "c"] {
        let chain = round.walk(&link(&format!("http://a.example/{path}")), Depth::Sample).await;
        assert_eq!((&chain.end, chain.walks), (&End::Broken, 1));
        assert_eq!(statuses(&chain), [503]);
        assert_eq!(chain.last().unwrap().request.fact().unwrap().header("retry-after"), Some("31"));
    }
    assert_eq!(server.lines(), ["HEAD /a"]);
}

#[tokio::test]
async fn a_stopped_round_ends_its_chains_with_what_is_known() {
    let server = serve(None, |seen| match seen.target.as_str() {
        "/a" => redirect(seen, "/b"),
        _ => Act::Hang(Vec::new()),
    })
    .await;
    let round =
        Bench::new().name("a.example:80", &server).limits(|limits| limits.head = Duration::from_mins(1)).round();
    let url = link("http://a.example/a");
    let walking = tokio::spawn({
        let round = round.clone();
        async move { round.walk(&url, Depth::Sample).await }
    });
    while server.lines().len() < 2 {
        tokio::task::yield_now().await;
    }
    round.stop();
    let chain = walking.await.unwrap();
    assert_eq!(chain.end, End::Interrupted);
    assert_eq!(chain.hops.len(), 2);
    assert_eq!(failure(&chain), Some(&RequestFailure::Interrupted));
    let late = round.walk(&link("http://a.example/late"), Depth::Sample).await;
    assert_eq!(late.end, End::Interrupted);
    assert_eq!(server.lines().len(), 2);
}
