//! Messages about podprobe itself: what cannot be delivered, what is wrong in the configuration,
//! and a test.

use jiff::Timestamp;

use super::message::{MAX_VALUE, fact};
use super::{Fact, Message, Notification, Phase, say};
use crate::cert::Fingerprint;
use crate::judge::Severity;

/// The longest text about mistakes, in characters, and the most lines of it.
const MAX_LINE: usize = 1_000;
const MAX_LINES: usize = 20;

/// Names messages about dead letters in their keys.
const UNDELIVERABLE: &str = "undeliverable";

/// Says to one channel that a message to another could not be delivered: once a day for each dead
/// channel. `why` holds no secret.
pub fn undeliverable(other: &str, dead: &str, about: &Notification, why: &str, now: Timestamp) -> Notification {
    let facts = vec![
        fact("Channel", say::cut(dead, MAX_VALUE)),
        fact("Why", say::cut(why, MAX_VALUE)),
        fact("Message", say::cut(&about.message.headline, MAX_VALUE)),
        fact("Composed", say::utc(about.at)),
    ];
    let message = Message {
        severity: Some(Severity::Warning),
        body: vec!["Later failures of this channel are not announced again today.".to_owned()],
        facts,
        advice: Some(format!(
            "Mend the channel {} in the configuration, then try it with `podprobe notify test`. What it missed is in \
             `podprobe incidents`.",
            say::cut(dead, MAX_VALUE)
        )),
        ..plain(format!("Messages to the channel {} cannot be delivered.", say::cut(dead, MAX_VALUE)))
    };
    single(format!("{other}:{UNDELIVERABLE}:{dead}:{}", now.strftime("%Y-%m-%d")), other, now, message)
}

/// Whether a notification says that others could not be delivered: such a one is not announced when
/// it is given up itself.
pub fn is_undeliverable(notification: &Notification) -> bool {
    let rest = notification.key.strip_prefix(&notification.channel).and_then(|rest| rest.strip_prefix(':'));
    notification.incident.is_none()
        && rest.and_then(|rest| rest.strip_prefix(UNDELIVERABLE)).is_some_and(|rest| rest.starts_with(':'))
}

/// Says that a changed configuration is wrong and that the old one stays in force: once an hour for
/// the same mistakes. `mistakes` has one on each line.
pub fn bad_configuration(channel: &str, file: &str, mistakes: &str, now: Timestamp) -> Notification {
    let print = Fingerprint::of(mistakes.as_bytes());
    let hash = print.0.iter().take(8).fold(0_u64, |hash, byte| hash << 8 | u64::from(*byte));
    let lines: Vec<&str> = mistakes.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut body: Vec<String> = lines.iter().take(MAX_LINES).map(|line| say::cut(line, MAX_LINE)).collect();
    let more = lines.len().saturating_sub(body.len());
    if more > 0 {
        body.push(format!("and {more} more lines"));
    }
    let message = Message {
        severity: Some(Severity::Warning),
        body,
        facts: vec![fact("File", say::cut(file, MAX_VALUE))],
        advice: Some(
            "Correct the file; `podprobe config check` names every mistake. It is read again by itself.".to_owned(),
        ),
        ..plain("The changed configuration has mistakes; podprobe goes on with the one before.".to_owned())
    };
    single(format!("{channel}:configuration:{hash:016x}:{}", now.strftime("%Y-%m-%dT%H")), channel, now, message)
}

/// Says nothing but that it arrived.
pub fn test_message(channel: &str, now: Timestamp) -> Notification {
    let message = Message {
        body: vec!["If you can read this, podprobe can reach you here. Nothing is wrong.".to_owned()],
        facts: vec![fact("Channel", say::cut(channel, MAX_VALUE)), fact("Sent", say::utc(now))],
        ..plain("A test message of podprobe.".to_owned())
    };
    single(format!("{channel}:test:{}", now.as_millisecond()), channel, now, message)
}

/// A message that has a headline only.
pub(super) fn plain(headline: String) -> Message {
    Message {
        headline,
        severity: None,
        since: None,
        code: None,
        host: None,
        body: Vec::new(),
        lists: Vec::new(),
        facts: Vec::<Fact>::new(),
        shows: Vec::new(),
        shows_total: 0,
        episodes_total: 0,
        advice: None,
        link: None,
    }
}

/// A notification that belongs to no incident.
pub(super) fn single(key: String, channel: &str, now: Timestamp, message: Message) -> Notification {
    Notification {
        key,
        channel: channel.to_owned(),
        incident: None,
        phase: Phase::Single,
        at: now,
        not_before: None,
        held: None,
        message,
    }
}
