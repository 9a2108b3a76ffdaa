//! Upkeep: rolls facts up by hour and day, deletes what is older than it is kept, and gives the
//! room back. In small transactions, so that a round's commit never waits long.

use jiff::Timestamp;

use super::fault::StoreError;
use super::records::Retention;
use super::rollup::{self, DAY, HOUR};
use super::sql::{PoolKind, values};
use super::{Store, lock};

/// Spans rolled up in one call, and rows deleted by one statement.
const SPANS: usize = 48;
const BATCH: i64 = 2_000;
/// Batches deleted from one table in one call.
const BATCHES: usize = 5;
/// Facts that come late are still counted: for so many ms after its end, the last span is counted
/// again at every call.
const LATE: i64 = 2 * HOUR;
/// Pages given back to the system in one call.
const PAGES: &str = "PRAGMA incremental_vacuum(2000)";

/// What a call of [`Store::maintain`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Hours rolled up.
    pub hours: u64,
    /// Days rolled up.
    pub days: u64,
    /// Rows deleted.
    pub deleted: u64,
    /// Whether there is more to do: call again soon.
    pub more: bool,
}

/// What is deleted, by whose age: each statement takes a time and how many rows at most.
const FACTS: &[&str] = &[
    "DELETE FROM sightings WHERE id IN (SELECT id FROM sightings WHERE at_ms < $1 ORDER BY at_ms LIMIT $2)",
    "DELETE FROM walks WHERE id IN (SELECT id FROM walks WHERE at_ms < $1 ORDER BY at_ms LIMIT $2)",
    // What still has facts stays until they are gone.
    "DELETE FROM rounds WHERE id IN (SELECT id FROM rounds r WHERE finished_ms < $1 \
     AND NOT EXISTS (SELECT 1 FROM sightings s WHERE s.round_id = r.id) \
     AND NOT EXISTS (SELECT 1 FROM walks w WHERE w.round_id = r.id) ORDER BY finished_ms LIMIT $2)",
];
const HOURS: &[&str] = &["DELETE FROM rollups WHERE scale = 'hour' AND start_ms IN \
     (SELECT DISTINCT start_ms FROM rollups WHERE scale = 'hour' AND start_ms < $1 ORDER BY start_ms LIMIT $2)"];
const DAYS: &[&str] = &[
    "DELETE FROM rollups WHERE scale = 'day' AND start_ms IN \
     (SELECT DISTINCT start_ms FROM rollups WHERE scale = 'day' AND start_ms < $1 ORDER BY start_ms LIMIT $2)",
    "DELETE FROM findings WHERE id IN (SELECT id FROM findings WHERE cleared_ms < $1 ORDER BY cleared_ms LIMIT $2)",
    "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE done_ms < $1 AND (incident IS NULL \
     OR NOT EXISTS (SELECT 1 FROM incidents i WHERE i.id = deliveries.incident AND i.state <> 'closed')) \
     ORDER BY done_ms LIMIT $2)",
    "DELETE FROM incidents WHERE id IN (SELECT id FROM incidents WHERE state = 'closed' AND closed_ms < $1 \
     ORDER BY closed_ms LIMIT $2)",
    "DELETE FROM tenures WHERE id IN (SELECT id FROM tenures WHERE last_seen_ms < $1 LIMIT $2)",
    "DELETE FROM targets WHERE id IN (SELECT id FROM targets t WHERE last_seen_ms < $1 \
     AND NOT EXISTS (SELECT 1 FROM walks w WHERE w.target_id = t.id) LIMIT $2)",
    "DELETE FROM feeds WHERE id IN (SELECT id FROM feeds f WHERE last_seen_ms < $1 \
     AND NOT EXISTS (SELECT 1 FROM targets t WHERE t.feed_id = f.id) LIMIT $2)",
    "DELETE FROM origins WHERE id IN (SELECT id FROM origins o WHERE last_seen_ms < $1 \
     AND NOT EXISTS (SELECT 1 FROM sightings s WHERE s.origin_id = o.id) LIMIT $2)",
    "DELETE FROM certificates WHERE id IN (SELECT id FROM certificates c WHERE last_seen_ms < $1 \
     AND NOT EXISTS (SELECT 1 FROM tenures t WHERE t.certificate_id = c.id) LIMIT $2)",
];
/// Silences that are over.
const WISHES: &[&str] = &["DELETE FROM wishes WHERE id IN (SELECT id FROM wishes WHERE kind = 'silence' \
     AND until_ms < $1 ORDER BY id LIMIT $2)"];

