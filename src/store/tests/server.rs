//! A Postgres of the tests' own, started once and ended with the process: `tests/postgres/run`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::store::Place;

/// The server's folder, and the child, whose standard input ends with this process and ends it.
static SERVER: OnceLock<Option<(String, Child)>> = OnceLock::new();
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A new database; `None`, said loudly, where no Postgres is installed. With
/// PODPROBE_TEST_POSTGRES=required that is a failure.
pub(super) async fn database() -> Option<Place> {
    let (folder, _) = SERVER.get_or_init(start).as_ref()?;
    let name = format!("t{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let mut admin = PgConnection::connect(&url(folder, "postgres")).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut admin).await.unwrap();
    Some(Place::parse(&url(folder, &name)).unwrap())
}

fn url(folder: &str, database: &str) -> String {
    format!("postgres://podprobe@localhost/{database}?host={folder}")
}

fn start() -> Option<(String, Child)> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/postgres/run");
    let mut child = Command::new("sh").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    if let Some(folder) = line.trim().strip_prefix("ready ") {
        return Some((folder.to_owned(), child));
    }
    let code = child.wait().unwrap().code();
    assert_eq!(code, Some(77), "tests/postgres/run failed");
    assert!(
        std::env::var("PODPROBE_TEST_POSTGRES").as_deref() != Ok("required"),
        "no Postgres is installed, and PODPROBE_TEST_POSTGRES says that it is required"
    );
    // Not eprintln, which the test harness keeps to itself.
    let _ = writeln!(std::io::stderr(), "\nSKIPPED: no Postgres is installed; nothing was tested on it\n");
    None
}
