//! Everything about origins that a round needs, once each: the sighting of every address, and the
//! papers that others hold about the leaves served there.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use jiff::Timestamp;
use tokio::sync::OnceCell;

use crate::cert::Fingerprint;
use crate::chain::{Chain, OriginSighting, Papers, Phase, Session};
use crate::judge::trust::{self, Stores};
use crate::link::Origin;
use crate::probe::Round;

/// Sightings of origins with their papers, made once a round however many chains cross them.
///
/// Each is made by a task of its own: while it is made it holds a host's gate and an address's
/// slot, and others wait for these. Were it to run only when whoever asked first is polled, the
/// pipeline could come to wait for what it keeps from running.
pub(super) struct Origins {
    inner: Arc<Inner>,
    sightings: Mutex<HashMap<Origin, Sighting>>,
}

type Sighting = Shared<BoxFuture<'static, Arc<OriginSighting>>>;

struct Inner {
    round: Round,
    stores: Arc<Stores>,
    at: Timestamp,
    papers: Mutex<HashMap<Fingerprint, Arc<OnceCell<Arc<Papers>>>>>,
}

impl Origins {
    pub(super) fn new(round: Round, stores: Arc<Stores>, at: Timestamp) -> Self {
        Self { inner: Arc::new(Inner { round, stores, at, papers: Mutex::default() }), sightings: Mutex::default() }
    }

    /// The origins that a chain crosses, each once, in the order of its hops.
    pub(super) async fn of(&self, chain: &Chain) -> Vec<Arc<OriginSighting>> {
        let mut origins: Vec<Origin> = Vec::new();
        for hop in &chain.hops {
            let origin = hop.url.origin();
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        futures_util::future::join_all(origins.iter().map(|origin| self.sighting(origin))).await
    }

    /// What is seen of an origin.
    pub(super) async fn sighting(&self, origin: &Origin) -> Arc<OriginSighting> {
        let sighting = {
            let mut sightings = self.sightings.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(sighting) = sightings.get(origin) { sighting.clone() } else {
                let sighting = self.start(origin);
                sightings.insert(origin.clone(), sighting.clone());
                sighting
            }
        };
        sighting.await
    }

    fn start(&self, origin: &Origin) -> Sighting {
        let (inner, wanted) = (Arc::clone(&self.inner), origin.clone());
        let task = tokio::spawn(async move { inner.look_at(&wanted).await });
        let origin = origin.clone();
        // A task that is gone (the runtime shuts down) has seen nothing.
        async move { task.await.unwrap_or_else(|_| Arc::new(unseen(origin))) }.boxed().shared()
    }
}

impl Inner {
    async fn look_at(&self, origin: &Origin) -> Arc<OriginSighting> {
        let mut sighting = self.round.origin(origin).await;
        let sessions: Vec<Arc<Session>> = sighting.edges.iter().filter_map(|edge| edge.tls.fact()).cloned().collect();
        let found = futures_util::future::join_all(sessions.iter().map(|session| self.papers_of(session))).await;
        let own = Arc::make_mut(&mut sighting);
        for (leaf, papers) in found.into_iter().flatten() {
            if own.papers.iter().all(|(known, _)| *known != leaf) {
                own.papers.push((leaf, papers));
            }
        }
        sighting
    }

    async fn papers_of(&self, session: &Session) -> Option<(Fingerprint, Arc<Papers>)> {
        let leaf = session.served.leaf()?.sha256;
        let cell = {
            let mut cells = self.papers.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(cells.entry(leaf).or_default())
        };
        let papers = cell.get_or_init(|| async {
            let wanted = trust::wanted(&session.served, &self.stores, self.at);
            let renewal = wanted.renewal.as_ref().map(|(directory, id)| (directory.as_str(), id.as_str()));
            Arc::new(self.round.papers(&wanted.issuers, &wanted.crls, renewal).await)
        });
        Some((leaf, Arc::clone(papers.await)))
    }
}

fn unseen(origin: Origin) -> OriginSighting {
    OriginSighting { origin, dns: Phase::NotReached, edges: Vec::new(), papers: Vec::new(), marks: Vec::new() }
}
