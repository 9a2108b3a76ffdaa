//! A finding: what is wrong, with what, since whom, and what to do.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::cert::{Fingerprint, UnixSeconds};
use crate::judge::{Code, fold};
use crate::link::Origin;

/// How bad it is. Ordered: `Info < Warning < Critical`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// It will break, or breaks for some.
    Warning,
    /// A listener cannot download now, or is about to be unable to.
    Critical,
}

impl Severity {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// The state of an enclosure, episode, feed, origin or round.
/// Ordered by what counts: `Ok < Warning < Unknown < Critical`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Verdict {
    /// Nothing that listeners notice, now or soon.
    #[default]
    Ok,
    /// Something that listeners do not notice yet.
    Warning,
    /// It could not be judged.
    Unknown,
    /// Listeners cannot download.
    Critical,
}

impl Verdict {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Unknown => "unknown",
            Self::Critical => "critical",
        }
    }
}

impl From<Severity> for Verdict {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Info => Self::Ok,
            Severity::Warning => Self::Warning,
            Severity::Critical => Self::Critical,
        }
    }
}

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// Which kind of thing.
    pub kind: SubjectKind,
    /// The URL (redacted), origin, address, or an episode's guid within its feed.
    pub id: String,
    /// For people: the show and episode's title, the host's name.
    pub name: String,
}

/// The kinds of subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectKind {
    /// A feed document.
    Feed,
    /// An item of a feed.
    Episode,
    /// A file of an episode.
    Enclosure,
    /// Scheme, host and port.
    Origin,
    /// One address of an origin.
    Edge,
}

impl SubjectKind {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Feed => "feed",
            Self::Episode => "episode",
            Self::Enclosure => "enclosure",
            Self::Origin => "origin",
            Self::Edge => "edge",
        }
    }
}

/// Whom a finding touches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affects {
    /// Feeds.
    pub feeds: u64,
    /// Episodes.
    pub episodes: u64,
}

/// A way around a fault that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bypass {
    /// The URL without the failing part, redacted.
    pub url: String,
    /// Whether the audio came that way.
    pub works: bool,
    /// The prefix that it leaves out.
    pub without: Origin,
}

/// The certificate that a finding is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRef {
    /// SHA-256 of its DER.
    pub sha256: Fingerprint,
    /// Its last valid second (RFC 5280 4.1.2.5).
    pub not_after: UnixSeconds,
    /// The origins of the round that serve it with this fault, in order.
    pub origins: Vec<Origin>,
}

/// Stable over rounds: a hash of code and subject, 16 hex digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingId(pub String);

impl FindingId {
    /// The id of a code raised for a subject.
    pub fn of(code: Code, subject: &Subject) -> Self {
        let text = format!("{}\n{}\n{}", code.as_str(), subject.kind.as_str(), subject.id);
        let print = Fingerprint::of(text.as_bytes()).to_string();
        Self(print.chars().take(16).collect())
    }
}

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A judgement over recorded facts. Texts hold what came from outside as it came; `markup` makes
/// them safe where they are shown. URLs in them are redacted already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable hash of code and subject.
    pub id: FindingId,
    /// What is wrong.
    pub code: Code,
    /// How bad it is here.
    pub severity: Severity,
    /// What it is about.
    pub subject: Subject,
    /// One sentence that a podcaster understands.
    pub summary: String,
    /// The evidence.
    pub detail: String,
    /// What to do, and who can do it.
    pub advice: String,
    /// The finding that explains this one.
    pub caused_by: Option<FindingId>,
    /// Whom it touches.
    pub affects: Affects,
    /// How many more of its feed have the same, for which it stands: they are not told one by one.
    pub not_listed: u64,
    /// The origin where it happened, whatever the subject is.
    pub origin: Option<Origin>,
    /// A way around it that was tried.
    pub bypass: Option<Bypass>,
    /// The certificate that it is about: the one of several that ends first; `None` where it could
    /// not be read.
    pub certificate: Option<CertificateRef>,
}

impl Finding {
    /// A finding with the code's own severity and advice, affecting nobody yet.
    pub fn new(code: Code, subject: Subject, summary: String, detail: String) -> Self {
        let info = code.info();
        Self {
            id: FindingId::of(code, &subject),
            code,
            severity: info.severity,
            subject,
            summary,
            detail,
            advice: info.advice.to_owned(),
            caused_by: None,
            affects: Affects::default(),
            not_listed: 0,
            origin: None,
            bypass: None,
            certificate: None,
        }
    }

    /// The same with another severity.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Whether it is an origin's own fault, by which apps fail there now: it explains what failed
    /// at that origin. A certificate that is about to run out still works.
    pub(crate) fn is_fault(&self) -> bool {
        let code = self.code;
        let certificate = code.is_certificate() && code != Code::CertExpiring;
        let own = code.is_dns() || code.is_connect() || code.is_tls() || certificate || code == Code::OriginFailing;
        own && self.severity == Severity::Critical
    }

    /// It stands for so many more of its feed.
    pub(crate) fn more_alike(&mut self, more: usize) {
        if more > 0 {
            self.not_listed = more as u64;
            fold::append(&mut self.detail, &format!("{more} more of this feed have the same and are not listed."));
        }
    }

    /// The same, said to have happened at this origin.
    #[must_use]
    pub fn at(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }
}
