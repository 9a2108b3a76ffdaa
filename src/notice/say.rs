//! Words for numbers, times and lists.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

const MINUTE_S: u64 = 60;
const HOUR_S: u64 = 3_600;
const DAY_S: u64 = 86_400;

/// A text, cut to so many characters, an ellipsis included.
pub(super) fn cut(text: &str, characters: usize) -> String {
    if text.char_indices().nth(characters).is_none() {
        return text.to_owned();
    }
    let end = text.char_indices().nth(characters.saturating_sub(1)).map_or(0, |(end, _)| end);
    format!("{}\u{2026}", text.get(..end).unwrap_or_default())
}

/// `1 show`, `1,200 shows`.
pub(super) fn count(n: u64, what: &str) -> String {
    format!("{} {what}{}", thousands(n), if n == 1 { "" } else { "s" })
}

/// `12,345`.
pub(super) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `3 shows, 30 episodes`; without episodes `3 shows`; nothing where there is no show.
pub(super) fn touched(shows: u64, episodes: u64) -> Option<String> {
    match (shows, episodes) {
        (0, _) => None,
        (_, 0) => Some(count(shows, "show")),
        _ => Some(format!("{}, {}", count(shows, "show"), count(episodes, "episode"))),
    }
}

/// What is left of a time, in its largest unit: `18 days`, `5 hours`, `1 minute`.
pub(super) fn left(seconds: u64) -> String {
    match seconds {
        0..MINUTE_S => "less than a minute".to_owned(),
        MINUTE_S..HOUR_S => count(seconds / MINUTE_S, "minute"),
        HOUR_S..DAY_S => count(seconds / HOUR_S, "hour"),
        _ => count(seconds / DAY_S, "day"),
    }
}

/// How long something lasted: `42 s`, `42 min`, `9 h 58 min`, `3 d 4 h`. Begun minutes, and from two
/// days on begun hours, are left out.
pub(super) fn lasted(seconds: u64) -> String {
    let (large, small) = match seconds {
        0..MINUTE_S => return format!("{seconds} s"),
        MINUTE_S..HOUR_S => return format!("{} min", seconds / MINUTE_S),
        HOUR_S..172_800 => ((seconds / HOUR_S, "h"), (seconds % HOUR_S / MINUTE_S, "min")),
        _ => ((seconds / DAY_S, "d"), (seconds % DAY_S / HOUR_S, "h")),
    };
    match small.0 {
        0 => format!("{} {}", large.0, large.1),
        rest => format!("{} {} {rest} {}", large.0, large.1, small.1),
    }
}

/// Seconds from one time to a later one; 0 where it is not later.
pub(super) fn seconds(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_second().saturating_sub(from.as_second())).unwrap_or(0)
}

/// A time zone by its IANA name; UTC where there is none of that name.
pub(super) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// `2022-05-30 23:59:59 UTC`.
pub(super) fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// The same on the clock of a zone: `2022-05-31 01:59:59 Europe/Berlin`; `None` where that is UTC.
pub(super) fn there(at: Timestamp, zone: &TimeZone) -> Option<String> {
    let name = zone.iana_name().filter(|name| !matches!(*name, "UTC" | "Etc/UTC"))?;
    let there = at.to_zoned_datetime(zone.clone());
    Some(format!("{} {name}", there.strftime("%Y-%m-%d %H:%M:%S")))
}

/// `2022-05-30 23:59:59 UTC (2022-05-31 01:59:59 Europe/Berlin)`.
pub(super) fn both(at: Timestamp, zone: &TimeZone) -> String {
    let mut out = utc(at);
    if let Some(there) = there(at, zone) {
        // Writing to a String cannot fail.
        let _ = write!(out, " ({there})");
    }
    out
}

/// At most so many items, `; ` between them, and how many more there are.
pub(super) fn listed(items: &[String], most: usize) -> String {
    let more = items.len().saturating_sub(most);
    let mut out = items.iter().take(most).map(String::as_str).collect::<Vec<_>>().join("; ");
    if more > 0 {
        let _ = write!(out, "; and {more} more");
    }
    out
}

/// A sentence without its full stop, to be gone on with.
pub(super) fn clause(sentence: &str) -> &str {
    sentence.trim_end().trim_end_matches('.')
}
