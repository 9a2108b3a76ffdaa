//! The end of a certificate, from the first notice to the renewal.

use super::*;

const HOST: &str = "traffic.example";
const END: &str = "2022-05-30T23:59:59Z";

/// What the judge says of a certificate of two years at a time.
fn judged(at: Timestamp, served: bool) -> Vec<Raised> {
    let left = time(END).duration_since(at);
    let (code, severity) = match left.as_hours() {
        _ if left.is_negative() => (Code::CertExpired, Severity::Critical),
        hours if hours < 7 * 24 => (Code::CertExpiring, Severity::Critical),
        hours if hours < 30 * 24 => (Code::CertExpiring, Severity::Warning),
        _ => return Vec::new(),
    };
    let mut raised = dated(code, severity, "megaphone", END, &[HOST]);
    raised.finding.affects = Affects { feeds: 3, episodes: 30 };
    if served { vec![raised] } else { Vec::new() }
}

/// From sixty days before to a day after, a look every five minutes.
#[test]
fn the_night_that_a_certificate_ran_out() {
    let mut story = Story::new("2022-03-31T23:59:59Z").hosts(&[HOST]);
    let mended = time("2022-05-31T09:58:00Z");
    story.now = time("2022-03-31T23:58:00Z");
    let mut told = Vec::new();
    while story.now < time("2022-05-31T23:59:59Z") {
        let at = story.now + SignedDuration::from_mins(5);
        let new = story.round(&judged(at, at < mended));
        told.extend(new.into_iter().map(|text| format!("{} {text}", story.now.strftime("%m-%d %H:%M"))));
    }
    assert_eq!(
        told,
        [
            "05-01 00:03 #1 cert-expiring warning: opened",
            "05-16 00:03 #1 cert-expiring warning: Halved",
            "05-23 12:03 #1 cert-expiring warning: Halved",
            "05-24 00:03 #1 cert-expiring critical: worsened",
            "05-27 06:03 #1 cert-expiring critical: Halved",
            "05-29 03:03 #1 cert-expiring critical: Halved",
            "05-30 03:03 #1 cert-expiring critical: Daily",
            "05-31 00:03 #1 cert-expired critical: Expired",
            "05-31 00:33 #1 cert-expired critical: escalated",
            "05-31 09:58 #1 cert-expired critical: recovered",
        ]
    );
    assert_eq!(story.book.incidents().count(), 0);
}

#[test]
fn an_outage_by_expiry_lasts_from_the_last_valid_second() {
    let mut story = Story::new("2022-05-30T23:53:00Z").hosts(&[HOST]);
    story.round(&judged(time("2022-05-30T23:58:00Z"), true));
    assert_eq!(story.only().since, time("2022-05-30T23:58:00Z"));
    assert_eq!(story.only().expires_at, Some(time(END)));
    assert_eq!(story.round(&judged(time("2022-05-31T00:03:00Z"), true)), ["#1 cert-expired critical: Expired"]);
    assert_eq!(story.only().since, time(END));
    story.now = time("2022-05-31T09:53:00Z");
    assert_eq!(story.round(&[]), ["#1 cert-expired critical: recovered"]);
    let over = story.only();
    let outage = over.closed_at.unwrap().duration_since(over.since);
    assert_eq!(outage.as_mins(), 9 * 60 + 58);
}

#[test]
fn one_that_is_met_expired_opens_as_such() {
    let mut story = Story::new("2022-05-31T02:00:00Z").hosts(&[HOST]);
    assert_eq!(story.round(&judged(time("2022-05-31T02:05:00Z"), true)), ["#1 cert-expired critical: opened"]);
    assert_eq!(story.only().since, time(END));
    let later = judged(time("2022-05-31T02:10:00Z"), true);
    assert_eq!(story.rounds(6, &later), ["#1 cert-expired critical: escalated"]);
}

#[test]
fn a_renewal_in_the_last_minute_is_no_expiry() {
    let mut story = Story::new("2022-05-30T23:50:00Z").hosts(&[HOST]);
    assert_eq!(story.round(&judged(time("2022-05-30T23:55:00Z"), true)), ["#1 cert-expiring critical: opened"]);
    assert_eq!(story.pass(6), Vec::<String>::new());
    assert_eq!(story.round(&[]), ["#1 cert-expiring critical: recovered"]);
}

#[test]
fn a_renewed_certificate_with_its_own_end_is_another_incident() {
    let old = dated(Code::CertExpiring, Severity::Warning, "old", END, &[HOST]);
    let new = dated(Code::CertExpiring, Severity::Warning, "new", "2022-06-02T00:00:00Z", &[HOST]);
    let mut story = Story::new("2022-05-20T00:00:00Z").hosts(&[HOST]);
    assert_eq!(story.round(std::slice::from_ref(&old)), ["#1 cert-expiring warning: opened"]);
    // Leaf and intermediate, or one address of two renewed: both are true.
    assert_eq!(story.round(&[old, new.clone()]), ["#2 cert-expiring warning: opened"]);
    assert_eq!(story.round(&[new]), ["#1 cert-expiring warning: recovered"]);
}

#[test]
fn one_on_several_origins_is_over_when_the_last_has_renewed() {
    let hosts = ["a.example", "b.example"];
    let both = dated(Code::CertExpiring, Severity::Warning, "1", END, &hosts);
    let mut overdue = dated(Code::CertRenewalOverdue, Severity::Warning, "1", END, &hosts);
    overdue.finding.affects.episodes = 3;
    let mut story = Story::new("2022-05-20T00:00:00Z").hosts(&hosts);
    assert_eq!(story.round(&[both, overdue]), ["#1 cert-expiring warning: opened"]);
    // Only one of them is looked at, and it is renewed.
    story.covered.served.remove("https://b.example:443");
    assert_eq!(story.rounds(3, &[]), Vec::<String>::new());
    story.covered.served.insert("https://b.example:443".into());
    let rest = dated(Code::CertExpiring, Severity::Warning, "1", END, &["b.example"]);
    assert_eq!(story.round(&[rest]), Vec::<String>::new());
    assert_eq!(story.book.members(IncidentId(1)), BTreeSet::from(["https://b.example:443"]));
    assert_eq!(story.round(&[]), ["#1 cert-expiring warning: recovered"]);
}

#[test]
fn steps_wait_for_a_round_after_a_sleep() {
    let mut story = Story::new("2022-04-30T23:54:59Z").hosts(&[HOST]);
    assert_eq!(story.round(&judged(time("2022-05-01T00:00:00Z"), true)), ["#1 cert-expiring warning: opened"]);
    // Asleep over two halves; the clock alone tells nothing, the next round tells one.
    assert_eq!(story.pass(24 * 24 * 60), Vec::<String>::new());
    let at = story.now + SignedDuration::from_mins(5);
    assert_eq!(story.round(&judged(at, true)), ["#1 cert-expiring critical: worsened"]);
    assert_eq!(story.pass(3 * 24 * 60), Vec::<String>::new());
    let at = story.now + SignedDuration::from_mins(5);
    assert_eq!(story.round(&judged(at, true)), ["#1 cert-expiring critical: Halved"]);
}
