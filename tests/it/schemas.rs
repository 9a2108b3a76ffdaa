//! What the binary prints fits the schemas that it prints.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use podprobe::lab::{Lab, Options};
use serde_json::Value;

#[path = "../../src/report/tests/checker.rs"]
mod checker;

fn podprobe(arguments: &[String]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_podprobe")).args(arguments).stdin(Stdio::null()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn schema(of: &str) -> Value {
    let words = ["config".to_owned(), "schema".to_owned(), format!("--report{of}")];
    serde_json::from_str(&podprobe(&words)).unwrap()
}

/// Everything that is asked of the binary, while the lab runs in another thread.
fn ask(flags: &[String], ca: &Path) {
    let words = |words: &[&str]| -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).chain(["--no-default-roots".to_owned()]).collect()
    };
    let over = |own: &[&str]| [words(own), flags.to_vec()].concat();
    let one = |text: String| -> Value { serde_json::from_str(&text).unwrap() };
    let sources = ["https://feeds.lab.example/good.xml", "https://feeds.lab.example/expired.xml", "no/such.xml"];

    let report = one(podprobe(&over(&[&["check", "--format", "json"][..], &sources].concat())));
    assert!(report["findings"].as_array().is_some_and(|findings| !findings.is_empty()));
    checker::holds(&schema(""), &report);
    checker::holds(&schema("=report"), &report);
    assert!(!checker::check(&schema("=cert"), &schema("=cert"), &report, "").is_empty(), "each has its own");

    let lines = podprobe(&over(&[&["check", "--format", "jsonl"][..], &sources].concat()));
    let of_line = schema("=jsonl");
    assert!(lines.lines().count() > 5);
    for line in lines.lines() {
        checker::holds(&of_line, &one(line.to_owned()));
    }

    let hosts = one(podprobe(&over(&["host", "--format", "json", "good.lab.example", "expired.lab.example"])));
    assert_eq!(hosts["schema"], "podprobe.origins/v1");
    checker::holds(&schema("=host"), &hosts);

    let ca = ca.to_str().unwrap();
    let chain = one(podprobe(&words(&["cert", "--format", "json", "--ca-file", ca, ca])));
    assert_eq!(chain["schema"], "podprobe.cert/v1");
    checker::holds(&schema("=cert"), &chain);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_output_fits_the_printed_schemas() {
    #[expect(clippy::disallowed_methods, reason = "the lab's certificates are valid now")]
    let now = jiff::Timestamp::now();
    let lab = Lab::open(Options { now }).await.unwrap();
    let (flags, ca): (_, PathBuf) = (lab.flags(), lab.ca_file());
    tokio::task::spawn_blocking(move || ask(&flags, &ca)).await.unwrap();
}
