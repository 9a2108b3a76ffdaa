//! What holds for whatever happens whenever.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

fn any_time() -> impl Strategy<Value = Timestamp> {
    let ordinary = (1_600_000_000_i64..1_900_000_000).prop_map(|second| Timestamp::from_second(second).unwrap());
    prop_oneof![8 => ordinary, 1 => Just(Timestamp::MIN), 1 => Just(Timestamp::MAX)]
}

fn any_happened() -> impl Strategy<Value = Happened> {
    prop::sample::select(vec![
        Happened::Opened,
        Happened::Stepped { step: Step::Halved },
        Happened::Stepped { step: Step::Expired },
        Happened::Worsened { from: Severity::Warning },
        Happened::Eased { from: Severity::Critical },
        Happened::Recovered,
        Happened::Unwatched,
        Happened::Reopened,
        Happened::Flapping,
        Happened::Reminded,
        Happened::Escalated,
        Happened::Acknowledged { by: "Ada".into(), from: Some("Bob".into()) },
        Happened::Released { by: "Ada".into() },
    ])
}

fn any_transition() -> impl Strategy<Value = Transition> {
    let code = prop::sample::select(vec![
        Code::CertExpiring,
        Code::CertExpired,
        Code::ConnectTimeout,
        Code::PublishingDown,
        Code::ProberOffline,
    ]);
    let severity = prop::sample::select(vec![Severity::Info, Severity::Warning, Severity::Critical]);
    let ending = prop::option::of(prop::sample::select(Ending::ALL.to_vec()));
    let times = (any_time(), any_time(), any_time(), prop::option::of(any_time()), prop::option::of(any_time()));
    (any_happened(), code, severity, times, 0_usize..3, any::<u64>(), ending).prop_map(
        |(happened, code, severity, (at, since, seen, closed, expires), shows, episodes, ending)| {
            let mut all = opened(severity).incident;
            all.shows.truncate(shows);
            for show in &mut all.shows {
                show.episodes = episodes;
                show.downloads_per_day = Some(episodes);
            }
            let incident = Incident {
                code,
                since,
                seen_at: seen,
                closed_at: closed,
                ending,
                expires_at: expires,
                opened_at: closed,
                affects: Affects { feeds: episodes, episodes },
                ..all
            };
            Transition { number: 0, at, happened, incident }
        },
    )
}

fn any_quiet() -> impl Strategy<Value = Option<Quiet>> {
    let zone = prop::sample::select(vec!["UTC", "Europe/Berlin", "Pacific/Apia", "nowhere"]);
    let days = prop::collection::vec(0_u8..9, 0..3);
    let quiet = (0_u16..2_000, 0_u16..2_000, days, zone, any::<bool>()).prop_map(|(from, to, days, zone, all)| Quiet {
        from,
        to,
        days,
        time_zone: zone.to_owned(),
        even_critical: all,
    });
    prop::option::of(quiet)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn composing_is_total_and_always_the_same(
        mut all in prop::collection::vec(any_transition(), 0..6),
        quiet in any_quiet(),
        (from, to_) in (any_time(), any_time()),
        now in any_time(),
    ) {
        for (number, transition) in (0_u32..).zip(&mut all) {
            transition.number = number;
        }
        let window = Window {
            name: "x".into(), from, to: to_, hosts: Vec::new(), tags: Vec::new(), codes: Vec::new(),
        };
        let channels = vec![
            Route { quiet, ..route("a") },
            Route { escalation_only: true, ..route("a:12") },
            Route { owner_only: true, ..route("alpha-team") },
        ];
        let routing = Routing {
            maintenance: vec![window],
            time_zone: "America/New_York".into(),
            ..to(channels)
        };
        let told = compose(&all, &routing, now);
        prop_assert_eq!(&told, &compose(&all, &routing, now));
        let keys: HashSet<&str> = told.iter().map(|told| told.key.as_str()).collect();
        prop_assert_eq!(keys.len(), told.len());
        for told in &told {
            prop_assert!(told.not_before.is_none_or(|until| until > now || until == Timestamp::MAX));
            prop_assert!(told.held.is_some() == told.not_before.is_some());
            prop_assert!(!told.message.headline.is_empty());
        }
        // The moment of composing changes neither keys nor words.
        let again = compose(&all, &Routing { maintenance: Vec::new(), ..routing.clone() }, Timestamp::UNIX_EPOCH);
        let known: Vec<&String> = told.iter().map(|told| &told.key).collect();
        prop_assert_eq!(known, again.iter().map(|told| &told.key).collect::<Vec<_>>());
        if let Some(last) = all.last() {
            let input = PostmortemInput { time_zone: "Asia/Tokyo".into(), now, told: Vec::new() };
            prop_assert!(postmortem(&last.incident, &all, &input).starts_with("# Post-mortem"));
        }
    }

    #[test]
    fn a_digest_is_due_within_eight_days(
        weekday in 0_u8..10, minute in 0_u16..2_000, second in 0_i64..4_000_000_000,
    ) {
        let after = Timestamp::from_second(second).unwrap();
        for zone in ["UTC", "Europe/Berlin", "Pacific/Apia"] {
            let due = digest_due(weekday, minute, zone, after);
            prop_assert!(due > after && due.duration_since(after) <= SignedDuration::from_hours(8 * 24 + 2));
        }
    }
}
