//! The binary as a script sees it: exit codes, help, and the texts that must agree with each other.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use podprobe::judge::Code;

fn podprobe(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_podprobe")).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn readme() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap()
}

#[test]
fn bad_usage_is_unknown_and_not_critical() {
    for arguments in
        [&["check"][..], &["check", "--depth", "half", "x"], &["nonsense"], &[], &["check", "--episodes", "0", "x"]]
    {
        let output = podprobe(arguments);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {}", stderr(&output));
        assert!(!stderr(&output).is_empty() && stdout(&output).is_empty(), "{arguments:?}");
    }
}

#[test]
fn help_and_version_are_no_errors() {
    for arguments in [&["--help"][..], &["--version"], &["check", "--help"], &["help", "cert"]] {
        assert_eq!(podprobe(arguments).status.code(), Some(0), "{arguments:?}");
    }
}

#[test]
fn the_exit_codes_of_help_and_readme_agree() {
    let help = stdout(&podprobe(&["check", "--help"]));
    let readme = readme();
    for (code, name) in [(0, "OK"), (1, "WARNING"), (2, "CRITICAL"), (3, "UNKNOWN")] {
        assert!(help.lines().any(|line| line.trim_start().starts_with(&format!("{code}  {name}"))), "{help}");
        assert!(readme.contains(&format!("| {code} | {name}: ")));
    }
}

