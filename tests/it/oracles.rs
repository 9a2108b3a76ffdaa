//! Differential oracles: other people's programs on all of the lab's exhibits. Where they and podprobe
//! disagree, and where something cannot be compared, the exhibit stands in a list with the reason; a
//! line that is no longer true is a fault like one that is missing.
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

use futures_util::stream::{self, StreamExt as _};
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
async fn report(lab: &Lab, exhibit: &Exhibit) -> Value {
    let given = arguments(lab, exhibit);
    let (report, _) = check::report(&given).await.unwrap_or_else(|why| panic!("{}: {why}", exhibit.name));
    serde_json::to_value(report).unwrap()
}

/// All enclosures of a report.
fn enclosures(report: &Value) -> Vec<Value> {
    let lists = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    let episodes = lists(report, "feeds").into_iter().flat_map(|feed| lists(&feed, "episodes"));
    episodes.flat_map(|episode| lists(&episode, "enclosures")).collect()
}

/// Exhibits by name, each with a reason.
type Reasons = &'static [(&'static str, &'static str)];

/// What an oracle came to with an exhibit.
#[derive(Clone, Debug, Default)]
struct Outcome {
    /// How much was held against the other program.
    compared: usize,
    /// Where the two differ.
    differs: Vec<String>,
    /// What podprobe's report tells of and the other program could not be asked about.
    missed: Vec<String>,
}

impl Outcome {
    fn add(&mut self, other: Self) {
        self.compared += other.compared;
        self.differs.extend(other.differs);
        self.missed.extend(other.missed);
    }
}

/// Runs an oracle on every exhibit, a few at a time: many of them keep their clients waiting.
async fn on_all<T>(one: impl AsyncFn(&'static Exhibit) -> T) -> BTreeMap<&'static str, T> {
    let one = &one;
    let all = stream::iter(EXHIBITS).map(|exhibit| async move { (exhibit.name, one(exhibit).await) });
    all.buffer_unordered(8).collect().await
}

/// What an oracle knows beforehand.
struct Known {
    /// Whether an exhibit declares to be of the oracle's kind, so that its report cannot drop it.
    is_kind: fn(&Exhibit) -> bool,
    /// Where the two differ, and why.
    disagreements: Reasons,
    /// What cannot be compared, in whole or in part, and why.
    left_out: Reasons,
}

/// Holds what was found against what is known; gives what is wrong. Every exhibit was compared, or
/// its report tells of nothing of the oracle's kind, or it is left out for a reason.
fn faults(found: &BTreeMap<&str, Outcome>, known: &Known) -> Vec<String> {
    let listed = |list: Reasons, name: &str| list.iter().any(|(listed, _)| *listed == name);
    let mut faults = Vec::new();
    for exhibit in EXHIBITS {
        let name = exhibit.name;
        let Some(outcome) = found.get(name) else {
            faults.push(format!("{name}: was not looked at"));
            continue;
        };
        match (outcome.differs.is_empty(), listed(known.disagreements, name)) {
            (false, false) => faults.push(format!("{name}: {}", outcome.differs.join("; "))),
            (true, true) => faults.push(format!("{name}: no longer disagrees; its line can go")),
            _ => {}
        }
        match (outcome.missed.is_empty(), listed(known.left_out, name)) {
            (false, false) => faults.push(format!("{name}: not compared: {}", outcome.missed.join("; "))),
            (true, true) => faults.push(format!("{name}: is left out and need not be; its line can go")),
            (true, false) if outcome.compared == 0 && (known.is_kind)(exhibit) => {
                faults.push(format!("{name}: not compared, though it declares to be of this kind"));
            }
            _ => {}
        }
    }
    faults
}

/// Says what was compared, and fails with the faults.
fn settle(tool: &str, found: &BTreeMap<&str, Outcome>, known: &Known) {
    let compared = found.values().filter(|outcome| outcome.compared > 0).count();
    let missed = found.values().filter(|outcome| !outcome.missed.is_empty()).count();
    let others = found.values().filter(|outcome| outcome.compared == 0 && outcome.missed.is_empty()).count();
    let sum = format!("{compared} exhibits compared, {others} of another kind, {missed} with something left out");
    drop(writeln!(std::io::stderr(), "the oracle {tool}: {sum}"));
    let faults = faults(found, known);
    assert!(faults.is_empty(), "{tool}: {} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn no_exhibit_drops_out_unseen() {
    const KNOWN: Known = Known {
        is_kind: |exhibit| exhibit.name == "good",
        disagreements: &[("expired", "a reason")],
        left_out: &[("alert", "a reason")],
    };
    let sound = || -> BTreeMap<&str, Outcome> {
        let mut found: BTreeMap<_, _> = EXHIBITS.iter().map(|exhibit| (exhibit.name, Outcome::default())).collect();
        found.get_mut("good").unwrap().compared = 1;
        found.get_mut("expired").unwrap().differs.push("differs".into());
        found.get_mut("alert").unwrap().missed.push("missed".into());
        found
    };
    assert_eq!(faults(&sound(), &KNOWN), [""; 0]);
    let changed = |name: &'static str, outcome: Option<Outcome>| {
        let mut found = sound();
        match outcome {
            Some(outcome) => drop(found.insert(name, outcome)),
            None => drop(found.remove(name)),
        }
        faults(&found, &KNOWN)
    };
    let missed = Outcome { missed: vec!["why".into()], ..Outcome::default() };
    let differs = Outcome { compared: 1, differs: vec!["how".into()], ..Outcome::default() };
    let compared = Outcome { compared: 1, ..Outcome::default() };
    assert_eq!(changed("cname", None), ["cname: was not looked at"]);
    assert_eq!(
        changed("good", Some(Outcome::default())),
        ["good: not compared, though it declares to be of this kind"]
    );
    assert_eq!(changed("cname", Some(missed)), ["cname: not compared: why"]);
    assert_eq!(changed("cname", Some(differs)), ["cname: how"]);
    assert_eq!(changed("alert", Some(compared.clone())), ["alert: is left out and need not be; its line can go"]);
    assert_eq!(changed("expired", Some(compared)), ["expired: no longer disagrees; its line can go"]);
}

#[test]
fn the_lists_name_exhibits_once_and_give_reasons() {
    let known = [&curl::KNOWN, &ffprobe::KNOWN, &openssl::KNOWN];
    let lists = known.into_iter().flat_map(|known| [known.disagreements, known.left_out]);
    for list in lists {
        for (name, reason) in list {
            assert!(EXHIBITS.iter().any(|exhibit| exhibit.name == *name), "{name} is no exhibit");
            assert_eq!(list.iter().filter(|(other, _)| other == name).count(), 1, "{name} stands there twice");
            assert!(!reason.is_empty(), "{name} has no reason");
        }
    }
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
