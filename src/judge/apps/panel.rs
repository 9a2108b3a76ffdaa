//! The apps of a round, and what they need to remember of its origins.

use std::collections::HashMap;
use std::net::SocketAddr;

use crate::chain::{Hop, OriginSighting};
use crate::judge::apps::{AppCase, AppVerdict, Profile, apps};
use crate::judge::trust::{ChainJudgement, Stores};
use crate::judge::{EnclosureCase, Outcome};
use crate::link::Origin;

/// Keeps nothing while there are no apps to ask for.
#[derive(Debug, Default)]
pub(crate) struct Panel {
    profiles: Vec<&'static Profile>,
    origins: HashMap<Origin, Vec<(SocketAddr, ChainJudgement)>>,
    stores: Vec<String>,
}

impl Panel {
    /// A panel of these apps; `stores` are those that certificates are judged against.
    pub(crate) fn new(profiles: &[&'static Profile], stores: &Stores) -> Self {
        let stores = stores.all().iter().map(|store| store.id.clone()).collect();
        Self { profiles: profiles.to_vec(), origins: HashMap::new(), stores }
    }

    /// Remembers what was judged of an origin's certificates.
    pub(crate) fn origin(&mut self, sighting: &OriginSighting, certificates: &[Option<ChainJudgement>]) {
        if self.profiles.is_empty() {
            return;
        }
        let edges = sighting.edges.iter().zip(certificates);
        let judged = edges.filter_map(|(edge, judged)| Some((edge.address, judged.clone()?))).collect();
        self.origins.insert(sighting.origin.clone(), judged);
    }

    /// What the apps make of an enclosure; nothing where its URL cannot be requested at all.
    pub(crate) fn judge(&self, case: &EnclosureCase<'_>, outcome: Option<Outcome>) -> Vec<AppVerdict> {
        let (Some(chain), false) = (case.chain, self.profiles.is_empty()) else { return Vec::new() };
        let judged = |hop: &Hop| self.certificate(hop);
        let case = AppCase { chain, outcome, certificate: &judged, stores: &self.stores };
        apps(&case, &self.profiles)
    }

    /// The judgement over the certificates that served a hop: of its address, else of any other of
    /// its origin.
    fn certificate(&self, hop: &Hop) -> Option<&ChainJudgement> {
        let judged = self.origins.get(&hop.url.origin())?;
        let address = hop.connection.as_ref().map(|connection| connection.address);
        let serving = judged.iter().find(|(at, _)| Some(*at) == address);
        serving.or(judged.first()).map(|(_, judged)| judged)
    }
}
