//! The words of the room.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::judge::{Affects, Code, Finding, Severity, Subject};

/// Numbers incidents within one store, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IncidentId(pub u64);

/// What an incident is about; its identity. Two findings of the same cause are one incident,
/// however many episodes show it.
///
/// The dates of a certificate (`cert-expiring`, `cert-expired`, `cert-renewal-overdue`) are one
/// cause, known by the certificate's fingerprint: what expires at last is what was announced weeks
/// before. Findings about enclosures are one cause by code and by the origin at fault.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cause {
    /// The code that stands for the cause: the finding's, or `cert-expired` for the dates of a
    /// certificate.
    pub code: Code,
    /// What it is about: the finding's subject, or the origin at fault of an enclosure's.
    pub subject: Subject,
    /// Of a certificate: SHA-256 in lower-case hex. It alone tells such causes apart.
    pub certificate: Option<String>,
}

/// A show that a finding touches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Show {
    /// Its title, or the name that the configuration gives it.
    pub name: String,
    /// The source, redacted; tells shows of one title apart.
    pub source: String,
    /// Episodes of it that are touched.
    pub episodes: u64,
    /// Tags of the source in the configuration.
    pub tags: BTreeSet<String>,
    /// The channel of whoever owns the show, if the configuration names one.
    pub owner: Option<String>,
    /// Downloads a day that the configuration states.
    pub downloads_per_day: Option<u64>,
}

/// A finding that no other explains, and the shows that it touches.
#[derive(Clone, Debug, PartialEq)]
pub struct Raised {
    /// The finding; `caused_by` is `None`.
    pub finding: Finding,
    /// Shows behind it, by name.
    pub shows: Vec<Show>,
}

/// What a round looked at. Only what was looked at and not found again is over: a handshake says
/// nothing about a missing file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Covered {
    /// Origins whose name resolved and whose every address was tried to an end (subject ids such as
    /// `https://host:443`).
    pub origins: BTreeSet<String>,
    /// Those of them that showed their certificates at every address that could be reached: nothing
    /// else says that a certificate was renewed.
    pub served: BTreeSet<String>,
    /// Origins that chains were walked through: what only answers to requests show.
    pub walked: BTreeSet<String>,
    /// Enclosures walked to their end (subject ids).
    pub enclosures: BTreeSet<String>,
    /// Feeds fetched (subject ids).
    pub feeds: BTreeSet<String>,
    /// Extra endpoints asked (subject ids).
    pub endpoints: BTreeSet<String>,
    /// Subjects of any kind that nothing leads to any more: taken out of the configuration, a list
    /// or a feed. Nothing will look there again, and whether they are mended is not known.
    pub gone: BTreeSet<String>,
}

/// What one round saw.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// When the round ended; what certificates were judged for.
    pub at: Timestamp,
    /// Where from.
    pub vantage: String,
    /// Root findings.
    pub raised: Vec<Raised>,
    /// What was looked at.
    pub covered: Covered,
    /// Everything was down and so were the canaries: nothing is known about anybody else.
    pub offline: bool,
}

/// Where an incident stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Seen, and not yet often enough to be told.
    Suspected,
    /// Going on.
    Open,
    /// Coming and going: told once, then silent until it settles.
    Flapping,
    /// Over. It may reopen within the window of the rules.
    Closed,
}

/// A step on the way of a certificate to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Another half of the time that was left at the first notice is over.
    Halved,
    /// A day has passed in the last stretch.
    Daily,
    /// It has run out.
    Expired,
}

