//! One cause behind many symptoms: shows that share a host, hosts that share a certificate.

use crate::lab::exhibit::{BROKEN, Exhibit, HERE, ITEM, Item, Place, Source, Tls, WELL};
use crate::lab::exhibits::support::{NOBODY, at};
use crate::lab::feeds::{RSS, item, rss};
use crate::lab::http::{Answer, Asked, Reply};
use crate::lab::pki::Leaf;

/// How many episodes each of the three shows has: a hundred in all.
const EPISODES: [usize; 3] = [34, 33, 33];

/// The feed of a show: `/HOST/NUMBER.xml`, whose episodes lie on HOST; those of the second show are
/// behind a prefix.
fn show(asked: &Asked<'_>) -> Reply {
    let named = asked.path.strip_prefix('/').and_then(|path| path.strip_suffix(".xml")?.split_once('/'));
    let Some((host, number)) = named.and_then(|(host, number)| Some((host, number.parse::<usize>().ok()?))) else {
        return Answer::status(404).into();
    };
    let Some(episodes) = EPISODES.get(number) else { return Answer::status(404).into() };
    let prefix = if number == 1 { "https://op3.dev/e/" } else { "https://" };
    let items: String = (0..*episodes)
        .map(|episode| {
            let place = format!("{host}/{number}/{episode}");
            let one = item(&PLACED, episode, host, asked.state.now);
            one.replace("{prefix}", prefix).replace("{place}", &place)
        })
        .collect();
    Answer::status(200).body(RSS, rss(&format!("Show {number} of {host}"), "", &items)).into()
}

/// An item whose place is filled in for each episode.
const PLACED: Item = Item { url: Some("{prefix}{place}/episode.mp3"), ..ITEM };

/// Three shows.
const SHOWS: Exhibit = Exhibit { flags: &["--episodes", "all"], ..BROKEN };

const fn behind_one(name: &'static str) -> Place {
    Place { name, tls: Tls::Session(Leaf::ExpiredWildcard), ..HERE }
}

pub(super) const ALL: &[Exhibit] = &[
    Exhibit {
        name: "dead-host",
        what: "A hundred episodes of three shows on one host where nothing listens.",
        source: Source::Urls(&[
            "https://shows.lab.example/dead-host.lab.example/0.xml",
            "https://shows.lab.example/dead-host.lab.example/1.xml",
            "https://shows.lab.example/dead-host.lab.example/2.xml",
        ]),
        causes: &["connect-refused"],
        places: &[at(NOBODY), Place { name: "shows.lab.example", serve: show, ..HERE }],
        items: &[],
        ..SHOWS
    },
    Exhibit {
        name: "failing-host",
        what: "A hundred episodes of three shows on one host that answers 500 to everything.",
        source: Source::Urls(&[
            "https://shows.lab.example/failing-host.lab.example/0.xml",
            "https://shows.lab.example/failing-host.lab.example/1.xml",
            "https://shows.lab.example/failing-host.lab.example/2.xml",
        ]),
        causes: &["http-error", "origin-failing"],
        places: &[Place { serve: |_| Answer::status(500).into(), ..HERE }],
        items: &[],
        ..SHOWS
    },
    Exhibit {
        name: "wildcard",
        what: "Five hosts with one wildcard certificate, which has expired.",
        causes: &["cert-expired"],
        verdict: "critical",
        places: &[
            behind_one("one.family.lab.example"),
            behind_one("two.family.lab.example"),
            behind_one("three.family.lab.example"),
            behind_one("four.family.lab.example"),
            behind_one("five.family.lab.example"),
        ],
        items: &[
            Item { url: Some("https://one.family.lab.example/episode.mp3"), ..ITEM },
            Item { url: Some("https://two.family.lab.example/episode.mp3"), ..ITEM },
            Item { url: Some("https://three.family.lab.example/episode.mp3"), ..ITEM },
            Item { url: Some("https://four.family.lab.example/episode.mp3"), ..ITEM },
            Item { url: Some("https://five.family.lab.example/episode.mp3"), ..ITEM },
        ],
        ..WELL
    },
];
