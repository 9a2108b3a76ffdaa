//! Messages about podprobe itself: what cannot be delivered, what is wrong in the configuration,
//! and a test.

use jiff::Timestamp;

use super::message::{MAX_VALUE, fact};
use super::{About, Fact, Message, Notification, Phase, say};
use crate::cert::Fingerprint;
use crate::judge::Severity;

/// The longest text about mistakes, in characters, and the most lines of it.
const MAX_LINE: usize = 1_000;
const MAX_LINES: usize = 20;

/// Says to one channel that a message to another could not be delivered; who sends says it once a day
/// for each dead channel. `lasts` where the channel may deliver again, which [`deliverable`] then says: the
/// configuration still has it. `why` holds no secret.
pub fn undeliverable(
    other: &str,
    dead: &str,
    about: &Notification,
    why: &str,
    lasts: bool,
    now: Timestamp,
) -> Notification {
    let facts = vec![
        fact("Channel", say::cut(dead, MAX_VALUE)),
        fact("Why", say::cut(why, MAX_VALUE)),
        fact("Message", say::cut(&about.message.headline, MAX_VALUE)),
        fact("Composed", say::utc(about.at)),
    ];
    let message = Message {
        // What cannot get better is told once, and nobody is kept waiting for its end.
        severity: lasts.then_some(Severity::Warning),
        body: vec!["Later failures of this channel are not announced again today.".to_owned()],
        facts,
        advice: Some(format!(
            "Mend the channel {} in the configuration, then try it with `podprobe notify test`. What it missed is in \
             `podprobe incidents`.",
            say::cut(dead, MAX_VALUE)
        )),
        ..plain(format!("Messages to the channel {} cannot be delivered.", say::cut(dead, MAX_VALUE)))
    };
    let topic = About::Undeliverable { channel: dead.to_owned() };
    // Of what has no end the day alone tells one from another.
    let when = if lasts { now.as_millisecond().to_string() } else { now.strftime("%Y-%m-%d").to_string() };
    let key = format!("{other}:{}:{when}", topic.key());
    Notification { about: lasts.then_some(topic), ..single(key, other, now, message) }
}

/// Says to one channel that another delivers again.
pub fn deliverable(other: &str, again: &str, now: Timestamp) -> Notification {
    let message = Message {
        facts: vec![fact("Channel", say::cut(again, MAX_VALUE)), fact("Delivered", say::utc(now))],
        body: vec!["What it missed meanwhile is in `podprobe incidents`.".to_owned()],
        ..plain(format!("Messages to the channel {} arrive again.", say::cut(again, MAX_VALUE)))
    };
    well_again(other, About::Undeliverable { channel: again.to_owned() }, now, message)
}

/// Says to one channel that another, which did not deliver, was taken out of the configuration.
pub fn channel_taken_out(other: &str, dead: &str, now: Timestamp) -> Notification {
    let message = plain(format!(
        "The channel {}, to which messages could not be delivered, is not in the configuration any more.",
        say::cut(dead, MAX_VALUE)
    ));
    well_again(other, About::Undeliverable { channel: dead.to_owned() }, now, message)
}

/// Whether a notification says that others could not be delivered, or are again: such a one is not
/// announced when it is given up itself. One about a channel that the configuration no longer has is not
/// among them: it stands in no thread, and that a channel which is still there did not take it is news.
pub fn is_undeliverable(notification: &Notification) -> bool {
    matches!(notification.about, Some(About::Undeliverable { .. }))
}

/// Says that a changed configuration is wrong and that the old one stays in force: once an hour for
/// the same mistakes, as long as it is the same old one, in force since `since`. `mistakes` has one on
/// each line.
pub fn bad_configuration(channel: &str, file: &str, mistakes: &str, since: Timestamp, now: Timestamp) -> Notification {
    let print = Fingerprint::of(format!("{}\n{mistakes}", since.as_millisecond()).as_bytes());
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
    let key = format!("{channel}:{}:{hash:016x}:{}", About::Configuration.key(), now.strftime("%Y-%m-%dT%H"));
    Notification { about: Some(About::Configuration), ..single(key, channel, now, message) }
}

/// Says that a configuration without mistakes is in force.
pub fn good_configuration(channel: &str, now: Timestamp) -> Notification {
    let message = plain("The configuration is well again: it was read without mistakes and is in force.".to_owned());
    well_again(channel, About::Configuration, now, message)
}

/// Says nothing but that it arrived, and when it was sent: in UTC, and in the time zone of those who
/// read it (an IANA name; empty where none is known).
pub fn test_message(channel: &str, time_zone: &str, now: Timestamp) -> Notification {
    let message = Message {
        body: vec!["If you can read this, podprobe can reach you here. Nothing is wrong.".to_owned()],
        facts: vec![fact("Channel", say::cut(channel, MAX_VALUE)), fact("Sent", say::both(now, &say::zone(time_zone)))],
        ..plain("A test message of podprobe.".to_owned())
    };
    single(format!("{channel}:test:{}", now.as_millisecond()), channel, now, message)
}

/// A message that has a headline only.
pub(super) fn plain(headline: String) -> Message {
    Message {
        headline,
        severity: None,
        ending: None,
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
        about: None,
        phase: Phase::Single,
        at: now,
        not_before: None,
        held: None,
        message,
    }
}

/// What ends a thread about podprobe itself.
fn well_again(channel: &str, about: About, now: Timestamp, message: Message) -> Notification {
    let key = format!("{channel}:{}:well:{}", about.key(), now.as_millisecond());
    Notification { about: Some(about), phase: Phase::End, ..single(key, channel, now, message) }
}
