//! `link` parses: a URL that is comparable, printable and redactable; its origin; the planned
//! route written in a prefix URL (`route`). Nothing here resolves a name or opens a socket.
//!
//! Printing a [`Link`] redacts it. The text that goes on the wire is asked for by name:
//! [`Link::expose`].

pub mod route;
mod spans;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use url::Url;

use self::spans::Spans;

/// The longest URL that is followed, in bytes (limit table of the TLS page: 8 KiB).
pub const MAX_URL_BYTES: usize = 8 * 1024;

/// What stands where a secret stood.
pub const REDACTED: &str = "***";

/// An absolute `http` or `https` URL with a host, at most [`MAX_URL_BYTES`] long, normalised as the
/// WHATWG's standard has it. A clone shares the text.
///
/// `Display` and `Debug` print it redacted; equality, order and hash are those of the whole URL
/// without its fragment, which is never sent.
#[derive(Clone)]
pub struct Link {
    text: Arc<str>,
    spans: Spans,
}

impl PartialEq for Link {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
impl Eq for Link {}
impl PartialOrd for Link {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Link {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}
impl Hash for Link {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

/// Why a text is no [`Link`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Nothing but white space.
    #[error("the URL is empty")]
    Empty,
    /// A relative reference where nothing says what it is relative to.
    #[error("the URL is relative and nothing says to what")]
    Relative,
    /// A scheme other than http and https.
    #[error("the scheme is {0}, not http or https")]
    Scheme(String),
    /// Longer than [`MAX_URL_BYTES`].
    #[error("the URL is {0} bytes long; at most {MAX_URL_BYTES} are followed")]
    TooLong(usize),
    /// No host, a port out of range, and the like.
    #[error("the URL cannot be read: {0}")]
    Unparsable(url::ParseError),
}

impl Link {
    /// Reads an absolute URL. White space around it is dropped, as browsers do.
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        Self::resolve(None, text)
    }

    /// Reads `text` relative to this link, as for a `Location` header (RFC 9110 10.2.2).
    pub fn join(&self, text: &str) -> Result<Self, LinkError> {
        Self::resolve(Some(self), text)
    }

    fn resolve(base: Option<&Self>, text: &str) -> Result<Self, LinkError> {
        if let Some(spans) = Spans::of_plain(text) {
            return Ok(Self { text: text.into(), spans });
        }
        let text = text.trim_matches(|c: char| c.is_ascii_whitespace() || c.is_control());
        if text.is_empty() {
            return Err(LinkError::Empty);
        }
        if text.len() > MAX_URL_BYTES {
            return Err(LinkError::TooLong(text.len()));
        }
        if let Some(scheme) = other_scheme(text) {
            return Err(LinkError::Scheme(scheme));
        }
        let base = base.map(Self::to_url).transpose()?;
        let mut url = match Url::options().base_url(base.as_ref()).parse(text) {
            Ok(url) => url,
            Err(url::ParseError::RelativeUrlWithoutBase) => return Err(LinkError::Relative),
            Err(why) => return Err(LinkError::Unparsable(why)),
        };
        if !matches!(url.scheme(), "http" | "https") {
            return Err(LinkError::Scheme(url.scheme().chars().take(32).collect()));
        }
        // `https://./x`: a name of nothing but the root is no host, nor is one that ends in empty labels:
        // without them it may be another (RFC 1035 2.3.1; `https://h.1../` is no number).
        if url.host_str().is_none_or(|host| host == "." || host.is_empty() || host.ends_with("..")) {
            return Err(LinkError::Unparsable(url::ParseError::EmptyHost));
        }
        url.set_fragment(None);
        let fits = Spans::of(&url).filter(|_| url.as_str().len() <= MAX_URL_BYTES);
        let spans = fits.ok_or_else(|| LinkError::TooLong(url.as_str().len()))?;
        Ok(Self { text: url.as_str().into(), spans })
    }

    /// The whole URL with its secrets, for the wire and for comparing; never for printing.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// What [`Link::expose`] gives, shared and not copied.
    pub fn to_text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// The URL read again, secrets included, to be changed part by part. What it was read from once
    /// reads as the same.
    pub fn to_url(&self) -> Result<Url, LinkError> {
        Url::parse(&self.text).map_err(LinkError::Unparsable)
    }

    fn part(&self, from: u16, to: u16) -> &str {
        self.text.get(usize::from(from)..usize::from(to)).unwrap_or_default()
    }

    /// Whether the scheme is https.
    pub fn is_https(&self) -> bool {
        self.text.starts_with("https:")
    }

    /// The host as the URL has it: a name in lower case, perhaps with a dot at its end, or an address,
    /// in brackets where it is of IPv6.
    pub fn host_str(&self) -> &str {
        self.part(self.spans.host, self.spans.host_end)
    }

