//! The single values of a report: names out of a fixed list, times, durations, shares.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use crate::cert::UnixSeconds;

/// A text that may be shared.
pub type Text = Arc<str>;

/// A value that reports print by its name out of a fixed list.
pub trait Named: Copy + fmt::Debug {
    /// The name in reports.
    fn name(self) -> &'static str;
    /// All names, for the schema.
    fn names() -> Vec<&'static str>;
}

/// A [`Named`] value as a report holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name<T>(pub T);

impl<T: Named> Serialize for Name<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }
}

impl<T: Named> JsonSchema for Name<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Name".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": T::names() })
    }
}

/// Milliseconds with one decimal, in four bytes even where there may be none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(NonZeroU32); // tenths of a millisecond, plus one

impl Millis {
    /// Rounded to a tenth; what is beyond 49 days stays there.
    pub fn of(took: Duration) -> Self {
        let tenths = took.as_nanos().saturating_add(50_000) / 100_000;
        let stored = u32::try_from(tenths).unwrap_or(u32::MAX).saturating_add(1);
        Self(NonZeroU32::new(stored).unwrap_or(NonZeroU32::MIN))
    }

    /// The value in tenths of a millisecond.
    pub fn tenths(self) -> u32 {
        self.0.get() - 1
    }
}

impl fmt::Debug for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}ms", self.tenths() / 10, self.tenths() % 10)
    }
}

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.tenths()) / 10.0)
    }
}

impl JsonSchema for Millis {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Millis".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0 })
    }
}

/// Seconds with one decimal: the duration of audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds(u64); // tenths

impl Seconds {
    /// Rounded to a tenth.
    pub fn of_ms(ms: u64) -> Self {
        Self(ms.saturating_add(50) / 100)
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0 as f64 / 10.0)
    }
}

impl JsonSchema for Seconds {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Seconds".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0 })
    }
}

/// Days with one decimal, rounded down: it is negative as soon as the time is past.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Days(i64); // tenths of a day

impl Days {
    /// The days that these seconds are.
    pub fn of(seconds: i64) -> Self {
        Self(seconds.saturating_mul(10).div_euclid(86_400))
    }
}

impl Serialize for Days {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0 as f64 / 10.0)
    }
}

impl JsonSchema for Days {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Days".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number" })
    }
}

/// An instant, printed as RFC 3339 in UTC with whole seconds: `2026-11-23T05:00:00Z`.
///
/// Certificates may name years up to 9999 to their last second, which is more than `jiff` holds;
/// hence the own calendar. Years outside 0000 to 9999 are shown as the nearest of these.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(pub UnixSeconds);

const FIRST: i64 = -62_167_219_200; // 0000-01-01T00:00:00Z
const LAST: i64 = 253_402_300_799; // 9999-12-31T23:59:59Z

impl Stamp {
    /// Seconds from `other` to this, saturating.
    pub fn since(self, other: Self) -> i64 {
        self.0.saturating_sub(other.0)
    }

    /// `2026-11-23`.
    pub fn date(self) -> String {
        let (year, month, day) = civil(self.0.clamp(FIRST, LAST).div_euclid(86_400));
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// `05:00`.
    pub fn clock(self) -> String {
        let second = self.0.clamp(FIRST, LAST).rem_euclid(86_400);
        format!("{:02}:{:02}", second / 3600, second / 60 % 60)
    }
}

impl From<jiff::Timestamp> for Stamp {
    fn from(at: jiff::Timestamp) -> Self {
        Self(at.as_millisecond().div_euclid(1000))
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{}:{:02}Z", self.date(), self.clock(), self.0.clamp(FIRST, LAST).rem_euclid(60))
    }
}

impl fmt::Debug for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Stamp {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Stamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// Year, month and day of a day counted from 1970-01-01, by the proleptic Gregorian calendar
/// (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`). The caller
/// keeps `days` within four-digit years, so nothing overflows.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468; // from 0000-03-01, so that leap days end a year
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_printed_as_jiff_prints_them() {
        for seconds in [0, -1, 951_782_399, 951_868_800, 1_653_955_140, 1_795_410_000, 4_107_542_400, -11_676_096_000] {
            assert_eq!(Stamp(seconds).to_string(), jiff::Timestamp::from_second(seconds).unwrap().to_string());
        }
    }

    #[test]
    fn the_end_of_certificates_without_an_end_is_printed() {
        assert_eq!(Stamp(LAST).to_string(), "9999-12-31T23:59:59Z");
        assert_eq!(Stamp(i64::MAX).to_string(), "9999-12-31T23:59:59Z");
        assert_eq!(Stamp(i64::MIN).to_string(), "0000-01-01T00:00:00Z");
    }

    #[test]
    fn numbers_have_one_decimal() {
        let json = |value: &dyn erased::Json| value.json();
        assert_eq!(json(&Millis::of(Duration::from_micros(20_149))), "20.1");
        assert_eq!(json(&Millis::of(Duration::from_micros(20_150))), "20.2");
        assert_eq!(json(&Millis::of(Duration::ZERO)), "0.0");
        assert_eq!(json(&Millis::of(Duration::MAX)), "429496729.4");
        assert_eq!(json(&Seconds::of_ms(125_049)), "125.0");
        assert_eq!(json(&Days::of(41 * 86_400 + 30_000)), "41.3");
        assert_eq!(json(&Days::of(0)), "0.0");
        assert_eq!(json(&Days::of(-1)), "-0.1");
        assert_eq!(size_of::<Option<Millis>>(), 4);
    }

    mod erased {
        pub(super) trait Json {
            fn json(&self) -> String;
        }
        impl<T: serde::Serialize> Json for T {
            fn json(&self) -> String {
                serde_json::to_string(self).unwrap()
            }
        }
    }
}
