//! Handshakes.

use crate::lab::exhibit::{BROKEN, Exhibit, HERE, Place, Tls};

const fn with(tls: Tls) -> Place {
    Place { tls, ..HERE }
}

/// An exhibit with which no session can be agreed.
const NO_SESSION: Exhibit = Exhibit { causes: &["tls-handshake-failed"], ..BROKEN };

pub(super) const ALL: &[Exhibit] = &[
    Exhibit {
        name: "cleartext",
        what: "The TLS port speaks HTTP in cleartext.",
        places: &[with(Tls::Cleartext)],
        ..NO_SESSION
    },
    Exhibit {
        name: "alert",
        what: "Every handshake is refused with handshake_failure.",
        places: &[with(Tls::Alert(40))],
        ..NO_SESSION
    },
    Exhibit {
        name: "garbage",
        hostile: true,
        what: "The TLS port sends bytes that are nothing.",
        places: &[with(Tls::Garbage)],
        ..NO_SESSION
    },
    Exhibit {
        name: "tls-closed",
        hostile: true,
        what: "The connection is closed after the ClientHello.",
        places: &[with(Tls::Close)],
        ..NO_SESSION
    },
    Exhibit {
        name: "tls-hang",
        hostile: true,
        what: "The ClientHello is never answered.",
        causes: &["http-timeout", "tls-handshake-failed"],
        flags: &["--timeout", "500ms"],
        places: &[with(Tls::Hang)],
        ..BROKEN
    },
    Exhibit {
        name: "tls10",
        what: "The server speaks TLS 1.0 and nothing newer.",
        causes: &["tls-obsolete"],
        places: &[with(Tls::Tls10)],
        ..BROKEN
    },
    Exhibit {
        name: "rsa-key-exchange",
        what: "The server speaks TLS 1.2 with RSA key exchange alone.",
        causes: &["tls-obsolete"],
        places: &[with(Tls::RsaKeyExchange)],
        ..BROKEN
    },
];
