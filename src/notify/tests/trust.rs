//! Over TLS a server has to prove who it is; own roots are added to Mozilla's.

use std::sync::Arc;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use super::super::{FailureKind, Http, HttpSettings};
use super::battery::mail_options;
use super::receiver::{Act, Receiver};
use super::smtp::{Manner, Smtp};
use super::{PATIENT, http, opened, samples};

fn server() -> (TlsAcceptor, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), certificate)
}

fn trusting(root: CertificateDer<'static>) -> Http {
    let settings = HttpSettings {
        timeout: PATIENT,
        proxies: false,
        roots: vec![root],
        ..HttpSettings::new("podprobe/0 (bot)".to_owned())
    };
    Http::new(settings).unwrap()
}

#[tokio::test]
async fn hooks_have_to_prove_who_they_are() {
    let (tls, root) = server();
    let receiver = Receiver::start_tls(Act::Take, (200, "ok"), tls).await;
    let options = serde_json::json!({"webhook": format!("{}/services/T/B/x", receiver.tls_base())});
    let why = opened("slack", &options, &http(PATIENT)).deliver(&samples::first()).await.unwrap_err();
    assert_eq!(why.kind, FailureKind::Temporary);
    assert!(why.why.contains("certificate"), "{why}");
    assert!(receiver.seen().is_empty());
    opened("slack", &options, &trusting(root)).deliver(&samples::first()).await.unwrap();
    assert_eq!(receiver.seen().len(), 1);
}

#[tokio::test]
async fn mail_servers_have_to_prove_who_they_are() {
    let (tls, root) = server();
    let smtp = Smtp::start_tls(Manner::Take, tls).await;
    let mut options = mail_options(&smtp);
    options["security"] = "tls".into();
    let why = opened("email", &options, &http(PATIENT)).deliver(&samples::first()).await.unwrap_err();
    assert_eq!(why.kind, FailureKind::Temporary, "{why}");
    opened("email", &options, &trusting(root)).deliver(&samples::first()).await.unwrap();
    assert_eq!(smtp.mails().len(), 1);
    // A server that offers no TLS gets no mail where TLS is demanded.
    let smtp = Smtp::start(Manner::Take).await;
    let mut options = mail_options(&smtp);
    options["security"] = "starttls".into();
    opened("email", &options, &http(PATIENT)).deliver(&samples::first()).await.unwrap_err();
    assert!(smtp.mails().is_empty());
}
