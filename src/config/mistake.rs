//! What is wrong, and where.

use std::fmt;
use std::path::{Path, PathBuf};

use super::Place;
use crate::link;

/// Mistakes that are listed; the others are counted.
const LISTED: usize = 100;

/// Characters of a wrong value that are shown.
const SHOWN: usize = 80;

/// Where something stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    /// In the file as a whole.
    File,
    /// At a place of the file.
    Place(Place),
    /// In a variable of the environment.
    Variable(String),
}

/// One thing that is wrong, or (as a remark) works but surprises.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// Where.
    pub at: At,
    /// What is wrong and what would be right. Holds no secret.
    pub what: String,
    /// What was probably meant.
    pub near: Option<String>,
}

impl Mistake {
    /// A mistake without a suggestion.
    pub fn new(at: At, what: impl Into<String>) -> Self {
        Self { at, what: what.into(), near: None }
    }

    /// Its line in a list: `podprobe.toml:12:5: what is wrong; did you mean `x`?`.
    pub fn line(&self, file: &Path) -> String {
        let file = file.display();
        let at = match &self.at {
            At::File => format!("{file}"),
            At::Place(place) => format!("{file}:{}:{}", place.line, place.column),
            At::Variable(name) => format!("environment: {name}"),
        };
        let near = self.near.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        format!("{at}: {}{near}", self.what)
    }
}

/// Everything that is wrong with a configuration, by place; one at least. Prints one a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes {
    file: PathBuf,
    list: Vec<Mistake>,
    left_out: usize,
}

impl Mistakes {
    /// The mistakes of a file, in any order; sorted here, each once.
    pub fn new(file: impl Into<PathBuf>, mut list: Vec<Mistake>) -> Self {
        list.sort();
        list.dedup();
        let left_out = list.len().saturating_sub(LISTED);
        list.truncate(LISTED);
        Self { file: file.into(), list, left_out }
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Each of them, at most a hundred.
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.list.iter()
    }

    /// How many there are in all.
    pub fn count(&self) -> usize {
        self.list.len().saturating_add(self.left_out)
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.list.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            f.write_str(&mistake.line(&self.file))?;
        }
        if self.left_out > 0 {
            write!(f, "\n{}: and {} more", self.file.display(), self.left_out)?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}

/// A wrong value as it is shown: quoted, cut, secrets of URLs left out.
pub(super) fn shown(text: &str) -> String {
    let text = link::redact(text);
    let mut cut: String = text.chars().take(SHOWN).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    format!("{cut:?}")
}

/// From offsets in a text to places. Columns are counted in characters.
#[derive(Debug)]
pub(super) struct Lines<'t> {
    text: &'t str,
    /// Where each line begins.
    starts: Vec<usize>,
    /// Characters before every [`STEP`]th byte: a long line is not counted anew for each place.
    counted: Vec<usize>,
}

const STEP: usize = 1024;

impl<'t> Lines<'t> {
    /// Of this text.
    pub(super) fn new(text: &'t str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut counted = vec![0];
        let mut sum = 0;
        for chunk in text.as_bytes().chunks(STEP) {
            sum += begun(chunk);
            counted.push(sum);
        }
        Self { text, starts, counted }
    }

    /// The place of this byte; the end for one beyond it.
    pub(super) fn place(&self, offset: usize) -> Place {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or_default();
        Place { line, column: self.chars(offset).saturating_sub(self.chars(start)) + 1 }
    }

    /// Characters that begin before this byte.
    fn chars(&self, offset: usize) -> usize {
        let step = offset / STEP;
        let rest = self.text.as_bytes().get(step * STEP..offset).unwrap_or_default();
        self.counted.get(step).copied().unwrap_or_default() + begun(rest)
    }
}

/// Characters that begin among these bytes: UTF-8's continuations are `10xxxxxx`.
fn begun(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters() {
        let text = format!("a\nüb\n{}x\n", "é".repeat(3000));
        let lines = Lines::new(&text);
        let at = |offset| (lines.place(offset).line, lines.place(offset).column);
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(2), (2, 1));
        assert_eq!(at(text.find('b').unwrap()), (2, 2));
        assert_eq!(at(text.find('x').unwrap()), (3, 3001));
        assert_eq!(at(usize::MAX), (4, 1));
        assert_eq!(Lines::new("").place(7), Place { line: 1, column: 1 });
    }

    #[test]
    fn mistakes_are_sorted_and_bounded() {
        let at = |line| At::Place(Place { line, column: 1 });
        let mut list: Vec<Mistake> = (1..=120).rev().map(|line| Mistake::new(at(line), "is wrong")).collect();
        list.push(Mistake::new(at(3), "is wrong"));
        list.push(Mistake { near: Some("x".into()), ..Mistake::new(At::File, "all of it") });
        let mistakes = Mistakes::new("a.toml", list);
        let text = mistakes.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[..2], ["a.toml: all of it; did you mean `x`?", "a.toml:1:1: is wrong"]);
        assert_eq!(lines.last(), Some(&"a.toml: and 21 more"));
        assert_eq!(mistakes.count(), 121);
    }

    #[test]
    fn a_shown_value_is_cut_and_redacted() {
        assert_eq!(shown("a\u{1b}[31m"), "\"a\\u{1b}[31m\"");
        assert_eq!(shown("https://u:hunter2@h/?token=x"), "\"https://***@h/?token=***\"");
        assert!(shown(&"é".repeat(500)).chars().count() < 90);
    }
}
