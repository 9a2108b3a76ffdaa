//! Reading a catalogue file: the project's own form, or one of the lists that OPAWG publishes
//! (github.com/opawg/podcast-prefixes, github.com/opawg/podcast-hosts), told apart by their shape.
//! Bytes in, entries out; files are opened elsewhere.

use serde::Deserialize;
use serde_json::Value;

use super::entry::{Entry, HostPattern, Layer};
use super::{File, Role};

/// The largest catalogue file, in bytes. OPAWG's larger list has 100 KB.
pub const MAX_BYTES: usize = 8 << 20;

/// Entries of one file.
const MAX_ENTRIES: usize = 20_000;

/// Patterns that are remembered as passed over.
const MAX_PASSED_OVER: usize = 100;

/// What a file must be, in errors.
const FORMS: &str = "expected {\"parties\": [...]} as in docs/catalogue.md, or OPAWG's prefixes.json or hosts.json";

/// Why a catalogue file cannot be used. Lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// Larger than [`MAX_BYTES`].
    #[error("the file is larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// More entries than are read.
    #[error("the file has more than {MAX_ENTRIES} entries")]
    TooMany,
    /// No JSON.
    #[error("line {line}, column {column}: {what}; {FORMS}")]
    NotJson {
        /// Where.
        line: usize,
        /// Where.
        column: usize,
        /// What is wrong there.
        what: String,
    },
    /// JSON of another shape.
    #[error("it is JSON, but no catalogue; {FORMS}")]
    NoCatalogue,
    /// An entry that cannot be used.
    #[error("{}entry {number}{}: {what}", .line.map_or(String::new(), |line| format!("line {line}, ")), named(.name))]
    Entry {
        /// Where, as far as it is known.
        line: Option<usize>,
        /// Which, from 1.
        number: usize,
        /// Its id or name; empty where it has none.
        name: String,
        /// What is wrong, and what was expected.
        what: String,
    },
}

fn named(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!(" ({name:?})") }
}

/// What a file held.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) entries: Vec<Entry>,
    /// Patterns of a published list that name no host.
    pub(super) passed_over: Vec<String>,
}

/// An entry of OPAWG's podcast-prefixes; what else it says is of no use here.
#[derive(Debug, Deserialize)]
struct ListedPrefix {
    prefixpattern: String,
    prefixname: String,
}

/// An entry of OPAWG's podcast-hosts.
#[derive(Debug, Deserialize)]
struct ListedHost {
    pattern: String,
    hostname: String,
}

/// Reads a file of any of the forms.
pub(super) fn read(bytes: &[u8]) -> Result<Held, CatalogueError> {
    if bytes.len() > MAX_BYTES {
        return Err(CatalogueError::TooLarge);
    }
    // A byte order mark is no part of JSON, and editors write it all the same.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let whole: Value = serde_json::from_slice(bytes).map_err(|why| CatalogueError::NotJson {
        line: why.line(),
        column: why.column(),
        what: bare(&why),
    })?;
    match &whole {
        Value::Object(map) => match map.get("parties") {
            Some(Value::Array(parties)) => own(bytes, parties),
            _ => Err(CatalogueError::NoCatalogue),
        },
        Value::Array(list) => {
            let has = |keys: [&str; 2]| {
                !list.is_empty() && list.iter().any(|one| keys.iter().all(|key| one.get(key).is_some()))
            };
            if has(["prefixpattern", "prefixname"]) {
                listed(list, "prefixname", Role::Prefix, |one: ListedPrefix| (one.prefixpattern, one.prefixname))
            } else if has(["pattern", "hostname"]) {
                listed(list, "hostname", Role::Hosting, |one: ListedHost| (one.pattern, one.hostname))
            } else {
                Err(CatalogueError::NoCatalogue)
            }
        }
        _ => Err(CatalogueError::NoCatalogue),
    }
}

/// What serde_json says, without where: that is said apart.
fn bare(why: &serde_json::Error) -> String {
    let text = why.to_string();
    let place = format!(" at line {} column {}", why.line(), why.column());
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}

