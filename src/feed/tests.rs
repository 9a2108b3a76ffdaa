//! What a reader of feeds meets: dialects, encodings, oddities with their places, lists, limits.

mod dialects;
mod encodings;
mod limits;
mod lists;
mod oddities;
mod pages;

use super::*;

fn limits() -> Limits {
    Limits::default()
}

/// Reads a document of which nothing is known beside its bytes.
fn read(bytes: impl AsRef<[u8]>) -> Document {
    parse(bytes.as_ref(), &Hints::default(), &limits())
}

fn as_feed(document: Document) -> Feed {
    match document {
        Document::Feed(feed) => feed,
        other => panic!("no feed: {other:?}"),
    }
}

fn as_list(document: Document) -> List {
    match document {
        Document::List(list) => list,
        other => panic!("no list: {other:?}"),
    }
}

fn feed(bytes: impl AsRef<[u8]>) -> Feed {
    as_feed(read(bytes))
}

/// A feed of the repository's `feeds/`.
fn sample(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/feeds/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// An RSS feed with this inside its channel.
fn rss(channel: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<rss version=\"2.0\">\n<channel>\n<title>Show</title>\n{channel}\n</channel>\n</rss>\n"
    )
}

/// A way to see enclosures in one line each.
fn shown(episode: &Episode) -> Vec<String> {
    let one = |enclosure: &Enclosure| {
        let length = enclosure.length.map_or("-".to_owned(), |length| length.to_string());
        let link = match &enclosure.link {
            Ok(link) => link.expose().to_owned(),
            Err(why) => format!("{why:?}"),
        };
        let media_type = enclosure.media_type.as_deref().unwrap_or("-");
        format!("{} {media_type} {length} {link}", enclosure.kind.as_str())
    };
    episode.enclosures.iter().map(one).collect()
}

fn titles(feed: &Feed) -> Vec<&str> {
    feed.episodes.iter().map(|episode| episode.title.as_str()).collect()
}

/// Line and column, in characters, of a piece of a text.
fn place(text: &str, piece: &str) -> (u64, u64) {
    let before = &text[..text.find(piece).unwrap_or_else(|| panic!("{piece:?} is not there"))];
    let line = before.matches('\n').count() as u64 + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() as u64 + 1;
    (line, column)
}
