//! Opening: connections, locks, and bringing a store up to date.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use jiff::Timestamp;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _};

use super::fault::StoreError;
use super::lock;
use super::place::{At, Place};
use super::sql::{Pool, PoolKind, values};
use super::{Reader, Store};

static SQLITE: Migrator = sqlx::migrate!("src/store/migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("src/store/migrations/postgres");

/// How long a lock of another program is waited for, and a server at the start.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a server is waited for later: whoever waits has a round to make, and tries again.
const ANSWER: Duration = Duration::from_secs(2);
/// Connections that read.
const READERS: u32 = 4;

/// A machine that dies says nothing, and its session would keep the writer's lock for the two hours
/// after which systems ask by themselves. So the server asks after half a minute, and lets go of a
/// session after about one. (For sessions over a socket of the same machine the server ignores this.)
const KEEPALIVE: [(&str, &str); 4] = [
    ("tcp_keepalives_idle", "30"),
    ("tcp_keepalives_interval", "10"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "60000"),
];

impl Store {
    /// Opens a store to write, makes it where there is none and brings it up to date. `now` is
    /// written down for whoever is refused meanwhile.
    pub async fn open(place: &Place, now: Timestamp) -> Result<Self, StoreError> {
        match &place.at {
            At::File(path) => Self::open_file(place, path, now).await,
            At::Postgres(url) => Self::open_postgres(place, url).await,
        }
    }

    async fn open_file(place: &Place, path: &Path, now: Timestamp) -> Result<Self, StoreError> {
        let path = real(path).map_err(|why| StoreError::Denied { place: place.clone(), why: why.to_string() })?;
        let lock = lock::file(&path, place, now)?;
        if std::fs::metadata(&path).is_ok_and(|meta| meta.len() > 0) {
            // Looked at before anything is changed: it may be somebody else's.
            let reader = Reader { pool: reading(place, &path).await? };
            let state = state(&reader.pool).await;
            reader.pool.close().await;
            if state? == State::Foreign {
                return Err(StoreError::Foreign { place: place.clone() });
            }
        }
        own(&path).map_err(|why| StoreError::Denied { place: place.clone(), why: why.to_string() })?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            // Before the journal's mode, or the new file has none.
            .auto_vacuum(SqliteAutoVacuum::Incremental)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE)
            .pragma("journal_size_limit", "67108864")
            .disable_statement_logging();
        let fault = |why| place.fault(why);
        let pool: SqlitePool = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            // Where the disk is full SQLite ends a transaction by itself. sqlx counts it as open for ever
            // and begins no other on that connection: another one takes its place.
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .connect_with(options)
            .await
            .map_err(fault)?;
        SQLITE.run(&pool).await.map_err(|why| place.migration(why, newest(&SQLITE)))?;
        let writer = Pool::new(place, PoolKind::Sqlite(pool));
        let reader = Reader { pool: reading(place, &path).await? };
        Ok(Self { writer, reader, lock: Some(lock) })
    }

    async fn open_postgres(place: &Place, url: &str) -> Result<Self, StoreError> {
        let options = postgres(url)?;
        probe(place, &options).await?;
        let pool: PgPool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ANSWER)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone())
            .await
            .map_err(|why| place.fault(why))?;
        let writer = Pool::new(place, PoolKind::Postgres(pool.clone()));
        lock::begin(&writer).await?.commit().await?;
        POSTGRES.run(&pool).await.map_err(|why| place.migration(why, newest(&POSTGRES)))?;
        let reader = Reader { pool: reading_postgres(place, options).await? };
        Ok(Self { writer, reader, lock: None })
    }
}

impl Reader {
    /// Opens a store to read. Nothing is made or changed, and a running daemon is not in the way.
    pub async fn open(place: &Place) -> Result<Self, StoreError> {
        let (pool, migrator) = match &place.at {
            At::File(path) => {
                if !path.exists() {
                    return Err(StoreError::Missing { place: place.clone() });
                }
                (reading(place, path).await?, &SQLITE)
            }
            At::Postgres(url) => (reading_postgres(place, postgres(url)?).await?, &POSTGRES),
        };
        let known = newest(migrator);
        let place = place.clone();
        match state(&pool).await? {
            State::Empty | State::Foreign => Err(StoreError::Foreign { place }),
            State::Version(found) if found > known => Err(StoreError::Newer { place, found, known }),
            State::Version(found) if found < known => Err(StoreError::Older { place, found, known }),
            State::Version(_) => Ok(Self { pool }),
        }
    }
}

/// What is there.
#[derive(Debug, PartialEq, Eq)]
enum State {
    Empty,
    Foreign,
    Version(i64),
}

