//! The weekly digest: what ends next, how well it went, what happened.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::hold::local;
use super::message::fact;
use super::service::{plain, single};
use super::{List, Message, Notification, Route, Routing, say};
use crate::incident::{self, IncidentId, Show};
use crate::judge::Severity;

/// The most lines of a section, and the longest names and summaries, in characters.
const MAX_LINES: usize = 10;
const MAX_NAME: usize = 120;
const MAX_SUMMARY: usize = 240;

/// What the history says of a week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestInput {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
    /// Who gets it, by name; where empty, every channel that is not for escalations only.
    pub channels: Vec<String>,
    /// Certificates in use.
    pub expiries: Vec<Expiry>,
    /// Shows.
    pub shows: Vec<Uptime>,
    /// Providers, or origins whose provider is not known.
    pub providers: Vec<Uptime>,
    /// Incidents that were open in that week.
    pub incidents: Vec<DigestIncident>,
}

/// When the certificate of a host ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// The host.
    pub host: String,
    /// Its certificate's last second.
    pub not_after: Timestamp,
    /// Shows behind it.
    pub shows: Vec<Show>,
    /// How many there are in all.
    pub shows_total: u64,
}

/// How often something worked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uptime {
    /// A show's name, a provider's, an origin's.
    pub name: String,
    /// Of a show: its tags.
    pub tags: BTreeSet<String>,
    /// Of a show: its owner's channel.
    pub owner: Option<String>,
    /// How often it was looked at.
    pub checks: u64,
    /// How often it failed.
    pub failed: u64,
    /// How often nobody could tell.
    pub unknown: u64,
}

/// An incident of the week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestIncident {
    /// Its number.
    pub id: IncidentId,
    /// What it is about.
    pub summary: String,
    /// When it began.
    pub since: Timestamp,
    /// When it was over.
    pub closed_at: Option<Timestamp>,
    /// How it ended, where that is known.
    pub ending: Option<incident::Ending>,
    /// Shows that it touched.
    pub shows: Vec<Show>,
}

impl DigestIncident {
    /// Whether its end was seen; of what ended before endings were kept that is taken for granted.
    fn is_proved(&self) -> bool {
        self.ending.is_none_or(incident::Ending::is_proved)
    }
}

/// The digest for every channel that gets it. Channels that are told of some shows only get these,
/// and no providers.
pub fn digest(input: &DigestInput, routing: &Routing, now: Timestamp) -> Vec<Notification> {
    let zone = say::zone(&routing.time_zone);
    let week = now.to_zoned_datetime(zone.clone()).date().iso_week_date();
    let week = format!("{:04}-W{:02}", week.year(), week.week());
    let title = format!("Week {week}");
    let gets = |route: &&Route| {
        if input.channels.is_empty() { !route.escalation_only } else { input.channels.contains(&route.channel) }
    };
    let to = |route: &Route| {
        let message = message(&Part::of(input, route), input, &title, &zone);
        single(format!("{}:digest:{week}", route.channel), &route.channel, now, message)
    };
    routing.channels.iter().filter(gets).map(to).collect()
}

/// What the digest of the days just past says, asked for by a person: for a channel, or everything
/// for whoever asked. It does not take the week's own place.
pub fn digest_now(input: &DigestInput, route: Option<&Route>, time_zone: &str, now: Timestamp) -> Notification {
    let everything = Route {
        channel: String::new(),
        from: Severity::Info,
        tags: BTreeSet::new(),
        escalation_only: false,
        owner_only: false,
        quiet: None,
    };
    let route = route.unwrap_or(&everything);
    let days = say::seconds(input.from, input.to) / 86_400;
    let title = format!("The last {}", say::count(days, "day"));
    let message = message(&Part::of(input, route), input, &title, &say::zone(time_zone));
    single(format!("{}:digest:{}", route.channel, now.as_millisecond()), &route.channel, now, message)
}

/// A certificate's end, and how many shows of a channel stand behind it.
type Ending<'a> = (&'a Expiry, u64);

/// The part of a digest that is a channel's business.
struct Part<'a> {
    expiries: Vec<Ending<'a>>,
    shows: Vec<&'a Uptime>,
    providers: Vec<&'a Uptime>,
    closed: Vec<&'a DigestIncident>,
    /// Closed, and nobody knows whether they are mended.
    unwatched: Vec<&'a DigestIncident>,
    open: Vec<&'a DigestIncident>,
}

