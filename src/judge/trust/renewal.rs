//! What to fetch before a chain can be judged in full, and what the CA says of its renewal
//! (RFC 9773).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use crate::cert::{Certificate, Path, PathEnd, Served, UnixSeconds, is_self_signed, paths};
use crate::chain::{Papers, RenewalWindow};
use crate::judge::trust::faults::Fault;
use crate::judge::trust::words::{span, utc, who};
use crate::judge::trust::{Stores, Wanted, walk};
use crate::judge::{Code, Severity};

/// At most this many addresses of a kind are asked for.
const MAX_URLS: usize = 2;

/// ACME directories that offer renewal information, by the beginning of the issuer's organisation.
const DIRECTORIES: &[(&str, &str)] = &[
    ("Let's Encrypt", "https://acme-v02.api.letsencrypt.org/directory"),
    ("Google Trust Services", "https://dv.acme-v02.api.pki.goog/directory"),
    ("Actalis", "https://acme-api.actalis.com/acme/directory"),
];

/// What to ask for before judging this chain.
pub fn wanted(served: &Served, stores: &Stores, at: Timestamp) -> Wanted {
    wanted_given(served, None, stores, at)
}

/// The same where some papers are there already: a fetched issuer may itself have an issuer that
/// neither the server sent nor a store holds.
pub fn wanted_given(served: &Served, papers: Option<&Papers>, stores: &Stores, at: Timestamp) -> Wanted {
    let Some(leaf) = served.leaf() else { return Wanted::default() };
    let pool = walk::pool(served, papers, stores);
    let all = paths(leaf, &pool);
    let mut issuers = Vec::new();
    if !all.iter().any(|path| path.end == PathEnd::Anchored) && !is_self_signed(leaf) {
        let best = walk::best(leaf, &pool, at.as_second());
        for path in std::iter::once(&best).chain(&all) {
            add_issuer_urls(path, papers, &mut issuers);
        }
    }
    Wanted {
        issuers,
        crls: leaf.crl_urls.iter().filter(|url| is_http(url)).take(MAX_URLS).cloned().collect(),
        renewal: directory(leaf).zip(renewal_id(leaf)),
    }
}

fn add_issuer_urls(path: &Path, papers: Option<&Papers>, out: &mut Vec<String>) {
    let Some(top) = path.steps.last().map(|step| &step.cert) else { return };
    if path.end != PathEnd::Missing {
        return;
    }
    for url in top.issuer_urls.iter().filter(|url| is_http(url)) {
        let asked = papers.is_some_and(|papers| papers.issuers.iter().any(|fetched| fetched.url == *url));
        if out.len() < MAX_URLS && !asked && !out.contains(url) {
            out.push(url.clone());
        }
    }
}

fn is_http(url: &str) -> bool {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme).unwrap_or_default();
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

fn directory(leaf: &Certificate) -> Option<String> {
    let (_, url) = DIRECTORIES.iter().find(|(name, _)| leaf.issuer_name.starts_with(name))?;
    Some((*url).to_owned())
}

/// The certificate's identifier under RFC 9773 4.1: key identifier of the issuer and serial number,
/// base64url without padding. `None` without an authority key identifier.
pub fn renewal_id(cert: &Certificate) -> Option<String> {
    let issuer = cert.authority_key_id.as_ref()?;
    Some(format!("{}.{}", URL_SAFE_NO_PAD.encode(issuer), URL_SAFE_NO_PAD.encode(&cert.serial_der)))
}

/// `cert-renewal-overdue`: the CA's window has ended and the certificate is still served.
pub(super) fn overdue(leaf: &Certificate, window: &RenewalWindow, at: UnixSeconds) -> Option<Fault> {
    (window.start <= window.end && window.end < at).then(|| {
        let text = format!(
            "the CA asked to renew {} between {} and {}, which ended {} ago; it is still served",
            who(leaf),
            utc(window.start),
            utc(window.end),
            span(at.saturating_sub(window.end))
        );
        (Code::CertRenewalOverdue, Severity::Warning, text)
    })
}

/// A window moved before half of the lifetime: the CA is about to revoke.
pub(super) fn early(leaf: &Certificate, window: &RenewalWindow) -> Option<String> {
    let lifetime = leaf.not_after.saturating_sub(leaf.not_before);
    let half = leaf.not_before.saturating_add(lifetime / 2);
    (window.start <= window.end && window.end < half).then(|| {
        let why = window.explanation.as_ref().map(|url| format!(" ({url})")).unwrap_or_default();
        format!(
            "the CA asks to renew {} between {} and {}, before half of its lifetime: it may be about to revoke it{why}",
            who(leaf),
            utc(window.start),
            utc(window.end)
        )
    })
}
