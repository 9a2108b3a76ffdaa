//! The weekly digest: when it is sent, and when not.

use super::ears::Hook;
use super::stage::{Play, time};
use super::town::{Town, feed};

const HOST: &str = "shows.homeport.example";
/// A Monday.
const BEGIN: &str = "2026-03-02T09:00:00Z";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_digest_that_was_due_before_the_first_look_is_not_made_up_for() {
    let town = Town::build([HOST.to_owned()]).await;
    town.put(HOST, "/a.xml", feed("A", &[format!("http://{HOST}/1.mp3")], time(BEGIN)));
    let mut hook = Hook::open("hook").await;
    let text = |at: &str| {
        let source = format!("[[source]]\nurl = \"http://{HOST}/a.xml\"\n");
        format!("{source}[digest]\nweekday = \"monday\"\nat = \"{at}\"\n{}{}", hook.table(""), town.network(""))
    };
    let (before, after) = (text("08:30"), text("09:20"));
    let folder = tempfile::tempdir().unwrap();
    let mut play = Play::open(folder.path(), &before, time(BEGIN)).await;
    play.minutes(15).await;
    assert_eq!(hook.listen(), [], "nothing was looked at in that week");
    // The week is not used up: one that is due once something was looked at is sent.
    play.read(&after).await;
    play.minutes(15).await;
    let told = hook.listen();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(told[0].headline, "Week 2026-W10: no incident.");
}
