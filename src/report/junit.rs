//! JUnit XML, for whatever shows test results: one suite a feed, one case a file, and a suite of the
//! hosts. What listeners cannot download is a failure, and says its cause; what could not be judged
//! is skipped; warnings are the case's output.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::model::{Enclosure, Feed, Finding, Millis, Report};
use super::story::{Causes, Story};
use super::{Format, Style};
use crate::judge::{Outcome, Severity, Verdict};
use crate::markup;

/// `--format junit`.
pub(super) const FORMAT: Format = Format {
    name: "junit",
    extension: "xml",
    what: "JUnit XML: a suite a feed, a case a file",
    streamed: false,
    render: |report, _: &Style, out: &mut dyn Write| -> io::Result<()> { out.write_all(document(report).as_bytes()) },
};

/// How a case went.
enum Went {
    Passed,
    /// Type, message, more.
    Failed(String, String, String),
    /// Message.
    Skipped(String),
    /// Message.
    Error(String),
}

struct Case {
    name: String,
    /// Seconds, in tenths of a millisecond.
    took: Option<Millis>,
    went: Went,
    /// Warnings.
    output: String,
}

struct Suite {
    name: String,
    source: Option<String>,
    cases: Vec<Case>,
}

fn document(report: &Report) -> String {
    let story = Story::of(report);
    let causes = Causes::of(report);
    let mut suites: Vec<Suite> = report.feeds.iter().map(|feed| suite(feed, &causes)).collect();
    if !report.origins.is_empty() {
        suites.push(hosts(report, &causes));
    }
    if report.offline {
        let case =
            Case { name: "network".into(), took: None, went: Went::Error(story.headline()), output: String::new() };
        suites.push(Suite { name: "podprobe".into(), source: None, cases: vec![case] });
    }
    let took = u64::try_from(report.finished_at.since(report.started_at)).unwrap_or(0);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let all = || suites.iter().flat_map(|suite| &suite.cases);
    // Writing to a String cannot fail.
    let _ = writeln!(out, "<testsuites name=\"podprobe\" {} time=\"{took}\">", numbers(all()));
    let at = report.started_at.to_string();
    for suite in &suites {
        write_suite(&mut out, suite, at.trim_end_matches('Z'));
    }
    out.push_str("</testsuites>\n");
    out
}

/// A feed: its own document, then each file.
fn suite(feed: &Feed, causes: &Causes<'_>) -> Suite {
    let name = feed.title.as_deref().filter(|title| !title.trim().is_empty()).unwrap_or(&feed.source);
    let mut cases = vec![document_case(feed, causes)];
    let mut seen: HashMap<String, usize> = HashMap::new();
    for episode in &feed.episodes {
        for (place, enclosure) in episode.enclosures.iter().enumerate() {
            let title = if episode.title.trim().is_empty() { &enclosure.url } else { &episode.title };
            let mut name = one_line(title);
            if place > 0 {
                let _ = write!(name, " ({} {})", enclosure.kind.0.as_str(), place + 1);
            }
            // Readers of these files take two cases of one name for one.
            let times = seen.entry(name.clone()).or_insert(0);
            *times += 1;
            if *times > 1 {
                let _ = write!(name, " #{times}");
            }
            cases.push(file_case(name, enclosure, causes));
        }
    }
    Suite { name: one_line(name), source: Some(one_line(&feed.source)), cases }
}

fn document_case(feed: &Feed, causes: &Causes<'_>) -> Case {
    let found = causes.of_feed(feed);
    let outcome = feed.chain.as_ref().map(|chain| chain.outcome.0);
    let critical = found.iter().find(|finding| finding.severity.0 == Severity::Critical);
    let went = match (&feed.error, outcome, critical) {
        (Some(why), ..) => Went::Error(one_line(why)),
        (None, _, Some(finding)) => failed(finding),
        (None, Some(Outcome::Unknown), None) => Went::Skipped("it could not be judged from here".to_owned()),
        (None, ..) => Went::Passed,
    };
    let took = feed.chain.as_ref().map(|chain| chain.total_ms);
    Case { name: "the feed".to_owned(), took, went, output: warnings(&found) }
}

fn file_case(name: String, enclosure: &Enclosure, causes: &Causes<'_>) -> Case {
    let found = causes.of_enclosure(enclosure);
    let went = match (enclosure.verdict.0, found.first()) {
        (Verdict::Critical, Some(finding)) => failed(finding),
        (Verdict::Critical, None) => {
            Went::Failed("broken".to_owned(), "It cannot be downloaded.".to_owned(), String::new())
        }
        (Verdict::Unknown, finding) => {
            let said = finding.map_or("It could not be judged from here.", |finding| &finding.summary);
            Went::Skipped(one_line(said))
        }
        (Verdict::Ok | Verdict::Warning, _) => Went::Passed,
    };
    let took = enclosure.chain.as_ref().map(|chain| chain.total_ms);
    Case { name, took, went, output: warnings(&found) }
}

