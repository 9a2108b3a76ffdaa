//! What the attributes of a tag say besides their values: namespaces, a base for relative URLs,
//! and every fault in them.

use std::borrow::Cow;

use super::Grammar;
use crate::feed::names::Ns;
use crate::feed::source::Source;
use crate::feed::{Limit, OddityKind, attrs, entity};
use crate::link::{Link, MAX_URL_BYTES};

impl Grammar<'_> {
    /// Attributes, their namespaces, and every fault in them.
    pub(super) fn read_attributes(&mut self, source: &mut Source<'_>, tag: &str, from: usize, depth: usize) {
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
                    let value = entity::decode(value, &self.own, MAX_URL_BYTES, |_, _| {});
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
                entity::decode(value, &self.own, 0, |at, what| source.note(1, before(at), || what));
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

    pub(super) fn namespace(&mut self, source: &mut Source<'_>, prefix: &str, lead: u64, before: &str) -> Ns {
        self.scope.find(prefix).unwrap_or_else(|| {
            let shown = || OddityKind::UndeclaredPrefix(prefix.chars().take(40).collect());
            source.note(lead, before, shown);
            self.scope.assume(prefix)
        })
    }

    /// An attribute's value: references resolved, within the limit.
    pub(super) fn attribute<'t>(&self, source: &mut Source<'_>, tag: &'t str, local: &str) -> Option<Cow<'t, str>> {
        let value = entity::decode(self.attrs.get(tag, local)?, &self.own, self.limits.text, |_, _| {});
        if value.len() <= self.limits.text {
            return Some(value);
        }
        source.note_limit(Limit::Text);
        let end = value.floor_char_boundary(self.limits.text);
        Some(Cow::Owned(value.get(..end).unwrap_or_default().to_owned()))
    }

    pub(super) fn base_in_scope(&self) -> Option<&Link> {
        self.bases.last().map(|(_, base)| base).or(self.base)
    }
}
