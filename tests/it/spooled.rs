//! `check --format jsonl --episodes all`, whose episodes wait on disk: it says what a report says, and
//! asks for no more.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Command;

use podprobe::app::check;
use podprobe::lab::{Lab, Options};
use serde_json::Value;

async fn lab() -> Lab {
    #[expect(clippy::disallowed_methods, reason = "the binary judges for the present")]
    let now = jiff::Timestamp::now();
    Lab::open(Options { now }).await.unwrap()
}

fn words(lab: &Lab, format: &str, more: &[&str]) -> Vec<String> {
    let mut words = lab.flags();
    words.extend(["--no-default-roots", "--episodes", "all", "--format", format].map(String::from));
    words.extend(more.iter().map(|&word| word.to_owned()));
    words
}

fn file(feed: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".xml").tempfile().unwrap();
    file.write_all(feed.as_bytes()).unwrap();
    file
}

/// What a run of the binary gives with `--format jsonl`.
struct Run {
    lines: Vec<Value>,
    code: Option<i32>,
    errors: String,
}

/// Runs it; temporary files are made in `folder`, where one is named.
async fn run(words: Vec<String>, folder: Option<&'static str>) -> Run {
    let run = move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_podprobe"));
        // Warnings are counted.
        command.env_remove("RUST_LOG");
        let output = command.arg("check").args(words).envs(folder.map(|folder| ("TMPDIR", folder))).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        Run {
            lines: text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
            code: output.status.code(),
            errors: String::from_utf8(output.stderr).unwrap(),
        }
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

impl Run {
    fn of<'a>(&'a self, event: &'a str) -> impl Iterator<Item = &'a Value> {
        self.lines.iter().filter(move |line| line["event"] == event)
    }

    /// The enclosures, in their order.
    fn enclosures(&self) -> Vec<String> {
        self.of("enclosure").map(|line| told(&line["feed"], &line["episode"], line)).collect()
    }
}

/// The enclosures of a report, in their order.
fn enclosures(report: &Value) -> Vec<String> {
    let mut all = Vec::new();
    for (index, feed) in report["feeds"].as_array().unwrap().iter().enumerate() {
        for episode in feed["episodes"].as_array().unwrap() {
            let files = episode["enclosures"].as_array().unwrap();
            all.extend(files.iter().map(|enclosure| told(&index.into(), episode, enclosure)));
        }
    }
    all
}

/// Of what is said of an enclosure, what does not depend on the moment.
fn told(feed: &Value, episode: &Value, enclosure: &Value) -> String {
    let hops = enclosure["chain"]["hops"].as_array();
    let hops = hops.map(|hops| hops.iter().map(|hop| (hop["url"].clone(), hop["status"].clone())).collect::<Vec<_>>());
    let of = ["url", "kind", "verdict", "outcome", "media_type", "length", "error"].map(|name| &enclosure[name]);
    format!("{feed} {} {} {} {of:?} {hops:?}", episode["guid"], episode["title"], episode["published_at"])
}

fn findings<'a>(findings: impl Iterator<Item = &'a Value>) -> BTreeSet<String> {
    let of = ["id", "code", "severity", "summary", "affects", "caused_by"];
    findings.map(|finding| format!("{:?}", of.map(|name| &finding[name]))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_say_of_all_episodes_what_the_report_says() {
    let lab = lab().await;
    // Dates out of order, none, and repeats; what has no file, and what cannot be requested.
    let mut items = String::new();
    for (n, day) in [Some(3), None, Some(9), Some(1), None, Some(9)].into_iter().enumerate() {
        let date = day.map(|day| format!("<pubDate>2026-01-0{day}T00:00:00Z</pubDate>")).unwrap_or_default();
        let name = ["good", "expired", "redirects"][n % 3];
        let url = podprobe::lab::find(name).unwrap().beside().unwrap_or_else(|| "local:///x".to_owned());
        let _ = write!(
            items,
            "<item><guid>{n}</guid><title>E{n} \u{e4} &amp;</title>{date}<enclosure url='{url}'/></item>"
        );
        let _ = write!(items, "<item><guid>bare {n}</guid>{date}</item>");
    }
    let own = file(&format!("<rss><channel><title>Own</title>{items}</channel></rss>"));
    let own = own.path().to_str().unwrap();
    let exhibits = [
        "good",
        "redirects",
        "expired",
        "feed-paged",
        "feed-archived",
        "feed-ampersand",
        "feed-unfinished",
        "feed-html",
        "feed-empty",
        "no-enclosure",
        "enclosure-empty",
        "enclosure-local",
    ];
    let urls: Vec<String> = exhibits.iter().map(|name| lab.url(name).unwrap()).collect();
    let mut sources: Vec<&str> = urls.iter().map(String::as_str).collect();
    sources.push(own);

    let (report, exit) = check::report(&words(&lab, "json", &sources)).await.unwrap();
    let report = serde_json::to_value(&report).unwrap();
    let run = run(words(&lab, "jsonl", &sources), None).await;

    assert_eq!(run.code, Some(i32::from(exit)));
    let feed = |feed: &Value| ["source", "url", "title", "error"].map(|name| feed[name].clone());
    let feeds = report["feeds"].as_array().unwrap();
    assert_eq!(run.of("feed").map(feed).collect::<Vec<_>>(), feeds.iter().map(feed).collect::<Vec<_>>());
    let expected = enclosures(&report);
    assert!(expected.len() > 15, "{expected:#?}");
    assert_eq!(run.enclosures(), expected, "in the same order too");
    let theirs = findings(report["findings"].as_array().unwrap().iter());
    assert!(theirs.iter().any(|finding| finding.contains("enclosure-missing")), "{theirs:#?}");
    assert_eq!(findings(run.of("finding")), theirs);
    let counts =
        |of: &Value| ["feeds", "episodes", "enclosures", "hops", "origins"].map(|name| of["counts"][name].clone());
    assert_eq!(counts(run.lines.last().unwrap()), counts(&report));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_that_is_too_long_for_memory_is_told_whole_with_a_disk_and_without() {
    let lab = lab().await;
    // Titles alone are 700 KiB. Addresses that are not public are refused before anything is asked.
    let title = "t".repeat(1000);
    let mut items = String::new();
    for n in 0..700 {
        let day = n * 31 % 28 + 1;
        let date = format!("<pubDate>2026-01-{day:02}T00:00:00Z</pubDate>");
        let _ = write!(
            items,
            "<item><guid>{n}</guid><title>{title}</title>{date}<enclosure url='http://192.0.2.1/{n}'/></item>"
        );
    }
    let feed = file(&format!("<rss><channel><title>Own</title>{items}</channel></rss>"));
    let sources = [feed.path().to_str().unwrap()];
    let (report, exit) = check::report(&words(&lab, "json", &sources)).await.unwrap();
    let report = serde_json::to_value(&report).unwrap();
    let expected = enclosures(&report);
    assert_eq!(expected.len(), 700);
    for (folder, is_warned) in [(None, false), (Some("/is/not/there"), true)] {
        let run = run(words(&lab, "jsonl", &sources), folder).await;
        assert_eq!(run.code, Some(i32::from(exit)), "{}", run.errors);
        assert!(run.enclosures() == expected, "{folder:?}: the lines are not those of the report");
        assert_eq!(findings(run.of("finding")), findings(report["findings"].as_array().unwrap().iter()));
        let warned = run.errors.matches("temporary file").count();
        assert_eq!(warned, usize::from(is_warned), "{}", run.errors);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_url_that_stands_twice_is_walked_once_however_far_apart() {
    let lab = lab().await;
    let good = podprobe::lab::find("good").unwrap().beside().unwrap();
    // More in between than walks are remembered; they are refused before anything is asked.
    let between =
        (0..700).map(|n| format!("<item><enclosure url='http://192.0.2.1/{n}'/></item>")).collect::<Vec<_>>().concat();
    let item = format!("<item><enclosure url='{good}'/></item>");
    let mut requests = Vec::new();
    for items in [item.clone(), format!("{item}{between}{item}")] {
        let feed = file(&format!("<rss><channel><title>Own</title>{items}</channel></rss>"));
        let before = lab.log().len();
        let words = words(&lab, "jsonl", &["--concurrency", "1", feed.path().to_str().unwrap()]);
        let (report, _) = check::report(&words).await.unwrap();
        let files: usize = report.feeds[0].episodes.iter().map(|episode| episode.enclosures.len()).sum();
        requests.push((files, lab.log().len() - before));
    }
    let [(1, alone), (702, twice)] = requests[..] else { panic!("{requests:?}") };
    assert!(alone > 0);
    assert_eq!(twice, alone);
}
