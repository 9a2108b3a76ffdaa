//! `origin-failing`: at least three different URLs of one origin (of one that feeds alone are read
//! from, two), and all that were asked in the round, fail alike after connect.

use super::scope::{host_of, origin_subject};
use super::{Check, RoundFacts, Run};
use crate::judge::tally::FailClass;
use crate::judge::{Code, Finding};

pub(super) const CHECK: Check =
    Check { name: "origin_failing", codes: &[Code::OriginFailing], runs: &[Run::Round(run)] };

/// So many different URLs make a pattern. Files of one show may be broken together, while feeds are
/// shows of their own: there two do.
const PATTERN: usize = 3;
const PATTERN_OF_FEEDS: usize = 2;

fn run(facts: &RoundFacts<'_>, out: &mut Vec<Finding>) {
    for (origin, state) in facts.ledger {
        let (Some((class, urls)), Some(party)) = (state.fared.all_alike(), &state.party) else { continue };
        let through = state.through.affects();
        // A round that looks at a part may not have asked for the files of a host that has both.
        let known = facts.feed_hosts.is_none_or(|hosts| hosts.contains(origin));
        let feeds_alone = through.episodes == 0 && through.feeds >= 2 && known;
        let pattern = if feeds_alone { PATTERN_OF_FEEDS } else { PATTERN };
        // What keeps everybody from connecting says it all.
        if urls < pattern || facts.offline || state.unreachable().is_some() {
            continue;
        }
        let how = match class {
            FailClass::ServerError => "answers with a server error (5xx)",
            FailClass::Timeout => "does not answer in time",
            FailClass::Protocol => "breaks off or answers nonsense",
        };
        let host = host_of(origin, party);
        let so = if feeds_alone {
            "so apps see no new episode of its feeds"
        } else {
            "so nothing can be downloaded through it"
        };
        let summary = format!("{host} {how} whatever is asked of it, {so}.");
        let detail = format!("All {urls} different URLs of {origin} that were asked failed alike: it {how}.");
        out.push(Finding::new(Code::OriginFailing, origin_subject(origin, party), summary, detail).at(origin.clone()));
    }
}
