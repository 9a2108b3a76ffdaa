//! One hop under way: leave to ask, a connection, requests on it, and what is tried again.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::Inner;
use super::answer;
use super::dial::Steps;
use super::exchange::{Ask, Reply};
use super::gate::Pass;
use super::origins::{Patience, Record};
use super::pool::{LaneKey, Lease};
use super::tls::Offer;
use super::trouble::{Http2, Trouble};
use super::walk::Walk;
use crate::chain::{HeadVerdict, Hop, Method, Phase, RequestFailure};
use crate::link::{Link, Origin};

/// How often a request is sent again that the peer says it never looked at.
const UNPROCESSED: u32 = 3;

/// Bytes of an answer's body that are read to keep its connection.
const DRAIN: u64 = 16 << 10;

/// Why a hop has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failed {
    /// No connection: the hop's phases say why.
    Dial,
    /// A connection, and this.
    Request(RequestFailure),
}

/// A hop to a URL that nothing was asked of yet.
pub(crate) fn unasked(url: Link) -> Hop {
    Hop {
        url,
        dns: Phase::NotReached,
        connect: Phase::NotReached,
        tls: Phase::NotReached,
        request: Phase::NotReached,
        connection: None,
        reused: false,
        head: HeadVerdict::Fine,
        http2_broken: None,
        waited_ms: None,
    }
}

/// How long the hop's connection took, from its name on; nothing where it was there.
pub(crate) fn dialling(hop: &Hop) -> Duration {
    [hop.dns.took(), hop.connect.took(), hop.tls.took()]
        .into_iter()
        .flatten()
        .fold(Duration::ZERO, Duration::saturating_add)
}

/// A hop under way.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    pub(crate) inner: &'a Inner,
    pub(crate) walk: &'a mut Walk,
    pub(crate) hop: Hop,
    pub(crate) record: Arc<Record>,
    pub(crate) pass: Option<Pass>,
    /// When the last request began.
    pub(crate) asked: Instant,
    /// How long the last request went on until it failed, where it did before its answer's head.
    pub(crate) lasted: Option<Duration>,
    /// When the hop's time is up.
    pub(crate) deadline: Instant,
    origin: Origin,
    /// The connection that this hop made.
    dialled: Option<u64>,
    /// `Retry-After` was waited for once.
    patient: bool,
}

impl<'a> Run<'a> {
    /// A hop to `url`, which brings leave to ask its host or gets it.
    pub(crate) fn new(inner: &'a Inner, walk: &'a mut Walk, url: Link, pass: Option<Pass>) -> Self {
        let origin = url.origin();
        let now = Instant::now();
        Self {
            record: inner.origins.record(&origin),
            hop: unasked(url),
            asked: now,
            lasted: None,
            deadline: now + inner.settings.limits.hop,
            inner,
            walk,
            pass,
            origin,
            dialled: None,
            patient: false,
        }
    }

    /// Waits until the origin may be asked: its silence over, the gates passed. The time counts
    /// against no deadline.
    pub(crate) async fn admit(&mut self) -> Result<(), RequestFailure> {
        let inner = self.inner;
        let mut now = Instant::now();
        loop {
            let began = now;
            if let Some(until) = self.record.silent_until(began) {
                self.pass = None;
                tokio::select! {
                    () = inner.stop.cancelled() => return Err(RequestFailure::Interrupted),
                    () = tokio::time::sleep_until(until) => {},
                }
                now = Instant::now();
                let waited = now.saturating_duration_since(began);
                self.walk.excuse(waited);
                let ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
                self.hop.waited_ms = Some(self.hop.waited_ms.unwrap_or(0).saturating_add(ms));
            } else if self.pass.is_none() {
                tokio::select! {
                    () = inner.stop.cancelled() => return Err(RequestFailure::Interrupted),
                    pass = inner.gates.pass(&self.origin.host) => self.pass = Some(pass),
                }
                now = Instant::now();
                self.walk.excuse(now.saturating_duration_since(began));
            } else {
                break;
            }
        }
        if inner.stop.is_cancelled() {
            return Err(RequestFailure::Interrupted);
        }
        self.asked = now;
        self.lasted = None;
        self.deadline = now + inner.settings.limits.hop;
        Ok(())
    }

