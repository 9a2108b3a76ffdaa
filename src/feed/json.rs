//! JSON Feed 1.0 and 1.1, in a stream: items are kept or dropped as they come, and what does not
//! matter is passed over without a copy. A value of another kind than it should be is none.

use std::fmt;
use std::io::Read;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::decode::{Position, Source};
use super::items::{self, Item, Making, Written};
use super::{Dialect, Document, EnclosureKind, Limits, OddityKind, Other, text};
use crate::link::Link;

pub(super) fn read<R: Read>(mut source: Source<R>, base: Option<&Link>, limits: &Limits) -> Document {
    let mut feed = Feed {
        making: Making::new(Dialect::Json, limits),
        version: false,
        attachments: false,
        base,
        text: limits.text,
    };
    let result = Taking(&mut feed).deserialize(&mut serde_json::Deserializer::from_reader(&mut source));
    if let Err(fault) = result {
        // serde_json reads byte by byte and no further than the fault.
        let Position { line, column } = source.position();
        let what =
            if fault.is_eof() || fault.is_io() { OddityKind::MissingEnd } else { OddityKind::Syntax(words(&fault)) };
        let column = if fault.is_syntax() { column.saturating_sub(1).max(1) } else { column };
        let limit = fault.is_io().then(|| source.limit_met()).flatten();
        source.note(super::Oddity { line, column, what: limit.map_or(what, OddityKind::Limit) });
    }
    // Plenty of JSON has a list of items; only a feed's have attachments.
    if !feed.version && !feed.attachments {
        return Document::Other(Other::Json);
    }
    let oddities = source.take_oddities();
    Document::Feed(feed.making.finish(oddities))
}

/// serde_json's words, without the place, which is told in characters elsewhere.
fn words(fault: &serde_json::Error) -> String {
    let text = fault.to_string();
    let bare = text.rsplit_once(" at line ").map_or(text.as_str(), |(words, _)| words);
    text::fold(bare).chars().take(120).collect()
}

/// Takes what a value turns out to be; what it does not want is passed over.
trait Take {
    fn text(&mut self, _: &str) {}

    fn number(&mut self, _: String) {}

    fn map<'de, A: MapAccess<'de>>(&mut self, map: A) -> Result<(), A::Error> {
        pass_map(map)
    }

    fn list<'de, A: SeqAccess<'de>>(&mut self, list: A) -> Result<(), A::Error> {
        pass_list(list)
    }
}

fn pass_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

fn pass_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<(), A::Error> {
    while list.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

/// Reads one value for whoever takes it.
struct Taking<'t, T>(&'t mut T);

impl<'de, T: Take> DeserializeSeed<'de> for Taking<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de, T: Take> Visitor<'de> for Taking<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.text(text);
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.0.number(number.to_string());
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.0.number(number.to_string());
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.0.number(number.to_string());
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.0.map(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        self.0.list(list)
    }
}

/// A text or number, bounded.
struct Scalar {
    limit: usize,
    text: Option<String>,
    number: Option<String>,
}

impl Take for Scalar {
    fn text(&mut self, text: &str) {
        let mut out = String::new();
        text::push_bounded(&mut out, text, self.limit);
        self.text = Some(out);
    }

    fn number(&mut self, number: String) {
        self.number = Some(number);
    }
}

/// The next value, if it is a text or a number.
fn scalar<'de, A: MapAccess<'de>>(map: &mut A, limit: usize) -> Result<Scalar, A::Error> {
    let mut scalar = Scalar { limit, text: None, number: None };
    map.next_value_seed(Taking(&mut scalar))?;
    Ok(scalar)
}

/// The document.
struct Feed<'a> {
    making: Making,
    version: bool,
    attachments: bool,
    base: Option<&'a Link>,
    text: usize,
}

impl Take for Feed<'_> {
    fn map<'de, A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        let limit = self.text;
        while let Some(key) = map.next_key_seed(Key)? {
            match key.as_str() {
                "version" => {
                    self.version = scalar(&mut map, limit)?.text.is_some_and(|text| text.contains("jsonfeed.org"));
                }
                "title" => self.making.title = text::fold(&scalar(&mut map, limit)?.text.unwrap_or_default()),
                "next_url" => {
                    let next = scalar(&mut map, limit)?.text.and_then(|url| items::read(&url, self.base).ok());
                    self.making.next_page = next.map(|link| link.expose().to_owned());
                }
                "items" => map.next_value_seed(Taking(&mut Items(self)))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

struct Items<'s, 'a>(&'s mut Feed<'a>);

impl Take for Items<'_, '_> {
    fn list<'de, A: SeqAccess<'de>>(&mut self, mut list: A) -> Result<(), A::Error> {
        loop {
            let mut one = One { item: Item::default(), is_map: false, base: self.0.base, text: self.0.text };
            let taken = list.next_element_seed(Taking(&mut one));
            // An item that breaks off counts as far as it came.
            if one.is_map {
                self.0.attachments |= !one.item.episode.enclosures.is_empty();
                self.0.making.finish_item(one.item);
            }
            if taken?.is_none() {
                return Ok(());
            }
        }
    }
}

/// One item.
struct One<'a> {
    item: Item,
    is_map: bool,
    base: Option<&'a Link>,
    text: usize,
}

impl Take for One<'_> {
    fn map<'de, A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        self.is_map = true;
        let limit = self.text;
        while let Some(key) = map.next_key_seed(Key)? {
            match key.as_str() {
                "id" => {
                    let id = scalar(&mut map, limit)?;
                    self.item.episode.guid = id.text.or(id.number);
                }
                "title" => self.item.episode.title = text::fold(&scalar(&mut map, limit)?.text.unwrap_or_default()),
                "date_published" => self.item.published = scalar(&mut map, limit)?.text,
                "date_modified" => self.item.updated = scalar(&mut map, limit)?.text,
                "attachments" => {
                    let mut attachments = Attachments { item: &mut self.item, base: self.base, text: limit };
                    map.next_value_seed(Taking(&mut attachments))?;
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

struct Attachments<'i, 'a> {
    item: &'i mut Item,
    base: Option<&'a Link>,
    text: usize,
}

impl Take for Attachments<'_, '_> {
    fn list<'de, A: SeqAccess<'de>>(&mut self, mut list: A) -> Result<(), A::Error> {
        loop {
            let mut attachment = Attachment { written: Written::default(), is_map: false, text: self.text };
            if list.next_element_seed(Taking(&mut attachment))?.is_none() {
                return Ok(());
            }
            if attachment.is_map {
                self.item.enclose(EnclosureKind::Enclosure, attachment.written, self.base);
            }
        }
    }
}

struct Attachment {
    written: Written,
    is_map: bool,
    text: usize,
}

impl Take for Attachment {
    fn map<'de, A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        self.is_map = true;
        let limit = self.text;
        while let Some(key) = map.next_key_seed(Key)? {
            match key.as_str() {
                "url" => self.written.url = scalar(&mut map, limit)?.text,
                "mime_type" => self.written.media_type = scalar(&mut map, limit)?.text,
                "size_in_bytes" => {
                    let size = scalar(&mut map, limit)?;
                    self.written.length = size.number.or(size.text).as_deref().and_then(items::length);
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// A key, of which no more is kept than the keys that matter have.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<String, D::Error> {
        reader.deserialize_str(self)
    }
}

impl Visitor<'_> for Key {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<String, E> {
        if key.len() > 64 { Ok(String::new()) } else { Ok(key.to_owned()) }
    }
}
