//! The end of an enclosure's chain: one ranged GET, stopped as soon as the bytes prove the format,
//! a second range past a tag; or the whole body in constant memory.

use std::mem;
use std::ops::Deref;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::answer::{self, ContentRange};
use super::exchange::{Ask, Range, Reply};
use super::hop::{Run, dialling};
use super::walk::Next;
use crate::audio::{self, Sniff, Window};
use crate::chain::{Answer, End, FullBody, Hop, Media, Method, Phase, RequestFailure};

/// Bytes after which the start is looked at for the first time; then after each doubling.
const FIRST_LOOK: usize = 4 << 10;

/// The start of a body. As a rule the first piece of it is enough, and is not copied.
#[derive(Debug, Default)]
struct Start {
    first: Bytes,
    /// All of it, once a second piece came.
    joined: Vec<u8>,
}

impl Start {
    /// More of it, up to `max` bytes in all.
    fn push(&mut self, mut piece: Bytes, max: usize) {
        piece.truncate(max.saturating_sub(self.len()));
        if self.is_empty() {
            self.first = piece;
            return;
        }
        if self.joined.is_empty() {
            self.joined.extend_from_slice(&mem::take(&mut self.first));
        }
        self.joined.extend_from_slice(&piece);
    }
}

impl Deref for Start {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        if self.joined.is_empty() { &self.first } else { &self.joined }
    }
}

/// What an answer at the end of a chain leads to.
enum Opened {
    /// A body to look at.
    Body(Box<Reply>, Box<Media>),
    /// Elsewhere.
    Next(Next),
}

