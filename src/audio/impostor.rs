//! What comes in place of audio: pages, error documents, pictures, archives. Also the magic numbers
//! of media that podprobe does not judge, so that no stray MPEG frame is found inside them.

use super::Impostor;
use super::view::{be32, holds};

/// Bytes of text looked at; less is taken for text only where there is no more.
pub(super) const TEXT_ENOUGH: usize = 512;

/// Pictures, documents and archives that begin with a magic number.
pub(super) fn by_magic(bytes: &[u8]) -> Option<Impostor> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if starts(b"\xff\xd8\xff") || starts(b"\x89PNG\r\n\x1a\n") || starts(b"GIF87a") || starts(b"GIF89a") {
        return Some(Impostor::Image);
    }
    if starts(b"RIFF") && holds(bytes, 8, b"WEBP") {
        return Some(Impostor::Image);
    }
    if starts(b"II*\0") || starts(b"MM\0*") || starts(b"\0\0\x01\0") || starts(b"8BPS") || bitmap(bytes) {
        return Some(Impostor::Image);
    }
    if starts(b"%PDF-") {
        return Some(Impostor::Pdf);
    }
    if starts(b"\x1f\x8b\x08") {
        return Some(Impostor::Gzip);
    }
    if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") {
        return Some(Impostor::Zip);
    }
    None
}

/// A Windows bitmap: `BM` alone is too little, its reserved words are zero and its header's size is one
/// of those in use.
fn bitmap(bytes: &[u8]) -> bool {
    bytes.starts_with(b"BM")
        && be32(bytes, 6) == Some(0)
        && bytes.get(14).is_some_and(|size| [12, 40, 52, 56, 64, 108, 124].contains(size))
        && holds(bytes, 15, &[0, 0, 0])
}

/// Media and programs that are known and are no podcast's format: AVI, AIFF, MPEG video, transport
/// streams, ASF (WMA), FLV, AMR, CAF, MIDI, RealMedia, executables, RAR, 7z, bzip2, xz, zstd.
pub(super) fn foreign(bytes: &[u8]) -> bool {
    const MAGIC: &[&[u8]] = &[
        b"FORM",
        b"\x00\x00\x01\xba",
        b"\x00\x00\x01\xb3",
        b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
        b"FLV\x01",
        b"#!AMR",
        b"caff",
        b"MThd",
        b".RMF",
        b"\x7fELF",
        b"MZ\x90",
        b"Rar!",
        b"7z\xbc\xaf\x27\x1c",
        b"BZh",
        b"\xfd7zXZ\0",
        b"\x28\xb5\x2f\xfd",
        b"MPCK",
        b"MP+",
        b"MAC ",
        b"wvpk",
    ];
    if MAGIC.iter().any(|magic| bytes.starts_with(magic)) || (bytes.starts_with(b"RIFF") && holds(bytes, 8, b"AVI ")) {
        return true;
    }
    transport_stream(bytes)
}

/// Three packets of an MPEG transport stream: 0x47 every 188 bytes.
fn transport_stream(bytes: &[u8]) -> bool {
    [0, 188, 376].iter().all(|at| bytes.get(*at) == Some(&0x47))
}

/// Documents that are told by how their text begins: HTML, XML, JSON. `whole` says that there are no
/// more bytes than these.
pub(super) fn by_text(bytes: &[u8], whole: bool) -> Option<Impostor> {
    let narrow;
    let bytes = match narrowed(bytes) {
        Some(text) => {
            narrow = text;
            narrow.as_slice()
        }
        None => bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes),
    };
    let text = bytes.trim_ascii_start();
    if let Some(kind) = markup(text) {
        return Some(kind);
    }
    if !(whole || bytes.len() >= TEXT_ENOUGH) || !readable(bytes) || text.is_empty() {
        return None;
    }
    if json(text) {
        return Some(Impostor::Json);
    }
    Some(Impostor::Text)
}

/// UTF-16 with a byte order mark, its ASCII kept and anything else shown as `?`.
fn narrowed(bytes: &[u8]) -> Option<Vec<u8>> {
    let (rest, big) = match bytes {
        [0xfe, 0xff, rest @ ..] => (rest, true),
        [0xff, 0xfe, rest @ ..] => (rest, false),
        _ => return None,
    };
    let units = rest.chunks_exact(2).take(TEXT_ENOUGH * 2);
    Some(
        units
            .map(|unit| match unit {
                [0, low] if big => *low,
                [low, 0] if !big => *low,
                // A control character is kept out: it would speak against text.
                _ => b'?',
            })
            .collect(),
    )
}

/// HTML or XML by its first tag, behind comments and declarations.
fn markup(mut text: &[u8]) -> Option<Impostor> {
    const HTML: &[&[u8]] = &[
        b"<!doctype html",
        b"<html",
        b"<head",
        b"<body",
        b"<title",
        b"<script",
        b"<style",
        b"<meta",
        b"<link ",
        b"<div",
        b"<table",
        b"<center",
        b"<h1",
        b"<h2",
        b"<p>",
        b"<br",
        b"<b>",
        b"<font",
        b"<iframe",
        b"<noscript",
    ];
    let mut xml = false;
    // A document with more leading comments than this is text all the same.
    for _ in 0..16 {
        text = text.trim_ascii_start();
        if HTML.iter().any(|tag| starts_with_ignoring_case(text, tag)) {
            return Some(Impostor::Html);
        }
        let end: &[u8] = if text.starts_with(b"<!--") {
            b"-->"
        } else if text.starts_with(b"<?") {
            xml |= starts_with_ignoring_case(text, b"<?xml");
            b"?>"
        } else {
            break;
        };
        match memchr::memmem::find(text, end).and_then(|at| text.get(at.saturating_add(end.len())..)) {
            Some(rest) => text = rest,
            None => break,
        }
    }
    let tag = text.strip_prefix(b"<").and_then(|rest| rest.first());
    let element = tag.is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_' || *first == b'!');
    (xml || element && memchr::memchr(b'>', text).is_some()).then_some(Impostor::Xml)
}

fn starts_with_ignoring_case(text: &[u8], what: &[u8]) -> bool {
    text.get(..what.len()).is_some_and(|start| start.eq_ignore_ascii_case(what))
}

/// UTF-8 without control characters. The last character may be cut by the window's edge.
fn readable(bytes: &[u8]) -> bool {
    let sound = match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    sound && controls(bytes) == 0
}

fn controls(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| byte.is_ascii_control() && !b"\t\n\r\x0c\x1b".contains(byte)).count()
}

/// Text in another encoding than UTF-8: hardly a control character, and mostly ASCII. Asked only when
/// no audio was found.
pub(super) fn legacy_text(bytes: &[u8]) -> bool {
    let ascii = bytes.iter().filter(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()).count();
    bytes.len() >= 16 && controls(bytes) == 0 && ascii >= bytes.len() / 100 * 85
}

/// A JSON object or array by its first two tokens.
fn json(text: &[u8]) -> bool {
    let after = |open: u8| text.strip_prefix(&[open]).map(<[u8]>::trim_ascii_start);
    if let Some(rest) = after(b'{') {
        return rest.starts_with(b"\"") || rest.starts_with(b"}");
    }
    after(b'[').and_then(<[u8]>::first).is_some_and(|first| b"{[\"]-0123456789tfn".contains(first))
}
