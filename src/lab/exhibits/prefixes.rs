//! Measurement prefixes. Their hosts are real names, which the lab's own DNS points at the lab.

use crate::lab::exhibit::{BROKEN, Exhibit, HERE, ITEM, Item, Place, Tls, WELL};
use crate::lab::exhibits::support::{NOBODY, at, redirect};
use crate::lab::http::{Answer, Asked, Reply};
use crate::lab::media::{self, File};
use crate::lab::pki::Leaf;
use crate::lab::prefix::onward;

const fn with(name: &'static str, serve: fn(&Asked<'_>) -> Reply) -> Place {
    Place { name, serve, ..HERE }
}

pub(super) const ALL: &[Exhibit] = &[
    Exhibit {
        name: "prefix",
        what: "A measurement prefix that does its work.",
        items: &[Item { url: Some("https://op3.dev/e/{host}/episode.mp3"), ..ITEM }],
        ..WELL
    },
    Exhibit {
        name: "prefix-down",
        what: "The prefix answers 503, while the URLs it wraps work.",
        causes: &["http-error", "prefix-down"],
        places: &[HERE, with("dts.podtrac.com", |_| Answer::status(503).into())],
        items: &[
            Item { url: Some("https://dts.podtrac.com/redirect.mp3/{host}/1/episode.mp3"), ..ITEM },
            Item { url: Some("https://dts.podtrac.com/redirect.mp3/{host}/2/episode.mp3"), ..ITEM },
        ],
        ..BROKEN
    },
    Exhibit {
        name: "prefix-refused",
        what: "Nothing listens at the prefix's host, while the URL it wraps works.",
        causes: &["connect-refused", "prefix-down"],
        places: &[HERE, Place { name: "suprefix.fm", ..at(NOBODY) }],
        items: &[Item { url: Some("https://suprefix.fm/rss/p/{host}/episode.mp3"), ..ITEM }],
        ..BROKEN
    },
    Exhibit {
        name: "prefix-expired",
        what: "The prefix's certificate has expired, while the URL it wraps works.",
        causes: &["cert-expired", "prefix-down"],
        verdict: "critical",
        places: &[HERE, Place { name: "clrtpod.com", serve: onward, tls: Tls::Session(Leaf::Expired), ..HERE }],
        items: &[Item { url: Some("https://clrtpod.com/m/{host}/episode.mp3"), ..ITEM }],
        ..WELL
    },
    Exhibit {
        name: "prefix-miswired",
        what: "The prefix answers with a page in place of a redirect.",
        causes: &["media-not-audio", "prefix-miswired"],
        places: &[HERE, with("ci.op3.dev", |asked| media::whole(asked, File::Html, File::Html.mime()).into())],
        items: &[Item { url: Some("https://ci.op3.dev/e/{host}/episode.mp3"), ..ITEM }],
        ..BROKEN
    },
    Exhibit {
        name: "route-mismatch",
        what: "The prefix leads to another URL than the one written in its path.",
        causes: &["route-mismatch"],
        verdict: "warning",
        places: &[HERE, with("pscrb.fm", |_| redirect(302, "https://cdn.lab.example/elsewhere/episode.mp3"))],
        items: &[Item { url: Some("https://pscrb.fm/rss/p/{host}/episode.mp3"), ..ITEM }],
        ..WELL
    },
    Exhibit {
        name: "prefix-retired",
        what: "The prefix of a service that has closed, though it still redirects.",
        causes: &["prefix-retired"],
        verdict: "warning",
        places: &[HERE, with("chrt.fm", onward)],
        items: &[Item { url: Some("https://chrt.fm/track/ABCDE/{host}/episode.mp3"), ..ITEM }],
        ..WELL
    },
    Exhibit {
        name: "prefix-among",
        what: "Of three prefixes in one another the middle one fails (502); without it, and with the others, all is well.",
        causes: &["http-error", "prefix-down"],
        places: &[HERE, with("rss.pdrl.fm", |_| Answer::status(502).into())],
        items: &[Item {
            url: Some(
                "https://verifi.podscribe.com/rss/p/rss.pdrl.fm/ab12/tracking.swap.fm/track/ab12/{host}/episode.mp3",
            ),
            ..ITEM
        }],
        ..BROKEN
    },
    Exhibit {
        name: "prefixes-down",
        what: "Of three prefixes in one another the first and the last fail; with the middle one alone all is well.",
        causes: &["connect-refused", "http-error", "prefix-down"],
        places: &[HERE, with("swap.fm", |_| Answer::status(500).into()), Place { name: "2.gum.fm", ..at(NOBODY) }],
        items: &[Item {
            url: Some("https://swap.fm/track/ab12/verifi.podscribe.com/rss/p/2.gum.fm/{host}/episode.mp3"),
            ..ITEM
        }],
        ..BROKEN
    },
    Exhibit {
        name: "prefix-and-target-down",
        what: "The prefix fails (503), and so does the file that it wraps (404): two faults.",
        causes: &["http-error", "http-gone"],
        places: &[with("", |_| Answer::status(404).into()), with("r.zencastr.com", |_| Answer::status(503).into())],
        items: &[Item { url: Some("https://r.zencastr.com/r/{host}/episode.mp3"), ..ITEM }],
        ..BROKEN
    },
    Exhibit {
        name: "prefix-and-target-failing",
        what: "The prefix and the host behind it fail alike (503 and 500), each in its own right.",
        causes: &["http-error"],
        places: &[with("", |_| Answer::status(500).into()), with("pp8.lab.example", |_| Answer::status(503).into())],
        items: &[Item { url: Some("https://pp8.lab.example/protect/ab12/{host}/episode.mp3"), ..ITEM }],
        ..BROKEN
    },
    Exhibit {
        name: "prefix-astray",
        what: "The prefix leads to a file that is not there, in place of the one written in its path, which is.",
        causes: &["http-gone", "prefix-down", "route-mismatch"],
        places: &[
            HERE,
            with("pp9.lab.example", |_| redirect(302, "https://lost.lab.example/episode.mp3")),
            with("lost.lab.example", |_| Answer::status(404).into()),
        ],
        items: &[Item { url: Some("https://pp9.lab.example/protect/ab12/{host}/episode.mp3"), ..ITEM }],
        ..BROKEN
    },
];
