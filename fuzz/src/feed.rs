//! A document of any kind, in one piece and in small ones, under every content type and narrow limits.

use std::io::{self, Read};

use podprobe::feed::{Document, Episode, Hints, Keep, Limit, LimitMet, Limits, merge, parse, parse_into};
use podprobe::link::Link;

const CONTENT_TYPES: [Option<&str>; 12] = [
    None,
    Some("application/rss+xml"),
    Some("application/atom+xml; charset=utf-8"),
    Some("text/xml; charset=\"iso-8859-1\""),
    Some("application/xml;charset=utf-16"),
    Some("text/html; charset=windows-1251"),
    Some("application/feed+json"),
    Some("application/json; charset=utf-16le"),
    Some("text/x-opml; charset=shift_jis"),
    Some("text/plain; charset=utf-7"),
    Some("a/b;charset=big5"),
    Some(";;charset=;charset='"),
];

/// Keeps every second episode, and gives the others back.
#[derive(Default)]
struct Half(Vec<Episode>);

impl Keep for Half {
    fn keep(&mut self, episode: Episode) -> Option<Episode> {
        if episode.order % 2 == 1 {
            return Some(episode);
        }
        self.0.push(episode);
        None
    }

    fn is_overfull(&self) -> bool {
        false
    }
}

/// Gives a few bytes at a time, and may end by meeting a limit.
struct Trickle<'a> {
    bytes: &'a [u8],
    step: usize,
    limit: bool,
}

impl Read for Trickle<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let len = self.step.min(self.bytes.len()).min(out.len());
        if len == 0 && self.limit && self.bytes.is_empty() {
            return Err(io::Error::other(LimitMet(Limit::WireBytes)));
        }
        let (now, later) = self.bytes.split_at(len);
        out[..len].copy_from_slice(now);
        self.bytes = later;
        Ok(len)
    }
}

/// The last byte chooses; what stands before it is the document.
pub fn run(bytes: &[u8]) {
    let Some((&choice, document)) = bytes.split_last() else { return };
    let choice = usize::from(choice);
    let base = Link::parse("https://feeds.example/show/feed.xml").ok();
    let hints = Hints {
        content_type: CONTENT_TYPES[choice % CONTENT_TYPES.len()],
        base: base.as_ref().filter(|_| choice % 2 == 0),
    };
    let every = Limits { episodes: None, ..Limits::default() };

    let whole = parse(document, &hints, &every);
    let pieces = parse(Trickle { bytes: document, step: choice % 29 + 1, limit: false }, &hints, &every);
    assert_eq!(whole, pieces, "the chunks that a document comes in change nothing");
    bounded(&whole, &every);

    let mut half = Half::default();
    let mut rest = parse_into(document, &hints, &every, &mut half);
    if let Document::Feed(feed) = &mut rest {
        feed.episodes.append(&mut half.0);
        feed.episodes.sort_by_key(Episode::rank);
    }
    assert_eq!(rest, whole, "who keeps them changes nothing");

    let narrow = Limits {
        episodes: Some(1),
        bytes: document.len() as u64 / 2,
        depth: 4,
        text: 9,
        oddities: 3,
        list_entries: 1,
        enclosures: 1,
        kept: 4 << 10,
    };
    let least = parse(Trickle { bytes: document, step: 4096, limit: true }, &hints, &narrow);
    bounded(&least, &narrow);

    if let (Document::Feed(mut first), Document::Feed(next)) = (least, whole) {
        // The pages were read under limits of their own.
        let joined = Limits { episodes: Some(1), oddities: 3, ..every };
        merge(&mut first, next, &joined);
        bounded(&Document::Feed(first), &joined);
    }
}

fn bounded(document: &Document, limits: &Limits) {
    match document {
        Document::Feed(feed) => {
            assert!(feed.episodes.len() <= limits.episodes.unwrap_or(feed.items), "no more episodes than asked for");
            assert!(feed.oddities.len() <= limits.oddities);
            for episode in &feed.episodes {
                assert!(episode.title.len() <= limits.text);
                assert!(episode.enclosures.len() <= limits.enclosures);
            }
            // Dated ones by date, newest first; the others after them, in document order.
            let newer = |pair: &[podprobe::feed::Episode]| match (pair[0].published, pair[1].published) {
                (Some(one), Some(two)) => one >= two,
                (None, Some(_)) => false,
                (Some(_), None) => true,
                (None, None) => pair[0].order < pair[1].order,
            };
            assert!(feed.episodes.windows(2).all(newer), "newest first");
        }
        Document::List(list) => {
            assert!(list.entries.len() <= limits.list_entries && list.oddities.len() <= limits.oddities);
        }
        Document::Other(_) => {}
    }
}
