//! Evidence in words: instants in UTC, spans, names.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::cert::{Certificate, Name, UnixSeconds};

/// At most this many names of a certificate are shown.
pub(super) const SHOWN_NAMES: usize = 10;

/// `2022-05-30 23:59:59 UTC`.
pub(super) fn utc(at: UnixSeconds) -> String {
    match Timestamp::from_second(at) {
        Ok(at) => at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => format!("second {at} of the Unix epoch"),
    }
}

/// A span by its two largest units: `8 h 2 min`, `41 d 7 h`, `59 s`.
pub(super) fn span(seconds: i64) -> String {
    let seconds = seconds.unsigned_abs();
    let units = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
    let largest = units.iter().position(|(unit, _)| seconds >= *unit).unwrap_or(units.len() - 1);
    let mut rest = seconds;
    let mut out = String::new();
    for (unit, name) in units.iter().skip(largest).take(2) {
        let count = rest / unit;
        rest %= unit;
        if out.is_empty() {
            let _ = write!(out, "{count} {name}");
        } else if count > 0 {
            let _ = write!(out, " {count} {name}");
        }
    }
    out
}

/// The certificate as a reader knows it: its subject, or what else tells it apart.
pub(super) fn who(cert: &Certificate) -> String {
    if cert.subject.is_empty() {
        match cert.names.first() {
            Some(name) => format!("the certificate for {name}"),
            None => format!("the certificate with serial {}", cert.serial),
        }
    } else {
        cert.subject.clone()
    }
}

/// The first names, and how many there are.
pub(super) fn names(names: &[Name]) -> String {
    let shown = names.iter().take(SHOWN_NAMES).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN_NAMES { format!("{shown} and {} more", names.len() - SHOWN_NAMES) } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_and_spans_read_well() {
        assert_eq!(utc(1_653_955_199), "2022-05-30 23:59:59 UTC");
        assert_eq!(utc(-1), "1969-12-31 23:59:59 UTC");
        assert!(utc(i64::MAX).contains("epoch"));
        for (seconds, words) in [
            (0, "0 s"),
            (59, "59 s"),
            (61, "1 min 1 s"),
            (28_920, "8 h 2 min"),
            (-28_920, "8 h 2 min"),
            (3600, "1 h"),
            (86_400 * 41 + 3600 * 7 + 5, "41 d 7 h"),
            (i64::MIN, "106751991167300 d 15 h"),
        ] {
            assert_eq!(span(seconds), words);
        }
    }

    #[test]
    fn ten_names_are_shown() {
        let many: Vec<Name> = (0..12).map(|i| Name::Dns(format!("h{i}"))).collect();
        assert_eq!(names(&many), "h0, h1, h2, h3, h4, h5, h6, h7, h8, h9 and 2 more");
        assert_eq!(names(many.get(..2).unwrap()), "h0, h1");
    }
}
