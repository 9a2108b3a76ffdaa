//! TLS, every address, HTTP/2 that breaks, canaries.

use super::*;
use crate::chain::{ConnectFailure, Depth, End, Phase, TlsFailure};
use crate::lab::p521::{P521Key, relabelled};
use crate::link::Origin;

#[tokio::test]
async fn a_bad_certificate_does_not_hide_the_audio() {
    let server =
        serve(Some(acceptor(&["elsewhere.example"], &["http/1.1"], true)), |seen| file(seen, "audio/mpeg", &mp3(100)))
            .await;
    let round = Bench::new().name("a.example:443", &server).round();
    let chain = round.walk(&link("https://a.example/a.mp3"), Depth::Sample).await;
    assert_eq!((&chain.end, chain.walks), (&End::Reached, 1));
    let session = chain.last().unwrap().tls.fact().unwrap();
    assert_eq!(session.signature, Ok(()));
    assert_eq!(session.served.entries.len(), 1);
    let connection = chain.last().unwrap().connection.as_ref().unwrap();
    assert!(Arc::ptr_eq(connection.session.as_ref().unwrap(), session));
}

/// Addresses 127.0.0.1 to 127.0.0.n on one port, each with a TLS server.
async fn edges(n: u8) -> (u16, Vec<Arc<Mutex<usize>>>) {
    let acceptor = acceptor(&["a.example"], &["http/1.1"], false);
    'ports: loop {
        let first = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = first.local_addr().unwrap().port();
        let mut listeners = vec![first];
        for i in 2..=n {
            let Ok(listener) = TcpListener::bind((std::net::Ipv4Addr::new(127, 0, 0, i), port)).await else {
                continue 'ports;
            };
            listeners.push(listener);
        }
        let counts: Vec<Arc<Mutex<usize>>> = listeners.iter().map(|_| Arc::default()).collect();
        for (listener, count) in listeners.into_iter().zip(&counts) {
            let (acceptor, count) = (acceptor.clone(), Arc::clone(count));
            tokio::spawn(async move {
                while let Ok((tcp, _)) = listener.accept().await {
                    *lock(&count) += 1;
                    let acceptor = acceptor.clone();
                    tokio::spawn(async move {
                        let Ok(stream) = acceptor.accept(tcp).await else { return };
                        let handler: Handler = Arc::new(|seen| file(seen, "audio/mpeg", &mp3(100)));
                        converse(stream, 0, handler, Arc::default()).await;
                    });
                }
            });
        }
        return (port, counts);
    }
}

#[tokio::test]
async fn every_address_gets_its_handshake_exactly_once() {
    let (port, counts) = edges(3).await;
    let mut bench = Bench::new();
    bench.resolve.push(format!("a.example:{port}:127.0.0.1,127.0.0.2,127.0.0.3"));
    let round = bench.round();
    let url = link(&format!("https://a.example:{port}/a.mp3"));
    let chain = round.walk(&url, Depth::Sample).await;
    assert_eq!(chain.end, End::Reached);
    let origin = url.origin();
    let (one, two) = tokio::join!(round.origin(&origin), round.origin(&origin));
    assert_eq!(one.edges, two.edges);
    assert_eq!(one.edges.len(), 3);
    assert!(one.edges.iter().all(|edge| edge.tls.fact().is_some()));
    let counts: Vec<usize> = counts.iter().map(|count| *lock(count)).collect();
    assert_eq!(counts, [1, 1, 1]);
    assert_eq!(round.counts().connections, 3);
}

