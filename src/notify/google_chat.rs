//! Google Chat: a card (v2) by a space's webhook. All messages of an incident carry one thread key,
//! so they thread without an id; `requestId` keeps a repeated attempt from being shown twice.
//!
//! Text from outside stands in paragraphs, escaped; a card's header shows podprobe's own words.

use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::http::Call;
use super::kind::{read, single, url};
use super::wording::{Bounds, LINK, fallback, id, thread_key, told, tone};
use super::{BadOption, Channel, Failure, Field, Http, Kind, Options, Outgoing, Rate, Rates, Receipt, Secret, Shape};
use crate::markup::chat::{Unit, google_chat};

const NAME: &str = "google-chat";

pub(super) const KIND: Kind = Kind {
    name: NAME,
    title: "Google Chat",
    summary: "A card in a Google Chat space, by a webhook; an incident's messages are one thread.",
    fields: &[
        Field::new(
            "webhook",
            Shape::HttpsUrl,
            "https://chat.googleapis.com/v1/spaces/XXXX/messages?key=...&token=...",
            "URL of the space's webhook",
        )
        .required()
        .secret(),
        Field::new("source", Shape::Text, "podprobe", "tells installations apart that share a space"),
    ],
    resolves: false,
    rates: Rates { limits: &[Rate::new(1, 1)], source: "https://developers.google.com/workspace/chat/limits" },
    short: "google-chat:https://chat.googleapis.com/v1/spaces/...",
    from_short: |rest| single("webhook", rest),
    build: open,
};

// developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create: 32,000 bytes a
// message. .../chat/api/reference/rest/v1/cards: 100 widgets in all its sections. The parts below
// add up to less than 19,000 bytes; the card around them takes less than 6,000.
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
    source: Option<String>,
}

struct GoogleChat {
    http: Http,
    webhook: Url,
    source: String,
}

fn open(options: &Options, http: &Http) -> Result<Box<dyn Channel>, BadOption> {
    let settings: Settings = read(options)?;
    Ok(Box::new(GoogleChat {
        http: http.clone(),
        webhook: url("webhook", settings.webhook.expose())?,
        source: settings.source.unwrap_or_else(|| "podprobe".to_owned()),
    }))
}

impl Channel for GoogleChat {
    fn kind(&self) -> &'static str {
        NAME
    }

    fn deliver<'a>(&'a self, outgoing: &'a Outgoing) -> BoxFuture<'a, Result<Receipt, Failure>> {
        Box::pin(self.send(outgoing))
    }
}

impl GoogleChat {
    async fn send(&self, outgoing: &Outgoing) -> Result<Receipt, Failure> {
        let mut url = self.webhook.clone();
        url.query_pairs_mut()
            // .../chat/quickstart/webhooks, "Start or reply to a message thread".
            .append_pair("messageReplyOption", "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD")
            .append_pair("requestId", &id(&outgoing.notification.key));
        let call = Call::post(url).json(&self.message(outgoing));
        let answer = self.http.send(call, outgoing.at).await?.confirmed()?;
        Ok(Receipt { id: answer.text("/name"), place: answer.text("/thread/name") })
    }

    fn message(&self, outgoing: &Outgoing) -> Value {
        let tone = tone(&outgoing.notification);
        let told = told(outgoing, &BOUNDS, google_chat);
        let paragraph = |text: &str| json!({"textParagraph": {"text": text}});

        let mut widgets = vec![paragraph(&format!("<b>{}</b>", told.headline))];
        widgets.extend(told.paragraphs("<br>• ").map(|part| paragraph(&part)));
        if let Some(advice) = &told.advice {
            widgets.push(paragraph(&format!("<b>What to do:</b> {advice}")));
        }
        if let Some(touched) = &told.above_shows {
            let lines: Vec<String> = told
                .shows
                .iter()
                .map(|show| format!("<br>• {show}"))
                .chain(told.more_shows.as_ref().map(|more| format!("<br>{more}")))
                .collect();
            widgets.push(paragraph(&format!("<b>{touched}</b>{}", lines.concat())));
        }
        let facts: Vec<String> = told
            .facts
            .iter()
            .map(|(label, value)| format!("<b>{label}:</b> {value}"))
            .chain(told.more_facts.clone())
            .collect();
        if !facts.is_empty() {
            widgets.push(paragraph(&facts.join("<br>")));
        }
        if let Some(link) = &told.link {
            widgets.push(json!({"buttonList": {"buttons": [
                {"text": LINK, "onClick": {"openLink": {"url": link}}},
            ]}}));
        }
        json!({
            "thread": {"threadKey": thread_key(&self.source, &outgoing.notification)},
            "fallbackText": fallback(&outgoing.notification),
            "cardsV2": [{
                "cardId": "podprobe",
                "card": {
                    "header": {"title": format!("{} {}", tone.sign, tone.word), "subtitle": told.footer},
                    "sections": [{"widgets": widgets}],
                },
            }],
        })
    }
}
