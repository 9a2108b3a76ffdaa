//! `--resolve` and `--connect-to`, as in curl: where connections go instead of where they would.
//! Only the dialled address changes; SNI, Host and certificate checks stay with the URL.

use std::net::IpAddr;

use crate::link::Host;

const RESOLVE: &str = "--resolve";
const CONNECT_TO: &str = "--connect-to";

/// The form of `--resolve`, for messages and help.
pub const RESOLVE_FORM: &str = "HOST:PORT:ADDR[,ADDR...]";
/// The form of `--connect-to`, for messages and help.
pub const CONNECT_TO_FORM: &str = "HOST1:PORT1:HOST2:PORT2";

/// Both flags, parsed.
///
/// Order of use: first [`Overrides::target`] with the URL's host and port, then
/// [`Overrides::addresses`] with what that gave, then DNS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    resolve: Vec<Resolve>,
    connect_to: Vec<ConnectTo>,
}

/// One `--resolve`; `None` is `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Resolve {
    host: Option<Host>,
    port: Option<u16>,
    addresses: Vec<IpAddr>,
}

/// One `--connect-to`; `None` is an empty part.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ConnectTo {
    from_host: Option<Host>,
    from_port: Option<u16>,
    to_host: Option<Host>,
    to_port: Option<u16>,
}

/// A flag's value that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{flag} {text}: {why}; expected {flag} {form}")]
pub struct OverrideError {
    /// `--resolve` or `--connect-to`.
    pub flag: &'static str,
    /// As typed.
    pub text: String,
    /// The form that was expected.
    pub form: &'static str,
    /// What is wrong.
    pub why: OverrideFault,
}

/// What is wrong with a value of `--resolve` or `--connect-to`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OverrideFault {
    /// Too few or too many parts between colons.
    #[error("it has {0} parts between colons")]
    Parts(usize),
    /// `[` without `]`, or text around brackets.
    #[error("the brackets around an IPv6 address do not match")]
    Brackets,
    /// Not a host name or address.
    #[error("{0:?} is no host name")]
    Host(String),
    /// Not a number from 1 to 65535.
    #[error("{0:?} is no port")]
    Port(String),
    /// Not an IP address.
    #[error("{0:?} is no IP address")]
    Address(String),
    /// No address.
    #[error("it names no address")]
    NoAddress,
    /// curl's `+HOST:...`: an entry of its cache that times out. Nothing is cached here.
    #[error("a leading + (an entry that times out) has no meaning here, leave it out")]
    Expiring,
    /// curl's `-HOST:PORT`: takes an entry out of its cache. Nothing is cached here.
    #[error("a leading - (take an entry out of the cache) has no meaning here, leave the whole option out")]
    Removal,
}

impl Overrides {
    /// Reads the values of all `--resolve` and `--connect-to` flags, in their order.
    pub fn parse(resolve: &[String], connect_to: &[String]) -> Result<Self, OverrideError> {
        let wrong = |flag, form| move |text: &String, why| OverrideError { flag, text: text.clone(), form, why };
        let in_resolve = wrong(RESOLVE, RESOLVE_FORM);
        let in_connect_to = wrong(CONNECT_TO, CONNECT_TO_FORM);
        Ok(Self {
            resolve: resolve
                .iter()
                .map(|text| parse_resolve(text).map_err(|why| in_resolve(text, why)))
                .collect::<Result<_, _>>()?,
            connect_to: connect_to
                .iter()
                .map(|text| parse_connect_to(text).map_err(|why| in_connect_to(text, why)))
                .collect::<Result<_, _>>()?,
        })
    }

    /// Where to connect instead of this host and port (`--connect-to`): the first entry that
    /// matches decides, its empty parts keep what was; without one, what was given. Not repeated
    /// on its own result, as in curl.
    pub fn target(&self, host: &Host, port: u16) -> (Host, u16) {
        let entry = self.connect_to.iter().find(|entry| {
            entry.from_host.as_ref().is_none_or(|from| from == host) && entry.from_port.is_none_or(|from| from == port)
        });
        match entry {
            Some(entry) => (entry.to_host.clone().unwrap_or_else(|| host.clone()), entry.to_port.unwrap_or(port)),
            None => (host.clone(), port),
        }
    }

