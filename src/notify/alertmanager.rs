//! Alertmanager, API v2: an incident is an alert. Alertmanager knows an alert by its labels, and
//! routes by `severity`: when that changes, the alert under the earlier one is ended in the same
//! request. The receipt says which that is; without one all that may be are ended.

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use super::http::{Call, basic, bearer};
use super::kind::{below, is_private, read, single, url};
use super::prose::{PLAIN, below_title};
use super::wording::{Bounds, put, told};
use super::{BadOption, Channel, Failure, Field, Http, Kind, Options, Outgoing, Rates, Receipt, Secret, Shape};
use crate::judge::Severity;
use crate::markup::chat::{Unit, cut, plain};
use crate::notice::Phase;

const NAME: &str = "alertmanager";

pub(super) const KIND: Kind = Kind {
    name: NAME,
    title: "Alertmanager",
    summary: "An alert in Prometheus' Alertmanager (API v2), ended when the incident is over.",
    fields: &[
        Field::new("url", Shape::Url, "http://alertmanager:9093", "Alertmanager's address, without /api/v2").required(),
        Field::new("token", Shape::Text, "...", "a bearer token").secret(),
        Field::new("user", Shape::Text, "podprobe", "a user, with `password`"),
        Field::new("password", Shape::Text, "...", "the user's password").secret(),
        Field::new("labels", Shape::Table, "{ team = \"audio\" }", "further labels"),
        Field::new("source", Shape::Text, "podprobe", "the label `source`; tells installations apart"),
        Field::new(
            "holds_days",
            Shape::Number(1, 3_650),
            "90",
            "an alert that is not ended by podprobe ends after so many days; 90 if left out",
        ),
    ],
    resolves: true,
    rates: Rates::NONE,
    short: "alertmanager:http://alertmanager:9093",
    from_short: |rest| single("url", rest),
    build: open,
};

// Alertmanager has no limit of its own for a text; what it hands on to has.
const BOUNDS: Bounds = Bounds {
    unit: Unit::Bytes,
    headline: 1_000,
    paragraph: 2_000,
    paragraphs: 6,
    label: 100,
    value: 500,
    facts: 15,
    show: 200,
    shows: 15,
};
const DESCRIPTION: usize = 16_000;
const HOST: usize = 300;
/// What tells an alert from others is podprobe's own.
const OWN_LABELS: [&str; 4] = ["alertname", "severity", "source", "incident"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    url: String,
    token: Option<Secret>,
    user: Option<String>,
    password: Option<Secret>,
    labels: Option<std::collections::BTreeMap<String, String>>,
    source: Option<String>,
    holds_days: Option<u32>,
}

struct Alertmanager {
    http: Http,
    alerts: Url,
    auth: HeaderMap,
    password: Option<Secret>,
    labels: Map<String, Value>,
    holds: SignedDuration,
}

fn open(options: &Options, http: &Http) -> Result<Box<dyn Channel>, BadOption> {
    let settings: Settings = read(options)?;
    let base = url("url", &settings.url)?;
    let auth = match (&settings.token, &settings.user, &settings.password) {
        (None, None, None) => HeaderMap::new(),
        (Some(token), None, None) => bearer("token", token)?,
        (None, Some(user), Some(password)) => basic("password", user, password)?,
        (Some(_), _, _) => {
            return Err(BadOption::new("token", "stands beside `user` and `password`; one way is enough"));
        }
        (None, Some(_), None) => return Err(BadOption::new("password", "is missing beside `user`")),
        (None, None, Some(_)) => return Err(BadOption::new("user", "is missing beside `password`")),
    };
    if !auth.is_empty() && !is_private(&base) {
        return Err(BadOption::new("url", "has to begin with https://, or everybody on the way reads the credentials"));
    }
    let mut labels = Map::new();
    for (name, value) in settings.labels.unwrap_or_default() {
        let bad = |why: &str| BadOption::new("labels", format!("`{}` {why}", plain(&name)));
        // prometheus.io/docs/concepts/data_model: [a-zA-Z_][a-zA-Z0-9_]*
        let named = name
            .bytes()
            .enumerate()
            .all(|(at, b)| b == b'_' || b.is_ascii_alphabetic() || at > 0 && b.is_ascii_digit());
        if name.is_empty() || !named {
            return Err(bad("is no name of a label: letters, digits and `_`, no digit first"));
        }
        if OWN_LABELS.contains(&name.as_str()) {
            return Err(bad("is set by podprobe"));
        }
        labels.insert(name, value.into());
    }
    labels.insert("source".to_owned(), settings.source.unwrap_or_else(|| "podprobe".to_owned()).into());
    Ok(Box::new(Alertmanager {
        http: http.clone(),
        alerts: below(&base, ["api", "v2", "alerts"]),
        auth,
        password: settings.password,
        labels,
        holds: SignedDuration::from_hours(24 * i64::from(settings.holds_days.unwrap_or(90))),
    }))
}

