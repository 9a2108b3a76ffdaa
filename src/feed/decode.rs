//! Bytes to UTF-8, in a stream that knows where it is. The encoding is told by BOM, then by the
//! XML declaration, then by the Content-Type, else it is UTF-8; bytes that are no UTF-8 and that
//! nobody declared are read as windows-1252 from there on.

use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::{Limit, LimitMet, Limits, Oddity, OddityKind};

/// Bytes read from the input at once.
const CHUNK: usize = 32 << 10;

/// Line and column, from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: u64,
    pub(super) column: u64,
}

impl Position {
    /// The position behind these bytes of UTF-8.
    pub(super) fn after(mut self, bytes: &[u8]) -> Self {
        let tail = match memchr::memrchr(b'\n', bytes) {
            None => bytes,
            Some(last) => {
                self.line += memchr::memchr_iter(b'\n', bytes).count() as u64;
                self.column = 1;
                bytes.get(last + 1..).unwrap_or_default()
            }
        };
        // Continuation bytes (10xxxxxx) are no characters of their own.
        self.column += tail.iter().filter(|&&byte| byte & 0xc0 != 0x80).count() as u64;
        self
    }

    pub(super) fn note(self, what: OddityKind) -> Oddity {
        Oddity { line: self.line, column: self.column, what }
    }
}

/// A document as UTF-8.
pub(super) struct Source<R> {
    input: R,
    decoder: Decoder,
    /// Nobody said what it is: bytes that are no UTF-8 may change our mind.
    undeclared: bool,
    raw: Vec<u8>,
    /// Decoded and not consumed: `text[at..]`.
    text: Vec<u8>,
    at: usize,
    position: Position,
    ended: bool,
    /// An error of the input, given once the text before it is consumed.
    fault: Option<io::Error>,
    /// The limit that the error given was about.
    met: Option<Limit>,
    read: u64,
    limit: u64,
    /// Bytes that may still be consumed for the event under way; `None`: no bound.
    event_room: Option<usize>,
    oddities: Vec<Oddity>,
    max_oddities: usize,
}

impl<R: Read> Source<R> {
    pub(super) fn new(input: R, content_type: Option<&str>, limits: &Limits) -> Self {
        let mut source = Self {
            input,
            decoder: UTF_8.new_decoder_without_bom_handling(),
            undeclared: false,
            raw: Vec::new(),
            text: Vec::new(),
            at: 0,
            position: Position { line: 1, column: 1 },
            ended: false,
            fault: None,
            met: None,
            read: 0,
            limit: limits.bytes,
            event_room: None,
            oddities: Vec::new(),
            max_oddities: limits.oddities,
        };
        source.choose(content_type);
        source
    }

    /// Where the next byte stands.
    pub(super) fn position(&self) -> Position {
        self.position
    }

    /// Bounds what the next event may consume: nothing else keeps one endless text out of memory.
    pub(super) fn begin_event(&mut self, room: usize) {
        self.event_room = Some(room);
    }

    /// The limit of the input that ended it, once its error was given.
    pub(super) fn limit_met(&self) -> Option<Limit> {
        self.met
    }

    /// Notes an oddity, within the bound.
    pub(super) fn note(&mut self, oddity: Oddity) {
        if self.oddities.len() < self.max_oddities {
            self.oddities.push(oddity);
        }
    }

    /// What was met, in the order of the document: decoding runs ahead of parsing.
    pub(super) fn take_oddities(&mut self) -> Vec<Oddity> {
        let mut oddities = std::mem::take(&mut self.oddities);
        oddities.sort_by_key(|oddity| (oddity.line, oddity.column));
        oddities
    }

    fn choose(&mut self, content_type: Option<&str>) {
        while self.raw.len() < 1024 && self.read_raw() {}
        if let Some((encoding, bom)) = Encoding::for_bom(&self.raw) {
            self.raw.drain(..bom);
            self.decoder = encoding.new_decoder_without_bom_handling();
            return;
        }
        let shape = match self.raw.get(..4) {
            Some([b'<', 0, b'?' | b'r' | b'f', 0]) => Some(UTF_16LE),
            Some([0, b'<', 0, b'?' | b'r' | b'f']) => Some(UTF_16BE),
            _ => None,
        };
        let label = declared(&self.raw).or_else(|| content_type.and_then(charset));
        let by_label = label.as_deref().map(|label| {
            // A declaration that could be read as bytes is not in UTF-16, whatever it says.
            Encoding::for_label(label.as_bytes())
                .map(|known| if known == UTF_16LE || known == UTF_16BE { UTF_8 } else { known })
        });
        let encoding = match (shape, by_label) {
            (Some(shape), _) => shape,
            (None, Some(Some(known))) => known,
            (None, other) => {
                if other.is_some() {
                    let label: String = label.unwrap_or_default().chars().take(32).collect();
                    self.note(Position { line: 1, column: 1 }.note(OddityKind::UnknownEncoding(label)));
                }
                self.undeclared = true;
                UTF_8
            }
        };
        self.decoder = encoding.new_decoder_without_bom_handling();
    }

