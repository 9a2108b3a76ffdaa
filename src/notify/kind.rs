//! Kinds of channels: their options, and how they are opened.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::{Channel, Http, KINDS, Rates};

mod showing;

/// A channel's options by name, secrets filled in; what stands in its table of the configuration
/// beside `name` and `kind`.
pub type Options = serde_json::Map<String, Value>;

/// Opens a channel from options whose shapes are right.
pub(super) type Build = fn(&Options, &Http) -> Result<Box<dyn Channel>, BadOption>;

/// A kind of channel.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Its name in the configuration and in `name:...` of `check --notify`.
    pub name: &'static str,
    /// The platform's name.
    pub title: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Whether a message that ends a thread ends something here (an alert), so that it is wanted even
    /// by whoever may not know of a beginning.
    pub resolves: bool,
    /// Its options.
    pub fields: &'static [Field],
    /// How often the platform takes a message.
    pub rates: Rates,
    /// The short form, for help.
    pub short: &'static str,
    pub(super) from_short: fn(&str) -> Result<Options, BadOption>,
    pub(super) build: Build,
}

/// An option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it is, in one sentence.
    pub help: &'static str,
    /// What it may be.
    pub shape: Shape,
    /// Whether nothing works without it.
    pub required: bool,
    /// Whether it must not be shown and may come from a file or the environment.
    pub secret: bool,
    /// A value to show; made up.
    pub example: &'static str,
}

/// What an option may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A text.
    Text,
    /// A text, or a whole number that stands for one: platforms show ids as numbers.
    TextOrNumber,
    /// An http or https URL.
    Url,
    /// An https URL; http on the loopback.
    HttpsUrl,
    /// A whole number within bounds, both included.
    Number(u64, u64),
    /// `true` or `false`.
    Flag,
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// A list of texts, or one text.
    List,
    /// Texts by name.
    Table,
}

/// An option that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadOption {
    /// Which; empty if it is not one alone.
    pub key: String,
    /// What is wrong and what would be right. Holds no secret.
    pub why: String,
    /// The line within the option's own text, from 1 (a template).
    pub line: Option<usize>,
}

impl BadOption {
    pub(super) fn new(key: &str, why: impl Into<String>) -> Self {
        Self { key: key.to_owned(), why: why.into(), line: None }
    }
}

impl fmt::Display for BadOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.key.as_str(), self.line) {
            ("", _) => f.write_str(&self.why),
            (key, None) => write!(f, "`{key}`: {}", self.why),
            (key, Some(line)) => write!(f, "`{key}`, line {line} of it: {}", self.why),
        }
    }
}

impl std::error::Error for BadOption {}

impl Field {
    /// An option that may be left out.
    pub(super) const fn new(name: &'static str, shape: Shape, example: &'static str, help: &'static str) -> Self {
        Self { name, help, shape, required: false, secret: false, example }
    }

    /// The same, and it has to be there.
    pub(super) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// The same, and it must not be shown.
    pub(super) const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    fn accepts(&self, value: &Value) -> Result<(), String> {
        let text = || value.as_str().filter(|text| !text.trim().is_empty() && text.len() <= MAX_TEXT);
        let fine = match self.shape {
            Shape::Text => text().is_some(),
            Shape::TextOrNumber => text().is_some() || value.is_i64() || value.is_u64(),
            Shape::Url => text().is_some_and(|text| web_url(text).is_some()),
            Shape::HttpsUrl => text().and_then(web_url).is_some_and(|url| is_private(&url)),
            Shape::Number(least, most) => value.as_u64().is_some_and(|n| (least..=most).contains(&n)),
            Shape::Flag => value.is_boolean(),
            Shape::Choice(names) => text().is_some_and(|text| names.contains(&text)),
            Shape::List => match value.as_array() {
                Some(list) => (1..=MAX_LIST).contains(&list.len()) && list.iter().all(Value::is_string),
                None => text().is_some(),
            },
            Shape::Table => {
                value.as_object().is_some_and(|table| table.len() <= MAX_LIST && table.values().all(Value::is_string))
            }
        };
        if fine { Ok(()) } else { Err(format!("has to be {}", self.shape)) }
    }
}

/// The longest text of an option, in bytes; a template's, too.
const MAX_TEXT: usize = 64 << 10;
/// The most items in a list.
const MAX_LIST: usize = 100;

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("a text that is not empty"),
            Self::TextOrNumber => f.write_str("a text that is not empty, or a whole number"),
            Self::Url => f.write_str("a URL that begins with https:// or http://"),
            Self::HttpsUrl => f.write_str("a URL that begins with https://"),
            Self::Number(least, most) => write!(f, "a whole number from {least} to {most}"),
            Self::Flag => f.write_str("true or false"),
            Self::Choice(names) => write!(f, "one of {}", names.join(", ")),
            Self::List => write!(f, "a text or a list of 1 to {MAX_LIST} texts"),
            Self::Table => f.write_str("a table of texts"),
        }
    }
}

