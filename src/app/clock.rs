//! The one place that reads the clock.

use jiff::Timestamp;

/// Now, UTC.
#[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}
