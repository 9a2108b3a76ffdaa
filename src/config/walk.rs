//! The walk over the parsed file: names and shapes are held against the registry, every mistake
//! with its place.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistake::{At, Lines, Mistake, shown};
use super::registry::{self, Key, Shape, TABLES, TOP, Table};
use super::value::{self, Found, Section, Unfit, Value};
use super::{OptionValue, Outside, Place, near};

/// Mistakes that are kept; a hostile file has as many as it has bytes.
const MAX_MISTAKES: usize = 10_000;

/// Items of a list at most.
const MAX_LIST: usize = 1000;

/// What is learnt on the way.
pub(super) struct Reading<'a> {
    pub(super) lines: &'a Lines<'a>,
    pub(super) outside: &'a Outside<'a>,
    /// The folder that relative paths start from.
    pub(super) folder: &'a Path,
    /// Whether the file is no TOML: what seems to be missing may stand where the parser lost its way.
    pub(super) broken: bool,
    pub(super) mistakes: Vec<Mistake>,
    pub(super) remarks: Vec<Mistake>,
    /// Files that secrets came from.
    pub(super) secret_files: Vec<(PathBuf, At)>,
    /// Variables that secrets came from.
    pub(super) referred: BTreeSet<String>,
    /// Where each value stands: `network.resolve[0]`.
    pub(super) places: BTreeMap<String, At>,
}

/// The file, read.
pub(super) struct Document {
    pub(super) top: Section,
    one: BTreeMap<&'static str, Section>,
    many: BTreeMap<&'static str, Vec<Section>>,
}

impl Document {
    /// The table of which there is one at most.
    pub(super) fn one(&self, name: &str) -> Option<&Section> {
        self.one.get(name)
    }

    /// The tables of which there may be many.
    pub(super) fn many(&self, name: &str) -> &[Section] {
        self.many.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The head and every single table, to be changed by the environment.
    pub(super) fn singles(&mut self) -> impl Iterator<Item = &mut Section> {
        std::iter::once(&mut self.top).chain(self.one.values_mut())
    }
}

/// What a table says of a secret that is kept elsewhere.
enum Reference {
    /// It is an ordinary table.
    Not,
    /// It leads nowhere, which was told.
    Nowhere,
    /// The secret.
    To(String),
}

type Raw<'i> = Spanned<DeValue<'i>>;

impl<'a> Reading<'a> {
    /// Nothing is learnt yet.
    pub(super) fn new(lines: &'a Lines<'a>, outside: &'a Outside<'a>, folder: &'a Path) -> Self {
        Self {
            lines,
            outside,
            folder,
            broken: false,
            mistakes: Vec::new(),
            remarks: Vec::new(),
            secret_files: Vec::new(),
            referred: BTreeSet::new(),
            places: BTreeMap::new(),
        }
    }

    pub(super) fn wrong(&mut self, at: At, what: impl Into<String>) {
        self.mistake(Mistake::new(at, what));
    }

    pub(super) fn mistake(&mut self, mistake: Mistake) {
        if self.mistakes.len() < MAX_MISTAKES {
            self.mistakes.push(mistake);
        }
    }

    fn place<T>(&self, spanned: &Spanned<T>) -> Place {
        self.lines.place(spanned.span().start)
    }

    fn at<T>(&self, spanned: &Spanned<T>) -> At {
        At::Place(self.place(spanned))
    }

    /// Walks the whole file.
    pub(super) fn document(&mut self, root: &DeTable<'_>) -> Document {
        let mut many: BTreeMap<&'static str, Vec<Section>> = BTreeMap::new();
        let mut one = BTreeMap::new();
        for (name, raw) in by_place(root) {
            let Some(table) = registry::table(name.get_ref()) else { continue };
            let sections = self.tables(table, self.at(name), raw);
            if table.many {
                many.insert(table.name, sections);
            } else if let Some(section) = sections.into_iter().next() {
                one.insert(table.name, section);
            }
        }
        for table in TABLES.iter().filter(|table| !table.many) {
            if !one.contains_key(table.name) {
                let section = self.defaults(table, At::File);
                one.insert(table.name, section);
            }
        }
        let top = self.section(&TOP, "", At::File, root);
        Document { top, one, many }
    }

