//! What a source's URL holds besides its address goes to nobody and into no history.

use std::os::unix::fs::PermissionsExt as _;

use jiff::SignedDuration;
use podprobe::lab::{Lab, Options};

use super::ears::Ear;
use super::stage::{Play, by_lab, time};

const SECRETS: [&str; 3] = ["hunter2hunter2", "t0k3nt0k3n", "s1gnat0r3"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_feed_that_never_came_is_named_without_its_secrets() {
    let begin = time("2026-03-02T09:00:00Z");
    let lab = Lab::open(Options { now: begin }).await.unwrap();
    let night = lab.night();
    night.others_last(begin - SignedDuration::from_hours(24), begin + SignedDuration::from_hours(2000)).unwrap();
    night.issue(begin - SignedDuration::from_hours(24), begin + SignedDuration::from_hours(2000)).unwrap();
    // It has no name, and it is down from the first round on: nothing else names it.
    let [password, token, signature] = SECRETS;
    let sound = night.sources()[0].clone();
    let (origin, _) = sound.strip_prefix("https://").unwrap().split_once('/').unwrap();
    let private = format!("https://usr:{password}@{origin}/private.xml?token={token}&sig={signature}");
    let mut ears = Ear::all().await;
    let channels: String = ears.iter().map(|ear| ear.table("")).collect();
    let folder = tempfile::tempdir().unwrap();
    let text = format!("[[source]]\nurl = \"{private}\"\n{channels}{}", by_lab(&lab));
    let mut play = Play::open(folder.path(), &text, begin).await;
    play.minutes(60).await;
    assert_eq!(play.incidents().len(), 1, "{:?}", play.incidents());
    for ear in &mut ears {
        let heard = ear.listen().join("\n");
        assert!(heard.contains("private.xml"), "{}: {heard}", ear.name);
        assert!(!SECRETS.iter().any(|secret| heard.contains(secret)), "{}: {heard}", ear.name);
    }
    for arguments in [
        &["incidents"][..],
        &["incident", "1"],
        &["incident", "1", "--format", "json"],
        &["incident", "1", "--format", "markdown"],
        &["export", "--format", "jsonl"],
    ] {
        let said = play.podprobe(arguments);
        assert!(!SECRETS.iter().any(|secret| said.contains(secret)), "{arguments:?}: {said}");
    }
    play.daemon.close().await;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name == "podprobe.toml" {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let holds = |secret: &str| bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!SECRETS.into_iter().any(holds), "{name}");
        if ["podprobe.db", "podprobe.db-wal", "podprobe.db-shm"].contains(&name.as_str()) {
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }
}