    /// The addresses that stand in for DNS (`--resolve`), in the order typed. Asked with the host
    /// and port that [`Overrides::target`] gave. An entry for this host goes before one for any
    /// host, one for this port before one for any port; of equals the last wins, as in curl.
    pub fn addresses(&self, host: &Host, port: u16) -> Option<&[IpAddr]> {
        self.resolve
            .iter()
            .filter(|entry| {
                entry.host.as_ref().is_none_or(|name| name == host) && entry.port.is_none_or(|number| number == port)
            })
            .max_by_key(|entry| (entry.host.is_some(), entry.port.is_some()))
            .map(|entry| entry.addresses.as_slice())
    }
}

fn parse_resolve(text: &str) -> Result<Resolve, OverrideFault> {
    match text.chars().next() {
        Some('+') => return Err(OverrideFault::Expiring),
        Some('-') => return Err(OverrideFault::Removal),
        _ => {}
    }
    // Everything after the second colon is addresses, so that IPv6 needs no brackets there.
    let parts = split(text, 3)?;
    let [host, port, addresses] = parts.as_slice() else { return Err(OverrideFault::Parts(parts.len())) };
    let addresses = addresses
        .split(',')
        .map(str::trim)
        .filter(|address| !address.is_empty())
        .map(|address| {
            let bare = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address);
            bare.parse().map_err(|_| OverrideFault::Address(address.to_owned()))
        })
        .collect::<Result<Vec<IpAddr>, _>>()?;
    if addresses.is_empty() {
        return Err(OverrideFault::NoAddress);
    }
    Ok(Resolve {
        host: if *host == "*" { None } else { Some(parse_host(host)?) },
        port: if *port == "*" { None } else { Some(parse_port(port)?) },
        addresses,
    })
}

fn parse_connect_to(text: &str) -> Result<ConnectTo, OverrideFault> {
    let parts = split(text, usize::MAX)?;
    let [from_host, from_port, to_host, to_port] = parts.as_slice() else {
        return Err(OverrideFault::Parts(parts.len()));
    };
    let host = |part: &str| if part.is_empty() { Ok(None) } else { parse_host(part).map(Some) };
    let port = |part: &str| if part.is_empty() { Ok(None) } else { parse_port(part).map(Some) };
    Ok(ConnectTo {
        from_host: host(from_host)?,
        from_port: port(from_port)?,
        to_host: host(to_host)?,
        to_port: port(to_port)?,
    })
}

/// Splits at colons outside brackets into at most `most` parts.
fn split(text: &str, most: usize) -> Result<Vec<&str>, OverrideFault> {
    let mut parts = Vec::new();
    let mut rest = text;
    while parts.len().saturating_add(1) < most {
        let from = if rest.starts_with('[') { rest.find(']').ok_or(OverrideFault::Brackets)? } else { 0 };
        let tail = rest.get(from..).unwrap_or_default();
        let Some(colon) = tail.find(':') else { break };
        if from > 0 && colon != 1 {
            return Err(OverrideFault::Brackets);
        }
        let (part, after) = rest.split_at(from.saturating_add(colon));
        parts.push(part);
        rest = after.get(1..).unwrap_or_default();
    }
    parts.push(rest);
    Ok(parts)
}

/// Hosts are read as in URLs, so that `--resolve bücher.example:443:...` finds `xn--bcher-kva`.
fn parse_host(text: &str) -> Result<Host, OverrideFault> {
    match url::Host::parse(text) {
        Ok(url::Host::Domain(name)) if !name.contains('*') => Ok(Host::name(&name)),
        Ok(url::Host::Ipv4(ip)) => Ok(Host::Ip(ip.into())),
        Ok(url::Host::Ipv6(ip)) => Ok(Host::Ip(ip.into())),
        Ok(url::Host::Domain(_)) | Err(_) => Err(OverrideFault::Host(text.to_owned())),
    }
}

