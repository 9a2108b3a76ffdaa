//! The words of the room.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::incident::{Ending, IncidentId};
use crate::judge::{Code, Severity};

/// Where a message stands in its thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The first about its incident: the platforms start a thread or open an alert.
    First,
    /// A later one: they edit it or thread under it.
    Update,
    /// The last: they resolve it. Also of what was told about podprobe itself, or by `check`.
    End,
    /// About podprobe itself or a digest: it begins no thread of an incident.
    Single,
}

/// A line of evidence: `Since`, `2022-05-30 23:59:59 UTC`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What it is.
    pub label: String,
    /// Its value. Text from outside stands here as it came; each channel makes it safe.
    pub value: String,
}

/// A show in a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowLine {
    /// Its name.
    pub name: String,
    /// Episodes touched.
    pub episodes: u64,
}

/// Lines under a title: a section of a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// What they are.
    pub title: String,
    /// One thing each.
    pub lines: Vec<String>,
}

/// What is told, in no platform's syntax. Texts hold what came from outside as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// One sentence with everything that counts: what broke, whose it is, which shows.
    pub headline: String,
    /// How bad it is now; `None` for good news and digests.
    pub severity: Option<Severity>,
    /// How its incident ended; `None` while that goes on, and for what is about none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<Ending>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// The finding's code.
    pub code: Option<Code>,
    /// The host at fault.
    pub host: Option<String>,
    /// Paragraphs, the most important first.
    pub body: Vec<String>,
    /// Lists after the paragraphs, the most important first; a digest is made of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lists: Vec<List>,
    /// Evidence.
    pub facts: Vec<Fact>,
    /// Shows touched, the most episodes first, bounded.
    pub shows: Vec<ShowLine>,
    /// How many there are in all.
    pub shows_total: u64,
    /// Episodes touched in all.
    pub episodes_total: u64,
    /// What to do.
    pub advice: Option<String>,
    /// Where to read more.
    pub link: Option<String>,
}

/// What holds a message back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// Quiet hours: it is told in the morning, whatever became of it.
    Quiet,
    /// Maintenance or a silence: told when that ends, unless the incident is over by then.
    Muted,
}

/// What a message is about that is no incident: what of podprobe itself is not well, or what
/// `podprobe check` found. The messages that tell of it and the one that says that it is well again are
/// one thread.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum About {
    /// The changed configuration has mistakes.
    Configuration,
    /// A channel takes no messages.
    Undeliverable {
        /// Which.
        channel: String,
    },
    /// What `podprobe check` finds in the same sources.
    Check {
        /// Tells them from others, and shows nothing of them.
        sources: String,
    },
}

impl About {
    /// Names it in keys and in the store.
    pub fn key(&self) -> String {
        match self {
            Self::Configuration => "configuration".to_owned(),
            Self::Undeliverable { channel } => format!("{UNDELIVERABLE}{channel}"),
            Self::Check { sources } => format!("{CHECK}{sources}"),
        }
    }

    /// What [`About::key`] names.
    pub fn of_key(key: &str) -> Option<Self> {
        if let Some(channel) = key.strip_prefix(UNDELIVERABLE) {
            return Some(Self::Undeliverable { channel: channel.to_owned() });
        }
        if let Some(sources) = key.strip_prefix(CHECK) {
            return Some(Self::Check { sources: sources.to_owned() });
        }
        (key == "configuration").then_some(Self::Configuration)
    }
}

const UNDELIVERABLE: &str = "undeliverable:";
const CHECK: &str = "check:";

/// A message to one channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// Unique and the same however often it is composed: what deduplicates on the way. It names
    /// channel, incident and transition.
    pub key: String,
    /// The channel's name in the configuration.
    pub channel: String,
    /// The incident, where it is about one.
    pub incident: Option<IncidentId>,
    /// What else it is about, where that may be well again one day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
    /// Where it stands in the thread.
    pub phase: Phase,
    /// When it was composed.
    pub at: Timestamp,
    /// Not to be sent before (quiet hours, maintenance, silences).
    pub not_before: Option<Timestamp>,
    /// What holds it back, where anything does.
    #[serde(default)]
    pub held: Option<Held>,
    /// What is told.
    pub message: Message,
}

/// Hours of the day when a channel is not disturbed by anything less than critical.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quiet {
    /// Minutes after midnight when it begins, in the time zone.
    pub from: u16,
    /// When it ends; before `from` where it goes past midnight.
    pub to: u16,
    /// Days on which it begins, 1 Monday to 7 Sunday; every day where empty.
    pub days: Vec<u8>,
    /// An IANA time zone.
    pub time_zone: String,
    /// Whether critical ones wait too.
    pub even_critical: bool,
}

/// A time when nobody is told about what it names. Judgement goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Why, for people.
    pub name: String,
    /// Its first second.
    pub from: Timestamp,
    /// Its last.
    pub to: Timestamp,
    /// Hosts (and what is below them) that it is about; all where empty.
    pub hosts: Vec<String>,
    /// Tags that it is about; all where empty.
    pub tags: Vec<String>,
    /// Codes that it is about; all where empty.
    pub codes: Vec<Code>,
}
