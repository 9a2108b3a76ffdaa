//! Scripted servers: bytes written by hand from the RFCs.

use proptest::prelude::*;
use tokio::io::duplex;

use super::*;

fn vec24(data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [&length[1..], data].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &vec24(body)].concat()
}

fn record(kind: u8, payload: &[u8]) -> Vec<u8> {
    [&[kind, 3, 1][..], &u16::try_from(payload.len()).unwrap().to_be_bytes(), payload].concat()
}

fn server_hello(version: [u8; 2], suite: u16) -> Vec<u8> {
    let session = [7; 32];
    let body = [&version[..], &[9; 32], &[32], &session, &suite.to_be_bytes(), &[0]].concat();
    message(2, &body)
}

fn certificate(ders: &[&[u8]]) -> Vec<u8> {
    message(11, &vec24(&ders.iter().flat_map(|der| vec24(der)).collect::<Vec<_>>()))
}

fn read(offer: Offer, bytes: &[u8]) -> Result<Progress, LegacyFailure> {
    Flight::new(offer).push(bytes)
}

/// A server that reads a whole ClientHello, checks it by `seen`, and answers with `answer`.
async fn serve(offer: Offer, host: &str, answer: Vec<u8>) -> (Vec<u8>, Result<Shown, LegacyFailure>) {
    let (client, mut server) = duplex(1 << 17);
    let server = tokio::spawn(async move {
        let mut head = [0; 5];
        server.read_exact(&mut head).await.unwrap();
        assert_eq!(head[..3], [22, 3, 1]);
        let mut hello = vec![0; u16::from_be_bytes([head[3], head[4]]).into()];
        server.read_exact(&mut hello).await.unwrap();
        server.write_all(&answer).await.unwrap();
        hello
    });
    let shown = exchange(client, &Host::name(host), offer).await;
    (server.await.unwrap(), shown)
}

#[tokio::test]
async fn a_tls_1_0_server_shows_its_chain() {
    let flight = [server_hello([3, 1], 0x002f), certificate(&[b"leaf", b"intermediate"]), message(14, &[])].concat();
    let (hello, shown) = serve(Offer::Tls11, "old.example", record(22, &flight)).await;
    let shown = shown.unwrap();
    assert_eq!((shown.version.as_str(), shown.suite.as_str()), ("TLSv1.0", "TLS_RSA_WITH_AES_128_CBC_SHA"));
    assert_eq!(shown.certificates, [b"leaf".to_vec(), b"intermediate".to_vec()]);
    assert_eq!(hello[4..6], [3, 2], "TLS 1.1 at most is offered");
    assert!(hello.windows(11).any(|w| w == b"old.example"), "SNI is sent");
}

#[tokio::test]
async fn the_chain_is_read_into_certificates() {
    let (client, mut server) = duplex(1 << 17);
    let flight = [server_hello([3, 1], 0x002f), certificate(&[b"not DER", b"neither"])].concat();
    server.write_all(&record(22, &flight)).await.unwrap();
    let obsolete = ask(client, &Host::name("old.example"), Offer::Tls11).await.unwrap();
    assert_eq!((obsolete.version.as_str(), obsolete.served.sent), ("TLSv1.0", 2));
    assert!(obsolete.served.entries.iter().all(Result::is_err), "what cannot be read is kept as such");
}

#[tokio::test]
async fn a_server_with_rsa_key_exchange_alone_is_recognised() {
    let flight = [server_hello([3, 3], 0x009c), certificate(&[b"leaf"])].concat();
    let (hello, shown) = serve(Offer::RsaKeyExchange, "192.0.2.1", record(22, &flight)).await;
    let shown = shown.unwrap();
    assert_eq!((shown.version.as_str(), shown.suite.as_str()), ("TLSv1.2", "TLS_RSA_WITH_AES_128_GCM_SHA256"));
    assert_eq!(hello[4..6], [3, 3]);
    assert!(!hello.windows(9).any(|w| w == b"192.0.2.1"), "an address is no SNI (RFC 6066 3)");
}

