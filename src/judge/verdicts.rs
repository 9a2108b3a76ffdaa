//! The judge of a round: takes facts as they become known, gives verdicts, and folds at the end.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::chain::{Canary, Chain, OriginSighting};
use crate::feed::{Enclosure, Episode, Feed, Other};
use crate::judge::trust::{ChainJudgement, Stores};
use crate::judge::{Bypass, Finding, Policy, Verdict};
use crate::link::Origin;
use crate::parties::Catalogue;

/// What became of a chain, for reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Downloadable media stands at the end.
    Media,
    /// A feed's own chain ended in a document.
    Document,
    /// Listeners get nothing.
    Broken,
    /// Blocked to bots, sinkholed, blocked address, rate-limited, interrupted.
    Unknown,
}

/// What a feed's source gave.
#[derive(Clone, Copy, Debug)]
pub enum FeedContent<'a> {
    /// A feed.
    Feed(&'a Feed),
    /// A document that is no feed.
    Other(Other),
    /// Its chain ended without a document.
    Nothing,
}

/// A feed to judge.
#[derive(Clone, Copy, Debug)]
pub struct FeedCase<'a> {
    /// Which feed of the round, from 0.
    pub feed: usize,
    /// The source as given, redacted.
    pub source: &'a str,
    /// The chain of its document; `None` for a file.
    pub chain: Option<&'a Chain>,
    /// What came.
    pub content: FeedContent<'a>,
}

/// An enclosure to judge.
#[derive(Clone, Copy, Debug)]
pub struct EnclosureCase<'a> {
    /// Which feed of the round, from 0.
    pub feed: usize,
    /// The show's title (the source where it has none).
    pub show: &'a str,
    /// The episode.
    pub episode: &'a Episode,
    /// The enclosure.
    pub enclosure: &'a Enclosure,
    /// Its chain; `None` where it cannot be requested.
    pub chain: Option<&'a Chain>,
    /// Ways around failing prefixes that were tried.
    pub bypasses: &'a [Bypass],
}

/// The verdict over an enclosure.
#[derive(Clone, Debug, PartialEq)]
pub struct EnclosureVerdict {
    /// What became of the chain; `None` where there is none.
    pub outcome: Option<Outcome>,
    /// The worst of its own findings and of the findings of origins its chain crosses.
    pub verdict: Verdict,
}

/// The verdict over a feed's own document (episodes apart).
#[derive(Clone, Debug, PartialEq)]
pub struct FeedVerdict {
    /// What became of its chain; `None` for a file.
    pub outcome: Option<Outcome>,
    /// The worst of its own findings.
    pub verdict: Verdict,
}

/// The verdict over one address of an origin.
#[derive(Clone, Debug)]
pub struct EdgeVerdict {
    /// The chain it served, judged; `None` over cleartext or without a session.
    pub certificate: Option<ChainJudgement>,
}

/// The verdict over an origin.
#[derive(Clone, Debug)]
pub struct OriginVerdict {
    /// The worst of its findings.
    pub verdict: Verdict,
    /// One for each edge of the sighting, in its order.
    pub edges: Vec<EdgeVerdict>,
}

/// The end of a round.
#[derive(Clone, Debug)]
pub struct Conclusion {
    /// The verdict over the round.
    pub verdict: Verdict,
    /// All findings, causes first, then by severity, code and subject.
    pub findings: Vec<Finding>,
    /// Episodes and feeds whose chains run through each origin.
    pub through: HashMap<Origin, crate::judge::Affects>,
    /// The verdict over each origin, `origin-failing` and the like included.
    pub origins: HashMap<Origin, Verdict>,
    /// Everything was down and so were the canaries.
    pub offline: bool,
}

/// Judges one round.
#[derive(Debug)]
pub struct Judge<'a> {
    /// Thresholds.
    pub policy: &'a Policy,
    /// The time that certificates are judged for.
    pub at: Timestamp,
    /// Whom to trust.
    pub stores: &'a Stores,
    /// Whose host is whose.
    pub catalogue: &'a Catalogue,
    // private state follows
}

impl<'a> Judge<'a> {
    /// A judge for a round.
    pub fn new(policy: &'a Policy, at: Timestamp, stores: &'a Stores, catalogue: &'a Catalogue) -> Self {
        Self { policy, at, stores, catalogue }
    }

    /// Judges an origin. Call it once for each, before the chains that cross it.
    pub fn origin(&mut self, sighting: &OriginSighting) -> OriginVerdict {
        let _ = sighting;
        unimplemented!()
    }

    /// Judges a feed's document.
    pub fn feed(&mut self, case: &FeedCase<'_>) -> FeedVerdict {
        let _ = case;
        unimplemented!()
    }

    /// Judges an enclosure.
    pub fn enclosure(&mut self, case: &EnclosureCase<'_>) -> EnclosureVerdict {
        let _ = case;
        unimplemented!()
    }

    /// Sees the whole: causes across chains, who is affected, whether the prober was offline.
    /// `canaries` is empty unless they were asked.
    pub fn conclude(self, canaries: &[Canary]) -> Conclusion {
        let _ = canaries;
        unimplemented!()
    }

    /// Whether the canaries should be asked: every origin of at least two registrable domains
    /// failed in DNS or connect.
    pub fn wants_canaries(&self) -> bool {
        unimplemented!()
    }
}
