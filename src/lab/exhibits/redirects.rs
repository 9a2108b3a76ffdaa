//! Redirects.

use crate::lab::exhibit::{BROKEN, Exhibit, HERE, ITEM, Item, Place, WELL};
use crate::lab::exhibits::support::redirect;
use crate::lab::http::{Answer, Asked, Reply};
use crate::lab::media;

const fn with(serve: fn(&Asked<'_>) -> Reply) -> Place {
    Place { serve, ..HERE }
}

/// An item that begins at a path which no file has.
const START: Item = Item { url: Some("https://{host}/start"), ..ITEM };

/// An exhibit whose redirects lead nowhere.
const LOST: Exhibit = Exhibit { causes: &["redirect-broken"], items: &[START], ..BROKEN };

/// Counts down to the file: so many redirects as the path says.
fn countdown(asked: &Asked<'_>) -> Reply {
    match asked.path.strip_prefix("/hop/").and_then(|count| count.parse::<u32>().ok()) {
        Some(left @ 2..) => redirect(302, format!("/hop/{}", left - 1)),
        Some(_) => redirect(302, "/episode.mp3"),
        None => media::serve(asked),
    }
}

/// Every status that redirects, one after the other, by relative and absolute references.
fn kinds(asked: &Asked<'_>) -> Reply {
    let host = asked.host;
    match asked.path {
        "/start" => redirect(301, "/a/b"),
        "/a/b" => redirect(302, "c"),
        "/a/c" => redirect(303, format!("//{host}/d")),
        "/d" => redirect(307, format!("https://{host}/e?x=1#fragment")),
        "/e" if asked.query == "x=1" => redirect(308, "?x=2"),
        "/e" => redirect(308, "/episode.mp3"),
        _ => media::serve(asked),
    }
}

/// The same path with another query, for ever.
fn endless(asked: &Asked<'_>) -> Reply {
    let step: u64 = asked.query.strip_prefix("step=").and_then(|step| step.parse().ok()).unwrap_or(0);
    redirect(302, format!("/start?step={}", step.saturating_add(1)))
}

pub(super) const ALL: &[Exhibit] = &[
    Exhibit {
        name: "redirects",
        what: "301, 302, 303, 307 and 308 in a row, relative and absolute.",
        places: &[with(kinds)],
        items: &[START],
        ..WELL
    },
    Exhibit {
        name: "loop",
        hostile: true,
        what: "Two URLs redirect to each other.",
        causes: &["redirect-loop"],
        places: &[with(|asked| redirect(302, if asked.path == "/start" { "/other" } else { "/start" }))],
        items: &[START],
        ..BROKEN
    },
    Exhibit {
        name: "endless",
        hostile: true,
        what: "Every redirect leads to a new URL, for ever.",
        causes: &["redirect-limit"],
        places: &[with(endless)],
        items: &[START],
        ..BROKEN
    },
    Exhibit {
        name: "no-location",
        what: "A redirect without Location.",
        places: &[with(|_| Answer::status(302).into())],
        ..LOST
    },
    Exhibit {
        name: "empty-location",
        what: "A redirect whose Location is empty.",
        places: &[with(|_| redirect(302, ""))],
        ..LOST
    },
    Exhibit {
        name: "bad-location",
        hostile: true,
        what: "A redirect whose Location is no URL.",
        places: &[with(|_| redirect(302, "https://[cdn/episode.mp3"))],
        ..LOST
    },
    Exhibit {
        name: "ftp-location",
        hostile: true,
        what: "A redirect to another scheme.",
        places: &[with(|_| redirect(302, "ftp://cdn.lab.example/episode.mp3"))],
        ..LOST
    },
    Exhibit {
        name: "downgrade",
        what: "https leads to http.",
        causes: &["redirect-downgrade"],
        verdict: "warning",
        places: &[with(|asked| match asked.path {
            "/start" => redirect(302, format!("http://{}/episode.mp3", asked.host)),
            _ => media::serve(asked),
        })],
        items: &[START],
        ..WELL
    },
    Exhibit {
        name: "upgrade",
        what: "The enclosure begins with http and leads to https.",
        causes: &["http-cleartext"],
        places: &[with(|asked| match asked.path {
            "/start" => redirect(301, format!("https://{}/episode.mp3", asked.host)),
            _ => media::serve(asked),
        })],
        items: &[Item { url: Some("http://{host}/start"), ..ITEM }],
        ..WELL
    },
    Exhibit {
        name: "long",
        what: "Eleven redirects.",
        causes: &["chain-long"],
        places: &[with(countdown)],
        items: &[Item { url: Some("https://{host}/hop/11"), ..ITEM }],
        ..WELL
    },
    Exhibit {
        name: "longer",
        what: "Seventeen redirects, more than Apple's network stack follows.",
        causes: &["chain-long"],
        verdict: "warning",
        places: &[with(countdown)],
        items: &[Item { url: Some("https://{host}/hop/17"), ..ITEM }],
        ..WELL
    },
];
