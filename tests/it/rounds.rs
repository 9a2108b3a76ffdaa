//! Whole rounds against the lab: manners, counts, the night, Ctrl-C, the other commands.

use std::fmt::Write as _;
use std::io::Read as _;
use std::process::{Command, Stdio};

use podprobe::app::check;
use podprobe::lab::{Lab, Night, Options};
use podprobe::report::Report;

async fn lab() -> Lab {
    #[expect(clippy::disallowed_methods, reason = "the binary judges for the present")]
    let now = jiff::Timestamp::now();
    Lab::open(Options { now }).await.unwrap()
}

fn words(lab: &Lab, more: &[&str]) -> Vec<String> {
    let mut words = lab.flags();
    words.push("--no-default-roots".into());
    words.extend(more.iter().map(|&word| word.to_owned()));
    words
}

async fn checked(lab: &Lab, more: &[&str]) -> (Report, u8) {
    check::report(&words(lab, more)).await.unwrap()
}

/// A feed file with these enclosures.
fn feed(urls: &[&str]) -> tempfile::NamedTempFile {
    let mut items = String::new();
    for (n, url) in urls.iter().enumerate() {
        let enclosure = format!("<enclosure url=\"{url}\" type=\"audio/mpeg\" length=\"600000\"/>");
        let _ = write!(items, "<item><title>{n}</title>{enclosure}</item>");
    }
    let mut file = tempfile::Builder::new().suffix(".xml").tempfile().unwrap();
    std::io::Write::write_all(&mut file, format!("<rss><channel><title>Own</title>{items}</channel></rss>").as_bytes())
        .unwrap();
    file
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_night_is_told_as_it_was() {
    let lab = Lab::open_night().await.unwrap();
    for stage in Night::STAGES {
        let at = lab.night().enter(stage).unwrap().to_string();
        let sources = lab.night().sources();
        let mut more = vec!["--at", &at];
        more.extend(sources.iter().map(String::as_str));
        let before = (lab.log().len() as u64, lab.connections());
        let (report, _) = checked(&lab, &more).await;
        let causes: Vec<_> = report
            .findings
            .iter()
            .filter(|finding| finding.caused_by.is_none())
            .map(|finding| finding.code.0.as_str())
            .collect();
        assert_eq!(causes, stage.causes, "{}: one message in place of ten thousand", stage.title);
        assert_eq!(report.verdict.0.as_str(), stage.verdict, "{}", stage.title);
        for finding in &report.findings {
            assert_eq!((finding.affects.feeds, finding.affects.episodes), (3, 12), "{}", stage.title);
        }
        // What the report counts is what the servers saw.
        assert_eq!(report.counts.requests, lab.log().len() as u64 - before.0, "{}", stage.title);
        assert_eq!(report.counts.connections, lab.connections() - before.1, "{}", stage.title);
        assert_eq!(report.counts.connections, 4, "one connection a host");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn papers_are_counted_as_their_servers_saw_them() {
    let lab = lab().await;
    for name in ["no-intermediate-far", "revoked"] {
        let before = (lab.log().len() as u64, lab.connections());
        let (report, _) = checked(&lab, &[&lab.url(name).unwrap()]).await;
        assert_eq!(report.counts.requests, lab.log().len() as u64 - before.0, "{name}");
        assert_eq!(report.counts.connections, lab.connections() - before.1, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_walk_has_manners_and_costs_what_it_must() {
    let lab = lab().await;
    // Three redirects and the file: four hops.
    let url = "https://op3.dev/e/op3.dev/e/op3.dev/e/prefix.lab.example/episode.mp3";
    let file = feed(&[url, url]);
    let (report, exit) = checked(&lab, &[file.path().to_str().unwrap()]).await;
    assert_eq!(exit, 0, "{:?}", report.findings);
    let seen = lab.log();
    let asked: Vec<_> = seen.iter().map(|request| request.method.as_str()).collect();
    assert_eq!(
        asked,
        ["HEAD", "HEAD", "HEAD", "HEAD", "GET"],
        "an URL that occurs twice is walked once, in five requests"
    );
    assert_eq!(lab.connections(), 2, "connections are reused");
    assert_eq!(seen.last().unwrap().header("range"), Some("bytes=0-65535"));
    for request in &seen {
        assert!(request.header("user-agent").unwrap().contains("(bot; +"), "{request:?}");
        assert_eq!(request.header("cookie").or(request.header("authorization")).or(request.header("referer")), None);
        assert_eq!(request.header("accept-encoding"), Some("identity"));
        assert!(!request.target.contains('?'), "nothing is added to a URL: {request:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_is_one_that_counts_as_a_listener() {
    let lab = lab().await;
    for name in ["head-refused", "head-differs", "no-range", "big-tag", "moov-last", "redirects"] {
        let url = lab.url(name).unwrap();
        checked(&lab, &[&url]).await;
    }
    let seen = lab.log();
    assert!(seen.iter().any(|request| request.header("range") == Some("bytes=0-0")), "the fallback was asked");
    for request in seen.iter().filter(|request| request.method == "GET" && !request.target.contains(".xml")) {
        let range = request.header("range").unwrap_or_else(|| panic!("a GET without a range: {request:?}"));
        let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
        let length = last.parse::<u64>().unwrap() - first.parse::<u64>().unwrap() + 1;
        assert!(length <= 65_536 && range != "bytes=0-1", "{range}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_hop_hides_no_other() {
    let lab = lab().await;
    let urls: Vec<String> = ["expired", "good", "refused", "not-found", "hang"]
        .iter()
        .map(|name| format!("https://{name}.lab.example/episode.mp3"))
        .collect();
    let file = feed(&urls.iter().map(String::as_str).collect::<Vec<_>>());
    let (report, exit) = checked(&lab, &["--timeout", "300ms", "no/such/file", file.path().to_str().unwrap()]).await;
    assert_eq!(exit, 2);
    let feed = report.feeds.iter().find(|feed| feed.error.is_none()).unwrap();
    let verdicts: Vec<_> = feed.episodes.iter().map(|episode| episode.verdict.0.as_str()).collect();
    assert_eq!(verdicts, ["critical", "ok", "critical", "critical", "critical"]);
    // The audio behind the expired certificate was looked at all the same.
    let json = serde_json::to_value(&report).unwrap();
    let expired =
        &json["feeds"].as_array().unwrap().iter().find(|feed| feed["error"].is_null()).unwrap()["episodes"][0];
    assert_eq!(expired["enclosures"][0]["chain"]["outcome"], "media");
    assert_eq!(expired["enclosures"][0]["chain"]["media"]["format"], "mp3");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_are_shown_nowhere() {
    let lab = lab().await;
    let urls = ["https://user:hunter2@good.lab.example/episode.mp3?token=hunter2&amp;Signature=hunter2"];
    let file = feed(&urls);
    for format in ["text", "json", "jsonl"] {
        let output = Command::new(env!("CARGO_BIN_EXE_podprobe"))
            .arg("check")
            .args(words(&lab, &["--format", format, "-vv", file.path().to_str().unwrap()]))
            .output()
            .unwrap();
        for stream in [&output.stdout, &output.stderr] {
            let text = String::from_utf8_lossy(stream);
            assert!(!text.contains("hunter2"), "{format}: {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_reports_what_is_known() {
    let lab = lab().await;
    let url = lab.url("hang").unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_podprobe"))
        .args(["check", "--format", "json", "--timeout", "60s"])
        .args(words(&lab, &[&url]))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(5));
    while !lab.log().iter().any(|request| request.host == "hang.lab.example") {
        tick.tick().await;
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["interrupted"], true);
    assert_eq!(report["feeds"][0]["episodes"][0]["enclosures"][0]["chain"]["outcome"], "unknown");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_says_that_hosts_were_not_all_seen() {
    let lab = lab().await;
    for (format, needle) in [("json", "\"interrupted\": true"), ("text", "Stopped before the end")] {
        let before = lab.connections();
        let child = Command::new(env!("CARGO_BIN_EXE_podprobe"))
            .args(["host", "--format", format, "--timeout", "60s"])
            .args(words(&lab, &["good.lab.example", "tls-hang.lab.example"]))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut tick = tokio::time::interval(std::time::Duration::from_millis(5));
        while lab.connections() < before + 2 {
            tick.tick().await;
        }
        let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(130), "{text}");
        let unseen = match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(json) => json["origins"][1]["verdict"] == "unknown",
            Err(_) => text.contains("? https://tls-hang"),
        };
        assert!(unseen, "{text}");
        assert!(text.contains(needle) && !text.contains("\"verdict\": \"ok\",\n  \"interrupted\""), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_and_files_are_judged_alike() {
    let lab = lab().await;
    let run = |arguments: Vec<String>| {
        let output = Command::new(env!("CARGO_BIN_EXE_podprobe")).args(arguments).output().unwrap();
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
        (json, output.status.code().unwrap())
    };
    let host = |name: &str| {
        let mut arguments = vec!["host".to_owned(), "--format".into(), "json".into(), format!("{name}.lab.example")];
        arguments.extend(words(&lab, &[]));
        run(arguments)
    };
    let (good, exit) = host("good");
    assert_eq!((good["schema"].as_str(), good["verdict"].as_str(), exit), (Some("podprobe.origins/v1"), Some("ok"), 0));
    assert_eq!(good["origins"][0]["edges"][0]["tls"]["trusted"], true);
    let (expired, exit) = host("expired");
    assert_eq!((expired["findings"][0]["code"].as_str(), exit), (Some("cert-expired"), 2));
    let (stale, exit) = host("edge-expired");
    assert_eq!(exit, 2, "{stale}");
    assert!(stale["origins"][0]["edges"].as_array().unwrap().len() > 1, "every address is asked");
    let (missing, exit) = host("dns-missing");
    assert_eq!((missing["findings"][0]["code"].as_str(), exit), (Some("dns-not-found"), 2));

    // Hosts of two owners and the canary are down: it is this side's network.
    let mut arguments = ["host", "--format", "json", "--canary", "canary.lab.example:443"].map(String::from).to_vec();
    arguments.extend(words(&lab, &["offline.lab.example", "offline.example.net"]));
    let (offline, exit) = run(arguments);
    let codes: Vec<_> =
        offline["findings"].as_array().unwrap().iter().filter_map(|finding| finding["code"].as_str()).collect();
    assert_eq!((codes, exit), (vec!["prober-offline"], 3));
    assert_eq!(
        (offline["verdict"].as_str(), offline["origins"][0]["verdict"].as_str()),
        (Some("unknown"), Some("unknown"))
    );

    // The anchors themselves, as a file: an anchor is trusted, as a leaf it is none.
    let file = lab.ca_file();
    let arguments =
        ["cert", file.to_str().unwrap(), "--format", "json", "--no-default-roots", "--ca-file", file.to_str().unwrap()];
    let (cert, exit) = run(arguments.map(String::from).into());
    assert_eq!((cert["schema"].as_str(), exit), (Some("podprobe.cert/v1"), 2));
    assert!(cert["problems"].as_array().unwrap().iter().any(|code| code == "cert-invalid"), "{cert}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn archives_are_read_as_far_as_episodes_are_asked_for() {
    let lab = lab().await;
    let read = async |episodes: &str| {
        let before = lab.log().len();
        let url = lab.url("feed-archived").unwrap();
        let (report, exit) = checked(&lab, &["--depth", "headers", "--episodes", episodes, &url]).await;
        let pages: Vec<_> = lab.log().into_iter().skip(before).map(|seen| seen.target).collect();
        let pages = pages.into_iter().filter(|target| !target.contains("episode")).collect::<Vec<_>>().join(" ");
        (report.counts.episodes, exit, pages)
    };
    assert_eq!(read("1").await, (1, 0, "/feed.xml".to_owned()));
    assert_eq!(read("2").await, (2, 0, "/feed.xml /2025.xml".to_owned()));
    assert_eq!(read("all").await, (3, 0, "/feed.xml /2025.xml /2024.xml".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_come_one_by_one_and_the_summary_last() {
    let lab = lab().await;
    let url = lab.url("expired").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_podprobe"))
        .args(["check", "--format", "jsonl"])
        .args(words(&lab, &[&url]))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let events: Vec<String> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["event"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(events, ["feed", "enclosure", "origin", "origin", "finding", "summary"]);
}

#[test]
fn the_demo_goes_as_it_should() {
    let output = Command::new(env!("CARGO_BIN_EXE_podprobe")).args(["demo", "--color", "never"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    for code in ["(exit code 1)", "(exit code 2)", "(exit code 0)", "traffic.loudhail.example"] {
        assert!(text.contains(code), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_of_http2_that_http1_heals_is_said() {
    let lab = lab().await;
    let url = lab.url("http2-reset").unwrap();
    let (report, exit) = checked(&lab, &[&url]).await;
    assert_eq!(exit, 0);
    let json = serde_json::to_value(&report).unwrap();
    let hop = &json["feeds"][0]["episodes"][0]["enclosures"][0]["chain"]["hops"][0];
    assert_eq!(hop["http_version"], "http/1.1");
    assert!(hop["http2_error"].is_string(), "{hop}");
    for name in ["text", "markdown", "html"] {
        let text = podprobe::report::find(name).unwrap().to_text(&report, &podprobe::report::Style::default());
        assert!(text.contains("HTTP/2 failed"), "{name}: {text}");
    }
    let (sound, _) = checked(&lab, &[&lab.url("good").unwrap()]).await;
    assert!(!serde_json::to_string(&sound).unwrap().contains("http2_error"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wait_that_ended_in_nothing_is_on_its_hop() {
    let lab = lab().await;
    let (report, exit) = checked(&lab, &["--timeout", "300ms", &lab.url("hang").unwrap()]).await;
    assert_eq!(exit, 2);
    let json = serde_json::to_value(&report).unwrap();
    let hop = &json["feeds"][0]["episodes"][0]["enclosures"][0]["chain"]["hops"][0];
    assert!(hop["status"].is_null() && hop["error"]["phase"] == "request", "{hop}");
    assert!(hop["timings_ms"]["first_byte"].as_f64().unwrap() > 50.0, "{hop}");
}
