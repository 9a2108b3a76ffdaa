//! The loop over quick-xml's events, and how it goes on after a fault: the token that broke is
//! taken back, read as what it most likely was meant to be, and reading goes on behind it.
//! What elements mean is the grammar's.

use std::ops::ControlFlow;

use quick_xml::errors::{Error, IllFormedError};
use quick_xml::events::Event;
use quick_xml::reader::Reader;

use crate::feed::grammar::Grammar;
use crate::feed::notes::Place;
use crate::feed::source::{End, Source};
use crate::feed::{Document, Limit, OddityKind, Reading};

/// Elements that quick-xml may believe open beyond those that are; then it is told anew. It keeps
/// the names of elements whose end never comes.
const FORGOTTEN: usize = 1000;
/// Bytes of names that it may have been given before it is told anew.
const REMEMBERED: usize = 1 << 20;

/// Reads a document in XML, or what is left of one.
pub(super) fn read(source: &mut Source<'_>, how: Reading<'_>) -> Document {
    let mut grammar = Grammar::new(how);
    let mut token = Vec::new();
    while events(source, &mut grammar, &mut token).is_continue() {}
    if source.ending() != End::Limited {
        grammar.end_of_document(source);
    }
    grammar.finish(source)
}

/// Reads until quick-xml has to be started anew (continue), or there is no more (break).
fn events(source: &mut Source<'_>, grammar: &mut Grammar<'_>, token: &mut Vec<u8>) -> ControlFlow<()> {
    let mut reader = Reader::from_reader(source);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    let mut believed: usize = 0;
    let mut remembered: usize = 0;
    loop {
        token.clear();
        reader.get_mut().mark();
        match reader.read_event_into(token) {
            Ok(Event::Start(tag)) => {
                believed += 1;
                remembered += tag.name().as_ref().len();
                if let Some(spot) = broken(&tag) {
                    mend(reader.get_mut(), grammar, token, spot)?;
                } else {
                    grammar.start(reader.get_mut(), &tag, false)?;
                    grammar.leaf(reader.get_mut());
                    grammar.quick(reader.get_mut())?;
                }
            }
            Ok(Event::Empty(tag)) => {
                if let Some(spot) = broken(&tag) {
                    mend(reader.get_mut(), grammar, token, spot)?;
                } else {
                    grammar.start(reader.get_mut(), &tag, true)?;
                    grammar.quick(reader.get_mut())?;
                }
            }
            Ok(Event::End(tag)) => {
                believed = believed.saturating_sub(1);
                let sound = grammar.end(reader.get_mut(), &tag);
                if !sound && let Some(next) = memchr::memchr(b'<', tag.as_bytes()) {
                    reader.get_mut().note(0, "", || OddityKind::Unterminated("tag"));
                    reader.get_mut().take_back(token, next + 2);
                } else {
                    grammar.quick(reader.get_mut())?;
                }
            }
            Ok(Event::Text(text)) => grammar.text(reader.get_mut(), &text),
            Ok(Event::CData(text)) => grammar.cdata(reader.get_mut(), &text),
            Ok(Event::GeneralRef(name)) => grammar.reference(reader.get_mut(), &name),
            Ok(Event::Comment(text)) => comment(reader.get_mut(), &text),
            Ok(Event::Decl(_)) => declaration(reader.get_mut()),
            Ok(Event::DocType(text)) => grammar.doctype(&text),
            Ok(Event::PI(_)) => {}
            Ok(Event::Eof) => return ControlFlow::Break(()),
            Err(Error::IllFormed(IllFormedError::MissingDoctypeName)) => {
                reader.get_mut().note(0, "", || OddityKind::Syntax("a DOCTYPE without a name".to_owned()));
            }
            Err(_) => return recover(reader.get_mut(), grammar, token),
        }
        if believed > grammar.depth() + FORGOTTEN || remembered > REMEMBERED {
            return ControlFlow::Continue(());
        }
    }
}

/// XML forbids `--` inside a comment.
fn comment(source: &mut Source<'_>, text: &str) {
    if let Some(at) = memchr::memmem::find(text.as_bytes(), b"--") {
        let before = text.get(..at).unwrap_or_default();
        source.note(4, before, || OddityKind::Syntax("-- inside a comment".to_owned()));
    }
}

/// Nothing may stand before the XML declaration, not even white space.
fn declaration(source: &mut Source<'_>) {
    if source.token_place() != Place::START {
        source.note(0, "", || OddityKind::Syntax("something before the XML declaration".to_owned()));
    }
}

/// A fault inside `<...>`.
#[derive(Clone, Copy)]
enum Broken {
    /// No name follows the `<`: it stands for itself.
    NoName,
    /// The tag ends after so many bytes, for another begins inside it.
    Ends { inner: usize, token: usize },
}

