//! Words for evidence: hops, failures, times and sizes as findings print them. No judgement here.

use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;

use crate::cert::UnixSeconds;
use crate::chain::{Chain, ConnectFailure, DnsFailure, Hop, RequestFailure, TlsFailure};
use crate::link::Link;

/// The longest URL shown in a text, in characters; a subject's id holds the whole one.
const SHOWN_URL: usize = 300;

/// A text from outside, cut to so many characters.
pub(crate) fn cut(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A URL, redacted and of a length that people read.
pub(crate) fn url(link: &Link) -> String {
    cut(&link.to_string(), SHOWN_URL)
}

/// `812 ms`, `4.2 s`.
pub(crate) fn lasted(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{} ms", time.as_millis())
    } else {
        format!("{:.1} s", time.as_secs_f64())
    }
}

/// `2026-11-23 05:00:00 UTC`; the bare number where no calendar reaches.
pub(crate) fn when(at: UnixSeconds) -> String {
    match Timestamp::from_second(at) {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => format!("second {at} of the epoch"),
    }
}

/// A span of seconds in the largest unit that fits: `3 days`, `5 hours`, `1 minute`.
pub(crate) fn span(seconds: i64) -> String {
    let seconds = seconds.unsigned_abs();
    match (seconds / 86_400, seconds / 3_600, seconds / 60) {
        (days, _, _) if days > 0 => count(days, "day"),
        (_, hours, _) if hours > 0 => count(hours, "hour"),
        (_, _, minutes) => count(minutes, "minute"),
    }
}

/// `1 day`, `2 days`, `1,200 shows`.
pub(crate) fn count(number: u64, unit: &str) -> String {
    format!("{} {unit}{}", thousands(number), if number == 1 { "" } else { "s" })
}

/// `12,345`: how every report, message and list writes a number.
pub(crate) fn thousands(n: u64) -> String {
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

/// `hop 2 of 3, https://host/path at 203.0.113.7:443`.
pub(crate) fn hop(chain: &Chain, hop: &Hop) -> String {
    let place = chain.hops.iter().position(|other| std::ptr::eq(other, hop)).map_or(chain.hops.len(), |i| i + 1);
    let address = hop.connection.as_ref().map(|connection| connection.address).or(hop.connect.fact().copied());
    let address = address.map(|address| format!(" at {address}")).unwrap_or_default();
    let version = hop.request.fact().map(|answer| format!(" over {}", answer.version)).unwrap_or_default();
    format!("hop {place} of {}, {}{address}{version}", chain.hops.len(), url(&hop.url))
}

/// What the second walk showed, for failures.
pub(crate) fn confirmed(chain: &Chain) -> &'static str {
    if chain.walks >= 2 { " Confirmed by a second walk over fresh connections." } else { "" }
}

/// What a second opinion on the refusal at the end showed, where one was asked for.
pub(crate) fn second_opinion(chain: &Chain) -> String {
    let Some(second) = &chain.second_opinion else { return String::new() };
    match &second.answer {
        Ok(answer) if second.is_served() => {
            format!(" Another User-Agent gets {}: the host refuses robots, listeners are fine.", status(answer.status))
        }
        Ok(answer) if chain_status(chain) == Some(answer.status) => {
            " Another User-Agent gets the same: it is the same to everybody.".to_owned()
        }
        Ok(answer) => format!(" Another User-Agent gets {}.", status(answer.status)),
        Err(why) => format!(" Asked under another User-Agent, {}.", request(why)),
    }
}

/// The status that ended it.
fn chain_status(chain: &Chain) -> Option<u16> {
    chain.last()?.request.fact().map(|answer| answer.status)
}

/// `503 Service Unavailable`.
pub(crate) fn status(code: u16) -> String {
    let reason = match code {
        204 => " No Content",
        300 => " Multiple Choices",
        304 => " Not Modified",
        400 => " Bad Request",
        401 => " Unauthorized",
        403 => " Forbidden",
        404 => " Not Found",
        405 => " Method Not Allowed",
        406 => " Not Acceptable",
        410 => " Gone",
        416 => " Range Not Satisfiable",
        429 => " Too Many Requests",
        451 => " Unavailable For Legal Reasons",
        500 => " Internal Server Error",
        502 => " Bad Gateway",
        503 => " Service Unavailable",
        504 => " Gateway Timeout",
        _ => "",
    };
    format!("{code}{reason}")
}

