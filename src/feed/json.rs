//! JSON Feed 1.0 and 1.1 (jsonfeed.org), item by item. Values of a wrong type are read past.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::feed::entity::fold;
use crate::feed::item::{Item, Stated};
use crate::feed::notes::{Notes, Place};
use crate::feed::source::{End, Source};
use crate::feed::{Dialect, Document, Feed, Limit, Limits, OddityKind, Other, Reading};
use crate::link::Link;

/// Reads a JSON document.
pub(super) fn read(source: &mut Source<'_>, how: Reading<'_>) -> Document {
    let mut state = State {
        base: how.base,
        feed: Feed { dialect: Dialect::Json, ..Feed::default() },
        item: Item::new(how.limits, how.keep),
        version: String::new(),
        crowded: false,
    };
    let stopped = Cell::new(false);
    let guard = Guard { source, filter: Filter::new(&how.limits), stopped: &stopped };
    let mut reader = Counted { inner: BufReader::new(guard), line: 1, wide: (0, 0) };
    let mut json = serde_json::Deserializer::from_reader(&mut reader);
    let outcome = Object(&mut state).deserialize(&mut json).and_then(|()| json.end());
    drop(json);
    let wide = reader.wide;
    drop(reader);
    if let Err(error) = outcome
        && source.ending() != End::Limited
        && !stopped.get()
    {
        // serde_json's columns are bytes, and 0 right after a line break. What it takes behind a fault
        // is white space and commas, so what was wide on this line stands before the fault.
        let (line, bytes) = (error.line().max(1) as u64, error.column() as u64);
        let more = if wide.0 == line { wide.1 } else { 0 };
        let place = Place { line, column: bytes.saturating_sub(more).max(1) };
        let words = error.to_string();
        let words = words.rsplit_once(" at line ").map_or(words.as_str(), |(words, _)| words);
        let what = match error.classify() {
            serde_json::error::Category::Eof | serde_json::error::Category::Io => OddityKind::MissingEnd,
            serde_json::error::Category::Syntax | serde_json::error::Category::Data => {
                OddityKind::Syntax(words.to_owned())
            }
        };
        source.notes.reader(place, what);
    }
    if state.crowded {
        let place = source.here();
        source.notes.limit(place, Limit::Enclosures);
    }
    if state.item.overfull() {
        let place = source.here();
        source.notes.limit(place, Limit::Episodes);
    }
    // Plenty of JSON has a title and items; the version alone says that it is a feed.
    if !is_version(&state.version) {
        return Document::Other(Other::Json);
    }
    let oddities = std::mem::replace(&mut source.notes, Notes::new(0)).finish();
    Document::Feed(Feed { episodes: state.item.finish(), oddities, ..state.feed })
}

/// Whether this is the `version` of a JSON Feed: a URL of jsonfeed.org (JSON Feed 1.1, top-level),
/// the scheme forgotten or not.
fn is_version(text: &str) -> bool {
    let text = text.trim();
    let bare = ["https://", "http://"].into_iter().find_map(|scheme| text.strip_prefix(scheme)).unwrap_or(text);
    let bare = bare.strip_prefix("www.").unwrap_or(bare);
    bare.strip_prefix("jsonfeed.org").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Counts the bytes of UTF-8 that begin no character, in what is taken from a reader.
struct Counted<R> {
    inner: R,
    line: u64,
    /// The last line that held such bytes, and how many.
    wide: (u64, u64),
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let size = self.inner.read(out)?;
        for byte in out.iter().take(size) {
            match byte {
                b'\n' => self.line = self.line.saturating_add(1),
                0x80..=0xBF if self.wide.0 == self.line => self.wide.1 = self.wide.1.saturating_add(1),
                0x80..=0xBF => self.wide = (self.line, 1),
                _ => {}
            }
        }
        Ok(size)
    }
}

struct State<'a> {
    base: Option<&'a Link>,
    feed: Feed,
    item: Item<'a>,
    version: String,
    crowded: bool,
}

