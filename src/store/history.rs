//! The history as it is asked for: how often origins, shows and endpoints worked, and how fast.
//!
//! Figures come from the roll-ups, and for the time since the last roll-up from the facts, so that
//! the last minute is in them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::Reader;
use super::fault::StoreError;
use super::rollup::{self, DAY, Figures, HOUR};
use super::sql::{Row, Value, values};
use super::upkeep::floor;

/// What has a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThingKind {
    /// Scheme, host and port.
    Origin,
    /// The episodes of a feed: whether they can be downloaded.
    Show,
    /// A feed's own document: whether it can be fetched.
    Feed,
    /// An extra endpoint of the configuration.
    Endpoint,
}

impl ThingKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Origin, Self::Show, Self::Feed, Self::Endpoint];

    /// Its name in the tables and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Show => "show",
            Self::Feed => "feed",
            Self::Endpoint => "endpoint",
        }
    }
}

/// How long a bucket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// An hour.
    Hour,
    /// A day of UTC.
    Day,
}

impl Scale {
    fn parts(self) -> (&'static str, i64) {
        match self {
            Self::Hour => ("hour", HOUR),
            Self::Day => ("day", DAY),
        }
    }
}

/// An origin, show or endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Thing {
    /// Which kind.
    pub kind: ThingKind,
    /// Its number in the store.
    #[serde(skip)]
    pub id: i64,
    /// An origin's name, a show's (its feed's too), an endpoint's.
    pub name: String,
    /// A show's or feed's source or an endpoint's URL, redacted; an origin's provider.
    pub about: Option<String>,
    /// When it was last looked at.
    pub last_seen: Timestamp,
}

/// Figures of an hour or a day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bucket {
    /// Its beginning.
    pub start: Timestamp,
    /// How often it was looked at.
    pub checks: u64,
    /// How often listeners could not have got it.
    pub failed: u64,
    /// How often nobody could tell.
    pub unknown: u64,
    /// Half of what listeners got took no longer than this, ms.
    pub p50_ms: Option<f64>,
    /// And 95 of 100.
    pub p95_ms: Option<f64>,
}

/// How a thing stood over a time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standing {
    /// What.
    #[serde(flatten)]
    pub thing: Thing,
    /// How often it was looked at.
    pub checks: u64,
    /// How often listeners could not have got it.
    pub failed: u64,
    /// How often nobody could tell.
    pub unknown: u64,
    /// The share of checks that went well, of those that could tell; `None` where none could.
    pub uptime: Option<f64>,
    /// The mean of the buckets' medians, by checks, ms.
    pub p50_ms: Option<f64>,
    /// The highest 95th percentile of a bucket, ms.
    pub p95_ms: Option<f64>,
}

impl Bucket {
    /// The share of checks that went well, of those that could tell; `None` where none could.
    pub fn uptime(&self) -> Option<f64> {
        uptime(self.checks, self.failed, self.unknown)
    }
}

fn uptime(checks: u64, failed: u64, unknown: u64) -> Option<f64> {
    let told = checks.saturating_sub(unknown);
    (told > 0).then(|| told.saturating_sub(failed) as f64 / told as f64)
}

/// Everything that has a history: the tables in one shape.
const THINGS: &str = "SELECT kind, id, name, about, last_seen_ms FROM (\
     SELECT 'origin' AS kind, id, name, provider AS about, last_seen_ms FROM origins \
     UNION ALL SELECT 'show' AS kind, id, name, source AS about, last_seen_ms FROM feeds \
     UNION ALL SELECT 'feed' AS kind, id, name, source AS about, last_seen_ms FROM feeds f \
     WHERE EXISTS (SELECT 1 FROM targets t WHERE t.feed_id = f.id AND t.kind = 'feed') \
     UNION ALL SELECT 'endpoint' AS kind, id, COALESCE(title, url) AS name, url AS about, last_seen_ms \
     FROM targets WHERE kind = 'endpoint') things ORDER BY kind DESC, name, id";

impl Reader {
    /// Origins, shows, feeds and endpoints that ever were looked at; shows first.
    pub async fn things(&self) -> Result<Vec<Thing>, StoreError> {
        self.pool.all(THINGS, values![]).await?.iter().map(thing).collect()
    }

    /// How everything stood from a time until now: those looked at since, those that failed most
    /// often first.
    pub async fn overview(&self, since: Timestamp, now: Timestamp, scale: Scale) -> Result<Vec<Standing>, StoreError> {
        let mut standings = Vec::new();
        let things = self.things().await?;
        for kind in ThingKind::ALL {
            let mut sums: BTreeMap<i64, Vec<Bucket>> = BTreeMap::new();
            for (subject, bucket) in self.buckets(kind, None, since, now, scale).await? {
                sums.entry(subject).or_default().push(bucket);
            }
            for thing in things.iter().filter(|thing| thing.kind == kind) {
                if let Some(buckets) = sums.get(&thing.id) {
                    standings.push(standing(thing.clone(), buckets));
                }
            }
        }
        standings.sort_by(|a, b| {
            let order = |standing: &Standing| standing.uptime.unwrap_or(2.0);
            order(a).total_cmp(&order(b)).then_with(|| a.thing.name.cmp(&b.thing.name))
        });
        Ok(standings)
    }

