//! Floods: as much as a connection carries of what is allowed and means nothing.

use crate::lab::exhibit::{Exhibit, Tls};
use crate::lab::exhibits::hostile::{NO_SESSION, PROTOCOL, behind, forever, framed};
use crate::lab::frames::{
    ACK, CONTINUATION, DATA, END_HEADERS, GOAWAY, HEADERS, PING, PRIORITY, PUSH_PROMISE, RST_STREAM, SETTINGS,
    WINDOW_UPDATE, fields, flood, frame, once,
};
use crate::lab::http::Step;

/// Types of TLS records (RFC 8446 5.1).
const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;

/// A record in cleartext.
fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap_or_default().to_be_bytes();
    [&[kind, 3, 3, high, low], content].concat()
}

/// A record in cleartext for ever.
fn records(kind: u8, content: &[u8]) -> Step {
    forever(record(kind, content).repeat(100))
}

/// A session ticket (RFC 8446 4.6.1): lifetime, age, nonce, 32 bytes of ticket, no extensions.
fn ticket() -> Vec<u8> {
    let body = [&[0, 0, 1, 0, 1, 2, 3, 4, 1, 0, 0, 32], [7; 32].as_slice(), &[0, 0]].concat();
    let len = u8::try_from(body.len()).unwrap_or_default();
    [&[4, 0, 0, len], body.as_slice()].concat()
}

/// The first record of a flight, the ServerHello's.
fn server_hello(flight: &[u8]) -> Step {
    let len = flight.get(3..5).unwrap_or_default().iter().fold(0, |sum, &byte| sum << 8 | usize::from(byte));
    Step::send(flight.get(..5 + len).unwrap_or_default().to_vec())
}

/// A frame of no stream for ever, in place of an answer.
fn aside(kind: u8, payload: &[u8]) -> Vec<Step> {
    vec![flood(&frame(kind, 0, 0, payload))]
}

/// The head of a ranged answer.
fn head(stream: u32) -> Step {
    let head = fields("206", &[("content-type", "audio/mpeg"), ("content-range", "bytes 0-65535/600000")]);
    once(frame(HEADERS, END_HEADERS, stream, &head))
}

/// A head in more frames than may come.
fn large_head(stream: u32) -> Vec<Step> {
    let filler = "y".repeat(120);
    let head = fields("200", &vec![("x-filler", filler.as_str()); 1000]);
    let mut frames = Vec::new();
    let mut kind = HEADERS;
    for part in head.chunks(16_000) {
        frames.extend(frame(kind, 0, stream, part));
        kind = CONTINUATION;
    }
    frames.extend(frame(CONTINUATION, END_HEADERS, stream, &[]));
    vec![once(frames), Step::Hang]
}

