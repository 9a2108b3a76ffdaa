//! What holds of every history.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Something that happens; minutes pass before it.
#[derive(Clone, Debug)]
enum Event {
    Round { minutes: i64, vantage: bool, offline: bool, faults: Vec<(u8, bool)>, covered: u8 },
    Tick { minutes: i64 },
    TakeUp { minutes: i64, id: u64 },
}

fn event() -> impl Strategy<Value = Event> {
    let minutes = prop_oneof![4 => 1_i64..8, 1 => 20_i64..90, 1 => 1_000_i64..3_000];
    let faults = vec((0_u8..6, any::<bool>()), 0..4);
    prop_oneof![
        6 => (minutes.clone(), any::<bool>(), prop::bool::weighted(0.1), faults, any::<u8>()).prop_map(
            |(minutes, vantage, offline, faults, covered)| Event::Round { minutes, vantage, offline, faults, covered }
        ),
        2 => minutes.clone().prop_map(|minutes| Event::Tick { minutes }),
        1 => (minutes, 1_u64..8).prop_map(|(minutes, id)| Event::TakeUp { minutes, id }),
    ]
}

fn fault(which: u8, bad: bool) -> Raised {
    let severity = if bad { Severity::Critical } else { Severity::Warning };
    let mut raised = match which {
        0 => at_origin(Code::ConnectTimeout, "a.example"),
        1 => at_origin(Code::ConnectRefused, "a.example"),
        2 => at_file(Code::HttpGone, "https://b.example/1.mp3", "One"),
        3 => at_file(Code::HttpGone, "https://b.example/2.mp3", "Two"),
        4 => dated(Code::CertExpiring, severity, "1", "2026-11-25T00:00:00Z", &["a.example", "b.example"]),
        _ => dated(Code::CertExpired, Severity::Critical, "1", "2026-11-25T00:00:00Z", &["b.example"]),
    };
    if which < 5 {
        raised.finding.severity = severity;
    }
    raised
}

fn covered(bits: u8) -> Covered {
    let ids = ["https://a.example:443", "https://b.example:443", "https://b.example/1.mp3", "https://b.example/2.mp3"];
    let chosen = ids.iter().enumerate().filter(|(n, _)| bits >> n & 1 == 1).map(|(_, id)| (*id).to_owned());
    let chosen: BTreeSet<String> = chosen.collect();
    let gone =
        ids.iter().enumerate().filter(|(n, _)| bits >> (n + 4) & 1 == 1).map(|(_, id)| (*id).to_owned()).collect();
    Covered {
        origins: chosen.clone(),
        served: chosen.clone(),
        walked: chosen.clone(),
        enclosures: chosen,
        gone,
        ..Covered::default()
    }
}

fn play(book: &mut Book, rules: &Rules, now: &mut Timestamp, event: &Event) -> Vec<Transition> {
    let minutes = match event {
        Event::Round { minutes, .. } | Event::Tick { minutes } | Event::TakeUp { minutes, .. } => *minutes,
    };
    *now += SignedDuration::from_mins(minutes);
    match event {
        Event::Round { vantage, offline, faults, covered: bits, .. } => {
            let observation = Observation {
                at: *now,
                vantage: if *vantage { "here" } else { "there" }.to_owned(),
                raised: faults.iter().map(|(which, bad)| fault(*which, *bad)).collect(),
                covered: covered(*bits),
                offline: *offline,
            };
            let told = book.observe(&observation, rules);
            assert_eq!(book.observe(&observation, rules), [], "the same observation again");
            told
        }
        Event::Tick { .. } => {
            let told = book.tick(*now, rules);
            assert_eq!(book.tick(*now, rules), [], "the same tick again");
            if let Some(next) = book.next_tick(rules) {
                assert!(next > *now, "{next} is not after {now}");
            }
            told
        }
        Event::TakeUp { id, .. } => book.acknowledge(IncidentId(*id), "Ann", *now).into_iter().collect(),
    }
}

