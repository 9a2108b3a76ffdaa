//! Vantages: quorum, and podprobe's own network.

use super::*;

const HOST: &str = "h.example";

fn down() -> Vec<Raised> {
    vec![at_origin(Code::ConnectTimeout, HOST)]
}

/// A round of each vantage that is named, with (`true`) or without the fault.
fn from(story: &mut Story, rounds: &[(&'static str, bool)]) -> Vec<String> {
    let mut told = Vec::new();
    for (vantage, sees) in rounds {
        story.vantage = vantage;
        told.extend(story.round(&if *sees { down() } else { Vec::new() }));
    }
    told
}

#[test]
fn vantages_have_to_agree() {
    let mut story = Story::new("2026-11-23T05:00:00Z").calm().hosts(&[HOST]);
    story.rules.vantages = 2;
    assert_eq!(from(&mut story, &[("a", true), ("b", false)].repeat(5)), Vec::<String>::new());
    assert_eq!(from(&mut story, &[("a", true), ("b", true)]), Vec::<String>::new());
    assert_eq!(from(&mut story, &[("a", true), ("b", true)]), ["#1 connect-timeout critical: opened"]);
    // It is not over while one of them has it.
    assert_eq!(from(&mut story, &[("a", true), ("b", false)].repeat(5)), Vec::<String>::new());
    assert_eq!(from(&mut story, &[("a", false)].repeat(2)), ["#1 connect-timeout critical: recovered"]);
}

#[test]
fn a_quorum_of_one_believes_the_first() {
    let mut story = Story::new("2026-11-23T05:00:00Z").hosts(&[HOST]);
    story.rules.vantages = 3;
    story.rules.quorum = Some(1);
    let told = from(&mut story, &[("a", true), ("b", false), ("a", true)]);
    assert_eq!(told, ["#1 connect-timeout critical: opened"]);
}

#[test]
fn a_certificate_needs_no_quorum() {
    let mut story = Story::new("2026-11-23T05:00:00Z").hosts(&[HOST]);
    story.rules.vantages = 3;
    let expired = dated(Code::CertExpired, Severity::Critical, "1", "2026-11-23T04:00:00Z", &[HOST]);
    assert_eq!(story.round(&[expired]), ["#1 cert-expired critical: opened"]);
}

#[test]
fn nobody_is_blamed_while_the_own_network_is_down() {
    let mut story = Story::new("2026-11-23T05:00:00Z").hosts(&[HOST, "g.example"]);
    assert_eq!(story.rounds(2, &down()), ["#1 connect-timeout critical: opened"]);
    let other = at_origin(Code::DnsFailed, "g.example");
    // The network dies within a round: one host more seems to fail, then everything does.
    assert_eq!(story.round(&[down(), vec![other.clone()]].concat()), Vec::<String>::new());
    let began = story.now + SignedDuration::from_mins(5);
    assert_eq!(story.offline(), ["#3 prober-offline warning: opened"]);
    assert_eq!((0..400).flat_map(|_| story.offline()).collect::<Vec<_>>(), Vec::<String>::new());
    // Neither reminders nor the escalation came meanwhile; both wait for a round that sees it.
    let told = story.round(&down());
    assert_eq!(told, ["#3 prober-offline warning: recovered", "#1 connect-timeout critical: escalated",]);
    let gap = story.book.get(IncidentId(3)).unwrap();
    assert_eq!((gap.since, gap.closed_at), (began, Some(story.now)));
    assert!(gap.detail.contains("From 2026-11-23 05:20:00 UTC to 2026-11-24 14:45:00 UTC"), "{}", gap.detail);
    assert_eq!(gap.cause.subject.id, "local");
    // The suspicion of before the gap is one of two.
    assert_eq!(story.round(&[down(), vec![other]].concat()), ["#2 dns-failed critical: opened"]);
}

#[test]
fn recovery_is_not_found_while_offline() {
    let mut story = Story::new("2026-11-23T05:00:00Z").hosts(&[HOST]);
    story.rounds(2, &down());
    story.offline();
    // What an offline round claims to have covered proves nothing.
    for _ in 0..5 {
        story.pass(5);
        let observation = Observation { offline: true, ..story.observation(&[]) };
        assert_eq!(story.book.observe(&observation, &story.rules), []);
    }
    assert_eq!(story.book.get(IncidentId(1)).unwrap().state, State::Open);
}

#[test]
fn a_vantage_offline_does_not_count_for_the_quorum() {
    let mut story = Story::new("2026-11-23T05:00:00Z").hosts(&[HOST]);
    story.rules.vantages = 2;
    story.vantage = "b";
    assert_eq!(story.offline(), ["#1 prober-offline warning: opened"]);
    assert_eq!(from(&mut story, &[("a", true), ("a", true)]), ["#2 connect-timeout critical: opened"]);
    assert_eq!(story.book.get(IncidentId(1)).unwrap().cause.subject.id, "b");
}
