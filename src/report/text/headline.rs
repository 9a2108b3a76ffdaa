//! The headline's place on the page.

use super::page::Page;
use crate::judge::Verdict;
use crate::markup;
use crate::report::style::Ink;
use crate::report::words;

/// The first line of any report: the verdict's mark and word, and a text.
pub(super) fn verdict(page: &mut Page<'_>, verdict: Verdict, text: &str) {
    let lead = format!("{} {}  ", page.style().mark(verdict), words::verdict(verdict));
    let indent = markup::width(&lead);
    page.labelled((Ink::from(verdict), &lead), indent, Ink::Strong, text);
}