    /// The path, from its slash on.
    pub fn path(&self) -> &str {
        self.part(self.spans.path, self.spans.path_end)
    }

    /// What stands behind the `?`, where there is one.
    pub fn query(&self) -> Option<&str> {
        self.text.get(usize::from(self.spans.path_end)..)?.strip_prefix('?')
    }

    /// Scheme, host and port: what a connection is made to.
    pub fn origin(&self) -> Origin {
        let scheme = if self.is_https() { Scheme::Https } else { Scheme::Http };
        let port = self.spans.port.unwrap_or(scheme.default_port());
        let host = match self.host_name() {
            Some(name) => Host::Name(name.to_owned()),
            None => Host::name(self.host_str()),
        };
        Origin { scheme, host, port }
    }

    /// The host's name, in lower case and without the root's dot; `None` for an address.
    pub fn host_name(&self) -> Option<&str> {
        let host = self.host_str();
        // Asked several times a hop: what cannot be an address is not read as one.
        let is_address = match host.as_bytes() {
            [b'[', ..] => true,
            [b'0'..=b'9', ..] => host.parse::<Ipv4Addr>().is_ok(),
            _ => false,
        };
        (!is_address).then(|| host.trim_end_matches('.'))
    }

    /// Path and query as sent in the request line; userinfo and fragment are not part of it.
    pub fn request_target(&self) -> &str {
        self.text.get(usize::from(self.spans.path)..).unwrap_or_default()
    }

    /// User name and password written in the URL, percent-decoded.
    pub fn userinfo(&self) -> Option<(String, String)> {
        let (_, rest) = self.text.get(..usize::from(self.spans.host))?.split_once("://")?;
        let rest = rest.strip_suffix('@')?;
        let (name, password) = rest.split_once(':').unwrap_or((rest, ""));
        let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        Some((decode(name), decode(password)))
    }

    /// Whether the query holds the value of a secret parameter, as [`redact`] hides it; also within a
    /// URL that is written there.
    pub fn carries_token(&self) -> bool {
        let Some(query) = self.query() else { return false };
        parameters(query).any(|(name, value)| !value.is_empty() && is_secret_name(name))
    }

    /// The form in which two URLs that ask for the same thing are equal: no userinfo, no scheme,
    /// percent-encoding decoded once, `https:/` in the path as `https://`, host in lower case.
    /// Used to tell whether a redirect led where the prefix URL says (`route-mismatch`).
    pub fn canonical(&self) -> String {
        let host = self.host_str().trim_end_matches('.');
        let port = self.spans.port.map(|port| format!(":{port}")).unwrap_or_default();
        let path = percent_decode_str(self.path()).decode_utf8_lossy().into_owned();
        let query = self.query().map(|q| format!("?{}", percent_decode_str(q).decode_utf8_lossy()));
        let whole = format!("{host}{port}{}{}", collapse_schemes(&path), query.unwrap_or_default());
        whole.trim_end().to_owned()
    }
}

/// The scheme that a text begins with, in lower case, where it is another than http and https: whatever
/// follows, that is why it cannot be asked for.
fn other_scheme(text: &str) -> Option<String> {
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let (scheme, _) = text.split_once(':').filter(|(scheme, _)| scheme.chars().all(is_scheme))?;
    let other = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    other.then(|| scheme.chars().take(32).map(|c| c.to_ascii_lowercase()).collect())
}

/// `https://x` and `https:/x` inside a path mean the same; the shorter form is the canonical one.
fn collapse_schemes(path: &str) -> String {
    path.replace("https://", "https:/").replace("http://", "http:/").trim_end().to_owned()
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redact(&self.text))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({self})")
    }
}

/// Query parameters whose values are never shown, in lower case; those that begin with
/// `x-amz-` or `x-goog-` belong to them.
const SECRET_PARAMETERS: &[&str] = &[
    "token",
    "access_token",
    "auth",
    "authorization",
    "key",
    "apikey",
    "api_key",
    "sig",
    "signature",
    "password",
    "passwd",
    "pass",
    "secret",
    "client_secret",
    "jwt",
    "policy",
    "key-pair-id",
    "hdnts",
    "hdnea",
    "hmac",
    "session",
    "sessionid",
    "sid",
    "code",
    "credential",
    "x-signature",
    "bearer",
];

