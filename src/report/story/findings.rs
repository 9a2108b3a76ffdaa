//! The findings in blocks: causes alone, and the same thing at many files said once.

use std::collections::{BTreeSet, HashMap};

use super::{Index, Shows, Survey};
use crate::judge::{Severity, SubjectKind};
use crate::report::model::{Finding, Report, Text};
use crate::report::words;

/// The usual heading over warnings.
pub(in crate::report) const WARNINGS: &str = "What breaks for some, or will break";
/// The usual heading over the rest.
pub(in crate::report) const NOTES: &str = "Worth knowing";
/// From the worst on.
pub(in crate::report) const SEVERITIES: [Severity; 3] = [Severity::Critical, Severity::Warning, Severity::Info];

/// Findings of one code about files or episodes at one origin; or one finding.
pub(in crate::report) struct Group<'a> {
    pub(in crate::report) first: &'a Finding,
    pub(in crate::report) rest: Vec<&'a Finding>,
}

/// What stands over each severity, from the worst on.
pub(in crate::report) fn headings(report: &Report, survey: &Survey) -> [&'static str; 3] {
    let [critical, warning] = match (survey.down + survey.feeds_down, report.offline) {
        (_, true) => ["Why nothing could be judged"; 2],
        (0, false) => ["What is about to keep listeners from downloading", WARNINGS],
        (_, false) => ["What keeps listeners from downloading", WARNINGS],
    };
    [critical, warning, NOTES]
}

/// The causes of one severity. Findings about an origin, an address or a feed stand alone.
pub(in crate::report) fn groups(findings: &[Finding], severity: Severity) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut places = HashMap::new();
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

/// How many findings are left out because a cause explains them.
pub(in crate::report) fn explained(findings: &[Finding]) -> u64 {
    findings.iter().filter(|finding| finding.caused_by.is_some()).count() as u64
}

impl<'a> Group<'a> {
    /// All of it.
    pub(in crate::report) fn all(&self) -> impl Iterator<Item = &'a Finding> {
        std::iter::once(self.first).chain(self.rest.iter().copied())
    }

    /// Where else: `4 more: A, B and 2 more`.
    pub(in crate::report) fn likewise(&self) -> Option<String> {
        let unnamed = self.not_listed();
        if self.rest.is_empty() && unnamed == 0 {
            return None;
        }
        let names: Vec<&str> = self.rest.iter().map(|other| &*other.subject.name).collect();
        let more = unnamed.saturating_add(names.len() as u64);
        Some(format!("{} more: {}", words::thousands(more), words::list_of(&names, 3, more)))
    }

    /// Whom it touches, by name: `12 episodes of 3 shows: A, B and C`.
    pub(in crate::report) fn affects(&self, shows: Option<&Shows<'_>>) -> Option<String> {
        let touched = shows.map(|shows| shows.touched(self.all())).unwrap_or_default();
        let named = shows.map(|shows| shows.names(&touched)).unwrap_or_default();
        let episodes = self.episodes();
        let feeds = if self.rest.is_empty() { self.first.affects.feeds } else { touched.len() as u64 };
        let said = words::count(episodes, "episode", "episodes");
        let counted = words::count(feeds, "show", "shows");
        match (episodes, feeds, named.is_empty()) {
            (0, 0, true) => None,
            (0, 0 | 1, false) => Some(named),
            (0, _, true) => Some(counted),
            (0, _, false) => Some(format!("{counted}: {named}")),
            (_, 0, true) => Some(said),
            (_, 0 | 1, false) => Some(format!("{said} of {named}")),
            (_, _, true) => Some(format!("{said} of {counted}")),
            (_, _, false) => Some(format!("{said} of {counted}: {named}")),
        }
    }

    /// How many episodes. Of several findings only the sum is known, and each file or episode
    /// counts once.
    pub(in crate::report) fn episodes(&self) -> u64 {
        if self.rest.is_empty() {
            return self.first.affects.episodes;
        }
        let listed = self.all().map(|finding| &finding.subject.name).collect::<BTreeSet<&Text>>().len() as u64;
        listed.saturating_add(self.not_listed())
    }

    /// How many more there are than are listed.
    fn not_listed(&self) -> u64 {
        self.all().fold(0, |sum, finding| sum.saturating_add(finding.not_listed))
    }

    /// The way around that was tried, in words with its URL.
    pub(in crate::report) fn way_round(&self) -> Option<(&'static str, &'a str)> {
        let bypass = self.first.bypass.as_ref()?;
        let text = if bypass.works { "This URL leaves it out and works:" } else { "Leaving it out does not help:" };
        Some((text, &bypass.url))
    }

    /// How to reach whoever runs the host, as far as the advice does not say it already.
    pub(in crate::report) fn contact(&self, index: &Index<'_>) -> String {
        let finding = self.first;
        let origin = finding.origin.as_deref().and_then(|name| index.origin(name));
        let (support, status) = origin.map_or((None, None), |o| (o.support.as_deref(), o.status_page.as_deref()));
        let new = |text: &&str| !finding.advice.contains(*text);
        let mut parts = Vec::new();
        parts.extend(support.filter(new).map(str::to_owned));
        parts.extend(status.filter(new).map(|url| format!("status page: {url}")));
        parts.join("; ")
    }
}
