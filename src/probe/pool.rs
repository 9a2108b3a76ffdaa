//! The pool: connections of one round. An HTTP/2 connection is shared, an HTTP/1.1 connection is
//! lent out. One dial at a time finds out how an origin is; the others wait for what it finds, a
//! failure included, so that ten thousand episodes behind a dead host cost two dials: one here,
//! and one of the second generation, which confirms.

mod ahead;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use foldhash::HashMap;
use h2::client::SendRequest;
use http::uri::Authority;
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::budget::Budget;
use super::dial::{Dialled, Steps, Wire};
use super::frames::Weighed;
use super::tls::Offer;
use super::{Inner, lock};
use crate::chain::{Connection, Phase, TlsFailure};
use crate::link::{Host, Origin};

/// How long an idle connection may take to say that it is ready: it is, or it never will be.
const READY: Duration = Duration::from_secs(1);

/// The window of a connection is at most so many times [`Limits::window`](super::Limits::window).
const MOST_WINDOWS: u32 = 4;

/// Streams ended early that a connection remembers, and for how long.
const RESET_STREAMS: usize = 512;
const RESET_MEMORY: Duration = Duration::from_secs(10);

/// The pool that walks use, or the one that confirms their failures over fresh connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Generation {
    First,
    Second,
}

/// Which connections can stand in for each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LaneKey {
    pub(crate) origin: Origin,
    pub(crate) generation: Generation,
    pub(crate) offer: Offer,
}

/// Something to send requests on.
#[derive(Debug)]
pub(crate) enum Sender {
    Http1(http1::SendRequest<Empty<Bytes>>),
    Http2(SendRequest<Bytes>),
}

/// The use of a connection for one request.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(crate) connection: Arc<Connection>,
    pub(crate) sender: Sender,
    pub(crate) budget: Arc<Budget>,
    /// Its dial, where it was made for this lease, or ahead of it and this is its first.
    pub(crate) made: Option<Box<Dial>>,
    lane: Arc<Lane>,
    permit: Option<OwnedSemaphorePermit>,
}

/// How a connection was made.
#[derive(Debug)]
pub(crate) struct Dial {
    pub(crate) steps: Steps,
    pub(crate) began: Instant,
    pub(crate) ended: Instant,
    /// Before anybody asked for it.
    pub(crate) ahead: bool,
}

/// The connections of a round.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    lanes: Mutex<HashMap<LaneKey, Arc<Lane>>>,
    hosts: Mutex<HashMap<Host, Arc<Slots>>>,
    /// Connections whose drivers run.
    open: Arc<AtomicUsize>,
    /// Every connection made and not yet let go, the oldest first.
    made: Mutex<VecDeque<(Arc<Lane>, u64)>>,
}

/// HTTP/1.1 connections to one host.
#[derive(Debug)]
struct Slots {
    limit: usize,
    /// Those lent out hold a permit.
    lent: Arc<Semaphore>,
    /// Those that wait, the longest idle first.
    idle: Mutex<Vec<Idle>>,
}

#[derive(Debug)]
struct Idle {
    key: LaneKey,
    connection: Arc<Connection>,
    sender: http1::SendRequest<Empty<Bytes>>,
    budget: Arc<Budget>,
    /// It was made ahead and nobody has used it yet.
    unused: Option<Box<Dial>>,
}

/// The connections of one key.
#[derive(Debug)]
pub(crate) struct Lane {
    key: LaneKey,
    /// Host and port as requests name them, the default port left out; `None` where HTTP has no
    /// way to write the name.
    authority: Option<Authority>,
    slots: Arc<Slots>,
    state: Mutex<LaneState>,
    dialling: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct LaneState {
    shared: Option<Shared>,
    /// The shared one was made ahead and nobody has used it yet.
    unused: Option<Box<Dial>>,
    /// A connection came to be, and it speaks HTTP/1.1.
    http1: bool,
    failed: Option<Arc<Steps>>,
    /// The failure was forgotten once, because the second generation's dial worked.
    forgiven: bool,
}

#[derive(Clone, Debug)]
struct Shared {
    connection: Arc<Connection>,
    sender: SendRequest<Bytes>,
    budget: Arc<Budget>,
}

impl Lane {
    /// The connection to share, or why there will be none.
    fn settled(self: &Arc<Self>, avoid: Option<u64>) -> Option<Result<Lease, Arc<Steps>>> {
        let mut state = lock(&self.state);
        let made = state.unused.take();
        if let Some(shared) = &state.shared {
            if Some(shared.connection.id) != avoid
                && let Some(sender) = shared.sender()
            {
                return Some(Ok(Lease {
                    connection: Arc::clone(&shared.connection),
                    sender: Sender::Http2(sender),
                    budget: Arc::clone(&shared.budget),
                    made,
                    lane: Arc::clone(self),
                    permit: None,
                }));
            }
            state.shared = None;
        }
        state.failed.as_ref().map(|steps| Err(Arc::clone(steps)))
    }

