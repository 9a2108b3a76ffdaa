//! `--catalog FILE`: whose host is whose, by the user's own file and by lists in OPAWG's form.

use std::path::Path;
use std::process::Command;

use podprobe::app::check;
use podprobe::lab::{Lab, Options, find};

use crate::exhibits::arguments;

fn file(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn hosts_are_named_by_the_users_files() {
    #[expect(clippy::disallowed_methods, reason = "renewal information is fetched for the present")]
    let now = jiff::Timestamp::now();
    let lab = Lab::open(Options { now }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let own = r#"{"parties": [{"id": "op3", "name": "Our OP3", "role": "prefix", "hosts": ["op3.dev"],
        "shapes": ["/e/{target}"], "status_page": "https://status.lab.example/"}]}"#;
    let list = r#"[{"pattern": "lab-hosting.example", "hostname": "Elsewhere"},
        {"pattern": "lab.example", "hostname": "Lab Hosting", "retailer": "1"}]"#;
    let mut words = arguments(&lab, find("prefix").unwrap());
    for (name, text) in [("own.json", own), ("hosts.json", list)] {
        words.extend(["--catalog".to_owned(), file(folder.path(), name, text)]);
    }
    let report = check::report(&words).await.unwrap().0;
    let hops = &report.feeds[0].episodes[0].enclosures[0].chain.as_ref().unwrap().hops;
    let seen: Vec<_> = hops.iter().map(|hop| (hop.role.0.as_str(), hop.provider.as_deref())).collect();
    // `.example` is no public suffix, so nothing of the list is believed.
    assert_eq!(seen, [("prefix", Some("Our OP3")), ("unknown", None)]);
}

#[test]
fn a_file_that_is_no_catalogue_says_what_was_expected_where() {
    let folder = tempfile::tempdir().unwrap();
    let own = |text: &str| format!("{{\n  \"parties\": [\n    {text}\n  ]\n}}\n");
    for (text, needles) in [
        ("{".to_owned(), &["line 1", "docs/catalogue.md"][..]),
        ("{\"feeds\": []}".to_owned(), &["no catalogue", "hosts.json"]),
        (own("{\"id\": \"a\", \"name\": \"A\", \"rol\": \"cdn\"}"), &["line 3", "entry 1 (\"a\")", "`rol`"]),
        (
            own("{\"id\": \"a\", \"name\": \"A\", \"role\": \"cdn\", \"hosts\": [\"A B\"]}"),
            &["line 3", "entry 1", "*.h.example"],
        ),
        (
            own(
                "{\"id\": \"a\", \"name\": \"A\", \"role\": \"cdn\", \"hosts\": [\"a.example\"], \"retired\": \"soon\"}",
            ),
            &["entry 1", "YYYY-MM-DD"],
        ),
        ("[{\"pattern\": \"x.com\", \"hostname\": \"X\"}, {\"pattern\": 7}]".to_owned(), &["entry 2"]),
    ] {
        let path = file(folder.path(), "catalogue.json", &text);
        for command in [&["check", "x"][..], &["host", "x.example"]] {
            let mut podprobe = Command::new(env!("CARGO_BIN_EXE_podprobe"));
            let output = podprobe.args(command).args(["--catalog", &path]).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(3), "{said}");
            for needle in needles.iter().chain(&[path.as_str()]) {
                assert!(said.contains(needle), "{text}: {needle} not in {said}");
            }
        }
    }
    let output =
        Command::new(env!("CARGO_BIN_EXE_podprobe")).args(["check", "x", "--catalog", "no/such.json"]).output();
    assert!(String::from_utf8_lossy(&output.unwrap().stderr).contains("no/such.json"));
}

/// The example in the documentation is a catalogue.
#[test]
fn the_documented_example_is_read() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/catalogue.md")).unwrap();
    let example = page.split("```json").nth(1).unwrap().split("```").next().unwrap();
    let (catalogue, _) = podprobe::parties::Catalogue::builtin().extended(example.as_bytes()).unwrap();
    let url = podprobe::link::Link::parse("https://trk.acme.example/t/x/h.example/a.mp3").unwrap();
    assert_eq!(catalogue.planned(&url).len(), 2);
}
