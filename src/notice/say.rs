//! Words for numbers, times and lists.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub(crate) use crate::judge::say::{count, thousands};

const MINUTE_S: u64 = 60;
const HOUR_S: u64 = 3_600;
const DAY_S: u64 = 86_400;

/// A text, cut to so many characters, an ellipsis included.
pub(crate) fn cut(text: &str, characters: usize) -> String {
    if text.char_indices().nth(characters).is_none() {
        return text.to_owned();
    }
    let end = text.char_indices().nth(characters.saturating_sub(1)).map_or(0, |(end, _)| end);
    format!("{}\u{2026}", text.get(..end).unwrap_or_default())
}

/// `3 shows, 30 episodes`; without episodes `3 shows`; nothing where there is no show.
pub(crate) fn touched(shows: u64, episodes: u64) -> Option<String> {
    match (shows, episodes) {
        (0, _) => None,
        (_, 0) => Some(count(shows, "show")),
        _ => Some(format!("{}, {}", count(shows, "show"), count(episodes, "episode"))),
    }
}

/// What is left of a time, in its largest unit: `18 days`, `5 hours`, `1 minute`.
pub(crate) fn left(seconds: u64) -> String {
    match seconds {
        0..MINUTE_S => "less than a minute".to_owned(),
        MINUTE_S..HOUR_S => count(seconds / MINUTE_S, "minute"),
        HOUR_S..DAY_S => count(seconds / HOUR_S, "hour"),
        _ => count(seconds / DAY_S, "day"),
    }
}

/// How long something lasted: `42 s`, `1 min 35 s`, `42 min`, `9 h 58 min`, `3 d 4 h`. From ten minutes
/// on begun minutes, and from a day on begun hours, are left out.
pub(crate) fn lasted(seconds: u64) -> String {
    let (large, small) = match seconds {
        0..MINUTE_S => return format!("{seconds} s"),
        MINUTE_S..600 => ((seconds / MINUTE_S, "min"), (seconds % MINUTE_S, "s")),
        600..HOUR_S => return format!("{} min", seconds / MINUTE_S),
        HOUR_S..DAY_S => ((seconds / HOUR_S, "h"), (seconds % HOUR_S / MINUTE_S, "min")),
        _ => ((seconds / DAY_S, "d"), (seconds % DAY_S / HOUR_S, "h")),
    };
    match small.0 {
        0 => format!("{} {}", large.0, large.1),
        rest => format!("{} {} {rest} {}", large.0, large.1, small.1),
    }
}

/// Seconds from one time to a later one; 0 where it is not later.
pub(crate) fn seconds(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_second().saturating_sub(from.as_second())).unwrap_or(0)
}

/// A time zone by its IANA name; UTC where there is none of that name.
pub(crate) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// `2022-05-30 23:59:59 UTC`.
pub(crate) fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// The same on the clock of a zone: `2022-05-31 01:59:59 Europe/Berlin`; `None` where that is UTC.
pub(crate) fn there(at: Timestamp, zone: &TimeZone) -> Option<String> {
    let name = zone.iana_name().filter(|name| !matches!(*name, "UTC" | "Etc/UTC"))?;
    let there = at.to_zoned_datetime(zone.clone());
    Some(format!("{} {name}", there.strftime("%Y-%m-%d %H:%M:%S")))
}

/// `2022-05-30 23:59:59 UTC (2022-05-31 01:59:59 Europe/Berlin)`.
pub(crate) fn both(at: Timestamp, zone: &TimeZone) -> String {
    let mut out = utc(at);
    if let Some(there) = there(at, zone) {
        // Writing to a String cannot fail.
        let _ = write!(out, " ({there})");
    }
    out
}

/// A sentence without its full stop, to be gone on with.
pub(crate) fn clause(sentence: &str) -> &str {
    sentence.trim_end().trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_something_lasted_is_as_exact_as_it_is_short() {
        let said = [9, 60, 95, 599, 600, 3_599, 35_880, 86_399, 86_400, 107_880, 198_000].map(lasted);
        assert_eq!(
            said,
            [
                "9 s",
                "1 min",
                "1 min 35 s",
                "9 min 59 s",
                "10 min",
                "59 min",
                "9 h 58 min",
                "23 h 59 min",
                "1 d",
                "1 d 5 h",
                "2 d 7 h"
            ]
        );
    }
}
