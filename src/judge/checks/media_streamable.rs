//! `media-not-streamable`: an MP4 whose `moov` is at the end.

use super::{Check, EnclosureFacts, Run};
use crate::audio::Moov;
use crate::judge::{Code, Finding};

pub(super) const CHECK: Check =
    Check { name: "media_streamable", codes: &[Code::MediaNotStreamable], runs: &[Run::Enclosure(run)] };

fn run(facts: &EnclosureFacts<'_>, out: &mut Vec<Finding>) {
    let Some((hop, _, audio)) = facts.audio() else { return };
    if audio.moov == Some(Moov::Last) {
        let evidence = "The MP4's index (moov) stands behind the audio.";
        out.push(facts.media_finding(Code::MediaNotStreamable, hop, "it plays only once it is all there.", evidence));
    }
}
