//! Walks the pages of an Ogg file, chained streams too.

use super::super::ogg::{CODEC_PEEK, Codec, PAGE_HEAD, Page};
use super::super::view::{len, millis};
use super::{Step, Sum, Walker};

/// The stream that is being played.
struct Stream {
    serial: u32,
    codec: Codec,
    granule: u64,
    ended: bool,
}

impl Stream {
    fn ms(&self) -> u64 {
        millis(self.granule.saturating_sub(self.codec.skip), self.codec.rate).unwrap_or_default()
    }
}

#[derive(Default)]
pub(super) struct OggMeter {
    stream: Option<Stream>,
    /// Of the streams before it, ms.
    before: u64,
    pages: u64,
    /// End of the last page.
    end: u64,
    /// The file ends within a page's header.
    torn: bool,
}

impl Walker for OggMeter {
    fn step(&mut self, at: u64, bytes: &[u8], last: bool) -> Step {
        if !bytes.starts_with(b"OggS") {
            // Damage, or a tag: the next page shows itself.
            let next = memchr::memchr(b'O', bytes.get(1..).unwrap_or_default()).map(|next| next as u64 + 1);
            self.torn = last && next.is_none() && b"OggS".starts_with(bytes);
            return Step::Skip(next.unwrap_or(len(bytes).max(1)));
        }
        let Some(head) = Page::head_length(bytes) else {
            self.torn = last;
            return Step::Skip(1);
        };
        let want = head.saturating_add(CODEC_PEEK);
        if bytes.len() < want && !last {
            return Step::Need(want);
        }
        let Some(page) = Page::read(bytes) else {
            self.torn = last;
            return Step::Done;
        };
        let end = at.saturating_add(page.length as u64);
        if page.first {
            let packet = bytes.get(page.head..page.length.min(bytes.len())).unwrap_or_default();
            // A stream beside the one that plays is video or a second language.
            if self.stream.as_ref().is_none_or(|stream| stream.ended || stream.granule > 0)
                && let Some(codec) = Codec::read(packet)
            {
                self.before = self.before.saturating_add(self.stream.as_ref().map_or(0, Stream::ms));
                self.stream = Some(Stream { serial: page.serial, codec, granule: 0, ended: false });
            }
        }
        if let Some(stream) = &mut self.stream
            && stream.serial == page.serial
        {
            stream.granule = page.granule.unwrap_or_default().max(stream.granule);
            stream.ended |= page.last;
        }
        self.pages = self.pages.saturating_add(1);
        self.end = end;
        Step::Skip(page.length as u64)
    }

    fn least(&self) -> usize {
        PAGE_HEAD
    }

    fn finish(&self, length: u64) -> Sum {
        let beyond = self.end > length;
        Sum {
            format: self.stream.as_ref().map(|stream| stream.codec.format),
            audio_ms: self.stream.as_ref().map(|stream| self.before.saturating_add(stream.ms())),
            cut: self.torn || beyond || self.stream.as_ref().is_some_and(|stream| !stream.ended),
            frames: self.pages.saturating_sub(u64::from(beyond)),
        }
    }
}
