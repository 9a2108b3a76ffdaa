//! Discord: an embed by a channel's webhook. Nobody is mentioned whatever the text says.
//!
//! A webhook cannot reply. The first message is edited, so that it always shows how things stand;
//! nobody hears an edit, so the news is posted as well (`updates`). An edit repeats without harm,
//! so a failure between the two costs nothing.

use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::http::{Answer, Call};
use super::kind::{below, read, single, url};
use super::wording::{Bounds, put, told, tone};
use super::{
    BadOption, Channel, Failure, FailureKind, Field, Http, Kind, Options, Outgoing, Rate, Rates, Receipt, Secret, Shape,
};
use crate::markup::chat::{Unit, cut, discord};

const NAME: &str = "discord";

pub(super) const KIND: Kind = Kind {
    name: NAME,
    title: "Discord",
    summary: "An embed in a Discord channel, by a webhook; the first message of an incident is kept up to date.",
    fields: &[
        Field::new(
            "webhook",
            Shape::HttpsUrl,
            "https://discord.com/api/webhooks/1234567890/XXXX",
            "URL of the channel's webhook",
        )
        .required()
        .secret(),
        Field::new(
            "updates",
            Shape::Choice(&["both", "edit", "post"]),
            "both",
            "edit the first message and post the news (the default), only edit, which nobody hears, or only post",
        ),
        Field::new("thread_id", Shape::Text, "1234567890", "post into this thread of the channel"),
    ],
    resolves: false,
    rates: Rates {
        // Discord tells them in its answers' headers (X-RateLimit-*) and promises no numbers; these are
        // what webhooks get: 5 in 2 s, and 30 a minute in one channel.
        limits: &[Rate::new(5, 2), Rate::new(30, 60)],
        source: "https://discord.com/developers/docs/topics/rate-limits",
    },
    short: "discord:https://discord.com/api/webhooks/...",
    from_short: |rest| single("webhook", rest),
    build: open,
};

// discord.com/developers/docs/resources/message, "Embed Limits": title 256, description 4,096, 25
// fields, field name 256, field value 1,024, footer 2,048, and 6,000 in all: the parts below add up
// to less than 5,600.
const TITLE: usize = 256;
const BOUNDS: Bounds = Bounds {
    unit: Unit::Utf16,
    headline: 500,
    paragraph: 500,
    paragraphs: 3,
    label: 50,
    value: 130,
    facts: 10,
    show: 80,
    shows: 8,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    webhook: Secret,
    updates: Option<String>,
    thread_id: Option<String>,
}

struct Discord {
    http: Http,
    webhook: Url,
    thread: Option<String>,
    edits: bool,
    posts: bool,
}

fn open(options: &Options, http: &Http) -> Result<Box<dyn Channel>, BadOption> {
    let settings: Settings = read(options)?;
    let updates = settings.updates.as_deref().unwrap_or("both");
    if settings.thread_id.as_deref().is_some_and(|id| !id.bytes().all(|b| b.is_ascii_digit())) {
        return Err(BadOption::new("thread_id", "has to be a number"));
    }
    Ok(Box::new(Discord {
        http: http.clone(),
        webhook: url("webhook", settings.webhook.expose())?,
        thread: settings.thread_id,
        edits: updates != "post",
        posts: updates != "edit",
    }))
}

impl Channel for Discord {
    fn kind(&self) -> &'static str {
        NAME
    }

    fn deliver<'a>(&'a self, outgoing: &'a Outgoing) -> BoxFuture<'a, Result<Receipt, Failure>> {
        Box::pin(self.send(outgoing))
    }
}

impl Discord {
    async fn send(&self, outgoing: &Outgoing) -> Result<Receipt, Failure> {
        let body = message(outgoing);
        let first = outgoing.thread.as_ref().and_then(|thread| thread.id.as_deref());
        if let Some(first) = first.filter(|_| self.edits) {
            let edit = Call::patch(self.address(below(&self.webhook, ["messages", first]))).json(&body);
            match self.http.send(edit, outgoing.at).await {
                Ok(answer) if !self.posts => return Ok(receipt(&answer)),
                Ok(_) => {}
                // Somebody deleted it: the news is posted alone.
                Err(why) if why.kind == FailureKind::Rejected => {}
                Err(why) => return Err(why),
            }
        }
        let mut url = self.address(self.webhook.clone());
        // The answer comes when the message is there, and says its id.
        url.query_pairs_mut().append_pair("wait", "true");
        let answer = self.http.send(Call::post(url).json(&body), outgoing.at).await?.confirmed()?;
        Ok(receipt(&answer))
    }

    fn address(&self, mut url: Url) -> Url {
        if let Some(thread) = &self.thread {
            url.query_pairs_mut().append_pair("thread_id", thread);
        }
        url
    }
}

fn receipt(answer: &Answer) -> Receipt {
    Receipt { id: answer.text("/id"), place: answer.text("/channel_id") }
}

fn message(outgoing: &Outgoing) -> Value {
    let tone = tone(&outgoing.notification);
    let told = told(outgoing, &BOUNDS, discord);
    let host = outgoing.notification.message.host.as_deref().map(|host| format!(": {host}")).unwrap_or_default();
    let title = cut(&format!("{} {}{host}", tone.sign, tone.word), TITLE, Unit::Utf16, discord);

    let mut description = format!("**{}**", told.headline);
    for part in told.paragraphs("\n• ") {
        description = format!("{description}\n\n{part}");
    }
    let field = |name: &str, value: &str, inline: bool| json!({"name": name, "value": value, "inline": inline});
    let mut fields = Vec::new();
    if let Some(advice) = &told.advice {
        fields.push(field("What to do", advice, false));
    }
    if let Some(touched) = &told.above_shows {
        let lines: Vec<&str> = told.shows.iter().chain(&told.more_shows).map(String::as_str).collect();
        fields.push(field(touched, if lines.is_empty() { "–".to_owned() } else { lines.join("\n") }.as_str(), false));
    }
    fields.extend(told.facts.iter().map(|(label, value)| field(label, value, true)));
    if let Some(more) = &told.more_facts {
        fields.push(field("…", more, false));
    }
    let mut embed = json!({
        "title": title,
        "description": description,
        "color": tone.colour,
        "fields": fields,
        "footer": {"text": told.footer},
        "timestamp": outgoing.notification.at,
    });
    if let Some(link) = &told.link {
        put(&mut embed, "url", link.as_str());
    }
    json!({"embeds": [embed], "allowed_mentions": {"parse": []}})
}
