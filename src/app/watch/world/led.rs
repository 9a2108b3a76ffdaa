//! What of the subjects of findings is still led to, and what was taken out.
//!
//! That nothing is known to lead somewhere does not mean that it was taken out: a way around a failing
//! prefix stands in no feed, and after a start the hosts behind redirects are not met yet. Only what
//! was once led to in this run, and is not any more, is gone.

use std::collections::{BTreeMap, BTreeSet};

use super::World;
use crate::link::Link;
use crate::schedule::FeedId;

/// Feeds remembered for one subject; one that is read again tells of those beyond.
const MAX_LEADING: usize = 64;

/// The subjects that were led to when a round ended, and some of the feeds that did.
#[derive(Debug, Default)]
pub(super) struct Met(BTreeMap<String, BTreeSet<FeedId>>);

impl World {
    /// What incidents are about: those of it that something leads to are remembered as such, the rest
    /// keeps what was known of it.
    pub(in crate::app::watch) fn meet(&mut self, subjects: &BTreeSet<String>) {
        let unknown = self.unknown(subjects.clone());
        self.met.0.retain(|subject, _| subjects.contains(subject));
        for subject in subjects.difference(&unknown) {
            self.met.0.insert(subject.clone(), self.leading(subject));
        }
    }

    /// Those of these subjects that something led to in this run and nothing does any more. A feed may
    /// lose an episode for one edition: while one of the feeds that led there is watched, only a round
    /// that read one of them (`read`) says so.
    pub(in crate::app::watch) fn gone(
        &self,
        mut subjects: BTreeSet<String>,
        read: &BTreeSet<FeedId>,
    ) -> BTreeSet<String> {
        subjects.retain(|subject| {
            self.met.0.get(subject).is_some_and(|feeds| {
                feeds.iter().any(|feed| read.contains(feed)) || !feeds.iter().any(|feed| self.feeds.contains_key(feed))
            })
        });
        self.unknown(subjects)
    }

    /// Those of these subjects that nothing is known to lead to: no feed, no enclosure of one, no
    /// endpoint, no route.
    pub(super) fn unknown(&self, mut subjects: BTreeSet<String>) -> BTreeSet<String> {
        if subjects.is_empty() {
            return subjects;
        }
        let origins = self.plan.crossed_now();
        let mut known: BTreeSet<String> =
            origins.into_iter().filter_map(|origin| self.plan.name(origin)).map(ToOwned::to_owned).collect();
        known.extend(self.settings.endpoints.iter().map(|endpoint| endpoint.url.to_string()));
        // Where requests lead that the plan does not know of: redirects of feeds and endpoints, and of
        // walks that failed on the way.
        let met = self.feeds.values().map(|feed| &feed.led).chain(self.strays.values()).chain(self.asked.values());
        known.extend(met.flatten().map(ToString::to_string));
        subjects.retain(|subject| {
            !known.contains(subject) && !self.index.has_source(subject) && self.places_of(subject).is_empty()
        });
        subjects
    }

    /// Some of the feeds that lead to a subject: those that have the file, or cross the host. A feed
    /// itself and an endpoint are led to by the configuration.
    fn leading(&self, subject: &str) -> BTreeSet<FeedId> {
        let places = self.places_of(subject);
        if !places.is_empty() {
            return places.into_iter().map(|(_, feed)| feed).take(MAX_LEADING).collect();
        }
        // An endpoint or a feed may be a bare host as well; it is not known by whoever crosses that.
        let origin = Link::parse(subject).map(|link| link.origin()).ok().filter(|origin| origin.to_string() == subject);
        let behind = origin.map(|origin| self.index.behind(&BTreeSet::from([origin]))).unwrap_or_default();
        behind.into_keys().take(MAX_LEADING).collect()
    }
}