/// What happened to an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Happened {
    /// It is confirmed.
    Opened,
    /// A certificate came a step nearer to its end, or reached it.
    Stepped {
        /// Which.
        step: Step,
    },
    /// It became more severe, or touches many more.
    Worsened {
        /// The severity before.
        from: Severity,
    },
    /// It became less severe.
    Eased {
        /// The severity before.
        from: Severity,
    },
    /// It is over.
    Recovered,
    /// It is closed, and whether it is mended is not known: nothing looks there any more.
    /// [`Incident::ending`] says why.
    Unwatched,
    /// It came back within the window.
    Reopened,
    /// It began to come and go.
    Flapping,
    /// It is still there and nobody has acknowledged it.
    Reminded,
    /// Nobody acknowledged it in time: the second channel is told.
    Escalated,
    /// Somebody has taken it up.
    Acknowledged {
        /// Who, as they call themselves.
        by: String,
        /// From whom they took it over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
    },
    /// Whoever had taken it up has handed it back: nobody has it.
    Released {
        /// Who said so.
        by: String,
    },
}

impl Happened {
    /// Whether it closes an incident.
    pub fn is_end(&self) -> bool {
        matches!(self, Self::Recovered | Self::Unwatched)
    }
}

/// How an incident ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Every place where it was seen was looked at again and found well.
    Mended,
    /// Those places that are still watched were found well; nothing leads to the others any more.
    Partly,
    /// Nothing leads there any more: taken out of the configuration, a list or a feed.
    Unwatched,
    /// Nothing has looked there for a long time ([`Rules::forget`](crate::incident::Rules::forget)).
    Unseen,
}

impl Ending {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Mended, Self::Partly, Self::Unwatched, Self::Unseen];

    /// Its name in JSON and in the tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mended => "mended",
            Self::Partly => "partly",
            Self::Unwatched => "unwatched",
            Self::Unseen => "unseen",
        }
    }

    /// Whether a look found it well, wherever podprobe still looks.
    pub fn is_proved(self) -> bool {
        matches!(self, Self::Mended | Self::Partly)
    }
}

/// An incident: one cause over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its number.
    pub id: IncidentId,
    /// What it is about.
    pub cause: Cause,
    /// The finding's code now (`cert-expiring`, later `cert-expired`).
    pub code: Code,
    /// How bad it is now; the worst that it was, once it is over.
    pub severity: Severity,
    /// Where it stands.
    pub state: State,
    /// When the fault began, as far as is known: a certificate's end, or the first round that saw it.
    pub since: Timestamp,
    /// When it was confirmed.
    pub opened_at: Option<Timestamp>,
    /// The last round that saw it.
    pub seen_at: Timestamp,
    /// When it was over.
    pub closed_at: Option<Timestamp>,
    /// How it ended; `None` while it goes on, and of one that was closed before this was recorded.
    #[serde(default)]
    pub ending: Option<Ending>,
    /// Who took it up, and when.
    pub acknowledged: Option<(String, Timestamp)>,
    /// When the certificate that it is about runs out.
    pub expires_at: Option<Timestamp>,
    /// The latest finding's words.
    pub summary: String,
    /// Its evidence.
    pub detail: String,
    /// Its advice.
    pub advice: String,
    /// The host at fault, for people.
    pub host: Option<String>,
    /// Feeds and episodes touched.
    pub affects: Affects,
    /// Shows touched, the most episodes first, bounded; `affects.feeds` says how many in all.
    pub shows: Vec<Show>,
    /// Transitions so far; the next one's number.
    pub transitions: u32,
    /// What the rules remember: opaque to everybody else.
    pub memory: serde_json::Value,
}

impl Incident {
    /// The worst that it was so far. What the rules remember of it is asked for here, and nowhere
    /// else outside this room.
    pub fn worst(&self) -> Severity {
        let remembered = match self.memory.get("worst").and_then(serde_json::Value::as_str) {
            Some("critical") => Severity::Critical,
            Some("warning") => Severity::Warning,
            _ => Severity::Info,
        };
        remembered.max(self.severity)
    }

    /// Whether the second channel was told of it since it last opened or was taken up.
    pub fn is_escalated(&self) -> bool {
        self.memory.get("told_second").and_then(serde_json::Value::as_bool) == Some(true)
    }
}

/// A change of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// Which, from 0, of its incident: with the incident's number it is unique in a store.
    pub number: u32,
    /// When.
    pub at: Timestamp,
    /// What.
    pub happened: Happened,
    /// The incident after it.
    pub incident: Incident,
}
