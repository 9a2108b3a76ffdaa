//! `cert-*`: what `trust` says of the chains that an origin's addresses served. One finding a code;
//! the addresses that show it are in the detail.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Check, OriginFacts, Run};
use crate::cert::{Certificate, Served};
use crate::chain::Edge;
use crate::judge::sight::{culprits, served};
use crate::judge::{CertificateRef, Code, Finding, Severity, say};

pub(super) const CHECK: Check = Check {
    name: "certificate",
    codes: &[
        Code::CertExpired,
        Code::CertIntermediateExpired,
        Code::CertNotYetValid,
        Code::CertNameMismatch,
        Code::CertSelfSigned,
        Code::CertUntrusted,
        Code::CertChainIncomplete,
        Code::CertRevoked,
        Code::CertInvalid,
        Code::CertWeak,
        Code::CertExpiring,
        Code::CertRenewalOverdue,
        Code::CertLifetimeTooLong,
        Code::CertNoSct,
    ],
    runs: &[Run::Origin(run)],
};

struct Case<'a> {
    severity: Severity,
    evidence: Vec<String>,
    addresses: BTreeMap<String, Vec<String>>,
    leaf: Option<&'a Arc<Certificate>>,
    ends: Option<i64>,
    culprit: Option<&'a Arc<Certificate>>,
}

/// The leaf that an edge showed, in a session or in cleartext to an obsolete handshake.
pub(crate) fn leaf(edge: &Edge) -> Option<&Arc<Certificate>> {
    served(edge).and_then(Served::leaf)
}

fn run(facts: &OriginFacts<'_>, out: &mut Vec<Finding>) {
    let mut cases: BTreeMap<Code, Case<'_>> = BTreeMap::new();
    let mut remarks = Vec::new();
    for (edge, judged) in facts.sighting.edges.iter().zip(facts.certificates) {
        let Some(judged) = judged else { continue };
        for problem in &judged.problems {
            let case = cases.entry(problem.code).or_insert_with(|| Case {
                severity: problem.severity,
                evidence: Vec::new(),
                addresses: BTreeMap::new(),
                leaf: leaf(edge),
                ends: judged.expires_at,
                culprit: None,
            });
            case.severity = case.severity.max(problem.severity);
            case.ends = case.ends.into_iter().chain(judged.expires_at).min();
            let culprits = served(edge).into_iter().flat_map(|served| culprits(problem.code, judged, served));
            // Of equals, the one that every round finds first.
            case.culprit = case.culprit.into_iter().chain(culprits).min_by_key(|c| (c.not_after, c.sha256));
            if !case.evidence.contains(&problem.evidence) {
                case.evidence.push(problem.evidence.clone());
            }
            let seen = case.addresses.entry(problem.evidence.clone()).or_default();
            let address = say::address(edge.address);
            if !seen.contains(&address) {
                seen.push(address);
            }
        }
        for remark in &judged.remarks {
            if !remarks.contains(remark) {
                remarks.push(remark.clone());
            }
        }
    }
    for (code, case) in cases {
        let mut detail: Vec<String> = case
            .evidence
            .iter()
            .map(|text| {
                let seen = case.addresses.get(text).map(|seen| seen.join(", ")).unwrap_or_default();
                format!("{} (seen at {seen}).", text.trim_end_matches('.'))
            })
            .collect();
        if !remarks.is_empty() {
            detail.push(format!("Also: {}.", remarks.join("; ").trim_end_matches('.')));
        }
        detail.push(format!("Judged as of {}.", say::when(facts.bench.at.as_second())));
        let summary = summary(code, &case, facts);
        let mut finding = facts.finding(code, summary, detail.join(" ")).severity(case.severity);
        finding.certificate = case.culprit.map(|certificate| CertificateRef {
            sha256: certificate.sha256,
            not_after: certificate.not_after,
            origins: vec![facts.sighting.origin.clone()],
        });
        out.push(finding);
    }
}

fn summary(code: Code, case: &Case<'_>, facts: &OriginFacts<'_>) -> String {
    let host = facts.host();
    let at = facts.bench.at.as_second();
    let refused = "podcast apps refuse the connection";
    match (code, case.leaf) {
        (Code::CertExpired, Some(leaf)) => {
            let ago = say::span(at.saturating_sub(leaf.not_after));
            format!("The certificate of {host} ran out {ago} ago, on {}: {refused}.", say::when(leaf.not_after))
        }
        (Code::CertExpired, None) => format!("The certificate of {host} has run out: {refused}."),
        (Code::CertIntermediateExpired, _) => {
            format!("A certificate that {host} sends along with its own has run out: {refused}.")
        }
        (Code::CertNotYetValid, Some(leaf)) => {
            format!("The certificate of {host} is valid only from {} on: {refused}.", say::when(leaf.not_before))
        }
        (Code::CertNotYetValid, None) => format!("The certificate of {host} is not valid yet: {refused}."),
        (Code::CertNameMismatch, _) => {
            format!("The certificate that {host} shows is for another name: {refused}.")
        }
        (Code::CertSelfSigned, _) => format!("{host} shows a certificate that it signed itself: {refused}."),
        (Code::CertUntrusted, _) => {
            format!("The certificate of {host} comes from an issuer that devices do not trust: {refused}.")
        }
        (Code::CertChainIncomplete, _) => format!(
            "{host} does not send all of its certificates: browsers mend that by themselves, podcast apps fail."
        ),
        (Code::CertRevoked, _) => format!("The certificate of {host} has been revoked by its issuer."),
        (Code::CertWeak, _) => {
            format!("The certificate of {host} uses cryptography that current devices refuse.")
        }
        (Code::CertExpiring, _) => match case.ends {
            Some(end) if end >= at => format!(
                "A certificate of {host} runs out in {}, on {}; after that nothing can be downloaded from it.",
                say::span(end.saturating_sub(at)),
                say::when(end)
            ),
            _ => format!("A certificate of {host} is about to run out."),
        },
        (Code::CertRenewalOverdue, _) => match case.ends {
            Some(end) => {
                format!("The certificate of {host} should have been renewed by now; it ends on {}.", say::when(end))
            }
            None => format!("The certificate of {host} should have been renewed by now."),
        },
        (Code::CertLifetimeTooLong, _) => {
            format!("The certificate of {host} is valid for longer than Apple and others allow.")
        }
        (Code::CertNoSct, _) => {
            format!(
                "The certificate of {host} lacks the public log receipts that Apple and Chrome ask for, unless {host} \
                 sends them apart from it."
            )
        }
        _ if case.severity == Severity::Critical => format!("The certificate of {host} is faulty: {refused}."),
        _ => format!("The certificate of {host} has a fault for which some apps refuse it."),
    }
}
