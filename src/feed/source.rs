//! Bytes in, clean UTF-8 out, a chunk at a time; knows the line and column of everything it
//! gave. Bytes that are not in the encoding are replaced and noted, so the parsers above never
//! meet any. What was given can be taken back, which is how a parser recovers from a fault.

use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, DecoderResult, UTF_8, WINDOWS_1252};

use crate::feed::charset::{self, Fault};
use crate::feed::notes::{Notes, Place};
use crate::feed::{Limit, LimitMet, Limits, OddityKind};

/// Bytes read at once.
const CHUNK: usize = 64 * 1024;
/// Bytes looked at before anything is decided about a document.
const HEAD: usize = 4 * 1024;
/// The longest token (tag, text, comment) that is held in memory, unless a text limit is larger.
const TOKEN: usize = 1 << 20;
/// Bytes that may be taken back in one document: so many, and this many times what was read.
/// Recovery reads them twice; a hostile document must not make that quadratic.
const TAKEN_BACK: usize = 2 << 20;
const TAKEN_BACK_TIMES: usize = 4;
/// Reads that may be interrupted in a row.
const INTERRUPTIONS: usize = 1000;

/// How the input ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// By itself.
    Whole,
    /// By an error.
    Cut,
    /// By a limit.
    Limited,
}

/// See the module.
pub(super) struct Source<'r> {
    input: &'r mut dyn Read,
    left: u64,
    end: Option<End>,
    /// What turns bytes into text; none for UTF-8, which passes as it is.
    decoder: Option<Decoder>,
    encoding: &'static str,
    /// Bytes read but not yet decoded, from `raw_at` on; in UTF-8 the first bytes of a cut character.
    raw: Vec<u8>,
    raw_at: usize,
    flagged_encoding: bool,
    /// The chunk given out, from `pos` on; `at` is the place of its first byte.
    chunk: Vec<u8>,
    pos: usize,
    at: Place,
    /// Where the token under way began: in this chunk, or, once it left it, at a place.
    mark: usize,
    spill: Option<Place>,
    spilled: usize,
    token: usize,
    overlong: bool,
    take_back: usize,
    pub(super) notes: Notes,
}

impl<'r> Source<'r> {
    /// Reads the head of `input` and decides the encoding.
    pub(super) fn open(input: &'r mut dyn Read, content_type: Option<&str>, limits: &Limits) -> Self {
        let mut source = Self {
            input,
            left: limits.bytes,
            end: None,
            decoder: None,
            encoding: UTF_8.name(),
            raw: Vec::new(),
            raw_at: 0,
            flagged_encoding: false,
            chunk: Vec::new(),
            pos: 0,
            at: Place::START,
            mark: 0,
            spill: None,
            spilled: 0,
            token: TOKEN.max(limits.text.saturating_mul(2)),
            overlong: false,
            take_back: TAKEN_BACK,
            notes: Notes::new(limits.oddities),
        };
        let mut head = Vec::new();
        while head.len() < HEAD && source.pull(&mut head, HEAD) > 0 {}
        let charset = charset::detect(&head, content_type);
        source.encoding = charset.encoding.name();
        if charset.encoding != UTF_8 {
            source.decoder = Some(charset.encoding.new_decoder_without_bom_handling());
        }
        if let Some(fault) = charset.fault {
            let (what, offset) = match fault {
                Fault::Unknown { name, offset } => (OddityKind::UnknownEncoding(name), offset),
                Fault::Contradicted { name, offset } => (OddityKind::BadEncoding(name), offset),
            };
            let mut place = Place::START;
            place.advance(head.get(..offset).unwrap_or_default());
            source.notes.decoder(place, what);
        }
        source.raw = head;
        source.raw_at = charset.mark;
        source.decode();
        source
    }

    /// The text that comes next, without consuming it: the head of the document at first.
    pub(super) fn peek(&self) -> &[u8] {
        self.chunk.get(self.pos..).unwrap_or_default()
    }

