//! `feed` parses: RSS, Atom, JSON Feed and OPML to [`Document`], in a stream. It never fails on
//! mess: it reads as far as it goes and notes every oddity. Fetching and unpacking are `probe`'s,
//! following pages is `app`'s ([`merge`] joins them).
//!
//! The way of a document: `source` turns bytes of any encoding into clean text that knows its
//! places; the first of it says what it is; `xml`, `json` or `lines` reads it; `grammar`
//! knows what elements mean; `shelf` keeps the newest episodes and lets the rest go by, so that
//! memory follows the number of episodes asked for and not the size of the feed. Whoever asks for
//! all of them and does not want them in memory has each handed over as it is read ([`parse_into`]).

mod attrs;
mod charset;
mod date;
mod entity;
mod grammar;
mod item;
mod json;
mod lines;
mod names;
mod notes;
mod shelf;
mod source;
#[cfg(test)]
mod tests;
mod xml;

use std::collections::HashSet;
use std::io::Read;
use std::sync::Arc;

use jiff::Timestamp;

use crate::link::{Link, LinkError};

pub use shelf::{Rank, rank};

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
    /// RFC 5005 4 `rel=prev-archive`: the archive of older episodes before this document.
    pub prev_archive: Option<String>,
    /// The newest episodes first: dated ones by date, then the undated ones in document order.
    /// At most `Limits::episodes`. After [`parse_into`] those alone that were given back.
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

impl Episode {
    /// Where it stands among others of its feed; the smallest is the newest.
    pub fn rank(&self) -> Rank {
        rank(self.published, self.order)
    }

    /// By what it is known again on another page of its feed, if by anything.
    pub fn identity(&self) -> Option<Identity<'_>> {
        match &self.guid {
            Some(guid) => Some(Identity::Guid(guid)),
            None => self.enclosures.first().map(|enclosure| Identity::Url(&enclosure.written)),
        }
    }
}

/// By what an episode is known again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Identity<'a> {
    /// Its guid.
    Guid(&'a str),
    /// Where it has none, the URL of its first enclosure as written.
    Url(&'a str),
}

/// A file that listeners download.
#[derive(Clone, Debug, PartialEq)]
pub struct Enclosure {
    /// The URL as written (entities resolved). The text of [`Enclosure::link`] where it is the same.
    pub written: Arc<str>,
    /// The URL read, or why it cannot be requested.
    pub link: Result<Link, LinkError>,
    /// Which element it came from.
    pub kind: EnclosureKind,
    /// The media type that the feed states, as written.
    pub media_type: Option<Arc<str>>,
    /// The length in bytes that the feed states; 0 is kept as 0, no or unreadable length is None.
    pub length: Option<u64>,
}

impl Enclosure {
    /// Whether the link leads to a torrent: it is fetched by other programs, and is no audio.
    pub fn is_torrent(&self) -> bool {
        let by_type = self.media_type.as_deref().is_some_and(|text| text.to_ascii_lowercase().contains("bittorrent"));
        let by_name = |link: &Link| {
            let path = link.path();
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
    /// A further page of the feed (RFC 5005) could not be read; its URL, redacted. Noted by whoever
    /// follows pages.
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
    /// Enclosures of one episode.
    Enclosures,
    /// Entries of a list.
    Entries,
    /// Memory for episodes: the oldest made room.
    Episodes,
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
    /// Bytes of memory that kept episodes, or the entries of a list, may take, about. The oldest
    /// episodes make room; a list ends.
    pub kept: usize,
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
            kept: 48 << 20,
        }
    }
}

/// What is known about a document besides its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints<'a> {
    /// The `Content-Type` it was served with; its `charset` counts where the document itself
    /// states no encoding.
    pub content_type: Option<&'a str>,
    /// The URL it came from in the end: what relative URLs are relative to, unless the document
    /// says otherwise (`xml:base`).
    pub base: Option<&'a Link>,
}

/// A limit that the reader given to [`parse`] met. Wrapped in an [`std::io::Error`] it ends the
/// document; what came before is used, and the limit is noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a limit was met: {0:?}")]
pub struct LimitMet(pub Limit);

/// Reads a document, whatever it is: a feed, a list of feeds (OPML, or one URL a line), or
/// something else. `input` gives its bytes, already unpacked. Never fails: an error of `input`
/// that is no [`LimitMet`] is an early end ([`OddityKind::MissingEnd`]).
pub fn parse(input: impl Read, hints: &Hints<'_>, limits: &Limits) -> Document {
    read(input, hints, limits, None)
}

/// The same; but where all episodes are asked for (`Limits::episodes` is `None`), each is offered to
/// `keep` as it is read, in document order, and only what it gives back is in [`Feed::episodes`].
pub fn parse_into(input: impl Read, hints: &Hints<'_>, limits: &Limits, keep: &mut dyn Keep) -> Document {
    read(input, hints, limits, Some(keep))
}

/// Keeps the episodes of a document elsewhere than in memory.
pub trait Keep {
    /// Takes an episode, or gives it back: then it is kept as [`parse`] would.
    fn keep(&mut self, episode: Episode) -> Option<Episode>;

    /// Bytes of memory that those it gives back may take, where `kept` is [`Limits::kept`].
    fn room_beside(&self, kept: usize) -> usize {
        kept
    }

