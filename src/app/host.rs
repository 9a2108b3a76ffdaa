//! `podprobe host`: every address of hosts.

use std::sync::Arc;

use super::origins::Origins;
use super::{Exit, Fault, catalogue, check, clock, interrupt, output, settings, stores};
use crate::cli::{HostCommand, PlainFormat};
use crate::judge::{Judge, Policy};
use crate::link::{Host, Link, Origin, Scheme};
use crate::report;

pub(super) async fn run(arguments: &HostCommand) -> Result<Exit, Fault> {
    output::start_log(arguments.output.verbose);
    let now = clock::now();
    let at = settings::at(&arguments.trust, now)?;
    let hosts = arguments.hosts.iter().map(|text| origin(text)).collect::<Result<Vec<_>, _>>()?;
    let stores = Arc::new(stores::load(&arguments.trust)?);
    let catalogue = catalogue::load(&arguments.parties.catalog)?;
    let prober = check::prober(settings::network(&arguments.network, &stores)?, Arc::clone(&stores), now);
    let round = prober.round();
    interrupt::stops(&round);
    let origins = Origins::new(round.clone(), Arc::clone(&stores), at);
    let sightings = futures_util::future::join_all(hosts.iter().map(|origin| origins.sighting(origin))).await;

    let policy = Policy::default();
    let mut judge = Judge::new(&policy, at, &stores, &catalogue);
    let judged: Vec<_> = sightings
        .iter()
        .map(|sighting| (Arc::clone(sighting), judge.origin(sighting), catalogue.who_origin(sighting)))
        .collect();
    let canaries =
        if judge.wants_canaries() { round.canaries(&settings::canaries(&arguments.network)).await } else { Vec::new() };
    let conclusion = judge.conclude(&canaries);
    let parts = judged.iter().map(|(sighting, verdict, party)| (&**sighting, verdict, party));
    let report = report::origins(parts, &conclusion, at, round.is_stopped());
    let text = match arguments.format {
        PlainFormat::Text => report::text::host(&report, &output::style(&arguments.output)),
        PlainFormat::Json => output::json(&report),
    };
    output::deliver(&text, arguments.output.output.as_deref())?;
    let interrupted = if round.is_stopped() { Exit::Interrupted } else { Exit::Ok };
    let offline = if conclusion.offline { Exit::Unknown } else { Exit::Ok };
    Ok(Exit::after(&conclusion, arguments.output.fail_on).or(offline).or(interrupted))
}

/// `HOST`, `HOST:PORT`, `[v6]:PORT`, a bare IPv6 address, or a URL (of which the origin counts).
fn origin(text: &str) -> Result<Origin, settings::SettingsError> {
    let fault = || settings::SettingsError::Host { given: text.to_owned() };
    if text.contains("://") {
        return Link::parse(text).map(|link| link.origin()).map_err(|_| fault());
    }
    if let Ok(ip) = text.parse() {
        return Ok(Origin { scheme: Scheme::Https, host: Host::Ip(ip), port: 443 });
    }
    let url = format!("https://{text}/");
    let link = Link::parse(&url).map_err(|_| fault())?;
    let bare = link.userinfo().is_none() && link.path() == "/" && link.query().is_none();
    if bare && !text.contains(['/', '?', '#']) { Ok(link.origin()) } else { Err(fault()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_with_and_without_ports() {
        let read = |text: &str| origin(text).map(|origin| origin.to_string()).ok();
        assert_eq!(read("CDN.example").as_deref(), Some("https://cdn.example:443"));
        assert_eq!(read("cdn.example:8443").as_deref(), Some("https://cdn.example:8443"));
        assert_eq!(read("2001:db8::1").as_deref(), Some("https://[2001:db8::1]:443"));
        assert_eq!(read("[2001:db8::1]:8443").as_deref(), Some("https://[2001:db8::1]:8443"));
        assert_eq!(read("http://cdn.example/x").as_deref(), Some("http://cdn.example:80"));
        for wrong in ["", "a b", "a/b", "u@h", "h:99999", "h?x"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
