//! Any HTTP endpoint: a JSON document, signed by the rules of Standard Webhooks, or whatever a
//! template makes of it.
//!
//! `webhook-id` is the same for every attempt at one notification: a receiver that remembers it
//! takes none twice.

mod template;

use std::str::FromStr as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use ring::hmac;
use serde::{Deserialize, Serialize};
use url::Url;

use super::http::Call;
use super::kind::{read, single, url};
use super::wording::{bounded, is_good_news};
use super::{BadOption, Channel, Failure, Field, Http, Kind, Options, Outgoing, Rates, Receipt, Secret, Shape};
use crate::notice::{Notification, Phase};
use template::Template;

const NAME: &str = "webhook";

pub(super) const KIND: Kind = Kind {
    name: NAME,
    title: "Webhook",
    summary: "A JSON document to any HTTP endpoint, signed (Standard Webhooks), or what a template makes of it. \
              Its type is incident.opened, .updated, .recovered, .closed (not known to be mended) or podprobe.message.",
    fields: &[
        Field::new("url", Shape::Url, "https://hooks.example.org/podprobe", "where to post to").required().secret(),
        Field::new(
            "secrets",
            Shape::List,
            "whsec_...",
            "keys that messages are signed with: whsec_ and 24 to 64 bytes in base64; two while you change them",
        )
        .secret(),
        Field::new("headers", Shape::Table, "{ Authorization = \"Bearer ...\" }", "further headers").secret(),
        Field::new(
            "template",
            Shape::Text,
            "{\"text\": {{ message.headline }}}",
            "a template (minijinja) for the body instead of the whole document; in JSON, values are written as JSON",
        ),
        Field::new("content_type", Shape::Text, "application/json", "of the template's result"),
    ],
    resolves: true,
    rates: Rates::NONE,
    short: "webhook:https://hooks.example.org/podprobe",
    from_short: |rest| single("url", rest),
    build: open,
};

/// Headers that say what the body is, or are the signature's.
const OWN_HEADERS: [&str; 7] = [
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "content-type",
    "content-length",
    "host",
    "transfer-encoding",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    url: Secret,
    secrets: Option<OneOrMany>,
    headers: Option<std::collections::BTreeMap<String, Secret>>,
    template: Option<String>,
    content_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(Secret),
    Many(Vec<Secret>),
}

struct Webhook {
    http: Http,
    url: Url,
    keys: Vec<hmac::Key>,
    headers: HeaderMap,
    template: Option<Template>,
    content_type: String,
}

/// The document.
#[derive(Serialize)]
struct Document<'a> {
    /// `incident.opened`, `incident.updated`, `incident.recovered`, `incident.closed`, `podprobe.message`.
    r#type: &'static str,
    /// When the notification was composed.
    timestamp: Timestamp,
    data: &'a Notification,
}

fn open(options: &Options, http: &Http) -> Result<Box<dyn Channel>, BadOption> {
    let settings: Settings = read(options)?;
    let secrets = match settings.secrets {
        None => Vec::new(),
        Some(OneOrMany::One(secret)) => vec![secret],
        Some(OneOrMany::Many(secrets)) => secrets,
    };
    let content_type = settings.content_type.unwrap_or_else(|| "application/json".to_owned());
    if HeaderValue::from_str(&content_type).is_err() {
        return Err(BadOption::new("content_type", "holds characters that no header can carry"));
    }
    let template =
        settings.template.map(|source| Template::parse(source, content_type.contains("json"))).transpose()?;
    Ok(Box::new(Webhook {
        http: http.clone(),
        url: url("url", settings.url.expose())?,
        keys: secrets.iter().map(key).collect::<Result<_, _>>()?,
        headers: headers(settings.headers.unwrap_or_default())?,
        template,
        content_type,
    }))
}

