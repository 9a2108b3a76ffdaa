//! Values by their shapes: from a text, wherever it stands.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::mistake::{At, shown};
use super::registry::{Shape, Table};
use super::{OptionValue, Secret, near, written, zone};
use crate::judge::Code;
use crate::link::Link;
use crate::notice;

/// A value, read. It has no `Debug`: some are secret.
#[derive(Clone)]
pub(super) enum Value {
    Text(String),
    Flag(bool),
    Whole(u64),
    Span(Duration),
    Never,
    Time(Timestamp),
    Net(ipnet::IpNet),
    Address(SocketAddr),
    HostPort(String, u16),
    Link(Link),
    Path(PathBuf),
    Code(Code),
    Hours(u16, u16),
    Weekday(u8),
    Clock(u16),
    Share(usize, usize),
    Secret(Secret),
    List(Vec<Found>),
    Named(Vec<(String, Found)>),
    Section(Box<Section>),
}

/// A value and where it stands; `None` for a default.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) value: Value,
    pub(super) at: Option<At>,
}

/// A table, read: what is given, and defaults for the rest.
#[derive(Clone)]
pub(super) struct Section {
    pub(super) table: &'static Table,
    pub(super) at: At,
    /// Whether the file or the environment says anything of it.
    pub(super) given: bool,
    pub(super) found: BTreeMap<&'static str, Found>,
    /// Keys whose values are wrong, which was told.
    pub(super) failed: BTreeSet<&'static str>,
    /// Keys that the registry does not list, where the table is open.
    pub(super) options: Vec<OptionValue>,
}

/// Why a text is not what it has to be.
pub(super) struct Unfit {
    /// Completes "`key`".
    pub(super) what: String,
    pub(super) near: Option<String>,
}

impl Unfit {
    fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), near: None }
    }

    /// It has to be of this shape, and is this text.
    pub(super) fn shape(shape: &Shape, text: &str) -> Self {
        let not = if matches!(shape, Shape::Secret) { String::new() } else { format!(", not {}", shown(text)) };
        Self::new(format!("has to be {}{not}", shape.what()))
    }

    fn with_nearest<'n>(self, text: &str, names: impl IntoIterator<Item = &'n str>) -> Self {
        Self { near: near::nearest(text, names).map(str::to_owned), ..self }
    }
}

const MAX_NAME: usize = 200;
const MAX_TEXT: usize = 64 << 10;

