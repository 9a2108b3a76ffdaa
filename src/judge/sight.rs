//! Reading a sighting: how an origin stands, what it may share with others that fail, and what a hop
//! that failed saw of it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::cert::{Certificate, Fingerprint, Served};
use crate::chain::{Edge, Hop, OriginSighting, Papers, Phase, TlsFailure};
use crate::judge::checks::{EdgeState, edge_state};
use crate::judge::ledger::{Shared, Standing};
use crate::judge::trust::ChainJudgement;
use crate::judge::{Code, Finding};
use crate::link::{Host, Origin};

/// What authorities say of the leaf served.
pub(crate) fn papers<'s>(sighting: &'s OriginSighting, served: &Served) -> Option<&'s Papers> {
    let print = print_of(served)?;
    sighting.papers.iter().find(|(of, _)| *of == print).map(|(_, papers)| &**papers)
}

/// The fingerprint of the first certificate served, readable or not.
fn print_of(served: &Served) -> Option<Fingerprint> {
    served.entries.first().map(|entry| match entry {
        Ok(leaf) => leaf.sha256,
        Err(unparsable) => unparsable.sha256,
    })
}

pub(crate) fn standing(sighting: &OriginSighting, findings: &[Finding]) -> Standing {
    let states = || sighting.edges.iter().map(edge_state);
    if states().any(|state| matches!(state, EdgeState::Works)) {
        Standing::Works
    } else if findings.iter().any(|f| f.code.is_tls()) {
        Standing::NoTls
    } else if findings.iter().any(|f| f.code.is_dns() || f.code.is_connect()) {
        Standing::Down
    } else if states().any(|state| matches!(state, EdgeState::Blocked)) {
        Standing::Hidden
    } else {
        Standing::Unseen
    }
}

/// The certificates and addresses that this origin's findings are about.
pub(crate) fn shared(
    sighting: &OriginSighting,
    certificates: &[Option<ChainJudgement>],
    findings: &[Finding],
) -> Vec<Shared> {
    let mut out = Vec::new();
    let works = sighting.edges.iter().any(|edge| matches!(edge_state(edge), EdgeState::Works));
    for (edge, judged) in sighting.edges.iter().zip(certificates) {
        let ip = edge.address.ip();
        if !ip.is_unspecified() {
            match edge_state(edge) {
                EdgeState::NoConnection(_) if works => out.push(Shared::EdgeDown(ip)),
                EdgeState::NoTls(_) if works => out.push(Shared::EdgeNoTls(ip)),
                EdgeState::NoConnection(_) => out.push(Shared::Connect(ip)),
                EdgeState::NoTls(_) => out.push(Shared::Tls(ip)),
                EdgeState::Works | EdgeState::Blocked | EdgeState::Untried => {}
            }
        }
        let Some(judged) = judged else { continue };
        let Some(served) = served(edge) else { continue };
        for problem in &judged.problems {
            let mut prints: Vec<Fingerprint> =
                culprits(problem.code, judged, served).map(|certificate| certificate.sha256).collect();
            if prints.is_empty() {
                prints.extend(print_of(served));
            }
            out.extend(prints.into_iter().map(|print| Shared::Certificate(problem.code, print)));
        }
    }
    out.retain(|shared| findings.iter().any(|f| shared.is_about(f.code)));
    out
}

/// The chain that an edge showed, in a session or in cleartext to an obsolete handshake.
pub(crate) fn served(edge: &Edge) -> Option<&Served> {
    match (edge.tls.fact(), edge.tls.failure()) {
        (Some(session), _) => Some(&session.served),
        (None, Some(TlsFailure::Obsolete(old))) => Some(&old.served),
        _ => None,
    }
}

/// The certificates of a chain that a problem is about: the ones that end first for what is about
/// to end, the ones behind the leaf that have ended, else the leaf.
pub(crate) fn culprits<'c>(
    code: Code,
    judged: &'c ChainJudgement,
    served: &'c Served,
) -> impl Iterator<Item = &'c Arc<Certificate>> {
    let earliest = judged.expires_at.filter(|_| code == Code::CertExpiring);
    let behind = code == Code::CertIntermediateExpired;
    let mut found: Vec<&Arc<Certificate>> = judged
        .path
        .iter()
        .chain(served.readable())
        .filter(|certificate| earliest == Some(certificate.not_after))
        .collect();
    if behind {
        found.extend(served.readable().skip(1).min_by_key(|certificate| certificate.not_after));
    }
    if found.is_empty() {
        found.extend(served.leaf());
    }
    found.into_iter()
}

/// What a hop without a connection saw of its origin.
pub(crate) fn sighting_of(hop: &Hop, origin: Origin) -> OriginSighting {
    let mut addresses: Vec<SocketAddr> = hop.connect.fact().copied().into_iter().collect();
    if addresses.is_empty() {
        let resolved = hop.dns.fact().map(|names| names.addresses.clone()).unwrap_or_default();
        addresses.extend(resolved.into_iter().map(|ip| SocketAddr::new(ip, origin.port)));
    }
    if let (true, Host::Ip(ip)) = (addresses.is_empty(), &origin.host) {
        addresses.push(SocketAddr::new(*ip, origin.port));
    }
    // The address of a failed connect need not be recorded: the unspecified one stands for it.
    if addresses.is_empty() && hop.dns.failure().is_none() {
        addresses.push(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), origin.port));
    }
    let connect = match &hop.connect {
        Phase::NotReached if hop.tls.took().is_some() => Phase::Done { took: Duration::ZERO, fact: () },
        Phase::NotReached => Phase::NotReached,
        Phase::Done { took, .. } => Phase::Done { took: *took, fact: () },
        Phase::Failed { took, why } => Phase::Failed { took: *took, why: why.clone() },
    };
    let edges =
        addresses.into_iter().map(|address| Edge { address, connect: connect.clone(), tls: hop.tls.clone() }).collect();
    OriginSighting { origin, dns: hop.dns.clone(), edges, papers: Vec::new(), marks: Vec::new() }
}