impl<'a> Part<'a> {
    fn of(input: &'a DigestInput, route: &Route) -> Self {
        let whole = route.tags.is_empty() && !route.owner_only;
        let mine = |show: &&Show| route.concerns(&show.tags, show.owner.as_deref());
        let behind = |expiry: &'a Expiry| {
            let shows = u64::try_from(expiry.shows.iter().filter(mine).count()).unwrap_or(u64::MAX);
            let shows = if whole { expiry.shows_total.max(shows) } else { shows };
            (whole || shows > 0).then_some((expiry, shows))
        };
        let mut expiries: Vec<_> = input.expiries.iter().filter_map(behind).collect();
        expiries.sort_by_key(|(expiry, _)| (expiry.not_after, &expiry.host));
        let told = |incident: &&DigestIncident| whole || incident.shows.iter().any(|show| mine(&show));
        let mut incidents: Vec<&DigestIncident> = input.incidents.iter().filter(told).collect();
        incidents.sort_by_key(|incident| (incident.since, incident.id));
        let (open, closed): (Vec<_>, Vec<_>) = incidents.into_iter().partition(|incident| incident.closed_at.is_none());
        let (closed, unwatched) = closed.into_iter().partition(|incident| incident.is_proved());
        let shows = input.shows.iter().filter(|show| route.concerns(&show.tags, show.owner.as_deref()));
        let providers = input.providers.iter().filter(|_| whole);
        Self { expiries, shows: worst_first(shows), providers: worst_first(providers), closed, unwatched, open }
    }

    /// The certificates that have ended at a time, and those that have not.
    fn ended(&self, at: Timestamp) -> (&[Ending<'a>], &[Ending<'a>]) {
        let ended = self.expiries.partition_point(|(expiry, _)| expiry.not_after < at);
        self.expiries.split_at_checked(ended).unwrap_or((&[], &[]))
    }
}

fn worst_first<'a>(all: impl Iterator<Item = &'a Uptime>) -> Vec<&'a Uptime> {
    let mut known: Vec<&Uptime> = all.filter(|uptime| share(uptime).is_some()).collect();
    known.sort_by_key(|uptime| (share(uptime), Reverse(uptime.failed), &uptime.name));
    known
}

/// Hundredths of a percent that worked of what could be told, rounded down; `None` where nothing
/// could be.
fn share(uptime: &Uptime) -> Option<u64> {
    let told = uptime.checks.checked_sub(uptime.unknown).filter(|told| *told > 0)?;
    let worked = u128::from(told.saturating_sub(uptime.failed));
    u64::try_from(worked.saturating_mul(10_000) / u128::from(told)).ok()
}

/// `99.95 %`, `100 %`.
fn percent(hundredths: u64) -> String {
    match (hundredths / 100, hundredths % 100) {
        (whole, 0) => format!("{whole} %"),
        (whole, rest) => format!("{whole}.{rest:02} %"),
    }
}

fn message(part: &Part<'_>, input: &DigestInput, title: &str, zone: &TimeZone) -> Message {
    let mut lists = Vec::new();
    let mut section = |title: &str, mut lines: Vec<String>| {
        let more = lines.len().saturating_sub(MAX_LINES);
        lines.truncate(MAX_LINES);
        if more > 0 {
            lines.push(format!("and {} more", say::thousands(u64::try_from(more).unwrap_or(u64::MAX))));
        }
        if !lines.is_empty() {
            lists.push(List { title: title.to_owned(), lines });
        }
    };
    let incidents = |incidents: &[&DigestIncident]| -> Vec<String> {
        incidents.iter().map(|incident| incident_line(incident, input.to)).collect()
    };
    let (ended, next) = part.ended(input.to);
    let expiries = |expiries: &[(&Expiry, u64)]| -> Vec<String> {
        expiries.iter().map(|(expiry, shows)| expiry_line(expiry, *shows, input.to)).collect()
    };
    section("Still open", incidents(&part.open));
    section("Certificates that have ended and are still served", expiries(ended));
    section("Certificates that end next", expiries(next));
    section("Over", incidents(&part.closed));
    section("Closed, and not known to be mended", incidents(&part.unwatched));
    section("Uptime by show", uptimes(&part.shows));
    section("Uptime by provider", uptimes(&part.providers));
    let facts = vec![fact("From", say::both(input.from, zone)), fact("To", say::both(input.to, zone))];
    Message { lists, facts, ..plain(headline(part, input, title)) }
}

