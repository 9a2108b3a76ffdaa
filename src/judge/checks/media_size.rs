//! `media-too-small`: below 150 KiB and below one minute, both (Pocket Casts, AntennaPod).

use super::{Check, EnclosureFacts, Run};
use crate::audio::Format;
use crate::judge::{Code, Finding};

pub(super) const CHECK: Check =
    Check { name: "media_size", codes: &[Code::MediaTooSmall], runs: &[Run::Enclosure(run)] };

fn run(facts: &EnclosureFacts<'_>, out: &mut Vec<Finding>) {
    let Some((hop, media, audio)) = facts.audio() else { return };
    let duration = media.full.as_ref().and_then(|full| full.audio_ms).or(audio.duration_ms);
    let (Some(bytes), Some(ms)) = (media.bytes_total, duration) else { return };
    let policy = facts.bench.policy;
    // A playlist is small by nature.
    if audio.format == Format::Hls || bytes >= policy.small_bytes || ms >= policy.small_ms {
        return;
    }
    let evidence = format!("The whole file is {bytes} bytes and {:.1} s long.", ms as f64 / 1_000.0);
    out.push(facts.media_finding(
        Code::MediaTooSmall,
        hop,
        "the file is so short that some apps refuse it.",
        &evidence,
    ));
}
