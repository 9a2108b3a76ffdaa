//! `probe` walks: DNS, TCP, TLS, HTTP and the body of every hop, each phase timed and typed, within
//! one deadline, through host gates and the address guard. It records facts and has no verdicts:
//! those are `judge`'s. It reads no files and prints nothing.
//!
//! A [`Prober`] lasts; a [`Round`] is one pass over a set of sources, and connections, resolved
//! names and what was learnt of origins live as long as it does. Tasks are spawned here for three
//! things alone: the drivers of connections; walks that several callers wait for together, which
//! must go on when one of them leaves; and the reader of a document, which may block.

mod answer;
mod budget;
mod dial;
mod document;
mod exchange;
mod foresight;
mod frames;
mod gate;
pub mod guard;
mod hop;
mod inspect;
pub mod legacy;
mod media;
mod opinion;
mod origins;
pub mod overrides;
pub mod papers;
mod pool;
pub mod resolve;
mod secp521r1;
mod settings;
mod sieve;
#[cfg(test)]
mod tests;
mod tls;
mod trouble;
mod walk;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use http::HeaderValue;
use tokio_util::sync::CancellationToken;

pub use self::answer::{led_to, location, retry_after};
pub use self::document::{DocumentHead, Validators};
pub use self::settings::{Limits, Settings, Verified, trusting};
use crate::chain::{Chain, Depth, End, Papers, Phase, RequestFailure};
use crate::link::{Link, Origin};

/// Walks chains and looks at origins.
#[derive(Clone)]
pub struct Prober {
    settings: Settings,
    verified: Verified,
}

impl fmt::Debug for Prober {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prober").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Prober {
    /// A prober. `verified` says whether the secrets of a URL (userinfo, tokens) may go to a peer.
    pub fn new(settings: Settings, verified: Verified) -> Self {
        Self { settings, verified }
    }

    /// Begins a round, with no connections and nothing known.
    pub fn round(&self) -> Round {
        Round {
            inner: Arc::new(Inner {
                agent: agent(&self.settings.user_agent).unwrap_or_else(|| HeaderValue::from_static("podprobe (bot)")),
                neutral_agent: self.settings.second_opinion.as_deref().and_then(agent),
                handshaker: tls::Handshaker::new(),
                gates: gate::Gates::new(self.settings.concurrency, self.settings.per_host),
                clerk: papers::Clerk::new(
                    Arc::clone(&self.settings.resolver),
                    Arc::clone(&self.settings.overrides),
                    self.settings.guard.clone(),
                    Arc::clone(&self.settings.fetch_tls),
                    self.settings.user_agent.clone(),
                )
                .with_shelf(self.settings.papers.clone(), self.settings.clock),
                settings: self.settings.clone(),
                verified: Arc::clone(&self.verified),
                pool: pool::Pool::default(),
                origins: origins::Origins::default(),
                foresight: foresight::Foresight::default(),
                counts: Tally::default(),
                stop: CancellationToken::new(),
                walks: Mutex::default(),
            }),
        }
    }
}

/// A User-Agent as a header, without what HTTP does not allow in one.
fn agent(text: &str) -> Option<HeaderValue> {
    let bytes: Vec<u8> = text.bytes().filter(|byte| (0x20..0x7F).contains(byte)).collect();
    HeaderValue::from_bytes(&bytes).ok()
}

/// One pass over a set of sources. Clones are the same round.
#[derive(Clone, Debug)]
pub struct Round {
    inner: Arc<Inner>,
}

type SharedWalk = Shared<BoxFuture<'static, Arc<Chain>>>;

/// Walks under way, and the last ones that are done: whole chains are too large to keep them all.
#[derive(Default)]
struct Walks {
    known: HashMap<(Link, Depth), SharedWalk>,
    /// The done ones, the longest done first.
    done: VecDeque<(Link, Depth)>,
}

impl Walks {
    /// A walk is done; beyond `most` the longest done is forgotten.
    fn done(&mut self, walk: (Link, Depth), most: usize) {
        self.done.push_back(walk);
        while self.done.len() > most {
            let Some(oldest) = self.done.pop_front() else { break };
            self.known.remove(&oldest);
        }
    }
}

/// What the parts of a round share.
struct Inner {
    settings: Settings,
    verified: Verified,
    agent: HeaderValue,
    /// For second opinions, where they are asked for.
    neutral_agent: Option<HeaderValue>,
    handshaker: tls::Handshaker,
    clerk: papers::Clerk,
    gates: gate::Gates,
    pool: pool::Pool,
    origins: origins::Origins,
    foresight: foresight::Foresight,
    counts: Tally,
    stop: CancellationToken,
    walks: Mutex<Walks>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").field("settings", &self.settings).field("counts", &self.counts).finish_non_exhaustive()
    }
}

