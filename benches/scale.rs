//! `cargo bench --bench scale`: what it costs to plan rounds over up to a million feeds.
//!
//! Prints Markdown: time to plan a round, memory, probes a round and probes a second, as functions of
//! feeds, episodes and hosts; and writes the plot of `docs/performance.md` (`--svg FILE`). `--quick`
//! leaves out what is above a hundred thousand feeds. The goal: a round over 1,000,000 feeds with
//! three enclosures each over 5,000 hosts in at most 10 s and 1 GB, and probes that grow with hosts.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "figures for people")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use podprobe::schedule::{Budget, EnclosureId, FeedId, Intervals, Plan, Planned};

/// One plan's size.
#[derive(Clone, Copy, Debug)]
struct Size {
    feeds: u32,
    episodes: u64,
    hosts: u32,
}

/// What it cost.
#[derive(Clone, Copy, Debug)]
struct Cost {
    fill: Duration,
    plan: Duration,
    peak_mb: f64,
    probes: usize,
    a_second: f64,
}

fn start() -> Timestamp {
    "2026-01-05T00:00:00Z".parse().unwrap()
}

/// The feeds' documents stand at one host in ten; enclosures cross a prefix, their host and a CDN.
fn filled(size: Size) -> Plan {
    let mut plan = Plan::new(&Intervals::default(), Budget::default(), 1, start());
    let hosts: Vec<_> = (0..size.hosts).map(|host| plan.origin(&format!("https://h{host}.example:443"))).collect();
    let prefixes: Vec<_> = (0..4).map(|prefix| plan.origin(&format!("https://p{prefix}.example:443"))).collect();
    for feed in 0..size.feeds {
        let at = |step: u32| hosts[(feed.wrapping_mul(step) % size.hosts) as usize];
        plan.add_feed(FeedId(feed), Some(hosts[(feed % size.hosts / 10) as usize]));
        let (own, cdn) = (at(1), hosts[(feed % size.hosts / 50) as usize]);
        let route = if feed % 5 == 0 { vec![prefixes[(feed / 5 % 4) as usize], own, cdn] } else { vec![own, cdn] };
        let planned: Vec<Planned> = (0..size.episodes)
            .map(|episode| Planned {
                enclosure: EnclosureId(u64::from(feed) << 16 | episode),
                route: route.clone(),
                newest: episode < 3,
            })
            .collect();
        plan.episodes(FeedId(feed), &planned);
    }
    plan
}

fn cost(size: Size) -> Cost {
    let began = Instant::now();
    let mut plan = filled(size);
    let fill = began.elapsed();
    // The first round plans everything; the cost of a day's rounds gives the probes a second.
    let began = Instant::now();
    let due = plan.due(start());
    let first = began.elapsed();
    let probes = due.origins.len() + due.chains.len() + due.feeds.len();
    let (mut all, mut slowest) = (probes, first);
    let end = start() + jiff::SignedDuration::from_hours(2);
    while let Some(at) = plan.wake().filter(|at| *at <= end) {
        let began = Instant::now();
        let due = plan.due(at);
        slowest = slowest.max(began.elapsed());
        all += due.origins.len() + due.chains.len() + due.feeds.len();
    }
    Cost { fill, plan: slowest, peak_mb: peak_mb(), probes, a_second: all as f64 / 7200.0 }
}

/// The highest resident memory of this process so far.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: f64 = line.and_then(|text| text.split_whitespace().next()?.parse().ok()).unwrap_or(f64::NAN);
    kib / 1024.0
}