fn parse_port(text: &str) -> Result<u16, OverrideFault> {
    match text.parse() {
        Ok(0) | Err(_) => Err(OverrideFault::Port(text.to_owned())),
        Ok(port) => Ok(port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(texts: &[&str]) -> Result<Overrides, OverrideError> {
        Overrides::parse(&texts.iter().map(ToString::to_string).collect::<Vec<_>>(), &[])
    }

    fn connect_to(texts: &[&str]) -> Result<Overrides, OverrideError> {
        Overrides::parse(&[], &texts.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    fn addresses(overrides: &Overrides, host: &str, port: u16) -> Option<String> {
        let found = overrides.addresses(&Host::name(host), port)?;
        Some(found.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    }

    fn target(overrides: &Overrides, host: &str, port: u16) -> String {
        let (host, port) = overrides.target(&Host::name(host), port);
        format!("{host} {port}")
    }

    #[test]
    fn addresses_stand_in_for_dns() {
        let given = resolve(&["CDN.example:443:192.0.2.1,[2001:db8::1],2001:db8::2", "[::1]:80:192.0.2.9"]).unwrap();
        assert_eq!(addresses(&given, "cdn.example", 443).unwrap(), "192.0.2.1 2001:db8::1 2001:db8::2");
        assert_eq!(addresses(&given, "cdn.example.", 443).unwrap(), "192.0.2.1 2001:db8::1 2001:db8::2");
        assert_eq!(addresses(&given, "cdn.example", 80), None);
        assert_eq!(addresses(&given, "other.example", 443), None);
        assert_eq!(addresses(&given, "[::1]", 80).unwrap(), "192.0.2.9");
        let idn = resolve(&["bücher.example:443:192.0.2.1"]).unwrap();
        assert!(addresses(&idn, "xn--bcher-kva.example", 443).is_some());
    }

    #[test]
    fn the_narrower_entry_wins_and_of_equals_the_last() {
        let given = resolve(&[
            "a.example:443:192.0.2.1",
            "*:443:192.0.2.2",
            "a.example:*:192.0.2.3",
            "*:*:192.0.2.4",
            "*:*:192.0.2.5",
        ])
        .unwrap();
        assert_eq!(addresses(&given, "a.example", 443).unwrap(), "192.0.2.1");
        assert_eq!(addresses(&given, "a.example", 80).unwrap(), "192.0.2.3");
        assert_eq!(addresses(&given, "b.example", 443).unwrap(), "192.0.2.2");
        assert_eq!(addresses(&given, "b.example", 80).unwrap(), "192.0.2.5");
        let host_before_port = resolve(&["a.example:*:192.0.2.3", "*:443:192.0.2.2"]).unwrap();
        assert_eq!(addresses(&host_before_port, "a.example", 443).unwrap(), "192.0.2.3");
    }

    #[test]
    fn connections_go_elsewhere_by_the_first_match() {
        let given =
            connect_to(&["a.example:443:b.example:8443", ":443::4443", "a.example::[2001:db8::1]:", ":::"]).unwrap();
        assert_eq!(target(&given, "a.example", 443), "b.example 8443");
        assert_eq!(target(&given, "c.example", 443), "c.example 4443");
        assert_eq!(target(&given, "a.example", 80), "[2001:db8::1] 80");
        assert_eq!(target(&given, "c.example", 80), "c.example 80");
        let six = connect_to(&["[2001:db8::1]:443:127.0.0.1:9"]).unwrap();
        assert_eq!(target(&six, "[2001:db8::1]", 443), "127.0.0.1 9");
        assert_eq!(target(&Overrides::default(), "a.example", 443), "a.example 443");
    }

    #[test]
    fn what_cannot_be_read_names_flag_text_and_form() {
        use OverrideFault as F;
        for (text, why) in [
            ("a.example:443", F::Parts(2)),
            ("a.example:443:", F::NoAddress),
            ("a.example:443:,", F::NoAddress),
            ("a.example:http:192.0.2.1", F::Port("http".into())),
            ("a.example:0:192.0.2.1", F::Port("0".into())),
            ("a.example:70000:192.0.2.1", F::Port("70000".into())),
            ("a.example:443:b.example", F::Address("b.example".into())),
            (":443:192.0.2.1", F::Host(String::new())),
            ("*.example:443:192.0.2.1", F::Host("*.example".into())),
            ("[::1:443:192.0.2.1", F::Brackets),
            ("[::1]x:443:192.0.2.1", F::Brackets),
            ("+a.example:443:192.0.2.1", F::Expiring),
            ("-a.example:443", F::Removal),
            ("", F::Parts(1)),
        ] {
            let error = resolve(&[text]).unwrap_err();
            assert_eq!(error.why, why, "{text}");
            assert!(error.to_string().contains("--resolve HOST:PORT:ADDR[,ADDR...]"), "{error}");
        }
        for (text, why) in [
            ("a:1:b", F::Parts(3)),
            ("a:1:b:2:c", F::Parts(5)),
            ("a:x:b:2", F::Port("x".into())),
            ("a:1:b b:2", F::Host("b b".into())),
            ("2001:db8::1:443:b:2", F::Parts(7)),
        ] {
            let error = connect_to(&[text]).unwrap_err();
            assert_eq!(error.why, why, "{text}");
            assert!(error.to_string().contains("--connect-to HOST1:PORT1:HOST2:PORT2"), "{error}");
        }
    }
}
