//! One URL a line, as typed or piped in: blank lines and lines that begin with `#` say nothing.

use std::io::BufRead;

use crate::feed::notes::Notes;
use crate::feed::source::Source;
use crate::feed::{Limit, Limits, List, ListEntry};

/// Whether a text is such a list: its first line that says anything begins with a scheme.
pub(super) fn is_list(head: &str) -> bool {
    let mut lines = head.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.next().and_then(|line| line.split_once("://")).is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    })
}

/// Reads the lines.
pub(super) fn read(source: &mut Source<'_>, limits: &Limits) -> List {
    let mut list = List::default();
    let mut line = Vec::new();
    let mut kept = 0;
    loop {
        source.mark();
        let Ok(chunk) = source.fill_buf() else { continue };
        let over = chunk.is_empty();
        let newline = memchr::memchr(b'\n', chunk);
        let part = chunk.get(..newline.unwrap_or(chunk.len())).unwrap_or_default();
        let used = part.len() + usize::from(newline.is_some());
        let room = limits.text.saturating_sub(line.len());
        let cut = part.len() > room;
        line.extend_from_slice(part.get(..room).unwrap_or(part));
        if cut {
            source.note_limit(Limit::Text);
        }
        source.consume(used);
        if newline.is_none() && !over {
            continue;
        }
        let text = String::from_utf8_lossy(&line);
        let url = text.trim_matches(|c: char| c.is_whitespace() || c.is_control());
        if !url.is_empty() && !url.starts_with('#') {
            if list.entries.len() >= limits.list_entries || kept > limits.kept {
                source.note_limit(Limit::Entries);
                break;
            }
            kept += size_of::<ListEntry>() + url.len();
            list.entries.push(ListEntry { url: url.to_owned(), title: None });
        }
        line.clear();
        if over {
            break;
        }
    }
    list.oddities = std::mem::replace(&mut source.notes, Notes::new(0)).finish();
    list
}