pub(in crate::lab::exhibits) const ALL: &[Exhibit] = &[
    Exhibit {
        name: "h2-hints-flood",
        what: "Interim answers without end over HTTP/2.",
        places: &[framed(|stream| {
            vec![flood(&frame(HEADERS, END_HEADERS, stream, &fields("103", &[("link", "</x>")])))]
        })],
        ..PROTOCOL
    },
    Exhibit {
        name: "h2-small-hints-flood",
        what: "Interim answers of ten bytes without end over HTTP/2.",
        places: &[framed(|stream| {
            // The first puts `:status: 103` into the table, the others name its place there (RFC 7541 6.1).
            let hint = |field: &[u8]| frame(HEADERS, END_HEADERS, stream, field);
            vec![once(hint(b"\x48\x03103")), flood(&hint(&[0xbe]).repeat(16))]
        })],
        ..PROTOCOL
    },
    Exhibit {
        name: "h2-large-hints-flood",
        what: "Interim answers without end over HTTP/2, of hundreds of fields in a byte each.",
        places: &[framed(|stream| {
            let hint = |field: &[u8]| frame(HEADERS, END_HEADERS, stream, field);
            // The table then has `a: b` before `:status: 103`.
            let first = hint(b"\x48\x03103\x40\x01a\x01b");
            vec![once(first), flood(&hint(&[&[0xbf], [0xbe; 700].as_slice()].concat()))]
        })],
        ..PROTOCOL
    },
    Exhibit {
        name: "h2-ping-flood",
        what: "PING without end, each of which asks for an answer.",
        places: &[framed(|_| aside(PING, &[7; 8]))],
        ..PROTOCOL
    },
    Exhibit {
        name: "h2-pong-flood",
        what: "Answers to PING that nobody sent, without end.",
        places: &[framed(|_| vec![flood(&frame(PING, ACK, 0, &[7; 8]))])],
        ..PROTOCOL
    },
    Exhibit {
        name: "h2-settings-flood",
        what: "SETTINGS without end, each of which asks for an answer.",
        places: &[framed(|_| aside(SETTINGS, &[0, 3, 0, 0, 0, 100]))],
        ..PROTOCOL
    },
    Exhibit {
        name: "h2-window-flood",
        what: "WINDOW_UPDATE without end.",
        places: &[framed(|_| aside(WINDOW_UPDATE, &[0, 0, 0, 1]))],
        ..PROTOCOL
    },
    Exhibit {
        name: "h2-priority-flood",
        what: "PRIORITY without end.",
        places: &[framed(|stream| vec![flood(&frame(PRIORITY, 0, stream, &[0, 0, 0, 0, 1]))])],
        ..PROTOCOL
    },
    Exhibit {
        name: "h2-unknown-flood",
        what: "Frames of an unknown type without end, to be passed over (RFC 9113 4.1).",
        places: &[framed(|_| aside(0x42, &[]))],
        ..PROTOCOL
    },
    Exhibit {
        name: "h2-reset-flood",
        what: "RST_STREAM without end.",
        places: &[framed(|stream| vec![flood(&frame(RST_STREAM, 0, stream, &[0, 0, 0, 8]))])],
        ..PROTOCOL
    },
    Exhibit {
        name: "h2-goaway-flood",
        what: "GOAWAY without end.",
        places: &[framed(|_| aside(GOAWAY, &[0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]))],
        ..PROTOCOL
    },
    Exhibit {
        name: "h2-push-flood",
        what: "Pushed answers without end, though the client has refused all of them.",
        places: &[framed(|stream| {
            let promise = [&[0, 0, 0, 2], fields("200", &[]).as_slice()].concat();
            vec![flood(&frame(PUSH_PROMISE, END_HEADERS, stream, &promise))]
        })],
        ..PROTOCOL
    },
    Exhibit {
        name: "h2-continuation-flood",
        what: "A head that is continued without end (CVE-2024-27316).",
        places: &[framed(|stream| {
            let more = frame(CONTINUATION, 0, stream, b"\0\x01a\x01b");
            vec![once(frame(HEADERS, 0, stream, &fields("200", &[]))), flood(&more)]
        })],
        ..PROTOCOL
    },
    Exhibit {
        name: "h2-empty-continuation-flood",
        what: "A head that is continued without end by nothing.",
        places: &[framed(|stream| {
            vec![once(frame(HEADERS, 0, stream, &fields("200", &[]))), flood(&frame(CONTINUATION, 0, stream, &[]))]
        })],
        ..PROTOCOL
    },
    Exhibit {
        name: "h2-empty-data-flood",
        what: "A body of empty frames without end (CVE-2019-9518).",
        places: &[framed(|stream| vec![head(stream), flood(&frame(DATA, 0, stream, &[]))])],
        ..PROTOCOL
    },
    Exhibit {
        name: "h2-headers",
        what: "A head of more than may come over HTTP/2.",
        places: &[framed(large_head)],
        ..PROTOCOL
    },
    Exhibit {
        name: "alert-flood",
        what: "Warning alerts without end in answer to the ClientHello.",
        // no_renegotiation, which TLS 1.2 knows as a warning.
        places: &[behind(Tls::Steps(|| vec![records(ALERT, &[1, 100])]))],
        ..NO_SESSION
    },
    Exhibit {
        name: "empty-record-flood",
        what: "Empty records without end in answer to the ClientHello.",
        places: &[behind(Tls::Steps(|| vec![records(HANDSHAKE, &[])]))],
        ..NO_SESSION
    },
    Exhibit {
        name: "cipher-change-flood",
        what: "ChangeCipherSpec without end after the ServerHello, to be passed over by TLS 1.3.",
        places: &[behind(Tls::Flight(|flight| vec![server_hello(flight), records(CHANGE_CIPHER_SPEC, &[1])]))],
        ..NO_SESSION
    },
    Exhibit {
        name: "endless-handshake",
        what: "A handshake message of 16 MiB in answer to the ClientHello.",
        places: &[behind(Tls::Steps(|| {
            let start = record(HANDSHAKE, &[2, 0xff, 0xff, 0xff]);
            vec![Step::send(start), forever(record(HANDSHAKE, &[0; 16_000]))]
        }))],
        ..NO_SESSION
    },
    Exhibit {
        name: "empty-data-flood",
        what: "After the handshake, protected records of nothing without end.",
        places: &[behind(Tls::Records(APPLICATION_DATA, Vec::new))],
        ..PROTOCOL
    },
    Exhibit {
        name: "late-alert-flood",
        what: "After the handshake, protected warning alerts without end.",
        // user_canceled, which TLS 1.3 alone passes over.
        places: &[behind(Tls::Records(ALERT, || vec![1, 90]))],
        ..PROTOCOL
    },
    Exhibit {
        name: "ticket-flood",
        what: "After the handshake, session tickets without end.",
        places: &[behind(Tls::Records(HANDSHAKE, ticket))],
        ..PROTOCOL
    },
    Exhibit {
        name: "key-flood",
        what: "After the handshake, new keys without end.",
        places: &[behind(Tls::KeyUpdates)],
        ..PROTOCOL
    },
];
