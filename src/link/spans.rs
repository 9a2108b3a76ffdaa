//! Where the parts of a URL stand in its text; and the short way to know that of a URL which is so
//! plain that reading it changes nothing, as nearly all are that feeds and redirects hold.

use url::{Position, Url};

use super::MAX_URL_BYTES;

/// Offsets into the text of an http or https URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spans {
    /// Where the host begins, behind userinfo.
    pub(super) host: u16,
    pub(super) host_end: u16,
    pub(super) path: u16,
    /// Where the path ends: at the `?` of the query, or with the text.
    pub(super) path_end: u16,
    /// Where it is not the scheme's own.
    pub(super) port: Option<u16>,
}

impl Spans {
    /// Those of a URL that was read. Nothing where it is too long for them.
    pub(super) fn of(url: &Url) -> Option<Self> {
        let at = |position: Position| u16::try_from(url[..position].len()).ok();
        Some(Self {
            host: at(Position::BeforeHost)?,
            host_end: at(Position::AfterHost)?,
            path: at(Position::BeforePath)?,
            path_end: at(Position::AfterPath)?,
            port: url.port(),
        })
    }

    /// Those of a text that a reader of URLs (WHATWG) would leave as it is: `http://` or `https://`, a
    /// name in lower case, perhaps a port, a path, perhaps a query, and nothing in them that means more
    /// than itself. Nothing where there is any doubt.
    pub(super) fn of_plain(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() > MAX_URL_BYTES {
            return None;
        }
        let rest = bytes.strip_prefix(b"http")?;
        let (rest, own_port) = rest.strip_prefix(b"s").map_or((rest, 80), |rest| (rest, 443));
        let rest = rest.strip_prefix(b"://")?;
        let host = bytes.len() - rest.len();
        let host_end = host + host_size(rest)?;
        let (port, written) = match bytes.get(host_end..)?.strip_prefix(b":") {
            Some(behind) => {
                port(behind).filter(|(port, _)| *port != own_port).map(|(port, size)| (Some(port), 1 + size))?
            }
            None => (None, 0),
        };
        let path = host_end + written;
        let tail = bytes.get(path..).filter(|tail| tail.first() == Some(&b'/'))?;
        let length = tail.iter().position(|&byte| !is(byte, PATH)).unwrap_or(tail.len());
        let (inner, query) = tail.split_at_checked(length)?;
        if has_dots(inner) || !query.strip_prefix(b"?").unwrap_or(query).iter().all(|&byte| is(byte, QUERY)) {
            return None;
        }
        let small = |at: usize| u16::try_from(at).ok();
        Some(Self {
            host: small(host)?,
            host_end: small(host_end)?,
            path: small(path)?,
            path_end: small(path + length)?,
            port,
        })
    }
}

/// The length of the host, where it is a name beyond doubt: no address (the last label begins with a
/// letter, 3.5 of the standard), nothing in Punycode, which may be unfit.
fn host_size(rest: &[u8]) -> Option<usize> {
    let size = rest.iter().position(|&byte| !is(byte, HOST))?;
    let host = rest.get(..size)?;
    let mut before = b'.';
    let mut label = 0;
    for (at, &byte) in host.iter().enumerate() {
        if before == b'.' {
            label = at;
        }
        // An empty label, or `--`, as in `xn--`.
        if byte == before && !byte.is_ascii_alphanumeric() {
            return None;
        }
        before = byte;
    }
    let sound = host.get(label)?.is_ascii_lowercase() && before != b'.' && size <= 253;
    sound.then_some(size)
}

/// A port and how many digits it has, where it is written as a reader of URLs would write it.
fn port(text: &[u8]) -> Option<(u16, usize)> {
    let size = text.iter().position(|byte| !byte.is_ascii_digit())?;
    let digits = text.get(..size).filter(|digits| !digits.starts_with(b"0"))?;
    let port = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some((port, size))
}

/// Whether a path may hold a segment of dots, plain or encoded, which would be taken out.
fn has_dots(path: &[u8]) -> bool {
    path.windows(2).any(|pair| pair == b"/.") || memchr::memmem::find(path, b"/%2").is_some()
}

