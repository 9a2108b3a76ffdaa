//! PagerDuty, Events API v2: an incident is one alert, triggered, acknowledged and resolved by its
//! dedup key. Digests and tests are change events, which wake nobody.

use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::http::Call;
use super::kind::{below, read, single, url};
use super::wording::{Bounds, LINK, bounded, put, thread_key, told};
use super::{BadOption, Channel, Failure, Field, Http, Kind, Options, Outgoing, Rate, Rates, Receipt, Secret, Shape};
use crate::judge::{Code, Severity};
use crate::markup::chat::{Unit, cut, plain};
use crate::notice::Phase;

const NAME: &str = "pagerduty";

pub(super) const KIND: Kind = Kind {
    name: NAME,
    title: "PagerDuty",
    summary: "An alert of a PagerDuty service (Events API v2), resolved when the incident is over. A test message, as \
              everything that needs nobody, is a change event: it proves that the key is right, not that anybody is \
              woken.",
    fields: &[
        Field::new(
            "routing_key",
            Shape::Text,
            "R0123456789ABCDEF0123456789ABCDE",
            "the integration key of the service",
        )
        .required()
        .secret(),
        Field::new("source", Shape::Text, "podprobe", "tells installations apart that share a service"),
        Field::new(
            "api",
            Shape::HttpsUrl,
            "https://events.eu.pagerduty.com",
            "the events address of your region; https://events.pagerduty.com if left out",
        ),
    ],
    resolves: true,
    rates: Rates {
        // For one integration key. It also slows down services that are flooded, and says 429 then.
        limits: &[Rate::new(120, 60)],
        source: "https://community.pagerduty.com/forum/t/monitoring-api-rate-limiting/3318",
    },
    short: "pagerduty:ROUTING_KEY",
    from_short: |rest| single("routing_key", rest),
    build: open,
};

// developer.pagerduty.com/docs/events-api-v2/overview: an event has at most 512 KB; summary 1,024
// characters, dedup_key 255. The message's data takes at most about 100 KB.
const SUMMARY: usize = 1_024;
const BOUNDS: Bounds = Bounds {
    unit: Unit::Utf16,
    headline: SUMMARY,
    paragraph: 2_000,
    paragraphs: 10,
    label: 200,
    value: 500,
    facts: 30,
    show: 300,
    shows: 30,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    routing_key: Secret,
    source: Option<String>,
    api: Option<String>,
}

struct PagerDuty {
    http: Http,
    api: Url,
    routing_key: Secret,
    source: String,
}

fn open(options: &Options, http: &Http) -> Result<Box<dyn Channel>, BadOption> {
    let settings: Settings = read(options)?;
    Ok(Box::new(PagerDuty {
        http: http.clone(),
        api: url("api", settings.api.as_deref().unwrap_or("https://events.pagerduty.com"))?,
        routing_key: settings.routing_key,
        source: settings.source.unwrap_or_else(|| "podprobe".to_owned()),
    }))
}

impl Channel for PagerDuty {
    fn kind(&self) -> &'static str {
        NAME
    }

    fn deliver<'a>(&'a self, outgoing: &'a Outgoing) -> BoxFuture<'a, Result<Receipt, Failure>> {
        Box::pin(self.send(outgoing))
    }
}

impl PagerDuty {
    async fn send(&self, outgoing: &Outgoing) -> Result<Receipt, Failure> {
        let notification = &outgoing.notification;
        let dedup_key = thread_key(&self.source, notification);
        let told = told(outgoing, &BOUNDS, plain);
        let message = bounded(notification).message;
        let links: Vec<Value> = told.link.iter().map(|link| json!({"href": link, "text": LINK})).collect();
        let quiet = notification.phase == Phase::Single && message.severity.is_none();
        let mut payload = json!({
            "summary": told.headline,
            "source": cut(message.host.as_deref().unwrap_or(&self.source), 255, Unit::Utf16, plain),
            "timestamp": notification.at,
            "custom_details": {
                "details": told.paragraphs("\n- ").collect::<Vec<_>>(),
                "advice": told.advice,
                "evidence": told.facts.into_iter().map(|(label, value)| (label, Value::from(value)))
                    .collect::<serde_json::Map<_, _>>(),
                "affected": told.touched,
                "shows": told.shows.into_iter().chain(told.more_shows).collect::<Vec<_>>(),
                "since": message.since,
                "incident": notification.incident,
            },
        });
        let (path, body) = if quiet {
            // developer.pagerduty.com/docs/send-change-event
            (
                ["v2", "change", "enqueue"].as_slice(),
                json!({"routing_key": self.routing_key.expose(), "payload": payload, "links": links}),
            )
        } else {
            put(&mut payload, "severity", severity(message.severity));
            put(&mut payload, "component", message.host);
            put(&mut payload, "class", message.code.map(Code::as_str));
            (
                ["v2", "enqueue"].as_slice(),
                json!({
                    "routing_key": self.routing_key.expose(),
                    "event_action": action(outgoing),
                    "dedup_key": dedup_key,
                    "payload": payload,
                    "links": links,
                    "client": "podprobe",
                    "client_url": told.link,
                }),
            )
        };
        let call = Call::post(below(&self.api, path.iter().copied())).hides([&self.routing_key]).json(&body);
        let answer = self.http.send(call, outgoing.at).await?.confirmed()?;
        Ok(Receipt::of(answer.text("/dedup_key").unwrap_or(dedup_key)))
    }
}

fn action(outgoing: &Outgoing) -> &'static str {
    match outgoing.notification.phase {
        Phase::End => "resolve",
        Phase::Update if outgoing.acknowledged => "acknowledge",
        Phase::First | Phase::Update | Phase::Single => "trigger",
    }
}

fn severity(severity: Option<Severity>) -> &'static str {
    match severity {
        Some(Severity::Critical) => "critical",
        Some(Severity::Warning) => "warning",
        Some(Severity::Info) | None => "info",
    }
}
