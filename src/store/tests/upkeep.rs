//! Roll-ups and retention.

use super::samples::*;
use crate::incident::{Happened, Incident, State};
use crate::judge::Severity;
use crate::store::*;

/// A hundred looks within an hour: 3 fail, 2 cannot tell, the others take 1 to 95 ms.
async fn an_hour(store: &Store, begin: i64, name: &str) {
    for n in 0..100_i64 {
        let now = at(begin + n * 30);
        let up = match n {
            0..3 => Some(false),
            3..5 => None,
            _ => Some(true),
        };
        let ms = if up == Some(true) { (n - 4) as f64 } else { 20_000.0 };
        let mut facts = round(&format!("{name}-{n}"), now);
        facts.origins = vec![origin(HOST, now, up, ms, None)];
        facts.feeds = vec![feed(now, FeedAnswer::Failed)];
        facts.walks =
            vec![walk("one", TargetKind::Enclosure, now, up, ms), walk("cms", TargetKind::Endpoint, now, up, ms)];
        store.commit(&of(facts)).await.unwrap();
    }
}

fn told(bucket: &Bucket) -> (u64, u64, u64, Option<f64>, Option<f64>) {
    (bucket.checks, bucket.failed, bucket.unknown, bucket.p50_ms, bucket.p95_ms)
}

/// By nearest rank, of 1 to 95: the 48th and the 91st.
const EXPECTED: (u64, u64, u64, Option<f64>, Option<f64>) = (100, 3, 2, Some(48.0), Some(91.0));

pub(super) async fn hours_and_days_are_counted_once_and_right(place: &Place) {
    let store = open(place).await;
    an_hour(&store, 0, "a").await;
    let keep = Retention::default();
    let things = store.read().things().await.unwrap();
    assert_eq!(
        things.iter().map(|thing| thing.kind).collect::<Vec<_>>(),
        [ThingKind::Show, ThingKind::Origin, ThingKind::Endpoint]
    );
    // Before and after the hour is rolled up, the figures are the same.
    for _ in 0..2 {
        for thing in &things {
            let course = store.read().course(thing, at(0), at(2 * HOUR), Scale::Hour).await.unwrap();
            assert_eq!(course.iter().map(told).collect::<Vec<_>>(), [EXPECTED], "{thing:?}");
            assert_eq!(course[0].start, at(0));
        }
        store.maintain(at(HOUR), &keep).await.unwrap();
    }
    assert_eq!(store.maintain(at(HOUR), &keep).await.unwrap().hours, 0, "counted once");

    // A fact that comes late, and a later day.
    let mut facts = round("late", at(HOUR + 60));
    facts.origins = vec![origin(HOST, at(HOUR - 1), Some(false), 1.0, None)];
    store.commit(&of(facts)).await.unwrap();
    store.maintain(at(HOUR + 120), &keep).await.unwrap();
    let origin = things.iter().find(|thing| thing.kind == ThingKind::Origin).unwrap();
    let course = store.read().course(origin, at(0), at(HOUR + 120), Scale::Hour).await.unwrap();
    assert_eq!((course[0].checks, course[0].failed), (101, 4));
    an_hour(&store, 40 * DAY, "b").await;
    let done = store.maintain(at(41 * DAY), &Retention { facts_days: 60, ..keep }).await.unwrap();
    assert_eq!((done.hours, done.days, done.more), (1, 2, false), "over forty empty days");
    let course = store.read().course(origin, at(0), at(41 * DAY), Scale::Day).await.unwrap();
    assert_eq!(
        course.iter().map(|bucket| (bucket.start, bucket.checks)).collect::<Vec<_>>(),
        [(at(0), 101), (at(40 * DAY), 100)]
    );
}

pub(super) async fn what_is_old_goes_and_what_is_needed_stays(place: &Place) {
    let store = open(place).await;
    an_hour(&store, 0, "a").await;
    let mut facts = round("cert", at(0));
    facts.certificates = vec![certificate("aa", "CA", -DAY, 400 * DAY)];
    facts.origins = vec![origin(HOST, at(0), Some(true), 1.0, Some("aa"))];
    let mut commit = of(facts);
    let closed = incident(1, State::Closed, 0, at(0));
    commit.transitions = vec![
        transition(0, Happened::Opened, &closed),
        transition(0, Happened::Opened, &incident(2, State::Open, 0, at(0))),
    ];
    commit.notifications = vec![
        message("m1", "chat", Some(1), at(0)),
        message("m2", "chat", Some(2), at(0)),
        message("m3", "chat", Some(2), at(0)),
    ];
    store.commit(&commit).await.unwrap();
    for key in ["m1", "m2"] {
        store.delivered(key, None, at(1), &[]).await.unwrap();
    }
    let keep = Retention::default();
    let count = async |name: &str| {
        let table = TABLES.iter().find(|table| table.name == name).unwrap();
        store.read().page(table, 0, None).await.unwrap().rows.len()
    };
    let all = async || {
        let mut deleted = 0;
        let mut course = Vec::new();
        for days in [13, 15, 91, 729, 800] {
            loop {
                let done = store.maintain(at(days * DAY), &keep).await.unwrap();
                deleted += done.deleted;
                if !done.more {
                    break;
                }
            }
            let things = store.read().things().await.unwrap();
            let mut buckets = Vec::new();
            for scale in [Scale::Hour, Scale::Day] {
                buckets.push(match things.iter().find(|thing| thing.kind == ThingKind::Origin) {
                    Some(thing) => store.read().course(thing, at(0), at(days * DAY), scale).await.unwrap().len(),
                    None => 0,
                });
            }
            course.push((days, count("rounds").await, count("origins").await, buckets, count("certificates").await));
        }
        assert!(deleted > 0);
        course
    };
    assert_eq!(
        all().await,
        [
            (13, 101, 101, vec![1, 1], 1),
            (15, 0, 0, vec![1, 1], 1),
            (91, 0, 0, vec![0, 1], 1),
            (729, 0, 0, vec![0, 1], 1),
            (800, 0, 0, vec![0, 0], 0),
        ]
    );
    // The incident that is going on keeps everything, the closed one is gone.
    assert_eq!((count("incidents").await, count("transitions").await, count("deliveries").await), (1, 1, 2));
    assert!(store.read().things().await.unwrap().is_empty());
    assert!(store.faults().await.unwrap().is_empty());
}

