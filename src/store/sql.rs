//! One set of statements for two databases: values, rows, pools and transactions of either. Both
//! take `$1`, so the statements are the same wherever SQL is.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sqlx::postgres::{PgPool, PgRow};
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{ConnectOptions as _, Postgres, Row as _, Sqlite, Transaction};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::fault::StoreError;
use super::place::Place;

/// A value to bind. `None` is a typed NULL, which Postgres wants.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Int(Option<i64>),
    Real(Option<f64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

/// Values of a statement, in order.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::store::sql::Value::from($value)),*] };
}
pub(super) use values;

/// Postgres takes no NUL in a text; a feed may hold one.
fn clean(text: &str) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text.to_owned() }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Int(Some(i64::try_from(value).unwrap_or(i64::MAX)))
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Int(Some(i64::from(value)))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Int(Some(i64::from(value)))
    }
}

impl From<Option<bool>> for Value {
    fn from(value: Option<bool>) -> Self {
        Self::Int(value.map(i64::from))
    }
}

impl From<Option<f64>> for Value {
    fn from(value: Option<f64>) -> Self {
        // No order stands on a NaN.
        Self::Real(value.filter(|value| value.is_finite()))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(clean(value)))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::from(value.as_str())
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(clean))
    }
}

impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        Self::from(value.as_deref())
    }
}

impl From<Option<Vec<u8>>> for Value {
    fn from(value: Option<Vec<u8>>) -> Self {
        Self::Bytes(value)
    }
}

impl From<Timestamp> for Value {
    fn from(value: Timestamp) -> Self {
        Self::Int(Some(value.as_millisecond()))
    }
}

impl From<Option<Timestamp>> for Value {
    fn from(value: Option<Timestamp>) -> Self {
        Self::Int(value.map(Timestamp::as_millisecond))
    }
}

/// A row, read by the names of its columns.
#[derive(Debug)]
pub(super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

macro_rules! get {
    ($row:expr, $name:expr) => {
        match $row {
            Row::Sqlite(row) => row.try_get($name),
            Row::Postgres(row) => row.try_get($name),
        }
        .map_err(|why| StoreError::Content { what: $name.to_owned(), why: why.to_string() })
    };
}

impl Row {
    pub(super) fn int(&self, name: &str) -> Result<i64, StoreError> {
        get!(self, name)
    }

    pub(super) fn maybe_int(&self, name: &str) -> Result<Option<i64>, StoreError> {
        get!(self, name)
    }

    /// A count; what is negative is none.
    pub(super) fn count(&self, name: &str) -> Result<u64, StoreError> {
        Ok(u64::try_from(self.int(name)?).unwrap_or(0))
    }

    pub(super) fn maybe_real(&self, name: &str) -> Result<Option<f64>, StoreError> {
        get!(self, name)
    }

    pub(super) fn text(&self, name: &str) -> Result<String, StoreError> {
        get!(self, name)
    }

    pub(super) fn maybe_text(&self, name: &str) -> Result<Option<String>, StoreError> {
        get!(self, name)
    }

    pub(super) fn time(&self, name: &str) -> Result<Timestamp, StoreError> {
        time(self.int(name)?, name)
    }

    pub(super) fn maybe_time(&self, name: &str) -> Result<Option<Timestamp>, StoreError> {
        self.maybe_int(name)?.map(|ms| time(ms, name)).transpose()
    }

    /// A text that is JSON.
    pub(super) fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, StoreError> {
        serde_json::from_str(&self.text(name)?)
            .map_err(|why| StoreError::Content { what: name.to_owned(), why: why.to_string() })
    }
}

fn time(ms: i64, name: &str) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(ms).map_err(|why| StoreError::Content { what: name.to_owned(), why: why.to_string() })
}

/// A value as JSON, to be written.
pub(super) fn to_json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|why| StoreError::Content { what: "a value to be written".into(), why: why.to_string() })
}

macro_rules! bound {
    ($sql:expr, $values:expr) => {{
        let mut query = sqlx::query($sql);
        for value in $values {
            query = match value {
                Value::Int(value) => query.bind(value),
                Value::Real(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::Bytes(value) => query.bind(value),
            };
        }
        query
    }};
}

/// How long a server is asked once more why it is not there.
const LAST_TRY: Duration = Duration::from_secs(1);

/// Connections to one database.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    pub(super) place: Place,
    pub(super) kind: PoolKind,
    /// Whose turn it is to write. Waiting for a long transaction is no sign that the server is away, so
    /// it does not count for the pool's own patience.
    turn: Arc<Semaphore>,
}

#[derive(Clone, Debug)]
pub(super) enum PoolKind {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Pool {
    pub(super) fn new(place: &Place, kind: PoolKind) -> Self {
        Self { place: place.clone(), kind, turn: Arc::new(Semaphore::new(1)) }
    }

    /// All rows.
    pub(super) async fn all(&self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let rows = match &self.kind {
            PoolKind::Sqlite(pool) => {
                bound!(sql, values).fetch_all(pool).await.map(|rows| rows.into_iter().map(Row::Sqlite).collect())
            }
            PoolKind::Postgres(pool) => {
                bound!(sql, values).fetch_all(pool).await.map(|rows| rows.into_iter().map(Row::Postgres).collect())
            }
        };
        match rows {
            Ok(rows) => Ok(rows),
            Err(why) => Err(self.fault(why).await),
        }
    }

