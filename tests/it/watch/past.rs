//! Findings that only the history shows, through the daemon.

use jiff::{SignedDuration, Timestamp};
use podprobe::lab::night::ADS_HOST;
use podprobe::lab::{Lab, Options};

use super::ears::Hook;
use super::stage::{Play, by_lab, time};
use super::town::{Town, feed};

const BEGIN: &str = "2026-03-02T09:00:00Z";

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// A lab's three shows, looked at as often as said.
async fn by_certificates(every: &str, begin: Timestamp) -> (Lab, Hook, Play, tempfile::TempDir) {
    let lab = Lab::open(Options { now: begin }).await.unwrap();
    lab.night().others_last(begin - days(100), begin + days(800)).unwrap();
    lab.night().issue(begin - days(1), begin + days(89)).unwrap();
    let hook = Hook::open("hook").await;
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "[[source]]\nurl = \"{}\"\n[intervals]\norigins = \"{every}\"\nchains = \"{every}\"\nfeeds = \"{every}\"\n{}{}",
        lab.night().sources()[0],
        hook.table(""),
        by_lab(&lab)
    );
    let play = Play::open(folder.path(), &text, begin).await;
    (lab, hook, play, folder)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_of_another_authority_is_told() {
    let begin = time(BEGIN);
    let (lab, mut hook, mut play, _folder) = by_certificates("1h", begin).await;
    play.pass(days(1)).await;
    // A renewal by the same authority is in the history, and told to nobody.
    lab.night().issue(begin, begin + days(90)).unwrap();
    play.pass(days(2)).await;
    assert_eq!(hook.listen(), []);
    lab.night().issue_by("Cut Rate Trust", begin, begin + days(91)).unwrap();
    play.minutes(90).await;
    let told = hook.listen();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].headline.contains("another authority"), "{told:#?}");
    assert_eq!(play.incidents()[0].1, "cert-changed");
    // News for a day.
    play.pass(days(2)).await;
    assert_eq!(hook.kinds(), ["incident.recovered"]);
    let page = play.podprobe(&["history", ADS_HOST, "--since", "100w"]);
    assert!(page.contains("Cut Rate Trust"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewal_later_than_the_hosts_habit_is_told() {
    let begin = time(BEGIN);
    let (lab, mut hook, mut play, _folder) = by_certificates("2d", begin).await;
    // Certificates of 120 days that are renewed when half is left.
    let mut issued = begin - days(1);
    lab.night().issue(issued, issued + days(120)).unwrap();
    for _ in 0..4 {
        play.pass(days(60)).await;
        issued = play.now() - days(1);
        lab.night().issue(issued, issued + days(120)).unwrap();
    }
    assert_eq!(hook.listen(), [], "four renewals in time");
    play.pass(days(55)).await;
    assert_eq!(hook.listen(), [], "not late yet");
    play.pass(days(8)).await;
    let told = hook.listen();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(play.incidents().len(), 1);
    assert_eq!(play.incidents()[0].1, "cert-renewal-overdue");
    // Renewed after all: it is over, and nothing else is told.
    lab.night().issue(play.now() - days(1), play.now() + days(119)).unwrap();
    play.pass(days(4)).await;
    assert_eq!(hook.kinds(), ["incident.recovered"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_that_is_another_is_told_and_a_silent_show_is_not() {
    let begin = time(BEGIN);
    let host = "shows.homeport.example";
    let town = Town::build([host.to_owned()]).await;
    let episodes: Vec<String> = (0..20).map(|number| format!("http://{host}/{number}.mp3")).collect();
    for name in ["swapped", "emptied", "silent"] {
        town.put(host, &format!("/{name}.xml"), feed(name, &episodes, begin));
    }
    let mut hook = Hook::open("hook").await;
    let folder = tempfile::tempdir().unwrap();
    let sources =
        ["swapped", "emptied", "silent"].map(|name| format!("[[source]]\nurl = \"http://{host}/{name}.xml\"\n"));
    let text = format!(
        "{}[intervals]\norigins = \"1h\"\nchains = \"6h\"\nfeeds = \"1h\"\n[incidents]\nremind_warning = \"never\"\n{}{}",
        sources.concat(),
        hook.table(""),
        town.network("")
    );
    let mut play = Play::open(folder.path(), &text, begin).await;
    play.pass(days(2)).await;
    assert_eq!(hook.listen(), []);
    town.put(host, "/swapped.xml", feed("Cheap Watches", &episodes, begin));
    town.put(host, "/emptied.xml", feed("emptied", &episodes[..2], begin));
    play.minutes(150).await;
    let mut told: Vec<String> = hook.listen().into_iter().map(|told| told.headline).collect();
    told.sort();
    assert_eq!(told.len(), 2, "{told:#?}");
    let codes: Vec<String> = play.incidents().into_iter().map(|(_, code, _)| code).collect();
    assert_eq!(codes, ["feed-changed", "feed-changed"]);
    // A daily show that says nothing for a week is recorded, and told to nobody.
    play.pass(days(5)).await;
    let told = hook.listen();
    assert!(told.iter().all(|told| told.kind == "incident.recovered"), "{told:#?}");
    let lines = play.podprobe(&["export", "findings", "--format", "jsonl"]);
    let stale: Vec<&str> = lines.lines().filter(|line| line.contains("\"feed-stale\"")).collect();
    assert!(stale.iter().any(|line| line.contains("silent")), "{lines}");
    assert!(play.incidents().iter().all(|(_, code, _)| code != "feed-stale"));
}
