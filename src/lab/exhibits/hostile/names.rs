//! Names that lead in circles, to too much, or elsewhere the second time.

use crate::lab::exhibit::{Dns, Exhibit, HERE, Place};
use crate::lab::exhibits::hostile::{HARMLESS, PROTOCOL};

const fn named(dns: Dns) -> Place {
    Place { dns, ..HERE }
}

/// A name from which no address comes.
const LOST: Exhibit = Exhibit { causes: &["dns-failed"], flags: &["--timeout", "500ms"], ..PROTOCOL };

pub(in crate::lab::exhibits) const ALL: &[Exhibit] = &[
    Exhibit {
        name: "dns-endless",
        what: "The name is an alias of an alias, and so for ever.",
        causes: &["dns-not-found"],
        places: &[named(Dns::Endless)],
        ..LOST
    },
    Exhibit {
        name: "dns-circle",
        what: "The name is an alias of itself.",
        causes: &["dns-not-found"],
        places: &[named(Dns::Circle)],
        ..LOST
    },
    Exhibit {
        name: "dns-garbage",
        what: "The name server answers with bytes that are nothing.",
        places: &[named(Dns::Garbage)],
        ..LOST
    },
    Exhibit {
        name: "dns-huge",
        what: "The name has fifteen hundred addresses.",
        places: &[named(Dns::Many(1500))],
        ..HARMLESS
    },
    Exhibit {
        name: "rebind",
        what: "The name points to the host at first and into a private network afterwards.",
        places: &[named(Dns::Turns(&[[127, 0, 0, 1], [10, 0, 0, 1]]))],
        ..HARMLESS
    },
    Exhibit {
        name: "mixed-addresses",
        what: "Of two addresses of the name one is in a private network.",
        causes: &["address-blocked"],
        verdict: "warning",
        places: &[named(Dns::Elsewhere(&[[10, 0, 0, 1], [127, 0, 0, 1]]))],
        ..HARMLESS
    },
];
