//! How one URL is written inside another: with or without a scheme, with `https:/` collapsed,
//! percent-encoded in part or as a whole, in base64. Which hosts write it how is in `parties`.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;

use super::{Link, Scheme};

/// At most this many URLs are read out of one another.
pub const MAX_NESTING: usize = 32;

/// Base64url as found in URLs, padded or not (RFC 4648 5).
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_encode_padding(false).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A URL found in another's path or query, taken apart as far as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The scheme that was written, if any.
    pub scheme: Option<Scheme>,
    /// Host and what follows, decoded if it was encoded as a whole.
    pub rest: String,
}

impl Written {
    /// Reads `text`, the raw remainder of a URL from where the target begins, query included.
    /// `None` where no host stands there: without a scheme, the host must have a dot and a
    /// top-level domain, and a path or query must follow, so that a file's name is no host.
    pub fn read(text: &str) -> Option<Self> {
        let text = trim_spaces(text);
        let text = decode_whole(text);
        let (scheme, rest) = split_scheme(&text);
        let authority_end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, after) = rest.split_at_checked(authority_end)?;
        let plausible = match scheme {
            Some(_) => !authority.is_empty(),
            None => !after.is_empty() && is_host(authority),
        };
        plausible.then(|| Self { scheme, rest: rest.to_owned() })
    }

    /// The URL, with `scheme` where none was written or none counts.
    pub fn with_scheme(&self, scheme: Scheme) -> Option<Link> {
        Link::parse(&format!("{}://{}", scheme.as_str(), self.rest)).ok()
    }
}

/// Spaces around a target, plain or encoded, are slips of the hand; at the end of a query they may
/// be a value.
fn trim_spaces(text: &str) -> &str {
    let mut text = text.trim();
    while let Some(rest) = text.strip_prefix("%20") {
        text = rest.trim_start();
    }
    while !text.contains('?')
        && let Some(rest) = text.strip_suffix("%20")
    {
        text = rest.trim_end();
    }
    text
}

/// A target whose first segment holds `%2F` was encoded as a whole and is decoded once, up to the
/// outer URL's own query, which was never encoded.
fn decode_whole(text: &str) -> String {
    let (path, query) = text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query)));
    let first = path.split('/').next().unwrap_or_default();
    if !contains_ci(first, "%2f") {
        return text.to_owned();
    }
    let Ok(decoded) = percent_decode_str(path).decode_utf8() else { return text.to_owned() };
    match query {
        Some(query) if decoded.contains('?') => format!("{decoded}&{query}"),
        Some(query) => format!("{decoded}?{query}"),
        None => decoded.into_owned(),
    }
}

/// `https://`, `https:/`, `https%3A//` and the like before the rest, in any case.
fn split_scheme(text: &str) -> (Option<Scheme>, &str) {
    for (name, scheme) in [("https", Scheme::Https), ("http", Scheme::Http)] {
        let Some(rest) = strip_ci(text, name) else { continue };
        let Some(rest) = rest.strip_prefix(':').or_else(|| strip_ci(rest, "%3a")) else { continue };
        let bare = rest.trim_start_matches('/');
        if bare.len() < rest.len() {
            return (Some(scheme), bare);
        }
    }
    (None, text)
}

/// Whether this reads as a host without being told so: labels with a dot between, the last one a
/// top-level domain (letters, or `xn--`), or an address; a port may follow.
fn is_host(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => host,
        Some(_) => return false,
        None => authority,
    };
    if host.parse::<std::net::Ipv4Addr>().is_ok() {
        return true;
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    let Some((name, top)) = host.rsplit_once('.') else { return false };
    let label = |label: &str| {
        !label.is_empty() && label.len() <= 63 && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    let is_top = top.len() >= 2 && (top.bytes().all(|b| b.is_ascii_alphabetic()) || strip_ci(top, "xn--").is_some());
    is_top && label(top) && name.split('.').all(label)
}

/// The absolute URL in a base64url text.
pub fn from_base64(text: &str) -> Option<Link> {
    let bytes = BASE64URL.decode(text).ok()?;
    Link::parse(std::str::from_utf8(&bytes).ok()?).ok()
}

/// A URL as base64url, without padding.
pub fn to_base64(link: &Link) -> String {
    BASE64URL.encode(link.expose())
}

fn strip_ci<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn contains_ci(text: &str, needle: &str) -> bool {
    text.as_bytes().windows(needle.len()).any(|w| w.eq_ignore_ascii_case(needle.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_read_however_it_is_written() {
        for (text, scheme, rest) in [
            ("h.example/a.mp3", None, "h.example/a.mp3"),
            ("h.example:8443/a.mp3?x=1", None, "h.example:8443/a.mp3?x=1"),
            ("192.0.2.7/a.mp3", None, "192.0.2.7/a.mp3"),
            ("xn--bcher-kva.xn--p1ai/a", None, "xn--bcher-kva.xn--p1ai/a"),
            ("https://h.example/a", Some(Scheme::Https), "h.example/a"),
            ("http:/h.example/a", Some(Scheme::Http), "h.example/a"),
            ("HTTPS:///h.example/a", Some(Scheme::Https), "h.example/a"),
            ("https%3A//h.example/a%20b", Some(Scheme::Https), "h.example/a%20b"),
            ("https%3a%2F%2Fh.example%2Fa%20b%3Fx=1", Some(Scheme::Https), "h.example/a b?x=1"),
            ("h.example%2Fa.mp3?y=2", None, "h.example/a.mp3?y=2"),
            ("h.example%2Fa.mp3%3Fx%3D1?y=2", None, "h.example/a.mp3?x=1&y=2"),
            ("%20https://h.example/a.mp3%20", Some(Scheme::Https), "h.example/a.mp3"),
            ("h.example/a.mp3?x=%20", None, "h.example/a.mp3?x=%20"),
            ("https://localhost:8080/a", Some(Scheme::Https), "localhost:8080/a"),
        ] {
            assert_eq!(Written::read(text), Some(Written { scheme, rest: rest.to_owned() }), "{text}");
        }
    }

    #[test]
    fn what_is_no_host_is_no_target() {
        for text in [
            "",
            "episode.mp3",
            "p/h",
            "episode.mp3/x",
            "a..b/x",
            "host/x",
            "h.example",
            "https://",
            "h.example:x/y",
            "https:h.example/x",
        ] {
            assert_eq!(Written::read(text), None, "{text}");
        }
    }

    #[test]
    fn base64_goes_both_ways() {
        let link = Link::parse("https://h.example/a?b=~~~").unwrap();
        assert_eq!(from_base64(&to_base64(&link)), Some(link));
        assert_eq!(from_base64("aHR0cHM6Ly9oLmV4YW1wbGUv").unwrap().expose(), "https://h.example/");
        assert_eq!(from_base64("aHR0cHM6Ly9oLmV4YW1wbGUvYQ==").unwrap().expose(), "https://h.example/a");
        assert_eq!(from_base64("not base64!"), None);
        assert_eq!(from_base64("bm8gdXJs"), None);
    }
}
