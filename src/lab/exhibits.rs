//! The exhibits. One file for each kind; a new misbehaviour is one entry in one of them.

mod bodies;
mod causes;
mod certs;
mod documents;
mod hostile;
mod media;
mod names;
mod prefixes;
mod redirects;
mod routes;
mod statuses;
mod support;
mod tls;

use crate::lab::exhibit::{Exhibit, WELL};

pub(in crate::lab) use support::{FIXTURES, FULL, NOBODY, redirect};

/// The parts that the list is made of.
const PARTS: &[&[Exhibit]] = &[
    names::ALL,
    tls::ALL,
    certs::ALL,
    redirects::ALL,
    statuses::ALL,
    bodies::ALL,
    media::ALL,
    documents::ALL,
    prefixes::ALL,
    routes::ALL,
    causes::ALL,
    hostile::names::ALL,
    hostile::phases::ALL,
    hostile::floods::ALL,
    hostile::endless::ALL,
    hostile::redirects::ALL,
    hostile::feeds::ALL,
    hostile::chains::ALL,
];

/// Every exhibit.
pub static EXHIBITS: &[Exhibit] = &joined::<{ count() }>();

/// Codes that no exhibit causes, and why.
pub const WITHOUT_EXHIBIT: &[(&str, &str)] = &[
    ("connect-failed", "no route to a network cannot be had on loopback; the connector's own tests cover it"),
    ("cert-changed", "needs a history"),
    ("feed-changed", "needs a history"),
    ("feed-stale", "needs a history"),
    ("publishing-down", "needs the daemon's configuration"),
];

/// The exhibit of this name.
pub fn find(name: &str) -> Option<&'static Exhibit> {
    EXHIBITS.iter().find(|exhibit| exhibit.name == name)
}

#[expect(clippy::indexing_slicing, reason = "const evaluation, where iterators cannot go; a fault is a compile error")]
const fn count() -> usize {
    let mut sum = 0;
    let mut part = 0;
    while part < PARTS.len() {
        sum += PARTS[part].len();
        part += 1;
    }
    sum
}

#[expect(clippy::indexing_slicing, reason = "const evaluation, where iterators cannot go; a fault is a compile error")]
const fn joined<const N: usize>() -> [Exhibit; N] {
    let mut all = [WELL; N];
    let mut at = 0;
    let mut part = 0;
    while part < PARTS.len() {
        let mut one = 0;
        while one < PARTS[part].len() {
            all[at] = PARTS[part][one];
            at += 1;
            one += 1;
        }
        part += 1;
    }
    all
}
