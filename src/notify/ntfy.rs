//! ntfy: a push message to a topic, on ntfy.sh or a server of one's own. Its texts are plain.

use futures_util::future::BoxFuture;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::http::{Call, basic, bearer};
use super::kind::{is_private, read, single, url};
use super::prose::{PLAIN, below_title};
use super::wording::{Bounds, is_good_news, put, tone};
use super::{BadOption, Channel, Failure, Field, Http, Kind, Options, Outgoing, Rate, Rates, Receipt, Secret, Shape};
use crate::judge::Severity;
use crate::markup::chat::{Unit, cut, plain, target};
use crate::notice::Notification;

const NAME: &str = "ntfy";
const SERVER: &str = "https://ntfy.sh";

pub(super) const KIND: Kind = Kind {
    name: NAME,
    title: "ntfy",
    summary: "A push message to a topic of ntfy: urgent where an incident is critical, silent where nobody is needed. \
              A test message is silent: it proves that the topic is right, not that a telephone rings.",
    fields: &[
        Field::new("topic", Shape::Text, "my-podcasts-4f9c", "the topic; who knows it reads it").required(),
        Field::new("server", Shape::Url, "https://ntfy.sh", "the server; https://ntfy.sh if left out"),
        Field::new("token", Shape::Text, "tk_...", "an access token").secret(),
        Field::new("user", Shape::Text, "ops", "a user, with `password`"),
        Field::new("password", Shape::Text, "...", "the user's password").secret(),
    ],
    resolves: false,
    rates: Rates {
        // Of ntfy.sh and by default: 60 at once, and one more every 5 s.
        limits: &[Rate::new(60, 300)],
        source: "https://docs.ntfy.sh/config/#request-limits",
    },
    short: "ntfy:TOPIC or ntfy:https://ntfy.example.org/TOPIC",
    from_short: short,
    build: open,
};

// docs.ntfy.sh/publish/#limitations: a message has at most 4,096 bytes (a longer one becomes an
// attachment). The title has no published limit; a line on a phone is shorter than this.
const MESSAGE: usize = 4_000;
const TITLE: usize = 250;
const BOUNDS: Bounds = Bounds {
    unit: Unit::Bytes,
    headline: TITLE,
    paragraph: 900,
    paragraphs: 3,
    label: 60,
    value: 250,
    facts: 10,
    show: 100,
    shows: 10,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    topic: String,
    server: Option<String>,
    token: Option<Secret>,
    user: Option<String>,
    password: Option<Secret>,
}

struct Ntfy {
    http: Http,
    server: Url,
    auth: HeaderMap,
    password: Option<Secret>,
    topic: String,
}

fn short(rest: &str) -> Result<Options, BadOption> {
    match rest.rsplit_once('/') {
        Some((server, topic)) => {
            let mut options = single("topic", topic)?;
            options.insert("server".to_owned(), server.into());
            Ok(options)
        }
        None => single("topic", rest),
    }
}

fn open(options: &Options, http: &Http) -> Result<Box<dyn Channel>, BadOption> {
    let settings: Settings = read(options)?;
    // docs.ntfy.sh/publish: what a topic's name is made of.
    let named = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if settings.topic.len() > 64 || !settings.topic.bytes().all(named) {
        return Err(BadOption::new("topic", "has to be 1 to 64 letters, digits, `_` and `-`"));
    }
    let server = url("server", settings.server.as_deref().unwrap_or(SERVER))?;
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
    if !auth.is_empty() && !is_private(&server) {
        return Err(BadOption::new(
            "server",
            "has to begin with https://, or everybody on the way reads the credentials",
        ));
    }
    Ok(Box::new(Ntfy { http: http.clone(), server, auth, password: settings.password, topic: settings.topic }))
}

impl Channel for Ntfy {
    fn kind(&self) -> &'static str {
        NAME
    }

    fn deliver<'a>(&'a self, outgoing: &'a Outgoing) -> BoxFuture<'a, Result<Receipt, Failure>> {
        Box::pin(self.send(outgoing))
    }
}

impl Ntfy {
    async fn send(&self, outgoing: &Outgoing) -> Result<Receipt, Failure> {
        // docs.ntfy.sh/publish/#publish-as-json: to the server's root, the topic in the body.
        let call =
            Call::post(self.server.clone()).headers(&self.auth).hides(&self.password).json(&self.message(outgoing));
        let answer = self.http.send(call, outgoing.at).await?.confirmed()?;
        Ok(Receipt { id: answer.text("/id"), place: None })
    }

    fn message(&self, outgoing: &Outgoing) -> Value {
        let tone = tone(&outgoing.notification);
        let (priority, tag) = rank(&outgoing.notification);
        let message = &outgoing.notification.message;
        let mut body = json!({
            "topic": self.topic,
            "title": cut(&format!("{}: {}", tone.word, message.headline), TITLE, Unit::Bytes, plain),
            "message": below_title(outgoing, &BOUNDS, MESSAGE, &PLAIN),
            "priority": priority,
            "tags": [tag],
            "markdown": false,
        });
        if let Some(link) = message.link.as_deref().and_then(target) {
            put(&mut body, "click", link);
        }
        body
    }
}

/// docs.ntfy.sh/publish/#message-priority (1 to 5) and /emojis.
fn rank(notification: &Notification) -> (u8, &'static str) {
    match (notification.phase, notification.message.severity) {
        _ if is_good_news(notification) => (3, "white_check_mark"),
        (_, Some(Severity::Critical)) => (5, "rotating_light"),
        (_, Some(Severity::Warning)) => (4, "warning"),
        (_, Some(Severity::Info)) => (3, "information_source"),
        (_, None) => (2, "memo"),
    }
}
