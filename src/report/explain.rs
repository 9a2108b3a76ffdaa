//! `podprobe explain`: what a finding means, and what to do.

use super::Style;
use super::style::Ink;
use super::text::Page;
use crate::judge::{Code, CodeInfo, Severity, SubjectKind};

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
    page.labelled((Ink::Faint, "  Usually"), 12, Ink::Plain, &format!("{usually}; about {}", subject(info.subject)));
    page.labelled((Ink::Faint, "  Meaning"), 12, Ink::Plain, info.meaning);
    page.labelled((Ink::Faint, "  To do"), 12, Ink::Plain, info.advice);
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