/// A symmetric key: `whsec_` and 24 to 64 bytes in base64
/// (github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, "Signature scheme").
fn key(secret: &Secret) -> Result<hmac::Key, BadOption> {
    let bad = |why: &str| BadOption::new("secrets", why);
    let text = secret.expose().strip_prefix("whsec_").ok_or_else(|| bad("a key has to begin with whsec_"))?;
    let bytes = STANDARD.decode(text).map_err(|_| bad("what follows whsec_ is no base64"))?;
    if !(24..=64).contains(&bytes.len()) {
        return Err(bad("a key has to have 24 to 64 bytes (`openssl rand -base64 32` makes one)"));
    }
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

fn headers(table: std::collections::BTreeMap<String, Secret>) -> Result<HeaderMap, BadOption> {
    let mut headers = HeaderMap::new();
    for (name, value) in table {
        let bad = |why: &str| BadOption::new("headers", format!("`{}` {why}", crate::markup::terminal(&name)));
        let parsed = HeaderName::from_str(&name).map_err(|_| bad("is no name of a header"))?;
        if OWN_HEADERS.contains(&parsed.as_str()) {
            return Err(bad("is set by podprobe"));
        }
        let mut value = HeaderValue::from_str(value.expose())
            .map_err(|_| bad("has a value that no header can carry, with a line end perhaps"))?;
        value.set_sensitive(true);
        headers.insert(parsed, value);
    }
    Ok(headers)
}

/// `v1,` and the base64 of HMAC-SHA256 over id, timestamp and body, for every key.
fn signatures(keys: &[hmac::Key], id: &str, timestamp: i64, body: &[u8]) -> String {
    let mut signed = format!("{id}.{timestamp}.").into_bytes();
    signed.extend_from_slice(body);
    let all: Vec<String> =
        keys.iter().map(|key| format!("v1,{}", STANDARD.encode(hmac::sign(key, &signed).as_ref()))).collect();
    all.join(" ")
}

impl Channel for Webhook {
    fn kind(&self) -> &'static str {
        NAME
    }

    fn deliver<'a>(&'a self, outgoing: &'a Outgoing) -> BoxFuture<'a, Result<Receipt, Failure>> {
        Box::pin(self.send(outgoing))
    }
}

impl Webhook {
    async fn send(&self, outgoing: &Outgoing) -> Result<Receipt, Failure> {
        let notification = bounded(&outgoing.notification);
        let document = Document { r#type: event(&notification), timestamp: notification.at, data: &notification };
        let body = match &self.template {
            Some(template) => template.render(document.r#type, &notification)?,
            None => serde_json::to_vec(&document)
                .map_err(|why| Failure::rejected(format!("the message could not be written as JSON: {why}")))?,
        };
        let (id, timestamp) = (notification.key.as_str(), outgoing.at.as_second());
        let mut call = Call::post(self.url.clone())
            .headers(&self.headers)
            .header(HeaderName::from_static("webhook-id"), id)
            .header(HeaderName::from_static("webhook-timestamp"), &timestamp.to_string());
        if !self.keys.is_empty() {
            let signatures = signatures(&self.keys, id, timestamp, &body);
            call = call.header(HeaderName::from_static("webhook-signature"), &signatures);
        }
        self.http.send(call.body(&self.content_type, body), outgoing.at).await?;
        Ok(Receipt::of(id))
    }
}

fn event(notification: &Notification) -> &'static str {
    match notification.phase {
        _ if notification.incident.is_none() => "podprobe.message",
        Phase::First => "incident.opened",
        Phase::Update => "incident.updated",
        Phase::End if is_good_news(notification) => "incident.recovered",
        // Nobody looks there any more: whoever counts recoveries must not count it.
        Phase::End => "incident.closed",
        Phase::Single => "podprobe.message",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::{Ending, IncidentId};

    #[test]
    fn what_is_not_known_to_be_mended_is_no_recovery() {
        let of = |ending| {
            let mut notification = crate::notice::test_message("hook", "", Timestamp::UNIX_EPOCH);
            notification.incident = Some(IncidentId(7));
            notification.phase = Phase::End;
            notification.message.ending = ending;
            event(&notification)
        };
        assert_eq!(of(None), "incident.recovered");
        assert_eq!(
            Ending::ALL.map(|ending| of(Some(ending))),
            ["incident.recovered", "incident.recovered", "incident.closed", "incident.closed"]
        );
    }

    #[test]
    fn signatures_are_those_of_the_specification() {
        // The example of the Standard Webhooks libraries' own tests.
        let key = key(&Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).unwrap();
        let body = br#"{"test": 2432232314}"#;
        assert_eq!(
            signatures(&[key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn keys_that_are_none_are_refused_without_being_shown() {
        for text in ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_%%%%", "whsec_c2hvcnQ="] {
            let why = key(&Secret::new(text)).unwrap_err().to_string();
            assert!(why.contains("secrets") && !why.contains(text), "{why}");
        }
    }
}
