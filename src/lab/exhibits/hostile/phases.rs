//! Silence, drops and resets, in every phase of a request.

use crate::lab::exhibit::{Exhibit, Tls};
use crate::lab::exhibits::hostile::{
    DROP, NO_FEED, NO_SESSION, PROTOCOL, Source, TIMEOUT, behind, drip, framed, raw, script,
};
use crate::lab::feeds::RSS;
use crate::lab::frames::{CONTINUATION, DATA, END_HEADERS, GOAWAY, HEADERS, RST_STREAM, fields, frame, once};
use crate::lab::http::{Asked, Reply, Step};
use crate::lab::media::{self, File};

/// Reason codes of HTTP/2 (RFC 9113 7).
const NO_ERROR: [u8; 4] = [0, 0, 0, 0];
const INTERNAL_ERROR: [u8; 4] = [0, 0, 0, 2];
const REFUSED_STREAM: [u8; 4] = [0, 0, 0, 7];

/// The head of a ranged answer that promises the file's first 64 KiB.
fn head_of_sample() -> String {
    let total = File::Mp3.bytes().len();
    format!(
        "HTTP/1.1 206 Partial Content\r\ncontent-type: audio/mpeg\r\ncontent-length: 65536\r\n\
         content-range: bytes 0-65535/{total}\r\n\r\n"
    )
}

/// HEAD as it should be; a GET begins with the head of the sample and goes on like this.
fn sample_then(asked: &Asked<'_>, steps: impl IntoIterator<Item = Step>) -> Reply {
    if asked.is_head() {
        return media::serve(asked);
    }
    script([Step::send(head_of_sample())].into_iter().chain(steps))
}

/// A feed whose head comes and that goes on like this.
fn feed_then(steps: impl IntoIterator<Item = Step>) -> Reply {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {RSS}\r\n\r\n<rss version=\"2.0\"><channel><title>");
    script([Step::send(head)].into_iter().chain(steps))
}

/// The head of the sample over HTTP/2.
fn framed_sample(stream: u32) -> Vec<u8> {
    let range = format!("bytes 0-65535/{}", File::Mp3.bytes().len());
    let head = fields("206", &[("content-type", "audio/mpeg"), ("content-range", &range)]);
    frame(HEADERS, END_HEADERS, stream, &head)
}

/// The first half of a flight.
fn half(flight: &[u8]) -> Step {
    Step::send(flight.get(..flight.len() / 2).unwrap_or_default().to_vec())
}

/// A handshake that never ends.
const NO_END: Exhibit = Exhibit { causes: &["http-timeout", "tls-handshake-failed"], ..TIMEOUT };

/// A feed of which only the start comes.
const CUT: Exhibit = Exhibit { causes: &["feed-empty", "feed-malformed", "http-timeout"], ..NEVER };

/// A feed that never comes.
const NEVER: Exhibit = Exhibit {
    causes: &["feed-unreachable", "http-timeout"],
    flags: &["--timeout", "500ms"],
    verdict: "critical",
    ..NO_FEED
};