/// Looks for the marks of a tag that ended earlier than its quotes say.
fn broken(inner: &str) -> Option<Broken> {
    let bytes = inner.as_bytes();
    if !bytes.first().is_some_and(|&b| b.is_ascii_alphabetic() || b == b'_' || b == b':' || b >= 0x80) {
        return Some(Broken::NoName);
    }
    // Most tags are a short name: a plain loop beats a call.
    let name = bytes.iter().position(|byte| matches!(byte, b' ' | b'\n' | b'\t' | b'\r' | b'<')).unwrap_or(bytes.len());
    let next = name + memchr::memchr(b'<', bytes.get(name..).filter(|rest| !rest.is_empty())?)?;
    let before = bytes.get(..next)?;
    if let Some(end) = memchr::memchr(b'>', before) {
        return Some(Broken::Ends { inner: end, token: end + 2 });
    }
    let mut open = None;
    for &byte in before {
        match open {
            Some(quote) if quote == byte => open = None,
            None if matches!(byte, b'"' | b'\'') => open = Some(byte),
            _ => {}
        }
    }
    // Inside quotes a `<` is a small fault; outside, the `>` was forgotten.
    open.is_none().then_some(Broken::Ends { inner: next, token: next + 1 })
}

fn mend(source: &mut Source<'_>, grammar: &mut Grammar<'_>, token: &[u8], spot: Broken) -> ControlFlow<()> {
    match spot {
        Broken::NoName => {
            source.note(0, "", || OddityKind::Syntax("a < that begins no tag".to_owned()));
            if source.take_back(token, 1) {
                grammar.literal(source, "<");
            }
        }
        Broken::Ends { inner, token: keep } => {
            source.note(0, "", || OddityKind::Unterminated("tag"));
            let Some(tag) = token.get(1..=inner).and_then(|tag| std::str::from_utf8(tag).ok()) else {
                return ControlFlow::Continue(());
            };
            let bare = tag.trim_end().trim_end_matches('/');
            grammar.start(source, bare, bare.len() < tag.trim_end().len())?;
            source.take_back(token, keep);
        }
    }
    ControlFlow::Continue(())
}

/// A token that does not end, or is longer than is held in memory.
fn recover(source: &mut Source<'_>, grammar: &mut Grammar<'_>, token: &[u8]) -> ControlFlow<()> {
    let overlong = source.take_overlong();
    let text = |from: usize| String::from_utf8_lossy(token.get(from..).unwrap_or_default());
    let (what, opener, closer): (_, usize, &[u8]) = match token {
        [b'<', b'!', b'[', ..] if token.starts_with(b"<![CDATA[") => {
            if overlong {
                grammar.cdata(source, &text(9));
            }
            ("CDATA section", 9, b"]]>")
        }
        [b'<', b'!', b'-', ..] if token.starts_with(b"<!--") => ("comment", 4, b"-->"),
        [b'<', b'!', b'D' | b'd', ..] => ("DOCTYPE", 2, b">"),
        [b'<', b'!', ..] if b"<![CDATA[".starts_with(token.trim_ascii_end()) && token.len() > 2 => {
            note_cut(source, "CDATA section");
            return ControlFlow::Continue(());
        }
        // Nothing came behind it any more: what it was going to be is not known.
        [b'<', b'!', ..] if source.ending() == End::Limited && b"<!--".starts_with(token) => {
            return ControlFlow::Continue(());
        }
        [b'<', b'!', ..] => {
            source.note(0, "", || OddityKind::Syntax("unknown markup after <!".to_owned()));
            source.take_back(token, 2);
            return ControlFlow::Continue(());
        }
        [b'<', b'?', ..] => ("processing instruction", 2, b"?>"),
        [b'<', ..] => return recover_tag(source, grammar, token, overlong),
        [] => {
            // A `<` and then nothing.
            note_cut(source, "tag");
            return ControlFlow::Continue(());
        }
        _ => {
            grammar.text(source, &text(0));
            return ControlFlow::Continue(());
        }
    };
    if overlong {
        source.note_limit(Limit::Text);
        if source.skip_past(closer) {
            return ControlFlow::Continue(());
        }
    }
    note_cut(source, what);
    if !overlong {
        source.take_back(token, opener);
    }
    ControlFlow::Continue(())
}

/// Notes that something does not end, unless it was cut off by a limit of podprobe's own.
fn note_cut(source: &mut Source<'_>, what: &'static str) {
    if source.ending() != End::Limited {
        source.note(0, "", || OddityKind::Unterminated(what));
    }
}

fn recover_tag(source: &mut Source<'_>, grammar: &mut Grammar<'_>, token: &[u8], overlong: bool) -> ControlFlow<()> {
    if overlong {
        source.note_limit(Limit::Text);
    } else {
        note_cut(source, "tag");
    }
    let Some(end) = memchr::memchr(b'>', token) else {
        if overlong {
            source.skip_past(b">");
        } else if let Some(next) = memchr::memchr(b'<', token.get(1..).unwrap_or_default()) {
            source.take_back(token, next + 1);
        }
        return ControlFlow::Continue(());
    };
    let Some(tag) = token.get(1..end).and_then(|tag| std::str::from_utf8(tag).ok()) else {
        return ControlFlow::Continue(());
    };
    if let Some(name) = tag.strip_prefix('/') {
        grammar.end(source, name);
    } else {
        let bare = tag.trim_end().trim_end_matches('/');
        if matches!(broken(bare), Some(Broken::NoName)) {
            grammar.literal(source, "<");
            source.take_back(token, 1);
            return ControlFlow::Continue(());
        }
        grammar.start(source, bare, bare.len() < tag.trim_end().len())?;
    }
    source.take_back(token, end + 1);
    ControlFlow::Continue(())
}
