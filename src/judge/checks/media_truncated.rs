//! `media-truncated`: fewer bytes came than were promised, or fewer than the file itself states.

use super::{Check, EnclosureFacts, Run, timeouts};
use crate::audio::{Facts, Format};
use crate::chain::{Media, RequestFailure};
use crate::judge::{Code, Finding};

pub(super) const CHECK: Check =
    Check { name: "media_truncated", codes: &[Code::MediaTruncated], runs: &[Run::Enclosure(run)] };

/// Of the bytes that the file states, so many per cent must be there.
const BYTES_PERCENT: u64 = 98;
/// Of the duration that the file states.
const DURATION_PERCENT: u64 = 95;
/// Below this bitrate its rounding to whole kbit/s is too coarse to compute a duration from.
const FINE_KBPS: u32 = 32;

/// What came and what was promised, where a body streamed whole ended early. A body for which time
/// ran out, or that the user stopped, is not cut by the server.
pub(crate) fn cut(media: &Media) -> Option<(u64, u64)> {
    let full = media.full.as_ref()?;
    let promised = match &full.end {
        Err(RequestFailure::Interrupted) => return None,
        Err(why) if timeouts::is_timeout(why) => return None,
        Err(RequestFailure::BodyCut { promised: Some(promised), .. }) => Some(*promised),
        Ok(()) | Err(_) => media.bytes_total,
    };
    promised.filter(|promised| full.bytes < *promised).map(|promised| (full.bytes, promised))
}

fn run(facts: &EnclosureFacts<'_>, out: &mut Vec<Finding>) {
    let Some((hop, media)) = facts.reached() else { return };
    let evidence = match cut(media) {
        Some((got, promised)) => format!("{got} bytes came of {promised} that the server promised."),
        None => match facts.audio().and_then(|(_, media, audio)| short_of_itself(media, audio)) {
            Some(evidence) => evidence,
            None => return,
        },
    };
    out.push(facts.media_finding(Code::MediaTruncated, hop, "the file is cut off.", &evidence));
}

fn below(have: u64, percent: u64, stated: u64) -> bool {
    u128::from(have) * 100 < u128::from(stated) * u128::from(percent)
}

fn short_of_itself(media: &Media, audio: &Facts) -> Option<String> {
    // Streamed to its end, the body is what came; else what the server says it is.
    let full = media.full.as_ref().filter(|full| full.end.is_ok());
    let size = full.map(|full| full.bytes).or(media.bytes_total);
    if let (Some(size), Some(stated)) = (size, audio.stated_end)
        && below(size, BYTES_PERCENT, stated)
    {
        return Some(format!("The file is {size} bytes long; its own header states {stated}."));
    }
    let stated = audio.stated_duration_ms?;
    let plays = full.and_then(|full| full.audio_ms).or_else(|| computed_ms(size?, audio))?;
    below(plays, DURATION_PERCENT, stated).then(|| {
        format!(
            "The bytes hold {:.1} s of audio; the file's own header states {:.1} s.",
            plays as f64 / 1_000.0,
            stated as f64 / 1_000.0
        )
    })
}

/// The duration of an MPEG stream of this size. Of other formats the bitrate is itself computed from
/// the size, cover art and index included, and shows nothing.
fn computed_ms(size: u64, audio: &Facts) -> Option<u64> {
    let kbps = audio.bitrate_kbps.filter(|kbps| *kbps >= FINE_KBPS)?;
    if !matches!(audio.format, Format::Mp3 | Format::Mp2) {
        return None;
    }
    size.checked_sub(audio.audio_start)?.checked_mul(8)?.checked_div(u64::from(kbps))
}
