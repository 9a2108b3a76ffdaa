//! The TLS handshake: a recorder takes down what the server shows and always accepts, so that a
//! bad certificate never hides what is behind it. Whether any of it is trusted is `judge`'s.

use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, ClientConfig, DigitallySignedStruct, InvalidMessage, PeerIncompatible, ProtocolVersion,
    SignatureScheme,
};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::budget::Overspent;
use super::dial::Buffered;
use super::lock;
use super::settings::client_config;
use crate::cert::{self, MAX_CHAIN};
use crate::chain::{Session, TlsFailure};
use crate::link::Host;

/// The most bytes of a chain that are kept (limit table of the TLS page).
const MAX_CHAIN_BYTES: usize = 64 << 10;

/// Which application protocols are offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Offer {
    /// HTTP/2 and HTTP/1.1, as apps do.
    Any,
    /// HTTP/1.1 alone, after HTTP/2 broke.
    Http1,
}

/// Makes handshakes. The configuration is built once; a connection pays for a shallow copy.
#[derive(Debug)]
pub(crate) struct Handshaker {
    base: ClientConfig,
    algorithms: WebPkiSupportedAlgorithms,
}

/// A handshake that failed.
#[derive(Debug)]
pub(crate) struct Refused {
    /// Why.
    pub(crate) why: TlsFailure,
    /// It failed in the way in which servers fail that speak only what current clients refuse.
    pub(crate) perhaps_obsolete: bool,
}

impl Refused {
    fn plain(why: TlsFailure) -> Self {
        Self { why, perhaps_obsolete: false }
    }
}

impl Handshaker {
    /// Ready for handshakes, with all signature algorithms that podprobe checks.
    pub(crate) fn new() -> Self {
        let algorithms = cert::algorithms();
        Self { base: base_config(algorithms), algorithms }
    }

    /// Makes a handshake for `host` within `timeout`.
    pub(crate) async fn handshake(
        &self,
        tcp: Buffered,
        host: &Host,
        dialled: IpAddr,
        offer: Offer,
        timeout: Duration,
    ) -> Result<(TlsStream<Buffered>, Session), Refused> {
        let recorder = Arc::new(Recorder { algorithms: self.algorithms, seen: Mutex::default() });
        let mut config = self.base.clone();
        if offer == Offer::Http1 {
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
        }
        // A name that TLS cannot carry goes unnamed, as other clients do it.
        let name = match host {
            Host::Name(name) => ServerName::try_from(name.clone()).unwrap_or_else(|_| ServerName::from(dialled)),
            Host::Ip(ip) => ServerName::from(*ip),
        };
        let shared: Arc<Recorder> = Arc::clone(&recorder);
        config.dangerous().set_certificate_verifier(shared);
        let connecting = TlsConnector::from(Arc::new(config)).connect(name, tcp);
        match tokio::time::timeout(timeout, connecting).await {
            Err(_elapsed) => Err(Refused::plain(TlsFailure::Timeout)),
            Ok(Err(error)) => Err(classify(&error)),
            Ok(Ok(stream)) => {
                let session = recorder.session(&stream);
                Ok((stream, session))
            }
        }
    }
}

