//! What the elements of RSS, RDF, Atom, Media RSS, Podcasting 2.0 and OPML mean. Keeps the stack
//! of open elements, so that ends that do not match are understood.

mod leaf;
mod text;

use std::borrow::Cow;
use std::ops::ControlFlow;

use crate::feed::attrs::{self, Attrs};
use crate::feed::entity::{self, Form, Own};
use crate::feed::item::{Item, Stated};
use crate::feed::names::{Ns, Scope};
use crate::feed::source::{End, Source};
use crate::feed::{Dialect, Document, Feed, Limit, Limits, List, ListEntry, OddityKind, Other};
use crate::link::{Link, LinkError};

/// What an open element is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    /// `rss` or `rdf:RDF`.
    Root,
    /// `channel`, or Atom's `feed`.
    Channel,
    Item,
    /// A live item that is not live, with all that is in it.
    Dead,
    /// `podcast:alternateEnclosure`.
    Alternate,
    /// An element whose text is kept.
    Leaf(Field),
    Other,
}

/// Where a text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    FeedTitle,
    NewFeedUrl,
    Title(u8),
    Guid,
    Date(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Before the root element.
    Start,
    Feed(Dialect),
    List,
    Other(Other),
}

struct Open {
    /// Where its name begins in `names`; it ends where the next one begins.
    name: usize,
    tag: Tag,
}

/// Whether an element may mean anything in a feed. Most do not, and are done with.
fn is_known(ns: Ns, local: &str) -> bool {
    match ns {
        Ns::Core | Ns::Atom => matches!(
            local,
            "item"
                | "title"
                | "guid"
                | "pubDate"
                | "enclosure"
                | "link"
                | "entry"
                | "id"
                | "published"
                | "updated"
                | "pubdate"
                | "channel"
                | "newLocation"
                | "issued"
                | "modified"
                | "created"
        ),
        Ns::Itunes => matches!(local, "title" | "new-feed-url"),
        Ns::Podcast => matches!(local, "source" | "alternateEnclosure" | "liveItem"),
        Ns::Media => local == "content",
        Ns::Dc => matches!(local, "title" | "date"),
        Ns::Enc => local == "enclosure",
        Ns::Rdf | Ns::Xhtml | Ns::Other => false,
    }
}

/// See the module.
pub(super) struct Grammar<'a> {
    limits: Limits,
    base: Option<&'a Link>,
    /// `xml:base` by depth.
    bases: Vec<(usize, Link)>,
    mode: Mode,
    html: bool,
    junk: bool,
    /// A limit ended the reading.
    stopped: bool,
    feed: Feed,
    list: List,
    channels: usize,
    item: Item,
    stack: Vec<Open>,
    names: String,
    scope: Scope,
    attrs: Attrs,
    own: Own,
    /// The text being kept, and the depth of its element.
    text: String,
    keeping: Option<usize>,
    /// How it is written, should it be a title.
    form: Form,
    cut: bool,
}

impl<'a> Grammar<'a> {
    pub(super) fn new(base: Option<&'a Link>, limits: Limits) -> Self {
        Self {
            limits,
            base,
            bases: Vec::new(),
            mode: Mode::Start,
            html: false,
            junk: false,
            stopped: false,
            feed: Feed::default(),
            list: List::default(),
            channels: 0,
            item: Item::new(limits),
            stack: Vec::new(),
            names: String::new(),
            scope: Scope::default(),
            attrs: Attrs::default(),
            own: Own::default(),
            text: String::new(),
            keeping: None,
            form: Form::Text,
            cut: false,
        }
    }

    /// How many elements are open.
    pub(super) fn depth(&self) -> usize {
        self.stack.len()
    }

