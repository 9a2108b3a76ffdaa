//! Documents: a walk whose body is read. It streams through a short queue and the decompression to
//! a reader on a thread of its own, within the limits of bytes and ratio.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::exchange::Reply;
use super::pool::Generation;
use super::settings::Limits;
use super::walk::{Purpose, Walk, is_worth_confirming};
use super::{Inner, Round};
use crate::chain::{Chain, End, Phase, RequestFailure};
use crate::feed::{Limit, LimitMet};
use crate::link::Link;

/// Pieces of a body on their way to the reader.
const QUEUE: usize = 4;

/// Decompressed bytes below which a ratio says nothing: small documents compress well.
const RATIO_FROM: u64 = 1 << 20;

/// What is known of a document before its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentHead {
    /// After redirects.
    pub final_url: Link,
    /// Content-Type as sent.
    pub content_type: Option<String>,
}

/// What makes a request conditional (RFC 9110 8.8): what the document's last answer said of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// The URL that answered: for no other do they mean anything.
    pub url: Option<Link>,
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
}

impl Validators {
    /// What the end of a document's chain said; nothing where it did not come.
    pub fn of(chain: &Chain) -> Self {
        let Some((hop, answer)) = chain.last().and_then(|hop| Some((hop, hop.request.fact()?))) else {
            return Self::default();
        };
        if chain.end != End::Reached {
            return Self::default();
        }
        // One that was cut for the record is no longer the server's.
        let whole = |name| answer.header(name).filter(|value| value.len() < CUT).map(ToOwned::to_owned);
        Self { url: Some(hop.url.clone()), etag: whole("etag"), last_modified: whole("last-modified") }
    }

    /// Whether a request for this URL is conditional.
    pub(crate) fn is_about(&self, url: &Link) -> bool {
        self.url.as_ref() == Some(url) && (self.etag.is_some() || self.last_modified.is_some())
    }
}

/// Kept headers are cut to this many bytes.
const CUT: usize = 1 << 10;

impl Round {
    /// Walks to a document with GET and hands its body, decompressed, to `read`, which runs on a
    /// thread where it may block. Gives the chain, and what `read` gave where a body came.
    ///
    /// A failure is confirmed by a second walk, that of a body too; it is the last hop's, and `read`
    /// meets it as an [`io::Error`]. Where no second body comes, what the first one gave is given. A
    /// limit that was met is an `io::Error` that wraps [`LimitMet`], and no failure.
    pub async fn document<T, F>(&self, start: &Link, read: F) -> (Chain, Option<T>)
    where
        T: Send + 'static,
        F: FnOnce(DocumentHead, Box<dyn Read + Send>) -> T + Clone + Send + 'static,
    {
        self.document_if(start, &Validators::default(), read).await
    }

    /// The same, unless the document is still what these validators say: then its chain ends with
    /// 304, reached, and nothing is read.
    pub async fn document_if<T, F>(&self, start: &Link, known: &Validators, read: F) -> (Chain, Option<T>)
    where
        T: Send + 'static,
        F: FnOnce(DocumentHead, Box<dyn Read + Send>) -> T + Clone + Send + 'static,
    {
        let inner = &*self.inner;
        let (chain, value) = inner.document_once(start, Generation::First, known, read.clone()).await;
        if !is_worth_confirming(&chain) {
            let mut chain = chain;
            if value.is_none() {
                chain.second_opinion = Box::pin(inner.second_opinion(&chain)).await;
            }
            return (chain, value);
        }
        let (second, again) = inner.document_once(start, Generation::Second, known, read).await;
        if second.end == End::Interrupted {
            return (chain, value);
        }
        let mut chain = Chain { walks: 2, ..second };
        let value = again.or(value);
        if value.is_none() {
            chain.second_opinion = Box::pin(inner.second_opinion(&chain)).await;
        }
        (chain, value)
    }
}

