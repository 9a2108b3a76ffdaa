//! Confirmation, recovery, flapping, worsening, reminders.

use super::*;

const HOST: &str = "h.example";

fn start() -> Story {
    Story::new("2026-11-23T05:00:00Z").hosts(&[HOST])
}

fn down() -> Vec<Raised> {
    vec![at_origin(Code::ConnectTimeout, HOST)]
}

/// Rounds with (`x`) and without (`.`) the fault, and in which of them what is told.
#[test]
fn confirmation_recovery_and_reopening() {
    let table: &[(&str, &[(usize, &str)])] = &[
        ("x", &[]),
        ("x.", &[]),
        ("x..x..x..", &[]),
        ("xx", &[(2, "opened")]),
        ("x.x", &[(3, "opened")]),
        ("x..xx", &[(5, "opened")]),
        ("xx.", &[(2, "opened")]),
        ("xx..", &[(2, "opened"), (4, "recovered")]),
        ("xx.x.x.x..", &[(2, "opened"), (10, "recovered")]),
        ("xx..x..", &[(2, "opened"), (4, "recovered")]),
        ("xx..xx", &[(2, "opened"), (4, "recovered"), (6, "reopened")]),
        ("xx..x.x..", &[(2, "opened"), (4, "recovered"), (7, "reopened"), (9, "recovered")]),
    ];
    for (rounds, expected) in table {
        let mut story = start().calm();
        let mut told = Vec::new();
        for (n, round) in rounds.chars().enumerate() {
            let new = story.round(&if round == 'x' { down() } else { Vec::new() });
            told.extend(new.into_iter().map(|text| (n + 1, text)));
        }
        let expected: Vec<_> =
            expected.iter().map(|(n, what)| (*n, format!("#1 connect-timeout critical: {what}"))).collect();
        assert_eq!(told, expected, "{rounds}");
    }
}

#[test]
fn rounds_that_did_not_look_do_not_count() {
    let mut story = start();
    story.round(&down());
    let covered = std::mem::take(&mut story.covered);
    assert_eq!(story.rounds(10, &[]), Vec::<String>::new());
    story.covered = covered;
    assert_eq!(story.round(&down()), ["#1 connect-timeout critical: opened"]);
}

#[test]
fn after_the_window_it_is_a_new_incident() {
    let mut story = start();
    story.rounds(2, &down());
    story.rounds(2, &[]);
    assert_eq!(story.only().closed_at, Some(story.now));
    assert_eq!(story.book.next_tick(&story.rules), Some(story.now + SignedDuration::from_mins(30)));
    story.pass(30);
    assert_eq!(story.book.incidents().count(), 0);
    assert_eq!(story.rounds(2, &down()), ["#2 connect-timeout critical: opened"]);
}

#[test]
fn a_relapse_that_began_within_the_window_reopens_after_it() {
    let mut story = start();
    story.rounds(2, &down());
    story.rounds(2, &[]);
    story.pass(22);
    story.round(&down());
    story.pass(10);
    assert_eq!(story.round(&down()), ["#1 connect-timeout critical: reopened"]);
}

#[test]
fn coming_and_going_is_told_once_until_it_settles() {
    let cycle = |story: &mut Story| {
        let mut told = story.rounds(2, &down());
        told.extend(story.rounds(2, &[]));
        told
    };
    for ends_down in [false, true] {
        let mut story = start().calm();
        let mut told: Vec<String> = (0..5).flat_map(|_| cycle(&mut story)).collect();
        assert_eq!(story.only().state, State::Flapping);
        let at = |what: &str| format!("#1 connect-timeout critical: {what}");
        assert_eq!(told, ["opened", "recovered", "reopened", "recovered", "flapping"].map(at));
        let last = if ends_down { down() } else { Vec::new() };
        // An hour after the last change; an end that is down is confirmed in the second round.
        told = story.rounds(if ends_down { 14 } else { 12 }, &last);
        assert_eq!(told, [at(if ends_down { "reopened" } else { "recovered" })]);
        assert_eq!(story.only().state, if ends_down { State::Open } else { State::Closed });
        if !ends_down {
            assert!(story.only().closed_at.unwrap() <= story.now - SignedDuration::from_mins(60));
        }
    }
}

