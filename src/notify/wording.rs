//! What every channel shows of a message, in which order and how much of it; how it looks is each
//! channel's.

use std::fmt::Write as _;

use serde_json::Value;

use super::Outgoing;
use crate::incident::Ending;
use crate::judge::Severity;
use crate::judge::say::count;
use crate::markup::chat::{Unit, cut, plain, target};
use crate::notice::{List, Message, Notification, Phase};

/// How a message is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tone {
    /// One word for people.
    pub(super) word: &'static str,
    /// One character, of those that need no variation selector.
    pub(super) sign: &'static str,
    /// RGB.
    pub(super) colour: u32,
}

/// Whether it says that something is well again: every end does but that of what nobody looks at any
/// more.
pub(super) fn is_good_news(notification: &Notification) -> bool {
    notification.phase == Phase::End && notification.message.ending.is_none_or(Ending::is_proved)
}

/// The mark of a notification.
pub(super) fn tone(notification: &Notification) -> Tone {
    let (word, sign, colour) = match (notification.phase, notification.message.severity) {
        _ if is_good_news(notification) => ("Recovered", "✅", 0x002e_7d32),
        (Phase::End, _) => ("Closed", "⚪", 0x0054_6e7a),
        (_, Some(Severity::Critical)) => ("Critical", "🔴", 0x00c6_2828),
        (_, Some(Severity::Warning)) => ("Warning", "🟠", 0x00ef_6c00),
        (_, Some(Severity::Info)) => ("Notice", "🔵", 0x0015_65c0),
        (_, None) => ("podprobe", "⚪", 0x0054_6e7a),
    };
    Tone { word, sign, colour }
}

/// Sets a member of a JSON object.
pub(super) fn put(body: &mut Value, key: &str, value: impl Into<Value>) {
    if let Some(members) = body.as_object_mut() {
        members.insert(key.to_owned(), value.into());
    }
}

/// The longest text of a push notification, in bytes; telephones show less.
const FALLBACK: usize = 500;

/// What stands where no formatted message is shown, in push notifications above all: the mark and the
/// headline, in no syntax. Nobody is mentioned and nothing is a link or bold: a character without width
/// breaks what would be it, and angle brackets are others that look like them.
pub(super) fn fallback(notification: &Notification) -> String {
    let tone = tone(notification);
    let harmless = |text: &str| {
        let mut out = String::with_capacity(text.len());
        for c in plain(text).chars() {
            match c {
                '<' => out.push('\u{2039}'),
                '>' => out.push('\u{203a}'),
                '@' | '*' | '_' | '~' | '`' | '|' | '[' | ']' | '!' | '#' => out.extend([c, '\u{200b}']),
                c => out.push(c),
            }
        }
        out
    };
    let headline = cut(&notification.message.headline, FALLBACK, Unit::Bytes, harmless);
    match headline.as_str() {
        "" => format!("{} {}", tone.sign, tone.word),
        headline => format!("{} {}: {headline}", tone.sign, tone.word),
    }
}

/// What the link to the user's own page about an incident is called.
pub(super) const LINK: &str = "More";

/// `#c62828`.
pub(super) fn hex(colour: u32) -> String {
    format!("#{colour:06x}")
}

/// How much a platform takes of each part, escapes included, in `unit`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) unit: Unit,
    pub(super) headline: usize,
    /// Of one paragraph, and of the advice.
    pub(super) paragraph: usize,
    pub(super) paragraphs: usize,
    pub(super) label: usize,
    pub(super) value: usize,
    pub(super) facts: usize,
    /// Of one show's line.
    pub(super) show: usize,
    pub(super) shows: usize,
}

/// A message within bounds, its texts escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) headline: String,
    /// Paragraphs, and a last one that says how many more there are.
    pub(super) body: Vec<String>,
    /// Lists: the title first, then its lines; together they take no more than the paragraphs may.
    pub(super) lists: Vec<Vec<String>>,
    pub(super) facts: Vec<(String, String)>,
    /// `and 3 more facts`.
    pub(super) more_facts: Option<String>,
    /// `3 shows, 120 episodes`; `None` if no show is touched.
    pub(super) touched: Option<String>,
    /// What stands above the shows: the same, unless the headline says it.
    pub(super) above_shows: Option<String>,
    /// `Name (12 episodes)`.
    pub(super) shows: Vec<String>,
    /// `and 3 more shows`.
    pub(super) more_shows: Option<String>,
    pub(super) advice: Option<String>,
    /// Safe behind a label in every syntax.
    pub(super) link: Option<String>,
    /// `podprobe · incident 12 · cert-expired`.
    pub(super) footer: String,
}

