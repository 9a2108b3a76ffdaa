//! A Postgres that goes away: a turn waits for it once, and what was seen is told when it is back.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgConnection};

use super::ears::Hook;
use super::stage::{Play, time};
use super::town::{Town, feed};

const HOST: &str = "shows.homeport.example";
const FILES: &str = "files.loudhail.example";
/// The server's, in its folder.
const SOCKET: &str = ".s.PGSQL.5432";
const BEGIN: &str = "2026-03-02T09:00:00Z";

/// A server of this test's own, in a folder with its socket.
struct Server {
    folder: PathBuf,
    child: Child,
}

impl Server {
    fn start() -> Option<Self> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/postgres/run");
        let mut child = Command::new("sh").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Some(folder) = line.trim().strip_prefix("ready ") else {
            assert_eq!(child.wait().unwrap().code(), Some(77), "tests/postgres/run failed");
            let required = std::env::var("PODPROBE_TEST_POSTGRES").is_ok_and(|set| set == "required");
            assert!(!required, "no Postgres is installed, and PODPROBE_TEST_POSTGRES says that it is required");
            // Not eprintln, which the test harness keeps to itself.
            let _ = writeln!(std::io::stderr(), "\nSKIPPED: no Postgres is installed\n");
            return None;
        };
        Some(Self { folder: folder.into(), child })
    }

    fn url(&self) -> String {
        format!("postgres://podprobe@localhost/postgres?host={}", self.folder.display())
    }

    fn rename(&self, from: &str, to: &str) {
        std::fs::rename(self.folder.join(from), self.folder.join(to)).unwrap();
    }

    /// From now on connections are refused, as by a server that was stopped.
    fn hide(&self) {
        self.rename(SOCKET, "away");
        // A socket that nobody listens at.
        drop(UnixListener::bind(self.folder.join(SOCKET)).unwrap());
    }

    fn show(&self) {
        self.rename("away", SOCKET);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_waits_for_a_database_that_is_away_once_and_goes_on() {
    let Some(server) = Server::start() else { return };
    let mut town = Town::build([HOST, FILES].map(String::from)).await;
    let episodes: Vec<String> = (0..5).map(|number| format!("http://{FILES}/{number}.mp3")).collect();
    town.put(HOST, "/a.xml", feed("A", &episodes, time(BEGIN)));
    let mut hook = Hook::open("hook").await;
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "[[source]]\nurl = \"http://{HOST}/a.xml\"\n[store]\nurl = \"{}\"\n{}{}",
        server.url(),
        hook.table(""),
        town.network("")
    );
    let mut play = Play::open(folder.path(), &text, time(BEGIN)).await;
    play.minutes(16).await;
    let mut admin = PgConnection::connect(&server.url()).await.unwrap();

    // Nobody can connect any more, and those who were are cut off.
    server.hide();
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() \
               AND datname = current_database()";
    sqlx::query(cut).execute(&mut admin).await.unwrap();
    town.shut(FILES).await;
    for minutes in [10, 20] {
        let now = play.now() + jiff::SignedDuration::from_mins(minutes);
        let began = Instant::now();
        let why = play.daemon.turn(now, &move || now).await.unwrap_err();
        assert!(why.is_passing(), "{why}");
        assert!(why.to_string().contains("refused"), "{why}");
        assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    }
    assert_eq!(hook.listen(), [], "nothing is told that is not written");

    server.show();
    play.minutes(30).await;
    assert_eq!(hook.kinds(), ["incident.opened"]);
    let listed = play.podprobe(&["incidents"]);
    assert!(listed.contains("critical") && listed.contains(FILES), "{listed}");
    play.daemon.close().await;
}
