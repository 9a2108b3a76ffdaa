//! `chain-slow`: time to the first byte of audio.

use std::time::Duration;

use super::{Check, EnclosureFacts, Run};
use crate::chain::Hop;
use crate::judge::{Code, Finding, say};

pub(super) const CHECK: Check = Check { name: "slow", codes: &[Code::ChainSlow], runs: &[Run::Enclosure(run)] };

/// What a hop took, from its name to its answer's head.
fn took(hop: &Hop) -> Duration {
    let answer = hop.request.fact().map(|answer| answer.first_byte).or(hop.request.took());
    [hop.dns.took(), hop.connect.took(), hop.tls.took(), answer]
        .into_iter()
        .flatten()
        .fold(Duration::ZERO, Duration::saturating_add)
}

fn run(facts: &EnclosureFacts<'_>, out: &mut Vec<Finding>) {
    let Some((_, media)) = facts.reached() else { return };
    let Some(chain) = facts.chain else { return };
    let Some(time) = media.first_audio_byte.filter(|time| *time > facts.bench.policy.slow) else { return };
    let Some(slowest) = chain.walk.chain.hops.iter().max_by_key(|hop| took(hop)) else { return };
    let summary = format!(
        "{} takes {} to start; most of it at {}.",
        super::scope::label_of(facts.case),
        say::lasted(time),
        chain.host(&slowest.url)
    );
    let hops: Vec<_> = chain
        .walk
        .chain
        .hops
        .iter()
        .enumerate()
        .map(|(i, hop)| format!("hop {} ({}) {}", i.saturating_add(1), hop.url.origin().host, say::lasted(took(hop))))
        .collect();
    let detail = format!(
        "First byte of audio after {}, more than {}: {}.",
        say::lasted(time),
        say::lasted(facts.bench.policy.slow),
        hops.join(", ")
    );
    out.push(facts.finding(Code::ChainSlow, summary, detail).at(slowest.url.origin()));
}
