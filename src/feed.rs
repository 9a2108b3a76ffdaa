//! `feed` parses: RSS, Atom, JSON Feed and OPML to [`Document`], in a stream. It never fails on
//! mess: it reads as far as it goes and notes every oddity. Fetching is `probe`'s.

mod date;
mod decode;
mod items;
mod json;
mod keep;
mod names;
mod text;
mod xml;

use std::io::{BufRead as _, Read};

use jiff::Timestamp;

use crate::link::{Link, LinkError};

/// What a source turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Document {
    /// A podcast's feed.
    Feed(Feed),
    /// A list of feeds.
    List(List),
    /// Neither; the first bytes say what it looks like.
    Other(Other),
}

/// What a document that is no feed looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Other {
    /// Nothing but white space.
    Empty,
    /// A web page.
    Html,
    /// XML with another root element than a feed's.
    Xml,
    /// JSON that is no JSON Feed.
    Json,
    /// Anything else.
    Unknown,
}

/// An OPML list, or one URL a line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct List {
    /// In document order; nested outlines are flattened. At most `Limits::list_entries`.
    pub entries: Vec<ListEntry>,
    /// What was met on the way.
    pub oddities: Vec<Oddity>,
}

/// One feed of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListEntry {
    /// The feed's URL as written.
    pub url: String,
    /// Its title, where given.
    pub title: Option<String>,
}

/// A feed, as much of it as was asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Feed {
    /// The dialect.
    pub dialect: Dialect,
    /// The show's title.
    pub title: String,
    /// `itunes:new-feed-url`.
    pub new_feed_url: Option<String>,
    /// RFC 5005 `rel=next`, or JSON Feed's `next_url`, absolute where a base is known.
    pub next_page: Option<String>,
    /// The newest episodes first: dated ones by date, then the undated ones in document order.
    /// At most `Limits::episodes`.
    pub episodes: Vec<Episode>,
    /// How many items the document held, whether kept or not.
    pub items: usize,
    /// What was met on the way, at most `Limits::oddities`.
    pub oddities: Vec<Oddity>,
}

/// The dialects of feeds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// RSS 0.9x and 2.0.
    #[default]
    Rss,
    /// RSS 1.0 (RDF).
    Rdf,
    /// Atom 1.0 and 0.3.
    Atom,
    /// JSON Feed 1.x.
    Json,
}

/// One item or entry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Episode {
    /// guid or id as written; else nothing.
    pub guid: Option<String>,
    /// Plain text, entities resolved, white space folded.
    pub title: String,
    /// RSS pubDate, dc:date, Atom published (else updated), JSON date_published.
    pub published: Option<Timestamp>,
    /// Its place in the document, from 0.
    pub order: usize,
    /// Enclosures in document order; `media:content` that repeats one is left out.
    pub enclosures: Vec<Enclosure>,
}

/// A file that listeners download.
#[derive(Clone, Debug, PartialEq)]
pub struct Enclosure {
    /// The URL as written (entities resolved).
    pub written: String,
    /// The URL read, or why it cannot be requested.
    pub link: Result<Link, LinkError>,
    /// Which element it came from.
    pub kind: EnclosureKind,
    /// The media type that the feed states, as written.
    pub media_type: Option<String>,
    /// The length in bytes that the feed states; 0 is kept as 0, no or unreadable length is None.
    pub length: Option<u64>,
}

impl Enclosure {
    /// Whether the link leads to a torrent: it is fetched by other programs, and is no audio.
    pub fn is_torrent(&self) -> bool {
        let by_type = self.media_type.as_deref().is_some_and(|text| text.to_ascii_lowercase().contains("bittorrent"));
        let by_name = |link: &Link| {
            let path = link.url().path();
            path.get(path.len().saturating_sub(8)..).is_some_and(|end| end.eq_ignore_ascii_case(".torrent"))
        };
        by_type || self.link.as_ref().is_ok_and(by_name)
    }
}

/// Which element an enclosure came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EnclosureKind {
    /// RSS `enclosure`, Atom `link rel=enclosure`, RSS 1.0 `enc:enclosure`, JSON Feed attachment.
    Enclosure,
    /// `podcast:alternateEnclosure`'s `podcast:source`.
    Alternate,
    /// `media:content`.
    MediaContent,
    /// Of a `podcast:liveItem` whose status is live.
    Live,
}

impl EnclosureKind {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enclosure => "enclosure",
            Self::Alternate => "alternate",
            Self::MediaContent => "media_content",
            Self::Live => "live",
        }
    }
}

/// Something in a document that a strict reader would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// Line, from 1.
    pub line: u64,
    /// Column in characters, from 1.
    pub column: u64,
    /// What it is.
    pub what: OddityKind,
}

