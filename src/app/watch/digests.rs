//! The weekly digest: when it is due, and what the history says for it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::world::World;
use crate::config::{DigestSettings, Settings};
use crate::link::{Link, Origin};
use crate::notice::{self, DigestIncident, DigestInput, Expiry, Notification, Routing, Uptime};
use crate::store::{Reader, Scale, Standing, StoreError, ThingKind};

/// What a digest looks back on.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A daemon that was down when a digest was due makes up for it within this time.
const LATE: SignedDuration = SignedDuration::from_hours(24);

/// Incidents that are listed.
const INCIDENTS: u32 = 1_000;

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

    /// The digest, if it is due now.
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
        let channels = wanted.channels.clone();
        let from = at.checked_sub(WEEK).unwrap_or(at);
        let input = week(history, world, from, at, channels).await?;
        self.plan(now);
        Ok(notice::digest(&input, routing, at))
    }
}

async fn week(
    history: &Reader,
    world: &World,
    from: Timestamp,
    to: Timestamp,
    channels: Vec<String>,
) -> Result<DigestInput, StoreError> {
    let standings = history.overview(from, to, Scale::Hour).await?;
    let mut shows = Vec::new();
    let mut providers: BTreeMap<String, Uptime> = BTreeMap::new();
    let mut expiries = Vec::new();
    for standing in &standings {
        match standing.thing.kind {
            ThingKind::Show => shows.push(show(world, standing)),
            ThingKind::Origin => {
                let name = standing.thing.about.clone().unwrap_or_else(|| host(&standing.thing.name));
                let known = providers.entry(name.clone()).or_insert_with(|| blank(name));
                known.checks = known.checks.saturating_add(standing.checks);
                known.failed = known.failed.saturating_add(standing.failed);
                known.unknown = known.unknown.saturating_add(standing.unknown);
                expiries.extend(expiry(history, world, &standing.thing.name, to).await?);
            }
            // Whether a feed can be fetched says nothing about downloads.
            ThingKind::Feed | ThingKind::Endpoint => {}
        }
    }
    let mut incidents = Vec::new();
    for line in history.incidents(Some(from), INCIDENTS).await? {
        // What was never confirmed was told to nobody.
        let Some(dossier) = history.incident(crate::incident::IncidentId(line.id)).await? else { continue };
        let incident = dossier.incident;
        if incident.opened_at.is_some() && incident.since <= to {
            incidents.push(DigestIncident {
                id: incident.id,
                summary: incident.summary,
                since: incident.since,
                closed_at: incident.closed_at,
                ending: incident.ending,
                shows: incident.shows,
            });
        }
    }
    Ok(DigestInput { from, to, channels, expiries, shows, providers: providers.into_values().collect(), incidents })
}

/// What people call an origin whose provider is not known: its host, with the port where that is an
/// unusual one.
fn host(origin: &str) -> String {
    let Ok(link) = Link::parse(origin) else { return origin.to_owned() };
    let Origin { host, port, .. } = link.origin();
    if matches!(port, 80 | 443) { host.to_string() } else { format!("{host}:{port}") }
}

fn blank(name: String) -> Uptime {
    Uptime { name, tags: BTreeSet::new(), owner: None, checks: 0, failed: 0, unknown: 0 }
}

fn show(world: &World, standing: &Standing) -> Uptime {
    let source = standing.thing.about.as_deref().unwrap_or_default();
    let known = world.with_source(source).shows.into_iter().next();
    let (tags, owner) = known.map(|show| (show.tags, show.owner)).unwrap_or_default();
    Uptime {
        name: standing.thing.name.clone(),
        tags,
        owner,
        checks: standing.checks,
        failed: standing.failed,
        unknown: standing.unknown,
    }
}

/// When the certificate that an origin serves now ends.
async fn expiry(history: &Reader, world: &World, origin: &str, now: Timestamp) -> Result<Option<Expiry>, StoreError> {
    let Some(tenure) = history.tenures(origin, 1).await?.into_iter().next() else { return Ok(None) };
    let Ok(link) = Link::parse(origin) else { return Ok(None) };
    if now.duration_since(tenure.last_seen) >= WEEK {
        return Ok(None);
    }
    let behind = world.behind(&BTreeSet::<Origin>::from([link.origin()]));
    Ok(Some(Expiry {
        host: link.origin().host.to_string(),
        not_after: tenure.certificate.not_after,
        shows: behind.shows,
        shows_total: behind.feeds,
    }))
}
