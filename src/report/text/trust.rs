//! Who trusts whom: the trust stores that hold the roots of the hosts on the way, and those that do
//! not.

use super::page::Page;
use crate::judge::Severity;
use crate::report::model::{Origin, Text, Tls};
use crate::report::style::Ink;
use crate::report::words;

/// Hosts that are shown unless everything is asked for.
const MAX_HOSTS: usize = 6;

/// Roots outside a store, in the report of a round; with `--verbose` every host.
pub(super) fn write(page: &mut Page<'_>, origins: &[Origin]) {
    let verbose = page.style().verbose;
    let mut shown: Vec<(&Origin, Vec<&Tls>)> = Vec::new();
    for origin in origins {
        let all = origin.edges.iter().filter_map(|edge| edge.tls.as_ref());
        let mut sessions: Vec<&Tls> = all.filter(|tls| verbose || !tls.not_trusted_by.is_empty()).collect();
        sessions.dedup_by_key(|tls| (&tls.trusted_by, &tls.not_trusted_by, &tls.root));
        if !sessions.is_empty() {
            shown.push((origin, sessions));
        }
    }
    if shown.is_empty() {
        return;
    }
    page.heading("Who trusts these hosts");
    let most = if verbose { usize::MAX } else { MAX_HOSTS };
    for (origin, sessions) in shown.iter().take(most) {
        for tls in sessions {
            line(page, 0, &format!("{}: ", origin.host), &tls.trusted_by, &tls.not_trusted_by, tls.root.as_ref());
        }
    }
    let left = shown.len().saturating_sub(most) as u64;
    if left > 0 {
        let text = format!("and {}; --verbose shows them", words::count(left, "more host", "more hosts"));
        page.paragraph("", 2, Ink::Faint, &text);
    }
}

/// One chain: the stores that hold its root with `--verbose`, and a warning where one does not.
pub(super) fn line(
    page: &mut Page<'_>,
    indent: usize,
    host: &str,
    trusted_by: &[Text],
    outside: &[Text],
    root: Option<&Text>,
) {
    let gap = " ".repeat(indent);
    let names = |stores: &[Text]| {
        let names: Vec<&str> = stores.iter().map(|name| &**name).collect();
        words::list(&names, usize::MAX)
    };
    if !outside.is_empty() {
        let mark = page.style().severity_mark(Severity::Warning);
        let root = root.map(|root| format!(" {root}")).unwrap_or_default();
        let stores = if outside.len() == 1 { "the trust store" } else { "the trust stores" };
        let text = format!("{host}its root{root} is outside {stores} {}", names(outside));
        page.labelled((Ink::Odd, &format!("{gap}{mark}")), indent + 2, Ink::Plain, &text);
    }
    if page.style().verbose {
        let text = match trusted_by {
            [] => format!("{host}no trust store holds its root"),
            stores => format!("{host}trusted by {}", names(stores)),
        };
        page.labelled((Ink::Faint, &format!("{gap}i")), indent + 2, Ink::Faint, &text);
    }
}
