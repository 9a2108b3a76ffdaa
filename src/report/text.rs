//! Text
use super::Format;
pub(super) const FORMAT: Format = Format { name: "text", extension: "txt", what: "for people", streamed: false, render: |_, _, _| Ok(()) };
