//! When a message may be sent: quiet hours, maintenance windows and silences.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::route::{Seen, severity_before};
use super::{Held, Notification, Quiet, Route, Routing, Window, say};
use crate::incident::{Incident, Transition};
use crate::judge::Severity;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// Stretches of quiet hours that may follow each other without a gap: a week of whole days.
const MAX_STRETCHES: usize = 8;

/// How often windows and quiet hours may hand a message to each other.
const MAX_TURNS: usize = 16;

/// What holds a message back, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hold {
    pub(super) until: Timestamp,
    pub(super) why: Held,
}

/// What holds back a transition for a channel at `now`.
pub(super) fn hold(
    transition: &Transition,
    seen: &Seen<'_>,
    route: &Route,
    routing: &Routing,
    now: Timestamp,
) -> Option<Hold> {
    let incident = &transition.incident;
    let weight = incident.severity.max(severity_before(&transition.happened).unwrap_or(Severity::Info));
    let quiet = route.quiet.as_ref().filter(|quiet| quiet.even_critical || weight < Severity::Critical);
    let mut at = now;
    let mut why = None;
    for _ in 0..MAX_TURNS {
        if let Some(until) = muted(incident, seen, routing, at) {
            at = until;
            why = Some(Held::Muted);
        } else if let Some(until) = quiet.and_then(|quiet| quiet_until(quiet, at)) {
            at = until;
            why = why.or(Some(Held::Quiet));
        } else {
            break;
        }
    }
    why.map(|why| Hold { until: at, why })
}

/// Until when maintenance and silences keep an incident from every channel that is told of it before
/// nobody took it up; `None` where one of them is told now, or there is none.
pub fn muted_until(incident: &Incident, routing: &Routing, now: Timestamp) -> Option<Timestamp> {
    let told = routing.channels.iter().filter(|route| !route.escalation_only && route.from <= incident.worst());
    let ends: Option<Vec<Timestamp>> = told
        .filter_map(|route| route.sees(incident, routing))
        .map(|seen| muted(incident, &seen, routing, now))
        .collect();
    ends?.into_iter().min()
}

/// When maintenance and silences that hold at a time have ended, those that follow without a gap
/// included.
fn muted(incident: &Incident, seen: &Seen<'_>, routing: &Routing, at: Timestamp) -> Option<Timestamp> {
    let windows = routing.maintenance.iter().filter(|window| names(window, incident, seen));
    let silences = routing.silences.iter().filter(|silence| {
        silence.host.as_ref().is_none_or(|host| is_below(incident, host))
            && silence.code.is_none_or(|code| code == incident.code || code == incident.cause.code)
            && silence.incident.is_none_or(|id| id == incident.id)
    });
    let mut spans: Vec<(Timestamp, Timestamp)> = windows.map(|window| (window.from, window.to)).collect();
    spans.extend(silences.map(|silence| (Timestamp::MIN, silence.until)));
    spans.sort_unstable();
    let mut free = at;
    for (from, to) in spans {
        if from <= free && free <= to {
            free = to.checked_add(SECOND).unwrap_or(Timestamp::MAX);
        }
    }
    (free > at).then_some(free)
}

/// Whether a window is about an incident, as far as a channel is told of it.
fn names(window: &Window, incident: &Incident, seen: &Seen<'_>) -> bool {
    let Window { hosts, tags, codes, .. } = window;
    let host = hosts.is_empty() || hosts.iter().any(|host| is_below(incident, host));
    let code = codes.is_empty() || codes.iter().any(|code| *code == incident.code || *code == incident.cause.code);
    let whole = u64::try_from(seen.listed.len()).is_ok_and(|listed| listed > 0 && listed >= seen.shows);
    let tagged = || whole && seen.listed.iter().all(|show| tags.iter().any(|tag| show.tags.contains(tag)));
    host && code && (tags.is_empty() || tagged())
}

/// Whether an incident's host is this one or below it.
fn is_below(incident: &Incident, host: &str) -> bool {
    incident.host.as_deref().is_some_and(|own| is_at_or_below(own, host))
}

/// Whether a name of a host is this one or below it. Names of hosts are the same in either case of
/// their letters (RFC 4343).
pub fn is_at_or_below(name: &str, host: &str) -> bool {
    let plain = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
    let host = plain(host);
    !host.is_empty() && plain(name).strip_suffix(&host).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// What is about no incident (podprobe itself, a digest) waits for the end of quiet hours that hold
/// now, as everything does that is less than critical.
pub fn hushed(notification: Notification, quiet: Option<&Quiet>, now: Timestamp) -> Notification {
    match quiet.and_then(|quiet| quiet_until(quiet, now)) {
        Some(until) => Notification { not_before: Some(until), held: Some(Held::Quiet), ..notification },
        None => notification,
    }
}

/// When quiet hours that hold at a time end; `None` where none hold, or where they never end.
fn quiet_until(quiet: &Quiet, at: Timestamp) -> Option<Timestamp> {
    let zone = say::zone(&quiet.time_zone);
    let mut free = at;
    for _ in 0..MAX_STRETCHES {
        match stretch_end(quiet, &zone, free) {
            Some(end) => free = end,
            None => return (free > at).then_some(free),
        }
    }
    None
}

/// The end of the stretch that a time lies in. One that begins and ends at the same minute is a
/// whole day.
fn stretch_end(quiet: &Quiet, zone: &TimeZone, at: Timestamp) -> Option<Timestamp> {
    let today = at.to_zoned_datetime(zone.clone()).date();
    let begins = [today.yesterday().ok(), Some(today)];
    begins.into_iter().flatten().find_map(|day| {
        let weekday = u8::try_from(day.weekday().to_monday_one_offset()).ok()?;
        if !quiet.days.is_empty() && !quiet.days.contains(&weekday) {
            return None;
        }
        let start = local(day, quiet.from, zone)?;
        let last = if quiet.to > quiet.from { day } else { day.tomorrow().ok()? };
        let end = local(last, quiet.to, zone)?;
        (start <= at && at < end).then_some(end)
    })
}

/// A minute of a day on the wall clock. A minute that a change to summer time leaves out is the one
/// an hour later; of one that comes twice it is the first.
pub(super) fn local(day: Date, minute: u16, zone: &TimeZone) -> Option<Timestamp> {
    let minute = minute.min(24 * 60 - 1);
    let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
    Some(day.at(hour, minute, 0, 0).to_zoned_datetime(zone.clone()).ok()?.timestamp())
}
