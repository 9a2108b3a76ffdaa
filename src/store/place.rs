//! Where a store is: a file, or a Postgres database by its URL.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr as _;
use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;

use super::fault::StoreError;

/// Where a store is. Shown, it never holds a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    shown: Arc<str>,
    pub(super) at: At,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) enum At {
    File(PathBuf),
    Postgres(Arc<str>),
}

impl fmt::Debug for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File(_) => "file",
            Self::Postgres(_) => "postgres",
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Place {
    /// Reads what was typed: `postgres://USER:PASSWORD@HOST/DATABASE` (or `postgresql://`),
    /// `sqlite:FILE`, or a file's name.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let text = text.trim();
        let lower = text.get(..text.find(':').map_or(0, |at| at + 1)).unwrap_or_default().to_ascii_lowercase();
        match lower.as_str() {
            "postgres:" | "postgresql:" => {
                // What the parser says may quote the URL, password and all.
                let url = url::Url::parse(text).map_err(|_| StoreError::Address)?;
                PgConnectOptions::from_str(text).map_err(|_| StoreError::Address)?;
                Ok(Self { shown: shown(&url).into(), at: At::Postgres(text.into()) })
            }
            "sqlite:" => {
                let path = text.get("sqlite:".len()..).unwrap_or_default();
                let path = path.strip_prefix("//").unwrap_or(path);
                Self::file(PathBuf::from(path))
            }
            // `C:` is a drive.
            other if other.len() > 2 && text.contains("://") => Err(StoreError::Address),
            _ => Self::file(PathBuf::from(text)),
        }
    }

    /// How a store that is not there begins.
    pub(super) fn beginning(&self) -> &'static str {
        match self.at {
            At::File(_) => "`podprobe watch` makes one, and --store names another",
            At::Postgres(_) => "make the database (CREATE DATABASE) and `podprobe watch` makes its tables",
        }
    }

    /// What to look at where one may not be used.
    pub(super) fn rights(&self) -> &'static str {
        match self.at {
            At::File(_) => "check its permissions, and those of its folder",
            At::Postgres(_) => "grant its user CONNECT on the database and CREATE on the schema, and use a primary",
        }
    }

    fn file(path: PathBuf) -> Result<Self, StoreError> {
        if path.file_name().is_none() || path.as_os_str() == ":memory:" {
            return Err(StoreError::Address);
        }
        Ok(Self { shown: path.display().to_string().into(), at: At::File(path) })
    }
}

/// Host and database of a URL. What parameters hold (a password may be one) is left out.
fn shown(url: &url::Url) -> String {
    let host = url.host_str().unwrap_or("localhost");
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("postgres://{host}{port}{}", url.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_a_file_or_a_database_and_never_shows_a_password() {
        for (typed, expected) in [
            ("podprobe.db", "podprobe.db"),
            ("sqlite:/var/lib/podprobe/podprobe.db", "/var/lib/podprobe/podprobe.db"),
            ("sqlite://data/podprobe.db", "data/podprobe.db"),
            ("postgres://me:hunter2@db.example:5433/shows?password=hunter2", "postgres://db.example:5433/shows"),
            ("PostgreSQL://me:hunter2@db.example/shows", "postgres://db.example/shows"),
        ] {
            let place = Place::parse(typed).unwrap();
            assert_eq!(place.to_string(), expected, "{typed}");
            assert!(!format!("{place:?}").contains("hunter2"), "{place:?}");
        }
        for typed in ["", "mysql://me:hunter2@h/d", "postgres://me:hunter2@[/d", ":memory:", "sqlite::memory:", ".."] {
            let error = Place::parse(typed).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }
}
