//! What later rounds need of earlier ones: incidents to go on with, certificates that an origin
//! served and how early they were renewed, what feeds said. Only numbers; judging is not done here.

use jiff::Timestamp;

use super::fault::StoreError;
use super::records::{Book, CertificateFact, FeedState, FeedVersion, SeenVersion, Tenure};
use super::sql::{Row, values};
use super::{Reader, key};
use crate::judge::Code;

/// Versions of a feed that are kept.
pub(super) const VERSIONS: i64 = 50;
/// Renewals that make a habit.
const RENEWALS: i64 = 8;

pub(super) const LATEST_VERSION: &str = "SELECT title, items, guids_hash, guids, hosts, dates, newest_ms, rhythm_ms, \
     first_seen_ms, last_seen_ms FROM feed_versions WHERE feed_id = $1 ORDER BY id DESC LIMIT 1";

impl Reader {
    /// Incidents that are not over, and those that were closed at this time or later.
    pub async fn book(&self, closed_since: Timestamp) -> Result<Book, StoreError> {
        let rows = self
            .pool
            .all(
                "SELECT body FROM incidents WHERE state <> 'closed' OR closed_ms >= $1 ORDER BY id",
                values![closed_since],
            )
            .await?;
        let incidents = rows.iter().map(|row| row.json("body")).collect::<Result<Vec<_>, _>>()?;
        let next = self.pool.first("SELECT value FROM meta WHERE name = 'next_incident'", values![]).await?;
        let next = next.map(|row| row.count("value")).transpose()?;
        Ok(Book { incidents, next: next.unwrap_or(1) })
    }

    /// The findings that nothing has cleared: id, code and the id of the subject.
    pub async fn standing_findings(&self) -> Result<Vec<(String, Code, String)>, StoreError> {
        let sql = "SELECT finding, code, subject FROM findings WHERE cleared_ms IS NULL";
        let rows = self.pool.all(sql, values![]).await?;
        let mut findings = Vec::new();
        for row in &rows {
            // A code that a newer podprobe knew is left to it.
            if let Some(code) = Code::named(&row.text("code")?) {
                findings.push((row.text("finding")?, code, row.text("subject")?));
            }
        }
        Ok(findings)
    }

    /// The remaining shares of lifetime at which an origin's last eight renewals by one authority
    /// were first seen, newest first.
    pub async fn habit(&self, origin: &str, authority: &str) -> Result<Vec<f64>, StoreError> {
        let rows = self
            .pool
            .all(
                "SELECT t.remaining_share AS share FROM tenures t JOIN origins o ON o.id = t.origin_id \
                 JOIN certificates c ON c.id = t.certificate_id WHERE o.name = $1 AND c.authority = $2 \
                 AND t.remaining_share IS NOT NULL ORDER BY t.first_seen_ms DESC, t.id DESC LIMIT $3",
                values![key(origin), authority, RENEWALS],
            )
            .await?;
        let shares = rows.iter().map(|row| row.maybe_real("share")).collect::<Result<Vec<_>, _>>()?;
        Ok(shares.into_iter().flatten().collect())
    }

    /// The certificates that an origin served, the one first seen last first, so many at most.
    pub async fn tenures(&self, origin: &str, limit: u32) -> Result<Vec<Tenure>, StoreError> {
        let rows = self
            .pool
            .all(
                "SELECT c.sha256 AS sha256, c.subject AS subject, c.issuer AS issuer, c.authority AS authority, \
                 c.serial AS serial, c.not_before_ms AS not_before_ms, c.not_after_ms AS not_after_ms, \
                 t.root AS root, t.first_seen_ms AS first_seen_ms, t.last_seen_ms AS last_seen_ms, \
                 t.remaining_share AS remaining_share FROM tenures t JOIN origins o ON o.id = t.origin_id \
                 JOIN certificates c ON c.id = t.certificate_id WHERE o.name = $1 \
                 ORDER BY t.first_seen_ms DESC, t.id DESC LIMIT $2",
                values![key(origin), limit],
            )
            .await?;
        rows.iter().map(tenure).collect()
    }

