//! Broken framing, slowness, ranges.

use std::time::Duration;

use bytes::Bytes;

use crate::lab::exhibit::{BROKEN, Exhibit, HERE, ITEM, Item, Place, WELL};
use crate::lab::http::{Answer, Asked, Reply, Step};
use crate::lab::media::{self, File};

const fn with(serve: fn(&Asked<'_>) -> Reply) -> Place {
    Place { serve, ..HERE }
}

/// Over HTTP/1.1 alone, where framing can be broken.
const fn raw(serve: fn(&Asked<'_>) -> Reply) -> Place {
    Place { serve, h2: false, ..HERE }
}

const PROTOCOL: Exhibit = Exhibit { causes: &["http-protocol-error"], ..BROKEN };
const TIMEOUT: Exhibit = Exhibit { causes: &["http-timeout"], flags: &["--timeout", "700ms"], ..BROKEN };
const FULL: Exhibit = Exhibit { flags: &["--depth", "full"], ..WELL };
const BAD_RANGE: Exhibit = Exhibit { causes: &["media-bad-range"], verdict: "warning", ..WELL };

/// Whether the whole file is asked for: no range, or one without an end.
fn wants_all(asked: &Asked<'_>) -> bool {
    !asked.is_head() && asked.range.is_none_or(|(_, to)| to.is_none_or(|to| to > 1 << 17))
}

/// Promises the file and sends half of it.
fn cut(asked: &Asked<'_>) -> Reply {
    if !wants_all(asked) {
        return media::serve(asked);
    }
    let bytes = File::Mp3.bytes();
    let total = bytes.len();
    let head = match asked.range {
        Some(_) => format!("206 Partial Content\r\ncontent-range: bytes 0-{}/{total}", total.saturating_sub(1)),
        None => "200 OK".to_owned(),
    };
    let head = format!("HTTP/1.1 {head}\r\ncontent-type: audio/mpeg\r\ncontent-length: {total}\r\n\r\n");
    Reply::Script(vec![Step::send(head), Step::Send(bytes.slice(..total / 2))])
}

/// A chunk whose size is no number.
fn bad_chunks(asked: &Asked<'_>) -> Reply {
    if asked.is_head() {
        return media::serve(asked);
    }
    let total = File::Mp3.bytes().len();
    let head = format!(
        "HTTP/1.1 206 Partial Content\r\ncontent-type: audio/mpeg\r\ncontent-range: bytes 0-65535/{total}\r\n\
         transfer-encoding: chunked\r\n\r\nzz\r\n"
    );
    Reply::Script(vec![Step::send(head), Step::Send(File::Mp3.bytes().slice(..1000))])
}

fn endless_headers(_: &Asked<'_>) -> Reply {
    let header = format!("x-filler: {}\r\n", "x".repeat(4000));
    Reply::Script(vec![Step::send("HTTP/1.1 200 OK\r\n"), Step::Forever(Bytes::from(header), Duration::ZERO)])
}

fn flood(_: &Asked<'_>) -> Reply {
    let many = "HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n".repeat(100);
    Reply::Script(vec![Step::Forever(Bytes::from(many), Duration::ZERO)])
}

/// Answers with the file, but with a `Content-Range` of its own making.
fn with_range(asked: &Asked<'_>, range: Option<&str>) -> Reply {
    let mut answer = media::whole(asked, File::Mp3, File::Mp3.mime());
    if answer.status == 206 {
        answer.headers.retain(|(name, _)| *name != "content-range");
        if let Some(range) = range {
            answer = answer.with("content-range", range);
        }
    }
    answer.into()
}

fn multipart(asked: &Asked<'_>) -> Reply {
    let part = media::whole(asked, File::Mp3, File::Mp3.mime());
    if part.status != 206 {
        return part.into();
    }
    let total = File::Mp3.bytes().len();
    let head = format!("--lab\r\ncontent-type: audio/mpeg\r\ncontent-range: bytes 0-65535/{total}\r\n\r\n");
    let body = [head.as_bytes(), &part.body, b"\r\n--lab--\r\n"].concat();
    Answer::status(206).body("multipart/byteranges; boundary=lab", body).into()
}

/// The whole file slower than it plays twice; its start at full speed.
fn slow(asked: &Asked<'_>) -> Reply {
    let mut answer = media::whole(asked, File::Dense, File::Dense.mime());
    if wants_all(asked) {
        answer.pace = Some((6000, Duration::from_millis(100)));
    }
    answer.into()
}

pub(super) const ALL: &[Exhibit] = &[
    Exhibit {
        name: "hang",
        hostile: true,
        what: "The request is never answered.",
        places: &[raw(|_| Reply::Script(vec![Step::Hang]))],
        ..TIMEOUT
    },
    Exhibit {
        name: "drip",
        hostile: true,
        what: "The answer's head comes a byte at a time and never ends.",
        places: &[raw(|_| {
            let drop = Step::Forever(Bytes::from_static(b"x"), Duration::from_millis(50));
            Reply::Script(vec![Step::send("HTTP/1.1 200 OK\r\nx-drip: "), drop])
        })],
        ..TIMEOUT
    },
    Exhibit {
        name: "body-hang",
        hostile: true,
        what: "The head promises the file, and no byte of it comes.",
        places: &[raw(|asked| {
            if asked.is_head() {
                return media::serve(asked);
            }
            let total = File::Mp3.bytes().len();
            let head = format!(
                "HTTP/1.1 206 Partial Content\r\ncontent-type: audio/mpeg\r\ncontent-length: 65536\r\n\
                 content-range: bytes 0-65535/{total}\r\n\r\n"
            );
            Reply::Script(vec![Step::send(head), Step::Hang])
        })],
        ..TIMEOUT
    },
    Exhibit {
        name: "closed-early",
        hostile: true,
        what: "The connection is closed in place of an answer.",
        places: &[raw(|_| Reply::Script(Vec::new()))],
        ..PROTOCOL
    },
    Exhibit {
        name: "not-http",
        hostile: true,
        what: "The answer is another protocol's.",
        places: &[raw(|_| Reply::Script(vec![Step::send("SSH-2.0-OpenSSH_9.9\r\n\r\n")]))],
        ..PROTOCOL
    },
    Exhibit {
        name: "bad-chunks",
        hostile: true,
        what: "The size of a chunk is no number.",
        places: &[raw(bad_chunks)],
        ..PROTOCOL
    },
    Exhibit {
        name: "endless-headers",
        hostile: true,
        what: "The answer's headers never end.",
        places: &[raw(endless_headers)],
        ..PROTOCOL
    },
    Exhibit {
        name: "early-hints-flood",
        hostile: true,
        what: "Interim answers without end.",
        places: &[raw(flood)],
        ..PROTOCOL
    },
    Exhibit {
        name: "http2-reset",
        what: "Every stream is reset over HTTP/2; HTTP/1.1 works.",
        places: &[with(|asked| if asked.h2 { Reply::Script(Vec::new()) } else { media::serve(asked) })],
        ..WELL
    },
    Exhibit {
        name: "cut",
        what: "Half of the promised bytes come.",
        causes: &["media-truncated"],
        verdict: "critical",
        places: &[raw(cut)],
        ..FULL
    },
    Exhibit {
        name: "slow-body",
        what: "The file comes slower than apps need to play it.",
        causes: &["media-slow"],
        verdict: "warning",
        places: &[raw(slow)],
        items: &[Item { url: Some("https://{host}/dense.mp3"), file: File::Dense, ..ITEM }],
        ..FULL
    },
    Exhibit {
        name: "slow-start",
        what: "More than five seconds pass before the first byte of audio.",
        causes: &["chain-slow"],
        verdict: "warning",
        places: &[with(|asked| {
            let mut answer = media::whole(asked, File::Mp3, File::Mp3.mime());
            // A listener sends no HEAD: what the GET alone takes counts.
            if !asked.is_head() {
                answer.delay = Duration::from_millis(5200);
            }
            answer.into()
        })],
        ..WELL
    },
    Exhibit {
        name: "no-range",
        hostile: true,
        what: "A request for a range is answered with everything.",
        causes: &["media-no-range"],
        verdict: "warning",
        places: &[with(|_| Answer::status(200).body("audio/mpeg", File::Mp3.bytes()).into())],
        ..WELL
    },
    Exhibit {
        name: "range-unsaid",
        what: "206 without Content-Range.",
        places: &[with(|asked| with_range(asked, None))],
        ..BAD_RANGE
    },
    Exhibit {
        name: "range-elsewhere",
        what: "206 with another range than the one asked for.",
        places: &[with(|asked| with_range(asked, Some("bytes 1000-66535/600000")))],
        ..BAD_RANGE
    },
    Exhibit {
        name: "range-multipart",
        what: "206 in parts for a single range.",
        causes: &["media-bad-range"],
        places: &[with(multipart)],
        ..BAD_RANGE
    },
    Exhibit {
        name: "range-refused",
        what: "Every range is refused (416).",
        causes: &["media-bad-range"],
        places: &[with(|asked| match asked.range {
            Some(_) if !asked.is_head() => Answer::status(416).with("content-range", "bytes */600000").into(),
            _ => media::serve(asked),
        })],
        ..BROKEN
    },
];
