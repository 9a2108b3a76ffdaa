//! Connections that are made before anybody asks for them: when there is room for one, and where it
//! waits for its first user. For which hosts is `foresight`'s to say.

use std::sync::Arc;

use super::{Dial, Idle, Lane, LaneKey, Made, Pool, Sender, Shared, Slots};
use crate::probe::{Inner, lock};

impl Pool {
    /// Whether there is no connection for this key, none is being made, and none has failed.
    pub(crate) fn lacks(&self, key: &LaneKey) -> bool {
        self.known(key).is_none_or(|lane| lane.dialling.try_lock().is_ok() && !lane.is_settled())
    }
}

impl Inner {
    /// Opens a connection before anybody asks for it, where the pool has none and makes none, and gates
    /// and slots have room at once. A failure is remembered like any other. Whoever is the first to use
    /// the connection gets its dial with it. When dropped, those that wait for the dial make their own.
    pub(crate) async fn connect_ahead(&self, key: LaneKey, window: u32) {
        let Some(_pass) = self.gates.try_pass(&key.origin.host) else { return };
        let lane = self.pool.lane(key, self.settings.limits.connections);
        let Ok(_turn) = lane.dialling.try_lock() else { return };
        if lane.is_settled() {
            return;
        }
        // Should it turn out to speak HTTP/1.1 it is one of the few that its host is given.
        let Ok(permit) = Arc::clone(&lane.slots.lent).try_acquire_owned() else { return };
        lane.slots.make_room();
        let made = tokio::select! {
            () = self.stop.cancelled() => return,
            made = Box::pin(self.make(&lane, window)) => made,
        };
        match made {
            Ok(made) => {
                lane.admit(&made);
                made.set_aside(&lane);
            }
            Err(steps) => drop(lane.fail(steps)),
        }
        drop(permit);
    }
}

impl Lane {
    /// Whether it has a connection, lent out or not, or knows why there is none.
    fn is_settled(&self) -> bool {
        let state = lock(&self.state);
        if state.failed.is_some() || state.shared.as_ref().is_some_and(Shared::is_usable) {
            return true;
        }
        let http1 = state.http1;
        drop(state);
        http1 && (self.slots.lent.available_permits() < self.slots.limit || self.slots.has(&self.key))
    }
}

impl Slots {
    fn has(&self, key: &LaneKey) -> bool {
        lock(&self.idle).iter().any(|idle| idle.key == *key)
    }
}

impl Made {
    /// Keeps it for whoever comes first.
    fn set_aside(self, lane: &Lane) {
        let Self { dial, connection, budget, sender } = self;
        let unused = Some(Box::new(Dial { ahead: true, ..*dial }));
        match sender {
            Sender::Http2(_) => lock(&lane.state).unused = unused,
            Sender::Http1(sender) => {
                lock(&lane.slots.idle).push(Idle { key: lane.key.clone(), connection, sender, budget, unused });
            }
        }
    }
}