    /// What is known of a feed.
    pub async fn feed(&self, feed: &str) -> Result<Option<FeedState>, StoreError> {
        let sql = "SELECT id, key, source, name, etag, last_modified, read_ms FROM feeds WHERE key = $1";
        match self.pool.first(sql, values![key(feed)]).await? {
            Some(row) => Ok(Some(self.feed_state(&row).await?)),
            None => Ok(None),
        }
    }

    /// What is known of every feed, for a start.
    pub async fn feeds(&self) -> Result<Vec<FeedState>, StoreError> {
        let sql = "SELECT id, key, source, name, etag, last_modified, read_ms FROM feeds ORDER BY id";
        let mut states = Vec::new();
        for row in self.pool.all(sql, values![]).await? {
            states.push(self.feed_state(&row).await?);
        }
        Ok(states)
    }

    async fn feed_state(&self, row: &Row) -> Result<FeedState, StoreError> {
        let latest = self.pool.first(LATEST_VERSION, values![row.int("id")?]).await?;
        Ok(FeedState {
            key: row.text("key")?,
            source: row.text("source")?,
            name: row.text("name")?,
            etag: row.maybe_text("etag")?,
            last_modified: row.maybe_text("last_modified")?,
            read_at: row.maybe_time("read_ms")?,
            latest: latest.as_ref().map(version).transpose()?,
        })
    }

    /// What a feed said over time, newest first, so many at most.
    pub async fn feed_history(&self, feed: &str, limit: u32) -> Result<Vec<SeenVersion>, StoreError> {
        let rows = self
            .pool
            .all(
                "SELECT v.title AS title, v.items AS items, v.guids_hash AS guids_hash, v.guids AS guids, \
                 v.hosts AS hosts, v.dates AS dates, v.newest_ms AS newest_ms, v.rhythm_ms AS rhythm_ms, \
                 v.first_seen_ms AS first_seen_ms, v.last_seen_ms AS last_seen_ms FROM feed_versions v \
                 JOIN feeds f ON f.id = v.feed_id WHERE f.key = $1 ORDER BY v.id DESC LIMIT $2",
                values![key(feed), limit],
            )
            .await?;
        rows.iter().map(version).collect()
    }

    /// When an origin was last looked at; `None` if never. For schedules after a start.
    pub async fn origin_seen(&self, origin: &str) -> Result<Option<Timestamp>, StoreError> {
        let row = self.pool.first("SELECT last_seen_ms FROM origins WHERE name = $1", values![key(origin)]).await?;
        row.map(|row| row.time("last_seen_ms")).transpose()
    }
}

/// A row of `feed_versions`.
pub(super) fn version(row: &Row) -> Result<SeenVersion, StoreError> {
    let dates: Vec<i64> = row.json("dates")?;
    let rhythm = row.maybe_int("rhythm_ms")?;
    Ok(SeenVersion {
        version: FeedVersion {
            title: row.text("title")?,
            items: row.count("items")?,
            guids_hash: row.text("guids_hash")?,
            guids: row.json("guids")?,
            hosts: row.json("hosts")?,
            dates: dates.into_iter().filter_map(|ms| Timestamp::from_millisecond(ms).ok()).collect(),
            newest: row.maybe_time("newest_ms")?,
            rhythm_ms: rhythm.and_then(|ms| u64::try_from(ms).ok()),
        },
        first_seen: row.time("first_seen_ms")?,
        last_seen: row.time("last_seen_ms")?,
    })
}

fn tenure(row: &Row) -> Result<Tenure, StoreError> {
    Ok(Tenure {
        certificate: CertificateFact {
            sha256: row.text("sha256")?,
            subject: row.text("subject")?,
            issuer: row.text("issuer")?,
            authority: row.text("authority")?,
            serial: row.text("serial")?,
            not_before: row.time("not_before_ms")?,
            not_after: row.time("not_after_ms")?,
            der: None,
        },
        root: row.maybe_text("root")?,
        first_seen: row.time("first_seen_ms")?,
        last_seen: row.time("last_seen_ms")?,
        remaining_share: row.maybe_real("remaining_share")?,
    })
}
