//! Quiet hours, maintenance, silences, and what becomes of what they hold.

use super::*;

fn night(zone: &str) -> Quiet {
    Quiet { from: 22 * 60, to: 7 * 60, days: Vec::new(), time_zone: zone.to_owned(), even_critical: false }
}

/// Until when a warning is held at a time.
fn held(quiet: &Quiet, now: &str) -> Option<String> {
    let routing = to(vec![Route { quiet: Some(quiet.clone()), ..route("ops") }]);
    let told = compose(&[opened(Severity::Warning)], &routing, time(now));
    assert_eq!(told[0].held, told[0].not_before.map(|_| Held::Quiet));
    told[0].not_before.map(|at| at.to_string())
}

#[test]
fn quiet_hours_go_past_midnight_by_the_wall_clock() {
    let berlin = night("Europe/Berlin");
    assert_eq!(held(&berlin, "2026-01-10T20:59:59Z"), None);
    assert_eq!(held(&berlin, "2026-01-10T21:00:00Z").as_deref(), Some("2026-01-11T06:00:00Z"));
    assert_eq!(held(&berlin, "2026-01-11T05:59:59Z").as_deref(), Some("2026-01-11T06:00:00Z"));
    assert_eq!(held(&berlin, "2026-01-11T06:00:00Z"), None);
    // Summer time begins on 29 March 2026 and ends on 25 October.
    assert_eq!(held(&berlin, "2026-03-28T22:00:00Z").as_deref(), Some("2026-03-29T05:00:00Z"));
    assert_eq!(held(&berlin, "2026-10-24T22:00:00Z").as_deref(), Some("2026-10-25T06:00:00Z"));
    // A minute that is left out is an hour later.
    let gap = Quiet { from: 60, to: 150, ..berlin };
    assert_eq!(held(&gap, "2026-03-29T00:30:00Z").as_deref(), Some("2026-03-29T01:30:00Z"));
    assert_eq!(held(&night("No/Such"), "2026-01-10T22:00:00Z").as_deref(), Some("2026-01-11T07:00:00Z"));
}

#[test]
fn quiet_days_are_those_on_which_it_begins() {
    // 2026-01-09 is a Friday.
    let friday = Quiet { days: vec![5], ..night("UTC") };
    assert_eq!(held(&friday, "2026-01-09T23:00:00Z").as_deref(), Some("2026-01-10T07:00:00Z"));
    assert_eq!(held(&friday, "2026-01-10T03:00:00Z").as_deref(), Some("2026-01-10T07:00:00Z"));
    assert_eq!(held(&friday, "2026-01-10T23:00:00Z"), None);
    let weekend = Quiet { from: 0, to: 0, days: vec![6, 7], ..night("UTC") };
    assert_eq!(held(&weekend, "2026-01-10T03:00:00Z").as_deref(), Some("2026-01-12T00:00:00Z"));
    let never_ends = Quiet { from: 0, to: 0, ..night("UTC") };
    assert_eq!(held(&never_ends, "2026-01-10T03:00:00Z"), None);
}

#[test]
fn critical_ones_pass_quiet_hours_unless_these_say_otherwise() {
    let now = time("2026-01-10T23:00:00Z");
    let mut quiet = night("UTC");
    let at_night = |quiet: &Quiet, case: &Transition| {
        let routing = to(vec![Route { quiet: Some(quiet.clone()), ..route("ops") }]);
        compose(std::slice::from_ref(case), &routing, now)[0].not_before.is_some()
    };
    let mut case = opened(Severity::Critical);
    assert!(!at_night(&quiet, &case));
    // Who was woken is told that it eased.
    case.happened = Happened::Eased { from: Severity::Critical };
    case.incident.severity = Severity::Warning;
    assert!(!at_night(&quiet, &case));
    case.happened = Happened::Reminded;
    assert!(at_night(&quiet, &case));
    quiet.even_critical = true;
    assert!(at_night(&quiet, &opened(Severity::Critical)));
}

fn window(from: &str, to: &str) -> Window {
    Window {
        name: "Move".into(),
        from: time(from),
        to: time(to),
        hosts: Vec::new(),
        tags: Vec::new(),
        codes: Vec::new(),
    }
}

fn mutes(window: Window, case: &Transition) -> bool {
    let routing = Routing { maintenance: vec![window], ..to(vec![route("ops")]) };
    compose(std::slice::from_ref(case), &routing, time("2026-03-02T10:30:00Z"))[0].held == Some(Held::Muted)
}

#[test]
fn windows_mute_what_they_name() {
    let case = opened(Severity::Critical);
    let hour = || window("2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z");
    assert!(mutes(hour(), &case));
    assert!(!mutes(window("2026-03-02T08:00:00Z", "2026-03-02T10:29:59Z"), &case));
    assert!(!mutes(window("2026-03-02T10:30:01Z", "2026-03-02T11:00:00Z"), &case));
    for (host, muted) in
        [("host.example", true), ("MEDIA.host.example.", true), ("ost.example", false), ("x.media.host.example", false)]
    {
        assert_eq!(mutes(Window { hosts: vec![host.into()], ..hour() }, &case), muted, "{host}");
    }
    assert!(mutes(Window { codes: vec![Code::ConnectTimeout], ..hour() }, &case));
    assert!(!mutes(Window { codes: vec![Code::CertExpired], ..hour() }, &case));
    // Beta is not in maintenance.
    assert!(!mutes(Window { tags: vec!["a".into()], ..hour() }, &case));
    assert!(mutes(Window { tags: vec!["a".into(), "b".into()], ..hour() }, &case));
    // All that it names has to hold.
    let both = Window { hosts: vec!["host.example".into()], codes: vec![Code::CertExpired], ..hour() };
    assert!(!mutes(both, &case));
    // Shows that are not listed may carry no tag.
    let mut many = case;
    many.incident.affects.feeds = 3;
    assert!(!mutes(Window { tags: vec!["a".into(), "b".into()], ..hour() }, &many));
}

