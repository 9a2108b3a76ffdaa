//! The XML dialects and OPML: one pass over quick-xml's events. A stack of open elements tells what
//! a text belongs to; everything that does not matter is passed over without a copy.

use std::io::Read;

use quick_xml::Reader;
use quick_xml::errors::{Error, SyntaxError};
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::PrefixDeclaration;

use super::decode::{Position, Source};
use super::items::{self, Item, Making, Written};
use super::names::{Scopes, Tag, tag};
use super::{Dialect, Document, EnclosureKind, Limit, LimitMet, Limits, List, ListEntry, OddityKind, Other, text};
use crate::link::Link;

/// Bytes of one event (a text, a tag with its attributes) at most.
const MAX_EVENT: usize = 4 << 20;

/// Attributes of one element at most.
const MAX_ATTRIBUTES: usize = 256;

/// The limit that an error of the input stands for, if it is one.
pub(super) fn limit_of(fault: &std::io::Error) -> Option<Limit> {
    fault.get_ref()?.downcast_ref::<LimitMet>().map(|met| met.0)
}

pub(super) fn read<R: Read>(source: Source<R>, base: Option<&Link>, limits: &Limits) -> Document {
    let mut reader = Reader::from_reader(source);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut walk = Walk::new(base, limits);
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let source = reader.get_mut();
        let start = source.position();
        source.begin_event(MAX_EVENT);
        let more = match reader.read_event_into(&mut buffer) {
            Ok(Event::Eof) => {
                walk.at_end(start);
                false
            }
            Ok(event) => walk.event(&event, start),
            Err(fault) => walk.fault(&fault, start),
        };
        for oddity in walk.noted.drain(..) {
            reader.get_mut().note(oddity);
        }
        if !more {
            break;
        }
    }
    let oddities = reader.get_mut().take_oddities();
    walk.finish(oddities)
}

/// What the root element says the document is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Feed,
    List,
    Other(Other),
}

/// A text that is wanted: whose it is, at which depth it ends, what came so far.
struct Capture {
    tag: Tag,
    depth: usize,
    text: String,
    whole: bool,
}

struct Walk<'a> {
    limits: &'a Limits,
    kind: Option<Kind>,
    making: Making,
    list: List,
    item: Option<Item>,
    /// Depth of the open item.
    item_depth: usize,
    /// Names of the open elements, one after the other, and where each begins.
    names: Vec<u8>,
    open: Vec<(usize, Tag)>,
    scopes: Scopes,
    /// `xml:base` by depth; the document's own base at the bottom.
    bases: Vec<(usize, Link)>,
    capture: Option<Capture>,
    noted: Vec<super::Oddity>,
    undeclared: bool,
}

impl<'a> Walk<'a> {
    fn new(base: Option<&Link>, limits: &'a Limits) -> Self {
        Self {
            limits,
            kind: None,
            making: Making::new(Dialect::Rss, limits),
            list: List::default(),
            item: None,
            item_depth: 0,
            names: Vec::new(),
            open: Vec::new(),
            scopes: Scopes::default(),
            bases: base.map(|base| (0, base.clone())).into_iter().collect(),
            capture: None,
            noted: Vec::new(),
            undeclared: false,
        }
    }

    fn note(&mut self, at: Position, what: OddityKind) {
        // More than a few of one event are the same fault again.
        if self.noted.len() < 4 {
            self.noted.push(at.note(what));
        }
    }

    fn base(&self) -> Option<&Link> {
        self.bases.last().map(|(_, link)| link)
    }

