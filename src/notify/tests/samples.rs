//! Messages to send.

use jiff::Timestamp;

use super::super::{Outgoing, Receipt};
use crate::incident::{Ending, IncidentId};
use crate::judge::{Code, Severity};
use crate::notice::{Fact, List, Message, Notification, Phase, ShowLine};

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn outgoing(number: u32, phase: Phase, at: &str, message: Message) -> Outgoing {
    let notification = Notification {
        key: format!("ops/7/{number}"),
        channel: "ops".to_owned(),
        incident: Some(IncidentId(7)),
        about: None,
        phase,
        at: time(at),
        not_before: None,
        held: None,
        message,
    };
    Outgoing { notification, thread: None, acknowledged: false, at: time(at) }
}

/// The first message of an incident.
pub(super) fn first() -> Outgoing {
    let message = Message {
        headline: "The certificate of traffic.host.example runs out in 21 days: 2 shows".to_owned(),
        severity: Some(Severity::Warning),
        ending: None,
        since: Some(time("2022-05-09T23:59:59Z")),
        code: Some(Code::CertExpiring),
        host: Some("traffic.host.example".to_owned()),
        lists: Vec::new(),
        body: vec!["It has not been renewed, and its end is 2022-05-30 23:59:59 UTC.".to_owned()],
        facts: vec![
            Fact { label: "Ends".to_owned(), value: "2022-05-30 23:59:59 UTC".to_owned() },
            Fact { label: "Issuer".to_owned(), value: "CN=R & D <CA>, O=Example".to_owned() },
        ],
        shows: vec![
            ShowLine { name: "Night & Day".to_owned(), episodes: 1_200 },
            ShowLine { name: "The *Other* Show".to_owned(), episodes: 1 },
        ],
        shows_total: 14,
        episodes_total: 1_234,
        advice: Some("Ask the host to renew it now.".to_owned()),
        link: Some("https://podprobe.example/incidents/7".to_owned()),
    };
    outgoing(0, Phase::First, "2022-05-09T23:59:59Z", message)
}

/// A later one, under what the channel gave for the first.
pub(super) fn update(thread: Option<Receipt>) -> Outgoing {
    let message = Message {
        headline: "The certificate of traffic.host.example has run out: listeners cannot download 14 shows".to_owned(),
        severity: Some(Severity::Critical),
        since: Some(time("2022-05-30T23:59:59Z")),
        code: Some(Code::CertExpired),
        body: vec!["Apps refuse the connection.".to_owned()],
        ..first().notification.message
    };
    Outgoing { thread, ..outgoing(1, Phase::Update, "2022-05-31T00:05:00Z", message) }
}

/// The last one.
pub(super) fn end(thread: Option<Receipt>) -> Outgoing {
    let message = Message {
        headline: "traffic.host.example is well again after 9 h 58 min".to_owned(),
        severity: None,
        ending: Some(Ending::Mended),
        since: Some(time("2022-05-30T23:59:59Z")),
        code: Some(Code::CertExpired),
        host: Some("traffic.host.example".to_owned()),
        body: Vec::new(),
        lists: Vec::new(),
        facts: Vec::new(),
        shows: Vec::new(),
        shows_total: 0,
        episodes_total: 0,
        advice: None,
        link: Some("https://podprobe.example/incidents/7".to_owned()),
    };
    Outgoing { thread, ..outgoing(2, Phase::End, "2022-05-31T09:58:00Z", message) }
}

/// About podprobe itself, with as little as a message can have.
pub(super) fn single() -> Outgoing {
    let message = Message {
        headline: String::new(),
        severity: None,
        ending: None,
        since: None,
        code: None,
        host: None,
        link: None,
        ..end(None).notification.message
    };
    let mut outgoing = outgoing(0, Phase::Single, "2022-05-31T10:00:00Z", message);
    outgoing.notification.incident = None;
    outgoing.notification.key = "ops/test/1".to_owned();
    outgoing
}

/// A digest: lists, each of two lines.
pub(super) fn digest() -> Outgoing {
    let list = |title: &str, lines: &[&str]| List {
        title: title.to_owned(),
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
    };
    let mut outgoing = single();
    outgoing.notification.message.headline = "Week 2022-W22: 1 incident, all over.".to_owned();
    outgoing.notification.message.lists = vec![
        list("Certificates that end next", &["soon.example: in 5 days", "later.example: in 40 days"]),
        list("Uptime by show", &["Beta: 95 %", "Alpha: 99.99 %"]),
        list("Uptime by provider", &["Hoster: 99 %", "media.example: 100 %"]),
    ];
    outgoing
}

/// What hosts and feeds might say to hurt somebody.
pub(super) const HOSTILE: &str = "@everyone @here @all @channel @room <!channel> <!here> <@U123> <users/all> <at>You</at> \
    [click](https://evil.example) <https://evil.example|click> <a href=\"https://evil.example\">x</a> \
    <script>alert('1')</script> **b** __i__ `c` ~~s~~ ||d|| \"}]}, {\"x\": \"\\u0000 {{ 7*7 }} ${7} &amp; %s \r\nBcc: evil@evil.example\r\n.\r\n \
    \u{1b}[31m\u{0}\u{7}\u{9b}\u{202e}evil\u{2066}\u{200b}\u{feff}\u{e0041} # h\n- l\n1. n\n> q 👩\u{200d}👩\u{200d}👧 🇩🇪 e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301} 漢字 ";

/// A message whose every text is hostile, each repeated `times`, in lists of `items`.
pub(super) fn hostile(times: usize, items: usize) -> Outgoing {
    let text = HOSTILE.repeat(times);
    let message = Message {
        headline: text.clone(),
        severity: Some(Severity::Critical),
        ending: None,
        since: Some(time("2022-05-30T23:59:59Z")),
        code: Some(Code::CertExpired),
        host: Some(text.clone()),
        body: vec![text.clone(); items],
        lists: vec![List { title: text.clone(), lines: vec![text.clone(); items] }; items],
        facts: vec![Fact { label: text.clone(), value: text.clone() }; items],
        shows: vec![ShowLine { name: text.clone(), episodes: u64::MAX }; items],
        shows_total: u64::MAX,
        episodes_total: u64::MAX,
        advice: Some(text.clone()),
        link: Some(format!("https://podprobe.example/{}", "a|)('\"<>*`\\".repeat(10))),
    };
    let mut outgoing = outgoing(0, Phase::First, "2022-05-31T00:05:00Z", message);
    outgoing.notification.key = format!("{text}/7/0");
    outgoing.notification.channel = text;
    outgoing
}