/// Reads a text of a shape. Paths are taken from `folder`.
pub(super) fn parse(shape: &Shape, text: &str, folder: &Path) -> Result<Value, Unfit> {
    let unfit = || Unfit::shape(shape, text);
    let is_plain = |most: usize| {
        !text.trim().is_empty() && text.chars().take(most + 1).count() <= most && !text.contains(char::is_control)
    };
    let within = |least: &Duration, most: &Duration| {
        written::parse_span(text).filter(|span| (*least..=*most).contains(span)).map(Value::Span).ok_or_else(unfit)
    };
    match shape {
        Shape::Text if !text.trim().is_empty() && text.len() <= MAX_TEXT => Ok(Value::Text(text.to_owned())),
        Shape::Secret if !text.trim().is_empty() && text.len() <= MAX_TEXT => Ok(Value::Secret(Secret::new(text))),
        Shape::Name if is_plain(MAX_NAME) => Ok(Value::Text(text.trim().to_owned())),
        Shape::Path if is_plain(MAX_TEXT) => Ok(Value::Path(folder.join(text))),
        Shape::Agent if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) && is_plain(512) => {
            Ok(Value::Text(text.to_owned()))
        }
        Shape::Source => source(text, folder),
        Shape::Web => web(shape, text).map(Value::Link),
        Shape::Page => {
            let text = text.trim();
            let link = web(shape, &text.replace(notice::INCIDENT, "1"))?;
            if link.userinfo().is_some() || text.contains(char::is_control) {
                return Err(unfit());
            }
            Ok(Value::Text(text.to_owned()))
        }
        Shape::Flag => text.parse().map(Value::Flag).map_err(|_| unfit()),
        Shape::Whole(least, most) => {
            let number: Option<u64> = text.parse().ok();
            number.filter(|number| (*least..=*most).contains(number)).map(Value::Whole).ok_or_else(unfit)
        }
        Shape::SpanOrNever(..) if text.trim() == "never" => Ok(Value::Never),
        Shape::Span(least, most) | Shape::SpanOrNever(least, most) => within(least, most),
        Shape::Time => written::parse_time(text).map(Value::Time).ok_or_else(unfit),
        Shape::Net => text.parse().map(Value::Net).map_err(|_| unfit()),
        Shape::Address => {
            let address: Option<SocketAddr> = text.parse().ok();
            address.map(Value::Address).ok_or_else(unfit)
        }
        Shape::HostPort => {
            written::parse_host_port(text).map(|(host, port)| Value::HostPort(host, port)).ok_or_else(unfit)
        }
        Shape::Choice(names) if names.contains(&text) => Ok(Value::Text(text.to_owned())),
        Shape::Choice(names) => Err(unfit().with_nearest(text, names.iter().copied())),
        Shape::Code => Code::named(text).map(Value::Code).ok_or_else(|| {
            Unfit::new(format!("names no finding: {}; `podprobe explain` lists them", shown(text)))
                .with_nearest(text, Code::ALL.iter().map(|info| info.name))
        }),
        Shape::Hours => written::parse_hours(text).map(|(from, to)| Value::Hours(from, to)).ok_or_else(unfit),
        Shape::Weekday => written::parse_weekday(text)
            .map(Value::Weekday)
            .ok_or_else(|| unfit().with_nearest(text, super::registry::WEEKDAYS.iter().copied())),
        Shape::Clock => written::parse_clock(text).map(Value::Clock).ok_or_else(unfit),
        Shape::Zone if zone::get(text).is_some() => Ok(Value::Text(text.to_owned())),
        Shape::Zone => {
            let names = zone::names();
            Err(unfit().with_nearest(text, names.iter().map(String::as_str)))
        }
        Shape::Share => written::parse_share(text).map(|(need, of)| Value::Share(need, of)).ok_or_else(unfit),
        _ => Err(unfit()),
    }
}

fn web(shape: &Shape, text: &str) -> Result<Link, Unfit> {
    Link::parse(text).map_err(|why| Unfit::new(format!("has to be {}: {why}", shape.what())))
}

/// A URL as it is, or a path from the folder.
fn source(text: &str, folder: &Path) -> Result<Value, Unfit> {
    let shape = Shape::Source;
    let trimmed = text.trim();
    if trimmed == "-" {
        return Err(Unfit::new("cannot be standard input: it is read once, and this is looked at again and again"));
    }
    if trimmed.contains("://") {
        return web(&shape, trimmed).map(|link| Value::Text(link.expose().to_owned()));
    }
    if trimmed.is_empty() || trimmed.contains(char::is_control) {
        return Err(Unfit::shape(&shape, text));
    }
    Ok(Value::Text(from_folder(folder, trimmed)))
}

/// A path from the folder, as text.
pub(super) fn from_folder(folder: &Path, path: &str) -> String {
    // A folder whose name is no UTF-8 cannot be said in a text; the path stays as it was written.
    folder.join(path).into_os_string().into_string().unwrap_or_else(|_| path.to_owned())
}

impl Section {
    /// Nothing was read yet.
    pub(super) fn new(table: &'static Table, at: At, given: bool) -> Self {
        Self { table, at, given, found: BTreeMap::new(), failed: BTreeSet::new(), options: Vec::new() }
    }

    fn get(&self, name: &str) -> Option<&Value> {
        debug_assert!(self.table.key(name).is_some(), "{name} is not in the registry");
        self.found.get(name).map(|found| &found.value)
    }

