//! The entries of the catalogue, as written in `catalogue.json`.

use serde::Deserialize;

use super::Role;
use super::shape::{Match, Onward, Shape};
use crate::link::Link;

/// One service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// Unique, stable.
    pub(super) id: String,
    /// For people.
    pub(super) name: String,
    pub(super) role: Role,
    /// Where the entry's facts come from, in words.
    #[serde(default)]
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
    /// Where the operator says how it is: an https URL.
    pub(super) status_page: Option<String>,
    /// Where to write to: an https URL or a mail address.
    pub(super) support: Option<String>,
    /// Who says so.
    #[serde(skip)]
    pub(super) layer: Layer,
}

/// Who says what an entry says. What the user says goes before what is built in; published lists
/// fill the gaps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Layer {
    /// A published list.
    Listed,
    /// The built-in catalogue.
    #[default]
    Builtin,
    /// The user's own file.
    Own,
}

/// How well an entry fits a URL; the greatest fits best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fit {
    /// 0 a list's, 1 others', 2 the user's own that names the very host.
    authority: u8,
    /// The URL has one of its shapes.
    shaped: bool,
    nearness: u8,
    layer: Layer,
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
    /// An entry made of what a published list says.
    pub(super) fn listed(id: String, name: String, role: Role, hosts: Vec<HostPattern>) -> Self {
        Self {
            id,
            name,
            role,
            source: String::new(),
            hosts,
            cnames: Vec::new(),
            marks: Vec::new(),
            shapes: Vec::new(),
            onward: Onward::default(),
            elsewhere: None,
            retired: None,
            status_page: None,
            support: None,
            layer: Layer::Listed,
        }
    }

    /// What is wrong with the entry beyond its form, and what was expected.
    pub(super) fn fault(&self) -> Option<String> {
        if self.id.trim().is_empty() || self.name.trim().is_empty() {
            return Some("id and name are empty; expected a text in each".to_owned());
        }
        if self.hosts.is_empty() && self.cnames.is_empty() && self.marks.is_empty() {
            return Some("it names no host; expected hosts, cnames or marks".to_owned());
        }
        if self.role != Role::Prefix && !self.shapes.is_empty() {
            return Some(format!("shapes are for prefixes, and its role is {}", self.role.as_str()));
        }
        let lower = |name: &String| !name.is_empty() && name.bytes().all(|b| !b.is_ascii_uppercase() && b != b' ');
        if let Some(odd) = self.cnames.iter().find(|name| !lower(name)) {
            return Some(format!("cnames: {odd:?} is no name in lower case, such as cdn.example"));
        }
        if let Some(odd) = self.marks.iter().map(|mark| &mark.contains).find(|text| *text != &text.to_ascii_lowercase())
        {
            return Some(format!("marks: {odd:?} has to be in lower case"));
        }
        if let Some(date) = &self.retired
            && date != "unknown"
            && date.parse::<jiff::civil::Date>().is_err()
        {
            return Some(format!("retired: {date:?} is no date; expected YYYY-MM-DD or \"unknown\""));
        }
        if let Some(page) = &self.status_page
            && !is_page(page)
        {
            return Some(format!("status_page: {page:?} is no https URL"));
        }
        let support = self.support.as_ref().filter(|text| !is_page(text) && !is_mail(text));
        support.map(|text| format!("support: {text:?} is neither an https URL nor a mail address"))
    }

    /// How well it fits a host or URL that it names this narrowly.
    pub(super) fn fit(&self, nearness: u8, shaped: bool) -> Fit {
        let authority = match self.layer {
            Layer::Listed => 0,
            Layer::Own if nearness == HostPattern::EXACT => 2,
            Layer::Own | Layer::Builtin => 1,
        };
        Fit { authority, shaped, nearness, layer: self.layer }
    }

    /// The hosts that it names.
    pub(super) fn patterns(&self) -> &[HostPattern] {
        &self.hosts
    }

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
        let host = link.host_name()?;
        if !self.has_host(host) {
            return None;
        }
        match self.shape_of(link) {
            Some((_, found)) => Some((self.role, Some(found))),
            None => self.role_of_host(host).map(|role| (role, None)),
        }
    }

    /// The narrowest shape that the URL has. The file's order does not matter.
    pub(super) fn shape_of(&self, link: &Link) -> Option<(&Shape, Match)> {
        self.shapes
            .iter()
            .filter_map(|shape| Some((shape, shape.matches(link, self.onward)?)))
            .max_by_key(|(shape, _)| shape.narrowness())
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
fn is_page(text: &str) -> bool {
    Link::parse(text).is_ok_and(|link| link.is_https() && link.userinfo().is_none())
}

/// `name@h.example`, no more than that.
fn is_mail(text: &str) -> bool {
    let plain =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.+".contains(&b));
    text.split_once('@').is_some_and(|(name, host)| plain(name) && plain(host) && host.contains('.'))
}

fn is_below(host: &str, suffix: &str) -> bool {
    host.strip_suffix(suffix).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
}

impl HostPattern {
    /// The nearness of a pattern that is the very name.
    pub(super) const EXACT: u8 = 2;

    pub(super) fn parse(text: &str) -> Option<Self> {
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

    /// The name that a host has, or is below; `None` for patterns of another kind.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Exact(name) | Self::Below(name) => Some(name),
            Self::FirstLabel(_) => None,
        }
    }

    fn nearness(&self) -> u8 {
        match self {
            Self::Exact(_) => Self::EXACT,
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
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "{text:?} is no pattern of hosts; expected h.example, *.h.example or pp{{digits}}.*, in lower case"
            ))
        })
    }
}
