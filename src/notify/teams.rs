//! Microsoft Teams: an Adaptive Card by a Workflows webhook ("Post to a channel when a webhook
//! request is received"). A workflow tells no message's id: every message stands alone.
//!
//! Text stands in `TextRun`s, which know no Markdown, so nothing in it can be a link or a mention.

use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::http::Call;
use super::kind::{read, single, url};
use super::wording::{Bounds, LINK, is_good_news, put, told, tone};
use super::{BadOption, Channel, Failure, Field, Http, Kind, Options, Outgoing, Rate, Rates, Receipt, Secret, Shape};
use crate::judge::Severity;
use crate::markup::chat::{Unit, cut, plain};
use crate::notice::Notification;

const NAME: &str = "teams";

pub(super) const KIND: Kind = Kind {
    name: NAME,
    title: "Microsoft Teams",
    summary: "An Adaptive Card in a Teams channel, by a Workflows webhook.",
    fields: &[Field::new(
        "webhook",
        Shape::HttpsUrl,
        "https://prod-00.westeurope.logic.azure.com/workflows/XXXX",
        "URL of the workflow `Post to a channel when a webhook request is received`",
    )
    .required()
    .secret()],
    resolves: false,
    rates: Rates {
        limits: &[Rate::new(4, 1)],
        source: "https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook",
    },
    short: "teams:https://....logic.azure.com/workflows/...",
    from_short: |rest| single("webhook", rest),
    build: open,
};

// learn.microsoft.com/microsoftteams/limits-specifications-teams and
// .../platform/webhooks-and-connectors/how-to/add-incoming-webhook: 28 KB a message. The parts below
// add up to less than 18 KB; the card around them takes less than 7.
const BOUNDS: Bounds = Bounds {
    unit: Unit::JsonBytes,
    headline: 1_000,
    paragraph: 1_500,
    paragraphs: 4,
    label: 80,
    value: 500,
    facts: 10,
    show: 150,
    shows: 10,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    webhook: Secret,
}

struct Teams {
    http: Http,
    webhook: Url,
}

fn open(options: &Options, http: &Http) -> Result<Box<dyn Channel>, BadOption> {
    let settings: Settings = read(options)?;
    Ok(Box::new(Teams { http: http.clone(), webhook: url("webhook", settings.webhook.expose())? }))
}

impl Channel for Teams {
    fn kind(&self) -> &'static str {
        NAME
    }

    fn deliver<'a>(&'a self, outgoing: &'a Outgoing) -> BoxFuture<'a, Result<Receipt, Failure>> {
        Box::pin(async move {
            let call = Call::post(self.webhook.clone()).json(&message(outgoing));
            self.http.send(call, outgoing.at).await.map(|_| Receipt::bare())
        })
    }
}

/// One of the colours that cards have (adaptivecards.io/explorer/TextRun.html).
fn colour(notification: &Notification) -> &'static str {
    match (notification.phase, notification.message.severity) {
        _ if is_good_news(notification) => "good",
        (_, Some(Severity::Critical)) => "attention",
        (_, Some(Severity::Warning)) => "warning",
        (_, Some(Severity::Info)) => "accent",
        (_, None) => "default",
    }
}

fn message(outgoing: &Outgoing) -> Value {
    let tone = tone(&outgoing.notification);
    let told = told(outgoing, &BOUNDS, plain);
    let run = |text: &str| json!({"type": "TextRun", "text": text});
    let bold = |text: &str| json!({"type": "TextRun", "text": text, "weight": "bolder"});
    let line = |runs: Vec<Value>| json!({"type": "RichTextBlock", "inlines": runs});
    let apart = |runs: Vec<Value>| json!({"type": "RichTextBlock", "inlines": runs, "spacing": "medium"});

    let host = outgoing.notification.message.host.as_deref().map(|host| format!(": {host}")).unwrap_or_default();
    let title = cut(&format!("{} {}{host}", tone.sign, tone.word), 300, Unit::JsonBytes, plain);
    let mut body = vec![
        line(vec![json!({
            "type": "TextRun",
            "text": title,
            "weight": "bolder",
            "size": "large",
            "color": colour(&outgoing.notification),
        })]),
        line(vec![bold(&told.headline)]),
    ];
    body.extend(told.body.iter().map(|part| apart(vec![run(part)])));
    for (title, lines) in told.lists.iter().filter_map(|list| list.split_first()) {
        body.push(apart(vec![bold(title)]));
        body.extend(lines.iter().map(|text| line(vec![run(&format!("• {text}"))])));
    }
    if let Some(advice) = &told.advice {
        body.push(apart(vec![bold("What to do: "), run(advice)]));
    }
    if let Some(touched) = &told.above_shows {
        body.push(apart(vec![bold(touched)]));
        body.extend(told.shows.iter().map(|show| line(vec![run(&format!("• {show}"))])));
        body.extend(told.more_shows.iter().map(|more| line(vec![run(more)])));
    }
    body.extend(told.facts.iter().map(|(label, value)| line(vec![bold(&format!("{label}: ")), run(value)])));
    body.extend(told.more_facts.iter().map(|more| line(vec![run(more)])));
    body.push(apart(vec![json!({"type": "TextRun", "text": told.footer, "isSubtle": true, "size": "small"})]));

    let mut card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "fallbackText": format!("{}: {}", tone.word, told.headline),
        "body": body,
    });
    if let Some(link) = &told.link {
        put(&mut card, "actions", json!([{"type": "Action.OpenUrl", "title": LINK, "url": link}]));
    }
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": card,
        }],
    })
}