    /// Where a key stands; the table where it does not.
    pub(super) fn at(&self, name: &str) -> At {
        self.found.get(name).and_then(|found| found.at.clone()).unwrap_or_else(|| self.at.clone())
    }

    /// Whether a key is given.
    pub(super) fn has(&self, name: &str) -> bool {
        self.found.get(name).is_some_and(|found| found.at.is_some())
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.get(name)? {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        match self.get(name)? {
            Value::Path(path) => Some(path.clone()),
            _ => None,
        }
    }

    pub(super) fn link(&self, name: &str) -> Option<Link> {
        match self.get(name)? {
            Value::Link(link) => Some(link.clone()),
            _ => None,
        }
    }

    pub(super) fn secret(&self, name: &str) -> Option<Secret> {
        match self.get(name)? {
            Value::Secret(secret) => Some(secret.clone()),
            _ => None,
        }
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Value::Flag(true)))
    }

    /// A whole number in whatever type holds its bounds.
    pub(super) fn whole<T: TryFrom<u64>>(&self, name: &str) -> Option<T> {
        match self.get(name)? {
            Value::Whole(number) => T::try_from(*number).ok(),
            _ => None,
        }
    }

    /// `None` for "never" too.
    pub(super) fn span(&self, name: &str) -> Option<Duration> {
        match self.get(name)? {
            Value::Span(span) => Some(*span),
            _ => None,
        }
    }

    pub(super) fn time(&self, name: &str) -> Option<Timestamp> {
        match self.get(name)? {
            Value::Time(time) => Some(*time),
            _ => None,
        }
    }

    pub(super) fn address(&self, name: &str) -> Option<SocketAddr> {
        match self.get(name)? {
            Value::Address(address) => Some(*address),
            _ => None,
        }
    }

    pub(super) fn hours(&self, name: &str) -> Option<(u16, u16)> {
        match self.get(name)? {
            Value::Hours(from, to) => Some((*from, *to)),
            _ => None,
        }
    }

    pub(super) fn weekday(&self, name: &str) -> Option<u8> {
        match self.get(name)? {
            Value::Weekday(day) => Some(*day),
            _ => None,
        }
    }

    pub(super) fn clock(&self, name: &str) -> Option<u16> {
        match self.get(name)? {
            Value::Clock(minute) => Some(*minute),
            _ => None,
        }
    }

    /// F and N.
    pub(super) fn share(&self, name: &str) -> Option<(usize, usize)> {
        match self.get(name)? {
            Value::Share(need, of) => Some((*need, *of)),
            _ => None,
        }
    }

    pub(super) fn section(&self, name: &str) -> Option<&Section> {
        match self.get(name)? {
            Value::Section(section) => Some(section),
            _ => None,
        }
    }

    /// The items of a list that are what is asked for; all of them, as their shape was checked.
    pub(super) fn list<T>(&self, name: &str, item: impl Fn(&Value) -> Option<T>) -> Vec<T> {
        match self.get(name) {
            Some(Value::List(items)) => items.iter().filter_map(|found| item(&found.value)).collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        self.list(name, |value| match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        })
    }

    pub(super) fn paths(&self, name: &str) -> Vec<PathBuf> {
        self.list(name, |value| match value {
            Value::Path(path) => Some(path.clone()),
            _ => None,
        })
    }

    pub(super) fn codes(&self, name: &str) -> Vec<Code> {
        self.list(name, |value| match value {
            Value::Code(code) => Some(*code),
            _ => None,
        })
    }

    /// Names and paths.
    pub(super) fn named_paths(&self, name: &str) -> Vec<(String, PathBuf)> {
        let Some(Value::Named(entries)) = self.get(name) else { return Vec::new() };
        let path = |(name, found): &(String, Found)| match &found.value {
            Value::Path(path) => Some((name.clone(), path.clone())),
            _ => None,
        };
        entries.iter().filter_map(path).collect()
    }
}
