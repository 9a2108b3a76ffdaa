//! Everything about time: expired, not yet valid, expiring, valid for too long.

use crate::cert::{Certificate, Path, UnixSeconds};
use crate::judge::trust::faults::Fault;
use crate::judge::trust::walk::below_root;
use crate::judge::trust::words::{span, utc, who};
use crate::judge::{Code, Policy, Severity};

const DAY: i64 = 86_400;

/// How many days a publicly trusted leaf may be valid, by the day from which on: (first second of
/// `not_before`, days, that day in words), the latest era first. CA/Browser Forum Baseline Requirements 6.3.2:
/// ballots 193 (825), SC-22 and the root programs (398), SC-081v3 (200, 100, 47).
pub const LIFETIME_LIMITS: &[(UnixSeconds, i64, &str)] = &[
    (1_868_227_200, 47, "2029-03-15"),
    (1_805_068_800, 100, "2027-03-15"),
    (1_773_532_800, 200, "2026-03-15"),
    (1_598_918_400, 398, "2020-09-01"),
    (1_519_862_400, 825, "2018-03-01"),
];

/// A certificate's validity in days as the CA/Browser Forum counts it: both ends included, any
/// excess over a whole day counts as a day.
pub fn lifetime_days(cert: &Certificate) -> i64 {
    let seconds = cert.not_after.saturating_sub(cert.not_before).saturating_add(1).max(0);
    seconds / DAY + i64::from(seconds % DAY > 0)
}

/// The dates of leaf and intermediates.
pub(super) fn validity(path: &Path, policy: &Policy, at: UnixSeconds) -> Vec<Fault> {
    let mut out = Vec::new();
    let Some(leaf) = path.steps.first().map(|step| &step.cert) else { return out };
    let leaf_expired = leaf.not_after < at;
    for (index, step) in below_root(path).enumerate() {
        let cert = &step.cert;
        if cert.not_after < at {
            let code = if index == 0 { Code::CertExpired } else { Code::CertIntermediateExpired };
            let ago = span(at.saturating_sub(cert.not_after));
            out.push((code, Severity::Critical, format!("{} expired {}, {ago} ago", who(cert), utc(cert.not_after))));
        } else if !leaf_expired && let Some(severity) = expiring(cert, policy, at) {
            let left = span(cert.not_after.saturating_sub(at));
            let text = format!("{} expires {}, in {left}", who(cert), utc(cert.not_after));
            out.push((Code::CertExpiring, severity, text));
        }
        if cert.not_before > at {
            let code = if index == 0 { Code::CertNotYetValid } else { Code::CertInvalid };
            let wait = span(cert.not_before.saturating_sub(at));
            let text = format!("{} is not valid before {}, in {wait}", who(cert), utc(cert.not_before));
            out.push((code, Severity::Critical, text));
        }
    }
    out
}

/// How pressing a renewal is: the thresholds scale with the lifetime L, so that neither a 47-day
/// certificate is always late nor a yearly one warned of for months.
fn expiring(cert: &Certificate, policy: &Policy, at: UnixSeconds) -> Option<Severity> {
    let left = cert.not_after.saturating_sub(at);
    let lifetime = cert.not_after.saturating_sub(cert.not_before).max(0);
    let critical = policy.expiry_critical_s.unwrap_or_else(|| (7 * DAY).min(lifetime / 10));
    // 0.8 x L/3; the lifetime of a certificate fits in 2^39 seconds.
    let warning = policy.expiry_warning_s.unwrap_or_else(|| (30 * DAY).min(lifetime.saturating_mul(4) / 15));
    if left < critical {
        Some(Severity::Critical)
    } else if left < warning {
        Some(Severity::Warning)
    } else {
        None
    }
}

/// `cert-lifetime-too-long`, for a publicly trusted leaf.
pub(super) fn lifetime(leaf: &Certificate) -> Option<Fault> {
    let (_, limit, since) = LIFETIME_LIMITS.iter().find(|(from, ..)| leaf.not_before >= *from)?;
    let days = lifetime_days(leaf);
    (days > *limit).then(|| {
        let text = format!(
            "{} is valid for {days} days, from {} to {}; {limit} days are the most for certificates issued from {since} on",
            who(leaf),
            utc(leaf.not_before),
            utc(leaf.not_after)
        );
        (Code::CertLifetimeTooLong, Severity::Warning, text)
    })
}

#[cfg(test)]
mod tests {
    use super::{LIFETIME_LIMITS, utc};

    #[test]
    fn every_era_begins_on_the_day_it_names() {
        for (from, _, since) in LIFETIME_LIMITS {
            assert_eq!(utc(*from), format!("{since} 00:00:00 UTC"));
        }
        assert!(LIFETIME_LIMITS.windows(2).all(|pair| pair[0].0 > pair[1].0 && pair[0].1 < pair[1].1));
    }
}