/// What the servers of a round saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// TCP connections that were opened.
    pub connections: u64,
    /// HTTP requests that were sent over them.
    pub requests: u64,
}

#[derive(Debug, Default)]
struct Tally {
    connections: AtomicU64,
    requests: AtomicU64,
    ids: AtomicU64,
}

impl Tally {
    fn connection(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    fn request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// A request that was counted never left.
    fn unsent(&self) {
        self.requests.fetch_sub(1, Ordering::Relaxed);
    }

    fn next_connection_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }
}

impl Round {
    /// Walks an enclosure's chain. A URL that is asked for again while it is walked, or while it is
    /// among the last that were ([`Limits::walks`]), is not walked again: whoever asks for it gets
    /// the same chain. Never fails: a failure is a fact of the chain. May be called for any number
    /// of URLs at once; the gates decide how many are under way.
    pub async fn walk(&self, start: &Link, depth: Depth) -> Arc<Chain> {
        self.walk_via(start, depth, &[]).await
    }

    /// [`Self::walk`] by a URL that names the origins which its walk is going to cross, in their
    /// order: connections to them are opened while the first is asked, as far as gates, guard and
    /// pool allow it, and no longer where walks did not come to what was named. The hop that is the
    /// first to use such a connection shows its dial as its own.
    pub async fn walk_via(&self, start: &Link, depth: Depth, named: &[Origin]) -> Arc<Chain> {
        let shared = {
            let mut walks = lock(&self.inner.walks);
            let key = (start.clone(), depth);
            if let Some(shared) = walks.known.get(&key) {
                shared.clone()
            } else {
                let shared = self.start_walk(start.clone(), depth, named.to_vec());
                walks.known.insert(key, shared.clone());
                shared
            }
        };
        shared.await
    }

    fn start_walk(&self, start: Link, depth: Depth, named: Vec<Origin>) -> SharedWalk {
        let inner = Arc::clone(&self.inner);
        let unwalked = start.clone();
        let task = tokio::spawn(async move {
            let host = start.origin().host;
            let chain = tokio::select! {
                () = inner.stop.cancelled() => interrupted(start.clone()),
                pass = inner.gates.pass(&host) => Box::pin(inner.walk_ahead(&start, depth, pass, &named)).await,
            };
            lock(&inner.walks).done((start, depth), inner.settings.limits.walks);
            Arc::new(chain)
        });
        // A task that is gone (the runtime shuts down) has walked nothing.
        async move { task.await.unwrap_or_else(|_| Arc::new(interrupted(unwalked))) }.boxed().shared()
    }

    /// What others than the server say of a leaf; see [`papers::Clerk::papers`]. What an earlier
    /// round left on the shelf of [`Settings::papers`] is not fetched again while it stands.
    pub async fn papers(&self, issuers: &[String], crls: &[String], renewal: Option<(&str, &str)>) -> Papers {
        tokio::select! {
            () = self.inner.stop.cancelled() => Papers::default(),
            papers = self.inner.clerk.papers(issuers, crls, renewal) => papers,
        }
    }

    /// What the servers saw until now, those of papers among them.
    pub fn counts(&self) -> Counts {
        let papers = self.inner.clerk.sent();
        Counts {
            connections: self.inner.counts.connections.load(Ordering::Relaxed).saturating_add(papers),
            requests: self.inner.counts.requests.load(Ordering::Relaxed).saturating_add(papers),
        }
    }

    /// Ends everything that is under way: chains end as [`End::Interrupted`] with what is known.
    pub fn stop(&self) {
        self.inner.stop.cancel();
    }

    /// Resolves once the round was stopped.
    pub async fn stopped(&self) {
        self.inner.stop.cancelled().await;
    }

    /// Whether the round was stopped.
    pub fn is_stopped(&self) -> bool {
        self.inner.stop.is_cancelled()
    }
}

/// A chain whose first hop was not asked.
fn interrupted(start: Link) -> Chain {
    let mut hop = hop::unasked(start);
    hop.request = Phase::Failed { took: Duration::ZERO, why: RequestFailure::Interrupted };
    Chain { hops: vec![hop], end: End::Interrupted, media: None, took: Duration::ZERO, walks: 1, second_opinion: None }
}

/// The guard of a mutex. One that a panic left behind is used on: what it protects here is whole
/// after each statement.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
