//! Small servers that do exactly one thing wrong, and the prober that meets them.

mod ahead;
mod documents;
mod handshakes;
mod http2;
mod limits;
mod media;
mod opinion;
mod pooling;
mod rebinding;
mod waits;
mod walking;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::guard::Guard;
use super::overrides::Overrides;
use super::resolve::Resolver;
use super::{Limits, Prober, Round, Settings, lock};
use crate::chain::{Chain, RequestFailure, Session};
use crate::link::{Host, Link};

/// A request as a server saw it.
#[derive(Clone, Debug)]
struct Seen {
    connection: usize,
    method: String,
    target: String,
    head: String,
}

impl Seen {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    fn line(&self) -> String {
        let range = self.header("range").map(|range| format!(" {range}")).unwrap_or_default();
        format!("{} {}{range}", self.method, self.target)
    }
}

/// What a server does with a request.
enum Act {
    /// Sends these bytes and waits for the next request.
    Send(Vec<u8>),
    /// Sends these bytes and closes.
    Last(Vec<u8>),
    /// Sends these bytes and then nothing, for ever.
    Hang(Vec<u8>),
    /// Sends the first once and the second again and again.
    Flood(Vec<u8>, Vec<u8>),
}

type Handler = Arc<dyn Fn(&Seen) -> Act + Send + Sync>;

/// A server on loopback.
#[derive(Clone)]
struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    accepted: Arc<Mutex<usize>>,
}

impl Server {
    fn lines(&self) -> Vec<String> {
        lock(&self.seen).iter().map(Seen::line).collect()
    }

    fn seen(&self) -> Vec<Seen> {
        lock(&self.seen).clone()
    }

    fn connections(&self) -> usize {
        *lock(&self.accepted)
    }
}

/// An HTTP/1.1 server, over TLS where a certificate is given.
async fn serve(tls: Option<TlsAcceptor>, handler: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server { address: listener.local_addr().unwrap(), seen: Arc::default(), accepted: Arc::default() };
    let (seen, accepted) = (Arc::clone(&server.seen), Arc::clone(&server.accepted));
    let handler: Handler = Arc::new(handler);
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let connection = {
                let mut accepted = lock(&accepted);
                *accepted += 1;
                *accepted
            };
            let (tls, handler, seen) = (tls.clone(), Arc::clone(&handler), Arc::clone(&seen));
            tokio::spawn(async move {
                match tls {
                    Some(tls) => {
                        if let Ok(stream) = tls.accept(tcp).await {
                            converse(stream, connection, handler, seen).await;
                        }
                    }
                    None => converse(tcp, connection, handler, seen).await,
                }
            });
        }
    });
    server
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    connection: usize,
    handler: Handler,
    seen: Arc<Mutex<Vec<Seen>>>,
) {
    let mut buffer = Vec::new();
    loop {
        let end = loop {
            if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            let mut piece = [0; 4096];
            match stream.read(&mut piece).await {
                Ok(n) if n > 0 => buffer.extend_from_slice(&piece[..n]),
                _ => return,
            }
        };
        let head = String::from_utf8(buffer.drain(..end).collect()).unwrap();
        let mut words = head.split(' ');
        let request = Seen {
            connection,
            method: words.next().unwrap().to_owned(),
            target: words.next().unwrap().to_owned(),
            head: head.clone(),
        };
        let act = handler(&request);
        lock(&seen).push(request);
        match act {
            Act::Send(bytes) => stream.write_all(&bytes).await.unwrap_or_default(),
            Act::Last(bytes) => {
                stream.write_all(&bytes).await.unwrap_or_default();
                stream.shutdown().await.unwrap_or_default();
                return;
            }
            Act::Hang(bytes) => {
                stream.write_all(&bytes).await.unwrap_or_default();
                stream.flush().await.unwrap_or_default();
                // Until the client goes away.
                while matches!(stream.read(&mut [0; 1024]).await, Ok(n) if n > 0) {}
                return;
            }
            Act::Flood(first, again) => {
                if stream.write_all(&first).await.is_err() {
                    return;
                }
                while stream.write_all(&again).await.is_ok() {}
                return;
            }
        }
    }
}

