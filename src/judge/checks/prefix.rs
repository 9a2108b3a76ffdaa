//! `prefix-down`, `prefix-miswired`, `prefix-retired`: measurement prefixes that keep listeners from
//! audio that is there.
//!
//! A prefix is down when it fails in any way, a lead to where nothing is included, and the URL it
//! wraps works when asked for directly. It is miswired when it answers by itself with something that is neither a redirect nor the audio.
//! Bot walls, rate limits and hidden hosts are no failures of the prefix.

use std::collections::BTreeSet;

use super::scope::{host_of, label_of, origin_subject};
use super::{ChainFacts, Check, EnclosureFacts, Run, is_undecided, media_kind};
use crate::chain::Hop;
use crate::judge::walk::Ending;
use crate::judge::{Bypass, Code, Finding, Severity, say};
use crate::link::Origin;
use crate::parties::Role;

pub(super) const CHECK: Check = Check {
    name: "prefix",
    codes: &[Code::PrefixDown, Code::PrefixRetired, Code::PrefixMiswired],
    runs: &[
        Run::Enclosure(ended_there),
        Run::Enclosure(led_astray),
        Run::Enclosure(refused_by_apps),
        Run::Enclosure(retired),
    ],
};

/// A way around the prefix that works: tried for this enclosure, or proven on one before it, since
/// not every episode's is tried.
fn works<'a>(facts: &EnclosureFacts<'a>, prefix: &Origin) -> Option<&'a Bypass> {
    let known = || facts.ledger.get(prefix).and_then(|state| state.bypass.as_ref());
    let own = facts.case.bypasses.iter().find(|bypass| bypass.without == *prefix);
    own.or_else(known).filter(|bypass| bypass.works)
}

/// The chain ended at a prefix.
fn ended_there(facts: &EnclosureFacts<'_>, out: &mut Vec<Finding>) {
    let Some(chain) = facts.chain else { return };
    let Some(hop) = chain.walk.last().filter(|hop| chain.is_prefix(hop)) else { return };
    if is_undecided(&chain) {
        return;
    }
    let origin = hop.url.origin();
    let proof = works(facts, &origin);
    // An answer other than a redirect: 4xx too, unless a way around it shows that it simply fails.
    let answers_itself = match chain.walk.ending {
        Ending::Reached(_) => {
            if !media_kind::is_broken(facts) {
                return;
            }
            true
        }
        Ending::Refused(_, answer) => answer.status < 500 && (proof.is_none() || answer.status < 400),
        _ => false,
    };
    if answers_itself {
        out.push(miswired(facts, &chain, hop, proof));
    } else if let Some(bypass) = proof {
        out.push(down(facts, &chain, hop, bypass));
    }
}

/// The chain ended elsewhere because a prefix led to another URL than its own says.
fn led_astray(facts: &EnclosureFacts<'_>, out: &mut Vec<Finding>) {
    let Some(chain) = facts.chain else { return };
    let hops = &chain.walk.chain.hops;
    let ended_well = matches!(chain.walk.ending, Ending::Reached(_)) && !media_kind::is_broken(facts);
    if ended_well || is_undecided(&chain) {
        return;
    }
    for (hop, next) in hops.iter().zip(hops.iter().skip(1)) {
        if chain.is_prefix(hop)
            && facts.bench.catalogue.astray(&hop.url, &next.url).is_some()
            && let Some(bypass) = works(facts, &hop.url.origin())
        {
            // What failed where it led is no fault of who lives there.
            let end = chain.walk.last().map(|hop| hop.url.origin());
            for finding in out.iter_mut().filter(|f| f.severity == Severity::Critical && f.origin == end) {
                finding.origin = Some(hop.url.origin());
            }
            out.push(down(facts, &chain, hop, bypass));
            return;
        }
    }
}