impl Channel for Alertmanager {
    fn kind(&self) -> &'static str {
        NAME
    }

    fn deliver<'a>(&'a self, outgoing: &'a Outgoing) -> BoxFuture<'a, Result<Receipt, Failure>> {
        Box::pin(self.send(outgoing))
    }
}

/// The severity under which the alert stands once this was taken.
fn under(outgoing: &Outgoing) -> Option<String> {
    let Outgoing { notification, last, .. } = outgoing;
    match notification.phase {
        Phase::End => last.as_ref()?.place.clone(),
        _ => Some(notification.message.severity.unwrap_or(Severity::Info).as_str().to_owned()),
    }
}

impl Alertmanager {
    async fn send(&self, outgoing: &Outgoing) -> Result<Receipt, Failure> {
        let call =
            Call::post(self.alerts.clone()).headers(&self.auth).hides(&self.password).json(&self.alerts(outgoing));
        self.http.send(call, outgoing.at).await.map(|_| Receipt { id: None, place: under(outgoing) })
    }

    /// The alert, and the ends of those under other severities.
    fn alerts(&self, outgoing: &Outgoing) -> Value {
        let notification = &outgoing.notification;
        let now = notification.message.severity.unwrap_or(Severity::Info);
        let last = outgoing.last.as_ref().and_then(|receipt| receipt.place.as_deref());
        let all = [Severity::Critical, Severity::Warning, Severity::Info].into_iter();
        let told = all.filter(|severity| last.is_none_or(|last| last == severity.as_str()));
        let end = |severity| self.alert(outgoing, severity, false);
        let alerts: Vec<Value> = match notification.phase {
            Phase::First | Phase::Single => vec![self.alert(outgoing, now, true)],
            Phase::Update => {
                let earlier = told.filter(|severity| *severity != now).map(end);
                std::iter::once(self.alert(outgoing, now, true)).chain(earlier).collect()
            }
            Phase::End => told.map(end).collect(),
        };
        alerts.into()
    }

    /// github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml, `postableAlert`.
    fn alert(&self, outgoing: &Outgoing, severity: Severity, goes_on: bool) -> Value {
        let notification = &outgoing.notification;
        let message = &notification.message;
        let told = told(outgoing, &BOUNDS, plain);
        let mut labels = self.labels.clone();
        let mut label = |name: &str, value: String| labels.insert(name.to_owned(), value.into());
        label("alertname", "Podprobe".to_owned());
        label("severity", severity.as_str().to_owned());
        label(
            "incident",
            match (notification.incident, &notification.about) {
                (Some(id), _) => id.0.to_string(),
                (None, Some(about)) => super::wording::id(&about.key()),
                (None, None) => super::wording::id(&notification.key),
            },
        );
        let mut annotations = Map::from_iter([
            ("summary".to_owned(), Value::from(told.headline)),
            ("description".to_owned(), below_title(outgoing, &BOUNDS, DESCRIPTION, &PLAIN).into()),
        ]);
        // Code and host may be told otherwise while an incident goes on, so they are no labels: an
        // alert whose labels changed would never end.
        if let Some(host) = &message.host {
            annotations.insert("host".to_owned(), cut(host, HOST, Unit::Bytes, plain).into());
        }
        if let Some(code) = message.code {
            annotations.insert("code".to_owned(), code.as_str().into());
        }
        if let Some(advice) = told.advice {
            annotations.insert("advice".to_owned(), advice.into());
        }
        let begin = message.since.unwrap_or(notification.at).min(notification.at);
        let mut alert = json!({
            "labels": labels,
            "annotations": annotations,
            "startsAt": begin,
            "endsAt": self.end(outgoing, goes_on),
        });
        if let Some(link) = told.link {
            put(&mut alert, "generatorURL", link);
        }
        alert
    }

    /// Without an end Alertmanager would take an alert for over after five minutes
    /// (`resolve_timeout`). A message that nothing ends is one for an hour.
    fn end(&self, outgoing: &Outgoing, goes_on: bool) -> Timestamp {
        let lasts = match (goes_on, outgoing.notification.phase) {
            (false, _) => SignedDuration::ZERO,
            (true, Phase::Single) if outgoing.notification.about.is_none() => SignedDuration::from_hours(1),
            (true, _) => self.holds,
        };
        outgoing.at.saturating_add(lasts).unwrap_or(outgoing.at)
    }
}
