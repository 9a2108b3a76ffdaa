//! `report` renders: a round as text, Markdown, HTML, JSON, JUnit XML, annotations and letters, and
//! the serialised forms that scripts read. It says what `judge` decided and adds no opinion of its
//! own; it reads no store and writes no file. A format is one file here and one line in
//! [`FORMATS`]; what all formats for people tell is gathered once, in `story`.
//!
//! [`model`] is what is printed, [`Builder`] makes it as facts become known, and the formats turn
//! it into bytes. Everything that came from outside is redacted on its way into the model and made
//! safe by [`markup`](crate::markup) on its way out.

mod builder;
pub mod explain;
mod format;
mod github;
mod html;
mod json;
pub mod jsonl;
mod junit;
mod letter;
mod markdown;
pub mod model;
mod pieces;
mod story;
mod style;
pub mod text;
mod words;

pub use builder::{Builder, EnclosureInput, End, FeedInput, Start, Traffic, cert, origins};
pub use format::{FORMATS, Format, find};
pub use json::{cert_schema, event_schema, origins_schema, schema, write as write_json};
pub use model::{CertReport, OriginsReport, Report};
pub use style::Style;

/// The sentences that a report for people begins with: what is the case, and whose host it is.
pub fn headline(report: &Report) -> String {
    story::Story::of(report).headline()
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
