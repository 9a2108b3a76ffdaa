//! Who is touched, by name: which shows' episodes cross what a finding is about.

use std::collections::{BTreeSet, HashMap};

use crate::judge::SubjectKind;
use crate::markup;
use crate::report::model::{Chain, Finding, Report};

/// Titles that are written out; the others are counted.
const MAX_NAMED: usize = 5;
/// Columns of one title.
const MAX_TITLE: usize = 60;

/// Shows, by what they depend on. A show is known by its feed's place in the report.
pub(in crate::report) struct Shows<'a> {
    titles: Vec<&'a str>,
    /// Shows with an episode that crosses an origin.
    by_origin: HashMap<&'a str, Vec<usize>>,
    /// Shows whose feed itself crosses an origin.
    feeds_by_origin: HashMap<&'a str, Vec<usize>>,
    by_file: HashMap<&'a str, Vec<usize>>,
    by_guid: HashMap<&'a str, Vec<usize>>,
    by_feed: HashMap<&'a str, Vec<usize>>,
    /// Findings, by the finding that explains them.
    explained: HashMap<&'a str, Vec<&'a Finding>>,
}

impl<'a> Shows<'a> {
    pub(in crate::report) fn of(report: &'a Report) -> Self {
        let mut shows = Self {
            titles: report.feeds.iter().map(|feed| feed.title.as_deref().unwrap_or(&feed.source)).collect(),
            by_origin: HashMap::new(),
            feeds_by_origin: HashMap::new(),
            by_file: HashMap::new(),
            by_guid: HashMap::new(),
            by_feed: HashMap::new(),
            explained: HashMap::new(),
        };
        for (at, feed) in report.feeds.iter().enumerate() {
            add(&mut shows.by_feed, &feed.source, at);
            feed.url.iter().for_each(|url| add(&mut shows.by_feed, url, at));
            crossed(feed.chain.as_ref()).for_each(|origin| add(&mut shows.feeds_by_origin, origin, at));
            for episode in &feed.episodes {
                episode.guid.iter().for_each(|guid| add(&mut shows.by_guid, guid, at));
                for enclosure in &episode.enclosures {
                    add(&mut shows.by_file, &enclosure.url, at);
                    crossed(enclosure.chain.as_ref()).for_each(|origin| add(&mut shows.by_origin, origin, at));
                }
            }
        }
        for finding in &report.findings {
            if let Some(cause) = &finding.caused_by {
                shows.explained.entry(cause).or_default().push(finding);
            }
        }
        shows
    }

    /// The shows that findings touch, in the order of the report. What one of them explains at
    /// other hosts counts with it.
    pub(in crate::report) fn touched<'f>(&self, findings: impl IntoIterator<Item = &'f Finding>) -> BTreeSet<usize> {
        let mut touched = BTreeSet::new();
        for finding in findings {
            self.add_touched(finding, &mut touched);
            for other in self.explained.get(&*finding.id).into_iter().flatten() {
                self.add_touched(other, &mut touched);
            }
        }
        touched
    }

    fn add_touched(&self, finding: &Finding, touched: &mut BTreeSet<usize>) {
        let id = &*finding.subject.id;
        let of = |map: &HashMap<&str, Vec<usize>>, key: &str| map.get(key).cloned().unwrap_or_default();
        match finding.subject.kind.0 {
            SubjectKind::Origin | SubjectKind::Edge => {
                for origin in finding.origin.as_deref().into_iter().chain([id]) {
                    touched.extend(of(&self.by_origin, origin));
                    touched.extend(of(&self.feeds_by_origin, origin));
                }
            }
            SubjectKind::Enclosure => touched.extend(of(&self.by_file, id)),
            SubjectKind::Episode => touched.extend(self.with_episode(finding)),
            SubjectKind::Feed => touched.extend(of(&self.by_feed, id)),
        }
    }

    /// The shows of an episode: those with its guid. Some hosts number the episodes of every show
    /// alike; then the name, which begins with the show's title, decides.
    fn with_episode(&self, finding: &Finding) -> Vec<usize> {
        let all = self.by_guid.get(&*finding.subject.id).cloned().unwrap_or_default();
        if all.len() as u64 <= finding.affects.feeds.max(1) {
            return all;
        }
        let named = |at: &&usize| self.titles.get(**at).is_some_and(|title| finding.subject.name.starts_with(title));
        let named: Vec<usize> = all.iter().filter(named).copied().collect();
        if named.is_empty() { all } else { named }
    }

    /// How many shows have an episode that crosses an origin.
    pub(in crate::report) fn through(&self, origin: &str) -> u64 {
        self.by_origin.get(origin).map_or(0, |shows| shows.len() as u64)
    }

    /// How many feeds are fetched through an origin.
    pub(in crate::report) fn feeds_through(&self, origin: &str) -> u64 {
        self.feeds_by_origin.get(origin).map_or(0, |feeds| feeds.len() as u64)
    }

    /// The findings that this one explains.
    pub(in crate::report) fn explained_by(&self, finding: &Finding) -> impl Iterator<Item = &'a Finding> {
        self.explained.get(&*finding.id).into_iter().flatten().copied()
    }

    /// Titles: up to five, then how many more.
    pub(in crate::report) fn names(&self, shows: &BTreeSet<usize>) -> String {
        let titles = shows.iter().filter_map(|at| self.titles.get(*at));
        let mut names: Vec<String> =
            titles.take(MAX_NAMED).map(|title| markup::fit(title, MAX_TITLE).into_owned()).collect();
        let more = shows.len().saturating_sub(names.len());
        if more > 0 {
            names.push(format!("{more} more"));
        }
        match names.split_last() {
            None => String::new(),
            Some((last, [])) => last.clone(),
            Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        }
    }
}

/// The origins on a chain.
fn crossed(chain: Option<&Chain>) -> impl Iterator<Item = &str> {
    chain.into_iter().flat_map(|chain| &chain.hops).map(|hop| &*hop.origin)
}

/// Shows come in their order, so that only the last one can be there already.
fn add<'a>(map: &mut HashMap<&'a str, Vec<usize>>, key: &'a str, show: usize) {
    let shows = map.entry(key).or_default();
    if shows.last() != Some(&show) {
        shows.push(show);
    }
}