    /// The tables of one name.
    fn tables(&mut self, table: &'static Table, at: At, raw: &Raw<'_>) -> Vec<Section> {
        let items: Vec<(&DeTable<'_>, At)> = match raw.get_ref() {
            DeValue::Table(item) => vec![(item, self.at(raw))],
            DeValue::Array(items) => {
                items.iter().filter_map(|item| item.get_ref().as_table().map(|table| (table, self.at(item)))).collect()
            }
            _ => Vec::new(),
        };
        let is_array = raw.get_ref().is_array();
        let whole = raw.get_ref().as_array().is_none_or(|array| array.len() == items.len());
        if !whole || (items.is_empty() && !is_array) {
            self.wrong(at.clone(), format!("`{}` has to be a table: {}", table.name, table.header()));
        } else if is_array != table.many {
            let number = if table.many { "there may be many" } else { "there is one at most" };
            self.wrong(at, format!("write {}: {number}", table.header()));
        }
        let mut sections = Vec::new();
        for (index, (item, at)) in items.into_iter().enumerate() {
            let path = if table.many { format!("{}[{index}].", table.name) } else { format!("{}.", table.name) };
            let section = self.section(table, &path, at, item);
            if table.many {
                self.missing(&section);
            }
            sections.push(section);
        }
        sections
    }

    /// A table against the registry.
    fn section(&mut self, table: &'static Table, path: &str, at: At, items: &DeTable<'_>) -> Section {
        let mut section = Section::new(table, at, true);
        for (name, raw) in by_place(items) {
            let is_top = table.name.is_empty();
            if is_top && registry::table(name.get_ref()).is_some() {
                continue;
            }
            match table.key(name.get_ref()) {
                Some(key) => {
                    let path = format!("{path}{}", key.name);
                    let value = self.value(&format!("`{}`", key.name), &key.shape, raw, &path);
                    if let Some(value) = value {
                        section.found.insert(key.name, Found { value, at: Some(self.at(raw)) });
                    } else {
                        section.failed.insert(key.name);
                    }
                }
                None if table.open => {
                    let option = self.option(name.get_ref(), raw);
                    section.options.push(option);
                }
                None => self.unknown(table, name),
            }
        }
        self.fill(&mut section);
        section
    }

    /// Complains of keys without which a table that is given does not work.
    pub(super) fn missing(&mut self, section: &Section) {
        let needed = section.given && !self.broken;
        for key in section.table.keys.iter().filter(|key| key.required && needed) {
            if !section.found.contains_key(key.name) && !section.failed.contains(key.name) {
                let (name, whose, example) = (key.name, title(section.table), key.shown());
                let what = format!("`{name}` of {whose} is missing: {} (for example {example})", plain(key.help));
                self.wrong(section.at.clone(), what);
            }
        }
    }

    /// A table that is not given.
    fn defaults(&mut self, table: &'static Table, at: At) -> Section {
        let mut section = Section::new(table, at, false);
        self.fill(&mut section);
        section
    }

    fn fill(&self, section: &mut Section) {
        for key in section.table.keys {
            if !section.found.contains_key(key.name)
                && let Some(value) = self.default(key)
            {
                section.found.insert(key.name, Found { value, at: None });
            }
        }
    }

    /// What the registry says of a key that is not given.
    fn default(&self, key: &'static Key) -> Option<Value> {
        let raw = DeValue::parse(key.default?).ok()?;
        let nothing = Outside::none();
        let lines = Lines::new("");
        let mut apart = Reading::new(&lines, &nothing, self.folder);
        apart.value("", &key.shape, &raw, "")
    }

    fn unknown(&mut self, table: &Table, name: &Spanned<toml::de::DeString<'_>>) {
        let typed: &str = name.get_ref();
        let at = self.at(name);
        let shown = shown(typed);
        if table.name.is_empty() {
            let names = TOP.keys.iter().map(|key| key.name).chain(TABLES.iter().map(|table| table.name));
            let near = near::nearest(typed, names).map(str::to_owned);
            return self.mistake(Mistake { at, what: format!("there is no key or table {shown}"), near });
        }
        let own = near::nearest(typed, table.keys.iter().map(|key| key.name)).map(str::to_owned);
        let what = format!("{} has no key {shown}", title(table));
        if own.is_none() {
            if TOP.key(typed).is_some() {
                return self.wrong(at, format!("{what}; it belongs at the head of the file, before the first table"));
            }
            if let Some(other) = TABLES.iter().find(|table| table.key(typed).is_some()) {
                return self.wrong(at, format!("{what}; {} has", other.header()));
            }
        }
        self.mistake(Mistake { at, what, near: own });
    }

