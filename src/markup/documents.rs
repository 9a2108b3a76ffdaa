//! Documents: HTML, XML, JSON, Markdown.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::classes::{Class, class, is_bidi_control};
use super::terminal;

/// What stands where a character stood that a document must not hold.
const REPLACEMENT: char = '\u{fffd}';

/// `text` as HTML text or as an attribute's value in either kind of quotes. A parser reads the
/// same text from it, tabs and line ends included; controls and noncharacters, which HTML has no
/// way to write, are read as U+FFFD, and bidirectional controls are left out.
pub fn html(text: &str) -> String {
    document(text, "&#39;")
}

/// `text` as XML 1.0 text or as an attribute's value. As [`html`]: an attribute keeps its tabs and
/// line ends, which XML would otherwise turn into spaces (XML 1.0, 3.3.3).
pub fn xml(text: &str) -> String {
    document(text, "&apos;")
}

fn document(text: &str, apostrophe: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str(apostrophe),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            _ if is_bidi_control(c) => {}
            // NEL is white space by class and a control in a document.
            _ if c.is_control() || class(c) == Class::Harmful => out.push(REPLACEMENT),
            _ => out.push(c),
        }
    }
    out
}

/// `text` as a cell of a CSV file that a spreadsheet may open: what it would take for a formula
/// (after white space too) gets an apostrophe in front, which spreadsheets hide or show and never
/// compute (OWASP, "CSV Injection"). Quoting is the writer's. Clean text is borrowed.
pub fn cell(text: &str) -> Cow<'_, str> {
    const FORMULA: &[char] = &['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    if text.starts_with(['\t', '\r', '\n', '\0']) || text.trim_start().starts_with(FORMULA) {
        return Cow::Owned(format!("'{text}"));
    }
    Cow::Borrowed(text)
}

/// Serialised JSON in which whatever a terminal would obey (DEL, C1 controls, bidirectional
/// controls, line and paragraph separators) is written as `\uXXXX`, so that a report can be looked
/// at as it is. JSON has such characters inside strings alone, where a parser reads the same text
/// from the escape (RFC 8259, 7); serialisers escape C0 themselves. Clean text is borrowed.
pub fn json(serialised: &str) -> Cow<'_, str> {
    let obeyed = |c: char| matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}') || is_bidi_control(c);
    if serialised.is_ascii() && !serialised.contains('\u{7f}') || !serialised.contains(obeyed) {
        return Cow::Borrowed(serialised);
    }
    let mut out = String::with_capacity(serialised.len() + 16);
    for c in serialised.chars() {
        if obeyed(c) {
            // All of them are in the basic plane; writing to a String cannot fail.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// `text` on one line of Markdown (CommonMark, GitHub's tables and comments included), read as the
/// text that [`terminal`] gives. No pipe ends a cell, no backtick opens code, no HTML or link comes
/// to be, and neither `@name` nor `#1` reaches anybody: an empty comment stands between the sign
/// and the name, because GitHub looks for mentions in the finished text.
pub fn markdown(text: &str) -> String {
    let safe = terminal(text);
    let mut out = String::with_capacity(safe.len() + safe.len() / 4);
    let mut chars = safe.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' | '#' => {
                out.push('\\');
                out.push(c);
                if chars.peek().is_some_and(|next| next.is_alphanumeric() || *next == '_') {
                    out.push_str("<!-- -->");
                }
            }
            // Any ASCII punctuation may follow a backslash and then means itself (CommonMark 2.4).
            // What begins nothing where it stands is left, so that the source can be read in a chat
            // that shows it as it is: `:` begins a link before a slash, `.` one after `www` and a
            // list after a number that the line begins with.
            ',' | ';' | '\'' | '"' | '?' | '%' | '(' | ')' | '/' | '!' => out.push(c),
            ':' if chars.peek() != Some(&'/') => out.push(c),
            '.' if !begins_link_or_list(&out) => out.push(c),
            '-' | '+' | '=' if !out.is_empty() => out.push(c),
            _ if c.is_ascii_punctuation() => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// Whether a dot after this text would make it a link (`www.`), or an item of a list (`1.`).
fn begins_link_or_list(before: &str) -> bool {
    let www =
        before.len().checked_sub(3).and_then(|at| before.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case("www"));
    www || before.chars().all(|c| c.is_ascii_digit())
}

/// `text` as the message of a workflow command of GitHub Actions (`::error::...`), on one line. The
/// runner reads `%`, CR and LF from escapes (actions/toolkit, `command.ts`). Its older commands,
/// `##[name]`, work anywhere in a line, so their sign is taken apart.
pub fn workflow(text: &str) -> String {
    terminal(text).replace('%', "%25").replace("##[", "## [")
}

/// The same as the value of one of the command's properties (`title=...`), where a colon and a comma
/// have a meaning as well.
pub fn workflow_property(text: &str) -> String {
    workflow(text).replace(':', "%3A").replace(',', "%2C")
}
