//! `tls-handshake-failed`, `tls-obsolete`: no address agrees to a session. Certificates never fail a
//! handshake here; they are judged apart.

use super::scope::EdgeState;
use super::{Check, OriginFacts, Run};
use crate::chain::TlsFailure;
use crate::judge::{Code, Finding, say};

pub(super) const CHECK: Check =
    Check { name: "tls", codes: &[Code::TlsHandshakeFailed, Code::TlsObsolete], runs: &[Run::Origin(run)] };

fn run(facts: &OriginFacts<'_>, out: &mut Vec<Finding>) {
    if facts.works() {
        return;
    }
    let mut evidence = Vec::new();
    let mut obsolete = None;
    let mut failed = false;
    for (edge, state) in facts.edges() {
        match state {
            EdgeState::NoTls(why) => {
                failed = true;
                if let TlsFailure::Obsolete(old) = why {
                    obsolete.get_or_insert(old);
                }
                evidence.push(format!("{}: {}", say::address(edge.address), say::tls(why)));
            }
            EdgeState::NoConnection(why) => {
                evidence.push(format!("{}: {}", say::address(edge.address), say::connect(why)));
            }
            EdgeState::Works | EdgeState::Blocked | EdgeState::Untried => {}
        }
    }
    if !failed {
        return;
    }
    let host = facts.host();
    let (code, summary) = match obsolete {
        Some(old) => (
            Code::TlsObsolete,
            format!("{host} speaks only outdated encryption ({}) that current apps refuse.", old.version),
        ),
        None => (Code::TlsHandshakeFailed, format!("No app can set up a secure connection with {host}.")),
    };
    out.push(facts.finding(code, summary, format!("{}.", evidence.join("; "))));
}
