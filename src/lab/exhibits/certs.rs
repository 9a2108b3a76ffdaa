//! Certificates. The audio behind each of them is there.

use crate::lab::exhibit::{Exhibit, HERE, ITEM, Item, Place, Tls, WELL};
use crate::lab::pki::Leaf;

const fn with(leaf: Leaf) -> Place {
    Place { tls: Tls::Session(leaf), ..HERE }
}

/// An exhibit that clients refuse.
const BAD: Exhibit = Exhibit { verdict: "critical", ..WELL };

/// An exhibit that clients accept today.
const SOON: Exhibit = Exhibit { verdict: "warning", ..WELL };

pub(super) const ALL: &[Exhibit] = &[
    Exhibit { name: "public", what: "A sound certificate below a public root.", places: &[with(Leaf::Public)], ..WELL },
    Exhibit {
        name: "expired-extra",
        what: "An expired cross-sign is sent along, which no path needs.",
        places: &[with(Leaf::ExpiredExtra)],
        ..WELL
    },
    Exhibit {
        name: "cross-signed",
        what: "The intermediate is sent twice; one version leads to an unknown root, the other to a known one.",
        places: &[with(Leaf::CrossSigned)],
        ..WELL
    },
    Exhibit {
        name: "p521",
        what: "The keys of certificate and issuer are on the curve P-521.",
        places: &[with(Leaf::P521)],
        ..WELL
    },
    Exhibit {
        name: "p521-bad-signature",
        what: "The issuer's signature with a key on P-521 does not verify.",
        causes: &["cert-invalid"],
        places: &[with(Leaf::P521BadSignature)],
        ..BAD
    },
    Exhibit {
        name: "p521-bad-handshake",
        what: "The handshake is signed by another key on P-521 than the certificate's.",
        causes: &["cert-invalid"],
        places: &[with(Leaf::P521BadHandshake)],
        ..BAD
    },
    Exhibit {
        name: "expired",
        what: "The certificate ended yesterday.",
        causes: &["cert-expired"],
        places: &[with(Leaf::Expired)],
        ..BAD
    },
    Exhibit {
        name: "token-expired",
        what: "The link carries a token, and the certificate ended yesterday: nobody is asked, the audio is unknown.",
        causes: &["cert-expired"],
        outcome: Some("unknown"),
        places: &[with(Leaf::Expired)],
        items: &[Item { url: Some("https://{host}/episode.mp3?x=1&token=secret"), ..ITEM }],
        ..BAD
    },
    Exhibit {
        name: "token-cleartext",
        what: "The link carries a token and is in cleartext, where nothing proves who would get it.",
        causes: &["http-cleartext"],
        verdict: "unknown",
        outcome: Some("unknown"),
        items: &[Item { url: Some("http://{host}/episode.mp3?token=secret"), ..ITEM }],
        ..WELL
    },
    Exhibit {
        name: "token",
        what: "The link carries a token, and the certificate is sound.",
        items: &[Item { url: Some("https://{host}/episode.mp3?token=secret"), ..ITEM }],
        ..WELL
    },
    Exhibit {
        name: "intermediate-expired",
        what: "The intermediate certificate ended yesterday.",
        causes: &["cert-intermediate-expired"],
        places: &[with(Leaf::IntermediateExpired)],
        ..BAD
    },
    Exhibit {
        name: "not-yet-valid",
        what: "The certificate begins tomorrow.",
        causes: &["cert-not-yet-valid"],
        places: &[with(Leaf::NotYetValid)],
        ..BAD
    },
    Exhibit {
        name: "wrong-name",
        what: "The certificate is for another host.",
        causes: &["cert-name-mismatch"],
        places: &[with(Leaf::WrongName)],
        ..BAD
    },
    Exhibit {
        name: "expired-wrong-name",
        what: "The certificate ended yesterday and is for another host.",
        causes: &["cert-expired", "cert-name-mismatch"],
        places: &[with(Leaf::ExpiredWrongName)],
        ..BAD
    },
    Exhibit {
        name: "cn-only",
        what: "The host stands in the common name alone.",
        causes: &["cert-name-mismatch"],
        places: &[with(Leaf::CommonNameOnly)],
        ..BAD
    },
    Exhibit {
        name: "self-signed",
        what: "The certificate is signed by its own key.",
        causes: &["cert-self-signed"],
        places: &[with(Leaf::SelfSigned)],
        ..BAD
    },
    Exhibit {
        name: "unknown-root",
        what: "The chain ends at a root that nobody knows.",
        causes: &["cert-untrusted"],
        places: &[with(Leaf::UnknownRoot)],
        ..BAD
    },
    Exhibit {
        name: "no-intermediate",
        what: "The intermediate is not sent; the certificate says where it can be had.",
        causes: &["cert-chain-incomplete"],
        places: &[with(Leaf::NoIntermediate)],
        ..BAD
    },
    Exhibit {
        name: "no-intermediate-unknown",
        what: "The certificate is sent alone; its issuer, once fetched, is a root that nobody knows.",
        causes: &["cert-untrusted"],
        places: &[with(Leaf::NoIntermediateUnknown)],
        ..BAD
    },
    Exhibit {
        name: "no-intermediate-far",
        what: "The certificate is sent alone; two fetches up stands a root that nobody knows.",
        causes: &["cert-untrusted"],
        places: &[with(Leaf::NoIntermediateFar)],
        ..BAD
    },
    Exhibit {
        name: "revoked",
        what: "The certificate is on its issuer's revocation list.",
        causes: &["cert-revoked"],
        places: &[with(Leaf::RevokedByList)],
        ..BAD
    },
    Exhibit {
        name: "revoked-staple",
        what: "The stapled OCSP answer says that the certificate is revoked.",
        causes: &["cert-revoked"],
        places: &[with(Leaf::RevokedByStaple)],
        ..BAD
    },
    Exhibit {
        name: "rsa-1024",
        what: "The key is RSA with 1024 bits.",
        causes: &["cert-weak"],
        places: &[with(Leaf::ShortKey)],
        ..BAD
    },
    Exhibit {
        name: "sha1",
        what: "The certificate is signed with SHA-1.",
        causes: &["cert-weak"],
        places: &[with(Leaf::Sha1)],
        ..BAD
    },
    Exhibit {
        name: "no-usage",
        what: "The certificate has no extended key usage, which Apple refuses and others do not.",
        causes: &["cert-invalid"],
        places: &[with(Leaf::NoUsage)],
        ..SOON
    },
    Exhibit {
        name: "client-usage",
        what: "The certificate is for clients, not for servers.",
        causes: &["cert-invalid"],
        places: &[with(Leaf::ClientOnly)],
        ..BAD
    },
    Exhibit {
        name: "ca-leaf",
        what: "A CA certificate is used as the server's own.",
        causes: &["cert-invalid"],
        places: &[with(Leaf::Authority)],
        ..BAD
    },
    Exhibit {
        name: "constrained",
        what: "The issuer may not issue for this name.",
        causes: &["cert-invalid"],
        places: &[with(Leaf::Constrained)],
        ..BAD
    },
    Exhibit {
        name: "x509-v1",
        what: "The certificate is of X.509 version 1, without names.",
        causes: &["cert-invalid", "cert-name-mismatch"],
        places: &[with(Leaf::VersionOne)],
        ..BAD
    },
    Exhibit {
        name: "many-certificates",
        hostile: true,
        what: "Eighteen certificates are sent.",
        causes: &["cert-invalid"],
        places: &[with(Leaf::TooMany)],
        ..BAD
    },
    Exhibit {
        name: "garbage-certificate",
        hostile: true,
        what: "Where the certificate should be are bytes that are none.",
        causes: &["cert-invalid"],
        places: &[with(Leaf::Garbage)],
        ..BAD
    },
    Exhibit {
        name: "bad-signature",
        what: "The issuer's signature on the certificate does not verify.",
        causes: &["cert-invalid"],
        places: &[with(Leaf::BadSignature)],
        ..BAD
    },
    Exhibit {
        name: "bad-handshake",
        what: "The handshake is signed by another key than the certificate's.",
        causes: &["cert-invalid"],
        places: &[with(Leaf::BadHandshake)],
        ..BAD
    },
    Exhibit {
        name: "too-long",
        what: "A certificate below a public root lives for 400 days.",
        causes: &["cert-lifetime-too-long"],
        places: &[with(Leaf::TooLong)],
        ..SOON
    },
    Exhibit {
        name: "no-timestamps",
        what: "A certificate below a public root carries no certificate timestamps.",
        causes: &["cert-no-sct"],
        places: &[with(Leaf::NoTimestamps)],
        ..SOON
    },
    Exhibit {
        name: "expiring",
        what: "20 of the certificate's 90 days are left.",
        causes: &["cert-expiring"],
        places: &[with(Leaf::ExpiringSoon)],
        ..SOON
    },
    Exhibit {
        name: "expiring-now",
        what: "5 of the certificate's 90 days are left.",
        causes: &["cert-expiring"],
        places: &[with(Leaf::ExpiringNow)],
        ..BAD
    },
    Exhibit {
        name: "intermediate-expiring",
        what: "The intermediate certificate ends in ten days.",
        causes: &["cert-expiring"],
        places: &[with(Leaf::IntermediateExpiring)],
        ..SOON
    },
    Exhibit {
        name: "renewal-overdue",
        what: "The window in which the CA suggested to renew has ended.",
        causes: &["cert-renewal-overdue"],
        places: &[with(Leaf::RenewalOverdue)],
        ..SOON
    },
];
