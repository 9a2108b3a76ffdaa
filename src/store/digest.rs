//! What a digest asks of the history beyond figures: since when there is one, and which shows stand
//! behind which hosts.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;

use super::Reader;
use super::fault::StoreError;
use super::sql::values;

/// Where the walks to one target of a show last led.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShowRoute {
    /// The show's source, redacted.
    pub source: String,
    /// Its name.
    pub name: String,
    /// The URLs on the way, redacted.
    pub urls: Vec<String>,
}

/// A hop of a walk, as far as a digest wants it.
#[derive(Debug, Deserialize)]
struct Passed {
    url: String,
}

impl Reader {
    /// When anything was first looked at; `None` if nothing ever was. What is no longer kept does not
    /// count.
    pub async fn first_look(&self) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT MIN(at_ms) AS at_ms FROM (SELECT MIN(started_ms) AS at_ms FROM rounds \
                   UNION ALL SELECT MIN(first_seen_ms) AS at_ms FROM origins \
                   UNION ALL SELECT MIN(first_seen_ms) AS at_ms FROM targets) firsts";
        let row = self.pool.first(sql, values![]).await?;
        Ok(row.map(|row| row.maybe_time("at_ms")).transpose()?.flatten())
    }

    /// The ways that the last walks since a time took to the episodes and documents of shows, each
    /// once.
    pub async fn show_routes(&self, since: Timestamp) -> Result<Vec<ShowRoute>, StoreError> {
        let sql = "SELECT f.source AS source, f.name AS name, w.hops AS hops FROM walks w \
                   JOIN targets t ON t.id = w.target_id JOIN feeds f ON f.id = t.feed_id \
                   WHERE w.id IN (SELECT MAX(id) FROM walks WHERE at_ms >= $1 GROUP BY target_id) \
                   AND t.kind IN ('enclosure', 'feed') ORDER BY f.id, t.id";
        let mut routes = BTreeSet::new();
        for row in &self.pool.all(sql, values![since]).await? {
            let hops: Vec<Passed> = row.json("hops")?;
            let urls = hops.into_iter().map(|hop| hop.url).collect();
            routes.insert(ShowRoute { source: row.text("source")?, name: row.text("name")?, urls });
        }
        Ok(routes.into_iter().collect())
    }
}
