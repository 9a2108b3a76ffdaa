//! JSON: the report as one object, and the JSON Schemas of all forms.

use std::io::{self, Write};

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;

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
    serde_json::to_writer_pretty(&mut escaping, report)?;
    escaping.write_all(b"\n")?;
    escaping.pass_on()
}

/// Bytes of JSON that are passed on at once.
const HELD: usize = 60 << 10;

/// Passes JSON on in a form that terminals do not obey. The serialiser writes a few bytes at a
/// time, so they are gathered first.
struct Escaping<'a> {
    out: &'a mut dyn Write,
    held: Vec<u8>,
}

impl Escaping<'_> {
    fn pass_on(&mut self) -> io::Result<()> {
        if self.held.iter().all(|byte| *byte < 0x7f) {
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

    fn flush(&mut self) -> io::Result<()> {
        self.pass_on()?;
        self.out.flush()
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
