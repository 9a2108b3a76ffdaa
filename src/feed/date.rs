//! Dates of feeds: RFC 3339 and RFC 2822 by jiff where they are sound, and what feeds really
//! hold by an own pass where they are not.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::Offset;

/// The longest text that is looked at.
const LONGEST: usize = 100;

/// Reads a date; nothing where there is none. A date without a time is its midnight, a time
/// without a zone is UTC.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    static RFC_2822: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST || !text.is_ascii() {
        return None;
    }
    if is_iso(text.as_bytes()) {
        return text.parse().ok().or_else(|| iso(text));
    }
    // jiff takes a zone that it does not know for UTC; the own pass knows more of them.
    let named = text.ends_with(|c: char| c.is_ascii_alphabetic()) && !text.ends_with("GMT");
    let sound = if named { None } else { RFC_2822.parse_timestamp(text).ok() };
    sound.or_else(|| loose(text))
}

/// `2006-`, `2006/` or `200601`.
fn is_iso(text: &[u8]) -> bool {
    matches!(text, [a, b, c, d, rest @ ..] if [a, b, c, d].iter().all(|x| x.is_ascii_digit())
        && matches!(rest, [] | [b'-' | b'/', ..]))
}

/// ISO 8601 as feeds write it: a space for the T, `/` for `-`, no seconds, `+0200`, `+02`, no zone
/// or a zone by name, a date alone, a month or a year alone.
fn iso(text: &str) -> Option<Timestamp> {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?.trim_start()),
        None => (text, ""),
    };
    // A date alone may carry a zone (`2006-01-02Z`), which says nothing about a midnight.
    let date = date.trim_end_matches(['Z', 'z']);
    let mut parts = date.split(['-', '/']);
    let year = parts.next()?.parse().ok()?;
    let mut small = || parts.next().map_or(Some(1), |part| part.parse().ok());
    let (month, day) = (small()?, small()?);
    let cut = time.find(['Z', 'z', '+', '-', ' ']).unwrap_or(time.len());
    let (clock, zone) = time.split_at_checked(cut)?;
    let clock = if clock.is_empty() { Clock::default() } else { Clock::parse(clock)? };
    let zone = match zone.trim() {
        "" => 0,
        zone => zone_seconds(zone)?,
    };
    clock.on(year, month, day, zone)
}

/// RFC 2822 without its order: weekdays (right or wrong) are skipped, a word is a month or a
/// zone, a number is a day or, above 31 or after the day, a year.
fn loose(text: &str) -> Option<Timestamp> {
    let (mut day, mut month, mut year) = (None, None, None);
    let (mut clock, mut zone, mut noon) = (None, None, None);
    // Comments in parentheses say what the zone is called.
    let text = text.split('(').next()?;
    for word in text.split(|c: char| c.is_ascii_whitespace() || c == ',').filter(|word| !word.is_empty()) {
        // `2-Jan-2006` is three words, `-0500` and `GMT-5` are one.
        let dashed = word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('-') && !word.contains(':');
        for word in word.split(|c| dashed && c == '-') {
            if word.contains(':') && !word.starts_with(['+', '-']) && clock.is_none() {
                let cut = word.find(['+', '-', 'Z']).unwrap_or(word.len());
                let (time, rest) = word.split_at_checked(cut)?;
                let lower = time.to_ascii_lowercase();
                let bare = lower.trim_end_matches(['a', 'p', 'm']);
                noon = if lower.ends_with("pm") { Some(true) } else { lower.ends_with("am").then_some(false) };
                clock = Some(Clock::parse(bare)?);
                if !rest.is_empty() {
                    zone = zone_seconds(rest);
                }
            } else if let Ok(number) = word.trim_end_matches(['s', 't', 'n', 'd', 'r', 'h']).parse::<i16>()
                && word.starts_with(|c: char| c.is_ascii_digit())
            {
                let digits = word.bytes().take_while(u8::is_ascii_digit).count();
                if day.is_none() && digits <= 2 && (1..=31).contains(&number) {
                    day = Some(i8::try_from(number).ok()?);
                } else if year.is_none() {
                    year = Some(whole_year(number, digits));
                }
            } else if let Some(number) = month_number(word).filter(|_| month.is_none()) {
                month = Some(number);
            } else if word.eq_ignore_ascii_case("am") || word.eq_ignore_ascii_case("pm") {
                noon = Some(word.eq_ignore_ascii_case("pm"));
            } else if !is_weekday(word)
                && let Some(seconds) = zone_seconds(word)
            {
                zone = Some(seconds);
            }
        }
    }
    let mut clock = clock.unwrap_or_default();
    match noon {
        Some(true) if clock.hour < 12 => clock.hour += 12,
        Some(false) if clock.hour == 12 => clock.hour = 0,
        _ => {}
    }
    clock.on(year?, month?, day?, zone.unwrap_or(0))
}