/// What is told of a message. `escape` makes a text safe for the platform.
pub(super) fn told(outgoing: &Outgoing, bounds: &Bounds, escape: fn(&str) -> String) -> Told {
    let notification = &outgoing.notification;
    let message = &notification.message;
    let text = |text: &str, limit: usize| cut(text, limit, bounds.unit, escape);
    // Platforms refuse empty texts.
    let filled_in = |part: &str, limit: usize| {
        let text = text(part, limit);
        if text.is_empty() { "–".to_owned() } else { text }
    };

    let mut body: Vec<String> =
        filled(&message.body).take(bounds.paragraphs).map(|part| text(part, bounds.paragraph)).collect();
    body.extend(more(filled(&message.body).count(), body.len(), "paragraph"));

    let lists: Vec<&List> = message.lists.iter().filter(|list| !list.lines.is_empty()).take(MAX_LISTS).collect();
    // Lists share the room of the paragraphs that are not there, so that none is left out for another.
    let left = bounds.paragraph.saturating_mul(bounds.paragraphs.saturating_sub(body.len()));
    let room = (left / lists.len().max(1)).min(bounds.paragraph);
    let lists = lists.into_iter().filter(|_| room >= MIN_LIST);
    let lists: Vec<Vec<String>> = lists.map(|list| lines(list, room, bounds.unit, escape)).collect();

    let facts: Vec<_> = message
        .facts
        .iter()
        .take(bounds.facts)
        .map(|fact| (filled_in(&fact.label, bounds.label), filled_in(&fact.value, bounds.value)))
        .collect();

    let shows: Vec<String> = message
        .shows
        .iter()
        .take(bounds.shows)
        .map(|show| {
            let count = format!(" ({})", count(show.episodes, "episode"));
            filled_in(&show.name, bounds.show.saturating_sub(bounds.unit.measure(&count))) + &count
        })
        .collect();
    let all_shows = usize::try_from(message.shows_total).unwrap_or(usize::MAX).max(message.shows.len());

    Told {
        headline: filled_in(&message.headline, bounds.headline),
        body,
        lists,
        more_facts: more(message.facts.len(), facts.len(), "fact"),
        facts,
        above_shows: touched(message, all_shows)
            .map(|touched| if message.headline.contains(&touched) { "Affected".to_owned() } else { touched }),
        touched: touched(message, all_shows),
        more_shows: more(all_shows, shows.len(), "show").filter(|_| !shows.is_empty()),
        shows,
        advice: message
            .advice
            .as_deref()
            .filter(|text| !text.trim().is_empty())
            .map(|part| text(part, bounds.paragraph)),
        link: message.link.as_deref().and_then(target),
        footer: footer(notification),
    }
}

impl Told {
    /// The paragraphs, each list as one of them, `bullet` before each of its lines.
    pub(super) fn paragraphs(&self, bullet: &str) -> impl Iterator<Item = String> {
        self.body.iter().cloned().chain(self.lists.iter().map(move |lines| lines.join(bullet)))
    }
}

/// Columns that a platform's bullet and its line end take at most.
const BULLET: usize = 8;

/// The most lists of one message, and the least room in which one says anything, in units.
const MAX_LISTS: usize = 8;
const MIN_LIST: usize = 60;

/// A list's title and its lines, as many as there is room for, and how many more there are.
fn lines(list: &List, room: usize, unit: Unit, escape: fn(&str) -> String) -> Vec<String> {
    let text = |text: &str| {
        let text = cut(text, room / 2, unit, escape);
        if text.is_empty() { "–".to_owned() } else { text }
    };
    let mut out = vec![text(&list.title)];
    let takes = |line: &str| unit.measure(line).saturating_add(BULLET);
    let mut left = room.saturating_sub(takes(&out.concat()));
    for (at, line) in list.lines.iter().map(|line| text(line)).enumerate() {
        // But after the last one there has to be room to say how many are not there.
        let rest = if at + 1 == list.lines.len() { 0 } else { takes("and 1,000 more lines") };
        if takes(&line).saturating_add(rest) > left {
            break;
        }
        left -= takes(&line);
        out.push(line);
    }
    out.extend(more(list.lines.len(), out.len() - 1, "line"));
    out
}

