//! Texts between tags: which are kept, what they become, and what is wrong about them.

use super::{Field, Grammar, Mode};
use crate::feed::source::Source;
use crate::feed::{Dialect, OddityKind, entity};

impl Grammar<'_> {
    /// A kept text is complete.
    pub(super) fn take(&mut self, field: Field) {
        let text = entity::fold(&self.text);
        if text.is_empty() {
            return;
        }
        // Titles in RSS are plain text by the letter, yet most generators escape them twice.
        let title = |text: &str| match self.mode {
            Mode::Feed(Dialect::Atom) if !self.markup => text.to_owned(),
            Mode::Feed(Dialect::Atom) => entity::fold(&entity::plain(text)),
            _ => entity::fold(&entity::decode(text, &self.own, |_, _| {})),
        };
        let draft = &mut self.item.draft;
        match field {
            Field::FeedTitle if self.feed.title.is_empty() => self.feed.title = title(&text),
            Field::NewFeedUrl => self.feed.new_feed_url = Some(text),
            Field::Title(rank) if draft.title.is_empty() || rank < draft.title_rank => {
                draft.title = title(&text);
                draft.title_rank = rank;
            }
            // The first title, and the best one, counts.
            Field::FeedTitle | Field::Title(_) => {}
            Field::Guid => draft.guid = Some(text),
            Field::Date(at) => self.item.date(at, &text),
        }
    }

    /// Character data between tags; one that begins with `&` is an ampersand without an end.
    pub(in crate::feed) fn text(&mut self, source: &mut Source<'_>, text: &str) {
        if text.starts_with('&') {
            source.note(0, "", || OddityKind::BareAmpersand);
        }
        self.literal(source, text);
    }

    /// Text that stands for itself.
    pub(in crate::feed) fn literal(&mut self, source: &mut Source<'_>, text: &str) {
        if self.keeping.is_some() {
            let room = self.limits.text.saturating_sub(self.text.len());
            self.cut |= text.len() > room;
            self.text.push_str(text.get(..text.floor_char_boundary(room)).unwrap_or_default());
        } else if self.stack.is_empty()
            && let Some(at) = text.find(|c: char| !c.is_whitespace() && c != '\u{FEFF}')
        {
            self.outside(source, text.get(..at).unwrap_or_default());
        }
    }

    pub(in crate::feed) fn cdata(&mut self, source: &mut Source<'_>, text: &str) {
        self.literal(source, text);
    }

    /// `&name;`.
    pub(in crate::feed) fn reference(&mut self, source: &mut Source<'_>, name: &str) {
        if self.keeping.is_none() && matches!(name, "amp" | "lt" | "gt" | "quot" | "apos") && !self.stack.is_empty() {
            return;
        }
        let meaning = entity::meaning(name, &self.own);
        if let Some(what) = meaning.oddity(name) {
            source.note(0, "", || what);
        }
        if self.keeping.is_some() {
            if self.text.len() + name.len() + 2 > self.limits.text {
                self.cut = true;
            } else {
                meaning.push(name, &mut self.text);
            }
        } else if self.stack.is_empty() {
            self.outside(source, "");
        }
    }

    pub(in crate::feed) fn doctype(&mut self, text: &str) {
        self.html |= text.get(..4).is_some_and(|name| name.eq_ignore_ascii_case("html"));
        self.own.read(text);
    }

    /// Content before the root element or after it; said once.
    pub(super) fn outside(&mut self, source: &mut Source<'_>, before: &str) {
        if !self.junk {
            self.junk = true;
            let what = if self.mode == Mode::Start {
                "text before the root element"
            } else {
                "content after the root element"
            };
            source.note(0, before, || OddityKind::Syntax(what.to_owned()));
        }
    }
}