impl Kind {
    /// Everything that is wrong with the names and the shapes of options, in their order; empty if
    /// nothing is. What only the kind knows (a template's syntax) is [`Kind::open`]'s.
    pub fn mistakes(&self, options: &Options) -> Vec<BadOption> {
        let field = |name: &str| self.fields.iter().find(|field| field.name == name);
        let mut mistakes: Vec<BadOption> = options
            .iter()
            .filter_map(|(name, value)| match field(name) {
                Some(field) => field.accepts(value).err().map(|why| BadOption::new(name, why)),
                None => Some(BadOption::new(name, self.unknown(name))),
            })
            .collect();
        mistakes.extend(self.fields.iter().filter(|field| field.required && !options.contains_key(field.name)).map(
            |field| BadOption::new(field.name, format!("is missing: {} (for example {})", field.help, field.example)),
        ));
        mistakes
    }

    fn unknown(&self, name: &str) -> String {
        let names: Vec<&str> = self.fields.iter().map(|field| field.name).collect();
        match names.iter().find(|known| is_near(known, name)) {
            Some(near) => format!("is no option of {}; `{near}` is", self.name),
            None => format!("is no option of {}, which has: {}", self.name, names.join(", ")),
        }
    }

    /// Opens a channel. Nothing is sent.
    pub fn open(&self, options: &Options, http: &Http) -> Result<Box<dyn Channel>, BadOption> {
        match self.mistakes(options).into_iter().next() {
            Some(mistake) => Err(mistake),
            None => (self.build)(&self.as_texts(options), http),
        }
    }

    /// Numbers that stand for texts, as texts.
    fn as_texts(&self, options: &Options) -> Options {
        let mut options = options.clone();
        for field in self.fields.iter().filter(|field| field.shape == Shape::TextOrNumber) {
            if let Some(value) = options.get_mut(field.name).filter(|value| value.is_number()) {
                *value = value.to_string().into();
            }
        }
        options
    }
}

/// The kind of this name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// Reads `kind:...`, the short form of `check --notify`: the kind, and its options. `None` if it
/// begins with no kind's name.
pub fn short_form(text: &str) -> Option<(&'static Kind, Result<Options, BadOption>)> {
    let (name, rest) = text.split_once(':')?;
    let kind = kind(name)?;
    Some((kind, (kind.from_short)(rest)))
}

/// A short form that is one option.
pub(super) fn single(key: &str, value: &str) -> Result<Options, BadOption> {
    if value.is_empty() {
        return Err(BadOption::new(key, "nothing stands after the colon"));
    }
    Ok(Options::from_iter([(key.to_owned(), Value::from(value))]))
}

/// A kind's own struct from options whose shapes were checked.
pub(super) fn read<T: DeserializeOwned>(options: &Options) -> Result<T, BadOption> {
    // serde's own text may show a value, and a value may be a secret.
    serde_json::from_value(Value::Object(options.clone()))
        .map_err(|_| BadOption::new("", "the options do not have the form that this kind of channel takes"))
}

/// A URL of an option.
pub(super) fn url(key: &str, text: &str) -> Result<Url, BadOption> {
    web_url(text).ok_or_else(|| BadOption::new(key, format!("has to be {}", Shape::Url)))
}

/// Adds path segments below a base URL.
pub(super) fn below<'a>(base: &Url, segments: impl IntoIterator<Item = &'a str>) -> Url {
    let mut url = base.clone();
    // Only URLs such as `mailto:` have no path; `web_url` lets none through.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

fn web_url(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Nobody on the way can read it.
pub(super) fn is_private(url: &Url) -> bool {
    url.scheme() == "https"
        || match url.host() {
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => false,
        }
}

/// One letter wrong, missing or too many, or two that changed places; or one begins with the other.
fn is_near(known: &str, typed: &str) -> bool {
    let (known, typed): (Vec<char>, Vec<char>) = (known.chars().collect(), typed.to_lowercase().chars().collect());
    if typed.len() > 64 || known.len().abs_diff(typed.len()) > 3 {
        return false;
    }
    if typed.len() >= 3 && (known.starts_with(&typed) || typed.starts_with(&known)) {
        return true;
    }
    let front = known.iter().zip(&typed).take_while(|(a, b)| a == b).count();
    let rest = known.len().min(typed.len()).saturating_sub(front);
    let back = known.iter().rev().zip(typed.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let left = known.len().max(typed.len()).saturating_sub(front + back);
    left <= 1 || (left == 2 && known.len() == typed.len())
}
