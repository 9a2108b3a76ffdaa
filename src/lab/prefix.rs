//! Measurement prefixes as their operators run them: which part of a URL's path is theirs, and by
//! which scheme they lead on. Written down apart from the catalogue and read by other code, so that
//! each is held to the other.

use base64::Engine as _;
use percent_encoding::percent_decode_str;

use crate::lab::exhibits::redirect;
use crate::lab::http::{Answer, Asked, Reply};

/// By which scheme a prefix leads on.
#[derive(Clone, Copy, Debug)]
enum Onward {
    /// https, whatever is written.
    Https,
    /// The one written, else https.
    Written,
    /// The one written, else that of the request.
    Same,
    /// The one written; without one there is no target.
    Named,
}

/// One operator.
#[derive(Debug)]
struct Rule {
    /// Its hosts, or what follows the first label of them.
    hosts: &'static [&'static str],
    /// What may stand before the target, the narrowest first: whole segments, with `*` for
    /// anything, a segment's beginning before `*`, and `@` for a scheme.
    leads: &'static [&'static [&'static str]],
    onward: Onward,
}

const fn rule(hosts: &'static [&'static str], leads: &'static [&'static [&'static str]], onward: Onward) -> Rule {
    Rule { hosts, leads, onward }
}

const RULES: &[Rule] = &[
    rule(
        &["dts.podtrac.com", "www.podtrac.com", "podtrac.com", "play.podtrac.com"],
        &[&["pts", "redirect.*"], &["redirect.*"], &["*"]],
        Onward::Written,
    ),
    rule(&["verifi.podscribe.com", "pscrb.fm", "suprefix.fm"], &[&["rss", "p"]], Onward::Written),
    rule(&["pdst.fm"], &[&["e"]], Onward::Same),
    rule(&["mgln.ai"], &[&["track"], &["e", "*"]], Onward::Written),
    rule(&["media.blubrry.com"], &[&["*", "p"], &["*"]], Onward::Same),
    rule(&["claritaspod.com", "www.claritaspod.com", "clrtpod.com"], &[&["measure"], &["m"]], Onward::Https),
    rule(&["prfx.byspotify.com"], &[&["e"]], Onward::Written),
    rule(&["pdcn.co"], &[&["e"]], Onward::Written),
    rule(&["op3.dev", "staging.op3.dev", "ci.op3.dev"], &[&["e", "pg=*"], &["e,*"], &["e"]], Onward::Written),
    rule(&["pdrl.fm", "rss.pdrl.fm"], &[&["r", "*", "*"], &["*"]], Onward::Same),
    rule(&["swap.fm", "tracking.swap.fm"], &[&["track", "*"]], Onward::Https),
    rule(&["enrichment.soundstack.com"], &[&["*"]], Onward::Https),
    rule(&["arttrk.com"], &[&["p", "*"]], Onward::Https),
    rule(&["p.podderapp.com"], &[&["*"]], Onward::Written),
    rule(&["chrt.fm", "chtbl.com", "podcast-rss-prefix.spotify.com"], &[&["track", "*"]], Onward::Same),
    rule(&["2.gum.fm", "s.gum.fm"], &[&["r1", "*"], &["s-*"], &[]], Onward::Https),
    rule(&["pfx.veritonicmetrics.com"], &[&["*"]], Onward::Https),
    rule(&["prefix.up.audio"], &[&["s"]], Onward::Https),
    rule(&["cohst.app"], &[&["pdcst", "*"]], Onward::Https),
    rule(&["pfx.vpixl.com"], &[&["*"]], Onward::Https),
    rule(&["r.zen.ai", "r.zencastr.com"], &[&["r"]], Onward::Https),
    rule(&["growx.podkite.com"], &[&["@", "*"]], Onward::Written),
    rule(&["t.glystn.com"], &[&["v2", "track", "*"]], Onward::Written),
    rule(&["adbarker.com"], &[&["stream", "*"]], Onward::Same),
    rule(&["letscast.fm"], &[&["track"]], Onward::Named),
    rule(&["bktrks.co"], &[&["t", "*"]], Onward::Same),
    rule(&["a.pdcst.to"], &[&["*", "@"], &["*"]], Onward::Https),
    rule(&["ipfspodcasting.net"], &[&["e"]], Onward::Written),
    rule(&["pdcds.co"], &[&["*"]], Onward::Https),
    rule(&["m.pfxes.com"], &[&["*"]], Onward::Https),
    rule(&["pp7.lab.example"], &[&["protect", "*"]], Onward::Https),
    rule(&["analytics.podcastplusplus.com"], &[&["e"]], Onward::Https),
    rule(&["track.fstry.me"], &[&["p", "*"]], Onward::Same),
    rule(&["tr.ausha.co"], &[&["*"]], Onward::Https),
];

