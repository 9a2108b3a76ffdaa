//! Extra endpoints: what a host offers besides audio and must work all the same, its CMS or API.
//! They stand in the configuration of the daemon, so `check` knows none.

use crate::chain::Chain;
use crate::judge::walk::{Ending, Walk};
use crate::judge::{Code, Finding, Subject, SubjectKind, say};
use crate::link::Link;

/// An endpoint that was asked with GET.
#[derive(Clone, Copy, Debug)]
pub struct EndpointCase<'a> {
    /// What the configuration calls it.
    pub name: &'a str,
    /// What was asked for.
    pub url: &'a Link,
    /// What came of it.
    pub chain: &'a Chain,
    /// Statuses that are fine; any below 400 where none is named.
    pub expect: &'a [u16],
    /// The findings of the round: an origin's own fault on the way is a fault of the endpoint.
    pub findings: &'a [Finding],
}

/// `publishing-down`, where the endpoint does not do what it should. `None` too where nothing can be
/// said: the round was stopped, or the guard kept the request.
pub fn publishing(case: &EndpointCase<'_>) -> Option<Finding> {
    let walk = Walk::of(case.chain);
    let status = |answer: &crate::chain::Answer| {
        let fine = if case.expect.is_empty() { answer.status < 400 } else { case.expect.contains(&answer.status) };
        (!fine).then(|| say::status(answer.status))
    };
    let by_walk = match walk.ending {
        Ending::Reached(hop) => hop.request.fact().and_then(status),
        // Where 404 or 401 is what is expected, it is an end like any other.
        Ending::Refused(_, answer) => status(answer),
        Ending::NoConnection(hop) => {
            let dns = hop.dns.failure().map(say::dns);
            let connect = match hop.connect.failure() {
                Some(crate::chain::ConnectFailure::Blocked(_)) => return None,
                other => other.map(say::connect),
            };
            Some(dns.or(connect).or_else(|| hop.tls.failure().map(say::tls)).unwrap_or_default())
        }
        // It was not asked: no secret goes to whom does not prove who it is.
        Ending::NoAnswer(_, crate::chain::RequestFailure::Withheld(_)) if fault(case).is_none() => return None,
        Ending::NoAnswer(_, why) => Some(say::request(why)),
        Ending::Circle(..) => Some("its redirects go round in a circle".to_owned()),
        Ending::TooMany(_, limit) => Some(format!("it redirects more than {limit} times")),
        Ending::Lost(..) => Some("its redirect leads nowhere".to_owned()),
        Ending::Interrupted => return None,
    };
    let why = match (fault(case), by_walk) {
        (Some(fault), _) => fault.summary.trim_end_matches('.').to_owned(),
        (None, Some(why)) => why,
        (None, None) => return None,
    };
    let subject = Subject {
        kind: SubjectKind::Origin,
        id: case.url.to_string(),
        name: format!("{} ({})", case.name, case.url.origin().host),
    };
    let summary = format!("New episodes cannot be published through {}: {why}.", case.name);
    let place = walk.last().map(|hop| say::hop(case.chain, hop)).unwrap_or_default();
    let detail = format!("GET {} ended at {place}.{}", case.url, say::confirmed(case.chain));
    Some(Finding::new(Code::PublishingDown, subject, summary, detail).at(case.url.origin()))
}

/// The fault of an origin on the way that explains the endpoint's.
fn fault<'a>(case: &EndpointCase<'a>) -> Option<&'a Finding> {
    case.chain.hops.iter().map(|hop| hop.url.origin()).find_map(|origin| {
        case.findings.iter().find(|finding| finding.is_fault() && finding.origin.as_ref() == Some(&origin))
    })
}
