//! The outbox: messages that wait for their channel, and what became of them.
//!
//! A message goes out once it is not held back (quiet hours) and its last failure is long enough
//! ago. Messages of one incident on one channel go in their order: only the oldest is due. When a
//! later one may go (it has become critical), the earlier ones no longer wait for the morning.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::commit::TEXT;
use super::fault::StoreError;
use super::sql::{Row, to_json, values};
use super::{Reader, Store, clip, key, lock};
use crate::incident::IncidentId;
use crate::notice::{About, Notification};

/// A message to be delivered now.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// The message.
    pub notification: Notification,
    /// How often it was tried before.
    pub attempts: u32,
    /// Since when it waits.
    pub since: Timestamp,
}

/// Something of podprobe itself that a channel was told of and that is not well yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What.
    pub about: About,
    /// The channel that was told.
    pub channel: String,
    /// When it was told of it last.
    pub told_at: Timestamp,
}

/// What waits in the outbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many messages.
    pub messages: u64,
    /// Since when the oldest.
    pub since: Option<Timestamp>,
}

/// Joined after `d`: nothing older of the same incident, or about the same thing, waits on the same
/// channel.
macro_rules! oldest {
    () => {
        "((d.incident IS NULL AND d.about IS NULL) OR NOT EXISTS (SELECT 1 FROM deliveries e \
         WHERE e.state = 'waiting' AND e.channel = d.channel AND (e.incident = d.incident OR e.about = d.about) \
         AND e.id < d.id))"
    };
}

const RETRY: &str = "UPDATE deliveries SET attempts = attempts + 1, retry_ms = $2, last_error = $3, \
     limited_ms = $4 WHERE key = $1 AND state = 'waiting'";
/// For [`RETRY`]: it failed by itself.
const NOT_LIMITED: Option<Timestamp> = None;
const DEAD: &str = "UPDATE deliveries SET state = 'dead', attempts = attempts + 1, last_error = $2, done_ms = $3 \
     WHERE key = $1 AND state = 'waiting'";

/// Before [`oldest`]: `d` waits, and may go at `$1`.
macro_rules! ready {
    () => {
        "d.state = 'waiting' AND d.retry_ms <= $1 AND (d.not_before_ms <= $1 \
         OR EXISTS (SELECT 1 FROM deliveries l WHERE l.state = 'waiting' AND l.channel = d.channel \
         AND l.incident = d.incident AND l.not_before_ms <= $1)) AND "
    };
}

macro_rules! due_columns {
    () => {
        "SELECT d.body AS body, d.attempts AS attempts, d.composed_ms AS composed_ms FROM deliveries d WHERE "
    };
}

impl Reader {
    /// Messages to be delivered now, oldest first, so many at most; one at most for each channel and
    /// incident.
    pub async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Due>, StoreError> {
        let sql = concat!(due_columns!(), ready!(), oldest!(), " ORDER BY d.id LIMIT $2");
        let rows = self.pool.all(sql, values![now, limit]).await?;
        rows.iter().map(due).collect()
    }

    /// Like [`due`](Self::due), for one channel; what was never tried comes first, so that a message
    /// that always fails keeps no other waiting.
    pub async fn due_on(&self, channel: &str, now: Timestamp, limit: u32) -> Result<Vec<Due>, StoreError> {
        let sql =
            concat!(due_columns!(), ready!(), oldest!(), " AND d.channel = $3 ORDER BY d.attempts, d.id LIMIT $2");
        let rows = self.pool.all(sql, values![now, limit, key(channel)]).await?;
        rows.iter().map(due).collect()
    }