    /// A start tag, or an empty one: the text between `<` and `>` or `/>`. Breaks where nothing
    /// more is wanted.
    pub(super) fn start(&mut self, source: &mut Source<'_>, tag: &str, empty: bool) -> ControlFlow<()> {
        let mut colon = None;
        let mut end = tag.len();
        for (at, byte) in tag.bytes().enumerate() {
            match byte {
                b':' if colon.is_none() => colon = Some(at),
                b' ' | b'\t' | b'\n' | b'\r' | b'\x0C' | b'/' => {
                    end = at;
                    break;
                }
                _ => {}
            }
        }
        let Some(name) = tag.get(..end) else { return ControlFlow::Continue(()) };
        let (prefix, local) = match colon {
            Some(at) => (name.get(..at).unwrap_or_default(), name.get(at + 1..).unwrap_or_default()),
            None => ("", name),
        };
        let depth = self.stack.len() + 1;
        if depth > self.limits.depth {
            source.note_limit(Limit::Depth);
            self.stopped = true;
            return ControlFlow::Break(());
        }
        self.attrs.clear();
        if end < tag.len() {
            self.read_attributes(source, tag, end, depth);
        }
        let ns = self.namespace(source, prefix, 0, "");
        let tag = self.enter(source, tag, name, ns, local)?;
        self.stack.push(Open { name: self.names.len(), tag });
        if matches!(tag, Tag::Leaf(_)) && self.keeping.is_none() {
            self.keeping = Some(self.stack.len());
            self.text.clear();
            self.cut = false;
        }
        self.names.push_str(name);
        if empty {
            self.pop(source);
        }
        ControlFlow::Continue(())
    }

    /// Attributes, their namespaces, and every fault in them.
    fn read_attributes(&mut self, source: &mut Source<'_>, tag: &str, from: usize, depth: usize) {
        self.attrs.read(tag, from, |at, fault| {
            if fault == attrs::Fault::TooMany {
                source.note_limit(Limit::Attributes);
            } else {
                let before = tag.get(..at).unwrap_or_default();
                source.note(1, before, || OddityKind::Syntax(fault.as_str().to_owned()));
            }
        });
        let faulty = memchr::memchr2(b'&', b'<', tag.as_bytes()).is_some();
        if !faulty && !self.attrs.any_prefixed() {
            return;
        }
        let attrs = std::mem::take(&mut self.attrs);
        let mut prefixed = false;
        for attr in attrs.iter() {
            let name = tag.get(attr.name.clone()).unwrap_or_default();
            let value = tag.get(attr.value.clone()).unwrap_or_default();
            match name.split_once(':') {
                None if name == "xmlns" => self.scope.declare(depth, "", value),
                Some(("xmlns", prefix)) => self.scope.declare(depth, prefix, value),
                Some(("xml", "base")) => {
                    let value = entity::decode(value, &self.own, |_, _| {});
                    let link = match self.base_in_scope() {
                        Some(base) => base.join(&value),
                        None => Link::parse(&value),
                    };
                    self.bases.extend(link.ok().map(|link| (depth, link)));
                }
                Some(_) => prefixed = true,
                None => {}
            }
            if faulty {
                let start = attr.value.start;
                let before = |at: usize| tag.get(..start + at).unwrap_or_default();
                entity::decode(value, &self.own, |at, what| source.note(1, before(at), || what));
                if let Some(at) = memchr::memchr(b'<', value.as_bytes()) {
                    source.note(1, before(at), || OddityKind::Syntax("a < in an attribute".to_owned()));
                }
            }
        }
        if prefixed {
            for attr in attrs.iter() {
                let name = tag.get(attr.name.clone()).unwrap_or_default();
                if let Some((prefix, _)) = name.split_once(':').filter(|(prefix, _)| *prefix != "xmlns") {
                    self.namespace(source, prefix, 1, tag.get(..attr.name.start).unwrap_or_default());
                }
            }
        }
        self.attrs = attrs;
    }

    fn namespace(&mut self, source: &mut Source<'_>, prefix: &str, lead: u64, before: &str) -> Ns {
        self.scope.find(prefix).unwrap_or_else(|| {
            let shown = || OddityKind::UndeclaredPrefix(prefix.chars().take(40).collect());
            source.note(lead, before, shown);
            self.scope.assume(prefix)
        })
    }

