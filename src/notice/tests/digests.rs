//! The weekly digest, and when it is due.

use super::*;

fn uptime(name: &str, tagged: &[&str], checks: u64, failed: u64, unknown: u64) -> Uptime {
    Uptime { name: name.into(), tags: tags(tagged), owner: None, checks, failed, unknown }
}

fn week() -> DigestInput {
    let to = time("2026-03-09T07:00:00Z");
    let expiry = |host: &str, days: i64, shows: Vec<Show>| Expiry {
        host: host.into(),
        not_after: later(to, days * 86_400 + 60),
        shows_total: shows.len().try_into().unwrap(),
        shows,
    };
    let incident = |id, closed: Option<i64>, shows| DigestIncident {
        id: IncidentId(id),
        summary: format!("Host {id} does not answer."),
        since: later(to, -86_400),
        closed_at: closed.map(|seconds| later(to, seconds)),
        ending: closed.map(|_| Ending::Mended),
        shows,
    };
    DigestInput {
        from: time("2026-03-02T07:00:00Z"),
        to,
        channels: Vec::new(),
        expiries: vec![
            expiry("later.example", 40, vec![show("Alpha", 1, &["a"], None)]),
            expiry("soon.example", 5, vec![show("Beta", 1, &["b"], None)]),
            expiry("gone.example", -2, vec![]),
        ],
        shows: vec![
            uptime("Alpha", &["a"], 20_001, 1, 0),
            uptime("Beta", &["b"], 110, 5, 10),
            uptime("Unseen", &["b"], 4, 0, 4),
        ],
        providers: vec![uptime("Hoster", &[], 100, 0, 0)],
        incidents: vec![
            incident(3, Some(-80_000), vec![show("Alpha", 1, &["a"], None)]),
            incident(4, None, vec![show("Beta", 1, &["b"], None)]),
        ],
    }
}

#[test]
fn a_digest_of_everything() {
    let routing = to(vec![route("ops"), Route { escalation_only: true, ..route("boss") }]);
    let told = digest(&week(), &routing, time("2026-03-09T07:00:00Z"));
    assert_eq!(names(&told), ["ops"]);
    assert_eq!(told[0].key, "ops:digest:2026-W11");
    insta::assert_snapshot!("digest", shown(&told[0]));
}

#[test]
fn a_channel_with_tags_reads_of_its_shows_only() {
    let routing = to(vec![route("ops"), Route { tags: tags(&["a"]), ..route("a-team") }]);
    let input = DigestInput { channels: vec!["a-team".into()], ..week() };
    let told = digest(&input, &routing, input.to);
    assert_eq!(names(&told), ["a-team"]);
    let text = shown(&told[0]);
    assert!(text.contains("Alpha: 99.99 %") && text.contains("later.example"), "{text}");
    for other in ["Beta", "soon.example", "gone.example", "Hoster", "Host 4"] {
        assert!(!text.contains(other), "{other}: {text}");
    }
}

#[test]
fn a_headline_does_not_pass_over_a_certificate_that_has_ended() {
    let headline = |input: &DigestInput| digest(input, &to(vec![route("ops")]), input.to)[0].message.headline.clone();
    let mut input = week();
    let one = headline(&input);
    assert!(
        one.contains("; the certificate of gone.example ended 1 day ago; the next certificate ends in 5 days"),
        "{one}"
    );
    let more =
        Expiry { host: "older.example".into(), not_after: later(input.to, -9 * 86_400), ..input.expiries[2].clone() };
    input.expiries.push(more);
    let two = headline(&input);
    assert!(two.contains("; 2 certificates have ended (older.example and 1 other); the next"), "{two}");
    input.expiries.retain(|expiry| expiry.not_after > input.to);
    assert!(!headline(&input).contains("ended"), "{}", headline(&input));
}

#[test]
fn what_is_no_longer_watched_is_not_said_to_be_over() {
    let mut input = week();
    input.incidents.retain(|incident| incident.closed_at.is_some());
    for (ending, title, end) in [
        (Ending::Mended, "Over", "1 incident, all over"),
        (Ending::Partly, "Over", "1 incident, all over"),
        (Ending::Unwatched, "Closed, and not known to be mended", "1 incident, none still open"),
        (Ending::Unseen, "Closed, and not known to be mended", "1 incident, none still open"),
    ] {
        input.incidents[0].ending = Some(ending);
        let told = digest(&input, &to(vec![route("ops")]), input.to);
        let Message { headline, lists, .. } = &told[0].message;
        let list = lists.iter().find(|list| list.lines[0].starts_with("Incident 3")).unwrap();
        assert!(list.title == title && headline.contains(end), "{ending:?}: {headline} {list:?}");
    }
}

#[test]
fn a_digest_that_a_person_asks_for_names_its_days_and_leaves_the_week_its_key() {
    let (input, now) = (week(), time("2026-03-09T07:00:00Z"));
    let all = digest_now(&input, None, "Europe/Berlin", now);
    assert!(all.message.headline.starts_with("The last 7 days: 2 incidents, 1 still open;"), "{all:?}");
    let weekly = digest(&input, &to(vec![route("ops")]), now);
    assert_eq!(all.message.lists, weekly[0].message.lists);
    let team = Route { tags: tags(&["a"]), ..route("a-team") };
    let part = digest_now(&input, Some(&team), "", now);
    assert!(part.channel == "a-team" && !shown(&part).contains("Beta"), "{part:?}");
    assert_ne!(part.key, digest(&input, &to(vec![team]), now)[0].key);
}

#[test]
fn a_digest_of_nothing_does_not_say_that_all_was_well() {
    let nothing = DigestInput { expiries: vec![], shows: vec![], providers: vec![], incidents: vec![], ..week() };
    let told = digest(&nothing, &to(vec![route("ops")]), nothing.to);
    assert_eq!(told[0].message.headline, "Week 2026-W11: nothing was looked at.");
    let quiet = DigestInput { shows: week().shows, ..nothing };
    assert_eq!(digest_now(&quiet, None, "", quiet.to).message.headline, "The last 7 days: no incident.");
}

#[test]
fn long_digests_are_bounded() {
    let input = DigestInput { shows: vec![uptime(&"x".repeat(9_000), &[], 10, 1, 0); 1_000], ..week() };
    let text = shown(&digest(&input, &to(vec![route("ops")]), input.to)[0]);
    assert!(text.len() < 10_000 && text.contains("and 990 more"), "{text}");
}

#[test]
fn a_digest_is_due_on_its_day_by_the_wall_clock() {
    // 2026-03-02 is a Monday; summer time begins on the 29th.
    let due = |after: &str| digest_due(1, 8 * 60, "Europe/Berlin", time(after)).to_string();
    assert_eq!(due("2026-03-01T00:00:00Z"), "2026-03-02T07:00:00Z");
    assert_eq!(due("2026-03-02T06:59:59Z"), "2026-03-02T07:00:00Z");
    assert_eq!(due("2026-03-02T07:00:00Z"), "2026-03-09T07:00:00Z");
    assert_eq!(due("2026-03-28T12:00:00Z"), "2026-03-30T06:00:00Z");
    assert_eq!(digest_due(7, 0, "UTC", time("2026-03-02T00:00:00Z")), time("2026-03-08T00:00:00Z"));
    assert!(digest_due(0, u16::MAX, "", Timestamp::MIN) > Timestamp::MIN);
    let _ = digest_due(9, 0, "Asia/Tokyo", Timestamp::MAX);
}
