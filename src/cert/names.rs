//! Names against hosts, as RFC 9525 says: subject alternative names alone, a wildcard for the
//! whole leftmost label alone.

use crate::cert::{Certificate, Name};
use crate::link::Host;

/// Whether one of the certificate's subject alternative names covers this host. The common name
/// does not count. A host that is an address is covered by iPAddress entries alone.
pub fn matches(cert: &Certificate, host: &Host) -> bool {
    cert.names.iter().any(|name| match (name, host) {
        (Name::Ip(ip), Host::Ip(host)) => ip == host,
        (Name::Dns(pattern), Host::Name(host)) => covers(pattern, host),
        _ => false,
    })
}

/// RFC 9525 6.3. At least two labels must stand behind a wildcard: `*.com` covers nothing.
pub(super) fn covers(pattern: &str, host: &str) -> bool {
    let host = host.trim_end_matches('.');
    if host.is_empty() || host.split('.').any(str::is_empty) {
        return false;
    }
    match pattern.strip_prefix("*.") {
        None => !pattern.contains('*') && pattern.eq_ignore_ascii_case(host),
        Some(suffix) => {
            let Some((_, rest)) = host.split_once('.') else { return false };
            suffix.contains('.') && !suffix.contains('*') && rest.eq_ignore_ascii_case(suffix)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_wildcard_covers_the_leftmost_label_and_no_more() {
        for (pattern, host, expected) in [
            ("cdn.example.com", "cdn.example.com", true),
            ("cdn.example.com", "CDN.example.com.", true),
            ("cdn.example.com", "www.cdn.example.com", false),
            ("*.example.com", "a.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "a.b.example.com", false),
            ("*.example.com", ".example.com", false),
            ("*.com", "example.com", false),
            ("*", "example", false),
            ("*.*.com", "a.b.com", false),
            ("a*.example.com", "ab.example.com", false),
            ("a.*.com", "a.b.com", false),
            ("*.example.com", "xn--bcher-kva.example.com", true),
            ("", "", false),
        ] {
            assert_eq!(covers(pattern, host), expected, "{pattern} {host}");
        }
    }
}
