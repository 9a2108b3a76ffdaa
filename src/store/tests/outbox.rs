//! The outbox: order, patience, and nothing twice.

use serde_json::json;

use super::samples::*;
use crate::incident::IncidentId;
use crate::notice::{About, Notification, Phase};
use crate::store::*;

pub(super) async fn messages_of_an_incident_go_in_their_order(place: &Place) {
    let store = open(place).await;
    let messages = vec![
        message("a1", "chat", Some(1), at(0)),
        message("a2", "chat", Some(1), at(0)),
        message("b1", "mail", Some(1), at(0)),
        message("c1", "chat", Some(2), at(0)),
        message("digest", "chat", None, at(0)),
        message("digest2", "chat", None, at(0)),
    ];
    store.commit(&sent(messages)).await.unwrap();
    let reader = store.read();
    assert_eq!(keys(&reader.due(at(0), 10).await.unwrap()), ["a1", "b1", "c1", "digest", "digest2"]);
    assert_eq!(keys(&reader.due(at(0), 2).await.unwrap()), ["a1", "b1"]);
    assert!(reader.due(at(-1), 10).await.unwrap().is_empty());
    assert_eq!(reader.outbox().await.unwrap(), Waiting { messages: 6, since: Some(at(0)) });

    assert!(store.delivered("a1", Some(&json!({"id": "ts-1"})), at(1), &[]).await.unwrap());
    assert!(!store.delivered("a1", Some(&json!({"id": "ts-2"})), at(2), &[]).await.unwrap(), "only once");
    assert!(!store.retry("a1", at(9), "late").await.unwrap() && !store.dead("a1", "late", at(9)).await.unwrap());
    assert_eq!(keys(&reader.due(at(1), 1).await.unwrap()), ["a2"]);
    store.delivered("a2", Some(&json!({"id": "ts-3"})), at(3), &[]).await.unwrap();
    assert_eq!(reader.receipt_of_first("chat", IncidentId(1)).await.unwrap(), Some(json!({"id": "ts-1"})));
    assert_eq!(reader.receipt_of_first("mail", IncidentId(1)).await.unwrap(), None);
    let of = |channel| message("new", channel, Some(1), at(4));
    assert_eq!(reader.receipt_of_last(&of("chat")).await.unwrap(), Some(json!({"id": "ts-3"})));
    assert_eq!(reader.receipt_of_last(&of("mail")).await.unwrap(), None);
}

pub(super) async fn what_may_go_takes_along_what_came_before(place: &Place) {
    let store = open(place).await;
    let held = |key: &str, incident, until| Notification {
        not_before: Some(at(until)),
        ..message(key, "chat", incident, at(0))
    };
    store.commit(&sent(vec![held("warning", Some(1), 8 * HOUR), held("digest", None, 9 * HOUR)])).await.unwrap();
    let reader = store.read();
    assert!(reader.due(at(HOUR), 10).await.unwrap().is_empty(), "nobody is woken");
    assert_eq!(reader.next_due().await.unwrap(), Some(at(8 * HOUR)));
    // It becomes critical at night: the first goes at once, and the second behind it.
    store.commit(&sent(vec![message("critical", "chat", Some(1), at(HOUR))])).await.unwrap();
    assert_eq!(reader.next_due().await.unwrap(), Some(at(HOUR)));
    assert_eq!(keys(&reader.due(at(HOUR), 10).await.unwrap()), ["warning"]);
    store.delivered("warning", None, at(HOUR), &[]).await.unwrap();
    assert_eq!(keys(&reader.due(at(HOUR), 10).await.unwrap()), ["critical"]);
    store.delivered("critical", None, at(HOUR), &[]).await.unwrap();
    assert_eq!(reader.next_due().await.unwrap(), Some(at(9 * HOUR)));
    assert_eq!(keys(&reader.due(at(9 * HOUR), 10).await.unwrap()), ["digest"]);
}

pub(super) async fn a_failure_waits_and_a_dead_letter_frees_the_next(place: &Place) {
    let store = open(place).await;
    let messages = vec![message("one", "chat", Some(1), at(0)), message("two", "chat", Some(1), at(0))];
    store.commit(&sent(messages)).await.unwrap();
    let reader = store.read();
    assert!(store.retry("one", at(60), "503").await.unwrap());
    assert!(reader.due(at(59), 10).await.unwrap().is_empty(), "the second waits for the first");
    assert_eq!(reader.next_due().await.unwrap(), Some(at(60)));
    let due = reader.due(at(60), 10).await.unwrap();
    assert_eq!((keys(&due), due[0].attempts), (vec!["one"], 1));
    assert!(store.dead("one", "404: no such channel", at(61)).await.unwrap());
    assert_eq!(keys(&reader.due(at(61), 10).await.unwrap()), ["two"]);
    assert!(!store.retry("none", at(1), "").await.unwrap());

    let opened = transition(0, crate::incident::Happened::Opened, &incident(1, crate::incident::State::Open, 0, at(0)));
    store.commit(&Commit { transitions: vec![opened], ..Commit::default() }).await.unwrap();
    let dossier = reader.incident(IncidentId(1)).await.unwrap().unwrap();
    let dead = &dossier.deliveries[0];
    assert_eq!((dead.state.as_str(), dead.attempts, dead.done_at), ("dead", 2, Some(at(61))));
    assert_eq!(dead.last_error.as_deref(), Some("404: no such channel"));
}

