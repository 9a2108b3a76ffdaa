//! `media-slow`: sustained throughput below twice the audio's bitrate (`--depth full`).

use super::{Check, EnclosureFacts, Run};
use crate::judge::{Code, Finding, say};

pub(super) const CHECK: Check = Check { name: "media_slow", codes: &[Code::MediaSlow], runs: &[Run::Enclosure(run)] };

fn run(facts: &EnclosureFacts<'_>, out: &mut Vec<Finding>) {
    let Some((hop, media, audio)) = facts.audio() else { return };
    let Some(full) = media.full.as_ref().filter(|full| full.end.is_ok() && full.bytes > 0) else { return };
    // Bits a millisecond are kbit/s.
    let bits = u128::from(full.bytes) * 8;
    let counted = full.audio_ms.filter(|ms| *ms > 0).and_then(|ms| u64::try_from(bits / u128::from(ms)).ok());
    let Some(bitrate) = audio.bitrate_kbps.map(u64::from).or(counted).filter(|kbps| *kbps > 0) else { return };
    if bits >= full.took.as_millis().saturating_mul(u128::from(bitrate) * 2) {
        return;
    }
    let speed = bits / full.took.as_millis().max(1);
    let evidence = format!(
        "{} bytes came in {}: {speed} kbit/s, less than twice the {bitrate} kbit/s at which they play.",
        full.bytes,
        say::lasted(full.took)
    );
    out.push(facts.media_finding(Code::MediaSlow, hop, "the download is barely faster than playback.", &evidence));
}
