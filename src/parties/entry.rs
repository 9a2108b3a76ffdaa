//! The entries of the catalogue, as written in `catalogue.json`.

use serde::Deserialize;

use super::Role;
use super::shape::{Match, Onward, Shape};
use crate::link::{Host, Link};

/// One service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// Unique, stable.
    #[cfg_attr(not(test), expect(dead_code, reason = "names the entry for who edits the file; held unique by a test"))]
    pub(super) id: String,
    /// For people.
    pub(super) name: String,
    pub(super) role: Role,
    /// Where the entry's facts come from, in words.
    #[cfg_attr(not(test), expect(dead_code, reason = "for who edits the file; held present by a test"))]
    pub(super) source: String,
    #[serde(default)]
    pub(super) hosts: Vec<HostPattern>,
    /// Names that a CNAME chain runs through, with everything below them.
    #[serde(default)]
    pub(super) cnames: Vec<String>,
    /// Response headers that only this service sends.
    #[serde(default)]
    pub(super) marks: Vec<Mark>,
    /// Of a prefix: where the onward URL is written.
    #[serde(default)]
    pub(super) shapes: Vec<Shape>,
    #[serde(default)]
    pub(super) onward: Onward,
    /// The role of the host's URLs that have none of the shapes.
    pub(super) elsewhere: Option<Role>,
    /// When the service closed: a date, or in words where the day is not known.
    pub(super) retired: Option<String>,
    pub(super) status_page: Option<String>,
    pub(super) support: Option<String>,
}

/// `h.example`, `*.h.example` (anything below, not itself), or `pp{digits}.*` (the first label).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HostPattern {
    Exact(String),
    Below(String),
    FirstLabel(String),
}

/// A header's name, and a text in its value where the name alone is not enough.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mark {
    header: String,
    #[serde(default)]
    contains: String,
}

impl Entry {
    fn has_host(&self, host: &str) -> bool {
        self.hosts.iter().any(|pattern| pattern.matches(host))
    }

    /// Whether its hosts are its own. Those of `pp7.example` are the customers', and only the
    /// path tells.
    fn owns_hosts(&self) -> bool {
        !self.hosts.iter().any(|pattern| matches!(pattern, HostPattern::FirstLabel(_)))
    }

    /// How narrowly it names this host; `None` where it does not. Of `traffic.h.example` and
    /// `*.h.example`, the first is meant.
    pub(super) fn nearness(&self, host: &str) -> Option<u8> {
        self.hosts.iter().filter(|pattern| pattern.matches(host)).map(HostPattern::nearness).max()
    }

    /// The role on this host by the host alone.
    pub(super) fn role_of_host(&self, host: &str) -> Option<Role> {
        (self.has_host(host) && self.owns_hosts()).then(|| self.elsewhere.unwrap_or(self.role))
    }

    /// The role of this URL, and the shape that it has.
    pub(super) fn role_of(&self, link: &Link) -> Option<(Role, Option<Match>)> {
        let host = host_name(link)?;
        if !self.has_host(&host) {
            return None;
        }
        match self.shape_of(link) {
            Some(found) => Some((self.role, Some(found))),
            None => self.role_of_host(&host).map(|role| (role, None)),
        }
    }

    /// The narrowest shape that the URL has. The file's order does not matter.
    fn shape_of(&self, link: &Link) -> Option<Match> {
        self.shapes
            .iter()
            .filter_map(|shape| Some((shape.narrowness(), shape.matches(link, self.onward)?)))
            .max_by_key(|(narrowness, _)| *narrowness)
            .map(|(_, found)| found)
    }

    pub(super) fn has_cname(&self, alias: &str) -> bool {
        self.cnames.iter().any(|suffix| is_below(alias, suffix) || alias == suffix)
    }

    pub(super) fn has_mark(&self, name: &str, value: &str) -> bool {
        self.marks.iter().any(|mark| {
            mark.header.eq_ignore_ascii_case(name) && value.to_ascii_lowercase().contains(mark.contains.as_str())
        })
    }
}

/// The host's name; addresses have no entry.
pub(super) fn host_name(link: &Link) -> Option<String> {
    match link.origin().host {
        Host::Name(name) => Some(name),
        Host::Ip(_) => None,
    }
}

fn is_below(host: &str, suffix: &str) -> bool {
    host.strip_suffix(suffix).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
}

impl HostPattern {
    fn parse(text: &str) -> Option<Self> {
        let plain = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b))
        };
        if let Some(suffix) = text.strip_prefix("*.") {
            return plain(suffix).then(|| Self::Below(suffix.to_owned()));
        }
        if let Some(label) = text.strip_suffix("{digits}.*") {
            return plain(label).then(|| Self::FirstLabel(label.to_owned()));
        }
        plain(text).then(|| Self::Exact(text.to_owned()))
    }

    fn nearness(&self) -> u8 {
        match self {
            Self::Exact(_) => 2,
            Self::Below(_) => 1,
            Self::FirstLabel(_) => 0,
        }
    }

    fn matches(&self, host: &str) -> bool {
        match self {
            Self::Exact(name) => host == name,
            Self::Below(suffix) => is_below(host, suffix),
            Self::FirstLabel(head) => host
                .split_once('.')
                .and_then(|(label, _)| label.strip_prefix(head.as_str()))
                .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit())),
        }
    }
}

impl<'de> Deserialize<'de> for HostPattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("not a host pattern: {text}")))
    }
}
