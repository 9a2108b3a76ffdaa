//! Feeds themselves.

use std::sync::LazyLock;

use bytes::Bytes;

use crate::lab::exhibit::{Exhibit, HERE, ITEM, Item, Place, Source, WELL};
use crate::lab::exhibits::support::{NOBODY, at, redirect};
use crate::lab::feeds::{RSS, item, rss};
use crate::lab::http::{Answer, Asked, Reply};
use crate::lab::media;

/// A host whose feed is what this says; everything else is as it should be.
const fn with(serve: fn(&Asked<'_>) -> Reply) -> Place {
    Place { serve, ..HERE }
}

/// An exhibit without episodes.
const BARE: Exhibit = Exhibit { outcome: None, items: &[], ..WELL };

/// One good item of the host asked.
fn good_item(asked: &Asked<'_>, number: usize) -> String {
    item(&ITEM, number, asked.host, asked.state.now)
}

/// A document under `/feed.xml`, files elsewhere.
fn document(asked: &Asked<'_>, text: impl Into<Bytes>) -> Reply {
    if asked.path == "/feed.xml" { Answer::status(200).body(RSS, text).into() } else { media::serve(asked) }
}

/// A feed whose first episode is followed by 24 MB of white space, packed.
static BOMB_TAIL: LazyLock<Vec<u8>> = LazyLock::new(|| vec![b' '; 24 << 20]);

fn bomb(asked: &Asked<'_>) -> Reply {
    if asked.path != "/feed.xml" {
        return media::serve(asked);
    }
    let feed = rss("bomb", "", &good_item(asked, 0));
    let (start, end) = feed.split_once("</channel>").unwrap_or_default();
    let whole = [start.as_bytes(), &BOMB_TAIL, b"</channel>", end.as_bytes()].concat();
    let packed = media::gzip(&whole, flate2::Compression::fast());
    Answer::status(200).with("content-encoding", "gzip").body(RSS, packed).into()
}

fn packed(asked: &Asked<'_>) -> Reply {
    if asked.path != "/feed.xml" {
        return media::serve(asked);
    }
    let packed = media::gzip(rss("packed", "", &good_item(asked, 0)).as_bytes(), flate2::Compression::default());
    Answer::status(200).with("content-encoding", "gzip").body(RSS, packed).into()
}

/// Two pages by RFC 5005.
fn paged(asked: &Asked<'_>) -> Reply {
    match (asked.path, asked.query) {
        ("/feed.xml", "") => {
            let next = format!("<atom:link rel=\"next\" href=\"https://{}/feed.xml?page=2\"/>\n", asked.host);
            document(asked, rss("paged", &next, &good_item(asked, 0)))
        }
        _ => document(asked, rss("paged", "", &good_item(asked, 1))),
    }
}

/// A feed that names the archive of its older episodes (RFC 5005 4), which names one before it.
fn archived(asked: &Asked<'_>) -> Reply {
    let prev = |name: &str| format!("<atom:link rel=\"prev-archive\" href=\"https://{}/{name}\"/>\n", asked.host);
    let page = |number, links: &str| rss("archived", links, &good_item(asked, number));
    match asked.path {
        "/feed.xml" => document(asked, page(0, &prev("2025.xml"))),
        "/2025.xml" => Answer::status(200).body(RSS, page(1, &prev("2024.xml"))).into(),
        "/2024.xml" => Answer::status(200).body(RSS, page(2, "")).into(),
        _ => media::serve(asked),
    }
}

fn moved_by_tag(asked: &Asked<'_>) -> Reply {
    let channel = format!("<itunes:new-feed-url>https://{}/new.xml</itunes:new-feed-url>\n", asked.host);
    document(asked, rss("moved", &channel, &good_item(asked, 0)))
}

fn moved(asked: &Asked<'_>) -> Reply {
    match asked.path {
        "/feed.xml" => redirect(301, "/new.xml"),
        "/new.xml" => Answer::status(200).body(RSS, rss("moved", "", &good_item(asked, 0))).into(),
        _ => media::serve(asked),
    }
}

pub(super) const ALL: &[Exhibit] = &[
    Exhibit {
        name: "feed-gone",
        what: "The feed is not there (404).",
        source: Source::Urls(&["https://feed-gone.lab.example/feed.xml"]),
        causes: &["feed-unreachable", "http-gone"],
        verdict: "critical",
        places: &[with(|_| Answer::status(404).into())],
        ..BARE
    },
    Exhibit {
        name: "feed-refused",
        what: "Nothing listens at the feed's host.",
        source: Source::Urls(&["https://feed-refused.lab.example/feed.xml"]),
        causes: &["connect-refused", "feed-unreachable"],
        verdict: "critical",
        places: &[at(NOBODY)],
        ..BARE
    },
    Exhibit {
        name: "feed-html",
        what: "A web page in place of the feed.",
        source: Source::Urls(&["https://feed-html.lab.example/feed.xml"]),
        causes: &["feed-not-a-feed"],
        verdict: "critical",
        places: &[with(|_| {
            let page = "<!DOCTYPE html><html><head><title>Welcome</title></head><body><p>Hello.</p></body></html>";
            Answer::status(200).body("text/html", page).into()
        })],
        ..BARE
    },
    Exhibit {
        name: "feed-empty",
        what: "A feed without episodes.",
        source: Source::Urls(&["https://feed-empty.lab.example/feed.xml"]),
        causes: &["feed-empty"],
        verdict: "warning",
        places: &[with(|asked| document(asked, rss("empty", "", "")))],
        ..BARE
    },
    Exhibit {
        name: "feed-ampersand",
        what: "The feed's title holds an ampersand that is not escaped.",
        source: Source::Urls(&["https://feed-ampersand.lab.example/feed.xml"]),
        causes: &["feed-malformed"],
        verdict: "warning",
        places: &[with(|asked| document(asked, rss("salt & signal", "", &good_item(asked, 0))))],
        ..WELL
    },
    Exhibit {
        name: "feed-unfinished",
        what: "The feed ends before its channel does.",
        source: Source::Urls(&["https://feed-unfinished.lab.example/feed.xml"]),
        causes: &["feed-malformed"],
        verdict: "warning",
        places: &[with(|asked| {
            let feed = rss("unfinished", "", &good_item(asked, 0));
            document(asked, feed.split("</channel>").next().unwrap_or_default().to_owned())
        })],
        ..WELL
    },
    Exhibit {
        name: "feed-prefix",
        what: "The feed uses a namespace prefix that it does not declare.",
        source: Source::Urls(&["https://feed-prefix.lab.example/feed.xml"]),
        causes: &["feed-malformed"],
        verdict: "warning",
        places: &[with(|asked| {
            document(asked, rss("prefix", "<podcast:locked>yes</podcast:locked>\n", &good_item(asked, 0)))
        })],
        ..WELL
    },
    Exhibit {
        name: "feed-bomb",
        hostile: true,
        what: "A feed of 24 MB packed into a few kilobytes.",
        source: Source::Urls(&["https://feed-bomb.lab.example/feed.xml"]),
        causes: &["feed-too-large"],
        verdict: "warning",
        places: &[with(bomb)],
        ..WELL
    },
    Exhibit {
        name: "feed-packed",
        what: "A feed with Content-Encoding: gzip.",
        source: Source::Urls(&["https://feed-packed.lab.example/feed.xml"]),
        places: &[with(packed)],
        ..WELL
    },
    Exhibit {
        name: "feed-paged",
        what: "A feed in two pages (RFC 5005).",
        source: Source::Urls(&["https://feed-paged.lab.example/feed.xml"]),
        flags: &["--episodes", "all"],
        places: &[with(paged)],
        ..WELL
    },
    Exhibit {
        name: "feed-archived",
        what: "Older episodes stand in archives, each of which names the one before it.",
        source: Source::Urls(&["https://feed-archived.lab.example/feed.xml"]),
        flags: &["--episodes", "all"],
        places: &[with(archived)],
        ..WELL
    },
    Exhibit {
        name: "feed-moved-tag",
        what: "The feed names its new address.",
        source: Source::Urls(&["https://feed-moved-tag.lab.example/feed.xml"]),
        causes: &["feed-moved"],
        places: &[with(moved_by_tag)],
        ..WELL
    },
    Exhibit {
        name: "feed-moved",
        what: "The feed redirects for good (301).",
        source: Source::Urls(&["https://feed-moved.lab.example/feed.xml"]),
        causes: &["feed-moved"],
        places: &[with(moved)],
        ..WELL
    },
    Exhibit {
        name: "no-enclosure",
        what: "One of two items has no enclosure.",
        causes: &["enclosure-missing"],
        items: &[ITEM, Item { url: None, ..ITEM }],
        ..WELL
    },
    Exhibit {
        name: "enclosure-empty",
        what: "The enclosure's URL is empty.",
        causes: &["enclosure-invalid"],
        verdict: "critical",
        outcome: None,
        items: &[Item { url: Some(""), ..ITEM }],
        ..WELL
    },
    Exhibit {
        name: "enclosure-local",
        hostile: true,
        what: "The enclosure's URL is of another scheme.",
        causes: &["enclosure-invalid"],
        verdict: "critical",
        outcome: None,
        items: &[Item { url: Some("local:///episode.mp3"), ..ITEM }],
        ..WELL
    },
];
