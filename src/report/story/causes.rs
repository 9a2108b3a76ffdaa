//! Which causes stand behind one file, one feed or one host.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::judge::SubjectKind;
use crate::report::model::{Enclosure, Feed, Finding, Report};

/// Findings by what they are about.
pub(in crate::report) struct Causes<'a> {
    /// By id.
    all: HashMap<&'a str, &'a Finding>,
    /// About files, episodes and feeds, by URL, guid or source.
    subjects: HashMap<&'a str, Vec<&'a Finding>>,
    /// About origins and their addresses, by origin.
    origins: HashMap<&'a str, Vec<&'a Finding>>,
}

impl<'a> Causes<'a> {
    pub(in crate::report) fn of(report: &'a Report) -> Self {
        let mut causes = Self { all: HashMap::new(), subjects: HashMap::new(), origins: HashMap::new() };
        for finding in &report.findings {
            causes.all.insert(&finding.id, finding);
            let map = match finding.subject.kind.0 {
                SubjectKind::Origin | SubjectKind::Edge => &mut causes.origins,
                SubjectKind::Feed | SubjectKind::Episode | SubjectKind::Enclosure => &mut causes.subjects,
            };
            let key = match (finding.subject.kind.0, &finding.origin) {
                (SubjectKind::Edge, Some(origin)) => origin,
                _ => &finding.subject.id,
            };
            map.entry(key).or_default().push(finding);
        }
        causes
    }

    /// What stands behind a file: its own findings and those of the hosts on its way.
    pub(in crate::report) fn of_enclosure(&self, enclosure: &'a Enclosure) -> Vec<&'a Finding> {
        let hops = enclosure.chain.iter().flat_map(|chain| &chain.hops);
        let there = hops.flat_map(|hop| get(&self.origins, &hop.origin));
        self.roots(get(&self.subjects, &enclosure.url).chain(there))
    }

    /// What stands behind a feed's own document.
    pub(in crate::report) fn of_feed(&self, feed: &'a Feed) -> Vec<&'a Finding> {
        let url = feed.url.iter().flat_map(|url| get(&self.subjects, url));
        let hops = feed.chain.iter().flat_map(|chain| &chain.hops);
        let there = hops.flat_map(|hop| get(&self.origins, &hop.origin));
        self.roots(get(&self.subjects, &feed.source).chain(url).chain(there))
    }

    /// What stands behind a host.
    pub(in crate::report) fn of_origin(&self, origin: &str) -> Vec<&'a Finding> {
        self.roots(get(&self.origins, origin))
    }

    /// The findings that explain these, each once, the worst first.
    fn roots(&self, findings: impl Iterator<Item = &'a Finding>) -> Vec<&'a Finding> {
        let mut roots: Vec<&Finding> = Vec::new();
        for finding in findings {
            let cause = finding.caused_by.as_deref().and_then(|id| self.all.get(id).copied());
            let root = cause.unwrap_or(finding);
            if !roots.iter().any(|known| known.id == root.id) {
                roots.push(root);
            }
        }
        roots.sort_by_key(|finding| Reverse(finding.severity));
        roots
    }
}

fn get<'a>(map: &HashMap<&'a str, Vec<&'a Finding>>, key: &str) -> impl Iterator<Item = &'a Finding> {
    map.get(key).cloned().unwrap_or_default().into_iter()
}
