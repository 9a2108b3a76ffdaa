//! A Location, whatever its bytes, from one URL to the next.

use http::{HeaderMap, HeaderValue, header};
use podprobe::chain::RedirectFault;
use podprobe::link::{Link, MAX_URL_BYTES};
use podprobe::probe::{led_to, location};

/// The first line is the URL that redirects, the rest the header's value.
pub fn run(bytes: &[u8]) {
    let at = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (base, rest) = bytes.split_at(at);
    let Ok(from) = Link::parse(&String::from_utf8_lossy(base)) else { return };
    let value = rest.get(1..).unwrap_or_default();
    let value = value.strip_suffix(b"\n").unwrap_or(value);
    let Ok(value) = HeaderValue::from_bytes(value) else { return };
    let headers: HeaderMap = [(header::LOCATION, value)].into_iter().collect();
    let Some(text) = location(&headers) else { panic!("the header is there") };
    assert!(text.len() <= (MAX_URL_BYTES + 1) * 2, "{}", text.len());

    let mut here = from;
    for _ in 0..20 {
        match led_to(&here, Some(&text)) {
            Ok(next) => {
                let Ok(url) = next.to_url() else { panic!("reads as the same") };
                assert!(matches!(url.scheme(), "http" | "https") && url.has_host());
                assert!(next.expose().len() <= MAX_URL_BYTES && url.fragment().is_none());
                assert_eq!(led_to(&here, Some(next.expose())), Ok(next.clone()), "an absolute URL leads to itself");
                if next == here {
                    break;
                }
                here = next;
            }
            Err(RedirectFault::NoLocation) => {
                assert!(text.trim_matches(|c: char| c.is_ascii_whitespace() || c.is_control()).is_empty());
                break;
            }
            Err(RedirectFault::Bad { location, why }) => {
                assert!(location.chars().count() <= 201, "cut: {location}");
                let _ = why.to_string();
                break;
            }
        }
    }
}
