//! `http-cleartext`: the enclosure starts on http.

use super::{Check, EnclosureFacts, Run};
use crate::judge::{Code, Finding, say};

pub(super) const CHECK: Check =
    Check { name: "cleartext", codes: &[Code::HttpCleartext], runs: &[Run::Enclosure(run)] };

fn run(facts: &EnclosureFacts<'_>, out: &mut Vec<Finding>) {
    let Ok(link) = &facts.case.enclosure.link else { return };
    if link.is_https() || facts.chain.is_none() {
        return;
    }
    let summary = format!("{}: the link in the feed is not encrypted.", super::scope::label_of(facts.case));
    out.push(
        facts.finding(Code::HttpCleartext, summary, format!("The feed says {}.", say::url(link))).at(link.origin()),
    );
}