#[tokio::test]
async fn the_walk_goes_on_over_an_address_that_works_and_the_dead_one_is_known() {
    let (port, counts) = edges(1).await;
    let mut bench = Bench::new();
    bench.resolve.push(format!("a.example:{port}:10.9.9.9,127.0.0.9,127.0.0.1"));
    let round = bench.round();
    let url = link(&format!("https://a.example:{port}/a.mp3"));
    let chain = round.walk(&url, Depth::Sample).await;
    assert_eq!((&chain.end, chain.walks), (&End::Reached, 1));
    assert_eq!(chain.last().unwrap().connect.fact().unwrap().ip().to_string(), "127.0.0.1");
    let sighting = round.origin(&url.origin()).await;
    let failures: Vec<_> = sighting.edges.iter().map(|edge| edge.connect.failure()).collect();
    let blocked = ConnectFailure::Blocked("10.9.9.9".parse().unwrap());
    assert_eq!(failures, [Some(&blocked), Some(&ConnectFailure::Refused), None]);
    assert_eq!(*lock(&counts[0]), 1);
}

#[tokio::test]
async fn http2_that_breaks_is_asked_again_over_http1() {
    // Says h2 and answers the preface with what is no HTTP/2; where only HTTP/1.1 is offered, works.
    let acceptor = acceptor(&["a.example"], &["h2", "http/1.1"], false);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(tcp).await else { return };
                if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                    // SETTINGS on stream 1: a connection error (RFC 9113 6.5).
                    stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 1]).await.unwrap();
                    while matches!(stream.read(&mut [0; 1024]).await, Ok(n) if n > 0) {}
                    return;
                }
                let handler: Handler = Arc::new(|seen| file(seen, "audio/mpeg", &mp3(100)));
                converse(stream, 0, handler, Arc::default()).await;
            });
        }
    });
    let mut bench = Bench::new();
    bench.connect_to.push(format!("a.example:443:127.0.0.1:{port}"));
    let round = bench.round();
    for (path, connections) in [("a", 2), ("b", 2)] {
        let chain = round.walk(&link(&format!("https://a.example/{path}.mp3")), Depth::Sample).await;
        assert_eq!((&chain.end, chain.walks), (&End::Reached, 1));
        let hop = chain.last().unwrap();
        assert_eq!(hop.request.fact().unwrap().version, "http/1.1");
        assert!(hop.http2_broken.as_deref().is_some_and(|text| text.contains("PROTOCOL_ERROR")), "{hop:?}");
        assert_eq!(round.counts().connections, connections, "HTTP/2 is not tried again");
    }
}

#[tokio::test]
async fn where_http1_cannot_be_had_the_answer_is_what_http2_did() {
    let acceptor = acceptor(&["a.example"], &["h2"], false);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(tcp).await else { return };
                // GOAWAY with INTERNAL_ERROR.
                let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
                let goaway = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];
                stream.write_all(&[&settings[..], &goaway[..]].concat()).await.unwrap();
                while matches!(stream.read(&mut [0; 1024]).await, Ok(n) if n > 0) {}
            });
        }
    });
    let mut bench = Bench::new();
    bench.connect_to.push(format!("a.example:443:127.0.0.1:{port}"));
    let chain = bench.round().walk(&link("https://a.example/a.mp3"), Depth::Sample).await;
    let hop = chain.last().unwrap();
    assert_eq!(failure(&chain), Some(&RequestFailure::Http2("INTERNAL_ERROR".to_owned())));
    assert_eq!(hop.tls.failure(), None, "{hop:?}");
    assert!(hop.connection.is_some());
}

#[tokio::test]
async fn a_server_of_old_is_asked_what_it_speaks() {
    // Refuses with protocol_version, whatever is offered.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let hellos: Arc<Mutex<Vec<[u8; 2]>>> = Arc::default();
    let seen = Arc::clone(&hellos);
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            let mut hello = [0; 512];
            let n = tcp.read(&mut hello).await.unwrap();
            assert!(n > 11);
            lock(&seen).push([hello[9], hello[10]]);
            tcp.write_all(&[21, 3, 1, 0, 2, 2, 70]).await.unwrap();
        }
    });
    let mut bench = Bench::new();
    bench.connect_to.push(format!("a.example:443:127.0.0.1:{port}"));
    let origin: Origin = link("https://a.example/").origin();
    let sighting = bench.round().origin(&origin).await;
    assert_eq!(
        sighting.edges[0].tls.failure(),
        Some(&TlsFailure::Alert { code: 70, name: "protocol_version".to_owned() })
    );
    // rustls, then TLS 1.1, then TLS 1.2 with RSA; and all again to make sure.
    assert_eq!(*lock(&hellos), [[3, 3], [3, 2], [3, 3], [3, 3], [3, 2], [3, 3]]);
}

