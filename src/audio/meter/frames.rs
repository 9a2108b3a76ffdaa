//! Counts MPEG and ADTS frames, over tags and damage between them.

use super::super::frames::{Frame, PEEK, Probe, probe};
use super::super::mpeg::{self, INDEX_PEEK, LONGEST};
use super::super::{id3, view};
use super::{Step, Sum, Walker};

/// Bytes looked through at a time where no frame is.
const SEARCH: usize = 1024;
/// Bytes that show a frame whatever follows: free format needs three headers.
const PROBE: usize = 2 * LONGEST + PEEK;

pub(super) struct FrameMeter {
    /// The frame that the next one has to agree with.
    like: Frame,
    /// The frame before ended here.
    synced: bool,
    frames: u64,
    /// Nanoseconds played at sample rates that were left behind.
    before: u64,
    /// Samples at the present one.
    samples: u64,
    /// End and samples of the last frame; a header frame has none.
    last: Option<(u64, u64)>,
}

impl FrameMeter {
    /// Begins at the first frame, which has been proven.
    pub(super) fn new(bytes: &[u8]) -> Option<Self> {
        let (Probe::Agreed(like) | Probe::Lone(like)) = probe(bytes, false) else { return None };
        Some(Self { like, synced: true, frames: 0, before: 0, samples: 0, last: None })
    }

    fn nanos(samples: u64, rate: u32) -> u64 {
        let nanos = u128::from(samples) * 1_000_000_000 / u128::from(rate.max(1));
        u64::try_from(nanos).unwrap_or(u64::MAX)
    }

    fn take(&mut self, at: u64, frame: Frame, bytes: &[u8]) -> Step {
        let index = match frame {
            Frame::Mpeg(header, _) => mpeg::index(&header, bytes).is_some(),
            Frame::Adts(_) => false,
        };
        let length = frame.length() as u64;
        let samples = if index { 0 } else { frame.samples() };
        self.frames = self.frames.saturating_add(u64::from(!index));
        self.samples = self.samples.saturating_add(samples);
        self.last = Some((at.saturating_add(length), samples));
        Step::Skip(length)
    }

    /// A tag in the middle or at the end.
    fn tag(bytes: &[u8], last: bool) -> Option<Step> {
        if let Some(length) = id3::length(bytes) {
            return Some(Step::Skip(length));
        }
        if bytes.starts_with(b"TAG") {
            return Some(Step::Skip(id3::V1));
        }
        if bytes.starts_with(b"APETAGEX") {
            return Some(match id3::ape_length(bytes) {
                Some(length) => Step::Skip(length),
                None if last => Step::Done,
                None => Step::Need(32),
            });
        }
        None
    }

    /// Looks for the next frame where none is.
    fn search(&mut self, at: u64, bytes: &[u8], last: bool) -> Step {
        if bytes.len() < SEARCH && !last {
            return Step::Need(SEARCH);
        }
        let begins = |rest: &[u8]| rest.first() == Some(&0xff) || id3::trailing(rest);
        let next = (0..bytes.len()).find(|from| bytes.get(*from..).is_some_and(begins));
        match next {
            None => return Step::Skip(view::len(bytes).max(1)),
            Some(from) if from > 0 => return Step::Skip(from as u64),
            Some(_) => {}
        }
        if let Some(step) = Self::tag(bytes, last) {
            return step;
        }
        match probe(bytes, false) {
            Probe::Agreed(frame) => {
                if frame.rate() != self.like.rate() {
                    self.before = self.before.saturating_add(Self::nanos(self.samples, self.like.rate()));
                    self.samples = 0;
                    // Its samples are counted at the old rate.
                    self.last = None;
                }
                self.like = frame;
                self.synced = true;
                self.take(at, frame, bytes)
            }
            Probe::Lone(_) | Probe::Short if !last && bytes.len() < PROBE => Step::Need(PROBE),
            _ => Step::Skip(1),
        }
    }
}

impl Walker for FrameMeter {
    fn step(&mut self, at: u64, bytes: &[u8], last: bool) -> Step {
        if !self.synced {
            return self.search(at, bytes, last);
        }
        if let Some(frame) = Frame::read(bytes, self.like.free()).filter(|frame| frame.agrees(&self.like)) {
            return self.take(at, frame, bytes);
        }
        if let Some(step) = Self::tag(bytes, last) {
            return step;
        }
        if last && bytes.len() < PEEK && bytes.first() == Some(&0xff) {
            // The file ends within a header.
            self.last = Some((at.saturating_add(PEEK as u64), 0));
            return Step::Skip(PEEK as u64);
        }
        self.synced = false;
        self.search(at, bytes, last)
    }

    fn least(&self) -> usize {
        INDEX_PEEK
    }

    fn finish(&self, length: u64) -> Sum {
        let cut = self.last.filter(|(end, _)| *end > length);
        let lost = cut.map_or(0, |(_, samples)| samples);
        let nanos = self.before.saturating_add(Self::nanos(self.samples.saturating_sub(lost), self.like.rate()));
        Sum {
            format: Some(self.like.format()),
            audio_ms: Some(nanos / 1_000_000),
            cut: cut.is_some(),
            frames: self.frames.saturating_sub(u64::from(lost > 0)),
        }
    }
}
