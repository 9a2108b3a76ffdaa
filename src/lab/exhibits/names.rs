//! Names and addresses.

use crate::lab::exhibit::{BROKEN, Dns, Exhibit, HERE, Place, Source, Tls, WELL};
use crate::lab::exhibits::support::{NOBODY, at};
use crate::lab::pki::Leaf;

const fn named(dns: Dns) -> Place {
    Place { dns, ..HERE }
}

/// Two addresses of which the second does something else.
const fn second(edges: &'static [(u8, Tls)]) -> Place {
    Place { dns: Dns::At(&[1, 2]), tls: Tls::Edges(edges), ..HERE }
}

pub(super) const ALL: &[Exhibit] = &[
    Exhibit { name: "good", what: "Everything is as it should be.", ..WELL },
    Exhibit {
        name: "cname",
        what: "The name is an alias of an alias of an alias.",
        places: &[named(Dns::Alias(&["a.cdn.example.", "b.cdn.example.", "c.cdn.example."]))],
        ..WELL
    },
    Exhibit {
        name: "many-addresses",
        hostile: true,
        what: "The name has twenty addresses, more than are looked at.",
        places: &[at(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20])],
        ..WELL
    },
    Exhibit {
        name: "dns-missing",
        what: "The name does not exist.",
        causes: &["dns-not-found"],
        places: &[named(Dns::Missing)],
        ..BROKEN
    },
    Exhibit {
        name: "dns-empty",
        what: "The name exists and has no address.",
        causes: &["dns-not-found"],
        places: &[named(Dns::Empty)],
        ..BROKEN
    },
    Exhibit {
        name: "dns-servfail",
        what: "The name server answers with an error.",
        causes: &["dns-failed"],
        places: &[named(Dns::Fails)],
        ..BROKEN
    },
    Exhibit {
        name: "dns-silent",
        hostile: true,
        flags: &["--timeout", "500ms"],
        what: "The name server does not answer.",
        causes: &["dns-failed"],
        places: &[named(Dns::Silent)],
        ..BROKEN
    },
    Exhibit {
        name: "private-address",
        hostile: true,
        what: "The name points into a private network.",
        causes: &["address-blocked"],
        verdict: "unknown",
        outcome: Some("unknown"),
        places: &[named(Dns::Elsewhere(&[[10, 0, 0, 1]]))],
        ..WELL
    },
    Exhibit {
        name: "sinkhole",
        what: "The resolver answers 0.0.0.0, as ad blockers do.",
        causes: &["dns-sinkholed"],
        verdict: "unknown",
        outcome: Some("unknown"),
        places: &[named(Dns::Elsewhere(&[[0, 0, 0, 0]]))],
        ..WELL
    },
    Exhibit {
        name: "refused",
        what: "Nothing listens at the only address.",
        causes: &["connect-refused"],
        places: &[at(NOBODY)],
        ..BROKEN
    },
    Exhibit {
        name: "edges-down",
        what: "Nothing listens at either of two addresses.",
        causes: &["connect-refused"],
        places: &[at(&[240, 241])],
        ..BROKEN
    },
    Exhibit {
        name: "backlog",
        hostile: true,
        what: "The listener's queue is full, so that connects are never answered (Linux).",
        causes: &["connect-timeout"],
        flags: &["--connect-timeout", "300ms"],
        places: &[at(&[super::support::FULL])],
        ..BROKEN
    },
    Exhibit {
        name: "edge-down",
        what: "One of two addresses refuses connections.",
        causes: &["edge-down"],
        verdict: "warning",
        places: &[at(&[1, 240])],
        ..WELL
    },
    Exhibit {
        name: "edge-no-tls",
        what: "One of two addresses refuses every handshake.",
        causes: &["edge-down"],
        verdict: "warning",
        places: &[second(&[(1, Tls::Session(Leaf::Good)), (2, Tls::Alert(40))])],
        ..WELL
    },
    Exhibit {
        name: "edge-stale",
        what: "One of two addresses still serves the certificate before the present one.",
        causes: &["edge-mismatch"],
        verdict: "warning",
        places: &[second(&[(1, Tls::Session(Leaf::Good)), (2, Tls::Session(Leaf::Stale))])],
        ..WELL
    },
    Exhibit {
        name: "edge-expired",
        what: "One of two addresses serves a certificate that has expired.",
        causes: &["cert-expired", "edge-mismatch"],
        verdict: "critical",
        places: &[second(&[(1, Tls::Session(Leaf::Good)), (2, Tls::Session(Leaf::Expired))])],
        ..WELL
    },
    Exhibit {
        name: "offline",
        what: "Two sites of different owners and the canary refuse connections: the prober's own network is down.",
        source: Source::Urls(&["https://offline.lab.example/feed.xml", "https://offline.example.net/feed.xml"]),
        causes: &["prober-offline"],
        flags: &["--canary", "canary.lab.example:443"],
        verdict: "unknown",
        outcome: None,
        hostile: false,
        places: &[at(NOBODY), Place { name: "offline.example.net", ..at(NOBODY) }],
        items: &[],
    },
];