impl Store {
    /// Rolls up what is complete, deletes what is too old, gives room back. Bounded: call it every
    /// few minutes, and again at once while it says that there is more. Days are days of UTC.
    pub async fn maintain(&self, now: Timestamp, keep: &Retention) -> Result<Done, StoreError> {
        let now = now.as_millisecond();
        let mut done = Done::default();
        let (hours, hours_left, _) = self.roll("hour", HOUR, now).await?;
        let (days, days_left, rolled) = self.roll("day", DAY, now).await?;
        done.hours = hours;
        done.days = days;
        done.more = hours_left || days_left;
        let before = |days: u16| now.saturating_sub(i64::from(days).saturating_mul(DAY));
        // Nothing goes that has not been counted yet, not even late comers.
        let facts = before(keep.facts_days.max(2)).min(rolled.saturating_sub(LATE));
        for (statements, before) in [
            (WISHES, now),
            (FACTS, facts),
            (HOURS, before(keep.hours_days.max(keep.facts_days))),
            (DAYS, before(keep.days_days.max(keep.hours_days))),
        ] {
            for statement in statements {
                let (deleted, left) = self.delete(statement, before).await?;
                done.deleted += deleted;
                done.more |= left;
            }
        }
        let mut tx = lock::begin(&self.writer).await?;
        tx.run("DELETE FROM wishes WHERE kind = 'silence' AND until_ms < $1", values![now]).await?;
        tx.commit().await?;
        if let PoolKind::Sqlite(pool) = &self.writer.kind {
            sqlx::raw_sql(PAGES).execute(pool).await.map_err(|why| self.writer.place.fault(why))?;
        }
        Ok(done)
    }

    /// Rolls up whole spans; gives how many were new, whether some are left, and until when it is done.
    async fn roll(&self, scale: &'static str, span: i64, now: i64) -> Result<(u64, bool, i64), StoreError> {
        let sql = "SELECT value FROM meta WHERE name = $1";
        let name = format!("rolled_{scale}");
        let row = self.reader.pool.first(sql, values![name.as_str()]).await?;
        let known = row.map(|row| row.int("value")).transpose()?;
        let mut from = match known {
            Some(until) if now.saturating_sub(until) < LATE => until.saturating_sub(span),
            Some(until) => until,
            None => i64::MIN,
        };
        let mut until = known.unwrap_or(i64::MIN);
        let mut new = 0;
        for _ in 0..SPANS {
            // Over spans in which nothing was looked at.
            let Some(first) = self.reader.first_fact(from).await? else { break };
            from = floor(first, span);
            let to = from.saturating_add(span);
            if to > now {
                break;
            }
            let mut tx = lock::begin(&self.writer).await?;
            rollup::keep(&mut tx, scale, from, to).await?;
            if to > until {
                until = to;
                new += 1;
                let sql = "INSERT INTO meta (name, value) VALUES ($1, $2) \
                           ON CONFLICT (name) DO UPDATE SET value = excluded.value";
                tx.run(sql, values![name.as_str(), until]).await?;
            }
            tx.commit().await?;
            from = to;
        }
        let left =
            self.reader.first_fact(from).await?.is_some_and(|first| floor(first, span).saturating_add(span) <= now);
        Ok((new, left, until))
    }

    async fn delete(&self, statement: &'static str, before: i64) -> Result<(u64, bool), StoreError> {
        let mut deleted = 0;
        for _ in 0..BATCHES {
            let mut tx = lock::begin(&self.writer).await?;
            let rows = tx.run(statement, values![before, BATCH]).await?;
            tx.commit().await?;
            deleted += rows;
            if rows < BATCH.unsigned_abs() {
                return Ok((deleted, false));
            }
        }
        Ok((deleted, true))
    }

    /// What is wrong with the file, by `PRAGMA integrity_check` and `foreign_key_check`: nothing,
    /// if it is sound. Reads all of it. Postgres looks after itself.
    pub async fn faults(&self) -> Result<Vec<String>, StoreError> {
        if matches!(self.writer.kind, PoolKind::Postgres(_)) {
            return Ok(Vec::new());
        }
        let pool = &self.reader.pool;
        let mut faults = Vec::new();
        for row in pool.all("SELECT integrity_check AS fault FROM pragma_integrity_check", values![]).await? {
            let fault = row.text("fault")?;
            if fault != "ok" {
                faults.push(fault);
            }
        }
        let sql = "SELECT \"table\" AS fault FROM pragma_foreign_key_check LIMIT 100";
        for row in pool.all(sql, values![]).await? {
            faults.push(format!("a row of {} refers to nothing", row.text("fault")?));
        }
        Ok(faults)
    }
}

/// The beginning of the span that holds a time.
pub(super) fn floor(at: i64, span: i64) -> i64 {
    at.div_euclid(span).saturating_mul(span)
}
