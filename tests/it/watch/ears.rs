//! Receivers for every kind of channel, and what they heard. The servers and the payloads' schemas
//! are those that the channels' own tests hold them against.

use std::fmt::Write as _;

use jiff::Timestamp;
use podprobe::notify::KINDS;
use serde_json::Value;

#[allow(dead_code, reason = "the channels' own tests use all of it")]
#[path = "../../../src/notify/tests/cases.rs"]
mod cases;
#[allow(dead_code, reason = "the channels' own tests use all of it")]
#[path = "../../../src/notify/tests/receiver.rs"]
mod receiver;
#[allow(dead_code, reason = "the channels' own tests use all of it")]
#[path = "../../../src/notify/tests/shapes.rs"]
mod shapes;
#[allow(dead_code, reason = "the channels' own tests use all of it")]
#[path = "../../../src/notify/tests/smtp.rs"]
mod smtp;

use cases::{CASES, Case, NOT_HTTP};
use receiver::{Act, Receiver, Seen};
use smtp::{Manner, Smtp};

const SECRET: &str = "s3cr3tvalue0";

/// A channel's receiver.
pub(super) struct Ear {
    pub(super) name: &'static str,
    kind: &'static str,
    options: Value,
    at: Platform,
    heard: usize,
}

enum Platform {
    Http(Receiver, &'static Case),
    Mail(Smtp),
}

impl Ear {
    async fn of(case: &'static Case) -> Self {
        let receiver = Receiver::start(Act::Take, case.good).await;
        let options = (case.options)(&receiver.base());
        Self { name: case.name, kind: case.kind, options, at: Platform::Http(receiver, case), heard: 0 }
    }

    /// One ear for each kind and each way to set it up.
    pub(super) async fn all() -> Vec<Self> {
        let mut ears = Vec::new();
        for case in CASES {
            ears.push(Self::of(case).await);
        }
        let smtp = Smtp::start(Manner::Take).await;
        let options = serde_json::json!({
            "server": "127.0.0.1", "port": smtp.address.port(), "security": "none",
            "from": "podprobe <podprobe@podprobe.example>", "to": ["Team <team@podprobe.example>"],
        });
        ears.push(Self { name: "email", kind: "email", options, at: Platform::Mail(smtp), heard: 0 });
        for kind in KINDS {
            assert!(ears.iter().any(|ear| ear.kind == kind.name), "{} has no ear", kind.name);
        }
        assert_eq!(NOT_HTTP, ["email"]);
        ears
    }

    /// The `[[channel]]` of this ear, with more keys.
    pub(super) fn table(&self, more: &str) -> String {
        let options: toml::Table = serde_json::from_value(self.options.clone()).unwrap();
        let options = toml::to_string(&options).unwrap();
        // Tables within stand last.
        let (plain, nested) = options.split_at(options.find("\n[").map_or(options.len(), |at| at + 1));
        let nested = nested.replace('[', "[channel.");
        format!("[[channel]]\nname = \"{}\"\nkind = \"{}\"\n{more}\n{plain}{nested}\n", self.name, self.kind)
    }

    /// What was heard since the last call, as the platform gets it.
    pub(super) fn listen(&mut self) -> Vec<String> {
        let new: Vec<String> = match &self.at {
            Platform::Http(receiver, case) => {
                let seen = receiver.seen();
                seen.iter()
                    .skip(self.heard)
                    .map(|seen| {
                        (case.check)(seen);
                        shown(seen)
                    })
                    .collect()
            }
            Platform::Mail(smtp) => smtp.mails().iter().skip(self.heard).map(|mail| mail_shown(mail)).collect(),
        };
        self.heard += new.len();
        new
    }
}

/// A webhook's ear, for tests about which messages come and when.
pub(super) struct Hook {
    pub(super) name: String,
    receiver: Receiver,
    heard: usize,
}

/// A message as a webhook gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) kind: String,
    pub(super) incident: Option<u64>,
    pub(super) phase: String,
    pub(super) headline: String,
    pub(super) body: String,
    pub(super) shows: u64,
    pub(super) episodes: u64,
    pub(super) ending: Option<String>,
}

impl Hook {
    pub(super) async fn open(name: &str) -> Self {
        let receiver = Receiver::start(Act::Take, (204, "")).await;
        Self { name: name.to_owned(), receiver, heard: 0 }
    }

    /// One that refuses everything.
    pub(super) async fn refusing(name: &str) -> Self {
        let receiver = Receiver::start(Act::Answer(401, Vec::new(), "no".to_owned()), (204, "")).await;
        Self { name: name.to_owned(), receiver, heard: 0 }
    }

