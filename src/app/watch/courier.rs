//! The courier takes messages from the outbox to their channels and writes down what became of
//! them. At least once: a message is delivered when the platform has said so and the store knows it.
//!
//! # The policy
//!
//! - Channels do not wait for each other; within one, messages go one after the other, and those of
//!   one incident in order.
//! - What a platform refuses (a wrong token, a deleted hook) is dead at once: it will be refused
//!   again. Everything else is tried again after 15 s, doubling to an hour, with a jitter that
//!   depends on the message; a platform that says when is asked then. After a day it is dead.
//! - Messages about one incident that pile up, because the channel could not be reached or because
//!   they were held back, are settled by [`notice::settle`]: the last says where things stand.
//! - A dead letter is announced on every other channel, once a day for each dead channel.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use super::channels::Channels;
use crate::cert::Fingerprint;
use crate::incident::IncidentId;
use crate::notice::{self, Notification, Settled};
use crate::notify::{Failure, FailureKind, Outgoing, Receipt};
use crate::store::{Commit, Due, Store, StoreError};

/// Messages that are taken at once.
const BATCH: u32 = 256;

/// The wait after the first failure.
const FIRST: Duration = Duration::from_secs(15);

/// The longest wait.
const LONGEST: Duration = Duration::from_hours(1);

/// How long a message is tried.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);

/// Delivers. Clones share the channels.
#[derive(Clone, Debug)]
pub(super) struct Courier {
    store: Arc<Store>,
    channels: Arc<Mutex<Channels>>,
    acknowledged: Arc<Mutex<BTreeSet<IncidentId>>>,
    /// Something was put into the outbox.
    bell: Arc<Notify>,
}

/// What one pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// Delivered.
    pub sent: u64,
    /// To be tried again.
    pub failed: u64,
    /// Given up.
    pub dead: u64,
    /// Left out because a later one says it all.
    pub coalesced: u64,
}

impl Courier {
    pub(super) fn new(store: Arc<Store>, channels: Channels) -> Self {
        Self { store, channels: Arc::new(Mutex::new(channels)), acknowledged: Arc::default(), bell: Arc::default() }
    }

    /// From now on these channels are used.
    pub(super) fn replace(&self, channels: Channels) {
        *self.channels.lock().unwrap_or_else(PoisonError::into_inner) = channels;
    }

