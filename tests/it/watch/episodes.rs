//! Feeds between rounds: what is new is walked at once, what is unchanged costs a line.

use super::ears::Hook;
use super::stage::{Play, time};
use super::town::{Town, feed};

const HOST: &str = "shows.homeport.example";
const FILES: &str = "files.loudhail.example";
const BEGIN: &str = "2026-03-02T09:00:00Z";

fn episode(number: usize) -> String {
    format!("http://{FILES}/{number}.mp3")
}

fn episodes(newest: usize) -> Vec<String> {
    (0..=newest).rev().map(episode).collect()
}

async fn open(more: &str) -> (Town, Hook, Play, tempfile::TempDir) {
    let town = Town::build([HOST, FILES].map(String::from)).await;
    town.put(HOST, "/a.xml", feed("A", &episodes(11), time(BEGIN)));
    let hook = Hook::open("hook").await;
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "episodes = 3\n[[source]]\nurl = \"http://{HOST}/a.xml\"\n{more}{}{}",
        hook.table(""),
        town.network("")
    );
    let play = Play::open(folder.path(), &text, time(BEGIN)).await;
    (town, hook, play, folder)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unchanged_feed_is_asked_for_conditionally() {
    let (town, mut hook, mut play, _folder) = open("").await;
    play.minutes(35).await;
    let documents: Vec<_> = town.asked().into_iter().filter(|asked| asked.path == "/a.xml").collect();
    assert!(documents.len() >= 3, "{documents:?}");
    assert_eq!((documents[0].if_none_match.as_deref(), documents[0].status), (None, 200));
    for again in &documents[1..] {
        assert!(again.if_none_match.is_some() && again.status == 304, "{again:?}");
    }
    assert_eq!(hook.listen(), []);
    assert_eq!(play.told, [], "an answer of 304 is no finding");
    // A new edition is read whole, and the one after it is again conditional.
    town.put(HOST, "/a.xml", feed("A", &episodes(12), time(BEGIN)));
    play.minutes(20).await;
    let statuses: Vec<u16> =
        town.asked().into_iter().filter(|asked| asked.path == "/a.xml").map(|asked| asked.status).collect();
    assert_eq!(statuses, [200, 304]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_episode_is_walked_in_the_round_that_shows_it() {
    let (town, mut hook, mut play, _folder) = open("[intervals]\nchains = \"12h\"\nfeeds = \"10m\"\n").await;
    play.minutes(25).await;
    town.asked();
    play.minutes(30).await;
    assert!(town.asked().iter().all(|asked| asked.host != FILES), "no chain round is due for hours");
    town.put(HOST, "/a.xml", feed("A", &episodes(12), time(BEGIN)));
    // Round by round until the feed was read: by then the file was asked for.
    let mut read = false;
    for _ in 0..15 {
        play.minutes(1).await;
        let asked = town.asked();
        if asked.iter().any(|asked| asked.path == "/a.xml" && asked.status == 200) {
            let files: Vec<(&str, &str)> = asked
                .iter()
                .filter(|asked| asked.host == FILES)
                .map(|asked| (asked.method.as_str(), asked.path.as_str()))
                .collect();
            assert_eq!(files, [("HEAD", "/12.mp3"), ("GET", "/12.mp3")]);
            read = true;
            break;
        }
    }
    assert!(read);
    assert_eq!(hook.listen(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publication_that_fails_is_told_once_confirmed() {
    let (town, mut hook, mut play, _folder) = open("[incidents]\nescalate = \"never\"\n").await;
    play.minutes(31).await;
    assert_eq!(hook.listen(), []);
    town.answer(FILES, "/12.mp3", 404, "");
    town.put(HOST, "/a.xml", feed("A", &episodes(12), time(BEGIN)));
    let began = play.now();
    play.minutes(45).await;
    let told = hook.listen();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!((told[0].kind.as_str(), told[0].shows, told[0].episodes), ("incident.opened", 1, 1), "{told:#?}");
    let opened = play.told[0].at;
    // Read within ten minutes, and walked again a minute later.
    assert!(opened.duration_since(began) <= jiff::SignedDuration::from_mins(12), "{opened}");
    town.forget(FILES, "/12.mp3");
    play.minutes(45).await;
    assert_eq!(hook.kinds(), ["incident.recovered"]);
}

/// The findings about feeds that nothing has cleared.
async fn standing(play: &Play) -> Vec<&'static str> {
    let standing = play.daemon.history().standing_findings().await.unwrap();
    let codes = standing.into_iter().map(|(_, code, _)| code.as_str());
    codes.filter(|code| code.starts_with("feed-") || code.starts_with("enclosure-")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_cannot_be_used_is_told_and_is_over_when_the_feed_is_edited() {
    let (town, mut hook, mut play, _folder) = open("").await;
    play.minutes(16).await;
    assert_eq!(hook.listen(), []);
    // The newest but one has a link that nobody can ask for; so has one that is not watched.
    let mut broken = episodes(11);
    broken[1] = "ftp://files.loudhail.example/10.mp3".to_owned();
    broken[7] = "ftp://files.loudhail.example/4.mp3".to_owned();
    town.put(HOST, "/a.xml", feed("A", &broken, time(BEGIN)));
    play.minutes(30).await;
    let told = hook.listen();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!((told[0].kind.as_str(), told[0].shows), ("incident.opened", 1), "{told:#?}");
    let (number, code, _) = play.incidents().remove(0);
    assert_eq!(code, "enclosure-invalid");
    assert_eq!(standing(&play).await, ["enclosure-invalid"]);
    // A document that does not come says nothing about its links.
    town.answer(HOST, "/a.xml", 200, "<html><body>maintenance</body></html>");
    play.minutes(30).await;
    let told = hook.listen();
    assert!(told.iter().all(|told| told.ending.is_none()), "{told:#?}");
    town.put(HOST, "/a.xml", feed("A", &episodes(11), time(BEGIN)));
    play.minutes(60).await;
    let told = hook.listen();
    let over = told.iter().find(|told| told.incident == Some(number.0)).unwrap();
    assert_eq!(over.ending.as_deref(), Some("mended"), "{told:#?}");
    assert_eq!(standing(&play).await, [""; 0]);
}
