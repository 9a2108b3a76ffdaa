//! Matrix: a message in a room, in its HTML and as plain text; later ones thread under the first.
//!
//! The transaction id is made from the notification's key: the server takes a repeated attempt once.

use futures_util::future::BoxFuture;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::http::{Call, bearer};
use super::kind::{below, read, url};
use super::prose::{PLAIN, Syntax, prose};
use super::wording::{Bounds, id, put};
use super::{BadOption, Channel, Failure, Field, Http, Kind, Options, Outgoing, Rate, Rates, Receipt, Secret, Shape};
use crate::markup::chat::{Unit, plain};
use crate::markup::html;

const NAME: &str = "matrix";

pub(super) const KIND: Kind = Kind {
    name: NAME,
    title: "Matrix",
    summary: "A message in a Matrix room; an incident's messages are one thread.",
    fields: &[
        Field::new("homeserver", Shape::HttpsUrl, "https://matrix.example.org", "the account's homeserver").required(),
        Field::new("token", Shape::Text, "syt_...", "the account's access token").required().secret(),
        Field::new("room", Shape::Text, "!abcdef:example.org", "the room's id (no alias); the account is in it")
            .required(),
    ],
    resolves: false,
    rates: Rates {
        // Of Synapse, unless it is told otherwise: bursts of 10, and 0.2 a second.
        limits: &[Rate::new(10, 50)],
        source: "https://element-hq.github.io/synapse/latest/usage/configuration/config_documentation.html#rc_message",
    },
    short: "matrix:https://TOKEN@matrix.example.org/!abcdef:example.org",
    from_short: short,
    build: open,
};

// spec.matrix.org/latest/client-server-api/#size-limits: 65,536 bytes an event, with what servers add
// to it. Both texts are in it.
const BODY: usize = 16_000;
const FORMATTED: usize = 24_000;
const BOUNDS: Bounds = Bounds {
    unit: Unit::JsonBytes,
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
    escape: |text| html(&plain(text)),
    strong: |text| format!("<strong>{text}</strong>"),
    link: |url, label| format!("<a href=\"{}\">{label}</a>", html(url)),
    bullet: "• ",
    newline: "<br>",
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    homeserver: String,
    token: Secret,
    room: String,
}

struct Matrix {
    http: Http,
    homeserver: Url,
    auth: HeaderMap,
    room: String,
}

fn short(rest: &str) -> Result<Options, BadOption> {
    let form = || BadOption::new("homeserver", "cannot be read: write matrix:https://TOKEN@HOMESERVER/ROOM");
    let mut server = url("homeserver", rest).map_err(|_| form())?;
    let token = percent_encoding::percent_decode_str(server.username()).decode_utf8_lossy().into_owned();
    let path = server.path().trim_start_matches('/');
    let room = percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned();
    server.set_username("").map_err(|()| form())?;
    server.set_path("");
    if token.is_empty() || room.is_empty() {
        return Err(form());
    }
    let pairs = [("homeserver", server.to_string()), ("token", token), ("room", room)];
    Ok(pairs.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect())
}

fn open(options: &Options, http: &Http) -> Result<Box<dyn Channel>, BadOption> {
    let settings: Settings = read(options)?;
    let homeserver = url("homeserver", &settings.homeserver)?;
    if !settings.room.starts_with('!') || settings.room.len() > 255 {
        return Err(BadOption::new("room", "is no room's id: one begins with `!` (in Element: Settings, Advanced)"));
    }
    Ok(Box::new(Matrix {
        http: http.clone(),
        homeserver,
        auth: bearer("token", &settings.token)?,
        room: settings.room,
    }))
}

impl Channel for Matrix {
    fn kind(&self) -> &'static str {
        NAME
    }

    fn deliver<'a>(&'a self, outgoing: &'a Outgoing) -> BoxFuture<'a, Result<Receipt, Failure>> {
        Box::pin(self.send(outgoing))
    }
}

impl Matrix {
    async fn send(&self, outgoing: &Outgoing) -> Result<Receipt, Failure> {
        let transaction = id(&outgoing.notification.key);
        // spec.matrix.org/latest/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid
        let path = ["_matrix", "client", "v3", "rooms", &self.room, "send", "m.room.message", &transaction];
        let call = Call::put(below(&self.homeserver, path)).headers(&self.auth).json(&message(outgoing));
        let answer = self.http.send(call, outgoing.at).await?.confirmed()?;
        Ok(Receipt { id: answer.text("/event_id"), place: None })
    }
}

fn message(outgoing: &Outgoing) -> Value {
    let mut body = json!({
        "msgtype": "m.text",
        "body": prose(outgoing, &BOUNDS, BODY, &PLAIN),
        "format": "org.matrix.custom.html",
        "formatted_body": prose(outgoing, &BOUNDS, FORMATTED, &SYNTAX),
        // Nobody is mentioned, whatever the text says (#mmentions).
        "m.mentions": {},
    });
    if let Some(first) = outgoing.thread.as_ref().and_then(|thread| thread.id.as_deref()) {
        // #threading; the reply is for clients that know no threads.
        put(
            &mut body,
            "m.relates_to",
            json!({
                "rel_type": "m.thread",
                "event_id": first,
                "is_falling_back": true,
                "m.in_reply_to": {"event_id": first},
            }),
        );
    }
    body
}
