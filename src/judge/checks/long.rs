//! `chain-long`: info above 10 redirects, warning above 16, where Safari and CFNetwork give up.

use super::{ChainFacts, Check, Run};
use crate::judge::walk::Ending;
use crate::judge::{Code, Finding, Severity};

pub(super) const CHECK: Check = Check { name: "long", codes: &[Code::ChainLong], runs: &[Run::Chain(run)] };

fn run(facts: &ChainFacts<'_>, out: &mut Vec<Finding>) {
    // A circle and a chain given up have their own findings.
    if matches!(facts.walk.ending, Ending::Circle(..) | Ending::TooMany(..)) {
        return;
    }
    let hops = &facts.walk.chain.hops;
    let redirects = u32::try_from(hops.len().saturating_sub(1)).unwrap_or(u32::MAX);
    let policy = facts.bench.policy;
    if redirects <= policy.long_info {
        return;
    }
    let (severity, who) = if redirects > policy.long_warning {
        (Severity::Warning, "Apple's apps give up before")
    } else {
        (Severity::Info, "each one costs time and can fail")
    };
    let summary = format!("{} is reached over {redirects} redirects: {who}.", facts.owner.label());
    let hosts: Vec<_> = hops.iter().map(|hop| hop.url.origin().host.to_string()).collect();
    out.push(facts.finding(Code::ChainLong, summary, format!("{}.", hosts.join(" -> "))).severity(severity));
}
