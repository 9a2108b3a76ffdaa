//! What only the past shows: another certificate than before, a renewal later than this host's
//! habit, a feed that is not what it was, a show that has fallen silent. The past comes as
//! arguments; the daemon keeps it.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::feed::Feed;
use crate::judge::checks::{host_of, origin_subject};
use crate::judge::{Code, Finding, Severity, Subject, SubjectKind, say};
use crate::link::Origin;
use crate::parties::Party;

/// How long a change is news.
pub const NEWS: SignedDuration = SignedDuration::from_hours(24);

/// Renewals without which there is no habit.
const HABIT: usize = 2;

/// Items below which a count says nothing when it shrinks.
const FEW_ITEMS: u64 = 10;

/// The newest guids that are looked for.
const GUIDS: usize = 20;

/// Dates that a rhythm is read from, the newest.
const DATES: usize = 11;

/// Dates without which there is no rhythm.
const FEW_DATES: usize = 5;

/// A show is silent for too long after so many of its usual gaps.
const GAPS: i64 = 3;

/// A leaf that an origin serves or served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// SHA-256 of its DER, lower-case hex.
    pub sha256: String,
    /// Who issued it, whichever intermediate signed: the organisation named in the issuer.
    pub authority: String,
    /// The root that it leads to, where it leads to one.
    pub root: Option<String>,
    /// First valid second.
    pub not_before: Timestamp,
    /// Last valid second.
    pub not_after: Timestamp,
    /// When it was first seen there.
    pub first_seen: Timestamp,
}

/// `cert-changed`: the origin serves another certificate than before, for as long as that is news.
/// Worth a warning where the issuer or the root is another too: a new root cuts off old devices.
pub fn certificate_changed(
    origin: &Origin,
    party: &Party,
    before: &Held,
    now: &Held,
    at: Timestamp,
) -> Option<Finding> {
    if before.sha256 == now.sha256 || at.duration_since(now.first_seen) >= NEWS {
        return None;
    }
    let host = host_of(origin, party);
    let root = match (&before.root, &now.root) {
        (Some(before), Some(now)) if before != now => Some(format!("root {now} instead of {before}")),
        _ => None,
    };
    let issuer = (before.authority != now.authority)
        .then(|| format!("issued by {} instead of {}", now.authority, before.authority));
    let changes: Vec<String> = issuer.into_iter().chain(root).collect();
    let (severity, summary) = if changes.is_empty() {
        (Severity::Info, format!("{host} serves a new certificate."))
    } else {
        let summary = format!("{host} serves a certificate of another authority: old devices may not trust it.");
        (Severity::Warning, summary)
    };
    let also = if changes.is_empty() { String::new() } else { format!("; {}", changes.join("; ")) };
    let detail = format!(
        "{} (valid until {}) replaced {} (valid until {}){also}.",
        short(&now.sha256),
        say::when(now.not_after.as_second()),
        short(&before.sha256),
        say::when(before.not_after.as_second()),
    );
    let finding = Finding::new(Code::CertChanged, origin_subject(origin, party), summary, detail);
    Some(finding.severity(severity).at(origin.clone()))
}

/// What a host's earlier renewals say of the one that is due.
#[derive(Clone, Debug, PartialEq)]
pub enum Habit {
    /// Too few renewals are known.
    Unknown,
    /// By its habit it is not late.
    InTime,
    /// It is late: `cert-renewal-overdue`.
    Late(Box<Finding>),
}

/// Whether a renewal is late by the host's own habit: less of the lifetime is left than at any of
/// the earlier renewals (`shares`, 0 to 1, of what was left), by twice their spread (their standard
/// deviation). It takes two renewals at least.
pub fn renewal(origin: &Origin, party: &Party, held: &Held, shares: &[f64], at: Timestamp) -> Habit {
    let shares: Vec<f64> = shares.iter().copied().filter(|share| share.is_finite()).collect();
    if shares.len() < HABIT {
        return Habit::Unknown;
    }
    let lifetime = held.not_after.duration_since(held.not_before).as_secs_f64();
    let left = held.not_after.duration_since(at).as_secs_f64();
    if lifetime <= 0.0 || left <= 0.0 {
        return Habit::Unknown;
    }
    let count = shares.len() as f64;
    let mean = shares.iter().sum::<f64>() / count;
    let spread = (shares.iter().map(|share| (share - mean).powi(2)).sum::<f64>() / count).sqrt();
    let smallest = shares.iter().copied().fold(f64::INFINITY, f64::min);
    let bound = smallest - 2.0 * spread;
    let share = left / lifetime;
    if share >= bound {
        return Habit::InTime;
    }
    let host = host_of(origin, party);
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let summary = format!("{host} has not renewed its certificate, although it usually would have by now.");
    let detail = format!(
        "{} of the lifetime is left, until {}; the last {} renewals came when {} to {} were left.",
        percent(share),
        say::when(held.not_after.as_second()),
        shares.len(),
        percent(smallest),
        percent(shares.iter().copied().fold(0.0, f64::max)),
    );
    let finding = Finding::new(Code::CertRenewalOverdue, origin_subject(origin, party), summary, detail);
    Habit::Late(Box::new(finding.at(origin.clone())))
}

