//! JSON: the report as one object, and the JSON Schemas of all forms.

use std::io::{self, Write};

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};

use super::jsonl::Event;
use super::model::{CertReport, OriginsReport, Report};
use super::{Format, Style};
use crate::markup;

/// `--format json`.
pub(super) const FORMAT: Format = Format {
    name: "json",
    extension: "json",
    what: "one JSON object, as `podprobe config schema --report` describes it",
    streamed: false,
    render: |report, _: &Style, out| write(report, out),
};

/// Writes a report (a [`Report`], [`OriginsReport`] or [`CertReport`]) as one indented JSON object
/// with a line end. `out` should be buffered; a large report is never held as text.
pub fn write<T: Serialize + ?Sized>(report: &T, out: &mut dyn Write) -> io::Result<()> {
    let mut escaping = Escaping { out, held: Vec::with_capacity(HELD + (4 << 10)) };
    report.serialize(&mut Serializer::with_formatter(&mut escaping, Lines::default()))?;
    escaping.write_all(b"\n")?;
    escaping.pass_on()
}

/// Bytes of JSON that are passed on at once: as many as a buffer behind it holds, which then lets them
/// through.
const HELD: usize = 64 << 10;

/// Passes JSON on in a form that terminals do not obey. The serialiser writes a few bytes at a
/// time, so they are gathered first.
struct Escaping<'a> {
    out: &'a mut dyn Write,
    held: Vec<u8>,
}

impl Escaping<'_> {
    fn pass_on(&mut self) -> io::Result<()> {
        if self.held.is_ascii() && memchr::memchr(0x7f, &self.held).is_none() {
            self.out.write_all(&self.held)?;
        } else {
            // The serialiser hands over whole pieces of strings, never half a character.
            let text =
                std::str::from_utf8(&self.held).map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))?;
            self.out.write_all(markup::json(text).as_bytes())?;
        }
        self.held.clear();
        Ok(())
    }
}

impl Write for Escaping<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        if self.held.len() >= HELD {
            self.pass_on()?;
        }
        Ok(bytes.len())
    }

    /// Everything is taken at once: the loop over what was not is left out.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write(bytes).map(drop)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass_on()?;
        self.out.flush()
    }
}

/// One value a line, two blanks a level: the layout of serde_json's own formatter, which writes a line's
/// beginning level by level and thereby took a tenth of a large round's time.
#[derive(Default)]
struct Lines {
    depth: usize,
    /// The object or array that is ending holds something.
    filled: bool,
}

/// The levels whose line begins in one piece.
const LEVELS: usize = 32;

/// A comma, a line end, and the blanks of [`LEVELS`].
const BREAK: &[u8; 2 + 2 * LEVELS] = &{
    let mut text = [b' '; 2 + 2 * LEVELS];
    text[0] = b',';
    text[1] = b'\n';
    text
};

impl Lines {
    fn open<W: Write + ?Sized>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.filled = false;
        out.write_all(bracket)
    }

    fn close<W: Write + ?Sized>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth = self.depth.saturating_sub(1);
        if std::mem::replace(&mut self.filled, true) {
            self.begin(out, true)?;
        }
        out.write_all(bracket)
    }

    /// Begins a line; one that is not the first of its kind goes behind a comma.
    fn begin<W: Write + ?Sized>(&self, out: &mut W, first: bool) -> io::Result<()> {
        let levels = self.depth.min(LEVELS);
        out.write_all(BREAK.get(usize::from(first)..2 + 2 * levels).unwrap_or(BREAK))?;
        (levels..self.depth).try_for_each(|_| out.write_all(b"  "))
    }
}

impl Formatter for Lines {
    fn begin_array<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"[")
    }

    fn end_array<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"]")
    }

    fn begin_array_value<W: Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.begin(out, first)
    }

    fn end_array_value<W: Write + ?Sized>(&mut self, _out: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    fn begin_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"{")
    }

    fn end_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"}")
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.begin(out, first)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn end_object_value<W: Write + ?Sized>(&mut self, _out: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }
}

/// The JSON Schema (2020-12) of [`Report`].
pub fn schema() -> Value {
    schema_of::<Report>()
}

/// The JSON Schema (2020-12) of [`OriginsReport`].
pub fn origins_schema() -> Value {
    schema_of::<OriginsReport>()
}

/// The JSON Schema (2020-12) of [`CertReport`].
pub fn cert_schema() -> Value {
    schema_of::<CertReport>()
}

/// The JSON Schema (2020-12) of one line of `--format jsonl`.
pub fn event_schema() -> Value {
    schema_of::<Event<'_>>()
}

fn schema_of<T: JsonSchema>() -> Value {
    // As it is written, not as it would be read: what is always there is required.
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>().to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_laid_out_as_serde_json_does() {
        let mut deep = serde_json::json!({});
        for _ in 0..40 {
            deep = serde_json::json!([deep, [], {"a": 1, "b": [1, 2]}]);
        }
        let value = serde_json::json!({"empty": {}, "none": [], "one": [[]], "deep": deep, "text": "a\"\n"});
        for value in [value, serde_json::json!([]), serde_json::json!("x")] {
            let mut ours = Vec::new();
            write(&value, &mut ours).unwrap();
            assert_eq!(String::from_utf8(ours).unwrap(), format!("{value:#}\n"));
        }
    }
}