    /// Takes an event that begins here. False: nothing more is to be read.
    fn event(&mut self, event: &Event<'_>, at: Position) -> bool {
        match event {
            Event::Start(element) => self.start(element, at),
            Event::Empty(element) => {
                let more = self.start(element, at);
                if more {
                    self.end_top(at);
                }
                more
            }
            Event::End(element) => {
                self.end(element.name().as_ref().as_bytes(), at);
                true
            }
            Event::Text(raw) => {
                if self.capture.is_some() {
                    let raw: &str = raw.as_ref();
                    let resolved = text::unescape(raw, |offset, what| {
                        if self.noted.len() < 4 {
                            self.noted.push(at.after(raw.as_bytes().get(..offset).unwrap_or_default()).note(what));
                        }
                    });
                    self.push(&resolved, at);
                } else if let Some(ampersand) = memchr::memchr(b'&', raw.as_ref().as_bytes()) {
                    self.note(
                        at.after(raw.as_ref().as_bytes().get(..ampersand).unwrap_or_default()),
                        OddityKind::BareAmpersand,
                    );
                }
                true
            }
            Event::CData(raw) => {
                if self.capture.is_some() {
                    self.push(raw.as_ref(), at);
                }
                true
            }
            Event::GeneralRef(name) => {
                let name: &str = name.as_ref();
                // quick-xml takes everything up to the next semicolon for a name.
                let (resolved, oddity) =
                    if text::is_name(name) { text::entity(name) } else { (None, Some(OddityKind::BareAmpersand)) };
                if let Some(oddity) = oddity {
                    self.note(at, oddity);
                }
                if self.capture.is_some() {
                    self.push(&resolved.unwrap_or_else(|| format!("&{name};")), at);
                }
                true
            }
            // Declarations of entities are never looked at: no entity of a document's own is expanded.
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Eof => true,
        }
    }

    fn push(&mut self, piece: &str, at: Position) {
        let limit = self.limits.text;
        let Some(capture) = &mut self.capture else { return };
        if !text::push_bounded(&mut capture.text, piece, limit) && std::mem::take(&mut capture.whole) {
            self.note(at, OddityKind::Limit(Limit::Text));
        }
    }

    fn start(&mut self, element: &BytesStart<'_>, at: Position) -> bool {
        let depth = self.open.len() + 1;
        if depth > self.limits.depth {
            self.note(at, OddityKind::Limit(Limit::Depth));
            return false;
        }
        self.declare(element, depth, at);
        let name = element.name();
        let (space, declared) = self.scopes.resolve(name.prefix().as_ref().map(|prefix| prefix.as_ref().as_bytes()));
        if !declared && !self.undeclared {
            self.undeclared = true;
            let prefix = name.prefix().map(|prefix| prefix.as_ref().chars().take(32).collect()).unwrap_or_default();
            self.note(at, OddityKind::UndeclaredPrefix(prefix));
        }
        let tag = tag(space, name.local_name().as_ref().as_bytes());
        self.open.push((self.names.len(), tag));
        self.names.extend_from_slice(name.as_ref().as_bytes());
        if self.kind.is_none() {
            self.root(tag);
        }
        match self.kind {
            Some(Kind::Other(_)) => return false,
            Some(Kind::List) => self.list_element(tag, element, at),
            _ => self.feed_element(tag, element, at),
        }
        true
    }

    fn root(&mut self, tag: Tag) {
        let (kind, dialect) = match tag {
            Tag::Rss | Tag::Channel => (Kind::Feed, Dialect::Rss),
            Tag::Rdf => (Kind::Feed, Dialect::Rdf),
            Tag::AtomFeed => (Kind::Feed, Dialect::Atom),
            Tag::Opml => (Kind::List, Dialect::Rss),
            Tag::Html => (Kind::Other(Other::Html), Dialect::Rss),
            _ => (Kind::Other(Other::Xml), Dialect::Rss),
        };
        self.kind = Some(kind);
        self.making.dialect = dialect;
    }

    /// Namespace declarations and `xml:base` of an element. Most elements have none.
    fn declare(&mut self, element: &BytesStart<'_>, depth: usize, at: Position) {
        let raw = element.attributes_raw().as_bytes();
        if memchr::memmem::find(raw, b"xmlns").is_none() && memchr::memmem::find(raw, b"xml:base").is_none() {
            return;
        }
        for attribute in element.html_attributes().with_checks(false).flatten().take(MAX_ATTRIBUTES) {
            match attribute.key.as_namespace_binding() {
                Some(PrefixDeclaration::Default) => self.scopes.declare(depth, b"", attribute.value.as_bytes()),
                Some(PrefixDeclaration::Named(prefix)) => {
                    self.scopes.declare(depth, prefix.as_bytes(), attribute.value.as_bytes());
                }
                None if attribute.key.as_ref() == "xml:base" => {
                    let value = self.value(element, &attribute, at);
                    if let Ok(link) = items::read(&value, self.base()) {
                        self.bases.push((depth, link));
                    }
                }
                None => {}
            }
        }
    }

