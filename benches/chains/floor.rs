//! The floor of the `chains` bench: the least that a program on hyper can do to follow the same
//! chains. One thread, one HTTP/2 connection a host, GET with a range at every hop, redirects by
//! hand, certificates verified once a connection; nothing is recorded, judged or reported.
//!
//! `floor CA.pem URLS.txt`: one URL a line, every host is dialled at 127.0.0.1.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use http::header::{HOST, LOCATION, RANGE};
use http::{Request, Uri};
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;

type Fault = Box<dyn std::error::Error + Send + Sync>;
type Sender = SendRequest<Empty<Bytes>>;

/// Chains under way at once, as many as curl is given.
const AT_ONCE: usize = 50;

struct Floor {
    tls: TlsConnector,
    connections: Mutex<HashMap<String, Arc<OnceCell<Sender>>>>,
}

impl Floor {
    fn new(ca: &str) -> Result<Self, Fault> {
        let mut roots = rustls::RootCertStore::empty();
        for root in CertificateDer::pem_file_iter(ca)? {
            roots.add(root?)?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Self { tls: TlsConnector::from(Arc::new(config)), connections: Mutex::default() })
    }

    async fn sender(&self, uri: &Uri) -> Result<Sender, Fault> {
        let authority = uri.authority().ok_or("a URL without a host")?;
        let cell = {
            let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
            match connections.get(authority.as_str()) {
                Some(cell) => Arc::clone(cell),
                None => Arc::clone(connections.entry(authority.to_string()).or_default()),
            }
        };
        let sender = cell.get_or_try_init(|| async {
            let tcp = TcpStream::connect(("127.0.0.1", authority.port_u16().unwrap_or(443))).await?;
            tcp.set_nodelay(true)?;
            let name = ServerName::try_from(authority.host().to_owned())?;
            let stream = self.tls.connect(name, tcp).await?;
            let (sender, driver) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
            tokio::spawn(driver);
            Ok::<_, Fault>(sender)
        });
        Ok(sender.await?.clone())
    }

    /// Follows one chain to its end; gives the bytes that came.
    async fn chain(&self, start: &str) -> Result<usize, Fault> {
        let mut uri: Uri = start.parse()?;
        loop {
            let mut sender = self.sender(&uri).await?;
            let request = Request::get(&uri).header(RANGE, "bytes=0-16383").body(Empty::new())?;
            debug_assert!(!request.headers().contains_key(HOST), "HTTP/2 has :authority");
            sender.ready().await?;
            let response = sender.send_request(request).await?;
            if let Some(location) = response.headers().get(LOCATION) {
                uri = Uri::try_from(location.as_bytes())?;
                continue;
            }
            if response.status() != 206 {
                return Err(format!("{uri}: {}", response.status()).into());
            }
            let mut body = response.into_body();
            let mut came = 0;
            while let Some(frame) = body.frame().await {
                came += frame?.into_data().map_or(0, |data| data.len());
            }
            return Ok(came);
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fault> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let [ca, urls] = arguments.as_slice() else {
        writeln!(std::io::stderr(), "floor CA.pem URLS.txt: a part of benches/chains/run")?;
        return Ok(());
    };
    let floor = Floor::new(ca)?;
    let urls = std::fs::read_to_string(urls)?;
    let mut chains = stream::iter(urls.lines()).map(|url| floor.chain(url)).buffer_unordered(AT_ONCE);
    let (mut done, mut came) = (0_usize, 0_usize);
    while let Some(bytes) = chains.next().await {
        done += 1;
        came += bytes?;
    }
    writeln!(std::io::stdout(), "{done} chains, {came} bytes")?;
    Ok(())
}
