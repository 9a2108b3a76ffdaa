//! JSON Feed 1.0 and 1.1, in a stream: items are kept or dropped as they come.

use std::fmt;
use std::io::{BufRead, Read};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::decode::Source;
use super::items::{self, Item, Making, Written};
use super::{Dialect, Document, EnclosureKind, Limits, OddityKind, Other, text};
use crate::link::Link;

pub(super) fn read<R: Read>(mut source: Source<R>, base: Option<&Link>, limits: &Limits) -> Document {
    let mut seen =
        Seen { making: Making::new(Dialect::Json, limits), version: false, items: false, base, text: limits.text };
    let result = {
        let mut reader = serde_json::Deserializer::from_reader(&mut source);
        Top(&mut seen).deserialize(&mut reader)
    };
    if let Err(fault) = result {
        let position = source.position();
        // serde_json counts from the first byte it was given, which is the document's.
        let (line, column) = if fault.line() > 0 {
            (fault.line() as u64, fault.column() as u64)
        } else {
            (position.line, position.column)
        };
        let what = if fault.is_eof() || fault.is_io() {
            OddityKind::MissingEnd
        } else {
            OddityKind::Syntax(text::fold(&fault.to_string()))
        };
        source.note(super::Oddity { line, column, what });
        if let Err(fault) = source.fill_buf()
            && let Some(limit) = super::xml::limit_of(&fault)
        {
            let note = source.position().note(OddityKind::Limit(limit));
            source.note(note);
        }
    }
    if !seen.version && !seen.items {
        return Document::Other(Other::Json);
    }
    let oddities = source.take_oddities();
    Document::Feed(seen.making.finish(oddities))
}

struct Seen<'a> {
    making: Making,
    version: bool,
    items: bool,
    base: Option<&'a Link>,
    text: usize,
}

struct Top<'s, 'a>(&'s mut Seen<'a>);

impl<'de> DeserializeSeed<'de> for Top<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Top<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON Feed")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "version" => {
                    let version: Value = map.next_value()?;
                    self.0.version = version.as_str().is_some_and(|text| text.contains("jsonfeed.org"));
                }
                "title" => {
                    let title: Value = map.next_value()?;
                    self.0.making.title = text::fold(&bounded(title.as_str().unwrap_or_default(), self.0.text));
                }
                "next_url" => {
                    let next: Value = map.next_value()?;
                    self.0.making.next_page = next
                        .as_str()
                        .and_then(|url| items::read(url, self.0.base).ok())
                        .map(|link| link.expose().to_owned());
                }
                "items" => {
                    self.0.items = true;
                    map.next_value_seed(Items(self.0))?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

struct Items<'s, 'a>(&'s mut Seen<'a>);

impl<'de> DeserializeSeed<'de> for Items<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Items<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(value) = seq.next_element::<Value>()? {
            self.0.making.finish_item(item(&value, self.0.base, self.0.text));
        }
        Ok(())
    }
}

fn item(value: &Value, base: Option<&Link>, limit: usize) -> Item {
    let field = |name: &str| value.get(name).and_then(Value::as_str).map(|text| bounded(text, limit));
    let mut item = Item { published: field("date_published"), updated: field("date_modified"), ..Item::default() };
    item.episode.guid = field("id").or_else(|| value.get("id").filter(|id| id.is_number()).map(Value::to_string));
    item.episode.title = text::fold(&field("title").unwrap_or_default());
    for attachment in value.get("attachments").and_then(Value::as_array).into_iter().flatten() {
        let field = |name: &str| attachment.get(name).and_then(Value::as_str).map(|text| bounded(text, limit));
        let length = attachment
            .get("size_in_bytes")
            .and_then(|size| size.as_u64().or_else(|| size.as_str().and_then(items::length)));
        item.enclose(
            EnclosureKind::Enclosure,
            Written { url: field("url"), media_type: field("mime_type"), length },
            base,
        );
    }
    item
}

fn bounded(from: &str, limit: usize) -> String {
    let mut out = String::new();
    text::push_bounded(&mut out, from, limit);
    out
}
