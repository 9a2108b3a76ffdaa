//! How the daemon itself is: what `/healthz` and `/readyz` say, and whether the heartbeat beats.
//!
//! Ages are measured with the clock that only goes forward: one that is set back makes nothing look
//! well or ill.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::web::Health;

/// A turn that is not over so long after it was due is stuck. A round of thousands of slow hosts
/// takes minutes.
const STUCK: Duration = Duration::from_mins(30);

/// A courier that did not look into the outbox for so long is stuck: it does every half minute.
const COURIER_STUCK: Duration = Duration::from_mins(5);

/// How the daemon is. Clones are the same.
#[derive(Clone, Debug)]
pub(super) struct Status(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// When the next turn is due, or was.
    due: Instant,
    /// When the courier last looked into the outbox.
    courier: Instant,
    /// Whether a turn was taken.
    turned: bool,
    looked: Option<Timestamp>,
    fault: Option<String>,
    /// Why the courier cannot look into the outbox. It looks more often than turns are taken, so this
    /// is the first to be known of a store that is away.
    outbox: Option<String>,
}

impl State {
    fn is_written(&self) -> bool {
        self.fault.is_none() && self.outbox.is_none()
    }

    fn is_alive(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.due) < STUCK && now.saturating_duration_since(self.courier) < COURIER_STUCK
    }
}

impl Status {
    /// It starts now.
    pub(super) fn new(now: Instant) -> Self {
        Self(Arc::new(Mutex::new(State {
            due: now,
            courier: now,
            turned: false,
            looked: None,
            fault: None,
            outbox: None,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It took a turn, and what came of it is written. Whether it could not be written before.
    pub(super) fn turned(&self, at: Timestamp, looked: bool, now: Instant) -> bool {
        let mut state = self.state();
        state.due = state.due.max(now);
        state.turned = true;
        state.looked = if looked { Some(at) } else { state.looked };
        state.fault.take().is_some()
    }

    /// The next turn is due after so long; one that is due stays due since it was.
    pub(super) fn planned(&self, now: Instant, after: Duration) {
        let mut state = self.state();
        state.due = if after.is_zero() { state.due.min(now) } else { now + after };
    }

    /// The courier looked into the outbox, or says why it could not.
    pub(super) fn courier_is_here(&self, fault: Option<String>, now: Instant) {
        let mut state = self.state();
        state.courier = now;
        state.outbox = fault;
    }

    /// Its history cannot be written; what it looked at last it looked at then.
    pub(super) fn failed(&self, why: String, looked: Option<Timestamp>) {
        let mut state = self.state();
        state.fault = Some(why);
        state.looked = looked.or(state.looked);
    }

    /// Whether all is well: the last turn was taken and written, the next is not overdue, and the
    /// courier is at work.
    pub(super) fn is_well(&self, now: Instant) -> bool {
        let state = self.state();
        state.turned && state.is_written() && state.is_alive(now)
    }

    /// How it is now.
    pub(super) fn health(&self, now: Instant) -> Health {
        let state = self.state();
        let mut facts = vec![match state.looked {
            Some(at) => format!("last round: {at}"),
            None => "no round yet".to_owned(),
        }];
        facts.extend(state.fault.iter().map(|why| format!("the history cannot be written: {why}")));
        facts.extend(state.outbox.iter().map(|why| format!("the outbox cannot be read: {why}")));
        Health { alive: state.is_alive(now), ready: state.looked.is_some() && state.is_written(), facts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    #[test]
    fn the_first_turn_that_is_written_again_is_told_from_the_others() {
        let now = Instant::now();
        let status = Status::new(now);
        assert!(!status.turned(Timestamp::UNIX_EPOCH, true, now), "it was never away");
        status.failed("away".into(), None);
        assert!(status.turned(Timestamp::UNIX_EPOCH, true, now));
        assert!(!status.turned(Timestamp::UNIX_EPOCH, true, now), "it is said once");
    }

    #[test]
    fn long_intervals_are_no_illness_and_a_late_turn_is() {
        let start = Instant::now();
        let status = Status::new(start);
        assert!(status.health(start).alive && !status.is_well(start), "nothing was looked at yet");
        status.turned(Timestamp::UNIX_EPOCH, true, start);
        status.planned(start, 120 * MINUTE);
        let well = |minutes: u32| {
            let now = start + MINUTE * minutes;
            status.courier_is_here(None, now);
            assert_eq!(status.is_well(now), status.health(now).alive);
            status.is_well(now)
        };
        assert!(well(119) && well(149) && !well(150));
        // Whoever asks for a turn that is due again and again does not make it less late.
        status.planned(start + 140 * MINUTE, Duration::ZERO);
        status.planned(start + 145 * MINUTE, Duration::ZERO);
        assert!(well(149) && !well(150));
        status.turned(Timestamp::UNIX_EPOCH, true, start + 151 * MINUTE);
        status.planned(start + 151 * MINUTE, Duration::ZERO);
        assert!(well(152) && !well(181), "the next is late since the last");
    }

    #[test]
    fn a_courier_that_is_gone_and_a_store_that_fails_are_illness() {
        let start = Instant::now();
        let status = Status::new(start);
        status.turned(Timestamp::UNIX_EPOCH, true, start);
        status.planned(start, 60 * MINUTE);
        assert!(status.is_well(start + 4 * MINUTE) && !status.is_well(start + 5 * MINUTE));
        status.courier_is_here(None, start + 5 * MINUTE);
        assert!(status.is_well(start + 5 * MINUTE));
        let now = start + 5 * MINUTE;
        let later = Timestamp::from_second(300).unwrap();
        status.failed("disk full".into(), Some(later));
        assert!(!status.is_well(now) && status.health(now).alive);
        assert_eq!(status.health(now).facts[0], format!("last round: {later}"), "it was made all the same");
        status.turned(later, true, now);
        assert!(status.is_well(now) && status.health(now).ready);
        // The courier is the first to know.
        status.courier_is_here(Some("it is away".into()), now);
        assert!(!status.is_well(now) && !status.health(now).ready && status.health(now).alive);
        status.courier_is_here(None, now);
        assert!(status.is_well(now) && status.health(now).ready);
    }
}