    /// An attribute's value, entities resolved, bounded. `at` is where its tag begins.
    fn value(&mut self, element: &BytesStart<'_>, attribute: &Attribute<'_>, at: Position) -> String {
        let raw = &*attribute.value;
        let mut odd = None;
        let value = text::unescape(raw, |offset, what| {
            odd.get_or_insert((offset, what));
        });
        if let Some((offset, what)) = odd {
            self.note(within(element, raw, offset, at), what);
        }
        let mut out = String::new();
        if !text::push_bounded(&mut out, &value, self.limits.text) {
            self.note(at, OddityKind::Limit(Limit::Text));
        }
        out
    }

    /// The attributes with these names, in the order of the names. Namespaced ones are given with
    /// their prefix.
    fn values<const N: usize>(
        &mut self,
        element: &BytesStart<'_>,
        names: [&[u8]; N],
        at: Position,
    ) -> [Option<String>; N] {
        let mut found = [const { None }; N];
        for (count, attribute) in element.html_attributes().with_checks(false).enumerate() {
            if count >= MAX_ATTRIBUTES {
                self.note(at, OddityKind::Limit(Limit::Attributes));
                break;
            }
            let Ok(attribute) = attribute else {
                self.note(at, OddityKind::Syntax("an attribute cannot be read".into()));
                break;
            };
            let key = attribute.key.as_ref().as_bytes();
            let place = names.iter().position(|name| key.eq_ignore_ascii_case(name));
            if let Some(slot) = place.and_then(|place| found.get_mut(place))
                && slot.is_none()
            {
                *slot = Some(self.value(element, &attribute, at));
            }
        }
        found
    }

    fn list_element(&mut self, tag: Tag, element: &BytesStart<'_>, at: Position) {
        if tag != Tag::Outline || self.list.entries.len() >= self.limits.list_entries {
            return;
        }
        let [url, title, label, kind, other] =
            self.values(element, [b"xmlurl", b"title", b"text", b"type", b"url"], at);
        // Another list within this one (OPML 2.0, inclusion).
        let other = other.filter(|url| match kind.unwrap_or_default().trim() {
            "include" => true,
            "link" => url.trim().to_ascii_lowercase().ends_with(".opml"),
            _ => false,
        });
        let absolute = |url: String| match items::read(&url, self.base()) {
            Ok(link) if self.base().is_some() => link.expose().to_owned(),
            _ => url,
        };
        let url = url.or(other).map(absolute);
        if let Some(url) = url.map(|url| url.trim().to_owned()).filter(|url| !url.is_empty()) {
            let title = title.or(label).map(|title| text::fold(&title)).filter(|title| !title.is_empty());
            self.list.entries.push(ListEntry { url, title });
        }
    }

