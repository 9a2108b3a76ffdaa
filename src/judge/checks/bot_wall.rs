//! `blocked-to-bots`: a refusal that shows the marks of a bot wall. Listeners may be fine, so the
//! chain's verdict is unknown.

use super::{ChainFacts, Check, Run};
use crate::chain::Answer;
use crate::judge::walk::Ending;
use crate::judge::{Code, Finding, say};

pub(super) const CHECK: Check = Check { name: "bot_wall", codes: &[Code::BlockedToBots], runs: &[Run::Chain(run)] };

/// Whether an answer is a bot wall's: 401, 403, 406, 429 or 503 with a header that only a challenge
/// bears, or a page of HTML by which a CDN itself refuses (403, 406). A CDN's 429 and 503 pages also
/// stand for limits and dead servers, so these need the header.
pub(crate) fn is_wall(answer: &Answer) -> bool {
    mark(answer).is_some()
}

fn mark(answer: &Answer) -> Option<String> {
    if !matches!(answer.status, 401 | 403 | 406 | 429 | 503) {
        return None;
    }
    for name in ["cf-mitigated", "x-datadome", "x-amzn-waf-action"] {
        if let Some(value) = answer.header(name) {
            return Some(format!("{name}: {value}"));
        }
    }
    let html = answer.header("content-type").is_some_and(|kind| {
        let kind = kind.trim_start().to_ascii_lowercase();
        kind.starts_with("text/html") || kind.starts_with("application/xhtml+xml")
    });
    if !html || !matches!(answer.status, 403 | 406) {
        return None;
    }
    let server = answer.header("server").unwrap_or_default().to_ascii_lowercase();
    let known = ["cloudflare", "cloudfront", "akamaighost", "akamainetstorage", "imperva", "sucuri", "ddos-guard"];
    known
        .iter()
        .find(|name| server.contains(*name))
        .map(|name| format!("an HTML page of {name}"))
        .or_else(|| answer.header("x-akamai-request-id").map(|_| "an HTML page of Akamai".to_owned()))
}

fn run(facts: &ChainFacts<'_>, out: &mut Vec<Finding>) {
    let Ending::Refused(hop, answer) = facts.walk.ending else { return };
    let Some(mark) = mark(answer) else { return };
    let host = facts.host(&hop.url);
    let summary =
        format!("{}: {host} turns robots away, so whether listeners can download is unknown.", facts.owner.label());
    let detail = format!("{} answered {} with {mark}.", say::hop(facts.walk.chain, hop), say::status(answer.status));
    out.push(facts.finding(Code::BlockedToBots, summary, detail).at(hop.url.origin()));
}
