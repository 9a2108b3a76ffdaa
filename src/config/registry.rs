//! The registry: every table and key of `podprobe.toml`. Parsing, its hints, `podprobe init`, the
//! JSON Schema and docs/configuration.md follow from here.

mod people;
mod running;
mod thresholds;

use std::time::Duration;

/// A table of the file.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name: `intervals` stands in the file as `[intervals]`, or `[[source]]` where there may be
    /// many.
    pub name: &'static str,
    /// Whether there may be many.
    pub many: bool,
    /// Whether it may hold keys that are not listed here (a channel's, which its kind knows).
    pub open: bool,
    /// What it is for; whole sentences.
    pub help: &'static str,
    /// Its keys, in the order of docs.
    pub keys: &'static [Key],
}

/// A key of a table.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What its value may be.
    pub shape: Shape,
    /// What holds where it is not given, as TOML.
    pub default: Option<&'static str>,
    /// A value to show where there is no default, as TOML; made up.
    pub example: &'static str,
    /// What it does; whole sentences.
    pub help: &'static str,
    /// Whether nothing works without it.
    pub required: bool,
    /// The version that it came with.
    pub since: &'static str,
}

/// What a value may be.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A text that is not empty.
    Text,
    /// A short text on one line.
    Name,
    /// A URL, or a path.
    Source,
    /// An http or https URL.
    Web,
    /// An http or https URL without a user, in which `{incident}` may stand for a number.
    Page,
    /// A file, from the folder of the configuration.
    Path,
    /// A text that is never shown, or where it is kept: `{ env = "NAME" }`, `{ file = "PATH" }`.
    Secret,
    /// true or false.
    Flag,
    /// A whole number within bounds, both included.
    Whole(u64, u64),
    /// A time span within bounds, both included: `"5m"`.
    Span(Duration, Duration),
    /// The same, or `"never"`.
    SpanOrNever(Duration, Duration),
    /// A moment, RFC 3339.
    Time,
    /// A network in CIDR notation.
    Net,
    /// An IP address and a port.
    Address,
    /// A host and a port.
    HostPort,
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// The code of a finding.
    Code,
    /// Hours of the day: `"22:00-07:00"`.
    Hours,
    /// A day of the week.
    Weekday,
    /// A time of day: `"09:00"`.
    Clock,
    /// An IANA time zone.
    Zone,
    /// F of N: `"2/3"`.
    Share,
    /// A User-Agent.
    Agent,
    /// A list.
    List(&'static Shape),
    /// Texts of a shape, by names of the user's choice.
    Named(&'static Shape),
    /// A table within the table.
    Inline(&'static Table),
    /// The same, or the value of its first key alone.
    Short(&'static Table),
}

/// The least interval. Shorter ones hammer hosts; tests of podprobe itself go down to here.
pub(super) const SHORTEST: Duration = Duration::from_millis(100);
/// The longest span of time.
pub(super) const LONGEST: Duration = Duration::from_hours(30 * 24);

/// A span within the usual bounds.
pub(super) const SPAN: Shape = Shape::Span(SHORTEST, LONGEST);

/// Severities, the mildest first.
pub(super) const SEVERITIES: &[&str] = &["info", "warning", "critical"];
/// Days of the week from Monday on (ISO 8601); the first three letters will do.
pub(super) const WEEKDAYS: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/// Forms of the log.
pub(super) const LOG_FORMATS: &[&str] = &["text", "json"];
/// Levels of the log.
pub(super) const LEVELS: &[&str] = &["error", "warn", "info", "debug"];

/// The keys that stand before the first table.
pub const TOP: Table = people::TOP;

/// Every table, in the order of docs.
pub const TABLES: &[Table] = &[
    people::SOURCE,
    people::ENDPOINT,
    people::CHANNEL,
    people::MAINTENANCE,
    people::DIGEST,
    thresholds::INTERVALS,
    thresholds::BUDGET,
    thresholds::POLICY,
    thresholds::INCIDENTS,
    running::NETWORK,
    running::TRUST,
    running::STORE,
    running::HEARTBEAT,
    running::WEB,
    running::LOG,
];

/// The table of this name.
pub(super) fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

impl Table {
    /// A table of which there is one at most.
    const fn one(name: &'static str, help: &'static str, keys: &'static [Key]) -> Self {
        Self { name, many: false, open: false, help, keys }
    }

    /// A table of which there may be many.
    const fn many(name: &'static str, help: &'static str, keys: &'static [Key]) -> Self {
        Self { many: true, ..Self::one(name, help, keys) }
    }

    /// The key of this name.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// As it stands in the file: `[intervals]`, `[[source]]`.
    pub fn header(&self) -> String {
        if self.many { format!("[[{}]]", self.name) } else { format!("[{}]", self.name) }
    }
}

impl Key {
    const fn new(name: &'static str, shape: Shape, help: &'static str) -> Self {
        Self { name, shape, default: None, example: "", help, required: false, since: "0.1.0" }
    }

    /// With what holds where it is not given.
    const fn default(self, toml: &'static str) -> Self {
        Self { default: Some(toml), ..self }
    }

    /// With a value to show.
    const fn like(self, toml: &'static str) -> Self {
        Self { example: toml, ..self }
    }

    const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// What is shown of it where nothing is set: its default, else its example.
    pub fn shown(&self) -> &'static str {
        self.default.unwrap_or(self.example)
    }

    /// Whether its value is never shown.
    pub fn is_secret(&self) -> bool {
        matches!(self.shape, Shape::Secret)
    }
}

impl Shape {
    /// Whether one text in the environment can say it.
    pub fn is_scalar(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Named(_) | Self::Inline(_) | Self::Short(_))
    }

    /// Whether it stands in TOML between quotes.
    pub(super) fn is_text(&self) -> bool {
        self.is_scalar() && !matches!(self, Self::Flag | Self::Whole(..) | Self::Time)
    }

    /// What it has to be, for people: completes "has to be".
    pub fn what(&self) -> String {
        use super::written::span;
        match self {
            Self::Text => "a text that is not empty".into(),
            Self::Name => "a text on one line, of at most 200 characters".into(),
            Self::Source => "a URL that begins with https:// or http://, or a path".into(),
            Self::Web => "a URL that begins with https:// or http://".into(),
            Self::Page => "a URL that begins with https:// or http://, without a user".into(),
            Self::Path => "a path".into(),
            Self::Secret => "a text, { env = \"NAME\" } or { file = \"PATH\" }".into(),
            Self::Flag => "true or false".into(),
            Self::Whole(least, most) => format!("a whole number from {least} to {most}"),
            Self::Span(least, most) => {
                format!("a time such as \"90s\", \"5m\" or \"1h 30m\", from {} to {}", span(*least), span(*most))
            }
            Self::SpanOrNever(least, most) => format!("{}, or \"never\"", Self::Span(*least, *most).what()),
            Self::Time => "a time with its offset (RFC 3339), such as 2026-12-24T18:00:00Z".into(),
            Self::Net => "a network such as \"10.0.0.0/8\" or \"fd00::/8\"".into(),
            Self::Address => "an IP address and a port, such as \"127.0.0.1:8080\"".into(),
            Self::HostPort => "a host and a port, such as \"www.example.com:443\"".into(),
            Self::Choice(names) => format!("one of {}", quoted(names)),
            Self::Code => "the code of a finding, such as \"cert-expired\"".into(),
            Self::Hours => "hours of the day, such as \"22:00-07:00\"".into(),
            Self::Weekday => format!("one of {}, or its first three letters", quoted(WEEKDAYS)),
            Self::Clock => "a time of day, such as \"09:00\"".into(),
            Self::Zone => "an IANA time zone, such as \"Europe/Berlin\"".into(),
            Self::Share => "so many of so many rounds, such as \"2/3\", the second from 1 to 32".into(),
            Self::Agent => "printable ASCII, at most 512 characters".into(),
            Self::List(item) => format!("a list; each item has to be {}", item.what()),
            Self::Named(item) => format!("a table of names; each value has to be {}", item.what()),
            Self::Inline(table) => format!("a table with {}", names(table)),
            Self::Short(table) => match table.keys.first() {
                Some(first) => format!("{}, or a table with {}", first.shape.what(), names(table)),
                None => "a table".into(),
            },
        }
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

fn names(table: &Table) -> String {
    table.keys.iter().map(|key| format!("`{}`", key.name)).collect::<Vec<_>>().join(", ")
}
