//! Signed certificate timestamps. Chrome's and Apple's clients refuse a publicly trusted leaf with
//! too few of them: two for lifetimes up to 180 days, three above, from at least two operators.
//!
//! Which operator runs a log is not known here (the logs change by the quarter): distinct logs are
//! counted, and two logs are taken for two operators. A chain that passes here can therefore still
//! be refused; one that fails here is refused for certain.

use std::collections::HashSet;

use crate::cert::{Certificate, Timestamp};
use crate::judge::trust::dates::lifetime_days;
use crate::judge::trust::faults::Fault;
use crate::judge::trust::words::who;
use crate::judge::{Code, Severity};

/// Certificates issued before are not asked for timestamps (Chrome's policy, from 2018-05-01 on).
const SINCE: i64 = 1_525_132_800;
/// Lifetime up to which two timestamps are enough, days.
const SHORT_DAYS: i64 = 180;

/// `cert-no-sct`, for a publicly trusted leaf with the timestamps of its stapled OCSP answer.
pub(super) fn missing(leaf: &Certificate, stapled: &[Timestamp]) -> Option<Fault> {
    if leaf.not_before < SINCE {
        return None;
    }
    let days = lifetime_days(leaf);
    let needed = if days <= SHORT_DAYS { 2 } else { 3 };
    let logs: HashSet<[u8; 32]> = leaf.timestamps.iter().chain(stapled).map(|each| each.log_id).collect();
    if logs.len() >= needed {
        return None;
    }
    let text = match logs.len() {
        0 => format!("{} carries no signed certificate timestamps", who(leaf)),
        some => format!("{} carries timestamps of {some} distinct log(s)", who(leaf)),
    };
    let text = format!(
        "{text}, embedded or stapled; {needed} are needed for a lifetime of {days} days (those of the TLS extension are not asked for)"
    );
    Some((Code::CertNoSct, Severity::Warning, text))
}