    /// When the next message is due, for whoever sleeps until then; `None` while nothing waits.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.next_due_of_each().await?.into_iter().map(|(_, at)| at).min())
    }

    /// When the next message is due on each channel for which any waits, by name.
    pub async fn next_due_of_each(&self) -> Result<Vec<(String, Timestamp)>, StoreError> {
        let rows = self
            .pool
            .all(
                concat!(
                    "SELECT channel, MIN(CASE WHEN retry_ms > ready_ms THEN retry_ms ELSE ready_ms END) AS at_ms FROM \
                     (SELECT d.channel AS channel, d.retry_ms AS retry_ms, \
                     CASE WHEN d.incident IS NULL THEN d.not_before_ms ELSE \
                     (SELECT MIN(l.not_before_ms) FROM deliveries l WHERE l.state = 'waiting' \
                     AND l.channel = d.channel AND l.incident = d.incident) END AS ready_ms \
                     FROM deliveries d WHERE d.state = 'waiting' AND ",
                    oldest!(),
                    ") heads GROUP BY channel ORDER BY channel"
                ),
                values![],
            )
            .await?;
        rows.iter().map(|row| Ok((row.text("channel")?, row.time("at_ms")?))).collect()
    }

    /// Everything that waits for one channel about one incident, in order.
    pub async fn waiting(&self, channel: &str, incident: IncidentId) -> Result<Vec<Due>, StoreError> {
        let rows = self
            .pool
            .all(
                "SELECT body, attempts, composed_ms FROM deliveries \
                 WHERE state = 'waiting' AND channel = $1 AND incident = $2 ORDER BY id",
                values![key(channel), incident.0],
            )
            .await?;
        rows.iter().map(due).collect()
    }

    /// Everything that waits for one channel about one thing of podprobe itself, in order.
    pub async fn waiting_about(&self, channel: &str, about: &About) -> Result<Vec<Due>, StoreError> {
        let rows = self
            .pool
            .all(
                "SELECT body, attempts, composed_ms FROM deliveries \
                 WHERE state = 'waiting' AND channel = $1 AND about = $2 ORDER BY id",
                values![key(channel), key(&about.key())],
            )
            .await?;
        rows.iter().map(due).collect()
    }

    /// What of podprobe itself channels were told of, or are about to be, and not yet that it is well
    /// again.
    pub async fn troubles(&self) -> Result<Vec<Trouble>, StoreError> {
        let rows = self
            .pool
            .all(
                "SELECT d.body AS body FROM deliveries d WHERE d.about IS NOT NULL AND d.phase <> 'end' \
                 AND d.state <> 'dead' AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.about = d.about \
                 AND e.channel = d.channel AND e.phase = 'end' AND e.id > d.id) ORDER BY d.id LIMIT 1000",
                values![],
            )
            .await?;
        let mut troubles: Vec<Trouble> = Vec::new();
        for row in &rows {
            let Notification { about, channel, at, .. } = row.json("body")?;
            let Some(about) = about else { continue };
            match troubles.iter_mut().find(|known| known.about == about && known.channel == channel) {
                Some(known) => known.told_at = at,
                None => troubles.push(Trouble { about, channel, told_at: at }),
            }
        }
        Ok(troubles)
    }

    /// The receipt of the first message of an incident that reached a channel: what later ones
    /// thread under. `None` where nothing was delivered, or the platform gave none.
    pub async fn receipt_of_first(&self, channel: &str, incident: IncidentId) -> Result<Option<Json>, StoreError> {
        let row = self
            .pool
            .first(
                "SELECT receipt FROM deliveries WHERE state = 'delivered' AND channel = $1 AND incident = $2 \
                 AND receipt IS NOT NULL ORDER BY id LIMIT 1",
                values![key(channel), incident.0],
            )
            .await?;
        row.map(|row| row.json("receipt")).transpose()
    }

    /// The receipt of the last message that reached a channel and is about the same incident, or the
    /// same thing of podprobe itself, as this one. `None` where there is none, or it is about neither.
    pub async fn receipt_of_last(&self, of: &Notification) -> Result<Option<Json>, StoreError> {
        let channel = key(&of.channel);
        let row = match (of.incident, &of.about) {
            (Some(incident), _) => {
                let sql = "SELECT receipt FROM deliveries WHERE state = 'delivered' AND channel = $1 \
                           AND incident = $2 AND receipt IS NOT NULL ORDER BY id DESC LIMIT 1";
                self.pool.first(sql, values![channel, incident.0]).await?
            }
            (None, Some(about)) => {
                let sql = "SELECT receipt FROM deliveries WHERE state = 'delivered' AND channel = $1 \
                           AND about = $2 AND receipt IS NOT NULL ORDER BY id DESC LIMIT 1";
                self.pool.first(sql, values![channel, key(&about.key())]).await?
            }
            (None, None) => None,
        };
        row.map(|row| row.json("receipt")).transpose()
    }

    /// Messages about incidents that are held back at a time, in order.
    pub async fn held(&self, now: Timestamp) -> Result<Vec<Notification>, StoreError> {
        let sql = "SELECT body FROM deliveries WHERE state = 'waiting' AND incident IS NOT NULL \
                   AND not_before_ms > $1 ORDER BY id LIMIT 10000";
        self.pool.all(sql, values![now]).await?.iter().map(|row| row.json("body")).collect()
    }

    /// Channels whose platforms asked to be left alone, and until when.
    pub async fn limits(&self, now: Timestamp) -> Result<Vec<(String, Timestamp)>, StoreError> {
        let sql = "SELECT channel, MAX(limited_ms) AS until_ms FROM deliveries WHERE state = 'waiting' \
                   AND limited_ms > $1 GROUP BY channel ORDER BY channel";
        let rows = self.pool.all(sql, values![now]).await?;
        rows.iter().map(|row| Ok((row.text("channel")?, row.time("until_ms")?))).collect()
    }

    /// The keys of what waits for a channel after a failure, but for what the platform will take at a
    /// time of its own.
    pub async fn failed_on(&self, channel: &str) -> Result<BTreeSet<String>, StoreError> {
        let sql = "SELECT key FROM deliveries WHERE state = 'waiting' AND channel = $1 AND attempts > 0 \
                   AND limited_ms IS NULL LIMIT 10000";
        self.pool.all(sql, values![key(channel)]).await?.iter().map(|row| row.text("key")).collect()
    }

    /// How much waits, and since when.
    pub async fn outbox(&self) -> Result<Waiting, StoreError> {
        let sql = "SELECT COUNT(*) AS many, MIN(composed_ms) AS since_ms FROM deliveries WHERE state = 'waiting'";
        let Some(row) = self.pool.first(sql, values![]).await? else { return Ok(Waiting::default()) };
        Ok(Waiting { messages: row.count("many")?, since: row.maybe_time("since_ms")? })
    }
}

