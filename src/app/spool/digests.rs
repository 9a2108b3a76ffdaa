//! Digests of what episodes and enclosures are known again by: eight bytes stand for a text. Their
//! keys are random, so that nobody can write a feed whose digests are alike.

use std::hash::{BuildHasher as _, RandomState};

use crate::feed::{Enclosure, EnclosureKind, Episode};
use crate::link::Link;

/// Makes digests. Those of clones can be compared.
#[derive(Clone, Debug, Default)]
pub(in crate::app) struct Digests(RandomState);

impl Digests {
    /// By what an episode is known again on another page.
    pub(super) fn identity(&self, episode: &Episode) -> Option<u64> {
        episode.identity().map(|identity| self.0.hash_one(identity))
    }

    /// Which enclosures need but one walk.
    pub(in crate::app) fn walk(&self, enclosure: &Enclosure) -> Option<u64> {
        sharing(enclosure).map(|key| self.0.hash_one(key))
    }
}

/// What enclosures have in common that need but one walk: the URL, and whether they are live.
pub(in crate::app) fn sharing(enclosure: &Enclosure) -> Option<(&Link, bool)> {
    enclosure.link.as_ref().ok().map(|link| (link, enclosure.kind == EnclosureKind::Live))
}
