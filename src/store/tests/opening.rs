//! Who may open a store, and what is no store.

use super::samples::*;
use crate::incident::{Happened, IncidentId, State};
use crate::store::sql::values;
use crate::store::*;

pub(super) async fn a_second_writer_is_refused_and_told_who_has_it(place: &Place) {
    let first = open(place).await;
    let refused = Store::open(place, at(0)).await.unwrap_err();
    let StoreError::Held { by, .. } = &refused else { panic!("{refused:?}") };
    assert!(by.contains(&format!("process {}", std::process::id())), "{by}");
    assert!(refused.is_passing() && refused.to_string().contains("in use by another podprobe"), "{refused}");
    first.close().await;
    // Postgres lets go of the lock when it has seen the connection end, which may be a moment later.
    let mut second = Store::open(place, at(0)).await;
    for _ in 0..200 {
        if second.is_ok() {
            break;
        }
        tokio::task::yield_now().await;
        second = Store::open(place, at(0)).await;
    }
    second.unwrap();
}

pub(super) async fn a_reader_reads_beside_the_writer_and_writes_nothing(place: &Place) {
    let error = Reader::open(place).await.unwrap_err();
    assert!(matches!(error, StoreError::Missing { .. } | StoreError::Foreign { .. }), "{error:?}");
    let store = open(place).await;
    store.commit(&sent(vec![message("m", "chat", None, at(0))])).await.unwrap();
    let reader = Reader::open(place).await.unwrap();
    assert_eq!(reader.outbox().await.unwrap().messages, 1);
    let mut tx = reader.pool.begin().await.unwrap();
    let error = tx.run("DELETE FROM deliveries", values![]).await.unwrap_err();
    assert!(matches!(error, StoreError::Denied { .. }), "{error:?}");
    drop(tx);
    assert_eq!(store.read().outbox().await.unwrap().messages, 1);
}

