//! `parties` knows whose host is whose: roles, providers, prefixes and the shapes of their URLs.
//! What it knows stands in `parties/catalogue.json` and in the files that a user adds; what does not
//! stand there is unknown, never guessed. Nothing here asks anybody or opens a file.

mod entry;
mod read;
mod shape;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use serde::Deserialize;

use crate::chain::OriginSighting;
use crate::link::route::MAX_NESTING;
use crate::link::{Host, Link, Origin};
use entry::{Entry, Layer};
pub use read::{CatalogueError, MAX_BYTES};
use shape::Match;

/// What a host does on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A measurement prefix: redirects and counts.
    Prefix,
    /// Holds the files or hands them to a CDN.
    Hosting,
    /// Inserts advertisements.
    AdInsertion,
    /// Delivers.
    Cdn,
    /// Serves the feed.
    Feed,
    /// Not known; never guessed.
    Unknown,
}

impl Role {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prefix => "prefix",
            Self::Hosting => "hosting",
            Self::AdInsertion => "ad_insertion",
            Self::Cdn => "cdn",
            Self::Feed => "feed",
            Self::Unknown => "unknown",
        }
    }
}

/// Whose host it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// What it does.
    pub role: Role,
    /// Whose it is.
    pub provider: Option<String>,
    /// When the service closed, where it has: a date as `2024-12-12`, or `unknown` where it is
    /// gone and the day is not known.
    pub retired: Option<String>,
    /// Where its operator says how it is.
    pub status_page: Option<String>,
    /// Where to write to.
    pub support: Option<String>,
}

impl Party {
    pub(crate) fn unknown() -> Self {
        Self { role: Role::Unknown, provider: None, retired: None, status_page: None, support: None }
    }

    fn of(entry: &Entry, role: Role) -> Self {
        Self {
            role,
            provider: Some(entry.name.clone()),
            // A service that has closed can share its host with one that has not.
            retired: entry.retired.clone().filter(|_| role == entry.role),
            status_page: entry.status_page.clone(),
            support: entry.support.clone(),
        }
    }
}

/// The catalogue. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Catalogue {
    entries: Arc<[Entry]>,
    by_host: Arc<ByHost>,
}

/// Which entries may know a host: their places in the catalogue.
#[derive(Debug, Default)]
struct ByHost {
    /// By a name that they have, or whose subdomains they have. The names are the catalogue's, so nobody
    /// can choose them to collide.
    named: foldhash::HashMap<String, Vec<usize>>,
    /// The last two labels of those names: most hosts are known to nobody, and end in none of them.
    ends: foldhash::HashSet<String>,
    /// One of the names has a single label, so that ends tell nothing.
    short: bool,
    /// Those that know hosts by more than a name.
    others: Vec<usize>,
}

impl ByHost {
    fn of(entries: &[Entry]) -> Self {
        let mut index = Self::default();
        for (at, entry) in entries.iter().enumerate() {
            for pattern in entry.patterns() {
                let places = match pattern.name() {
                    Some(name) => {
                        index.ends.insert(end(name).to_owned());
                        index.short |= above(name).is_none();
                        index.named.entry(name.to_owned()).or_default()
                    }
                    None => &mut index.others,
                };
                if places.last() != Some(&at) {
                    places.push(at);
                }
            }
        }
        index
    }

    /// The places for this host, in their order. Asked several times a hop, and most hosts are known
    /// to nobody by name.
    fn places(&self, host: &str) -> Cow<'_, [usize]> {
        if !self.short && !self.ends.contains(end(host)) {
            return Cow::Borrowed(&self.others);
        }
        let names = std::iter::successors(Some(host), |name| above(name));
        let mut places: Vec<usize> = names.filter_map(|name| self.named.get(name)).flatten().copied().collect();
        if places.is_empty() {
            return Cow::Borrowed(&self.others);
        }
        places.extend_from_slice(&self.others);
        places.sort_unstable();
        places.dedup();
        Cow::Owned(places)
    }
}

/// The last two labels of a name, or what there is of them.
fn end(name: &str) -> &str {
    let last = memchr::memrchr(b'.', name.as_bytes()).unwrap_or_default();
    let before = name.as_bytes().get(..last).and_then(|head| memchr::memrchr(b'.', head));
    before.and_then(|dot| name.get(dot + 1..)).unwrap_or(name)
}

