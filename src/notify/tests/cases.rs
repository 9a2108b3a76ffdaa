//! Every kind of channel, and each way to set it up: options, the platform's answer, its schema.

use serde_json::{Value, json};

use super::receiver::Seen;
use super::{SECRET, shapes};

pub(super) struct Case {
    /// The name of its golden file.
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    /// Options for a receiver at this address.
    pub(super) options: fn(&str) -> Value,
    /// What the platform answers when all is well.
    pub(super) good: (u16, &'static str),
    /// Panics where a request is not what the platform takes.
    pub(super) check: fn(&Seen),
    /// What no text of a request may hold: what would call people or open links on this platform.
    pub(super) never: &'static [&'static str],
    /// Whether nothing but the answer's body says that the message was taken.
    pub(super) needs_body: bool,
}

/// Kinds that are tried elsewhere: e-mail speaks SMTP.
pub(super) const NOT_HTTP: &[&str] = &["email"];

pub(super) const CASES: &[Case] = &[
    Case {
        name: "slack",
        kind: "slack",
        options: |base| json!({"webhook": format!("{base}/services/T/B/{SECRET}")}),
        good: (200, "ok"),
        check: shapes::slack,
        never: &["<!", "<@", "<https://evil", "<script"],
        needs_body: false,
    },
    Case {
        name: "slack-bot",
        kind: "slack",
        options: |base| json!({"token": SECRET, "channel": "C1", "api": format!("{base}/api")}),
        good: (200, r#"{"ok": true, "ts": "1653955200.000100", "channel": "C0001"}"#),
        check: shapes::slack_bot,
        never: &["<!", "<@", "<https://evil", "<script"],
        needs_body: true,
    },
    Case {
        name: "slack-bot-edits",
        kind: "slack",
        options: |base| json!({"token": SECRET, "channel": "C1", "api": format!("{base}/api"), "updates": "edit"}),
        good: (200, r#"{"ok": true, "ts": "1653955200.000100", "channel": "C0001"}"#),
        check: shapes::slack_bot,
        never: &["<!", "<@", "<https://evil", "<script"],
        needs_body: true,
    },
    Case {
        name: "discord",
        kind: "discord",
        options: |base| json!({"webhook": format!("{base}/api/webhooks/1/{SECRET}"), "thread_id": "42"}),
        good: (200, r#"{"id": "111", "channel_id": "222"}"#),
        check: shapes::discord,
        never: &["@everyone", "@here", " <@", "[click](", " <https://evil", " **b"],
        needs_body: false,
    },
    Case {
        name: "teams",
        kind: "teams",
        options: |base| json!({"webhook": format!("{base}/workflows/1/triggers/manual/paths/invoke?sig={SECRET}")}),
        good: (202, ""),
        check: shapes::teams,
        never: &[],
        needs_body: false,
    },
    Case {
        name: "google-chat",
        kind: "google-chat",
        options: |base| json!({"webhook": format!("{base}/v1/spaces/A/messages?key=k&token={SECRET}")}),
        good: (200, r#"{"name": "spaces/A/messages/B", "thread": {"name": "spaces/A/threads/C"}}"#),
        check: shapes::google_chat,
        never: &["<users", "<a ", "<script", "<at"],
        needs_body: false,
    },
    Case {
        name: "mattermost",
        kind: "mattermost",
        options: |base| json!({"webhook": format!("{base}/hooks/{SECRET}")}),
        good: (200, "ok"),
        check: shapes::mattermost,
        never: &["@all", "@channel", "@here", "@everyone", "[click](", " <a ", " **b"],
        needs_body: false,
    },
    Case {
        name: "mattermost-bot",
        kind: "mattermost",
        options: |base| json!({"server": base, "token": SECRET, "channel": "c1"}),
        good: (201, r#"{"id": "p1", "channel_id": "c1"}"#),
        check: shapes::mattermost_bot,
        never: &["@all", "@channel", "@here", "@everyone", "[click](", " <a ", " **b"],
        needs_body: false,
    },
    Case {
        name: "rocket-chat",
        kind: "rocket-chat",
        options: |base| json!({"webhook": format!("{base}/hooks/1/{SECRET}")}),
        good: (200, r#"{"success": true}"#),
        check: shapes::rocket_chat,
        never: &["@all", "@here", "@everyone", "[click](", "<https://evil", " **b"],
        needs_body: false,
    },
    Case {
        name: "telegram",
        kind: "telegram",
        options: |base| json!({"token": SECRET, "chat": "-100", "topic": 5, "api": base}),
        good: (200, r#"{"ok": true, "result": {"message_id": 77}}"#),
        check: shapes::telegram,
        never: &["@everyone", "@all", "<script", "<at", "<users", "href=\"https://evil"],
        needs_body: true,
    },
    Case {
        name: "telegram-edits",
        kind: "telegram",
        options: |base| json!({"token": SECRET, "chat": "-100", "api": base, "updates": "edit"}),
        good: (200, r#"{"ok": true, "result": {"message_id": 77}}"#),
        check: shapes::telegram,
        never: &["@everyone", "@all", "<script", "<at", "<users", "href=\"https://evil"],
        needs_body: true,
    },
    Case {
        name: "matrix",
        kind: "matrix",
        options: |base| json!({"homeserver": base, "token": SECRET, "room": "!r:example.org"}),
        good: (200, r#"{"event_id": "$e"}"#),
        check: shapes::matrix,
        never: &[],
        needs_body: false,
    },
    Case {
        name: "ntfy",
        kind: "ntfy",
        options: |base| json!({"server": base, "topic": "pods", "token": SECRET}),
        good: (200, r#"{"id": "n1"}"#),
        check: shapes::ntfy,
        never: &[],
        needs_body: false,
    },
    Case {
        name: "pagerduty",
        kind: "pagerduty",
        options: |base| json!({"routing_key": SECRET, "api": base}),
        good: (202, r#"{"status": "success", "message": "Event processed"}"#),
        check: shapes::pagerduty,
        never: &[],
        needs_body: false,
    },
    Case {
        name: "alertmanager",
        kind: "alertmanager",
        options: |base| json!({"url": base, "user": "u", "password": SECRET, "labels": {"team": "audio"}}),
        good: (200, ""),
        check: shapes::alertmanager,
        never: &[],
        needs_body: false,
    },
    Case {
        name: "webhook",
        kind: "webhook",
        options: |base| {
            json!({
                "url": format!("{base}/in/{SECRET}"),
                "secrets": ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"],
                "headers": {"X-Key": SECRET},
            })
        },
        good: (204, ""),
        check: shapes::webhook,
        never: &[],
        needs_body: false,
    },
    Case {
        name: "webhook-template",
        kind: "webhook",
        options: |base| {
            json!({
                "url": format!("{base}/in/{SECRET}"),
                "template": "{\n  \"text\": {{ message.headline }},\n  \"bad\": {{ message.severity == \"critical\" }}\n}\n",
            })
        },
        good: (200, "thanks"),
        check: shapes::webhook_template,
        never: &[],
        needs_body: false,
    },
];
