//! How small things are written: times, hours, days, shares. Text in, values out.

use std::time::Duration;

use jiff::Timestamp;

use super::registry::WEEKDAYS;

/// Units of time, the longest first.
const UNITS: [(&str, u64); 6] =
    [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// Reads `90s`, `5m`, `1h 30m`, `7d`: numbers with one of w, d (24 h), h, m, s, ms.
pub(super) fn parse_span(text: &str) -> Option<Duration> {
    let text = text.trim();
    let mut rest = text;
    let mut sum: u64 = 0;
    if rest.is_empty() || rest.len() > 64 {
        return None;
    }
    while !rest.is_empty() {
        let (digits, after) = split(rest, |c| c.is_ascii_digit());
        let (unit, after) = split(after.trim_start(), |c| c.is_ascii_alphabetic());
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
        sum = sum.checked_add(digits.parse::<u64>().ok()?.checked_mul(*factor)?)?;
        rest = after.trim_start();
    }
    Some(Duration::from_millis(sum))
}

fn split(text: &str, belongs: fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
}

/// Writes a span as it is read, in the longest units that leave no rest: `90s` as `1m 30s`.
pub fn span(span: Duration) -> String {
    let mut left = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    let mut parts = Vec::new();
    for (name, factor) in UNITS.iter().filter(|(name, _)| *name != "w") {
        if left >= *factor {
            parts.push(format!("{}{name}", left / factor));
            left %= factor;
        }
    }
    if parts.is_empty() { "0s".into() } else { parts.join(" ") }
}

/// Reads `09:00`: minutes after midnight.
pub(super) fn parse_clock(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let number = |text: &str, below: u16| {
        let fits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u16>().ok().filter(|number| fits && *number < below)
    };
    Some(number(hours, 24)? * 60 + number(minutes, 60).filter(|_| minutes.len() == 2)?)
}

/// Reads `22:00-07:00`: two times of day that differ.
pub(super) fn parse_hours(text: &str) -> Option<(u16, u16)> {
    let (from, to) = text.split_once(['-', '–'])?;
    Some((parse_clock(from)?, parse_clock(to)?)).filter(|(from, to)| from != to)
}

/// Reads a day of the week, whole or its first three letters: 1 is Monday.
pub(super) fn parse_weekday(text: &str) -> Option<u8> {
    let text = text.trim().to_lowercase();
    let index = WEEKDAYS.iter().position(|day| *day == text || day.get(..3) == Some(text.as_str()))?;
    u8::try_from(index + 1).ok()
}

/// Reads `2/3`: F of N, both from 1 on, F at most N, N at most 32.
pub(super) fn parse_share(text: &str) -> Option<(usize, usize)> {
    let (need, of) = text.split_once('/')?;
    let (need, of) = (need.trim().parse().ok()?, of.trim().parse().ok()?);
    (1 <= need && need <= of && of <= 32).then_some((need, of))
}

/// Reads `HOST:PORT`; an IPv6 address stands in brackets.
pub(super) fn parse_host_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let port: u16 = port.parse().ok().filter(|port| *port > 0)?;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let fits = match bare {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || c.is_control() || ":/[]@".contains(c))
        }
    };
    fits.then(|| (host.to_owned(), port))
}

/// Reads a moment, RFC 3339 with its offset.
pub(super) fn parse_time(text: &str) -> Option<Timestamp> {
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_written_alike() {
        for (text, ms) in
            [("90s", 90_000), ("5m", 300_000), ("1h 30m", 5_400_000), ("1w2d", 777_600_000), ("500 ms", 500), ("0s", 0)]
        {
            let read = parse_span(text).unwrap();
            assert_eq!(read, Duration::from_millis(ms), "{text}");
            assert_eq!(parse_span(&span(read)), Some(read), "{text}");
        }
        assert_eq!(span(Duration::from_secs(90)), "1m 30s");
        for wrong in ["", "5", "m", "5 minutes", "-5m", "1.5h", "5m!", "99999999999999999999s", "9999999999999w"] {
            assert_eq!(parse_span(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times_of_day_and_days_are_read() {
        assert_eq!(parse_hours("22:00-07:30"), Some((1320, 450)));
        assert_eq!(parse_hours("9:00 - 17:00"), Some((540, 1020)));
        for wrong in ["22:00", "24:00-07:00", "22:00-22:00", "22:60-1:00", "22-7", "2:5-3:00", "+2:00-3:00"] {
            assert_eq!(parse_hours(wrong), None, "{wrong}");
        }
        assert_eq!((parse_weekday("Monday"), parse_weekday("sun"), parse_weekday("su")), (Some(1), Some(7), None));
    }

    #[test]
    fn shares_and_hosts_are_read() {
        assert_eq!(parse_share("2 / 3"), Some((2, 3)));
        for wrong in ["0/3", "4/3", "1/33", "2", "a/b", "-1/2"] {
            assert_eq!(parse_share(wrong), None, "{wrong}");
        }
        assert_eq!(parse_host_port("[::1]:443"), Some(("[::1]".into(), 443)));
        assert_eq!(parse_host_port("h.example:443"), Some(("h.example".into(), 443)));
        for wrong in ["h.example", ":443", "h:0", "h:x", "::1:443", "https://h:443", "a b:1", "[h]:1"] {
            assert_eq!(parse_host_port(wrong), None, "{wrong}");
        }
    }
}
