//! How the daemon itself is: what `/healthz` and `/readyz` say.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::web::Health;

/// A daemon that took no turn for so long is stuck. A round of thousands of slow hosts takes minutes.
const STUCK: SignedDuration = SignedDuration::from_mins(30);

/// How the daemon is. Clones are the same.
#[derive(Clone, Debug)]
pub(super) struct Status(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    started: Timestamp,
    turned: Option<Timestamp>,
    looked: Option<Timestamp>,
    fault: Option<String>,
}

impl Status {
    /// It starts now.
    pub(super) fn new(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(State { started: now, turned: None, looked: None, fault: None })))
    }

    fn with(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// It took a turn, and what came of it is written.
    pub(super) fn turned(&self, at: Timestamp, looked: bool) {
        self.with(|state| {
            state.turned = Some(at);
            state.looked = if looked { Some(at) } else { state.looked };
            state.fault = None;
        });
    }

    /// Its history cannot be written.
    pub(super) fn failed(&self, why: String) {
        self.with(|state| state.fault = Some(why));
    }

    /// How it is now.
    pub(super) fn health(&self, now: Timestamp) -> Health {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = state.turned.unwrap_or(state.started);
        let mut facts = vec![match state.looked {
            Some(at) => format!("last round: {at}"),
            None => "no round yet".to_owned(),
        }];
        facts.extend(state.fault.iter().map(|why| format!("the history cannot be written: {why}")));
        Health {
            alive: now.duration_since(since) < STUCK,
            ready: state.looked.is_some() && state.fault.is_none(),
            facts,
        }
    }
}
