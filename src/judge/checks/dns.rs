//! `dns-not-found`, `dns-failed`: the name gives no address.

use super::{Check, OriginFacts, Run};
use crate::chain::DnsFailure;
use crate::judge::{Code, Finding, say};

pub(super) const CHECK: Check =
    Check { name: "dns", codes: &[Code::DnsNotFound, Code::DnsFailed], runs: &[Run::Origin(run)] };

fn run(facts: &OriginFacts<'_>, out: &mut Vec<Finding>) {
    let dns = &facts.sighting.dns;
    let (code, why) = match (dns.failure(), dns.fact()) {
        (Some(why @ (DnsFailure::NoSuchName | DnsFailure::NoAddress)), _) => (Code::DnsNotFound, say::dns(why)),
        (Some(why), _) => (Code::DnsFailed, say::dns(why)),
        // An answer without any address is no address, whatever it is called.
        (None, Some(names)) if names.addresses.is_empty() => (Code::DnsNotFound, say::dns(&DnsFailure::NoAddress)),
        (None, _) => return,
    };
    let host = facts.host();
    let summary = if code == Code::DnsNotFound {
        format!("The name of {host} leads nowhere, so nothing can be downloaded from it.")
    } else {
        format!("The name of {host} cannot be looked up, so nothing can be downloaded from it.")
    };
    let after = dns.took().map(|took| format!(", after {}", say::lasted(took))).unwrap_or_default();
    out.push(facts.finding(code, summary, format!("{}: {why}{after}.", facts.sighting.origin.host)));
}
