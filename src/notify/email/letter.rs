//! The mail itself: headers, plain text, HTML.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use lettre::Message;
use lettre::message::header::{Date, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};

use super::super::Outgoing;
use super::super::prose::{PLAIN, prose};
use super::super::wording::{Bounds, LINK, Told, hex, id, told, tone};
use crate::markup::chat::{Unit, cut, plain};
use crate::markup::html;

/// A mail has no limit that counts here; a reader has.
const BOUNDS: Bounds = Bounds {
    unit: Unit::Bytes,
    headline: 1_000,
    paragraph: 4_000,
    paragraphs: 10,
    label: 200,
    value: 1_000,
    facts: 30,
    show: 300,
    shows: 30,
};
const TEXT: usize = 100_000;
/// In bytes; RFC 5322 2.1.1 folds longer lines, and lists of mails show less.
const SUBJECT: usize = 180;

/// `Auto-Submitted: auto-generated` (RFC 3834 5): nobody's out-of-office answers it.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// `<...@domain of the sender>`, the same for every attempt.
pub(super) fn message_id(key: &str, from: &Mailbox) -> String {
    format!("<podprobe.{}@{}>", id(key), from.email.domain())
}

/// The mail.
pub(super) fn write(
    outgoing: &Outgoing,
    message_id: &str,
    from: &Mailbox,
    to: &[Mailbox],
) -> Result<Message, lettre::error::Error> {
    let notification = &outgoing.notification;
    let tone = tone(notification);
    let headline = &notification.message.headline;
    // What has no mark of its own is marked by the brackets.
    let word = if tone.word == "podprobe" { String::new() } else { format!("{}: ", tone.word) };
    let subject = cut(&format!("[podprobe] {word}{headline}"), SUBJECT, Unit::Bytes, plain);
    let mut builder = Message::builder()
        .from(from.clone())
        .message_id(Some(message_id.to_owned()))
        .header(Date::from(date(outgoing.at)))
        .header(AutoSubmitted)
        .subject(subject);
    for recipient in to {
        builder = builder.to(recipient.clone());
    }
    // Only what podprobe made itself is written into a header.
    let first = outgoing.thread.as_ref().and_then(|thread| thread.id.as_deref());
    if let Some(first) = first.filter(|first| is_message_id(first) && *first != message_id) {
        builder = builder.in_reply_to(first.to_owned()).references(first.to_owned());
    }
    builder.multipart(MultiPart::alternative_plain_html(prose(outgoing, &BOUNDS, TEXT, &PLAIN), page(outgoing)))
}

/// Mails write years of four digits; a time that no clock shows is written as 1970.
fn date(at: Timestamp) -> SystemTime {
    let seconds = u64::try_from(at.as_second()).ok().filter(|seconds| *seconds < 253_402_300_800).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn is_message_id(text: &str) -> bool {
    text.len() <= 400 && text.starts_with('<') && text.ends_with('>') && text.bytes().all(|b| b.is_ascii_graphic())
}

fn page(outgoing: &Outgoing) -> String {
    let tone = tone(&outgoing.notification);
    let told: Told = told(outgoing, &BOUNDS, |text| html(&plain(text)));
    let mut out = format!(
        "<!doctype html>\n<html><body style=\"font-family:sans-serif;max-width:40em\">\n\
         <p style=\"color:{};font-weight:bold\">{} {}</p>\n<h1 style=\"font-size:1.2em\">{}</h1>\n",
        hex(tone.colour),
        tone.sign,
        tone.word,
        told.headline
    );
    let mut push = |parts: &[&str]| {
        for part in parts {
            out.push_str(part);
        }
    };
    for part in &told.body {
        push(&["<p>", part, "</p>\n"]);
    }
    for (title, lines) in told.lists.iter().filter_map(|list| list.split_first()) {
        push(&["<p><b>", title, "</b></p>\n<ul>\n"]);
        for line in lines {
            push(&["<li>", line, "</li>\n"]);
        }
        push(&["</ul>\n"]);
    }
    if let Some(advice) = &told.advice {
        push(&["<p><b>What to do:</b> ", advice, "</p>\n"]);
    }
    if let Some(touched) = &told.above_shows {
        push(&["<p><b>", touched, "</b></p>\n<ul>\n"]);
        for show in told.shows.iter().chain(&told.more_shows) {
            push(&["<li>", show, "</li>\n"]);
        }
        push(&["</ul>\n"]);
    }
    if !told.facts.is_empty() {
        push(&["<table>\n"]);
        for (label, value) in &told.facts {
            push(&["<tr><th align=\"left\" valign=\"top\">", label, "</th><td>", value, "</td></tr>\n"]);
        }
        push(&["</table>\n"]);
    }
    if let Some(more) = &told.more_facts {
        push(&["<p>", more, "</p>\n"]);
    }
    if let Some(link) = &told.link {
        push(&["<p><a href=\"", &html(link), "\">", LINK, "</a></p>\n"]);
    }
    push(&["<p style=\"color:#777;font-size:0.9em\">", &told.footer, "</p>\n</body></html>\n"]);
    out
}