    /// Asks, and where the answer is "not now", waits and asks once more, within what a round has
    /// of patience.
    pub(crate) async fn ask_patiently(&mut self, ask: &Ask<'_>) -> Result<Box<Reply>, Failed> {
        loop {
            let reply = self.ask(ask).await?;
            if !answer::is_rate_limited(&reply.answer) {
                return Ok(reply);
            }
            let now = self.inner.settings.clock.and_then(answer::system_time);
            let Some(delay) = answer::retry_after(&reply.answer, now) else {
                return Ok(reply);
            };
            let standing = (reply.answer.clone(), self.hop.connection.clone());
            let patience = self.record.hush(Instant::now(), delay, self.inner.settings.limits.silence, &standing);
            if patience == Patience::Over || self.patient {
                return Ok(reply);
            }
            self.patient = true;
            reply.finish(self.inner, DRAIN).await;
            self.pass = None;
            self.admit().await.map_err(Failed::Request)?;
        }
    }

    /// Asks. A pooled connection that was dead, a request that the peer did not look at, and a
    /// broken HTTP/2 are each tried again as they deserve.
    pub(crate) async fn ask(&mut self, ask: &Ask<'_>) -> Result<Box<Reply>, Failed> {
        let known_broken = self.record.http2_broken();
        let mut offer = if known_broken.is_some() { Offer::Http1 } else { Offer::Any };
        if known_broken.is_some() {
            self.hop.http2_broken = known_broken;
        }
        let mut avoid = None;
        let mut stale = false;
        let mut unprocessed = 0;
        let mut broken: Option<Box<(RequestFailure, Http2, Hop)>> = None;
        loop {
            let lease = match self.lease(offer, avoid).await {
                Ok(lease) => lease,
                Err(Failed::Dial) => {
                    // HTTP/1.1 cannot be had: what HTTP/2 did is the answer.
                    let Some(broken) = broken else { return Err(Failed::Dial) };
                    let (why, _, hop) = *broken;
                    self.hop = hop;
                    return Err(Failed::Request(why));
                }
                Err(failed) => return Err(failed),
            };
            // One that was made ahead may have gone stale as well.
            let (id, reused) = (lease.connection.id, lease.made.as_ref().is_none_or(|dial| dial.ahead));
            let trouble = match self.send(lease, ask).await {
                Ok(reply) => {
                    if let Some((why, what, _)) = broken.as_deref() {
                        let text = describe(why);
                        // A stream may be one URL's trouble; a connection is everybody's.
                        if *what == Http2::Connection {
                            self.record.set_http2_broken(text.clone());
                        }
                        self.hop.http2_broken = Some(text);
                    }
                    self.record.answered(&reply.answer);
                    return Ok(reply);
                }
                Err(trouble) => trouble,
            };
            if trouble.unprocessed && unprocessed < UNPROCESSED {
                unprocessed += 1;
                // How many streams a peer takes is not known when a connection begins: what it refuses
                // then waits its turn there the next time.
                if unprocessed > 1 || trouble.http2 == Some(Http2::Connection) {
                    avoid = Some(id);
                }
            } else if reused && !stale && is_stale(&trouble) {
                stale = true;
                avoid = Some(id);
            } else if let Some(what) = trouble.http2
                && offer == Offer::Any
            {
                offer = Offer::Http1;
                broken = Some(Box::new((trouble.why, what, self.hop.clone())));
            } else {
                return Err(Failed::Request(trouble.why));
            }
        }
    }

