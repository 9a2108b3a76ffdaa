//! Slack: Block Kit, by an incoming webhook or by a bot's token.
//!
//! A webhook tells no message's id, so every message stands alone. A bot threads under the first
//! message, or edits it (`updates`). Text from outside stands in `plain_text` objects and is escaped
//! there too; nothing is unfurled.

use futures_util::future::BoxFuture;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::http::{Call, bearer};
use super::kind::{below, read, single, url};
use super::wording::{Bounds, LINK, put, told, tone};
use super::{
    BadOption, Channel, Failure, FailureKind, Field, Http, Kind, Options, Outgoing, Rate, Rates, Receipt, Secret, Shape,
};
use crate::markup::chat::{Unit, slack};
use crate::notice::Phase;

const NAME: &str = "slack";

pub(super) const KIND: Kind = Kind {
    name: NAME,
    title: "Slack",
    summary: "A message in a Slack channel, by an incoming webhook, or by a bot that threads under the first one.",
    fields: &[
        Field::new(
            "webhook",
            Shape::HttpsUrl,
            "https://hooks.slack.com/services/T000/B000/XXXX",
            "URL of an incoming webhook",
        )
        .secret(),
        Field::new("token", Shape::Text, "xoxb-...", "a bot's token with the scope chat:write, instead of a webhook")
            .secret(),
        Field::new("channel", Shape::Text, "C0123456789", "with a token: the channel's id"),
        Field::new(
            "updates",
            Shape::Choice(&["thread", "edit"]),
            "thread",
            "with a token: thread under the first message (the default), or edit it, which nobody hears",
        ),
        Field::new("api", Shape::HttpsUrl, "https://slack.com/api", "with a token: another address of the API"),
    ],
    resolves: false,
    rates: Rates { limits: &[Rate::new(1, 1)], source: "https://docs.slack.dev/apis/web-api/rate-limits" },
    short: "slack:https://hooks.slack.com/services/...",
    from_short: |rest| single("webhook", rest),
    build: open,
};

// docs.slack.dev/reference/block-kit/composition-objects/text-object: 3,000 characters;
// .../blocks/section-block: 10 fields of 2,000; .../blocks/header-block: 150;
// .../blocks: 50 blocks in a message.
const TEXT: usize = 3_000;
const FIELD: usize = 2_000;
const HEADER: usize = 150;
const BOUNDS: Bounds = Bounds {
    unit: Unit::Utf16,
    headline: TEXT,
    paragraph: TEXT - 20,
    paragraphs: 5,
    label: 200,
    value: FIELD - 201,
    facts: 10,
    show: 200,
    shows: 10,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    webhook: Option<Secret>,
    token: Option<Secret>,
    channel: Option<String>,
    updates: Option<String>,
    api: Option<String>,
}

struct Slack {
    http: Http,
    way: Way,
}

enum Way {
    Webhook(Url),
    Bot { api: Url, auth: HeaderMap, channel: String, edits: bool },
}

fn open(options: &Options, http: &Http) -> Result<Box<dyn Channel>, BadOption> {
    let settings: Settings = read(options)?;
    let way = match (settings.webhook, settings.token) {
        (Some(_), Some(_)) => return Err(BadOption::new("token", "stands beside `webhook`; one of the two is enough")),
        (None, None) => {
            return Err(BadOption::new("webhook", "is missing: the URL of an incoming webhook, or a `token`"));
        }
        (Some(webhook), None) => Way::Webhook(url("webhook", webhook.expose())?),
        (None, Some(token)) => Way::Bot {
            api: url("api", settings.api.as_deref().unwrap_or("https://slack.com/api"))?,
            auth: bearer("token", &token)?,
            channel: settings
                .channel
                .ok_or_else(|| BadOption::new("channel", "is missing: a bot has to be told the channel's id"))?,
            edits: settings.updates.as_deref() == Some("edit"),
        },
    };
    Ok(Box::new(Slack { http: http.clone(), way }))
}

impl Channel for Slack {
    fn kind(&self) -> &'static str {
        NAME
    }

    fn deliver<'a>(&'a self, outgoing: &'a Outgoing) -> BoxFuture<'a, Result<Receipt, Failure>> {
        Box::pin(self.send(outgoing))
    }
}

