//! The serialised forms: what `--format json` prints, field by field and in this order. Fields may
//! be added; none is ever renamed or removed. A value that is not known is `null`.
//!
//! Texts are shared (`Arc<str>`) wherever they repeat, so that a report over ten thousand episodes
//! stays small. Fields marked `serde(skip)` are for the other renderers.

use schemars::JsonSchema;
use serde::Serialize;

pub mod apps;
mod feed;
mod finding;
mod origin;
mod values;

pub use feed::{Chain, Enclosure, Episode, Fault, FaultPhase, Feed, Hop, Media, SecondOpinion, Timings};
pub use finding::{Affects, Bypass, Finding, Subject};
pub use origin::{CertReport, Certificate, Dns, Edge, Origin, OriginsReport, Reason, Tls, Unreadable};
pub use values::{Days, Millis, Name, Named, Seconds, Stamp, Text};

use crate::judge::Verdict;

/// The name and version of [`Report`]'s form.
pub const REPORT_SCHEMA: &str = "podprobe.report/v1";
/// The name and version of [`OriginsReport`]'s form.
pub const ORIGINS_SCHEMA: &str = "podprobe.origins/v1";
/// The name and version of [`CertReport`]'s form.
pub const CERT_SCHEMA: &str = "podprobe.cert/v1";

/// One round over all sources: what `podprobe check --format json` prints.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Report {
    /// `podprobe.report/v1`.
    pub schema: &'static str,
    /// The version of podprobe that made it.
    pub version: Text,
    /// Where it was seen from: `local`.
    pub vantage: Text,
    /// When the round began.
    pub started_at: Stamp,
    /// When the round ended.
    pub finished_at: Stamp,
    /// The time that certificates and policies were judged for (`--at`).
    pub evaluated_at: Stamp,
    /// The worst of everything.
    pub verdict: Name<Verdict>,
    /// True where the round was stopped before its end; otherwise the field is not there.
    #[serde(skip_serializing_if = "is_false")]
    pub interrupted: bool,
    /// How much was looked at and found.
    pub counts: Counts,
    /// Every source, in the order given.
    pub feeds: Vec<Feed>,
    /// Every origin (scheme, host and port) on the way, in the order first met.
    pub origins: Vec<Origin>,
    /// All findings: causes first, then by severity, code and subject.
    pub findings: Vec<Finding>,
    /// Everything was down, the canaries too: the fault is on this side.
    #[serde(skip)]
    pub offline: bool,
}

/// How much was looked at and found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    /// Sources that are feeds, read or not.
    pub feeds: u64,
    /// Episodes.
    pub episodes: u64,
    /// Files of episodes.
    pub enclosures: u64,
    /// Hops of the enclosures' chains.
    pub hops: u64,
    /// Origins.
    pub origins: u64,
    /// Connections, as the servers saw them.
    pub connections: u64,
    /// Requests, as the servers saw them.
    pub requests: u64,
    /// Findings that no other finding explains.
    pub findings: FindingCounts,
}

/// Findings without `caused_by`, by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FindingCounts {
    /// Listeners cannot download now, or are about to be unable to.
    pub critical: u64,
    /// It will break, or breaks for some.
    pub warning: u64,
    /// Worth knowing.
    pub info: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}
