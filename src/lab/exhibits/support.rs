//! The hosts that belong to no exhibit: feeds, a CA's papers, an ACME directory, a good prefix.

use jiff::Timestamp;

use crate::lab::exhibit::{Dns, HERE, Place};
use crate::lab::http::{Answer, Asked, Reply};
use crate::lab::night;
use crate::lab::prefix::onward;

/// The last numbers of the addresses where nothing listens.
pub(in crate::lab) const NOBODY: &[u8] = &[240];

/// The last number of the address whose listener has a full queue.
pub(in crate::lab) const FULL: u8 = 250;

/// The hosts that belong to no exhibit.
pub(in crate::lab) const FIXTURES: &[Place] = &[
    Place { name: "feeds.lab.example", ..HERE },
    Place { name: crate::lab::pki::PAPERS_HOST, serve: papers, ..HERE },
    Place { name: "acme-v02.api.letsencrypt.org", serve: acme, ..HERE },
    Place { name: night::PREFIX_HOST, serve: onward, ..HERE },
    Place { name: "cdn.lab.example", ..HERE },
    night::FEEDS,
    night::ADS,
    night::CMS,
    night::CDN,
];

/// What a CA publishes beside its certificates.
fn papers(asked: &Asked<'_>) -> Reply {
    match asked.path {
        "/intermediate.der" => Answer::status(200).body("application/pkix-cert", asked.state.pki.intermediate_der()),
        "/far.der" => Answer::status(200).body("application/pkix-cert", asked.state.pki.far_der()),
        "/unknown.der" => Answer::status(200).body("application/pkix-cert", asked.state.pki.unknown_der()),
        "/revoked.crl" => match asked.state.pki.revocation_list() {
            Ok(list) => Answer::status(200).body("application/pkix-crl", list),
            Err(_) => Answer::status(500),
        },
        _ => Answer::status(404),
    }
    .into()
}

/// An ACME directory and its renewal information (RFC 9773 4): every window has ended.
fn acme(asked: &Asked<'_>) -> Reply {
    let json = "application/json";
    if asked.path == "/directory" {
        let text = format!("{{\"renewalInfo\": \"https://{}/acme/renewal-info\"}}", asked.host);
        return Answer::status(200).body(json, text).into();
    }
    if !asked.path.starts_with("/acme/renewal-info/") {
        return Answer::status(404).into();
    }
    let day = |before: i64| Timestamp::from_second(asked.state.now - before * 86_400).unwrap_or_default();
    let text = format!("{{\"suggestedWindow\": {{\"start\": \"{}\", \"end\": \"{}\"}}}}", day(5), day(2));
    Answer::status(200).with("retry-after", "21600").body(json, text).into()
}

/// A redirect.
pub(in crate::lab) fn redirect(status: u16, location: impl Into<String>) -> Reply {
    Answer::status(status).with("location", location).into()
}

/// A name that lives at these addresses.
pub(in crate::lab) const fn at(addresses: &'static [u8]) -> Place {
    Place { dns: Dns::At(addresses), ..HERE }
}
