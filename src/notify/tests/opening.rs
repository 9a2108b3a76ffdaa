//! Options: what is refused, and in which words.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::{KINDS, Options, kind, short_form};
use super::cases::CASES;
use super::receiver::{Act, Receiver};
use super::{PATIENT, SECRET, http, opened, samples};

fn options(value: Value) -> Options {
    match value {
        Value::Object(options) => options,
        other => panic!("{other}"),
    }
}

fn why(name: &str, value: Value) -> String {
    kind(name).unwrap().open(&options(value), &http(PATIENT)).err().expect("a mistake").to_string()
}

#[test]
fn every_option_is_explained() {
    for kind in KINDS {
        assert!(kind.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", kind.name);
        assert!(kind.short.starts_with(&format!("{}:", kind.name)), "{}", kind.name);
        assert!(kind.summary.ends_with('.'));
        for field in kind.fields {
            assert!(!field.help.is_empty() && !field.example.is_empty(), "{} {}", kind.name, field.name);
        }
        for secret in ["token", "password", "webhook", "routing_key", "secrets", "headers"] {
            assert!(kind.fields.iter().all(|field| field.name != secret || field.secret), "{} {secret}", kind.name);
        }
    }
}

#[test]
fn samples_are_toml_and_every_example_is_accepted() {
    for kind in KINDS {
        let bare: String =
            kind.sample().lines().skip(1).map(|line| line.trim_start_matches("# ").to_owned() + "\n").collect();
        let read: toml::Value = toml::from_str(&bare).unwrap_or_else(|why| panic!("{}: {why}\n{bare}", kind.name));
        let mut options = options(serde_json::to_value(&read["channels"][0]).unwrap());
        assert_eq!(options.remove("kind").unwrap(), kind.name);
        options.remove("name").unwrap();
        assert_eq!(kind.mistakes(&options), [], "{}", kind.name);
        assert_eq!(options.len(), kind.fields.len());
        let (properties, required) = kind.schema();
        assert!(properties.keys().eq(kind.fields.iter().map(|field| field.name)));
        assert!(required.iter().all(|name| properties.contains_key(*name)));
    }
}

#[test]
fn an_id_may_be_written_as_the_platform_shows_it() {
    for chat in [json!(-1_001_234_567_890_i64), json!("-1001234567890"), json!("@harbour")] {
        assert!(
            kind("telegram").unwrap().open(&options(json!({"token": "1:A", "chat": chat})), &http(PATIENT)).is_ok()
        );
    }
    assert!(why("telegram", json!({"token": "1:A", "chat": 1.5})).contains("or a whole number"));
    let email = json!({"server": "smtp.example.org", "from": "a@example.org", "to": []});
    assert!(why("email", email).contains("a list of 1 to 100 texts"));
}

#[test]
fn every_mistake_is_told_at_once() {
    let mistakes =
        kind("ntfy").unwrap().mistakes(&options(json!({"topik": "a", "server": "ftp://h.example", "token": 7})));
    let keys: Vec<&str> = mistakes.iter().map(|mistake| mistake.key.as_str()).collect();
    assert_eq!(keys, ["topik", "server", "token", "topic"]);
    assert_eq!(mistakes[0].to_string(), "`topik`: is no option of ntfy; `topic` is");
}

#[test]
fn what_cannot_work_is_refused() {
    assert!(why("slack", json!({})).contains("incoming webhook"));
    assert!(why("slack", json!({"token": SECRET})).contains("channel's id"));
    assert!(why("slack", json!({"webhook": "http://hooks.slack.com/services/a"})).contains("https://"));
    assert!(
        why("discord", json!({"webhook": "https://discord.com/api/webhooks/1/a", "updates": "never"}))
            .contains("both, edit, post")
    );
    assert!(
        why("matrix", json!({"homeserver": "https://h.example", "token": SECRET, "room": "#a:h.example"}))
            .contains("begins with `!`")
    );
    assert!(why("ntfy", json!({"topic": "a b"})).contains("64 letters"));
    assert!(why("ntfy", json!({"topic": "a", "user": "b"})).contains("password"));
    assert!(why("ntfy", json!({"topic": "a", "server": "http://h.example", "token": SECRET})).contains("https://"));
    assert!(why("email", json!({"server": "h.example", "from": "nobody", "to": "a@h.example"})).contains("`nobody`"));
    assert!(
        why("email", json!({"server": "h.example", "from": "a@h.example", "to": "a@h.example", "security": "none", "user": "a", "password": SECRET}))
            .contains("everybody on the way")
    );
    assert!(
        why("alertmanager", json!({"url": "http://h.example", "labels": {"severity": "x"}}))
            .contains("set by podprobe")
    );
    assert!(why("webhook", json!({"url": "https://h.example", "template": "{\n{{ a }"})).contains("line 2"));
    assert!(
        why("webhook", json!({"url": "https://h.example", "headers": {"Webhook-Id": "x"}})).contains("set by podprobe")
    );
    assert!(why("telegram", json!({"token": "12/34", "chat": "1"})).contains("123456:ABC-DEF"));
}

#[test]
fn mistakes_show_no_secrets() {
    for case in CASES {
        let kind = kind(case.kind).unwrap();
        for field in kind.fields.iter().filter(|field| field.secret) {
            for bad in [json!(format!("{SECRET}\n")), json!([SECRET]), json!({"a": [SECRET]}), json!({"a\n": SECRET})] {
                let mut options = options((case.options)("http://127.0.0.1:1"));
                options.insert(field.name.to_owned(), bad);
                if let Err(why) = kind.open(&options, &http(PATIENT)) {
                    assert!(!why.to_string().contains(SECRET), "{} {}: {why}", case.name, field.name);
                }
            }
        }
    }
}

#[test]
fn short_forms_open() {
    let forms = [
        "slack:https://hooks.slack.com/services/T/B/x",
        "discord:https://discord.com/api/webhooks/1/x",
        "teams:https://prod-00.westeurope.logic.azure.com/workflows/x",
        "google-chat:https://chat.googleapis.com/v1/spaces/A/messages?key=a&token=b",
        "mattermost:https://chat.example.org/hooks/x",
        "rocket-chat:https://chat.example.org/hooks/1/x",
        "telegram:123456:ABC-DEF/-100",
        "matrix:https://syt_x@matrix.example.org/!a:example.org",
        "ntfy:topic",
        "ntfy:http://127.0.0.1:8080/topic",
        "pagerduty:R0123456789",
        "alertmanager:http://127.0.0.1:9093",
        "email:smtps://user%40h.example:pass@smtp.example.org/team@example.org?from=a@example.org",
        "webhook:https://hooks.example.org/x",
    ];
    for kind in KINDS {
        assert!(forms.iter().any(|form| form.starts_with(&format!("{}:", kind.name))), "{}", kind.name);
    }
    for form in forms {
        let (kind, options) = short_form(form).unwrap();
        if let Err(why) = kind.open(&options.unwrap(), &http(PATIENT)) {
            panic!("{form}: {why}");
        }
    }
    let (_, options) =
        short_form("email:smtps://user%40h.example:pass@smtp.example.org/team@example.org?from=a@example.org").unwrap();
    assert_eq!(
        Value::from(options.unwrap()),
        json!({
            "server": "smtp.example.org", "security": "tls", "from": "a@example.org", "to": "team@example.org",
            "user": "user@h.example", "password": "pass",
        })
    );
    assert!(short_form("pigeon:home").is_none());
    assert!(short_form("https://hooks.slack.com").is_none());
    for form in ["slack:", "telegram:a", "matrix:x", "email:smtp.example.org", "ntfy:"] {
        let (kind, options) = short_form(form).unwrap();
        assert!(options.and_then(|options| kind.open(&options, &http(PATIENT))).is_err(), "{form}");
    }
}

#[tokio::test]
async fn a_test_that_wakes_nobody_is_called_that() {
    for (name, place, quiet) in [("pagerduty", "/v2/change/enqueue", None), ("ntfy", "/", Some(2))] {
        let case = CASES.iter().find(|case| case.name == name).unwrap();
        let receiver = Receiver::start(Act::Take, case.good).await;
        let channel = opened(case.kind, &(case.options)(&receiver.base()), &http(PATIENT));
        // As a test message is: without severity, of no incident.
        channel.deliver(&samples::single()).await.unwrap();
        let seen = &receiver.seen()[0];
        assert_eq!((seen.path.as_str(), seen.json()["priority"].as_u64()), (place, quiet), "{name}");
        let kind = kind(name).unwrap();
        assert!(kind.summary.contains("A test message") && kind.summary.contains("proves"), "{name}");
    }
}

/// The page of the documentation, made from the kinds.
fn page() -> String {
    let mut out =
        "# Channels\n\nWhere podprobe can tell people. `check --notify` takes the short form; `watch` takes a \
                   `[[channel]]` table\nwith `name`, `kind` and these options. What is secret is shown nowhere.\n\n\
                   This page is made from the channels' own lists; a test holds the two together.\n"
            .to_owned();
    for kind in KINDS {
        let _ =
            write!(out, "\n## {}: `{}`\n\n{}\n\nShort form: `{}`\n\n", kind.title, kind.name, kind.summary, kind.short);
        if kind.resolves {
            out.push_str(
                "An OK result of `check --notify` ends here what an earlier one of the same sources raised.\n\n",
            );
        }
        let _ = match kind.rates.limits {
            [] => writeln!(out, "Rate: {}.\n", kind.rates),
            _ => writeln!(out, "Rate: {} ([source]({})); podprobe keeps to it.\n", kind.rates, kind.rates.source),
        };
        out.push_str("| option | | what it is | for example |\n| --- | --- | --- | --- |\n");
        for field in kind.fields {
            let marks = [("required", field.required), ("secret", field.secret)];
            let marks: Vec<&str> = marks.into_iter().filter(|mark| mark.1).map(|mark| mark.0).collect();
            let example = field.example.replace('|', "\\|");
            let _ = writeln!(out, "| `{}` | {} | {} | `{example}` |", field.name, marks.join(", "), field.help);
        }
    }
    out
}

#[test]
fn the_documentation_lists_every_option() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/channels.md");
    if std::env::var_os("PODPROBE_WRITE_DOCS").is_some() {
        std::fs::write(path, page()).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == page(), "docs/channels.md is behind the kinds: run this test with PODPROBE_WRITE_DOCS=1");
}