fn hosts(report: &Report, causes: &Causes<'_>) -> Suite {
    let case = |origin: &super::model::Origin| {
        let found = causes.of_origin(&origin.origin);
        let went = match (origin.verdict.0, found.first()) {
            (Verdict::Critical, Some(finding)) => failed(finding),
            (Verdict::Critical, None) => {
                Went::Failed("broken".to_owned(), "Apps cannot use it.".to_owned(), String::new())
            }
            (Verdict::Unknown, _) => Went::Skipped("it could not be judged from here".to_owned()),
            (Verdict::Ok | Verdict::Warning, _) => Went::Passed,
        };
        Case { name: one_line(&origin.origin), took: None, went, output: warnings(&found) }
    };
    Suite { name: "hosts".to_owned(), source: None, cases: report.origins.iter().map(case).collect() }
}

fn failed(finding: &Finding) -> Went {
    let mut more = format!("{} [{}]", one_line(&finding.summary), finding.code.0);
    for (name, text) in [("Evidence", &finding.detail), ("To do", &finding.advice)] {
        if !text.trim().is_empty() {
            let _ = write!(more, "\n{name}: {}", one_line(text));
        }
    }
    if let Some(bypass) = finding.bypass.as_ref().filter(|bypass| bypass.works) {
        let _ = write!(more, "\nThis URL leaves it out and works: {}", one_line(&bypass.url));
    }
    Went::Failed(finding.code.0.to_string(), one_line(&finding.summary), more)
}

fn warnings(found: &[&Finding]) -> String {
    let warnings = found.iter().filter(|finding| finding.severity.0 == Severity::Warning);
    let lines = warnings.map(|finding| format!("{} [{}]", one_line(&finding.summary), finding.code.0));
    lines.collect::<Vec<_>>().join("\n")
}

fn one_line(text: &str) -> String {
    markup::terminal(text).into_owned()
}

fn write_suite(out: &mut String, suite: &Suite, at: &str) {
    let took: u64 = suite.cases.iter().filter_map(|case| case.took).map(|took| u64::from(took.tenths())).sum();
    let name = markup::xml(&suite.name);
    let numbers = numbers(suite.cases.iter());
    // Writing to a String cannot fail.
    let _ = writeln!(out, "  <testsuite name=\"{name}\" {numbers} time=\"{}\" timestamp=\"{at}\">", seconds(took));
    if let Some(source) = &suite.source {
        let source = markup::xml(source);
        let _ =
            writeln!(out, "    <properties>\n      <property name=\"source\" value=\"{source}\"/>\n    </properties>");
    }
    for case in &suite.cases {
        write_case(out, &name, case);
    }
    out.push_str("  </testsuite>\n");
}

fn write_case(out: &mut String, class: &str, case: &Case) {
    let took = seconds(case.took.map_or(0, |took| u64::from(took.tenths())));
    // Writing to a String cannot fail.
    let _ = write!(out, "    <testcase classname=\"{class}\" name=\"{}\" time=\"{took}\"", markup::xml(&case.name));
    if matches!(case.went, Went::Passed) && case.output.is_empty() {
        out.push_str("/>\n");
        return;
    }
    out.push_str(">\n");
    match &case.went {
        Went::Passed => {}
        Went::Failed(kind, message, more) => {
            let message = markup::xml(message);
            let _ = writeln!(out, "      <failure type=\"{kind}\" message=\"{message}\">{}</failure>", lines(more));
        }
        Went::Skipped(message) => {
            let _ = writeln!(out, "      <skipped message=\"{}\"/>", markup::xml(message));
        }
        Went::Error(message) => {
            let _ = writeln!(out, "      <error message=\"{}\"/>", markup::xml(message));
        }
    }
    if !case.output.is_empty() {
        let _ = writeln!(out, "      <system-out>{}</system-out>", lines(&case.output));
    }
    out.push_str("    </testcase>\n");
}

/// Text of several lines: its own line ends stay, everything else is escaped.
fn lines(text: &str) -> String {
    text.lines().map(markup::xml).collect::<Vec<_>>().join("\n")
}

/// How many cases there are and how they went, as attributes.
fn numbers<'a>(cases: impl Iterator<Item = &'a Case>) -> String {
    let (mut tests, mut failures, mut errors, mut skipped) = (0, 0, 0, 0);
    for case in cases {
        tests += 1;
        match case.went {
            Went::Passed => {}
            Went::Failed(..) => failures += 1,
            Went::Skipped(_) => skipped += 1,
            Went::Error(_) => errors += 1,
        }
    }
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\"")
}

/// Tenths of a millisecond as seconds.
fn seconds(tenths: u64) -> String {
    format!("{}.{:03}", tenths / 10_000, tenths / 10 % 1_000)
}
