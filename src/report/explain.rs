//! `podprobe explain`: what a finding means, and what to do.

use super::Style;
use super::style::Ink;
use super::text::Page;
use crate::judge::{Code, CodeInfo, Fill, Severity, SubjectKind};

/// Columns of the labels.
const LABEL: usize = 14;

/// One code: what it is, what it means for listeners, who can fix it and how.
pub fn one(info: &CodeInfo, style: &Style) -> String {
    let mut page = Page::new(style);
    let severity = info.severity;
    page.labelled(
        (severity.into(), style.severity_mark(severity)),
        2,
        Ink::Strong,
        &format!("{}: {}", info.name, info.title),
    );
    page.blank();
    let usually = match severity {
        Severity::Critical => "critical: listeners cannot download, or are about to be unable to",
        Severity::Warning => "warning: it will break, or breaks for some",
        Severity::Info => "info: worth knowing",
    };
    page.labelled((Ink::Faint, "  Usually"), LABEL, Ink::Plain, &format!("{usually}; about {}", subject(info.subject)));
    page.labelled((Ink::Faint, "  Meaning"), LABEL, Ink::Plain, info.meaning);
    page.labelled((Ink::Faint, "  Who can fix"), LABEL, Ink::Plain, info.fixer);
    page.labelled((Ink::Faint, "  Meanwhile"), LABEL, Ink::Plain, info.meanwhile);
    page.blank();
    match (info.letter, info.letter(&Fill::default())) {
        (Some((recipient, _)), Some(letter)) => {
            page.paragraph("", 2, Ink::Strong, &format!("A text ready to send to {}", recipient.as_str()));
            page.blank();
            for line in letter.lines() {
                if line.is_empty() {
                    page.blank();
                } else {
                    page.paragraph("", 4, Ink::Plain, line);
                }
            }
        }
        _ => page.paragraph("", 2, Ink::Plain, "There is nobody to write to."),
    }
    page.finish()
}

/// Every code with its title, in the order of the findings page.
pub fn all(style: &Style) -> String {
    let codes = Code::ALL;
    let mut page = Page::new(style);
    let width = codes.iter().map(|info| info.name.len()).max().unwrap_or(0);
    for info in codes {
        let lead = format!("{} {}", style.severity_mark(info.severity), info.name);
        page.labelled((info.severity.into(), &lead), width + 4, Ink::Plain, info.title);
    }
    page.blank();
    let marks = [Severity::Critical, Severity::Warning, Severity::Info]
        .map(|severity| format!("{} {}", style.severity_mark(severity), severity.as_str()));
    let text = format!("{}. `podprobe explain CODE` says what one means and what to do.", marks.join(", "));
    page.paragraph("", 0, Ink::Faint, &text);
    page.finish()
}

fn subject(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::Feed => "a feed",
        SubjectKind::Episode => "an episode",
        SubjectKind::Enclosure => "a file of an episode",
        SubjectKind::Origin => "a host",
        SubjectKind::Edge => "one address of a host",
    }
}
