//! `origin-failing`: at least three different URLs of one origin, and all that were asked in the
//! round, fail alike after connect.

use super::scope::{host_of, origin_subject};
use super::{Check, RoundFacts, Run};
use crate::judge::tally::FailClass;
use crate::judge::{Code, Finding};

pub(super) const CHECK: Check =
    Check { name: "origin_failing", codes: &[Code::OriginFailing], runs: &[Run::Round(run)] };

/// So many different URLs make a pattern.
const PATTERN: usize = 3;

fn run(facts: &RoundFacts<'_>, out: &mut Vec<Finding>) {
    for (origin, state) in facts.ledger {
        let (Some((class, urls)), Some(party)) = (state.fared.all_alike(), &state.party) else { continue };
        // What keeps everybody from connecting says it all.
        if urls < PATTERN || facts.offline || state.unreachable().is_some() {
            continue;
        }
        let how = match class {
            FailClass::ServerError => "answers with a server error (5xx)",
            FailClass::Timeout => "does not answer in time",
            FailClass::Protocol => "breaks off or answers nonsense",
        };
        let host = host_of(origin, party);
        let summary = format!("{host} {how} whatever is asked of it, so nothing can be downloaded through it.");
        let detail = format!("All {urls} different URLs of {origin} that were asked failed alike: it {how}.");
        out.push(Finding::new(Code::OriginFailing, origin_subject(origin, party), summary, detail).at(origin.clone()));
    }
}
