//! Looking at origins apart from any chain: every address gets its handshake, and canaries tell
//! whether the network is there at all.

use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::future::join_all;

use super::Round;
use super::dial::seen;
use crate::chain::{Canary, DnsFailure, Edge, OriginSighting, Phase};
use crate::link::{Host, Origin};

impl Round {
    /// What there is to see of an origin: its name, and the handshake of every address. One that a
    /// walk of this round has dialled is not dialled again; a failure is made sure of once.
    /// `marks` are those of the answers that have come by now; `papers` are for whoever judges.
    pub async fn origin(&self, origin: &Origin) -> Arc<OriginSighting> {
        let inner = &*self.inner;
        let unseen = |dns| OriginSighting {
            origin: origin.clone(),
            dns,
            edges: Vec::new(),
            papers: Vec::new(),
            marks: Vec::new(),
        };
        let resolving = async {
            let (port, dns) = inner.resolve(origin, false).await;
            match dns.failure() {
                None | Some(DnsFailure::NoSuchName) => (port, dns),
                Some(_) => inner.resolve(origin, true).await,
            }
        };
        let (port, dns) = tokio::select! {
            () = inner.stop.cancelled() => return Arc::new(unseen(Phase::NotReached)),
            resolved = resolving => resolved,
        };
        let record = inner.origins.record(origin);
        let addresses = dns.fact().map(|resolution| resolution.addresses.clone()).unwrap_or_default();
        let visits = addresses.iter().take(inner.settings.limits.addresses).map(|ip| {
            let address = SocketAddr::new(*ip, port);
            let slot = record.edge(address);
            async move {
                let visit = async {
                    // What a walk has seen costs the host nothing.
                    if let Some(edge) = seen(&slot).await {
                        return edge;
                    }
                    let _pass = inner.gates.pass_by(&origin.host).await;
                    inner.visit(origin, address, &slot).await
                };
                tokio::select! {
                    () = inner.stop.cancelled() => {
                        Edge { address, connect: Phase::NotReached, tls: Phase::NotReached }
                    },
                    edge = visit => edge,
                }
            }
        });
        let edges = join_all(visits).await;
        Arc::new(OriginSighting { edges, marks: record.marks(), ..unseen(dns) })
    }

    /// Whether TCP can be opened to these hosts, through the same `--connect-to` and `--resolve`.
    /// Nothing where the round was stopped: a canary that was not waited for is not down.
    pub async fn canaries(&self, canaries: &[(String, u16)]) -> Vec<Canary> {
        let inner = &*self.inner;
        let asked = canaries.iter().map(|(name, port)| async move {
            let host = Host::name(name);
            let (target, target_port) = inner.settings.overrides.target(&host, *port);
            let asking = async {
                let dns = inner.resolve_target(&target, target_port, true).await;
                let Some(resolution) = dns.fact() else { return false };
                for ip in resolution.addresses.iter().take(inner.settings.limits.addresses) {
                    if inner.connect(SocketAddr::new(*ip, target_port)).await.is_ok() {
                        return true;
                    }
                }
                false
            };
            let reachable = tokio::select! {
                () = inner.stop.cancelled() => false,
                reachable = asking => reachable,
            };
            Canary { name: format!("{host}:{port}"), reachable }
        });
        let canaries = join_all(asked).await;
        if inner.stop.is_cancelled() { Vec::new() } else { canaries }
    }
}
