//! Plain words for facts: what failed, how long, how many.

use std::fmt::Write as _;

use super::model::apps::Cell;
use super::model::{Origin, Report};
use crate::chain::{ConnectFailure, DnsFailure, RedirectFault, RequestFailure, TlsFailure, Unproven};
use crate::judge::Verdict;
use crate::judge::apps::Works;
pub(super) use crate::judge::say::thousands;
use crate::parties::Role;

/// Why a name gave no address.
pub(super) fn dns(why: &DnsFailure) -> String {
    match why {
        DnsFailure::NoSuchName => "the name does not exist".to_owned(),
        DnsFailure::NoAddress => "the name has no address".to_owned(),
        DnsFailure::Timeout => "the resolver did not answer in time".to_owned(),
        DnsFailure::Refused(said) => format!("the resolver answered {said}"),
        DnsFailure::Unavailable(why) => format!("the resolver could not be asked: {why}"),
    }
}

/// Why no connection came to be.
pub(super) fn connect(why: &ConnectFailure) -> String {
    match why {
        ConnectFailure::Blocked(ip) => format!("{ip} is not a public address, so it was not asked"),
        ConnectFailure::Refused => "connection refused".to_owned(),
        ConnectFailure::Timeout => "no answer in time".to_owned(),
        ConnectFailure::NoNetwork => "this machine has no route to the address".to_owned(),
        ConnectFailure::Unreachable => "no route to the host".to_owned(),
        ConnectFailure::Other(said) => said.clone(),
    }
}

/// Why no TLS session came to be.
pub(super) fn tls(why: &TlsFailure) -> String {
    match why {
        TlsFailure::Alert { code, name } => format!("the server sent the TLS alert {name} ({code})"),
        TlsFailure::NotTls => "what answers there is not TLS".to_owned(),
        TlsFailure::Obsolete(old) => {
            format!("the server speaks only {} with {}, which current apps refuse", old.version, old.suite)
        }
        TlsFailure::Timeout => "the TLS handshake did not end in time".to_owned(),
        TlsFailure::Closed => "the server closed the connection within the TLS handshake".to_owned(),
        TlsFailure::TooLarge => "the server's handshake messages are too large".to_owned(),
        TlsFailure::Protocol(said) => format!("the server broke the TLS protocol: {said}"),
    }
}

/// Why a request gave no answer, or no whole one.
pub(super) fn request(why: &RequestFailure) -> String {
    match why {
        RequestFailure::HeadTimeout => "no complete answer in time".to_owned(),
        RequestFailure::BodyTimeout => "the body stopped coming".to_owned(),
        RequestFailure::Deadline => "the time for the whole chain was used up".to_owned(),
        RequestFailure::Closed => "the server closed the connection without an answer".to_owned(),
        RequestFailure::BodyCut { got, promised: Some(promised) } => {
            format!("the connection was cut after {got} of {promised} bytes")
        }
        RequestFailure::BodyCut { got, promised: None } => format!("the connection was cut after {got} bytes"),
        RequestFailure::TooLarge => "the server sent far more than was asked for".to_owned(),
        RequestFailure::Protocol(said) => format!("the server broke HTTP: {said}"),
        RequestFailure::Http2(code) => format!("the server gave up the HTTP/2 stream: {code}"),
        // The failure inside is never itself a NotAsked; should it be, no depth is followed.
        RequestFailure::NotAsked { after, like } => match like.as_ref() {
            RequestFailure::NotAsked { .. } => format!("not asked: {after} others had failed"),
            like => format!("not asked: {after} others had failed ({})", request(like)),
        },
        RequestFailure::Withheld(why) => withheld(*why, "the host"),
        RequestFailure::Interrupted => "the round was stopped".to_owned(),
    }
}

/// Why a link with a token was not asked for.
pub(super) fn withheld(why: Unproven, host: &str) -> String {
    match why {
        Unproven::Certificate => {
            format!("not asked: the link carries a token and the certificate of {host} does not hold")
        }
        Unproven::Cleartext => {
            format!("not asked: the link carries a token and {host} is asked in cleartext, which anybody may read")
        }
    }
}

/// Why a redirect cannot be followed.
pub(super) fn redirect(why: &RedirectFault) -> String {
    match why {
        RedirectFault::NoLocation => "a redirect that does not say where to".to_owned(),
        RedirectFault::Bad { location, why } => format!("a redirect to {location:?}: {why}"),
    }
}

/// `1 episode`, `12 episodes`.
pub(super) fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(n), if n == 1 { one } else { many })
}

/// A stretch of time in its largest unit that still says enough: `40 min`, `9 h`, `41 d`, `9 y`.
pub(super) fn span(seconds: u64) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    match seconds {
        0..MINUTE => format!("{seconds} s"),
        MINUTE..7_200 => format!("{} min", seconds / MINUTE),
        7_200..172_800 => format!("{} h", seconds / HOUR),
        172_800..63_072_000 => format!("{} d", seconds / DAY),
        _ => format!("{} y", seconds / (365 * DAY)),
    }
}

/// Whether an end so many seconds away is past: `expired 9 h ago`, `expires in 41 d`.
pub(super) fn expiry(left: i64) -> String {
    if left < 0 {
        format!("expired {} ago", span(left.unsigned_abs()))
    } else {
        format!("expires in {}", span(left.unsigned_abs()))
    }
}

/// Tenths of a millisecond: `0.3 ms`, `41 ms`, `2.4 s`.
pub(super) fn millis(tenths: u64) -> String {
    match tenths {
        0..100 => format!("{}.{} ms", tenths / 10, tenths % 10),
        100..10_000 => format!("{} ms", tenths / 10),
        _ => format!("{}.{} s", tenths / 10_000, tenths / 1_000 % 10),
    }
}

