//! What is wrong with the certificates of a path apart from dates, names and trust: what they may
//! be used for (`cert-invalid`), and how strong they are (`cert-weak`).

use crate::cert::{Certificate, Hash, Key, Path, PathEnd, Place, Signed, Step, UnixSeconds};
use crate::judge::trust::walk::below_root;
use crate::judge::trust::words::who;
use crate::judge::{Code, Severity};

const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
/// CA/B Baseline Requirements 6.1.5.
const LEAST_RSA_BITS: u32 = 2048;
const CURVES: &[&str] = &["P-256", "P-384", "P-521"];

/// A fault: code, severity, evidence.
pub(super) type Fault = (Code, Severity, String);

/// How many faults a path has that another path might not have.
pub(super) fn count(path: &Path, at: UnixSeconds) -> usize {
    let dates = path
        .steps
        .iter()
        .skip(1)
        .filter(|step| step.place != Place::Root && (step.cert.not_after < at || step.cert.not_before > at))
        .count();
    dates + of_issuers(path).len() + strength(path).len()
}

/// Everything on the path.
pub(super) fn all(path: &Path) -> Vec<Fault> {
    let mut out = of_leaf(path);
    out.extend(of_issuers(path));
    out.extend(signatures(path));
    out.extend(strength(path));
    out
}

fn refused(evidence: String) -> Fault {
    (Code::CertInvalid, Severity::Critical, evidence)
}

fn of_leaf(path: &Path) -> Vec<Fault> {
    let Some(leaf) = path.steps.first().map(|step| &step.cert) else { return Vec::new() };
    let mut out = structure(leaf);
    if leaf.is_ca {
        out.push(refused(format!("{} is a CA certificate, not a server's", who(leaf))));
    }
    match &leaf.extended_key_usage {
        None if leaf.version >= 3 => out.push((
            Code::CertInvalid,
            Severity::Warning,
            format!("{} names no extended key usage: Apple's clients refuse it, others do not", who(leaf)),
        )),
        Some(purposes) if !purposes.iter().any(|purpose| purpose == SERVER_AUTH) => out.push(refused(format!(
            "{} may not be used for servers: its extended key usage lists {}",
            who(leaf),
            purposes.iter().take(5).map(|purpose| usage_name(purpose)).collect::<Vec<_>>().join(", ")
        ))),
        _ => {}
    }
    out
}

fn of_issuers(path: &Path) -> Vec<Fault> {
    let mut out = Vec::new();
    // Self-issued certificates do not count towards a path's length (RFC 5280 4.2.1.9).
    let mut below = 0u32;
    for (at, step) in path.steps.iter().enumerate().skip(1) {
        let cert = &step.cert;
        if step.place != Place::Root {
            let top = at + 1 == path.steps.len() && path.end == PathEnd::SelfSigned;
            if !top {
                out.extend(structure(cert));
                if let Some(purposes) = &cert.extended_key_usage
                    && !purposes.iter().any(|purpose| purpose == SERVER_AUTH)
                {
                    out.push(refused(format!("{} may not issue for servers (extended key usage)", who(cert))));
                }
            }
            if !cert.is_ca {
                out.push(refused(format!("{} signs a certificate and is no CA", who(cert))));
            } else if cert.key_usage.is_some_and(|usage| !usage.cert_sign) {
                out.push((
                    Code::CertInvalid,
                    Severity::Warning,
                    format!(
                        "the key usage of {} does not allow to sign certificates: some clients refuse it",
                        who(cert)
                    ),
                ));
            }
            if cert.path_len.is_some_and(|most| below > most) {
                out.push(refused(format!(
                    "{} allows {} CAs below it and has {below}",
                    who(cert),
                    cert.path_len.unwrap_or_default()
                )));
            }
        }
        if cert.subject_der != cert.issuer_der {
            below = below.saturating_add(1);
        }
    }
    out
}

fn structure(cert: &Certificate) -> Vec<Fault> {
    let mut out = Vec::new();
    if cert.version < 3 {
        out.push(refused(format!("{} is X.509 v{}, and v3 is needed", who(cert), cert.version)));
    }
    if !cert.unknown_critical.is_empty() {
        let oids = cert.unknown_critical.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", ");
        out.push(refused(format!("{} holds a critical extension that clients do not know: {oids}", who(cert))));
    }
    out
}

fn signatures(path: &Path) -> Vec<Fault> {
    let pairs = path.steps.iter().zip(path.steps.iter().skip(1));
    pairs
        .filter(|(_, issuer)| issuer.signed == Signed::Invalid)
        .map(|(child, issuer)| {
            refused(format!(
                "the signature of {} is not by the key of its issuer {}",
                who(&child.cert),
                who(&issuer.cert)
            ))
        })
        .collect()
}

/// Keys and hashes below the anchor.
fn strength(path: &Path) -> Vec<Fault> {
    let mut out = Vec::new();
    let weak = |evidence| (Code::CertWeak, Severity::Critical, evidence);
    for Step { cert, .. } in below_root(path) {
        match &cert.key {
            Key::Rsa { bits } if *bits < LEAST_RSA_BITS => {
                out.push(weak(format!("{} has an RSA key of {bits} bits; {LEAST_RSA_BITS} are the least", who(cert))));
            }
            Key::Ec { curve } if !CURVES.contains(&curve.as_str()) => out.push(refused(format!(
                "{} has a key on the curve {curve}; clients know {}",
                who(cert),
                CURVES.join(", ")
            ))),
            _ => {}
        }
        match cert.signature.hash {
            Hash::Md5 | Hash::Sha1 => {
                out.push(weak(format!("{} is signed with {}, which clients refuse", who(cert), cert.signature.name)));
            }
            Hash::Sound | Hash::Unknown => {}
        }
    }
    out
}

fn usage_name(oid: &str) -> &str {
    match oid {
        SERVER_AUTH => "server authentication",
        "1.3.6.1.5.5.7.3.2" => "client authentication",
        "1.3.6.1.5.5.7.3.3" => "code signing",
        "1.3.6.1.5.5.7.3.4" => "e-mail protection",
        "1.3.6.1.5.5.7.3.8" => "time stamping",
        "1.3.6.1.5.5.7.3.9" => "OCSP signing",
        "2.5.29.37.0" => "any",
        other => other,
    }
}
