//! What people ask of a daemon from another process: to take an incident up, to be silent for a
//! while. A wish is a row; the daemon reads them at its next turn.

use jiff::Timestamp;

use super::fault::StoreError;
use super::place::Place;
use super::sql::{Pool, values};
use super::{Reader, Store, clip, lock};
use crate::incident::IncidentId;
use crate::judge::Code;

/// The longest name of a person or host that is kept, in bytes.
const NAME: usize = 256;

/// Somebody takes an incident up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Which.
    pub incident: IncidentId,
    /// Who.
    pub by: String,
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

    /// Somebody takes an incident up.
    pub async fn acknowledge(&self, wish: &Acknowledgement, at: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT INTO wishes (kind, incident, actor, at_ms) VALUES ('acknowledge', $1, $2, $3)";
        let mut tx = self.pool.begin().await?;
        tx.run(sql, values![wish.incident.0, clip(&wish.by, NAME), at]).await?;
        tx.commit().await
    }

    /// Nobody is told of this until then.
    pub async fn silence(&self, wish: &SilenceWish, until: Timestamp, at: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT INTO wishes (kind, incident, host, code, until_ms, at_ms) \
                   VALUES ('silence', $1, $2, $3, $4, $5)";
        let host = wish.host.as_deref().map(|host| clip(host, NAME).to_ascii_lowercase());
        let incident = wish.incident.map(|id| i64::try_from(id.0).unwrap_or(i64::MAX));
        let mut tx = self.pool.begin().await?;
        tx.run(sql, values![incident, host, wish.code.map(Code::as_str), until, at]).await?;
        tx.commit().await
    }

    /// Lets go of the store.
    pub async fn close(self) {
        self.pool.close().await;
    }
}

impl Reader {
    /// The silences that are in force, and until when each is.
    pub async fn silences(&self, now: Timestamp) -> Result<Vec<(SilenceWish, Timestamp)>, StoreError> {
        let sql = "SELECT incident, host, code, until_ms FROM wishes WHERE kind = 'silence' AND until_ms >= $1 \
                   ORDER BY id LIMIT 1000";
        let rows = self.pool.all(sql, values![now]).await?;
        rows.iter()
            .map(|row| {
                let incident = row.maybe_int("incident")?.and_then(|id| u64::try_from(id).ok()).map(IncidentId);
                let code = row.maybe_text("code")?.and_then(|code| Code::named(&code));
                Ok((SilenceWish { host: row.maybe_text("host")?, code, incident }, row.time("until_ms")?))
            })
            .collect()
    }

    /// The incidents that somebody took up, in order. Each is there until a commit names its number
    /// in [`Commit::wishes_done`](super::Commit::wishes_done), so that none is lost when the commit
    /// that fulfils it fails.
    pub async fn acknowledgements(&self) -> Result<Vec<(i64, Acknowledgement)>, StoreError> {
        let sql = "SELECT id, incident, actor FROM wishes WHERE kind = 'acknowledge' ORDER BY id LIMIT 1000";
        let rows = self.pool.all(sql, values![]).await?;
        rows.iter()
            .map(|row| {
                let incident = IncidentId(row.count("incident")?);
                Ok((row.int("id")?, Acknowledgement { incident, by: row.text("actor")? }))
            })
            .collect()
    }
}

impl Store {
    /// Takes the incidents that somebody took up since the last time, in order; silences that are
    /// over are forgotten.
    pub async fn take_acknowledgements(&self, now: Timestamp) -> Result<Vec<Acknowledgement>, StoreError> {
        // Hardly ever is there one: a look costs less than a transaction.
        let waiting = "SELECT id FROM wishes WHERE kind = 'acknowledge' OR until_ms < $1 LIMIT 1";
        if self.reader.pool.first(waiting, values![now]).await?.is_none() {
            return Ok(Vec::new());
        }
        let mut tx = lock::begin(&self.writer).await?;
        let sql = "SELECT id, incident, actor FROM wishes WHERE kind = 'acknowledge' ORDER BY id";
        let rows = tx.all(sql, values![]).await?;
        let mut taken = Vec::new();
        for row in &rows {
            taken.push(Acknowledgement { incident: IncidentId(row.count("incident")?), by: row.text("actor")? });
            tx.run("DELETE FROM wishes WHERE id = $1", values![row.int("id")?]).await?;
        }
        tx.run("DELETE FROM wishes WHERE kind = 'silence' AND until_ms < $1", values![now]).await?;
        tx.commit().await?;
        Ok(taken)
    }
}