    /// How the input ended; [`End::Whole`] while it has not.
    pub(super) fn ending(&self) -> End {
        self.end.unwrap_or(End::Whole)
    }

    /// A token begins here.
    #[inline]
    pub(super) fn mark(&mut self) {
        self.mark = self.pos;
        self.spill = None;
        self.spilled = 0;
    }

    /// The place where the token under way began.
    pub(super) fn token_place(&self) -> Place {
        self.spill.unwrap_or_else(|| self.place_of(self.mark))
    }

    /// The place of what comes next.
    pub(super) fn here(&self) -> Place {
        self.place_of(self.pos)
    }

    fn place_of(&self, offset: usize) -> Place {
        let mut place = self.at;
        place.advance(self.chunk.get(..offset).unwrap_or_default());
        place
    }

    /// Notes an oddity in the token under way: `lead` ASCII characters and then `before` lie
    /// between its beginning and the spot.
    pub(super) fn note(&mut self, lead: u64, before: &str, what: impl FnOnce() -> OddityKind) {
        if self.notes.wants_reader() {
            let mut place = self.token_place();
            place.column += lead;
            place.advance(before.as_bytes());
            self.notes.reader(place, what());
        }
    }

    /// Notes that a limit was met in the token under way.
    pub(super) fn note_limit(&mut self, limit: Limit) {
        // A hostile document meets it a million times; its place is worth one search.
        if !self.notes.has_limit(limit) {
            let place = self.token_place();
            self.notes.limit(place, limit);
        }
    }

    /// Whether reading stopped because a token is longer than is held; says so once.
    pub(super) fn take_overlong(&mut self) -> bool {
        std::mem::take(&mut self.overlong)
    }

    /// Takes the token under way back, but for its first `keep` bytes. False when so much was
    /// taken back already that this would be abuse; then nothing happens.
    pub(super) fn take_back(&mut self, token: &[u8], keep: usize) -> bool {
        let (kept, back) = token.split_at_checked(keep).unwrap_or((token, &[]));
        let Some(budget) = self.take_back.checked_sub(back.len()) else { return false };
        self.take_back = budget;
        if let Some(mut place) = self.spill {
            place.advance(kept);
            let mut chunk = back.to_vec();
            chunk.extend_from_slice(self.peek());
            self.chunk = chunk;
            self.at = place;
            self.pos = 0;
        } else {
            self.pos = (self.mark + kept.len()).min(self.pos);
        }
        self.mark();
        true
    }

    /// Skips past the next `needle`, which ends in `>`. False where there is none.
    pub(super) fn skip_past(&mut self, needle: &[u8]) -> bool {
        let want = needle.len();
        let mut carry: Vec<u8> = Vec::with_capacity(want * 2);
        loop {
            // The skipped text is no token, however long it is.
            self.mark();
            let Ok(chunk) = self.fill_buf() else { continue };
            if chunk.is_empty() {
                return false;
            }
            let tail = carry.len();
            carry.extend_from_slice(chunk.get(..want.min(chunk.len())).unwrap_or_default());
            if let Some(at) = memchr::memmem::find(&carry, needle) {
                self.consume((at + want).saturating_sub(tail));
                return true;
            }
            if let Some(at) = memchr::memmem::find(chunk, needle) {
                self.consume(at + want);
                return true;
            }
            let all = chunk.len();
            if all >= want {
                carry.clear();
                carry.extend_from_slice(chunk.get(all - (want - 1)..).unwrap_or_default());
            } else {
                let excess = carry.len().saturating_sub(want - 1);
                carry.drain(..excess);
            }
            self.consume(all);
        }
    }

