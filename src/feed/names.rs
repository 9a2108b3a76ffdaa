//! Namespaces and the elements that matter. Prefixes are resolved by their declarations; an
//! undeclared one is understood by the name that everybody gives it.

/// The namespaces that feeds use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// RSS in its own, no or an unknown default namespace.
    Plain,
    Atom,
    Itunes,
    Podcast,
    Media,
    Dc,
    Rdf,
    Enclosure,
    Other,
}

/// By namespace URI, schemes and trailing slashes apart.
const BY_URI: &[(&str, Space)] = &[
    ("www.w3.org/2005/atom", Space::Atom),
    ("purl.org/atom/ns#", Space::Atom),
    ("www.itunes.com/dtds/podcast-1.0.dtd", Space::Itunes),
    ("podcastindex.org/namespace/1.0", Space::Podcast),
    ("github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md", Space::Podcast),
    ("search.yahoo.com/mrss", Space::Media),
    ("search.yahoo.com/searchmonkey/media", Space::Media),
    ("purl.org/dc/elements/1.1", Space::Dc),
    ("purl.org/dc/terms", Space::Dc),
    ("www.w3.org/1999/02/22-rdf-syntax-ns#", Space::Rdf),
    ("purl.oclc.org/net/rss_2.0/enc#", Space::Enclosure),
    ("purl.org/rss/1.0", Space::Plain),
    ("my.netscape.com/rdf/simple/0.9", Space::Plain),
    ("backend.userland.com/rss2", Space::Plain),
    ("backend.userland.com/rss", Space::Plain),
    ("blogs.law.harvard.edu/tech/rss", Space::Plain),
];

/// By the usual prefix.
const BY_PREFIX: &[(&[u8], Space)] = &[
    (b"atom", Space::Atom),
    (b"atom10", Space::Atom),
    (b"itunes", Space::Itunes),
    (b"podcast", Space::Podcast),
    (b"media", Space::Media),
    (b"dc", Space::Dc),
    (b"dcterms", Space::Dc),
    (b"rdf", Space::Rdf),
    (b"enc", Space::Enclosure),
];

fn by_uri(uri: &[u8]) -> Space {
    let uri = String::from_utf8_lossy(uri).trim().to_ascii_lowercase();
    let bare = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://")).unwrap_or(&uri);
    let bare = bare.trim_end_matches('/');
    BY_URI.iter().find(|(known, _)| *known == bare).map_or(Space::Other, |(_, space)| *space)
}

/// The declarations in force.
#[derive(Default)]
pub(super) struct Scopes {
    /// Depth, prefix (empty for the default), space.
    declared: Vec<(usize, Vec<u8>, Space)>,
}

/// Bytes of a prefix; a longer one counts as undeclared.
const MAX_PREFIX: usize = 128;

/// Declarations in force at once, at most; more is no feed.
const MAX_DECLARATIONS: usize = 256;

impl Scopes {
    /// `xmlns="uri"` or `xmlns:prefix="uri"` on the element at this depth.
    pub(super) fn declare(&mut self, depth: usize, prefix: &[u8], uri: &[u8]) {
        if self.declared.len() < MAX_DECLARATIONS && prefix.len() <= MAX_PREFIX {
            self.declared.push((depth, prefix.to_vec(), by_uri(uri)));
        }
    }

    /// The element at this depth has ended.
    pub(super) fn leave(&mut self, depth: usize) {
        while self.declared.last().is_some_and(|(at, ..)| *at >= depth) {
            self.declared.pop();
        }
    }

    /// The space of a prefix, and whether it is declared.
    pub(super) fn resolve(&self, prefix: Option<&[u8]>) -> (Space, bool) {
        let wanted = prefix.unwrap_or_default();
        if let Some((_, _, space)) = self.declared.iter().rev().find(|(_, known, _)| known.as_slice() == wanted) {
            // RSS is read in whatever default namespace somebody put it.
            return (if prefix.is_none() && *space == Space::Other { Space::Plain } else { *space }, true);
        }
        match prefix {
            None => (Space::Plain, true),
            Some(b"xml" | b"xmlns") => (Space::Other, true),
            Some(prefix) => {
                let usual = BY_PREFIX.iter().find(|(known, _)| prefix.eq_ignore_ascii_case(known));
                (usual.map_or(Space::Other, |(_, space)| *space), false)
            }
        }
    }
}

/// The elements that matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Rss,
    Rdf,
    AtomFeed,
    Opml,
    Html,
    Channel,
    Item,
    LiveItem,
    Title,
    ItunesTitle,
    Guid,
    Published,
    Updated,
    Link,
    Enclosure,
    RdfEnclosure,
    MediaContent,
    Alternate,
    AlternateSource,
    NewFeedUrl,
    Outline,
    /// Elements with titles and links of their own: images, authors, sources.
    Aside,
    Other,
}

/// The element of this space and local name.
pub(super) fn tag(space: Space, local: &[u8]) -> Tag {
    match (space, local) {
        (Space::Plain, b"rss") => Tag::Rss,
        (Space::Rdf | Space::Plain, b"RDF") => Tag::Rdf,
        (Space::Atom | Space::Plain, b"feed") => Tag::AtomFeed,
        (Space::Plain, b"opml") => Tag::Opml,
        (Space::Plain, b"outline") => Tag::Outline,
        (_, b"html" | b"HTML") => Tag::Html,
        (Space::Plain, b"channel") => Tag::Channel,
        (Space::Plain, b"item") | (Space::Atom | Space::Plain, b"entry") => Tag::Item,
        (Space::Podcast, b"liveItem") => Tag::LiveItem,
        (Space::Plain | Space::Atom, b"title") => Tag::Title,
        (Space::Itunes, b"title") => Tag::ItunesTitle,
        (Space::Plain, b"guid" | b"id") | (Space::Atom, b"id") => Tag::Guid,
        (Space::Plain, b"pubDate" | b"pubdate" | b"date" | b"published" | b"issued" | b"created") => Tag::Published,
        (Space::Dc, b"date" | b"created" | b"issued") | (Space::Atom, b"published" | b"issued" | b"created") => {
            Tag::Published
        }
        (Space::Atom | Space::Plain, b"updated" | b"modified") | (Space::Dc, b"modified") => Tag::Updated,
        (Space::Atom | Space::Plain, b"link") => Tag::Link,
        (Space::Plain, b"enclosure") => Tag::Enclosure,
        (Space::Enclosure, b"enclosure") => Tag::RdfEnclosure,
        (Space::Media, b"content") => Tag::MediaContent,
        (Space::Podcast, b"alternateEnclosure") => Tag::Alternate,
        (Space::Podcast, b"source") => Tag::AlternateSource,
        (Space::Itunes, b"new-feed-url") => Tag::NewFeedUrl,
        (Space::Plain, b"image" | b"textInput" | b"textinput" | b"source") | (Space::Atom, b"source" | b"author") => {
            Tag::Aside
        }
        _ => Tag::Other,
    }
}
