//! What is taken out of the configuration or of a feed while it is broken: closed, and not said to be
//! mended.

use super::ears::{Hook, Told};
use super::stage::{Play, time};
use super::town::{Town, feed};

const HOST: &str = "shows.homeport.example";
const FILES: &str = "files.loudhail.example";
const CMS: &str = "cms.loudhail.example";
const BEGIN: &str = "2026-03-02T09:00:00Z";

fn episodes(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("http://{FILES}/{number}.mp3")).collect()
}

struct Scene {
    town: Town,
    hook: Hook,
    play: Play,
    text: String,
    _folder: tempfile::TempDir,
}

/// Two shows: the files of A are at a host of their own, those of B beside the feeds.
async fn scene(more: &str) -> Scene {
    let town = Town::build([HOST, FILES, CMS].map(String::from)).await;
    town.put(HOST, "/a.xml", feed("A", &episodes(0..5), time(BEGIN)));
    town.put(CMS, "/login", "welcome");
    town.put(HOST, "/b.xml", feed("B", &[format!("http://{HOST}/b.mp3")], time(BEGIN)));
    let hook = Hook::open("hook").await;
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "[[source]]\nurl = \"http://{HOST}/a.xml\"\n[[source]]\nurl = \"http://{HOST}/b.xml\"\n{more}\n\
         [incidents]\nescalate = \"never\"\n{}{}",
        hook.table(""),
        town.network("")
    );
    let play = Play::open(folder.path(), &text, time(BEGIN)).await;
    let mut scene = Scene { town, hook, play, text, _folder: folder };
    scene.play.minutes(16).await;
    assert_eq!(scene.hook.listen(), []);
    scene
}

impl Scene {
    fn one(&mut self) -> Told {
        let mut told = self.hook.listen();
        assert_eq!(told.len(), 1, "{told:#?}");
        told.remove(0)
    }

    /// The configuration without these lines.
    async fn without(&mut self, lines: &str) {
        assert!(self.text.contains(lines));
        let text = self.text.replace(lines, "");
        self.play.read(&text).await;
    }

