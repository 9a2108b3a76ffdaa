//! A thousand feeds behind fifty hosts: one cause is one message, and a round costs what the hosts
//! cost.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::ears::{Hook, Told};
use super::stage::{Play, time};
use super::town::{Town, feed};

const ORIGINS: usize = 50;
const BEGIN: &str = "2026-03-02T09:00:00Z";

fn host(number: usize) -> String {
    format!("media.pod{number:02}.example")
}

struct Crowd {
    town: Town,
    hook: Hook,
    play: Play,
    _folder: tempfile::TempDir,
}

/// So many feeds of ten episodes, spread over the hosts.
async fn crowd(feeds: usize) -> Crowd {
    let now = time(BEGIN);
    let town = Town::build((0..ORIGINS).map(host)).await;
    let hook = Hook::open("hook").await;
    let folder = tempfile::tempdir().unwrap();
    let mut list = String::new();
    for number in 0..feeds {
        let host = host(number % ORIGINS);
        let episodes: Vec<String> = (0..10).map(|episode| format!("http://{host}/{number}/{episode}.mp3")).collect();
        town.put(&host, &format!("/{number}.xml"), feed(&format!("Show {number:03}"), &episodes, newest(now)));
        let _ = writeln!(list, "http://{host}/{number}.xml");
    }
    std::fs::write(folder.path().join("feeds.txt"), list).unwrap();
    let text = format!(
        "[[source]]\nfile = \"feeds.txt\"\n[incidents]\nescalate = \"never\"\n{}{}",
        hook.table(""),
        town.network("concurrency = 256")
    );
    let play = Play::open(folder.path(), &text, now).await;
    Crowd { town, hook, play, _folder: folder }
}

fn newest(now: Timestamp) -> Timestamp {
    now - jiff::SignedDuration::from_hours(1)
}

fn summary(told: &[Told]) -> Vec<(&str, Option<u64>)> {
    told.iter().map(|told| (told.kind.as_str(), told.incident)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_dead_host_of_fifty_is_one_message() {
    let mut crowd = crowd(1_000).await;
    crowd.play.minutes(16).await;
    assert_eq!(crowd.hook.listen(), [], "all is well");
    crowd.town.shut(&host(7)).await;
    crowd.play.minutes(31).await;
    let told = crowd.hook.listen();
    assert_eq!(summary(&told), [("incident.opened", Some(1))], "{told:#?}");
    assert_eq!((told[0].shows, told[0].episodes), (20, 200), "{told:#?}");
    assert!(told[0].headline.contains("pod07.example"), "{told:#?}");
    crowd.town.reopen(&host(7)).await;
    crowd.play.minutes(31).await;
    let told = crowd.hook.listen();
    assert_eq!(summary(&told), [("incident.recovered", Some(1))], "{told:#?}");
    assert_eq!((told[0].shows, told[0].episodes), (20, 200), "{told:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_dead_is_one_message_and_the_gap_is_told_once() {
    let mut crowd = crowd(1_000).await;
    crowd.play.minutes(16).await;
    crowd.town.shut_all().await;
    crowd.play.minutes(31).await;
    let told = crowd.hook.listen();
    assert_eq!(summary(&told), [("incident.opened", Some(1))], "{told:#?}");
    assert_eq!(crowd.play.incidents().iter().map(|(_, code, _)| code.as_str()).collect::<Vec<_>>(), ["prober-offline"]);
    crowd.town.reopen_all().await;
    crowd.play.minutes(31).await;
    let told = crowd.hook.listen();
    assert_eq!(summary(&told), [("incident.recovered", Some(1))], "{told:#?}");
    assert_eq!((told[0].shows, told[0].episodes), (1_000, 10_000), "{told:#?}");
    assert!(told[0].headline.contains("podprobe") || told[0].body.contains("podprobe"), "{told:#?}");
    let gap = crowd.play.podprobe(&["incident", "1"]);
    assert!(gap.contains("could see nothing"), "{gap}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_episodes_cost_what_their_hosts_cost() {
    let mut costs = Vec::new();
    for feeds in [ORIGINS, 20 * ORIGINS] {
        let mut crowd = crowd(feeds).await;
        // Until feeds have been read and a chain round is over.
        crowd.play.minutes(21).await;
        crowd.town.asked();
        let looks = crowd.play.looks;
        crowd.play.minutes(60).await;
        assert!(crowd.play.looks > looks);
        let asked = crowd.town.asked();
        let chains = asked.iter().filter(|asked| asked.path.contains(".mp3")).count();
        let documents = asked.iter().filter(|asked| asked.path.contains(".xml")).count();
        assert!(asked.iter().filter(|asked| asked.path.contains(".xml")).all(|asked| asked.status == 304));
        costs.push((chains, documents));
    }
    let (few, many) = (costs[0], costs[1]);
    assert_eq!(few.0, many.0, "walks an hour: {costs:?}");
    // Four rounds an hour, ten episodes of each host, a HEAD and a GET each.
    assert_eq!(many.0, 4 * ORIGINS * 10 * 2, "{costs:?}");
    assert_eq!(many.1, 20 * few.1, "every feed at its own pace: {costs:?}");
}
