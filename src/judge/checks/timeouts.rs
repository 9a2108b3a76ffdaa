//! `http-timeout`: no complete answer in time, in any phase after connect.

use super::{ChainFacts, Check, Run};
use crate::chain::{RequestFailure, TlsFailure};
use crate::judge::walk::{Ending, underlying};
use crate::judge::{Code, Finding, say};

pub(super) const CHECK: Check = Check { name: "timeouts", codes: &[Code::HttpTimeout], runs: &[Run::Chain(run)] };

/// Whether a request ran out of time.
pub(crate) fn is_timeout(why: &RequestFailure) -> bool {
    matches!(why, RequestFailure::HeadTimeout | RequestFailure::BodyTimeout | RequestFailure::Deadline)
}

fn run(facts: &ChainFacts<'_>, out: &mut Vec<Finding>) {
    let (hop, why) = match (facts.walk.ending, facts.walk.request_failure()) {
        (_, Some((hop, why))) if is_timeout(underlying(why)) => (hop, say::request(why)),
        (Ending::NoConnection(hop), _) if matches!(hop.tls.failure(), Some(TlsFailure::Timeout)) => {
            (hop, say::tls(&TlsFailure::Timeout))
        }
        _ => return,
    };
    let host = facts.host(&hop.url);
    let summary =
        format!("{} cannot be downloaded: {host} takes the request and does not answer in time.", facts.owner.label());
    let took = hop.request.took().or(hop.tls.took());
    let after = took.map(|took| format!(" (after {})", say::lasted(took))).unwrap_or_default();
    let chain = facts.walk.chain;
    let detail = format!("{}: {why}{after}.{}", say::hop(chain, hop), say::confirmed(chain));
    out.push(facts.finding(Code::HttpTimeout, summary, detail).at(hop.url.origin()));
}
