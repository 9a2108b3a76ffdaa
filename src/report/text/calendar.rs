//! The calendar: which certificates end next. One line for each certificate, whatever the number of
//! hosts and addresses that show it.

use std::collections::HashMap;

use super::page::{Page, pad, pad_left};
use crate::judge::{Code, Severity, Verdict};
use crate::markup;
use crate::report::model::{Name, Origin, Stamp, Text, Tls};
use crate::report::style::Ink;
use crate::report::words;

/// Lines that are shown where something is wrong, and where nothing is.
const MAX_LINES: usize = 8;
const MAX_LINES_OK: usize = 3;

/// One certificate.
struct Entry<'a> {
    end: Stamp,
    hosts: Vec<&'a str>,
    issuer: &'a str,
    severity: Option<Severity>,
    /// The path ends before the leaf does.
    intermediate: bool,
}

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
    let rows: Vec<[String; 3]> = shown
        .clone()
        .map(|entry| {
            let left = entry.end.since(at);
            let left = if left < 0 { words::expiry(left) } else { format!("in {}", words::span(left.unsigned_abs())) };
            let note = if entry.intermediate { " (an intermediate)" } else { "" };
            [left, words::list(&entry.hosts, 2), format!("{}{note}", entry.issuer)]
        })
        .collect();
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

/// Every certificate once, the first to end first.
fn entries(origins: &[Origin]) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let mut places: HashMap<&Text, usize> = HashMap::new();
    for origin in origins {
        for tls in origin.edges.iter().filter_map(|edge| edge.tls.as_ref()) {
            let Some(leaf) = tls.chain.first() else { continue };
            let place = *places.entry(&leaf.sha256).or_insert(entries.len());
            if entries.get(place).is_none() {
                let end = tls.expires_at.unwrap_or(leaf.not_after);
                entries.push(Entry {
                    end,
                    hosts: Vec::new(),
                    issuer: &leaf.issuer_name,
                    severity: severity(tls),
                    intermediate: end < leaf.not_after,
                });
            }
            let Some(entry) = entries.get_mut(place) else { continue };
            entry.severity = entry.severity.max(severity(tls));
            if !entry.hosts.contains(&&*origin.host) {
                entry.hosts.push(&origin.host);
            }
        }
    }
    entries.sort_by(|a, b| (a.end, &a.hosts).cmp(&(b.end, &b.hosts)));
    entries
}

/// How bad the end itself is; other problems of a certificate are not the calendar's.
fn severity(tls: &Tls) -> Option<Severity> {
    let of_time = |code: Code| {
        matches!(
            code,
            Code::CertExpired | Code::CertIntermediateExpired | Code::CertExpiring | Code::CertRenewalOverdue
        )
    };
    let reasons = tls.reasons.iter().filter(|reason| of_time(reason.code));
    reasons.map(|reason| reason.severity).max().or_else(|| {
        // Without the evidence the code still tells.
        let listed = |code| tls.problems.contains(&Name(code));
        (listed(Code::CertExpired) || listed(Code::CertIntermediateExpired)).then_some(Severity::Critical)
    })
}
