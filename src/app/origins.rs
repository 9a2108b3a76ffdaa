//! Everything about origins that a round needs, once each: the sighting of every address, and the
//! papers that others hold about the leaves served there.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::HashMap;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use jiff::Timestamp;
use tokio::sync::OnceCell;

use crate::cert::{Fingerprint, Served};
use crate::chain::{Chain, Edge, OriginSighting, Papers, Phase, TlsFailure};
use crate::judge::trust::{self, Stores};
use crate::link::Origin;
use crate::probe::Round;

/// Issuers above one another that are fetched for one chain.
const MAX_CLIMB: usize = 3;

/// Sightings of origins with their papers, made once a round however many chains cross them.
///
/// Each is made by a task of its own: while it is made it holds a host's gate and an address's
/// slot, and others wait for these. Were it to run only when whoever asked first is polled, the
/// pipeline could come to wait for what it keeps from running.
pub(super) struct Origins {
    inner: Arc<Inner>,
    sightings: Mutex<HashMap<Origin, Sighting>>,
}

/// By all that was served: which issuer is missing depends on what came with the leaf.
type PapersKept = Mutex<HashMap<Vec<Fingerprint>, Arc<OnceCell<Arc<Papers>>>>>;

pub(super) type Sighting = Shared<BoxFuture<'static, Arc<OriginSighting>>>;

struct Inner {
    round: Round,
    stores: Arc<Stores>,
    at: Timestamp,
    papers: PapersKept,
}

impl Origins {
    pub(super) fn new(round: Round, stores: Arc<Stores>, at: Timestamp) -> Self {
        Self { inner: Arc::new(Inner { round, stores, at, papers: Mutex::default() }), sightings: Mutex::default() }
    }

    /// The origins that a chain crosses, each once, in the order of its hops.
    pub(super) async fn of(&self, chain: &Chain) -> Vec<Arc<OriginSighting>> {
        let mut origins: Vec<Cow<'_, Origin>> = Vec::with_capacity(chain.hops.len());
        for hop in &chain.hops {
            let origin = hop.origin();
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        // All are begun before the first is waited for; each goes on by itself.
        let begun: Vec<Sighting> = origins.iter().map(|origin| self.sighting(origin)).collect();
        let mut seen = Vec::with_capacity(begun.len());
        for sighting in begun {
            let made = sighting.peek().map(Arc::clone);
            seen.push(match made {
                Some(made) => made,
                None => sighting.await,
            });
        }
        seen
    }

    /// What is seen of an origin.
    pub(super) fn sighting(&self, origin: &Origin) -> Sighting {
        let mut sightings = self.sightings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sighting) = sightings.get(origin) {
            return sighting.clone();
        }
        let sighting = self.start(origin);
        sightings.insert(origin.clone(), sighting.clone());
        sighting
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
        let chains: Vec<Arc<Served>> = sighting.edges.iter().filter_map(served).map(Arc::clone).collect();
        let found = futures_util::future::join_all(chains.iter().map(|served| self.papers_of(served))).await;
        let own = Arc::make_mut(&mut sighting);
        for (leaf, papers) in found.into_iter().flatten() {
            match own.papers.iter_mut().find(|(known, _)| *known == leaf) {
                Some((_, known)) => join(known, &papers),
                None => own.papers.push((leaf, papers)),
            }
        }
        sighting
    }

    async fn papers_of(&self, served: &Served) -> Option<(Fingerprint, Arc<Papers>)> {
        let leaf = served.leaf()?.sha256;
        let cell = {
            let mut cells = self.papers.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(cells.entry(served.readable().map(|cert| cert.sha256).collect()).or_default())
        };
        let papers = cell.get_or_init(|| async {
            let wanted = trust::wanted(served, &self.stores, self.at);
            let renewal = wanted.renewal.as_ref().map(|(directory, id)| (directory.as_str(), id.as_str()));
            let mut papers = self.round.papers(&wanted.issuers, &wanted.crls, renewal).await;
            // A fetched issuer may itself lack its issuer.
            for _ in 1..MAX_CLIMB {
                let above = trust::wanted_given(served, Some(&papers), &self.stores, self.at).issuers;
                if above.is_empty() {
                    break;
                }
                papers.issuers.extend(self.round.papers(&above, &[], None).await.issuers);
            }
            Arc::new(papers)
        });
        Some((leaf, Arc::clone(papers.await)))
    }
}

/// The chain that an address showed, in a session or in cleartext to an obsolete handshake.
fn served(edge: &Edge) -> Option<&Arc<Served>> {
    match (edge.tls.fact(), edge.tls.failure()) {
        (Some(session), _) => Some(&session.served),
        (None, Some(TlsFailure::Obsolete(old))) => Some(&old.served),
        _ => None,
    }
}

/// Addresses may serve one leaf with different certificates behind it: what was fetched for any of
/// them is there for all.
fn join(known: &mut Arc<Papers>, more: &Papers) {
    let new: Vec<_> = more.issuers.iter().filter(|fetched| !known.issuers.contains(fetched)).cloned().collect();
    if !new.is_empty() {
        Arc::make_mut(known).issuers.extend(new);
    }
}

fn unseen(origin: Origin) -> OriginSighting {
    OriginSighting { origin, dns: Phase::NotReached, edges: Vec::new(), papers: Vec::new(), marks: Vec::new() }
}
