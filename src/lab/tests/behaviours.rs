//! Names, requests, the log, and the end of a lab.

use std::time::Duration;

use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use tokio::net::TcpStream;

use crate::lab::exhibits::FULL;
use crate::lab::tests::client::{ask, ask_twice_http2, handshake};
use crate::lab::tests::open;
use crate::lab::{EXHIBITS, Lab, Source};

fn resolver(lab: &Lab, tcp: bool) -> hickory_resolver::TokioResolver {
    let mut connection = if tcp { ConnectionConfig::tcp() } else { ConnectionConfig::udp() };
    connection.port = lab.dns_addr().port();
    let server = NameServerConfig::new(lab.dns_addr().ip(), true, vec![connection]);
    let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
    hickory_resolver::Resolver::builder_with_config(config, TokioRuntimeProvider::default()).build().unwrap()
}

#[tokio::test]
async fn names_resolve_over_udp_and_tcp() {
    let lab = open().await;
    for tcp in [false, true] {
        let resolver = resolver(&lab, tcp);
        for (name, count) in [("good", 1), ("cname", 1), ("edge-stale", 2), ("many-addresses", 20)] {
            let found = resolver.lookup_ip(format!("{name}.lab.example.")).await.unwrap();
            assert_eq!(found.iter().count(), count, "{name}");
        }
        for name in ["dns-missing", "dns-empty", "dns-servfail"] {
            assert!(resolver.lookup_ip(format!("{name}.lab.example.")).await.is_err(), "{name}");
        }
    }
}

#[tokio::test]
async fn the_log_tells_requests_and_connections() {
    let lab = open().await;
    let url = "https://good.lab.example/episode.mp3";
    let head = ask_twice_http2(&lab, "HEAD", url).await;
    assert_eq!((head.status(), head.body().len()), (http::StatusCode::OK, 0));
    assert!(head.headers()["content-length"].to_str().unwrap().parse::<u64>().unwrap() > 153_600);
    let part = ask(&lab, "GET", url, Some("bytes=0-65535")).await.unwrap();
    assert_eq!((part.status().as_u16(), part.body().len()), (206, 65_536));
    let log = lab.log();
    let short: Vec<_> = log.iter().map(|seen| (seen.method.as_str(), seen.version, seen.connection_id)).collect();
    assert_eq!(short, [("HEAD", "h2", 1), ("HEAD", "h2", 1), ("GET", "http/1.1", 2)]);
    assert_eq!(log[2].header("range"), Some("bytes=0-65535"));
    assert!(log.iter().all(|seen| seen.host == "good.lab.example" && seen.target == "/episode.mp3" && seen.secure));
    assert_eq!(lab.connections(), 2);
}

#[tokio::test]
async fn ranges_are_honoured_by_the_book() {
    let lab = open().await;
    let url = "https://good.lab.example/episode.mp3";
    let whole = ask(&lab, "GET", url, None).await.unwrap();
    let total = whole.body().len();
    for (range, from, until) in [("bytes=0-0", 0, 1), ("bytes=1000-", 1000, total), ("bytes=10-99999999", 10, total)] {
        let part = ask(&lab, "GET", url, Some(range)).await.unwrap();
        assert_eq!(part.body(), &whole.body().slice(from..until), "{range}");
        assert_eq!(part.headers()["content-range"], format!("bytes {from}-{}/{total}", until - 1));
    }
    assert_eq!(ask(&lab, "GET", url, Some("bytes=99999999-")).await.unwrap().status(), 416);
}

#[tokio::test]
async fn every_feed_is_served() {
    let lab = open().await;
    for exhibit in EXHIBITS.iter().filter(|exhibit| exhibit.source == Source::Feed) {
        let feed = ask(&lab, "GET", &lab.url(exhibit.name).unwrap(), None).await.unwrap();
        let text = String::from_utf8(feed.into_body().to_vec()).unwrap();
        assert_eq!(text.matches("<item>").count(), exhibit.items.len(), "{}", exhibit.name);
    }
    let feed = ask(&lab, "GET", "https://good.lab.example/feed.xml", None).await.unwrap();
    assert_eq!(feed.status(), 200, "and on the exhibit's own host");
    for source in lab.night().sources() {
        assert_eq!(ask(&lab, "GET", &source, None).await.unwrap().status(), 200, "{source}");
    }
}

