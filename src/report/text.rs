//! Text for people: one headline, then what is wrong with whose host, the way of the downloads,
//! the certificates that end next, and how much was looked at. Made for eighty columns and a tired
//! reader: whole sentences, the worst first, and nothing that a finding above already explains.

mod apps;
mod calendar;
mod cert;
mod findings;
mod headline;
mod host;
mod page;
mod routes;
mod survey;

use std::fmt::Write as _;
use std::io::{self, Write};

pub use cert::cert;
pub use host::host;

use super::model::Report;
use super::model::apps::Matrix;
use super::{Format, Style, words};
pub(super) use page::Page;
use survey::Index;

/// `--format text`.
pub(super) const FORMAT: Format = Format {
    name: "text",
    extension: "txt",
    what: "for people: the verdict, whose fault it is, and what to do",
    streamed: false,
    render,
};

fn render(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(report_text(report, style).as_bytes())
}

fn report_text(report: &Report, style: &Style) -> String {
    let index = Index::new(&report.origins);
    let survey = survey::survey(report, &index);
    let mut page = Page::new(style);
    headline::write(&mut page, report, &survey, &index);
    if style.quiet {
        findings::brief(&mut page, &report.findings);
        return page.finish();
    }
    unreadable(&mut page, report);
    let headings = match (survey.down + survey.feeds_down, report.offline) {
        (_, true) => ["Why nothing could be judged"; 2],
        (0, false) => ["What is about to keep listeners from downloading", findings::WARNINGS],
        (_, false) => ["What keeps listeners from downloading", findings::WARNINGS],
    };
    findings::write(&mut page, &report.findings, &index, headings);
    if !report.offline {
        routes::write(&mut page, report, &index);
        if let Some(matrix) = Matrix::of(report) {
            apps::write(&mut page, &matrix);
        }
        calendar::write(&mut page, &report.origins, report.evaluated_at, report.verdict.0);
    }
    page.blank();
    findings::folded(&mut page, &report.findings);
    counts(&mut page, report);
    page.finish()
}

/// Sources that gave nothing to judge.
fn unreadable(page: &mut Page<'_>, report: &Report) {
    let failed = report.feeds.iter().filter_map(|feed| Some((feed, feed.error.as_ref()?)));
    for (at, (feed, why)) in failed.enumerate() {
        if at == 0 {
            page.heading("Sources that could not be read");
        }
        let mark = page.style().mark(crate::judge::Verdict::Unknown);
        page.paragraph(&format!("{mark} "), 2, super::style::Ink::Unsure, &format!("{}: {why}", feed.source));
    }
}

/// How much was looked at, in how long, as of when.
fn counts(page: &mut Page<'_>, report: &Report) {
    let counts = &report.counts;
    let took = u64::try_from(report.finished_at.since(report.started_at)).unwrap_or(0);
    let mut line = format!(
        "Looked at {}, {}, {}, {} and {} with {} over {} in {}.",
        words::count(counts.feeds, "feed", "feeds"),
        words::count(counts.episodes, "episode", "episodes"),
        words::count(counts.enclosures, "file", "files"),
        words::count(counts.hops, "hop", "hops"),
        words::count(counts.origins, "host", "hosts"),
        words::count(counts.requests, "request", "requests"),
        words::count(counts.connections, "connection", "connections"),
        words::span(took),
    );
    if report.evaluated_at.since(report.started_at).abs() > 60 {
        let at = report.evaluated_at;
        // Writing to a String cannot fail.
        let _ = write!(line, " Certificates judged as of {} {} UTC.", at.date(), at.clock());
    }
    page.paragraph("", 0, super::style::Ink::Faint, &line);
}
