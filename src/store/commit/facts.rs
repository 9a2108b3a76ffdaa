//! Certificates, origins and walks of a round. Names stand once, in tables of their own; a fact
//! refers to them by number.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{TEXT, URL};
use crate::store::fault::StoreError;
use crate::store::records::{CertificateFact, Leaf, OriginFact, WalkFact};
use crate::store::sql::{Row, Tx, to_json, values};
use crate::store::{clip, key};

/// Bytes of a certificate that are kept.
const DER: usize = 64 << 10;
/// Bytes of a walk's hops that are kept.
const HOPS: usize = 64 << 10;
/// Leaves of one origin that are followed.
const LEAVES: usize = 16;
/// When a certificate went is known to the twentieth part of its life, or not at all: after a long
/// pause of ours nobody knows when it was renewed.
const BLIND_SHARE: f64 = 0.05;

pub(super) async fn certificates(tx: &mut Tx, facts: &[CertificateFact], at: Timestamp) -> Result<(), StoreError> {
    for fact in facts {
        tx.run(
            "INSERT INTO certificates (sha256, subject, issuer, authority, serial, not_before_ms, not_after_ms, der, \
             first_seen_ms, last_seen_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) \
             ON CONFLICT (sha256) DO UPDATE SET last_seen_ms = excluded.last_seen_ms, \
             der = COALESCE(certificates.der, excluded.der)",
            values![
                key(&fact.sha256),
                clip(&fact.subject, TEXT),
                clip(&fact.issuer, TEXT),
                clip(&fact.authority, TEXT),
                clip(&fact.serial, TEXT),
                fact.not_before,
                fact.not_after,
                fact.der.clone().filter(|der| der.len() <= DER),
                at,
            ],
        )
        .await?;
    }
    Ok(())
}

pub(super) async fn origins(tx: &mut Tx, round: i64, facts: &[OriginFact]) -> Result<(), StoreError> {
    for fact in facts {
        let origin = tx
            .id(
                "INSERT INTO origins (name, provider, first_seen_ms, last_seen_ms) VALUES ($1, $2, $3, $3) \
                 ON CONFLICT (name) DO UPDATE SET last_seen_ms = excluded.last_seen_ms, \
                 provider = COALESCE(excluded.provider, origins.provider) RETURNING id",
                values![key(&fact.origin), fact.provider.as_deref().map(|name| clip(name, TEXT)), fact.at],
            )
            .await?;
        let mut first = None;
        for leaf in fact.leaves.iter().take(LEAVES) {
            let certificate = tenure(tx, origin, leaf, fact.at).await?;
            first = first.or(certificate);
        }
        tx.run(
            "INSERT INTO sightings (round_id, origin_id, at_ms, edges_up, edges_down, certificate_id, root, verdict, \
             up, total_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
             ON CONFLICT (round_id, origin_id) DO NOTHING",
            values![
                round,
                origin,
                fact.at,
                fact.edges_up,
                fact.edges_down,
                first,
                fact.leaves.first().and_then(|leaf| leaf.root.as_deref()).map(|root| clip(root, TEXT)),
                fact.verdict.as_str(),
                fact.up,
                fact.total_ms,
            ],
        )
        .await?;
    }
    Ok(())
}

