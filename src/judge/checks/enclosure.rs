//! `enclosure-invalid`: an enclosure whose URL cannot be requested.

use super::scope::label_of;
use super::{Check, EnclosureFacts, Run};
use crate::feed::EnclosureKind;
use crate::judge::{Code, Finding};
use crate::link::{LinkError, redact};

pub(super) const CHECK: Check =
    Check { name: "enclosure", codes: &[Code::EnclosureInvalid], runs: &[Run::Enclosure(run)] };

fn run(facts: &EnclosureFacts<'_>, out: &mut Vec<Finding>) {
    let enclosure = facts.case.enclosure;
    let Err(why) = &enclosure.link else { return };
    // Alternates may well be had by other means: ipfs, magnet links.
    if enclosure.kind == EnclosureKind::Alternate && matches!(why, LinkError::Scheme(_)) {
        return;
    }
    let shown: String = redact(&enclosure.written).chars().take(200).collect();
    let summary = format!("{} cannot be downloaded: the link in the feed cannot be used.", label_of(facts.case));
    out.push(facts.finding(Code::EnclosureInvalid, summary, format!("\u{201c}{shown}\u{201d}: {why}.")));
}