    /// Forgets a connection, which closes when nobody uses it. Says whether it was there.
    fn let_go(&self, id: u64) -> bool {
        let mut state = lock(&self.state);
        if state.shared.as_ref().is_some_and(|shared| shared.connection.id == id) {
            state.shared = None;
            return true;
        }
        drop(state);
        let mut idle = lock(&self.slots.idle);
        let before = idle.len();
        idle.retain(|idle| idle.connection.id != id);
        idle.len() < before
    }

    fn speaks_http1(&self) -> bool {
        lock(&self.state).http1
    }

    /// Takes note of what a new connection speaks; others see it from now on.
    fn admit(&self, made: &Made) {
        let mut state = lock(&self.state);
        state.unused = None;
        match &made.sender {
            Sender::Http1(_) => state.http1 = true,
            Sender::Http2(sender) => {
                state.shared = Some(Shared {
                    connection: Arc::clone(&made.connection),
                    sender: sender.clone(),
                    budget: Arc::clone(&made.budget),
                });
            }
        }
    }

    fn fail(&self, steps: Steps) -> Arc<Steps> {
        let steps = Arc::new(steps);
        lock(&self.state).failed = Some(Arc::clone(&steps));
        steps
    }

    fn forgive(&self) {
        let mut state = lock(&self.state);
        if !state.forgiven && state.failed.is_some() {
            state.forgiven = true;
            state.failed = None;
        }
    }
}

impl Shared {
    /// What to send on; nothing where the connection takes no more requests.
    fn sender(&self) -> Option<SendRequest<Bytes>> {
        let mut sender = self.sender.clone();
        // Whatever else it waits for, one that has ended says so at once.
        let ended = matches!(sender.poll_ready(&mut Context::from_waker(Waker::noop())), Poll::Ready(Err(_)));
        (!ended && !self.budget.is_overspent()).then_some(sender)
    }

    fn is_usable(&self) -> bool {
        self.sender().is_some()
    }
}

fn authority(origin: &Origin) -> Option<Authority> {
    let host = origin.host.to_string();
    let text = if origin.port == origin.scheme.default_port() { host } else { format!("{host}:{}", origin.port) };
    Authority::try_from(text).ok()
}

impl Pool {
    /// The lane of a key.
    fn lane(&self, key: LaneKey, limit: usize) -> Arc<Lane> {
        let mut lanes = lock(&self.lanes);
        if let Some(lane) = lanes.get(&key) {
            return Arc::clone(lane);
        }
        let slots = Arc::clone(lock(&self.hosts).entry(key.origin.host.clone()).or_insert_with(|| {
            let limit = limit.clamp(1, Semaphore::MAX_PERMITS);
            Arc::new(Slots { limit, lent: Arc::new(Semaphore::new(limit)), idle: Mutex::default() })
        }));
        let lane = Arc::new(Lane {
            authority: authority(&key.origin),
            key: key.clone(),
            slots,
            state: Mutex::default(),
            dialling: tokio::sync::Mutex::default(),
        });
        lanes.insert(key, Arc::clone(&lane));
        lane
    }

    /// Takes note of a new connection, and lets the oldest go where there are too many. A
    /// connection in use lives on until its last request is done.
    fn keep(&self, lane: &Arc<Lane>, id: u64, limit: usize) {
        let mut made = lock(&self.made);
        made.push_back((Arc::clone(lane), id));
        let mut excess = self.open.load(Ordering::Relaxed).saturating_sub(limit);
        while excess > 0 || made.len() > limit.saturating_mul(4) {
            let Some((lane, id)) = made.pop_front() else { break };
            if lane.let_go(id) {
                excess = excess.saturating_sub(1);
            }
        }
    }

    /// Connections whose drivers run.
    #[cfg(test)]
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    fn known(&self, key: &LaneKey) -> Option<Arc<Lane>> {
        lock(&self.lanes).get(key).map(Arc::clone)
    }
}

impl Inner {
    /// What [`Self::lease`] gives, where nothing has to be waited for.
    pub(crate) fn pooled(&self, key: &LaneKey, avoid: Option<u64>) -> Option<Result<Lease, Arc<Steps>>> {
        self.pool.known(key)?.settled(avoid)
    }