pub(in crate::lab::exhibits) const ALL: &[Exhibit] = &[
    Exhibit {
        name: "tls-drip",
        what: "The server's first flight comes a byte at a time.",
        places: &[behind(Tls::Flight(|flight| {
            let drops = flight.iter().flat_map(|&byte| [Step::send(vec![byte]), Step::Wait(DROP)]);
            drops.chain([Step::Hang]).collect()
        }))],
        ..NO_END
    },
    Exhibit {
        name: "tls-half",
        what: "Half of the server's first flight comes, and nothing more.",
        places: &[behind(Tls::Flight(|flight| vec![half(flight), Step::Hang]))],
        ..NO_END
    },
    Exhibit {
        name: "tls-half-closed",
        what: "Half of the server's first flight comes, and the connection is closed.",
        places: &[behind(Tls::Flight(|flight| vec![half(flight)]))],
        ..NO_SESSION
    },
    Exhibit {
        name: "tls-reset",
        what: "The connection is reset in answer to the ClientHello.",
        places: &[behind(Tls::Steps(|| vec![Step::Reset]))],
        ..NO_SESSION
    },
    Exhibit {
        name: "tls-half-reset",
        what: "The connection is reset in the middle of the server's first flight.",
        places: &[behind(Tls::Flight(|flight| vec![half(flight), Step::Reset]))],
        ..NO_SESSION
    },
    Exhibit {
        name: "request-reset",
        what: "The connection is reset in answer to every request.",
        places: &[raw(|_| script([Step::Reset]))],
        ..PROTOCOL
    },
    Exhibit {
        name: "head-reset",
        what: "The connection is reset in the middle of the answer's head.",
        places: &[raw(|_| script([Step::send("HTTP/1.1 200 OK\r\ncontent-ty"), Step::Reset]))],
        ..PROTOCOL
    },
    Exhibit {
        name: "body-reset",
        what: "The connection is reset in the middle of the body.",
        places: &[raw(|asked| sample_then(asked, [Step::Send(File::Mp3.bytes().slice(..200)), Step::Reset]))],
        ..PROTOCOL
    },
    Exhibit {
        name: "body-drip",
        what: "The body comes a byte at a time.",
        places: &[raw(|asked| sample_then(asked, [drip("x")]))],
        ..TIMEOUT
    },
    Exhibit {
        name: "feed-hang",
        what: "The request for a feed is never answered.",
        source: Source::Urls(&["https://feed-hang.lab.example/feed.xml"]),
        places: &[raw(|_| script([Step::Hang]))],
        ..NEVER
    },
    Exhibit {
        name: "feed-drip",
        what: "The head of a feed comes a byte at a time.",
        source: Source::Urls(&["https://feed-drip.lab.example/feed.xml"]),
        places: &[raw(|_| script([Step::send("HTTP/1.1 200 OK\r\nx-drip: "), drip("x")]))],
        ..NEVER
    },
    Exhibit {
        name: "feed-body-hang",
        what: "A feed begins and does not go on.",
        source: Source::Urls(&["https://feed-body-hang.lab.example/feed.xml"]),
        places: &[raw(|_| feed_then([Step::Hang]))],
        ..CUT
    },
    Exhibit {
        name: "feed-body-drip",
        what: "A feed comes a byte at a time.",
        source: Source::Urls(&["https://feed-body-drip.lab.example/feed.xml"]),
        places: &[raw(|_| feed_then([drip("x")]))],
        ..CUT
    },
    Exhibit {
        name: "feed-reset",
        what: "The connection is reset in the middle of a feed.",
        source: Source::Urls(&["https://feed-reset.lab.example/feed.xml"]),
        causes: &["feed-empty", "feed-malformed", "http-protocol-error"],
        verdict: "critical",
        places: &[raw(|_| feed_then([Step::Reset]))],
        ..NO_FEED
    },
    Exhibit {
        name: "h2-hang",
        what: "A request over HTTP/2 is never answered.",
        places: &[framed(|_| vec![Step::Hang])],
        ..TIMEOUT
    },
    Exhibit {
        name: "h2-drip",
        what: "The head of an answer comes over HTTP/2 a byte at a time.",
        places: &[framed(|stream| {
            let mut start = frame(HEADERS, END_HEADERS, stream, &[0; 16_000]);
            start.truncate(9);
            vec![once(start), drip("x")]
        })],
        ..TIMEOUT
    },
    Exhibit {
        name: "h2-drops",
        what: "The head of an answer comes over HTTP/2 a byte at a time, each in a frame.",
        places: &[framed(|stream| {
            // A field whose name of 126 bytes has just begun.
            let start = frame(HEADERS, 0, stream, &[fields("200", &[]).as_slice(), &[0, 126]].concat());
            vec![once(start), drip(frame(CONTINUATION, 0, stream, b"x"))]
        })],
        causes: &["http-protocol-error"],
        ..TIMEOUT
    },
    Exhibit {
        name: "h2-body-hang",
        what: "A head comes over HTTP/2, and no byte of the body.",
        places: &[framed(|stream| vec![once(framed_sample(stream)), Step::Hang])],
        ..TIMEOUT
    },
    Exhibit {
        name: "h2-body-drip",
        what: "The body comes over HTTP/2 a byte at a time.",
        places: &[framed(|stream| vec![once(framed_sample(stream)), drip(frame(DATA, 0, stream, b"x"))])],
        ..TIMEOUT
    },
    Exhibit {
        name: "h2-connection-reset",
        what: "The connection is reset in answer to a request over HTTP/2.",
        places: &[framed(|_| vec![Step::Reset])],
        ..PROTOCOL
    },
    Exhibit {
        name: "h2-stream-reset",
        what: "Every stream of HTTP/2 is reset, and HTTP/1.1 is not to be had.",
        places: &[framed(|stream| vec![once(frame(RST_STREAM, 0, stream, &INTERNAL_ERROR))])],
        ..PROTOCOL
    },
    Exhibit {
        name: "h2-refused",
        what: "Every stream of HTTP/2 is refused, as if it could be asked for again.",
        places: &[framed(|stream| vec![once(frame(RST_STREAM, 0, stream, &REFUSED_STREAM))])],
        ..PROTOCOL
    },
    Exhibit {
        name: "goaway-loop",
        what: "Every connection over HTTP/2 is ended with GOAWAY before its first answer.",
        places: &[framed(|_| vec![once(frame(GOAWAY, 0, 0, &[[0; 4], NO_ERROR].concat())), Step::Hang])],
        ..PROTOCOL
    },
    Exhibit {
        name: "goaway-far",
        what: "GOAWAY promises an answer that never comes.",
        places: &[framed(|_| {
            vec![once(frame(GOAWAY, 0, 0, &[[0x7f, 0xff, 0xff, 0xff], NO_ERROR].concat())), Step::Hang]
        })],
        ..TIMEOUT
    },
];