pub(super) async fn a_store_of_a_newer_podprobe_is_left_alone(place: &Place) {
    let store = open(place).await;
    let mut tx = store.writer.begin().await.unwrap();
    tx.run(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         SELECT 9999, 'from the future', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1",
        values![],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    store.close().await;
    for error in [Store::open(place, at(0)).await.unwrap_err(), Reader::open(place).await.unwrap_err()] {
        assert!(matches!(error, StoreError::Newer { found: 9999, known: 1..9999, .. }), "{error:?}");
        assert!(error.to_string().contains("update this podprobe"), "{error}");
    }
}

pub(super) async fn numbers_are_never_given_twice(place: &Place) {
    let store = open(place).await;
    let suspected = incident(7, State::Suspected, 0, at(0));
    let opened = transition(0, Happened::Opened, &incident(3, State::Open, 0, at(0)));
    let commit = Commit { incidents: vec![suspected], transitions: vec![opened], ..Commit::default() };
    store.commit(&commit).await.unwrap();
    let forgotten = vec![IncidentId(7), IncidentId(3)];
    store.commit(&Commit { forgotten, ..Commit::default() }).await.unwrap();
    let book = store.read().book(at(0)).await.unwrap();
    assert_eq!(book.incidents.iter().map(|incident| incident.id.0).collect::<Vec<_>>(), [3], "what was told stays");
    assert_eq!(book.next, 8);

    // Closed lately, closed long ago.
    let closed = transition(1, Happened::Recovered, &incident(3, State::Closed, 1, at(100)));
    store.commit(&Commit { transitions: vec![closed], ..Commit::default() }).await.unwrap();
    assert_eq!(store.read().book(at(100)).await.unwrap().incidents.len(), 1);
    assert_eq!(store.read().book(at(101)).await.unwrap().incidents.len(), 0);
}

#[tokio::test]
async fn a_store_of_an_earlier_podprobe_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("podprobe.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let all = sqlx::migrate!("src/store/migrations/sqlite");
    let first = all.migrations.iter().take(1).cloned().collect::<Vec<_>>();
    sqlx::migrate::Migrator { migrations: first.into(), ..sqlx::migrate::Migrator::DEFAULT }.run(&pool).await.unwrap();
    // As it was written before endings were kept.
    let mut body = serde_json::to_value(incident(1, State::Closed, 2, at(60))).unwrap();
    body.as_object_mut().unwrap().remove("ending");
    sqlx::query(
        "INSERT INTO incidents (id, code, subject_kind, subject, name, severity, state, since_ms, opened_ms, seen_ms, \
         closed_ms, summary, feeds, episodes, transitions, body) VALUES (1, 'cert-expired', 'origin', 's', 'n', \
         'critical', 'closed', 0, 0, 0, $1, 'x', 1, 1, 2, $2)",
    )
    .bind(at(60).as_millisecond())
    .bind(body.to_string())
    .execute(&pool)
    .await
    .unwrap();
    pool.close().await;
    let error = Reader::open(&place(&path)).await.unwrap_err();
    assert!(matches!(error, StoreError::Older { found: 1, .. }), "{error:?}");
    let store = open(&place(&path)).await;
    let book = store.read().book(at(60)).await.unwrap();
    assert_eq!(book.incidents.iter().map(|incident| incident.ending).collect::<Vec<_>>(), [None]);
    assert_eq!(store.read().incidents(Some(at(0)), 10).await.unwrap()[0].ending, None);
    assert!(store.faults().await.unwrap().is_empty());
}

fn place(path: &std::path::Path) -> Place {
    Place::parse(path.to_str().unwrap()).unwrap()
}

#[tokio::test]
async fn what_is_no_store_is_said_to_be_none_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("letter.txt");
    std::fs::write(&text, "Dear host, ".repeat(1_000)).unwrap();
    for error in [Store::open(&place(&text), at(0)).await.unwrap_err(), Reader::open(&place(&text)).await.unwrap_err()]
    {
        assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
        assert!(error.to_string().contains("letter.txt") && error.to_string().contains("restore a backup"), "{error}");
    }
    assert_eq!(std::fs::read_to_string(&text).unwrap(), "Dear host, ".repeat(1_000));

    let foreign = folder.path().join("bookmarks.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&foreign).create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::raw_sql("CREATE TABLE bookmarks (url TEXT)").execute(&pool).await.unwrap();
    pool.close().await;
    let before = std::fs::read(&foreign).unwrap();
    let error = Store::open(&place(&foreign), at(0)).await.unwrap_err();
    assert!(matches!(error, StoreError::Foreign { .. }), "{error:?}");
    assert_eq!(std::fs::read(&foreign).unwrap(), before);

    let error = Store::open(&place(&folder.path().join("no/such/podprobe.db")), at(0)).await.unwrap_err();
    assert!(matches!(error, StoreError::Denied { .. }) && error.to_string().contains("no/such"), "{error}");
    // Where nothing listens, at once and not after the pool's patience.
    let socket = format!("postgres://me:hunter2@localhost/shows?host={}", folder.path().display());
    let error = Reader::open(&Place::parse(&socket).unwrap()).await.unwrap_err();
    assert!(matches!(error, StoreError::Unreachable { .. }) && !error.to_string().contains("hunter2"), "{error}");
}

#[tokio::test]
async fn a_damaged_file_is_said_to_be_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("podprobe.db");
    let store = open(&place(&path)).await;
    let messages = (0..500).map(|n| message(&format!("m{n}"), "chat", None, at(0))).collect();
    store.commit(&sent(messages)).await.unwrap();
    assert!(store.faults().await.unwrap().is_empty());
    store.close().await;
    let mut bytes = std::fs::read(&path).unwrap();
    let pages = bytes.len() / 4096;
    // All but the page with the schema and those behind it that opening reads.
    for byte in bytes.iter_mut().skip(pages / 2 * 4096) {
        *byte = 0x5a;
    }
    std::fs::write(&path, bytes).unwrap();
    let outcome = match Store::open(&place(&path), at(0)).await {
        Ok(store) => store.read().due(at(0), 1_000).await.map(|_| ()),
        Err(error) => Err(error),
    };
    let error = outcome.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn two_names_of_a_file_are_one_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("podprobe.db");
    let store = open(&place(&path)).await;
    let other = folder.path().join("other.db");
    std::os::unix::fs::symlink(&path, &other).unwrap();
    assert!(matches!(Store::open(&place(&other), at(0)).await, Err(StoreError::Held { .. })));
    store.close().await;
}