#[test]
fn what_cannot_be_read_says_what_and_where() {
    let output = podprobe(&["check", "no/such/feed.xml"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("no/such/feed.xml"), "{}", stderr(&output));

    for (arguments, needle) in [
        (&["check", "--at", "tomorrow", "x"][..], "--at"),
        (&["check", "--resolve", "nonsense", "x"], "--resolve"),
        (&["check", "--connect-to", "a:b", "x"], "--connect-to"),
        (&["check", "--ca-file", "no/such.pem", "x"], "no/such.pem"),
        (&["check", "--trust", "nameless", "x"], "NAME=FILE"),
        (&["check", "--no-default-roots", "x"], "--no-default-roots"),
        (&["cert", "no/such.pem"], "no/such.pem"),
        (&["host", "a b"], "a b"),
        (&["explain", "cert-expird"], "cert-expired"),
    ] {
        let output = podprobe(arguments);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(needle), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn every_code_is_explained() {
    let all = stdout(&podprobe(&["explain"]));
    for info in Code::ALL {
        assert!(all.contains(info.name), "{} is not in the list", info.name);
        let one = stdout(&podprobe(&["explain", info.name]));
        assert!(one.contains(info.name) && one.len() > 150, "{one}");
    }
}

#[test]
fn the_table_of_findings_in_the_readme_names_every_code() {
    let readme = readme();
    for info in Code::ALL {
        assert!(readme.contains(&format!("`{}`", info.name)), "{} is not in README.md", info.name);
    }
}

#[test]
fn packagers_get_what_they_ask_for() {
    assert!(stdout(&podprobe(&["completions", "bash"])).contains("podprobe"));
    assert!(stdout(&podprobe(&["man"])).contains(".TH podprobe"));
    let schema: serde_json::Value =
        serde_json::from_str(&stdout(&podprobe(&["config", "schema", "--report"]))).unwrap();
    assert!(schema["properties"]["findings"].is_object());
    // Without an option it is podprobe.toml's.
    let schema: serde_json::Value = serde_json::from_str(&stdout(&podprobe(&["config", "schema"]))).unwrap();
    assert!(schema["properties"]["channel"].is_object());
}

#[test]
fn every_command_has_its_man_page() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("man1");
    assert_eq!(podprobe(&["man", "--dir", to.to_str().unwrap()]).status.code(), Some(0));
    let page = |words: &[&str]| stdout(&podprobe(&[&["man"][..], words].concat()));
    for (words, name) in [
        (&[][..], "podprobe"),
        (&["check"], "podprobe-check"),
        (&["host"], "podprobe-host"),
        (&["cert"], "podprobe-cert"),
        (&["config"], "podprobe-config"),
        (&["config", "schema"], "podprobe-config-schema"),
    ] {
        let text = page(words);
        assert!(text.contains(&format!(".TH {name} ")) && text.contains("\"podprobe 0."), "{name}: {text}");
        assert_eq!(text, std::fs::read_to_string(to.join(format!("{name}.1"))).unwrap());
    }
    assert!(page(&["check"]).contains("second\\-opinion"), "its options are there");
    assert!(!page(&[]).contains("second\\-opinion"), "the top page is the top page");
    let unknown = podprobe(&["man", "chekc"]);
    assert_eq!(unknown.status.code(), Some(3));
    assert!(stderr(&unknown).contains("check"), "{}", stderr(&unknown));
    let pages = std::fs::read_dir(&to).unwrap().count();
    let commands = stdout(&podprobe(&["--help"])).lines().filter(|line| line.starts_with("  ")).count();
    assert!(pages > 8 && pages < commands + 4, "{pages} pages");
}

#[test]
fn a_feed_on_standard_input_is_read() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_podprobe"))
        .args(["check", "-", "--format", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let feed = "<rss><channel><title>Nothing yet</title></channel></rss>";
    child.stdin.take().unwrap().write_all(feed.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["feeds"][0]["title"], "Nothing yet");
    assert_eq!(report["findings"][0]["code"], "feed-empty");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn every_format_can_be_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let feed = folder.path().join("feed.xml");
    std::fs::write(&feed, "<rss><channel><title>Nothing yet</title></channel></rss>").unwrap();
    for format in podprobe::report::FORMATS {
        let report = folder.path().join(format!("report.{}", format.extension));
        let (feed, to) = (feed.to_str().unwrap(), report.to_str().unwrap());
        let output = podprobe(&["check", feed, "--format", format.name, "--output", to]);
        assert_eq!(output.status.code(), Some(1), "{}: {}", format.name, stderr(&output));
        assert!(stdout(&output).is_empty());
        let written = std::fs::read_to_string(&report).unwrap();
        assert!(written.contains("Nothing yet"), "{}: {written}", format.name);
        assert!(readme().contains(&format!("`{}`", format.name)), "{} is not in README.md", format.name);
    }
}

#[test]
fn a_missing_file_does_not_hide_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let feed = folder.path().join("feed.xml");
    std::fs::write(&feed, "<rss><channel><title>Here</title></channel></rss>").unwrap();
    let output = podprobe(&["check", "no/such.xml", feed.to_str().unwrap(), "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(report["feeds"].as_array().unwrap().iter().any(|feed| feed["title"] == "Here"));
}

#[cfg(unix)]
#[test]
fn a_stream_whose_reader_went_away_says_nothing() {
    let feed = "<rss><channel><title>Nothing yet</title></channel></rss>";
    let mut child = Command::new(env!("CARGO_BIN_EXE_podprobe"))
        .args(["check", "-", "--format", "jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    child.stdin.take().unwrap().write_all(feed.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(stderr(&output), "");
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn what_is_named_twice_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner.opml");
    let outer = folder.path().join("outer.opml");
    let feed = folder.path().join("feed.xml");
    std::fs::write(&feed, "<rss><channel><title>Here</title></channel></rss>").unwrap();
    let outline = |path: &std::path::Path| format!("<outline xmlUrl=\"{}\"/>", path.display());
    let opml = |outlines: String| format!("<opml><body>{outlines}</body></opml>");
    // The lists name each other, and each names the feed.
    std::fs::write(&outer, opml(outline(&inner) + &outline(&feed))).unwrap();
    std::fs::write(&inner, opml(outline(&feed) + &outline(&outer) + &outline(&inner))).unwrap();
    let output = podprobe(&["check", outer.to_str().unwrap(), outer.to_str().unwrap(), "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["feeds"].as_array().unwrap().len(), 1, "{report:#}");
    assert_eq!(report["feeds"][0]["title"], "Here");
}

/// A feed that the user stopped half way is nobody's fault.
#[cfg(unix)]
#[test]
fn a_check_that_is_stopped_reports_what_it_knows_and_blames_nobody() {
    use std::io::{Read as _, Write as _};

    for signal in ["TERM", "INT"] {
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let feed = format!("http://{}/feed.xml", server.local_addr().unwrap());
        let child = Command::new(env!("CARGO_BIN_EXE_podprobe"))
            .args(["check", &feed, "--allow-net", "127.0.0.0/8", "--format", "json", "--timeout", "10m"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (mut connection, _) = server.accept().unwrap();
        let mut asked = [0; 4096];
        assert!(connection.read(&mut asked).unwrap() > 0);
        let half = "HTTP/1.1 200 OK\r\ncontent-type: application/rss+xml\r\ncontent-length: 9999\r\n\r\n<rss><channel>";
        connection.write_all(half.as_bytes()).unwrap();
        let sent = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{signal}");
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["interrupted"], true);
        assert_eq!(report["findings"].as_array().unwrap().len(), 0, "{signal}: {:#}", report["findings"]);
    }
}

/// Whoever stops the lab or the demo finds nothing of it left in the folder for temporary files.
#[cfg(unix)]
#[test]
fn a_lab_that_is_stopped_leaves_nothing_behind() {
    use std::io::{BufRead as _, BufReader};

    for (command, signal, code) in [("lab", "TERM", 0), ("lab", "INT", 0), ("demo", "TERM", 130), ("demo", "INT", 130)]
    {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_podprobe"))
            .arg(command)
            .env("TMPDIR", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        // The first line comes when the lab is open.
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "{command}: {line}");
        let sent = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        // Read to the end, so that it never waits for its reader.
        std::io::copy(&mut out, &mut std::io::sink()).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{command} {signal}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{command} {signal}");
    }
}
