//! `store` opens the history and the outbox: facts, verdicts, incidents and deliveries, in SQLite
//! or Postgres. It keeps and gives back; it judges nothing and words nothing.
//!
//! [`Store`] writes. There is one to a file or database: a second one is refused, and told who has
//! it. [`Reader`] reads, beside a running daemon too, and changes nothing.
//!
//! - [`Store::commit`] writes what one round brought (facts, incidents, transitions, messages for
//!   the outbox) in one transaction. Everything in it has a unique key, so a commit that is repeated
//!   because nobody knows whether it arrived adds nothing.
//! - The outbox gives at most one message for each channel and incident, the oldest, so that nobody
//!   reads of a recovery before the outage.
//! - Times are milliseconds since 1970 in integers: the same in both databases, and they compare.
//! - The statements are the same for both databases; only the migrations, the locks and the opening
//!   differ. One battery of tests runs against both.
//! - SQLite is used with a write-ahead log and `synchronous = FULL`: a transition that was announced
//!   is on the disk, whatever the power does. A commit costs one fsync, and there are few a minute.

mod commit;
mod digest;
mod export;
mod fault;
mod history;
mod incidents;
mod lock;
mod marks;
mod memory;
mod open;
mod outbox;
mod place;
mod records;
mod rollup;
mod sql;
#[cfg(test)]
mod tests;
mod upkeep;
mod wishes;

pub use digest::ShowRoute;
pub use export::{Cell, Column, Page, TABLES, Table};
pub use fault::StoreError;
pub use history::{Bucket, Scale, Standing, Thing, ThingKind};
pub use incidents::{Delivery, Dossier, IncidentLine, Taken};
pub use marks::{Mark, MarkFinding};
pub use outbox::{Due, Trouble, Waiting};
pub use place::Place;
pub use records::{
    Book, CertificateFact, Commit, Committed, FeedAnswer, FeedFact, FeedState, FeedVersion, FindingFact, Leaf,
    OriginFact, Retention, Round, RoundFacts, SeenVersion, TargetKind, Tenure, WalkFact,
};
pub use upkeep::Done;
pub use wishes::{Acknowledgement, Desk, KeptSilence, SilenceWish};

use sql::Pool;

/// A store that is written to: the daemon's. While it lives, no other can be opened.
#[derive(Debug)]
pub struct Store {
    /// One connection: what is written is written in turn.
    writer: Pool,
    reader: Reader,
    /// Of a file: held by the system until the process ends.
    lock: Option<std::fs::File>,
}

/// A store that is read.
#[derive(Clone, Debug)]
pub struct Reader {
    pool: Pool,
}

impl Store {
    /// What can be asked of it.
    pub fn read(&self) -> &Reader {
        &self.reader
    }

    /// Closes every connection. Of a file everything is then in the file itself: whoever copies it has
    /// the whole history. What is asked of the store later fails.
    pub async fn finish(&self) {
        self.reader.pool.close().await;
        if let Err(why) = self.writer.checkpoint().await {
            tracing::warn!(%why, "the newest facts stay in the -wal file beside the store; the next start reads them");
        }
        self.writer.close().await;
    }

    /// The same, and lets go of the store.
    pub async fn close(self) {
        self.finish().await;
        drop(self.lock);
    }
}

/// At most so many bytes of a text, cut where a character ends.
fn clip(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let end = (0..=bytes).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// A key as it stands in the tables. An index of Postgres takes 2,700 bytes at most, so that of a
/// long one only the head and a hash are kept.
fn key(text: &str) -> String {
    const MOST: usize = 240;
    if text.len() <= MOST {
        return text.to_owned();
    }
    let hash = crate::cert::Fingerprint::of(text.as_bytes()).to_string();
    format!("{}~{hash}", clip(text, MOST - 65))
}