#[test]
fn worse_is_told_at_once_and_better_when_it_lasts() {
    let with = |severity| {
        let mut raised = at_origin(Code::TlsHandshakeFailed, HOST);
        raised.finding.severity = severity;
        vec![raised]
    };
    let (mild, bad) = (with(Severity::Warning), with(Severity::Critical));
    let mut story = start();
    assert_eq!(story.rounds(2, &mild), ["#1 tls-handshake-failed warning: opened"]);
    assert_eq!(story.round(&bad), ["#1 tls-handshake-failed critical: worsened"]);
    assert_eq!(story.round(&mild), Vec::<String>::new());
    assert_eq!(story.round(&bad), Vec::<String>::new());
    assert_eq!(story.rounds(2, &mild), ["#1 tls-handshake-failed warning: eased"]);
    // Mere information does not hold it, and what is over was as bad as its worst.
    assert_eq!(story.rounds(2, &with(Severity::Info)), ["#1 tls-handshake-failed critical: recovered"]);
}

#[test]
fn a_part_that_is_milder_does_not_ease_the_whole() {
    let files = ["https://h.example/a.mp3", "https://h.example/b.mp3"];
    let bad = at_file(Code::MediaBadRange, files[0], "Show");
    let mut worse = at_file(Code::MediaBadRange, files[1], "Show");
    worse.finding.severity = Severity::Critical;
    let mut story = Story::new("2026-11-23T05:00:00Z").calm().files(&files);
    assert_eq!(story.rounds(2, &[bad.clone(), worse]), ["#1 media-bad-range critical: opened"]);
    story.covered.enclosures.remove(files[1]);
    assert_eq!(story.rounds(5, std::slice::from_ref(&bad)), Vec::<String>::new());
    story.covered.enclosures.insert(files[1].into());
    assert_eq!(story.rounds(3, &[bad]), ["#1 media-bad-range warning: eased"]);
}

#[test]
fn doubling_is_told_from_ten_episodes_on() {
    let touching = |episodes| {
        let mut raised = at_origin(Code::ConnectTimeout, HOST);
        raised.finding.affects = Affects { feeds: 2, episodes };
        raised.shows = vec![shown("a", episodes), shown("b", 1)];
        vec![raised]
    };
    let mut story = start().calm();
    story.rounds(2, &touching(4));
    for (episodes, told) in [(13, 0), (14, 1), (27, 0), (5, 0), (28, 1), (40, 0)] {
        assert_eq!(story.round(&touching(episodes)).len(), told, "{episodes}");
    }
    assert_eq!(story.only().affects.episodes, 40);
    assert_eq!(story.only().shows[0].episodes, 40);
}

#[test]
fn reminders_and_escalation_until_somebody_takes_it_up() {
    let day = |story: &mut Story, what: &[Raised]| story.rounds(288, what);
    let at = |what: &str| format!("#1 connect-timeout critical: {what}");
    let mut story = start();
    assert_eq!(story.rounds(2, &down()), [at("opened")]);
    assert_eq!(day(&mut story, &down()), [at("escalated")]);
    assert_eq!(day(&mut story, &down()), [at("reminded")]);
    let at_time = story.now;
    let taken = story.book.acknowledge(IncidentId(1), " Ann ", at_time).unwrap();
    assert_eq!(say(&taken), at("taken up by Ann"));
    assert_eq!(story.only().acknowledged, Some(("Ann".to_owned(), at_time)));
    assert_eq!(day(&mut story, &down()), Vec::<String>::new());
    let mut more = down();
    more[0].finding.affects.episodes = 50;
    assert_eq!(story.rounds(10, &more), [at("grew"), at("escalated")]);
    assert_eq!(story.only().acknowledged, None);
    assert_eq!(story.rounds(2, &[]), [at("recovered")]);
}

#[test]
fn nothing_is_escalated_by_the_clock_when_the_last_look_was_well() {
    let mut story = start();
    assert_eq!(story.rounds(2, &down()), ["#1 connect-timeout critical: opened"]);
    story.rounds(4, &down());
    // It is due with the second of two good rounds, which ends it.
    assert_eq!(story.round(&[]), Vec::<String>::new());
    assert_eq!(story.round(&[]), ["#1 connect-timeout critical: recovered"]);
}

#[test]
fn acknowledged_in_time_it_is_not_escalated_and_warnings_never_are() {
    let mut story = start();
    story.rounds(2, &down());
    story.book.acknowledge(IncidentId(1), "Ann", story.now).unwrap();
    assert_eq!(story.rounds(20, &down()), Vec::<String>::new());
    let mut story = start();
    let warning = [at_origin(Code::EdgeDown, HOST)];
    story.rounds(2, &warning);
    let week = story.rounds(7 * 288 + 2, &warning);
    assert_eq!(week, ["#1 edge-down warning: reminded"]);
}

