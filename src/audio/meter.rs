//! Measures a whole file as it streams by: how long the audio in it plays, and whether its last frame
//! or box is cut off. Memory is the 64 KiB that [`sniff`] looks at first, then a few KiB.
//!
//! The rules of each format are walkers. A walker is handed exactly as many bytes as it asked for, or,
//! at the end of the file, what is left: so nothing it says can depend on how the bytes came in.

mod blocks;
mod boxes;
mod frames;
mod ogg;

use super::view::{HEAD_MAX, View, holds, len};
use super::{Format, Sniff, Window, id3, mp4, sniff};
use blocks::{FlacMeter, WavMeter};
use boxes::{BoxMeter, WebmMeter};
use frames::FrameMeter;
use ogg::OggMeter;

/// Bytes taken in at a time; with [`NEED_MAX`] it bounds what a walker's buffer holds.
const PIECE: usize = 8 * 1024;
/// The most that a walker may ask to see at once, bytes.
const NEED_MAX: usize = 16 * 1024;

/// What a whole file was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whole {
    /// Bytes of the file.
    pub bytes: u64,
    /// Its format, where the bytes prove one.
    pub format: Option<Format>,
    /// How long the audio that is there plays, ms, where it could be counted: MPEG and AAC by frames,
    /// Ogg by granules, FLAC by its frames' numbers, WAV by bytes, WebM by its blocks' times. Of an
    /// MP4 it is what `moov` states.
    pub audio_ms: Option<u64>,
    /// The last frame, page, chunk, element or box reaches beyond the end of the file, or an Ogg
    /// stream's last page is missing. Bytes behind the last frame that are a tag or no frame at all are
    /// no cut.
    pub cut: bool,
    /// Frames of MPEG, AAC and FLAC (header frames and a frame that is cut apart), pages of Ogg, blocks
    /// of WebM, fragments of MP4; 0 of other formats.
    pub frames: u64,
}

/// What a walker wants next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// So many bytes, counted from where it is. Never fewer than it was given.
    Need(usize),
    /// Go on behind so many bytes; they may lie beyond what was seen.
    Skip(u64),
    /// Nothing more is of interest.
    Done,
}

/// The rules of one format.
trait Walker: Send {
    /// Looks at the bytes at `at` (counted from where the walker began). `last` says that there are
    /// none behind them; then they may be fewer than asked for.
    fn step(&mut self, at: u64, bytes: &[u8], last: bool) -> Step;

    /// Bytes that [`Walker::step`] is first given at a new place.
    fn least(&self) -> usize;

    /// The sum, once `length` bytes from where it began have gone by.
    fn finish(&self, length: u64) -> Sum;
}

/// What a walker found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    /// The format, where the walker itself proves it.
    format: Option<Format>,
    audio_ms: Option<u64>,
    cut: bool,
    frames: u64,
}

/// A walker, and the bytes that it has not dealt with.
struct Tape {
    walker: Box<dyn Walker>,
    buffer: Vec<u8>,
    /// Bytes of the buffer that are dealt with.
    done: usize,
    /// Bytes to come that are not looked at; the buffer is empty while there are any.
    skip: u64,
    need: usize,
    /// Where the walker is.
    at: u64,
    over: bool,
}

impl Tape {
    fn new(walker: Box<dyn Walker>) -> Self {
        let need = walker.least();
        Self { walker, buffer: Vec::new(), done: 0, skip: 0, need, at: 0, over: false }
    }

    fn feed(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(PIECE) {
            if self.over {
                return;
            }
            let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(piece.len());
            self.skip -= skipped as u64;
            self.buffer.extend_from_slice(piece.get(skipped..).unwrap_or_default());
            self.run(false);
        }
    }

    fn run(&mut self, end: bool) {
        while !self.over {
            let rest = self.buffer.get(self.done..).unwrap_or_default();
            let last = rest.len() < self.need;
            if rest.is_empty() || (last && !end) {
                break;
            }
            let window = rest.get(..self.need).unwrap_or(rest);
            match self.walker.step(self.at, window, last) {
                Step::Need(more) if more > self.need && more <= NEED_MAX && !last => self.need = more,
                Step::Skip(count) if count > 0 => {
                    let here = usize::try_from(count).unwrap_or(usize::MAX).min(rest.len());
                    self.skip = count - here as u64;
                    self.done += here;
                    self.at = self.at.saturating_add(count);
                    self.need = self.walker.least();
                }
                Step::Need(_) | Step::Skip(_) | Step::Done => self.over = true,
            }
        }
        self.buffer.drain(..self.done.min(self.buffer.len()));
        self.done = 0;
    }
}

/// Where the measuring is.
enum State {
    /// Collecting the first bytes, behind so many that were tags.
    Start(Vec<u8>),
    /// So many bytes of a tag are still to come.
    Tag(u64),
    /// Walking.
    Walk(Tape),
    /// Nothing to measure.
    Idle,
}

/// Measures one file. Push its bytes in order, in pieces of any size, then finish.
pub struct Meter {
    bytes: u64,
    state: State,
    /// An ID3 tag was skipped: what is behind it is MPEG, AAC or FLAC, or nothing.
    tagged: bool,
    format: Option<Format>,
    /// Where the walker began.
    began: u64,
}

impl std::fmt::Debug for Meter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Meter").field("bytes", &self.bytes).field("format", &self.format).finish_non_exhaustive()
    }
}

