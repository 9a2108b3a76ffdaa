//! Writing what a round or a tick brought: all of it in one transaction, and twice is once.

mod facts;
mod feeds;

use super::fault::StoreError;
use super::records::{Commit, Committed, FindingFact, Round, RoundFacts};
use super::sql::{Tx, to_json, values};
use super::{Store, clip, key, lock};
use crate::incident::{Ending, Happened, Incident, IncidentId, State, Transition};
use crate::notice::{Notification, Phase};

/// Bytes of a text that are kept in a column of its own.
pub(super) const TEXT: usize = 4096;
/// Bytes of a URL.
pub(super) const URL: usize = 8192;

impl Store {
    /// Writes everything of a commit, or nothing: dropped on the way or failed, it leaves no trace.
    /// What is there already, by its key, stays as it is.
    pub async fn commit(&self, commit: &Commit) -> Result<Committed, StoreError> {
        let mut done = Committed::default();
        let mut tx = lock::begin(&self.writer).await?;
        if let Some(facts) = &commit.round {
            done.round = round(&mut tx, facts).await?;
        }
        for transition in &commit.transitions {
            incident(&mut tx, &transition.incident).await?;
            done.transitions += self::transition(&mut tx, transition).await?;
        }
        for changed in &commit.incidents {
            incident(&mut tx, changed).await?;
        }
        for id in &commit.forgotten {
            forget(&mut tx, *id).await?;
        }
        for wish in &commit.done_wishes {
            tx.run("DELETE FROM wishes WHERE id = $1", values![*wish]).await?;
        }
        for notification in &commit.released {
            released(&mut tx, notification).await?;
        }
        for notification in &commit.notifications {
            done.notifications += self::notification(&mut tx, notification).await?;
        }
        tx.commit().await?;
        Ok(done)
    }
}

async fn round(tx: &mut Tx, facts: &RoundFacts) -> Result<bool, StoreError> {
    let Some(id) = round_row(tx, &facts.round).await? else { return Ok(false) };
    facts::certificates(tx, &facts.certificates, facts.round.finished_at).await?;
    facts::origins(tx, id, &facts.origins).await?;
    feeds::feeds(tx, &facts.feeds).await?;
    facts::walks(tx, id, &facts.walks).await?;
    for fact in &facts.findings {
        finding(tx, fact).await?;
    }
    for id in &facts.cleared {
        let values = values![key(id), facts.round.finished_at];
        tx.run("UPDATE findings SET cleared_ms = $2 WHERE finding = $1 AND cleared_ms IS NULL", values).await?;
    }
    Ok(true)
}

/// The new round's id; `None` if it is there already.
async fn round_row(tx: &mut Tx, round: &Round) -> Result<Option<i64>, StoreError> {
    let row = tx
        .first(
            "INSERT INTO rounds (key, kind, vantage, started_ms, finished_ms, feeds, enclosures, origins, requests, \
             connections, late, offline, verdict) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
             ON CONFLICT (key) DO NOTHING RETURNING id",
            values![
                key(&round.key),
                clip(&round.kind, TEXT),
                clip(&round.vantage, TEXT),
                round.started_at,
                round.finished_at,
                round.feeds,
                round.enclosures,
                round.origins,
                round.requests,
                round.connections,
                round.late,
                round.offline,
                round.verdict.as_str(),
            ],
        )
        .await?;
    row.map(|row| row.int("id")).transpose()
}

async fn finding(tx: &mut Tx, fact: &FindingFact) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO findings (finding, code, severity, subject_kind, subject, name, summary, detail, caused_by, \
         feeds, episodes, first_seen_ms, last_seen_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12) \
         ON CONFLICT (finding) WHERE cleared_ms IS NULL DO UPDATE SET severity = excluded.severity, \
         summary = excluded.summary, detail = excluded.detail, caused_by = excluded.caused_by, \
         feeds = excluded.feeds, episodes = excluded.episodes, last_seen_ms = excluded.last_seen_ms \
         WHERE excluded.last_seen_ms >= findings.last_seen_ms",
        values![
            key(&fact.id),
            fact.code.as_str(),
            fact.severity.as_str(),
            fact.subject.kind.as_str(),
            clip(&fact.subject.id, URL),
            clip(&fact.subject.name, TEXT),
            clip(&fact.summary, TEXT),
            clip(&fact.detail, TEXT),
            fact.caused_by.as_deref().map(key),
            fact.affects.feeds,
            fact.affects.episodes,
            fact.at,
        ],
    )
    .await?;
    Ok(())
}

fn number(id: IncidentId) -> i64 {
    i64::try_from(id.0).unwrap_or(i64::MAX)
}

