//! What listeners' apps make of the episodes: the matrix of apps and shows, and why.

use std::fmt::Write as _;

use super::{class, mark, text};
use crate::judge::Verdict;
use crate::report::model::Report;
use crate::report::model::apps::{Cell, Matrix, Row};
use crate::report::style::Style;
use crate::report::words;

/// Shows that have a column, and reasons that are given of an app.
const MAX_SHOWS: usize = 8;
const MAX_REASONS: usize = 5;

pub(super) fn write(out: &mut String, report: &Report, style: &Style) {
    let Some(matrix) = Matrix::of(report) else { return };
    out.push_str("<section>\n<h2>What listeners' apps make of it</h2>\n");
    if matrix.shows.len() > 1 {
        grid(out, &matrix, style);
    }
    out.push_str("<ul class=\"plain\">\n");
    for row in &matrix.rows {
        line(out, row, style);
    }
    out.push_str("</ul>\n</section>\n");
}

/// Apps down, shows across.
fn grid(out: &mut String, matrix: &Matrix, style: &Style) {
    out.push_str("<div class=\"scroll\"><table class=\"grid\">\n<thead><tr><th scope=\"col\">App</th>");
    // Writing to a String cannot fail, here and below.
    for title in matrix.shows.iter().take(MAX_SHOWS) {
        let _ = write!(out, "<th scope=\"col\">{}</th>", super::title(title));
    }
    let left = matrix.shows.len().saturating_sub(MAX_SHOWS) as u64;
    if left > 0 {
        let _ = write!(out, "<th scope=\"col\">all, with {}</th>", words::count(left, "more show", "more shows"));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &matrix.rows {
        let _ = write!(out, "<tr><th scope=\"row\">{}</th>", text(row.name));
        let all = (left > 0).then_some(&row.all);
        for cell in row.shows.iter().take(MAX_SHOWS).chain(all) {
            draw(out, cell, style);
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table></div>\n");
}

/// A mark, and how many episodes it is about.
fn draw(out: &mut String, cell: &Cell, style: &Style) {
    let Some(works) = cell.works() else {
        out.push_str("<td></td>");
        return;
    };
    let verdict = words::works(works);
    let count = match verdict {
        Verdict::Critical => cell.no,
        Verdict::Ok => cell.yes,
        Verdict::Warning | Verdict::Unknown => cell.unknown,
    };
    let _ = write!(out, "<td class=\"{}\">{} {}</td>", class(verdict), mark(style, verdict), words::thousands(count));
}

/// One app, and why it fails or may fail.
fn line(out: &mut String, row: &Row, style: &Style) {
    let Some(works) = row.all.works() else { return };
    let verdict = words::works(works);
    let _ = write!(
        out,
        "<li class=\"{}\">{} {}: {}",
        class(verdict),
        mark(style, verdict),
        text(row.name),
        words::fares(&row.all)
    );
    for why in row.reasons.iter().take(MAX_REASONS) {
        let episodes = words::count(why.episodes, "episode", "episodes");
        let _ = write!(out, "<small>because {} ({episodes})</small>", text(&why.text));
    }
    let left = row.reasons.len().saturating_sub(MAX_REASONS) as u64;
    if left > 0 {
        let _ = write!(out, "<small>and {}</small>", words::count(left, "more reason", "more reasons"));
    }
    out.push_str("</li>\n");
}