/// Any text that holds or is a URL, with userinfo and the values of secret query parameters
/// replaced by [`REDACTED`]. Works on texts that do not parse as well, so that a broken URL
/// betrays no more than a sound one. URLs written inside a URL are redacted with it.
pub fn redact(text: &str) -> String {
    // Secrets stand before an @ or behind a =, plain or percent-encoded.
    if !text.bytes().any(|byte| matches!(byte, b'@' | b'=' | b'%')) {
        return text.to_owned();
    }
    let text = redact_userinfo(text);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    let mut hidden = false;
    while let Some((before, value_start)) = next_parameter(rest) {
        let (head, tail) = rest.split_at(value_start);
        out.push_str(head);
        if is_secret_name(before) {
            let end = value_end(tail);
            if end > 0 {
                out.push_str(REDACTED);
                hidden = true;
            }
            rest = tail.get(end..).unwrap_or_default();
        } else {
            rest = tail;
        }
    }
    out.push_str(rest);
    // A slash in a value that is gone may have been the end of what reads as a host.
    if hidden { redact_userinfo(&out) } else { out }
}

/// Every `name=value` of a text. A value may itself hold parameters, which come as well.
fn parameters(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (name, start) = next_parameter(rest)?;
        rest = rest.get(start..).unwrap_or_default();
        Some((name, rest.get(..value_end(rest)).unwrap_or_default()))
    })
}

/// The next `name=`: the name, and where its value begins. Parameters begin after `?`, `&`, `;` or
/// `#`, plain or percent-encoded once (%3F, %26).
fn next_parameter(text: &str) -> Option<(&str, usize)> {
    let (at, width) = match (text.find('='), find_ci(text, "%3d")) {
        (Some(plain), Some(coded)) if coded < plain => (coded, 3),
        (Some(plain), _) => (plain, 1),
        (None, Some(coded)) => (coded, 3),
        (None, None) => return None,
    };
    let head = text.get(..at)?;
    let mut start = head.rfind(['?', '&', ';', '#', '/', ' ']).map_or(0, |i| i + 1);
    for coded in ["%3f", "%26", "%23"] {
        if let Some(i) = rfind_ci(head, coded) {
            start = start.max(i + 3);
        }
    }
    Some((head.get(start..)?, at + width))
}

fn value_end(text: &str) -> usize {
    let plain = text.find(['&', '#', ';', ' ', '"', '<', '>', '\'']).unwrap_or(text.len());
    find_ci(text, "%26").map_or(plain, |coded| coded.min(plain))
}

fn is_secret_name(name: &str) -> bool {
    let name = percent_decode_str(name).decode_utf8_lossy().to_ascii_lowercase();
    SECRET_PARAMETERS.contains(&name.as_str()) || name.starts_with("x-amz-") || name.starts_with("x-goog-")
}

fn redact_userinfo(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // `user:password@host/path`, the scheme forgotten.
    let start = text.split(['/', '?', '#', ' ']).next().unwrap_or_default();
    if let Some((secret, _)) = start.rsplit_once('@').filter(|(secret, _)| secret.contains(':')) {
        out.push_str(REDACTED);
        rest = text.get(secret.len()..).unwrap_or_default();
    }
    while let Some(at) = rest.find("//") {
        let (head, tail) = rest.split_at(at + 2);
        out.push_str(head);
        let authority_end = tail.find(['/', '?', '#', ' ', '"', '<', '>', '\\']).unwrap_or(tail.len());
        let authority = tail.get(..authority_end).unwrap_or_default();
        if let Some(sign) = authority.rfind('@') {
            out.push_str(REDACTED);
            rest = tail.get(sign..).unwrap_or_default();
        } else {
            rest = tail;
        }
    }
    out.push_str(rest);
    out
}

fn find_ci(text: &str, needle: &str) -> Option<usize> {
    text.as_bytes().windows(needle.len()).position(|w| w.eq_ignore_ascii_case(needle.as_bytes()))
}

fn rfind_ci(text: &str, needle: &str) -> Option<usize> {
    text.as_bytes().windows(needle.len()).rposition(|w| w.eq_ignore_ascii_case(needle.as_bytes()))
}

/// http or https.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Cleartext.
    Http,
    /// Over TLS.
    Https,
}

impl Scheme {
    /// 80 or 443.
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }

    /// As written in a URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// The host of an origin: a name in lower case without a trailing dot, or an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// A DNS name (in its ASCII form).
    Name(String),
    /// An address written in the URL.
    Ip(IpAddr),
}

impl Host {
    /// A name or address as typed; brackets around IPv6 are accepted.
    pub fn name(text: &str) -> Self {
        let bare = text.trim_start_matches('[').trim_end_matches(']');
        if let Ok(ip) = bare.parse::<Ipv4Addr>() {
            return Self::Ip(ip.into());
        }
        if let Ok(ip) = bare.parse::<Ipv6Addr>() {
            return Self::Ip(ip.into());
        }
        Self::Name(text.trim_end_matches('.').to_ascii_lowercase())
    }