#[tokio::test]
async fn redirects_lead_where_they_should() {
    let lab = open().await;
    for (url, status, location) in [
        ("https://redirects.lab.example/start", 301, Some("/a/b")),
        ("https://long.lab.example/hop/11", 302, Some("/hop/10")),
        ("https://long.lab.example/hop/1", 302, Some("/episode.mp3")),
        ("https://endless.lab.example/start?step=7", 302, Some("/start?step=8")),
        ("https://op3.dev/e/good.lab.example/episode.mp3?x=1", 302, Some("https://good.lab.example/episode.mp3?x=1")),
        ("https://op3.dev/e/http://good.lab.example/a", 302, Some("http://good.lab.example/a")),
        ("https://chrt.fm/track/ABC/good.lab.example/a", 302, Some("https://good.lab.example/a")),
        ("https://no-location.lab.example/start", 302, None),
        ("http://upgrade.lab.example/start", 301, Some("https://upgrade.lab.example/episode.mp3")),
        (
            "https://traffic.loudhail.example/LH1001/episode.mp3",
            302,
            Some("https://audio.loudhail-cdn.example/stitched/LH1001/episode.mp3"),
        ),
    ] {
        let answer = ask(&lab, "GET", url, None).await.unwrap();
        let got = answer.headers().get("location").map(|value| value.to_str().unwrap());
        assert_eq!((answer.status().as_u16(), got), (status, location), "{url}");
    }
}

#[tokio::test]
async fn framing_is_broken_where_it_should_be() {
    let lab = open().await;
    for exhibit in ["closed-early", "not-http", "bad-chunks", "endless-headers", "cut"] {
        let url = format!("https://{exhibit}.lab.example/episode.mp3");
        assert!(ask(&lab, "GET", &url, None).await.is_err(), "{exhibit}");
    }
    for exhibit in ["hang", "drip"] {
        let url = format!("https://{exhibit}.lab.example/episode.mp3");
        let waited = tokio::time::timeout(Duration::from_millis(100), ask(&lab, "GET", &url, None)).await;
        assert!(waited.is_err(), "{exhibit}");
    }
}

#[tokio::test]
async fn streams_are_reset_over_http2_alone() {
    let lab = open().await;
    let url = "https://http2-reset.lab.example/episode.mp3";
    assert_eq!(ask(&lab, "HEAD", url, None).await.unwrap().status(), 200);
    let stream = handshake(&lab, "http2-reset.lab.example", 1, true, &["h2"]).await.unwrap();
    let (sender, connection) = h2::client::handshake(stream).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = http::Request::builder().uri(url).body(()).unwrap();
    let (answer, _) = sender.ready().await.unwrap().send_request(request, true).unwrap();
    assert_eq!(answer.await.unwrap_err().reason(), Some(h2::Reason::INTERNAL_ERROR));
    connection.abort();
}

#[tokio::test]
async fn behaviour_can_depend_on_what_came_before() {
    let lab = open().await;
    let url = "https://retry-soon.lab.example/episode.mp3";
    assert_eq!(ask(&lab, "HEAD", url, None).await.unwrap().status(), 503);
    assert_eq!(ask(&lab, "HEAD", url, None).await.unwrap().status(), 200);
    assert_eq!(ask(&lab, "GET", url, None).await.unwrap().status(), 200);
}

#[tokio::test]
async fn authorities_publish_their_papers() {
    let lab = open().await;
    let get = async |url: &str| ask(&lab, "GET", url, None).await.unwrap().into_body();
    let issuer = get("http://papers.lab.example/intermediate.der").await;
    assert!(x509_parser::parse_x509_certificate(&issuer).is_ok());
    let list = get("http://papers.lab.example/revoked.crl").await;
    let (_, list) = x509_parser::parse_x509_crl(&list).unwrap();
    assert_eq!(list.iter_revoked_certificates().count(), 1);
    let window = get("https://acme-v02.api.letsencrypt.org/acme/renewal-info/a.b").await;
    assert!(String::from_utf8_lossy(&window).contains("\"end\": \"2027-01-13T08:00:00Z\""));
}

#[tokio::test]
async fn nobody_answers_where_nobody_should() {
    let lab = open().await;
    let refused = TcpStream::connect(("127.0.0.240", lab.tls_port())).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    if cfg!(target_os = "linux") {
        let full = TcpStream::connect((std::net::Ipv4Addr::new(127, 0, 0, FULL), lab.tls_port()));
        assert!(tokio::time::timeout(Duration::from_millis(100), full).await.is_err(), "the queue is full");
    }
}

#[tokio::test]
async fn a_closed_lab_is_gone() {
    let lab = open().await;
    let (port, file) = (lab.tls_port(), lab.ca_file());
    assert!(file.exists());
    assert!(lab.flags().iter().any(|flag| *flag == file.display().to_string()));
    lab.close().await;
    assert!(!file.exists());
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
}
