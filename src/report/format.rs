//! The formats: one file each in this room, and one line each in the slice below. The command
//! line's choices, the help and the tests follow from the slice.

use std::io::{self, Write};

use super::model::Report;
use super::{Style, github, html, json, jsonl, junit, letter, markdown, text};

/// A form that a report can be printed in.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// As `--format` takes it.
    pub name: &'static str,
    /// What a file of it ends in.
    pub extension: &'static str,
    /// What it is, for the help.
    pub what: &'static str,
    /// Whether its lines can be had while the round goes on, from [`jsonl::Stream`].
    pub streamed: bool,
    /// Writes a report to a buffered writer. The errors are the writer's.
    pub render: fn(&Report, &Style, &mut dyn Write) -> io::Result<()>,
}

/// Every format; the first is the default.
pub const FORMATS: &[Format] = &[
    text::FORMAT,
    json::FORMAT,
    jsonl::FORMAT,
    markdown::FORMAT,
    html::FORMAT,
    junit::FORMAT,
    github::FORMAT,
    letter::FORMAT,
];

/// The format of this name.
pub fn find(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

impl Format {
    /// The report as text in memory, for small ones.
    pub fn to_text(&self, report: &Report, style: &Style) -> String {
        let mut out = Vec::new();
        // Writing to memory does not fail.
        let _ = (self.render)(report, style, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }
}
