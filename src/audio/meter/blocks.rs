//! Walks the chunks of a WAV and the frames of a FLAC.

use super::super::crc;
use super::super::flac::{FrameHead, LONGEST_HEADER, StreamInfo};
use super::super::view::{le32, le64, millis};
use super::super::wav::{Fmt, streamed};
use super::super::{Format, view};
use super::{Step, Sum, Walker};

#[derive(Default)]
pub(super) struct WavMeter {
    fmt: Option<Fmt>,
    long_data: Option<u64>,
    samples: Option<u32>,
    /// Where the audio begins and, unless it goes on to the end of the file, ends.
    data: Option<(u64, Option<u64>)>,
    /// The farthest end that a chunk states.
    end: u64,
}

impl Walker for WavMeter {
    fn step(&mut self, at: u64, bytes: &[u8], last: bool) -> Step {
        if at == 0 {
            return Step::Skip(12);
        }
        let (Some(kind), Some(size)) = (bytes.get(..4), le32(bytes, 4)) else { return Step::Done };
        let payload_at = at.saturating_add(8);
        let want = match kind {
            b"fmt " => 40,
            b"ds64" => 24,
            b"fact" => 4,
            _ => 0,
        };
        let want = want.min(usize::try_from(size).unwrap_or(usize::MAX)).saturating_add(8);
        if bytes.len() < want && !last {
            return Step::Need(want);
        }
        let payload = bytes.get(8..want).unwrap_or_default();
        let mut long = u64::from(size);
        match kind {
            b"fmt " => self.fmt = Fmt::read(payload),
            b"ds64" => self.long_data = le64(payload, 8).filter(|size| *size > 0),
            b"fact" => self.samples = le32(payload, 0).filter(|samples| !streamed(*samples)),
            b"data" if self.data.is_none() => {
                let size = self.long_data.or_else(|| (!streamed(size)).then_some(u64::from(size)));
                self.data = Some((payload_at, size.map(|size| payload_at.saturating_add(size))));
                match size {
                    Some(size) => long = size,
                    None => return Step::Done,
                }
            }
            _ => {}
        }
        self.end = self.end.max(payload_at.saturating_add(long));
        Step::Skip(long.saturating_add(long & 1).saturating_add(8))
    }

    fn least(&self) -> usize {
        8
    }

    fn finish(&self, length: u64) -> Sum {
        let cut = self.end > length;
        let audio_ms = self.fmt.as_ref().zip(self.data).and_then(|(fmt, (start, end))| {
            let counted = self.samples.filter(|_| fmt.odd_codec.is_some() && !cut);
            let by_samples = counted.and_then(|samples| millis(samples.into(), fmt.rate.into()));
            let bytes = end.unwrap_or(length).min(length).saturating_sub(start);
            by_samples.or_else(|| millis(bytes, fmt.bytes_a_second.into()))
        });
        let proven = self.fmt.is_some() && self.data.is_some();
        Sum { format: proven.then_some(Format::Wav), audio_ms, cut, frames: 0 }
    }
}

/// Bytes of frames looked at in one step.
const WINDOW: usize = 4096;

#[derive(Default)]
pub(super) struct FlacMeter {
    info: Option<StreamInfo>,
    /// The metadata is over.
    audio: bool,
    frames: u64,
    last: Option<FrameHead>,
    /// Of the last frame, as far as it was seen; 0 once its footer was.
    crc: u16,
    /// A tag behind the last frame.
    trailer: bool,
    /// The farthest end that a metadata block states.
    end: u64,
}

impl FlacMeter {
    /// A header belongs to the next frame where the frame before is over by its checksum, or, after
    /// damage, where its number is the one that is due.
    fn due(&self, head: &FrameHead) -> bool {
        self.last.is_none_or(|last| {
            let number = if last.by_sample { last.number.saturating_add(last.block) } else { last.number + 1 };
            self.crc == 0 || (head.by_sample == last.by_sample && head.number == number)
        })
    }

    fn frames(&mut self, bytes: &[u8], last: bool) -> Step {
        let mut from = 0;
        loop {
            let rest = bytes.get(from..).unwrap_or_default();
            let Some(at) = memchr::memchr2(0xff, b'T', rest) else {
                self.crc = crc::flac16(self.crc, rest);
                return Step::Skip(view::len(bytes));
            };
            self.crc = crc::flac16(self.crc, rest.get(..at).unwrap_or_default());
            from += at;
            let rest = rest.get(at..).unwrap_or_default();
            if rest.len() < LONGEST_HEADER && !last {
                // Seen whole from here on; the bytes before are dealt with.
                return Step::Skip(from as u64);
            }
            if self.crc == 0 && self.frames > 0 && rest.starts_with(b"TAG") {
                self.trailer = true;
                return Step::Done;
            }
            if let Some(head) = FrameHead::read(rest).filter(|head| self.due(head)) {
                self.frames = self.frames.saturating_add(1);
                self.last = Some(head);
                self.crc = 0;
            }
            self.crc = crc::flac16(self.crc, rest.get(..1).unwrap_or_default());
            from += 1;
        }
    }
}

impl Walker for FlacMeter {
    fn step(&mut self, at: u64, bytes: &[u8], last: bool) -> Step {
        if self.audio {
            if bytes.len() < WINDOW && !last {
                return Step::Need(WINDOW);
            }
            return self.frames(bytes, last);
        }
        if at == 0 {
            return Step::Skip(4);
        }
        let Some([kind, a, b, c]) = bytes.get(..4).and_then(|head| <[u8; 4]>::try_from(head).ok()) else {
            return Step::Done;
        };
        if self.info.is_none() {
            if bytes.len() < 38 && !last {
                return Step::Need(38);
            }
            self.info = bytes.get(4..38).and_then(StreamInfo::read);
            if self.info.is_none() {
                return Step::Done;
            }
        }
        self.audio = kind & 0x80 != 0;
        let length = u64::from(u32::from_be_bytes([0, a, b, c])).saturating_add(4);
        self.end = at.saturating_add(length);
        Step::Skip(length)
    }

    fn least(&self) -> usize {
        4
    }

    fn finish(&self, length: u64) -> Sum {
        let torn = self.last.is_some() && self.crc != 0 && !self.trailer;
        let ms = self.info.zip(self.last).and_then(|(info, last)| {
            let start = if last.by_sample { last.number } else { last.number.saturating_mul(info.min_block) };
            millis(start.saturating_add(if torn { 0 } else { last.block }), info.rate)
        });
        Sum {
            format: self.last.map(|_| Format::Flac),
            audio_ms: ms,
            cut: torn || self.end > length,
            frames: self.frames.saturating_sub(u64::from(torn)),
        }
    }
}