    /// The registrable domain by the Public Suffix List; the host itself where there is none.
    pub fn registrable(&self) -> String {
        match self {
            Self::Name(name) => psl::domain_str(name).unwrap_or(name).to_owned(),
            Self::Ip(ip) => ip.to_string(),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Ip(IpAddr::V4(ip)) => ip.fmt(f),
            Self::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]"),
        }
    }
}

/// Scheme, host and port. Prints as `https://host:443`, the port always there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// http or https.
    pub scheme: Scheme,
    /// Name or address.
    pub host: Host,
    /// The port, the default one included.
    pub port: u16,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.scheme.as_str(), self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_other_than_http_are_named() {
        assert_eq!(Link::parse("local:///a.mp3"), Err(LinkError::Scheme("local".into())));
        assert_eq!(Link::parse("  "), Err(LinkError::Empty));
        assert_eq!(Link::parse("a.mp3"), Err(LinkError::Relative));
        for no_host in ["https://", "https://./a", "https://../a", "https:./a.mp3", "http://u@./"] {
            assert!(matches!(Link::parse(no_host), Err(LinkError::Unparsable(_))), "{no_host}");
        }
    }

    #[test]
    fn a_host_that_ends_in_empty_labels_is_none() {
        for text in ["https://./x", "https://../x", "https://h.example../x", "https:c.afx,amplerb.ft.1..../h"] {
            assert!(Link::parse(text).is_err(), "{text}");
        }
        assert_eq!(Link::parse("https://h.example./x").unwrap().origin().to_string(), "https://h.example:443");
    }

    #[test]
    fn an_origin_always_shows_its_port() {
        let origin = |text: &str| Link::parse(text).unwrap().origin().to_string();
        assert_eq!(origin("https://CDN.Example./x"), "https://cdn.example:443");
        assert_eq!(origin("http://[2001:db8::1]/x"), "http://[2001:db8::1]:80");
        assert_eq!(origin("http://192.0.2.7:8080/"), "http://192.0.2.7:8080");
    }

    #[test]
    fn secrets_are_never_printed() {
        for (given, shown) in [
            ("https://u:p@h.example/a?x=1", "https://***@h.example/a?x=1"),
            ("https://h.example/a?token=abc&x=1", "https://h.example/a?token=***&x=1"),
            ("https://h.example/a?X-Amz-Signature=abc#f", "https://h.example/a?X-Amz-Signature=***#f"),
            ("https://h.example/a?x=1&Key-Pair-Id=K", "https://h.example/a?x=1&Key-Pair-Id=***"),
            (
                "https://p.example/e/https%3A//h.example/a%3Fsig%3Dabc%26x=2",
                "https://p.example/e/https%3A//h.example/a%3Fsig%3D***%26x=2",
            ),
            ("https://p.example/e/https://u:p@h.example/a", "https://p.example/e/https://***@h.example/a"),
            ("not a url ?password=hunter2", "not a url ?password=***"),
            ("alice:hunter2@example.com/feed.xml?auth=S", "***@example.com/feed.xml?auth=***"),
            ("mailto me@example.com", "mailto me@example.com"),
            ("https://h.example/monkey=1?monkey=2", "https://h.example/monkey=1?monkey=2"),
            ("https://token=abc@h.example/a", "https://***@h.example/a"),
            ("x//u@h&token=a/b&x=@c", "x//***@c"),
        ] {
            assert_eq!(redact(given), shown);
            assert_eq!(redact(&redact(given)), redact(given), "redacting twice changes nothing");
        }
    }

    #[test]
    fn a_token_is_a_secret_in_the_query() {
        let carries = |text: &str| Link::parse(text).unwrap().carries_token();
        for url in [
            "https://h.example/a?token=abc",
            "https://h.example/a?x=1&X-Amz-Signature=abc",
            "https://h.example/a?to%6ben=abc",
            "https://p.example/e?u=https%3A//h.example/a%3Fsig%3Dabc",
        ] {
            assert!(carries(url), "{url}");
            assert!(redact(url).contains(REDACTED), "what is withheld is never shown either");
        }
        for url in [
            "https://h.example/a",
            "https://h.example/a?x=1&token=",
            "https://h.example/token=abc/a?x",
            "https://u:p@h.example/a",
        ] {
            assert!(!carries(url), "{url}");
        }
    }

    #[test]
    fn canonical_form_ignores_how_it_is_written() {
        let canonical = |text: &str| Link::parse(text).unwrap().canonical();
        assert_eq!(
            canonical("http://H.example/a%20b/https:/c.example/x"),
            canonical("https://h.example/a b/https://c.example/x")
        );
        assert_eq!(canonical("https://h.example/%41?q=%41"), canonical("https://h.example/A?q=A"));
        assert_eq!(canonical("https://h.example/a?x=1%20"), canonical("https://h.example/a?x=1"));
        assert_ne!(canonical("https://h.example/a"), canonical("https://h.example/b"));
    }
}
