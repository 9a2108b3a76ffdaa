//! A process that is killed at any moment has lost nothing that it was told was written.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use super::samples::*;
use crate::incident::{Happened, IncidentId, State};
use crate::store::*;

const VARIABLE: &str = "PODPROBE_TEST_CRASHING_STORE";

/// Writes commits until it is killed, and says which are done. Run by the test below.
#[tokio::test]
#[ignore = "it is killed by another test"]
async fn a_child_that_writes() {
    let Ok(path) = std::env::var(VARIABLE) else { return };
    let store = open(&Place::parse(&path).unwrap()).await;
    let begin = store.read().incident(IncidentId(1)).await.unwrap().map_or(0, |dossier| dossier.incident.transitions);
    for number in begin..begin + 100_000 {
        let now = at(i64::from(number));
        let key = format!("chat/{number}");
        let mut facts = round(&key, now);
        facts.origins = vec![origin(HOST, now, Some(true), 1.0, None)];
        let mut commit = of(facts);
        commit.transitions = vec![transition(number, Happened::Reminded, &incident(1, State::Open, 0, now))];
        commit.notifications = vec![message(&key, "chat", Some(1), now)];
        store.commit(&commit).await.unwrap();
        writeln!(std::io::stdout(), "\ndone {number}").unwrap();
    }
}

#[tokio::test]
async fn a_killed_process_loses_nothing_and_leaves_no_half() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("podprobe.db");
    for lines in [1, 7, 2, 23, 12] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--ignored", "--nocapture", "store::tests::crash::a_child_that_writes"])
            .env(VARIABLE, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let told: Vec<u32> = said
            .by_ref()
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("done ")?.parse().ok())
            .take(lines)
            .collect();
        child.kill().unwrap();
        let later = said.map_while(Result::ok).filter_map(|line| line.strip_prefix("done ")?.parse::<u32>().ok());
        let last = later.last().or(told.last().copied()).unwrap();
        child.wait().unwrap();

        let store = open(&Place::parse(path.to_str().unwrap()).unwrap()).await;
        assert!(store.faults().await.unwrap().is_empty());
        let dossier = store.read().incident(IncidentId(1)).await.unwrap().unwrap();
        let many = u32::try_from(dossier.transitions.len()).unwrap();
        assert!(many > last, "{last} was said to be written, and there are {many}");
        let numbers: Vec<u32> = dossier.transitions.iter().map(|transition| transition.number).collect();
        assert_eq!(numbers, (0..many).collect::<Vec<_>>());
        let keys: Vec<String> = dossier.deliveries.iter().map(|delivery| delivery.key.clone()).collect();
        assert_eq!(keys, (0..many).map(|number| format!("chat/{number}")).collect::<Vec<_>>());
        assert_eq!(dossier.incident.transitions, many);
        store.close().await;
    }
}