pub(super) async fn an_outage_is_told_by_its_last_word(place: &Place) {
    let store = open(place).await;
    let messages = (0..5).map(|n| message(&format!("m{n}"), "chat", Some(1), at(n))).collect();
    store.commit(&sent(messages)).await.unwrap();
    let reader = store.read();
    let waiting = reader.waiting("chat", IncidentId(1)).await.unwrap();
    let (last, earlier) = waiting.split_last().unwrap();
    assert_eq!(store.superseded(&keys(earlier), at(9)).await.unwrap(), 4);
    assert_eq!(keys(&reader.due(at(9), 10).await.unwrap()), [last.notification.key.as_str()]);
    assert_eq!(store.superseded(&["m0"], at(9)).await.unwrap(), 0);
    store.delivered("m4", Some(&json!("ts")), at(9), &[]).await.unwrap();
    assert_eq!(reader.receipt_of_first("chat", IncidentId(1)).await.unwrap(), Some(json!("ts")));
    assert_eq!(reader.outbox().await.unwrap(), Waiting::default());
}

pub(super) async fn a_channel_has_its_own_queue(place: &Place) {
    let store = open(place).await;
    let later = Notification { not_before: Some(at(HOUR)), ..message("night", "sms", None, at(0)) };
    let messages = vec![
        message("a1", "chat", Some(1), at(0)),
        message("a2", "chat", Some(1), at(0)),
        message("b1", "mail", Some(1), at(0)),
        message("a3", "chat", None, at(0)),
        later,
    ];
    store.commit(&sent(messages)).await.unwrap();
    let reader = store.read();
    assert_eq!(keys(&reader.due_on("chat", at(0), 10).await.unwrap()), ["a1", "a3"]);
    assert_eq!(keys(&reader.due_on("chat", at(0), 1).await.unwrap()), ["a1"]);
    assert_eq!(keys(&reader.due_on("mail", at(0), 10).await.unwrap()), ["b1"]);
    assert!(reader.due_on("sms", at(0), 10).await.unwrap().is_empty());
    let next = |channel: &str, seconds| (channel.to_owned(), at(seconds));
    let each = reader.next_due_of_each().await.unwrap();
    assert_eq!(each, [next("chat", 0), next("mail", 0), next("sms", HOUR)]);
    store.retry("a1", at(9), "503").await.unwrap();
    assert_eq!(keys(&reader.due_on("chat", at(9), 10).await.unwrap()), ["a3", "a1"], "what was never tried is first");
}

pub(super) async fn what_a_platform_limits_is_not_hastened(place: &Place) {
    let store = open(place).await;
    store.commit(&sent(vec![message("a", "chat", None, at(0)), message("b", "chat", None, at(0))])).await.unwrap();
    let reader = store.read();
    assert!(store.retry("a", at(60), "503").await.unwrap() && store.limited("b", at(90), "429").await.unwrap());
    assert_eq!(reader.failed_on("chat").await.unwrap().into_iter().collect::<Vec<_>>(), ["a"]);
    assert_eq!(reader.limits(at(89)).await.unwrap(), [("chat".to_owned(), at(90))]);
    assert_eq!(reader.limits(at(90)).await.unwrap(), []);
    // It fails otherwise then.
    assert!(store.retry("b", at(120), "503").await.unwrap());
    assert_eq!((reader.failed_on("chat").await.unwrap().len(), reader.limits(at(0)).await.unwrap()), (2, Vec::new()));
}

pub(super) async fn a_dead_letter_and_the_news_of_it_are_one(place: &Place) {
    let store = open(place).await;
    store.commit(&sent(vec![message("a", "chat", None, at(0))])).await.unwrap();
    let news = |key: &str| [message(key, "mail", None, at(1))];
    assert!(store.refused("a", "403", at(1), Some(at(HOUR)), &news("n1")).await.unwrap());
    assert_eq!(keys(&store.read().due(at(1), 10).await.unwrap()), ["n1"]);
    assert_eq!(keys(&store.read().due(at(HOUR), 10).await.unwrap()), ["a", "n1"]);
    assert!(store.refused("a", "403", at(HOUR), None, &news("n2")).await.unwrap());
    assert!(!store.refused("a", "403", at(HOUR), None, &news("n3")).await.unwrap(), "it is dead already");
    assert_eq!(keys(&store.read().due(at(DAY), 10).await.unwrap()), ["n1", "n2"]);
}