/// What a feed said earlier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedPast {
    /// Its title.
    pub title: String,
    /// How many items it had.
    pub items: u64,
    /// The guids of its newest items, the newest first.
    pub guids: Vec<String>,
    /// The hosts of its enclosures.
    pub hosts: BTreeSet<String>,
}

/// What a feed says, as [`FeedPast`] remembers it; guids as they are.
pub fn remembered(feed: &Feed) -> FeedPast {
    let links = feed.episodes.iter().flat_map(|episode| &episode.enclosures);
    let hosts = links.filter_map(|enclosure| enclosure.link.as_ref().ok()).map(|link| link.origin().host.to_string());
    FeedPast {
        title: feed.title.clone(),
        items: feed.items as u64,
        guids: feed.episodes.iter().filter_map(|episode| episode.guid.clone()).collect(),
        hosts: hosts.collect(),
    }
}

/// `feed-changed`: the title is another, most of the newest guids are gone, the number of items has
/// collapsed, or no enclosure host is left of those before. `source` and `show` name the feed.
pub fn feed_changed(source: &str, show: &str, before: &FeedPast, now: &FeedPast) -> Option<Finding> {
    let mut changes = Vec::new();
    if !before.title.is_empty() && before.title.trim() != now.title.trim() {
        let title = if now.title.is_empty() { "nothing" } else { &now.title };
        changes.push(format!("the title was {:?} and is {:?}", say::cut(&before.title, 80), say::cut(title, 80)));
    }
    let looked_for: Vec<&String> = before.guids.iter().take(GUIDS).collect();
    let here: BTreeSet<&String> = now.guids.iter().collect();
    let gone = looked_for.iter().filter(|guid| !here.contains(**guid)).count();
    if looked_for.len() >= 3 && gone * 2 > looked_for.len() {
        changes.push(format!("{gone} of the {} newest episodes are gone", looked_for.len()));
    }
    if before.items >= FEW_ITEMS && now.items.saturating_mul(2) < before.items {
        changes.push(format!("it had {} items and has {}", before.items, now.items));
    }
    if !before.hosts.is_empty() && !now.hosts.is_empty() && before.hosts.is_disjoint(&now.hosts) {
        let list = |hosts: &BTreeSet<String>| {
            let named: Vec<&str> = hosts.iter().take(3).map(String::as_str).collect();
            named.join(", ")
        };
        changes.push(format!("its files were at {} and are at {}", list(&before.hosts), list(&now.hosts)));
    }
    if changes.is_empty() {
        return None;
    }
    let subject = Subject { kind: SubjectKind::Feed, id: source.to_owned(), name: show.to_owned() };
    // What is compared with may be minutes old, on the first day; it is never older than a day.
    let summary = format!("The feed of {} changed within the last day.", say::cut(show, 80));
    Some(Finding::new(Code::FeedChanged, subject, summary, sentence(&changes)))
}

/// A show's own rhythm: the median of its latest gaps, ms. `None` where too few dates are known.
pub fn rhythm(dates: &[Timestamp]) -> Option<i64> {
    let mut dates: Vec<i64> = dates.iter().map(|date| date.as_millisecond()).collect();
    dates.sort_unstable_by(|a, b| b.cmp(a));
    dates.truncate(DATES);
    if dates.len() < FEW_DATES {
        return None;
    }
    let mut gaps: Vec<i64> = dates.iter().zip(dates.iter().skip(1)).map(|(later, earlier)| later - earlier).collect();
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).copied().filter(|gap| *gap > 0)
}

/// `feed-stale`: no new episode for three times the show's own rhythm.
pub fn feed_stale(source: &str, show: &str, dates: &[Timestamp], at: Timestamp) -> Option<Finding> {
    let rhythm = rhythm(dates)?;
    let newest = dates.iter().filter(|date| **date <= at).max()?;
    let silent = at.as_millisecond().saturating_sub(newest.as_millisecond());
    if silent <= rhythm.saturating_mul(GAPS) {
        return None;
    }
    let subject = Subject { kind: SubjectKind::Feed, id: source.to_owned(), name: show.to_owned() };
    let summary = format!("{} has had no new episode for {}.", say::cut(show, 80), say::span(silent / 1000));
    let detail = format!(
        "The newest is of {}; usually one comes every {}.",
        say::when(newest.as_second()),
        say::span(rhythm / 1000)
    );
    Some(Finding::new(Code::FeedStale, subject, summary, detail))
}

/// Clauses as one sentence.
fn sentence(clauses: &[String]) -> String {
    let text = clauses.join("; ") + ".";
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn short(sha256: &str) -> &str {
    sha256.get(..16).unwrap_or(sha256)
}

#[cfg(test)]
mod tests;