    /// A connection to send a request on: a pooled one, else a new one, whose streams get `window`
    /// bytes. `avoid` names a pooled connection that turned out to be dead. The failure holds the
    /// phases of the dial.
    pub(crate) async fn lease(&self, key: LaneKey, avoid: Option<u64>, window: u32) -> Result<Lease, Arc<Steps>> {
        let lane = self.pool.lane(key, self.settings.limits.connections);
        loop {
            if let Some(settled) = lane.settled(avoid) {
                return settled;
            }
            if lane.speaks_http1() {
                return self.lend(&lane, avoid, window).await;
            }
            let turn = lane.dialling.lock().await;
            if lane.speaks_http1() {
                continue;
            }
            if let Some(settled) = lane.settled(avoid) {
                return settled;
            }
            let made = match Box::pin(self.make(&lane, window)).await {
                Ok(made) => made,
                Err(steps) => return Err(lane.fail(steps)),
            };
            lane.admit(&made);
            // HTTP/1.1 connections take a permit; the turn is over before it is waited for.
            drop(turn);
            return Ok(made.hand_out(&lane, None).await);
        }
    }

    /// Lends an HTTP/1.1 connection.
    async fn lend(&self, lane: &Arc<Lane>, avoid: Option<u64>, window: u32) -> Result<Lease, Arc<Steps>> {
        let slots = &lane.slots;
        // Never closed; were it so, the connection would go uncounted.
        let permit = Arc::clone(&slots.lent).acquire_owned().await.ok();
        if avoid.is_some() {
            // Where one was dead, those that waited beside it are as a rule dead too.
            lock(&slots.idle).retain(|idle| idle.key != lane.key);
        }
        while let Some(mut idle) = slots.take(&lane.key) {
            let ready = timeout(READY, idle.sender.ready()).await;
            if matches!(ready, Ok(Ok(()))) && !idle.budget.is_overspent() {
                return Ok(Lease {
                    connection: idle.connection,
                    sender: Sender::Http1(idle.sender),
                    budget: idle.budget,
                    made: idle.unused,
                    lane: Arc::clone(lane),
                    permit,
                });
            }
        }
        slots.make_room();
        match Box::pin(self.make(lane, window)).await {
            Ok(made) => {
                lane.admit(&made);
                Ok(made.hand_out(lane, permit).await)
            }
            Err(_unsure) => {
                // It has worked before: one more dial makes sure, and what it finds is remembered.
                let _turn = lane.dialling.lock().await;
                if let Some(settled) = lane.settled(avoid) {
                    return settled;
                }
                match Box::pin(self.make(lane, window)).await {
                    Ok(made) => {
                        lane.admit(&made);
                        Ok(made.hand_out(lane, permit).await)
                    }
                    Err(steps) => Err(lane.fail(steps)),
                }
            }
        }
    }

    /// Dials, and starts HTTP on the connection. Boxed by its callers: it is rare and large, and a
    /// future is copied whole wherever one awaits another.
    async fn make(&self, lane: &Arc<Lane>, window: u32) -> Result<Made, Steps> {
        let key = &lane.key;
        let began = Instant::now();
        let dialled = self.dial(&key.origin, key.offer, key.generation == Generation::Second).await?;
        let Dialled { steps, address, session, wire } = dialled;
        let is_h2 = session.as_ref().is_some_and(|session| session.alpn.as_deref() == Some("h2"));
        let connection =
            Arc::new(Connection { id: self.counts.next_connection_id(), origin: key.origin.clone(), address, session });
        let limits = &self.settings.limits;
        let budget = Arc::clone(wire.budget());
        budget.begin();
        let started = if is_h2 {
            self.start_http2(Weighed::new(wire, Arc::clone(&budget)), window).await
        } else {
            self.start_http1(wire).await
        };
        let Some(sender) = started else {
            // HTTP begins by writing; a peer that is gone by then closed right after TLS.
            let took = steps.tls.took().or(steps.connect.took()).unwrap_or_default();
            let tls = Phase::Failed { took, why: TlsFailure::Closed };
            return Err(Steps { tls, ..steps });
        };
        if key.generation == Generation::Second
            && let Some(first) = self.pool.known(&LaneKey { generation: Generation::First, ..key.clone() })
        {
            first.forgive();
        }
        self.pool.keep(lane, connection.id, limits.open);
        let dial = Box::new(Dial { steps, began, ended: Instant::now(), ahead: false });
        Ok(Made { dial, connection, budget, sender })
    }

