//! The lab's hostile wing, exhibit by exhibit beside healthy neighbours: it ends in time, its finding
//! is told, the neighbours are unharmed, and what it could make podprobe take, compute and hold is
//! bounded. The rounds run in processes of their own, where nothing else counts; the lab in this one.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use podprobe::app::check;
use podprobe::lab::{EXHIBITS, Exhibit, Lab, Options, Source, find};
use podprobe::report::Report;

/// Counts what is held.
#[global_allocator]
static MEMORY: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;

/// Exhibits where all is well, on hosts of their own.
const NEIGHBOURS: [&str; 3] = ["good", "cname", "redirects"];
/// Processes that check side by side: most of their time goes into waiting.
const PROCESSES: usize = 8;
/// What a process is told: the lab's flags, and its exhibits, one a line.
const FLAGS: &str = "PODPROBE_TEST_FLAGS";
const CHOSEN: &str = "PODPROBE_TEST_EXHIBITS";
/// Bytes that one hostile walk may make podprobe hold, and a feed.
const WALK: usize = 1 << 20;
const FEED: usize = 64 << 20;
/// Bytes that one connection may make podprobe take: what comes before a head, what was asked for,
/// the slack and a window, and what the kernels hold in between. A feed may be 20 MiB on the wire.
const TAKEN: u64 = 2 << 20;
const TAKEN_FEED: u64 = 24 << 20;
/// Time on a processor, unoptimised and on a busy machine. Without a budget floods take all there is.
const PROCESSOR: Duration = Duration::from_secs(3);
/// What a round of waiting may take beyond the limits of its hops: debug builds and busy machines.
const SLACK: Duration = Duration::from_secs(8);
const FEED_TIME: Duration = Duration::from_secs(20);

fn wing() -> impl Iterator<Item = &'static Exhibit> {
    EXHIBITS.iter().filter(|exhibit| exhibit.hostile)
}

fn is_document(exhibit: &Exhibit) -> bool {
    matches!(exhibit.source, Source::Urls(_))
}

/// The limit of a hop that an exhibit is checked with.
fn hop(exhibit: &Exhibit) -> Duration {
    let given = exhibit.flags.iter().skip_while(|flag| **flag != "--timeout").nth(1);
    let millis = given.and_then(|text| text.strip_suffix("ms")?.parse().ok());
    millis.map_or(Duration::ZERO, Duration::from_millis)
}

/// User and system time of this process so far. Linux counts in hundredths of a second.
fn processor() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    let ticks: u64 = after_name.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}

/// A round over these exhibits and this file, and what it took.
struct Told {
    report: Report,
    wall: Duration,
    processor: Duration,
    held: usize,
}

async fn round(flags: &[String], exhibits: &[&Exhibit], beside: Option<&str>) -> Told {
    let mut words = flags.to_vec();
    words.push("--no-default-roots".into());
    words.extend(exhibits.iter().flat_map(|exhibit| exhibit.flags).map(|&flag| flag.to_owned()));
    words.extend(exhibits.iter().flat_map(|exhibit| exhibit.urls()));
    words.extend(beside.map(str::to_owned));
    MEMORY.reset_peak_usage();
    let (began, busy, before) = (Instant::now(), processor(), MEMORY.current_usage());
    let (report, _) = check::report(&words).await.unwrap();
    Told {
        report,
        wall: began.elapsed(),
        processor: processor().saturating_sub(busy),
        held: MEMORY.peak_usage().saturating_sub(before),
    }
}

/// A feed of one episode, in a file.
fn feed_of(url: &str) -> tempfile::NamedTempFile {
    let file = tempfile::Builder::new().suffix(".xml").tempfile().unwrap();
    let enclosure = format!("<enclosure url=\"{url}\" type=\"audio/mpeg\" length=\"600000\"/>");
    let text = format!("<rss><channel><title>Beside</title><item><guid>0</guid>{enclosure}</item></channel></rss>");
    fs::write(file.path(), text).unwrap();
    file
}

