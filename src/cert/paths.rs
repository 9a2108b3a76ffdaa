//! The paths that a set of certificates allows: from a leaf, by issuer name, key identifier and
//! signature, to a root. Dates, usages and trust are not looked at. The search is bounded, whatever
//! the certificates claim of each other.

use std::collections::HashMap;
use std::sync::Arc;

use crate::cert::{Certificate, Fingerprint, MAX_CHAIN, Signed, signed_by, spki};

/// Paths that are kept.
const MAX_PATHS: usize = 48;
/// Certificates of a path, leaf and root included.
const MAX_LENGTH: usize = MAX_CHAIN + 2;
/// Steps of the whole search.
const MAX_STEPS: usize = 2000;
/// Signatures checked in the whole search.
const MAX_CHECKS: usize = 200;

/// Where a certificate of a path comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A root that the caller knows.
    Root,
    /// The server sent it.
    Served,
    /// It was fetched from where another certificate pointed.
    Fetched,
}

/// Root certificates by their subject, DER.
pub type Roots = HashMap<Arc<[u8]>, Vec<Arc<Certificate>>>;

/// What paths are made of.
#[derive(Debug, Default)]
pub struct Pool<'a> {
    /// Certificates that the server sent, in its order.
    pub served: Vec<&'a Arc<Certificate>>,
    /// Certificates that were fetched.
    pub fetched: Vec<&'a Arc<Certificate>>,
    /// Roots by subject.
    pub roots: Option<&'a Roots>,
}

/// One certificate of a path.
#[derive(Clone, Debug)]
pub struct Step {
    /// The certificate.
    pub cert: Arc<Certificate>,
    /// Where it comes from.
    pub place: Place,
    /// Whether it signed the one below it; the leaf has nothing below and is `Valid`.
    pub signed: Signed,
}

/// How a path ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathEnd {
    /// In a root that the caller knows.
    Anchored,
    /// In a certificate that signs itself and is no known root.
    SelfSigned,
    /// In a certificate whose issuer is not there.
    Missing,
}

/// A path, leaf first.
#[derive(Clone, Debug)]
pub struct Path {
    /// At least the leaf.
    pub steps: Vec<Step>,
    /// How it ends.
    pub end: PathEnd,
}

/// All paths from this leaf, those over known roots first at every fork, then in served order.
pub fn paths(leaf: &Arc<Certificate>, pool: &Pool<'_>) -> Vec<Path> {
    let mut search =
        Search { pool, found: Vec::new(), steps: 0, checks: 0, known: HashMap::new(), keys: HashMap::new() };
    let mut path = vec![Step { cert: Arc::clone(leaf), place: Place::Served, signed: Signed::Valid }];
    search.extend(&mut path);
    search.found
}

struct Search<'a> {
    pool: &'a Pool<'a>,
    found: Vec<Path>,
    steps: usize,
    checks: usize,
    known: HashMap<(Fingerprint, Fingerprint), Signed>,
    keys: HashMap<Fingerprint, Option<Fingerprint>>,
}

impl Search<'_> {
    fn extend(&mut self, path: &mut Vec<Step>) {
        let Some(top) = path.last().map(|step| Arc::clone(&step.cert)) else { return };
        if self.found.len() >= MAX_PATHS || self.steps >= MAX_STEPS {
            return;
        }
        self.steps += 1;
        let issuers = if path.len() < MAX_LENGTH { self.issuers(&top, path) } else { Vec::new() };
        if issuers.is_empty() {
            let end = if is_self_signed(&top) { PathEnd::SelfSigned } else { PathEnd::Missing };
            self.found.push(Path { steps: path.clone(), end });
            return;
        }
        for step in issuers {
            if step.place == Place::Root {
                let mut steps = path.clone();
                steps.push(step);
                if self.found.len() < MAX_PATHS {
                    self.found.push(Path { steps, end: PathEnd::Anchored });
                }
            } else {
                path.push(step);
                self.extend(path);
                path.pop();
            }
        }
    }

    /// Who may have signed this certificate: by name, and by signature. A certificate that fits by
    /// name and key identifier but did not sign is taken where there is no better one, so that the
    /// broken signature can be named.
    fn issuers(&mut self, child: &Arc<Certificate>, path: &[Step]) -> Vec<Step> {
        let pool = self.pool;
        let roots = pool.roots.and_then(|roots| roots.get(&child.issuer_der)).into_iter().flatten();
        let candidates = roots
            .map(|cert| (cert, Place::Root))
            .chain(pool.served.iter().map(|cert| (*cert, Place::Served)))
            .chain(pool.fetched.iter().map(|cert| (*cert, Place::Fetched)))
            .filter(|(cert, _)| cert.subject_der == child.issuer_der);
        let mut good: Vec<Step> = Vec::new();
        let mut broken: Vec<Step> = Vec::new();
        for (cert, place) in candidates {
            let own = cert.sha256 == child.sha256;
            // A root may be the very certificate that was sent (a pinned leaf, a root sent along).
            if good.iter().chain(&broken).any(|step| step.cert.sha256 == cert.sha256)
                || (place != Place::Root && (own || self.on_path(cert, path)))
            {
                continue;
            }
            let signed = self.signed(child, cert);
            let step = Step { cert: Arc::clone(cert), place, signed };
            match signed {
                Signed::Valid => good.push(step),
                // Not checkable: the key identifiers have to speak for it.
                Signed::Unsupported if key_ids_agree(child, cert) => good.push(step),
                Signed::Invalid if key_ids_agree(child, cert) => broken.push(step),
                Signed::Invalid | Signed::Unsupported => {}
            }
        }
        if good.is_empty() && !is_self_signed(child) { broken } else { good }
    }

    /// The same name with the same key again leads nowhere new.
    fn on_path(&mut self, cert: &Arc<Certificate>, path: &[Step]) -> bool {
        path.iter().any(|step| {
            step.cert.sha256 == cert.sha256
                || (step.cert.subject_der == cert.subject_der && self.key(&step.cert) == self.key(cert))
        })
    }

    fn key(&mut self, cert: &Arc<Certificate>) -> Option<Fingerprint> {
        *self.keys.entry(cert.sha256).or_insert_with(|| spki(cert).map(Fingerprint::of))
    }

    fn signed(&mut self, child: &Arc<Certificate>, issuer: &Arc<Certificate>) -> Signed {
        if let Some(known) = self.known.get(&(child.sha256, issuer.sha256)) {
            return *known;
        }
        if self.checks >= MAX_CHECKS {
            return Signed::Unsupported;
        }
        self.checks += 1;
        let signed = signed_by(child, issuer);
        self.known.insert((child.sha256, issuer.sha256), signed);
        signed
    }
}

/// Issuer and subject are the same and the signature is by its own key (or cannot be checked).
pub fn is_self_signed(cert: &Certificate) -> bool {
    cert.subject_der == cert.issuer_der && signed_by(cert, cert) != Signed::Invalid
}

/// Neither says of the other's key that it is another one.
fn key_ids_agree(child: &Certificate, issuer: &Certificate) -> bool {
    match (&child.authority_key_id, &issuer.subject_key_id) {
        (Some(wanted), Some(own)) => wanted == own,
        _ => true,
    }
}
