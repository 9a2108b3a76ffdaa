//! Telegram: a message by a bot, in its HTML; later ones reply to the first, or edit it.

use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::http::Call;
use super::kind::{below, read, url};
use super::prose::{Syntax, prose};
use super::wording::{Bounds, put};
use super::{
    BadOption, Channel, Failure, FailureKind, Field, Http, Kind, Options, Outgoing, Rate, Rates, Receipt, Secret, Shape,
};
use crate::markup::chat::{Unit, telegram};
use crate::markup::html;

const NAME: &str = "telegram";

pub(super) const KIND: Kind = Kind {
    name: NAME,
    title: "Telegram",
    summary: "A message by a Telegram bot; later ones reply to the first of their incident.",
    fields: &[
        Field::new("token", Shape::Text, "123456:ABC-DEF", "the bot's token, from @BotFather").required().secret(),
        Field::new("chat", Shape::TextOrNumber, "-1001234567890", "the chat's id, or @name of a public channel")
            .required(),
        Field::new("topic", Shape::Number(1, i64::MAX as u64), "42", "the topic's id in a forum"),
        Field::new(
            "updates",
            Shape::Choice(&["reply", "edit"]),
            "reply",
            "reply to the first message (the default), or edit it, which nobody hears",
        ),
        Field::new("api", Shape::HttpsUrl, "https://api.telegram.org", "another Bot API server"),
    ],
    resolves: false,
    rates: Rates {
        // 1 a second in a chat, 20 a minute in a group.
        limits: &[Rate::new(1, 1), Rate::new(20, 60)],
        source: "https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this",
    },
    short: "telegram:TOKEN/CHAT",
    from_short: short,
    build: open,
};

// core.telegram.org/bots/api#sendmessage: 1 to 4,096 characters after entities are parsed; counted
// as UTF-16 (core.telegram.org/api/entities).
const TEXT: usize = 4_096;
const BOUNDS: Bounds = Bounds {
    unit: Unit::Utf16,
    headline: 900,
    paragraph: 900,
    paragraphs: 3,
    label: 60,
    value: 250,
    facts: 10,
    show: 100,
    shows: 10,
};
const SYNTAX: Syntax = Syntax {
    escape: telegram,
    strong: |text| format!("<b>{text}</b>"),
    link: |url, label| format!("<a href=\"{}\">{label}</a>", html(url)),
    bullet: "• ",
    newline: "\n",
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    token: Secret,
    chat: String,
    topic: Option<u64>,
    updates: Option<String>,
    api: Option<String>,
}

struct Telegram {
    http: Http,
    bot: Url,
    token: Secret,
    chat: String,
    topic: Option<u64>,
    edits: bool,
}

fn short(rest: &str) -> Result<Options, BadOption> {
    let (token, chat) = rest
        .rsplit_once('/')
        .filter(|(token, chat)| !token.is_empty() && !chat.is_empty())
        .ok_or_else(|| BadOption::new("chat", "is missing: write telegram:TOKEN/CHAT"))?;
    Ok(Options::from_iter([("token".to_owned(), token.into()), ("chat".to_owned(), chat.into())]))
}

fn open(options: &Options, http: &Http) -> Result<Box<dyn Channel>, BadOption> {
    let settings: Settings = read(options)?;
    let token = settings.token.expose();
    if !token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'_' | b'-')) {
        return Err(BadOption::new("token", "is none: it has the form 123456:ABC-DEF"));
    }
    let api = url("api", settings.api.as_deref().unwrap_or("https://api.telegram.org"))?;
    let bot = below(&api, [format!("bot{token}").as_str()]);
    Ok(Box::new(Telegram {
        http: http.clone(),
        bot,
        token: settings.token,
        chat: settings.chat,
        topic: settings.topic,
        edits: settings.updates.as_deref() == Some("edit"),
    }))
}

impl Channel for Telegram {
    fn kind(&self) -> &'static str {
        NAME
    }

    fn deliver<'a>(&'a self, outgoing: &'a Outgoing) -> BoxFuture<'a, Result<Receipt, Failure>> {
        Box::pin(self.send(outgoing))
    }
}

impl Telegram {
    async fn send(&self, outgoing: &Outgoing) -> Result<Receipt, Failure> {
        let first = outgoing.thread.as_ref().and_then(|thread| thread.id.as_deref()?.parse::<i64>().ok());
        let text = json!({
            "chat_id": self.chat,
            "text": prose(outgoing, &BOUNDS, TEXT, &SYNTAX),
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": true},
        });
        if let Some(first) = first.filter(|_| self.edits) {
            let mut body = text.clone();
            put(&mut body, "message_id", first);
            match self.call("editMessageText", &body, outgoing).await {
                // It was deleted, or says the same already: the news is sent.
                Err(why) if why.kind == FailureKind::Rejected => {}
                result => return result,
            }
        }
        let mut body = text;
        if let Some(first) = first {
            put(&mut body, "reply_parameters", json!({"message_id": first, "allow_sending_without_reply": true}));
        }
        if let Some(topic) = self.topic {
            put(&mut body, "message_thread_id", topic);
        }
        self.call("sendMessage", &body, outgoing).await
    }

    /// Calls a method of the Bot API.
    async fn call(&self, method: &str, body: &Value, outgoing: &Outgoing) -> Result<Receipt, Failure> {
        let call = Call::post(below(&self.bot, [method])).hides([&self.token]).json(body);
        let answer = self.http.send(call, outgoing.at).await?;
        let said = answer.verdict()?;
        if said.get("ok") != Some(&Value::Bool(true)) {
            let why = said.get("description").and_then(Value::as_str).unwrap_or("no reason given");
            return Err(answer.failure(FailureKind::Rejected, why));
        }
        let id = said.pointer("/result/message_id").and_then(Value::as_i64).map(|id| id.to_string());
        Ok(Receipt { id, place: None })
    }
}
