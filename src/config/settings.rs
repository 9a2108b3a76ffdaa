//! What a configuration says, resolved: defaults filled in, secrets fetched.

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::Secret;
use crate::incident::Rules;
use crate::judge::{Policy, Severity};
use crate::link::{self, Link};
use crate::notice::{Quiet, Window};
use crate::schedule::{Budget, Intervals};

/// Everything that `podprobe.toml` says.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The file.
    pub file: PathBuf,
    /// Feeds and lists of feeds.
    pub sources: Vec<SourceSettings>,
    /// Extra endpoints.
    pub endpoints: Vec<EndpointSettings>,
    /// The newest episodes of each feed whose chains are walked.
    pub episodes: usize,
    /// Episodes of each feed's back catalogue that are sampled at most.
    pub catalogue: usize,
    /// How often things are looked at.
    pub intervals: Intervals,
    /// What a round may cost.
    pub budget: Budget,
    /// Thresholds of findings.
    pub policy: Policy,
    /// When findings become incidents.
    pub rules: Rules,
    /// Whom to tell.
    pub channels: Vec<ChannelSettings>,
    /// When deliveries are muted (judgement is not).
    pub maintenance: Vec<Window>,
    /// The weekly digest.
    pub digest: Option<DigestSettings>,
    /// The time zone for people (an IANA name); UTC stands beside it everywhere.
    pub time_zone: String,
    /// The page that messages about incidents link to, [`INCIDENT`](crate::notice::INCIDENT) in it for the number.
    pub link: Option<String>,
    /// How connections are made.
    pub network: NetworkSettings,
    /// Whom to trust.
    pub trust: TrustSettings,
    /// Catalogues of hosts and prefixes.
    pub catalogs: Vec<PathBuf>,
    /// The history.
    pub store: StoreSettings,
    /// The dead man's switch.
    pub heartbeat: Option<HeartbeatSettings>,
    /// Health endpoints.
    pub web: Option<WebSettings>,
    /// Logging.
    pub log: LogSettings,
    /// How long a stop waits for what is under way.
    pub grace: Duration,
}

/// A feed, or a list of feeds. Its URL is shown redacted.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceSettings {
    /// URL or path.
    pub source: String,
    /// What people call it; for a list, nothing.
    pub name: Option<String>,
    /// For routing.
    pub tags: BTreeSet<String>,
    /// The channel of whoever owns the show.
    pub channel: Option<String>,
    /// For estimates of what an outage cost.
    pub downloads_per_day: Option<u64>,
}

impl fmt::Debug for SourceSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceSettings")
            .field("source", &link::redact(&self.source))
            .field("name", &self.name)
            .field("tags", &self.tags)
            .field("channel", &self.channel)
            .field("downloads_per_day", &self.downloads_per_day)
            .finish()
    }
}

/// Something else of a host that must work: its CMS, API or status page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointSettings {
    /// What people call it.
    pub name: String,
    /// What is asked for.
    pub url: Link,
    /// Statuses that are fine; any below 400 where none is named.
    pub expect: Vec<u16>,
    /// For routing.
    pub tags: BTreeSet<String>,
    /// Its owner's channel.
    pub channel: Option<String>,
}

/// A channel.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelSettings {
    /// Its name in the file.
    pub name: String,
    /// The kind: `slack`, `email`...
    pub kind: String,
    /// The kind's own options, secrets resolved.
    pub options: Vec<OptionValue>,
    /// Where the table stands.
    pub place: Place,
    /// From which severity on it is told.
    pub from: Severity,
    /// Only shows with one of these tags; all where empty.
    pub tags: BTreeSet<String>,
    /// Told only when nobody acknowledged in time.
    pub escalation_only: bool,
    /// Told only what concerns shows or endpoints that name it as their channel.
    pub owner_only: bool,
    /// When it is not disturbed.
    pub quiet: Option<Quiet>,
}

/// One option of a channel. Its value is not shown.
#[derive(Clone, PartialEq)]
pub struct OptionValue {
    /// Its name.
    pub key: String,
    /// Its value. Whether it is secret the channel's kind knows; until then it is treated as one.
    pub value: serde_json::Value,
    /// Where it stands.
    pub place: Place,
}

impl fmt::Debug for OptionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OptionValue")
            .field("key", &self.key)
            .field("value", &link::REDACTED)
            .field("place", &self.place)
            .finish()
    }
}

/// A place in the file, both from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

/// The weekly digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestSettings {
    /// Who gets it: names of channels; all where empty.
    pub channels: Vec<String>,
    /// 1 is Monday, 7 Sunday (ISO 8601).
    pub weekday: u8,
    /// Minutes after midnight in the time zone.
    pub minute: u16,
}

/// How connections are made; as the options of `check`.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkSettings {
    /// As `--resolve`.
    pub resolve: Vec<String>,
    /// As `--connect-to`.
    pub connect_to: Vec<String>,
    /// As `--dns`.
    pub dns: Option<SocketAddr>,
    /// As `--allow-net`.
    pub allow_net: Vec<ipnet::IpNet>,
    /// As `--canary`.
    pub canaries: Vec<(String, u16)>,
    /// Requests under way at once, in all.
    pub concurrency: u16,
    /// To one host.
    pub per_host: u16,
    /// For one TCP connect.
    pub connect_timeout: Duration,
    /// For one hop.
    pub timeout: Duration,
    /// Redirects after which a chain is given up.
    pub max_redirects: u16,
    /// The User-Agent.
    pub user_agent: String,
}

/// Whom to trust; as the options of `check`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustSettings {
    /// As `--ca-file`.
    pub ca_files: Vec<PathBuf>,
    /// As `--trust`: name and bundle.
    pub stores: Vec<(String, PathBuf)>,
    /// As `--no-default-roots`.
    pub no_default_roots: bool,
}

/// The history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreSettings {
    /// A file, or `postgres://`.
    pub url: Secret,
    /// Days that facts are kept.
    pub facts_days: u32,
    /// Days that hourly sums are kept.
    pub hours_days: u32,
    /// Days that daily sums are kept.
    pub days_days: u32,
}

/// The dead man's switch: asked for as long as all is well with podprobe itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeartbeatSettings {
    /// What is asked for.
    pub url: Secret,
    /// How often.
    pub every: Duration,
}

/// Health endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebSettings {
    /// Where `/healthz` and `/readyz` are served.
    pub listen: SocketAddr,
}

/// Logging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// Its form.
    pub format: LogFormat,
    /// How much.
    pub level: Level,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One object a line.
    Json,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What failed.
    Error,
    /// And what looks wrong.
    Warn,
    /// And what was done.
    #[default]
    Info,
    /// And every hop.
    Debug,
}
