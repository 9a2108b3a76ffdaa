//! Times as servers and feeds write them: Retry-After, HTTP dates, feed dates.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use podprobe::chain::{Answer, Method};
use podprobe::feed::{Document, Hints, Limits, parse};
use podprobe::markup;
use podprobe::probe::retry_after;

/// The first line is a Retry-After and a feed's date, the second one a Date.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines();
    let (first, second) = (lines.next().unwrap_or_default(), lines.next());
    delay(first, second);
    date(first);
}

fn answer(wait: &str, date: Option<&str>) -> Answer {
    let mut headers = vec![("retry-after", wait.to_owned())];
    headers.extend(date.map(|date| ("date", date.to_owned())));
    let (version, took) = ("http/1.1", Duration::ZERO);
    Answer {
        method: Method::Get,
        version,
        status: 429,
        headers: headers.into_iter().collect(),
        first_byte: took,
        transfer: None,
    }
}

fn delay(wait: &str, date: Option<&str>) {
    let epoch = SystemTime::UNIX_EPOCH;
    let now = epoch + Duration::from_secs(1_795_000_000);
    let later = now + Duration::from_hours(1);
    let given = answer(wait, date);
    let asked = retry_after(&given, Some(now));
    assert_eq!(asked, retry_after(&answer(&format!(" {wait}\t"), date), Some(now)), "white space around means nothing");
    if let (Some(soon), Some(late)) = (asked, retry_after(&given, Some(later))) {
        assert!(late <= soon, "the later it is, the shorter the wait");
    }
    // What was read, written again in both forms, is read as the same.
    let Some(wait) = asked else { return };
    assert_eq!(
        retry_after(&answer(&wait.as_secs().to_string(), None), None),
        Some(Duration::from_secs(wait.as_secs()))
    );
    // HTTP dates go to the year 9999.
    if wait < Duration::from_secs(200_000_000_000) {
        let at = httpdate::fmt_http_date(now + wait);
        let from = httpdate::fmt_http_date(now);
        assert_eq!(retry_after(&answer(&at, Some(&from)), None), Some(Duration::from_secs(wait.as_secs())));
    }
}

/// A date that a feed's reader understood is understood as printed, and means the same.
fn date(text: &str) {
    if let Some(at) = published(text) {
        assert_eq!(published(&at.to_string()), Some(at), "{text:?}");
    }
}

fn published(text: &str) -> Option<Timestamp> {
    let feed = format!("<rss><channel><item><pubDate>{}</pubDate></item></channel></rss>", markup::xml(text));
    match parse(feed.as_bytes(), &Hints::default(), &Limits::default()) {
        Document::Feed(feed) => feed.episodes.first()?.published,
        other => panic!("{other:?}"),
    }
}
