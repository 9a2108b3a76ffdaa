//! Mattermost: an attachment by an incoming webhook, or a post by a bot's token, which threads under
//! the first message. A webhook tells no post's id, so its messages stand alone.

use futures_util::future::BoxFuture;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::http::{Call, bearer};
use super::kind::{below, is_private, read, single, url};
use super::prose::{Syntax, prose};
use super::wording::{Bounds, fallback, hex, put, tone};
use super::{BadOption, Channel, Failure, Field, Http, Kind, Options, Outgoing, Rate, Rates, Receipt, Secret, Shape};
use crate::markup::chat::{Unit, mattermost};

const NAME: &str = "mattermost";

pub(super) const KIND: Kind = Kind {
    name: NAME,
    title: "Mattermost",
    summary: "A message in a Mattermost channel, by an incoming webhook, or by a bot that threads under the first one.",
    fields: &[
        Field::new("webhook", Shape::Url, "https://chat.example.org/hooks/XXXX", "URL of an incoming webhook").secret(),
        Field::new("server", Shape::Url, "https://chat.example.org", "with a token: the server"),
        Field::new("token", Shape::Text, "XXXX", "a bot's token, instead of a webhook").secret(),
        Field::new("channel", Shape::Text, "4xp9fdt77pncbef59f4k1qe83o", "with a token: the channel's id"),
    ],
    resolves: false,
    rates: Rates {
        // Where a server limits at all (it does not unless told to): PerSec 10.
        limits: &[Rate::new(10, 1)],
        source: "https://docs.mattermost.com/configure/rate-limiting-configuration-settings.html",
    },
    short: "mattermost:https://chat.example.org/hooks/...",
    from_short: |rest| single("webhook", rest),
    build: open,
};

// docs.mattermost.com/configure/... and developers.mattermost.com/integrate/webhooks/incoming: a
// post holds 16,383 characters; longer ones are cut in pieces.
const POST: usize = 16_000;
const BOUNDS: Bounds = Bounds {
    unit: Unit::Utf16,
    headline: 2_000,
    paragraph: 3_000,
    paragraphs: 6,
    label: 100,
    value: 500,
    facts: 15,
    show: 200,
    shows: 15,
};
const SYNTAX: Syntax = Syntax {
    escape: mattermost,
    strong: |text| format!("**{text}**"),
    link: |url, label| format!("[{label}]({url})"),
    bullet: "* ",
    newline: "\n",
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    webhook: Option<Secret>,
    server: Option<String>,
    token: Option<Secret>,
    channel: Option<String>,
}

struct Mattermost {
    http: Http,
    way: Way,
}

enum Way {
    Webhook(Url),
    Bot { posts: Url, auth: HeaderMap, channel: String },
}

fn open(options: &Options, http: &Http) -> Result<Box<dyn Channel>, BadOption> {
    let settings: Settings = read(options)?;
    let missing = |key: &str, what: &str| BadOption::new(key, format!("is missing: {what}"));
    let way = match (settings.webhook, settings.token) {
        (Some(_), Some(_)) => return Err(BadOption::new("token", "stands beside `webhook`; one of the two is enough")),
        (None, None) => return Err(missing("webhook", "the URL of an incoming webhook, or a `token`")),
        (Some(webhook), None) => Way::Webhook(url("webhook", webhook.expose())?),
        (None, Some(token)) => {
            let server = settings.server.ok_or_else(|| missing("server", "a token says nothing of its server"))?;
            let server = url("server", &server)?;
            if !is_private(&server) {
                return Err(BadOption::new(
                    "server",
                    "has to begin with https://, or everybody on the way reads the token",
                ));
            }
            Way::Bot {
                posts: below(&server, ["api", "v4", "posts"]),
                auth: bearer("token", &token)?,
                channel: settings.channel.ok_or_else(|| missing("channel", "a bot has to be told the channel's id"))?,
            }
        }
    };
    Ok(Box::new(Mattermost { http: http.clone(), way }))
}

impl Channel for Mattermost {
    fn kind(&self) -> &'static str {
        NAME
    }

    fn deliver<'a>(&'a self, outgoing: &'a Outgoing) -> BoxFuture<'a, Result<Receipt, Failure>> {
        Box::pin(self.send(outgoing))
    }
}

impl Mattermost {
    async fn send(&self, outgoing: &Outgoing) -> Result<Receipt, Failure> {
        let text = prose(outgoing, &BOUNDS, POST, &SYNTAX);
        match &self.way {
            Way::Webhook(url) => {
                let call = Call::post(url.clone()).json(&hook_message(outgoing, &text));
                self.http.send(call, outgoing.at).await.map(|_| Receipt::bare())
            }
            Way::Bot { posts, auth, channel } => {
                let mut body =
                    json!({"channel_id": channel, "message": text, "props": {"disable_group_highlight": true}});
                if let Some(first) = outgoing.thread.as_ref().and_then(|thread| thread.id.as_deref()) {
                    put(&mut body, "root_id", first);
                }
                let call = Call::post(posts.clone()).headers(auth).json(&body);
                let answer = self.http.send(call, outgoing.at).await?.confirmed()?;
                Ok(Receipt { id: answer.text("/id"), place: answer.text("/channel_id") })
            }
        }
    }
}

fn hook_message(outgoing: &Outgoing, text: &str) -> Value {
    let tone = tone(&outgoing.notification);
    json!({
        "username": "podprobe",
        "props": {"disable_group_highlight": true},
        // developers.mattermost.com/integrate/reference/message-attachments
        "attachments": [{"fallback": fallback(&outgoing.notification), "color": hex(tone.colour), "text": text}],
    })
}