    /// A value against its shape; `None` when that is a mistake, which is told.
    fn value(&mut self, whose: &str, shape: &'static Shape, raw: &Raw<'_>, path: &str) -> Option<Value> {
        let at = self.at(raw);
        if !path.is_empty() {
            self.places.insert(path.to_owned(), at.clone());
        }
        match (shape, raw.get_ref()) {
            (Shape::List(item), DeValue::Array(items)) => {
                if items.len() > MAX_LIST {
                    self.wrong(at, format!("{whose} has {} items; at most {MAX_LIST} are taken", items.len()));
                    return None;
                }
                let whose = format!("an item of {whose}");
                let found = items.iter().enumerate().filter_map(|(index, raw)| {
                    let value = self.value(&whose, item, raw, &format!("{path}[{index}]"))?;
                    Some(Found { value, at: Some(self.at(raw)) })
                });
                let found: Vec<Found> = found.collect();
                (found.len() == items.len()).then_some(Value::List(found))
            }
            (Shape::Named(item), DeValue::Table(items)) => {
                let mut found = Vec::new();
                for (name, raw) in by_place(items) {
                    let whose = format!("{whose}, {}", shown(name.get_ref()));
                    let value = self.value(&whose, item, raw, &format!("{path}.{}", name.get_ref()))?;
                    found.push((name.get_ref().to_string(), Found { value, at: Some(self.at(raw)) }));
                }
                Some(Value::Named(found))
            }
            (Shape::Inline(table) | Shape::Short(table), DeValue::Table(items)) => {
                let before = self.mistakes.len();
                let section = self.section(table, &format!("{path}."), at, items);
                self.missing(&section);
                (self.mistakes.len() == before).then(|| Value::Section(Box::new(section)))
            }
            (Shape::Short(table), _) => {
                let first = table.keys.first()?;
                let value = self.value(whose, &first.shape, raw, path)?;
                let mut section = Section { given: true, ..self.defaults(table, at.clone()) };
                section.found.insert(first.name, Found { value, at: Some(at) });
                Some(Value::Section(Box::new(section)))
            }
            (Shape::Secret, DeValue::Table(items)) => {
                match self.reference(whose, items, at.clone()) {
                    Reference::To(text) => return Some(Value::Secret(super::Secret::new(text))),
                    Reference::Nowhere => {}
                    Reference::Not => self.wrong(at, format!("{whose} has to be {}", shape.what())),
                }
                None
            }
            (Shape::Flag, DeValue::Boolean(flag)) => Some(Value::Flag(*flag)),
            (Shape::Whole(..), DeValue::Integer(number)) => {
                // Other radices are rare and say the same number.
                let decimal = u64::from_str_radix(number.as_str(), number.radix()).map(|number| number.to_string());
                self.fitting(whose, shape, decimal.as_deref().unwrap_or(number.as_str()), at)
            }
            (Shape::Time, DeValue::Datetime(time)) => self.fitting(whose, shape, &time.to_string(), at),
            (Shape::Time, DeValue::String(text)) => self.fitting(whose, shape, text, at),
            (_, DeValue::String(text)) if shape.is_text() => self.fitting(whose, shape, text, at),
            (_, other) => {
                self.wrong(at, format!("{whose} has to be {}, not {}", shape.what(), kind(other)));
                None
            }
        }
    }

    fn fitting(&mut self, whose: &str, shape: &Shape, text: &str, at: At) -> Option<Value> {
        match value::parse(shape, text, self.folder) {
            Ok(value) => Some(value),
            Err(Unfit { what, near }) => {
                self.mistake(Mistake { at, what: format!("{whose} {what}"), near });
                None
            }
        }
    }

    /// A key that only the channel's kind knows. One that cannot be read, which was told, is null: it is
    /// there, and TOML has no null of its own.
    fn option(&mut self, name: &str, raw: &Raw<'_>) -> OptionValue {
        let value = self.json(&format!("`{}`", name.chars().take(64).collect::<String>()), raw);
        OptionValue { key: name.to_owned(), value: value.unwrap_or_default(), place: self.place(raw) }
    }