    /// Whether episodes had to go for want of room; asked at the document's end.
    fn is_overfull(&self) -> bool;
}

/// How a document is read.
struct Reading<'a> {
    base: Option<&'a Link>,
    limits: Limits,
    keep: Option<&'a mut (dyn Keep + 'a)>,
}

fn read<'a>(
    mut input: impl Read,
    hints: &Hints<'a>,
    limits: &Limits,
    keep: Option<&'a mut (dyn Keep + 'a)>,
) -> Document {
    let mut source = source::Source::open(&mut input, hints.content_type, limits);
    let how = Reading { base: hints.base, limits: *limits, keep };
    match look(source.peek()) {
        Look::Blank => xml::read(&mut source, how),
        Look::Markup => match xml::read(&mut source, how) {
            // No element was found, but something was there.
            Document::Other(Other::Empty) => Document::Other(Other::Xml),
            document => document,
        },
        Look::Json => json::read(&mut source, how),
        Look::Lines => Document::List(lines::read(&mut source, limits)),
        Look::Unknown => Document::Other(Other::Unknown),
    }
}

/// What the first bytes look like.
enum Look {
    Blank,
    Markup,
    Json,
    Lines,
    Unknown,
}

/// Elements that begin a document even where something else stands before them.
const BEGINNINGS: [&[u8]; 7] = [b"<?xml", b"<rss", b"<feed", b"<rdf:RDF", b"<opml", b"<!DOCTYPE", b"<html"];

fn look(head: &[u8]) -> Look {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
    match text.bytes().next() {
        None => Look::Blank,
        Some(b'<') => Look::Markup,
        Some(b'{' | b'[') => Look::Json,
        _ if BEGINNINGS.iter().any(|word| memchr::memmem::find(head, word).is_some()) => Look::Markup,
        _ if lines::is_list(text) => Look::Lines,
        _ => Look::Unknown,
    }
}

/// Joins the next page of a feed (RFC 5005 section 3) to `first`, whose title stays. An episode
/// of `next` that `first` holds already (by its guid, else by its first enclosure's URL) is left
/// out. Oddities of both are kept, those of `first` first; their places are each page's own.
pub fn merge(first: &mut Feed, mut next: Feed, limits: &Limits) {
    let mut known: HashSet<Identity<'_>> = first.episodes.iter().filter_map(Episode::identity).collect();
    let mut repeats: Vec<usize> = next
        .episodes
        .iter()
        .filter(|episode| episode.identity().is_some_and(|identity| !known.insert(identity)))
        .map(|episode| episode.order)
        .collect();
    repeats.sort_unstable();
    next.episodes.retain(|episode| repeats.binary_search(&episode.order).is_err());
    join(first, next, &repeats, limits);
}

/// The same for whoever keeps episodes elsewhere too ([`parse_into`]) and has left out those of `next`
/// that are held already: `repeats` are their orders, sorted.
pub fn join(first: &mut Feed, next: Feed, repeats: &[usize], limits: &Limits) {
    let offset = first.items;
    first.episodes.extend(next.episodes.into_iter().map(|mut episode| {
        episode.order = joined_order(offset, episode.order, repeats);
        episode
    }));
    first.episodes.sort_by_key(Episode::rank);
    // What a hundred pages may hold together is what one may.
    let fits = shelf::fitting(&first.episodes, limits.kept);
    let overfull = fits < first.episodes.len();
    first.episodes.truncate(fits.min(limits.episodes.unwrap_or(usize::MAX)));
    first.items = offset.saturating_add(next.items.saturating_sub(repeats.len()));
    if first.title.is_empty() {
        first.title = next.title;
    }
    first.new_feed_url = first.new_feed_url.take().or(next.new_feed_url);
    first.next_page = next.next_page;
    // A page without an archive of its own stands before the first one's.
    first.prev_archive = next.prev_archive.or(first.prev_archive.take());
    for oddity in next.oddities {
        let is_limit = matches!(oddity.what, OddityKind::Limit(_));
        if first.oddities.len() < limits.oddities && !(is_limit && first.oddities.iter().any(|o| o.what == oddity.what))
        {
            first.oddities.push(oddity);
        }
    }
    if overfull {
        first.note_overfull();
    }
}

impl Feed {
    /// Notes, once, that the oldest episodes had to make room.
    pub(crate) fn note_overfull(&mut self) {
        let what = OddityKind::Limit(Limit::Episodes);
        if !self.oddities.iter().any(|oddity| oddity.what == what) {
            self.oddities.push(Oddity { line: 1, column: 1, what });
        }
    }
}

/// The order that an episode of the next page has behind `items` others: no other episode has it, for
/// repeats leave no gap, and the items are counted without them.
pub fn joined_order(items: usize, order: usize, repeats: &[usize]) -> usize {
    let before = repeats.partition_point(|repeat| *repeat < order);
    items.saturating_add(order.saturating_sub(before))
}

/// `written` as an absolute URL where a base is known, as it is where none is; nothing where it
/// is no http URL.
fn absolute(base: Option<&Link>, written: &str) -> Option<String> {
    let link = match base {
        Some(base) => base.join(written),
        None => Link::parse(written),
    };
    match link {
        Ok(link) => Some(link.expose().to_owned()),
        Err(LinkError::Relative) => Some(written.trim().to_owned()),
        Err(_) => None,
    }
}