/// What went through a store.
fn restored(book: &Book) -> Book {
    let text = serde_json::to_string(&book.incidents().collect::<Vec<_>>()).unwrap();
    Book::restore(serde_json::from_str(&text).unwrap(), book.next())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn histories_are_sound(events in vec(event(), 1..60), restore_at in 0_usize..60, vantages in 1_usize..3) {
        let rules = Rules { vantages, ..Rules::default() };
        let mut now = time("2026-11-23T05:00:00Z");
        let mut book = Book::default();
        let mut twin: Option<Book> = None;
        let mut numbers: BTreeMap<IncidentId, u32> = BTreeMap::new();
        let mut going: BTreeMap<IncidentId, bool> = BTreeMap::new();
        // What a store that is written after each event holds.
        let mut written: BTreeMap<IncidentId, Incident> = BTreeMap::new();
        for (n, event) in events.iter().enumerate() {
            if n == restore_at {
                twin = Some(restored(&book));
            }
            let before = now;
            let told = play(&mut book, &rules, &mut now, event);
            if let Some(twin) = &mut twin {
                let mut then = before;
                prop_assert_eq!(&play(twin, &rules, &mut then, event), &told);
                prop_assert_eq!(twin.incidents().collect::<Vec<_>>(), book.incidents().collect::<Vec<_>>());
                prop_assert_eq!(twin.next_tick(&rules), book.next_tick(&rules));
            }
            written.extend(book.take_changed().into_iter().map(|incident| (incident.id, incident)));
            for transition in told {
                let id = transition.incident.id;
                let number = numbers.entry(id).or_default();
                prop_assert_eq!(transition.number, *number);
                *number += 1;
                prop_assert_eq!(transition.incident.transitions, *number);
                let open = going.entry(id).or_default();
                match transition.happened {
                    Happened::Opened => prop_assert!(!*open && transition.number == 0),
                    Happened::Reopened => prop_assert!(transition.number > 0),
                    Happened::Flapping => prop_assert!(transition.number > 0),
                    _ => prop_assert!(*open, "{:?} of what is not open", transition),
                }
                *open = !transition.happened.is_end();
                let ended = transition.incident.ending.is_some();
                prop_assert_eq!(ended, transition.happened.is_end(), "{:?}", transition);
            }
            let open: Vec<_> =
                book.incidents().filter(|i| matches!(i.state, State::Open | State::Flapping)).collect();
            for (n, incident) in open.iter().enumerate() {
                prop_assert!(going.get(&incident.id) == Some(&true));
                prop_assert!(!open.iter().skip(n + 1).any(|other| other.cause.is(&incident.cause)));
                let kept = written.get(&incident.id).expect("written");
                prop_assert_eq!((kept.state, kept.transitions), (incident.state, incident.transitions));
            }
        }
    }

    #[test]
    fn any_memory_can_be_restored(memory in "[ -~]{0,40}", state in 0_usize..4) {
        let rules = Rules::default();
        let mut story = Story::new("2026-11-23T05:00:00Z").hosts(&["a.example"]);
        story.rounds(2, &[fault(0, true)]);
        let mut incident = story.only().clone();
        incident.memory = serde_json::from_str(&memory).unwrap_or(serde_json::Value::String(memory));
        incident.state = [State::Suspected, State::Open, State::Flapping, State::Closed][state];
        let mut book = Book::restore(vec![incident.clone(), incident], 0);
        prop_assert_eq!(book.incidents().count(), 1);
        prop_assert_eq!(book.next(), 2);
        book.tick(story.now, &rules);
        story.now += SignedDuration::from_mins(5);
        book.observe(&story.observation(&[fault(1, true)]), &rules);
        prop_assert!(book.incidents().count() >= 1);
    }
}

#[test]
fn an_open_incident_whose_memory_is_lost_goes_on_and_ends() {
    let mut story = Story::new("2026-11-23T05:00:00Z").hosts(&["a.example"]);
    story.rounds(2, &[fault(0, true)]);
    let mut incident = story.only().clone();
    incident.memory = serde_json::Value::Null;
    story.book = Book::restore(vec![incident], 1);
    assert_eq!(story.round(&[fault(0, true)]), Vec::<String>::new());
    assert_eq!(story.rounds(2, &[]), ["#1 connect-timeout critical: recovered"]);
}