#[tokio::test]
async fn an_obsolete_server_is_known_by_what_it_shows_and_not_asked_twice() {
    // TLS 1.0 by hand (RFC 2246): ServerHello, a certificate, ServerHelloDone.
    fn vec24(data: &[u8]) -> Vec<u8> {
        [&u32::try_from(data.len()).unwrap().to_be_bytes()[1..], data].concat()
    }
    let hello = [&[3, 1][..], &[9; 32], &[0], &[0, 0x2F], &[0]].concat();
    let flight = [
        [&[2][..], &vec24(&hello)].concat(),
        [&[11][..], &vec24(&vec24(&vec24(b"no certificate")))].concat(),
        vec![14, 0, 0, 0],
    ]
    .concat();
    let record = [&[22, 3, 1][..], &u16::try_from(flight.len()).unwrap().to_be_bytes(), &flight].concat();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            let mut hello = [0; 4096];
            let n = tcp.read(&mut hello).await.unwrap();
            assert!(n > 11);
            tcp.write_all(if hello[10] == 2 { &record } else { &[21, 3, 1, 0, 2, 2, 70] }).await.unwrap();
        }
    });
    let mut bench = Bench::new();
    bench.connect_to.push(format!("a.example:443:127.0.0.1:{port}"));
    let round = bench.round();
    let chain = round.walk(&link("https://a.example/a.mp3"), Depth::Sample).await;
    assert_eq!((&chain.end, chain.walks), (&End::Broken, 1));
    let Some(TlsFailure::Obsolete(obsolete)) = chain.last().unwrap().tls.failure() else { panic!("{chain:?}") };
    assert_eq!((obsolete.version.as_str(), obsolete.served.sent), ("TLSv1.0", 1));
    assert_eq!(round.counts().connections, 2);
    assert_eq!(round.counts().requests, 0);
}

#[derive(Debug)]
struct Odd(Arc<rustls::sign::CertifiedKey>);

impl rustls::server::ResolvesServerCert for Odd {
    fn resolve(&self, _hello: rustls::server::ClientHello<'_>) -> Option<Arc<rustls::sign::CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

#[tokio::test]
async fn a_handshake_signature_that_does_not_verify_is_recorded_and_so_is_the_staple() {
    let (shown, used) = (rcgen::KeyPair::generate().unwrap(), rcgen::KeyPair::generate().unwrap());
    let params = rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
    let certificate = params.self_signed(&shown).unwrap();
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(used.serialize_der()));
        let key = rustls::crypto::ring::sign::any_supported_type(&key).unwrap();
        let der = CertificateDer::from(certificate.der().to_vec());
        let mut odd = rustls::sign::CertifiedKey::new(vec![der; 20], key);
        odd.ocsp = Some(b"a staple".to_vec());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Odd(Arc::new(odd))));
        let server = serve(Some(TlsAcceptor::from(Arc::new(config))), |seen| file(seen, "audio/mpeg", &mp3(100))).await;
        let round = Bench::new().name("a.example:443", &server).round();
        let chain = round.walk(&link("https://a.example/a.mp3"), Depth::Sample).await;
        assert_eq!(chain.end, End::Reached);
        let session = chain.last().unwrap().tls.fact().unwrap();
        assert!(session.signature.is_err(), "{session:?}");
        assert_eq!(session.staple.as_deref(), Some(&b"a staple"[..]));
        assert_eq!((session.served.sent, session.served.entries.len()), (20, 16));
        assert_eq!(session.alpn, None);
    }
}

