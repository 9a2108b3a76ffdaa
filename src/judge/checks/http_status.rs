//! `http-error`, `http-gone`, `http-forbidden`: an answer that gives neither media nor a redirect.

use super::{ChainFacts, Check, Run, is_undecided};
use crate::judge::walk::Ending;
use crate::judge::{Code, Finding, say};

pub(super) const CHECK: Check = Check {
    name: "http_status",
    codes: &[Code::HttpError, Code::HttpGone, Code::HttpForbidden],
    runs: &[Run::Chain(run)],
};

fn run(facts: &ChainFacts<'_>, out: &mut Vec<Finding>) {
    let Ending::Refused(hop, answer) = facts.walk.ending else { return };
    // A ranged request was refused as such: `media_range` speaks.
    if is_undecided(facts) || (answer.status == 416 && facts.is_enclosure()) {
        return;
    }
    let host = facts.host(&hop.url);
    let label = facts.owner.label();
    let status = say::status(answer.status);
    let (code, summary) = match answer.status {
        // A prefix is not the chain's end: it has no file that could be gone.
        404 | 410 if !facts.is_prefix(hop) => {
            (Code::HttpGone, format!("{label} cannot be downloaded: {host} says that it is not there ({status})."))
        }
        401 | 403 | 451 => {
            (Code::HttpForbidden, format!("{label} cannot be downloaded: {host} refuses to hand it out ({status})."))
        }
        _ => (Code::HttpError, format!("{label} cannot be downloaded: {host} answers {status}.")),
    };
    let detail = format!(
        "{} answered {status} after {}.{}{}",
        say::hop(facts.walk.chain, hop),
        say::lasted(answer.first_byte),
        say::confirmed(facts.walk.chain),
        say::second_opinion(facts.walk.chain)
    );
    out.push(facts.finding(code, summary, detail).at(hop.url.origin()));
}
