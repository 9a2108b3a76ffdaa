//! The byte budget of a connection: how much a peer may send at all. Nothing else stops floods of
//! interim answers, PING or SETTINGS, nor below them those of empty TLS records or session tickets,
//! all of which cost time without ever giving an answer. So it is paid beneath TLS, where every byte
//! counts, those of the handshake too. What heads over HTTP/2 take in memory beyond their bytes is
//! paid from it above TLS ([`super::frames`]).
//!
//! A request brings its share (what may come before the head, what was asked for, some slack) and
//! takes what is left of it away when it ends, so that an idle connection has next to nothing to
//! spend. Streams of one HTTP/2 connection share the sum.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::lock;
use super::sieve::{Sieve, Sift};

/// The peer sent more than its budget.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the peer sent far more than was asked for")]
pub(crate) struct Overspent;

/// One connection's budget.
#[derive(Debug)]
pub(crate) struct Budget {
    state: Mutex<State>,
    slack: u64,
    overspent: AtomicBool,
}

#[derive(Debug)]
struct State {
    /// Bytes that may still come.
    left: u64,
    /// What the requests under way brought.
    claimed: u64,
}

impl Budget {
    /// A budget that allows `start` bytes for a handshake, and from then on `slack` bytes while
    /// nothing is asked: settings, session tickets.
    pub(crate) fn new(start: u64, slack: u64) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State { left: start.max(slack), claimed: 0 }),
            slack,
            overspent: AtomicBool::new(false),
        })
    }

    /// The handshake is over: what it left unspent is gone.
    pub(crate) fn begin(&self) {
        let mut state = lock(&self.state);
        state.left = state.left.min(self.slack);
    }

    /// A request begins that may make the peer send `bytes`.
    pub(crate) fn claim(self: &Arc<Self>, bytes: u64) -> Claim {
        let mut state = lock(&self.state);
        state.left = state.left.saturating_add(bytes);
        state.claimed = state.claimed.saturating_add(bytes);
        Claim { budget: Arc::clone(self), bytes }
    }

    /// Whether the peer overspent.
    pub(crate) fn is_overspent(&self) -> bool {
        self.overspent.load(Ordering::Relaxed)
    }

    /// The peer sent `bytes`, or what weighs as much.
    pub(crate) fn spend(&self, bytes: usize) -> Result<(), Overspent> {
        let mut state = lock(&self.state);
        if let Some(left) = state.left.checked_sub(bytes as u64) {
            state.left = left;
            return Ok(());
        }
        state.left = 0;
        self.overspent.store(true, Ordering::Relaxed);
        Err(Overspent)
    }
}

/// A request's share, taken away when it is dropped.
#[derive(Debug)]
pub(crate) struct Claim {
    budget: Arc<Budget>,
    bytes: u64,
}

impl Claim {
    /// A piece of a body that may be long came and was used: as much again may come. The eighth and
    /// the constant pay for framing: 29 bytes a TLS record, of which some servers make one a packet.
    pub(crate) fn renew(&self, bytes: usize) {
        let bytes = bytes as u64;
        let mut state = lock(&self.budget.state);
        state.left = state.left.saturating_add(bytes).saturating_add(bytes / 8).saturating_add(64);
    }

    /// Whether the peer overspent.
    pub(crate) fn is_overspent(&self) -> bool {
        self.budget.is_overspent()
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut state = lock(&self.budget.state);
        state.claimed = state.claimed.saturating_sub(self.bytes);
        state.left = state.left.min(state.claimed.saturating_add(self.budget.slack));
    }
}

/// A stream whose reads are paid from a budget.
pub(crate) type Metered<S> = Sieve<S, Arc<Budget>>;

impl<S> Metered<S> {
    /// `inner`, paid from `budget`.
    pub(crate) fn new(inner: S, budget: Arc<Budget>) -> Self {
        Self::through(inner, budget)
    }

    /// What it is paid from.
    pub(crate) fn budget(&self) -> &Arc<Budget> {
        &self.sift
    }
}

impl Sift for Arc<Budget> {
    fn sift(&mut self, came: &mut [u8]) -> io::Result<usize> {
        self.spend(came.len()).map_err(io::Error::other)?;
        Ok(came.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_connection_may_spend_the_slack_and_no_more() {
        let budget = Budget::new(100, 10);
        budget.begin();
        drop(budget.claim(1000));
        assert!(budget.spend(10).is_ok());
        assert!(!budget.is_overspent());
        assert!(budget.spend(1).is_err());
        assert!(budget.is_overspent());
    }

    #[test]
    fn what_a_handshake_left_is_not_there_for_what_follows() {
        let budget = Budget::new(100, 10);
        budget.spend(50).unwrap();
        budget.begin();
        budget.spend(10).unwrap();
        assert!(budget.spend(1).is_err());
    }

    #[test]
    fn requests_under_way_share_the_sum_of_their_claims() {
        let budget = Budget::new(0, 0);
        let one = budget.claim(100);
        let two = budget.claim(100);
        assert!(budget.spend(150).is_ok());
        drop(one); // what the two have left cannot exceed what the second may cause
        assert!(budget.spend(51).is_err());
        drop(two);
    }

    #[test]
    fn a_body_that_is_used_pays_for_its_successor() {
        let budget = Budget::new(0, 0);
        let claim = budget.claim(100);
        for _ in 0..1000 {
            budget.spend(100).unwrap();
            claim.renew(100);
        }
        assert!(!claim.is_overspent());
    }
}