fn filled(body: &[String]) -> impl Iterator<Item = &String> {
    body.iter().filter(|part| !part.trim().is_empty())
}

fn touched(message: &Message, shows: usize) -> Option<String> {
    let shows = u64::try_from(shows).unwrap_or(u64::MAX);
    (shows > 0).then(|| format!("{}, {}", count(shows, "show"), count(message.episodes_total, "episode")))
}

fn more(all: usize, shown: usize, what: &str) -> Option<String> {
    let rest = u64::try_from(all.saturating_sub(shown)).unwrap_or(u64::MAX);
    (rest > 0).then(|| format!("and {}", count(rest, &format!("more {what}"))))
}

fn footer(notification: &Notification) -> String {
    let mut out = "podprobe".to_owned();
    if let Some(id) = notification.incident {
        // Writing to a String cannot fail.
        let _ = write!(out, " · incident {}", id.0);
    }
    if let Some(code) = notification.message.code {
        let _ = write!(out, " · {code}");
    }
    out
}

/// A notification with every text on one line and every list bounded, for platforms that take data:
/// at most about 100 KB. Its key is what [`id`] makes of it.
pub(super) fn bounded(notification: &Notification) -> Notification {
    Notification {
        key: id(&notification.key),
        channel: cut(&notification.channel, 200, Unit::Bytes, plain),
        about: notification.about.clone(),
        message: bounded_message(&notification.message),
        ..*notification
    }
}

fn bounded_message(message: &Message) -> Message {
    const TEXT: usize = 2_000;
    const SHORT: usize = 500;
    const ITEMS: usize = 30;
    let text = |text: &str, limit: usize| cut(text, limit, Unit::Bytes, plain);
    let mut out = message.clone();
    out.headline = text(&message.headline, TEXT);
    out.host = message.host.as_deref().map(|host| text(host, SHORT));
    out.advice = message.advice.as_deref().map(|advice| text(advice, TEXT));
    out.link = message.link.as_deref().and_then(target);
    out.body.truncate(ITEMS);
    out.lists.truncate(ITEMS);
    out.facts.truncate(ITEMS);
    out.shows.truncate(ITEMS);
    for part in &mut out.body {
        *part = text(part, TEXT);
    }
    for list in &mut out.lists {
        list.title = text(&list.title, SHORT);
        list.lines.truncate(ITEMS);
        list.lines.iter_mut().for_each(|line| *line = text(line, SHORT));
    }
    for fact in &mut out.facts {
        fact.label = text(&fact.label, SHORT);
        fact.value = text(&fact.value, SHORT);
    }
    for show in &mut out.shows {
        show.name = text(&show.name, SHORT);
    }
    out
}

/// The notification's key as an id that every platform, header and path takes: letters, digits, `-`
/// and `_` as they are, at most 80, and a part of its SHA-256 where that is not the whole key.
pub(super) fn id(key: &str) -> String {
    const LONGEST: usize = 80;
    let clean: String = key
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' })
        .take(LONGEST)
        .collect();
    if clean == key && !key.is_empty() {
        return clean;
    }
    let digest = ring::digest::digest(&ring::digest::SHA256, key.as_bytes());
    let mut out = clean;
    out.push('-');
    for byte in digest.as_ref().iter().take(8) {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

/// What is the same for all messages of one incident, or about one thing of podprobe itself, and other
/// for each that has neither. `source` tells installations apart.
pub(super) fn thread_key(source: &str, notification: &Notification) -> String {
    match (notification.incident, &notification.about) {
        (Some(incident), _) => id(&format!("{source}-incident-{}", incident.0)),
        (None, Some(about)) => id(&format!("{source}-{}", about.key())),
        (None, None) => id(&format!("{source}-{}", notification.key)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_clean_and_differ() {
        assert_eq!(id("ops-12-3"), "ops-12-3");
        let (a, b) = (id("ops/12/3"), id("ops:12:3"));
        assert!(a.starts_with("ops-12-3-") && b.starts_with("ops-12-3-") && a != b, "{a} {b}");
        assert!(id(&"ä".repeat(1_000)).len() <= 100);
        assert!(id("").len() > 10);
    }

    #[test]
    fn the_rest_is_counted() {
        assert_eq!(more(3, 3, "show"), None);
        assert_eq!(more(4, 3, "show").as_deref(), Some("and 1 more show"));
        assert_eq!(more(12_003, 3, "show").as_deref(), Some("and 12,000 more shows"));
    }
}