/// Reads past what is no object or array, where one was expected.
macro_rules! read_past_scalars {
    () => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(())
        }
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok(())
        }
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok(())
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok(())
        }
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok(())
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(())
        }
    };
}

/// Makes a type a seed that takes any value.
macro_rules! seed {
    ($name:ident, $what:literal, $($body:tt)*) => {
        impl<'de> DeserializeSeed<'de> for $name<'_, '_> {
            type Value = ();
            fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
                json.deserialize_any(self)
            }
        }
        impl<'de> Visitor<'de> for $name<'_, '_> {
            type Value = ();
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str($what) }
            read_past_scalars!();
            $($body)*
        }
    };
}

/// Reads past a whole array.
fn read_past_array<'de, A: SeqAccess<'de>>(mut array: A) -> Result<(), A::Error> {
    while array.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

/// Reads past a whole object.
fn read_past_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<(), A::Error> {
    while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

struct Object<'s, 'a>(&'s mut State<'a>);
seed! { Object, "a JSON Feed",
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let state = self.0;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "version" => state.version = map.next_value_seed(Scalar)?.unwrap_or_default(),
                "title" => state.feed.title = fold(&map.next_value_seed(Scalar)?.unwrap_or_default()),
                "next_url" => {
                    let url = map.next_value_seed(Scalar)?.filter(|url| !url.trim().is_empty());
                    state.feed.next_page = url.and_then(|url| crate::feed::absolute(state.base, &url));
                }
                "items" => map.next_value_seed(Items(state))?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, array: A) -> Result<(), A::Error> {
        read_past_array(array)
    }
}

struct Items<'s, 'a>(&'s mut State<'a>);
seed! { Items, "a list of items",
    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error> {
        read_past_object(object)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        while array.next_element_seed(One(self.0))?.is_some() {}
        Ok(())
    }
}

struct One<'s, 'a>(&'s mut State<'a>);
seed! { One, "an item",
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let state = self.0;
        state.item.open(false);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "id" => state.item.draft.guid = map.next_value_seed(Scalar)?.unwrap_or_default(),
                "title" => state.item.draft.title = map.next_value_seed(Scalar)?.unwrap_or_default(),
                "date_published" => state.item.date(0, &map.next_value_seed(Scalar)?.unwrap_or_default()),
                "date_modified" => state.item.date(2, &map.next_value_seed(Scalar)?.unwrap_or_default()),
                "attachments" => map.next_value_seed(Attachments(state))?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        state.item.close(&mut state.feed, state.base);
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, array: A) -> Result<(), A::Error> {
        read_past_array(array)
    }
}

struct Attachments<'s, 'a>(&'s mut State<'a>);
seed! { Attachments, "a list of attachments",
    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error> {
        read_past_object(object)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        while array.next_element_seed(Attachment(self.0))?.is_some() {}
        Ok(())
    }
}

struct Attachment<'s, 'a>(&'s mut State<'a>);
seed! { Attachment, "an attachment",
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (mut url, mut media_type, mut length) = (None, None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "url" => url = map.next_value_seed(Scalar)?,
                "mime_type" => media_type = map.next_value_seed(Scalar)?,
                "size_in_bytes" => length = map.next_value_seed(Scalar)?.and_then(|size| size.trim().parse().ok()),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let media_type = media_type.unwrap_or_default();
        let stated = Stated { media_type: &media_type, length, base: None };
        self.0.crowded |= !self.0.item.enclosure(&url.unwrap_or_default(), stated, false);
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, array: A) -> Result<(), A::Error> {
        read_past_array(array)
    }
}

/// A text or a number as text; nothing for anything else.
struct Scalar;
impl<'de> DeserializeSeed<'de> for Scalar {
    type Value = Option<String>;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}
impl<'de> Visitor<'de> for Scalar {
    type Value = Option<String>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.chars().filter(|c| !c.is_control() || c.is_whitespace()).collect()))
    }
    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }
    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, array: A) -> Result<Self::Value, A::Error> {
        read_past_array(array).map(|()| None)
    }
    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        read_past_object(object).map(|()| None)
    }
}

