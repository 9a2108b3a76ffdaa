//! The courier takes messages from the outbox to their channels and writes down what became of
//! them. At least once: a message is delivered when the platform has said so and the store knows it.
//!
//! # The policy
//!
//! - Channels do not wait for each other: each has its own lane. Within one, messages go one after
//!   the other, and those of one incident in order. A lane ends at the first sign that the platform
//!   cannot be reached now; the channel then rests, for as long as a platform that limits says. It rests
//!   as well where the platform's published rate is used up, so that it need not say so.
//! - What a platform refuses (a wrong token, a deleted hook) is announced at once and tried again
//!   every hour: a captive portal refuses like that, too. Everything else is tried again after 15 s,
//!   doubling to an hour, with a jitter that depends on the message. After a day it is dead; a day
//!   in which podprobe did not run does not count.
//! - A platform that limits has its way: neither a start nor a new configuration sends it anything
//!   before the time that it named.
//! - Nothing else waits where the reason may be gone: after a start and a new configuration everything
//!   that failed is tried at once, and where a message arrives, what that channel did not take before
//!   is tried once more. What is refused then, too, is to blame itself: nobody is told that the channel
//!   does not deliver.
//! - What was delivered while the store could not be written is remembered, and written before
//!   anything else is sent: it is not sent twice.
//! - Messages about one incident that pile up, because the channel could not be reached or because
//!   they were held back, are settled by [`notice::settle`]: the last says where things stand.
//! - What is refused or dead is announced on the other channels, once a day for each such channel; and
//!   to those that were told, that it delivers again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use tokio::sync::Notify;

use super::channels::Channels;
use crate::cert::Fingerprint;
use crate::incident::IncidentId;
use crate::notice::{self, About, Notification, Phase, Settled};
use crate::notify::{Failure, FailureKind, Outgoing, Receipt};
use crate::store::{Commit, Due, Store, StoreError, Trouble};

#[cfg(test)]
mod tests;

/// Messages that are taken at once.
const BATCH: u32 = 64;

/// The wait after the first failure.
const FIRST: Duration = Duration::from_secs(15);

/// The longest wait.
const LONGEST: Duration = Duration::from_hours(1);

/// How long a channel rests that could not be reached: what is new for it is not tried before.
const REST: SignedDuration = SignedDuration::from_secs(60);

/// The wait after a refusal.
const REFUSED: Duration = Duration::from_hours(1);

/// How long a message is tried.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);

/// Messages that arrived and are not yet written down as such, by their keys.
type Unrecorded = BTreeMap<String, Arrived>;

/// A message that arrived.
#[derive(Clone, Debug)]
struct Arrived {
    channel: String,
    at: Timestamp,
    receipt: Option<Json>,
}

/// A time in which nothing is sent to a channel.
#[derive(Clone, Copy, Debug)]
struct Rest {
    from: Timestamp,
    until: Timestamp,
    /// The platform asked for it.
    asked: bool,
}

