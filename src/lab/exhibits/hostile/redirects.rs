//! Redirects and feeds that lead where nobody should go, and URLs that grow.

use crate::lab::exhibit::{Exhibit, ITEM, Item};
use crate::lab::exhibits::hostile::{HARMLESS, NO_FEED, PROTOCOL, Source, raw, script, with};
use crate::lab::exhibits::support::redirect;
use crate::lab::http::{Asked, Reply, Step};
use crate::lab::media;

/// An item that begins at a path which no file has.
const START: Item = item("https://{host}/start");

const fn item(url: &'static str) -> Item {
    Item { url: Some(url), ..ITEM }
}

/// A redirect from `/start` to here, as it is written; the file elsewhere.
fn to(asked: &Asked<'_>, location: &[u8]) -> Reply {
    if asked.path != "/start" {
        return media::serve(asked);
    }
    let head = [b"HTTP/1.1 302 Found\r\nlocation: ", location, b"\r\ncontent-length: 0\r\n\r\n"].concat();
    script([Step::send(head)])
}

/// The path twice as long at each hop.
fn growing(asked: &Asked<'_>) -> Reply {
    redirect(302, asked.path.repeat(2))
}

/// To the place whose number the path is.
fn numbered(asked: &Asked<'_>, places: &[&str]) -> Reply {
    match asked.path.strip_prefix('/').and_then(|number| places.get(number.parse::<usize>().ok()?)) {
        Some(place) => redirect(302, *place),
        None => media::serve(asked),
    }
}

/// Addresses that are not public, in the forms that URLs have for them.
const PRIVATE: &[&str] = &[
    "http://10.0.0.1/episode.mp3",
    "http://169.254.169.254/latest/meta-data/",
    "http://192.168.1.1/",
    "http://127.1.2.3/",
    "http://[::1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[64:ff9b::a00:1]/",
    "http://[fe80::1]/",
    "http://167772161/",
    "http://0xa.1/",
];

/// Schemes that are not asked for.
const SCHEMES: &[&str] = &[
    "file:///etc/passwd",
    "ftp://cdn.lab.example/episode.mp3",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "data:audio/mpeg;base64,AAAA",
    "javascript:alert(1)",
    "unix:/run/docker.sock",
];

/// Items whose paths are numbers.
const NUMBERED: &[Item] = &[
    item("https://{host}/0"),
    item("https://{host}/1"),
    item("https://{host}/2"),
    item("https://{host}/3"),
    item("https://{host}/4"),
    item("https://{host}/5"),
    item("https://{host}/6"),
    item("https://{host}/7"),
    item("https://{host}/8"),
    item("https://{host}/9"),
];

/// An exhibit whose redirects lead nowhere.
const LOST: Exhibit = Exhibit { causes: &["redirect-broken"], items: &[START], ..PROTOCOL };

/// An exhibit that is kept from where it leads.
const BLOCKED: Exhibit =
    Exhibit { causes: &["address-blocked"], verdict: "unknown", outcome: Some("unknown"), ..HARMLESS };

/// A feed that is kept from where it leads.
const BLOCKED_FEED: Exhibit = Exhibit { causes: &["address-blocked"], verdict: "unknown", ..NO_FEED };

pub(in crate::lab::exhibits) const ALL: &[Exhibit] = &[
    Exhibit {
        name: "growing",
        what: "The URL doubles at every redirect, until it is longer than any URL may be.",
        places: &[with(growing)],
        ..LOST
    },
    Exhibit {
        name: "long-location",
        what: "A redirect to a URL of 40 KiB.",
        places: &[raw(|asked| to(asked, format!("https://{}/{}", asked.host, "x".repeat(40 << 10)).as_bytes()))],
        ..LOST
    },
    Exhibit {
        name: "redirect-private",
        what: "Redirects into private networks.",
        causes: &["address-blocked", "redirect-downgrade"],
        places: &[with(|asked| numbered(asked, PRIVATE))],
        items: NUMBERED,
        ..BLOCKED
    },
    Exhibit {
        name: "redirect-schemes",
        what: "Redirects to other schemes.",
        places: &[with(|asked| numbered(asked, SCHEMES))],
        items: &[
            item("https://{host}/0"),
            item("https://{host}/1"),
            item("https://{host}/2"),
            item("https://{host}/3"),
            item("https://{host}/4"),
            item("https://{host}/5"),
        ],
        ..LOST
    },
    Exhibit {
        name: "private-enclosures",
        what: "The feed's files lie in private networks.",
        items: &[
            item("http://10.0.0.1/episode.mp3"),
            item("http://169.254.169.254/latest/meta-data/"),
            item("https://127.1.2.3/episode.mp3"),
            item("https://[::1]/episode.mp3"),
            item("https://[::ffff:10.0.0.1]/episode.mp3"),
        ],
        causes: &["address-blocked", "http-cleartext"],
        ..BLOCKED
    },
    Exhibit {
        name: "scheme-enclosures",
        what: "The feed's files are of other schemes.",
        causes: &["enclosure-invalid"],
        verdict: "critical",
        outcome: None,
        items: &[
            item("file:///etc/passwd"),
            item("gopher://127.0.0.1:6379/_FLUSHALL"),
            item("data:audio/mpeg;base64,AAAA"),
            item("javascript:alert(1)"),
        ],
        ..HARMLESS
    },
    Exhibit {
        name: "private-feed",
        what: "The feed lies in a private network.",
        source: Source::Urls(&["https://10.0.0.1/feed.xml", "https://[::ffff:169.254.169.254]/feed.xml"]),
        ..BLOCKED_FEED
    },
    Exhibit {
        name: "private-feed-redirect",
        what: "The feed redirects into a private network.",
        source: Source::Urls(&["https://private-feed-redirect.lab.example/feed.xml"]),
        places: &[with(|_| redirect(302, "https://169.254.169.254/latest/meta-data/iam/security-credentials/"))],
        ..BLOCKED_FEED
    },
    Exhibit {
        name: "location-secret",
        what: "A redirect names a user and a password.",
        places: &[with(|asked| match asked.path {
            "/start" => redirect(302, format!("https://user:secret@{}/episode.mp3", asked.host)),
            _ => media::serve(asked),
        })],
        items: &[START],
        ..HARMLESS
    },
    Exhibit {
        name: "location-backslashes",
        what: "A redirect is written with backslashes, which browsers read as slashes.",
        places: &[raw(|asked| to(asked, format!("https:\\\\{}\\episode.mp3", asked.host).as_bytes()))],
        items: &[START],
        ..HARMLESS
    },
    Exhibit {
        name: "location-line",
        what: "A redirect holds an encoded line break and a header.",
        causes: &["http-gone"],
        places: &[raw(|asked| to(asked, b"/%0d%0aset-cookie:%20a=b%0d%0a"))],
        ..LOST
    },
    Exhibit {
        name: "location-return",
        what: "A redirect holds a bare carriage return.",
        causes: &["http-protocol-error"],
        places: &[raw(|asked| to(asked, b"/a\rset-cookie: a=b"))],
        ..LOST
    },
    Exhibit {
        name: "location-null",
        what: "A redirect holds a zero byte.",
        causes: &["http-protocol-error"],
        places: &[raw(|asked| to(asked, b"/a\0b"))],
        ..LOST
    },
];
