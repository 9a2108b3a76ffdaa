//! Messages about podprobe itself, and about one round.

use super::*;
use crate::judge::Verdict;

#[test]
fn a_dead_channel_is_announced_and_not_in_a_circle() {
    let now = time("2026-03-02T10:00:00Z");
    let about = told(&opened(Severity::Critical), &to(vec![route("chat")])).remove(0);
    let dead = |why, at| undeliverable("mail", "chat", &about, why, true, at);
    let first = dead("HTTP 404: no such hook", now);
    assert!(first.key.starts_with("mail:undeliverable:chat:"), "{}", first.key);
    assert_ne!(first.key, dead("another", later(now, 3_600)).key);
    assert!(is_undeliverable(&first) && !is_undeliverable(&about));
    assert_eq!((first.phase, first.channel.as_str()), (Phase::Single, "mail"));
    let text = shown(&first);
    assert!(text.contains("chat") && text.contains("no such hook") && text.contains("does not answer"), "{text}");
    // What the configuration has no more cannot get well, so it begins nothing that has to end.
    let taken_out = undeliverable("mail", "chat", &about, "no such channel", false, now);
    assert_eq!((&taken_out.about, taken_out.message.severity), (&None, None));
    assert_eq!(taken_out.key, "mail:undeliverable:chat:2026-03-02");
    // A channel of that name is not one.
    let test = test_message("undeliverable", "", now);
    assert!(!is_undeliverable(&test));
    let named = Notification { channel: "undeliverable".into(), key: "undeliverable:12:0".into(), ..about };
    assert!(!is_undeliverable(&named));
}

#[test]
fn what_is_well_again_is_the_end_of_what_was_told() {
    let now = time("2026-03-02T10:00:00Z");
    let about = told(&opened(Severity::Critical), &to(vec![route("chat")])).remove(0);
    let later = later(now, 3_600);
    let pairs = [
        (undeliverable("mail", "chat", &about, "gone", true, now), deliverable("mail", "chat", later)),
        (undeliverable("mail", "chat", &about, "gone", true, now), channel_taken_out("mail", "chat", later)),
        (bad_configuration("mail", "x", "mistake", now, now), good_configuration("mail", later)),
    ];
    for (trouble, end) in pairs {
        assert!(trouble.about.is_some() && trouble.about == end.about && trouble.key != end.key, "{end:?}");
        assert_eq!((trouble.phase, trouble.message.severity), (Phase::Single, Some(Severity::Warning)));
        assert_eq!((end.phase, end.message.severity, end.incident), (Phase::End, None, None));
        let about = end.about.unwrap();
        assert_eq!(About::of_key(&about.key()), Some(about));
    }
}

#[test]
fn mistakes_are_told_once_an_hour() {
    let now = time("2026-03-02T10:00:00Z");
    let bad_configuration =
        |channel: &str, file: &str, mistakes: &str, at| bad_configuration(channel, file, mistakes, now, at);
    let first = bad_configuration("ops", "podprobe.toml", "3:1: no such key\n\n9:2: no such channel", now);
    assert_eq!(
        first.key,
        bad_configuration("ops", "x", "3:1: no such key\n\n9:2: no such channel", later(now, 60)).key
    );
    assert_ne!(first.key, bad_configuration("ops", "x", "other", now).key);
    assert_ne!(
        first.key,
        bad_configuration("ops", "x", "3:1: no such key\n\n9:2: no such channel", later(now, 3_600)).key
    );
    assert_eq!(first.message.body, ["3:1: no such key", "9:2: no such channel"]);
    // After a good one they are news again.
    let since = later(now, 60);
    assert_ne!(
        first.key,
        super::bad_configuration("ops", "x", "3:1: no such key\n\n9:2: no such channel", since, now).key
    );
    let many = bad_configuration("ops", "x", &"mistake\n".repeat(5_000), now);
    assert_eq!(many.message.body.len(), 21);
    assert_eq!(many.message.body.last().unwrap(), "and 4980 more lines");
}

#[test]
fn a_round_is_one_message() {
    let root = |severity, code, episodes| Root {
        severity,
        code,
        host: Some("media.host.example".into()),
        summary: "media.host.example does not answer.".into(),
        advice: "Tell its support.".into(),
        affects: Affects { feeds: 1, episodes },
    };
    let mut roots = vec![root(Severity::Warning, Code::MediaNoRange, 9); 12];
    roots.push(root(Severity::Critical, Code::ConnectTimeout, 3));
    let input = RoundInput {
        sources: Vec::new(),
        verdict: Verdict::Critical,
        headline: None,
        feeds: 1,
        episodes: 30,
        interrupted: false,
        roots,
        link: None,
    };
    let now = time("2026-03-02T10:00:00Z");
    let told = from_report("ops", &input, now);
    assert_eq!(told.len(), 1);
    insta::assert_snapshot!("round", shown(&told[0]));
    let said = "None of the 3 episodes of 1 show can be downloaded. The fault is at media.host.example.";
    let with = RoundInput { headline: Some(said.to_owned()), ..input.clone() };
    assert_eq!(from_report("ops", &with, now)[0].message.headline, said, "as the report says it, and once");
    let fine = RoundInput { verdict: Verdict::Ok, roots: Vec::new(), interrupted: true, ..input };
    let told = from_report("ops", &fine, now);
    assert_eq!(told[0].message.severity, None);
    assert_eq!(
        told[0].message.headline,
        "OK: Stopped before the end: nothing keeps listeners from 30 episodes of 1 feed."
    );
}

#[test]
fn results_of_the_same_sources_are_one_thread_that_an_ok_one_ends() {
    let now = time("2026-03-02T03:00:00Z");
    let sources = |all: &[&str]| all.iter().map(ToString::to_string).collect();
    let input = |verdict, sources| RoundInput {
        sources,
        verdict,
        headline: None,
        feeds: 1,
        episodes: 3,
        interrupted: false,
        roots: Vec::new(),
        link: None,
    };
    let one = |input: &RoundInput| from_report("ops", input, now).remove(0);
    let (a, b) = ("https://a.example/a.xml?token=hunter2", "https://b.example/b.xml");
    let bad = one(&input(Verdict::Critical, sources(&[a, b])));
    let worse = from_report("ops", &input(Verdict::Warning, sources(&[b, a, b])), later(now, 3_600)).remove(0);
    let well = one(&input(Verdict::Ok, sources(&[a, b])));
    assert_eq!((&bad.about, &bad.about), (&worse.about, &well.about), "in whatever order they were given");
    assert_ne!(bad.key, worse.key, "each is a message of its own");
    assert_eq!((bad.phase, worse.phase, well.phase), (Phase::Update, Phase::Update, Phase::End));
    let other = one(&input(Verdict::Critical, sources(&[a])));
    assert!(other.about != bad.about && !format!("{other:?}").contains("hunter2"), "{other:?}");
    let about = bad.about.unwrap();
    assert_eq!(About::of_key(&about.key()), Some(about));
    // Who stopped before the end has seen nothing well.
    let stopped = one(&RoundInput { interrupted: true, ..input(Verdict::Ok, sources(&[a, b])) });
    assert_eq!((stopped.phase, stopped.about), (Phase::Single, None));
}
