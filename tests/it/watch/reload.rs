//! Another configuration while an incident is open, good and bad; by the daemon's own hand and in the
//! real program.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::ears::Hook;
use super::stage::{Play, time};
use super::town::{Town, feed};

const HOST: &str = "shows.homeport.example";
const FILES: &str = "files.loudhail.example";
const BEGIN: &str = "2026-03-02T09:00:00Z";

async fn town() -> Town {
    let town = Town::build([HOST, FILES].map(String::from)).await;
    let episodes: Vec<String> = (0..5).map(|number| format!("http://{FILES}/{number}.mp3")).collect();
    town.put(HOST, "/a.xml", feed("A", &episodes, time(BEGIN)));
    town
}

fn config(town: &Town, hooks: &[&Hook], intervals: &str) -> String {
    let hooks: Vec<String> = hooks.iter().map(|hook| hook.table("")).collect();
    format!(
        "[[source]]\nurl = \"http://{HOST}/a.xml\"\n[intervals]\n{intervals}\n[incidents]\nescalate = \"never\"\n{}{}",
        hooks.concat(),
        town.network("")
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_file_leaves_the_running_one_in_force() {
    let mut town = town().await;
    let (mut hook, mut new) = (Hook::open("hook").await, Hook::open("new").await);
    let folder = tempfile::tempdir().unwrap();
    let good = config(&town, &[&hook], "origins = \"5m\"");
    let mut play = Play::open(folder.path(), &good, time(BEGIN)).await;
    play.minutes(16).await;
    town.shut(FILES).await;
    play.minutes(20).await;
    assert_eq!(hook.kinds(), ["incident.opened"]);

    // Two mistakes, read twice: told once, with both.
    let broken = good.replace("origins = \"5m\"", "orgins = \"5m\"\nchains = 7");
    play.read(&broken).await;
    play.read(&broken).await;
    play.minutes(1).await;
    let told = hook.listen();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].headline.contains("mistakes") && told[0].incident.is_none(), "{told:#?}");
    assert!(told[0].body.contains("orgins") && told[0].body.contains("chains"), "{told:#?}");

    // It goes on to look, and the incident is the same one.
    let looks = play.looks;
    play.minutes(20).await;
    assert!(play.looks >= looks + 3);
    assert_eq!((hook.listen(), play.incidents().len()), (Vec::new(), 1));

    // A good file with another channel: the incident is neither opened nor ended by it.
    play.read(&config(&town, &[&hook, &new], "origins = \"1m\"")).await;
    let looks = play.looks;
    play.minutes(10).await;
    assert!(play.looks >= looks + 9, "the new interval holds");
    let told = hook.listen();
    assert!(told.len() == 1 && told[0].headline.contains("well again"), "{told:#?}");
    assert_eq!(new.listen(), [], "who was not told of the mistakes is not told that they are gone");
    town.reopen(FILES).await;
    play.minutes(20).await;
    assert_eq!(hook.kinds(), ["incident.recovered"]);
    let words: Vec<String> = play.course(play.told[0].incident.id).into_iter().map(|(_, word)| word).collect();
    assert_eq!(words, ["opened", "recovered"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_told_of_mistakes_is_told_that_the_file_is_well() {
    let town = town().await;
    let mut hook = Hook::open("hook").await;
    let folder = tempfile::tempdir().unwrap();
    let good = config(&town, &[&hook], "origins = \"5m\"");
    let broken = good.replace("origins", "orgins");
    let mut play = Play::open(folder.path(), &good, time(BEGIN)).await;
    let mut course = Vec::new();
    // The same mistakes again after a good file are news again.
    for text in [&good, &broken, &broken, &good, &good, &broken, &good] {
        play.read(text).await;
        play.minutes(1).await;
        course.push(hook.listen().into_iter().map(|told| told.phase).collect::<Vec<_>>().concat());
    }
    assert_eq!(course, ["", "single", "", "end", "", "single", "end"]);
    // Mended while podprobe was off.
    play.read(&broken).await;
    play.minutes(1).await;
    assert_eq!(hook.listen().len(), 1);
    std::fs::write(&play.config, &good).unwrap();
    play = play.restart().await;
    play.minutes(6).await;
    let told = hook.listen();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!((told[0].kind.as_str(), told[0].phase.as_str()), ("podprobe.message", "end"), "{told:#?}");
    assert!(told[0].headline.contains("well again"), "{told:#?}");
    play = play.restart().await;
    play.minutes(6).await;
    assert_eq!(hook.listen(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sources_come_and_go_with_the_file() {
    let town = town().await;
    town.put(HOST, "/b.xml", feed("B", &[format!("http://{FILES}/b.mp3")], time(BEGIN)));
    let hook = Hook::open("hook").await;
    let folder = tempfile::tempdir().unwrap();
    let one = config(&town, &[&hook], "feeds = \"5m\"");
    let mut play = Play::open(folder.path(), &one, time(BEGIN)).await;
    play.minutes(16).await;
    town.asked();
    let other = one.replace("/a.xml", "/b.xml");
    play.read(&other).await;
    play.minutes(16).await;
    let asked = town.asked();
    assert!(asked.iter().all(|asked| asked.path != "/a.xml"), "{asked:?}");
    assert!(asked.iter().any(|asked| asked.path == "/b.xml") && asked.iter().any(|asked| asked.path == "/b.mp3"));
}

/// A process that is ended with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn watch(config: &Path) -> Running {
    let child = Command::new(env!("CARGO_BIN_EXE_podprobe"))
        .args(["watch", "--config", config.to_str().unwrap()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    Running(child)
}

fn signal(child: &Running, name: &str) {
    assert!(Command::new("kill").args([name, &child.0.id().to_string()]).status().unwrap().success());
}

/// Waits until it is so.
async fn until(what: &str, mut is: impl FnMut() -> bool) {
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while !is() {
            tick.tick().await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("{what} did not happen"));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_reads_a_changed_file_and_one_that_it_is_asked_to() {
    let mut town = town().await;
    let mut hook = Hook::open("hook").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("podprobe.toml");
    let good = config(&town, &[&hook], "origins = \"200ms\"\nchains = \"200ms\"\nfeeds = \"300ms\"");
    std::fs::write(&path, &good).unwrap();
    let mut child = watch(&path);
    until("a round", || town.asked().iter().any(|asked| asked.path == "/0.mp3")).await;
    town.shut(FILES).await;
    let mut told = Vec::new();
    until("the incident", || {
        told.extend(hook.listen());
        !told.is_empty()
    })
    .await;
    assert_eq!((told.len(), told[0].kind.as_str()), (1, "incident.opened"), "{told:#?}");

    // A broken file is noticed by itself; SIGHUP for the same file says nothing new.
    std::fs::write(&path, good.replace("origins =", "orgins =")).unwrap();
    told.clear();
    until("the complaint", || {
        told.extend(hook.listen());
        !told.is_empty()
    })
    .await;
    assert!(told[0].body.contains("orgins"), "{told:#?}");
    signal(&child, "-HUP");
    town.asked();
    let mut rounds = 0;
    until("rounds under the old file", || {
        rounds += town.asked().iter().filter(|asked| asked.path == "/a.xml").count();
        rounds > 3
    })
    .await;
    assert_eq!(hook.listen(), [], "the same mistakes are told once");

    // A good file that is put in place between two looks is taken on by SIGHUP.
    town.put(HOST, "/b.xml", feed("B", &[format!("http://{HOST}/b.mp3")], time(BEGIN)));
    std::fs::write(&path, format!("{good}\n[[source]]\nurl = \"http://{HOST}/b.xml\"\n")).unwrap();
    signal(&child, "-HUP");
    until("the new source", || town.asked().iter().any(|asked| asked.path == "/b.mp3")).await;
    told.clear();
    until("the word that the file is well", || {
        told.extend(hook.listen());
        !told.is_empty()
    })
    .await;
    assert_eq!((told.len(), told[0].incident), (1, None), "the incident goes on under its number: {told:#?}");
    assert!(told[0].headline.contains("well again"), "{told:#?}");
    town.reopen(FILES).await;
    told.clear();
    until("the end", || {
        told.extend(hook.listen());
        !told.is_empty()
    })
    .await;
    assert_eq!((told.len(), told[0].kind.as_str(), told[0].incident), (1, "incident.recovered", Some(1)), "{told:#?}");

    // A second instance on the same store does not start; the first stops when it is asked to.
    let second = Command::new(env!("CARGO_BIN_EXE_podprobe"))
        .args(["watch", "--config", path.to_str().unwrap()])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(3), "{}", String::from_utf8_lossy(&second.stderr));
    signal(&child, "-TERM");
    let mut code = None;
    until("the stop", || {
        code = child.0.try_wait().unwrap();
        code.is_some()
    })
    .await;
    assert_eq!(code.unwrap().code(), Some(0));
}