/// What the prefix asked does: a redirect to the target written in the path (or, with nothing
/// behind it, in the query), or 404.
pub(in crate::lab) fn onward(asked: &Asked<'_>) -> Reply {
    let Some(rule) = RULES.iter().find(|rule| rule.hosts.contains(&asked.host)) else {
        return Answer::status(404).into();
    };
    let target = rule.leads.iter().find_map(|lead| rule.target(lead, asked));
    target.map_or_else(|| Answer::status(404).into(), |target| redirect(302, target))
}

/// What Subsplash does with `/r/BASE64URL.mp3`.
pub(in crate::lab) fn decoded(asked: &Asked<'_>) -> Reply {
    let coded = asked.path.strip_prefix("/r/").and_then(|name| name.split('.').next()).unwrap_or_default();
    let decoded =
        base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(coded).ok().and_then(|url| String::from_utf8(url).ok());
    decoded.map_or_else(|| Answer::status(404).into(), |url| redirect(302, url))
}

impl Rule {
    fn target(&self, lead: &[&str], asked: &Asked<'_>) -> Option<String> {
        let mut rest = asked.path.strip_prefix('/')?;
        let mut named = None;
        for want in lead {
            let (found, after) = rest.split_once('/').unwrap_or((rest, ""));
            let fits = match *want {
                "@" => matches!(found, "http" | "https"),
                want => match want.strip_suffix('*') {
                    Some(start) => found.len() > start.len() && found.starts_with(start),
                    None => found == want,
                },
            };
            if !fits {
                return None;
            }
            if *want == "@" {
                named = Some(found);
            }
            rest = after;
        }
        let written = match (rest, asked.query) {
            ("", "") => return None,
            ("", query) => percent_decode_str(query).decode_utf8().ok()?.into_owned(),
            (path, "") => whole(path),
            (path, query) => format!("{}?{query}", whole(path)),
        };
        let (scheme, bare) = scheme(&written);
        // A segment of the prefix's own is no host.
        if scheme.is_none() && !bare.split('/').next().is_some_and(|host| host.contains('.')) {
            return None;
        }
        let same = if asked.secure { "https" } else { "http" };
        let scheme = match self.onward {
            Onward::Https => "https",
            Onward::Written => named.or(scheme).unwrap_or("https"),
            Onward::Same => scheme.unwrap_or(same),
            Onward::Named => scheme?,
        };
        Some(format!("{scheme}://{bare}"))
    }
}

/// A target with `%2F` for its slashes, decoded.
fn whole(path: &str) -> String {
    let first = path.split('/').next().unwrap_or_default();
    if first.contains("%2F") || first.contains("%2f") {
        percent_decode_str(path).decode_utf8_lossy().into_owned()
    } else {
        path.to_owned()
    }
}

/// The scheme before a target, with one slash or two, its colon plain or encoded.
fn scheme(written: &str) -> (Option<&'static str>, &str) {
    for name in ["https", "http"] {
        for colon in [":", "%3A", "%3a"] {
            if let Some(rest) = written.strip_prefix(name).and_then(|rest| rest.strip_prefix(colon))
                && rest.starts_with('/')
            {
                return (Some(name), rest.trim_start_matches('/'));
            }
        }
    }
    (None, written)
}
