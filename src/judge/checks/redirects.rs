//! `redirect-loop`, `redirect-limit`, `redirect-broken`, `redirect-downgrade`.

use super::{ChainFacts, Check, Run};
use crate::chain::RedirectFault;
use crate::judge::walk::Ending;
use crate::judge::{Code, Finding, say};

pub(super) const CHECK: Check = Check {
    name: "redirects",
    codes: &[Code::RedirectLoop, Code::RedirectLimit, Code::RedirectBroken, Code::RedirectDowngrade],
    runs: &[Run::Chain(ends), Run::Chain(downgrade)],
};

fn ends(facts: &ChainFacts<'_>, out: &mut Vec<Finding>) {
    let label = facts.owner.label();
    let chain = facts.walk.chain;
    let (hop, code, summary, detail) = match facts.walk.ending {
        Ending::Circle(hop, back_to) => {
            let host = facts.host(&hop.url);
            let target = chain.hops.get(back_to).map(|hop| say::url(&hop.url)).unwrap_or_default();
            let summary = format!("{label} cannot be downloaded: {host} sends apps in a circle.");
            let detail = format!("{} leads back to hop {}, {target}.", say::hop(chain, hop), back_to.saturating_add(1));
            (hop, Code::RedirectLoop, summary, detail)
        }
        Ending::TooMany(hop, limit) => {
            let summary =
                format!("{label} cannot be downloaded: after {limit} redirects {} is not reached.", facts.owner.goal());
            let detail = format!("More than {limit} redirects; the last was {}.", say::hop(chain, hop));
            (hop, Code::RedirectLimit, summary, detail)
        }
        Ending::Lost(hop, fault) => {
            let host = facts.host(&hop.url);
            let summary = format!("{label} cannot be downloaded: a redirect of {host} leads nowhere.");
            let why = match fault {
                RedirectFault::NoLocation => "a redirect without a Location".to_owned(),
                RedirectFault::Bad { location, why } => format!("a redirect to \u{201c}{location}\u{201d}: {why}"),
            };
            let status = hop.request.fact().map(|answer| format!(" {}", answer.status)).unwrap_or_default();
            let detail = format!("{} answered{status} with {why}.", say::hop(chain, hop));
            (hop, Code::RedirectBroken, summary, detail)
        }
        Ending::Reached(_)
        | Ending::NoConnection(_)
        | Ending::NoAnswer(..)
        | Ending::Refused(..)
        | Ending::Interrupted => return,
    };
    out.push(facts.finding(code, summary, detail + say::confirmed(chain)).at(hop.url.origin()));
}

fn downgrade(facts: &ChainFacts<'_>, out: &mut Vec<Finding>) {
    let chain = facts.walk.chain;
    let step = chain.hops.iter().zip(chain.hops.iter().skip(1)).find(|(a, b)| a.url.is_https() && !b.url.is_https());
    let Some((from, to)) = step else { return };
    let summary = format!(
        "{}: {} sends listeners from a secure link to an insecure one; some apps stop there.",
        facts.owner.label(),
        facts.host(&from.url)
    );
    let detail = format!("{} leads to {}.", say::hop(chain, from), say::url(&to.url));
    out.push(facts.finding(Code::RedirectDowngrade, summary, detail).at(from.url.origin()));
}