#[test]
fn a_hello_is_well_formed_and_offers_what_it_says() {
    for offer in [Offer::Tls11, Offer::RsaKeyExchange] {
        let bytes = hello::client_hello(&Host::name("h.example"), offer, [1; 32]);
        let record_length = usize::from(u16::from_be_bytes([bytes[3], bytes[4]]));
        assert_eq!(bytes.len(), record_length + 5);
        assert_eq!(bytes[5..7], [1, 0]);
        assert_eq!(usize::from(u16::from_be_bytes([bytes[7], bytes[8]])), bytes.len() - 9);
        let suites_at = 9 + 2 + 32 + 1;
        let suites_length = usize::from(u16::from_be_bytes([bytes[suites_at], bytes[suites_at + 1]]));
        let suites: Vec<u16> = bytes[suites_at + 2..suites_at + 2 + suites_length]
            .chunks(2)
            .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
            .collect();
        let gcm = suites.contains(&0x009c);
        let ecdhe = suites.iter().any(|suite| suite >> 8 == 0xc0);
        assert_eq!((gcm, ecdhe), (offer == Offer::RsaKeyExchange, offer == Offer::Tls11));
        let after = suites_at + 2 + suites_length;
        assert_eq!(bytes[after..after + 2], [1, 0]);
        let extensions = usize::from(u16::from_be_bytes([bytes[after + 2], bytes[after + 3]]));
        assert_eq!(after + 4 + extensions, bytes.len());
    }
}

#[test]
fn messages_are_put_together_over_records_and_reads() {
    let der = vec![0x5a; 40_000];
    let flight = [server_hello([3, 2], 0xc013), certificate(&[&der])].concat();
    let wire: Vec<u8> = flight.chunks(1000).flat_map(|piece| record(22, piece)).collect();
    let mut reader = Flight::new(Offer::Tls11);
    let mut done = None;
    for piece in wire.chunks(7) {
        if let Progress::Done(shown) = reader.push(piece).unwrap() {
            done = Some(shown);
        }
    }
    let shown = done.unwrap();
    assert_eq!((shown.version.as_str(), shown.certificates.len()), ("TLSv1.1", 1));
    assert_eq!(shown.certificates[0], der);
}

#[test]
fn every_other_answer_is_told_apart() {
    use LegacyFailure as F;
    let hello = || server_hello([3, 1], 0x002f);
    let at = |bytes: Vec<u8>| read(Offer::Tls11, &bytes).unwrap_err();
    assert_eq!(at(record(21, &[2, 40])), F::Alert(40));
    assert_eq!(at(record(21, &[2, 70])), F::Alert(70));
    assert_eq!(at(record(21, &[1, 0])), F::Closed);
    assert_eq!(at(b"HTTP/1.1 400 Bad Request\r\n".to_vec()), F::NotTls);
    assert_eq!(at(b"SSH".to_vec()), F::NotTls);
    assert_eq!(at([22, 3, 1, 0xff, 0xff].to_vec()), F::Protocol("a record longer than 16 KiB"));
    assert_eq!(at(record(22, &[hello(), message(14, &[])].concat())), F::NoCertificate);
    assert_eq!(at(record(22, &[hello(), message(12, &[])].concat())), F::NoCertificate);
    assert_eq!(at(record(22, &[hello(), certificate(&[])].concat())), F::NoCertificate);
    assert!(matches!(at(record(22, &certificate(&[b"x"]))), F::Protocol(_)), "a certificate before the hello");
    assert!(matches!(at(record(22, &server_hello([3, 3], 0x002f))), F::Protocol(_)), "1.2 was not offered");
    assert!(matches!(at(record(22, &[hello(), message(11, &[0, 0, 9, 0, 0, 1, 5])].concat())), F::Protocol(_)));
    assert_eq!(at(record(22, &[hello(), vec![11, 1, 0, 1]].concat())), F::TooLarge);
}

#[test]
fn a_warning_before_the_hello_is_passed_over() {
    let wire =
        [record(21, &[1, 112]), record(22, &[server_hello([3, 0], 0x0005), certificate(&[b"x"])].concat())].concat();
    let Progress::Done(shown) = read(Offer::Tls11, &wire).unwrap() else { panic!("more wanted") };
    assert_eq!((shown.version.as_str(), shown.suite.as_str()), ("SSLv3", "TLS_RSA_WITH_RC4_128_SHA"));
}

#[test]
fn a_flood_ends() {
    let mut reader = Flight::new(Offer::Tls11);
    let warnings = record(21, &[1, 112]).repeat(5000);
    assert_eq!(reader.push(&warnings), Err(LegacyFailure::TooLarge));
    let mut reader = Flight::new(Offer::Tls11);
    let hello_requests = record(22, &message(0, &[]).repeat(4000)).repeat(5);
    assert_eq!(reader.push(&hello_requests), Err(LegacyFailure::TooLarge));
}

#[tokio::test]
async fn a_close_is_a_close() {
    let (_, shown) = serve(Offer::Tls11, "old.example", record(22, &server_hello([3, 1], 0x002f))).await;
    assert_eq!(shown, Err(LegacyFailure::Closed));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), wrap in any::<bool>()) {
        let wire = if wrap { record(22, &[server_hello([3, 1], 0x002f), bytes].concat()) } else { bytes };
        let _ = read(Offer::Tls11, &wire);
    }
}