    /// The figures of one thing from a time until now, oldest first. The first and the last bucket
    /// are whole spans, though they may not be over.
    pub async fn course(
        &self,
        thing: &Thing,
        since: Timestamp,
        now: Timestamp,
        scale: Scale,
    ) -> Result<Vec<Bucket>, StoreError> {
        let buckets = self.buckets(thing.kind, Some(thing.id), since, now, scale).await?;
        Ok(buckets.into_iter().map(|(_, bucket)| bucket).collect())
    }

    async fn buckets(
        &self,
        kind: ThingKind,
        subject: Option<i64>,
        since: Timestamp,
        now: Timestamp,
        scale: Scale,
    ) -> Result<Vec<(i64, Bucket)>, StoreError> {
        let (name, span) = scale.parts();
        let from = floor(since.as_millisecond(), span);
        let row = self.pool.first("SELECT value FROM meta WHERE name = $1", values![format!("rolled_{name}")]).await?;
        let rolled = row.map(|row| row.int("value")).transpose()?.unwrap_or(from).max(from);
        let rows = self
            .pool
            .all(
                "SELECT subject, start_ms, checks, failed, unknown, p50_ms, p95_ms FROM rollups WHERE scale = $1 \
                 AND kind = $2 AND start_ms >= $3 AND start_ms < $4 AND ($5 IS NULL OR subject = $5) \
                 ORDER BY start_ms, subject",
                values![name, kind.as_str(), from, rolled, subject],
            )
            .await?;
        let mut buckets = Vec::new();
        for row in &rows {
            buckets.push(bucket(row.time("start_ms")?, rollup::figures(row)?));
        }
        // What is not rolled up yet is counted here: an hour or two, unless upkeep has not run.
        let mut start = rolled;
        let end = now.as_millisecond().saturating_add(1);
        while start < end {
            let Some(first) = self.first_fact(start).await?.filter(|first| *first < end) else { break };
            start = floor(first, span);
            let until = start.saturating_add(span);
            let at = Timestamp::from_millisecond(start).unwrap_or(since);
            for row in &self.pool.all(rollup::statement(kind), values![start, until, Value::Int(subject)]).await? {
                buckets.push(bucket(at, rollup::figures(row)?));
            }
            start = until;
        }
        Ok(buckets)
    }

    /// The time of the first fact at or after a time, ms.
    pub(super) async fn first_fact(&self, from: i64) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT MIN(at_ms) AS at_ms FROM (SELECT MIN(at_ms) AS at_ms FROM sightings WHERE at_ms >= $1 \
                   UNION ALL SELECT MIN(at_ms) AS at_ms FROM walks WHERE at_ms >= $1) firsts";
        let row = self.pool.first(sql, values![from]).await?;
        Ok(row.map(|row| row.maybe_int("at_ms")).transpose()?.flatten())
    }
}

fn thing(row: &Row) -> Result<Thing, StoreError> {
    let kind = row.text("kind")?;
    let kind = ThingKind::ALL.into_iter().find(|known| known.as_str() == kind).unwrap_or(ThingKind::Origin);
    Ok(Thing {
        kind,
        id: row.int("id")?,
        name: row.text("name")?,
        about: row.maybe_text("about")?,
        last_seen: row.time("last_seen_ms")?,
    })
}

fn bucket(start: Timestamp, figures: Figures) -> (i64, Bucket) {
    let Figures { subject, checks, failed, unknown, p50_ms, p95_ms } = figures;
    (subject, Bucket { start, checks, failed, unknown, p50_ms, p95_ms })
}

fn standing(thing: Thing, buckets: &[Bucket]) -> Standing {
    let sum = |field: fn(&Bucket) -> u64| buckets.iter().map(field).fold(0, u64::saturating_add);
    let (checks, failed, unknown) = (sum(|b| b.checks), sum(|b| b.failed), sum(|b| b.unknown));
    let timed = || buckets.iter().filter_map(|bucket| Some((bucket.p50_ms?, bucket.checks as f64)));
    let weight: f64 = timed().map(|(_, weight)| weight).sum();
    let p50_ms = (weight > 0.0).then(|| timed().map(|(p50, by)| p50 * by).sum::<f64>() / weight);
    let p95_ms = buckets.iter().filter_map(|bucket| bucket.p95_ms).max_by(f64::total_cmp);
    Standing { thing, checks, failed, unknown, uptime: uptime(checks, failed, unknown), p50_ms, p95_ms }
}