async fn state(pool: &Pool) -> Result<State, StoreError> {
    let sql = match &pool.kind {
        PoolKind::Sqlite(_) => {
            "SELECT COUNT(*) AS tables, COUNT(CASE WHEN name = '_sqlx_migrations' THEN 1 END) AS versions, \
             COUNT(CASE WHEN name = 'deliveries' THEN 1 END) AS own FROM sqlite_master WHERE type = 'table'"
        }
        PoolKind::Postgres(_) => {
            "SELECT COUNT(*) AS tables, COUNT(CASE WHEN table_name = '_sqlx_migrations' THEN 1 END) AS versions, \
             COUNT(CASE WHEN table_name = 'deliveries' THEN 1 END) AS own \
             FROM information_schema.tables WHERE table_schema = current_schema()"
        }
    };
    let Some(row) = pool.first(sql, values![]).await? else { return Ok(State::Empty) };
    if row.int("versions")? == 0 || row.int("own")? == 0 {
        // A migration that was cut short left its own table and nothing else.
        return Ok(if row.int("tables")? == row.int("versions")? { State::Empty } else { State::Foreign });
    }
    let row = pool.first("SELECT MAX(version) AS version FROM _sqlx_migrations WHERE success", values![]).await?;
    let version = row.map(|row| row.maybe_int("version")).transpose()?.flatten();
    Ok(version.map_or(State::Empty, State::Version))
}

/// The newest version that this podprobe knows.
fn newest(migrator: &Migrator) -> i64 {
    migrator.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// The file behind links, so that two names of one file have one lock.
fn real(path: &Path) -> std::io::Result<PathBuf> {
    if let Ok(real) = path.canonicalize() {
        return Ok(real);
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let name = path.file_name().unwrap_or_default();
    folder
        .canonicalize()
        .map(|folder| folder.join(name))
        .map_err(|why| std::io::Error::new(why.kind(), format!("the folder {}: {why}", folder.display())))
}

/// Makes the file where there is none, for its owner alone: it tells which shows are private, and who
/// was told what. SQLite gives the files beside it the same rights. One that is there keeps its own.
fn own(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(why) if why.kind() != std::io::ErrorKind::AlreadyExists => Err(why),
        _ => Ok(()),
    }
}

async fn reading(place: &Place, path: &Path) -> Result<Pool, StoreError> {
    let options =
        SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(PATIENCE).disable_statement_logging();
    let pool = SqlitePoolOptions::new().max_connections(READERS).connect_with(options).await;
    let pool = pool.map_err(|why| place.fault(why))?;
    Ok(Pool::new(place, PoolKind::Sqlite(pool)))
}

/// Writing beside the daemon: one connection, without its lock.
pub(super) async fn beside(place: &Place) -> Result<Pool, StoreError> {
    let fault = |why| place.fault(why);
    let kind = match &place.at {
        At::File(path) => {
            let options = SqliteConnectOptions::new().filename(path).busy_timeout(PATIENCE).disable_statement_logging();
            PoolKind::Sqlite(SqlitePoolOptions::new().max_connections(1).connect_with(options).await.map_err(fault)?)
        }
        At::Postgres(url) => {
            let options = postgres(url)?;
            probe(place, &options).await?;
            let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
            PoolKind::Postgres(pool.connect_with(options).await.map_err(fault)?)
        }
    };
    Ok(Pool::new(place, kind))
}

fn postgres(url: &str) -> Result<PgConnectOptions, StoreError> {
    let options = PgConnectOptions::from_str(url).map_err(|_| StoreError::Address)?;
    let name = format!("podprobe process {}", std::process::id());
    Ok(options.application_name(&name).options(KEEPALIVE).disable_statement_logging())
}

async fn reading_postgres(place: &Place, options: PgConnectOptions) -> Result<Pool, StoreError> {
    let options = options.options([("default_transaction_read_only", "on")]);
    probe(place, &options).await?;
    let pool = PgPoolOptions::new().max_connections(READERS).acquire_timeout(ANSWER).connect_with(options).await;
    Ok(Pool::new(place, PoolKind::Postgres(pool.map_err(|why| place.fault(why))?)))
}

/// Connects once: why a server is not there is known at once, where a pool would go on trying and say
/// that its time was up.
async fn probe(place: &Place, options: &PgConnectOptions) -> Result<(), StoreError> {
    let connected = tokio::time::timeout(PATIENCE, options.connect()).await;
    let connected = connected.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map_err(|why| place.fault(why))?;
    connected.close().await.map_err(|why| place.fault(why))
}

/// A time for people, to the second.
pub(super) fn seconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