impl Inner {
    /// One walk, and its body read.
    async fn document_once<T, F>(
        &self,
        start: &Link,
        generation: Generation,
        known: &Validators,
        read: F,
    ) -> (Chain, Option<T>)
    where
        T: Send + 'static,
        F: FnOnce(DocumentHead, Box<dyn Read + Send>) -> T + Send + 'static,
    {
        let mut walk = Walk::new(Purpose::Document, generation, self.settings.limits.chain);
        walk.known = known.clone();
        let (mut chain, body) = Box::pin(self.walk_along(start, walk, None)).await;
        let Some((reply, _pass)) = body else { return (chain, None) };
        let began = Instant::now();
        let head_at = reply.head_at;
        let final_url = chain.last().map_or_else(|| start.clone(), |hop| hop.url.clone());
        let (value, outcome) = self.pump(reply, final_url, read).await;
        chain.took = chain.took.saturating_add(began.elapsed());
        if let Some(hop) = chain.hops.last_mut() {
            match (outcome, &mut hop.request) {
                (Ok(()), Phase::Done { took, fact }) => {
                    let transfer = head_at.elapsed();
                    fact.transfer = Some(transfer);
                    *took = took.saturating_add(transfer);
                }
                (Ok(()), _) => {}
                (Err(why), request) => {
                    chain.end = if why == RequestFailure::Interrupted { End::Interrupted } else { End::Broken };
                    let head = request.took().unwrap_or_default();
                    *request = Phase::Failed { took: head.saturating_add(head_at.elapsed()), why };
                }
            }
        }
        (chain, value)
    }

    /// Moves a body to its reader.
    async fn pump<T, F>(
        &self,
        mut reply: Box<Reply>,
        final_url: Link,
        read: F,
    ) -> (Option<T>, Result<(), RequestFailure>)
    where
        T: Send + 'static,
        F: FnOnce(DocumentHead, Box<dyn Read + Send>) -> T + Send + 'static,
    {
        let limits = self.settings.limits.clone();
        let (idle, wire_limit) = (limits.head, limits.feed_wire);
        let mut until = Instant::now() + limits.hop;
        let (queue, pieces) = mpsc::channel(QUEUE);
        let head = DocumentHead { final_url, content_type: reply.answer.header("content-type").map(ToOwned::to_owned) };
        let coding = reply.answer.header("content-encoding").unwrap_or_default().to_ascii_lowercase();
        // The work ends with the body: the queue is closed below whatever happens.
        let reading = tokio::task::spawn_blocking(move || {
            let body = decoded(Pipe { pieces, piece: Bytes::new(), failed: None }, &coding, &limits);
            read(head, body)
        });
        let mut outcome = Ok(());
        loop {
            let piece = match reply.chunk(self, idle, until).await {
                Ok(Some(data)) => {
                    reply.renew(data.len());
                    if reply.read > wire_limit { Err(Broken::Limit) } else { Ok(data) }
                }
                Ok(None) => break,
                Err(why) => {
                    outcome = Err(why.clone());
                    Err(Broken::Body(why))
                }
            };
            let last = piece.is_err();
            let waiting = Instant::now();
            let gone = tokio::select! {
                () = self.stop.cancelled() => {
                    outcome = Err(RequestFailure::Interrupted);
                    true
                },
                sent = queue.send(piece) => sent.is_err(),
            };
            // A slow reader is not the server's fault.
            until += waiting.elapsed();
            if last || gone {
                break;
            }
        }
        drop(queue);
        reply.finish(self, 0).await;
        (reading.await.ok(), outcome)
    }
}

/// Why a body goes no further.
#[derive(Debug)]
enum Broken {
    Limit,
    Body(RequestFailure),
}

/// A body that broke off, for the reader.
#[derive(Debug, thiserror::Error)]
#[error("the body broke off: {0:?}")]
struct BodyBroken(RequestFailure);

/// The queue's end, as a reader.
struct Pipe {
    pieces: mpsc::Receiver<Result<Bytes, Broken>>,
    piece: Bytes,
    failed: Option<Broken>,
}

impl Read for Pipe {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() && self.failed.is_none() {
            match self.pieces.blocking_recv() {
                Some(Ok(piece)) => self.piece = piece,
                Some(Err(broken)) => self.failed = Some(broken),
                None => return Ok(0),
            }
        }
        if self.piece.is_empty() {
            return Err(match &self.failed {
                Some(Broken::Body(why)) => io::Error::other(BodyBroken(why.clone())),
                Some(Broken::Limit) | None => io::Error::other(LimitMet(Limit::WireBytes)),
            });
        }
        let n = buf.len().min(self.piece.len());
        let Some(target) = buf.get_mut(..n) else { return Ok(0) };
        bytes::Buf::copy_to_slice(&mut self.piece, target);
        Ok(n)
    }
}

