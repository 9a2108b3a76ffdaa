//! Feeds of a round: what they say, a row for each time that they say something else.

use jiff::Timestamp;

use super::TEXT;
use crate::store::fault::StoreError;
use crate::store::records::{FeedAnswer, FeedFact, FeedVersion};
use crate::store::sql::{Tx, to_json, values};
use crate::store::{clip, key, memory};

/// Guids and hosts of a version that are kept, and dates.
const NAMES: usize = 100;
const DATES: usize = 50;
/// Bytes of each guid or host.
const NAME: usize = 256;

pub(super) async fn feeds(tx: &mut Tx, facts: &[FeedFact]) -> Result<(), StoreError> {
    for fact in facts {
        let id = tx
            .id(
                "INSERT INTO feeds (key, source, name, first_seen_ms, last_seen_ms) VALUES ($1, $2, $3, $4, $4) \
                 ON CONFLICT (key) DO UPDATE SET source = excluded.source, name = excluded.name, \
                 last_seen_ms = excluded.last_seen_ms RETURNING id",
                values![key(&fact.key), clip(&fact.source, super::URL), clip(&fact.name, TEXT), fact.at],
            )
            .await?;
        match &fact.answer {
            FeedAnswer::Failed => {}
            FeedAnswer::Unchanged => {
                tx.run("UPDATE feeds SET read_ms = $2 WHERE id = $1", values![id, fact.at]).await?;
                still(tx, id, fact.at).await?;
            }
            FeedAnswer::Read { etag, last_modified, version } => {
                let short = |text: &Option<String>| text.clone().filter(|text| text.len() <= TEXT);
                tx.run(
                    "UPDATE feeds SET etag = $2, last_modified = $3, read_ms = $4 WHERE id = $1",
                    values![id, short(etag), short(last_modified), fact.at],
                )
                .await?;
                read(tx, id, &bounded(version), fact.at).await?;
            }
        }
    }
    Ok(())
}

/// The latest version was seen again.
async fn still(tx: &mut Tx, feed: i64, at: Timestamp) -> Result<(), StoreError> {
    tx.run(
        "UPDATE feed_versions SET last_seen_ms = $2 \
         WHERE id = (SELECT MAX(id) FROM feed_versions WHERE feed_id = $1)",
        values![feed, at],
    )
    .await?;
    Ok(())
}

async fn read(tx: &mut Tx, feed: i64, version: &FeedVersion, at: Timestamp) -> Result<(), StoreError> {
    let latest = tx.first(memory::LATEST_VERSION, values![feed]).await?;
    if let Some(latest) = &latest
        && memory::version(latest)?.version == *version
    {
        return still(tx, feed, at).await;
    }
    tx.run(
        "INSERT INTO feed_versions (feed_id, title, items, guids_hash, guids, hosts, dates, newest_ms, rhythm_ms, \
         first_seen_ms, last_seen_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) \
         ON CONFLICT (feed_id, first_seen_ms) DO NOTHING",
        values![
            feed,
            version.title.as_str(),
            version.items,
            version.guids_hash.as_str(),
            to_json(&version.guids)?,
            to_json(&version.hosts)?,
            to_json(&version.dates.iter().map(|date| date.as_millisecond()).collect::<Vec<_>>())?,
            version.newest,
            version.rhythm_ms.map(|ms| i64::try_from(ms).unwrap_or(i64::MAX)),
            at,
        ],
    )
    .await?;
    // A feed that says something else at every fetch must not fill the disk.
    tx.run(
        "DELETE FROM feed_versions WHERE feed_id = $1 AND id NOT IN \
         (SELECT id FROM feed_versions WHERE feed_id = $1 ORDER BY id DESC LIMIT $2)",
        values![feed, memory::VERSIONS],
    )
    .await?;
    Ok(())
}

/// The same as it will be read back, so that it can be compared: bounded, without NUL, times in ms.
fn bounded(version: &FeedVersion) -> FeedVersion {
    let text = |text: &str, bytes: usize| clip(text, bytes).replace('\0', "\u{fffd}");
    let names = |names: &[String]| names.iter().take(NAMES).map(|name| text(name, NAME)).collect();
    let ms = |at: Timestamp| Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at);
    let most = i64::MAX.unsigned_abs();
    FeedVersion {
        title: text(&version.title, TEXT),
        items: version.items.min(most),
        guids_hash: text(&version.guids_hash, NAME),
        guids: names(&version.guids),
        hosts: names(&version.hosts),
        dates: version.dates.iter().take(DATES).copied().map(ms).collect(),
        newest: version.newest.map(ms),
        rhythm_ms: version.rhythm_ms.map(|rhythm| rhythm.min(most)),
    }
}
