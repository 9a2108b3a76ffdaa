//! What the platforms take, written down from their pages apart from the channels: required fields,
//! types, lengths, counts.

use serde_json::Value;

use super::SECRET;
use super::receiver::Seen;

fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}

/// A text that is there, is not empty, and is at most `limit` UTF-16 units long.
fn text<'a>(value: &'a Value, key: &str, limit: usize) -> &'a str {
    let text = value[key].as_str().unwrap_or_else(|| panic!("no text `{key}` in {value}"));
    assert!((1..=limit).contains(&utf16(text)), "`{key}`: {} units of {limit}", utf16(text));
    text
}

fn list<'a>(value: &'a Value, key: &str, counts: std::ops::RangeInclusive<usize>) -> &'a [Value] {
    let list = value[key].as_array().unwrap_or_else(|| panic!("no list `{key}` in {value}"));
    assert!(counts.contains(&list.len()), "`{key}`: {} items", list.len());
    list
}

fn only(value: &Value, keys: &[&str]) {
    for key in value.as_object().unwrap().keys() {
        assert!(keys.contains(&key.as_str()), "`{key}` is not known here: {value}");
    }
}

fn posted(seen: &Seen, path: &str) -> Value {
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", path));
    assert!(seen.header("content-type").starts_with("application/json"));
    seen.json()
}

fn url(value: &Value) {
    let url = url::Url::parse(value.as_str().unwrap()).unwrap();
    assert!(matches!(url.scheme(), "http" | "https"));
}

// docs.slack.dev/reference/block-kit/blocks and .../composition-objects/text-object
pub(super) fn slack(seen: &Seen) {
    slack_message(&posted(seen, &format!("/services/T/B/{SECRET}")));
}

pub(super) fn slack_bot(seen: &Seen) {
    let path = if seen.path.ends_with("update") { "/api/chat.update" } else { "/api/chat.postMessage" };
    let body = posted(seen, path);
    assert_eq!(seen.header("authorization"), format!("Bearer {SECRET}"));
    text(&body, "channel", 20);
    if path.ends_with("update") {
        text(&body, "ts", 20);
    }
    slack_message(&body);
}

fn slack_message(body: &Value) {
    text(body, "text", 4_000);
    assert_eq!((&body["unfurl_links"], &body["unfurl_media"]), (&Value::from(false), &Value::from(false)));
    let object = |object: &Value, limit: usize| {
        only(object, &["type", "text", "emoji", "verbatim"]);
        match object["type"].as_str() {
            Some("plain_text") => assert!(object.get("verbatim").is_none()),
            Some("mrkdwn") => assert!(object.get("emoji").is_none() && object["verbatim"] == true),
            other => panic!("{other:?}"),
        }
        text(object, "text", limit);
    };
    for block in list(body, "blocks", 1..=50) {
        match block["type"].as_str().unwrap() {
            "header" => {
                assert_eq!(block["text"]["type"], "plain_text");
                object(&block["text"], 150);
            }
            "section" => {
                assert!(block.get("text").is_some() || block.get("fields").is_some());
                if block.get("text").is_some() {
                    object(&block["text"], 3_000);
                }
                if block.get("fields").is_some() {
                    for field in list(block, "fields", 1..=10) {
                        object(field, 2_000);
                    }
                }
            }
            "context" => list(block, "elements", 1..=10).iter().for_each(|element| object(element, 3_000)),
            other => panic!("{other}"),
        }
    }
}

