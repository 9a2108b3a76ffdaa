//! Rocket.Chat: a message by an incoming integration. It tells no message's id: every message stands
//! alone.

use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::http::Call;
use super::kind::{read, single, url};
use super::prose::{Syntax, prose};
use super::wording::{Bounds, put};
use super::{
    BadOption, Channel, Failure, FailureKind, Field, Http, Kind, Options, Outgoing, Rate, Rates, Receipt, Secret, Shape,
};
use crate::markup::chat::{Unit, rocket_chat};

const NAME: &str = "rocket-chat";

pub(super) const KIND: Kind = Kind {
    name: NAME,
    title: "Rocket.Chat",
    summary: "A message in a Rocket.Chat channel, by an incoming integration.",
    fields: &[
        Field::new("webhook", Shape::Url, "https://chat.example.org/hooks/ID/TOKEN", "URL of the incoming integration")
            .required()
            .secret(),
        Field::new("channel", Shape::Text, "#podcasts", "another channel than the integration's own"),
    ],
    resolves: false,
    rates: Rates {
        // Unless the server is told otherwise: 10 calls in 60,000 ms.
        limits: &[Rate::new(10, 60)],
        source: "https://docs.rocket.chat/rate-limiter",
    },
    short: "rocket-chat:https://chat.example.org/hooks/...",
    from_short: |rest| single("webhook", rest),
    build: open,
};

// docs.rocket.chat, workspace settings, "Message": Maximum Allowed Characters Per Message is 5,000
// unless an administrator changes it.
const MESSAGE: usize = 5_000;
const BOUNDS: Bounds = Bounds {
    unit: Unit::Utf16,
    headline: 1_000,
    paragraph: 1_000,
    paragraphs: 4,
    label: 100,
    value: 300,
    facts: 10,
    show: 150,
    shows: 10,
};
const SYNTAX: Syntax = Syntax {
    escape: rocket_chat,
    strong: |text| format!("*{text}*"),
    link: |url, label| format!("[{label}]({url})"),
    bullet: "• ",
    newline: "\n",
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    webhook: Secret,
    channel: Option<String>,
}

struct RocketChat {
    http: Http,
    webhook: Url,
    channel: Option<String>,
}

fn open(options: &Options, http: &Http) -> Result<Box<dyn Channel>, BadOption> {
    let settings: Settings = read(options)?;
    let webhook = url("webhook", settings.webhook.expose())?;
    Ok(Box::new(RocketChat { http: http.clone(), webhook, channel: settings.channel }))
}

impl Channel for RocketChat {
    fn kind(&self) -> &'static str {
        NAME
    }

    fn deliver<'a>(&'a self, outgoing: &'a Outgoing) -> BoxFuture<'a, Result<Receipt, Failure>> {
        Box::pin(self.send(outgoing))
    }
}

impl RocketChat {
    async fn send(&self, outgoing: &Outgoing) -> Result<Receipt, Failure> {
        let mut body = json!({
            "alias": "podprobe",
            "text": prose(outgoing, &BOUNDS, MESSAGE, &SYNTAX),
            "parseUrls": false,
        });
        if let Some(channel) = &self.channel {
            put(&mut body, "channel", channel.as_str());
        }
        let call = Call::post(self.webhook.clone()).json(&body);
        let answer = self.http.send(call, outgoing.at).await?.confirmed()?;
        // It may say no with a 200.
        let said = answer.json();
        if said.get("success") == Some(&Value::Bool(false)) {
            return Err(answer.failure(
                FailureKind::Rejected,
                said.get("error").and_then(Value::as_str).unwrap_or("no reason given"),
            ));
        }
        Ok(Receipt::bare())
    }
}
