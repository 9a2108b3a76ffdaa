//! A transition as a message: the headline, evidence, what to do, where to read more.

use jiff::tz::TimeZone;

use super::headline::{duration, end_of_certificate, headline, name};
use super::hold::Hold;
use super::route::Seen;
use super::{Fact, Held, Message, Routing, say};
use crate::incident::{Ending, Happened, Incident, Transition};
use crate::judge::{Code, SubjectKind};

/// The longest paragraph and the longest value, in characters.
const MAX_PARAGRAPH: usize = 2_000;
pub(super) const MAX_VALUE: usize = 300;

/// Stands for an incident's number in the link of a configuration.
pub const INCIDENT: &str = "{incident}";

/// A fact.
pub(super) fn fact(label: &str, value: impl Into<String>) -> Fact {
    Fact { label: label.to_owned(), value: value.into() }
}

/// What a channel is told of a transition.
pub(super) fn message(transition: &Transition, seen: &Seen<'_>, routing: &Routing, hold: Option<Hold>) -> Message {
    let Transition { happened, incident, .. } = transition;
    let zone = say::zone(&routing.time_zone);
    let over = happened.is_end();
    let endpoint = incident.code == Code::PublishingDown;
    Message {
        headline: headline(transition, seen),
        severity: (!over).then_some(incident.severity),
        ending: if over { incident.ending } else { None },
        since: Some(incident.since),
        code: Some(incident.code),
        host: incident.host.as_deref().map(|host| say::cut(host, MAX_VALUE)),
        body: body(transition),
        lists: Vec::new(),
        facts: facts(transition, &zone, hold),
        shows: if endpoint { Vec::new() } else { seen.lines() },
        shows_total: if endpoint { 0 } else { seen.shows },
        episodes_total: seen.episodes,
        advice: advice(happened, incident),
        link: link(routing, incident),
    }
}

/// What explains the headline. Who only needs to know that somebody is at work, or that it is over,
/// needs no evidence.
fn body(transition: &Transition) -> Vec<String> {
    let Transition { at, happened, incident, .. } = transition;
    let detail = || say::cut(incident.detail.trim(), MAX_PARAGRAPH);
    let mut body = match happened {
        Happened::Acknowledged { .. } => Vec::new(),
        Happened::Unwatched if incident.ending == Some(Ending::Unwatched) => {
            vec!["It was taken out of the configuration, of a list or of a feed.".to_owned()]
        }
        Happened::Recovered => {
            let mut body = if incident.code == Code::ProberOffline { vec![detail()] } else { Vec::new() };
            if incident.ending == Some(Ending::Partly) {
                body.push(
                    "Nothing leads any more to the other places where it was seen; whether they are mended is not \
                     known."
                        .to_owned(),
                );
            }
            // How long it lasted and whom it touched stand in the headline.
            if end_of_certificate(incident).is_some_and(|end| incident.closed_at.unwrap_or(*at) <= end) {
                body.push("No download failed because of it.".to_owned());
            }
            body
        }
        Happened::Flapping => {
            vec!["podprobe is silent about it until it settles, unless it gets worse.".to_owned(), detail()]
        }
        _ => vec![detail()],
    };
    body.retain(|paragraph| !paragraph.is_empty());
    body
}

fn advice(happened: &Happened, incident: &Incident) -> Option<String> {
    let done = happened.is_end() || matches!(happened, Happened::Acknowledged { .. });
    let advice = say::cut(incident.advice.trim(), MAX_PARAGRAPH);
    (!done && !advice.is_empty()).then_some(advice)
}

fn facts(transition: &Transition, zone: &TimeZone, hold: Option<Hold>) -> Vec<Fact> {
    let Transition { at, happened, incident, .. } = transition;
    let over = happened.is_end();
    let end = end_of_certificate(incident);
    let mut facts = Vec::new();
    match (&incident.host, incident.cause.subject.kind) {
        (Some(_), SubjectKind::Origin | SubjectKind::Edge) => facts.push(fact("Host", name(incident))),
        (Some(host), _) => facts.push(fact("Host", say::cut(host, MAX_VALUE))),
        (None, _) => {}
    }
    facts.push(fact("Finding", format!("{}: {}", incident.code, incident.code.info().title)));
    if let Some(end) = end.or(incident.expires_at) {
        facts.push(fact(if end < *at { "Certificate ended" } else { "Certificate ends" }, say::both(end, zone)));
    }
    // A certificate's end is said already, and before it nothing is broken.
    if end.is_none() || over {
        facts.push(fact("Since", say::both(incident.since, zone)));
    }
    if matches!(happened, Happened::Unwatched) {
        facts.push(fact("Last seen", say::both(incident.seen_at, zone)));
        facts.push(fact("Closed", say::both(incident.closed_at.unwrap_or(*at), zone)));
    } else if over {
        let closed = incident.closed_at.unwrap_or(*at);
        facts.push(fact("Over", say::both(closed, zone)));
        let label = if incident.code == Code::ProberOffline { "Gap" } else { "Lasted" };
        facts.push(fact(label, say::lasted(duration(incident, *at))));
    }
    if let (Some((by, when)), false) = (&incident.acknowledged, over) {
        facts.push(fact("Taken up by", format!("{}, {}", say::cut(by, MAX_VALUE), say::both(*when, zone))));
    }
    if let Some(Hold { until, why: Held::Muted }) = hold {
        facts.push(fact("Held back", format!("by maintenance or a silence until {}", say::both(until, zone))));
    }
    facts.push(fact("Details", format!("podprobe incident {}", incident.id.0)));
    if !over && !matches!(happened, Happened::Acknowledged { .. }) {
        facts.push(fact("Explained", format!("podprobe explain {}", incident.code)));
    }
    facts
}

fn link(routing: &Routing, incident: &Incident) -> Option<String> {
    Some(routing.link.as_deref()?.replace(INCIDENT, &incident.id.0.to_string()))
}