    /// Decides what an element is, and takes what its attributes say.
    fn enter(&mut self, source: &mut Source<'_>, tag: &str, name: &str, ns: Ns, local: &str) -> ControlFlow<(), Tag> {
        let dialect = match self.mode {
            Mode::Start => {
                self.mode = self.root(ns, local);
                return match self.mode {
                    Mode::Feed(_) if matches!(local, "feed" | "channel") => {
                        self.channels = 1;
                        ControlFlow::Continue(Tag::Channel)
                    }
                    Mode::Feed(_) => ControlFlow::Continue(Tag::Root),
                    Mode::List => ControlFlow::Continue(Tag::Other),
                    Mode::Start | Mode::Other(_) => ControlFlow::Break(()),
                };
            }
            Mode::List => {
                return if local.eq_ignore_ascii_case("outline") {
                    self.outline(source, tag)
                } else {
                    ControlFlow::Continue(Tag::Other)
                };
            }
            Mode::Feed(dialect) => dialect,
            Mode::Other(_) => return ControlFlow::Break(()),
        };
        if self.stack.is_empty() {
            self.outside(source, "");
        }
        if !is_known(ns, local) {
            return ControlFlow::Continue(Tag::Other);
        }
        let core = ns == Ns::Core || (ns == Ns::Atom && dialect == Dialect::Atom);
        match local {
            "item" | "entry" if core && !self.inside(Tag::Dead) => {
                self.close_item(source, name);
                self.item.open(false);
                if ns == Ns::Core
                    && let Some(about) = self.attribute(source, tag, "about")
                {
                    self.item.draft.guid.push_str(&about);
                }
                return ControlFlow::Continue(Tag::Item);
            }
            "liveItem" if ns == Ns::Podcast && !self.item.is_open() => {
                let status = self.attribute(source, tag, "status").unwrap_or_default();
                if !status.eq_ignore_ascii_case("live") {
                    return ControlFlow::Continue(Tag::Dead);
                }
                self.item.open(true);
                if let Some(start) = self.attribute(source, tag, "start") {
                    self.item.date(3, &start);
                }
                return ControlFlow::Continue(Tag::Item);
            }
            "channel" if core && dialect != Dialect::Atom && !self.item.is_open() => {
                self.channels += 1;
                if self.channels == 2 {
                    source.note(0, "", || OddityKind::Syntax("a second channel".to_owned()));
                }
                return ControlFlow::Continue(Tag::Channel);
            }
            _ => {}
        }
        // A leaf that was left open ends where an element begins that cannot be in it.
        if let Some(Open { tag: Tag::Leaf(_), .. }) = self.stack.last() {
            let parent = self.stack.iter().rev().nth(1).map_or(Tag::Other, |open| open.tag);
            let inner = self.meaning(dialect, parent, ns, core, local);
            if inner == Tag::Other && !self.has_effect(ns, core, local) {
                return ControlFlow::Continue(Tag::Other);
            }
            let left = self.top_name().to_owned();
            source.note(0, "", || OddityKind::MismatchedTag(left));
            self.pop(source);
        }
        let parent = self.stack.last().map_or(Tag::Other, |open| open.tag);
        self.effect(source, tag, parent, dialect, ns, core, local);
        let meaning = self.meaning(dialect, parent, ns, core, local);
        if matches!(meaning, Tag::Leaf(_)) {
            self.form = match self.attrs.get(tag, "type") {
                _ if dialect != Dialect::Atom => Form::Twice,
                Some(kind) if kind.contains("html") && !kind.contains("xhtml") => Form::Html,
                _ => Form::Text,
            };
        }
        ControlFlow::Continue(meaning)
    }

    fn root(&mut self, ns: Ns, local: &str) -> Mode {
        let dialect = match local.to_ascii_lowercase().as_str() {
            "opml" => return Mode::List,
            "rss" | "channel" => Dialect::Rss,
            "rdf" => Dialect::Rdf,
            "feed" if matches!(ns, Ns::Atom | Ns::Core) => Dialect::Atom,
            "html" | "head" | "body" | "title" | "meta" | "script" | "div" | "p" | "h1" => {
                return Mode::Other(Other::Html);
            }
            _ if self.html || ns == Ns::Xhtml => return Mode::Other(Other::Html),
            _ => return Mode::Other(Other::Xml),
        };
        Mode::Feed(dialect)
    }

