//! The courier at work: one lane for each channel that has something due, so that a channel that
//! hangs keeps no other waiting. What a lane does is `courier`'s.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::courier::{Courier, Pass};
use super::health::Status;
use super::{COURIER_REST, STORE_AGAIN, span};
use crate::store::StoreError;

/// The shortest rest.
const BREATH: Duration = Duration::from_millis(20);

/// Delivers until it is told to stop, and then what is due once more.
pub(super) async fn run(courier: Courier, status: Status, clock: fn() -> Timestamp, stop: CancellationToken) {
    let mut lanes: JoinSet<Result<Pass, StoreError>> = JoinSet::new();
    let mut running: BTreeMap<Id, String> = BTreeMap::new();
    // Channels whose lane broke off: they are started again then.
    let mut broken: BTreeMap<String, Instant> = BTreeMap::new();
    loop {
        status.courier_is_here(Instant::now());
        let stopping = stop.is_cancelled();
        let now = clock();
        broken.retain(|_, until| *until > Instant::now());
        let mut rest = COURIER_REST;
        match courier.next_of_each(now).await {
            Ok(each) => {
                for (channel, at) in each {
                    if running.values().any(|taken| *taken == channel) {
                        continue;
                    }
                    let wait = match broken.get(&channel) {
                        Some(until) => until.saturating_duration_since(Instant::now()),
                        None => span(now, at),
                    };
                    if wait > Duration::ZERO {
                        rest = rest.min(wait);
                        continue;
                    }
                    let (lane, of) = (courier.clone(), channel.clone());
                    let id = lanes.spawn(async move { lane.lane(&of, &clock).await }).id();
                    running.insert(id, channel);
                }
            }
            Err(why) => {
                tracing::error!(%why, "the outbox cannot be read");
                rest = STORE_AGAIN;
            }
        }
        if stopping && lanes.is_empty() {
            return;
        }
        tokio::select! {
            () = stop.cancelled(), if !stopping => {}
            () = courier.nudged() => {}
            Some(ended) = lanes.join_next_with_id() => {
                let (id, fault) = match ended {
                    Ok((id, Ok(_))) => (id, None),
                    Ok((id, Err(why))) => (id, Some(why.to_string())),
                    Err(why) => (why.id(), Some(why.to_string())),
                };
                let channel = running.remove(&id);
                if let (Some(channel), Some(why)) = (channel, fault) {
                    tracing::error!(channel, %why, "deliveries broke off; they go on soon");
                    broken.insert(channel, Instant::now() + STORE_AGAIN);
                }
            }
            () = sleep(rest.max(BREATH)) => {}
        }
    }
}