/// Why a name gave no address.
pub(crate) fn dns(why: &DnsFailure) -> String {
    match why {
        DnsFailure::NoSuchName => "the name does not exist (NXDOMAIN)".to_owned(),
        DnsFailure::NoAddress => "the name exists but has no address (no A or AAAA record)".to_owned(),
        DnsFailure::Timeout => "the resolver gave no answer in time".to_owned(),
        DnsFailure::Refused(text) => format!("the resolver answered with an error ({text})"),
        DnsFailure::Unavailable(text) => format!("the resolver could not be asked ({text})"),
    }
}

/// Why no TCP connection came to be.
pub(crate) fn connect(why: &ConnectFailure) -> String {
    match why {
        ConnectFailure::Blocked(ip) => format!("{ip} is not a public address; nothing was sent"),
        ConnectFailure::Refused => "connection refused".to_owned(),
        ConnectFailure::Timeout => "no answer to the connection in time".to_owned(),
        ConnectFailure::NoNetwork => "this machine has no route to the address".to_owned(),
        ConnectFailure::Unreachable => "no route to the address".to_owned(),
        ConnectFailure::Other(text) => format!("the system says: {text}"),
    }
}

/// Why no TLS session came to be.
pub(crate) fn tls(why: &TlsFailure) -> String {
    match why {
        TlsFailure::Alert { code, name } => format!("the server sent the TLS alert {name} ({code})"),
        TlsFailure::NotTls => "what the server sent is not TLS".to_owned(),
        TlsFailure::Obsolete(old) => format!("the server agrees only to {} with {}", old.version, old.suite),
        TlsFailure::Timeout => "the handshake was not answered in time".to_owned(),
        TlsFailure::Closed => "the server closed the connection during the handshake".to_owned(),
        TlsFailure::TooLarge => "the server's handshake messages are larger than clients accept".to_owned(),
        TlsFailure::Protocol(text) => format!("the server broke the TLS protocol: {text}"),
    }
}

/// Why a request gave no answer.
pub(crate) fn request(why: &RequestFailure) -> String {
    match why {
        RequestFailure::HeadTimeout => "no complete answer came in time".to_owned(),
        RequestFailure::BodyTimeout => "the body stopped coming".to_owned(),
        RequestFailure::Deadline => "the time for the whole chain ran out".to_owned(),
        RequestFailure::Closed => "the connection was closed before an answer".to_owned(),
        RequestFailure::BodyCut { got, promised: Some(promised) } => {
            format!("the connection was closed after {got} of {promised} bytes")
        }
        RequestFailure::BodyCut { got, promised: None } => format!("the connection was cut after {got} bytes"),
        RequestFailure::TooLarge => "the server sent far more than was asked for".to_owned(),
        RequestFailure::Protocol(text) => format!("HTTP was broken: {text}"),
        RequestFailure::Http2(text) => format!("HTTP/2 ended with {text}"),
        RequestFailure::NotAsked { after, like } => {
            // One level is all that `probe` makes; a deeper one is not followed.
            let like = match &**like {
                RequestFailure::NotAsked { .. } => "it could not be asked".to_owned(),
                like => request(like),
            };
            format!("not asked, after {} of this host that failed alike: {like}", count(u64::from(*after), "other URL"))
        }
        RequestFailure::Withheld(_) => {
            "not asked: the link carries a token and nothing proves who would get it".to_owned()
        }
        RequestFailure::Interrupted => "the round was stopped".to_owned(),
    }
}

/// An address that was dialled; the unspecified one stands for one that was not recorded.
pub(crate) fn address(address: SocketAddr) -> String {
    if address.ip().is_unspecified() { "the address tried".to_owned() } else { address.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_read_in_thousands_wherever_they_stand() {
        assert_eq!((count(1, "day"), count(0, "day")), ("1 day".into(), "0 days".into()));
        assert_eq!(count(1_200, "other URL"), "1,200 other URLs");
        assert_eq!((thousands(999), thousands(12_345_678)), ("999".into(), "12,345,678".into()));
    }
}
