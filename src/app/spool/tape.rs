//! Bytes that are written one piece behind the other and read again: the last ones are held in
//! memory, the others are on a medium, a temporary file as a rule.

use std::io::{self, Read, Seek, SeekFrom, Write};

/// Where the bytes are in the end.
pub(super) trait Medium: Read + Write + Seek + Send + Sync {}
impl<T: Read + Write + Seek + Send + Sync> Medium for T {}

/// Bytes that are written at once, and read at once. Episodes that follow one another in a report
/// are neighbours in their document as a rule.
const WINDOW: usize = 32 << 10;

/// See the module.
pub(super) struct Tape {
    medium: Box<dyn Medium>,
    /// Bytes that the medium holds.
    written: usize,
    /// Those behind them.
    tail: Vec<u8>,
    /// What was read last, and where it begins.
    window: Vec<u8>,
    start: usize,
}

impl Tape {
    pub(super) fn new(medium: Box<dyn Medium>) -> Self {
        Self { medium, written: 0, tail: Vec::new(), window: Vec::new(), start: 0 }
    }

    /// Takes a piece, and says where it begins. What fails to be written is not taken; what was taken
    /// before can be read all the same.
    pub(super) fn append(&mut self, piece: &[u8]) -> io::Result<usize> {
        if !self.tail.is_empty() && self.tail.len().saturating_add(piece.len()) > WINDOW {
            // Half of it may have been written before a failure.
            self.medium.seek(SeekFrom::Start(self.written as u64))?;
            self.medium.write_all(&self.tail)?;
            self.written = self.written.saturating_add(self.tail.len());
            self.tail.clear();
        }
        let at = self.written.saturating_add(self.tail.len());
        self.tail.extend_from_slice(piece);
        Ok(at)
    }

    /// A piece that was taken: where it began, and how long it was.
    pub(super) fn read(&mut self, at: usize, length: usize) -> io::Result<&[u8]> {
        if let Some(at) = at.checked_sub(self.written) {
            return slice(&self.tail, at, length);
        }
        let end = at.saturating_add(length);
        if at < self.start || end > self.start.saturating_add(self.window.len()) {
            // Backwards, what stands before is wanted next.
            let start = if at < self.start { end.saturating_sub(WINDOW).min(at) } else { at };
            self.fill(start, length.max(WINDOW).min(self.written.saturating_sub(start)))?;
        }
        slice(&self.window, at.saturating_sub(self.start), length)
    }

    /// How many bytes were taken.
    pub(super) fn len(&self) -> usize {
        self.written.saturating_add(self.tail.len())
    }

    /// How many bytes of memory it takes itself, the medium apart.
    pub(super) fn held(&self) -> usize {
        self.tail.capacity().saturating_add(self.window.capacity())
    }

    fn fill(&mut self, start: usize, length: usize) -> io::Result<()> {
        self.window.clear();
        self.start = start;
        self.medium.seek(SeekFrom::Start(start as u64))?;
        self.window.resize(length, 0);
        self.medium.read_exact(&mut self.window).inspect_err(|_| self.window.clear())
    }
}

fn slice(bytes: &[u8], at: usize, length: usize) -> io::Result<&[u8]> {
    let piece = bytes.get(at..).and_then(|rest| rest.get(..length));
    piece.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))
}
