//! Reading the head of an answer: the headers that are kept, ranges, `Retry-After`, types.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use http::HeaderMap;

use crate::chain::{Answer, Headers, KEPT_HEADERS, RangeAnswer, RedirectFault};
use crate::link::{Link, LinkError, MAX_URL_BYTES, redact};

/// Bytes of a header's value that are kept.
const MAX_VALUE: usize = 1024;

/// The headers that are kept, each name once, in the order of the answer.
pub(crate) fn kept(headers: &HeaderMap) -> Headers {
    let mut out = Headers::with_capacity(8, 256);
    for (name, value) in headers {
        // Most are told apart by their lengths, faster than by any search in their order.
        let is_it = |kept: &&&str| kept.len() == name.as_str().len() && **kept == name.as_str();
        let Some(name) = KEPT_HEADERS.iter().find(is_it) else { continue };
        if !out.iter().any(|(known, _)| known == *name) {
            out.push(name, [&*latin1(value.as_bytes(), MAX_VALUE)]);
        }
    }
    out
}

/// The Location whole, as far as any URL goes. UTF-8 where it is, as browsers read it; else
/// Latin-1.
pub fn location(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(http::header::LOCATION)?.as_bytes();
    let value = value.get(..MAX_URL_BYTES.saturating_add(1)).unwrap_or(value);
    Some(std::str::from_utf8(value).map_or_else(|_| latin1(value, value.len()).into_owned(), ToOwned::to_owned))
}

/// Where a redirect from `from` leads (RFC 9110 10.2.2): `location` is the header as [`location`]
/// gives it.
pub fn led_to(from: &Link, location: Option<&str>) -> Result<Link, RedirectFault> {
    let text = location.unwrap_or_default();
    from.join(text).map_err(|why| match why {
        LinkError::Empty => RedirectFault::NoLocation,
        why => RedirectFault::Bad { location: cut(&redact(text), 200), why },
    })
}

fn latin1(bytes: &[u8], max: usize) -> Cow<'_, str> {
    if bytes.len() <= max
        && bytes.is_ascii()
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return Cow::Borrowed(text);
    }
    let mut out: String = bytes.iter().take(max).map(|byte| char::from(*byte)).collect();
    // Characters above 0x7F take two bytes in UTF-8.
    let mut end = out.len().min(max);
    while !out.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    out.truncate(end);
    Cow::Owned(out)
}

/// Digits and nothing else, as lengths and ranges are written (no sign, no white space).
fn digits(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Content-Length, where it is a number.
pub(crate) fn content_length(answer: &Answer) -> Option<u64> {
    answer.header("content-length").and_then(|text| digits(text.trim()))
}

/// A Content-Range (RFC 9110 14.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContentRange {
    /// `bytes 0-9/100`, the total unknown where it is `*`.
    Part { first: u64, last: u64, total: Option<u64> },
    /// `bytes */100`.
    Unsatisfied { total: u64 },
}

/// Reads a Content-Range; `None` where it is not one in bytes.
pub(crate) fn content_range(text: &str) -> Option<ContentRange> {
    let (unit, rest) = text.trim().split_once(' ')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (range, total) = rest.trim().split_once('/')?;
    let total = match total.trim() {
        "*" => None,
        text => Some(digits(text)?),
    };
    if range.trim() == "*" {
        return total.map(|total| ContentRange::Unsatisfied { total });
    }
    let (first, last) = range.trim().split_once('-')?;
    let (first, last) = (digits(first)?, digits(last)?);
    let sound = first <= last && total.is_none_or(|total| last < total);
    sound.then_some(ContentRange::Part { first, last, total })
}

