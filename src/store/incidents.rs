//! Incidents as they are asked for: in a list, and one with all that happened.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Reader;
use super::fault::StoreError;
use super::sql::{Row, values};
use crate::incident::{Incident, IncidentId, Transition};
use crate::notice::Held;

/// An incident in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IncidentLine {
    /// Its number.
    pub id: u64,
    /// The finding's code.
    pub code: String,
    /// `critical`, `warning`, `info`.
    pub severity: String,
    /// `open`, `flapping`, `closed`, `suspected`.
    pub state: String,
    /// When the fault began.
    pub since: Timestamp,
    /// When it was confirmed.
    pub opened_at: Option<Timestamp>,
    /// When it was over.
    pub closed_at: Option<Timestamp>,
    /// How it ended: `mended`, `partly`, `unwatched`, `unseen`.
    pub ending: Option<String>,
    /// The host at fault.
    pub host: Option<String>,
    /// What it is about.
    pub subject: String,
    /// One sentence.
    pub summary: String,
    /// Feeds touched.
    pub feeds: u64,
    /// Episodes touched.
    pub episodes: u64,
    /// Who took it up, and since when.
    pub acknowledged: Option<Taken>,
}

/// Who took an incident up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What of an incident's body a list shows.
#[derive(Deserialize)]
struct Body {
    acknowledged: Option<(String, Timestamp)>,
}

/// What of a message's body tells why it waits.
#[derive(Deserialize)]
struct Waits {
    #[serde(default)]
    held: Option<Held>,
}

/// A message about an incident and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// Its key.
    pub key: String,
    /// To which channel.
    pub channel: String,
    /// `first`, `update`, `end`.
    pub phase: String,
    /// `waiting`, `delivered`, `superseded`, `dead`.
    pub state: String,
    /// What it says.
    pub headline: String,
    /// When it was composed.
    pub composed_at: Timestamp,
    /// When it was delivered, superseded or given up.
    pub done_at: Option<Timestamp>,
    /// How often it was tried.
    pub attempts: u64,
    /// What the last failure was.
    pub last_error: Option<String>,
    /// While it waits: before when it is not sent.
    pub not_before: Option<Timestamp>,
    /// While it waits: what holds it back until then.
    pub held: Option<Held>,
    /// While it waits, and was tried: when it is tried again.
    pub retry_at: Option<Timestamp>,
}

/// An incident with everything that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dossier {
    /// As it is now.
    pub incident: Incident,
    /// What happened, in order.
    pub transitions: Vec<Transition>,
    /// The messages about it, in order.
    pub deliveries: Vec<Delivery>,
}

const LINE: &str = "SELECT id, code, severity, state, since_ms, opened_ms, closed_ms, host, subject, summary, feeds, \
     episodes, ending, body FROM incidents WHERE state <> 'suspected' AND opened_ms IS NOT NULL \
     AND (state <> 'closed' OR closed_ms >= $1) ORDER BY id DESC LIMIT $2";

impl Reader {
    /// Incidents that are going on, and, with a time, those that were closed since; newest first.
    /// Mere suspicions are not among them.
    pub async fn incidents(
        &self,
        closed_since: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<IncidentLine>, StoreError> {
        let since = closed_since.map_or(i64::MAX, Timestamp::as_millisecond);
        self.pool.all(LINE, values![since, limit]).await?.iter().map(line).collect()
    }

    /// One incident with its transitions and messages; `None` if there is none of that number.
    pub async fn incident(&self, id: IncidentId) -> Result<Option<Dossier>, StoreError> {
        let Some(row) = self.pool.first("SELECT body FROM incidents WHERE id = $1", values![id.0]).await? else {
            return Ok(None);
        };
        let sql = "SELECT body FROM transitions WHERE incident = $1 ORDER BY number";
        let transitions = self.pool.all(sql, values![id.0]).await?;
        let sql = "SELECT key, channel, phase, state, headline, composed_ms, done_ms, attempts, last_error, \
                   not_before_ms, retry_ms, body FROM deliveries WHERE incident = $1 ORDER BY id";
        let deliveries = self.pool.all(sql, values![id.0]).await?;
        Ok(Some(Dossier {
            incident: row.json("body")?,
            transitions: transitions.iter().map(|row| row.json("body")).collect::<Result<_, _>>()?,
            deliveries: deliveries.iter().map(delivery).collect::<Result<_, _>>()?,
        }))
    }
}

fn line(row: &Row) -> Result<IncidentLine, StoreError> {
    Ok(IncidentLine {
        id: row.count("id")?,
        code: row.text("code")?,
        severity: row.text("severity")?,
        state: row.text("state")?,
        since: row.time("since_ms")?,
        opened_at: row.maybe_time("opened_ms")?,
        closed_at: row.maybe_time("closed_ms")?,
        ending: row.maybe_text("ending")?,
        host: row.maybe_text("host")?,
        subject: row.text("subject")?,
        summary: row.text("summary")?,
        feeds: row.count("feeds")?,
        episodes: row.count("episodes")?,
        acknowledged: row.json::<Body>("body")?.acknowledged.map(|(by, at)| Taken { by, at }),
    })
}

fn delivery(row: &Row) -> Result<Delivery, StoreError> {
    let state = row.text("state")?;
    let waits = state == "waiting";
    let attempts = row.count("attempts")?;
    Ok(Delivery {
        not_before: if waits { row.maybe_time("not_before_ms")? } else { None },
        held: if waits { row.json::<Waits>("body")?.held } else { None },
        retry_at: if waits && attempts > 0 { row.maybe_time("retry_ms")? } else { None },
        key: row.text("key")?,
        channel: row.text("channel")?,
        phase: row.text("phase")?,
        state,
        headline: row.text("headline")?,
        composed_at: row.time("composed_ms")?,
        done_at: row.maybe_time("done_ms")?,
        attempts,
        last_error: row.maybe_text("last_error")?,
    })
}
