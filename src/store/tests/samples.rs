//! Facts, incidents and messages to write.

use jiff::{SignedDuration, Timestamp};

use crate::incident::{Cause, Ending, Happened, Incident, IncidentId, Show, State, Transition};
use crate::judge::{Affects, Code, Severity, Subject, SubjectKind, Verdict};
use crate::notice::{Message, Notification, Phase};
use crate::store::*;

/// Seconds after a midnight.
pub(super) fn at(seconds: i64) -> Timestamp {
    "2022-05-30T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

pub(super) const HOUR: i64 = 3_600;
pub(super) const DAY: i64 = 24 * HOUR;
pub(super) const HOST: &str = "https://traffic.example:443";

pub(super) async fn open(place: &Place) -> Store {
    Store::open(place, at(0)).await.unwrap()
}

/// A round that saw nothing yet.
pub(super) fn round(key: &str, now: Timestamp) -> RoundFacts {
    RoundFacts {
        round: Round {
            key: key.into(),
            kind: "origins".into(),
            vantage: "local".into(),
            started_at: now - SignedDuration::from_secs(2),
            finished_at: now,
            feeds: 1,
            enclosures: 2,
            origins: 3,
            requests: 4,
            connections: 5,
            late: 6,
            offline: false,
            verdict: Verdict::Ok,
        },
        certificates: Vec::new(),
        origins: Vec::new(),
        feeds: Vec::new(),
        walks: Vec::new(),
        findings: Vec::new(),
        cleared: Vec::new(),
    }
}

pub(super) fn of(round: RoundFacts) -> Commit {
    Commit { round: Some(round), ..Commit::default() }
}

pub(super) fn certificate(sha256: &str, authority: &str, begin: i64, end: i64) -> CertificateFact {
    CertificateFact {
        sha256: sha256.into(),
        subject: "CN=traffic.example".into(),
        issuer: format!("CN=R3,O={authority}"),
        authority: authority.into(),
        serial: "01".into(),
        not_before: at(begin),
        not_after: at(end),
        der: None,
    }
}

pub(super) fn origin(name: &str, now: Timestamp, up: Option<bool>, total_ms: f64, leaf: Option<&str>) -> OriginFact {
    OriginFact {
        origin: name.into(),
        provider: None,
        at: now,
        edges_up: 2,
        edges_down: 1,
        leaves: leaf.map(|sha256| Leaf { sha256: sha256.into(), root: Some("CN=Root".into()) }).into_iter().collect(),
        verdict: if up == Some(true) { Verdict::Ok } else { Verdict::Critical },
        up,
        total_ms: Some(total_ms),
    }
}

pub(super) fn feed(now: Timestamp, answer: FeedAnswer) -> FeedFact {
    FeedFact {
        key: "feed-1".into(),
        source: "https://feeds.example/night.xml?token=***".into(),
        name: "The Night Shift".into(),
        at: now,
        answer,
    }
}

pub(super) fn version(title: &str, items: u64) -> FeedVersion {
    FeedVersion {
        title: title.into(),
        items,
        guids_hash: format!("hash-{items}"),
        guids: vec!["one".into(), "two".into()],
        hosts: vec!["traffic.example".into()],
        dates: vec![at(-DAY), at(-8 * DAY)],
        newest: Some(at(-DAY)),
        rhythm_ms: Some(7 * 86_400_000),
    }
}

pub(super) fn read(version: FeedVersion) -> FeedAnswer {
    FeedAnswer::Read {
        etag: Some("\"e\"".into()),
        last_modified: Some("Mon, 30 May 2022 00:00:00 GMT".into()),
        version: Box::new(version),
    }
}

pub(super) fn walk(key: &str, kind: TargetKind, now: Timestamp, up: Option<bool>, total_ms: f64) -> WalkFact {
    WalkFact {
        key: key.into(),
        kind,
        url: format!("https://traffic.example/{key}.mp3"),
        feed: (kind != TargetKind::Endpoint).then(|| "feed-1".into()),
        guid: Some("guid".into()),
        title: Some(format!("Episode {key}")),
        at: now,
        outcome: if up == Some(true) { "media" } else { "broken" }.into(),
        verdict: if up == Some(true) { Verdict::Ok } else { Verdict::Critical },
        up,
        total_ms: Some(total_ms),
        hops: serde_json::json!([{"url": "https://traffic.example/x.mp3", "status": 200}]),
    }
}

fn subject() -> Subject {
    Subject { kind: SubjectKind::Origin, id: HOST.into(), name: "traffic.example".into() }
}

pub(super) fn finding(now: Timestamp, severity: Severity) -> FindingFact {
    FindingFact {
        id: "0123456789abcdef".into(),
        code: Code::CertExpired,
        severity,
        subject: subject(),
        summary: "The certificate of traffic.example has expired.".into(),
        detail: "since 23:59:59 UTC".into(),
        caused_by: None,
        affects: Affects { feeds: 1, episodes: 10 },
        at: now,
    }
}

/// An incident with so many transitions behind it.
pub(super) fn incident(id: u64, state: State, transitions: u32, seen: Timestamp) -> Incident {
    Incident {
        id: IncidentId(id),
        cause: Cause { code: Code::CertExpired, subject: subject(), certificate: Some("ab".repeat(32)) },
        code: Code::CertExpired,
        severity: Severity::Critical,
        state,
        since: at(0),
        opened_at: (transitions > 0).then(|| at(60)),
        seen_at: seen,
        closed_at: (state == State::Closed).then_some(seen),
        ending: (state == State::Closed).then_some(Ending::Unwatched),
        acknowledged: Some(("Ann".into(), at(90))),
        expires_at: Some(at(0)),
        summary: "The certificate of traffic.example has expired.".into(),
        detail: "since 23:59:59 UTC".into(),
        advice: "Write to the host.".into(),
        host: Some("traffic.example".into()),
        affects: Affects { feeds: 1, episodes: 10 },
        shows: vec![Show {
            name: "The Night Shift".into(),
            source: "https://feeds.example/night.xml".into(),
            episodes: 10,
            tags: ["night".to_owned()].into(),
            owner: Some("chat".into()),
            downloads_per_day: Some(1_000),
        }],
        transitions,
        memory: serde_json::json!({"seen": [1, 2, 3]}),
    }
}

pub(super) fn transition(number: u32, happened: Happened, incident: &Incident) -> Transition {
    let incident = Incident { transitions: number + 1, ..incident.clone() };
    Transition { number, at: incident.seen_at, happened, incident }
}

pub(super) fn message(key: &str, channel: &str, incident: Option<u64>, now: Timestamp) -> Notification {
    Notification {
        key: key.into(),
        channel: channel.into(),
        incident: incident.map(IncidentId),
        about: None,
        phase: if incident.is_some() { Phase::Update } else { Phase::Single },
        at: now,
        not_before: None,
        held: None,
        message: Message {
            headline: "traffic.example is down".into(),
            severity: Some(Severity::Critical),
            ending: None,
            since: Some(at(0)),
            code: Some(Code::CertExpired),
            host: Some("traffic.example".into()),
            body: vec!["Nobody can download.".into()],
            lists: Vec::new(),
            facts: Vec::new(),
            shows: Vec::new(),
            shows_total: 1,
            episodes_total: 10,
            advice: None,
            link: None,
        },
    }
}

pub(super) fn sent(notifications: Vec<Notification>) -> Commit {
    Commit { notifications, ..Commit::default() }
}

pub(super) fn keys(due: &[Due]) -> Vec<&str> {
    due.iter().map(|due| due.notification.key.as_str()).collect()
}
