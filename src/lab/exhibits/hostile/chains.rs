//! Certificates: too many, too large, too deep.

use crate::lab::exhibit::{Exhibit, Tls};
use crate::lab::exhibits::hostile::{HARMLESS, NO_SESSION, behind};
use crate::lab::pki::Leaf;

/// A chain that clients refuse, before audio that is there.
const REFUSED: Exhibit = Exhibit { causes: &["cert-invalid"], verdict: "critical", ..HARMLESS };

pub(in crate::lab::exhibits) const ALL: &[Exhibit] = &[
    Exhibit {
        name: "huge-chain",
        what: "The certificates are larger than a handshake may be (64 KiB).",
        places: &[behind(Tls::Session(Leaf::Huge))],
        ..NO_SESSION
    },
    Exhibit {
        name: "large-chain",
        what: "The certificates are nearly as large as a handshake may be.",
        places: &[behind(Tls::Session(Leaf::Large))],
        ..HARMLESS
    },
    Exhibit {
        name: "many-names",
        what: "The certificate is for two thousand hosts.",
        places: &[behind(Tls::Session(Leaf::ManyNames))],
        ..HARMLESS
    },
    Exhibit {
        name: "deep-chain",
        what: "Twelve authorities stand between the certificate and its root.",
        places: &[behind(Tls::Session(Leaf::Deep))],
        ..REFUSED
    },
    Exhibit {
        name: "maze",
        what: "Fourteen authorities of one name and one key, of which each may have issued every other.",
        causes: &["cert-untrusted"],
        places: &[behind(Tls::Session(Leaf::Maze))],
        ..REFUSED
    },
];
