//! Walks the boxes of an MP4 and the elements of a WebM.

use super::super::mp4::{BoxHead, NoBox};
use super::super::webm::{self, Element};
use super::super::{Format, moov};
use super::{Step, Sum, Walker};

/// Bytes of a movie header that hold its times.
const MVHD: usize = 32;

#[derive(Default)]
pub(super) struct BoxMeter {
    /// The end of `moov`, while inside it.
    inside: Option<u64>,
    index: bool,
    media: bool,
    fragments: u64,
    ms: Option<u64>,
    /// The farthest end that a box states.
    end: u64,
    /// Bytes that are no box.
    broken: bool,
    /// The file ends within a box's header.
    torn: bool,
}

impl BoxMeter {
    fn skip_to(&mut self, at: u64, end: u64) -> Step {
        self.inside = None;
        Step::Skip(end.saturating_sub(at).max(1))
    }
}

impl Walker for BoxMeter {
    fn step(&mut self, at: u64, bytes: &[u8], last: bool) -> Step {
        let inside = self.inside.filter(|end| at < *end);
        self.inside = inside;
        let head = match (BoxHead::read(bytes), inside) {
            (Ok(head), _) => head,
            (Err(NoBox::Need(more)), _) if !last => return Step::Need(more),
            (Err(NoBox::Need(_)), _) => {
                self.torn = bytes.iter().any(|byte| *byte != 0);
                return Step::Done;
            }
            (Err(NoBox::Bad), Some(end)) => return self.skip_to(at, end),
            (Err(NoBox::Bad), None) => {
                self.broken = true;
                return Step::Done;
            }
        };
        let end = head.size.map(|size| at.saturating_add(size));
        if let Some(limit) = inside {
            if &head.kind != b"mvhd" {
                let end = end.unwrap_or(limit).min(limit);
                return Step::Skip(end.saturating_sub(at).max(1));
            }
            let want = MVHD + 8;
            if bytes.len() < want && !last {
                return Step::Need(want);
            }
            self.ms = bytes.get(8..).and_then(moov::header_ms);
            return self.skip_to(at, limit);
        }
        match &head.kind {
            b"moov" => {
                self.index = true;
                self.inside = end;
            }
            b"moof" => self.fragments = self.fragments.saturating_add(1),
            b"mdat" => self.media = true,
            _ => {}
        }
        // A box that reaches to the end of the file is never cut.
        let Some(end) = end else { return Step::Done };
        self.end = self.end.max(end);
        if &head.kind == b"moov" { Step::Skip(head.head) } else { Step::Skip(end.saturating_sub(at)) }
    }

    fn least(&self) -> usize {
        8
    }

    fn finish(&self, length: u64) -> Sum {
        let proven = (self.index || self.fragments > 0) && self.media && !self.broken;
        Sum {
            format: proven.then_some(Format::Mp4),
            audio_ms: self.ms,
            cut: self.torn || self.end > length,
            frames: self.fragments,
        }
    }
}

const TIMESTAMP: u32 = 0xe7;
const SIMPLE_BLOCK: u32 = 0xa3;
const BLOCK_GROUP: u32 = 0xa0;
const BLOCK: u32 = 0xa1;

#[derive(Default)]
pub(super) struct WebmMeter {
    segment: bool,
    /// Nanoseconds of a tick; 0 before `Info`.
    scale: u64,
    stated: Option<u64>,
    /// The present cluster's time, ticks.
    cluster: u64,
    /// The last block's time and the one before it, ticks.
    times: (u64, u64),
    blocks: u64,
    end: u64,
}

impl WebmMeter {
    /// A block: its track's number, then its time, counted from the cluster's.
    fn block(&mut self, payload: &[u8]) {
        self.blocks = self.blocks.saturating_add(1);
        let Some(first) = payload.first() else { return };
        let at = usize::try_from(first.leading_zeros()).unwrap_or_default().saturating_add(1);
        let Some([high, low]) = payload.get(at..at.saturating_add(2)) else { return };
        let time = self.cluster.saturating_add_signed(i64::from(i16::from_be_bytes([*high, *low])));
        if time > self.times.0 {
            self.times = (time, self.times.0);
        }
    }
}

impl Walker for WebmMeter {
    fn step(&mut self, at: u64, bytes: &[u8], last: bool) -> Step {
        let Some(element) = Element::read(bytes) else { return Step::Done };
        let payload_at = at.saturating_add(element.head as u64);
        let end = element.size.map(|size| payload_at.saturating_add(size));
        let inside = |most: usize| {
            let size = element.size.and_then(|size| usize::try_from(size).ok()).unwrap_or(most).min(most);
            element.head.saturating_add(size)
        };
        let want = match element.id {
            webm::INFO => inside(webm::INFO_MAX),
            TIMESTAMP => inside(8),
            SIMPLE_BLOCK | BLOCK => inside(10),
            _ => 0,
        };
        if bytes.len() < want && !last {
            return Step::Need(want);
        }
        let payload = bytes.get(element.head..want.max(element.head)).unwrap_or_default();
        match element.id {
            webm::INFO => (self.scale, self.stated) = webm::info(payload),
            TIMESTAMP => self.cluster = payload.iter().fold(0, |time, byte| (time << 8) | u64::from(*byte)),
            SIMPLE_BLOCK | BLOCK if end.is_some() => self.block(payload),
            webm::SEGMENT => self.segment = true,
            _ => {}
        }
        self.end = self.end.max(end.unwrap_or_default());
        match (element.id, end) {
            (webm::SEGMENT | webm::CLUSTER | BLOCK_GROUP, _) => Step::Skip(element.head as u64),
            (_, Some(end)) => Step::Skip(end.saturating_sub(at)),
            (_, None) => Step::Done,
        }
    }

    fn least(&self) -> usize {
        webm::LONGEST_HEAD
    }

    fn finish(&self, length: u64) -> Sum {
        // The last block plays about as long as the way to it from the one before.
        let ticks = self.times.0.saturating_mul(2).saturating_sub(self.times.1);
        let scale = if self.scale == 0 { 1_000_000 } else { self.scale };
        let counted = u64::try_from(u128::from(ticks) * u128::from(scale) / 1_000_000).ok();
        Sum {
            format: self.segment.then_some(Format::Webm),
            audio_ms: counted.filter(|ms| *ms > 0).or(self.stated),
            cut: self.end > length,
            frames: self.blocks,
        }
    }
}