    /// What is wrong. A pool that gave up waiting for a server does not say what it met: one more try, of
    /// its own, does.
    async fn fault(&self, why: sqlx::Error) -> StoreError {
        if let (sqlx::Error::PoolTimedOut, PoolKind::Postgres(pool)) = (&why, &self.kind) {
            let options = pool.connect_options();
            if let Ok(Err(met)) = tokio::time::timeout(LAST_TRY, options.connect()).await {
                return self.place.fault(met);
            }
        }
        self.place.fault(why)
    }

    /// The first row.
    pub(super) async fn first(&self, sql: &'static str, values: Vec<Value>) -> Result<Option<Row>, StoreError> {
        let row = match &self.kind {
            PoolKind::Sqlite(pool) => bound!(sql, values).fetch_optional(pool).await.map(|row| row.map(Row::Sqlite)),
            PoolKind::Postgres(pool) => {
                bound!(sql, values).fetch_optional(pool).await.map(|row| row.map(Row::Postgres))
            }
        };
        match row {
            Ok(row) => Ok(row),
            Err(why) => Err(self.fault(why).await),
        }
    }

    /// A transaction that means to write. Dropped, it is rolled back.
    pub(super) async fn begin(&self) -> Result<Tx, StoreError> {
        // Never closed, so always given.
        let turn = Arc::clone(&self.turn).acquire_owned().await.ok();
        let kind = match &self.kind {
            // IMMEDIATE: the lock is taken now, when waiting for it helps, and not in the middle.
            PoolKind::Sqlite(pool) => pool.begin_with("BEGIN IMMEDIATE").await.map(TxKind::Sqlite),
            PoolKind::Postgres(pool) => pool.begin().await.map(TxKind::Postgres),
        };
        match kind {
            Ok(kind) => Ok(Tx { kind, place: self.place.clone(), _turn: turn }),
            Err(why) => Err(self.fault(why).await),
        }
    }

    /// Moves what SQLite keeps beside its file into it. Somebody who reads at that moment may prevent
    /// it; nothing is lost then.
    pub(super) async fn checkpoint(&self) -> Result<(), StoreError> {
        match self.kind {
            PoolKind::Sqlite(_) => self.first("PRAGMA wal_checkpoint(TRUNCATE)", values![]).await.map(drop),
            PoolKind::Postgres(_) => Ok(()),
        }
    }

    pub(super) async fn close(&self) {
        match &self.kind {
            PoolKind::Sqlite(pool) => pool.close().await,
            PoolKind::Postgres(pool) => pool.close().await,
        }
    }
}

/// A transaction.
#[derive(Debug)]
pub(super) struct Tx {
    place: Place,
    kind: TxKind,
    _turn: Option<OwnedSemaphorePermit>,
}

#[derive(Debug)]
enum TxKind {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    /// Runs a statement; gives how many rows it touched.
    pub(super) async fn run(&mut self, sql: &'static str, values: Vec<Value>) -> Result<u64, StoreError> {
        let touched = match &mut self.kind {
            TxKind::Sqlite(tx) => bound!(sql, values).execute(&mut **tx).await.map(|done| done.rows_affected()),
            TxKind::Postgres(tx) => bound!(sql, values).execute(&mut **tx).await.map(|done| done.rows_affected()),
        };
        touched.map_err(|why| self.place.fault(why))
    }

    /// All rows.
    pub(super) async fn all(&mut self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let rows = match &mut self.kind {
            TxKind::Sqlite(tx) => {
                bound!(sql, values).fetch_all(&mut **tx).await.map(|rows| rows.into_iter().map(Row::Sqlite).collect())
            }
            TxKind::Postgres(tx) => {
                bound!(sql, values).fetch_all(&mut **tx).await.map(|rows| rows.into_iter().map(Row::Postgres).collect())
            }
        };
        rows.map_err(|why| self.place.fault(why))
    }

    /// The first row.
    pub(super) async fn first(&mut self, sql: &'static str, values: Vec<Value>) -> Result<Option<Row>, StoreError> {
        let row = match &mut self.kind {
            TxKind::Sqlite(tx) => bound!(sql, values).fetch_optional(&mut **tx).await.map(|row| row.map(Row::Sqlite)),
            TxKind::Postgres(tx) => {
                bound!(sql, values).fetch_optional(&mut **tx).await.map(|row| row.map(Row::Postgres))
            }
        };
        row.map_err(|why| self.place.fault(why))
    }

    /// The `id` that a statement returns.
    pub(super) async fn id(&mut self, sql: &'static str, values: Vec<Value>) -> Result<i64, StoreError> {
        let row = self.first(sql, values).await?;
        row.ok_or_else(|| StoreError::Content { what: "id".into(), why: "no row came back".into() })?.int("id")
    }

    pub(super) async fn commit(self) -> Result<(), StoreError> {
        let done = match self.kind {
            TxKind::Sqlite(tx) => tx.commit().await,
            TxKind::Postgres(tx) => tx.commit().await,
        };
        done.map_err(|why| self.place.fault(why))
    }
}
