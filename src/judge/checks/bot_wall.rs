//! `blocked-to-bots`: a refusal that shows the marks of a bot wall, or that another User-Agent does
//! not get. Listeners may be fine, so the chain's verdict is unknown.

use super::{ChainFacts, Check, Run};
use crate::chain::{Answer, Chain, is_refusal};
use crate::judge::walk::Ending;
use crate::judge::{Code, Finding, say};

pub(super) const CHECK: Check = Check { name: "bot_wall", codes: &[Code::BlockedToBots], runs: &[Run::Chain(run)] };

/// Whether an answer is a bot wall's: 401, 403, 406, 429 or 503 with a header that only a challenge
/// bears, or a page of HTML by which a CDN itself refuses (403, 406). A CDN's 429 and 503 pages also
/// stand for limits and dead servers, so these need the header. Whoever else asked and was
/// served proves it too, whatever the answer looks like.
pub(crate) fn is_wall(chain: &Chain, answer: &Answer) -> bool {
    mark(answer).is_some() || (is_refusal(answer.status) && is_for_robots_alone(chain))
}

/// Another User-Agent was served.
fn is_for_robots_alone(chain: &Chain) -> bool {
    chain.second_opinion.as_ref().is_some_and(|second| second.is_served())
}

fn mark(answer: &Answer) -> Option<String> {
    if !is_refusal(answer.status) {
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
    let chain = facts.walk.chain;
    if !is_wall(chain, answer) {
        return;
    }
    let host = facts.host(&hop.url);
    let label = facts.owner.label();
    let summary = if is_for_robots_alone(chain) {
        format!("{label}: {host} turns robots away and nobody else, so listeners are most likely fine.")
    } else {
        format!("{label}: {host} turns robots away, so whether listeners can download is unknown.")
    };
    let with = mark(answer).map(|mark| format!(" with {mark}")).unwrap_or_default();
    let detail = format!(
        "{} answered {}{with}.{}",
        say::hop(chain, hop),
        say::status(answer.status),
        say::second_opinion(chain)
    );
    out.push(facts.finding(Code::BlockedToBots, summary, detail).at(hop.url.origin()));
}
