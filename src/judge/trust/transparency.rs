//! Signed certificate timestamps. Chrome's and Apple's clients refuse a publicly trusted leaf with
//! too few of them: two for lifetimes up to 180 days, three above, from at least two operators.
//!
//! Embedded timestamps and those of a stapled OCSP answer are counted. A server may also send them
//! in the handshake's own extension (RFC 6962 3.3.1), which rustls neither asks for nor shows: the
//! evidence says so. Whether a log is still accepted, and whether its signature holds, is not asked.

use std::collections::HashSet;

use crate::cert::{Certificate, Timestamp};
use crate::judge::trust::dates::lifetime_days;
use crate::judge::trust::faults::Fault;
use crate::judge::trust::logs;
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
    let logs: HashSet<&[u8; 32]> = leaf.timestamps.iter().chain(stapled).map(|each| &each.log_id).collect();
    // A log that is not known counts as an operator of its own.
    let named: Vec<Option<&str>> = logs.iter().map(|id| logs::operator(id)).collect();
    let sole = named.first().copied().flatten().filter(|first| named.iter().all(|each| *each == Some(first)));
    let held = match (logs.len(), sole) {
        (0, _) => format!("{} carries no signed certificate timestamps, embedded or stapled", who(leaf)),
        (some, _) if some < needed => {
            format!(
                "{} carries signed certificate timestamps of {some} distinct log(s), embedded or stapled",
                who(leaf)
            )
        }
        (some, Some(operator)) => format!(
            "the signed certificate timestamps of {}, embedded or stapled, come from {some} logs that {operator} runs",
            who(leaf)
        ),
        (_, None) => return None,
    };
    let text = format!(
        "{held}; {needed} from at least two operators are needed for a lifetime of {days} days, unless the server \
         sends others in the handshake, where podprobe cannot look"
    );
    Some((Code::CertNoSct, Severity::Warning, text))
}
