//! What the elements of RSS, RDF, Atom, Media RSS, Podcasting 2.0 and OPML mean. Keeps the stack
//! of open elements, so that ends that do not match are understood.

mod attributes;
mod elements;
mod known;
mod leaf;
mod quick;
mod text;

pub(super) use self::leaf::reference;

use std::ops::ControlFlow;

use self::known::Names;
use crate::feed::attrs::Attrs;
use crate::feed::entity::{Form, Own};
use crate::feed::item::Item;
use crate::feed::names::Scope;
use crate::feed::source::{End, Source};
use crate::feed::{Dialect, Document, Feed, Limit, Limits, List, OddityKind, Other, Reading};
use crate::link::Link;

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

/// Bytes of an element's name that are kept, and compared with its end.
const NAME: usize = 256;

/// The name that is kept.
fn short(name: &str) -> &str {
    name.get(..name.floor_char_boundary(NAME)).unwrap_or_default()
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
    /// Bytes that its entries take.
    listed: usize,
    channels: usize,
    item: Item<'a>,
    stack: Vec<Open>,
    names: String,
    scope: Scope,
    known: Names,
    attrs: Attrs,
    /// Room for a copy of a tag, or of a text with references.
    copy: String,
    own: Own,
    /// The text being kept, and the depth of its element.
    text: String,
    keeping: Option<usize>,
    /// How it is written, should it be a title.
    form: Form,
    cut: bool,
}

impl<'a> Grammar<'a> {
    pub(super) fn new(how: Reading<'a>) -> Self {
        Self {
            limits: how.limits,
            base: how.base,
            bases: Vec::new(),
            mode: Mode::Start,
            html: false,
            junk: false,
            stopped: false,
            feed: Feed::default(),
            list: List::default(),
            listed: 0,
            channels: 0,
            item: Item::new(how.limits, how.keep),
            stack: Vec::new(),
            names: String::new(),
            scope: Scope::default(),
            known: Names::new(),
            attrs: Attrs::default(),
            copy: String::new(),
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
        self.open(name, tag);
        if empty {
            self.pop(source);
        }
        ControlFlow::Continue(())
    }

    /// An element begins.
    fn open(&mut self, name: &str, tag: Tag) {
        self.stack.push(Open { name: self.names.len(), tag });
        if matches!(tag, Tag::Leaf(_)) && self.keeping.is_none() {
            self.keeping = Some(self.stack.len());
            self.text.clear();
            self.cut = false;
        }
        self.names.push_str(short(name));
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
        let whole = tag;
        let tag = short(tag);
        if self.top_name() == tag && !self.stack.is_empty() {
            self.pop(source);
            // Of a name that long, the rest was not looked at.
            return tag.len() == whole.len() || memchr::memchr(b'<', whole.as_bytes()).is_none();
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
        if self.item.overfull() {
            source.note_limit(Limit::Episodes);
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