    fn feed_element(&mut self, tag: Tag, element: &BytesStart<'_>, at: Position) {
        let depth = self.open.len();
        match tag {
            Tag::Item | Tag::LiveItem => {
                if let Some(item) = self.item.take() {
                    self.note(at, OddityKind::MismatchedTag("item".into()));
                    self.making.finish_item(item);
                }
                let mut item = Item::default();
                if tag == Tag::LiveItem {
                    let [status] = self.values(element, [b"status"], at);
                    item.live = Some(status.is_some_and(|status| status.trim().eq_ignore_ascii_case("live")));
                }
                if self.making.dialect == Dialect::Rdf {
                    let [about] = self.values(element, [b"rdf:about"], at);
                    item.episode.guid = about;
                }
                self.item = Some(item);
                self.item_depth = depth;
                self.capture = None;
            }
            Tag::Enclosure => self.enclosure(element, EnclosureKind::Enclosure, [b"url", b"type", b"length"], at),
            Tag::RdfEnclosure => {
                self.enclosure(element, EnclosureKind::Enclosure, [b"rdf:resource", b"enc:type", b"enc:length"], at);
            }
            Tag::Link => self.link(element, at),
            Tag::MediaContent if self.item.is_some() => {
                let [url, kind, size, medium] = self.values(element, [b"url", b"type", b"filesize", b"medium"], at);
                let playable =
                    url.as_deref().is_some_and(|url| items::is_playable(kind.as_deref(), medium.as_deref(), url));
                if playable {
                    self.enclose(EnclosureKind::MediaContent, url, kind, size.as_deref());
                }
            }
            Tag::Alternate => {
                let [kind, length] = self.values(element, [b"type", b"length"], at);
                if let Some(item) = &mut self.item {
                    item.alternate = (kind, length.as_deref().and_then(items::length));
                }
            }
            Tag::AlternateSource if self.parent() == Some(Tag::Alternate) => {
                let [uri, kind] = self.values(element, [b"uri", b"contenttype"], at);
                let base = self.base().cloned();
                if let Some(item) = &mut self.item {
                    let (usual, length) = item.alternate.clone();
                    item.enclose(
                        EnclosureKind::Alternate,
                        Written { url: uri, media_type: kind.or(usual), length },
                        base.as_ref(),
                    );
                }
            }
            Tag::Title | Tag::ItunesTitle | Tag::Guid | Tag::Published | Tag::Updated | Tag::NewFeedUrl => {
                let whose = self.parent();
                let own = match self.item {
                    Some(_) => depth == self.item_depth + 1,
                    None => matches!(whose, Some(Tag::Channel | Tag::AtomFeed | Tag::Rss | Tag::Rdf)),
                };
                if own && self.capture.is_none() {
                    self.capture = Some(Capture { tag, depth, text: String::new(), whole: true });
                }
            }
            _ => {}
        }
    }

    fn parent(&self) -> Option<Tag> {
        self.open.iter().rev().nth(1).map(|(_, tag)| *tag)
    }

    fn enclosure(&mut self, element: &BytesStart<'_>, kind: EnclosureKind, names: [&[u8]; 3], at: Position) {
        if self.item.is_some() {
            let [url, media_type, length] = self.values(element, names, at);
            self.enclose(kind, url, media_type, length.as_deref());
        }
    }

    fn enclose(&mut self, kind: EnclosureKind, url: Option<String>, media_type: Option<String>, length: Option<&str>) {
        let base = self.base().cloned();
        if let Some(item) = &mut self.item {
            item.enclose(kind, Written { url, media_type, length: length.and_then(items::length) }, base.as_ref());
        }
    }

    /// Atom's `link`: an enclosure in an entry, the next page (RFC 5005 3) of a feed.
    fn link(&mut self, element: &BytesStart<'_>, at: Position) {
        if element.attributes_raw().is_empty() {
            return;
        }
        let [rel, href, kind, length] = self.values(element, [b"rel", b"href", b"type", b"length"], at);
        let rel = rel.unwrap_or_default();
        if rel.eq_ignore_ascii_case("enclosure") && self.item.is_some() {
            self.enclose(EnclosureKind::Enclosure, href, kind, length.as_deref());
        } else if rel.eq_ignore_ascii_case("next") && self.item.is_none() && self.making.next_page.is_none() {
            let link = href.and_then(|href| items::read(&href, self.base()).ok());
            self.making.next_page = link.map(|link| link.expose().to_owned());
        }
    }

    fn end(&mut self, name: &[u8], at: Position) {
        let top = self.open.last().and_then(|(start, _)| self.names.get(*start..));
        if top == Some(name) {
            self.end_top(at);
            return;
        }
        self.note(at, OddityKind::MismatchedTag(lossy(name).chars().take(64).collect()));
        // Closes an element further out: those within it end with it. One that is not open is passed over.
        let mut end = self.names.len();
        let place = self.open.iter().rposition(|(start, _)| {
            let this = self.names.get(*start..end);
            end = *start;
            this == Some(name)
        });
        if let Some(place) = place {
            while self.open.len() > place {
                self.end_top(at);
            }
        }
    }

