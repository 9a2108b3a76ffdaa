//! `prober-offline`: everything failed in DNS or connect, and so did the canary hosts, or this machine
//! has neither a resolver nor a route.

use super::{Check, RoundFacts, Run};
use crate::judge::{Code, Finding, Subject, SubjectKind};

pub(super) const CHECK: Check = Check { name: "offline", codes: &[Code::ProberOffline], runs: &[Run::Round(run)] };

fn run(facts: &RoundFacts<'_>, out: &mut Vec<Finding>) {
    if !facts.offline {
        return;
    }
    let subject =
        Subject { kind: SubjectKind::Origin, id: "local".to_owned(), name: "podprobe's own network".to_owned() };
    let canaries: Vec<_> = facts.canaries.iter().map(|canary| canary.name.as_str()).collect();
    let hosts: Vec<_> = facts.ledger.keys().take(5).map(|origin| origin.host.to_string()).collect();
    let nor = if facts.cut_off {
        ": this machine has no route, or no resolver that could be asked, so nothing was sent".to_owned()
    } else {
        format!(", nor to {}", canaries.join(" and "))
    };
    let detail = format!(
        "No connection to {} ({}{}){nor}.",
        match facts.ledger.len() {
            1 => "the one origin".to_owned(),
            all => format!("any of {all} origins"),
        },
        hosts.join(", "),
        if facts.ledger.len() > hosts.len() { ", ..." } else { "" },
    );
    let summary = "podprobe's own network is down, so nothing can be said about any show.".to_owned();
    out.push(Finding::new(Code::ProberOffline, subject, summary, detail));
}
