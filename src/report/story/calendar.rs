//! The calendar: which certificates end next. One entry for each certificate, whatever the number
//! of hosts and addresses that show it.

use std::collections::HashMap;

use crate::judge::{Code, Severity};
use crate::report::model::{Name, Origin, Stamp, Text, Tls};
use crate::report::words;

/// One certificate.
pub(in crate::report) struct Entry<'a> {
    pub(in crate::report) end: Stamp,
    pub(in crate::report) hosts: Vec<&'a str>,
    issuer: &'a str,
    /// How bad the end itself is.
    pub(in crate::report) severity: Option<Severity>,
    /// The path ends before the leaf does.
    intermediate: bool,
}

impl Entry<'_> {
    /// `expired 9 h ago`, `in 41 d`.
    pub(in crate::report) fn left(&self, at: Stamp) -> String {
        let left = self.end.since(at);
        if left < 0 { words::expiry(left) } else { format!("in {}", words::span(left.unsigned_abs())) }
    }

    /// Who issued it, and whether it is the issuer's own certificate that ends.
    pub(in crate::report) fn issuer(&self) -> String {
        format!("{}{}", self.issuer, if self.intermediate { " (an intermediate)" } else { "" })
    }
}

/// Every certificate once, the first to end first.
pub(in crate::report) fn entries(origins: &[Origin]) -> Vec<Entry<'_>> {
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
