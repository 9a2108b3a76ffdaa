//! The own walk: which of the possible paths the judgement speaks of, and what stands in its way
//! to an anchor. Without time, and without the verifier's haste to stop at the first fault.

use std::sync::Arc;

use crate::cert::{Certificate, Path, PathEnd, Place, Pool, Served, Signed, Step, UnixSeconds, paths};
use crate::chain::Papers;
use crate::judge::Code;
use crate::judge::trust::faults;
use crate::judge::trust::stores::Stores;
use crate::judge::trust::verifier::Accepted;
use crate::judge::trust::words::{utc, who};

/// Fetched certificates that are looked at.
const MAX_FETCHED: usize = 16;

/// What can be walked over.
pub(super) fn pool<'a>(served: &'a Served, papers: Option<&'a Papers>, stores: &'a Stores) -> Pool<'a> {
    Pool {
        served: served.readable().collect(),
        fetched: papers
            .into_iter()
            .flat_map(|papers| &papers.issuers)
            .filter_map(|fetched| fetched.got.as_ref().ok())
            .flatten()
            .take(MAX_FETCHED)
            .collect(),
        roots: Some(stores.by_subject()),
    }
}

/// The best of all paths: one without broken signatures before one with, then one that ends in an
/// anchor without help from outside, then the one with the fewest faults, then the shortest.
pub(super) fn best(leaf: &Arc<Certificate>, pool: &Pool<'_>, at: UnixSeconds) -> Path {
    let rank = |path: &Path| {
        let broken = path.steps.iter().filter(|step| step.signed == Signed::Invalid).count();
        let end = match path.end {
            PathEnd::Anchored if !has_fetched(path) => 0,
            PathEnd::Anchored => 1,
            PathEnd::SelfSigned => 2,
            PathEnd::Missing => 3,
        };
        (broken, end, faults::count(path, at), path.steps.len())
    };
    paths(leaf, pool).into_iter().min_by_key(rank).unwrap_or_else(|| alone(leaf))
}

/// The path that webpki took.
pub(super) fn accepted(leaf: &Arc<Certificate>, served: &Served, stores: &Stores, accepted: &Accepted) -> Path {
    let mut path = alone(leaf);
    let step = |cert: &Arc<Certificate>, place| Step { cert: Arc::clone(cert), place, signed: Signed::Valid };
    for wanted in &accepted.intermediates {
        if let Some(cert) = served.readable().find(|cert| cert.sha256 == *wanted) {
            path.steps.push(step(cert, Place::Served));
        }
    }
    if let Some(root) = stores.root(&accepted.anchor) {
        path.steps.push(step(root, Place::Root));
    }
    path.end = PathEnd::Anchored;
    path
}

fn alone(leaf: &Arc<Certificate>) -> Path {
    let leaf = Step { cert: Arc::clone(leaf), place: Place::Served, signed: Signed::Valid };
    Path { steps: vec![leaf], end: PathEnd::Missing }
}

/// Whether the path needs a certificate that the server did not send.
pub(super) fn has_fetched(path: &Path) -> bool {
    path.steps.iter().any(|step| step.place == Place::Fetched)
}

/// Leaf and intermediates that the server sent: what it answers for. A root, known or not, is not
/// among them, unless it is itself the leaf.
pub(super) fn below_root(path: &Path) -> impl Iterator<Item = &Step> {
    let top = path.steps.len().saturating_sub(1);
    let roots = path.end == PathEnd::SelfSigned;
    path.steps
        .iter()
        .enumerate()
        .filter(move |(at, step)| step.place == Place::Served && (*at == 0 || !(roots && *at == top)))
        .map(|(_, step)| step)
}

/// Why the path leads to no anchor, with its evidence; `None` where it does.
pub(super) fn obstacle(path: &Path, stores: &Stores, papers: Option<&Papers>) -> Option<(Code, String)> {
    let leaf = &path.steps.first()?.cert;
    let top = &path.steps.last()?.cert;
    let labels = stores.all().iter().map(|store| store.label.as_str()).collect::<Vec<_>>().join(", ");
    let labels = if labels.is_empty() { "none is loaded".to_owned() } else { labels };
    match path.end {
        PathEnd::Anchored if !has_fetched(path) => None,
        PathEnd::Anchored => {
            let missing: Vec<String> =
                path.steps.iter().filter(|step| step.place == Place::Fetched).map(|step| who(&step.cert)).collect();
            let text = format!(
                "the server does not send {}; with it the chain from {} ends in {}, which is trusted",
                missing.join(" and "),
                who(leaf),
                who(top)
            );
            Some((Code::CertChainIncomplete, text))
        }
        _ if path.steps.len() == 1 && leaf.subject_der == leaf.issuer_der => {
            let text = format!("{} is issued by itself and is in no trust store ({labels})", who(leaf));
            Some((Code::CertSelfSigned, text))
        }
        PathEnd::SelfSigned => {
            let text = format!("the chain ends in the root {}, which is in no trust store ({labels})", who(top));
            Some((Code::CertUntrusted, text))
        }
        PathEnd::Missing => {
            let tried = papers.map(|papers| papers.issuers.as_slice()).unwrap_or_default();
            let failed = tried.iter().find_map(|fetched| fetched.got.as_ref().err().map(|why| (&fetched.url, why)));
            let fetch = match failed {
                Some((url, why)) => format!("; fetching it from {url} failed: {why}"),
                None if top.issuer_urls.is_empty() => "; no address is named where it could be had".to_owned(),
                None => String::new(),
            };
            let text = format!(
                "the issuer of {}, {}, is neither sent nor in a trust store ({labels}){fetch}",
                who(top),
                top.issuer
            );
            Some((Code::CertChainIncomplete, text))
        }
    }
}

/// What was sent against what was used: certificates off the path, and an order that is not its own.
pub(super) fn remarks(path: &Path, served: &Served, at: UnixSeconds) -> Vec<String> {
    let mut out = Vec::new();
    let readable: Vec<&Arc<Certificate>> = served.readable().collect();
    let position = |step: &Step| readable.iter().position(|cert| cert.sha256 == step.cert.sha256);
    let order: Vec<usize> = path.steps.iter().filter(|step| step.place == Place::Served).filter_map(position).collect();
    if order.iter().zip(order.iter().skip(1)).any(|(lower, upper)| lower > upper) {
        out.push(
            "the certificates are not sent in the path's order (each one should certify the one before)".to_owned(),
        );
    }
    let mut seen = Vec::new();
    for cert in &readable {
        if seen.contains(&cert.sha256) {
            out.push(format!("{} is sent more than once", who(cert)));
            continue;
        }
        seen.push(cert.sha256);
        if path.steps.iter().any(|step| step.cert.sha256 == cert.sha256) {
            continue;
        }
        let expired = if cert.not_after < at { format!("; it expired {}", utc(cert.not_after)) } else { String::new() };
        out.push(format!("{} is sent and not needed{expired}", who(cert)));
    }
    out
}
