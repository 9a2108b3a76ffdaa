//! Second opinions: who is asked again, how, and who is not.

use super::*;
use crate::chain::Depth;

const NEUTRAL: &str = "Mozilla/5.0 (compatible)";

fn round(server: &Server, wanted: bool) -> Round {
    let bench = Bench::new().name("a.example:80", server).name("cdn.example:80", server);
    bench.round_with(|settings| settings.second_opinion = wanted.then(|| NEUTRAL.to_owned()))
}

fn is_bot(seen: &Seen) -> bool {
    seen.header("user-agent").is_some_and(|agent| agent.contains("bot"))
}

fn status(code: u16, more: &str) -> Act {
    Act::Send(format!("HTTP/1.1 {code} X\r\ncontent-length: 0\r\n{more}\r\n").into_bytes())
}

fn neutral(server: &Server) -> Vec<String> {
    server.seen().iter().filter(|seen| seen.header("user-agent") == Some(NEUTRAL)).map(Seen::line).collect()
}

#[tokio::test]
async fn a_refusal_is_asked_again_once_for_headers_and_not_followed() {
    let server = serve(None, |seen| match seen.target.as_str() {
        "/start" => redirect(seen, "http://cdn.example/a.mp3"),
        _ if is_bot(seen) => status(403, ""),
        _ => redirect(seen, "http://cdn.example/signed.mp3"),
    })
    .await;
    let chain = round(&server, true).walk(&link("http://a.example/start"), Depth::Sample).await;
    assert_eq!(statuses(&chain), [302, 403]);
    let second = chain.second_opinion.as_ref().unwrap();
    assert_eq!(second.user_agent, NEUTRAL);
    assert_eq!(second.answer.as_ref().unwrap().status, 302);
    assert!(second.is_served());
    assert_eq!(neutral(&server), ["HEAD /a.mp3"]);
}

#[tokio::test]
async fn a_head_of_no_use_is_followed_by_a_get_of_one_byte() {
    let server = serve(None, |_| status(403, "")).await;
    let chain = round(&server, true).walk(&link("http://a.example/a.mp3"), Depth::Full).await;
    let second = chain.second_opinion.as_ref().unwrap();
    assert_eq!(second.answer.as_ref().unwrap().status, 403);
    assert!(!second.is_served());
    assert_eq!(neutral(&server), ["HEAD /a.mp3", "GET /a.mp3 bytes=0-0"]);
}

#[tokio::test]
async fn a_web_page_is_no_audio() {
    let page = |seen: &Seen| if is_bot(seen) { status(503, "") } else { status(200, "content-type: text/html\r\n") };
    let server = serve(None, page).await;
    let chain = round(&server, true).walk(&link("http://a.example/a.mp3"), Depth::Sample).await;
    assert!(!chain.second_opinion.as_ref().unwrap().is_served());
}

#[tokio::test]
async fn a_refused_feed_is_asked_about_as_well() {
    let server = serve(None, |seen| if is_bot(seen) { status(406, "") } else { status(200, "") }).await;
    let (chain, document) = round(&server, true).document(&link("http://a.example/feed"), |_, _| ()).await;
    assert!(document.is_none());
    assert!(chain.second_opinion.as_ref().unwrap().is_served());
    assert_eq!(neutral(&server), ["HEAD /feed"]);
}

#[tokio::test]
async fn nobody_is_asked_twice_without_need() {
    let unwanted = serve(None, |_| status(403, "")).await;
    let chain = round(&unwanted, false).walk(&link("http://a.example/a.mp3"), Depth::Sample).await;
    assert_eq!(chain.second_opinion, None, "not wanted");

    let missing = serve(None, |_| status(404, "")).await;
    let chain = round(&missing, true).walk(&link("http://a.example/a.mp3"), Depth::Sample).await;
    assert_eq!(chain.second_opinion, None, "404 says nothing about who asks");

    for code in [429, 503] {
        let later = serve(None, move |_| status(code, "retry-after: 3600\r\n")).await;
        let chain = round(&later, true).walk(&link("http://a.example/a.mp3"), Depth::Sample).await;
        assert_eq!(chain.second_opinion, None, "{code}: left alone until the time named");
        assert!(neutral(&later).is_empty());
    }
}
