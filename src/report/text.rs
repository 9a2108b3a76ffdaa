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
mod single;
mod trust;

use std::io::{self, Write};

pub use cert::cert;
pub use host::host;

use super::model::Report;
use super::model::apps::Matrix;
use super::story::Story;
use super::{Format, Style, words};
pub(super) use page::Page;
pub(crate) use page::wrap;

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
    let story = Story::of(report);
    let mut page = Page::new(style);
    headline::verdict(&mut page, report.verdict.0, &story.headline());
    if style.quiet {
        findings::brief(&mut page, &report.findings);
        return page.finish();
    }
    unreadable(&mut page, report);
    findings::write(&mut page, &report.findings, &story.index, Some(&story.shows), story.headings());
    if !report.offline {
        routes::write(&mut page, &story);
        if let Some(matrix) = Matrix::of(report) {
            apps::write(&mut page, &matrix);
        }
        trust::write(&mut page, &report.origins);
        single::write(&mut page, &story);
        calendar::write(&mut page, &report.origins, report.evaluated_at, report.verdict.0);
    }
    page.blank();
    findings::folded(&mut page, &report.findings);
    page.paragraph("", 0, super::style::Ink::Faint, &words::looked_at(report));
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
