//! Measurement prefixes. Their hosts are real names, which the lab's own DNS points at the lab.

use crate::lab::exhibit::{BROKEN, Exhibit, HERE, ITEM, Item, Place, Tls, WELL};
use crate::lab::exhibits::support::{NOBODY, at, onward, redirect};
use crate::lab::http::{Answer, Asked, Reply};
use crate::lab::media::{self, File};
use crate::lab::pki::Leaf;

const fn with(name: &'static str, serve: fn(&Asked<'_>) -> Reply) -> Place {
    Place { name, serve, ..HERE }
}

/// What a prefix does whose path has an account before the target.
fn onward_past_account(asked: &Asked<'_>) -> Reply {
    let mut parts = asked.path.trim_start_matches('/').splitn(3, '/');
    match parts.nth(2) {
        Some(target) => redirect(302, format!("https://{target}")),
        None => Answer::status(404).into(),
    }
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
        what: "The prefix answers 503, while the URL it wraps works.",
        causes: &["http-error", "prefix-down"],
        places: &[HERE, with("dts.podtrac.com", |_| Answer::status(503).into())],
        items: &[Item { url: Some("https://dts.podtrac.com/redirect.mp3/{host}/episode.mp3"), ..ITEM }],
        ..BROKEN
    },
    Exhibit {
        name: "prefix-refused",
        what: "Nothing listens at the prefix's host, while the URL it wraps works.",
        causes: &["connect-refused", "prefix-down"],
        places: &[HERE, Place { name: "pdcn.co", ..at(NOBODY) }],
        items: &[Item { url: Some("https://pdcn.co/e/{host}/episode.mp3"), ..ITEM }],
        ..BROKEN
    },
    Exhibit {
        name: "prefix-expired",
        what: "The prefix's certificate has expired, while the URL it wraps works.",
        causes: &["cert-expired", "prefix-down"],
        verdict: "critical",
        places: &[HERE, Place { name: "mgln.ai", serve: onward, tls: Tls::Session(Leaf::Expired), ..HERE }],
        items: &[Item { url: Some("https://mgln.ai/track/{host}/episode.mp3"), ..ITEM }],
        ..WELL
    },
    Exhibit {
        name: "prefix-miswired",
        what: "The prefix answers with a page in place of a redirect.",
        causes: &["media-not-audio", "prefix-miswired"],
        places: &[HERE, with("pdst.fm", |asked| media::whole(asked, File::Html, File::Html.mime()).into())],
        items: &[Item { url: Some("https://pdst.fm/e/{host}/episode.mp3"), ..ITEM }],
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
        places: &[HERE, with("chrt.fm", onward_past_account)],
        items: &[Item { url: Some("https://chrt.fm/track/ABCDE/{host}/episode.mp3"), ..ITEM }],
        ..WELL
    },
];