#[test]
fn only_what_is_open_can_be_taken_up_and_only_once() {
    let mut story = start();
    let now = story.now;
    let take = |story: &mut Story, by: &str| story.book.acknowledge(IncidentId(1), by, now);
    assert_eq!(take(&mut story, "Ann"), Err(NotAcknowledged::Unknown(IncidentId(1))));
    story.round(&down());
    assert_eq!(take(&mut story, "Ann"), Err(NotAcknowledged::NotOpen(IncidentId(1))));
    story.round(&down());
    assert_eq!(take(&mut story, "  "), Err(NotAcknowledged::NoName(IncidentId(1))));
    assert!(take(&mut story, &"A".repeat(500)).is_ok_and(|told| told.incident.acknowledged.unwrap().0.len() < 250));
    let again = take(&mut story, &"A".repeat(500)).unwrap_err();
    assert!(again.to_string().contains("already taken up by AAA"), "{again}");
}

#[test]
fn whoever_takes_it_over_has_it_until_it_is_handed_back() {
    let mut story = start();
    story.rounds(2, &down());
    let now = story.now;
    assert_eq!(story.book.release(IncidentId(1), "Ann", now), Err(NotAcknowledged::NotTaken(IncidentId(1))));
    story.book.acknowledge(IncidentId(1), "Ann", now).unwrap();
    let over = story.book.acknowledge(IncidentId(1), "Bob", now).unwrap();
    assert_eq!(say(&over), "#1 connect-timeout critical: taken over by Bob from Ann");
    assert_eq!(story.only().acknowledged.as_ref().map(|(by, _)| by.as_str()), Some("Bob"));
    assert_eq!(story.rounds(20, &down()), Vec::<String>::new());
    // Handed back, somebody has to take it up in time again.
    let now = story.now;
    let back = story.book.release(IncidentId(1), "Bob", now).unwrap();
    assert_eq!(say(&back), "#1 connect-timeout critical: handed back by Bob");
    assert_eq!(story.only().acknowledged, None);
    assert_eq!(story.rounds(5, &down()), Vec::<String>::new());
    assert_eq!(story.rounds(3, &down()), ["#1 connect-timeout critical: escalated"]);
}

#[test]
fn a_reminder_waits_for_a_fresh_look() {
    let mut story = start().calm();
    story.rounds(2, &down());
    assert_eq!(story.pass(3 * 24 * 60), Vec::<String>::new());
    assert_eq!(story.book.next_tick(&story.rules), None);
    assert_eq!(story.round(&down()), ["#1 connect-timeout critical: reminded"]);
}

#[test]
fn what_nothing_looks_at_any_more_is_closed_and_says_so() {
    let mut story = start().calm();
    story.rules.remind_critical = None;
    story.rounds(2, &down());
    story.round(&[at_origin(Code::DnsFailed, HOST)]);
    story.covered = Covered::default();
    // Time in which podprobe was off does not count.
    story.pass(30 * 24 * 60);
    assert_eq!(story.rounds(7 * 288 - 20, &[]), Vec::<String>::new());
    let told: Vec<String> = (0..20).map(|_| story.round(&[])).find(|told| !told.is_empty()).unwrap();
    assert_eq!(told, ["#1 connect-timeout critical: unwatched"]);
    let over = story.book.get(IncidentId(1)).unwrap();
    assert!(over.detail.contains("without proof"), "{}", over.detail);
    // The suspicion is forgotten as well.
    story.rounds(1, &[]);
    story.pass(40);
    assert_eq!(story.book.incidents().count(), 0);
}

#[test]
fn a_suspicion_that_fades_is_written_and_never_told() {
    let mut story = start();
    story.round(&down());
    assert_eq!(story.book.take_changed().len(), 1);
    assert_eq!(story.rounds(3, &[]), Vec::<String>::new());
    let changed = story.book.take_changed();
    assert_eq!((changed[0].state, changed[0].opened_at, changed[0].transitions), (State::Closed, None, 0));
    assert_eq!(story.book.take_changed(), []);
    // Again within the window: the same number, and a beginning of its own.
    story.round(&down());
    assert_eq!((story.only().id, story.only().state, story.only().since), (IncidentId(1), State::Suspected, story.now));
}
