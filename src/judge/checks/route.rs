//! `route-mismatch`: the planned route, as written in prefix URLs, against the one observed.

use super::{ChainFacts, Check, Run};
use crate::judge::{Code, Finding, say};

pub(super) const CHECK: Check = Check { name: "route", codes: &[Code::RouteMismatch], runs: &[Run::Chain(run)] };

fn run(facts: &ChainFacts<'_>, out: &mut Vec<Finding>) {
    if !facts.is_enclosure() {
        return;
    }
    let chain = facts.walk.chain;
    for (hop, next) in chain.hops.iter().zip(chain.hops.iter().skip(1)) {
        let Some(expected) = facts.bench.catalogue.astray(&hop.url, &next.url) else { continue };
        let host = facts.host(&hop.url);
        let summary = format!("{}: the prefix {host} leads elsewhere than its link says.", facts.owner.label());
        let detail = format!(
            "{} should lead to {}, and leads to {}.",
            say::hop(chain, hop),
            say::url(&expected),
            say::url(&next.url)
        );
        out.push(facts.finding(Code::RouteMismatch, summary, detail).at(hop.url.origin()));
        return;
    }
}
