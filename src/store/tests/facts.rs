//! What is written is there, once.

use futures_util::FutureExt as _;

use super::samples::*;
use crate::incident::{Ending, Happened, IncidentId, State, Step};
use crate::judge::{Severity, Verdict};
use crate::notice::Phase;
use crate::store::commit::{happened_name, state_name};
use crate::store::*;

/// Everything at once.
fn whole() -> Commit {
    let mut facts = round("round-1", at(60));
    facts.certificates = vec![certificate("aa", "Let's Encrypt", -60 * DAY, 30 * DAY)];
    facts.origins = vec![origin(HOST, at(60), Some(false), 12.5, Some("aa"))];
    facts.feeds = vec![feed(at(60), read(version("The Night Shift", 2)))];
    facts.walks = vec![
        walk("one", TargetKind::Enclosure, at(60), Some(true), 800.0),
        walk("cms", TargetKind::Endpoint, at(60), Some(false), 5.0),
    ];
    facts.findings = vec![finding(at(60), Severity::Critical)];
    let confirmed = incident(1, State::Open, 1, at(60));
    let opened = transition(0, Happened::Opened, &confirmed);
    Commit {
        round: Some(facts),
        incidents: vec![incident(2, State::Suspected, 0, at(60))],
        forgotten: Vec::new(),
        done_wishes: Vec::new(),
        released: Vec::new(),
        transitions: vec![opened],
        notifications: vec![message("chat/1/0", "chat", Some(1), at(60))],
    }
}

async fn rows(reader: &Reader) -> Vec<usize> {
    let mut counts = Vec::new();
    for table in TABLES {
        counts.push(reader.page(table, 0, None).await.unwrap().rows.len());
    }
    counts
}

pub(super) async fn a_commit_is_read_back_as_it_was(place: &Place) {
    let commit = whole();
    let store = open(place).await;
    let done = store.commit(&commit).await.unwrap();
    assert_eq!(done, Committed { round: true, transitions: 1, notifications: 1 });
    let reader = store.read();

    let book = reader.book(at(0)).await.unwrap();
    assert_eq!(book.incidents, [commit.transitions[0].incident.clone(), commit.incidents[0].clone()]);
    assert_eq!(book.next, 3);
    let dossier = reader.incident(IncidentId(1)).await.unwrap().unwrap();
    assert_eq!(dossier.transitions, commit.transitions);
    assert_eq!(dossier.deliveries[0].state, "waiting");
    assert!(reader.incident(IncidentId(9)).await.unwrap().is_none());
    assert_eq!(reader.due(at(60), 10).await.unwrap()[0].notification, commit.notifications[0]);
    let listed = reader.incidents(None, 10).await.unwrap();
    assert_eq!(listed.iter().map(|line| line.id).collect::<Vec<_>>(), [1], "a suspicion is not listed");

    let feed = reader.feed("feed-1").await.unwrap().unwrap();
    assert_eq!(feed.etag.as_deref(), Some("\"e\""));
    assert_eq!(feed.latest.unwrap().version, version("The Night Shift", 2));
    let tenures = reader.tenures(HOST, 5).await.unwrap();
    assert_eq!(tenures[0].certificate, certificate("aa", "Let's Encrypt", -60 * DAY, 30 * DAY));
    assert_eq!(tenures[0].root.as_deref(), Some("CN=Root"));
    assert_eq!(reader.origin_seen(HOST).await.unwrap(), Some(at(60)));
    assert_eq!(rows(reader).await, [1, 1, 1, 2, 1, 2, 1, 1]);

    // As serde writes them, for whoever reads the columns.
    for state in [State::Suspected, State::Open, State::Flapping, State::Closed] {
        assert_eq!(serde_json::to_value(state).unwrap(), state_name(state));
    }
    let from = Severity::Warning;
    for happened in [
        Happened::Opened,
        Happened::Stepped { step: Step::Daily },
        Happened::Worsened { from },
        Happened::Eased { from },
        Happened::Recovered,
        Happened::Unwatched,
        Happened::Reopened,
        Happened::Flapping,
        Happened::Reminded,
        Happened::Escalated,
        Happened::Acknowledged { by: "Ann".into(), from: Some("Bob".into()) },
        Happened::Released { by: "Ann".into() },
    ] {
        assert_eq!(serde_json::to_value(&happened).unwrap()["what"], happened_name(&happened));
    }
    for ending in Ending::ALL {
        assert_eq!(serde_json::to_value(ending).unwrap(), ending.as_str());
    }
    for phase in [Phase::First, Phase::Update, Phase::End, Phase::Single] {
        assert_eq!(serde_json::to_value(phase).unwrap(), crate::store::commit::phase_name(phase));
    }
}

