//! What listeners' apps make of the episodes: the matrix of apps and shows, and why.

use super::page::{Page, pad, pad_left};
use crate::judge::Verdict;
use crate::judge::apps::Works;
use crate::report::model::apps::{Because, Cell, Matrix, Row};
use crate::report::style::Ink;
use crate::report::words;

/// Reasons that are shown of an app.
const MAX_REASONS: usize = 3;
/// Columns of a show's title.
const TITLE: usize = 14;

pub(super) fn write(page: &mut Page<'_>, matrix: &Matrix) {
    page.heading("What listeners' apps make of it");
    if matrix.shows.len() > 1 {
        grid(page, matrix);
        page.blank();
    }
    let fine: Vec<&str> =
        matrix.rows.iter().filter(|row| row.all.works() == Some(Works::Yes)).map(|row| row.name).collect();
    for row in matrix.rows.iter().filter(|row| row.all.works() != Some(Works::Yes)) {
        line(page, row);
    }
    if !fine.is_empty() {
        let mark = page.style().mark(Verdict::Ok);
        let text = format!("{}: nothing known stands against them", words::list(&fine, usize::MAX));
        page.labelled((Ink::Good, mark), 2, Ink::Plain, &text);
    }
}

/// One app, and why it fails.
fn line(page: &mut Page<'_>, row: &Row) {
    let Some(works) = row.all.works() else { return };
    let verdict = words::works(works);
    let mark = page.style().mark(verdict);
    page.labelled((verdict.into(), mark), 2, verdict.into(), &format!("{}: {}", row.name, words::fares(&row.all)));
    let most = if page.style().verbose { usize::MAX } else { MAX_REASONS };
    for Because { text, episodes, .. } in row.reasons.iter().take(most) {
        let text = if *episodes == row.all.episodes() {
            text.to_string()
        } else {
            format!("{text} ({})", words::count(*episodes, "episode", "episodes"))
        };
        page.paragraph("  because ", 10, Ink::Plain, &text);
    }
    let left = row.reasons.len().saturating_sub(most) as u64;
    if left > 0 {
        let text = format!("and {} more; --verbose shows them", words::thousands(left));
        page.paragraph("", 10, Ink::Faint, &text);
    }
}

/// Apps down, shows across, as many as fit.
fn grid(page: &mut Page<'_>, matrix: &Matrix) {
    let names = matrix.rows.iter().map(|row| row.app.len()).max().unwrap_or(0);
    let fit = page.style().columns().saturating_sub(names + 2) / (TITLE + 2);
    let shown = matrix.shows.len().min(fit.max(1));
    let mut head = " ".repeat(names + 2);
    for title in matrix.shows.iter().take(shown) {
        head.push_str("  ");
        head.push_str(&pad(&page.fit(title, TITLE), TITLE));
    }
    page.line(&[(Ink::Faint, &head)]);
    for row in &matrix.rows {
        let cells: Vec<(Ink, String)> = row.shows.iter().take(shown).map(|cell| draw(page, cell)).collect();
        let name = format!("  {}", pad(row.app, names));
        let mut pieces = vec![(Ink::Plain, name.as_str())];
        pieces.extend(cells.iter().map(|(ink, text)| (*ink, text.as_str())));
        page.line(&pieces);
    }
    let left = matrix.shows.len().saturating_sub(shown) as u64;
    if left > 0 {
        let text = format!("and {}; --format json has them all", words::count(left, "more show", "more shows"));
        page.paragraph("", 2, Ink::Faint, &text);
    }
}

/// A mark, and how many episodes it is about.
fn draw(page: &Page<'_>, cell: &Cell) -> (Ink, String) {
    let Some(works) = cell.works() else { return (Ink::Faint, " ".repeat(TITLE + 2)) };
    let verdict = words::works(works);
    let count = match works {
        Works::No => cell.no,
        Works::Unknown => cell.unknown,
        Works::Yes => cell.yes,
    };
    let text = format!("  {} {}", page.style().mark(verdict), pad_left(&words::thousands(count), 3));
    (verdict.into(), pad(&text, TITLE + 2))
}