/// The walk went on over a bad certificate, as apps do not; behind it the audio is fine.
fn refused_by_apps(facts: &EnclosureFacts<'_>, out: &mut Vec<Finding>) {
    let Some(chain) = facts.chain else { return };
    let ended_at = chain.walk.last().map(Hop::origin);
    let mut seen = BTreeSet::new();
    for hop in &chain.walk.chain.hops {
        let origin = hop.origin();
        let refused = facts
            .ledger
            .get(&*origin)
            .is_some_and(|state| state.findings.iter().any(|f| f.code.is_certificate() && f.is_fault()));
        // Where the chain ended there as well, `ended_there` has spoken.
        if !refused
            || !chain.is_prefix(hop)
            || ended_at.as_ref() == Some(&origin)
            || !seen.insert(Origin::clone(&origin))
        {
            continue;
        }
        if let Some(bypass) = works(facts, &origin) {
            out.push(down(facts, &chain, hop, bypass));
        }
    }
}

fn down(facts: &EnclosureFacts<'_>, chain: &ChainFacts<'_>, hop: &Hop, bypass: &Bypass) -> Finding {
    let origin = hop.url.origin();
    let party = chain.who(&hop.url);
    let host = host_of(&origin, &party);
    let summary = format!("The measurement prefix {host} fails; the audio behind it works without it.");
    let answered = match (hop.request.fact(), hop.request.failure()) {
        (Some(answer), _) if !answer.is_redirect() => format!(" answered {} and", say::status(answer.status)),
        (_, Some(why)) => format!(" gave no answer ({}) and", say::request(why)),
        _ => String::new(),
    };
    let detail = format!(
        "For {}: {}{answered} did not lead to the audio; {} without the prefix does.",
        label_of(facts.case),
        say::hop(chain.walk.chain, hop),
        bypass.url
    );
    let mut finding = Finding::new(Code::PrefixDown, origin_subject(&origin, &party), summary, detail).at(origin);
    finding.advice = advice(&host, Some(bypass));
    finding.bypass = Some(bypass.clone());
    finding
}

fn miswired(facts: &EnclosureFacts<'_>, chain: &ChainFacts<'_>, hop: &Hop, proof: Option<&Bypass>) -> Finding {
    let origin = hop.url.origin();
    let party = chain.who(&hop.url);
    let host = host_of(&origin, &party);
    let summary = format!("The measurement prefix {host} does not pass downloads on.");
    let status = hop.request.fact().map(|answer| say::status(answer.status)).unwrap_or_default();
    let detail = format!(
        "For {}: {} answered {status} in place of a redirect.",
        label_of(facts.case),
        say::hop(chain.walk.chain, hop)
    );
    let mut finding = Finding::new(Code::PrefixMiswired, origin_subject(&origin, &party), summary, detail).at(origin);
    if let Some(bypass) = proof {
        finding.advice = advice(&host, proof);
        finding.bypass = Some(bypass.clone());
    }
    finding
}

/// What to do about a prefix, the direct URL included where one was tried.
pub(crate) fn advice(host: &str, bypass: Option<&Bypass>) -> String {
    let direct = match bypass {
        Some(bypass) if bypass.works => format!(" The direct URL works: {}.", bypass.url),
        Some(bypass) => format!(" The direct URL does not work either: {}.", bypass.url),
        None => String::new(),
    };
    format!(
        "Take the prefix {host} out of your episode URLs (usually one switch at your hosting company) until its \
         operator has repaired it.{direct}"
    )
}

/// Prefixes of services that have closed, met or planned.
fn retired(facts: &EnclosureFacts<'_>, out: &mut Vec<Finding>) {
    let Some(chain) = facts.chain else { return };
    let catalogue = facts.bench.catalogue;
    let planned = match &facts.case.enclosure.link {
        Ok(link) => catalogue.planned(link),
        Err(_) => Vec::new(),
    };
    let mut seen = BTreeSet::new();
    for link in planned.iter().chain(chain.walk.chain.hops.iter().map(|hop| &hop.url)) {
        let Some(closed) = catalogue.retired(link) else { continue };
        let origin = link.origin();
        let party = catalogue.who(link);
        // One name counts once, by http and https alike.
        if party.role != Role::Prefix || !seen.insert(origin.host.clone()) {
            continue;
        }
        let host = host_of(&origin, &party);
        let summary = format!("The measurement prefix {host} belongs to a service that closed on {closed}.");
        let detail = format!("For {}: {}.", label_of(facts.case), say::url(link));
        let finding = Finding::new(Code::PrefixRetired, origin_subject(&origin, &party), summary, detail);
        out.push(finding.at(origin));
    }
}