    /// What an element with a text is, inside `parent`.
    fn meaning(&self, dialect: Dialect, parent: Tag, ns: Ns, core: bool, local: &str) -> Tag {
        let field = match (local, parent) {
            ("title", Tag::Channel) if core => Field::FeedTitle,
            ("new-feed-url", Tag::Channel) if ns == Ns::Itunes => Field::NewFeedUrl,
            // UserLand's redirect: rss > redirect > newLocation.
            ("newLocation", _) if core && self.channels == 0 => Field::NewFeedUrl,
            ("title", Tag::Item) if core => Field::Title(0),
            ("title", Tag::Item) if matches!(ns, Ns::Itunes | Ns::Dc) => Field::Title(1),
            ("guid", _) if core && dialect != Dialect::Atom && self.item.is_open() => Field::Guid,
            ("id", Tag::Item) if core && dialect == Dialect::Atom => Field::Guid,
            ("pubDate" | "pubdate", _) if core && self.item.is_open() => Field::Date(0),
            ("published" | "issued", Tag::Item) if core || ns == Ns::Atom => Field::Date(0),
            ("date", Tag::Item) if ns == Ns::Dc => Field::Date(1),
            ("updated" | "modified", Tag::Item) if core || ns == Ns::Atom => Field::Date(2),
            ("created", Tag::Item) if core => Field::Date(3),
            ("alternateEnclosure", Tag::Item) if ns == Ns::Podcast => return Tag::Alternate,
            _ => return Tag::Other,
        };
        Tag::Leaf(field)
    }

    /// Whether an element does something by its attributes alone.
    fn has_effect(&self, ns: Ns, core: bool, local: &str) -> bool {
        self.item.is_open() && local == "enclosure" && (core || ns == Ns::Enc)
    }

    /// Takes what is said in attributes: enclosures, links.
    #[expect(clippy::too_many_arguments, reason = "what is known of one element, used in this one place")]
    fn effect(
        &mut self,
        source: &mut Source<'_>,
        tag: &str,
        parent: Tag,
        dialect: Dialect,
        ns: Ns,
        core: bool,
        local: &str,
    ) {
        match local {
            "link" if ns == Ns::Atom || (core && dialect == Dialect::Atom) => {
                let rel = self.attrs.get(tag, "rel").unwrap_or_default().trim();
                // RFC 4287 4.2.7.2: the registered names may be written as IRIs.
                let rel = rel.rsplit('/').next().unwrap_or_default();
                if parent == Tag::Item && rel.eq_ignore_ascii_case("enclosure") {
                    let echo = dialect != Dialect::Atom;
                    self.add(source, tag, "href", |item, url, of| item.enclosure(url, of, echo));
                } else if parent == Tag::Channel && rel.eq_ignore_ascii_case("next") && self.feed.next_page.is_none() {
                    let href = self.attribute(source, tag, "href").unwrap_or_default();
                    if !href.trim().is_empty() {
                        self.feed.next_page = crate::feed::absolute(self.base_in_scope(), &href);
                    }
                } else if parent == Tag::Channel && rel.eq_ignore_ascii_case("prev-archive") {
                    let href = self.attribute(source, tag, "href").unwrap_or_default();
                    if !href.trim().is_empty() && self.feed.prev_archive.is_none() {
                        self.feed.prev_archive = crate::feed::absolute(self.base_in_scope(), &href);
                    }
                }
            }
            _ if !self.item.is_open() => {}
            "enclosure" if core || ns == Ns::Enc => {
                let url = ["url", "href", "resource"].into_iter().find(|name| self.attrs.get(tag, name).is_some());
                self.add(source, tag, url.unwrap_or("url"), |item, url, of| item.enclosure(url, of, false));
            }
            "content" if ns == Ns::Media => {
                let medium = self.attrs.get(tag, "medium").unwrap_or_default();
                self.add(source, tag, "url", |item, url, of| item.media(url, of, medium));
            }
            "alternateEnclosure" if ns == Ns::Podcast && parent == Tag::Item => {
                self.add(source, tag, "url", |item, _, of| {
                    item.alternate(&of);
                    true
                });
            }
            "source" if ns == Ns::Podcast && parent == Tag::Alternate => {
                let own = self.attrs.get(tag, "contentType").unwrap_or_default();
                self.add(source, tag, "uri", |item, url, of| item.alternate_source(url, of.base, own));
            }
            _ => {}
        }
    }