/// RFC 2822 4.3: two digits below 50 are 20xx, others 19xx, three digits are after 1900.
fn whole_year(number: i16, digits: usize) -> i16 {
    match digits {
        1 | 2 if number < 50 => number + 2000,
        1..=3 => number + 1900,
        _ => number,
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Clock {
    hour: i8,
    minute: i8,
    second: i8,
    nano: i32,
}

impl Clock {
    /// `7:05`, `07:05:09`, `07:05:09.123`, `0705`.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim_end_matches(':').split(':');
        let hour = parts.next()?.trim().parse().ok()?;
        let minute = parts.next().map_or(Some(0), |part| part.parse().ok())?;
        let seconds = parts.next().unwrap_or("0");
        let (whole, fraction) = seconds.split_once(['.', ',']).unwrap_or((seconds, ""));
        let mut nano = 0;
        let mut unit = 100_000_000;
        for digit in fraction.bytes().take(9) {
            nano += i32::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?) * unit;
            unit /= 10;
        }
        // A leap second is the last one of its minute.
        let second = whole.parse::<i8>().ok().map(|second| if second == 60 { 59 } else { second })?;
        Some(Self { hour, minute, second, nano })
    }

    /// The instant of this time on a day, `zone` seconds east of UTC.
    fn on(self, year: i16, month: i8, day: i8, zone: i32) -> Option<Timestamp> {
        let end_of_day = self.hour == 24 && self.minute == 0 && self.second == 0;
        let hour = if end_of_day { 0 } else { self.hour };
        let date = DateTime::new(year, month, day, hour, self.minute, self.second, self.nano).ok()?;
        let date = if end_of_day { date.tomorrow().ok()? } else { date };
        Offset::from_seconds(zone).ok()?.to_timestamp(date).ok()
    }
}

fn month_number(word: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let start = word.get(..3)?.to_ascii_lowercase();
    (1..).zip(MONTHS).find_map(|(number, month)| (month == start).then_some(number))
}

fn is_weekday(word: &str) -> bool {
    let start = word.get(..3).unwrap_or_default().to_ascii_lowercase();
    ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].contains(&start.as_str())
}

