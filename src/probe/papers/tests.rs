//! A web server of a few lines on loopback; every name leads there by `--connect-to`.

use std::sync::Mutex as StdMutex;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

const LIMIT: Duration = Duration::from_secs(5);

/// What the server saw: whole request heads.
type Log = Arc<StdMutex<Vec<String>>>;
/// A request target to a whole answer; `None` for silence.
type Site = fn(&str) -> Option<Vec<u8>>;

#[expect(clippy::unnecessary_wraps, reason = "a site may also be silent")]
fn ok(body: &[u8]) -> Option<Vec<u8>> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    Some([head.as_bytes(), body].concat())
}

#[expect(clippy::unnecessary_wraps, reason = "a site may also be silent")]
fn status(code: u16, location: &str) -> Option<Vec<u8>> {
    let location = if location.is_empty() { String::new() } else { format!("Location: {location}\r\n") };
    Some(format!("HTTP/1.1 {code} X\r\n{location}Content-Length: 0\r\nConnection: close\r\n\r\n").into_bytes())
}

async fn answer<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, site: Site, log: Log) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        head.push(byte);
    }
    let head = String::from_utf8(head).unwrap();
    let target = head.split(' ').nth(1).unwrap().to_owned();
    log.lock().unwrap().push(head);
    match site(&target) {
        Some(answer) => {
            // A client that has read enough may be gone.
            let _ = stream.write_all(&answer).await;
            let _ = stream.shutdown().await;
        }
        None => std::future::pending().await,
    }
}

async fn serve(site: Site, tls: Option<Arc<rustls::ServerConfig>>) -> (u16, Log) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let log = Log::default();
    let seen = Arc::clone(&log);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (log, tls) = (Arc::clone(&seen), tls.clone());
            tokio::spawn(async move {
                match tls {
                    None => answer(stream, site, log).await,
                    Some(config) => {
                        if let Ok(stream) = TlsAcceptor::from(config).accept(stream).await {
                            answer(stream, site, log).await;
                        }
                    }
                }
            });
        }
    });
    (port, log)
}