    /// A connection. The hop shows the phases of its dial where it was made for this hop, ahead of it
    /// or not: a listener's app would have dialled here.
    async fn lease(&mut self, offer: Offer, avoid: Option<u64>) -> Result<Lease, Failed> {
        let inner = self.inner;
        let key = LaneKey { origin: self.origin.clone(), generation: self.walk.generation, offer };
        // Whoever holds what is waited for is bounded in time, and waiting is no host's fault: only
        // the user ends it.
        let (leased, began) = if let Some(pooled) = inner.pooled(&key, avoid) {
            (pooled, None)
        } else {
            let began = Instant::now();
            let leased = tokio::select! {
                () = inner.stop.cancelled() => return Err(Failed::Request(RequestFailure::Interrupted)),
                leased = inner.lease(key, avoid, self.window()) => leased,
            };
            (leased, Some(began))
        };
        let lease = match leased {
            Ok(lease) => lease,
            Err(steps) => {
                self.show(&steps);
                self.hop.request = Phase::NotReached;
                self.hop.connection = None;
                return Err(Failed::Dial);
            }
        };
        let id = lease.connection.id;
        if let Some(dial) = &lease.made {
            self.show(&dial.steps);
            self.dialled = Some(id);
        }
        if let Some(began) = began {
            // The dial itself is the host's time, as much of it as went on under the hop's eyes.
            let seen = lease.made.as_ref().map(|dial| dial.ended.saturating_duration_since(began.max(dial.began)));
            let waited = began.elapsed().saturating_sub(seen.unwrap_or_default());
            self.walk.excuse(waited);
            self.deadline += waited;
            self.asked += waited;
        }
        self.hop.reused = self.dialled != Some(id);
        if self.hop.reused {
            self.hop.dns = Phase::NotReached;
            self.hop.connect = Phase::NotReached;
            self.hop.tls = Phase::NotReached;
        }
        self.hop.connection = Some(Arc::clone(&lease.connection));
        Ok(lease)
    }

    /// What the streams of a connection made for this hop get.
    fn window(&self) -> u32 {
        self.walk.purpose.window(&self.inner.settings.limits)
    }

    /// The phases of a dial are the hop's.
    fn show(&mut self, steps: &Steps) {
        self.hop.dns = steps.dns.clone();
        self.hop.connect = steps.connect.clone();
        self.hop.tls = steps.tls.clone();
    }

    /// One request, within the time for a head, the hop's and the chain's. HEAD gets half of what
    /// is left, so that the GET in its place has its turn. Where no time is left nothing is sent,
    /// and the failure lasted as long as that of the request before.
    async fn send(&mut self, lease: Lease, ask: &Ask<'_>) -> Result<Box<Reply>, Trouble> {
        let now = Instant::now();
        let left = self.until().saturating_duration_since(now);
        if left.is_zero() {
            return Err(Trouble::plain(self.blame(RequestFailure::HeadTimeout)));
        }
        self.asked = now;
        self.lasted = None;
        let left = if ask.method == Method::Head { left / 2 } else { left };
        let until = now + left.min(self.inner.settings.limits.head);
        self.inner.exchange(lease, ask, now, until).await.map_err(|mut trouble| {
            self.lasted = Some(now.elapsed());
            trouble.why = self.blame(trouble.why);
            trouble
        })
    }

    /// When the hop's or the chain's time is up, whichever comes first.
    pub(crate) fn until(&self) -> Instant {
        self.deadline.min(self.walk.deadline)
    }

    /// A timeout because the chain's time was up is the chain's, not the host's.
    pub(crate) fn blame(&self, why: RequestFailure) -> RequestFailure {
        match why {
            RequestFailure::HeadTimeout | RequestFailure::BodyTimeout if Instant::now() >= self.walk.deadline => {
                RequestFailure::Deadline
            }
            why => why,
        }
    }

    /// The silence that a body may keep.
    pub(crate) fn idle(&self) -> Duration {
        self.inner.settings.limits.head
    }
}

/// Whether a pooled connection may be at fault rather than this request: it was closed, or bytes
/// were left on it (some servers send a body after HEAD).
fn is_stale(trouble: &Trouble) -> bool {
    match trouble.why {
        RequestFailure::Closed => true,
        RequestFailure::Protocol(_) => trouble.http2.is_none(),
        _ => false,
    }
}

/// What HTTP/2 did, for people.
fn describe(why: &RequestFailure) -> String {
    match why {
        RequestFailure::Http2(name) => format!("HTTP/2 was ended with {name}"),
        RequestFailure::Protocol(text) => text.clone(),
        other => format!("{other:?}"),
    }
}