// discord.com/developers/docs/resources/webhook and .../message#embed-object-embed-limits
pub(super) fn discord(seen: &Seen) {
    let hook = format!("/api/webhooks/1/{SECRET}");
    match seen.method.as_str() {
        "POST" => {
            assert_eq!(seen.path, hook);
            assert_eq!(seen.query, "thread_id=42&wait=true");
        }
        "PATCH" => {
            assert_eq!(seen.path, format!("{hook}/messages/111"));
            assert_eq!(seen.query, "thread_id=42");
        }
        other => panic!("{other}"),
    }
    let body = seen.json();
    assert_eq!(body["allowed_mentions"], serde_json::json!({"parse": []}));
    let mut total = 0;
    for embed in list(&body, "embeds", 1..=10) {
        only(embed, &["title", "description", "url", "color", "fields", "footer", "timestamp"]);
        total += utf16(text(embed, "title", 256)) + utf16(text(embed, "description", 4_096));
        total += utf16(text(&embed["footer"], "text", 2_048));
        assert!(embed["color"].as_u64().unwrap() <= 0xff_ffff);
        embed["timestamp"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        for field in list(embed, "fields", 0..=25) {
            total += utf16(text(field, "name", 256)) + utf16(text(field, "value", 1_024));
            assert!(field["inline"].is_boolean());
        }
        if embed.get("url").is_some() {
            url(&embed["url"]);
        }
    }
    assert!(total <= 6_000, "{total}");
}

// adaptivecards.io/explorer and learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors
pub(super) fn teams(seen: &Seen) {
    assert!(seen.body.len() <= 28 << 10, "{} bytes", seen.body.len());
    assert_eq!(seen.query, format!("sig={SECRET}"));
    let body = posted(seen, "/workflows/1/triggers/manual/paths/invoke");
    assert_eq!(body["type"], "message");
    for attachment in list(&body, "attachments", 1..=1) {
        assert_eq!(attachment["contentType"], "application/vnd.microsoft.card.adaptive");
        let card = &attachment["content"];
        assert_eq!((card["type"].as_str(), card["version"].as_str()), (Some("AdaptiveCard"), Some("1.4")));
        assert_eq!(card["$schema"], "http://adaptivecards.io/schemas/adaptive-card.json");
        for block in list(card, "body", 1..=100) {
            // No element here reads Markdown.
            assert_eq!(block["type"], "RichTextBlock");
            for run in list(block, "inlines", 1..=10) {
                only(run, &["type", "text", "weight", "size", "color", "isSubtle"]);
                assert_eq!(run["type"], "TextRun");
                text(run, "text", 4_000);
                if let Some(colour) = run.get("color") {
                    let colours = ["default", "dark", "light", "accent", "good", "warning", "attention"];
                    assert!(colours.contains(&colour.as_str().unwrap()));
                }
            }
        }
        for action in card["actions"].as_array().into_iter().flatten() {
            assert_eq!(action["type"], "Action.OpenUrl");
            text(action, "title", 100);
            url(&action["url"]);
        }
    }
}

// developers.google.com/workspace/chat/api/reference/rest/v1/cards and .../spaces.messages/create
pub(super) fn google_chat(seen: &Seen) {
    assert!(seen.body.len() <= 32_000, "{} bytes", seen.body.len());
    let query: std::collections::BTreeMap<_, _> = url::form_urlencoded::parse(seen.query.as_bytes()).collect();
    assert_eq!((&*query["key"], &*query["token"]), ("k", SECRET));
    assert_eq!(&*query["messageReplyOption"], "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD");
    assert!((1..=128).contains(&query["requestId"].len()));
    let body = posted(seen, "/v1/spaces/A/messages");
    text(&body["thread"], "threadKey", 4_000);
    for card in list(&body, "cardsV2", 1..=1) {
        text(card, "cardId", 100);
        let card = &card["card"];
        text(&card["header"], "title", 200);
        for section in list(card, "sections", 1..=10) {
            for widget in list(section, "widgets", 1..=100) {
                let (kind, content) = widget.as_object().unwrap().iter().next().unwrap();
                match kind.as_str() {
                    "textParagraph" => {
                        text(content, "text", 10_000);
                    }
                    "buttonList" => {
                        for button in list(content, "buttons", 1..=6) {
                            text(button, "text", 100);
                            url(&button["onClick"]["openLink"]["url"]);
                        }
                    }
                    other => panic!("{other}"),
                }
            }
        }
    }
}

// developers.mattermost.com/integrate/webhooks/incoming and .../reference/message-attachments
pub(super) fn mattermost(seen: &Seen) {
    let body = posted(seen, &format!("/hooks/{SECRET}"));
    only(&body, &["username", "props", "attachments"]);
    for attachment in list(&body, "attachments", 1..=1) {
        text(attachment, "fallback", 500);
        text(attachment, "text", 16_383);
        assert_eq!(attachment["color"].as_str().unwrap().len(), 7);
    }
}

// api.mattermost.com/#tag/posts/operation/CreatePost
pub(super) fn mattermost_bot(seen: &Seen) {
    let body = posted(seen, "/api/v4/posts");
    assert_eq!(seen.header("authorization"), format!("Bearer {SECRET}"));
    only(&body, &["channel_id", "message", "root_id", "props"]);
    text(&body, "channel_id", 26);
    text(&body, "message", 16_383);
}

// docs.rocket.chat, "Integrations", incoming webhook
pub(super) fn rocket_chat(seen: &Seen) {
    let body = posted(seen, &format!("/hooks/1/{SECRET}"));
    only(&body, &["alias", "text", "parseUrls", "channel"]);
    text(&body, "text", 5_000);
}

// core.telegram.org/bots/api#sendmessage, #editmessagetext, #html-style
pub(super) fn telegram(seen: &Seen) {
    let edits = seen.path.ends_with("editMessageText");
    let method = if edits { "editMessageText" } else { "sendMessage" };
    let body = posted(seen, &format!("/bot{SECRET}/{method}"));
    text(&body, "chat_id", 100);
    assert_eq!(body["parse_mode"], "HTML");
    assert_eq!(edits, body["message_id"].is_i64());
    assert_eq!(body["link_preview_options"]["is_disabled"], true);
    let message = text(&body, "text", 4_096);
    // Every tag is one of ours, closed in order; every ampersand begins one of four entities.
    let mut open = Vec::new();
    for (at, _) in message.match_indices('<') {
        let tag = &message[at + 1..at + message[at..].find('>').expect("a tag that ends")];
        match tag {
            "b" => open.push("b"),
            _ if tag.starts_with("a href=\"https://podprobe.example/") => open.push("a"),
            _ => assert_eq!(Some(tag.strip_prefix('/').unwrap()), open.pop()),
        }
    }
    assert!(open.is_empty());
    for (at, _) in message.match_indices('&') {
        assert!(["&amp;", "&lt;", "&gt;", "&quot;"].iter().any(|entity| message[at..].starts_with(entity)));
    }
}

// spec.matrix.org/latest/client-server-api/#mroommessage-msgtypes, #size-limits
pub(super) fn matrix(seen: &Seen) {
    assert_eq!(seen.method, "PUT");
    let transaction = seen
        .path
        .strip_prefix("/_matrix/client/v3/rooms/!r:example.org/send/m.room.message/")
        .expect("the room's path");
    assert!((1..=255).contains(&transaction.len()) && !transaction.contains('/'));
    assert_eq!(seen.header("authorization"), format!("Bearer {SECRET}"));
    assert!(seen.body.len() <= 60_000, "{} bytes", seen.body.len());
    let body = seen.json();
    assert!(["m.text", "m.notice"].contains(&body["msgtype"].as_str().unwrap()));
    text(&body, "body", 60_000);
    assert_eq!(body["format"], "org.matrix.custom.html");
    assert_eq!(body["m.mentions"], serde_json::json!({}));
    let formatted = text(&body, "formatted_body", 60_000);
    for (at, _) in formatted.match_indices('<') {
        let tag = &formatted[at..];
        let ours = ["<strong>", "</strong>", "<br>", "<a href=\"https://podprobe.example/", "</a>"];
        assert!(ours.iter().any(|known| tag.starts_with(known)), "{}", &tag[..tag.len().min(40)]);
    }
    if let Some(relation) = body.get("m.relates_to") {
        assert_eq!(relation["rel_type"], "m.thread");
        assert_eq!(relation["event_id"], "$e");
        assert_eq!(relation["m.in_reply_to"]["event_id"], "$e");
    }
}

// docs.ntfy.sh/publish/#publish-as-json
pub(super) fn ntfy(seen: &Seen) {
    let body = posted(seen, "/");
    assert_eq!(seen.header("authorization"), format!("Bearer {SECRET}"));
    only(&body, &["topic", "title", "message", "priority", "tags", "markdown", "click"]);
    assert_eq!(body["topic"], "pods");
    assert!(text(&body, "message", 4_096).len() <= 4_096);
    text(&body, "title", 250);
    assert!((1..=5).contains(&body["priority"].as_u64().unwrap()));
    assert!(list(&body, "tags", 1..=5).iter().all(Value::is_string));
    if body.get("click").is_some() {
        url(&body["click"]);
    }
}

// developer.pagerduty.com/docs/send-alert-event and .../send-change-event
pub(super) fn pagerduty(seen: &Seen) {
    assert!(seen.body.len() <= 512_000, "{} bytes", seen.body.len());
    let change = seen.path == "/v2/change/enqueue";
    let body = posted(seen, if change { "/v2/change/enqueue" } else { "/v2/enqueue" });
    assert_eq!(body["routing_key"], SECRET);
    let payload = &body["payload"];
    text(payload, "summary", 1_024);
    text(payload, "source", 1_024);
    payload["timestamp"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert!(payload["custom_details"].is_object());
    for link in body["links"].as_array().unwrap() {
        url(&link["href"]);
    }
    if !change {
        assert!(["trigger", "acknowledge", "resolve"].contains(&body["event_action"].as_str().unwrap()));
        text(&body, "dedup_key", 255);
        assert!(["critical", "error", "warning", "info"].contains(&payload["severity"].as_str().unwrap()));
    }
}

// github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml, postableAlerts
pub(super) fn alertmanager(seen: &Seen) {
    let body = posted(seen, "/api/v2/alerts");
    assert!(seen.header("authorization").starts_with("Basic "));
    for alert in body.as_array().unwrap() {
        only(alert, &["labels", "annotations", "startsAt", "endsAt", "generatorURL"]);
        let labels = alert["labels"].as_object().unwrap();
        assert!(labels["alertname"].as_str().is_some_and(|name| !name.is_empty()));
        assert_eq!(labels["team"], "audio");
        for (name, value) in labels.iter().chain(alert["annotations"].as_object().unwrap()) {
            assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && value.is_string(), "{name}");
        }
        let [start, end] =
            ["startsAt", "endsAt"].map(|key| alert[key].as_str().unwrap().parse::<jiff::Timestamp>().unwrap());
        assert!(start <= end);
    }
}

// github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
pub(super) fn webhook(seen: &Seen) {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let body = posted(seen, &format!("/in/{SECRET}"));
    assert_eq!(seen.header("x-key"), SECRET);
    let (id, timestamp) = (seen.header("webhook-id"), seen.header("webhook-timestamp"));
    assert!(!id.is_empty() && !id.contains('.'));
    timestamp.parse::<i64>().unwrap();
    let mut signed = format!("{id}.{timestamp}.").into_bytes();
    signed.extend_from_slice(&seen.body);
    let signatures: Vec<&str> = seen.header("webhook-signature").split(' ').collect();
    assert_eq!(signatures.len(), 2);
    for (secret, signature) in
        ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"].iter().zip(signatures)
    {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &STANDARD.decode(secret).unwrap());
        let signature = STANDARD.decode(signature.strip_prefix("v1,").unwrap()).unwrap();
        ring::hmac::verify(&key, &signed, &signature).unwrap();
    }
    only(&body, &["type", "timestamp", "data"]);
    text(&body, "type", 100);
    body["timestamp"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert!(body["data"]["message"].is_object());
}

pub(super) fn webhook_template(seen: &Seen) {
    let body = posted(seen, &format!("/in/{SECRET}"));
    only(&body, &["text", "bad"]);
    assert!(body["text"].is_string() && body["bad"].is_boolean());
    assert_eq!(seen.header("webhook-signature"), "");
}
