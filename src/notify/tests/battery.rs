//! What every channel does with every kind of answer.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use super::super::{FailureKind, KINDS, Outgoing, Receipt};
use super::cases::{CASES, Case, NOT_HTTP};
use super::receiver::{Act, Receiver, Seen};
use super::smtp::{Manner, Smtp};
use super::{PATIENT, SECRET, http, opened, samples, smtp};
use crate::notice;

#[test]
fn no_kind_is_left_out() {
    let known: BTreeSet<&str> = KINDS.iter().map(|kind| kind.name).collect();
    let tried: BTreeSet<&str> = CASES.iter().map(|case| case.kind).chain(NOT_HTTP.iter().copied()).collect();
    assert_eq!(known, tried);
    assert_eq!(known.len(), KINDS.len(), "two kinds of one name");
}

async fn deliver(
    case: &Case,
    act: Act,
    timeout: Duration,
    outgoing: &Outgoing,
) -> (Result<Receipt, super::super::Failure>, Vec<Seen>) {
    let receiver = Receiver::start(act, case.good).await;
    let channel = opened(case.kind, &(case.options)(&receiver.base()), &http(timeout));
    assert_eq!(channel.kind(), case.kind);
    let result = channel.deliver(outgoing).await;
    (result, receiver.seen())
}

#[tokio::test]
async fn messages_of_every_phase_are_what_the_platform_takes() {
    for case in CASES {
        let (first, seen) = deliver(case, Act::Take, PATIENT, &samples::first()).await;
        let first = first.unwrap_or_else(|why| panic!("{}: {why}", case.name));
        assert_eq!(seen.len(), 1, "{}", case.name);
        (case.check)(&seen[0]);
        assert!(seen[0].header("user-agent").starts_with("podprobe/"), "{}", case.name);
        for outgoing in
            [samples::update(Some(first.clone())), samples::end(Some(first)), samples::update(None), samples::single()]
        {
            let (result, seen) = deliver(case, Act::Take, PATIENT, &outgoing).await;
            result.unwrap_or_else(|why| panic!("{}: {why}", case.name));
            seen.iter().for_each(case.check);
        }
    }
}

#[tokio::test]
async fn a_refusal_is_final() {
    for case in CASES {
        for status in [400, 401, 403, 404, 410, 413, 302] {
            let (result, seen) =
                deliver(case, Act::Answer(status, Vec::new(), String::new()), PATIENT, &samples::first()).await;
            assert_eq!(result.unwrap_err().kind, FailureKind::Rejected, "{} {status}", case.name);
            assert_eq!(seen.len(), 1, "{} {status}", case.name);
        }
    }
}

#[tokio::test]
async fn a_limit_says_how_long() {
    for case in CASES {
        for status in [429, 503] {
            let act = Act::Answer(status, vec![("retry-after", "7".to_owned())], String::new());
            let (result, _) = deliver(case, act, PATIENT, &samples::first()).await;
            let after = Duration::from_secs(7);
            assert_eq!(result.unwrap_err().kind, FailureKind::Limited { after }, "{} {status}", case.name);
        }
    }
}

#[tokio::test]
async fn a_fault_of_the_server_may_pass() {
    for case in CASES {
        for act in [
            Act::Answer(500, Vec::new(), "<html>oops</html>".to_owned()),
            Act::Answer(502, Vec::new(), String::new()),
            Act::Close,
        ] {
            let (result, _) = deliver(case, act.clone(), PATIENT, &samples::first()).await;
            assert_eq!(result.unwrap_err().kind, FailureKind::Temporary, "{} {act:?}", case.name);
        }
    }
}

#[tokio::test]
async fn silence_ends_in_time() {
    let timeout = Duration::from_secs(1);
    futures_util::future::join_all(CASES.iter().map(|case| async move {
        let outgoing = samples::first();
        let (hang, drip) =
            tokio::join!(deliver(case, Act::Hang, timeout, &outgoing), deliver(case, Act::Drip, timeout, &outgoing));
        assert_eq!(hang.0.unwrap_err().kind, FailureKind::TimedOut, "{}", case.name);
        // The status says that it was taken, unless only the body can say so.
        match drip.0 {
            Ok(receipt) => assert!(!case.needs_body, "{} {receipt:?}", case.name),
            Err(why) => assert!(case.needs_body && why.kind == FailureKind::TimedOut, "{} {why:?}", case.name),
        }
    }))
    .await;
}