/// The user's own file.
fn own(bytes: &[u8], parties: &[Value]) -> Result<Held, CatalogueError> {
    if parties.len() > MAX_ENTRIES {
        return Err(CatalogueError::TooMany);
    }
    let name_of = |one: &Value| one.get("id").and_then(Value::as_str).map(short).unwrap_or_default();
    let mut entries: Vec<Entry> = match serde_json::from_slice::<File>(bytes) {
        Ok(file) => file.parties,
        Err(why) => {
            let wrong = |one: &&Value| Entry::deserialize(*one).is_err();
            let Some(number) = parties.iter().position(|one| wrong(&one)) else {
                // The entries are sound: it is a key beside them.
                return Err(CatalogueError::NotJson { line: why.line(), column: why.column(), what: bare(&why) });
            };
            let name = parties.get(number).map(name_of).unwrap_or_default();
            let line = Some(why.line());
            return Err(CatalogueError::Entry { line, number: number.saturating_add(1), name, what: bare(&why) });
        }
    };
    let mut ids = std::collections::HashSet::new();
    for (number, entry) in (1..).zip(&mut entries) {
        entry.layer = Layer::Own;
        let twice = (!ids.insert(entry.id.clone())).then(|| "its id stands in the file twice".to_owned());
        if let Some(what) = entry.fault().or(twice) {
            return Err(CatalogueError::Entry { line: None, number, name: short(&entry.id), what });
        }
    }
    Ok(Held { entries, passed_over: Vec::new() })
}

/// A published list. Each entry names a text to look for in an audio URL; taken is what names a
/// host, with everything below it. A path behind the host says where its files lie, not that the
/// rest is someone else's, and where the onward URL stands the lists do not say.
fn listed<T: for<'de> Deserialize<'de>>(
    list: &[Value],
    name_key: &str,
    role: Role,
    take: fn(T) -> (String, String),
) -> Result<Held, CatalogueError> {
    if list.len() > MAX_ENTRIES {
        return Err(CatalogueError::TooMany);
    }
    let mut held = Held { entries: Vec::new(), passed_over: Vec::new() };
    for (number, one) in (1_usize..).zip(list) {
        let (pattern, name) = T::deserialize(one).map(take).map_err(|why| CatalogueError::Entry {
            line: None,
            number,
            name: one.get(name_key).and_then(Value::as_str).map(short).unwrap_or_default(),
            what: format!("{why}, as a text"),
        })?;
        match hosts(&pattern) {
            Some(hosts) if !name.trim().is_empty() => {
                held.entries.push(Entry::listed(format!("listed-{number}"), name, role, hosts));
            }
            _ if held.passed_over.len() < MAX_PASSED_OVER => held.passed_over.push(short(&pattern)),
            _ => {}
        }
    }
    Ok(held)
}

/// The hosts that a listed pattern names: `.h.example` what is below, `h.example` and
/// `h.example/path` the host too. `None` where it is no name under a known public suffix.
fn hosts(pattern: &str) -> Option<Vec<HostPattern>> {
    let pattern = pattern.trim().to_ascii_lowercase();
    let host = pattern.split('/').next()?;
    let (name, below_alone) = host.strip_prefix('.').map_or((host, false), |name| (name, true));
    let name = name.strip_suffix('.').unwrap_or(name);
    // A registry's suffix is nobody's; one that a company hands out (s3.amazonaws.com) is its own.
    let suffix = psl::suffix(name.as_bytes()).filter(psl::Suffix::is_known)?;
    if suffix == name.as_bytes() && suffix.typ() != Some(psl::Type::Private) {
        return None;
    }
    let exact = HostPattern::parse(name)?;
    let below = HostPattern::parse(&format!("*.{name}"))?;
    Some(if below_alone { vec![below] } else { vec![exact, below] })
}

/// The start of a text from the file, for an error.
fn short(text: &str) -> String {
    text.chars().take(80).collect()
}