/// What a role is called; nothing where it is not known.
pub(super) fn role(role: Role) -> Option<&'static str> {
    match role {
        Role::Prefix => Some("prefix"),
        Role::Hosting => Some("hosting"),
        Role::AdInsertion => Some("ad insertion"),
        Role::Cdn => Some("CDN"),
        Role::Feed => Some("feed"),
        Role::Unknown => None,
    }
}

/// A verdict as the first word of a report (the Nagios convention).
pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "OK",
        Verdict::Warning => "WARNING",
        Verdict::Unknown => "UNKNOWN",
        Verdict::Critical => "CRITICAL",
    }
}

/// `1 further finding is`, `12 further findings are`.
pub(super) fn further(n: u64) -> String {
    format!("{} {}", count(n, "further finding", "further findings"), if n == 1 { "is" } else { "are" })
}

/// Whose host an origin is and what it does: `Prefixly, prefix`; empty where neither is known.
pub(super) fn whose(origin: &Origin) -> String {
    party(origin.provider.as_deref(), origin.role.0)
}

/// The same for a name and a role.
pub(super) fn party(provider: Option<&str>, does: Role) -> String {
    let words: Vec<&str> = provider.into_iter().chain(role(does)).collect();
    words.join(", ")
}

/// What an app's answer is worth.
pub(super) fn works(works: Works) -> Verdict {
    match works {
        Works::Yes => Verdict::Ok,
        Works::Unknown => Verdict::Unknown,
        Works::No => Verdict::Critical,
    }
}

/// How episodes fare with an app: `fails for 2 of 12 episodes, not known for 3 of 12 episodes`.
pub(super) fn fares(cell: &Cell) -> String {
    let all = count(cell.episodes(), "episode", "episodes");
    let share = |n: u64| if n == cell.episodes() { all.clone() } else { format!("{} of {all}", thousands(n)) };
    let mut parts = Vec::new();
    if cell.no > 0 {
        parts.push(format!("fails for {}", share(cell.no)));
    }
    if cell.unknown > 0 {
        parts.push(format!("not known for {}", share(cell.unknown)));
    }
    if parts.is_empty() {
        parts.push("nothing known stands against it".to_owned());
    }
    parts.join(", ")
}

/// How much was looked at, in how long, as of when.
pub(super) fn looked_at(report: &Report) -> String {
    let counts = &report.counts;
    let took = u64::try_from(report.finished_at.since(report.started_at)).unwrap_or(0);
    let mut line = format!(
        "Looked at {}, {}, {}, {} and {} with {} over {} in {}.",
        count(counts.feeds, "feed", "feeds"),
        count(counts.episodes, "episode", "episodes"),
        count(counts.enclosures, "file", "files"),
        count(counts.hops, "hop", "hops"),
        count(counts.origins, "host", "hosts"),
        count(counts.requests, "request", "requests"),
        count(counts.connections, "connection", "connections"),
        span(took),
    );
    if report.evaluated_at.since(report.started_at).abs() > 60 {
        let at = report.evaluated_at;
        // Writing to a String cannot fail.
        let _ = write!(line, " Certificates judged as of {} {} UTC.", at.date(), at.clock());
    }
    line
}

/// `a`, `a and b`, `a, b and c`, `a, b and 7 more`: at most `most` names.
pub(super) fn list(names: &[&str], most: usize) -> String {
    list_of(names, most, names.len() as u64)
}

/// The same of `all` things, of which more may be than have names.
pub(super) fn list_of(names: &[&str], most: usize, all: u64) -> String {
    let shown = if all > most as u64 { most.saturating_sub(1).max(1).min(names.len()) } else { names.len() };
    let more = all.saturating_sub(shown as u64);
    let mut parts: Vec<String> = names.iter().take(shown).map(|&name| name.to_owned()).collect();
    if more > 0 {
        parts.push(format!("{} more", thousands(more)));
    }
    match parts.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_as_far_as_there_are_any() {
        assert_eq!(list(&["a", "b", "c"], 3), "a, b and c");
        assert_eq!(list(&["a", "b", "c", "d"], 3), "a, b and 2 more");
        assert_eq!(list_of(&["a", "b"], 3, 3_000), "a, b and 2,998 more");
        assert_eq!(list_of(&[], 3, 7), "7 more");
    }

    #[test]
    fn numbers_are_said_with_their_units() {
        assert_eq!(count(1, "episode", "episodes"), "1 episode");
        assert_eq!(count(12_345_678, "episode", "episodes"), "12,345,678 episodes");
        assert_eq!(count(0, "byte", "bytes"), "0 bytes");
        assert_eq!((span(59), span(60), span(7_199)), ("59 s".into(), "1 min".into(), "119 min".into()));
        assert_eq!((span(7_200), span(172_800), span(800 * 86_400)), ("2 h".into(), "2 d".into(), "2 y".into()));
        assert_eq!((expiry(-1), expiry(0)), ("expired 1 s ago".into(), "expires in 0 s".into()));
        assert_eq!(expiry(i64::MIN), format!("expired {} ago", span(i64::MIN.unsigned_abs())));
        assert_eq!((millis(3), millis(412), millis(24_100)), ("0.3 ms".into(), "41 ms".into(), "2.4 s".into()));
    }

    #[test]
    fn lists_end_with_and() {
        assert_eq!(list(&[], 3), "");
        assert_eq!(list(&["a"], 3), "a");
        assert_eq!(list(&["a", "b"], 3), "a and b");
        assert_eq!(list(&["a", "b", "c"], 3), "a, b and c");
        assert_eq!(list(&["a", "b", "c", "d"], 3), "a, b and 2 more");
    }
}
