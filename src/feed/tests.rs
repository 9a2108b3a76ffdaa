//! Whole documents: the samples of `feeds/`, and what tests write themselves.

mod dialects;
mod kept;
mod limits;
mod lists;
mod mess;
mod random;

use std::io::{self, Read};

use super::*;

/// A sample of the top-level `feeds/`.
macro_rules! sample {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/feeds/", $name)).as_slice()
    };
}
use sample;

fn every() -> Limits {
    Limits { episodes: None, ..Limits::default() }
}

fn read(bytes: &[u8]) -> Document {
    parse(bytes, &Hints::default(), &every())
}

fn feed_of(document: Document) -> Feed {
    match document {
        Document::Feed(feed) => feed,
        other => panic!("no feed: {other:?}"),
    }
}

fn feed(bytes: impl AsRef<[u8]>) -> Feed {
    feed_of(read(bytes.as_ref()))
}

/// `items` in a feed of RSS.
fn rss(items: &str) -> String {
    format!("<rss version=\"2.0\"><channel><title>Show</title>{items}</channel></rss>")
}

/// guids in the order kept.
fn guids(feed: &Feed) -> Vec<&str> {
    feed.episodes.iter().map(|episode| episode.guid.as_deref().unwrap_or("-")).collect()
}

/// URLs as written, in document order.
fn written(feed: &Feed) -> Vec<&str> {
    let mut episodes: Vec<_> = feed.episodes.iter().collect();
    episodes.sort_by_key(|episode| episode.order);
    episodes.iter().flat_map(|episode| &episode.enclosures).map(|enclosure| &*enclosure.written).collect()
}

/// Oddities as `line:column what`.
fn odd(oddities: &[Oddity]) -> Vec<String> {
    oddities.iter().map(|oddity| format!("{}:{} {:?}", oddity.line, oddity.column, oddity.what)).collect()
}

/// A reader that gives `bytes` a few at a time, and then an error.
struct Trickle<'a> {
    bytes: &'a [u8],
    step: usize,
    end: Option<io::Error>,
}

impl Read for Trickle<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let size = self.step.min(out.len()).min(self.bytes.len());
        if size == 0
            && let Some(error) = self.end.take()
        {
            return Err(error);
        }
        let (now, rest) = self.bytes.split_at(size);
        out[..size].copy_from_slice(now);
        self.bytes = rest;
        Ok(size)
    }
}
