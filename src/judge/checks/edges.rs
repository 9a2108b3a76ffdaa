//! `edge-down`, `edge-mismatch`: addresses of one origin that differ.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::scope::{EdgeState, host_of, is_no_route, origin_subject};
use super::{Check, OriginFacts, RoundFacts, Run};
use crate::judge::{Code, Finding, Subject, SubjectKind, say};
use crate::link::Origin;
use crate::parties::Party;

pub(super) const CHECK: Check = Check {
    name: "edges",
    codes: &[Code::EdgeDown, Code::EdgeMismatch],
    runs: &[Run::Origin(down), Run::Origin(mismatch), Run::Round(no_route)],
};

fn down(facts: &OriginFacts<'_>, out: &mut Vec<Finding>) {
    if !facts.works() {
        return;
    }
    let failing: Vec<(SocketAddr, String)> = facts
        .edges()
        .filter_map(|(edge, state)| match state {
            // Whether a missing route to IPv6 is the host's fault is known at the round's end.
            EdgeState::NoConnection(_) if is_no_route(edge) => None,
            EdgeState::NoConnection(why) => Some((edge.address, say::connect(why))),
            EdgeState::NoTls(why) => Some((edge.address, say::tls(why))),
            EdgeState::Works | EdgeState::Blocked | EdgeState::Untried => None,
        })
        .collect();
    out.extend(finding(&facts.sighting.origin, facts.party, &failing, facts.sighting.edges.len()));
}

/// Addresses without a route, where other IPv6 connections of the round show that this machine has
/// a way to the IPv6 internet.
fn no_route(facts: &RoundFacts<'_>, out: &mut Vec<Finding>) {
    if !facts.ipv6 || facts.offline {
        return;
    }
    for (origin, state) in facts.ledger {
        let Some(party) = &state.party else { continue };
        if state.findings.iter().any(|f| f.code == Code::EdgeDown) {
            continue;
        }
        let failing: Vec<_> =
            state.no_route.iter().map(|address| (*address, "no route to the address".to_owned())).collect();
        out.extend(finding(origin, party, &failing, failing.len().saturating_add(1)));
    }
}

fn finding(origin: &Origin, party: &Party, failing: &[(SocketAddr, String)], of: usize) -> Option<Finding> {
    let (first, _) = failing.first()?;
    let host = host_of(origin, party);
    let (subject, summary) = if failing.len() == 1 {
        let name = format!("{host} at {}", first.ip());
        let subject = Subject { kind: SubjectKind::Edge, id: first.to_string(), name };
        (subject, format!("One of the servers of {host} does not answer; apps have to find another one."))
    } else {
        let summary =
            format!("{} of the servers of {host} do not answer; apps have to find another one.", failing.len());
        (origin_subject(origin, party), summary)
    };
    let evidence: Vec<_> = failing.iter().map(|(address, why)| format!("{address}: {why}")).collect();
    let detail = format!("{} of at least {of} addresses of {origin} fail. {}.", failing.len(), evidence.join("; "));
    Some(Finding::new(Code::EdgeDown, subject, summary, detail).at(origin.clone()))
}

fn mismatch(facts: &OriginFacts<'_>, out: &mut Vec<Finding>) {
    let at = facts.bench.at.as_second();
    let mut leaves = BTreeSet::new();
    let mut ends = Vec::new();
    let mut evidence = Vec::new();
    let mut problem = false;
    for (edge, judged) in facts.sighting.edges.iter().zip(facts.certificates) {
        let Some(leaf) = edge.tls.fact().and_then(|session| session.served.leaf()) else { continue };
        let problems = judged.as_ref().map_or(&[][..], |judged| &judged.problems);
        leaves.insert(leaf.sha256);
        ends.push(leaf.not_after.saturating_sub(at));
        problem |= !problems.is_empty();
        let names: BTreeSet<_> = problems.iter().map(|problem| problem.code.as_str()).collect();
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        let names = if names.is_empty() { String::new() } else { format!(" ({names})") };
        evidence.push(format!("{}: serial {} until {}{names}", edge.address, leaf.serial, say::when(leaf.not_after)));
    }
    let (Some(shortest), Some(longest)) = (ends.iter().min(), ends.iter().max()) else { return };
    let uneven = shortest.saturating_mul(3) < longest.saturating_mul(2);
    if leaves.len() < 2 || !(problem || uneven) {
        return;
    }
    let summary = format!(
        "The servers of {} show {} different certificates, and one of them is worse: a renewal has probably not \
         reached every server.",
        facts.host(),
        leaves.len()
    );
    out.push(facts.finding(Code::EdgeMismatch, summary, format!("{}.", evidence.join("; "))));
}
