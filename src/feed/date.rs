//! Dates of feeds: RFC 3339 and RFC 2822 as they should be, and as they are.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

/// An instant, from whatever a feed calls a date.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() > 100 {
        return None;
    }
    // "2026-11-23 05:00:00 +0100": the blank before the zone is in no standard, and in feeds.
    let joined = text.replace(" +", "+").replace(" -", "-");
    if let Some(time) = [text, joined.as_str()].into_iter().find_map(|text| text.parse::<Timestamp>().ok()) {
        return Some(time);
    }
    if text.as_bytes().get(4) == Some(&b'-') {
        // ISO 8601 without a zone, or a date alone: UTC.
        let time = text.trim_end_matches(['Z', 'z']);
        return time.parse::<DateTime>().ok().or_else(|| time.parse::<Date>().ok().map(Date::into)).and_then(utc);
    }
    loose(text)
}

fn utc(time: DateTime) -> Option<Timestamp> {
    Offset::UTC.to_timestamp(time).ok()
}

/// RFC 822 and its children: `Wed, 02 Oct 2002 08:00:00 EST`, weekday or not (right or not), years
/// of two digits, seconds or not, zones by name, day and month in either order.
fn loose(text: &str) -> Option<Timestamp> {
    let (mut day, mut month, mut year, mut time, mut zone) = (None, None, None, None, None);
    for word in text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()) {
        if word.contains(':') && !word.starts_with(['+', '-']) {
            time = time.or_else(|| clock(word));
        } else if let Some(found) = offset(word).filter(|_| time.is_some()) {
            zone = zone.or(Some(found));
        } else if let Ok(number) = word.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '.').parse::<i16>() {
            if day.is_none() && (1..=31).contains(&number) {
                day = i8::try_from(number).ok();
            } else if year.is_none() {
                year = Some(match number {
                    0..=49 => 2000 + number, // RFC 2822 4.3
                    50..=999 => 1900_i16.checked_add(number)?,
                    _ => number,
                });
            }
        } else if month.is_none() {
            month = self::month(word);
        }
    }
    let time = time.unwrap_or_else(Time::midnight);
    let date = Date::new(year?, month?, day?).ok()?;
    zone.unwrap_or(Offset::UTC).to_timestamp(date.to_datetime(time)).ok()
}

fn clock(word: &str) -> Option<Time> {
    let mut parts = word.split(':').map(str::parse::<f32>);
    let hour = parts.next()?.ok()?;
    let minute = parts.next()?.ok()?;
    let second = parts.next().map_or(Some(0.0), Result::ok)?;
    let whole = |number: f32, max: f32| {
        // Checked to lie within 0 and 60, so the cast is exact.
        #[expect(clippy::cast_possible_truncation, reason = "0 to 60")]
        (0.0..=max).contains(&number).then_some(number as i8)
    };
    Time::new(whole(hour, 23.0)?, whole(minute, 59.0)?, whole(second, 60.0)?.min(59), 0).ok()
}

fn month(word: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let word = word.to_ascii_lowercase();
    let place = MONTHS.iter().position(|month| word.starts_with(month))?;
    i8::try_from(place + 1).ok()
}

/// `+0200`, `-05:00`, `+2`, `GMT`, `EST`, military letters as UTC (RFC 2822 4.3).
fn offset(word: &str) -> Option<Offset> {
    const NAMED: &[(&str, i32)] = &[
        ("EST", -5),
        ("EDT", -4),
        ("CST", -6),
        ("CDT", -5),
        ("MST", -7),
        ("MDT", -6),
        ("PST", -8),
        ("PDT", -7),
        ("BST", 1),
        ("CET", 1),
        ("CEST", 2),
        ("EET", 2),
        ("EEST", 3),
        ("MSK", 3),
        ("JST", 9),
        ("AEST", 10),
        ("AEDT", 11),
    ];
    let name = word.trim_matches(['(', ')']).to_ascii_uppercase();
    if matches!(name.as_str(), "GMT" | "UT" | "UTC" | "Z" | "WET")
        || (name.len() == 1 && name.bytes().all(|b| b.is_ascii_alphabetic()))
    {
        return Some(Offset::UTC);
    }
    if let Some((_, hours)) = NAMED.iter().find(|(known, _)| *known == name) {
        return Offset::from_seconds(hours * 3600).ok();
    }
    let sign = match word.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let digits: String = word.chars().skip(1).filter(|c| *c != ':').collect();
    if digits.len() > 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i32 = digits.parse().ok()?;
    let seconds = if digits.len() <= 2 { number * 3600 } else { number / 100 * 3600 + number % 100 * 60 };
    Offset::from_seconds(sign * seconds.min(93_599)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_they_are_written() {
        for (given, utc) in [
            ("Mon, 23 Nov 2026 05:00:00 GMT", "2026-11-23T05:00:00Z"),
            ("Sun, 23 Nov 2026 05:00:00 +0200", "2026-11-23T03:00:00Z"), // the wrong weekday
            ("23 Nov 26 05:00 EST", "2026-11-23T10:00:00Z"),
            ("Mon, 23 November 2026 5:00:00 PDT", "2026-11-23T12:00:00Z"),
            ("Nov 23, 2026 05:00:00", "2026-11-23T05:00:00Z"),
            ("Mon, 23 Nov 2026", "2026-11-23T00:00:00Z"),
            ("2026-11-23T05:00:00+01:00", "2026-11-23T04:00:00Z"),
            ("2026-11-23T05:00:00", "2026-11-23T05:00:00Z"),
            ("2026-11-23 05:00:00", "2026-11-23T05:00:00Z"),
            ("2026-11-23 05:00:00 +0100", "2026-11-23T04:00:00Z"),
            ("2026-11-23", "2026-11-23T00:00:00Z"),
            ("Mon, 23 Nov 2026 05:00:00 +2000000000", "2026-11-23T05:00:00Z"), // no zone at all
            ("Thu, 01 Jan 98 00:00:60 GMT", "1998-01-01T00:00:59Z"),
        ] {
            assert_eq!(read(given).map(|time| time.to_string()).as_deref(), Some(utc), "{given}");
        }
        for wrong in
            ["", "yesterday", "99 Foo 2026", "Mon, 31 Feb 2026 00:00:00 GMT", "2026-13-01", "+0000 +9999999999999"]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
