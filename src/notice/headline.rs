//! The one sentence that tells what happened.

use jiff::Timestamp;

use super::route::Seen;
use super::say;
use crate::incident::{Coverage, Ending, Happened, Incident, Step, Transition, coverage};
use crate::judge::{Code, Severity, SubjectKind};

/// The longest headline, and the longest part of it from outside, in characters.
const MAX_HEADLINE: usize = 500;
const MAX_NAME: usize = 200;
const MAX_SUMMARY: usize = 300;

/// What happened, to what, whose it is, and whom it touches, ending in a full stop.
pub(super) fn headline(transition: &Transition, seen: &Seen<'_>) -> String {
    let Transition { at, happened, incident, .. } = transition;
    let now = || state(incident, seen, *at);
    let text = match happened {
        Happened::Opened | Happened::Stepped { step: Step::Expired } => now(),
        Happened::Stepped { step: Step::Halved | Step::Daily } => format!("Still not renewed: {}", now()),
        Happened::Worsened { from } if *from < incident.severity => format!("Worse now: {}", now()),
        Happened::Worsened { .. } => format!("It touches more now: {}", now()),
        Happened::Eased { from } => {
            format!("Eased from {} to {}: {}", from.as_str(), incident.severity.as_str(), now())
        }
        Happened::Recovered => over(incident, seen, *at),
        Happened::Unwatched => unwatched(incident),
        Happened::Reopened => format!("It is back: {}", now()),
        Happened::Flapping => format!("It comes and goes: {}", now()),
        Happened::Reminded => format!("Still so after {}: {}", age(incident, *at), now()),
        Happened::Escalated => format!("Nobody has taken this up in {}: {}", age(incident, *at), now()),
        Happened::Acknowledged { by, from: None } => format!("{} has taken this up: {}", say::cut(by, MAX_NAME), now()),
        Happened::Acknowledged { by, from: Some(from) } => {
            format!("{} has taken this over from {}: {}", say::cut(by, MAX_NAME), say::cut(from, MAX_NAME), now())
        }
        Happened::Released { by } => {
            format!("{} has handed this back, and nobody has it now: {}", say::cut(by, MAX_NAME), now())
        }
    };
    say::cut(&text, MAX_HEADLINE)
}

/// Whether it is about the dates of a certificate, and the end of that.
pub(super) fn end_of_certificate(incident: &Incident) -> Option<Timestamp> {
    let dated = matches!(
        incident.code,
        Code::CertExpiring | Code::CertRenewalOverdue | Code::CertExpired | Code::CertIntermediateExpired
    );
    incident.expires_at.filter(|_| dated)
}

/// How long it lasted, or has lasted so far, in s. What nobody has seen well lasted at least until
/// it was last seen.
pub(super) fn duration(incident: &Incident, at: Timestamp) -> u64 {
    let known = incident.ending.is_none_or(Ending::is_proved);
    let end = if known { incident.closed_at.unwrap_or(at) } else { incident.seen_at };
    say::seconds(incident.since, end)
}

/// Whose it is: the host with its owner, the show, the endpoint.
pub(super) fn name(incident: &Incident) -> String {
    say::cut(&incident.cause.subject.name, MAX_NAME)
}

/// Whom it touches, in a headline: an endpoint's name stands in its summary.
pub(super) fn touched(incident: &Incident, seen: &Seen<'_>) -> Option<String> {
    if incident.code == Code::PublishingDown { None } else { say::touched(seen.shows, seen.episodes) }
}

fn age(incident: &Incident, at: Timestamp) -> String {
    // A certificate's end may lie before the first round that saw it.
    say::lasted(say::seconds(incident.opened_at.unwrap_or(incident.since).max(incident.since), at))
}

/// The case as it stands.
fn state(incident: &Incident, seen: &Seen<'_>, at: Timestamp) -> String {
    let touched = touched(incident, seen);
    let Some(end) = end_of_certificate(incident) else {
        let summary = say::cut(say::clause(&incident.summary), MAX_SUMMARY);
        return match touched {
            Some(touched) => format!("{summary} \u{2013} {touched}."),
            None => format!("{summary}."),
        };
    };
    let what = certificate(incident);
    let utc = say::utc(end);
    if at > end {
        let ago = say::left(say::seconds(end, at));
        let listeners = touched.map_or_else(String::new, |touched| format!(": {touched} cannot be downloaded"));
        return format!("{what} ran out {ago} ago, on {utc}{listeners}.");
    }
    let left = say::left(say::seconds(at, end));
    let go = if seen.episodes == 1 && seen.shows == 1 { "goes" } else { "go" };
    let listeners = touched.map_or_else(String::new, |touched| format!(": {touched} {go} dark then"));
    format!("{what} runs out in {left}, on {utc}{listeners}.")
}

fn certificate(incident: &Incident) -> String {
    match incident.code {
        Code::CertIntermediateExpired => format!("A certificate that {} sends along", name(incident)),
        _ => format!("The certificate of {}", name(incident)),
    }
}

/// Good news.
fn over(incident: &Incident, seen: &Seen<'_>, at: Timestamp) -> String {
    let lasted = say::lasted(duration(incident, at));
    let name = name(incident);
    let closed = incident.closed_at.unwrap_or(at);
    let touched = touched(incident, seen);
    if incident.code == Code::ProberOffline {
        return format!("{name} is back after {lasted}; what happened to shows meanwhile is not known.");
    }
    let title = incident.code.info().title;
    if incident.ending == Some(Ending::Partly) {
        let touched = touched.map_or_else(String::new, |touched| format!("; it touched {touched}"));
        return format!("Over after {lasted} where it is still watched: {name} (\u{201c}{title}\u{201d}){touched}.");
    }
    if incident.code == Code::PublishingDown {
        return format!("New episodes can be published through {name} again, after {lasted}.");
    }
    if let Some(end) = end_of_certificate(incident) {
        let what = certificate(incident);
        if closed <= end {
            return format!("{what} is renewed, {} before its end.", say::left(say::seconds(closed, end)));
        }
        let again = touched.map_or_else(String::new, |touched| format!(": {touched} can be downloaded again"));
        return format!("{what} is renewed after {lasted}{again}.");
    }
    match touched {
        Some(touched) if incident.severity == Severity::Critical => {
            format!("Over after {lasted}: {name} (\u{201c}{title}\u{201d}); it touched {touched}.")
        }
        Some(touched) => format!("Over after {lasted}: {name} (\u{201c}{title}\u{201d}) \u{2013} {touched}."),
        None => format!("Over after {lasted}: {name} (\u{201c}{title}\u{201d})."),
    }
}

/// Neither good news nor bad.
fn unwatched(incident: &Incident) -> String {
    let (name, title) = (name(incident), incident.code.info().title);
    if incident.ending == Some(Ending::Unseen) {
        let last = say::utc(incident.seen_at);
        return format!("Closed without proof: \u{201c}{title}\u{201d} at {name} was last seen on {last}.");
    }
    // The host may well be watched on where only its files are gone.
    let what = match coverage(incident.code) {
        Coverage::Chain if incident.cause.subject.kind == SubjectKind::Origin => format!("what failed at {name}"),
        _ => name,
    };
    format!(
        "No longer watched: nothing leads to {what} any more (\u{201c}{title}\u{201d}); whether it is mended is not known."
    )
}
