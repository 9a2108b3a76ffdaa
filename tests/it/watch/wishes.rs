//! What people ask a running daemon for, while its store takes nothing or gives nothing.

use jiff::SignedDuration;
use podprobe::incident::{Happened, IncidentId};
use sqlx::{Connection as _, SqliteConnection};

use super::ears::Hook;
use super::stage::{Play, time};
use super::town::{Town, feed};

const HOST: &str = "shows.homeport.example";
const FILES: &str = "files.loudhail.example";
const BEGIN: &str = "2026-03-02T09:00:00Z";

struct Scene {
    town: Town,
    hook: Hook,
    play: Play,
    /// Beside the daemon, for what befalls its store.
    store: SqliteConnection,
    text: String,
    _folder: tempfile::TempDir,
}

impl Scene {
    async fn befalls(&mut self, sql: &'static str) {
        sqlx::query(sql).execute(&mut self.store).await.unwrap();
    }

    /// Who took incident 1 up, in order.
    async fn takers(&self) -> Vec<String> {
        let dossier = self.play.daemon.history().incident(IncidentId(1)).await.unwrap().unwrap();
        let taken = dossier.transitions.into_iter().filter_map(|transition| match transition.happened {
            Happened::Acknowledged { by, .. } => Some(by),
            _ => None,
        });
        taken.collect()
    }
}

async fn scene() -> Scene {
    let town = Town::build([HOST, FILES].map(String::from)).await;
    let episodes: Vec<String> = (0..5).map(|number| format!("http://{FILES}/{number}.mp3")).collect();
    town.put(HOST, "/a.xml", feed("A", &episodes, time(BEGIN)));
    let hook = Hook::open("hook").await;
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "[[source]]\nurl = \"http://{HOST}/a.xml\"\n[intervals]\norigins = \"5m\"\n[incidents]\n\
         escalate = \"never\"\n{}{}",
        hook.table(""),
        town.network("")
    );
    let mut play = Play::open(folder.path(), &text, time(BEGIN)).await;
    play.minutes(16).await;
    let file = play.config.with_file_name("podprobe.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    let store = SqliteConnection::connect_with(&options).await.unwrap();
    Scene { town, hook, play, store, text, _folder: folder }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wish_comes_true_once_however_long_that_cannot_be_written() {
    let mut scene = scene().await;
    scene.town.shut(FILES).await;
    scene.play.minutes(25).await;
    assert_eq!(scene.hook.kinds(), ["incident.opened"]);
    for name in ["Ada", "Bob"] {
        scene.play.podprobe(&["acknowledge", "1", "--by", name]);
    }
    // As a full disk has it: what stands there can be read, and nothing is added.
    scene.befalls("CREATE TRIGGER no_room BEFORE INSERT ON transitions BEGIN SELECT RAISE(ABORT, 'full'); END").await;
    for seconds in [10, 20, 30] {
        let now = scene.play.now() + SignedDuration::from_secs(seconds);
        scene.play.daemon.turn(now, &move || now).await.unwrap_err();
    }
    scene.befalls("DROP TRIGGER no_room").await;
    scene.play.minutes(6).await;
    assert_eq!(scene.takers().await, ["Ada", "Bob"]);
    assert_eq!(scene.hook.kinds(), ["incident.updated", "incident.updated"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silence_outlives_a_new_configuration_also_where_the_store_cannot_be_read() {
    let mut scene = scene().await;
    scene.play.podprobe(&["silence", "--everything", "--for", "90d"]);
    scene.play.minutes(6).await;
    scene.befalls("ALTER TABLE wishes RENAME TO unreadable").await;
    let text = scene.text.replace("\"5m\"", "\"4m\"");
    scene.play.read(&text).await;
    scene.town.shut(FILES).await;
    scene.play.minutes(25).await;
    scene.befalls("ALTER TABLE unreadable RENAME TO wishes").await;
    scene.play.minutes(10).await;
    let incidents = scene.play.incidents();
    assert!(incidents.iter().any(|(_, _, name)| name == FILES), "{incidents:?}");
    assert_eq!(scene.hook.listen(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_knows_that_it_is_asked_for_something_until_it_did_that() {
    let mut scene = scene().await;
    scene.town.shut(FILES).await;
    scene.play.minutes(25).await;
    let of_one = ["silence", "--incident", "1", "--for", "90d"];
    let asks: [&[&str]; 4] = [
        &of_one,
        &["silence", "--lift", "all"],
        &["acknowledge", "1", "--by", "Ada"],
        &["acknowledge", "1", "--release", "--by", "Ada"],
    ];
    let now = scene.play.now();
    for ask in asks {
        assert!(!scene.play.daemon.is_asked(now).await.unwrap(), "before {ask:?}");
        scene.play.podprobe(ask);
        assert!(scene.play.daemon.is_asked(now).await.unwrap(), "{ask:?}");
        scene.play.daemon.turn(now, &move || now).await.unwrap();
    }
    assert!(!scene.play.daemon.is_asked(now).await.unwrap());
}
