//! `media-not-audio`, `media-empty`, `media-corrupt`: what the bytes are in place of what the feed
//! promises.

use super::{Check, EnclosureFacts, Run};
use crate::audio::{Impostor, Sniff, TypeFamily, family_of_type};
use crate::chain::{Hop, Media};
use crate::judge::walk::Ending;
use crate::judge::{Code, Finding};

pub(super) const CHECK: Check = Check {
    name: "media_kind",
    codes: &[Code::MediaNotAudio, Code::MediaEmpty, Code::MediaCorrupt],
    runs: &[Run::Enclosure(run)],
};

/// Whether listeners get nothing that plays, though the chain's end was reached.
pub(crate) fn is_broken(facts: &EnclosureFacts<'_>) -> bool {
    verdict(facts).is_some()
}

/// Whether something else came in the audio's place.
pub(crate) fn is_impostor(facts: &EnclosureFacts<'_>) -> bool {
    verdict(facts).is_some_and(|(code, _)| code == Code::MediaNotAudio)
}

/// Whether a ranged request was refused because there is nothing at all: 416 with `bytes */0`
/// (RFC 9110 14.4).
pub(crate) fn is_empty_range(facts: &EnclosureFacts<'_>) -> bool {
    let Some(Ending::Refused(_, answer)) = facts.chain.map(|chain| chain.walk.ending) else { return false };
    answer.status == 416 && answer.header("content-range").is_some_and(|range| range.trim_end().ends_with("*/0"))
}

/// The code and the evidence.
fn verdict(facts: &EnclosureFacts<'_>) -> Option<(Code, String)> {
    let (_, media) = facts.reached()?;
    let sniff = media.sniff.as_ref()?;
    if media.bytes_total == Some(0) {
        return Some((Code::MediaEmpty, "The whole file is 0 bytes long.".to_owned()));
    }
    match sniff {
        Sniff::Empty => Some((Code::MediaEmpty, "Not a single byte came.".to_owned())),
        Sniff::Impostor(impostor) if !is_promised(*impostor, facts) => {
            Some((Code::MediaNotAudio, format!("The bytes are {}, {}.", impostor.as_str(), called(media))))
        }
        Sniff::Unknown if promises_audio(facts) => {
            Some((Code::MediaNotAudio, format!("The bytes are no audio or video that is known, {}.", called(media))))
        }
        Sniff::Corrupt { claims, why } => Some((Code::MediaCorrupt, format!("It claims to be {claims}, but {why}."))),
        Sniff::Impostor(_) | Sniff::Unknown | Sniff::Audio(_) | Sniff::More | Sniff::Jump { .. } => None,
    }
}

fn called(media: &Media) -> String {
    match &media.content_type {
        Some(kind) => format!("called {kind} by the server"),
        None => "without a Content-Type".to_owned(),
    }
}

fn feed_type(facts: &EnclosureFacts<'_>) -> TypeFamily {
    facts.case.enclosure.media_type.as_deref().map_or(TypeFamily::Generic, family_of_type)
}

/// A feed may attach a picture or a document on purpose, and say so. Pages and texts are what
/// errors look like, so these are never taken for promised.
fn is_promised(impostor: Impostor, facts: &EnclosureFacts<'_>) -> bool {
    match impostor {
        Impostor::Image => feed_type(facts) == TypeFamily::Image,
        Impostor::Pdf | Impostor::Gzip | Impostor::Zip => feed_type(facts) == TypeFamily::Other,
        Impostor::Html | Impostor::Xml | Impostor::Json | Impostor::Text => false,
    }
}

/// Every enclosure does, unless its type says another thing or a format that podprobe cannot read.
fn promises_audio(facts: &EnclosureFacts<'_>) -> bool {
    !matches!(feed_type(facts), TypeFamily::Image | TypeFamily::Other)
}

fn run(facts: &EnclosureFacts<'_>, out: &mut Vec<Finding>) {
    let found = match (facts.reached(), facts.chain.and_then(|chain| chain.walk.last())) {
        (Some((hop, _)), _) => verdict(facts).map(|found| (hop, found)),
        (None, Some(hop)) if is_empty_range(facts) => {
            Some((hop, (Code::MediaEmpty, "The server says that the file is 0 bytes long.".to_owned())))
        }
        _ => None,
    };
    let Some((hop, (code, evidence))): Option<(&Hop, _)> = found else { return };
    let what = match code {
        Code::MediaEmpty => "the file is empty.",
        Code::MediaCorrupt => "the audio file is damaged and does not play.",
        _ => "what comes is not audio.",
    };
    out.push(facts.media_finding(code, hop, what, &evidence));
}