pub(super) async fn a_commit_that_is_repeated_adds_nothing(place: &Place) {
    let store = open(place).await;
    store.commit(&whole()).await.unwrap();
    let before = rows(store.read()).await;
    assert_eq!(store.commit(&whole()).await.unwrap(), Committed::default());
    assert_eq!(rows(store.read()).await, before);

    // Nor does an older one undo a newer.
    let open = incident(1, State::Open, 1, at(60));
    let closed = transition(1, Happened::Recovered, &incident(1, State::Closed, 1, at(120)));
    store.commit(&Commit { transitions: vec![closed.clone()], ..Commit::default() }).await.unwrap();
    store.commit(&Commit { incidents: vec![open], ..Commit::default() }).await.unwrap();
    let dossier = store.read().incident(IncidentId(1)).await.unwrap().unwrap();
    assert_eq!((dossier.incident.state, dossier.transitions.len()), (State::Closed, 2));
    assert!(store.read().incidents(None, 10).await.unwrap().is_empty());
    let listed = store.read().incidents(Some(at(120)), 10).await.unwrap();
    assert_eq!(listed.iter().map(|line| line.ending.as_deref()).collect::<Vec<_>>(), [Some("unwatched")]);
    let table = TABLES.iter().find(|table| table.name == "incidents").unwrap();
    let exported = store.read().page(table, 0, None).await.unwrap();
    assert_eq!(exported.rows[0].last(), Some(&Cell::Text("unwatched".into())));

    // A message that was delivered is not put in the outbox again.
    assert!(store.delivered("chat/1/0", None, at(90), &[]).await.unwrap());
    store.commit(&whole()).await.unwrap();
    assert!(store.read().due(at(900), 10).await.unwrap().is_empty());
}

