//! How often a platform takes a message, as it publishes it. Kept to before it has to say 429; when it
//! says so all the same, its `Retry-After` counts.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// So many messages within so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Messages at most.
    pub most: usize,
    /// Within any span of this length.
    pub within: Duration,
}

/// What a platform takes from one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// All of them hold; none where the platform publishes none.
    pub limits: &'static [Rate],
    /// Where they are published.
    pub source: &'static str,
}

impl Rate {
    pub(super) const fn new(most: usize, within_s: u64) -> Self {
        Self { most, within: Duration::from_secs(within_s) }
    }
}

impl Rates {
    /// Nothing is published.
    pub(super) const NONE: Self = Self { limits: &[], source: "" };

    /// How many of the last messages have to be remembered.
    pub fn remembered(&self) -> usize {
        self.limits.iter().map(|rate| rate.most).max().unwrap_or(0)
    }

    /// When the next message may go after those that were sent (oldest first); `None`: at any time.
    pub fn next(&self, sent: &VecDeque<Timestamp>) -> Option<Timestamp> {
        let free = |rate: &Rate| {
            let first = sent.get(sent.len().checked_sub(rate.most)?)?;
            let within = SignedDuration::try_from(rate.within).unwrap_or(SignedDuration::MAX);
            Some(first.checked_add(within).unwrap_or(Timestamp::MAX))
        };
        self.limits.iter().filter_map(free).max()
    }
}

impl fmt::Display for Rates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut limits = self.limits.iter();
        let Some(first) = limits.next() else { return f.write_str("no published rate") };
        let s = if first.most == 1 { "" } else { "s" };
        write!(f, "at most {} message{s} in {} s", first.most, first.within.as_secs())?;
        limits.try_for_each(|rate| write!(f, " and {} in {} s", rate.most, rate.within.as_secs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::KINDS;

    #[test]
    fn every_platform_states_its_rate_and_where_it_is_published() {
        for kind in KINDS {
            let none = ["alertmanager", "email", "webhook"].contains(&kind.name);
            assert_eq!(kind.rates.limits.is_empty(), none, "{}", kind.name);
            assert_eq!(kind.rates.source.starts_with("https://"), !none, "{}", kind.name);
            for rate in kind.rates.limits {
                assert!(rate.most > 0 && !rate.within.is_zero(), "{}", kind.name);
            }
        }
    }

    #[test]
    fn no_span_holds_more_than_the_platform_takes_and_none_is_wasted() {
        for kind in KINDS.iter().filter(|kind| !kind.rates.limits.is_empty()) {
            let rates = kind.rates;
            let mut now = Timestamp::UNIX_EPOCH;
            let (mut all, mut sent) = (Vec::new(), VecDeque::new());
            for _ in 0..400 {
                now = rates.next(&sent).map_or(now, |at| at.max(now));
                all.push(now);
                sent.push_back(now);
                while sent.len() > rates.remembered() {
                    sent.pop_front();
                }
            }
            for rate in rates.limits {
                let within = SignedDuration::try_from(rate.within).unwrap();
                assert!(all.windows(rate.most + 1).all(|part| part[rate.most] >= part[0] + within), "{}", kind.name);
            }
            let spans = |rate: &Rate| rate.within.as_secs() * (399 / rate.most as u64);
            let slowest = rates.limits.iter().map(spans).max().unwrap();
            assert!(now.as_second().unsigned_abs() <= slowest + 60, "{}: {now}", kind.name);
        }
    }
}
