//! The figures of an hour or a day, counted from facts: the same statements for what is kept and for
//! the time since. A percentile is the smallest value that so many are not above (nearest rank), over
//! what listeners got: the length of a timeout says nothing about speed.

use super::fault::StoreError;
use super::history::ThingKind;
use super::sql::{Row, Tx, Value, values};

/// An hour, ms.
pub(super) const HOUR: i64 = 3_600_000;
/// A day, ms.
pub(super) const DAY: i64 = 24 * HOUR;

/// The figures of each subject within [$1, $2), from facts with `subject`, `up` and `total_ms`;
/// $3 is one subject or NULL for all.
macro_rules! figures {
    ($facts:literal) => {
        concat!(
            "WITH facts AS (",
            $facts,
            "), timed AS (SELECT subject, total_ms, ROW_NUMBER() OVER (PARTITION BY subject ORDER BY total_ms) AS nth, \
             COUNT(*) OVER (PARTITION BY subject) AS many FROM facts WHERE up = 1 AND total_ms IS NOT NULL), \
             speeds AS (SELECT subject, MIN(CASE WHEN nth * 100 >= many * 50 THEN total_ms END) AS p50_ms, \
             MIN(CASE WHEN nth * 100 >= many * 95 THEN total_ms END) AS p95_ms FROM timed GROUP BY subject), \
             counts AS (SELECT subject, COUNT(*) AS checks, COUNT(CASE WHEN up = 0 THEN 1 END) AS failed, \
             COUNT(CASE WHEN up IS NULL THEN 1 END) AS unknown FROM facts GROUP BY subject) \
             SELECT c.subject AS subject, c.checks AS checks, c.failed AS failed, c.unknown AS unknown, \
             s.p50_ms AS p50_ms, s.p95_ms AS p95_ms FROM counts c LEFT JOIN speeds s ON s.subject = c.subject \
             ORDER BY c.subject"
        )
    };
}

const ORIGINS: &str = figures!(
    "SELECT origin_id AS subject, up, total_ms FROM sightings WHERE at_ms >= $1 AND at_ms < $2 \
     AND ($3 IS NULL OR origin_id = $3)"
);
const SHOWS: &str = figures!(
    "SELECT t.feed_id AS subject, w.up AS up, w.total_ms AS total_ms FROM walks w JOIN targets t ON t.id = w.target_id \
     WHERE w.at_ms >= $1 AND w.at_ms < $2 AND t.kind = 'enclosure' AND t.feed_id IS NOT NULL \
     AND ($3 IS NULL OR t.feed_id = $3)"
);
const FEEDS: &str = figures!(
    "SELECT t.feed_id AS subject, w.up AS up, w.total_ms AS total_ms FROM walks w JOIN targets t ON t.id = w.target_id \
     WHERE w.at_ms >= $1 AND w.at_ms < $2 AND t.kind = 'feed' AND t.feed_id IS NOT NULL \
     AND ($3 IS NULL OR t.feed_id = $3)"
);
const ENDPOINTS: &str = figures!(
    "SELECT t.id AS subject, w.up AS up, w.total_ms AS total_ms FROM walks w JOIN targets t ON t.id = w.target_id \
     WHERE w.at_ms >= $1 AND w.at_ms < $2 AND t.kind = 'endpoint' AND ($3 IS NULL OR t.id = $3)"
);

/// The statement for a kind of thing.
pub(super) fn statement(kind: ThingKind) -> &'static str {
    match kind {
        ThingKind::Origin => ORIGINS,
        ThingKind::Show => SHOWS,
        ThingKind::Feed => FEEDS,
        ThingKind::Endpoint => ENDPOINTS,
    }
}

/// Figures of one subject.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Figures {
    pub(super) subject: i64,
    pub(super) checks: u64,
    pub(super) failed: u64,
    pub(super) unknown: u64,
    pub(super) p50_ms: Option<f64>,
    pub(super) p95_ms: Option<f64>,
}

pub(super) fn figures(row: &Row) -> Result<Figures, StoreError> {
    Ok(Figures {
        subject: row.int("subject")?,
        checks: row.count("checks")?,
        failed: row.count("failed")?,
        unknown: row.count("unknown")?,
        p50_ms: row.maybe_real("p50_ms")?,
        p95_ms: row.maybe_real("p95_ms")?,
    })
}

/// Counts the figures of [from, to) and keeps them under a scale. Again, it replaces them.
pub(super) async fn keep(tx: &mut Tx, scale: &'static str, from: i64, to: i64) -> Result<(), StoreError> {
    for kind in ThingKind::ALL {
        let rows = tx.all(statement(kind), values![from, to, Value::Int(None)]).await?;
        for row in &rows {
            let figures = figures(row)?;
            tx.run(
                "INSERT INTO rollups (scale, kind, subject, start_ms, checks, failed, unknown, p50_ms, p95_ms) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (scale, kind, subject, start_ms) \
                 DO UPDATE SET checks = excluded.checks, failed = excluded.failed, unknown = excluded.unknown, \
                 p50_ms = excluded.p50_ms, p95_ms = excluded.p95_ms",
                values![
                    scale,
                    kind.as_str(),
                    figures.subject,
                    from,
                    figures.checks,
                    figures.failed,
                    figures.unknown,
                    figures.p50_ms,
                    figures.p95_ms,
                ],
            )
            .await?;
        }
    }
    Ok(())
}