impl Slack {
    async fn send(&self, outgoing: &Outgoing) -> Result<Receipt, Failure> {
        let (bot, edits) = match &self.way {
            Way::Webhook(url) => {
                let call = Call::post(url.clone()).json(&message(outgoing));
                return self.http.send(call, outgoing.at).await.map(|_| Receipt::bare());
            }
            Way::Bot { api, auth, channel, edits } => (Bot { http: &self.http, api, auth, channel }, *edits),
        };
        let first = outgoing.thread.as_ref().and_then(|thread| Some((thread.id.as_deref()?, thread.place.as_deref())));
        if let Some((ts, place)) = first.filter(|_| edits) {
            let mut body = message(outgoing);
            put(&mut body, "ts", ts);
            match bot.call("chat.update", body, place, outgoing).await {
                // It was deleted, or may not be edited any more: the news is posted.
                Err(why) if why.kind == FailureKind::Rejected => {}
                result => return result,
            }
        }
        let mut body = message(outgoing);
        if let Some((ts, _)) = first {
            put(&mut body, "thread_ts", ts);
            // The end is told to the channel as well, not to the thread alone.
            put(&mut body, "reply_broadcast", outgoing.notification.phase == Phase::End);
        }
        bot.call("chat.postMessage", body, first.and_then(|(_, place)| place), outgoing).await
    }
}

struct Bot<'a> {
    http: &'a Http,
    api: &'a Url,
    auth: &'a HeaderMap,
    channel: &'a str,
}

impl Bot<'_> {
    /// Calls a method of the Web API, which says in the answer's body whether it went well.
    async fn call(
        &self,
        method: &str,
        mut body: Value,
        place: Option<&str>,
        outgoing: &Outgoing,
    ) -> Result<Receipt, Failure> {
        put(&mut body, "channel", place.unwrap_or(self.channel));
        let call = Call::post(below(self.api, [method])).headers(self.auth).json(&body);
        let answer = self.http.send(call, outgoing.at).await?;
        let said = answer.verdict()?;
        if said.get("ok") == Some(&Value::Bool(true)) {
            return Ok(Receipt { id: answer.text("/ts"), place: answer.text("/channel") });
        }
        // docs.slack.dev/reference/methods/chat.postMessage, "Errors".
        let code = said.get("error").and_then(Value::as_str).unwrap_or("no reason given");
        let kind = match code {
            "ratelimited" | "rate_limited" | "message_limit_exceeded" => {
                FailureKind::Limited { after: answer.wait(outgoing.at) }
            }
            "internal_error" | "fatal_error" | "service_unavailable" | "request_timeout" | "team_added_to_org" => {
                FailureKind::Temporary
            }
            _ => FailureKind::Rejected,
        };
        Err(answer.failure(kind, code))
    }
}

fn message(outgoing: &Outgoing) -> Value {
    let tone = tone(&outgoing.notification);
    let told = told(outgoing, &BOUNDS, slack);
    let text = |text: &str| json!({"type": "plain_text", "text": text, "emoji": false});
    let section = |part: &str| json!({"type": "section", "text": text(part)});

    let host = outgoing.notification.message.host.as_deref().map(|host| format!(": {host}")).unwrap_or_default();
    let header = crate::markup::chat::cut(&format!("{} {}{host}", tone.sign, tone.word), HEADER, Unit::Utf16, slack);
    let mut blocks = vec![json!({"type": "header", "text": text(&header)}), section(&told.headline)];
    blocks.extend(told.paragraphs("\n• ").map(|part| section(&part)));
    if let Some(advice) = &told.advice {
        blocks.push(section(&format!("What to do: {advice}")));
    }
    if let Some(touched) = &told.above_shows {
        let lines: Vec<&str> =
            [touched].into_iter().chain(&told.shows).chain(&told.more_shows).map(String::as_str).collect();
        blocks.push(section(&lines.join("\n• ")));
    }
    if !told.facts.is_empty() {
        let fields: Vec<Value> = told.facts.iter().map(|(label, value)| text(&format!("{label}\n{value}"))).collect();
        blocks.push(json!({"type": "section", "fields": fields}));
    }
    blocks.extend(told.more_facts.iter().map(|more| section(more)));
    let mut foot = vec![text(&told.footer)];
    if let Some(link) = &told.link {
        let link = slack(link);
        foot.insert(0, json!({"type": "mrkdwn", "text": format!("<{link}|{LINK}>"), "verbatim": true}));
    }
    blocks.push(json!({"type": "context", "elements": foot}));
    json!({
        // What notifications and old clients show.
        "text": format!("{} {}: {}", tone.sign, tone.word, told.headline),
        "mrkdwn": false,
        "unfurl_links": false,
        "unfurl_media": false,
        "blocks": blocks,
    })
}
