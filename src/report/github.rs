//! GitHub annotations: one workflow command a cause, so that a check in GitHub Actions shows it beside
//! the run. Errors come first, because GitHub shows ten annotations of a kind and step.

use std::io::{self, Write};

use super::model::Report;
use super::story::Story;
use super::story::findings::{Group, SEVERITIES, groups};
use super::{Format, Style, words};
use crate::judge::Severity;
use crate::markup;

/// `--format github`.
pub(super) const FORMAT: Format = Format {
    name: "github",
    extension: "txt",
    what: "annotations for a workflow of GitHub Actions",
    streamed: false,
    render,
};

fn render(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let story = Story::of(report);
    for severity in SEVERITIES {
        for group in groups(&report.findings, severity) {
            annotation(&group, &story, out)?;
        }
    }
    for feed in &report.feeds {
        if let Some(why) = &feed.error {
            let text = markup::workflow(&format!("{}: {why}", feed.source));
            writeln!(out, "::error title=podprobe: source not read::{text}")?;
        }
    }
    // The headline is no command: it begins with the verdict and holds no line end.
    let verdict = report.verdict.0;
    let headline = format!("{} {}: {}", style.mark(verdict), words::verdict(verdict), story.headline());
    writeln!(out, "{}", markup::workflow(&headline))
}

fn annotation(group: &Group<'_>, story: &Story<'_>, out: &mut dyn Write) -> io::Result<()> {
    let finding = group.first;
    let command = match finding.severity.0 {
        Severity::Critical => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let title = format!("{}: {}", finding.code.0, finding.subject.name);
    let mut lines = vec![finding.summary.to_string()];
    let mut line = |name: &str, text: &str| {
        if !text.trim().is_empty() {
            lines.push(format!("{name}: {text}"));
        }
    };
    line("Evidence", &finding.detail);
    line("Likewise", &group.likewise().unwrap_or_default());
    line("Affects", &group.affects(Some(&story.shows)).unwrap_or_default());
    if let Some((text, url)) = group.way_round() {
        line("Way round", &format!("{text} {url}"));
    }
    line("To do", &finding.advice);
    line("Contact", &group.contact(&story.index));
    let lines: Vec<String> = lines.iter().map(|line| markup::workflow(line)).collect();
    writeln!(out, "::{command} title={}::{}", markup::workflow_property(&title), lines.join("%0A"))
}
