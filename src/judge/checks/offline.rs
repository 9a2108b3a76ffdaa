//! `prober-offline`: everything failed in DNS or connect, and so did the canary hosts.

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
    let detail = format!(
        "No connection to any of {} origins ({}{}), nor to {}.",
        facts.ledger.len(),
        hosts.join(", "),
        if facts.ledger.len() > hosts.len() { ", ..." } else { "" },
        canaries.join(" and ")
    );
    let summary = "podprobe's own network is down, so nothing can be said about any show.".to_owned();
    out.push(Finding::new(Code::ProberOffline, subject, summary, detail));
}