#[test]
fn windows_and_quiet_hours_hand_over_to_each_other() {
    let quiet = Quiet { from: 11 * 60, to: 12 * 60, ..night("UTC") };
    let routing = Routing {
        maintenance: vec![
            window("2026-03-02T12:00:00Z", "2026-03-02T12:29:59Z"),
            window("2026-03-02T10:00:00Z", "2026-03-02T10:59:59Z"),
        ],
        ..to(vec![Route { quiet: Some(quiet), ..route("ops") }])
    };
    let told = compose(&[opened(Severity::Warning)], &routing, time("2026-03-02T10:30:00Z"));
    assert_eq!(told[0].not_before, Some(time("2026-03-02T12:30:00Z")));
    assert_eq!(told[0].held, Some(Held::Muted));
    assert!(shown(&told[0]).contains("Held back: by maintenance or a silence until 2026-03-02 12:30:00 UTC"));
}

#[test]
fn silences_name_a_host_a_code_or_an_incident() {
    let silence =
        Silence { until: time("2026-03-02T12:00:00Z"), host: None, code: None, incident: Some(IncidentId(12)) };
    let not_before = |silence: &Silence| {
        let routing = Routing { silences: vec![silence.clone()], ..to(vec![route("ops")]) };
        compose(&[opened(Severity::Critical)], &routing, time("2026-03-02T10:30:00Z"))[0].not_before
    };
    assert_eq!(not_before(&silence), Some(time("2026-03-02T12:00:01Z")));
    assert_eq!(not_before(&Silence { incident: Some(IncidentId(1)), ..silence.clone() }), None);
    assert_eq!(not_before(&Silence { code: Some(Code::CertExpired), ..silence.clone() }), None);
    assert_eq!(not_before(&Silence { host: Some("other.example".into()), ..silence.clone() }), None);
    assert_eq!(not_before(&Silence { until: time("2026-03-02T10:29:00Z"), ..silence }), None);
}

/// Messages of one incident, each with its phase and what holds it.
fn waiting(of: &[(Phase, Option<Held>)]) -> Vec<Notification> {
    let one = told(&opened(Severity::Critical), &to(vec![route("ops")])).remove(0);
    of.iter().map(|(phase, held)| Notification { phase: *phase, held: *held, ..one.clone() }).collect()
}

#[test]
fn what_began_and_ended_while_muted_is_not_told() {
    let muted = Some(Held::Muted);
    assert_eq!(settle(&waiting(&[(Phase::First, muted), (Phase::End, muted)]), false), Settled::Drop);
    // Still open at the end of the window: where it stands now.
    assert_eq!(settle(&waiting(&[(Phase::First, muted), (Phase::Update, muted)]), false), Settled::Send(1));
    // It outlived the window, and the channel could not be reached until it was over.
    assert_eq!(settle(&waiting(&[(Phase::First, muted), (Phase::End, None)]), false), Settled::Send(1));
    assert_eq!(settle(&waiting(&[(Phase::First, muted), (Phase::End, None)]), true), Settled::Send(1));
    // It began before the window: those who know of it are told of its end.
    assert_eq!(settle(&waiting(&[(Phase::Update, muted), (Phase::End, muted)]), false), Settled::Send(1));
    assert_eq!(settle(&waiting(&[(Phase::End, muted)]), false), Settled::Send(0));
    // A night's outage is told once, in the morning.
    let quiet = Some(Held::Quiet);
    assert_eq!(settle(&waiting(&[(Phase::First, quiet), (Phase::End, quiet)]), false), Settled::Send(1));
}

#[test]
fn what_nothing_held_goes_in_order_until_it_fails() {
    let all = waiting(&[(Phase::First, None), (Phase::Update, None), (Phase::End, None)]);
    assert_eq!(settle(&all, false), Settled::Send(0));
    assert_eq!(settle(&all, true), Settled::Send(2));
    assert_eq!(settle(&[], true), Settled::Drop);
}

#[test]
fn whatever_reaches_a_channel_first_is_told_as_the_first() {
    let routing = to(vec![route("ops")]);
    let first_of = |happened: Happened| {
        let transition = Transition { happened, ..opened(Severity::Critical) };
        let composed = told(&transition, &routing).remove(0);
        (first(composed.clone(), &[transition]), composed)
    };
    let opening = told(&opened(Severity::Critical), &routing).remove(0);
    for happened in [
        Happened::Reminded,
        Happened::Escalated,
        Happened::Acknowledged { by: "Ada".into(), from: None },
        Happened::Reopened,
    ] {
        let (first, composed) = first_of(happened);
        assert_eq!((first.phase, composed.phase, &first.key), (Phase::First, Phase::Update, &composed.key));
        assert_eq!(first.message.headline, opening.message.headline);
        assert_eq!(
            (first.message.body, first.message.advice),
            (opening.message.body.clone(), opening.message.advice.clone())
        );
    }
    let (first, composed) = first_of(Happened::Flapping);
    assert_eq!((first.phase, first.message), (Phase::First, composed.message), "why it is silent then is said");
    let (over, composed) = first_of(Happened::Recovered);
    assert_eq!(over, composed);
}