/// What is wrong with a round.
fn fault(exhibit: &Exhibit, beside: bool, told: &Told, usual: usize) -> String {
    let mut fault = String::new();
    let found: BTreeSet<_> = told.report.findings.iter().map(|finding| finding.code.0.as_str()).collect();
    let declared: BTreeSet<_> = exhibit.causes.iter().copied().collect();
    if found != declared {
        let _ = write!(fault, "\n    found {found:?} in place of {declared:?}");
    }
    if told.report.verdict.0.as_str() != exhibit.verdict {
        let _ = write!(fault, "\n    verdict {}", told.report.verdict.0.as_str());
    }
    let sources = exhibit.urls().len();
    let healthy = &told.report.feeds[sources..];
    if healthy.len() != NEIGHBOURS.len() + usize::from(beside) {
        let _ = write!(fault, "\n    {} neighbours", healthy.len());
    }
    for feed in healthy {
        let feed = serde_json::to_value(feed).unwrap();
        let outcome = &feed["episodes"][0]["enclosures"][0]["chain"]["outcome"];
        if (&feed["verdict"], outcome) != (&"ok".into(), &"media".into()) {
            let _ = write!(fault, "\n    the neighbour {} came to harm: {} {outcome}", feed["source"], feed["verdict"]);
        }
    }
    // Two walks, each with its name, dial and requests, and the handshakes of the origin's addresses.
    // A feed that goes on without end is read as long as a hop may last.
    let allowed = hop(exhibit) * 8 + SLACK + if is_document(exhibit) { FEED_TIME } else { Duration::ZERO };
    if told.wall > allowed {
        let _ = write!(fault, "\n    it took {:?}, more than {allowed:?}", told.wall);
    }
    if told.processor > PROCESSOR && !is_document(exhibit) {
        let _ = write!(fault, "\n    it kept a processor busy for {:?}", told.processor);
    }
    let held = told.held.saturating_sub(usual);
    let most = if is_document(exhibit) { FEED } else { WALK };
    if held > most {
        let _ = write!(fault, "\n    {held} bytes were held");
    }
    if !fault.is_empty() {
        for finding in &told.report.findings {
            let _ = write!(fault, "\n      {}: {} | {}", finding.code.0.as_str(), finding.summary, finding.detail);
        }
    }
    fault
}

/// Runs in a process of its own, started by the test below.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "a part of the test below"]
async fn rounds_of_this_process() {
    let flags: Vec<String> = std::env::var(FLAGS).unwrap().lines().map(str::to_owned).collect();
    let chosen = std::env::var(CHOSEN).unwrap();
    let neighbours = NEIGHBOURS.map(|name| find(name).unwrap());
    // What a round holds by itself: with a healthy exhibit in the hostile one's place.
    let healthy: Vec<&Exhibit> = [find("upgrade").unwrap()].into_iter().chain(neighbours).collect();
    let mut usual = 0;
    let own = feed_of("https://good.lab.example/beside.mp3");
    for _ in 0..2 {
        usual = round(&flags, &healthy, own.path().to_str()).await.held;
    }
    let mut faults = String::new();
    for exhibit in chosen.lines().map(|name| find(name).unwrap()) {
        let beside = exhibit.beside().map(|url| feed_of(&url));
        let all: Vec<&Exhibit> = [exhibit].into_iter().chain(neighbours).collect();
        let file = beside.as_ref().and_then(|file| file.path().to_str());
        let told = round(&flags, &all, file).await;
        let held = told.held.saturating_sub(usual) / 1024;
        println!("{}: {:?} wall, {:?} busy, {held} KiB held", exhibit.name, told.wall, told.processor);
        let fault = fault(exhibit, beside.is_some(), &told, usual);
        if !fault.is_empty() {
            let _ = write!(faults, "\n  {}:{fault}", exhibit.name);
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_peers_end_within_their_limits_and_harm_nobody() {
    #[expect(clippy::disallowed_methods, reason = "the rounds judge for the present")]
    let now = jiff::Timestamp::now();
    let lab = Lab::open(Options { now }).await.unwrap();
    let mut shares = vec![String::new(); PROCESSES];
    let only = std::env::var("EXHIBIT").ok();
    let chosen = || wing().filter(|exhibit| only.as_deref().is_none_or(|only| exhibit.name == only));
    for (number, exhibit) in chosen().enumerate() {
        let _ = writeln!(shares[number % PROCESSES], "{}", exhibit.name);
    }
    let processes: Vec<_> = shares
        .into_iter()
        .filter(|share| !share.is_empty())
        .map(|share| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--ignored", "--exact", "rounds_of_this_process", "--nocapture"])
                .env(FLAGS, lab.flags().join("\n"))
                .env(CHOSEN, share)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut failed = String::new();
    for process in processes {
        let out = tokio::task::spawn_blocking(move || process.wait_with_output()).await.unwrap().unwrap();
        let told = String::from_utf8_lossy(&out.stdout);
        println!("{told}");
        if !out.status.success() || !told.contains("1 passed") {
            failed += &String::from_utf8_lossy(&out.stderr);
        }
    }
    for exhibit in chosen() {
        let (taken, most) = (lab.taken(&exhibit.host()), if is_document(exhibit) { TAKEN_FEED } else { TAKEN });
        println!("{}: {} KiB taken", exhibit.name, taken / 1024);
        if taken > most {
            let _ = write!(failed, "\n  {}: a connection took {taken} bytes", exhibit.name);
        }
    }
    assert!(failed.is_empty(), "{failed}");
}
