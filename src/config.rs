//! `config` loads: `podprobe.toml` and the environment become [`Settings`], every mistake reported
//! at once with its line and column. It acts on none of them; what a channel's options mean is
//! `notify`'s.
//!
//! One slice, [`TABLES`] (and [`TOP`] for the head of the file), lists every table and key. The walk
//! over the file holds names and values against it, and hints, the environment's variables, the
//! file that `podprobe init` writes, the JSON Schema and docs/configuration.md follow from it.
//!
//! - A mistake says where, what is wrong, what would be right, and what was probably meant. A
//!   wrong value does not hide the next: the walk goes on with the default.
//! - `PODPROBE_SECTION_KEY` in the environment stands in for a key of one value.
//! - A secret may be kept elsewhere: `{ env = "NAME" }`, `{ file = "PATH" }`. It is fetched here,
//!   and from then on shown nowhere.
//! - Relative paths start from the folder of the file; those of the environment from the working
//!   directory.

mod build;
mod env;
mod incidents;
mod mistake;
mod near;
mod registry;
mod schema;
mod secret;
mod settings;
mod starter;
#[cfg(test)]
mod tests;
mod value;
mod walk;
mod written;
pub mod zone;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use mistake::Lines;
use walk::Reading;

pub use env::{PREFIX, variable};
pub use mistake::{At, Mistake, Mistakes};
pub use near::nearest;
pub use registry::{Key, Shape, TABLES, TOP, Table};
pub use schema::schema;
pub use secret::Secret;
pub use settings::{
    ChannelSettings, DigestSettings, EndpointSettings, HeartbeatSettings, Level, LogFormat, LogSettings,
    NetworkSettings, OptionValue, Place, Settings, SourceSettings, StoreSettings, TrustSettings, WebSettings,
};
pub use starter::{Answers, NewChannel, starter};
pub use written::span;

/// The largest file that is read, in bytes.
pub const MAX_BYTES: usize = 4 << 20;

/// The default User-Agent. It says `bot`, which every list of the field filters.
const USER_AGENT: &str = concat!("podprobe/", env!("CARGO_PKG_VERSION"), " (bot; +", env!("CARGO_PKG_REPOSITORY"), ")");

/// Where each value stands, by its path: `network.resolve[0]`, `channel[1].kind`.
pub type Places = BTreeMap<String, At>;

/// What a configuration may refer to outside of its file.
#[derive(Clone, Copy)]
pub struct Outside<'a> {
    /// A variable of the environment.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// The names of all variables that begin with [`PREFIX`]: those that mean nothing are mistakes.
    pub names: &'a [String],
    /// A file with a secret.
    pub read: &'a dyn Fn(&Path) -> io::Result<String>,
    /// What other rooms have to say of it: they are given what could be understood, and where each
    /// value stands, by its path (`network.resolve[0]`).
    pub beyond: &'a dyn Fn(&Settings, &Places) -> Vec<Mistake>,
}

impl Outside<'_> {
    /// No variables and no files.
    fn none() -> Self {
        Outside {
            env: &|_| None,
            names: &[],
            read: &|_| Err(io::ErrorKind::NotFound.into()),
            beyond: &|_, _| Vec::new(),
        }
    }
}

impl std::fmt::Debug for Outside<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outside").field("names", &self.names).finish_non_exhaustive()
    }
}

/// A configuration without mistakes, and what else is to be said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// What it resolves to.
    pub settings: Settings,
    /// What works but surprises.
    pub remarks: Vec<Mistake>,
    /// Files that secrets came from, to see whether others may read them.
    pub secret_files: Vec<(PathBuf, At)>,
}

/// Reads a configuration: `text` of `file`, which is not opened, only named; `env` gives variables of
/// the environment, `read` gives files with secrets. Every mistake is told at once.
pub fn load(
    text: &str,
    file: &Path,
    env: &dyn Fn(&str) -> Option<String>,
    read: &dyn Fn(&Path) -> io::Result<String>,
) -> Result<Settings, Mistakes> {
    load_from(text, file, &Outside { env, read, ..Outside::none() }).map(|loaded| loaded.settings)
}

/// The same with everything else that is to be said of it: remarks, places, files of secrets.
/// Variables that mean nothing are mistakes too.
pub fn load_from(text: &str, file: &Path, outside: &Outside<'_>) -> Result<Loaded, Mistakes> {
    if text.len() > MAX_BYTES {
        let what = format!("is larger than {} MiB", MAX_BYTES >> 20);
        return Err(Mistakes::new(file, vec![Mistake::new(At::File, what)]));
    }
    let folder = file.parent().unwrap_or(Path::new(""));
    let lines = Lines::new(text);
    let mut reading = Reading::new(&lines, outside, folder);
    let (root, faults) = toml::de::DeTable::parse_recoverable(text);
    reading.broken = !faults.is_empty();
    let mut document = reading.document(root.get_ref());
    for section in document.singles() {
        env::apply(&mut reading, section);
        reading.missing(section);
    }
    let settings = build::settings(&mut reading, &document, file);
    if let Some(settings) = &settings
        && !reading.broken
    {
        build::whole(&mut reading, &document, settings);
        let further = (outside.beyond)(settings, &reading.places);
        reading.mistakes.extend(further);
    }
    env::unknown(&mut reading);
    if !faults.is_empty() {
        return Err(Mistakes::new(file, broken(&lines, &faults, reading.mistakes)));
    }
    let Reading { mistakes, mut remarks, secret_files, .. } = reading;
    match settings {
        Some(settings) if mistakes.is_empty() => {
            remarks.sort();
            Ok(Loaded { settings, remarks, secret_files })
        }
        _ => Err(Mistakes::new(file, mistakes)),
    }
}

/// The mistakes of a file that is no TOML as a whole. The parser goes on after the first fault and
/// stumbles over its consequences: one a line is told. What was understood is held against the
/// registry all the same, but not in lines that are broken, nor is anything said to be missing
/// (see [`Reading::broken`]).
fn broken(lines: &Lines<'_>, faults: &[toml::de::Error], others: Vec<Mistake>) -> Vec<Mistake> {
    let mut by_line: BTreeMap<usize, Mistake> = BTreeMap::new();
    for fault in faults {
        let place = lines.place(fault.span().map_or(0, |span| span.start));
        let mistake = Mistake::new(At::Place(place), format!("no TOML: {}", fault.message()));
        match by_line.get(&place.line) {
            Some(first) if first.at <= mistake.at => {}
            _ => drop(by_line.insert(place.line, mistake)),
        }
    }
    let others = others.into_iter().filter(|mistake| match &mistake.at {
        At::Place(place) => !by_line.contains_key(&place.line),
        At::Variable(_) => true,
        At::File => false,
    });
    let others: Vec<Mistake> = others.collect();
    by_line.into_values().chain(others).collect()
}