fn base_config(algorithms: WebPkiSupportedAlgorithms) -> ClientConfig {
    let recorder = Recorder { algorithms, seen: Mutex::default() };
    let mut config =
        client_config().dangerous().with_custom_certificate_verifier(Arc::new(recorder)).with_no_client_auth();
    // A resumed session shows no certificate.
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

/// Takes down what one handshake shows.
#[derive(Debug)]
struct Recorder {
    algorithms: WebPkiSupportedAlgorithms,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    chain: Vec<Vec<u8>>,
    sent: usize,
    staple: Option<Arc<[u8]>>,
    signature: Option<Result<(), String>>,
}

impl Recorder {
    fn session<S>(&self, stream: &TlsStream<S>) -> Session {
        let (_, connection) = stream.get_ref();
        let seen = std::mem::take(&mut *lock(&self.seen));
        let mut served = cert::served(seen.chain.iter().map(Vec::as_slice));
        served.sent = seen.sent;
        Session {
            version: match connection.protocol_version() {
                Some(ProtocolVersion::TLSv1_3) => "TLSv1.3".to_owned(),
                Some(ProtocolVersion::TLSv1_2) => "TLSv1.2".to_owned(),
                other => format!("{other:?}"),
            },
            cipher: connection
                .negotiated_cipher_suite()
                .and_then(|suite| suite.suite().as_str())
                // rustls names the suites of TLS 1.3 apart; IANA does not.
                .map(|name| name.replacen("TLS13_", "TLS_", 1))
                .unwrap_or_default(),
            alpn: connection.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()),
            served: Arc::new(served),
            staple: seen.staple,
            signature: seen.signature.unwrap_or_else(|| Err("the server signed nothing".to_owned())),
        }
    }

    fn record(&self, outcome: Result<HandshakeSignatureValid, rustls::Error>) -> HandshakeSignatureValid {
        lock(&self.seen).signature = Some(outcome.map(|_| ()).map_err(|error| error.to_string()));
        HandshakeSignatureValid::assertion()
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let mut seen = lock(&self.seen);
        seen.sent = intermediates.len().saturating_add(1);
        let mut room = MAX_CHAIN_BYTES;
        for der in std::iter::once(end_entity).chain(intermediates).take(MAX_CHAIN) {
            let Some(left) = room.checked_sub(der.len()) else { break };
            room = left;
            seen.chain.push(der.to_vec());
        }
        if !ocsp_response.is_empty() && ocsp_response.len() <= MAX_CHAIN_BYTES {
            seen.staple = Some(ocsp_response.into());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(self.record(verify_tls12_signature(message, cert, dss, &self.algorithms)))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(self.record(verify_tls13_signature(message, cert, dss, &self.algorithms)))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Why a handshake failed, by the types of what came back.
fn classify(error: &io::Error) -> Refused {
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return classify_tls(error);
    }
    if error.get_ref().and_then(|inner| inner.downcast_ref::<Overspent>()).is_some() {
        return Refused::plain(TlsFailure::TooLarge);
    }
    Refused::plain(match error.kind() {
        io::ErrorKind::TimedOut => TlsFailure::Timeout,
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::NotConnected => TlsFailure::Closed,
        _ => TlsFailure::Protocol(error.to_string()),
    })
}

fn classify_tls(error: &rustls::Error) -> Refused {
    match error {
        rustls::Error::AlertReceived(alert) => Refused {
            why: TlsFailure::Alert { code: u8::from(*alert), name: alert_name(*alert) },
            perhaps_obsolete: matches!(
                alert,
                AlertDescription::HandshakeFailure
                    | AlertDescription::ProtocolVersion
                    | AlertDescription::InsufficientSecurity
            ),
        },
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion) => {
            Refused::plain(TlsFailure::NotTls)
        }
        rustls::Error::PeerSentOversizedRecord
        | rustls::Error::InvalidMessage(
            InvalidMessage::HandshakePayloadTooLarge
            | InvalidMessage::CertificatePayloadTooLarge
            | InvalidMessage::MessageTooLarge,
        ) => Refused::plain(TlsFailure::TooLarge),
        rustls::Error::PeerIncompatible(why) => Refused {
            why: TlsFailure::Protocol(error.to_string()),
            perhaps_obsolete: matches!(
                why,
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                    | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
                    | PeerIncompatible::NoCipherSuitesInCommon
                    | PeerIncompatible::NoKxGroupsInCommon
            ),
        },
        _ => Refused::plain(TlsFailure::Protocol(error.to_string())),
    }
}

/// The alert's name as RFC 8446 6 writes it: `handshake_failure`.
fn alert_name(alert: AlertDescription) -> String {
    let Some(name) = alert.as_str() else { return format!("alert_{}", u8::from(alert)) };
    let mut out = String::with_capacity(name.len().saturating_add(4));
    let mut previous_lower = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && previous_lower {
            out.push('_');
        }
        previous_lower = !c.is_ascii_uppercase();
        out.push(c.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_are_named_as_the_standard_names_them() {
        for (alert, name) in [
            (AlertDescription::HandshakeFailure, "handshake_failure"),
            (AlertDescription::UnknownCA, "unknown_ca"),
            (AlertDescription::NoApplicationProtocol, "no_application_protocol"),
            (AlertDescription::from(200), "alert_200"),
        ] {
            assert_eq!(alert_name(alert), name);
        }
    }

    #[test]
    fn only_refusals_of_version_and_suite_ask_for_a_second_look() {
        let look = |error: rustls::Error| classify_tls(&error).perhaps_obsolete;
        assert!(look(rustls::Error::AlertReceived(AlertDescription::ProtocolVersion)));
        assert!(look(rustls::Error::AlertReceived(AlertDescription::HandshakeFailure)));
        assert!(!look(rustls::Error::AlertReceived(AlertDescription::UnrecognisedName)));
        assert!(!look(rustls::Error::DecryptError));
    }
}
