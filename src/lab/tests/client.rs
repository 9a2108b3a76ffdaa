//! A client of rustls and hyper, as plain as can be.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::lab::Lab;
use crate::lab::tests::NOW;

/// A clock that stands still.
#[derive(Debug)]
struct Still;

impl rustls::time_provider::TimeProvider for Still {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(NOW).unwrap())))
    }
}

/// Accepts every certificate.
#[derive(Debug)]
struct Anything(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// A client's configuration: whether it verifies, and the protocols it offers.
pub(super) fn config(lab: &Lab, verify: bool, alpn: &[&str]) -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    for pem in [lab.ca_pem(), lab.public_pem()] {
        roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
    }
    let roots = Arc::new(roots);
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(&provider)).build().unwrap();
    let builder =
        ClientConfig::builder_with_details(provider, Arc::new(Still)).with_safe_default_protocol_versions().unwrap();
    let mut config = if verify {
        builder.with_root_certificates(roots).with_no_client_auth()
    } else {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(Anything(verifier))).with_no_client_auth()
    };
    config.alpn_protocols = alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    Arc::new(config)
}

/// A handshake with 127.0.0.x.
pub(super) async fn handshake(
    lab: &Lab,
    host: &str,
    edge: u8,
    verify: bool,
    alpn: &[&str],
) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect((std::net::Ipv4Addr::new(127, 0, 0, edge), lab.tls_port())).await?;
    let name = ServerName::try_from(host.to_owned()).unwrap();
    TlsConnector::from(config(lab, verify, alpn)).connect(name, stream).await
}

/// The certificates that a host serves.
pub(super) async fn chain(lab: &Lab, host: &str, edge: u8) -> Vec<Vec<u8>> {
    let stream = handshake(lab, host, edge, false, &[]).await.unwrap();
    stream.get_ref().1.peer_certificates().unwrap().iter().map(|der| der.to_vec()).collect()
}

/// A request over a fresh HTTP/1.1 connection with TLS: the answer and its whole body.
pub(super) async fn ask(
    lab: &Lab,
    method: &str,
    url: &str,
    range: Option<&str>,
) -> Result<http::Response<Bytes>, Box<dyn std::error::Error>> {
    let uri: http::Uri = url.parse()?;
    let host = uri.host().unwrap().to_owned();
    let mut request =
        http::Request::builder().method(method).uri(uri.path_and_query().unwrap().as_str()).header("host", &host);
    if let Some(range) = range {
        request = request.header("range", range);
    }
    let request = request.body(Empty::<Bytes>::new())?;
    let response = if uri.scheme_str() == Some("https") {
        let stream = handshake(lab, &host, 1, false, &["http/1.1"]).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let response = sender.send_request(request).await?;
        let (parts, body) = response.into_parts();
        let whole = http::Response::from_parts(parts, body.collect().await?.to_bytes());
        connection.abort();
        whole
    } else {
        let stream = TcpStream::connect(("127.0.0.1", lab.http_port())).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let response = sender.send_request(request).await?;
        let (parts, body) = response.into_parts();
        let whole = http::Response::from_parts(parts, body.collect().await?.to_bytes());
        connection.abort();
        whole
    };
    Ok(response)
}

/// Two requests over one HTTP/2 connection: the last answer.
pub(super) async fn ask_twice_http2(lab: &Lab, method: &str, url: &str) -> http::Response<Bytes> {
    let uri: http::Uri = url.parse().unwrap();
    let stream = handshake(lab, uri.host().unwrap(), 1, true, &["h2"]).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut last = None;
    for _ in 0..2 {
        let request = http::Request::builder().method(method).uri(url).body(Empty::<Bytes>::new()).unwrap();
        let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
        last = Some(http::Response::from_parts(parts, body.collect().await.unwrap().to_bytes()));
    }
    connection.abort();
    last.unwrap()
}