fn headline(part: &Part<'_>, input: &DigestInput, title: &str) -> String {
    let to = input.to;
    let closed = part.closed.len().saturating_add(part.unwatched.len());
    let all = u64::try_from(part.open.len().saturating_add(closed)).unwrap_or(u64::MAX);
    let mut text = match (all, part.open.len()) {
        // Silence must not read as praise.
        (0, _) if input.shows.is_empty() && input.providers.is_empty() => format!("{title}: nothing was looked at"),
        (0, _) => format!("{title}: no incident"),
        (_, 0) if part.unwatched.is_empty() => format!("{title}: {}, all over", say::count(all, "incident")),
        (_, 0) => format!("{title}: {}, none still open", say::count(all, "incident")),
        (_, open) => format!("{title}: {}, {open} still open", say::count(all, "incident")),
    };
    let (ended, next) = part.ended(to);
    let host = |expiry: &Expiry| say::cut(&expiry.host, MAX_NAME);
    match ended {
        [] => {}
        [(one, _)] => {
            let ago = say::left(say::seconds(one.not_after, to));
            text = format!("{text}; the certificate of {} ended {ago} ago", host(one));
        }
        [(first, _), rest @ ..] => {
            let all = u64::try_from(ended.len()).unwrap_or(u64::MAX);
            let rest = say::count(u64::try_from(rest.len()).unwrap_or(u64::MAX), "other");
            text = format!("{text}; {} have ended ({} and {rest})", say::count(all, "certificate"), host(first));
        }
    }
    if let Some((next, _)) = next.first() {
        let left = say::left(say::seconds(to, next.not_after));
        text = format!("{text}; the next certificate ends in {left} ({})", host(next));
    }
    text + "."
}

fn incident_line(incident: &DigestIncident, to: Timestamp) -> String {
    let summary = say::cut(say::clause(&incident.summary), MAX_SUMMARY);
    // Of a certificate that has not ended yet the beginning may lie ahead.
    let lasted = say::lasted(say::seconds(incident.since, incident.closed_at.unwrap_or(to)));
    match incident.closed_at {
        Some(_) if !incident.is_proved() => format!("Incident {}: {summary} (closed after {lasted})", incident.id.0),
        Some(_) => format!("Incident {}: {summary} (lasted {lasted})", incident.id.0),
        None => format!("Incident {}: {summary} (began {lasted} ago)", incident.id.0),
    }
}

fn expiry_line(expiry: &Expiry, shows: u64, at: Timestamp) -> String {
    let host = say::cut(&expiry.host, MAX_NAME);
    let end = say::utc(expiry.not_after);
    let when = if expiry.not_after < at {
        format!("{} ago", say::left(say::seconds(expiry.not_after, at)))
    } else {
        format!("in {}", say::left(say::seconds(at, expiry.not_after)))
    };
    let shows = say::touched(shows, 0).map(|shows| format!(" ({shows})")).unwrap_or_default();
    format!("{host}: {when}, {end}{shows}")
}

fn uptimes(all: &[&Uptime]) -> Vec<String> {
    let line = |uptime: &&Uptime| Some(format!("{}: {}", say::cut(&uptime.name, MAX_NAME), percent(share(uptime)?)));
    all.iter().filter_map(line).collect()
}

/// When the next digest after a time is due: on a weekday (1 Monday to 7 Sunday), so many minutes
/// after midnight on the clock of a zone.
pub fn digest_due(weekday: u8, minute: u16, time_zone: &str, after: Timestamp) -> Timestamp {
    let zone = say::zone(time_zone);
    let mut day = after.to_zoned_datetime(zone.clone()).date();
    // Today may be the day and the minute past: a week and a day are looked at.
    for _ in 0..8 {
        let is_it = u8::try_from(day.weekday().to_monday_one_offset()).is_ok_and(|one| one == weekday.clamp(1, 7));
        if let Some(at) = local(day, minute, &zone).filter(|at| is_it && *at > after) {
            return at;
        }
        let Ok(next) = day.tomorrow() else { break };
        day = next;
    }
    after.checked_add(SignedDuration::from_hours(7 * 24)).unwrap_or(Timestamp::MAX)
}
