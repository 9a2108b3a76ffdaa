//! What can go wrong with a store, told apart by the databases' own codes.

use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;

use super::place::Place;

/// Why a store cannot be used. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Neither a file nor a Postgres URL.
    #[error(
        "a store (--store, PODPROBE_STORE_URL, `url` of [store]) is a file such as podprobe.db, or postgres://USER:PASSWORD@HOST/DATABASE"
    )]
    Address,
    /// Another instance works on it.
    #[error("{place} is in use by another podprobe ({by}); stop that one, or give this one a store of its own")]
    Held {
        /// Which store.
        place: Place,
        /// Who holds it.
        by: String,
    },
    /// There is none.
    #[error("there is no store at {place}; {}", .place.beginning())]
    Missing {
        /// Which store.
        place: Place,
    },
    /// It is there and holds something else.
    #[error("{place} holds no history of podprobe; name another file or database with --store")]
    Foreign {
        /// Which store.
        place: Place,
    },
    /// A newer podprobe wrote it.
    #[error(
        "{place} was written by a newer podprobe (its version is {found}, this one knows {known}); update this podprobe"
    )]
    Newer {
        /// Which store.
        place: Place,
        /// Its version.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// An older podprobe wrote it, and only a writer may bring it up to date.
    #[error(
        "{place} was written by an older podprobe (its version is {found}, this one needs {known}); start `podprobe watch` once to bring it up to date"
    )]
    Older {
        /// Which store.
        place: Place,
        /// Its version.
        found: i64,
        /// The version needed.
        known: i64,
    },
    /// It cannot be brought up to date.
    #[error("{place} could not be brought up to date: {why}; nothing was lost, restore a backup or report this")]
    Migration {
        /// Which store.
        place: Place,
        /// What failed.
        why: String,
    },
    /// The file is damaged, or no database at all.
    #[error(
        "{place} is damaged or is no SQLite file ({why}); move it away and restore a backup, or save what is left with `sqlite3 FILE .recover`"
    )]
    Damaged {
        /// Which store.
        place: Place,
        /// What SQLite said.
        why: String,
    },
    /// There is no room left.
    #[error("there is no room left for {place}; free some, nothing that was written is lost")]
    Full {
        /// Which store.
        place: Place,
    },
    /// The system or the server does not let us.
    #[error("{place} may not be opened or written ({why}); {}", .place.rights())]
    Denied {
        /// Which store.
        place: Place,
        /// What was said.
        why: String,
    },
    /// The server does not know the user or the password.
    #[error("{place} does not let this user in ({why}); check user and password of its URL")]
    Login {
        /// Which store.
        place: Place,
        /// What was said.
        why: String,
    },
    /// Somebody else keeps it locked.
    #[error("{place} is locked by another program; close that (a shell such as sqlite3, a backup) and try again")]
    Busy {
        /// Which store.
        place: Place,
    },
    /// The server does not answer.
    #[error("{place} cannot be reached ({why}); check that the server runs and the address is right")]
    Unreachable {
        /// Which store.
        place: Place,
        /// What was said.
        why: String,
    },
    /// Anything else that a database says.
    #[error("{place}: {why}")]
    Database {
        /// Which store.
        place: Place,
        /// What was said.
        why: String,
    },
    /// A value is not what podprobe writes.
    #[error(
        "the store holds something in `{what}` that podprobe did not write ({why}); restore a backup, or report this"
    )]
    Content {
        /// The column.
        what: String,
        /// What is wrong with it.
        why: String,
    },
}

impl StoreError {
    /// Whether the same may work later without anybody doing something.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Unreachable { .. } | Self::Full { .. } | Self::Held { .. })
    }
}

impl Place {
    /// An error of the database, told apart by its code.
    pub(super) fn fault(&self, error: sqlx::Error) -> StoreError {
        let place = self.clone();
        match error {
            sqlx::Error::Database(error) => self.coded(error.as_ref()),
            sqlx::Error::Io(why) => StoreError::Unreachable { place, why: why.to_string() },
            sqlx::Error::Tls(why) => StoreError::Unreachable { place, why: why.to_string() },
            sqlx::Error::PoolTimedOut => StoreError::Unreachable { place, why: "no answer in time".into() },
            sqlx::Error::Migrate(error) => self.migration(*error, 0),
            other => StoreError::Database { place, why: other.to_string() },
        }
    }

    /// SQLite's result codes are numbers (sqlite.org/rescode.html; the low byte is the primary one),
    /// Postgres's SQLSTATEs five characters (Appendix A of its manual).
    fn coded(&self, error: &dyn DatabaseError) -> StoreError {
        let place = self.clone();
        let why = error.message().to_owned();
        let code = error.code().unwrap_or_default();
        if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
            return match code.parse::<i64>().map(|code| code & 0xff) {
                Ok(5 | 6) => StoreError::Busy { place },
                Ok(3 | 8 | 14 | 23) => StoreError::Denied { place, why },
                Ok(11 | 26) => StoreError::Damaged { place, why },
                Ok(13) => StoreError::Full { place },
                _ => StoreError::Database { place, why },
            };
        }
        match (code.get(..2).unwrap_or_default(), code.as_ref()) {
            ("28", _) => StoreError::Login { place, why },
            (_, "42501" | "25006") => StoreError::Denied { place, why },
            ("08" | "57", _) | (_, "53300") => StoreError::Unreachable { place, why },
            (_, "3D000") => StoreError::Missing { place },
            (_, "53100") => StoreError::Full { place },
            (_, "55P03" | "40P01" | "40001") => StoreError::Busy { place },
            _ => StoreError::Database { place, why },
        }
    }

    /// An error of bringing the store up to date to version `known`.
    pub(super) fn migration(&self, error: MigrateError, known: i64) -> StoreError {
        match error {
            MigrateError::VersionMissing(found) => StoreError::Newer { place: self.clone(), found, known },
            MigrateError::Execute(error) => self.fault(error),
            MigrateError::ExecuteMigration(error, version) => match self.fault(error) {
                StoreError::Database { place, why } => {
                    StoreError::Migration { place, why: format!("step {version}: {why}") }
                }
                other => other,
            },
            other => StoreError::Migration { place: self.clone(), why: other.to_string() },
        }
    }
}
