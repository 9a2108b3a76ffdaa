//! Certificates and TLS personalities, seen by rustls and by hand.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::lab::tests::client::{chain, handshake};
use crate::lab::tests::open;
use crate::lab::{Lab, Night};

/// What rustls says of a host's certificate: "ok", or the error's text.
async fn opinion(lab: &Lab, exhibit: &str) -> String {
    match handshake(lab, &format!("{exhibit}.lab.example"), 1, true, &[]).await {
        Ok(_) => "ok".to_owned(),
        Err(why) => why.to_string(),
    }
}

#[tokio::test]
async fn a_strict_client_accepts_and_refuses_as_it_should() {
    let lab = open().await;
    for good in [
        "good",
        "public",
        "expired-extra",
        "cross-signed",
        "expiring",
        "expiring-now",
        "renewal-overdue",
        "intermediate-expiring",
        "too-long",
        "no-timestamps",
        "no-usage",
        "revoked",
        "revoked-staple",
    ] {
        assert_eq!(opinion(&lab, good).await, "ok", "{good}");
    }
    for (bad, why) in [
        ("expired", "certificate expired"),
        ("intermediate-expired", "certificate expired"),
        ("not-yet-valid", "not valid yet"),
        ("wrong-name", "not valid for name"),
        ("cn-only", "not valid for"),
        ("self-signed", "UnknownIssuer"),
        ("unknown-root", "UnknownIssuer"),
        ("no-intermediate", "UnknownIssuer"),
        ("no-intermediate-unknown", "UnknownIssuer"),
        ("client-usage", "does not allow extended key usage"),
        ("ca-leaf", "CaUsedAsEndEntity"),
        ("constrained", "NameConstraintViolation"),
        ("x509-v1", "UnsupportedCertVersion"),
        ("garbage-certificate", "BadEncoding"),
        ("bad-signature", "BadSignature"),
        ("bad-handshake", "BadSignature"),
        ("sha1", "UnsupportedSignatureAlgorithm"),
        ("rsa-1024", "BadSignature"),
    ] {
        let opinion = opinion(&lab, bad).await;
        assert!(opinion.contains(why), "{bad}: {opinion}");
    }
}

#[tokio::test]
async fn chains_are_as_long_as_they_should_be() {
    let lab = open().await;
    for (exhibit, len) in [("good", 2), ("no-intermediate", 1), ("many-certificates", 18), ("cross-signed", 3)] {
        assert_eq!(chain(&lab, &format!("{exhibit}.lab.example"), 1).await.len(), len, "{exhibit}");
    }
}

#[tokio::test]
async fn a_host_keeps_its_certificate_and_edges_differ() {
    let lab = open().await;
    assert_eq!(chain(&lab, "good.lab.example", 1).await, chain(&lab, "good.lab.example", 2).await);
    let (one, two) = (chain(&lab, "edge-stale.lab.example", 1).await, chain(&lab, "edge-stale.lab.example", 2).await);
    assert_ne!(one[0], two[0]);
    assert_ne!(chain(&lab, "good.lab.example", 1).await[0], one[0]);
}

#[tokio::test]
async fn sessions_that_cannot_be_agreed() {
    let lab = open().await;
    for (exhibit, why) in [
        ("alert", "HandshakeFailure"),
        ("cleartext", "InvalidContentType"),
        ("garbage", "InvalidContentType"),
        ("tls-closed", "eof"),
        ("tls10", "ProtocolVersion"),
        ("rsa-key-exchange", "HandshakeFailure"),
        ("nobody-knows-this", "UnrecognisedName"),
    ] {
        let host = format!("{exhibit}.lab.example");
        let failure = handshake(&lab, &host, 1, false, &[]).await.unwrap_err();
        assert!(format!("{failure} {failure:?}").contains(why), "{exhibit}: {failure:?}");
    }
    // ring alone offers no scheme for P-521.
    handshake(&lab, "p521.lab.example", 1, false, &[]).await.unwrap_err();
    let failure = handshake(&lab, "edge-no-tls.lab.example", 2, false, &[]).await.unwrap_err();
    assert!(failure.to_string().contains("HandshakeFailure"), "{failure}");
}

#[tokio::test]
async fn an_old_server_shows_its_chain_to_an_old_client() {
    let lab = open().await;
    for (exhibit, version) in [("tls10", 0x01), ("rsa-key-exchange", 0x03)] {
        let mut stream = TcpStream::connect(("127.0.0.1", lab.tls_port())).await.unwrap();
        stream.write_all(&old_hello(&format!("{exhibit}.lab.example"))).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut flight = Vec::new();
        stream.read_to_end(&mut flight).await.unwrap();
        assert_eq!(flight[..3], [22, 3, version], "{exhibit}");
        let host = format!("{exhibit}.lab.example");
        assert!(flight.windows(host.len()).any(|window| window == host.as_bytes()), "{exhibit}: the leaf in cleartext");
    }
}

/// A TLS 1.2 ClientHello with one suite: RSA key exchange, AES-128-CBC, SHA-1.
fn old_hello(host: &str) -> Vec<u8> {
    let len = |extra: usize| u16::try_from(host.len() + extra).unwrap().to_be_bytes();
    let name = [&[0, 0], len(5).as_slice(), &len(3), &[0], &len(0), host.as_bytes()].concat();
    let extensions = u16::try_from(name.len()).unwrap().to_be_bytes();
    let body = [&[3, 3], [1; 32].as_slice(), &[0, 0, 2, 0, 0x2f, 1, 0], &extensions, &name].concat();
    let body = [&[1, 0], u16::try_from(body.len()).unwrap().to_be_bytes().as_slice(), &body].concat();
    [&[22, 3, 1], u16::try_from(body.len()).unwrap().to_be_bytes().as_slice(), &body].concat()
}

#[tokio::test]
async fn the_nights_certificate_can_be_replaced() {
    let lab = Lab::open_night().await.unwrap();
    let ends = async || {
        let leaf = chain(&lab, crate::lab::night::ADS_HOST, 1).await.swap_remove(0);
        let (_, leaf) = x509_parser::parse_x509_certificate(&leaf).unwrap();
        leaf.validity().not_after.timestamp()
    };
    assert_eq!(ends().await, "2022-05-30T23:59:59Z".parse::<jiff::Timestamp>().unwrap().as_second());
    lab.night().enter(Night::STAGES.last().unwrap()).unwrap();
    assert_eq!(ends().await, "2023-05-31T23:59:59Z".parse::<jiff::Timestamp>().unwrap().as_second());
    assert_eq!(chain(&lab, crate::lab::night::ADS_HOST, 1).await, chain(&lab, crate::lab::night::CMS_HOST, 1).await);
}