/// The name above this one: all but its first label.
fn above(name: &str) -> Option<&str> {
    let dot = memchr::memchr(b'.', name.as_bytes())?;
    name.get(dot + 1..)
}

impl Default for Catalogue {
    fn default() -> Self {
        Self::builtin()
    }
}

/// What stands in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    #[cfg_attr(not(test), expect(dead_code, reason = "says to who edits the file what it is"))]
    about: String,
    parties: Vec<Entry>,
}

const BUILTIN: &str = include_str!("parties/catalogue.json");

impl Catalogue {
    /// The one that is built in, parsed once.
    pub fn builtin() -> Self {
        static BUILT: OnceLock<Catalogue> = OnceLock::new();
        // That the file parses is held by a test; nobody is known where it does not.
        let built = BUILT.get_or_init(|| {
            let entries =
                serde_json::from_str(BUILTIN).map_or_else(|_| Arc::from([]), |file: File| file.parties.into());
            Self::of(entries)
        });
        built.clone()
    }

    fn of(entries: Arc<[Entry]>) -> Self {
        Self { by_host: Arc::new(ByHost::of(&entries)), entries }
    }

    /// The entries that may know a host, in their order.
    fn near<'a>(&'a self, host: &str) -> impl Iterator<Item = &'a Entry> {
        let places = self.by_host.places(host);
        (0..places.len()).filter_map(move |at| self.entries.get(*places.get(at)?))
    }

    /// This catalogue and what a file says besides: one of the project's own form
    /// (docs/catalogue.md), whose entries replace those of the same id and go before all others, or
    /// a JSON list of opawg/podcast-prefixes or opawg/podcast-hosts as published, which fills gaps.
    /// Gives as well the patterns of a list that name no host and were passed over.
    pub fn extended(&self, bytes: &[u8]) -> Result<(Self, Vec<String>), CatalogueError> {
        let held = read::read(bytes)?;
        let own = held.entries.iter().filter(|entry| entry.layer == Layer::Own);
        let replaced: HashSet<&str> = own.map(|entry| entry.id.as_str()).collect();
        let kept = self.entries.iter().filter(|entry| !replaced.contains(entry.id.as_str())).cloned();
        // Of entries that fit alike the last one counts: what is added goes behind.
        let entries = kept.chain(held.entries.iter().cloned()).collect();
        Ok((Self::of(entries), held.passed_over))
    }

    /// Every shape of a prefix's URLs, as written in the catalogue: the prefix's id and the shape.
    pub fn prefix_shapes(&self) -> impl Iterator<Item = (&str, &str)> {
        let prefixes = self.entries.iter().filter(|entry| entry.role == Role::Prefix);
        prefixes.flat_map(|entry| entry.shapes.iter().map(|shape| (entry.id.as_str(), shape.as_str())))
    }

    /// The prefix and the shape that a URL has, as [`Catalogue::prefix_shapes`] names them.
    pub fn shape_named(&self, link: &Link) -> Option<(&str, &str)> {
        let (entry, _, shape) = self.find(link)?;
        shape?;
        entry.shape_of(link).map(|(shape, _)| (entry.id.as_str(), shape.as_str()))
    }

    /// Whose host a URL is on, from the URL alone.
    pub fn who(&self, link: &Link) -> Party {
        self.find(link).map_or_else(Party::unknown, |(entry, role, _)| Party::of(entry, role))
    }

    /// The role of a URL's host, as [`Self::who`] has it.
    pub fn role(&self, link: &Link) -> Role {
        self.find(link).map_or(Role::Unknown, |(_, role, _)| role)
    }

    /// Whose origin it is: from its name; else from the CNAME chain, the last name first, because
    /// it is nearest to who answers; else from marks in the answers.
    pub fn who_origin(&self, sighting: &OriginSighting) -> Party {
        if let Host::Name(host) = &sighting.origin.host
            && let Some((entry, role)) = self.find_host(host)
        {
            return Party::of(entry, role);
        }
        let aliases = sighting.dns.fact().map(|found| found.cname.as_slice()).unwrap_or_default();
        let by_alias = aliases.iter().rev().find_map(|alias| self.first(|e| e.has_cname(alias)));
        let by_mark = || self.first(|e| sighting.marks.iter().any(|(name, value)| e.has_mark(name, value)));
        by_alias.or_else(by_mark).map_or_else(Party::unknown, |entry| Party::of(entry, entry.role))
    }

    /// The URLs written in a URL: itself first, then what each prefix says it leads to, at most
    /// [`MAX_NESTING`] in all. The route ends at a URL that is no prefix, or at a prefix whose
    /// onward URL is not written in it.
    pub fn planned(&self, link: &Link) -> Vec<Link> {
        std::iter::successors(Some(link.clone()), |at| self.expected_next(at)).take(MAX_NESTING).collect()
    }

    /// Where the prefix in `link` has to lead: what a redirect is compared with
    /// ([`Link::canonical`]) for `route-mismatch`. `None` for other URLs and opaque prefixes.
    pub fn expected_next(&self, link: &Link) -> Option<Link> {
        self.shape_of(link)?.next
    }

    /// Where the prefix in `from` has to lead, where a redirect to `to` leads elsewhere. It may first
    /// send to itself over https, or to another of its hosts, as long as that leads on to the URL
    /// written in it.
    pub fn astray(&self, from: &Link, to: &Link) -> Option<Link> {
        let expected = self.expected_next(from)?;
        let (wanted, got) = (expected.canonical(), to.canonical());
        let detour = || self.expected_next(to).is_some_and(|onward| onward.canonical() == wanted);
        (wanted != got && got != from.canonical() && !detour()).then_some(expected)
    }

    /// The same URL without the prefix on this origin's host, wherever in the route and however
    /// often it stands; the prefixes around and behind it stay. `None` where it is not in it, or
    /// where what it wraps cannot be read.
    pub fn without(&self, link: &Link, prefix: &Origin) -> Option<Link> {
        let peeled = self.peel(link, &prefix.host, MAX_NESTING)?;
        (peeled != *link).then_some(peeled)
    }

    /// `link` with every prefix on `host` taken out.
    fn peel(&self, link: &Link, host: &Host, levels: usize) -> Option<Link> {
        let found = self.shape_of(link);
        let levels = levels.checked_sub(1)?;
        if link.origin().host == *host
            && let Some(found) = found
        {
            return self.peel(&found.next?, host, levels);
        }
        let Some(outer) = found else { return Some(link.clone()) };
        let Some(next) = &outer.next else { return Some(link.clone()) };
        let peeled = self.peel(next, host, levels)?;
        if peeled == *next {
            return Some(link.clone());
        }
        // What was built has to read back as what was meant.
        let rebuilt = outer.around(&peeled)?;
        (self.expected_next(&rebuilt)?.canonical() == peeled.canonical()).then_some(rebuilt)
    }

    /// When the service behind `link` closed, where it has ([`Party::retired`]).
    pub fn retired(&self, link: &Link) -> Option<String> {
        self.who(link).retired
    }

    fn shape_of(&self, link: &Link) -> Option<Match> {
        self.find(link)?.2
    }

    /// The first entry of which this is true, the user's own before the others.
    fn first(&self, is: impl Fn(&Entry) -> bool) -> Option<&Entry> {
        let own = self.entries.iter().filter(|e| e.layer == Layer::Own).rev();
        own.chain(self.entries.iter().filter(|e| e.layer != Layer::Own)).find(|e| is(e))
    }

    /// The entry of a URL. One whose shape the URL has goes before one that knows the host alone,
    /// of those the one that names the host most narrowly.
    fn find(&self, link: &Link) -> Option<(&Entry, Role, Option<Match>)> {
        let host = link.host_name()?;
        self.near(host)
            .filter_map(|entry| {
                let nearness = entry.nearness(host)?;
                let (role, shape) = entry.role_of(link)?;
                Some((entry.fit(nearness, shape.is_some()), (entry, role, shape)))
            })
            .max_by_key(|(fit, _)| *fit)
            .map(|(_, found)| found)
    }

    /// The entry of a host, by its name alone.
    fn find_host(&self, host: &str) -> Option<(&Entry, Role)> {
        self.near(host)
            .filter_map(|entry| {
                let nearness = entry.nearness(host)?;
                Some((entry.fit(nearness, false), (entry, entry.role_of_host(host)?)))
            })
            .max_by_key(|(fit, _)| *fit)
            .map(|(_, found)| found)
    }
}