    /// Nothing where the peer is gone.
    async fn start_http1(&self, wire: Wire) -> Option<Sender> {
        let limits = &self.settings.limits;
        let (sender, driver) = http1::Builder::new()
            .max_buf_size(limits.head_bytes.max(8 << 10))
            .max_headers(limits.headers)
            // Apps take these as they come, and listeners hear no difference.
            .allow_obsolete_multiline_headers_in_responses(true)
            .allow_spaces_after_header_name_in_responses(true)
            .ignore_invalid_headers_in_responses(true)
            .handshake(TokioIo::new(wire))
            .await
            .ok()?;
        self.drive(driver);
        Some(Sender::Http1(sender))
    }

    /// The window of a connection whose streams have `window` each: all walks that may ask its host at
    /// once read from it, and none should wait a round trip for another's bytes to be acknowledged.
    pub(super) fn shared_window(&self, window: u32) -> u32 {
        let limits = &self.settings.limits;
        let walks = u32::try_from(self.settings.per_host).unwrap_or(u32::MAX);
        window.saturating_mul(walks).clamp(limits.window, limits.window.saturating_mul(MOST_WINDOWS))
    }

    /// Nothing where the peer is gone.
    async fn start_http2(&self, wire: Weighed<Wire>, window: u32) -> Option<Sender> {
        let limits = &self.settings.limits;
        let (sender, driver) = h2::client::Builder::new()
            .enable_push(false)
            .initial_window_size(window)
            .initial_connection_window_size(self.shared_window(window))
            .max_header_list_size(limits.header_list)
            // Samples end streams early, and what was on its way still comes: h2 must neither
            // forget those streams at once nor count what comes for them as the peer's fault. A
            // peer that goes on sending is stopped by the budget.
            .max_concurrent_reset_streams(RESET_STREAMS)
            .reset_stream_duration(RESET_MEMORY)
            .max_local_error_reset_streams(None)
            .handshake(wire)
            .await
            .ok()?;
        self.drive(driver);
        Some(Sender::Http2(sender))
    }

    /// Runs a connection until nobody uses it, or the round stops.
    fn drive<E>(&self, driver: impl Future<Output = Result<(), E>> + Send + 'static) {
        let stop = self.stop.clone();
        let open = Arc::clone(&self.pool.open);
        open.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            tokio::select! {
                // A failure reaches the request that suffers from it.
                _ended = driver => {},
                () = stop.cancelled() => {},
            }
            open.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

/// A new connection.
struct Made {
    dial: Box<Dial>,
    connection: Arc<Connection>,
    budget: Arc<Budget>,
    sender: Sender,
}

impl Made {
    /// The lease of whoever had it made. An HTTP/1.1 connection waits for its permit.
    async fn hand_out(self, lane: &Arc<Lane>, permit: Option<OwnedSemaphorePermit>) -> Lease {
        let Self { dial, connection, budget, sender } = self;
        let permit = match (&sender, permit) {
            (Sender::Http2(_), _) => None,
            (Sender::Http1(_), Some(permit)) => Some(permit),
            (Sender::Http1(_), None) => Arc::clone(&lane.slots.lent).acquire_owned().await.ok(),
        };
        Lease { connection, sender, budget, made: Some(dial), lane: Arc::clone(lane), permit }
    }
}

impl Slots {
    fn take(&self, key: &LaneKey) -> Option<Idle> {
        let mut idle = lock(&self.idle);
        let at = idle.iter().rposition(|idle| idle.key == *key)?;
        Some(idle.remove(at))
    }

    /// Closes the longest idle connections of other lanes where a new one would be one too many.
    fn make_room(&self) {
        let mut idle = lock(&self.idle);
        let lent = self.limit.saturating_sub(self.lent.available_permits());
        let excess = lent.saturating_add(idle.len()).saturating_sub(self.limit).min(idle.len());
        idle.drain(..excess);
    }
}

impl Lease {
    /// Gives an HTTP/1.1 connection back whose answer was read to its end.
    pub(crate) fn give_back(self) {
        if let Sender::Http1(sender) = self.sender
            && !sender.is_closed()
        {
            let (key, connection, budget) = (self.lane.key.clone(), self.connection, self.budget);
            lock(&self.lane.slots.idle).push(Idle { key, connection, sender, budget, unused: None });
        }
        drop(self.permit);
    }

    /// Host and port as requests name them.
    pub(crate) fn authority(&self) -> Option<&Authority> {
        self.lane.authority.as_ref()
    }

    /// Whether requests on it are HTTP/2 streams.
    pub(crate) fn is_http2(&self) -> bool {
        matches!(self.sender, Sender::Http2(_))
    }
}
