//! `dns-sinkholed`, `address-blocked`: addresses to which nothing was sent. Neither blames the host
//! for being down; what its listeners get is unknown.

use std::net::IpAddr;

use super::scope::EdgeState;
use super::{Check, OriginFacts, Run};
use crate::chain::ResolvedBy;
use crate::judge::{Code, Finding};
use crate::link::Host;

pub(super) const CHECK: Check =
    Check { name: "guard", codes: &[Code::DnsSinkholed, Code::AddressBlocked], runs: &[Run::Origin(run)] };

fn run(facts: &OriginFacts<'_>, out: &mut Vec<Finding>) {
    let blocked: Vec<_> =
        facts.edges().filter(|(_, state)| matches!(state, EdgeState::Blocked)).map(|(edge, _)| edge.address).collect();
    let Some(first) = blocked.first() else { return };
    let host = facts.host();
    let list = blocked.iter().map(|address| address.ip().to_string()).collect::<Vec<_>>().join(", ");
    let all = blocked.len() == facts.sighting.edges.len();
    if all && is_sinkholed(facts, blocked.iter().map(std::net::SocketAddr::ip)) {
        let summary = format!(
            "An ad blocker on podprobe's own network hides {host}: whether listeners reach it is unknown, and the host \
             is not to blame."
        );
        let detail = format!("The local resolver answers {list} for the public name {}.", facts.sighting.origin.host);
        out.push(facts.finding(Code::DnsSinkholed, summary, detail));
        return;
    }
    let detail = format!("{} leads to {list}: not public, nothing was sent there.", facts.sighting.origin.host);
    if all || blocked.len() > 1 {
        let summary = format!("{host} points into a private network; podprobe sent nothing there.");
        out.push(facts.finding(Code::AddressBlocked, summary, detail));
    } else {
        let summary = format!("One address of {host} lies in a private network; podprobe sent nothing there.");
        out.push(facts.edge_finding(Code::AddressBlocked, *first, summary, detail));
    }
}

/// 0.0.0.0, :: or loopback from DNS for a public name. A flag or a literal address is the user's
/// own word, and names that are local by RFC 6761 and 6762 belong to nobody outside.
fn is_sinkholed(facts: &OriginFacts<'_>, mut addresses: impl Iterator<Item = IpAddr>) -> bool {
    let Host::Name(name) = &facts.sighting.origin.host else { return false };
    let by_dns = facts.sighting.dns.fact().is_some_and(|names| names.source == ResolvedBy::Dns);
    let top = name.rsplit('.').next().unwrap_or(name);
    let local = !name.contains('.') || ["localhost", "local", "internal", "home"].contains(&top);
    by_dns && !local && addresses.all(|ip| ip.to_canonical().is_unspecified() || ip.to_canonical().is_loopback())
}
