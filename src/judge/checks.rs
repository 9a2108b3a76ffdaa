//! The checks: one file each, and the slice that lists them all. A check looks at facts of one
//! scope and says what is wrong with them; what explains what is `fold`'s.
//!
//! To add one: a file here with a `CHECK`, and its line in [`ALL`].

mod bot_wall;
mod certificate;
mod cleartext;
mod connect;
mod dns;
mod edges;
mod enclosure;
mod feed_document;
mod feed_health;
mod guard;
mod http_status;
mod long;
mod media_head;
mod media_kind;
mod media_length;
mod media_range;
mod media_size;
mod media_slow;
mod media_streamable;
mod media_truncated;
mod media_type;
mod offline;
mod origin_failing;
mod prefix;
mod protocol;
mod rate_limit;
mod redirects;
mod route;
mod scope;
mod slow;
mod timeouts;
mod tls;

pub(crate) use feed_health::is_missing_page;
pub(crate) use prefix::advice as advice_for_prefix;
pub(crate) use scope::{
    Bench, ChainFacts, EdgeState, EnclosureFacts, FeedFacts, OriginFacts, Owner, RoundFacts, edge_state,
    enclosure_subject_id, host_of, is_no_route, origin_subject,
};

use crate::chain::RequestFailure;
use crate::judge::tally::FailClass;
use crate::judge::walk::Ending;
use crate::judge::{Code, Finding};

/// What a check looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One origin: its name, addresses, certificates.
    Origin,
    /// One chain, an enclosure's or a feed's own.
    Chain,
    /// One enclosure with its chain and media.
    Enclosure,
    /// One feed document.
    Feed,
    /// The whole round.
    Round,
}

/// A check as it is registered.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// The name of its file.
    pub name: &'static str,
    /// Every code that it can raise. No other check raises them.
    pub codes: &'static [Code],
    /// What it does, for each scope that it looks at.
    pub(crate) runs: &'static [Run],
}

impl Check {
    /// What it looks at.
    pub fn scopes(&self) -> impl Iterator<Item = Scope> {
        self.runs.iter().map(|run| match run {
            Run::Origin(_) => Scope::Origin,
            Run::Chain(_) => Scope::Chain,
            Run::Enclosure(_) => Scope::Enclosure,
            Run::Feed(_) => Scope::Feed,
            Run::Round(_) => Scope::Round,
        })
    }
}

/// A check's function, by scope.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Run {
    Origin(fn(&OriginFacts<'_>, &mut Vec<Finding>)),
    Chain(fn(&ChainFacts<'_>, &mut Vec<Finding>)),
    Enclosure(fn(&EnclosureFacts<'_>, &mut Vec<Finding>)),
    Feed(fn(&FeedFacts<'_>, &mut Vec<Finding>)),
    Round(fn(&RoundFacts<'_>, &mut Vec<Finding>)),
}

/// All checks.
pub const ALL: &[Check] = &[
    dns::CHECK,
    connect::CHECK,
    guard::CHECK,
    edges::CHECK,
    tls::CHECK,
    certificate::CHECK,
    http_status::CHECK,
    origin_failing::CHECK,
    bot_wall::CHECK,
    rate_limit::CHECK,
    timeouts::CHECK,
    protocol::CHECK,
    redirects::CHECK,
    cleartext::CHECK,
    slow::CHECK,
    long::CHECK,
    route::CHECK,
    media_kind::CHECK,
    media_size::CHECK,
    media_truncated::CHECK,
    media_type::CHECK,
    media_length::CHECK,
    media_range::CHECK,
    media_head::CHECK,
    media_slow::CHECK,
    media_streamable::CHECK,
    feed_document::CHECK,
    feed_health::CHECK,
    enclosure::CHECK,
    prefix::CHECK,
    offline::CHECK,
];

/// What all checks say of an origin.
pub(crate) fn origin(facts: &OriginFacts<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    for run in ALL.iter().flat_map(|check| check.runs) {
        if let Run::Origin(run) = run {
            run(facts, &mut out);
        }
    }
    out
}

/// What all checks say of an enclosure and its chain.
pub(crate) fn enclosure(facts: &EnclosureFacts<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    for run in ALL.iter().flat_map(|check| check.runs) {
        match (run, &facts.chain) {
            (Run::Enclosure(run), _) => run(facts, &mut out),
            (Run::Chain(run), Some(chain)) => run(chain, &mut out),
            _ => {}
        }
    }
    out
}

/// What all checks say of a feed and its chain.
pub(crate) fn feed(facts: &FeedFacts<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    for run in ALL.iter().flat_map(|check| check.runs) {
        match (run, &facts.chain) {
            (Run::Feed(run), _) => run(facts, &mut out),
            (Run::Chain(run), Some(chain)) => run(chain, &mut out),
            _ => {}
        }
    }
    out
}

/// What all checks say of the round.
pub(crate) fn round(facts: &RoundFacts<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    for run in ALL.iter().flat_map(|check| check.runs) {
        if let Run::Round(run) = run {
            run(facts, &mut out);
        }
    }
    out
}

/// Whether a chain's end says nothing of what listeners get: a bot wall, a rate limit, a hidden
/// host, a secret that was kept back, or a round that was stopped.
pub(crate) fn is_undecided(chain: &ChainFacts<'_>) -> bool {
    match chain.walk.ending {
        Ending::Interrupted | Ending::NoAnswer(_, RequestFailure::Withheld(_)) => true,
        Ending::NoConnection(_) => chain.hidden,
        Ending::Refused(_, answer) => bot_wall::is_wall(chain.walk.chain, answer) || rate_limit::is_limit(answer),
        Ending::Reached(_) | Ending::NoAnswer(..) | Ending::Circle(..) | Ending::TooMany(..) | Ending::Lost(..) => {
            false
        }
    }
}

/// How the last hop failed after its connection stood, where it failed in a way that can be a
/// failure of its whole origin. A URL that was not asked shows nothing.
pub(crate) fn fail_class(chain: &ChainFacts<'_>) -> Option<FailClass> {
    match chain.walk.ending {
        Ending::NoAnswer(_, RequestFailure::NotAsked { .. } | RequestFailure::Withheld(_)) => None,
        Ending::NoAnswer(_, why) if timeouts::is_timeout(why) => Some(FailClass::Timeout),
        Ending::NoAnswer(..) => Some(FailClass::Protocol),
        Ending::Refused(_, answer) if answer.status >= 500 && !is_undecided(chain) => Some(FailClass::ServerError),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