    fn add(
        &mut self,
        source: &mut Source<'_>,
        tag: &str,
        url: &str,
        put: impl FnOnce(&mut Item, &str, Stated<'_>) -> bool,
    ) {
        let written = self.attribute(source, tag, url).unwrap_or_default();
        let media_type = self.attribute(source, tag, "type").unwrap_or_default();
        let length = ["length", "fileSize"].into_iter().find_map(|name| self.attrs.get(tag, name));
        let stated = Stated {
            media_type: &media_type,
            length: length.and_then(|length| length.trim().parse().ok()),
            base: self.bases.last().map(|(_, base)| base.clone()),
        };
        if !put(&mut self.item, &written, stated) {
            source.note_limit(Limit::Enclosures);
        }
    }

    fn outline(&mut self, source: &mut Source<'_>, tag: &str) -> ControlFlow<(), Tag> {
        let feed = self.attribute(source, tag, "xmlUrl").filter(|url| !url.trim().is_empty());
        let Some(url) = feed.or_else(|| self.inclusion(source, tag)) else {
            return ControlFlow::Continue(Tag::Other);
        };
        if self.list.entries.len() >= self.limits.list_entries {
            source.note_limit(Limit::Entries);
            self.stopped = true;
            return ControlFlow::Break(());
        }
        let title = ["title", "text"].into_iter().find_map(|name| {
            let title = entity::fold(&self.attribute(source, tag, name)?);
            (!title.is_empty()).then_some(title)
        });
        let written = entity::clean(url.trim());
        // A list from a file may name files: without a base it stays as it is.
        let url = match self.base_in_scope().map(|base| (Link::parse(&written), base.join(&written))) {
            Some((Err(LinkError::Relative), Ok(joined))) => joined.expose().to_owned(),
            _ => written,
        };
        self.list.entries.push(ListEntry { url, title });
        ControlFlow::Continue(Tag::Other)
    }

    /// Another list that this one takes in (OPML 2.0, "Inclusion").
    fn inclusion<'t>(&self, source: &mut Source<'_>, tag: &'t str) -> Option<Cow<'t, str>> {
        let kind = self.attribute(source, tag, "type")?;
        let url = self.attribute(source, tag, "url").filter(|url| !url.trim().is_empty())?;
        let is_list = match kind.trim() {
            "include" => true,
            "link" => url.trim().to_ascii_lowercase().ends_with(".opml"),
            _ => false,
        };
        is_list.then_some(url)
    }

    /// An attribute's value: references resolved, within the limit.
    fn attribute<'t>(&self, source: &mut Source<'_>, tag: &'t str, local: &str) -> Option<Cow<'t, str>> {
        let value = entity::decode(self.attrs.get(tag, local)?, &self.own, |_, _| {});
        if value.len() <= self.limits.text {
            return Some(value);
        }
        source.note_limit(Limit::Text);
        let end = value.floor_char_boundary(self.limits.text);
        Some(Cow::Owned(value.get(..end).unwrap_or_default().to_owned()))
    }

    fn base_in_scope(&self) -> Option<&Link> {
        self.bases.last().map(|(_, base)| base).or(self.base)
    }

    fn inside(&self, tag: Tag) -> bool {
        self.stack.iter().any(|open| open.tag == tag)
    }

    /// An item begins while another is open: the other ends here.
    fn close_item(&mut self, source: &mut Source<'_>, name: &str) {
        if let Some(at) = self.stack.iter().rposition(|open| open.tag == Tag::Item) {
            source.note(0, "", || OddityKind::MismatchedTag(name.chars().take(40).collect()));
            while self.stack.len() > at {
                self.pop(source);
            }
        }
    }

    fn top_name(&self) -> &str {
        self.stack.last().and_then(|open| self.names.get(open.name..)).unwrap_or_default()
    }

    /// An end tag: the text between `</` and `>`. False where it is more than the name of the
    /// innermost element.
    pub(super) fn end(&mut self, source: &mut Source<'_>, tag: &str) -> bool {
        if self.top_name() == tag && !self.stack.is_empty() {
            self.pop(source);
            return true;
        }
        let name = tag.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or_default();
        if self.top_name() == name && !self.stack.is_empty() {
            self.pop(source);
            return false;
        }
        source.note(0, "", || OddityKind::MismatchedTag(name.chars().take(40).collect()));
        // It ends the nearest element of its name, and all within; but a stray end in an item
        // does not end the item, unless it is the end of what holds items.
        let outer = matches!(name, "item" | "entry" | "channel" | "rss" | "feed" | "rdf:RDF" | "podcast:liveItem");
        let mut names_end = self.names.len();
        let mut found = None;
        for (at, open) in self.stack.iter().enumerate().rev() {
            if self.names.get(open.name..names_end) == Some(name) {
                found = Some(at);
                break;
            }
            if open.tag == Tag::Item && !outer {
                break;
            }
            names_end = open.name;
        }
        if let Some(at) = found {
            while self.stack.len() > at {
                self.pop(source);
            }
        }
        false
    }

    /// The innermost element ends.
    fn pop(&mut self, source: &mut Source<'_>) {
        let depth = self.stack.len();
        let Some(open) = self.stack.pop() else { return };
        self.names.truncate(open.name);
        self.scope.leave(depth);
        while self.bases.last().is_some_and(|(at, _)| *at >= depth) {
            self.bases.pop();
        }
        match open.tag {
            Tag::Leaf(field) if self.keeping == Some(depth) => {
                self.keeping = None;
                if self.cut {
                    source.note_limit(Limit::Text);
                }
                self.take(field);
            }
            Tag::Item => self.item.close(&mut self.feed, self.base),
            _ => {}
        }
    }

    /// The document is over; what is open should not be.
    pub(super) fn end_of_document(&mut self, source: &mut Source<'_>) {
        if source.ending() == End::Cut || !(self.stack.is_empty() || self.stopped) {
            source.mark();
            source.note(0, "", || OddityKind::MissingEnd);
        }
    }

    /// What it all was.
    pub(super) fn finish(mut self, source: &mut Source<'_>) -> Document {
        let limited = self.stopped || source.ending() == End::Limited;
        while let Some(open) = self.stack.last() {
            // An item that was cut off by a limit may lack its enclosure for that reason alone.
            let draft = &self.item.draft;
            if open.tag == Tag::Item && (draft.is_empty() || (limited && draft.parts.is_empty())) {
                self.item.discard();
            }
            self.pop(source);
        }
        let oddities = std::mem::replace(&mut source.notes, crate::feed::notes::Notes::new(0)).finish();
        match self.mode {
            Mode::Feed(Dialect::Rdf) if self.channels == 0 && self.feed.items == 0 => Document::Other(Other::Xml),
            Mode::Feed(dialect) => {
                let episodes = self.item.finish();
                Document::Feed(Feed { dialect, episodes, oddities, ..self.feed })
            }
            Mode::List => Document::List(List { oddities, ..self.list }),
            Mode::Other(other) => Document::Other(other),
            Mode::Start if self.html => Document::Other(Other::Html),
            Mode::Start if self.junk => Document::Other(Other::Unknown),
            Mode::Start => Document::Other(Other::Empty),
        }
    }
}
