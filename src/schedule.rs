//! `schedule` says what is due: which origins, chains, feeds and endpoints are to be looked at,
//! when to wake, within which budget for each host. It neither sleeps nor walks.
//!
//! # The policy
//!
//! Work is planned by origin and route, not by episode. A *route* is the list of origins that an
//! enclosure's chain crosses, as far as it is known; everything behind one route breaks together.
//!
//! - Every origin gets its handshakes at each *origin round* (default every 5 min). All of them are
//!   due together, so that what fails together is judged together.
//! - The newest episodes' chains are walked at each *chain round* (15 min), at most
//!   [`Budget::per_route`] of each route, by turns: a show alone behind its route is walked whole, a
//!   thousand shows behind one host take turns.
//! - Of the back catalogue each route gives a sample a day, at most [`Budget::sample_per_route`],
//!   spread over the day's chain rounds, which comes round within [`Intervals::catalogue_days`]
//!   where the budget allows it. Which enclosures a day takes depends on nothing but the day.
//! - Feeds are fetched by turns within their interval (10 min); an enclosure that a feed shows for
//!   the first time is due at once.
//! - What an open incident is about is walked at every chain round until it is over.
//! - No origin is asked more than [`Budget::per_origin`] times a round; who finds no room has the
//!   next turn.
//! - A route that nothing takes any more is forgotten after two days, and an origin with the last route
//!   that crosses it ([`Plan::forget`]).
//!
//! So a round costs what its origins and routes cost, however many episodes stand behind them.
//!
//! Rounds of all kinds start with an offset and a jitter that depend on the seed alone. A round that
//! comes late by whole intervals is one round, and those missed are counted: work never piles up.

mod cadence;
mod plan;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use plan::{Due, Plan, Planned};

/// How often things are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intervals {
    /// Handshakes with every address of every origin.
    pub origins: Duration,
    /// Chains of the newest episodes.
    pub chains: Duration,
    /// Feeds.
    pub feeds: Duration,
    /// Extra endpoints.
    pub endpoints: Duration,
    /// Days within which the whole back catalogue is walked once, where the budget allows it.
    pub catalogue_days: u32,
}

impl Default for Intervals {
    fn default() -> Self {
        Self {
            origins: Duration::from_mins(5),
            chains: Duration::from_mins(15),
            feeds: Duration::from_mins(10),
            endpoints: Duration::from_mins(5),
            catalogue_days: 30,
        }
    }
}

/// What a round may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Newest episodes of one route in one chain round.
    pub per_route: usize,
    /// Episodes of the back catalogue of one route in one day.
    pub sample_per_route: usize,
    /// Requests to one origin in one round, feeds and chains together.
    pub per_origin: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { per_route: 10, sample_per_route: 24, per_origin: 120 }
    }
}

/// An origin of the plan, numbered from 0 in the order they became known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OriginId(pub u32);

/// A feed, numbered by whoever made the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeedId(pub u32);

/// An enclosure, numbered by whoever made the plan (a hash of its URL will do).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnclosureId(pub u64);

/// An extra endpoint, numbered by whoever made the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointId(pub u32);

/// Why a chain is walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// A feed shows it for the first time.
    Fresh,
    /// An open incident is about it.
    Recheck,
    /// It is among the newest.
    Newest,
    /// It is the back catalogue's turn.
    Sample,
}