/// How a request for the bytes from `first` on (to `last`, where it said so) was answered, and the
/// size of the whole file as far as the answer tells.
pub(crate) fn range_answer(answer: &Answer, first: u64, last: Option<u64>) -> (RangeAnswer, Option<u64>) {
    let range = answer.header("content-range");
    match answer.status {
        206 => {}
        416 => {
            let total = range.and_then(content_range).and_then(|range| match range {
                ContentRange::Unsatisfied { total } => Some(total),
                ContentRange::Part { .. } => None,
            });
            return (RangeAnswer::NotSatisfiable, total);
        }
        _ => return (RangeAnswer::Ignored, content_length(answer)),
    }
    if is_multipart(answer) {
        return (RangeAnswer::Wrong("multipart/byteranges for a single range".to_owned()), None);
    }
    let Some(text) = range else {
        return (RangeAnswer::Wrong("206 without Content-Range".to_owned()), None);
    };
    let Some(ContentRange::Part { first: from, last: to, total }) = content_range(text) else {
        return (RangeAnswer::Wrong(format!("unreadable Content-Range {:?}", cut(text, 100))), None);
    };
    let end = match (last, total) {
        (Some(last), Some(total)) => Some(last.min(total.saturating_sub(1))),
        (None, Some(total)) => Some(total.saturating_sub(1)),
        (Some(last), None) => Some(last),
        (None, None) => None,
    };
    if from != first {
        return (RangeAnswer::Wrong(format!("it starts at byte {from} in place of {first}")), total);
    }
    // Without a total the file may end before what was asked for.
    let wrong_end = end.is_some_and(|end| if total.is_some() { to != end } else { to > end });
    if wrong_end {
        return (RangeAnswer::Wrong(format!("it ends at byte {to} in place of {}", end.unwrap_or(to))), total);
    }
    let length = to.saturating_sub(from).saturating_add(1);
    if let Some(stated) = content_length(answer)
        && stated != length
    {
        let text = format!("Content-Length says {stated} bytes, Content-Range {length}");
        return (RangeAnswer::Wrong(text), total);
    }
    (RangeAnswer::Honoured, total)
}

/// Whether the body holds its ranges as parts, each with headers of its own.
pub(crate) fn is_multipart(answer: &Answer) -> bool {
    answer
        .header("content-type")
        .is_some_and(|text| text.trim_start().to_ascii_lowercase().starts_with("multipart/byteranges"))
}

/// The first `max` characters.
pub(crate) fn cut(text: &str, max: usize) -> String {
    text.chars().take(max).collect()
}

/// Whether a Content-Type names a text where media was asked for: `text/*`, HTML, JSON, XML. HLS
/// playlists have types of their own.
pub(crate) fn is_text(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.starts_with("text/")
        || essence.ends_with("+xml")
        || essence.ends_with("+json")
        || matches!(essence.as_str(), "application/json" | "application/xml" | "application/xhtml")
}

/// Whether the answer asks to be left alone: 429, or 503 with Retry-After.
pub(crate) fn is_rate_limited(answer: &Answer) -> bool {
    answer.status == 429 || (answer.status == 503 && answer.header("retry-after").is_some())
}

/// For how long (RFC 9110 10.2.3): seconds, or a date, which counts from the answer's own Date,
/// else from `now`.
pub fn retry_after(answer: &Answer, now: Option<SystemTime>) -> Option<Duration> {
    delay(answer.header("retry-after")?, answer.header("date"), now)
}

/// The same from the two headers' values.
pub(crate) fn delay(retry_after: &str, date: Option<&str>, now: Option<SystemTime>) -> Option<Duration> {
    let text = retry_after.trim();
    if let Some(seconds) = digits(text) {
        return Some(Duration::from_secs(seconds));
    }
    let at = httpdate::parse_http_date(text).ok()?;
    let from = date.and_then(|date| httpdate::parse_http_date(date.trim()).ok()).or(now)?;
    Some(at.duration_since(from).unwrap_or_default())
}

