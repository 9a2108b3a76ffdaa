//! Everything about origins that a round needs, once each: the sighting of every address, and the
//! papers that others hold about the leaves served there.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::OnceCell;

use crate::cert::Fingerprint;
use crate::chain::{Chain, OriginSighting, Papers, Session};
use crate::judge::trust::{self, Stores};
use crate::link::Origin;
use crate::probe::Round;

type Cells<K, V> = Mutex<HashMap<K, Arc<OnceCell<V>>>>;

/// Sightings of origins with their papers, made once a round however many chains cross them.
pub(super) struct Origins {
    round: Round,
    stores: Arc<Stores>,
    at: Timestamp,
    sightings: Cells<Origin, Arc<OriginSighting>>,
    papers: Cells<Fingerprint, Arc<Papers>>,
}

impl Origins {
    pub(super) fn new(round: Round, stores: Arc<Stores>, at: Timestamp) -> Self {
        Self { round, stores, at, sightings: Mutex::default(), papers: Mutex::default() }
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
        let cell = cell(&self.sightings, origin);
        let sighting = cell.get_or_init(|| async {
            let mut sighting = self.round.origin(origin).await;
            let sessions: Vec<Arc<Session>> =
                sighting.edges.iter().filter_map(|edge| edge.tls.fact()).cloned().collect();
            let found = futures_util::future::join_all(sessions.iter().map(|session| self.papers_of(session))).await;
            let own = Arc::make_mut(&mut sighting);
            for (leaf, papers) in found.into_iter().flatten() {
                if own.papers.iter().all(|(known, _)| *known != leaf) {
                    own.papers.push((leaf, papers));
                }
            }
            sighting
        });
        Arc::clone(sighting.await)
    }

    async fn papers_of(&self, session: &Session) -> Option<(Fingerprint, Arc<Papers>)> {
        let leaf = session.served.leaf()?.sha256;
        let cell = cell(&self.papers, &leaf);
        let papers = cell.get_or_init(|| async {
            let wanted = trust::wanted(&session.served, &self.stores, self.at);
            let renewal = wanted.renewal.as_ref().map(|(directory, id)| (directory.as_str(), id.as_str()));
            Arc::new(self.round.papers(&wanted.issuers, &wanted.crls, renewal).await)
        });
        Some((leaf, Arc::clone(papers.await)))
    }
}

fn cell<K: Clone + Eq + std::hash::Hash, V>(cells: &Cells<K, V>, key: &K) -> Arc<OnceCell<V>> {
    let mut cells = cells.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(cell) = cells.get(key) {
        return Arc::clone(cell);
    }
    Arc::clone(cells.entry(key.clone()).or_default())
}
