//! The shapes of prefix URLs: where in a URL the onward URL begins, and which scheme it gets.

use serde::Deserialize;

use crate::link::route::{self, Written};
use crate::link::{Link, Scheme};

/// Which scheme a prefix gives the onward URL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Onward {
    /// The one written before the target, else https.
    #[default]
    WrittenOrHttps,
    /// The one written before the target, else that of the request.
    WrittenOrSame,
    /// https, whatever is written.
    AlwaysHttps,
    /// The one written; without one it is no target.
    Required,
}

/// A path shape, read from the catalogue: literal segments and, in braces, `{any}` (one segment),
/// `{digits}`, `{hex}` (one segment of those), `{scheme}` (`http` or `https`, which then counts),
/// `{options}` (a segment that begins so: `e,{options}`), `{ext}` (a file's ending), and last
/// `{target}`, `{base64}` or `{opaque}` (the rest says nothing).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// As written.
    text: String,
    segments: Vec<Segment>,
    end: End,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    /// Literal text, then at least one more character.
    Begins(String),
    Any,
    /// Literal text, then decimal digits.
    Digits,
    /// Literal text, then hexadecimal digits.
    Hex(String),
    Scheme,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The target follows in the path; the query is its own.
    Target,
    /// The target is the query.
    Query,
    /// The last segment is base64url up to its first dot.
    Base64,
    /// The target is not in the URL.
    Opaque,
}

/// A URL that matched a shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Match {
    /// What the prefix leads to; `None` where the URL does not say it.
    pub(super) next: Option<Link>,
    /// The URL up to where the target begins.
    head: String,
    /// A scheme stood before the target.
    scheme_written: bool,
    /// A scheme before the target is understood.
    scheme_heard: bool,
    end: End,
    /// What follows a base64 target (`.mp3`).
    tail: String,
}

impl Shape {
    /// Reads a shape; `None` where it is none.
    pub(super) fn parse(whole: &str) -> Option<Self> {
        let text = whole;
        let (text, end) = if let Some(head) = text.strip_suffix("?{target}") {
            (head, End::Query)
        } else if let Some(head) = text.strip_suffix("/{target}") {
            (head, End::Target)
        } else if let Some(head) = text.strip_suffix("/{base64}") {
            (head, End::Base64)
        } else {
            (text.strip_suffix("/{opaque}")?, End::Opaque)
        };
        let segments = match text.strip_prefix('/') {
            Some(rest) => rest.split('/').map(Segment::parse).collect::<Option<_>>()?,
            None if text.is_empty() => Vec::new(),
            None => return None,
        };
        Some(Self { text: whole.to_owned(), segments, end })
    }

    /// The shape as written in the catalogue.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// How narrow the shape is: shapes with more literal text are tried first.
    pub(super) fn narrowness(&self) -> (usize, usize) {
        let literal = |segment: &&Segment| !matches!(segment, Segment::Any | Segment::Scheme);
        (self.segments.iter().filter(literal).count(), self.segments.len())
    }

    /// Whether `link` has this shape. A shape with a target in the path matches only where a
    /// target can be read.
    pub(super) fn matches(&self, link: &Link, onward: Onward) -> Option<Match> {
        let text = link.expose();
        let path = link.path();
        let path_at = text.len().checked_sub(link.request_target().len())?;
        let mut at = 0_usize; // of the rest within the path, before its slash
        let mut named = None;
        for segment in &self.segments {
            let rest = path.get(at..)?.strip_prefix('/')?;
            let found = rest.split('/').next()?;
            if !segment.matches(found) {
                return None;
            }
            if *segment == Segment::Scheme {
                named = scheme(found);
            }
            at = at.checked_add(found.len())?.checked_add(1)?;
        }
        let rest = path.get(at..)?;
        let upto = |end: usize| text.get(..end).map(str::to_owned);
        let here = |head: String| Match {
            next: None,
            head,
            scheme_written: false,
            scheme_heard: onward != Onward::AlwaysHttps,
            end: self.end,
            tail: String::new(),
        };
        match self.end {
            End::Opaque => Some(here(upto(path_at.checked_add(at)?)?)),
            End::Target => {
                rest.strip_prefix('/')?;
                let start = path_at.checked_add(at)?.checked_add(1)?;
                let written = Written::read(text.get(start..)?)?;
                let next = onward.apply(&written, named, link)?;
                let scheme_written = written.scheme.is_some();
                Some(Match { next: Some(next), scheme_written, ..here(upto(start)?) })
            }
            End::Query => {
                let query = link.query().filter(|_| rest.is_empty())?;
                let written = Written::read(query)?;
                let next = written.with_scheme(written.scheme?)?;
                let start = text.len().checked_sub(query.len())?;
                Some(Match { next: Some(next), scheme_written: true, ..here(upto(start)?) })
            }
            End::Base64 => {
                let segment = rest.strip_prefix('/').filter(|segment| !segment.contains('/'))?;
                let (coded, ending) = segment.split_at_checked(segment.find('.').unwrap_or(segment.len()))?;
                let next = Some(route::from_base64(coded)?);
                let start = path_at.checked_add(at)?.checked_add(1)?;
                Some(Match { next, tail: ending.to_owned(), ..here(upto(start)?) })
            }
        }
    }
}

