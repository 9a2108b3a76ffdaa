//! Bytes that are written one piece behind the other and read again: the last ones are held in
//! memory, the others are on a medium, a temporary file as a rule.

use std::io::{self, Read, Seek, SeekFrom, Write};

/// Where the bytes are in the end.
pub(super) trait Medium: Read + Write + Seek + Send + Sync {}
impl<T: Read + Write + Seek + Send + Sync> Medium for T {}

/// Bytes that are written at once, and read at once where reading goes on where it ended: episodes
/// that follow one another in a report are neighbours in their document as a rule. Elsewhere a piece is
/// read alone, or a feed in no order would be read a hundred times over.
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
    /// Where the last piece that was read ended.
    end: usize,
}

impl Tape {
    pub(super) fn new(medium: Box<dyn Medium>) -> Self {
        Self { medium, written: 0, tail: Vec::new(), window: Vec::new(), start: 0, end: 0 }
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
        let goes_on = at == self.end;
        self.end = at.saturating_add(length);
        if let Some(at) = at.checked_sub(self.written) {
            return slice(&self.tail, at, length);
        }
        if at < self.start || self.end > self.start.saturating_add(self.window.len()) {
            let most = self.written.saturating_sub(at);
            self.fill(at, if goes_on { length.max(WINDOW) } else { length }.min(most))?;
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

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Counts what is read: how often, and how many bytes.
    #[derive(Default)]
    struct Counted {
        inner: Cursor<Vec<u8>>,
        reads: Arc<(AtomicUsize, AtomicUsize)>,
    }

    impl Read for Counted {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let size = self.inner.read(out)?;
            self.reads.0.fetch_add(1, Ordering::Relaxed);
            self.reads.1.fetch_add(size, Ordering::Relaxed);
            Ok(size)
        }
    }

    impl Write for Counted {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.inner.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for Counted {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.inner.seek(to)
        }
    }

    /// Reads so many pieces of 300 bytes in an order; gives how often the medium was read, and how many bytes.
    fn reading(count: usize, order: impl Iterator<Item = usize>) -> (usize, usize) {
        let medium = Counted::default();
        let reads = Arc::clone(&medium.reads);
        let mut tape = Tape::new(Box::new(medium));
        let piece = |n: usize| format!("{n:0300}").into_bytes();
        (0..count).for_each(|n| assert_eq!(tape.append(&piece(n)).unwrap(), n * 300));
        for n in order {
            assert_eq!(tape.read(n * 300, 300).unwrap(), piece(n), "{n}");
        }
        (reads.0.load(Ordering::Relaxed), reads.1.load(Ordering::Relaxed))
    }

    #[test]
    fn no_more_is_read_than_is_wanted_whatever_the_order() {
        let count = 5000;
        let (reads, bytes) = reading(count, 0..count);
        assert!(bytes <= count * 300 * 102 / 100, "{bytes} bytes in sequence");
        assert!(reads <= count * 300 / WINDOW + 5, "{reads} reads in sequence");
        let orders: [Box<dyn Iterator<Item = usize>>; 3] = [
            Box::new((0..count).rev()),
            Box::new((0..count).map(|n| n * 1009 % count)),
            Box::new((0..count).step_by(2)),
        ];
        for order in orders {
            let (_, bytes) = reading(count, order);
            // The very first goes on from the beginning.
            assert!(bytes <= count * 300 + WINDOW, "{bytes} bytes");
        }
    }
}
