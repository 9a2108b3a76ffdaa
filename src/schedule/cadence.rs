//! One kind's rounds: when the next is due, and how many were missed.

use std::time::Duration;

use jiff::Timestamp;

/// Rounds of one kind come this share of an interval early when another kind's round is due
/// anyway: one round instead of two in a row.
const EARLY: i64 = 10;

/// Jitter: at most this share of an interval.
const JITTER: i64 = 10;

/// Mixes bits (SplitMix64, Steele, Lea and Flood 2014); good enough to spread, not for secrets.
pub(super) fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The rounds of one kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cadence {
    /// Milliseconds, at least 1.
    interval: i64,
    seed: u64,
    /// Where the grid of rounds begins, ms since 1970.
    start: i64,
    /// The round that comes next.
    number: i64,
}

impl Cadence {
    /// Rounds from now on; the first at once.
    pub(super) fn new(interval: Duration, seed: u64, now: Timestamp) -> Self {
        let interval = i64::try_from(interval.as_millis()).unwrap_or(i64::MAX / 4).clamp(1, i64::MAX / 4);
        Self { interval, seed, start: now.as_millisecond(), number: 0 }
    }

    /// When the next round is due, ms. Jitter never adds up: it is taken from the grid.
    pub(super) fn next(&self) -> i64 {
        let on_grid = self.start.saturating_add(self.interval.saturating_mul(self.number));
        let jitter = match self.number {
            0 => 0,
            number => {
                let span = (self.interval / JITTER).max(1).unsigned_abs();
                let bits = mix(self.seed ^ number.unsigned_abs());
                i64::try_from(bits % span).unwrap_or(0)
            }
        };
        on_grid.saturating_add(jitter)
    }

    /// Whether a round is due, or so nearly that it may come along with another's.
    pub(super) fn is_near(&self, now: Timestamp) -> bool {
        now.as_millisecond() >= self.next().saturating_sub(self.interval / EARLY)
    }

    /// Whether a round is due.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        now.as_millisecond() >= self.next()
    }

    /// Begins the round that is due. Gives how many before it were missed.
    pub(super) fn begin(&mut self, now: Timestamp) -> u64 {
        let on_grid = now.as_millisecond().saturating_sub(self.start).div_euclid(self.interval);
        let missed = on_grid.saturating_sub(self.number).max(0);
        self.number = self.number.max(on_grid).saturating_add(1);
        missed.unsigned_abs()
    }

    /// The round that begins next, from 0.
    pub(super) fn number(&self) -> u64 {
        self.number.unsigned_abs()
    }

    /// The interval, ms.
    pub(super) fn interval(&self) -> i64 {
        self.interval
    }
}