/// The kinds of oddity. All but the limits leave the rest of the document readable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OddityKind {
    /// `&` that begins no entity.
    BareAmpersand,
    /// An HTML entity that XML does not know (`&nbsp;`).
    HtmlEntity(String),
    /// An entity that nobody knows.
    UnknownEntity(String),
    /// A control character that XML forbids.
    ControlCharacter(u32),
    /// A namespace prefix that is not declared.
    UndeclaredPrefix(String),
    /// Bytes that are not in the encoding.
    BadEncoding(String),
    /// An encoding that nobody knows; read as UTF-8 or windows-1252.
    UnknownEncoding(String),
    /// A CDATA section, comment or tag that does not end.
    Unterminated(&'static str),
    /// The document ends before its root element does.
    MissingEnd,
    /// An end tag that closes another element than the open one.
    MismatchedTag(String),
    /// Any other fault of syntax, in words.
    Syntax(String),
    /// A further page of the feed (RFC 5005) could not be read; its URL, redacted.
    PageMissing(String),
    /// A limit was met; what was read until then is used.
    Limit(Limit),
}

/// The limits of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Bytes on the wire.
    WireBytes,
    /// Bytes after decompression.
    Bytes,
    /// Ratio of decompression.
    Ratio,
    /// Depth of elements.
    Depth,
    /// Length of one text or attribute.
    Text,
    /// Pages of RFC 5005.
    Pages,
    /// Attributes of one element.
    Attributes,
}

/// Bounds of [`parse`].
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many episodes are kept: the newest ones. `None` keeps all.
    pub episodes: Option<usize>,
    /// Bytes read at most, after decompression.
    pub bytes: u64,
    /// Depth of elements.
    pub depth: usize,
    /// Bytes of one text or attribute that is kept; the rest is dropped and noted.
    pub text: usize,
    /// Oddities kept.
    pub oddities: usize,
    /// Entries of a list.
    pub list_entries: usize,
    /// Enclosures of one episode.
    pub enclosures: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            episodes: Some(10),
            bytes: 100 << 20,
            depth: 100,
            text: 64 << 10,
            oddities: 20,
            list_entries: 100_000,
            enclosures: 50,
        }
    }
}

/// What is known of a document beside its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints<'a> {
    /// The Content-Type it came with; its `charset` counts after BOM and declaration.
    pub content_type: Option<&'a str>,
    /// Where it came from, for relative URLs.
    pub base: Option<&'a Link>,
}

/// A limit that a reader met: put into an `io::Error` by whoever feeds [`parse`], it ends the
/// document there and is noted as [`OddityKind::Limit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a limit of the document was met: {0:?}")]
pub struct LimitMet(pub Limit);

/// Reads a document: RSS, Atom, JSON Feed, OPML, or one URL a line. Never fails: what cannot be
/// read is an oddity, and an error of `input` is the end of the document.
pub fn parse(input: impl Read, hints: &Hints<'_>, limits: &Limits) -> Document {
    let mut source = decode::Source::new(input, hints.content_type, limits);
    let first = match source.fill_buf() {
        Ok(bytes) => bytes.iter().copied().find(|byte| !byte.is_ascii_whitespace()),
        Err(_) => None,
    };
    match first {
        None => Document::Other(Other::Empty),
        Some(b'{' | b'[') => json::read(source, hints.base, limits),
        Some(b'<') => xml::read(source, hints.base, limits),
        Some(_) => lines(source, hints, limits),
    }
}

/// One URL a line, blank lines and comments (`#`) apart. Anything else that begins without `<` may
/// be XML behind junk.
fn lines<R: Read>(mut source: decode::Source<R>, hints: &Hints<'_>, limits: &Limits) -> Document {
    let head = source.fill_buf().map(<[u8]>::to_vec).unwrap_or_default();
    let text = String::from_utf8_lossy(&head);
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    if first.is_none_or(|line| Link::parse(line).is_err()) {
        return if memchr::memchr(b'<', &head).is_some() {
            xml::read(source, hints.base, limits)
        } else {
            Document::Other(Other::Unknown)
        };
    }
    let mut list = List::default();
    let mut line = Vec::new();
    while list.entries.len() < limits.list_entries {
        line.clear();
        match (&mut source).take(limits.text as u64).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        if !text.is_empty() && !text.starts_with('#') {
            list.entries.push(ListEntry { url: text.to_owned(), title: None });
        }
    }
    list.oddities = source.take_oddities();
    Document::List(list)
}

/// Adds a further page (RFC 5005): episodes that are there already, by guid or else by their first
/// enclosure, are left out; the newest of both are kept.
pub fn merge(first: &mut Feed, next: Feed, limits: &Limits) {
    fn key(episode: &Episode) -> Option<String> {
        episode.guid.clone().or_else(|| episode.enclosures.first().map(|enclosure| enclosure.written.clone()))
    }
    let known: std::collections::HashSet<String> = first.episodes.iter().filter_map(key).collect();
    let mut keep = keep::Newest::new(limits.episodes);
    let before = first.items;
    for episode in std::mem::take(&mut first.episodes) {
        keep.push(episode);
    }
    for mut episode in next.episodes {
        if key(&episode).is_none_or(|key| !known.contains(&key)) {
            episode.order += before;
            keep.push(episode);
        }
    }
    first.episodes = keep.finish();
    first.items += next.items;
    first.next_page = next.next_page;
    let room = limits.oddities.saturating_sub(first.oddities.len());
    first.oddities.extend(next.oddities.into_iter().take(room));
}

#[cfg(test)]
mod tests;
