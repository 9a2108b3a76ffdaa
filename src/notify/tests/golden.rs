//! What one incident looks like on every channel: its first message, an update, its end.

use std::fmt::Write as _;

use super::battery::mail_options;
use super::cases::CASES;
use super::receiver::{Act, Receiver, Seen};
use super::smtp::{Manner, Smtp};
use super::{PATIENT, http, opened, samples};

fn assert_golden(name: &str, text: &str) {
    insta::with_settings!({snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!(name, text);
    });
}

fn shown(seen: &Seen) -> String {
    let mut out = format!("{} {}", seen.method, seen.path);
    if !seen.query.is_empty() {
        let _ = write!(out, "?{}", seen.query);
    }
    let _ = write!(out, "\n{}\n", serde_json::to_string_pretty(&seen.json()).unwrap());
    out
}

#[tokio::test]
async fn an_incident_on_every_channel() {
    for case in CASES {
        let receiver = Receiver::start(Act::Take, case.good).await;
        let channel = opened(case.kind, &(case.options)(&receiver.base()), &http(PATIENT));
        let first = channel.deliver(&samples::first()).await.unwrap();
        let thread = first.id.is_some().then_some(first);
        for outgoing in [samples::update(thread.clone()), samples::end(thread), samples::single()] {
            channel.deliver(&outgoing).await.unwrap();
        }
        let all: Vec<String> = receiver.seen().iter().map(shown).collect();
        assert_golden(case.name, &all.join("\n"));
    }
}

#[tokio::test]
async fn a_push_notification_says_what_happened() {
    let outgoing = samples::first();
    let text = format!("🟠 Warning: {}", outgoing.notification.message.headline);
    for (name, place) in [
        ("slack", "/text"),
        ("google-chat", "/fallbackText"),
        ("mattermost", "/attachments/0/fallback"),
        ("teams", "/attachments/0/content/fallbackText"),
    ] {
        let case = CASES.iter().find(|case| case.name == name).unwrap();
        let receiver = Receiver::start(Act::Take, case.good).await;
        opened(case.kind, &(case.options)(&receiver.base()), &http(PATIENT)).deliver(&outgoing).await.unwrap();
        let body = receiver.seen()[0].json();
        let shown = body.pointer(place).and_then(serde_json::Value::as_str).unwrap_or_default();
        assert!(text.ends_with(shown) && shown.contains(&outgoing.notification.message.headline), "{name}: {shown}");
    }
}

#[tokio::test]
async fn whom_it_touches_is_counted_once() {
    let mut outgoing = samples::first();
    let touched = "14 shows, 1,234 episodes";
    outgoing.notification.message.headline = format!("media.example fails \u{2013} {touched}.");
    for case in CASES {
        let receiver = Receiver::start(Act::Take, case.good).await;
        let channel = opened(case.kind, &(case.options)(&receiver.base()), &http(PATIENT));
        channel.deliver(&outgoing).await.unwrap();
        let body = receiver.seen()[0].json();
        // What telephones show, and a field for programs, stand beside the text that people read.
        let mut texts = Vec::new();
        leaves(&body, &mut texts);
        for text in texts {
            assert!(text.matches("14 shows").count() <= 1, "{}: {text}", case.name);
        }
        let all = body.to_string();
        assert!(all.contains("Affected") || matches!(case.kind, "pagerduty" | "webhook"), "{}: {all}", case.name);
    }
}

fn leaves(value: &serde_json::Value, out: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => out.push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| leaves(item, out)),
        serde_json::Value::Object(members) => members.values().for_each(|member| leaves(member, out)),
        _ => {}
    }
}

#[tokio::test]
async fn an_incident_by_mail() {
    let smtp = Smtp::start(Manner::Take).await;
    let channel = opened("email", &mail_options(&smtp), &http(PATIENT));
    let first = channel.deliver(&samples::first()).await.unwrap();
    for outgoing in [samples::update(Some(first.clone())), samples::end(Some(first)), samples::digest()] {
        channel.deliver(&outgoing).await.unwrap();
    }
    let mut all = smtp.mails().join("\n").replace("\r\n", "\n");
    // Boundaries are random.
    while let Some(at) = all.find("boundary=\"").map(|at| at + "boundary=\"".len()) {
        let end = at + all[at..].find('"').unwrap();
        let boundary = all[at..end].to_owned();
        all = all.replace(&format!("boundary=\"{boundary}\""), "boundary='...'").replace(&boundary, "boundary");
    }
    assert_golden("email", &all);
}

#[tokio::test]
async fn a_digest_has_a_line_for_each_thing_on_every_channel() {
    let outgoing = samples::digest();
    let lists = &outgoing.notification.message.lists;
    for case in CASES {
        let receiver = Receiver::start(Act::Take, case.good).await;
        let channel = opened(case.kind, &(case.options)(&receiver.base()), &http(PATIENT));
        channel.deliver(&outgoing).await.unwrap();
        let text = receiver.seen().iter().map(|seen| seen.json().to_string()).collect::<String>();
        // Alertmanager knows alerts alone, and the template asks for the headline alone.
        if matches!(case.name, "alertmanager" | "webhook-template") {
            continue;
        }
        for list in lists {
            // Every channel escapes in its own way: the ends of the lines are looked for.
            let mut rest = text.as_str();
            for (at, line) in [&list.title].into_iter().chain(&list.lines).enumerate() {
                let word = line.split([' ', '.', ':']).next().unwrap();
                let word = if at == 0 { line.rsplit(' ').next().unwrap() } else { word };
                let (before, after) = rest.split_once(word).unwrap_or_else(|| panic!("{}: {word}: {text}", case.name));
                let breaks = ["\\n", "<br", "},{", "\",\""];
                assert!(at == 0 || breaks.iter().any(|end| before.contains(end)), "{}: {before}", case.name);
                rest = after;
            }
        }
    }
}