    /// Reads more raw bytes; false at the end.
    fn read_raw(&mut self) -> bool {
        if self.ended {
            return false;
        }
        let room = usize::try_from(self.limit.saturating_sub(self.read)).unwrap_or(CHUNK).min(CHUNK);
        let before = self.raw.len();
        self.raw.resize(before + room.max(1), 0);
        let got = loop {
            match self.input.read(self.raw.get_mut(before..).unwrap_or_default()) {
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        let got = match got {
            Ok(got) => got,
            Err(why) => {
                self.fault = Some(why);
                0
            }
        };
        self.raw.truncate(before + got);
        self.ended = got == 0;
        self.read += got as u64;
        if got > 0 && self.read > self.limit {
            // One byte over: it was looked at to tell a document of exactly the limit from a longer one.
            self.raw.pop();
            self.ended = true;
            self.fault = Some(io::Error::other(LimitMet(Limit::Bytes)));
            return self.raw.len() > before;
        }
        got > 0
    }

    fn decode_more(&mut self) {
        self.text.clear();
        self.at = 0;
        while self.text.is_empty() && !(self.ended && self.raw.is_empty()) {
            if self.raw.is_empty() && !self.read_raw() && !self.ended {
                continue;
            }
            let raw = std::mem::take(&mut self.raw);
            if self.undeclared && self.decoder.encoding() == UTF_8 {
                self.decode_undeclared(&raw);
            } else {
                self.decode(&raw);
            }
        }
        self.check();
    }

    fn decode(&mut self, raw: &[u8]) {
        let mut out = std::mem::take(&mut self.text);
        let before = out.len();
        let room = self.decoder.max_utf8_buffer_length(raw.len()).unwrap_or(raw.len().saturating_mul(3));
        out.resize(before + room, 0);
        let (_, _, written, replaced) =
            self.decoder.decode_to_utf8(raw, out.get_mut(before..).unwrap_or_default(), self.ended);
        out.truncate(before + written);
        self.text = out;
        if replaced {
            let replacement = memchr::memmem::find(&self.text, "\u{fffd}".as_bytes()).unwrap_or_default();
            let position = self.position.after(self.text.get(..replacement).unwrap_or_default());
            self.note(position.note(OddityKind::BadEncoding(self.decoder.encoding().name().into())));
        }
    }

    /// UTF-8 as long as it lasts.
    fn decode_undeclared(&mut self, raw: &[u8]) {
        match std::str::from_utf8(raw) {
            Ok(_) => self.text.extend_from_slice(raw),
            Err(fault) => {
                let (good, rest) = raw.split_at(fault.valid_up_to());
                self.text.extend_from_slice(good);
                if fault.error_len().is_none() && !self.ended {
                    // A character cut by the chunk's end.
                    self.raw = rest.to_vec();
                    if !self.read_raw() {
                        self.ended = true;
                    }
                } else {
                    let position = self.position.after(good);
                    self.note(position.note(OddityKind::BadEncoding("UTF-8; read as windows-1252".into())));
                    self.decoder = WINDOWS_1252.new_decoder_without_bom_handling();
                    self.decode(rest);
                }
            }
        }
    }

    /// Control characters that XML forbids become spaces.
    fn check(&mut self) {
        let forbidden = |byte: u8| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r');
        // A fold that the compiler turns into a few instructions a chunk.
        if !self.text.iter().fold(false, |any, &byte| any | forbidden(byte)) {
            return;
        }
        let mut noted = None;
        for (index, byte) in self.text.iter_mut().enumerate() {
            if forbidden(*byte) {
                noted.get_or_insert((index, *byte));
                *byte = b' ';
            }
        }
        if let Some((index, byte)) = noted {
            let position = self.position.after(self.text.get(..index).unwrap_or_default());
            self.note(position.note(OddityKind::ControlCharacter(byte.into())));
        }
    }
}

impl<R: Read> BufRead for Source<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.event_room == Some(0) {
            return Err(io::Error::other(LimitMet(Limit::Text)));
        }
        if self.at >= self.text.len() {
            self.decode_more();
            if self.text.is_empty()
                && let Some(fault) = self.fault.take()
            {
                self.met = fault.get_ref().and_then(|inner| inner.downcast_ref::<LimitMet>()).map(|met| met.0);
                return Err(fault);
            }
        }
        let rest = self.text.get(self.at..).unwrap_or_default();
        Ok(rest.get(..self.event_room.unwrap_or(usize::MAX).min(rest.len())).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        let end = self.at.saturating_add(amount).min(self.text.len());
        let consumed = self.text.get(self.at..end).unwrap_or_default();
        self.position = self.position.after(consumed);
        self.event_room = self.event_room.map(|room| room.saturating_sub(consumed.len()));
        self.at = end;
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let text = self.fill_buf()?;
        let length = text.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..length), text.get(..length)) {
            to.copy_from_slice(from);
        }
        self.consume(length);
        Ok(length)
    }
}

/// The encoding that an XML declaration names.
fn declared(head: &[u8]) -> Option<String> {
    let start = head.iter().position(|byte| !byte.is_ascii_whitespace())?;
    let head = head.get(start..)?;
    if !head.starts_with(b"<?xml") {
        return None;
    }
    let end = memchr::memmem::find(head, b"?>").unwrap_or(head.len()).min(512);
    let text = String::from_utf8_lossy(head.get(..end)?).into_owned();
    let (_, rest) = text.split_once("encoding")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    rest.get(1..)?.split(quote).next().map(|label| label.trim().to_owned())
}

/// The charset of a Content-Type.
fn charset(content_type: &str) -> Option<String> {
    let (_, rest) =
        content_type.to_ascii_lowercase().split_once("charset").map(|(a, b)| (a.to_owned(), b.to_owned()))?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    let label: String = rest.chars().take_while(|c| !matches!(c, '"' | '\'' | ';' | ' ' | ',')).collect();
    (!label.is_empty()).then_some(label)
}