    /// Incidents that somebody has taken up.
    pub(super) fn acknowledged(&self, incidents: BTreeSet<IncidentId>) {
        *self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner) = incidents;
    }

    /// Something was put into the outbox.
    pub(super) fn nudge(&self) {
        self.bell.notify_one();
    }

    /// Resolves when something was.
    pub(super) async fn nudged(&self) {
        self.bell.notified().await;
    }

    fn channels(&self) -> Channels {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// When the next message is due; `None` while none waits.
    pub(super) async fn next(&self) -> Result<Option<Timestamp>, StoreError> {
        self.store.read().next_due().await
    }

    /// Delivers what is due, until nothing more is.
    pub(super) async fn drain(&self, clock: &(dyn Fn() -> Timestamp + Sync)) -> Result<Pass, StoreError> {
        let mut pass = Pass::default();
        loop {
            let due = self.store.read().due(clock(), BATCH).await?;
            if due.is_empty() {
                return Ok(pass);
            }
            let mut by_channel: BTreeMap<String, Vec<Due>> = BTreeMap::new();
            for due in due {
                by_channel.entry(due.notification.channel.clone()).or_default().push(due);
            }
            let lanes = by_channel.into_iter().map(|(channel, due)| self.lane(channel, due, clock));
            for done in join_all(lanes).await {
                let done = done?;
                pass.sent += done.sent;
                pass.failed += done.failed;
                pass.dead += done.dead;
                pass.coalesced += done.coalesced;
            }
        }
    }

    /// One channel's messages, one after the other.
    async fn lane(
        &self,
        channel: String,
        due: Vec<Due>,
        clock: &(dyn Fn() -> Timestamp + Sync),
    ) -> Result<Pass, StoreError> {
        let mut pass = Pass::default();
        for due in due {
            let Some(due) = self.latest(due, clock(), &mut pass).await? else { continue };
            self.one(&channel, &due, clock, &mut pass).await?;
        }
        Ok(pass)
    }

    /// The message to send in place of this one: `notice` settles what of those that wait about one
    /// incident is still worth sending.
    async fn latest(&self, due: Due, now: Timestamp, pass: &mut Pass) -> Result<Option<Due>, StoreError> {
        let Some(incident) = due.notification.incident else { return Ok(Some(due)) };
        let mut waiting = self.store.read().waiting(&due.notification.channel, incident).await?;
        let notifications: Vec<Notification> = waiting.iter().map(|due| due.notification.clone()).collect();
        let send = match notice::settle(&notifications, due.attempts > 0) {
            Settled::Send(0) => return Ok(Some(due)),
            Settled::Send(place) => Some(place),
            Settled::Drop => None,
        };
        let kept = send.unwrap_or(waiting.len());
        let earlier: Vec<&str> = waiting.iter().take(kept).map(|due| due.notification.key.as_str()).collect();
        pass.coalesced += self.store.superseded(&earlier, now).await?;
        Ok(send.filter(|place| *place < waiting.len()).map(|place| waiting.swap_remove(place)))
    }

    async fn one(
        &self,
        channel: &str,
        due: &Due,
        clock: &(dyn Fn() -> Timestamp + Sync),
        pass: &mut Pass,
    ) -> Result<(), StoreError> {
        let key = &due.notification.key;
        let channels = self.channels();
        let outcome = match channels.get(channel) {
            Some(open) => open.deliver(&self.outgoing(due, clock()).await?).await,
            None => Err(Failure {
                kind: FailureKind::Rejected,
                why: format!("the configuration has no channel {channel:?} any more"),
            }),
        };
        let now = clock();
        match outcome {
            Ok(receipt) => {
                let receipt = serde_json::to_value(&receipt).ok();
                self.store.delivered(key, receipt.as_ref(), now).await?;
                pass.sent += 1;
                tracing::info!(channel, key = %key, "delivered");
            }
            Err(failure) => {
                let since = due.notification.not_before.map_or(due.notification.at, |at| at.max(due.notification.at));
                let old = now.duration_since(since) >= PATIENCE;
                if let Some(after) = wait(&failure, due).filter(|_| !old) {
                    let at = now.checked_add(after).unwrap_or(now);
                    self.store.retry(key, at, &failure.why).await?;
                    pass.failed += 1;
                    tracing::warn!(channel, key = %key, retry_at = %at, why = %failure.why, "not delivered");
                } else {
                    // Announced first: who ends in between does it again, and the key is the same.
                    self.announce(&channels, channel, due, &failure, now).await?;
                    self.store.dead(key, &failure.why, now).await?;
                    pass.dead += 1;
                    tracing::error!(channel, key = %key, why = %failure.why, "given up");
                }
            }
        }
        Ok(())
    }

    async fn outgoing(&self, due: &Due, at: Timestamp) -> Result<Outgoing, StoreError> {
        let notification = due.notification.clone();
        let thread = match notification.incident {
            Some(incident) => self.store.read().receipt_of_first(&notification.channel, incident).await?,
            None => None,
        };
        let thread = thread.and_then(|receipt| serde_json::from_value::<Receipt>(receipt).ok());
        let taken = self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
        let acknowledged = notification.incident.is_some_and(|incident| taken.contains(&incident));
        Ok(Outgoing { notification, thread, acknowledged, at })
    }

    /// Tells everybody else that a channel does not work.
    async fn announce(
        &self,
        channels: &Channels,
        dead: &str,
        due: &Due,
        failure: &Failure,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        // What tells of a dead letter is not itself told of, or two dead channels would never stop.
        if notice::is_undeliverable(&due.notification) {
            return Ok(());
        }
        let others = channels.names().filter(|name| *name != dead);
        let notifications: Vec<Notification> =
            others.map(|other| notice::undeliverable(other, dead, &due.notification, &failure.why, now)).collect();
        self.store.commit(&Commit { notifications, ..Commit::default() }).await?;
        Ok(())
    }
}

/// How long to wait before the next attempt; `None` where there is none.
fn wait(failure: &Failure, due: &Due) -> Option<SignedDuration> {
    let wait = match failure.kind {
        FailureKind::Rejected => return None,
        FailureKind::Limited { after } => after.max(Duration::from_secs(1)),
        FailureKind::Temporary | FailureKind::TimedOut => {
            let doubled = FIRST.saturating_mul(1 << due.attempts.min(16)).min(LONGEST);
            doubled.saturating_add(jitter(doubled, due))
        }
    };
    SignedDuration::try_from(wait).ok()
}

/// Up to a fifth more, by the message and the attempt.
fn jitter(wait: Duration, due: &Due) -> Duration {
    let print = Fingerprint::of(format!("{}{}", due.notification.key, due.attempts).as_bytes());
    let share = print.0.first().copied().unwrap_or_default();
    wait.mul_f64(f64::from(share) / 255.0 / 5.0)
}