/// Stands between the text and serde_json, which holds every string in memory: cuts strings
/// beyond the limit, ends the document at the limit of depth, and turns control characters in
/// strings, which JSON forbids, into spaces.
struct Guard<'s, 'r> {
    source: &'s mut Source<'r>,
    filter: Filter,
    /// Told to the reader of the feed: the document ended by a limit.
    stopped: &'s Cell<bool>,
}

impl Read for Guard<'_, '_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        while written == 0 && self.filter.over.is_none() && !out.is_empty() {
            self.source.mark();
            let chunk = self.source.fill_buf()?;
            if chunk.is_empty() {
                break;
            }
            let mut used = 0;
            for &byte in chunk.iter().take(out.len()) {
                used += 1;
                if let Some(byte) = self.filter.pass(byte)
                    && let Some(slot) = out.get_mut(written)
                {
                    *slot = byte;
                    written += 1;
                }
                if self.filter.over.is_some() {
                    break;
                }
            }
            self.source.consume(used);
            if std::mem::take(&mut self.filter.cut) {
                self.source.note_limit(Limit::Text);
            }
        }
        if let Some(limit) = self.filter.over {
            self.source.note_limit(limit);
            self.stopped.set(true);
        }
        Ok(written)
    }
}

/// The longest number or word outside of strings.
const LONGEST_WORD: usize = 1024;
/// What is left of an escape right after its backslash.
const ESCAPE: u8 = 5;

/// What [`Guard`] does to every byte.
struct Filter {
    most_text: usize,
    most_depth: usize,
    depth: usize,
    word: usize,
    /// In a string: how long it is.
    string: Option<usize>,
    /// Bytes left of an escape.
    escape: u8,
    /// The escape under way, or just completed, is the first half of a pair (`\ud83d\ude00`).
    first_half: bool,
    /// The rest of this string is dropped.
    full: bool,
    cut: bool,
    over: Option<Limit>,
}

impl Filter {
    fn new(limits: &Limits) -> Self {
        Self {
            most_text: limits.text,
            most_depth: limits.depth,
            depth: 0,
            word: 0,
            string: None,
            escape: 0,
            first_half: false,
            full: false,
            cut: false,
            over: None,
        }
    }

    /// What becomes of one byte: another, or nothing.
    fn pass(&mut self, byte: u8) -> Option<u8> {
        let Some(size) = self.string else { return self.pass_outside(byte) };
        if self.escape > 0 {
            // The digits of a first half are D800 to DBFF.
            self.first_half = match self.escape {
                4 => byte.eq_ignore_ascii_case(&b'd'),
                3 => self.first_half && matches!(byte, b'8' | b'9' | b'a' | b'b' | b'A' | b'B'),
                _ => self.first_half,
            };
            self.escape = match (self.escape, byte) {
                (ESCAPE, b'u') => ESCAPE - 1,
                (ESCAPE, _) => 0,
                (left, _) => left - 1,
            };
            return (!self.full).then_some(byte);
        }
        if byte == b'"' {
            self.string = None;
            return Some(byte);
        }
        // Cut between characters: not inside one, nor between the halves of an escaped one.
        let inside = byte & 0xC0 == 0x80 || (self.first_half && byte == b'\\');
        if !self.full && size >= self.most_text && !inside {
            self.full = true;
            self.cut = true;
        }
        self.string = Some(size.saturating_add(1));
        self.first_half = false;
        match byte {
            b'\\' => self.escape = ESCAPE,
            0..0x20 => return (!self.full).then_some(b' '),
            _ => {}
        }
        (!self.full).then_some(byte)
    }

    fn pass_outside(&mut self, byte: u8) -> Option<u8> {
        self.word = if byte.is_ascii_alphanumeric() { self.word + 1 } else { 0 };
        match byte {
            b'"' => {
                self.string = Some(0);
                self.full = false;
                self.first_half = false;
            }
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if self.depth > self.most_depth {
            self.over = Some(Limit::Depth);
        } else if self.word > LONGEST_WORD {
            self.over = Some(Limit::Text);
        }
        self.over.is_none().then_some(byte)
    }
}