/// A body without its content codings (RFC 9110 8.4), of which two at most are undone.
fn decoded(pipe: impl Read + Send + 'static, coding: &str, limits: &Limits) -> Box<dyn Read + Send> {
    let wire = Arc::new(AtomicU64::new(0));
    let mut body: Box<dyn Read + Send> = Box::new(Counted { inner: pipe, count: Arc::clone(&wire) });
    // The last coding named was applied last.
    for coding in coding.rsplit(',').map(str::trim).take(2) {
        body = match coding {
            "gzip" | "x-gzip" => gunzip(body),
            "deflate" => inflate(body),
            "br" => Box::new(brotli_decompressor::Decompressor::new(body, 16 << 10)),
            _ => body,
        };
    }
    Box::new(Bounded { inner: body, wire, came: 0, max: limits.feed_bytes, ratio: limits.ratio })
}

/// The first two bytes, and a reader that still gives them.
fn peek(mut body: Box<dyn Read + Send>) -> (Option<[u8; 2]>, Box<dyn Read + Send>) {
    let mut start = Vec::with_capacity(2);
    let outcome = (&mut body).take(2).read_to_end(&mut start);
    let first = <[u8; 2]>::try_from(start.as_slice()).ok();
    match outcome {
        Ok(_) => (first, Box::new(io::Cursor::new(start).chain(body))),
        Err(error) => (None, Box::new(io::Cursor::new(start).chain(Broke(Some(error))))),
    }
}

/// Gives an error once.
struct Broke(Option<io::Error>);

impl Read for Broke {
    fn read(&mut self, _buf: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Some servers say gzip and send plain text; apps read it all the same.
fn gunzip(body: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
    match peek(body) {
        (Some([0x1F, 0x8B]), body) => Box::new(flate2::read::MultiGzDecoder::new(body)),
        (_, body) => body,
    }
}

/// `deflate` means zlib (RFC 9110 8.4.1.2); some send the bare stream.
fn inflate(body: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
    match peek(body) {
        (Some(first), body) if first[0] & 0x0F == 8 && u16::from_be_bytes(first) % 31 == 0 => {
            Box::new(flate2::read::ZlibDecoder::new(body))
        }
        (_, body) => Box::new(flate2::read::DeflateDecoder::new(body)),
    }
}

struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.count.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// A reader that ends with [`LimitMet`] where a document is too large, or grew too much.
struct Bounded {
    inner: Box<dyn Read + Send>,
    wire: Arc<AtomicU64>,
    came: u64,
    max: u64,
    ratio: u64,
}

impl Read for Bounded {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.came = self.came.saturating_add(n as u64);
        if self.came > self.max {
            return Err(io::Error::other(LimitMet(Limit::Bytes)));
        }
        let wire = self.wire.load(Ordering::Relaxed).max(1);
        if self.came > RATIO_FROM && self.came > wire.saturating_mul(self.ratio) {
            return Err(io::Error::other(LimitMet(Limit::Ratio)));
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read_all(bytes: Vec<u8>, coding: &str, limits: &Limits) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        decoded(io::Cursor::new(bytes), coding, limits).read_to_end(&mut out).map(|_| out)
    }

    fn limit_of(error: &io::Error) -> Option<Limit> {
        error.get_ref().and_then(|inner| inner.downcast_ref::<LimitMet>()).map(|met| met.0)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn codings_are_undone() {
        let limits = Limits::default();
        let text = b"<rss/>".repeat(100);
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        zlib.write_all(&text).unwrap();
        let mut bare = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        bare.write_all(&text).unwrap();
        for (bytes, coding) in [
            (text.clone(), ""),
            (text.clone(), "identity"),
            (gzip(&text), "gzip"),
            (gzip(&gzip(&text)), "gzip, gzip"),
            (text.clone(), "gzip"),
            (zlib.finish().unwrap(), "deflate"),
            (bare.finish().unwrap(), "deflate"),
        ] {
            assert_eq!(read_all(bytes, coding, &limits).unwrap(), text, "{coding}");
        }
        // "hello" as an uncompressed brotli block.
        let brotli = vec![0x0b, 0x02, 0x80, b'h', b'e', b'l', b'l', b'o', 0x03];
        assert_eq!(read_all(brotli, "br", &limits).unwrap(), b"hello");
    }

    #[test]
    fn bombs_end_at_the_limit() {
        let zeros = vec![0_u8; 4 << 20];
        let error = read_all(gzip(&zeros), "gzip", &Limits::default()).unwrap_err();
        assert_eq!(limit_of(&error), Some(Limit::Ratio));
        let tight = Limits { feed_bytes: 1000, ..Limits::default() };
        let error = read_all(vec![b'a'; 1001], "", &tight).unwrap_err();
        assert_eq!(limit_of(&error), Some(Limit::Bytes));
        assert_eq!(read_all(vec![b'a'; 1000], "", &tight).unwrap().len(), 1000);
    }
}
