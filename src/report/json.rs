//! JSON: the report as one object, and the JSON Schemas of all forms.

use std::io::{self, Write};

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;

use super::jsonl::Event;
use super::model::{CertReport, OriginsReport, Report};
use super::{Format, Style};

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
    serde_json::to_writer_pretty(&mut *out, report)?;
    out.write_all(b"\n")
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