pub(super) async fn what_is_wrong_with_podprobe_is_known_until_it_ends(place: &Place) {
    let store = open(place).await;
    let dead = About::Undeliverable { channel: "chat".into() };
    let about = |key: &str, channel: &str, about: &About, phase| Notification {
        about: Some(about.clone()),
        phase,
        ..message(key, channel, None, at(0))
    };
    let configuration = About::Configuration;
    store
        .commit(&sent(vec![
            about("c1", "mail", &configuration, Phase::Single),
            about("d1", "mail", &dead, Phase::Single),
            about("d2", "sms", &dead, Phase::Single),
            about("d3", "mail", &dead, Phase::Single),
        ]))
        .await
        .unwrap();
    let reader = store.read();
    let of =
        |about: &About, channel: &str| Trouble { about: about.clone(), channel: channel.to_owned(), told_at: at(0) };
    let troubles = reader.troubles().await.unwrap();
    assert_eq!(troubles, [of(&configuration, "mail"), of(&dead, "mail"), of(&dead, "sms")]);
    assert_eq!(keys(&reader.due(at(0), 10).await.unwrap()), ["c1", "d1", "d2"], "one after the other about one thing");
    assert_eq!(keys(&reader.waiting_about("mail", &dead).await.unwrap()), ["d1", "d3"]);
    // What was never told needs no end.
    store.dead("d2", "403", at(1)).await.unwrap();
    store.delivered("d1", None, at(1), &[about("e1", "mail", &dead, Phase::End)]).await.unwrap();
    assert_eq!(reader.troubles().await.unwrap(), [of(&configuration, "mail")]);
    assert_eq!(keys(&reader.due(at(1), 10).await.unwrap()), ["c1", "d3"], "and its end comes last");
    // Told once more, it is there once more.
    store.commit(&sent(vec![about("d4", "mail", &dead, Phase::Single)])).await.unwrap();
    assert_eq!(reader.troubles().await.unwrap(), [of(&configuration, "mail"), of(&dead, "mail")]);
}

pub(super) async fn a_wish_is_there_until_it_is_fulfilled(place: &Place) {
    let store = open(place).await;
    let desk = Desk::open(place).await.unwrap();
    let wish = |incident, release| Acknowledgement { incident: IncidentId(incident), by: "ada".into(), release };
    desk.acknowledge(&wish(7, false), at(0)).await.unwrap();
    desk.acknowledge(&wish(8, true), at(1)).await.unwrap();
    desk.close().await;
    let asked = store.read().acknowledgements().await.unwrap();
    assert_eq!(asked.iter().map(|(_, wish)| wish.clone()).collect::<Vec<_>>(), [wish(7, false), wish(8, true)]);
    assert_eq!(store.read().acknowledgements().await.unwrap(), asked, "reading takes nothing");
    store.commit(&Commit { done_wishes: vec![asked[0].0], ..Commit::default() }).await.unwrap();
    assert_eq!(store.read().acknowledgements().await.unwrap(), asked[1..]);
}

pub(super) async fn a_silence_is_in_force_until_it_ends_or_is_lifted(place: &Place) {
    let store = open(place).await;
    let desk = Desk::open(place).await.unwrap();
    let host = SilenceWish { host: Some("CDN.example".into()), by: Some("ada".into()), ..SilenceWish::default() };
    let one = desk.silence(&host, at(HOUR), at(0)).await.unwrap();
    let all = desk.silence(&SilenceWish::default(), at(2 * HOUR), at(1)).await.unwrap();
    let kept = store.read().silences(at(60)).await.unwrap();
    assert_eq!(
        kept.iter().map(|kept| (kept.id, kept.at, kept.until)).collect::<Vec<_>>(),
        [(one, at(0), at(HOUR)), (all, at(1), at(2 * HOUR))]
    );
    assert_eq!(kept[0].wish, SilenceWish { host: Some("cdn.example".into()), ..host });
    assert_eq!(store.read().silences(at(HOUR + 1)).await.unwrap().len(), 1, "the first is over");
    assert!(desk.lift(one).await.unwrap());
    assert!(!desk.lift(one).await.unwrap(), "it is gone");
    assert_eq!(store.read().silences(at(60)).await.unwrap(), kept[1..]);
    desk.close().await;
}

pub(super) async fn what_is_released_goes_at_once_and_what_was_sent_stays(place: &Place) {
    let store = open(place).await;
    let held = |key: &str| Notification { not_before: Some(at(HOUR)), ..message(key, "chat", Some(1), at(0)) };
    store.commit(&sent(vec![held("one"), held("two"), message("digest", "mail", None, at(0))])).await.unwrap();
    assert_eq!(store.read().held(at(1)).await.unwrap(), [held("one"), held("two")]);
    assert!(store.read().due_on("chat", at(1), 9).await.unwrap().is_empty());
    let free = |key: &str| {
        let mut free = Notification { not_before: None, ..held(key) };
        free.message.headline = "as it is now".into();
        free
    };
    store.commit(&Commit { released: vec![free("one"), free("two")], ..Commit::default() }).await.unwrap();
    let due = store.read().due_on("chat", at(1), 9).await.unwrap();
    assert_eq!((keys(&due), due[0].notification.message.headline.as_str()), (vec!["one"], "as it is now"));
    store.delivered("one", None, at(2), &[]).await.unwrap();
    store.commit(&Commit { released: vec![held("one")], ..Commit::default() }).await.unwrap();
    assert_eq!(keys(&store.read().due_on("chat", at(2), 9).await.unwrap()), ["two"]);
}