    /// A value as JSON, secrets fetched wherever they are referred to.
    fn json(&mut self, whose: &str, raw: &Raw<'_>) -> Option<serde_json::Value> {
        let at = self.at(raw);
        match raw.get_ref() {
            DeValue::String(text) => Some(text.as_ref().into()),
            DeValue::Boolean(flag) => Some((*flag).into()),
            DeValue::Datetime(time) => Some(time.to_string().into()),
            DeValue::Integer(number) => {
                let number = i64::from_str_radix(number.as_str(), number.radix());
                if number.is_err() {
                    self.wrong(at, format!("{whose} is too large a number"));
                }
                number.ok().map(Into::into)
            }
            DeValue::Float(number) => {
                let number = number.as_str().parse().ok().and_then(serde_json::Number::from_f64);
                if number.is_none() {
                    self.wrong(at, format!("{whose} is no number that can be used"));
                }
                number.map(Into::into)
            }
            DeValue::Array(items) => items.iter().map(|item| self.json(whose, item)).collect(),
            DeValue::Table(items) => match self.reference(whose, items, at) {
                Reference::To(text) => Some(text.into()),
                Reference::Nowhere => None,
                Reference::Not => by_place(items)
                    .into_iter()
                    .map(|(name, item)| Some((name.get_ref().to_string(), self.json(whose, item)?)))
                    .collect::<Option<serde_json::Map<_, _>>>()
                    .map(Into::into),
            },
        }
    }

    /// What `{ env = "NAME" }` or `{ file = "PATH" }` refers to.
    fn reference(&mut self, whose: &str, items: &DeTable<'_>, at: At) -> Reference {
        let mut entries = items.iter();
        let (Some((name, raw)), None) = (entries.next(), entries.next()) else { return Reference::Not };
        let Some(target) = raw.get_ref().as_str() else { return Reference::Not };
        let fetched = match name.get_ref().as_ref() {
            "env" => self.variable(target),
            "file" => self.secret_file(target, &at),
            _ => return Reference::Not,
        };
        let fetched = fetched.and_then(|text| match text.trim_end_matches(['\n', '\r']) {
            "" => Err("is empty".to_owned()),
            text if text.len() > 64 << 10 => Err("is larger than 64 KiB".to_owned()),
            text => Ok(text.to_owned()),
        });
        match fetched {
            Ok(text) => Reference::To(text),
            Err(why) => {
                let what = match name.get_ref().as_ref() {
                    "env" if is_variable(target) => format!("the variable {target}"),
                    "env" => "the variable that it names".to_owned(),
                    _ => format!("the file {}", shown(target)),
                };
                self.wrong(at, format!("{whose}: {what} {why}"));
                Reference::Nowhere
            }
        }
    }

    fn variable(&mut self, name: &str) -> Result<String, String> {
        self.referred.insert(name.to_owned());
        (self.outside.env)(name).ok_or_else(|| "is not set".to_owned())
    }

    fn secret_file(&mut self, path: &str, at: &At) -> Result<String, String> {
        let path = self.folder.join(path);
        let text = (self.outside.read)(&path).map_err(|why| format!("cannot be read: {why}"))?;
        self.secret_files.push((path, at.clone()));
        Ok(text)
    }
}

/// Entries in the order of the file; the parser's are in the order of their names.
fn by_place<'t, 'i>(table: &'t DeTable<'i>) -> Vec<(&'t Spanned<toml::de::DeString<'i>>, &'t Raw<'i>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries
}

/// Whether a text is written as the names of variables are. What is not may be the secret itself,
/// put in the wrong place.
fn is_variable(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// A table in a sentence: as it stands in the file, or the name of one within another.
fn title(table: &Table) -> String {
    if registry::table(table.name).is_some() { table.header() } else { format!("`{}`", table.name) }
}

/// A help text within a sentence: its first one, without the full stop.
fn plain(help: &str) -> String {
    let first = help.split(". ").next().unwrap_or(help).trim_end_matches('.');
    let mut letters = first.chars();
    letters.next().map(|letter| letter.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
