//! Findings.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Name, Named, Text};
use crate::judge::{Code, Severity, SubjectKind};

/// A judgement over recorded facts.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Finding {
    /// Stable from round to round: a hash of code and subject.
    pub id: Text,
    /// What is wrong; `podprobe explain CODE` says more. New codes may be added.
    pub code: Name<Code>,
    /// How bad it is here.
    pub severity: Name<Severity>,
    /// What it is about.
    pub subject: Subject,
    /// One sentence that a podcaster understands.
    pub summary: Text,
    /// The evidence.
    pub detail: Text,
    /// What to do, and who can do it.
    pub advice: Text,
    /// The id of the finding that explains this one; null where it stands for itself.
    pub caused_by: Option<Text>,
    /// Whom it touches.
    pub affects: Affects,
    /// How many more of its feed have the same, for which it stands: of thousands some are listed. The field is
    /// there only where it is not 0.
    #[serde(skip_serializing_if = "is_zero")]
    pub not_listed: u64,
    /// A way around it that was tried; the field is there only where one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bypass: Option<Bypass>,
    /// The origin where it happened, whatever the subject is.
    #[serde(skip)]
    pub origin: Option<Text>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Subject {
    /// Which kind of thing.
    pub kind: Name<SubjectKind>,
    /// The URL, origin, address, or guid.
    pub id: Text,
    /// For people.
    pub name: Text,
}

/// Whom a finding touches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Affects {
    /// Feeds.
    pub feeds: u64,
    /// Episodes.
    pub episodes: u64,
}

/// A way around a fault that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Bypass {
    /// The URL without the failing part, redacted.
    pub url: Text,
    /// Whether the audio came that way.
    pub works: bool,
}

impl Named for Severity {
    fn name(self) -> &'static str {
        self.as_str()
    }

    fn names() -> Vec<&'static str> {
        [Self::Critical, Self::Warning, Self::Info].map(Self::as_str).to_vec()
    }
}

impl Named for SubjectKind {
    fn name(self) -> &'static str {
        self.as_str()
    }

    fn names() -> Vec<&'static str> {
        [Self::Feed, Self::Episode, Self::Enclosure, Self::Origin, Self::Edge].map(Self::as_str).to_vec()
    }
}

impl Named for Code {
    fn name(self) -> &'static str {
        self.as_str()
    }

    fn names() -> Vec<&'static str> {
        Self::ALL.iter().map(|info| info.name).collect()
    }
}