/// Writes an incident as it is now. One that has more transitions already is newer and stays.
async fn incident(tx: &mut Tx, incident: &Incident) -> Result<(), StoreError> {
    let id = number(incident.id);
    tx.run(
        "INSERT INTO incidents (id, code, subject_kind, subject, name, certificate, severity, state, since_ms, \
         opened_ms, seen_ms, closed_ms, host, summary, feeds, episodes, transitions, body, ending) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) \
         ON CONFLICT (id) DO UPDATE SET code = excluded.code, severity = excluded.severity, state = excluded.state, \
         since_ms = excluded.since_ms, opened_ms = excluded.opened_ms, seen_ms = excluded.seen_ms, \
         closed_ms = excluded.closed_ms, host = excluded.host, summary = excluded.summary, feeds = excluded.feeds, \
         episodes = excluded.episodes, transitions = excluded.transitions, body = excluded.body, \
         ending = excluded.ending \
         WHERE excluded.transitions >= incidents.transitions",
        values![
            id,
            incident.code.as_str(),
            incident.cause.subject.kind.as_str(),
            clip(&incident.cause.subject.id, URL),
            clip(&incident.cause.subject.name, TEXT),
            incident.cause.certificate.as_deref(),
            incident.severity.as_str(),
            state_name(incident.state),
            incident.since,
            incident.opened_at,
            incident.seen_at,
            incident.closed_at,
            incident.host.as_deref().map(|host| clip(host, TEXT)),
            clip(&incident.summary, TEXT),
            incident.affects.feeds,
            incident.affects.episodes,
            incident.transitions,
            to_json(incident)?,
            incident.ending.map(Ending::as_str),
        ],
    )
    .await?;
    tx.run(
        "INSERT INTO meta (name, value) VALUES ('next_incident', $1) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE excluded.value > meta.value",
        values![id.saturating_add(1)],
    )
    .await?;
    Ok(())
}

async fn transition(tx: &mut Tx, transition: &Transition) -> Result<u64, StoreError> {
    tx.run(
        "INSERT INTO transitions (incident, number, at_ms, what, severity, body) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (incident, number) DO NOTHING",
        values![
            number(transition.incident.id),
            transition.number,
            transition.at,
            happened_name(&transition.happened),
            transition.incident.severity.as_str(),
            to_json(transition)?,
        ],
    )
    .await
}

/// Drops an incident that nobody was ever told of.
async fn forget(tx: &mut Tx, id: IncidentId) -> Result<(), StoreError> {
    tx.run(
        "DELETE FROM incidents WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM transitions WHERE incident = $1)",
        values![number(id)],
    )
    .await?;
    Ok(())
}

pub(super) async fn notification(tx: &mut Tx, notification: &Notification) -> Result<u64, StoreError> {
    let not_before = notification.not_before.unwrap_or(notification.at);
    tx.run(
        "INSERT INTO deliveries (key, channel, incident, phase, headline, composed_ms, not_before_ms, retry_ms, \
         state, attempts, body, about) VALUES ($1, $2, $3, $4, $5, $6, $7, $6, 'waiting', 0, $8, $9) \
         ON CONFLICT (key) DO NOTHING",
        values![
            key(&notification.key),
            key(&notification.channel),
            notification.incident.map(number),
            phase_name(notification.phase),
            clip(&notification.message.headline, TEXT),
            notification.at,
            not_before,
            to_json(notification)?,
            notification.about.as_ref().map(|about| key(&about.key())),
        ],
    )
    .await
}

/// A message that waits is held back no longer than it says now.
async fn released(tx: &mut Tx, notification: &Notification) -> Result<(), StoreError> {
    let not_before = notification.not_before.unwrap_or(notification.at);
    let sql = "UPDATE deliveries SET not_before_ms = $2, body = $3 WHERE key = $1 AND state = 'waiting'";
    tx.run(sql, values![key(&notification.key), not_before, to_json(notification)?]).await?;
    Ok(())
}

/// As serde writes it, which a test holds.
pub(super) fn state_name(state: State) -> &'static str {
    match state {
        State::Suspected => "suspected",
        State::Open => "open",
        State::Flapping => "flapping",
        State::Closed => "closed",
    }
}

/// As serde writes it, which a test holds.
pub(super) fn happened_name(happened: &Happened) -> &'static str {
    match happened {
        Happened::Opened => "opened",
        Happened::Stepped { .. } => "stepped",
        Happened::Worsened { .. } => "worsened",
        Happened::Eased { .. } => "eased",
        Happened::Recovered => "recovered",
        Happened::Unwatched => "unwatched",
        Happened::Reopened => "reopened",
        Happened::Flapping => "flapping",
        Happened::Reminded => "reminded",
        Happened::Escalated => "escalated",
        Happened::Acknowledged { .. } => "acknowledged",
        Happened::Released { .. } => "released",
    }
}

pub(super) fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::First => "first",
        Phase::Update => "update",
        Phase::End => "end",
        Phase::Single => "single",
    }
}
