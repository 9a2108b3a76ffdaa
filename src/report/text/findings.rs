//! The findings: causes, each with its evidence, whom it affects and what to do; the same thing at
//! many files is said once.

use super::page::Page;
use super::survey::Index;
use crate::judge::{Severity, SubjectKind};
use crate::markup;
use crate::report::model::{Finding, Text};
use crate::report::style::Ink;
use crate::report::words;

/// The usual heading over warnings.
pub(super) const WARNINGS: &str = "What breaks for some, or will break";
/// Blocks of one severity that are written out.
const MAX_BLOCKS: usize = 12;
/// Where the text beside a label begins.
const LABELS: usize = 13;

/// Findings of one code about files or episodes at one origin: one block.
struct Group<'a> {
    first: &'a Finding,
    rest: Vec<&'a Finding>,
}

/// `headings` stand over what is critical and over warnings.
pub(super) fn write(page: &mut Page<'_>, findings: &[Finding], index: &Index<'_>, headings: [&str; 2]) {
    let [critical, warning] = headings;
    for (severity, heading) in
        [(Severity::Critical, critical), (Severity::Warning, warning), (Severity::Info, "Worth knowing")]
    {
        let groups = groups(findings, severity);
        if groups.is_empty() {
            continue;
        }
        page.heading(heading);
        let most = if page.style().verbose { usize::MAX } else { MAX_BLOCKS };
        for group in groups.iter().take(most) {
            block(page, group, index);
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
    let explained: Vec<&Finding> = findings.iter().filter(|finding| finding.caused_by.is_some()).collect();
    if explained.is_empty() {
        return;
    }
    if page.style().verbose {
        page.heading("Explained by the above");
        for finding in explained {
            summary(page, finding, &format!(" ({})", finding.subject.name));
        }
        page.blank();
        return;
    }
    let n = explained.len() as u64;
    let text = match n {
        1 => "1 further finding is explained by the above; --verbose shows it.".to_owned(),
        n => format!("{} further findings are explained by the above; --verbose shows them.", words::thousands(n)),
    };
    page.paragraph("", 0, Ink::Faint, &text);
}

fn groups(findings: &[Finding], severity: Severity) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    // By code and origin; findings about an origin, an address or a feed stand alone.
    let mut places = std::collections::HashMap::new();
    for finding in findings.iter().filter(|f| f.caused_by.is_none() && f.severity.0 == severity) {
        let alone = !matches!(finding.subject.kind.0, SubjectKind::Enclosure | SubjectKind::Episode);
        let place = *places
            .entry((finding.code, finding.origin.as_deref(), alone.then_some(&finding.subject.id)))
            .or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.rest.push(finding),
            None => groups.push(Group { first: finding, rest: Vec::new() }),
        }
    }
    groups
}

/// The mark, the sentence, the code.
fn summary(page: &mut Page<'_>, finding: &Finding, more: &str) {
    let Finding { severity, summary, code, .. } = finding;
    let lead = page.style().severity_mark(severity.0);
    let text = format!("{summary}{more} [{}]", code.0);
    // One sentence, whatever line ends a title brings into it.
    page.labelled((severity.0.into(), lead), 2, severity.0.into(), &markup::terminal(&text));
}

fn block(page: &mut Page<'_>, group: &Group<'_>, index: &Index<'_>) {
    let finding = group.first;
    summary(page, finding, "");
    let brief = finding.severity.0 == Severity::Info && !page.style().verbose;
    if !brief {
        label(page, "Evidence", &finding.detail);
    }
    if !group.rest.is_empty() {
        let names: Vec<&str> = group.rest.iter().map(|other| &*other.subject.name).collect();
        let count = words::thousands(group.rest.len() as u64);
        label(page, "Likewise", &format!("{count} more: {}", words::list(&names, 3)));
    }
    if brief {
        return;
    }
    if let Some(text) = affects(group) {
        label(page, "Affects", &text);
    }
    if let Some(bypass) = &finding.bypass {
        let text = if bypass.works { "This URL leaves it out and works:" } else { "Leaving it out does not help:" };
        label(page, "Way round", &format!("{text} {}", bypass.url));
    }
    label(page, "To do", &finding.advice);
    label(page, "Contact", &contact(finding, index));
    page.blank();
}

/// How to reach whoever runs the host, as far as the advice does not say it already.
fn contact(finding: &Finding, index: &Index<'_>) -> String {
    let origin = finding.origin.as_deref().and_then(|name| index.origin(name));
    let (support, status) = origin.map_or((None, None), |o| (o.support.as_deref(), o.status_page.as_deref()));
    let new = |text: &&str| !finding.advice.contains(*text);
    let mut parts = Vec::new();
    parts.extend(support.filter(new).map(str::to_owned));
    parts.extend(status.filter(new).map(|url| format!("status page: {url}")));
    parts.join("; ")
}

fn label(page: &mut Page<'_>, name: &str, text: &str) {
    if text.trim().is_empty() {
        return;
    }
    page.labelled((Ink::Faint, &format!("  {name}")), LABELS, Ink::Plain, text);
}

/// Whom a group touches. Of several findings only the sum over episodes is known, and each file
/// or episode counts once.
fn affects(group: &Group<'_>) -> Option<String> {
    let episodes = |n| words::count(n, "episode", "episodes");
    if !group.rest.is_empty() {
        let mut seen: Vec<&Text> = group.rest.iter().map(|other| &other.subject.name).collect();
        seen.push(&group.first.subject.name);
        seen.sort_unstable();
        seen.dedup();
        return Some(episodes(seen.len() as u64));
    }
    let affects = group.first.affects;
    match (affects.episodes, affects.feeds) {
        (0, 0) => None,
        (0, feeds) => Some(words::count(feeds, "show", "shows")),
        (n, 0) => Some(episodes(n)),
        (n, feeds) => Some(format!("{} of {}", episodes(n), words::count(feeds, "show", "shows"))),
    }
}