impl Run<'_> {
    /// Reads enough of the start to prove what it is.
    pub(crate) async fn sample(&mut self) -> Next {
        let limits = &self.inner.settings.limits;
        let (max, jump_max) = (limits.sample, limits.jump);
        let range = Range { first: 0, last: Some(max.saturating_sub(1)) };
        let (mut reply, mut media) = match self.open(range, max).await {
            Opened::Body(reply, media) => (reply, media),
            Opened::Next(next) => return next,
        };
        if !begins_at_start(&reply.answer) {
            reply.finish(self.inner, 0).await;
            return Next::End(End::Reached, Some(media));
        }
        let mut head = Start::default();
        let mut look = FIRST_LOOK;
        let until = self.until();
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        let (sniff, fault) = loop {
            let (complete, fault) = match reply.chunk(self.inner, self.idle(), until).await {
                Ok(Some(data)) => {
                    media.first_audio_byte.get_or_insert_with(|| self.heard(&reply));
                    head.push(data, max);
                    (head.len() >= max, None)
                }
                Ok(None) => (true, None),
                Err(why) => (true, Some(self.blame(why))),
            };
            if !complete && head.len() < look {
                continue;
            }
            look = head.len().saturating_mul(2);
            let window = Window { head: &head, jump: None, total: media.bytes_total, complete };
            let sniff = audio::sniff(&window);
            if complete || sniff != Sniff::More {
                break (sniff, fault);
            }
        };
        let mut answer = reply.answer.clone();
        answer.transfer = Some(reply.head_at.elapsed());
        media.bytes_read = reply.read;
        self.take(answer);
        let sniff = match (sniff, fault) {
            (sniff @ Sniff::Audio(_), _) | (sniff, None) => sniff,
            (sniff, Some(why)) => {
                media.sniff = (media.bytes_read > 0).then_some(sniff);
                let Next::End(end, _) = self.fail(why) else { return Next::end(End::Broken) };
                return Next::End(end, Some(media));
            }
        };
        // What was asked for is on its way; reading it keeps an HTTP/1.1 connection.
        reply.finish(self.inner, max as u64).await;
        let sniff = match sniff {
            Sniff::Jump { offset, len } => {
                // The hop is that of the first range, whatever becomes of the second.
                let standing = self.hop.clone();
                let jump = Box::pin(self.jump(offset, len.min(jump_max), &mut media)).await;
                self.hop = Hop { waited_ms: self.hop.waited_ms, ..standing };
                let window = Window {
                    head: &head,
                    jump: jump.as_deref().map(|bytes| (offset, bytes)),
                    total: media.bytes_total,
                    complete: true,
                };
                // Where the second range cannot be had, the question stays open.
                if jump.is_some() { audio::sniff(&window) } else { Sniff::Jump { offset, len } }
            }
            sniff => sniff,
        };
        media.sniff = Some(sniff);
        Next::End(End::Reached, Some(media))
    }

    /// What a listener has waited by now, while the first bytes of this body come: each hop's
    /// connection and the answer that counts. What podprobe asks besides is no wait of theirs.
    fn heard(&self, reply: &Reply) -> Duration {
        let own = reply.answer.first_byte.saturating_add(reply.head_at.elapsed());
        self.walk.heard.saturating_add(dialling(&self.hop)).saturating_add(own)
    }

    /// The second range. `None` where the server does not give it.
    async fn jump(&mut self, offset: u64, len: u64, media: &mut Media) -> Option<Vec<u8>> {
        let last = offset.checked_add(len.checked_sub(1)?)?;
        let url = self.hop.url.clone();
        let range = Range { first: offset, last: Some(last) };
        let ask = Ask { url: &url, method: Method::Get, range: Some(range), document: None, want: len, neutral: false };
        let mut reply = self.ask_patiently(&ask).await.ok()?;
        let starts_there = reply.answer.status == 206
            && matches!(content_range(&reply.answer), Some(ContentRange::Part { first, .. }) if first == offset);
        if !starts_there {
            reply.finish(self.inner, 0).await;
            return None;
        }
        let max = usize::try_from(len).unwrap_or(usize::MAX);
        let mut bytes = Vec::new();
        let until = self.until();
        while bytes.len() < max {
            let Ok(Some(data)) = reply.chunk(self.inner, self.idle(), until).await else { break };
            let room = max.saturating_sub(bytes.len());
            bytes.extend_from_slice(data.get(..room).unwrap_or(&data));
        }
        media.bytes_read = media.bytes_read.saturating_add(reply.read);
        reply.finish(self.inner, len).await;
        (!bytes.is_empty()).then_some(bytes)
    }

    /// Streams the whole body, in constant memory.
    pub(crate) async fn full(&mut self) -> Next {
        let limits = &self.inner.settings.limits;
        let sample = usize::try_from(limits.sample).unwrap_or(usize::MAX);
        let (jump_max, deadline) = (limits.jump, limits.full);
        let range = Range { first: 0, last: None };
        let (mut reply, mut media) = match self.open(range, limits.sample).await {
            Opened::Body(reply, media) => (reply, media),
            Opened::Next(next) => return next,
        };
        if !begins_at_start(&reply.answer) {
            reply.finish(self.inner, 0).await;
            return Next::End(End::Reached, Some(media));
        }
        let until = Instant::now() + deadline;
        let mut meter = audio::Meter::new();
        let mut head: Vec<u8> = Vec::new();
        let mut sniff = None;
        let mut jump: Option<(u64, Vec<u8>, usize)> = None;
        let (mut first, mut last) = (None, Instant::now());
        let end = loop {
            let at = reply.read;
            let data = match reply.chunk(self.inner, self.idle(), until).await {
                Ok(Some(data)) => data,
                Ok(None) => break Ok(()),
                Err(why) => break Err(why),
            };
            reply.renew(data.len());
            last = Instant::now();
            if first.is_none() {
                first = Some(last);
                media.first_audio_byte = Some(self.heard(&reply));
            }
            meter.push(&data);
            if head.len() < sample {
                let room = sample.saturating_sub(head.len());
                head.extend_from_slice(data.get(..room).unwrap_or(&data));
                if head.len() >= sample {
                    let window = Window { head: &head, jump: None, total: media.bytes_total, complete: true };
                    let answer = audio::sniff(&window);
                    if let Sniff::Jump { offset, len } = answer {
                        let len = usize::try_from(len.min(jump_max)).unwrap_or(0);
                        jump = Some((offset, Vec::with_capacity(len), len));
                    }
                    sniff = Some(answer);
                }
            }
            if let Some((offset, bytes, len)) = &mut jump {
                collect(*offset, *len, bytes, at, &data);
            }
        };
        let whole = meter.finish();
        if end.is_ok() && media.bytes_total.is_none() {
            media.bytes_total = Some(reply.read);
        }
        let undecided = match sniff {
            Some(answer) => answer,
            None => audio::sniff(&Window { head: &head, jump: None, total: media.bytes_total, complete: true }),
        };
        media.sniff = Some(match (undecided, &jump) {
            (Sniff::Jump { .. }, Some((offset, bytes, _))) if !bytes.is_empty() => audio::sniff(&Window {
                head: &head,
                jump: Some((*offset, bytes)),
                total: media.bytes_total,
                complete: true,
            }),
            (answer, _) => answer,
        });
        media.bytes_read = reply.read;
        let stopped = end == Err(RequestFailure::Interrupted);
        media.full = Some(FullBody {
            bytes: reply.read,
            took: first.map(|first| last.saturating_duration_since(first)).unwrap_or_default(),
            end,
            audio_ms: whole.audio_ms,
            cut: whole.cut,
        });
        let mut answer = reply.answer.clone();
        answer.transfer = Some(last.saturating_duration_since(reply.head_at));
        self.take(answer);
        reply.finish(self.inner, 0).await;
        Next::End(if stopped { End::Interrupted } else { End::Reached }, Some(media))
    }

    /// The GET at the end. Its answer counts for the hop, whatever HEAD said.
    async fn open(&mut self, range: Range, want: u64) -> Opened {
        let url = self.hop.url.clone();
        let ask = Ask { url: &url, method: Method::Get, range: Some(range), document: None, want, neutral: false };
        let reply = match self.ask_patiently(&ask).await {
            Ok(reply) => reply,
            Err(failed) => {
                // HEAD's answer no longer counts.
                self.hop.request = Phase::NotReached;
                return Opened::Next(self.give_up(failed));
            }
        };
        self.take(reply.answer.clone());
        let reached = matches!(reply.answer.status, 200 | 203 | 206);
        if !reached && reply.answer.status != 416 {
            let (redirects, location) = (reply.answer.is_redirect(), reply.location.clone());
            reply.finish(self.inner, self.inner.settings.limits.jump).await;
            return Opened::Next(if redirects { self.follow(location.as_deref()) } else { Next::end(End::Broken) });
        }
        let (range, total) = answer::range_answer(&reply.answer, range.first, range.last);
        let coded = reply
            .answer
            .header("content-encoding")
            .is_some_and(|coding| !coding.trim().eq_ignore_ascii_case("identity"));
        let media = Box::new(Media {
            content_type: reply.answer.header("content-type").map(ToOwned::to_owned),
            // A length of coded bytes is not that of the file.
            bytes_total: if coded { None } else { total },
            bytes_read: 0,
            range: Some(range),
            sniff: None,
            full: None,
            first_audio_byte: None,
        });
        if reached {
            return Opened::Body(reply, media);
        }
        reply.finish(self.inner, 0).await;
        Opened::Next(Next::End(End::Broken, Some(media)))
    }
}