/// A clock's time as HTTP's dates are compared with.
pub(crate) fn system_time(clock: fn() -> jiff::Timestamp) -> Option<SystemTime> {
    let seconds = u64::try_from(clock().as_second()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Method;

    fn answer(status: u16, headers: &[(&'static str, &str)]) -> Answer {
        Answer {
            method: Method::Get,
            version: "http/1.1",
            status,
            headers: headers.iter().copied().collect(),
            first_byte: Duration::ZERO,
            transfer: None,
        }
    }

    #[test]
    fn ranges_are_checked_strictly() {
        let sample = |headers: &[(&'static str, &str)]| range_answer(&answer(206, headers), 0, Some(65_535));
        assert_eq!(sample(&[("content-range", "bytes 0-65535/100000")]), (RangeAnswer::Honoured, Some(100_000)));
        assert_eq!(sample(&[("content-range", "bytes 0-99/100")]), (RangeAnswer::Honoured, Some(100)));
        assert_eq!(sample(&[("content-range", "bytes 0-99/*")]), (RangeAnswer::Honoured, None));
        for wrong in [
            &[][..],
            &[("content-range", "bytes 1-65535/100000")],
            &[("content-range", "bytes 0-65534/100000")],
            &[("content-range", "bytes 0-65536/100000")],
            &[("content-range", "bytes 0-65536/*")],
            &[("content-range", "bytes 0-65535/65535")],
            &[("content-range", "bytes 9-0/100000")],
            &[("content-range", "bytes */100000")],
            &[("content-range", "items 0-65535/100000")],
            &[("content-range", "bytes 0-+9/100000")],
            &[("content-range", "bytes 0-65535/100000"), ("content-length", "65535")],
            &[("content-range", "bytes 0-65535/100000"), ("content-type", "multipart/byteranges; boundary=x")],
        ] {
            assert!(matches!(sample(wrong).0, RangeAnswer::Wrong(_)), "{wrong:?}");
        }
    }

    #[test]
    fn other_answers_to_a_range_tell_the_size_where_they_can() {
        let whole = answer(200, &[("content-length", "7")]);
        assert_eq!(range_answer(&whole, 0, Some(65_535)), (RangeAnswer::Ignored, Some(7)));
        let none = answer(416, &[("content-range", "bytes */0")]);
        assert_eq!(range_answer(&none, 0, Some(65_535)), (RangeAnswer::NotSatisfiable, Some(0)));
        let open = answer(206, &[("content-range", "bytes 0-6/7")]);
        assert_eq!(range_answer(&open, 0, None), (RangeAnswer::Honoured, Some(7)));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_counted_from_the_servers_own_clock() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let delay = |headers: &[(&'static str, &str)]| retry_after(&answer(429, headers), None);
        assert_eq!(delay(&[("retry-after", "120")]), Some(Duration::from_mins(2)));
        assert_eq!(
            delay(&[("retry-after", date), ("date", "Sun, 06 Nov 1994 08:49:07 GMT")]),
            Some(Duration::from_secs(30))
        );
        assert_eq!(delay(&[("retry-after", date), ("date", "Sun, 06 Nov 1994 09:00:00 GMT")]), Some(Duration::ZERO));
        assert_eq!(delay(&[("retry-after", date)]), None);
        assert_eq!(delay(&[("retry-after", "-1")]), None);
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:36 GMT").unwrap();
        assert_eq!(retry_after(&answer(503, &[("retry-after", date)]), Some(now)), Some(Duration::from_secs(1)));
    }

    #[test]
    fn texts_are_known_by_their_type() {
        for text in ["text/html; charset=utf-8", "TEXT/plain", "application/xml", "application/problem+json"] {
            assert!(is_text(text), "{text}");
        }
        for media in ["audio/mpeg", "application/octet-stream", "application/vnd.apple.mpegurl", "", "audio/x-mpegurl"]
        {
            assert!(!is_text(media), "{media}");
        }
    }

    #[test]
    fn every_header_that_is_kept_is_found() {
        let mut headers = HeaderMap::new();
        for name in KEPT_HEADERS {
            headers.insert(*name, http::HeaderValue::from_static("x"));
        }
        assert_eq!(kept(&headers).iter().count(), KEPT_HEADERS.len());
    }

    #[test]
    fn kept_headers_are_cut_and_read_as_latin_1() {
        let mut headers = HeaderMap::new();
        headers.insert("set-cookie", "a=b".parse().unwrap());
        headers.insert("server", http::HeaderValue::from_bytes(&[b'a', 0xE9]).unwrap());
        headers.insert("etag", "x".repeat(5000).parse().unwrap());
        let kept = kept(&headers);
        assert_eq!(kept.iter().count(), 2);
        assert!(kept.iter().any(|header| header == ("server", "aé")));
        assert!(kept.iter().all(|(_, value)| value.len() <= 1024));
    }
}
