//! What is kept, in plain structs. Times are [`Timestamp`]s here and milliseconds since 1970 in the
//! tables; texts from outside stand here as they came and are cut to a bound when they are written.
//!
//! A `key` names a thing and is never shown; it must be the same at every round and hold no secret
//! (a hash of the URL, not the URL). What is shown (`url`, `source`) is redacted by the caller.

use jiff::Timestamp;

use crate::incident::{Incident, IncidentId, Transition};
use crate::judge::{Affects, Code, Severity, Subject, Verdict};
use crate::notice::Notification;

/// Everything that one round, or one tick of the clock, brings. It is written whole or not at all.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    /// What a round recorded; `None` for a tick.
    pub round: Option<RoundFacts>,
    /// Incidents that changed, with or without a transition.
    pub incidents: Vec<Incident>,
    /// Incidents that were never more than a suspicion and are dropped.
    pub forgotten: Vec<IncidentId>,
    /// Wishes that are fulfilled with it, by their numbers ([`Reader::acknowledgements`](super::Reader::acknowledgements)).
    pub done_wishes: Vec<i64>,
    /// What happened to incidents. The incident after the last one is written as well.
    pub transitions: Vec<Transition>,
    /// Messages that wait and are held back no longer than they say now: a silence was lifted.
    pub released: Vec<Notification>,
    /// Messages for the outbox.
    pub notifications: Vec<Notification>,
}

/// What a commit added. A commit that is repeated adds nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// Whether the round's facts were new.
    pub round: bool,
    /// New transitions.
    pub transitions: u64,
    /// New messages.
    pub notifications: u64,
}

/// A round and its facts.
#[derive(Clone, Debug)]
pub struct RoundFacts {
    /// The round.
    pub round: Round,
    /// Certificates that origins served, leaves first.
    pub certificates: Vec<CertificateFact>,
    /// Origins that were looked at.
    pub origins: Vec<OriginFact>,
    /// Feeds that were fetched.
    pub feeds: Vec<FeedFact>,
    /// Walks to enclosures, feeds and endpoints.
    pub walks: Vec<WalkFact>,
    /// Findings that the round made, those seen before included.
    pub findings: Vec<FindingFact>,
    /// Ids of findings that were looked for and are gone.
    pub cleared: Vec<String>,
}

/// A round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// Unique, and the same when its commit is repeated.
    pub key: String,
    /// What was due: `origins`, `chains`, `feeds`, ...
    pub kind: String,
    /// Where from.
    pub vantage: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// Feeds fetched.
    pub feeds: u64,
    /// Enclosures walked.
    pub enclosures: u64,
    /// Origins looked at.
    pub origins: u64,
    /// Requests sent.
    pub requests: u64,
    /// Connections opened.
    pub connections: u64,
    /// Jobs that began later than they were due.
    pub late: u64,
    /// Everything was down and so were the canaries.
    pub offline: bool,
    /// Its verdict.
    pub verdict: Verdict,
}

/// A certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFact {
    /// SHA-256 of its DER, lower-case hex.
    pub sha256: String,
    /// The subject's name, RFC 4514.
    pub subject: String,
    /// The issuer's name, RFC 4514.
    pub issuer: String,
    /// Who issued it, whichever intermediate signed: the organisation in the issuer's name, or the
    /// whole name. Habits are counted by it.
    pub authority: String,
    /// Lower-case hex.
    pub serial: String,
    /// The first second of its life.
    pub not_before: Timestamp,
    /// The last.
    pub not_after: Timestamp,
    /// The certificate itself, if it is to be kept (64 KiB at most).
    pub der: Option<Vec<u8>>,
}

/// A leaf that an origin served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Its fingerprint; one of the round's certificates, or one that is known.
    pub sha256: String,
    /// The name of the root that it leads to, if it does.
    pub root: Option<String>,
}

/// An origin as one round saw it.
#[derive(Clone, Debug, PartialEq)]
pub struct OriginFact {
    /// Such as `https://host:443`.
    pub origin: String,
    /// Whose it is, if known.
    pub provider: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Addresses that answered.
    pub edges_up: u32,
    /// Addresses that did not.
    pub edges_down: u32,
    /// The leaves served, that of the most addresses first.
    pub leaves: Vec<Leaf>,
    /// Its verdict.
    pub verdict: Verdict,
    /// Whether listeners get through it: `None` where nobody can tell. Uptime counts this and not the
    /// verdict, which is critical shortly before a certificate ends too.
    pub up: Option<bool>,
    /// From the first packet to the end of the handshake, ms.
    pub total_ms: Option<f64>,
}

/// A feed as one round saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedFact {
    /// Names the feed; see the head of this file.
    pub key: String,
    /// For people, redacted.
    pub source: String,
    /// The show: the configuration's name, or the feed's title.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// What came of it.
    pub answer: FeedAnswer,
}

