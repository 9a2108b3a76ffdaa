//! Properties of the readers at the edge, over inputs that are made up: what is printed is read as the
//! same, and nothing panics. What must hold is written down with the fuzz targets; here are the
//! inputs, which are sound more often than a fuzzer's.

use std::net::Ipv4Addr;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use podprobe::chain::{Answer, Method};
use podprobe::feed::{Document, Hints, Limits, parse};
use podprobe::link::Link;
use podprobe::probe::{led_to, retry_after};
use proptest::prelude::*;

use crate::corpora::bodies;

/// A URL that is sound.
fn url() -> impl Strategy<Value = String> {
    let host = prop_oneof![
        "[a-z][a-z0-9]{0,8}(\\.[a-z][a-z0-9]{1,8}){1,3}\\.?",
        any::<Ipv4Addr>().prop_map(|ip| ip.to_string()),
        "\\[2001:db8::[0-9a-f]{1,4}\\]",
        Just("bücher.example".to_owned()),
    ];
    let prefix = prop::sample::select(vec![
        "",
        "/e/",
        "/redirect.mp3/",
        "/track/ABC/",
        "/e/https%3A%2F%2F",
        "/e/https:/",
        "/1/https://u:p@",
    ]);
    (
        "https?",
        "([a-z]{1,5}(:[a-z%0-9]{0,5})?@)?",
        host,
        "(:[1-9][0-9]{1,3})?",
        prefix,
        "[a-zA-Z0-9/._~%20+-]{0,30}",
        "(\\?[a-z]{1,5}=[^#\u{0}-\u{20}]{0,10}(&(token|sig|x)=[a-z0-9%]{0,9})?)?(#[a-z]{0,5})?",
    )
        .prop_map(|(scheme, user, host, port, prefix, path, query)| {
            let slash = if prefix.is_empty() { "/" } else { "" };
            format!("{scheme}://{user}{host}{port}{slash}{prefix}{path}{query}")
        })
}

/// A time that every form of date can carry: whole seconds, four digits of a year.
fn instant() -> impl Strategy<Value = Timestamp> {
    (0_i64..4_102_444_800).prop_map(|second| Timestamp::from_second(second).unwrap())
}

fn wait(value: &str, date: Option<String>) -> Option<Duration> {
    let mut headers = vec![("retry-after", value.to_owned())];
    headers.extend(date.map(|date| ("date", date)));
    let headers = headers.into_iter().collect();
    let (version, took) = ("http/1.1", Duration::ZERO);
    retry_after(&Answer { method: Method::Get, version, status: 503, headers, first_byte: took, transfer: None }, None)
}

fn published(date: &str) -> Option<Timestamp> {
    let feed = format!("<rss><channel><item><pubDate>{date}</pubDate></item></channel></rss>");
    match parse(feed.as_bytes(), &Hints::default(), &Limits::default()) {
        Document::Feed(feed) => feed.episodes[0].published,
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_url_is_read_as_it_is_printed(url in url(), other in url(), reference in "[/?.a-z:#%0-9]{0,20}") {
        bodies::link::run(url.as_bytes());
        let link = Link::parse(&url);
        prop_assert!(link.is_ok(), "{url}: {link:?}");
        let link = link.unwrap();
        let wanted = Link::parse(&other).unwrap();
        prop_assert_eq!(led_to(&link, Some(&other)), Ok(wanted));
        bodies::redirect::run(format!("{url}\n{reference}").as_bytes());
    }

    #[test]
    fn a_canonical_form_does_not_know_scheme_case_or_user(host in "[a-z]{1,9}\\.example", path in "[a-z/]{0,20}") {
        let canonical = |text: String| Link::parse(&text).unwrap().canonical();
        let plain = canonical(format!("https://{host}/{path}"));
        let coded: String = path.chars().map(|c| if c == 'a' { "%61".to_owned() } else { c.to_string() }).collect();
        prop_assert_eq!(&canonical(format!("HTTP://{}/{coded}", host.to_uppercase())), &plain);
        prop_assert_eq!(&canonical(format!("https://u:p@{host}/{path}#f")), &plain);
    }

    #[test]
    fn any_text_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        for (name, body) in bodies::TARGETS {
            // Pages and handshakes cost too much for so many.
            if *name != "escape" {
                body(&bytes);
            }
        }
    }

    #[test]
    fn a_wait_is_the_same_in_seconds_and_in_every_form_of_date(at in instant(), seconds in 0_u32..10_000_000) {
        let wanted = Some(Duration::from_secs(seconds.into()));
        prop_assert_eq!(wait(&seconds.to_string(), None), wanted);
        let from = SystemTime::try_from(at).unwrap();
        let until = httpdate::fmt_http_date(from + Duration::from_secs(seconds.into()));
        prop_assert_eq!(wait(&until, Some(httpdate::fmt_http_date(from))), wanted);
        // The same instant as C's asctime writes it (RFC 9110 5.6.7).
        let zoned = Timestamp::try_from(from + Duration::from_secs(seconds.into())).unwrap().to_zoned_datetime(TimeZone::UTC);
        let asctime = zoned.strftime("%a %b %e %H:%M:%S %Y").to_string();
        prop_assert_eq!(wait(&asctime, Some(httpdate::fmt_http_date(from))), wanted);
    }

    #[test]
    fn a_date_of_a_feed_is_the_same_in_every_form(at in instant(), hours in -11_i8..13) {
        let zoned = at.to_zoned_datetime(TimeZone::fixed(Offset::constant(hours)));
        for form in [
            "%a, %d %b %Y %H:%M:%S %z",
            "%d %b %Y %H:%M:%S %z",
            "%A, %d %B %Y %H:%M:%S %z",
            "%Y-%m-%dT%H:%M:%S%:z",
            "%Y-%m-%d %H:%M:%S %z",
            "%a, %e %b %Y %I:%M:%S %p %z",
        ] {
            let text = zoned.strftime(form).to_string();
            prop_assert_eq!(published(&text), Some(at), "{}", text);
        }
        prop_assert_eq!(published(&at.to_string()), Some(at));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn hostile_texts_stay_texts_in_every_format(texts in prop::collection::vec("[<>&\"'`*_\\[\\]()#@|~:,%\\\\\u{1b}\u{202e}\r\n a-z!-]{0,30}", 1..12)) {
        bodies::escape::run(texts.join("\u{1e}").as_bytes());
    }
}