/// Seconds east of UTC: `+0200`, `+02:00`, `-5`, `GMT+2`, and the names that are seen in feeds.
/// A name that nobody knows counts as UTC (RFC 2822 4.3).
fn zone_seconds(zone: &str) -> Option<i32> {
    let name = zone.trim_end_matches('.').to_ascii_uppercase();
    if let Some(at) = name.find(['+', '-']) {
        let (_, offset) = name.split_at_checked(at)?;
        let sign = if offset.starts_with('-') { -1 } else { 1 };
        let digits: String = offset.chars().filter(char::is_ascii_digit).collect();
        let number: i32 = digits.parse().ok().filter(|_| digits.len() <= 6)?;
        let (hours, minutes) = match digits.len() {
            0..=2 => (number, 0),
            3 | 4 => (number / 100, number % 100),
            _ => (number / 10_000, number / 100 % 100),
        };
        return Some(sign * (hours * 3600 + minutes * 60));
    }
    let quarters = match name.as_str() {
        "HST" => -40,
        "AKST" => -36,
        "AKDT" | "PST" => -32,
        "PDT" | "MST" => -28,
        "MDT" | "CST" => -24,
        "CDT" | "EST" => -20,
        "EDT" | "AST" => -16,
        "ADT" | "BRT" | "ART" => -12,
        "NST" => -14,
        "NDT" => -10,
        "BST" | "CET" | "MEZ" | "WEST" => 4,
        "CEST" | "MESZ" | "EET" | "SAST" => 8,
        "EEST" | "MSK" => 12,
        "IST" => 22,
        "AWST" | "HKT" | "SGT" => 32,
        "JST" | "KST" => 36,
        "ACST" => 38,
        "AEST" => 40,
        "ACDT" => 42,
        "AEDT" => 44,
        "NZST" => 48,
        "NZDT" => 52,
        _ if name.chars().all(|c| c.is_ascii_alphabetic()) => 0,
        _ => return None,
    };
    Some(quarters * 900)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> String {
        parse(text).map_or_else(|| "none".to_owned(), |at| at.to_string())
    }

    #[test]
    fn sound_dates() {
        assert_eq!(utc("Mon, 30 May 2022 20:00:00 -0400"), "2022-05-31T00:00:00Z");
        assert_eq!(utc("30 May 2022 20:00 GMT"), "2022-05-30T20:00:00Z");
        assert_eq!(utc("2022-05-30T20:00:00.5+02:00"), "2022-05-30T18:00:00.5Z");
        assert_eq!(utc("  2022-05-30T20:00:00Z\n"), "2022-05-30T20:00:00Z");
    }

    #[test]
    fn sloppy_rfc_2822() {
        for (text, expected) in [
            ("Sun, 30 May 2022 20:00:00 EST", "2022-05-31T01:00:00Z"),
            ("Mon, 30 May 2022 20:00:00 PDT", "2022-05-31T03:00:00Z"),
            ("Mon, 30 May 22 20:00:00 UT", "2022-05-30T20:00:00Z"),
            ("Mon, 30 May 99 20:00:00 GMT", "1999-05-30T20:00:00Z"),
            ("Monday, 30 May 2022 20:00:00 +0000", "2022-05-30T20:00:00Z"),
            ("Mon 30 May 2022 20:00:00 GMT+2", "2022-05-30T18:00:00Z"),
            ("Mon, 30 May 2022 8:05 PM EDT", "2022-05-31T00:05:00Z"),
            ("Mon, 30 May 2022 20:00:00 CEST", "2022-05-30T18:00:00Z"),
            ("Mon, 30 May 2022 20:00:00 +02:00", "2022-05-30T18:00:00Z"),
            ("Mon, 30 May 2022 24:00:00 GMT", "2022-05-31T00:00:00Z"),
            ("Mon, 30 May 2022 20:00:60 GMT", "2022-05-30T20:00:59Z"),
            ("Mon, 30 May 2022", "2022-05-30T00:00:00Z"),
            ("30-May-2022 20:00:00", "2022-05-30T20:00:00Z"),
            ("Mon May 30 20:00:00 2022", "2022-05-30T20:00:00Z"),
            ("May 30th, 2022", "2022-05-30T00:00:00Z"),
            ("Mon, 30 September 2022 20:00:00 +0000 (UTC)", "2022-09-30T20:00:00Z"),
            ("Mon, 30 May 2022 20:00:00 Nowhere", "2022-05-30T20:00:00Z"),
        ] {
            assert_eq!(utc(text), expected, "{text}");
        }
    }

    #[test]
    fn sloppy_iso_8601() {
        for (text, expected) in [
            ("2022-05-30", "2022-05-30T00:00:00Z"),
            ("2022-05", "2022-05-01T00:00:00Z"),
            ("2022", "2022-01-01T00:00:00Z"),
            ("2022-05-30 20:00:00", "2022-05-30T20:00:00Z"),
            ("2022-05-30 20:00:00 +0200", "2022-05-30T18:00:00Z"),
            ("2022-05-30T20:00", "2022-05-30T20:00:00Z"),
            ("2022-05-30T20:00:00-0600", "2022-05-31T02:00:00Z"),
            ("2022-05-30T20:00:00.000-06", "2022-05-31T02:00:00Z"),
            ("2022/05/30 20:00 EST", "2022-05-31T01:00:00Z"),
            ("2022-5-3T1:02:03Z", "2022-05-03T01:02:03Z"),
        ] {
            assert_eq!(utc(text), expected, "{text}");
        }
    }

    #[test]
    fn no_dates() {
        for text in
            ["", "yesterday", "Mon, 99 May 2022 20:00:00 GMT", "30 Foo 2022", "2022-13-45", "1:2:3:4", "++", "\u{2013}"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