fn client_config(roots: &[&[u8]]) -> Arc<rustls::ClientConfig> {
    let mut store = rustls::RootCertStore::empty();
    for root in roots {
        store.add(root.to_vec().into()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(builder.with_root_certificates(store).with_no_client_auth())
}

fn clerk_with(port: u16, allowed: &[&str], tls: Arc<rustls::ClientConfig>) -> Clerk {
    let resolver = Resolver::server("127.0.0.1:9".parse().unwrap()); // never asked
    let everything = Overrides::parse(
        &["private.example:80:10.0.0.1".to_owned()],
        &["private.example:::".to_owned(), format!("::127.0.0.1:{port}")],
    );
    Clerk::new(
        Arc::new(resolver),
        Arc::new(everything.unwrap()),
        Guard::new(allowed.iter().map(|net| net.parse().unwrap()).collect()),
        tls,
        "podprobe/test (bot)".to_owned(),
    )
}

fn clerk(port: u16) -> Clerk {
    clerk_with(port, &["127.0.0.0/8"], client_config(&[]))
}

#[tokio::test]
async fn the_request_is_the_urls_and_the_connection_the_overrides() {
    let (port, log) = serve(|_| ok(b"body"), None).await;
    for (url, host, target) in [
        ("http://ca.example/a?b=c", "ca.example", "/a?b=c"),
        ("http://CA.example:8080/", "ca.example:8080", "/"),
        ("http://ca.example./", "ca.example", "/"),
        ("http://192.0.2.7:81/x", "192.0.2.7:81", "/x"),
        ("http://[2001:db8::1]/x", "[2001:db8::1]", "/x"),
        ("http://user:secret@ca.example/", "ca.example", "/"),
    ] {
        assert_eq!(clerk(port).fetch(url, 100, LIMIT).await.as_deref(), Ok(b"body".as_slice()), "{url}");
        let head = log.lock().unwrap().pop().unwrap().to_ascii_lowercase();
        assert!(head.starts_with(&format!("get {target} http/1.1\r\n")), "{head}");
        assert!(head.contains(&format!("\r\nhost: {host}\r\n")), "{head}");
        assert!(head.contains("\r\nuser-agent: podprobe/test (bot)\r\n"), "{head}");
        assert!(!head.contains("authorization"), "no credentials: {head}");
    }
}

#[tokio::test]
async fn no_address_is_dialled_that_the_guard_refuses() {
    let (port, log) = serve(|_| status(302, "http://private.example/"), None).await;
    let shut = clerk_with(port, &[], client_config(&[]));
    let blocked = FetchFault::Blocked("127.0.0.1".parse().unwrap());
    assert_eq!(shut.fetch("http://ca.example/", 100, LIMIT).await, Err(blocked));
    assert!(log.lock().unwrap().is_empty(), "nothing was sent");
    // Behind a redirect as well.
    let blocked = FetchFault::Blocked("10.0.0.1".parse().unwrap());
    assert_eq!(clerk(port).fetch("http://ca.example/", 100, LIMIT).await, Err(blocked));
    assert_eq!(log.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn three_redirects_are_followed() {
    let site: Site = |target| match target {
        "/4" => status(301, "http://other.example/3"),
        "/3" => status(302, "2"),
        "/2" => status(307, "/1"),
        "/1" => status(308, "/0"),
        "/nowhere" => status(302, ""),
        "/ftp" => status(302, "ftp://ca.example/"),
        "/gone" => status(410, ""),
        _ => ok(b"end"),
    };
    let (port, _) = serve(site, None).await;
    let fetch = async |path: &str| clerk(port).fetch(&format!("http://ca.example{path}"), 100, LIMIT).await;
    assert_eq!(fetch("/3").await.as_deref(), Ok(b"end".as_slice()));
    assert_eq!(fetch("/4").await, Err(FetchFault::Redirects(3)));
    assert!(matches!(fetch("/nowhere").await, Err(FetchFault::Redirect(_))));
    assert!(matches!(fetch("/ftp").await, Err(FetchFault::Redirect(_))));
    assert_eq!(fetch("/gone").await, Err(FetchFault::Status(410)));
    assert!(matches!(clerk(port).fetch("ldap://ca.example/", 100, LIMIT).await, Err(FetchFault::Url(_))));
}

#[tokio::test]
async fn size_and_time_are_bounded() {
    let site: Site = |target| match target {
        "/promised" => ok(&[0; 101]),
        "/streamed" => Some([b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".as_slice(), &[0; 101]].concat()),
        "/fits" => ok(&[0; 100]),
        _ => None,
    };
    let (port, _) = serve(site, None).await;
    let fetch = async |path: &str, limit| clerk(port).fetch(&format!("http://ca.example{path}"), 100, limit).await;
    assert_eq!(fetch("/promised", LIMIT).await, Err(FetchFault::TooLarge(100)));
    assert_eq!(fetch("/streamed", LIMIT).await, Err(FetchFault::TooLarge(100)));
    assert_eq!(fetch("/fits", LIMIT).await.map(|body| body.len()), Ok(100));
    assert_eq!(fetch("/silence", Duration::from_millis(50)).await, Err(FetchFault::Timeout));
}

#[tokio::test]
async fn over_https_the_server_is_verified() {
    let made = rcgen::generate_simple_self_signed(vec!["ca.example".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let (port, log) = serve(|_| ok(b"over TLS"), Some(Arc::new(config))).await;

    let trusting = clerk_with(port, &["127.0.0.0/8"], client_config(&[made.cert.der()]));
    let got = trusting.fetch("https://ca.example:8443/", 100, LIMIT).await;
    assert_eq!(got.as_deref(), Ok(b"over TLS".as_slice()));
    assert!(log.lock().unwrap()[0].to_ascii_lowercase().contains("\r\nhost: ca.example:8443\r\n"));

    let got = trusting.fetch("https://other.example/", 100, LIMIT).await;
    assert!(matches!(got, Err(FetchFault::Connection(_))), "another name: {got:?}");
    let got = clerk(port).fetch("https://ca.example/", 100, LIMIT).await;
    assert!(matches!(got, Err(FetchFault::Connection(_))), "another root: {got:?}");
    let got = trusting.fetch("https://192.0.2.7/", 100, LIMIT).await;
    assert!(matches!(got, Err(FetchFault::Connection(_))), "an address cannot be led elsewhere: {got:?}");
}

#[tokio::test]
async fn a_list_is_fetched_once_however_many_ask() {
    let (port, log) = serve(|_| ok(&[0x30, 0x00]), None).await;
    let clerk = clerk(port);
    let crls = ["http://ca.example/list.crl".to_owned(), "http://ca.example/list.crl".to_owned()];
    let (one, two) = tokio::join!(clerk.papers(&[], &crls, None), clerk.papers(&[], &crls, None));
    assert_eq!(one, two);
    assert_eq!(one.crls.len(), 1);
    assert_eq!(one.crls[0].got.as_deref(), Ok([0x30, 0x00].as_slice()));
    assert_eq!((log.lock().unwrap().len(), clerk.sent()), (1, 1));
}

/// A site whose every paper is in order.
fn sound(target: &str) -> Option<Vec<u8>> {
    match target {
        "/ca.der" => ok(&made().1),
        "/list.crl" => ok(&[0x30, 0x00]),
        "/directory" => ok(br#"{"renewalInfo": "http://ari.example/info"}"#),
        "/info/id" => {
            let body = br#"{"suggestedWindow": {"start": "2026-01-02T04:00:00Z", "end": "2026-01-03T04:00:00Z"}}"#;
            let head = format!("HTTP/1.1 200 OK\r\nRetry-After: 1800\r\nContent-Length: {}\r\n\r\n", body.len());
            Some([head.as_bytes(), body].concat())
        }
        _ => status(404, ""),
    }
}

/// What a round of its own fetches at this time: the targets that it asked for.
async fn round_at(shelf: &Shelf, port: u16, log: &Log, clock: fn() -> Timestamp) -> Vec<String> {
    let clerk = clerk(port).with_shelf(shelf.clone(), Some(clock));
    let urls = |path: &str| [format!("http://ca.example{path}")];
    let lists = ["http://ca.example/list.crl".to_owned(), "http://ca.example/gone.crl".to_owned()];
    let papers = clerk.papers(&urls("/ca.der"), &lists, Some(("http://ca.example/directory", "id"))).await;
    assert!(papers.issuers[0].got.is_ok() && papers.crls[0].got.is_ok() && papers.renewal.unwrap().got.is_ok());
    assert_eq!(papers.crls[1].got, Err("the server answered 404".to_owned()));
    let heads = std::mem::take(&mut *log.lock().unwrap());
    assert_eq!(clerk.sent(), heads.len() as u64);
    let mut asked: Vec<String> = heads.iter().map(|head| head.split(' ').nth(1).unwrap().to_owned()).collect();
    asked.sort();
    asked
}

#[tokio::test]
async fn a_later_round_asks_only_for_what_is_out_of_date() {
    let (port, log) = serve(sound, None).await;
    let shelf = Shelf::default();
    macro_rules! at {
        ($minutes:expr) => {
            round_at(&shelf, port, &log, || Timestamp::from_second(1_767_000_000 + $minutes * 60).unwrap()).await
        };
    }
    assert_eq!(at!(0), ["/ca.der", "/directory", "/gone.crl", "/info/id", "/list.crl"]);
    assert_eq!(at!(9), [""; 0]);
    assert_eq!(at!(11), ["/gone.crl"]);
    assert_eq!(at!(31), ["/gone.crl", "/info/id"]);
    assert_eq!(at!(62), ["/gone.crl", "/info/id", "/list.crl"]);
    assert_eq!(at!(62), [""; 0]);
    assert_eq!(at!(24 * 60 + 1), ["/ca.der", "/directory", "/gone.crl", "/info/id", "/list.crl"]);
    // The clock was put back: nobody knows how old they are.
    assert_eq!(at!(1), ["/ca.der", "/directory", "/gone.crl", "/info/id", "/list.crl"]);
}

#[tokio::test]
async fn a_full_shelf_gives_up_what_earlier_rounds_asked_for_and_nothing_of_its_own() {
    let site: Site = |_| ok(&[0x30; 1000]);
    let (port, log) = serve(site, None).await;
    let shelf = Shelf::bounded(3_500, 100);
    let fetch = async |clerk: &Clerk, name: &str| {
        let papers = clerk.papers(&[], &[format!("http://ca.example/{name}.crl")], None).await;
        papers.crls[0].got.is_ok()
    };
    let one = clerk(port).with_shelf(shelf.clone(), None);
    for name in ["a", "b", "c"] {
        assert!(fetch(&one, name).await);
    }
    assert!(!fetch(&one, "d").await, "full of its own");
    let two = clerk(port).with_shelf(shelf.clone(), None);
    assert!(fetch(&two, "a").await);
    assert_eq!(log.lock().unwrap().len(), 4);
    assert!(fetch(&two, "d").await && fetch(&two, "e").await, "those of the round before make room");
    assert!(!fetch(&two, "f").await && fetch(&two, "a").await);
    assert!(shelf.holds().0 <= 3_500);
    assert_eq!(log.lock().unwrap().len(), 7, "a is there throughout");

    let few = Shelf::bounded(1 << 20, 2);
    let one = clerk(port).with_shelf(few.clone(), None);
    assert!(fetch(&one, "a").await && fetch(&one, "b").await && !fetch(&one, "c").await);
    assert!(fetch(&clerk(port).with_shelf(few.clone(), None), "c").await);
    assert!(few.holds().1 <= 2);
}

#[tokio::test]
async fn papers_of_every_kind_and_their_failures() {
    let site: Site = |target| match target {
        "/ca.der" => ok(made().0.as_bytes()),
        "/ca.bin" => ok(&made().1),
        "/list.pem" => ok(b"-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n"),
        "/html" => ok(b"<html>"),
        "/directory" => ok(br#"{"newNonce": "x", "renewalInfo": "http://ari.example/info/"}"#),
        "/old-directory" => ok(br#"{"newNonce": "x"}"#),
        "/info/aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE" => {
            ok(br#"{"suggestedWindow": {"start": "2026-01-02T04:00:00Z", "end": "2026-01-03T04:00:00Z"},
                "explanationURL": "https://ca.example/why?token=x"}"#)
        }
        "/info/backwards" => {
            ok(br#"{"suggestedWindow": {"start": "2026-01-03T04:00:00Z", "end": "2026-01-02T04:00:00Z"}}"#)
        }
        _ => status(404, ""),
    };
    let (port, _) = serve(site, None).await;
    let clerk = clerk(port);
    let urls = |paths: &[&str]| paths.iter().map(|path| format!("http://ca.example{path}")).collect::<Vec<_>>();

    let papers = clerk
        .papers(
            &urls(&["/ca.der", "/ca.bin", "/html", "/none", "/fifth"]),
            &urls(&["/list.pem", "/html", "/none"]),
            Some(("http://acme.example/directory", "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE")),
        )
        .await;
    let [pem, der, html, none] = papers.issuers.as_slice() else { panic!("four of five URLs: {papers:?}") };
    assert_eq!(pem.got.as_ref().map(Vec::len), Ok(1));
    assert_eq!(der.got, pem.got);
    assert!(html.got.is_err());
    assert_eq!(none.got, Err("the server answered 404".to_owned()));
    let [list, html, none] = papers.crls.as_slice() else { panic!("{papers:?}") };
    assert_eq!(list.got.as_deref(), Ok([0x30, 0x00].as_slice()));
    assert!(html.got.is_err() && none.got.is_err());
    let renewal = papers.renewal.unwrap();
    assert_eq!(renewal.url, "http://ari.example/info/aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE");
    let window = renewal.got.unwrap();
    assert_eq!((window.start, window.end), (1_767_326_400, 1_767_412_800));
    assert_eq!(window.explanation.as_deref(), Some("https://ca.example/why?token=***"));

    let renewal = async |directory, id| clerk.papers(&[], &[], Some((directory, id))).await.renewal;
    assert_eq!(renewal("http://acme.example/old-directory", "x").await, None, "a CA without it is no fault");
    assert!(renewal("http://acme.example/directory", "backwards").await.unwrap().got.is_err());
    assert!(renewal("http://acme.example/directory", "unknown").await.unwrap().got.is_err());
    assert!(renewal("http://acme.example/none", "x").await.unwrap().got.is_err());
}

/// A certificate, the same one each time, in PEM and DER.
fn made() -> &'static (String, Vec<u8>) {
    static MADE: std::sync::OnceLock<(String, Vec<u8>)> = std::sync::OnceLock::new();
    MADE.get_or_init(|| {
        let cert = rcgen::generate_simple_self_signed(vec!["ca.example".to_owned()]).unwrap().cert;
        (cert.pem(), cert.der().to_vec())
    })
}