    /// Appends up to `want` bytes of the input to `out`; 0 at its end.
    fn pull(&mut self, out: &mut Vec<u8>, want: usize) -> usize {
        if self.end.is_some() {
            return 0;
        }
        let start = out.len();
        let room = want.min(usize::try_from(self.left).unwrap_or(usize::MAX));
        // At the limit one byte more is asked for, to tell an end from a limit.
        out.resize(start + room.max(1), 0);
        let mut interruptions = 0;
        let got = loop {
            match self.input.read(out.get_mut(start..).unwrap_or_default()) {
                Ok(got) => break Ok(got),
                Err(error) if error.kind() == io::ErrorKind::Interrupted && interruptions < INTERRUPTIONS => {
                    interruptions += 1;
                }
                Err(error) => break Err(error),
            }
        };
        let got = match got {
            Ok(0) => {
                self.end = Some(End::Whole);
                0
            }
            Ok(_) if room == 0 => {
                self.stop_at(Limit::Bytes);
                0
            }
            Ok(got) => got.min(room),
            Err(error) => {
                match error.get_ref().and_then(|inner| inner.downcast_ref::<LimitMet>()) {
                    Some(LimitMet(limit)) => self.stop_at(*limit),
                    None => self.end = Some(End::Cut),
                }
                0
            }
        };
        out.truncate(start + got);
        self.take_back = self.take_back.saturating_add(got.saturating_mul(TAKEN_BACK_TIMES));
        self.left -= got as u64;
        got
    }

    fn stop_at(&mut self, limit: Limit) {
        self.end = Some(End::Limited);
        let place = self.at;
        self.notes.limit(place, limit);
    }

