//! Statuses, bot walls, and HEAD.

use crate::lab::exhibit::{BROKEN, Exhibit, HERE, ITEM, Item, Place, Source, WELL};
use crate::lab::feeds::{RSS, rss};
use crate::lab::http::{Answer, Asked, Reply};
use crate::lab::media;

const fn with(serve: fn(&Asked<'_>) -> Reply) -> Place {
    Place { serve, ..HERE }
}

const GONE: Exhibit = Exhibit { causes: &["http-gone"], ..BROKEN };
const FORBIDDEN: Exhibit = Exhibit { causes: &["http-forbidden"], ..BROKEN };
const ERROR: Exhibit = Exhibit { causes: &["http-error"], ..BROKEN };

/// An exhibit that says nothing about listeners.
const UNKNOWN: Exhibit = Exhibit { verdict: "unknown", outcome: Some("unknown"), ..WELL };

/// What a CDN shows to whom it takes for a robot.
fn wall(asked: &Asked<'_>) -> Reply {
    let page = "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>";
    let _ = asked;
    Answer::status(403)
        .with("server", "cloudflare")
        .with("cf-mitigated", "challenge")
        .with("cf-ray", "8f0000000000lab")
        .body("text/html; charset=UTF-8", page)
        .into()
}

/// Refuses robots by their name.
fn no_robots(asked: &Asked<'_>) -> Reply {
    if asked.agent.contains("bot") { Answer::status(403).into() } else { media::serve(asked) }
}

/// Refuses HEAD with this status.
fn without_head(asked: &Asked<'_>, status: u16) -> Reply {
    if asked.is_head() { Answer::status(status).into() } else { media::serve(asked) }
}

pub(super) const ALL: &[Exhibit] = &[
    Exhibit {
        name: "not-found",
        what: "The file is not there (404).",
        places: &[with(|_| Answer::status(404).body("text/plain", "not found\n").into())],
        ..GONE
    },
    Exhibit {
        name: "gone",
        what: "The file is gone for good (410).",
        places: &[with(|_| Answer::status(410).into())],
        ..GONE
    },
    Exhibit {
        name: "forbidden",
        what: "The file is not for strangers (403).",
        places: &[with(|_| Answer::status(403).body("text/plain", "forbidden\n").into())],
        ..FORBIDDEN
    },
    Exhibit {
        name: "unauthorized",
        what: "The file wants a password (401).",
        places: &[with(|_| Answer::status(401).with("www-authenticate", "Basic realm=\"lab\"").into())],
        ..FORBIDDEN
    },
    Exhibit {
        name: "legal",
        what: "The file may not be shown for legal reasons (451).",
        places: &[with(|_| Answer::status(451).into())],
        ..FORBIDDEN
    },
    Exhibit {
        name: "server-error",
        what: "The server fails (500).",
        places: &[with(|_| Answer::status(500).into())],
        ..ERROR
    },
    Exhibit {
        name: "unavailable",
        what: "The server is overloaded and does not say until when (503).",
        places: &[with(|_| Answer::status(503).into())],
        ..ERROR
    },
    Exhibit {
        name: "no-content",
        what: "The server has nothing to say (204).",
        places: &[with(|_| Answer::status(204).into())],
        ..ERROR
    },
    Exhibit {
        name: "not-modified",
        what: "The server answers 304 although nobody asked for changes.",
        places: &[with(|_| Answer::status(304).into())],
        ..ERROR
    },
    Exhibit {
        name: "choices",
        what: "The server offers a choice (300), which no app makes.",
        places: &[with(|_| Answer::status(300).into())],
        ..ERROR
    },
    Exhibit {
        name: "retry-soon",
        what: "The first request gets 503 with a short Retry-After, the next ones the file.",
        places: &[with(|asked| {
            if asked.is_head() && asked.nth == 0 {
                Answer::status(503).with("retry-after", "1").into()
            } else {
                media::serve(asked)
            }
        })],
        ..WELL
    },
    Exhibit {
        name: "retry-late",
        what: "503 with a Retry-After of an hour.",
        causes: &["http-rate-limited"],
        places: &[with(|_| Answer::status(503).with("retry-after", "3600").into())],
        ..UNKNOWN
    },
    Exhibit {
        name: "too-many-requests",
        what: "429 with a Retry-After of an hour.",
        causes: &["http-rate-limited"],
        places: &[with(|_| Answer::status(429).with("retry-after", "3600").into())],
        ..UNKNOWN
    },
    Exhibit {
        name: "bot-wall",
        what: "A CDN shows a challenge in place of the file.",
        causes: &["blocked-to-bots"],
        places: &[with(wall)],
        ..UNKNOWN
    },
    Exhibit {
        name: "no-robots",
        what: "The host refuses whoever says bot (403), and shows no marks of a bot wall.",
        causes: &["blocked-to-bots"],
        flags: &["--second-opinion"],
        places: &[with(no_robots)],
        ..UNKNOWN
    },
    Exhibit {
        name: "no-robots-unasked",
        what: "The same without a second opinion: a refusal like any other.",
        places: &[with(no_robots)],
        ..FORBIDDEN
    },
    Exhibit {
        name: "no-robots-feed",
        what: "A feed that is refused to whoever says bot (403).",
        source: Source::Urls(&["https://no-robots-feed.lab.example/show.xml"]),
        causes: &["blocked-to-bots"],
        flags: &["--second-opinion"],
        verdict: "unknown",
        outcome: None,
        hostile: false,
        places: &[with(|asked| {
            if asked.agent.contains("bot") {
                Answer::status(403).into()
            } else {
                Answer::status(200).body(RSS, rss("Show", "", "")).into()
            }
        })],
        items: &[],
    },
    Exhibit {
        name: "nobody",
        what: "The host refuses everybody alike (403), as a second opinion shows.",
        flags: &["--second-opinion=Mozilla/5.0"],
        places: &[with(|_| Answer::status(403).into())],
        ..FORBIDDEN
    },
    Exhibit {
        name: "head-refused",
        what: "HEAD is refused (403), as by URLs signed for GET; GET works.",
        places: &[with(|asked| without_head(asked, 403))],
        ..WELL
    },
    Exhibit {
        name: "no-head",
        what: "HEAD is not implemented (405), looked at in full.",
        causes: &["media-no-head"],
        flags: &["--depth", "full"],
        verdict: "warning",
        places: &[with(|asked| without_head(asked, 405))],
        ..WELL
    },
    Exhibit {
        name: "head-differs",
        what: "HEAD is answered with a page, GET with the file.",
        places: &[with(|asked| {
            if asked.is_head() {
                Answer::status(200).body("text/html", "<!DOCTYPE html><p>Hello.</p>").into()
            } else {
                media::serve(asked)
            }
        })],
        ..WELL
    },
    Exhibit {
        name: "origin-failing",
        what: "Four files of one host all fail (500).",
        causes: &["http-error", "origin-failing"],
        places: &[with(|_| Answer::status(500).into())],
        items: &[
            Item { url: Some("https://{host}/1/episode.mp3"), ..ITEM },
            Item { url: Some("https://{host}/2/episode.mp3"), ..ITEM },
            Item { url: Some("https://{host}/3/episode.mp3"), ..ITEM },
            Item { url: Some("https://{host}/4/episode.mp3"), ..ITEM },
        ],
        ..BROKEN
    },
];
