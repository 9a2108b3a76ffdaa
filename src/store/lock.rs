//! One writer to a store. Both locks end with their holder, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use jiff::Timestamp;

use super::fault::StoreError;
use super::place::Place;
use super::sql::{Pool, PoolKind, Tx, values};

/// The lock of Postgres, `podp` and 1: one store a database. It belongs to a session, so it does not
/// work behind a pooler that hands sessions around (`PgBouncer` in transaction mode).
const TAKE: &str = "SELECT CASE WHEN pg_try_advisory_lock(1886348400, 1) THEN CAST(1 AS BIGINT) \
     ELSE CAST(0 AS BIGINT) END AS held";

const HOLDER: &str = "SELECT a.application_name AS app, COALESCE(host(a.client_addr), 'this machine') AS address, \
     CAST(EXTRACT(EPOCH FROM a.backend_start) * 1000 AS BIGINT) AS since_ms \
     FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid \
     WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 \
     AND CAST(l.classid AS BIGINT) = 1886348400 AND CAST(l.objid AS BIGINT) = 1 \
     AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())";

/// Locks `FILE.lock` beside a file and writes there who we are. The lock is the system's, on the
/// open file; that the file lies there means nothing.
pub(super) fn file(path: &Path, place: &Place, now: Timestamp) -> Result<File, StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let denied = |why: std::io::Error| StoreError::Denied { place: place.clone(), why: why.to_string() };
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&name).map_err(denied)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(StoreError::Held { place: place.clone(), by: holder(file) }),
        Err(TryLockError::Error(why)) => return Err(denied(why)),
    }
    let text = format!("process {} since {}\n", std::process::id(), super::open::seconds(now));
    file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(text.as_bytes())).map_err(denied)?;
    Ok(file)
}

/// What the holder wrote, which may be nothing yet.
fn holder(file: File) -> String {
    let mut text = String::new();
    let read = file.take(200).read_to_string(&mut text);
    let line: String = text.lines().next().unwrap_or_default().chars().filter(|c| !c.is_control()).collect();
    if read.is_err() || line.is_empty() { "a process that does not say who it is".into() } else { line }
}

/// A transaction of the writer. In Postgres it begins by asking for the lock, which costs nothing
/// while it is held: after a broken connection the new one must have it before it writes.
pub(super) async fn begin(writer: &Pool) -> Result<Tx, StoreError> {
    let mut tx = writer.begin().await?;
    if matches!(writer.kind, PoolKind::Sqlite(_)) {
        return Ok(tx);
    }
    let held = tx.first(TAKE, values![]).await?.map(|row| row.int("held")).transpose()?;
    if held == Some(1) {
        return Ok(tx);
    }
    let by = match tx.first(HOLDER, values![]).await? {
        Some(row) => {
            let since = super::open::seconds(row.time("since_ms")?);
            format!("{} on {} since {since}", row.text("app")?, row.text("address")?)
        }
        None => "one that has just gone".into(),
    };
    Err(StoreError::Held { place: writer.place.clone(), by })
}
