//! `http-protocol-error`: the peer broke HTTP, or broke off.

use super::{ChainFacts, Check, Run, media_truncated};
use crate::chain::RequestFailure;
use crate::judge::walk::{Ending, underlying};
use crate::judge::{Code, Finding, say};

pub(super) const CHECK: Check = Check { name: "protocol", codes: &[Code::HttpProtocolError], runs: &[Run::Chain(run)] };

fn run(facts: &ChainFacts<'_>, out: &mut Vec<Finding>) {
    let Some((hop, why)) = facts.walk.request_failure() else { return };
    let broken = match underlying(why) {
        RequestFailure::Closed
        | RequestFailure::TooLarge
        | RequestFailure::Protocol(_)
        | RequestFailure::Http2(_)
        | RequestFailure::BodyCut { .. }
        | RequestFailure::NotAsked { .. } => true,
        RequestFailure::HeadTimeout
        | RequestFailure::BodyTimeout
        | RequestFailure::Deadline
        | RequestFailure::Withheld(_)
        | RequestFailure::Interrupted => false,
    };
    // A body of known length that is cut while it is streamed whole is `media-truncated`.
    let media = facts.walk.chain.media.as_ref();
    let streamed = matches!(facts.walk.ending, Ending::Reached(_));
    if !broken || (streamed && media.is_some_and(|media| media_truncated::cut(media).is_some())) {
        return;
    }
    let host = facts.host(&hop.url);
    let summary = format!("{} cannot be downloaded: {host} breaks off or answers nonsense.", facts.owner.label());
    let chain = facts.walk.chain;
    let earlier =
        hop.http2_broken.as_ref().map(|text| format!(" HTTP/2 had failed before: {text}.")).unwrap_or_default();
    let detail = format!("{}: {}.{earlier}{}", say::hop(chain, hop), say::request(why), say::confirmed(chain));
    out.push(facts.finding(Code::HttpProtocolError, summary, detail).at(hop.url.origin()));
}
