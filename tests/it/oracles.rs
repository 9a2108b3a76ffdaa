//! Differential oracles: other people's programs on the lab's exhibits. Where they and podprobe
//! disagree, the exhibit stands in a list with the reason, and a disagreement that has gone is a
//! fault like one that has come.
//!
//! They run where `PODPROBE_ORACLES=1` is set and the programs are there
//! (`tests/oracles/install` installs them from Debian), and say loudly where they do not.

mod curl;
mod ffprobe;
mod openssl;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use podprobe::app::check;
use podprobe::lab::{EXHIBITS, Exhibit, Lab, Options};
use serde_json::Value;

use crate::exhibits::arguments;

/// Whether the oracle runs: asked for, and `tool` is there.
fn wanted(tool: &str) -> bool {
    // Past the test harness, which would keep it to itself.
    let say = |why: &str| drop(writeln!(std::io::stderr(), "SKIPPED: the oracle {tool}: {why}"));
    if std::env::var_os("PODPROBE_ORACLES").is_none_or(|set| set.is_empty()) {
        say("set PODPROBE_ORACLES=1 to run it");
        return false;
    }
    let found = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(tool).is_file()));
    if !found {
        say("it is not installed; tests/oracles/install does it on Debian");
    }
    found
}

/// A lab whose certificates are valid now.
async fn lab() -> (Lab, jiff::Timestamp) {
    #[expect(clippy::disallowed_methods, reason = "curl knows no other time")]
    let now = jiff::Timestamp::now();
    (Lab::open(Options { now }).await.unwrap(), now)
}

/// Runs a program to its end, away from the tasks that serve the lab.
async fn run(program: &'static str, words: Vec<String>) -> Output {
    let mut command = Command::new(program);
    command.args(&words).stdin(Stdio::null());
    tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap_or_else(|why| panic!("{program}: {why}"))
}

fn words(fixed: &[&str]) -> Vec<String> {
    fixed.iter().map(|&word| word.to_owned()).collect()
}

/// What `podprobe check` says of an exhibit, as JSON.
async fn report(lab: &Lab, exhibit: &Exhibit, more: &[&str]) -> Value {
    let mut given = arguments(lab, exhibit);
    given.extend(words(more));
    let (report, _) = check::report(&given).await.unwrap_or_else(|why| panic!("{}: {why}", exhibit.name));
    serde_json::to_value(report).unwrap()
}

/// All enclosures of a report.
fn enclosures(report: &Value) -> Vec<Value> {
    let lists = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    let episodes = lists(report, "feeds").into_iter().flat_map(|feed| lists(&feed, "episodes"));
    episodes.flat_map(|episode| lists(&episode, "enclosures")).collect()
}

/// Holds the disagreements that were found against those that are known.
fn settle(found: &BTreeMap<String, String>, known: &[(&str, &str)]) {
    let mut faults = Vec::new();
    for (name, what) in found {
        if !known.iter().any(|(known, _)| known == name) {
            faults.push(format!("{name}: {what}"));
        }
    }
    for (name, reason) in known {
        assert!(!reason.is_empty(), "{name} has no reason");
        if !found.contains_key(*name) {
            faults.push(format!("{name}: no longer disagrees; its line can go"));
        }
    }
    assert!(faults.is_empty(), "{} disagreements:\n{}", faults.len(), faults.join("\n"));
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Both roots of the lab in one file.
fn roots(lab: &Lab, folder: &Path) -> String {
    let file = folder.join("roots.pem");
    std::fs::write(&file, lab.ca_pem() + &lab.public_pem()).unwrap();
    file.display().to_string()
}