pub(super) async fn an_overview_counts_the_last_minute(place: &Place) {
    let store = open(place).await;
    an_hour(&store, 0, "a").await;
    store.maintain(at(HOUR), &Retention::default()).await.unwrap();
    let mut facts = round("now", at(2 * HOUR));
    facts.origins = vec![
        origin(HOST, at(2 * HOUR), Some(true), 1.0, None),
        origin("https://other:443", at(2 * HOUR), None, 1.0, None),
    ];
    store.commit(&of(facts)).await.unwrap();
    let overview = store.read().overview(at(0), at(2 * HOUR), Scale::Hour).await.unwrap();
    let line = |name: &str| overview.iter().find(|line| line.thing.name == name).unwrap();
    let origin = line(HOST);
    assert_eq!((origin.checks, origin.failed, origin.unknown), (101, 3, 2));
    assert!((origin.uptime.unwrap() - 96.0 / 99.0).abs() < 1e-9, "{:?}", origin.uptime);
    assert_eq!(origin.p95_ms, Some(91.0));
    assert_eq!(line("https://other:443").uptime, None);
    assert_eq!(overview.last().unwrap().thing.name, "https://other:443", "those that failed come first");
    let marks = store.read().marks(&origin.thing, at(0), 10).await.unwrap();
    assert_eq!((marks.len(), marks[0].at, marks[0].verdict.as_str()), (5, at(120), "critical"));
    let show = store.read().marks(&line("The Night Shift").thing, at(0), 2).await.unwrap();
    assert_eq!((show.len(), show[0].title.as_deref()), (2, Some("Episode one")));
}

pub(super) async fn a_show_counts_its_episodes_and_its_feed_is_counted_apart(place: &Place) {
    let store = open(place).await;
    for n in 0..10 {
        let now = at(n * 60);
        let mut facts = round(&format!("r{n}"), now);
        facts.feeds = vec![feed(now, FeedAnswer::Failed)];
        facts.walks = vec![
            walk("one", TargetKind::Enclosure, now, Some(true), 10.0),
            // The feed's own document comes every other time only.
            walk("document", TargetKind::Feed, now, Some(n % 2 == 0), 500.0),
        ];
        store.commit(&of(facts)).await.unwrap();
    }
    for _ in 0..2 {
        let overview = store.read().overview(at(0), at(HOUR), Scale::Hour).await.unwrap();
        let figures = |kind| {
            let line = overview.iter().find(|line| line.thing.kind == kind).unwrap();
            (line.checks, line.failed, line.p95_ms, line.thing.name.as_str())
        };
        assert_eq!(figures(ThingKind::Show), (10, 0, Some(10.0), "The Night Shift"), "every episode came");
        assert_eq!(figures(ThingKind::Feed), (10, 5, Some(500.0), "The Night Shift"));
        // The same once the hour is rolled up.
        store.maintain(at(HOUR), &Retention::default()).await.unwrap();
    }
    let things = store.read().things().await.unwrap();
    for (kind, marks) in [(ThingKind::Show, 0), (ThingKind::Feed, 5)] {
        let thing = things.iter().find(|thing| thing.kind == kind).unwrap();
        assert_eq!(store.read().marks(thing, at(0), 10).await.unwrap().len(), marks, "{kind:?}");
    }
}

pub(super) async fn a_fault_has_what_was_found_and_the_spell_it_belongs_to(place: &Place) {
    let store = open(place).await;
    // It fails, is well, fails again without a finding that is kept, and an incident of its host is told.
    for (minute, up, found) in [(0, false, true), (5, false, true), (10, true, false), (60, false, false)] {
        let now = at(minute * 60);
        let mut facts = round(&format!("r{minute}"), now);
        facts.origins = vec![origin(HOST, now, Some(up), 1.0, None)];
        facts.findings = if found { vec![finding(now, Severity::Critical)] } else { Vec::new() };
        store.commit(&of(facts)).await.unwrap();
    }
    let things = store.read().things().await.unwrap();
    let thing = things.iter().find(|thing| thing.kind == ThingKind::Origin).unwrap();
    let marks = store.read().marks(thing, at(0), 10).await.unwrap();
    let codes: Vec<_> = marks.iter().map(|mark| mark.finding.as_ref().map(|finding| finding.code.as_str())).collect();
    assert_eq!(codes, [None, Some("cert-expired"), Some("cert-expired")]);
    assert_eq!(marks[1].spell, marks[2].spell);
    assert_ne!(marks[0].spell, marks[1].spell, "it was well in between");
    let told =
        Incident { host: Some("traffic.example".into()), since: at(3_500), ..incident(1, State::Open, 1, at(3_600)) };
    store.commit(&Commit { incidents: vec![told], ..Commit::default() }).await.unwrap();
    let marks = store.read().marks(thing, at(0), 10).await.unwrap();
    assert!(marks[0].finding.is_some(), "what was told of its host: {marks:?}");
}
