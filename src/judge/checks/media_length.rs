//! `media-length-mismatch`: the feed's length against the real one. Dynamic ad insertion makes
//! differences normal, so a difference is never more than worth knowing.

use super::{Check, EnclosureFacts, Run, media_kind};
use crate::audio::Format;
use crate::feed::EnclosureKind;
use crate::judge::{Code, Finding, Severity};

pub(super) const CHECK: Check =
    Check { name: "media_length", codes: &[Code::MediaLengthMismatch], runs: &[Run::Enclosure(run)] };

fn run(facts: &EnclosureFacts<'_>, out: &mut Vec<Finding>) {
    let Some((hop, media)) = facts.reached() else { return };
    // Only an enclosure must state a length; elsewhere it is optional, and a stream has none.
    let enclosure = facts.case.enclosure;
    let playlist = facts.audio().is_some_and(|(_, _, audio)| audio.format == Format::Hls);
    if enclosure.kind != EnclosureKind::Enclosure || playlist || media_kind::is_broken(facts) {
        return;
    }
    let real = media.bytes_total.filter(|bytes| *bytes > 0);
    let (severity, what, mut evidence) = match (enclosure.length, real) {
        (None | Some(0), real) => {
            let stated = if enclosure.length.is_none() { "no length" } else { "a length of 0" };
            let real = real.map_or(String::new(), |real| format!("; the file is {real} bytes long"));
            (Severity::Warning, "the feed does not state the file's size.", format!("The feed states {stated}{real}."))
        }
        (Some(stated), Some(real)) => {
            let tolerance = u128::from(facts.bench.policy.length_tolerance_percent);
            if u128::from(stated.abs_diff(real)) * 100 <= u128::from(real) * tolerance {
                return;
            }
            (
                Severity::Info,
                "the feed states another file size.",
                format!("The feed states {stated} bytes; the file is {real} bytes long."),
            )
        }
        (Some(_), None) => return,
    };
    if facts.chain.is_some_and(|chain| chain.inserts_ads()) {
        evidence
            .push_str(" A host on the way inserts ads for each listener, so the size differs from request to request.");
    }
    out.push(facts.media_finding(Code::MediaLengthMismatch, hop, what, &evidence).severity(severity));
}
