//! The lab looked at with plain clients that share nothing with it.

mod behaviours;
mod client;
mod handshakes;
mod list;
mod trust;

use crate::lab::{Lab, Options};

/// 2027-01-15T08:00:00Z.
const NOW: i64 = 1_800_000_000;

async fn open() -> Lab {
    Lab::open(Options { now: jiff::Timestamp::from_second(NOW).unwrap() }).await.unwrap()
}
