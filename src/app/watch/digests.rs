//! The weekly digest: when it is due. What it says is `app::digest`'s.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::world::World;
use crate::app::digest::{Behind, Known, week};
use crate::config::{DigestSettings, Settings};
use crate::link::Origin;
use crate::notice::{self, Notification, Routing};
use crate::store::{Reader, StoreError};

/// A daemon that was down when a digest was due makes up for it within this time.
const LATE: SignedDuration = SignedDuration::from_hours(24);

/// When the next digest is due.
#[derive(Debug)]
pub(super) struct Digests {
    settings: Option<DigestSettings>,
    time_zone: String,
    next: Option<Timestamp>,
}

impl Digests {
    /// The digests of a configuration, from now on. One that was due within the last day is made up
    /// for: its key is the week's, so nobody gets it twice.
    pub(super) fn new(settings: &Settings, now: Timestamp) -> Self {
        let mut digests = Self { settings: settings.digest.clone(), time_zone: settings.time_zone.clone(), next: None };
        digests.plan(now.checked_sub(LATE).unwrap_or(now));
        digests
    }

    fn plan(&mut self, after: Timestamp) {
        let due = |wanted: &DigestSettings| notice::digest_due(wanted.weekday, wanted.minute, &self.time_zone, after);
        self.next = self.settings.as_ref().map(due);
    }

    /// When the next is due.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.next
    }

    /// The digest, if it is due now. One that was due before anything was looked at is none: it would
    /// say that all was well, and its key is the week's, so that the next start could not make up for
    /// it.
    pub(super) async fn due(
        &mut self,
        history: &Reader,
        world: &World,
        routing: &Routing,
        now: Timestamp,
    ) -> Result<Vec<Notification>, StoreError> {
        let (Some(wanted), Some(at)) = (&self.settings, self.next.filter(|at| *at <= now)) else {
            return Ok(Vec::new());
        };
        if history.first_look().await?.is_none_or(|first| first > at) {
            self.plan(now);
            return Ok(Vec::new());
        }
        let input = week(history, world, at, wanted.channels.clone()).await?;
        self.plan(now);
        Ok(notice::digest(&input, routing, at))
    }
}

impl Known for World {
    fn show(&self, source: &str) -> (BTreeSet<String>, Option<String>) {
        let known = self.with_source(source).shows.into_iter().next();
        known.map(|show| (show.tags, show.owner)).unwrap_or_default()
    }

    fn behind(&self, origin: &Origin) -> Behind {
        let reach = World::behind(self, &BTreeSet::from([origin.clone()]));
        Behind { shows: reach.shows, all: reach.feeds }
    }
}
