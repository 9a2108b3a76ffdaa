//! The file that `podprobe init` writes: what was asked for, and every key of the registry,
//! commented out with its default.

use std::fmt::Write as _;

use super::registry::{Key, TABLES, TOP, Table};

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// URLs and paths of feeds and lists; an example stands where there is none.
    pub sources: Vec<String>,
    /// Whom to tell.
    pub channels: Vec<NewChannel>,
    /// The time zone.
    pub time_zone: Option<String>,
}

/// A channel to be written.
#[derive(Clone, PartialEq, Eq)]
pub struct NewChannel {
    /// Its name; made unique.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Its options.
    pub options: serde_json::Map<String, serde_json::Value>,
}

impl std::fmt::Debug for NewChannel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keys: Vec<&String> = self.options.keys().collect();
        f.debug_struct("NewChannel")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("options", &keys)
            .finish()
    }
}

const WIDTH: usize = 100;

/// The text of a new `podprobe.toml`. What it holds is valid where the answers are.
pub fn starter(answers: &Answers) -> String {
    let mut text = String::from(
        "# podprobe.toml: what `podprobe watch` looks at, and whom it tells.\n\
         # `podprobe config check` reads it and says what is wrong; docs/configuration.md explains it.\n\
         # A line such as `# episodes = 10` holds a key's default, or an example; take the `# ` away to set it.\n\
         # `podprobe config schema` prints a JSON Schema with which editors complete and check this file.\n\n",
    );
    for key in TOP.keys {
        let zone = answers.time_zone.as_ref().filter(|_| key.name == "time_zone");
        entry(&mut text, key, zone.map(|zone| quote(zone)));
    }
    for table in TABLES {
        text.push('\n');
        comment(&mut text, table.help);
        match table.name {
            "source" => sources(&mut text, table, &answers.sources),
            "channel" => channels(&mut text, table, &answers.channels),
            _ => {
                let _ = writeln!(text, "# {}", table.header());
                keys(&mut text, table, &[]);
            }
        }
    }
    text
}

fn sources(text: &mut String, table: &Table, sources: &[String]) {
    let example = ["https://example.com/feed.xml".to_owned()];
    let sources = if sources.is_empty() { &example } else { sources };
    let mut seen = std::collections::BTreeSet::new();
    let mut first = true;
    for source in sources.iter().filter(|source| seen.insert(source.as_str())) {
        let key = if source.contains("://") { "url" } else { "file" };
        let _ = writeln!(text, "{}[[source]]\n{key} = {}", if first { "" } else { "\n" }, quote(source));
        if first {
            keys(text, table, &[key]);
        }
        first = false;
    }
}

fn channels(text: &mut String, table: &Table, channels: &[NewChannel]) {
    if channels.is_empty() {
        text.push_str("# [[channel]]\n");
        keys(text, table, &[]);
        text.push_str("# webhook = { env = \"SLACK_WEBHOOK\" }\n");
        return;
    }
    let mut names = std::collections::BTreeSet::new();
    for (index, channel) in channels.iter().enumerate() {
        let mut name = channel.name.clone();
        let mut number = 2;
        while !names.insert(name.clone()) {
            name = format!("{}-{number}", channel.name);
            number += 1;
        }
        if index > 0 {
            text.push('\n');
        }
        let _ = writeln!(text, "[[channel]]\nname = {}\nkind = {}", quote(&name), quote(&channel.kind));
        for (key, value) in &channel.options {
            let _ = writeln!(text, "{} = {}", quote_key(key), toml_value(value));
        }
        if index == 0 {
            keys(text, table, &["name", "kind"]);
        }
    }
}

/// Every key but these, commented out.
fn keys(text: &mut String, table: &Table, but: &[&str]) {
    for key in table.keys.iter().filter(|key| !but.contains(&key.name)) {
        entry(text, key, None);
    }
}

/// A key: its help, and its value if there is one; else its default or example in a comment.
fn entry(text: &mut String, key: &Key, value: Option<String>) {
    comment(text, key.help);
    let _ = match value {
        Some(value) => writeln!(text, "{} = {value}", key.name),
        None => writeln!(text, "# {} = {}", key.name, key.shown()),
    };
}

/// A comment of whole sentences, wrapped. `##` tells it from a key that is commented out.
fn comment(text: &mut String, words: &str) {
    let mut column = WIDTH;
    for word in words.split_whitespace() {
        let width = word.chars().count() + 1;
        if column + width > WIDTH {
            text.push_str(if text.ends_with('\n') { "##" } else { "\n##" });
            column = 2;
        }
        let _ = write!(text, " {word}");
        column += width;
    }
    text.push('\n');
}

/// A TOML string.
fn quote(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn quote_key(key: &str) -> String {
    let is_bare = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if is_bare { key.to_owned() } else { quote(key) }
}

/// A value of JSON as TOML on one line.
fn toml_value(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => quote(text),
        serde_json::Value::Array(items) => {
            format!("[{}]", items.iter().map(toml_value).collect::<Vec<_>>().join(", "))
        }
        serde_json::Value::Object(items) => {
            let items: Vec<String> =
                items.iter().map(|(key, value)| format!("{} = {}", quote_key(key), toml_value(value))).collect();
            format!("{{ {} }}", items.join(", "))
        }
        // TOML writes numbers and truth as JSON does, and has no word for nothing.
        serde_json::Value::Null => "\"\"".to_owned(),
        other => other.to_string(),
    }
}
