//! `http-rate-limited`: still told to wait, after waiting once within the round's limits.

use super::{ChainFacts, Check, Run, bot_wall};
use crate::chain::Answer;
use crate::judge::walk::Ending;
use crate::judge::{Code, Finding, say};

pub(super) const CHECK: Check = Check { name: "rate_limit", codes: &[Code::HttpRateLimited], runs: &[Run::Chain(run)] };

/// 429, or 503 with Retry-After (RFC 6585 4, RFC 9110 10.2.3).
pub(crate) fn is_limit(answer: &Answer) -> bool {
    answer.status == 429 || (answer.status == 503 && answer.header("retry-after").is_some())
}

fn run(facts: &ChainFacts<'_>, out: &mut Vec<Finding>) {
    let Ending::Refused(hop, answer) = facts.walk.ending else { return };
    if !is_limit(answer) || bot_wall::is_wall(facts.walk.chain, answer) {
        return;
    }
    let host = facts.host(&hop.url);
    let summary =
        format!("{}: {host} asks to slow down, so whether listeners can download is unknown.", facts.owner.label());
    let asked = answer.header("retry-after").map(|value| format!(" with Retry-After: {value}")).unwrap_or_default();
    let waited = match hop.waited_ms {
        Some(ms) => format!(", after waiting {}", say::lasted(std::time::Duration::from_millis(ms))),
        None => String::new(),
    };
    let detail = format!(
        "{} answered {}{asked}{waited}.{}",
        say::hop(facts.walk.chain, hop),
        say::status(answer.status),
        say::second_opinion(facts.walk.chain)
    );
    out.push(facts.finding(Code::HttpRateLimited, summary, detail).at(hop.url.origin()));
}