    pub(super) fn table(&self, more: &str) -> String {
        format!(
            "[[channel]]\nname = \"{}\"\nkind = \"webhook\"\nurl = \"{}/in\"\n{more}\n",
            self.name,
            self.receiver.base()
        )
    }

    /// What was told since the last call.
    pub(super) fn listen(&mut self) -> Vec<Told> {
        let seen = self.receiver.seen();
        let new: Vec<Told> = seen.iter().skip(self.heard).map(|seen| told(&seen.json())).collect();
        self.heard = seen.len();
        new
    }

    /// The kinds of what was told since the last call.
    pub(super) fn kinds(&mut self) -> Vec<String> {
        self.listen().into_iter().map(|told| told.kind).collect()
    }
}

fn told(body: &Value) -> Told {
    let data = &body["data"];
    let message = &data["message"];
    let lines = |list: &Value| -> String {
        let texts = list.as_array().into_iter().flatten().filter_map(Value::as_str);
        texts.collect::<Vec<_>>().join("\n")
    };
    Told {
        kind: body["type"].as_str().unwrap().to_owned(),
        incident: data["incident"].as_u64(),
        phase: data["phase"].as_str().unwrap().to_owned(),
        headline: message["headline"].as_str().unwrap().to_owned(),
        body: lines(&message["body"]),
        shows: message["shows_total"].as_u64().unwrap(),
        episodes: message["episodes_total"].as_u64().unwrap(),
        ending: message["ending"].as_str().map(ToOwned::to_owned),
    }
}

/// What was heard by one ear, one entry for each message.
#[derive(Default)]
pub(super) struct Diary(String);

impl Diary {
    pub(super) fn write(&mut self, at: Timestamp, texts: &[String]) {
        for text in texts {
            let _ = writeln!(self.0, "==== {at}\n{}\n", text.trim_end());
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

/// Keys of the platforms' layouts, which the channels' own golden files hold.
const LAYOUT: &[&str] = &["$schema", "contentType", "size", "spacing", "type", "version", "weight", "wrap"];

/// A request as its reader sees it: where it went, and every text of it.
fn shown(seen: &Seen) -> String {
    let mut out = format!("{} {}", seen.method, seen.path);
    if !seen.query.is_empty() {
        let _ = write!(out, "?{}", seen.query);
    }
    out.push('\n');
    leaves("", &seen.json(), &mut out);
    anonymous(&out)
}

fn leaves(key: &str, value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => map
            .iter()
            .filter(|(key, _)| !LAYOUT.contains(&key.as_str()))
            .for_each(|(key, value)| leaves(key, value, out)),
        Value::Array(list) => list.iter().for_each(|value| leaves(key, value, out)),
        Value::Null | Value::Bool(_) => {}
        Value::String(text) => {
            let _ = writeln!(out, "{key}: {}", text.replace('\n', "\n    "));
        }
        Value::Number(number) => {
            let _ = writeln!(out, "{key}: {number}");
        }
    }
}

fn mail_shown(mail: &str) -> String {
    let mut text = mail.replace("\r\n", "\n");
    // Boundaries are random.
    while let Some(at) = text.find("boundary=\"").map(|at| at + "boundary=\"".len()) {
        let end = at + text[at..].find('"').unwrap();
        let boundary = text[at..end].to_owned();
        text = text.replace(&format!("boundary=\"{boundary}\""), "boundary='...'").replace(&boundary, "boundary");
    }
    // The page says what the text says, in many more words.
    let (before, page) = text.split_once("Content-Type: text/html").unwrap();
    assert!(page.contains("<html"), "{page}");
    anonymous(before)
}

/// Fingerprints are new in each run.
pub(super) fn anonymous(text: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_hexdigit() && !c.is_ascii_uppercase() {
            run.push(c);
            continue;
        }
        out.push_str(if run.len() >= 16 { "(hash)" } else { &run });
        run.clear();
        out.push(c);
    }
    out.pop();
    without(&without(&out, "127.0.0.1:", ""), "after ", " ms")
}

/// The text without the number between these two: ports and times of the machine.
fn without(text: &str, before: &str, after: &str) -> String {
    let mut parts = text.split(before);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, rest) = part.split_at(digits);
        let is_it = digits > 0 && rest.starts_with(after);
        out += before;
        out += if is_it { "(n)" } else { number };
        out += rest;
    }
    out
}