    /// The innermost open element ends.
    fn end_top(&mut self, _: Position) {
        let depth = self.open.len();
        let Some((start, tag)) = self.open.pop() else { return };
        self.names.truncate(start);
        self.scopes.leave(depth);
        while self.bases.last().is_some_and(|(at, _)| *at == depth) {
            self.bases.pop();
        }
        if self.capture.as_ref().is_some_and(|capture| capture.depth == depth)
            && let Some(capture) = self.capture.take()
        {
            self.captured(capture.tag, &capture.text);
        }
        if matches!(tag, Tag::Item | Tag::LiveItem)
            && self.item_depth == depth
            && let Some(item) = self.item.take()
        {
            self.making.finish_item(item);
        }
    }

    fn captured(&mut self, tag: Tag, text: &str) {
        let text = text::fold(text);
        if text.is_empty() {
            return;
        }
        match (&mut self.item, tag) {
            (Some(item), Tag::Title) if item.episode.title.is_empty() => item.episode.title = text,
            (Some(item), Tag::ItunesTitle) => item.other_title = text,
            (Some(item), Tag::Guid) => item.episode.guid = Some(text),
            (Some(item), Tag::Published) => {
                item.published.get_or_insert(text);
            }
            (Some(item), Tag::Updated) => {
                item.updated.get_or_insert(text);
            }
            (None, Tag::Title) if self.making.title.is_empty() => self.making.title = text,
            (None, Tag::NewFeedUrl) => self.making.new_feed_url = Some(text),
            _ => {}
        }
    }

    fn at_end(&mut self, at: Position) {
        if !self.open.is_empty() {
            self.note(at, OddityKind::MissingEnd);
        }
    }

    /// A fault of syntax or of the input. What is open is kept.
    fn fault(&mut self, fault: &Error, at: Position) -> bool {
        let what = match fault {
            Error::Io(why) => match limit_of(why) {
                Some(limit) => OddityKind::Limit(limit),
                None => OddityKind::MissingEnd,
            },
            Error::Syntax(SyntaxError::UnclosedCData) => OddityKind::Unterminated("CDATA section"),
            Error::Syntax(SyntaxError::UnclosedComment) => OddityKind::Unterminated("comment"),
            Error::Syntax(SyntaxError::UnclosedDoctype) => OddityKind::Unterminated("document type"),
            Error::Syntax(SyntaxError::UnclosedPI | SyntaxError::UnclosedXmlDecl) => {
                OddityKind::Unterminated("processing instruction")
            }
            Error::Syntax(
                SyntaxError::UnclosedTag
                | SyntaxError::UnclosedSingleQuotedAttributeValue
                | SyntaxError::UnclosedDoubleQuotedAttributeValue,
            ) => OddityKind::Unterminated("tag"),
            other => OddityKind::Syntax(other.to_string().chars().take(120).collect()),
        };
        self.note(at, what);
        // A fault of form is behind us; one of syntax or of the input is the end.
        matches!(fault, Error::IllFormed(_))
    }

    fn finish(mut self, oddities: Vec<super::Oddity>) -> Document {
        while !self.open.is_empty() {
            self.end_top(Position { line: 1, column: 1 });
        }
        match self.kind {
            None => Document::Other(Other::Unknown),
            Some(Kind::Other(other)) => Document::Other(other),
            Some(Kind::List) => {
                self.list.oddities = oddities;
                Document::List(self.list)
            }
            Some(Kind::Feed) => Document::Feed(self.making.finish(oddities)),
        }
    }
}

/// Where a place of an attribute's value stands. The value is a part of the tag's text; what would
/// not be one stands where the tag begins.
fn within(element: &BytesStart<'_>, value: &str, offset: usize, at: Position) -> Position {
    let attributes = element.attributes_raw();
    let start = value.as_ptr().addr().checked_sub(attributes.as_ptr().addr());
    let before = start.and_then(|start| attributes.get(..start.saturating_add(offset)));
    match before {
        Some(before) => at.after(b"<").after(element.name().as_ref().as_bytes()).after(before.as_bytes()),
        None => at,
    }
}

fn lossy(bytes: impl AsRef<[u8]>) -> String {
    String::from_utf8_lossy(bytes.as_ref()).into_owned()
}