    /// The next message closes the incident as unwatched, in every view of it.
    fn closes_unwatched(&mut self) -> Told {
        let told = self.one();
        assert_eq!((told.phase.as_str(), told.ending.as_deref()), ("end", Some("unwatched")), "{told:#?}");
        assert!(told.headline.starts_with("No longer watched: nothing leads to "), "{told:#?}");
        assert!(told.headline.contains("is not known"), "{told:#?}");
        let number = told.incident.unwrap().to_string();
        let page = self.play.podprobe(&["incident", &number]);
        assert!(page.contains("no longer watched") && !page.contains("Over"), "{page}");
        let json = self.play.podprobe(&["incident", &number, "--format", "json"]);
        assert!(json.contains("\"ending\": \"unwatched\"") && json.contains("\"what\": \"unwatched\""), "{json}");
        let paper = self.play.podprobe(&["incident", &number, "--format", "markdown"]);
        assert!(paper.contains("| Ending | no longer watched"), "{paper}");
        let list = self.play.podprobe(&["incidents", "--since", "52w"]);
        assert!(list.contains("  no longer watched: nothing leads"), "{list}");
        let list = self.play.podprobe(&["incidents", "--since", "52w", "--format", "json"]);
        assert!(list.contains("\"ending\": \"unwatched\""), "{list}");
        told
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_is_taken_out_is_not_said_to_be_mended() {
    let mut scene = scene("").await;
    scene.town.shut(FILES).await;
    scene.play.minutes(20).await;
    assert_eq!(scene.one().kind, "incident.opened");
    scene.without(&format!("[[source]]\nurl = \"http://{HOST}/a.xml\"\n")).await;
    scene.play.minutes(16).await;
    let told = scene.closes_unwatched();
    assert!(told.headline.contains(FILES), "{told:#?}");
    // Put back within the window and still broken: the same incident, also after a restart.
    scene.play = scene.play.restart().await;
    let text = scene.text.clone();
    scene.play.read(&text).await;
    scene.play.minutes(20).await;
    let told = scene.one();
    assert_eq!((told.incident, told.ending.as_deref()), (Some(1), None), "{told:#?}");
    assert!(told.headline.starts_with("It is back"), "{told:#?}");
    scene.town.reopen(FILES).await;
    scene.play.minutes(20).await;
    let told = scene.one();
    assert_eq!((told.kind.as_str(), told.ending.as_deref()), ("incident.recovered", Some("mended")), "{told:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_is_taken_out_cannot_be_published_through_again() {
    let endpoint = format!("[[endpoint]]\nname = \"CMS\"\nurl = \"http://{CMS}/login\"\n");
    let mut scene = scene(&endpoint).await;
    scene.town.answer(CMS, "/login", 500, "");
    scene.play.minutes(20).await;
    assert_eq!(scene.one().kind, "incident.opened");
    scene.without(&endpoint).await;
    scene.play.minutes(16).await;
    let told = scene.closes_unwatched();
    assert!(!told.headline.contains("can be published"), "{told:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_episode_that_the_feed_drops_is_not_said_to_be_there_again() {
    let mut scene = scene("").await;
    scene.town.answer(FILES, "/3.mp3", 404, "");
    scene.play.minutes(40).await;
    assert_eq!(scene.one().kind, "incident.opened");
    scene.town.put(HOST, "/a.xml", feed("A", &episodes([0, 1, 2, 4]), time(BEGIN)));
    scene.play.minutes(40).await;
    let told = scene.closes_unwatched();
    assert!(told.headline.contains(&format!("what failed at {FILES}")), "{told:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_may_lose_an_episode_for_one_edition() {
    let mut scene = scene("").await;
    scene.town.answer(FILES, "/3.mp3", 404, "");
    scene.play.minutes(40).await;
    assert_eq!(scene.one().kind, "incident.opened");
    scene.town.put(HOST, "/a.xml", feed("A", &episodes([0, 1, 2, 4]), time(BEGIN)));
    scene.town.asked();
    while !scene.town.asked().iter().any(|asked| asked.path == "/a.xml") {
        scene.play.minutes(1).await;
    }
    // Rounds that look at hosts alone say nothing about what the feed shows.
    let looks = scene.play.looks;
    scene.play.minutes(7).await;
    assert!(scene.play.looks > looks && !scene.town.asked().iter().any(|asked| asked.path == "/a.xml"));
    scene.town.put(HOST, "/a.xml", feed("A", &episodes(0..5), time(BEGIN)));
    scene.play.minutes(30).await;
    assert_eq!(scene.hook.listen(), []);
    scene.town.forget(FILES, "/3.mp3");
    scene.play.minutes(40).await;
    assert_eq!(scene.one().ending.as_deref(), Some("mended"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_files_one_is_mended_and_one_is_dropped() {
    let mut scene = scene("").await;
    scene.town.answer(FILES, "/3.mp3", 404, "");
    scene.town.answer(FILES, "/4.mp3", 404, "");
    scene.play.minutes(40).await;
    assert_eq!(scene.one().kind, "incident.opened");
    scene.town.forget(FILES, "/4.mp3");
    scene.town.put(HOST, "/a.xml", feed("A", &episodes([0, 1, 2, 4]), time(BEGIN)));
    scene.play.minutes(60).await;
    let told = scene.one();
    assert_eq!((told.kind.as_str(), told.ending.as_deref()), ("incident.recovered", Some("partly")), "{told:#?}");
    assert!(told.headline.contains("where it is still watched") && told.body.contains("not known"), "{told:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_podprobe_is_offline_nobody_is_blamed_in_the_history() {
    let endpoint = format!("[[endpoint]]\nname = \"CMS\"\nurl = \"http://{CMS}/login\"\n");
    let mut scene = scene(&endpoint).await;
    // Down before, and still so afterwards: the round in between has not seen it.
    scene.town.answer(CMS, "/login", 500, "");
    scene.play.minutes(20).await;
    let opened = scene.one();
    assert_eq!((opened.shows, opened.episodes), (0, 0), "an endpoint is no show: {opened:#?}");
    let paper = scene.play.podprobe(&["incident", "1", "--format", "markdown"]);
    assert!(!paper.contains("Affected") && !paper.contains("1 show"), "{paper}");
    let json = scene.play.podprobe(&["incident", "1", "--format", "json"]);
    assert!(json.contains("\"feeds\": 0"), "{json}");
    let failed = |scene: &Scene| {
        let text = scene.play.podprobe(&["history", "--since", "520w", "--format", "json"]);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let standings = value["standings"].as_array().unwrap().clone();
        let count = |name: &str| -> u64 { standings.iter().map(|one| one[name].as_u64().unwrap()).sum() };
        (count("failed"), count("unknown"))
    };
    let before = failed(&scene);
    assert!(before.0 > 0, "the endpoint failed: {before:?}");
    scene.town.shut_all().await;
    scene.play.minutes(31).await;
    let after = failed(&scene);
    assert_eq!(after.0, before.0, "an offline round blames nobody");
    assert!(after.1 > before.1 + 5, "{before:?} {after:?}");
    scene.town.reopen_all().await;
    scene.play.minutes(20).await;
    let course = scene.play.podprobe(&["history", "CMS", "--since", "520w", "--format", "json"]);
    let course: serde_json::Value = serde_json::from_str(&course).unwrap();
    let faults = course["faults"].as_array().unwrap();
    let of = |verdict: &str| faults.iter().filter(move |fault| fault["verdict"] == verdict).collect::<Vec<_>>();
    assert!(of("critical").iter().all(|fault| fault["finding"]["code"] == "publishing-down"), "{faults:#?}");
    assert!(!of("unknown").is_empty(), "{faults:#?}");
    assert!(of("unknown").iter().all(|fault| fault["finding"]["code"] == "prober-offline"), "{faults:#?}");
}