#[tokio::test]
async fn a_key_on_p521_signs_the_handshake() {
    let (own, other) = (P521Key::generate().unwrap(), P521Key::generate().unwrap());
    let params = rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
    let leaf = CertificateDer::from(relabelled(params.self_signed(&own).unwrap().der()));
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        for (key, holds) in [(&own, true), (&other, false)] {
            let key = rustls::sign::CertifiedKey::new(vec![leaf.clone()], Arc::new(key.clone()));
            // A server that agrees on this curve alone.
            let mut provider = rustls::crypto::ring::default_provider();
            provider.kx_groups = vec![crate::probe::secp521r1::SECP521R1];
            let config = rustls::ServerConfig::builder_with_provider(Arc::new(provider))
                .with_protocol_versions(&[version])
                .unwrap()
                .with_no_client_auth()
                .with_cert_resolver(Arc::new(Odd(Arc::new(key))));
            let acceptor = TlsAcceptor::from(Arc::new(config));
            let server = serve(Some(acceptor), |seen| file(seen, "audio/mpeg", &mp3(100))).await;
            let round = Bench::new().name("a.example:443", &server).round();
            let chain = round.walk(&link("https://a.example/a.mp3"), Depth::Sample).await;
            assert_eq!(chain.end, End::Reached, "{version:?}");
            let session = chain.last().unwrap().tls.fact().unwrap();
            assert_eq!(session.signature.is_ok(), holds, "{version:?} {session:?}");
            assert_eq!(session.served.leaf().unwrap().key.to_string(), "ECDSA P-521");
        }
    }
}

#[tokio::test]
async fn a_chain_beyond_64_kib_is_too_large_and_not_asked_for_in_an_old_way() {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
    let der = CertificateDer::from(params.self_signed(&key).unwrap().der().to_vec());
    let count = (64 << 10) / der.len() + 1;
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let key = rustls::crypto::ring::sign::any_supported_type(&key).unwrap();
        let odd = rustls::sign::CertifiedKey::new(vec![der.clone(); count], key);
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Odd(Arc::new(odd))));
        let server = serve(Some(TlsAcceptor::from(Arc::new(config))), |seen| file(seen, "audio/mpeg", &mp3(100))).await;
        let round = Bench::new().name("a.example:443", &server).round();
        let sighting = round.origin(&link("https://a.example/").origin()).await;
        assert_eq!(sighting.edges[0].tls.failure(), Some(&TlsFailure::TooLarge), "{version:?}");
        assert_eq!(server.connections(), 2, "once, and once more to make sure");
    }
}

#[tokio::test]
async fn canaries_are_asked_by_tcp_through_the_same_overrides() {
    let server = serve(None, |seen| reply(seen, "200 OK", &[], b"")).await;
    let round = Bench::new().name("canary.example:443", &server).round();
    let canaries = round.canaries(&[("canary.example".to_owned(), 443), ("10.0.0.1".to_owned(), 443)]).await;
    let shown: Vec<_> = canaries.iter().map(|canary| (canary.name.as_str(), canary.reachable)).collect();
    assert_eq!(shown, [("canary.example:443", true), ("10.0.0.1:443", false)]);
    assert!(server.seen().is_empty());
    round.stop();
    assert_eq!(round.canaries(&[("canary.example".to_owned(), 443)]).await, [], "Ctrl-C takes no network down");
}

#[tokio::test]
async fn an_origin_without_tls_has_edges_all_the_same() {
    let server = serve(None, |seen| reply(seen, "200 OK", &[], b"")).await;
    let round = Bench::new().name("a.example:80", &server).round();
    let sighting = round.origin(&link("http://a.example/").origin()).await;
    assert_eq!(sighting.edges.len(), 1);
    assert!(sighting.edges[0].connect.fact().is_some());
    assert_eq!(sighting.edges[0].tls, Phase::NotReached);
}