#[tokio::test]
async fn a_strangers_page_is_no_delivery() {
    // These answer with a word, or with nothing.
    let wordless = ["slack", "teams", "mattermost", "alertmanager", "webhook", "webhook-template"];
    for case in CASES.iter().filter(|case| !wordless.contains(&case.name)) {
        let act = Act::Answer(200, Vec::new(), "<html>Sign in to the hotel's network</html>".to_owned());
        let (result, _) = deliver(case, act, PATIENT, &samples::first()).await;
        assert_eq!(result.unwrap_err().kind, FailureKind::Rejected, "{}", case.name);
    }
}

#[tokio::test]
async fn what_cannot_be_edited_is_told_anew() {
    for (name, id, methods) in [
        ("slack-bot-edits", "1.2", ["/api/chat.update", "/api/chat.postMessage"]),
        ("telegram-edits", "77", ["/bots3cr3tvalue0/editMessageText", "/bots3cr3tvalue0/sendMessage"]),
    ] {
        let case = CASES.iter().find(|case| case.name == name).unwrap();
        let first = Some(Receipt { id: Some(id.to_owned()), place: None });
        let act = Act::Answer(400, Vec::new(), String::new());
        let (_, seen) = deliver(case, act, PATIENT, &samples::update(first)).await;
        assert_eq!(seen.iter().map(|seen| seen.path.as_str()).collect::<Vec<_>>(), methods);
    }
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    for case in CASES {
        let act = Act::Answer(400, Vec::new(), "a".repeat(4 << 20));
        let (result, _) = deliver(case, act, PATIENT, &samples::first()).await;
        let why = result.unwrap_err();
        assert_eq!(why.kind, FailureKind::Rejected, "{}", case.name);
        assert!(why.why.chars().count() < 400, "{}", why.why);
    }
}

#[tokio::test]
async fn secrets_are_not_repeated() {
    for case in CASES {
        let said = format!("{{\"message\": \"you sent \\u001b[2J {SECRET}\"}}");
        for act in [Act::Answer(400, Vec::new(), said.clone()), Act::Answer(500, Vec::new(), format!("no {SECRET}"))] {
            let (result, _) = deliver(case, act, PATIENT, &samples::first()).await;
            let why = format!("{:?}", result.unwrap_err());
            assert!(!why.contains(SECRET) && why.contains("***"), "{}: {why}", case.name);
        }
        let base = "http://127.0.0.1:1";
        let channel = opened(case.kind, &(case.options)(base), &http(PATIENT));
        let why = format!("{:?}", channel.deliver(&samples::first()).await.unwrap_err());
        assert!(!why.contains(SECRET), "{}: {why}", case.name);
    }
}

/// Every string in a body, keys aside.
fn strings(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::String(text) => out.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| strings(item, out)),
        Value::Object(members) => members.values().for_each(|item| strings(item, out)),
        _ => {}
    }
}

