//! `connect-refused`, `connect-timeout`, `connect-failed`: TCP could be opened to no address.

use super::scope::{EdgeState, is_no_route};
use super::{Check, OriginFacts, Run};
use crate::chain::ConnectFailure;
use crate::judge::{Code, Finding, say};

pub(super) const CHECK: Check = Check {
    name: "connect",
    codes: &[Code::ConnectRefused, Code::ConnectTimeout, Code::ConnectFailed],
    runs: &[Run::Origin(run)],
};

fn run(facts: &OriginFacts<'_>, out: &mut Vec<Finding>) {
    // A server that let TCP through and failed later is judged by what it did then.
    if facts.edges().any(|(_, state)| matches!(state, EdgeState::Works | EdgeState::NoTls(_))) {
        return;
    }
    let failed: Vec<_> = facts
        .edges()
        .filter_map(|(edge, state)| match state {
            EdgeState::NoConnection(why) => Some((edge, why)),
            _ => None,
        })
        .collect();
    if failed.is_empty() {
        return;
    }
    // No route to IPv6 is this machine's lack as a rule: where IPv4 was tried, IPv4 speaks.
    let speaking: Vec<_> = failed.iter().filter(|(edge, _)| !is_no_route(edge)).collect();
    let all = |kind: fn(&ConnectFailure) -> bool| !speaking.is_empty() && speaking.iter().all(|(_, why)| kind(why));
    let host = facts.host();
    let (code, summary) = if all(|why| matches!(why, ConnectFailure::Refused)) {
        (Code::ConnectRefused, format!("{host} refuses every connection, so nothing can be downloaded from it."))
    } else if all(|why| matches!(why, ConnectFailure::Timeout)) {
        (Code::ConnectTimeout, format!("{host} does not answer, so nothing can be downloaded from it."))
    } else {
        (Code::ConnectFailed, format!("{host} cannot be reached, so nothing can be downloaded from it."))
    };
    let evidence: Vec<_> =
        failed.iter().map(|(edge, why)| format!("{}: {}", say::address(edge.address), say::connect(why))).collect();
    out.push(facts.finding(code, summary, format!("{}.", evidence.join("; "))));
}