/// Delivers. Clones share the channels.
#[derive(Clone, Debug)]
pub(super) struct Courier {
    store: Arc<Store>,
    channels: Arc<Mutex<Channels>>,
    acknowledged: Arc<Mutex<BTreeSet<IncidentId>>>,
    /// Delivered, and not yet written down.
    unrecorded: Arc<Mutex<Unrecorded>>,
    /// Channels that rest.
    resting: Arc<Mutex<BTreeMap<String, Rest>>>,
    /// What waited after a failure when a message last arrived, by channel: it was tried again then.
    tried: Arc<Mutex<BTreeMap<String, BTreeSet<String>>>>,
    /// The channels are others than those that did not take what waits: it is to be tried again.
    renewed: Arc<AtomicBool>,
    /// When messages were sent, by channel, oldest first: as many as the platform's rate asks for.
    sent: Arc<Mutex<BTreeMap<String, VecDeque<Timestamp>>>>,
    /// When the first lane ran.
    started: Arc<OnceLock<Timestamp>>,
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
        Self {
            store,
            channels: Arc::new(Mutex::new(channels)),
            acknowledged: Arc::default(),
            unrecorded: Arc::default(),
            resting: Arc::default(),
            tried: Arc::default(),
            renewed: Arc::new(AtomicBool::new(true)),
            sent: Arc::default(),
            started: Arc::default(),
            bell: Arc::default(),
        }
    }

    /// From now on these channels are used. None of them rests, but for those whose platforms asked for
    /// it, and what failed is tried on them.
    pub(super) fn replace(&self, channels: Channels) {
        *held(&self.channels) = channels;
        held(&self.resting).retain(|_, rest| rest.asked);
        held(&self.tried).clear();
        self.renewed.store(true, Ordering::Release);
        self.nudge();
    }

    /// Incidents that somebody has taken up.
    pub(super) fn acknowledged(&self, incidents: BTreeSet<IncidentId>) {
        *held(&self.acknowledged) = incidents;
    }

    /// Something was put into the outbox.
    pub(super) fn nudge(&self) {
        self.bell.notify_one();
    }

    /// Resolves when something was.
    pub(super) async fn nudged(&self) {
        self.bell.notified().await;
    }

    /// The channels in force.
    pub(super) fn channels(&self) -> Channels {
        held(&self.channels).clone()
    }

    /// When the next message of each channel may go for which any waits.
    pub(super) async fn next_of_each(&self, now: Timestamp) -> Result<Vec<(String, Timestamp)>, StoreError> {
        let mut each = self.store.read().next_due_of_each().await?;
        if self.renewed.swap(false, Ordering::AcqRel) {
            if let Err(why) = self.try_all_again(&each, now).await {
                self.renewed.store(true, Ordering::Release);
                return Err(why);
            }
            each = self.store.read().next_due_of_each().await?;
        }
        for (channel, at) in &mut each {
            *at = self.rested(channel, now).map_or(*at, |until| until.max(*at));
        }
        Ok(each)
    }

    /// What failed is tried on channels that may be others now, once their platforms take anything.
    async fn try_all_again(&self, each: &[(String, Timestamp)], now: Timestamp) -> Result<(), StoreError> {
        for (channel, until) in self.store.read().limits(now).await? {
            let rest = Rest { from: now, until, asked: true };
            held(&self.resting).insert(channel, rest);
        }
        for (channel, _) in each {
            let failed = self.store.read().failed_on(channel).await?;
            self.store.hastened(&failed.iter().map(String::as_str).collect::<Vec<_>>(), now).await?;
        }
        Ok(())
    }

    /// A message arrived on a channel: what it did not take before is tried once more.
    async fn try_again(&self, channel: &str, now: Timestamp) -> Result<(), StoreError> {
        let failed = self.store.read().failed_on(channel).await?;
        let before = held(&self.tried).insert(channel.to_owned(), failed.clone()).unwrap_or_default();
        let new: Vec<&str> = failed.difference(&before).map(String::as_str).collect();
        self.store.hastened(&new, now).await
    }

    /// Until when a channel rests; `None` for one that does not. A clock that was set back ends it.
    fn rested(&self, channel: &str, now: Timestamp) -> Option<Timestamp> {
        let rests = held(&self.resting).get(channel).filter(|rest| rest.from <= now).map(|rest| rest.until);
        let rates = self.channels().rates(channel);
        let sent = held(&self.sent);
        let sent = sent.get(channel).filter(|sent| sent.back().is_some_and(|last| *last <= now));
        let paced = rates.zip(sent).and_then(|(rates, sent)| rates.next(sent));
        rests.max(paced).filter(|until| now < *until)
    }

    /// A message was sent, whatever came of it.
    fn count(&self, channel: &str, at: Timestamp) {
        let Some(rates) = self.channels().rates(channel) else { return };
        let mut all = held(&self.sent);
        let sent = all.entry(channel.to_owned()).or_default();
        // From before the clock was set back.
        sent.retain(|before| *before <= at);
        sent.push_back(at);
        let surplus = sent.len().saturating_sub(rates.remembered());
        sent.drain(..surplus);
    }

    /// Runs the lane of every channel to its end, until nothing more is due on those that do not
    /// rest.
    pub(super) async fn drain(&self, clock: &(dyn Fn() -> Timestamp + Sync)) -> Result<Pass, StoreError> {
        let mut pass = Pass::default();
        loop {
            let now = clock();
            let each = self.next_of_each(now).await?.into_iter();
            let due: Vec<String> = each.filter(|(_, at)| *at <= now).map(|(channel, _)| channel).collect();
            if due.is_empty() {
                return Ok(pass);
            }
            // What one lane has to announce is due on another: hence the loop.
            for done in join_all(due.iter().map(|channel| self.lane(channel, clock))).await {
                let done = done?;
                pass.sent += done.sent;
                pass.failed += done.failed;
                pass.dead += done.dead;
                pass.coalesced += done.coalesced;
            }
        }
    }

    /// One channel's messages, one after the other, until nothing is due or the channel rests. A
    /// channel has one lane at a time.
    pub(super) async fn lane(&self, channel: &str, clock: &(dyn Fn() -> Timestamp + Sync)) -> Result<Pass, StoreError> {
        self.started.get_or_init(clock);
        self.record().await?;
        let mut pass = Pass::default();
        loop {
            let batch = self.store.read().due_on(channel, clock(), BATCH).await?;
            if batch.is_empty() {
                return Ok(pass);
            }
            for due in batch {
                let Some(due) = self.latest(due, clock(), &mut pass).await? else { continue };
                let due = self.first(due).await?;
                self.one(channel, &due, clock, &mut pass).await?;
                if self.rested(channel, clock()).is_some() {
                    return Ok(pass);
                }
            }
        }
    }

    /// Writes down what was delivered and could not be written then.
    async fn record(&self) -> Result<(), StoreError> {
        loop {
            let first = held(&self.unrecorded).first_key_value().map(|(key, what)| (key.clone(), what.clone()));
            let Some((key, Arrived { channel, at, receipt })) = first else { return Ok(()) };
            let tell = self.deliverable(&channel, at).await?;
            self.store.delivered(&key, receipt.as_ref(), at, &tell).await?;
            held(&self.unrecorded).remove(&key);
            self.try_again(&channel, at).await?;
            if !tell.is_empty() {
                self.nudge();
            }
        }
    }

    /// What those channels are told that were told that this one does not deliver.
    async fn deliverable(&self, channel: &str, at: Timestamp) -> Result<Vec<Notification>, StoreError> {
        let channels = self.channels();
        let this = About::Undeliverable { channel: channel.to_owned() };
        let troubles = self.store.read().troubles().await?.into_iter();
        let told = troubles.filter(|told| told.about == this && channels.get(&told.channel).is_some());
        let tell = told.map(|told| notice::deliverable(&told.channel, channel, at));
        Ok(tell.map(|tell| channels.hushed(tell, at)).collect())
    }

    /// The message to send in place of this one: `notice` settles what of those that wait about one
    /// incident, or one thing of podprobe itself, is still worth sending.
    async fn latest(&self, due: Due, now: Timestamp, pass: &mut Pass) -> Result<Option<Due>, StoreError> {
        let Notification { channel, incident, about, .. } = &due.notification;
        let mut waiting = match (incident, about) {
            (Some(incident), _) => self.store.read().waiting(channel, *incident).await?,
            (None, Some(about)) => self.store.read().waiting_about(channel, about).await?,
            (None, None) => return Ok(Some(due)),
        };
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

    /// What is told to a channel that was told nothing of its incident is the first message of it. It
    /// is written down as that, so that every attempt says the same.
    async fn first(&self, due: Due) -> Result<Due, StoreError> {
        let Notification { channel, incident: Some(incident), phase: Phase::Update, .. } = &due.notification else {
            return Ok(due);
        };
        if self.store.read().receipt_of_first(channel, *incident).await?.is_some() {
            return Ok(due);
        }
        let dossier = self.store.read().incident(*incident).await?;
        let transitions = dossier.map(|dossier| dossier.transitions).unwrap_or_default();
        let notification = notice::first(due.notification, &transitions);
        self.store.commit(&Commit { released: vec![notification.clone()], ..Commit::default() }).await?;
        Ok(Due { notification, ..due })
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
        let Some(open) = channels.get(channel) else {
            let why = format!("the configuration has no channel {channel:?} any more");
            return self.failed(&channels, due, &why, clock(), None, pass).await;
        };
        let outcome = open.deliver(&self.outgoing(due, clock()).await?).await;
        let now = clock();
        self.count(channel, now);
        let failure = match outcome {
            Ok(receipt) => {
                let arrived =
                    Arrived { channel: channel.to_owned(), at: now, receipt: serde_json::to_value(&receipt).ok() };
                held(&self.unrecorded).insert(key.clone(), arrived);
                pass.sent += 1;
                tracing::info!(channel, key = %key, "delivered");
                return self.record().await;
            }
            Err(failure) => failure,
        };
        if !self.channels().are(&channels) {
            // The channel that failed was replaced meanwhile.
            self.renewed.store(true, Ordering::Release);
        }
        let again = now.checked_add(wait(&failure, due)).unwrap_or(now);
        let rest = match failure.kind {
            FailureKind::Rejected => None,
            FailureKind::Limited { .. } => Some(again),
            FailureKind::Temporary | FailureKind::TimedOut => Some(again.min(now.checked_add(REST).unwrap_or(again))),
        };
        let asked = matches!(failure.kind, FailureKind::Limited { .. });
        if let Some(until) = rest {
            held(&self.resting).insert(channel.to_owned(), Rest { from: now, until, asked });
        }
        let again = Some(again).filter(|_| due.attempts == 0 || !self.is_old(due, now));
        if failure.kind == FailureKind::Rejected || again.is_none() {
            return self.failed(&channels, due, &failure.why, now, again, pass).await;
        }
        let at = again.unwrap_or(now);
        if asked {
            self.store.limited(key, at, &failure.why).await?;
        } else {
            self.store.retry(key, at, &failure.why).await?;
        }
        pass.failed += 1;
        tracing::warn!(channel, key = %key, retry_at = %at, why = %failure.why, "not delivered");
        Ok(())
    }

    /// Whether a message was tried for so long that it is given up. Counted from when it could have
    /// gone for the first time.
    fn is_old(&self, due: &Due, now: Timestamp) -> bool {
        let composed = due.notification.at;
        let since = due.notification.not_before.map_or(composed, |at| at.max(composed));
        let since = self.started.get().map_or(since, |started| since.max(*started));
        now.duration_since(since) >= PATIENCE
    }

    /// A message was refused, or is given up (`again` is `None`): written down and announced in one.
    async fn failed(
        &self,
        channels: &Channels,
        due: &Due,
        why: &str,
        now: Timestamp,
        again: Option<Timestamp>,
        pass: &mut Pass,
    ) -> Result<(), StoreError> {
        let Notification { key, channel, .. } = &due.notification;
        // The channel took others meanwhile.
        let poison = again.is_some() && held(&self.tried).get(channel).is_some_and(|tried| tried.contains(key));
        // What tells of a dead letter is not itself told of, or two dead channels would never stop.
        let tell: Vec<Notification> = if poison || notice::is_undeliverable(&due.notification) {
            Vec::new()
        } else {
            let this = About::Undeliverable { channel: channel.clone() };
            let troubles = self.store.read().troubles().await?;
            // Once a day, unless it delivered in between.
            let today = |told: &Trouble| day(told.told_at) == day(now);
            let told = |other: &str| troubles.iter().any(|t| t.about == this && t.channel == other && today(t));
            let others = channels.for_service(Some(channel)).into_iter().filter(|other| !told(other));
            let lasts = channels.get(channel).is_some();
            let tell = others.map(|other| notice::undeliverable(other, channel, &due.notification, why, lasts, now));
            tell.map(|tell| channels.hushed(tell, now)).collect()
        };
        self.store.refused(key, why, now, again, &tell).await?;
        if !tell.is_empty() {
            self.nudge();
        }
        if let Some(at) = again {
            pass.failed += 1;
            tracing::error!(channel, key = %key, retry_at = %at, why, "refused");
        } else {
            pass.dead += 1;
            tracing::error!(channel, key = %key, why, "given up");
        }
        Ok(())
    }

    async fn outgoing(&self, due: &Due, at: Timestamp) -> Result<Outgoing, StoreError> {
        let notification = due.notification.clone();
        let thread = match notification.incident {
            Some(incident) => self.store.read().receipt_of_first(&notification.channel, incident).await?,
            None => None,
        };
        let last = self.store.read().receipt_of_last(&notification).await?;
        let receipt = |json: Option<Json>| json.and_then(|json| serde_json::from_value::<Receipt>(json).ok());
        let (thread, last) = (receipt(thread), receipt(last));
        let taken = held(&self.acknowledged);
        let acknowledged = notification.incident.is_some_and(|incident| taken.contains(&incident));
        Ok(Outgoing { notification, thread, last, acknowledged, at })
    }
}

fn held<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The day of UTC.
fn day(at: Timestamp) -> i64 {
    at.as_second().div_euclid(86_400)
}

/// How long to wait before the next attempt.
fn wait(failure: &Failure, due: &Due) -> SignedDuration {
    let wait = match failure.kind {
        FailureKind::Rejected => REFUSED,
        FailureKind::Limited { after } => after.max(Duration::from_secs(1)),
        FailureKind::Temporary | FailureKind::TimedOut => {
            let doubled = FIRST.saturating_mul(1 << due.attempts.min(16)).min(LONGEST);
            doubled.saturating_add(jitter(doubled, due))
        }
    };
    SignedDuration::try_from(wait).unwrap_or(SignedDuration::from_hours(1))
}

/// Up to a fifth more, by the message and the attempt.
fn jitter(wait: Duration, due: &Due) -> Duration {
    let print = Fingerprint::of(format!("{}{}", due.notification.key, due.attempts).as_bytes());
    let share = print.0.first().copied().unwrap_or_default();
    wait.mul_f64(f64::from(share) / 255.0 / 5.0)
}
