//! Transitions on an injected clock, and what is told of them.

mod digests;
mod holding;
mod night;
mod property;
mod routing;
mod services;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::incident::{Cause, Ending, Happened, Incident, IncidentId, Show, State, Step, Transition};
use crate::judge::{Affects, Code, Severity, Subject, SubjectKind};

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn later(at: Timestamp, seconds: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_secs(seconds)).unwrap()
}

fn tags(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn show(name: &str, episodes: u64, tagged: &[&str], owner: Option<&str>) -> Show {
    Show {
        name: name.to_owned(),
        source: format!("https://feeds.example/{name}"),
        episodes,
        tags: tags(tagged),
        owner: owner.map(ToOwned::to_owned),
        downloads_per_day: None,
    }
}

/// A dead host behind some shows.
fn incident(severity: Severity, shows: Vec<Show>) -> Incident {
    let since = time("2026-03-02T10:00:00Z");
    let subject = Subject {
        kind: SubjectKind::Origin,
        id: "https://media.host.example:443".to_owned(),
        name: "media.host.example (Hoster)".to_owned(),
    };
    Incident {
        id: IncidentId(12),
        cause: Cause { code: Code::ConnectTimeout, subject, certificate: None },
        code: Code::ConnectTimeout,
        severity,
        state: State::Open,
        since,
        opened_at: Some(since),
        seen_at: since,
        closed_at: None,
        ending: None,
        acknowledged: None,
        expires_at: None,
        summary: "media.host.example (Hoster) does not answer.".to_owned(),
        detail: "No answer at 203.0.113.7:443.".to_owned(),
        advice: "Tell the host's support.".to_owned(),
        host: Some("media.host.example".to_owned()),
        affects: Affects {
            feeds: shows.len().try_into().unwrap(),
            episodes: shows.iter().map(|show| show.episodes).sum(),
        },
        shows,
        transitions: 1,
        memory: serde_json::json!({ "worst": severity.as_str() }),
    }
}

fn transition(number: u32, happened: Happened, incident: Incident) -> Transition {
    Transition { number, at: later(incident.since, 600), happened, incident }
}

/// An open transition of an incident of two shows.
fn opened(severity: Severity) -> Transition {
    let shows = vec![show("Alpha", 20, &["a"], Some("alpha-team")), show("Beta", 10, &["b"], None)];
    transition(0, Happened::Opened, incident(severity, shows))
}

fn route(channel: &str) -> Route {
    Route {
        channel: channel.to_owned(),
        from: Severity::Info,
        tags: BTreeSet::new(),
        escalation_only: false,
        owner_only: false,
        quiet: None,
    }
}

fn to(channels: Vec<Route>) -> Routing {
    Routing { channels, time_zone: "UTC".to_owned(), ..Routing::default() }
}

/// What one transition gives now.
fn told(transition: &Transition, routing: &Routing) -> Vec<Notification> {
    compose(std::slice::from_ref(transition), routing, transition.at)
}

fn names(told: &[Notification]) -> Vec<&str> {
    told.iter().map(|notification| notification.channel.as_str()).collect()
}

/// A message as people would read it.
fn shown(notification: &Notification) -> String {
    let Notification { key, phase, message, .. } = notification;
    let severity = message.severity.map_or("good news", Severity::as_str);
    let mut out = format!("[{key}] {phase:?}, {severity}\n{}\n", message.headline);
    for paragraph in &message.body {
        writeln!(out, "  {paragraph}").unwrap();
    }
    for list in &message.lists {
        writeln!(out, "  {}", list.title).unwrap();
        for line in &list.lines {
            writeln!(out, "  - {line}").unwrap();
        }
    }
    for fact in &message.facts {
        writeln!(out, "  {}: {}", fact.label, fact.value).unwrap();
    }
    for line in &message.shows {
        writeln!(out, "  * {} ({})", line.name, line.episodes).unwrap();
    }
    for (label, text) in [("Do", &message.advice), ("See", &message.link)] {
        if let Some(text) = text {
            writeln!(out, "  {label}: {text}").unwrap();
        }
    }
    out
}
