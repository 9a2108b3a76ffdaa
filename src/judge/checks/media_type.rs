//! `media-type-mismatch`: the feed's type, the response's Content-Type and the bytes, by family.

use super::{Check, EnclosureFacts, Run, media_kind};
use crate::audio::{TypeFamily, family, family_of_type};
use crate::judge::{Code, Finding, Severity};

pub(super) const CHECK: Check =
    Check { name: "media_type", codes: &[Code::MediaTypeMismatch], runs: &[Run::Enclosure(run)] };

fn read(kind: Option<&str>) -> TypeFamily {
    kind.filter(|kind| !kind.trim().is_empty()).map_or(TypeFamily::Generic, family_of_type)
}

fn run(facts: &EnclosureFacts<'_>, out: &mut Vec<Finding>) {
    let Some((hop, media)) = facts.reached() else { return };
    // The type of an answer in parts is that of the wrapping; `media-bad-range` says so.
    let wrapped = media.content_type.as_deref().is_some_and(|kind| kind.trim_start().starts_with("multipart/"));
    if wrapped || media_kind::is_broken(facts) {
        return;
    }
    let written = facts.case.enclosure.media_type.as_deref();
    let (feed, answer) = (read(written), read(media.content_type.as_deref()));
    let format = facts.audio().map(|(_, _, audio)| audio.format);
    let bytes = format.map(family);
    let disagree =
        [feed.agrees(answer), bytes.and_then(|bytes| feed.fits(bytes)), bytes.and_then(|bytes| answer.fits(bytes))]
            .contains(&Some(false));
    let silent = feed == TypeFamily::Generic || answer == TypeFamily::Generic;
    let (severity, what) = match (disagree, silent) {
        (true, _) => (Severity::Warning, "feed, server and file disagree about the format."),
        (false, true) => (Severity::Info, "the format is not stated by the feed or the server."),
        (false, false) => return,
    };
    let quoted = |kind: Option<&str>| kind.map_or("no type".to_owned(), |kind| format!("\u{201c}{kind}\u{201d}"));
    let evidence = format!(
        "The feed says {}, the server {}, and the bytes are {}.",
        quoted(written),
        quoted(media.content_type.as_deref()),
        format.map_or("not looked at", crate::audio::Format::as_str)
    );
    out.push(facts.media_finding(Code::MediaTypeMismatch, hop, what, &evidence).severity(severity));
}
