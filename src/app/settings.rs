//! What was typed becomes settings: times resolved against the clock, flags parsed.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::chain::Depth;
use crate::cli::{DepthArg, Network, Trust};
use crate::judge::apps::{PROFILES, Profile};
use crate::judge::trust::Stores;
use crate::probe;

/// Canaries that are asked when everything seems down, unless `--canary` names others.
const CANARIES: [(&str, u16); 2] = [("www.apple.com", 443), ("www.google.com", 443)];

/// What was typed and does not fit.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// `--resolve` or `--connect-to`.
    #[error(transparent)]
    Overrides(#[from] probe::overrides::OverrideError),
    /// `--at`.
    #[error(
        "--at {given:?} is no time: expected RFC 3339 such as 2026-03-15T00:00:00Z, or from now: +30d, +12h, +45m, +2w"
    )]
    At {
        /// As typed.
        given: String,
    },
    /// A host of `podprobe host` or `cert --host`.
    #[error("{given:?} is no host: expected HOST or HOST:PORT, such as cdn.example.com or cdn.example.com:8443")]
    Host {
        /// As typed.
        given: String,
    },
}

/// The apps that `--as` names, each once, in the order of the profiles; `all` names every one.
pub fn apps(names: &[String]) -> Vec<&'static Profile> {
    let all = names.iter().any(|name| name == "all");
    PROFILES.iter().filter(|app| all || names.iter().any(|name| name == app.id)).collect()
}

/// The time that `--at` names.
pub fn at(trust: &Trust, now: Timestamp) -> Result<Timestamp, SettingsError> {
    trust.at.as_deref().map_or(Ok(now), |text| time(text, now).ok_or_else(|| SettingsError::At { given: text.into() }))
}

/// RFC 3339, a bare date (its first second, UTC), or `+` or `-` with a number and one of s, m, h,
/// d (86,400 s), w.
fn time(text: &str, now: Timestamp) -> Option<Timestamp> {
    let Some(relative) = text.strip_prefix(['+', '-']) else {
        return text.parse().ok().or_else(|| {
            let date: jiff::civil::Date = text.parse().ok()?;
            jiff::tz::Offset::UTC.to_timestamp(date.to_datetime(jiff::civil::Time::midnight())).ok()
        });
    };
    let digits = relative.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: i64 = match relative.get(digits.len()..)? {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => return None,
    };
    let count: i64 = digits.parse().ok()?;
    let seconds = count.checked_mul(unit)?;
    let seconds = if text.starts_with('-') { seconds.checked_neg()? } else { seconds };
    now.checked_add(SignedDuration::from_secs(seconds)).ok()
}

/// `--depth` as the prober takes it.
pub fn depth(depth: DepthArg) -> Depth {
    match depth {
        DepthArg::Headers => Depth::Headers,
        DepthArg::Sample => Depth::Sample,
        DepthArg::Full => Depth::Full,
    }
}

/// Who is asked when everything seems down.
pub fn canaries(network: &Network) -> Vec<(String, u16)> {
    if network.canary.is_empty() {
        CANARIES.map(|(host, port)| (host.to_owned(), port)).to_vec()
    } else {
        network.canary.clone()
    }
}

/// The prober's settings.
pub fn network(network: &Network, stores: &Stores) -> Result<probe::Settings, SettingsError> {
    let resolver = match network.dns {
        Some(server) => probe::resolve::Resolver::server(server),
        None => probe::resolve::Resolver::system(),
    };
    let roots = stores.all().iter().flat_map(|store| &store.roots).map(|root| &*root.der);
    let limits = limits(network.connect_timeout, network.timeout);
    Ok(probe::Settings {
        overrides: Arc::new(probe::overrides::Overrides::parse(&network.resolve, &network.connect_to)?),
        guard: probe::guard::Guard::new(network.allow_net.clone()),
        resolver: Arc::new(resolver),
        limits,
        user_agent: network.user_agent.clone(),
        second_opinion: None,
        concurrency: usize::from(network.concurrency),
        per_host: usize::from(network.per_host),
        max_redirects: u32::from(network.max_redirects),
        fetch_tls: probe::trusting(roots),
        papers: probe::papers::Shelf::default(),
        clock: Some(super::clock::now),
    })
}

/// The limits of time. No phase outlasts the hop that it is part of; who gives a hop more time than
/// usual gives it to the server, which may take it for the head of its answer.
fn limits(connect: Duration, hop: Duration) -> probe::Limits {
    let defaults = probe::Limits::default();
    let head = if hop > defaults.hop { hop } else { defaults.head.min(hop) };
    probe::Limits {
        dns: defaults.dns.min(hop),
        connect: connect.min(hop),
        tls: defaults.tls.min(hop),
        head,
        hop,
        chain: defaults.chain.max(hop.saturating_mul(3)),
        ..defaults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_phase_outlasts_its_hop_and_a_longer_hop_is_the_servers() {
        let seconds = Duration::from_secs;
        let usual = limits(seconds(5), seconds(20));
        assert_eq!(usual, probe::Limits::default());
        let short = limits(seconds(5), Duration::from_millis(500));
        for phase in [short.dns, short.connect, short.tls, short.head, short.hop] {
            assert_eq!(phase, Duration::from_millis(500));
        }
        let long = limits(seconds(5), seconds(90));
        assert_eq!((long.connect, long.head, long.hop), (seconds(5), seconds(90), seconds(90)));
        assert!(long.chain > long.hop);
    }

    #[test]
    fn times_are_absolute_or_from_now() {
        let now: Timestamp = "2026-11-23T05:00:00Z".parse().unwrap();
        let read = |text: &str| time(text, now).map(|time| time.to_string());
        assert_eq!(read("2022-05-31T00:00:00Z").as_deref(), Some("2022-05-31T00:00:00Z"));
        assert_eq!(read("2022-05-31").as_deref(), Some("2022-05-31T00:00:00Z"));
        assert_eq!(read("+30d").as_deref(), Some("2026-12-23T05:00:00Z"));
        assert_eq!(read("+12h").as_deref(), Some("2026-11-23T17:00:00Z"));
        assert_eq!(read("-1w").as_deref(), Some("2026-11-16T05:00:00Z"));
        for wrong in ["", "+", "+d", "+30", "30d", "tomorrow", "+99999999999999999d", "+9999999999w"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