/// What a byte may be part of.
const HOST: u8 = 1;
const PATH: u8 = 2;
const QUERY: u8 = 4;

const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut rest: &mut [u8] = &mut classes;
    let mut byte = 0_u8;
    while let Some((class, others)) = rest.split_first_mut() {
        *class = match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' => HOST | PATH | QUERY,
            b'?' => QUERY,
            _ if byte.is_ascii_uppercase() || holds(b"_~!$&()*+,;=:@%/", byte) => PATH | QUERY,
            _ => 0,
        };
        byte = byte.wrapping_add(1);
        rest = others;
    }
    classes
};

const fn holds(mut set: &[u8], byte: u8) -> bool {
    while let Some((first, rest)) = set.split_first() {
        if *first == byte {
            return true;
        }
        set = rest;
    }
    false
}

fn is(byte: u8, class: u8) -> bool {
    CLASSES.get(usize::from(byte)).is_some_and(|classes| classes & class != 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> (String, Spans) {
        let url = Url::parse(text).unwrap();
        let spans = Spans::of(&url).unwrap();
        (url.into(), spans)
    }

    #[test]
    fn plain_urls_take_the_short_way() {
        for text in [
            "https://h.example/",
            "http://h/a",
            "https://p.example/e/h.example/a%20b.mp3?x=1&y=%3F/?.",
            "https://p.example/e/https://h.example/a",
            "https://1.2.example/a//b?",
            "https://a-b.c-/x..y",
            "https://h.example:8443/a",
            "http://h.example:443/a",
            "https://h.example:65535/",
        ] {
            assert_eq!(Spans::of_plain(text), Some(read(text).1), "{text}");
        }
    }

    #[test]
    fn whatever_is_in_doubt_goes_the_long_way() {
        for text in [
            "https://h.example",
            "https://h.example?x",
            "HTTPS://h.example/",
            "https://H.example/",
            "https:/h.example/",
            "https:///h.example/",
            "https://u@h.example/",
            "https://h.example:443/",
            "http://h.example:80/",
            "https://h.example:/",
            "https://h.example:08443/",
            "https://h.example:65536/",
            "https://h.example:8443",
            "https://h.example:8443?x",
            "https://h.example:8443a/",
            "https://h.example:+8443/",
            "https://h.example./",
            "https://h..example/",
            "https://.example/",
            "https://./",
            "https://192.0.2.7/",
            "https://h.1/",
            "https://0x7f/",
            "https://h.0x7f/",
            "https://[2001:db8::1]/",
            "https://xn--bcher-kva.example/",
            "https://b\u{fc}cher.example/",
            "https://h.example/a/../b",
            "https://h.example/a/.",
            "https://h.example/%2e%2E/b",
            "https://h.example/.%2e/b",
            "https://h.example/a b",
            "https://h.example/a\\b",
            "https://h.example/\u{e9}",
            "https://h.example/a#b",
            "https://h.example/?a#b",
            "https://h.example/?a'b",
            "https://h.example/a|b",
            "https://h.example/a\tb",
            " https://h.example/",
            "ftp://h.example/",
        ] {
            assert_eq!(Spans::of_plain(text), None, "{text}");
        }
        assert_eq!(Spans::of_plain(&format!("https://h.example/{}", "a".repeat(MAX_URL_BYTES))), None);
        assert_eq!(Spans::of_plain(&format!("https://{}/", "a.".repeat(200) + "b")), None);
    }

    proptest! {
        #[test]
        fn the_short_way_leads_where_the_long_one_does(
            text in "https?://[a-z0-9.xn-]{1,12}(/|:|:[0-9]{1,6}/|:80/|:443/|)[ -~]{0,12}(/[.%2eE]{0,4}/|)[a-z/.?=%&']{0,12}"
        ) {
            if let Some(spans) = Spans::of_plain(&text) {
                prop_assert_eq!((text.clone(), spans), read(&text));
            }
        }
    }
}