/// What a feed's fetch gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeedAnswer {
    /// Nothing that can be read; what is known stays.
    Failed,
    /// 304: what is known holds.
    Unchanged,
    /// A document.
    Read {
        /// For `If-None-Match`.
        etag: Option<String>,
        /// For `If-Modified-Since`.
        last_modified: Option<String>,
        /// What it says.
        version: Box<FeedVersion>,
    },
}

/// What a feed says, as far as later rounds compare it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedVersion {
    /// Its title.
    pub title: String,
    /// How many items it has.
    pub items: u64,
    /// A hash over all guids, in whatever order.
    pub guids_hash: String,
    /// Some guids, or hashes of them: the newest (100 are kept).
    pub guids: Vec<String>,
    /// Hosts of its enclosures (100 are kept).
    pub hosts: Vec<String>,
    /// When the last episodes were published, newest first (50 are kept).
    pub dates: Vec<Timestamp>,
    /// The newest of all.
    pub newest: Option<Timestamp>,
    /// The usual time between two episodes, ms.
    pub rhythm_ms: Option<u64>,
}

/// A version and when it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenVersion {
    /// What the feed said.
    pub version: FeedVersion,
    /// First.
    pub first_seen: Timestamp,
    /// Last.
    pub last_seen: Timestamp,
}

/// What is known of a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedState {
    /// Names the feed.
    pub key: String,
    /// For people, redacted.
    pub source: String,
    /// The show.
    pub name: String,
    /// For `If-None-Match`.
    pub etag: Option<String>,
    /// For `If-Modified-Since`.
    pub last_modified: Option<String>,
    /// When it was last read or found unchanged.
    pub read_at: Option<Timestamp>,
    /// The latest version.
    pub latest: Option<SeenVersion>,
}

/// What a walk leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetKind {
    /// A file of an episode.
    Enclosure,
    /// A feed's own document.
    Feed,
    /// An extra endpoint of the configuration.
    Endpoint,
}

impl TargetKind {
    /// Its name in the tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enclosure => "enclosure",
            Self::Feed => "feed",
            Self::Endpoint => "endpoint",
        }
    }
}

/// A walk.
#[derive(Clone, Debug, PartialEq)]
pub struct WalkFact {
    /// Names what was walked to; see the head of this file.
    pub key: String,
    /// What it is.
    pub kind: TargetKind,
    /// The URL, redacted.
    pub url: String,
    /// The feed's key, but for endpoints. A feed that is not among the round's nor known is left out.
    pub feed: Option<String>,
    /// The episode's guid.
    pub guid: Option<String>,
    /// The episode's title, or the endpoint's name.
    pub title: Option<String>,
    /// When it ended.
    pub at: Timestamp,
    /// `media`, `document`, `broken`, `unknown`.
    pub outcome: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// Whether a listener would have got it: `None` where nobody can tell.
    pub up: Option<bool>,
    /// From the first packet to the last, ms.
    pub total_ms: Option<f64>,
    /// The hops, compact and redacted; `[]` is kept of more than 64 KiB.
    pub hops: serde_json::Value,
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingFact {
    /// Its id.
    pub id: String,
    /// Its code.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// About what.
    pub subject: Subject,
    /// One sentence.
    pub summary: String,
    /// The evidence.
    pub detail: String,
    /// The finding that explains it.
    pub caused_by: Option<String>,
    /// Whom it touches.
    pub affects: Affects,
    /// When the round made it.
    pub at: Timestamp,
}

/// A certificate at an origin, from when to when.
#[derive(Clone, Debug, PartialEq)]
pub struct Tenure {
    /// The certificate, without its DER.
    pub certificate: CertificateFact,
    /// The root that it led to.
    pub root: Option<String>,
    /// When the origin was first seen with it.
    pub first_seen: Timestamp,
    /// And last.
    pub last_seen: Timestamp,
    /// The share of the earlier certificate's lifetime that was left when this one came; `None` where
    /// it replaced none of the same authority.
    pub remaining_share: Option<f64>,
}

/// Incidents to go on with after a start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Book {
    /// Those that are not closed, and those closed lately, by number.
    pub incidents: Vec<Incident>,
    /// The next number; no number is given twice.
    pub next: u64,
}

/// How long what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Facts of rounds, in days; two at least, so that a day can be rolled up.
    pub facts_days: u16,
    /// Hourly figures, in days.
    pub hours_days: u16,
    /// Daily figures, closed incidents, findings and what has not been seen for so long, in days.
    pub days_days: u16,
}

impl Default for Retention {
    fn default() -> Self {
        Self { facts_days: 14, hours_days: 90, days_days: 730 }
    }
}