    /// The chunk is used up: remembers where it was, and fetches the next.
    fn refill(&mut self) -> io::Result<()> {
        // What was before the token is counted once, for its place and the chunk's end alike.
        let mark = self.place_of(self.mark);
        self.spill.get_or_insert(mark);
        let token = self.chunk.get(self.mark..).unwrap_or_default();
        self.spilled = self.spilled.saturating_add(token.len());
        self.at = mark;
        self.at.advance(token);
        self.chunk.clear();
        self.pos = 0;
        self.mark = 0;
        if self.spilled > self.token {
            self.spilled = 0;
            self.overlong = true;
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.decode();
        Ok(())
    }

    /// Fills the empty chunk with the next text. It stays empty at the end alone.
    fn decode(&mut self) {
        let mut chunk = std::mem::take(&mut self.chunk);
        chunk.clear();
        match self.decoder.take() {
            Some(decoder) => self.decode_with(decoder, &mut chunk),
            None => self.pass(&mut chunk),
        }
        if has_control(&chunk) {
            self.note_controls(&chunk);
        }
        self.chunk = chunk;
    }

    /// UTF-8: nothing but a look at it.
    fn pass(&mut self, chunk: &mut Vec<u8>) {
        loop {
            chunk.extend_from_slice(self.raw.get(self.raw_at..).unwrap_or_default());
            let held = chunk.len();
            self.raw.clear();
            self.raw_at = 0;
            // The head was read already: it is worth a chunk of its own.
            let got = if held >= HEAD { held } else { self.pull(chunk, CHUNK) };
            if chunk.is_empty() {
                return;
            }
            if let Err(fault) = simdutf8::compat::from_utf8(chunk) {
                if fault.error_len().is_none() && got > 0 {
                    self.raw.extend_from_slice(chunk.get(fault.valid_up_to()..).unwrap_or_default());
                    chunk.truncate(fault.valid_up_to());
                } else {
                    *chunk = self.repair(chunk, got == 0);
                }
            }
            if !chunk.is_empty() {
                return;
            }
        }
    }

    /// Reads what is no UTF-8 as windows-1252: the usual mistake, and one character a byte.
    fn repair(&mut self, bytes: &[u8], last: bool) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 4);
        let mut rest = bytes;
        loop {
            let Err(fault) = std::str::from_utf8(rest) else {
                out.extend_from_slice(rest);
                return out;
            };
            let (good, bad) = rest.split_at_checked(fault.valid_up_to()).unwrap_or((rest, &[]));
            out.extend_from_slice(good);
            let width = match fault.error_len() {
                Some(width) => width,
                None if last => bad.len(),
                None => {
                    self.raw.extend_from_slice(bad);
                    return out;
                }
            };
            self.flag_encoding(&out);
            let (wrong, after) = bad.split_at_checked(width.max(1)).unwrap_or((bad, &[]));
            let (text, _) = WINDOWS_1252.decode_without_bom_handling(wrong);
            out.extend_from_slice(text.as_bytes());
            rest = after;
        }
    }

    /// Any other encoding.
    fn decode_with(&mut self, mut decoder: Decoder, chunk: &mut Vec<u8>) {
        // Room for what one read can become, and a replacement character; zeroed once, not per fault.
        chunk.resize(CHUNK * 2, 0);
        let mut filled = 0;
        while filled < CHUNK {
            if self.raw_at >= self.raw.len() {
                let mut raw = std::mem::take(&mut self.raw);
                raw.clear();
                self.pull(&mut raw, CHUNK / 4);
                self.raw = raw;
                self.raw_at = 0;
            }
            let last = self.raw.is_empty();
            let (result, read, written) = decoder.decode_to_utf8_without_replacement(
                self.raw.get(self.raw_at..).unwrap_or_default(),
                chunk.get_mut(filled..).unwrap_or_default(),
                last,
            );
            filled += written;
            self.raw_at += read;
            match result {
                // The decoder is spent: it is not put back, and there is nothing left to pass.
                DecoderResult::InputEmpty if last => {
                    chunk.truncate(filled);
                    return;
                }
                DecoderResult::InputEmpty | DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    self.flag_encoding(chunk.get(..filled).unwrap_or_default());
                    let mark = "\u{FFFD}".as_bytes();
                    if let Some(room) = chunk.get_mut(filled..filled + mark.len()) {
                        room.copy_from_slice(mark);
                        filled += mark.len();
                    }
                }
            }
        }
        chunk.truncate(filled);
        self.decoder = Some(decoder);
    }

    /// The first bytes that are not in the encoding are noted; there are many more, as a rule.
    fn flag_encoding(&mut self, before: &[u8]) {
        if !self.flagged_encoding && self.notes.wants_decoder() {
            self.flagged_encoding = true;
            let mut place = self.at;
            place.advance(before);
            self.notes.decoder(place, OddityKind::BadEncoding(self.encoding.to_owned()));
        }
    }

    #[cold]
    fn note_controls(&mut self, chunk: &[u8]) {
        let mut place = self.at;
        let mut done = 0;
        for (i, &byte) in chunk.iter().enumerate().filter(|&(_, &byte)| is_control(byte)) {
            if !self.notes.wants_decoder() {
                return;
            }
            place.advance(chunk.get(done..i).unwrap_or_default());
            done = i;
            self.notes.decoder(place, OddityKind::ControlCharacter(byte.into()));
        }
    }
}

/// The control characters that XML 1.0 forbids (section 2.2).
fn is_control(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')
}

/// Whether there is a forbidden control character. Written as one plain loop, which the compiler
/// turns into vector instructions.
fn has_control(bytes: &[u8]) -> bool {
    bytes.iter().fold(false, |found, &byte| found | is_control(byte))
}

impl Read for Source<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let chunk = self.fill_buf()?;
        let size = chunk.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..size), chunk.get(..size)) {
            to.copy_from_slice(from);
        }
        self.consume(size);
        Ok(size)
    }
}

impl BufRead for Source<'_> {
    #[inline]
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.pos >= self.chunk.len() {
            self.refill()?;
        }
        Ok(self.chunk.get(self.pos..).unwrap_or_default())
    }

    #[inline]
    fn consume(&mut self, amount: usize) {
        self.pos = (self.pos + amount).min(self.chunk.len());
    }
}