impl Default for Meter {
    fn default() -> Self {
        Self::new()
    }
}

impl Meter {
    /// Before the first byte.
    pub fn new() -> Self {
        Self { bytes: 0, state: State::Start(Vec::new()), tagged: false, format: None, began: 0 }
    }

    /// The next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let taken = match &mut self.state {
                State::Start(head) => {
                    let room = usize::try_from(HEAD_MAX).unwrap_or(usize::MAX).saturating_sub(head.len());
                    let taken = rest.get(..room).unwrap_or(rest);
                    head.extend_from_slice(taken);
                    taken.len()
                }
                State::Tag(left) => {
                    let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                    *left -= taken as u64;
                    if *left == 0 {
                        self.state = State::Start(Vec::new());
                    }
                    taken
                }
                State::Walk(tape) => {
                    tape.feed(rest);
                    rest.len()
                }
                State::Idle => rest.len(),
            };
            self.bytes = self.bytes.saturating_add(taken as u64);
            rest = rest.get(taken..).unwrap_or_default();
            self.decide(false);
        }
    }

    /// The file has ended.
    pub fn finish(mut self) -> Whole {
        self.decide(true);
        let mut whole = Whole { bytes: self.bytes, format: self.format, ..Whole::default() };
        if let State::Walk(tape) = &mut self.state {
            tape.run(true);
            let sum = tape.walker.finish(self.bytes.saturating_sub(self.began));
            whole = Whole {
                format: self.format.or(sum.format),
                audio_ms: sum.audio_ms,
                cut: sum.cut,
                frames: sum.frames,
                ..whole
            };
        }
        whole
    }

    /// Chooses the walker once all the bytes that decide are there.
    fn decide(&mut self, end: bool) {
        if let State::Start(head) = &mut self.state {
            if (len(head) < HEAD_MAX && !end) || head.is_empty() {
                return;
            }
            let head = std::mem::take(head);
            let base = self.bytes.saturating_sub(len(&head));
            let window = Window { head: &head, jump: None, total: end.then(|| len(&head)), complete: true };
            let start = match id3::skip(&View::new(&window)) {
                Ok(start) => start,
                // What is beyond the bytes seen is not told apart from another tag.
                Err((at, _)) => at,
            };
            if start >= len(&head) {
                self.tagged = true;
                self.state = match start - len(&head) {
                    0 => State::Start(Vec::new()),
                    left => State::Tag(left),
                };
                return;
            }
            let answer = sniff(&window);
            let behind = usize::try_from(start).ok().and_then(|start| head.get(start..)).unwrap_or_default();
            let tagged = self.tagged || start > 0;
            let choice = choose(&answer, &head, start, behind).filter(|choice| choice.taggable || !tagged);
            if let Sniff::Audio(facts) = &answer
                && (choice.is_some() || !tagged)
            {
                self.format = Some(facts.format);
            }
            self.state = match choice {
                Some(Choice { from, walker, .. }) => {
                    self.began = base.saturating_add(from);
                    let mut tape = Tape::new(walker);
                    tape.feed(usize::try_from(from).ok().and_then(|from| head.get(from..)).unwrap_or_default());
                    State::Walk(tape)
                }
                // Too little is seen behind the tag: look again from its end.
                None if start > 0 && matches!(answer, Sniff::Jump { .. }) => {
                    self.tagged = true;
                    State::Start(behind.to_vec())
                }
                None => State::Idle,
            };
        }
    }
}

/// A walker and where it is to begin.
struct Choice {
    /// Offset in the head.
    from: u64,
    /// It may stand behind an ID3 tag.
    taggable: bool,
    walker: Box<dyn Walker>,
}

/// The walker that goes with the answer. Where [`sniff`] wants to jump, the container's own walk gets
/// there.
fn choose(answer: &Sniff, head: &[u8], start: u64, behind: &[u8]) -> Option<Choice> {
    let format = match answer {
        Sniff::Audio(facts) if matches!(facts.format, Format::Mp3 | Format::Mp2 | Format::Aac) => {
            let at = usize::try_from(facts.audio_start).ok()?;
            let walker = Box::new(FrameMeter::new(head.get(at..)?)?);
            return Some(Choice { from: facts.audio_start, taggable: true, walker });
        }
        Sniff::Audio(facts) => facts.format,
        Sniff::Jump { .. } if behind.starts_with(b"fLaC") => Format::Flac,
        Sniff::Jump { .. } if behind.starts_with(b"OggS") => Format::OggVorbis,
        Sniff::Jump { .. } if behind.starts_with(b"\x1a\x45\xdf\xa3") => Format::Webm,
        Sniff::Jump { .. } if holds(behind, 8, b"WAVE") => Format::Wav,
        Sniff::Jump { .. } if mp4::begins(behind) => Format::Mp4,
        _ => return None,
    };
    let walker: Box<dyn Walker> = match format {
        Format::Mp4 => Box::new(BoxMeter::default()),
        Format::Wav => Box::new(WavMeter::default()),
        Format::Webm => Box::new(WebmMeter::default()),
        Format::Flac if behind.starts_with(b"fLaC") => Box::new(FlacMeter::default()),
        Format::Flac | Format::OggVorbis | Format::OggOpus => Box::new(OggMeter::default()),
        Format::Hls | Format::Mp3 | Format::Mp2 | Format::Aac => return None,
    };
    Some(Choice { from: start, taggable: format == Format::Flac, walker })
}