impl Segment {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "{any}" => Self::Any,
            "{digits}" => Self::Digits,
            "{scheme}" => Self::Scheme,
            _ => match text.split_once('{') {
                Some((head, "hex}")) => Self::Hex(head.to_owned()),
                Some((head, "ext}" | "options}")) if !head.is_empty() => Self::Begins(head.to_owned()),
                Some(_) => return None,
                None if text.is_empty() => return None,
                None => Self::Literal(text.to_owned()),
            },
        })
    }

    fn matches(&self, found: &str) -> bool {
        let filled = |text: &str, each: fn(u8) -> bool| !text.is_empty() && text.bytes().all(each);
        match self {
            Self::Literal(text) => found == text,
            Self::Begins(head) => found.strip_prefix(head.as_str()).is_some_and(|rest| !rest.is_empty()),
            Self::Any => !found.is_empty(),
            Self::Digits => filled(found, |b| b.is_ascii_digit()),
            Self::Hex(head) => {
                found.strip_prefix(head.as_str()).is_some_and(|rest| filled(rest, |b| b.is_ascii_hexdigit()))
            }
            Self::Scheme => scheme(found).is_some(),
        }
    }
}

/// A scheme that is a path segment of its own.
fn scheme(segment: &str) -> Option<Scheme> {
    [Scheme::Http, Scheme::Https].into_iter().find(|scheme| scheme.as_str() == segment)
}

impl Onward {
    fn apply(self, written: &Written, named: Option<Scheme>, request: &Link) -> Option<Link> {
        let scheme = match (self, named) {
            (Self::AlwaysHttps, _) => Scheme::Https,
            (_, Some(named)) => named,
            (Self::WrittenOrHttps, None) => written.scheme.unwrap_or(Scheme::Https),
            (Self::WrittenOrSame, None) => written.scheme.unwrap_or(request.origin().scheme),
            (Self::Required, None) => written.scheme?,
        };
        written.with_scheme(scheme)
    }
}

impl Match {
    /// The same prefix around another target. Written with a scheme where one was written or
    /// where another than before has to be said.
    pub(super) fn around(&self, target: &Link) -> Option<Link> {
        let head = &self.head;
        let whole = target.expose();
        let text = match self.end {
            End::Opaque => return None,
            End::Base64 => format!("{head}{}{}", route::to_base64(target), self.tail),
            End::Query => format!("{head}{whole}"),
            End::Target => {
                let same = self.next.as_ref().is_some_and(|next| next.is_https() == target.is_https());
                let bare = whole.split_once("://").map_or(whole, |(_, bare)| bare);
                // A host that cannot be read without a scheme needs one too.
                let readable = Written::read(bare).is_some_and(|written| written.scheme.is_none());
                let needed = !same && self.scheme_heard;
                if self.scheme_written || needed || !readable {
                    format!("{head}{whole}")
                } else {
                    format!("{head}{bare}")
                }
            }
        };
        Link::parse(&text).ok()
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!(
                "{text:?} is no shape of a prefix URL; expected a path such as /track/{{any}}/{{target}}, see docs/catalogue.md"
            )))
    }
}