/// Notes that an origin serves a certificate, and, where it is new there and took the place of one
/// of the same authority, what was left of that one. Gives the certificate's number, if it is known.
async fn tenure(tx: &mut Tx, origin: i64, leaf: &Leaf, at: Timestamp) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT id, authority, not_before_ms FROM certificates WHERE sha256 = $1";
    let Some(new) = tx.first(sql, values![key(&leaf.sha256)]).await? else { return Ok(None) };
    let certificate = new.int("id")?;
    let root = leaf.root.as_deref().map(|root| clip(root, TEXT));
    let known = tx
        .run(
            "UPDATE tenures SET last_seen_ms = $3, root = COALESCE($4, root) \
             WHERE origin_id = $1 AND certificate_id = $2",
            values![origin, certificate, at, root],
        )
        .await?;
    if known > 0 {
        return Ok(Some(certificate));
    }
    let earlier = tx
        .first(
            "SELECT c.authority AS authority, c.not_before_ms AS not_before_ms, c.not_after_ms AS not_after_ms, \
             t.last_seen_ms AS last_seen_ms FROM tenures t JOIN certificates c ON c.id = t.certificate_id \
             WHERE t.origin_id = $1 AND t.first_seen_ms < $2 \
             ORDER BY t.last_seen_ms DESC, c.not_before_ms DESC LIMIT 1",
            values![origin, at],
        )
        .await?;
    let share = earlier.map(|earlier| remaining_share(&earlier, &new, at)).transpose()?.flatten();
    tx.run(
        "INSERT INTO tenures (origin_id, certificate_id, root, first_seen_ms, last_seen_ms, remaining_share) \
         VALUES ($1, $2, $3, $4, $4, $5)",
        values![origin, certificate, root, at, share],
    )
    .await?;
    Ok(Some(certificate))
}

/// What was left of the earlier certificate's lifetime, as a share of it.
fn remaining_share(earlier: &Row, new: &Row, at: Timestamp) -> Result<Option<f64>, StoreError> {
    let (begin, end) = (earlier.int("not_before_ms")?, earlier.int("not_after_ms")?);
    let lifetime = end.saturating_sub(begin);
    let renewed = earlier.text("authority")? == new.text("authority")? && begin < new.int("not_before_ms")?;
    if !renewed || lifetime <= 0 {
        return Ok(None);
    }
    let share = |ms: i64| ms as f64 / lifetime as f64;
    let blind = at.as_millisecond().saturating_sub(earlier.int("last_seen_ms")?);
    if share(blind) > BLIND_SHARE {
        return Ok(None);
    }
    Ok(Some(share(end.saturating_sub(at.as_millisecond()))))
}

pub(super) async fn walks(tx: &mut Tx, round: i64, facts: &[WalkFact]) -> Result<(), StoreError> {
    let mut feeds: HashMap<String, Option<i64>> = HashMap::new();
    for fact in facts {
        let feed = match fact.feed.as_deref().map(key) {
            Some(feed) => number_of(tx, &mut feeds, feed).await?,
            None => None,
        };
        let target = tx
            .id(
                "INSERT INTO targets (key, kind, url, feed_id, guid, title, first_seen_ms, last_seen_ms) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (key) DO UPDATE SET url = excluded.url, \
                 feed_id = COALESCE(excluded.feed_id, targets.feed_id), guid = excluded.guid, \
                 title = excluded.title, last_seen_ms = excluded.last_seen_ms RETURNING id",
                values![
                    key(&fact.key),
                    fact.kind.as_str(),
                    clip(&fact.url, URL),
                    feed,
                    fact.guid.as_deref().map(|guid| clip(guid, TEXT)),
                    fact.title.as_deref().map(|title| clip(title, TEXT)),
                    fact.at,
                ],
            )
            .await?;
        let hops = Some(to_json(&fact.hops)?).filter(|hops| hops.len() <= HOPS);
        tx.run(
            "INSERT INTO walks (round_id, target_id, at_ms, outcome, verdict, up, total_ms, hops) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (round_id, target_id) DO NOTHING",
            values![
                round,
                target,
                fact.at,
                clip(&fact.outcome, TEXT),
                fact.verdict.as_str(),
                fact.up,
                fact.total_ms,
                hops.as_deref().unwrap_or("[]"),
            ],
        )
        .await?;
    }
    Ok(())
}

/// A feed's number, asked for once; `None` if it is not known.
async fn number_of(
    tx: &mut Tx,
    known: &mut HashMap<String, Option<i64>>,
    feed: String,
) -> Result<Option<i64>, StoreError> {
    if let Some(id) = known.get(&feed) {
        return Ok(*id);
    }
    let row = tx.first("SELECT id FROM feeds WHERE key = $1", values![feed.as_str()]).await?;
    let id = row.map(|row| row.int("id")).transpose()?;
    known.insert(feed, id);
    Ok(id)
}