/// A head, and a body with its length, unless the request is a HEAD.
fn reply(seen: &Seen, status: &str, headers: &[&str], body: &[u8]) -> Act {
    let mut out = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n", body.len()).into_bytes();
    for header in headers {
        out.extend_from_slice(format!("{header}\r\n").as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    if seen.method != "HEAD" {
        out.extend_from_slice(body);
    }
    Act::Send(out)
}

fn redirect(seen: &Seen, to: &str) -> Act {
    reply(seen, "302 Found", &[&format!("location: {to}")], b"")
}

/// A well-behaved file.
fn file(seen: &Seen, content_type: &str, bytes: &[u8]) -> Act {
    let kind = format!("content-type: {content_type}");
    let Some((first, last)) =
        seen.header("range").and_then(|range| range.strip_prefix("bytes=")).and_then(|range| range.split_once('-'))
    else {
        return reply(seen, "200 OK", &[&kind, "accept-ranges: bytes"], bytes);
    };
    let first: usize = first.parse().unwrap();
    if first >= bytes.len() {
        return reply(seen, "416 Range Not Satisfiable", &[&format!("content-range: bytes */{}", bytes.len())], b"");
    }
    let last = last.parse().unwrap_or(usize::MAX).min(bytes.len() - 1);
    let range = format!("content-range: bytes {first}-{last}/{}", bytes.len());
    reply(seen, "206 Partial Content", &[&kind, &range], &bytes[first..=last])
}

/// MPEG-1 layer III frames at 128 kbit/s: headers and silence.
fn mp3(frames: usize) -> Vec<u8> {
    let mut frame = vec![0; 417];
    frame[..4].copy_from_slice(&[0xFF, 0xFB, 0x90, 0x64]);
    frame.repeat(frames)
}

/// A certificate for these names, and an acceptor that offers these protocols.
fn acceptor(names: &[&str], alpn: &[&str], expired: bool) -> TlsAcceptor {
    let key = rcgen::KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = rcgen::CertificateParams::new(names).unwrap();
    if expired {
        params.not_before = rcgen::date_time_ymd(2020, 5, 30);
        params.not_after = rcgen::date_time_ymd(2022, 5, 30);
    }
    let certificate = params.self_signed(&key).unwrap();
    let mut config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(certificate.der().to_vec())],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    TlsAcceptor::from(Arc::new(config))
}

/// A prober's surroundings: which names lead where.
struct Bench {
    limits: Limits,
    resolve: Vec<String>,
    connect_to: Vec<String>,
    verified: bool,
    guard: Guard,
}

impl Bench {
    fn new() -> Self {
        Self {
            limits: Limits::default(),
            resolve: Vec::new(),
            connect_to: Vec::new(),
            verified: false,
            guard: Guard::new(vec!["127.0.0.0/8".parse().unwrap()]),
        }
    }

    /// With limits that are there to be met.
    fn quick(self) -> Self {
        let short = Duration::from_millis(200);
        self.limits(|limits| {
            limits.connect = short;
            limits.tls = short;
            limits.head = short;
            limits.hop = short * 5;
        })
    }

    /// `host:port` is this server.
    fn name(mut self, host: &str, server: &Server) -> Self {
        self.connect_to.push(format!("{host}:127.0.0.1:{}", server.address.port()));
        self
    }

    fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.limits);
        self
    }

    fn round(&self) -> Round {
        self.round_with(|_| {})
    }

    fn round_with(&self, change: impl FnOnce(&mut Settings)) -> Round {
        let mut settings = Settings {
            overrides: Arc::new(Overrides::parse(&self.resolve, &self.connect_to).unwrap()),
            guard: self.guard.clone(),
            resolver: Arc::new(Resolver::server("127.0.0.1:9".parse().unwrap())),
            limits: self.limits.clone(),
            user_agent: "podprobe/0 (bot)".to_owned(),
            second_opinion: None,
            concurrency: 64,
            per_host: 8,
            max_redirects: 20,
            fetch_tls: super::trusting([]),
            papers: super::papers::Shelf::default(),
            clock: None,
        };
        change(&mut settings);
        let verified = self.verified;
        Prober::new(settings, Arc::new(move |_: &Session, _: &Host| verified)).round()
    }
}

fn link(text: &str) -> Link {
    Link::parse(text).unwrap()
}

fn statuses(chain: &Chain) -> Vec<u16> {
    chain.hops.iter().filter_map(|hop| hop.request.fact().map(|answer| answer.status)).collect()
}

fn failure(chain: &Chain) -> Option<&RequestFailure> {
    chain.last().and_then(|hop| hop.request.failure())
}