fn content_range(answer: &Answer) -> Option<ContentRange> {
    answer.header("content-range").and_then(answer::content_range)
}

/// Whether the body's first byte is the file's. A 206 without a Content-Range is taken at its word
/// that it is what was asked for; parts of a multipart body carry headers of their own.
fn begins_at_start(answer: &Answer) -> bool {
    answer.status != 206
        || (!answer::is_multipart(answer)
            && !matches!(content_range(answer), Some(ContentRange::Part { first, .. }) if first > 0))
}

/// Keeps what of `data`, which begins at `at`, belongs to the stretch of `len` bytes from `offset`.
fn collect(offset: u64, len: usize, bytes: &mut Vec<u8>, at: u64, data: &[u8]) {
    let wanted = offset.saturating_add(bytes.len() as u64);
    if bytes.len() >= len || at > wanted {
        return;
    }
    let skip = usize::try_from(wanted.saturating_sub(at)).unwrap_or(usize::MAX);
    let room = len.saturating_sub(bytes.len());
    if let Some(rest) = data.get(skip..) {
        bytes.extend_from_slice(rest.get(..room).unwrap_or(rest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_is_joined_from_pieces_up_to_its_end() {
        let data: Vec<u8> = (0..100).collect();
        for size in [1, 7, 64, 100] {
            let mut start = Start::default();
            data.chunks(size).for_each(|piece| start.push(Bytes::copy_from_slice(piece), 64));
            assert_eq!(*start, data[..64], "{size}");
        }
    }

    #[test]
    fn a_stretch_is_collected_over_pieces() {
        let mut bytes = Vec::new();
        let data: Vec<u8> = (0..100).collect();
        for (i, piece) in data.chunks(7).enumerate() {
            collect(10, 20, &mut bytes, i as u64 * 7, piece);
        }
        assert_eq!(bytes, data[10..30]);
    }
}
