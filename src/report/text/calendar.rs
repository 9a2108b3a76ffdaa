//! The calendar: which certificates end next, one line each.

use super::page::{Page, pad, pad_left};
use crate::judge::Verdict;
use crate::markup;
use crate::report::model::{Origin, Stamp};
use crate::report::story::calendar::entries;
use crate::report::style::Ink;
use crate::report::words;

/// Lines that are shown where something is wrong, and where nothing is.
const MAX_LINES: usize = 8;
const MAX_LINES_OK: usize = 3;

pub(super) fn write(page: &mut Page<'_>, origins: &[Origin], at: Stamp, verdict: Verdict) {
    let entries = entries(origins);
    if entries.is_empty() {
        return;
    }
    page.heading("Certificates that end next");
    let most = match verdict {
        _ if page.style().verbose => usize::MAX,
        Verdict::Ok => MAX_LINES_OK,
        _ => MAX_LINES,
    };
    let shown = entries.iter().take(most);
    let rows: Vec<[String; 3]> =
        shown.clone().map(|entry| [entry.left(at), words::list(&entry.hosts, 2), entry.issuer()]).collect();
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| markup::width(&markup::terminal(cell)))
            .max()
            .unwrap_or(0)
    };
    let left_width = width(0);
    // mark, date, and the gaps between the columns
    let room = page.style().columns().saturating_sub(2 + 10 + 2 + left_width + 2 + 2);
    let issuer_width = width(2).min(room / 3);
    let hosts_width = width(1).min(room.saturating_sub(issuer_width));
    for (entry, [left, hosts, issuer]) in shown.zip(&rows) {
        let mark = entry.severity.map_or(" ", |severity| page.style().severity_mark(severity));
        let ink = entry.severity.map_or(Ink::Plain, Ink::from);
        let hosts = pad(&page.fit(hosts, hosts_width), hosts_width);
        let issuer = page.fit(issuer, issuer_width);
        page.line(&[
            (ink, &format!("{mark} ")),
            (ink, &format!("{}  {}", entry.end.date(), pad_left(left, left_width))),
            (Ink::Plain, &format!("  {hosts}  ")),
            (Ink::Faint, &issuer),
        ]);
    }
    let later = entries.len().saturating_sub(most) as u64;
    if later > 0 {
        let text = format!("  and {} later; --verbose shows them", words::thousands(later));
        page.line(&[(Ink::Faint, &text)]);
    }
}
