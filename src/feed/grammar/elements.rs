//! What an element is where it stands, and what is taken from its attributes.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::known::is_known;
use super::{Field, Grammar, Mode, Open, Tag};
use crate::feed::entity::{self, Form};
use crate::feed::item::{Item, Stated};
use crate::feed::names::Ns;
use crate::feed::source::Source;
use crate::feed::{Dialect, Limit, ListEntry, OddityKind, Other};
use crate::link::{Link, LinkError};

impl Grammar<'_> {
    /// Decides what an element is, and takes what its attributes say.
    pub(super) fn enter(
        &mut self,
        source: &mut Source<'_>,
        tag: &str,
        name: &str,
        ns: Ns,
        local: &str,
    ) -> ControlFlow<(), Tag> {
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
        put: impl FnOnce(&mut Item<'_>, &str, Stated<'_>) -> bool,
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
        if self.list.entries.len() >= self.limits.list_entries || self.listed > self.limits.kept {
            source.note_limit(Limit::Entries);
            self.stopped = true;
            return ControlFlow::Break(());
        }
        let title = ["title", "text"].into_iter().find_map(|name| {
            let title = entity::fold(&self.attribute(source, tag, name)?);
            (!title.is_empty()).then_some(title)
        });
        let written = entity::clean(url.trim()).into_owned();
        // A list from a file may name files: without a base it stays as it is.
        let url = match self.base_in_scope().map(|base| (Link::parse(&written), base.join(&written))) {
            Some((Err(LinkError::Relative), Ok(joined))) => joined.expose().to_owned(),
            _ => written,
        };
        self.listed += size_of::<ListEntry>() + url.len() + title.as_deref().map_or(0, str::len);
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
}
