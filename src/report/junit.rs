//! JUnit XML, for whatever shows test results: one suite a feed, one case a file, and a suite of the
//! hosts. It fails where the run fails: what is as severe as `--fail-on` asks for is a failure and
//! says its cause, what could not be judged is an error (exit code 3), and what is less severe is the
//! output of a case that passes. What fails the run and belongs to no file or host is a case of its
//! own.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::io::{self, Write};

use super::model::{Enclosure, Feed, Finding, Millis, Report, Text};
use super::story::{Causes, Story};
use super::{Format, Style};
use crate::judge::{Code, Outcome, Severity, Verdict};
use crate::markup;

/// `--format junit`.
pub(super) const FORMAT: Format = Format {
    name: "junit",
    extension: "xml",
    what: "JUnit XML: a suite a feed, a case a file",
    streamed: false,
    render: |report, style: &Style, out: &mut dyn Write| -> io::Result<()> {
        out.write_all(document(report, style.fails_from).as_bytes())
    },
};

/// What is said where nothing says more.
const UNJUDGED: &str = "It could not be judged from here.";

/// How a case went.
enum Went {
    Passed,
    /// Type, message, more.
    Failed(String, String, String),
    /// Message.
    Error(String),
}

struct Case {
    name: String,
    /// Seconds, in tenths of a millisecond.
    took: Option<Millis>,
    went: Went,
    /// What does not fail it and is worth reading.
    output: String,
}

struct Suite {
    name: String,
    source: Option<String>,
    cases: Vec<Case>,
}

fn document(report: &Report, fails_from: Option<Severity>) -> String {
    let court = Court { causes: Causes::of(report), fails_from };
    let mut suites: Vec<Suite> = report.feeds.iter().map(|feed| court.suite(feed)).collect();
    if !report.origins.is_empty() {
        suites.push(court.hosts(report));
    }
    let rest = court.rest(report);
    if !rest.is_empty() {
        suites.push(Suite { name: "podprobe".into(), source: None, cases: rest });
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

/// Who decides how cases went.
struct Court<'a> {
    causes: Causes<'a>,
    fails_from: Option<Severity>,
}

impl<'a> Court<'a> {
    fn fails(&self, severity: Severity) -> bool {
        self.fails_from.is_some_and(|from| severity >= from)
    }

    /// A case of this verdict and with these findings, the worst first. `broken` is said of what has no
    /// finding of its own.
    fn case(&self, name: String, took: Option<Millis>, verdict: Verdict, found: &[&Finding], broken: &str) -> Case {
        let worst = found.first();
        let told = worst.filter(|finding| self.fails(finding.severity.0));
        let mut rest = found;
        let went = match (verdict, told) {
            (Verdict::Unknown, told) if told.is_none_or(|finding| finding.severity.0 < Severity::Critical) => {
                // What is only worth knowing does not say why nothing could be judged.
                let why = worst.filter(|finding| finding.severity.0 >= Severity::Warning);
                Went::Error(why.map_or_else(|| UNJUDGED.to_owned(), |finding| one_line(&finding.summary)))
            }
            (_, Some(finding)) => {
                rest = found.get(1..).unwrap_or_default();
                failed(finding)
            }
            (Verdict::Critical, None) if self.fails(Severity::Critical) => {
                Went::Failed("broken".to_owned(), broken.to_owned(), String::new())
            }
            (_, None) => Went::Passed,
        };
        let rest = rest.iter().filter(|finding| finding.severity.0 >= Severity::Warning);
        let mut lines: Vec<String> =
            rest.map(|finding| format!("{} [{}]", one_line(&finding.summary), finding.code.0)).collect();
        if verdict == Verdict::Critical && found.is_empty() && matches!(went, Went::Passed) {
            lines.push(broken.to_owned());
        }
        Case { name, took, went, output: lines.join("\n") }
    }

    /// A feed: its own document, then each file.
    fn suite(&self, feed: &'a Feed) -> Suite {
        let name = feed.title.as_deref().filter(|title| !title.trim().is_empty()).unwrap_or(&feed.source);
        let mut cases = vec![self.document_case(feed)];
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
                cases.push(self.file_case(name, enclosure));
            }
        }
        Suite { name: one_line(name), source: Some(one_line(&feed.source)), cases }
    }

    fn document_case(&self, feed: &'a Feed) -> Case {
        let found = self.causes.of_feed(feed);
        let unknown = feed.chain.as_ref().is_some_and(|chain| chain.outcome.0 == Outcome::Unknown);
        let verdict = if unknown { Verdict::Unknown } else { Verdict::Ok };
        let took = feed.chain.as_ref().map(|chain| chain.total_ms);
        let mut case = self.case("the feed".to_owned(), took, verdict, &found, "");
        if let Some(why) = &feed.error {
            case.went = Went::Error(one_line(why));
        }
        case
    }

    fn file_case(&self, name: String, enclosure: &'a Enclosure) -> Case {
        let found = self.causes.of_enclosure(enclosure);
        let took = enclosure.chain.as_ref().map(|chain| chain.total_ms);
        self.case(name, took, enclosure.verdict.0, &found, "It cannot be downloaded.")
    }

    fn hosts(&self, report: &'a Report) -> Suite {
        let case = |origin: &super::model::Origin| {
            let found = self.causes.of_origin(&origin.origin);
            self.case(one_line(&origin.origin), None, origin.verdict.0, &found, "Apps cannot use it.")
        };
        Suite { name: "hosts".to_owned(), source: None, cases: report.origins.iter().map(case).collect() }
    }

    /// What fails the run and stands in no other case: podprobe's own network, a round that was
    /// stopped, findings about episodes and the like.
    fn rest(&self, report: &'a Report) -> Vec<Case> {
        let error = |name: &str, said: String| Case {
            name: name.into(),
            took: None,
            went: Went::Error(said),
            output: String::new(),
        };
        let mut cases = Vec::new();
        if report.offline {
            cases.push(error("network", Story::of(report).headline()));
        }
        if report.interrupted {
            cases.push(error("interrupted", "The round was stopped before its end.".to_owned()));
        }
        let feeds = report.feeds.iter();
        let files = feeds.clone().flat_map(|feed| &feed.episodes).flat_map(|episode| &episode.enclosures);
        let told: BTreeSet<&Text> = feeds
            .flat_map(|feed| self.causes.of_feed(feed))
            .chain(files.flat_map(|file| self.causes.of_enclosure(file)))
            .chain(report.origins.iter().flat_map(|origin| self.causes.of_origin(&origin.origin)))
            .map(|finding| &finding.id)
            .collect();
        let left = report.findings.iter().filter(|finding| {
            let own = finding.caused_by.is_none() && finding.code.0 != Code::ProberOffline;
            own && self.fails(finding.severity.0) && !told.contains(&finding.id)
        });
        cases.extend(left.map(|finding| Case {
            name: one_line(&format!("{}: {}", finding.code.0, finding.subject.name)),
            took: None,
            went: failed(finding),
            output: String::new(),
        }));
        cases
    }
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
    let (mut tests, mut failures, mut errors) = (0, 0, 0);
    for case in cases {
        tests += 1;
        match case.went {
            Went::Passed => {}
            Went::Failed(..) => failures += 1,
            Went::Error(_) => errors += 1,
        }
    }
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"0\"")
}

/// Tenths of a millisecond as seconds.
fn seconds(tenths: u64) -> String {
    format!("{}.{:03}", tenths / 10_000, tenths / 10 % 1_000)
}
