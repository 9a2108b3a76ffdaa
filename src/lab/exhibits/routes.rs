//! Routes through healthy prefixes: every shape of URL in the catalogue, and nested ones. Where the
//! way is written in the URL, what is observed has to be what was planned.

use crate::lab::exhibit::{Exhibit, HERE, ITEM, Item, Place, WELL};
use crate::lab::exhibits::redirect;
use crate::lab::prefix::{decoded, onward};

/// A prefix that does its work.
const fn prefix(name: &'static str) -> Place {
    Place { name, serve: onward, ..HERE }
}

/// An item that is reached by this URL.
const fn by(url: &'static str) -> Item {
    Item { url: Some(url), ..ITEM }
}

pub(super) const ALL: &[Exhibit] = &[
    Exhibit {
        name: "route-podtrac",
        what: "Podtrac: both paths, the publisher's id, a written scheme, and the old query form, plain and encoded.",
        causes: &["http-cleartext"],
        places: &[HERE, prefix("www.podtrac.com"), prefix("podtrac.com"), prefix("play.podtrac.com")],
        items: &[
            by("https://www.podtrac.com/redirect.mp3/{host}/episode.mp3"),
            by("https://podtrac.com/pts/redirect.mp3/{host}/episode.mp3?x=2&y=3"),
            by("https://play.podtrac.com/show-1/{host}/episode.mp3"),
            by("http://www.podtrac.com/pts/redirect.mp3?http://{host}/episode.mp3"),
            by("http://www.podtrac.com/redirect.mp3?https%3A%2F%2F{host}%2Fepisode.mp3"),
        ],
        ..WELL
    },
    Exhibit {
        name: "route-podscribe",
        what: "Podscribe: the scheme is https unless another is written.",
        places: &[HERE, prefix("verifi.podscribe.com")],
        items: &[
            by("https://verifi.podscribe.com/rss/p/{host}/episode.mp3"),
            by("https://verifi.podscribe.com/rss/p/https://{host}/episode.mp3"),
        ],
        ..WELL
    },
    Exhibit {
        name: "route-podsights",
        what: "Podsights: the scheme of the request, slashes as %2F, the query behind them.",
        causes: &["http-cleartext"],
        places: &[HERE, prefix("pdst.fm")],
        items: &[
            by("https://pdst.fm/e/{host}/episode.mp3"),
            by("http://pdst.fm/e/{host}/episode.mp3?y=1"),
            by("https://pdst.fm/e/{host}%2Fshows%2Fepisode.mp3?x=1"),
        ],
        ..WELL
    },
    Exhibit {
        name: "route-magellan",
        what: "Magellan AI: both paths.",
        places: &[HERE, prefix("mgln.ai")],
        items: &[by("https://mgln.ai/track/{host}/episode.mp3"), by("https://mgln.ai/e/42/{host}/episode.mp3?x=1")],
        ..WELL
    },
    Exhibit {
        name: "route-blubrry",
        what: "Blubrry statistics: the scheme of the request, with and without /p.",
        causes: &["http-cleartext"],
        places: &[HERE, prefix("media.blubrry.com")],
        items: &[
            by("https://media.blubrry.com/show/{host}/episode.mp3"),
            by("http://media.blubrry.com/show/p/{host}/episode.mp3"),
        ],
        ..WELL
    },
    Exhibit {
        name: "route-claritas",
        what: "Claritas: https, whatever the request came by.",
        causes: &["http-cleartext"],
        places: &[HERE, prefix("claritaspod.com"), prefix("www.claritaspod.com")],
        items: &[
            by("https://claritaspod.com/measure/{host}/episode.mp3"),
            by("http://www.claritaspod.com/m/{host}/episode.mp3"),
        ],
        ..WELL
    },
    Exhibit {
        name: "route-spotify",
        what: "Spotify Ad Analytics: one slash after the scheme's colon.",
        places: &[HERE, prefix("prfx.byspotify.com")],
        items: &[
            by("https://prfx.byspotify.com/e/https:/{host}/episode.mp3"),
            by("https://prfx.byspotify.com/e/{host}/episode.mp3"),
        ],
        ..WELL
    },
    Exhibit {
        name: "route-podcorn",
        what: "Podcorn: https unless another scheme is written; https to http is a downgrade.",
        causes: &["redirect-downgrade"],
        verdict: "warning",
        places: &[HERE, prefix("pdcn.co")],
        items: &[by("https://pdcn.co/e/{host}/episode.mp3"), by("https://pdcn.co/e/http://{host}/episode.mp3")],
        ..WELL
    },
    Exhibit {
        name: "route-op3",
        what: "OP3: plain, with options, and with a GUID after a slash.",
        places: &[HERE, prefix("staging.op3.dev")],
        items: &[
            by("https://op3.dev/e/{host}/episode.mp3"),
            by("https://staging.op3.dev/e,pg=12ab,c=x/https://{host}/episode.mp3"),
            by("https://op3.dev/e/pg=12ab/{host}/episode.mp3?x=1"),
        ],
        ..WELL
    },
    Exhibit {
        name: "route-podroll",
        what: "Podroll: both paths, the scheme of the request.",
        causes: &["http-cleartext"],
        places: &[HERE, prefix("pdrl.fm")],
        items: &[by("https://pdrl.fm/ab12/{host}/episode.mp3"), by("http://pdrl.fm/r/a/b/{host}/episode.mp3")],
        ..WELL
    },
    Exhibit {
        name: "route-swapfm",
        what: "Swap.fm.",
        places: &[HERE, prefix("tracking.swap.fm")],
        items: &[by("https://tracking.swap.fm/track/ab12/{host}/episode.mp3")],
        ..WELL
    },
    Exhibit {
        name: "route-soundstack",
        what: "SoundStack enrichment.",
        places: &[HERE, prefix("enrichment.soundstack.com")],
        items: &[by("https://enrichment.soundstack.com/ab12/{host}/episode.mp3")],
        ..WELL
    },
    Exhibit {
        name: "route-artsai",
        what: "ArtsAI.",
        places: &[HERE, prefix("arttrk.com")],
        items: &[by("https://arttrk.com/p/AB12/{host}/episode.mp3?x=1")],
        ..WELL
    },
    Exhibit {
        name: "route-podder",
        what: "Podder.",
        places: &[HERE, prefix("p.podderapp.com")],
        items: &[
            by("https://p.podderapp.com/1234/{host}/episode.mp3"),
            by("https://p.podderapp.com/1234/https%3A//{host}/episode.mp3"),
        ],
        ..WELL
    },
    Exhibit {
        name: "route-chartable",
        what: "Chartable, closed, though it still redirects, by the scheme of the request.",
        causes: &["http-cleartext", "prefix-retired"],
        verdict: "warning",
        places: &[HERE, prefix("chtbl.com")],
        items: &[
            by("https://chtbl.com/track/AB12/{host}/episode.mp3"),
            by("http://chtbl.com/track/AB12/{host}/episode.mp3?x=1"),
        ],
        ..WELL
    },
    Exhibit {
        name: "route-gumball",
        what: "Gumshoe: all three paths.",
        places: &[HERE, prefix("s.gum.fm")],
        items: &[
            by("https://s.gum.fm/{host}/episode.mp3"),
            by("https://s.gum.fm/s-5f0a/{host}/episode.mp3"),
            by("https://s.gum.fm/r1/5f0a/{host}/episode.mp3"),
        ],
        ..WELL
    },
    Exhibit {
        name: "route-veritonic",
        what: "Veritonic.",
        places: &[HERE, prefix("pfx.veritonicmetrics.com")],
        items: &[by("https://pfx.veritonicmetrics.com/ab12/{host}/episode.mp3")],
        ..WELL
    },
    Exhibit {
        name: "route-unitedpodcasters",
        what: "United Podcasters.",
        places: &[HERE, prefix("prefix.up.audio")],
        items: &[by("https://prefix.up.audio/s/{host}/episode.mp3")],
        ..WELL
    },
    Exhibit {
        name: "route-cohost",
        what: "CoHost.",
        places: &[HERE, prefix("cohst.app")],
        items: &[by("https://cohst.app/pdcst/ab12/{host}/episode.mp3")],
        ..WELL
    },
    Exhibit {
        name: "route-vpixl",
        what: "Vpixl: a written scheme is taken and ignored.",
        places: &[HERE, prefix("pfx.vpixl.com")],
        items: &[
            by("https://pfx.vpixl.com/ab12/{host}/episode.mp3"),
            by("https://pfx.vpixl.com/ab12/http://{host}/episode.mp3"),
        ],
        ..WELL
    },
    Exhibit {
        name: "route-zencastr",
        what: "Zencastr: a written scheme is taken and ignored.",
        causes: &["http-cleartext"],
        places: &[HERE, prefix("r.zen.ai")],
        items: &[by("https://r.zen.ai/r/{host}/episode.mp3"), by("http://r.zen.ai/r/http:/{host}/episode.mp3")],
        ..WELL
    },
    Exhibit {
        name: "route-podkite",
        what: "Podkite: the first segment names the scheme.",
        causes: &["http-cleartext"],
        places: &[HERE, prefix("growx.podkite.com")],
        items: &[
            by("https://growx.podkite.com/https/ab12/{host}/episode.mp3"),
            by("http://growx.podkite.com/http/ab12/{host}/episode.mp3"),
            by("http://growx.podkite.com/https/ab12/{host}/episode.mp3"),
        ],
        ..WELL
    },
    Exhibit {
        name: "route-glystn",
        what: "Glystn.",
        places: &[HERE, prefix("t.glystn.com")],
        items: &[by("https://t.glystn.com/v2/track/ab12/{host}/episode.mp3")],
        ..WELL
    },
    Exhibit {
        name: "route-adbarker",
        what: "AdBarker: the scheme of the request.",
        causes: &["http-cleartext"],
        places: &[HERE, prefix("adbarker.com")],
        items: &[
            by("https://adbarker.com/stream/ab12/{host}/episode.mp3"),
            by("http://adbarker.com/stream/ab12/{host}/episode.mp3"),
        ],
        ..WELL
    },
    Exhibit {
        name: "route-letscast",
        what: "LetsCast.fm: the scheme has to be written.",
        causes: &["http-cleartext"],
        places: &[HERE, prefix("letscast.fm")],
        items: &[
            by("https://letscast.fm/track/https://{host}/episode.mp3"),
            by("http://letscast.fm/track/http:/{host}/episode.mp3"),
        ],
        ..WELL
    },
    Exhibit {
        name: "route-backtracks",
        what: "Backtracks: the scheme of the request.",
        causes: &["http-cleartext"],
        places: &[HERE, prefix("bktrks.co")],
        items: &[by("https://bktrks.co/t/ab12/{host}/episode.mp3"), by("http://bktrks.co/t/ab12/{host}/episode.mp3")],
        ..WELL
    },
    Exhibit {
        name: "route-voxalyze",
        what: "Voxalyze: with and without a scheme as a segment, which is ignored.",
        places: &[HERE, prefix("a.pdcst.to")],
        items: &[
            by("https://a.pdcst.to/ab12/{host}/episode.mp3"),
            by("https://a.pdcst.to/ab12/http/{host}/episode.mp3"),
        ],
        ..WELL
    },
    Exhibit {
        name: "route-ipfspodcasting",
        what: "IPFS Podcasting.",
        places: &[HERE, prefix("ipfspodcasting.net")],
        items: &[by("https://ipfspodcasting.net/e/{host}/episode.mp3")],
        ..WELL
    },
    Exhibit {
        name: "route-podcards",
        what: "Podcards.",
        causes: &["http-cleartext"],
        places: &[HERE, prefix("pdcds.co")],
        items: &[by("https://pdcds.co/ab12/{host}/episode.mp3"), by("http://pdcds.co/ab12/{host}/episode.mp3")],
        ..WELL
    },
    Exhibit {
        name: "route-pfxes",
        what: "pfxes.",
        places: &[HERE, prefix("m.pfxes.com")],
        items: &[by("https://m.pfxes.com/ab12/{host}/episode.mp3")],
        ..WELL
    },
    Exhibit {
        name: "route-ppprotect",
        what: "pp/protect, which runs under its customers' hosts.",
        places: &[HERE, prefix("pp7.lab.example")],
        items: &[by("https://pp7.lab.example/protect/ab12/{host}/episode.mp3")],
        ..WELL
    },
    Exhibit {
        name: "route-podcastplusplus",
        what: "Podcast++, closed, though it still redirects.",
        causes: &["prefix-retired"],
        verdict: "warning",
        places: &[HERE, prefix("analytics.podcastplusplus.com")],
        items: &[by("https://analytics.podcastplusplus.com/e/{host}/episode.mp3")],
        ..WELL
    },
    Exhibit {
        name: "route-firstory",
        what: "Firstory: the scheme of the request.",
        causes: &["http-cleartext"],
        places: &[HERE, prefix("track.fstry.me")],
        items: &[
            by("https://track.fstry.me/p/ab12/{host}/episode.mp3"),
            by("http://track.fstry.me/p/ab12/{host}/episode.mp3"),
        ],
        ..WELL
    },
    Exhibit {
        name: "route-ausha",
        what: "Ausha.",
        places: &[HERE, prefix("tr.ausha.co")],
        items: &[by("https://tr.ausha.co/ab12/{host}/episode.mp3")],
        ..WELL
    },
    Exhibit {
        name: "route-subsplash",
        what: "Subsplash: the file's name is the target in base64url.",
        places: &[HERE, Place { name: "t.subsplash.com", serve: decoded, ..HERE }],
        items: &[by("https://t.subsplash.com/r/aHR0cHM6Ly9yb3V0ZS1zdWJzcGxhc2gubGFiLmV4YW1wbGUvZXBpc29kZS5tcDM.mp3")],
        ..WELL
    },
    Exhibit {
        name: "route-opaque",
        what: "Prefixes whose URLs do not say where they lead.",
        places: &[
            HERE,
            Place { name: "show.proxycast.org", serve: |_| redirect(302, OPAQUE), ..HERE },
            Place { name: "feedpress.me", serve: |_| redirect(302, OPAQUE), ..HERE },
        ],
        items: &[by("https://show.proxycast.org/b1946ac9"), by("https://feedpress.me/link/1/2/episode.mp3")],
        ..WELL
    },
    Exhibit {
        name: "route-feedburner",
        what: "FeedBurner's enclosure proxy, which is gone, as it once was.",
        causes: &["http-cleartext", "prefix-retired"],
        verdict: "warning",
        places: &[HERE, Place { name: "feedproxy.google.com", serve: |_| redirect(302, OPAQUE), ..HERE }],
        items: &[by("http://feedproxy.google.com/~r/show/~5/ab12/episode.mp3")],
        ..WELL
    },
    Exhibit {
        name: "route-nested",
        what: "Five prefixes in one another, the query string for the last URL.",
        items: &[by(
            "https://www.podtrac.com/pts/redirect.mp3/pdst.fm/e/mgln.ai/e/42/op3.dev/e,pg=1/pdcn.co/e/{host}/episode.mp3?updated=1&x=%20",
        )],
        ..WELL
    },
    Exhibit {
        name: "route-twice",
        what: "The same prefix twice in one route.",
        items: &[by("https://mgln.ai/e/1/verifi.podscribe.com/rss/p/mgln.ai/track/{host}/episode.mp3")],
        ..WELL
    },
    Exhibit {
        name: "route-spelled",
        what: "Schemes of every spelling between prefixes, and a target encoded as a whole.",
        items: &[
            by("https://op3.dev/e/https://pdcn.co/e/https:/mgln.ai/track/https%3A//{host}/episode.mp3?x=1"),
            by("https://op3.dev/e/https%3A%2F%2Fpdcn.co%2Fe%2F{host}%2Fepisode.mp3?x=1"),
        ],
        ..WELL
    },
    Exhibit {
        name: "route-kept-scheme",
        what: "http is kept by one prefix and upgraded by the next.",
        causes: &["http-cleartext"],
        items: &[by("http://pdst.fm/e/pdrl.fm/x/pdcds.co/y/{host}/episode.mp3")],
        ..WELL
    },
];

/// Where the opaque ones lead.
const OPAQUE: &str = "https://route-opaque.lab.example/episode.mp3";