fn is_quiet(c: char) -> bool {
    (c == '\n' || !c.is_control())
        && !matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

#[tokio::test]
async fn hostile_text_does_nothing_and_fits() {
    let big = (1 << 20) / samples::HOSTILE.len();
    for case in CASES {
        for (times, items) in [(1, 1), (1, 200), (20, 30), (big, 3)] {
            let outgoing = samples::hostile(times, items);
            let (result, seen) = deliver(case, Act::Take, PATIENT, &outgoing).await;
            result.unwrap_or_else(|why| panic!("{}: {why}", case.name));
            for seen in seen {
                (case.check)(&seen);
                let mut texts = Vec::new();
                strings(&seen.json(), &mut texts);
                for text in texts {
                    assert!(text.chars().all(is_quiet), "{}: {text:?}", case.name);
                    for never in case.never {
                        assert!(!text.contains(never), "{}: {never} in {text}", case.name);
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn what_is_left_out_is_counted() {
    for case in CASES.iter().filter(|case| case.name != "webhook" && case.name != "webhook-template") {
        let (_, seen) = deliver(case, Act::Take, PATIENT, &samples::first()).await;
        let body = String::from_utf8(seen[0].body.clone()).unwrap();
        assert!(body.contains("and 12 more shows"), "{}: {body}", case.name);
    }
}

#[tokio::test]
async fn refusals_within_a_good_answer_are_seen() {
    let told = [
        ("slack-bot", r#"{"ok": false, "error": "channel_not_found"}"#, FailureKind::Rejected),
        ("slack-bot", r#"{"ok": false, "error": "internal_error"}"#, FailureKind::Temporary),
        (
            "slack-bot",
            r#"{"ok": false, "error": "ratelimited"}"#,
            FailureKind::Limited { after: Duration::from_secs(30) },
        ),
        ("slack-bot", "<html>a captive portal</html>", FailureKind::Rejected),
        ("telegram", r#"{"ok": false, "description": "chat not found"}"#, FailureKind::Rejected),
        ("rocket-chat", r#"{"success": false, "error": "error-invalid-room"}"#, FailureKind::Rejected),
    ];
    for (name, body, kind) in told {
        let case = CASES.iter().find(|case| case.name == name).unwrap();
        let (result, _) =
            deliver(case, Act::Answer(200, Vec::new(), body.to_owned()), PATIENT, &samples::first()).await;
        assert_eq!(result.unwrap_err().kind, kind, "{name} {body}");
    }
}

#[tokio::test]
async fn somebody_who_took_an_incident_up_is_not_woken_again() {
    let case = CASES.iter().find(|case| case.name == "pagerduty").unwrap();
    for (acknowledged, action) in [(true, "acknowledge"), (false, "trigger")] {
        let outgoing = Outgoing { acknowledged, ..samples::update(None) };
        let (_, seen) = deliver(case, Act::Take, PATIENT, &outgoing).await;
        assert_eq!(seen[0].json()["event_action"], action);
    }
}

#[tokio::test]
async fn one_incident_is_one_alert_and_one_thread() {
    let key = |name: &str, outgoing: Outgoing, pointer: &'static str| {
        let case = CASES.iter().find(|case| case.name == name).unwrap();
        async move { deliver(case, Act::Take, PATIENT, &outgoing).await.1[0].json().pointer(pointer).cloned().unwrap() }
    };
    for (name, pointer) in [("pagerduty", "/dedup_key"), ("google-chat", "/thread/threadKey")] {
        let keys = [
            key(name, samples::first(), pointer).await,
            key(name, samples::update(None), pointer).await,
            key(name, samples::end(None), pointer).await,
        ];
        assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    }
    // An alert's severity is a label: the alert under the earlier one ends.
    let case = CASES.iter().find(|case| case.name == "alertmanager").unwrap();
    let (_, first) = deliver(case, Act::Take, PATIENT, &samples::first()).await;
    let (_, update) = deliver(case, Act::Take, PATIENT, &samples::update(None)).await;
    let before = &first[0].json()[0];
    let update = update[0].json();
    let ended = update.as_array().unwrap().iter().find(|alert| alert["labels"] == before["labels"]).unwrap();
    assert_eq!(ended["endsAt"], "2022-05-31T00:05:00Z");
    assert_eq!(update.as_array().unwrap().iter().filter(|alert| alert["endsAt"] != ended["endsAt"]).count(), 1);
}

#[tokio::test]
async fn what_is_well_again_resolves_what_was_told_of_podprobe() {
    let at: jiff::Timestamp = "2022-05-31T10:00:00Z".parse().unwrap();
    let later = at + jiff::SignedDuration::from_hours(30);
    let outgoing = |notification, at| Outgoing { notification, ..Outgoing { at, ..samples::single() } };
    let trouble = outgoing(notice::bad_configuration("ops", "podprobe.toml", "3:1: no such key", at, at), at);
    let again = outgoing(notice::bad_configuration("ops", "podprobe.toml", "4:1: another", at, later), later);
    let end = outgoing(notice::good_configuration("ops", later), later);
    let sent = async |name: &str, outgoing: &Outgoing| {
        let case = CASES.iter().find(|case| case.name == name).unwrap();
        let (result, seen) = deliver(case, Act::Take, PATIENT, outgoing).await;
        result.unwrap();
        (case.check)(&seen[0]);
        seen[0].json()
    };
    let mut keys = Vec::new();
    for (outgoing, action) in [(&trouble, "trigger"), (&again, "trigger"), (&end, "resolve")] {
        let event = sent("pagerduty", outgoing).await;
        assert_eq!(event["event_action"], action);
        keys.push(event["dedup_key"].clone());
    }
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    let (alert, ended) = (sent("alertmanager", &trouble).await, sent("alertmanager", &end).await);
    assert!(alert[0]["endsAt"].as_str().unwrap() > "2022-08", "it lasts until it is ended: {alert}");
    let ended = ended.as_array().unwrap().iter().find(|other| other["labels"] == alert[0]["labels"]).unwrap();
    assert_eq!(ended["endsAt"], later.to_string());
    assert_eq!(sent("webhook", &end).await["type"], "podprobe.message");
}

#[tokio::test]
async fn a_deleted_first_message_keeps_no_news_back() {
    let case = CASES.iter().find(|case| case.name == "discord").unwrap();
    let first = Some(Receipt { id: Some("111".to_owned()), place: None });
    let (result, seen) =
        deliver(case, Act::Answer(404, Vec::new(), String::new()), PATIENT, &samples::update(first.clone())).await;
    assert_eq!(seen.iter().map(|seen| seen.method.as_str()).collect::<Vec<_>>(), ["PATCH", "POST"]);
    assert_eq!(result.unwrap_err().kind, FailureKind::Rejected);
    let act = Act::Answer(429, vec![("retry-after", "2".to_owned())], String::new());
    let (_, seen) = deliver(case, act, PATIENT, &samples::update(first)).await;
    assert_eq!(seen.len(), 1, "the post waits for its turn as well");
}

pub(super) fn mail_options(smtp: &Smtp) -> Value {
    serde_json::json!({
        "server": "127.0.0.1",
        "port": smtp.address.port(),
        "security": "none",
        "from": "podprobe <podprobe@podprobe.example>",
        "to": ["Team <team@podprobe.example>", "ops@podprobe.example"],
    })
}

#[tokio::test]
async fn mail_servers_answers_are_told_apart() {
    let cases = [
        (Manner::Recipient("550 no such user"), FailureKind::Rejected),
        (Manner::Recipient("450 greylisted"), FailureKind::Temporary),
        (Manner::Mail("554 spam"), FailureKind::Rejected),
        (Manner::Mail("451 try later"), FailureKind::Temporary),
        (Manner::Close, FailureKind::Temporary),
        (Manner::Hang, FailureKind::TimedOut),
    ];
    for (manner, kind) in cases {
        let smtp = Smtp::start(manner).await;
        let timeout = if manner == Manner::Hang { Duration::from_millis(200) } else { PATIENT };
        let channel = opened("email", &mail_options(&smtp), &http(timeout));
        assert_eq!(channel.deliver(&samples::first()).await.unwrap_err().kind, kind, "{manner:?}");
        assert!(smtp.mails().is_empty());
    }
}

#[tokio::test]
async fn mails_are_whole_and_hold_nothing_hostile() {
    let smtp = smtp::Smtp::start(Manner::Take).await;
    let channel = opened("email", &mail_options(&smtp), &http(PATIENT));
    let first = channel.deliver(&samples::first()).await.unwrap();
    channel.deliver(&samples::update(Some(first.clone()))).await.unwrap();
    for (times, items) in [(1, 3), (20, 40), ((1 << 20) / samples::HOSTILE.len(), 2)] {
        channel.deliver(&samples::hostile(times, items)).await.unwrap();
    }
    let forged = Receipt { id: Some("<a@b>\r\nBcc: evil@evil.example".to_owned()), place: None };
    channel.deliver(&samples::update(Some(forged))).await.unwrap();

    let mails = smtp.mails();
    assert_eq!(mails.len(), 6);
    let id = first.id.unwrap();
    assert!(mails[0].contains(&format!("Message-ID: {id}\r\n")), "{}", mails[0]);
    assert!(!mails[0].contains("In-Reply-To"));
    assert!(
        mails[1].contains(&format!("In-Reply-To: {id}\r\n")) && mails[1].contains(&format!("References: {id}\r\n"))
    );
    for mail in &mails {
        let (head, _) = mail.split_once("\r\n\r\n").unwrap();
        for name in ["From: ", "To: ", "Subject: ", "Date: ", "Message-ID: ", "MIME-Version: ", "Auto-Submitted: "] {
            assert_eq!(
                head.matches(&format!("\r\n{name}")).count() + usize::from(head.starts_with(name)),
                1,
                "{name}{head}"
            );
        }
        assert!(head.contains("multipart/alternative"));
        assert!(!head.contains("\r\nBcc"));
        // RFC 5322 2.1.1
        assert!(mail.split("\r\n").all(|line| line.len() <= 998 && line.bytes().all(|b| b >= b' ' || b == b'\t')));
        let (_, page) = mail.split_once("Content-Type: text/html").unwrap();
        assert!(!page.contains("<script") && !page.contains("evil.example\""), "{page}");
    }
}