/// One measurement in a process of its own, so that its memory is its own.
fn apart(size: Size) -> Cost {
    let me = std::env::current_exe().expect("this program");
    let arguments = ["--one".to_owned(), size.feeds.to_string(), size.episodes.to_string(), size.hosts.to_string()];
    let output = std::process::Command::new(me).args(arguments).output().expect("a child");
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [fill, plan, peak_mb, probes, a_second] = numbers[..] else { panic!("{text}") };
    Cost {
        fill: Duration::from_secs_f64(fill),
        plan: Duration::from_secs_f64(plan),
        peak_mb,
        probes: probes as usize,
        a_second,
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [one, feeds, episodes, hosts] = &arguments[..]
        && one == "--one"
    {
        let size =
            Size { feeds: feeds.parse().unwrap(), episodes: episodes.parse().unwrap(), hosts: hosts.parse().unwrap() };
        let cost = cost(size);
        let (fill, plan) = (cost.fill.as_secs_f64(), cost.plan.as_secs_f64());
        println!("{fill} {plan} {} {} {}", cost.peak_mb, cost.probes, cost.a_second);
        return;
    }
    let most = if arguments.iter().any(|word| word == "--quick") { 100_000 } else { 1_000_000 };
    let svg = arguments.iter().position(|word| word == "--svg").and_then(|at| arguments.get(at + 1));
    println!(
        "| feeds | episodes each | hosts | to fill | slowest round planned in | peak memory | probes in the first round | probes a second |"
    );
    println!("| --: | --: | --: | --: | --: | --: | --: | --: |");
    let feeds: Vec<u32> = [1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000]
        .into_iter()
        .filter(|feeds| *feeds <= most)
        .collect();
    let mut lines: Vec<(u32, Vec<(u32, f64)>)> = Vec::new();
    for hosts in [100, 1_000, 5_000] {
        let mut line = Vec::new();
        for feeds in &feeds {
            let cost = row(Size { feeds: *feeds, episodes: 3, hosts });
            line.push((*feeds, cost.a_second));
        }
        lines.push((hosts, line));
    }
    for episodes in [10, 100] {
        row(Size { feeds: 10_000, episodes, hosts: 1_000 });
    }
    if let Some(path) = svg {
        std::fs::write(path, plot(&lines)).expect("the plot is written");
        println!("\nplot: {path}");
    }
}

fn row(size: Size) -> Cost {
    let cost = apart(size);
    println!(
        "| {} | {} | {} | {:.2} s | {:.3} s | {:.0} MB | {} | {:.1} |",
        size.feeds,
        size.episodes,
        size.hosts,
        cost.fill.as_secs_f64(),
        cost.plan.as_secs_f64(),
        cost.peak_mb,
        cost.probes,
        cost.a_second
    );
    cost
}

/// Probes a second over feeds, both axes logarithmic, a line for each number of hosts.
fn plot(lines: &[(u32, Vec<(u32, f64)>)]) -> String {
    let x = |feeds: u32| 70.0 + (f64::from(feeds).log10() - 3.0) / 3.0 * 540.0;
    let y = |probes: f64| 340.0 - probes.max(1.0).log10() / 4.0 * 300.0;
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 400\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <title>Probes a second over feeds, by hosts</title>\n<rect width=\"720\" height=\"400\" fill=\"#fff\"/>\n",
    );
    for power in 3..=6_u32 {
        let at = x(10_u32.pow(power));
        let _ = writeln!(
            svg,
            "<path d=\"M{at:.0} 40V340\" stroke=\"#ddd\"/><text x=\"{at:.0}\" y=\"358\" text-anchor=\"middle\">{}</text>",
            ["1,000", "10,000", "100,000", "1,000,000"][(power - 3) as usize]
        );
    }
    for power in 0..=4_i32 {
        let at = y(10_f64.powi(power));
        let _ = writeln!(
            svg,
            "<path d=\"M70 {at:.0}H610\" stroke=\"#ddd\"/><text x=\"62\" y=\"{:.0}\" text-anchor=\"end\">{}</text>",
            at + 4.0,
            10_u32.pow(power.unsigned_abs())
        );
    }
    svg.push_str("<text x=\"340\" y=\"384\" text-anchor=\"middle\">feeds, three enclosures each</text><text x=\"70\" y=\"26\">probes a second</text>\n");
    for ((hosts, line), color) in lines.iter().zip(["#1b7837", "#2166ac", "#b2182b"]) {
        let points: Vec<String> =
            line.iter().map(|(feeds, probes)| format!("{:.1},{:.1}", x(*feeds), y(*probes))).collect();
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>",
            points.join(" ")
        );
        if let Some((feeds, probes)) = line.last() {
            let _ = writeln!(
                svg,
                "<text x=\"{:.0}\" y=\"{:.0}\" fill=\"{color}\">{hosts} hosts</text>",
                x(*feeds) + 8.0,
                y(*probes) + 4.0
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}
