//! The findings: causes, each with its evidence, whom it affects and what to do.

use super::page::Page;
use crate::judge::Severity;
use crate::markup;
use crate::report::model::Finding;
use crate::report::story::findings::{Group, SEVERITIES, explained, groups};
use crate::report::story::{Index, Shows};
use crate::report::style::Ink;
use crate::report::words;

/// Blocks of one severity that are written out.
const MAX_BLOCKS: usize = 12;
/// Where the text beside a label begins.
const LABELS: usize = 13;

/// `headings` stand over each severity, from the worst on.
pub(super) fn write(
    page: &mut Page<'_>,
    findings: &[Finding],
    index: &Index<'_>,
    shows: Option<&Shows<'_>>,
    headings: [&str; 3],
) {
    for (severity, heading) in SEVERITIES.into_iter().zip(headings) {
        let groups = groups(findings, severity);
        if groups.is_empty() {
            continue;
        }
        page.heading(heading);
        let most = if page.style().verbose { usize::MAX } else { MAX_BLOCKS };
        for group in groups.iter().take(most) {
            block(page, group, index, shows);
        }
        let left = groups.len().saturating_sub(most);
        if left > 0 {
            page.line(&[(Ink::Faint, &format!("  and {left} more of this kind; --verbose shows them"))]);
        }
    }
}

/// One line for each cause that is a warning or worse.
pub(super) fn brief(page: &mut Page<'_>, findings: &[Finding]) {
    for severity in [Severity::Critical, Severity::Warning] {
        for group in groups(findings, severity) {
            summary(page, group.first, "");
        }
    }
}

/// What was left out because a finding above explains it.
pub(super) fn folded(page: &mut Page<'_>, findings: &[Finding]) {
    let n = explained(findings);
    if n == 0 {
        return;
    }
    if page.style().verbose {
        page.heading("Explained by the above");
        for finding in findings.iter().filter(|finding| finding.caused_by.is_some()) {
            summary(page, finding, &format!(" ({})", finding.subject.name));
        }
        page.blank();
        return;
    }
    let shows = if n == 1 { "shows it" } else { "shows them" };
    let text = format!("{} explained by the above; --verbose {shows}.", words::further(n));
    page.paragraph("", 0, Ink::Faint, &text);
}

/// The mark, the sentence, the code.
fn summary(page: &mut Page<'_>, finding: &Finding, more: &str) {
    let Finding { severity, summary, code, .. } = finding;
    let lead = page.style().severity_mark(severity.0);
    let text = format!("{summary}{more} [{}]", code.0);
    // One sentence, whatever line ends a title brings into it.
    page.labelled((severity.0.into(), lead), 2, severity.0.into(), &markup::terminal(&text));
}

fn block(page: &mut Page<'_>, group: &Group<'_>, index: &Index<'_>, shows: Option<&Shows<'_>>) {
    let finding = group.first;
    summary(page, finding, "");
    let brief = finding.severity.0 == Severity::Info && !page.style().verbose;
    if !brief {
        label(page, "Evidence", &finding.detail);
    }
    label(page, "Likewise", &group.likewise().unwrap_or_default());
    if brief {
        return;
    }
    label(page, "Affects", &group.affects(shows).unwrap_or_default());
    if let Some((text, url)) = group.way_round() {
        label(page, "Way round", &format!("{text} {url}"));
    }
    label(page, "To do", &finding.advice);
    label(page, "Contact", &group.contact(index));
    page.blank();
}

fn label(page: &mut Page<'_>, name: &str, text: &str) {
    if text.trim().is_empty() {
        return;
    }
    page.labelled((Ink::Faint, &format!("  {name}")), LABELS, Ink::Plain, text);
}
