//! `markup` escapes: the only place where text from outside (titles, host names, headers, messages
//! of other people's servers) becomes safe for a terminal, HTML, XML, Markdown or a workflow
//! command. Layout, colours and wrapping are `report`'s.
//!
//! Every function here is total: any text goes in, and what comes out holds no control character,
//! no bidirectional override and nothing invisible that could hide or reorder its neighbours. An
//! escape sequence in an episode's title must not clear a screen, rename a window, or make a
//! sentence read backwards (Unicode TR 36, "Trojan Source" CVE-2021-42574).

use std::borrow::Cow;
use std::fmt::Write as _;

pub mod chat;
mod classes;
mod columns;
mod documents;

pub use columns::{fit, fit_with, width};
pub use documents::{html, json, markdown, workflow, workflow_property, xml};

use classes::{Class, class};

/// At most this many zero-width marks stay on one character: enough for every living script and
/// too few for text that runs over the lines above and below it.
const MAX_MARKS: usize = 4;

/// `text` on one line of a terminal.
///
/// - white space of any kind, line and paragraph separators included, is folded to one space, and
///   none is left at either end;
/// - controls (C0, DEL, C1, so ESC, CSI and OSC too), bidirectional controls and noncharacters are
///   shown as `\u{1b}`;
/// - what is invisible (zero-width characters, soft hyphens, byte order marks, tags, variation
///   selectors) is removed, and so are marks beyond four on one character.
///
/// Doing it twice changes nothing. Clean text is borrowed.
pub fn terminal(text: &str) -> Cow<'_, str> {
    if is_clean(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut marks = 0_usize;
    let mut space_due = false;
    for c in text.chars() {
        let kind = class(c);
        match kind {
            Class::Space => {
                space_due = true;
                marks = 0;
                continue;
            }
            Class::Invisible => continue,
            Class::Mark if marks >= MAX_MARKS => continue,
            Class::Mark => marks += 1,
            Class::Plain | Class::Harmful => marks = 0,
        }
        if space_due && !out.is_empty() {
            out.push(' ');
        }
        space_due = false;
        if kind == Class::Harmful { show(&mut out, c) } else { out.push(c) }
    }
    Cow::Owned(out)
}

/// Whether [`terminal`] would change nothing.
fn is_clean(text: &str) -> bool {
    let mut marks = 0_usize;
    let mut after_space = true; // a leading space is to be dropped
    for c in text.chars() {
        match class(c) {
            Class::Space if c != ' ' || after_space => return false,
            Class::Space => {
                after_space = true;
                marks = 0;
                continue;
            }
            Class::Harmful | Class::Invisible => return false,
            Class::Mark => {
                marks += 1;
                if marks > MAX_MARKS {
                    return false;
                }
            }
            Class::Plain => marks = 0,
        }
        after_space = false;
    }
    text.is_empty() || !after_space
}

/// A character that must not be printed, as Rust and JavaScript write it.
fn show(out: &mut String, c: char) {
    // Writing to a String cannot fail.
    let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
}

#[cfg(test)]
mod tests;
