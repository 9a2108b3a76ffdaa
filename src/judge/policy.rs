//! The thresholds, with their defaults and where they come from.

use std::time::Duration;

/// The thresholds that findings are judged by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// `cert-expiring` warning when fewer seconds are left; `None`: min(30 d, 0.8 L/3).
    pub expiry_warning_s: Option<i64>,
    /// `cert-expiring` critical when fewer seconds are left; `None`: min(7 d, L/10).
    pub expiry_critical_s: Option<i64>,
    /// `chain-slow` beyond this time to the first audio byte.
    pub slow: Duration,
    /// `chain-long` info above this number of redirects.
    pub long_info: u32,
    /// `chain-long` warning above this number: Safari and CFNetwork give up after 16.
    pub long_warning: u32,
    /// `media-too-small` below this many bytes (Pocket Casts: 150 KiB) and one minute.
    pub small_bytes: u64,
    /// `media-too-small` below this duration.
    pub small_ms: u64,
    /// `media-length-mismatch` beyond this share of the real length, per cent.
    pub length_tolerance_percent: u64,
    /// Directories that ask for HEAD: raise `media-no-head` at any depth.
    pub require_head: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            expiry_warning_s: None,
            expiry_critical_s: None,
            slow: Duration::from_secs(5),
            long_info: 10,
            long_warning: 16,
            small_bytes: 150 << 10,
            small_ms: 60_000,
            length_tolerance_percent: 10,
            require_head: false,
        }
    }
}
