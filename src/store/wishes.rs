//! What people ask of a daemon from another process: to take an incident up or hand it back, to be
//! silent for a while. A wish is a row; the daemon reads them at its next turn. A silence is in force
//! while its row is there, so that one that is lifted is over at that turn.

use jiff::Timestamp;

use super::fault::StoreError;
use super::place::Place;
use super::sql::{Pool, Row, values};
use super::{Reader, clip};
use crate::incident::IncidentId;
use crate::judge::Code;

/// The longest name of a person or host that is kept, in bytes.
const NAME: usize = 256;

/// Kinds of wishes, as they stand in the table.
const TAKE: &str = "acknowledge";
const RELEASE: &str = "release";

/// Somebody takes an incident up, or hands it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Which.
    pub incident: IncidentId,
    /// Who.
    pub by: String,
    /// It is handed back.
    pub release: bool,
}

/// Nobody is to be told of something for a while.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SilenceWish {
    /// A host, and what is below it.
    pub host: Option<String>,
    /// A code.
    pub code: Option<Code>,
    /// An incident.
    pub incident: Option<IncidentId>,
    /// Who asks for it.
    pub by: Option<String>,
}

/// A silence that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSilence {
    /// Its number, to lift it by.
    pub id: u64,
    /// What it is about, and who asked for it.
    pub wish: SilenceWish,
    /// When it was asked for.
    pub at: Timestamp,
    /// Its last second.
    pub until: Timestamp,
}

/// A connection that asks: beside a running daemon, whose lock it does not need.
#[derive(Debug)]
pub struct Desk {
    pool: Pool,
}

impl Desk {
    /// Opens a store to ask something of its daemon. It has to be there and up to date.
    pub async fn open(place: &Place) -> Result<Self, StoreError> {
        Reader::open(place).await?.pool.close().await;
        Ok(Self { pool: super::open::beside(place).await? })
    }

    /// Somebody takes an incident up, or hands it back.
    pub async fn acknowledge(&self, wish: &Acknowledgement, at: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT INTO wishes (kind, incident, actor, at_ms) VALUES ($1, $2, $3, $4)";
        let kind = if wish.release { RELEASE } else { TAKE };
        let mut tx = self.pool.begin().await?;
        tx.run(sql, values![kind, wish.incident.0, clip(&wish.by, NAME), at]).await?;
        tx.commit().await
    }

    /// Nobody is told of this until then. Gives the silence's number.
    pub async fn silence(&self, wish: &SilenceWish, until: Timestamp, at: Timestamp) -> Result<u64, StoreError> {
        let sql = "INSERT INTO wishes (kind, incident, host, code, actor, until_ms, at_ms) \
                   VALUES ('silence', $1, $2, $3, $4, $5, $6) RETURNING id";
        let host = wish.host.as_deref().map(|host| clip(host, NAME).to_ascii_lowercase());
        let incident = wish.incident.map(|id| i64::try_from(id.0).unwrap_or(i64::MAX));
        let by = wish.by.as_deref().map(|by| clip(by, NAME));
        let mut tx = self.pool.begin().await?;
        let id = tx.id(sql, values![incident, host, wish.code.map(Code::as_str), by, until, at]).await?;
        tx.commit().await?;
        Ok(u64::try_from(id).unwrap_or(0))
    }

    /// A silence is over. Whether it was there.
    pub async fn lift(&self, id: u64) -> Result<bool, StoreError> {
        let mut tx = self.pool.begin().await?;
        let gone = tx.run("DELETE FROM wishes WHERE kind = 'silence' AND id = $1", values![id]).await?;
        tx.commit().await?;
        Ok(gone > 0)
    }

    /// Lets go of the store.
    pub async fn close(self) {
        self.pool.close().await;
    }
}

impl Reader {
    /// The incidents that somebody took up or handed back and that wait for the daemon, in order, each
    /// with its wish's number for [`Commit::done_wishes`](super::Commit::done_wishes).
    pub async fn acknowledgements(&self) -> Result<Vec<(i64, Acknowledgement)>, StoreError> {
        let sql = "SELECT id, kind, incident, actor FROM wishes WHERE kind IN ('acknowledge', 'release') \
                   ORDER BY id LIMIT 1000";
        let rows = self.pool.all(sql, values![]).await?;
        rows.iter()
            .map(|row| {
                let incident = IncidentId(row.count("incident")?);
                let release = row.text("kind")? == RELEASE;
                Ok((row.int("id")?, Acknowledgement { incident, by: row.text("actor")?, release }))
            })
            .collect()
    }

    /// The silences that are in force, in the order in which they were asked for.
    pub async fn silences(&self, now: Timestamp) -> Result<Vec<KeptSilence>, StoreError> {
        let sql = "SELECT id, incident, host, code, actor, until_ms, at_ms FROM wishes WHERE kind = 'silence' \
                   AND until_ms >= $1 ORDER BY id LIMIT 1000";
        let rows = self.pool.all(sql, values![now]).await?;
        // A code that only a newer podprobe knows: without it the silence would be about everything.
        let known = |row: &&Row| row.maybe_text("code").ok().flatten().is_none_or(|code| Code::named(&code).is_some());
        rows.iter()
            .filter(known)
            .map(|row| {
                let incident = row.maybe_int("incident")?.and_then(|id| u64::try_from(id).ok()).map(IncidentId);
                let code = row.maybe_text("code")?.and_then(|code| Code::named(&code));
                Ok(KeptSilence {
                    id: row.count("id")?,
                    wish: SilenceWish { host: row.maybe_text("host")?, code, incident, by: row.maybe_text("actor")? },
                    at: row.time("at_ms")?,
                    until: row.time("until_ms")?,
                })
            })
            .collect()
    }
}
