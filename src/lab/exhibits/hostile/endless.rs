//! Heads and bodies without end.

use crate::lab::exhibit::{Exhibit, ITEM, Item};
use crate::lab::exhibits::hostile::{HARMLESS, PROTOCOL, forever, raw, script};
use crate::lab::http::{Asked, Reply, Step};
use crate::lab::media::{self, File};

/// A block of what fills a connection.
fn filler() -> Vec<u8> {
    vec![b'x'; 16 << 10]
}

/// A head's start, and then this without end.
fn head(start: &str, again: impl Into<Vec<u8>>) -> Reply {
    script([Step::send(start.to_owned()), forever(again.into())])
}

/// HEAD as it should be; a GET begins with the head of a chunked sample and goes on like this.
fn chunked(asked: &Asked<'_>, steps: impl IntoIterator<Item = Step>) -> Reply {
    if asked.is_head() {
        return media::serve(asked);
    }
    let total = File::Mp3.bytes().len();
    let head = format!(
        "HTTP/1.1 206 Partial Content\r\ncontent-type: audio/mpeg\r\ncontent-range: bytes 0-65535/{total}\r\n\
         transfer-encoding: chunked\r\n\r\n"
    );
    script([Step::send(head)].into_iter().chain(steps))
}

/// The first 64 KiB of the file.
fn sample() -> Step {
    Step::Send(File::Mp3.bytes().slice(..65_536))
}

/// A range of a file of this size.
fn of_size(asked: &Asked<'_>, total: u64) -> Reply {
    if asked.is_head() {
        return media::serve(asked);
    }
    let head = format!(
        "HTTP/1.1 206 Partial Content\r\ncontent-type: audio/mpeg\r\ncontent-length: 65536\r\n\
         content-range: bytes 0-65535/{total}\r\n\r\n"
    );
    script([Step::send(head), sample(), Step::Hang])
}

pub(in crate::lab::exhibits) const ALL: &[Exhibit] = &[
    Exhibit {
        name: "endless-header",
        what: "One header of the answer never ends.",
        places: &[raw(|_| head("HTTP/1.1 200 OK\r\nx-filler: ", filler()))],
        ..PROTOCOL
    },
    Exhibit {
        name: "many-headers",
        what: "The answer has two hundred headers.",
        places: &[raw(|_| {
            let all = "x: y\r\n".repeat(200);
            script([Step::send(format!("HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\n{all}\r\n"))])
        })],
        ..PROTOCOL
    },
    Exhibit {
        name: "countless-headers",
        what: "Small headers without end.",
        places: &[raw(|_| head("HTTP/1.1 200 OK\r\n", "x: y\r\n".repeat(1000)))],
        ..PROTOCOL
    },
    Exhibit {
        name: "endless-status",
        what: "The words of the status line never end.",
        places: &[raw(|_| head("HTTP/1.1 200 ", filler()))],
        ..PROTOCOL
    },
    Exhibit {
        name: "empty-lines",
        what: "Empty lines without end in place of an answer.",
        places: &[raw(|_| script([forever("\r\n".repeat(1000))]))],
        ..PROTOCOL
    },
    Exhibit {
        name: "head-body",
        what: "HEAD is answered with a body that never ends.",
        places: &[raw(|asked| {
            if !asked.is_head() {
                return media::serve(asked);
            }
            let length = File::Mp3.bytes().len();
            let start = format!("HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ncontent-length: {length}\r\n\r\n");
            head(&start, filler())
        })],
        ..HARMLESS
    },
    Exhibit {
        name: "redirect-body",
        what: "A redirect has a body that never ends.",
        places: &[raw(|asked| match asked.path {
            "/start" => head("HTTP/1.1 302 Found\r\nlocation: /episode.mp3\r\n\r\n", filler()),
            _ => media::serve(asked),
        })],
        items: &[Item { url: Some("https://{host}/start"), ..ITEM }],
        ..HARMLESS
    },
    Exhibit {
        name: "error-body",
        what: "An error has a body that never ends.",
        causes: &["http-error"],
        places: &[raw(|_| head("HTTP/1.1 500 Oh\r\ncontent-type: text/html\r\n\r\n", filler()))],
        ..PROTOCOL
    },
    Exhibit {
        name: "endless-sample",
        what: "The answer to a range never ends.",
        places: &[raw(|asked| chunked(asked, [Step::send("10000\r\n"), sample(), forever("\r\n1\r\nx".repeat(1000))]))],
        ..HARMLESS
    },
    Exhibit {
        name: "small-chunks",
        what: "A body comes without end, each byte in a chunk of its own.",
        causes: &["media-not-audio"],
        places: &[raw(|asked| chunked(asked, [forever("1\r\nx\r\n".repeat(1000))]))],
        ..PROTOCOL
    },
    Exhibit {
        name: "endless-extension",
        what: "The extension of a chunk never ends (RFC 9112 7.1.1).",
        places: &[raw(|asked| chunked(asked, [Step::send("5;x="), forever(filler())]))],
        ..PROTOCOL
    },
    Exhibit {
        name: "extensions",
        what: "Every chunk of one byte has an extension of a kilobyte.",
        places: &[raw(|asked| chunked(asked, [forever(format!("1;x={}\r\nx\r\n", "y".repeat(1000)))]))],
        ..PROTOCOL
    },
    Exhibit {
        name: "endless-trailers",
        what: "The trailers of a body never end.",
        places: &[raw(|asked| chunked(asked, [Step::send("5\r\nhello\r\n0\r\n"), forever("x: y\r\n".repeat(1000))]))],
        ..PROTOCOL
    },
    Exhibit {
        name: "endless-trailer",
        what: "One trailer of a body never ends.",
        places: &[raw(|asked| chunked(asked, [Step::send("5\r\nhello\r\n0\r\nx: "), forever(filler())]))],
        ..PROTOCOL
    },
    Exhibit {
        name: "huge-length",
        what: "The length of a body is larger than any number.",
        places: &[raw(|_| {
            let length = "9".repeat(30);
            script([Step::send(format!(
                "HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ncontent-length: {length}\r\n\r\n"
            ))])
        })],
        ..PROTOCOL
    },
    Exhibit {
        name: "huge-range",
        what: "A range of a file of sixteen exabytes.",
        causes: &["media-length-mismatch"],
        places: &[raw(|asked| of_size(asked, u64::MAX))],
        ..HARMLESS
    },
];
