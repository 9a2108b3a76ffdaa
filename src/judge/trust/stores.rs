//! Trust stores: sets of anchors, made ready once for many judgements.

use std::collections::HashMap;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, TrustAnchor};

use crate::cert::{Certificate, Roots};

/// A set of anchors.
#[derive(Clone, Debug)]
pub struct Store {
    /// Short name: `mozilla`, `system`, `ca-file`, or the NAME of `--trust NAME=FILE`.
    pub id: String,
    /// For people.
    pub label: String,
    /// When it was made, where known (RFC 3339 date).
    pub as_of: Option<String>,
    /// Whether its roots are public ones, to whose leaves the CA/B rules apply. `--ca-file` is not.
    pub public: bool,
    /// Its anchors.
    pub roots: Vec<Arc<Certificate>>,
}

/// All stores of a run, ready for use: the anchors of all of them joined, and for each anchor the
/// stores that hold it. An anchor is its name and key (RFC 5280 6.1.1); two root certificates that
/// share both are one.
#[derive(Clone, Debug, Default)]
pub struct Stores {
    all: Vec<Store>,
    union: Vec<TrustAnchor<'static>>,
    alone: Vec<Vec<TrustAnchor<'static>>>,
    holders: HashMap<AnchorKey, Anchor>,
    by_subject: Roots,
}

/// Subject and key, as webpki cuts them out of the certificate.
type AnchorKey = (Vec<u8>, Vec<u8>);

#[derive(Clone, Debug)]
struct Anchor {
    root: Arc<Certificate>,
    held_by: Vec<usize>,
}

impl Stores {
    /// Stores ready for use. A root that webpki cannot read as an anchor is left out.
    pub fn new(stores: Vec<Store>) -> Self {
        let mut out = Self::default();
        for (index, store) in stores.iter().enumerate() {
            let mut alone = Vec::new();
            for root in &store.roots {
                let Some(anchor) = anchor(root) else { continue };
                let key = key_of(&anchor);
                let known = out.holders.entry(key).or_insert_with(|| {
                    out.union.push(anchor.clone());
                    out.by_subject.entry(Arc::clone(&root.subject_der)).or_default().push(Arc::clone(root));
                    Anchor { root: Arc::clone(root), held_by: Vec::new() }
                });
                if !known.held_by.contains(&index) {
                    known.held_by.push(index);
                    alone.push(anchor);
                }
            }
            out.alone.push(alone);
        }
        out.all = stores;
        out
    }

    /// The stores.
    pub fn all(&self) -> &[Store] {
        &self.all
    }

    /// All anchors of all stores, each once.
    pub(super) fn union(&self) -> &[TrustAnchor<'static>] {
        &self.union
    }

    /// Each store with its own anchors.
    pub(super) fn each(&self) -> impl Iterator<Item = (&Store, &[TrustAnchor<'static>])> {
        self.all.iter().zip(self.alone.iter().map(Vec::as_slice))
    }

    /// Roots by their subject, each anchor once.
    pub(super) fn by_subject(&self) -> &Roots {
        &self.by_subject
    }

    /// The root certificate of an anchor.
    pub(super) fn root(&self, anchor: &TrustAnchor<'_>) -> Option<&Arc<Certificate>> {
        self.holders.get(&key_of(anchor)).map(|held| &held.root)
    }

    /// The stores that hold an anchor with this certificate's name and key.
    pub(super) fn holding(&self, root: &Certificate) -> impl Iterator<Item = &Store> {
        let held = anchor(root).and_then(|anchor| self.holders.get(&key_of(&anchor)));
        held.into_iter().flat_map(|held| &held.held_by).filter_map(|index| self.all.get(*index))
    }
}

/// A certificate as an anchor.
pub(super) fn anchor(root: &Certificate) -> Option<TrustAnchor<'static>> {
    let der = CertificateDer::from(root.der.as_ref());
    webpki::anchor_from_trusted_cert(&der).ok().map(|anchor| anchor.to_owned())
}

fn key_of(anchor: &TrustAnchor<'_>) -> AnchorKey {
    (anchor.subject.to_vec(), anchor.subject_public_key_info.to_vec())
}