pub(super) async fn a_commit_that_was_dropped_left_all_or_nothing(place: &Place) {
    let store = open(place).await;
    for number in 0..40_u32 {
        let key = format!("chat/{number}");
        let mut commit = of(round(&key, at(i64::from(number))));
        commit.transitions = vec![transition(number, Happened::Reminded, &incident(1, State::Open, 0, at(0)))];
        commit.notifications = vec![message(&key, "chat", Some(1), at(0))];
        let mut writing = Box::pin(store.commit(&commit));
        // Dropped after so many turns; the later ones get through.
        for _ in 0..number.pow(3) {
            if (&mut writing).now_or_never().is_some() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(writing);
    }
    // What is dropped last is rolled back before the next is written.
    store.commit(&sent(vec![message("end", "other", None, at(0))])).await.unwrap();
    let column = |name: &str| TABLES.iter().find(|table| table.name == name).unwrap();
    let count = async |name: &str| store.read().page(column(name), 0, None).await.unwrap().rows.len();
    let (rounds, transitions, deliveries) =
        (count("rounds").await, count("transitions").await, count("deliveries").await);
    assert_eq!((rounds, transitions), (transitions, deliveries - 1));
    assert!((1..40).contains(&rounds), "{rounds} got through");
}

pub(super) async fn a_renewal_is_a_share_of_the_lifetime(place: &Place) {
    let store = open(place).await;
    // Certificates of 90 days, renewed when 30, 27 and 33 days are left.
    let mut begin = 0;
    for (number, left) in [30, 27, 33, 20].into_iter().enumerate() {
        let sha256 = format!("{number:02}");
        let end = begin + 90 * DAY;
        let authority = if number == 3 { "Other CA" } else { "Let's Encrypt" };
        for day in 0..(90 - left) {
            let now = at(begin + day * DAY);
            let mut facts = round(&format!("{number}-{day}"), now);
            facts.certificates = vec![certificate(&sha256, authority, begin, end)];
            facts.origins = vec![origin(HOST, now, Some(true), 1.0, Some(&sha256))];
            store.commit(&of(facts)).await.unwrap();
        }
        begin += (90 - left) * DAY;
    }
    let habit = store.read().habit(HOST, "Let's Encrypt").await.unwrap();
    let shares: Vec<String> = habit.iter().map(|share| format!("{:.3}", share * 90.0)).collect();
    assert_eq!(shares, ["27.000", "30.000"], "newest first; the first certificate replaced none that was known");
    assert!(store.read().habit(HOST, "Other CA").await.unwrap().is_empty(), "another authority is another habit");
    assert!(store.read().habit("https://other:443", "Let's Encrypt").await.unwrap().is_empty());
    let tenures = store.read().tenures(HOST, 2).await.unwrap();
    assert_eq!(tenures.iter().map(|tenure| tenure.certificate.sha256.as_str()).collect::<Vec<_>>(), ["03", "02"]);

    // After a pause of weeks nobody knows when it was renewed.
    let mut facts = round("late", at(begin + 40 * DAY));
    facts.certificates = vec![certificate("ff", "Other CA", begin + 30 * DAY, begin + 120 * DAY)];
    facts.origins = vec![origin(HOST, at(begin + 40 * DAY), Some(true), 1.0, Some("ff"))];
    store.commit(&of(facts)).await.unwrap();
    assert!(store.read().habit(HOST, "Other CA").await.unwrap().is_empty());
}

pub(super) async fn a_feed_has_a_version_for_each_thing_it_said(place: &Place) {
    let store = open(place).await;
    let steps = [
        (0, read(version("Night", 2))),
        (1, read(version("Night", 2))),
        (2, FeedAnswer::Unchanged),
        (3, FeedAnswer::Failed),
        (4, read(version("Night", 3))),
        (5, FeedAnswer::Unchanged),
    ];
    for (second, answer) in steps {
        let mut facts = round(&format!("r{second}"), at(second));
        facts.feeds = vec![feed(at(second), answer)];
        store.commit(&of(facts)).await.unwrap();
    }
    let history = store.read().feed_history("feed-1", 10).await.unwrap();
    let seen = |index: usize| (history[index].version.items, history[index].first_seen, history[index].last_seen);
    assert_eq!(history.len(), 2);
    assert_eq!(seen(0), (3, at(4), at(5)));
    assert_eq!(seen(1), (2, at(0), at(2)));
    assert_eq!(store.read().feed("feed-1").await.unwrap().unwrap().read_at, Some(at(5)));
    assert_eq!(store.read().feeds().await.unwrap().len(), 1);
    assert!(store.read().feed("feed-2").await.unwrap().is_none());

    // A feed that never says the same keeps a bounded number.
    let mut facts = round("many", at(100));
    facts.feeds =
        (0..80).map(|number| feed(at(100 + number), read(version("Night", 100 + number.unsigned_abs())))).collect();
    store.commit(&of(facts)).await.unwrap();
    let history = store.read().feed_history("feed-1", 1_000).await.unwrap();
    assert_eq!((history.len(), history[0].version.items), (50, 179));
}

pub(super) async fn a_finding_that_comes_back_is_another_row(place: &Place) {
    let store = open(place).await;
    for (second, severity, cleared) in [
        (0, Some(Severity::Warning), false),
        (1, Some(Severity::Critical), false),
        (2, None, true),
        (3, Some(Severity::Warning), false),
    ] {
        let mut facts = round(&format!("r{second}"), at(second));
        facts.findings = severity.map(|severity| finding(at(second), severity)).into_iter().collect();
        facts.cleared = if cleared { vec![finding(at(0), Severity::Info).id] } else { Vec::new() };
        store.commit(&of(facts)).await.unwrap();
    }
    let table = TABLES.iter().find(|table| table.name == "findings").unwrap();
    let rows = store.read().page(table, 0, None).await.unwrap().rows;
    let column = |name: &str| table.columns.iter().position(|column| column.name() == name).unwrap();
    let told = |row: usize| {
        ["severity", "first_seen_at", "last_seen_at", "cleared_at"].map(|name| rows[row][column(name)].clone())
    };
    assert_eq!(rows.len(), 2);
    assert_eq!(told(0), [Cell::Text("critical".into()), Cell::Time(at(0)), Cell::Time(at(1)), Cell::Time(at(2))]);
    assert_eq!(told(1), [Cell::Text("warning".into()), Cell::Time(at(3)), Cell::Time(at(3)), Cell::Null]);
}

pub(super) async fn hostile_text_is_kept_and_bounded(place: &Place) {
    let store = open(place).await;
    let nasty = "a\0b'); DROP TABLE rounds; --\u{202e}\u{1f600}";
    let long = "é".repeat(1 << 20);
    let mut facts = round(&long, at(0));
    facts.feeds = vec![FeedFact { name: nasty.into(), ..feed(at(0), read(version(&long, u64::MAX))) }];
    facts.walks = vec![
        WalkFact {
            title: Some(nasty.into()),
            total_ms: Some(f64::NAN),
            ..walk(&long, TargetKind::Enclosure, at(0), None, 1.0)
        },
        WalkFact {
            hops: serde_json::json!([long.clone()]),
            ..walk("big", TargetKind::Enclosure, at(0), Some(true), 1.0)
        },
    ];
    facts.origins = vec![OriginFact {
        edges_up: u32::MAX,
        verdict: Verdict::Unknown,
        ..origin(&long, at(0), None, f64::INFINITY, Some("unknown"))
    }];
    let mut commit = of(facts);
    commit.incidents = vec![crate::incident::Incident { summary: nasty.into(), ..incident(1, State::Open, 0, at(0)) }];
    commit.notifications =
        vec![message(&long, nasty, Some(1), at(0)), message(&format!("{long}2"), nasty, Some(1), at(0))];
    store.commit(&commit).await.unwrap();
    assert_eq!(store.commit(&commit).await.unwrap(), Committed::default(), "long keys are the same again");
    let due = store.read().waiting(nasty, IncidentId(1)).await.unwrap();
    assert_eq!(due.len(), 2, "long keys that differ at their end differ");
    assert_eq!(due[0].notification, commit.notifications[0]);
    assert!(store.delivered(&long, None, at(1), &[]).await.unwrap());
    assert_eq!(store.read().book(at(0)).await.unwrap().incidents[0].summary, nasty);
    for table in TABLES {
        for cell in store.read().page(table, 0, None).await.unwrap().rows.into_iter().flatten() {
            if let Cell::Text(text) = cell {
                assert!(text.len() <= 8192 && !text.contains('\0'), "{}: {}", table.name, text.len());
            }
        }
    }
    let things = store.read().things().await.unwrap();
    assert_eq!(things[0].name, nasty.replace('\0', "\u{fffd}"));
}

pub(super) async fn every_table_is_exported_page_by_page(place: &Place) {
    let store = open(place).await;
    let mut facts = round("many", at(0));
    facts.walks = (0..1_203).map(|n| walk(&n.to_string(), TargetKind::Endpoint, at(n), Some(true), 1.0)).collect();
    store.commit(&of(facts)).await.unwrap();
    let table = TABLES.iter().find(|table| table.name == "enclosures").unwrap();
    for (since, expected) in [(None, 1_203), (Some(at(1_000)), 203)] {
        let (mut after, mut seen, mut pages) = (Some(0), std::collections::BTreeSet::new(), 0);
        while let Some(place) = after {
            let page = store.read().page(table, place, since).await.unwrap();
            assert!(page.rows.len() <= 500);
            seen.extend(page.rows.iter().map(|row| format!("{:?}", row[6])));
            after = page.next;
            pages += 1;
        }
        assert_eq!((seen.len(), pages), (expected, expected / 500 + 1));
    }
}