impl Store {
    /// A message has reached its channel, and others are told that the channel delivers again: all of
    /// that or nothing. Whether it was waiting: a repeated call changes nothing.
    pub async fn delivered(
        &self,
        message: &str,
        receipt: Option<&Json>,
        at: Timestamp,
        tell: &[Notification],
    ) -> Result<bool, StoreError> {
        let receipt = receipt.map(to_json).transpose()?;
        let sql = "UPDATE deliveries SET state = 'delivered', attempts = attempts + 1, receipt = $2, done_ms = $3 \
                   WHERE key = $1 AND state = 'waiting'";
        self.settle(sql, values![key(message), receipt, at], tell).await
    }

    /// A message failed and is tried again at a time. `why` holds no secret.
    pub async fn retry(&self, message: &str, at: Timestamp, why: &str) -> Result<bool, StoreError> {
        self.settle(RETRY, values![key(message), at, clip(why, TEXT), NOT_LIMITED], &[]).await
    }

    /// A message was too much for the platform, which takes it at a time and nothing before; see
    /// [`Reader::limits`]. `why` holds no secret.
    pub async fn limited(&self, message: &str, at: Timestamp, why: &str) -> Result<bool, StoreError> {
        self.settle(RETRY, values![key(message), at, clip(why, TEXT), Some(at)], &[]).await
    }

    /// A message failed and is tried again, or is given up (`again` is `None`), and others are told
    /// of it: all of that or nothing. `why` holds no secret. Whether it was waiting; of one that was
    /// not, nobody is told.
    pub async fn refused(
        &self,
        message: &str,
        why: &str,
        at: Timestamp,
        again: Option<Timestamp>,
        tell: &[Notification],
    ) -> Result<bool, StoreError> {
        let (message, why) = (key(message), clip(why, TEXT));
        match again {
            Some(again) => self.settle(RETRY, values![message, again, why, NOT_LIMITED], tell).await,
            None => self.settle(DEAD, values![message, why, at], tell).await,
        }
    }

    /// A message is given up. `why` holds no secret.
    pub async fn dead(&self, message: &str, why: &str, at: Timestamp) -> Result<bool, StoreError> {
        self.settle(DEAD, values![key(message), clip(why, TEXT), at], &[]).await
    }

    /// Messages that need not be sent any more, because a later one says what counts now; all of them
    /// or none. Gives how many were waiting.
    pub async fn superseded(&self, messages: &[&str], at: Timestamp) -> Result<u64, StoreError> {
        let mut tx = lock::begin(&self.writer).await?;
        let mut many = 0;
        for message in messages {
            let sql = "UPDATE deliveries SET state = 'superseded', done_ms = $2 WHERE key = $1 AND state = 'waiting'";
            many += tx.run(sql, values![key(message), at]).await?;
        }
        tx.commit().await?;
        Ok(many)
    }

    /// Messages that failed are tried again now and not later, as [`Reader::failed_on`] names them.
    pub async fn hastened(&self, messages: &[&str], at: Timestamp) -> Result<(), StoreError> {
        if messages.is_empty() {
            return Ok(());
        }
        let mut tx = lock::begin(&self.writer).await?;
        for message in messages {
            let sql = "UPDATE deliveries SET retry_ms = $2 WHERE key = $1 AND state = 'waiting' AND retry_ms > $2";
            tx.run(sql, values![key(message), at]).await?;
        }
        tx.commit().await
    }

    async fn settle(
        &self,
        sql: &'static str,
        values: Vec<super::sql::Value>,
        tell: &[Notification],
    ) -> Result<bool, StoreError> {
        let mut tx = lock::begin(&self.writer).await?;
        let touched = tx.run(sql, values).await?;
        if touched > 0 {
            for notification in tell {
                super::commit::notification(&mut tx, notification).await?;
            }
        }
        tx.commit().await?;
        Ok(touched > 0)
    }
}

fn due(row: &Row) -> Result<Due, StoreError> {
    Ok(Due {
        notification: row.json("body")?,
        attempts: u32::try_from(row.int("attempts")?).unwrap_or(u32::MAX),
        since: row.time("composed_ms")?,
    })
}
