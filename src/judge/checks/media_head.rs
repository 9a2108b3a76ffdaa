//! `media-no-head`: HEAD is refused while GET works. Checked at `--depth full`, or where the policy
//! says that a directory asks for it.

use super::{Check, EnclosureFacts, Run};
use crate::chain::HeadVerdict;
use crate::judge::{Code, Finding, say};

pub(super) const CHECK: Check = Check { name: "media_head", codes: &[Code::MediaNoHead], runs: &[Run::Enclosure(run)] };

fn run(facts: &EnclosureFacts<'_>, out: &mut Vec<Finding>) {
    let Some(chain) = facts.chain else { return };
    let recorded = chain.walk.chain;
    let asked = facts.bench.policy.require_head || recorded.media.as_ref().is_some_and(|media| media.full.is_some());
    if !asked {
        return;
    }
    for hop in &recorded.hops {
        let how = match hop.head {
            HeadVerdict::Refused(status) => format!("is answered {}", say::status(status)),
            HeadVerdict::Failed => "breaks off".to_owned(),
            HeadVerdict::Fine | HeadVerdict::Unfit(_) => continue,
        };
        // Where GET fares no better, the answer itself is the finding.
        if let Some(answer) = hop.request.fact().filter(|answer| answer.status < 400) {
            let evidence = format!("HEAD {how}; GET is answered {}.", say::status(answer.status));
            let what = format!("{} refuses to be asked about the file.", chain.host(&hop.url));
            out.push(facts.media_finding(Code::MediaNoHead, hop, &what, &evidence));
            return;
        }
    }
}
