//! Texts between tags: which are kept, what they become, and what is wrong about them.

use super::{Field, Grammar, Mode};
use crate::feed::source::{End, Source};
use crate::feed::{OddityKind, entity};

impl Grammar<'_> {
    /// A kept text is complete.
    pub(super) fn take(&mut self, field: Field) {
        if self.text.trim().is_empty() {
            return;
        }
        let draft = &mut self.item.draft;
        match field {
            Field::FeedTitle if self.feed.title.is_empty() => self.feed.title = entity::title(&self.text, self.form),
            Field::NewFeedUrl => self.feed.new_feed_url = Some(entity::fold(&self.text)),
            Field::Title(rank) if draft.title.is_empty() || rank < draft.title_rank => {
                // The draft's old text becomes the room for the next one.
                std::mem::swap(&mut draft.title, &mut self.text);
                draft.title_form = self.form;
                draft.title_rank = rank;
            }
            // The first title, and the best one, counts.
            Field::FeedTitle | Field::Title(_) => {}
            Field::Guid => std::mem::swap(&mut draft.guid, &mut self.text),
            Field::Date(at) => self.item.date(at, &self.text),
        }
    }

    /// Character data between tags; one that begins with `&` is an ampersand without an end.
    pub(in crate::feed) fn text(&mut self, source: &mut Source<'_>, text: &str) {
        // One that a limit of podprobe's own cut off may have had its end behind it.
        if text.starts_with('&') && source.ending() != End::Limited {
            source.note(0, "", || OddityKind::BareAmpersand);
        }
        self.literal(source, text);
    }

    /// Text that stands for itself.
    pub(in crate::feed) fn literal(&mut self, source: &mut Source<'_>, text: &str) {
        if self.keeping.is_some() {
            self.keep(text);
        } else if self.stack.is_empty()
            && let Some(at) = text.find(|c: char| !c.is_whitespace() && c != '\u{FEFF}')
        {
            self.outside(source, text.get(..at).unwrap_or_default());
        }
    }

    /// Adds to the text that is kept, within the limit.
    pub(super) fn keep(&mut self, text: &str) {
        let room = self.limits.text.saturating_sub(self.text.len());
        self.cut |= text.len() > room;
        self.text.push_str(text.get(..text.floor_char_boundary(room)).unwrap_or_default());
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
