//! The page that is written on: lines, wrapped paragraphs, columns. Text goes through `markup`
//! here, so that no part of a report can forget it.

use crate::markup;
use crate::report::style::{Ink, Style};

/// Lines of one text that are shown: more is not evidence but a flood.
const MAX_LINES: usize = 40;
/// Columns of one word that are shown. Long URLs stay whole, so that they can be copied.
const MAX_WORD: usize = 400;

/// A text of several lines in the making.
pub(in crate::report) struct Page<'a> {
    style: &'a Style,
    out: String,
}

impl<'a> Page<'a> {
    pub(in crate::report) fn new(style: &'a Style) -> Self {
        Self { style, out: String::new() }
    }

    pub(in crate::report) fn style(&self) -> &'a Style {
        self.style
    }

    /// The text, with one line end at its end.
    pub(in crate::report) fn finish(self) -> String {
        let mut out = self.out.trim_end().to_owned();
        out.push('\n');
        out
    }

    /// An empty line, never two in a row and none at the top.
    pub(in crate::report) fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// A section's heading, between empty lines.
    pub(in crate::report) fn heading(&mut self, text: &str) {
        self.blank();
        self.paragraph("", 0, Ink::Strong, text);
        self.blank();
    }

    /// One line of pieces that the caller has made safe and short enough.
    pub(in crate::report) fn line(&mut self, pieces: &[(Ink, &str)]) {
        let mut line = String::new();
        for (ink, text) in pieces {
            line.push_str(&self.style.paint(*ink, text));
        }
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    /// `text`, made safe and wrapped, behind a lead that fills `indent` columns of its first line.
    /// Its own line ends begin new lines.
    pub(in crate::report) fn paragraph(&mut self, lead: &str, indent: usize, ink: Ink, text: &str) {
        self.labelled((ink, lead), indent, ink, text);
    }

    /// As [`paragraph`](Self::paragraph), with another ink for the lead.
    pub(in crate::report) fn labelled(&mut self, lead: (Ink, &str), indent: usize, ink: Ink, text: &str) {
        let room = self.style.columns().saturating_sub(indent).max(20);
        let lines = text.lines().filter(|line| !line.trim().is_empty()).take(MAX_LINES);
        let mut lead = Some(lead);
        for line in lines.flat_map(|line| wrap(line, room, self.style.ellipsis())) {
            let (lead_ink, lead) = lead.take().unwrap_or((Ink::Plain, ""));
            let gap = " ".repeat(indent.saturating_sub(markup::width(lead)));
            self.line(&[(lead_ink, lead), (Ink::Plain, &gap), (ink, &line)]);
        }
        // A lead that has nothing to lead to stands alone.
        if let Some((ink, text)) = lead.filter(|(_, text)| !text.is_empty()) {
            self.line(&[(ink, text)]);
        }
    }

    /// `text`, made safe and cut to `columns`.
    pub(in crate::report) fn fit(&self, text: &str, columns: usize) -> String {
        markup::fit_with(text, columns, self.style.ellipsis()).into_owned()
    }
}

/// `text`, which is safe, filled up to `columns`.
pub(super) fn pad(text: &str, columns: usize) -> String {
    let gap = columns.saturating_sub(markup::width(text));
    format!("{text}{}", " ".repeat(gap))
}

/// The same with the text at the right.
pub(super) fn pad_left(text: &str, columns: usize) -> String {
    let gap = columns.saturating_sub(markup::width(text));
    format!("{}{text}", " ".repeat(gap))
}

/// The safe lines that a text takes.
pub(crate) fn wrap(text: &str, room: usize, ellipsis: &str) -> Vec<String> {
    let safe = markup::terminal(text);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in safe.split(' ').filter(|word| !word.is_empty()) {
        let word = markup::fit_with(word, MAX_WORD, ellipsis);
        let width = markup::width(&word);
        if used > 0 && used + 1 + width > room {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        line.push_str(&word);
        used += width;
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}
