//! `media-no-range`, `media-bad-range`: how a ranged request is answered (RFC 9110 14).

use super::{Check, EnclosureFacts, Run, media_kind};
use crate::audio::Format;
use crate::chain::RangeAnswer;
use crate::judge::walk::Ending;
use crate::judge::{Code, Finding, Severity};

pub(super) const CHECK: Check =
    Check { name: "media_range", codes: &[Code::MediaNoRange, Code::MediaBadRange], runs: &[Run::Enclosure(run)] };

fn run(facts: &EnclosureFacts<'_>, out: &mut Vec<Finding>) {
    let Some(chain) = facts.chain else { return };
    let Some(hop) = chain.walk.last() else { return };
    let refused = matches!(chain.walk.ending, Ending::Refused(_, answer) if answer.status == 416);
    let reached = facts.reached().map(|(_, media)| media);
    // A page in place of the audio has no parts to ask for.
    if media_kind::is_impostor(facts)
        || media_kind::is_empty_range(facts)
        || facts.audio().is_some_and(|(_, _, audio)| audio.format == Format::Hls)
    {
        return;
    }
    let range = reached.and_then(|media| media.range.as_ref());
    match range {
        Some(RangeAnswer::NotSatisfiable) => {}
        None if refused => {}
        Some(RangeAnswer::Ignored) => {
            let evidence = "Asked for a part, the server answered 200 and began to send everything.";
            out.push(facts.media_finding(
                Code::MediaNoRange,
                hop,
                "skipping and resuming fail at this server.",
                evidence,
            ));
            return;
        }
        Some(RangeAnswer::Wrong(why)) => {
            let evidence = format!("Asked for the first 64 KiB, the server answered 206, but: {why}.");
            out.push(facts.media_finding(
                Code::MediaBadRange,
                hop,
                "the server sends the wrong part of the file.",
                &evidence,
            ));
            return;
        }
        Some(RangeAnswer::Honoured) | None => return,
    }
    let evidence = "Asked for the start of the file, the server answered 416: it has no such part.";
    let finding = facts.media_finding(Code::MediaBadRange, hop, "the start of the file cannot be had.", evidence);
    out.push(finding.severity(Severity::Critical));
}
