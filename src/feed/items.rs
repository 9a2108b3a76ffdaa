//! Putting a feed together from elements, whatever the dialect.

use super::keep::Newest;
use super::{Dialect, Enclosure, EnclosureKind, Episode, Feed, Limits, Oddity, date, text};
use crate::link::{Link, LinkError};

/// A feed under way.
pub(super) struct Making {
    pub(super) dialect: Dialect,
    pub(super) title: String,
    pub(super) new_feed_url: Option<String>,
    pub(super) next_page: Option<String>,
    keep: Newest,
    items: usize,
    max_enclosures: usize,
}

impl Making {
    pub(super) fn new(dialect: Dialect, limits: &Limits) -> Self {
        Self {
            dialect,
            title: String::new(),
            new_feed_url: None,
            next_page: None,
            keep: Newest::new(limits.episodes),
            items: 0,
            max_enclosures: limits.enclosures,
        }
    }

    /// An item is complete. A live item that is not live does not count.
    pub(super) fn finish_item(&mut self, item: Item) {
        if item.live == Some(false) {
            return;
        }
        let mut episode = item.episode;
        episode.published = item.published.or(item.updated).and_then(|text| date::read(&text));
        if episode.title.is_empty() {
            episode.title = item.other_title;
        }
        episode.order = self.items;
        self.items += 1;
        let mut seen: Vec<Enclosure> = Vec::new();
        for enclosure in episode.enclosures {
            let repeats = enclosure.kind == EnclosureKind::MediaContent
                && seen.iter().any(|known| known.written == enclosure.written);
            if !repeats && seen.len() < self.max_enclosures {
                seen.push(enclosure);
            }
        }
        episode.enclosures = seen;
        self.keep.push(episode);
    }

    pub(super) fn finish(self, oddities: Vec<Oddity>) -> Feed {
        Feed {
            dialect: self.dialect,
            title: self.title,
            new_feed_url: self.new_feed_url,
            next_page: self.next_page,
            episodes: self.keep.finish(),
            items: self.items,
            oddities,
        }
    }
}

/// An item under way.
#[derive(Default)]
pub(super) struct Item {
    pub(super) episode: Episode,
    pub(super) published: Option<String>,
    pub(super) updated: Option<String>,
    /// `itunes:title`, where there is no other.
    pub(super) other_title: String,
    /// Of a live item: whether it is live now.
    pub(super) live: Option<bool>,
    /// Type and length of the `podcast:alternateEnclosure` that is open.
    pub(super) alternate: (Option<String>, Option<u64>),
}

/// What an element says of an enclosure.
#[derive(Default)]
pub(super) struct Written {
    pub(super) url: Option<String>,
    pub(super) media_type: Option<String>,
    pub(super) length: Option<u64>,
}

impl Item {
    /// Adds an enclosure. An `enclosure` element without a URL is one that cannot be requested;
    /// other elements without one are none.
    pub(super) fn enclose(&mut self, kind: EnclosureKind, written: Written, base: Option<&Link>) {
        let kind = if self.live.is_some() && kind == EnclosureKind::Enclosure { EnclosureKind::Live } else { kind };
        let url = match (written.url, kind) {
            (Some(url), _) => url,
            (None, EnclosureKind::Enclosure | EnclosureKind::Live) => String::new(),
            (None, _) => return,
        };
        let url = url.trim().to_owned();
        let link = read(&url, base);
        self.episode.enclosures.push(Enclosure {
            written: url,
            link,
            kind,
            media_type: written.media_type.map(|text| text::fold(&text)).filter(|text| !text.is_empty()),
            length: written.length,
        });
    }
}

/// A URL, relative to the base where there is one.
pub(super) fn read(url: &str, base: Option<&Link>) -> Result<Link, LinkError> {
    match (Link::parse(url), base) {
        (Err(LinkError::Relative), Some(base)) => base.join(url),
        (other, _) => other,
    }
}

/// A length in bytes; what is no number is none.
pub(super) fn length(text: &str) -> Option<u64> {
    text.trim().replace(',', "").parse().ok()
}

/// Whether `media:content` of this type and medium is something that listeners download.
pub(super) fn is_playable(media_type: Option<&str>, medium: Option<&str>, url: &str) -> bool {
    let playable = |text: &str| {
        text.starts_with("audio") || text.starts_with("video") || text.ends_with("ogg") || text.contains("mpegurl")
    };
    match (media_type.map(str::to_ascii_lowercase), medium) {
        (Some(known), _) if !known.is_empty() => playable(&known),
        (_, Some(medium)) => matches!(medium, "audio" | "video"),
        _ => {
            let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
            [".mp3", ".m4a", ".m4b", ".mp4", ".m4v", ".aac", ".ogg", ".opus", ".oga", ".flac", ".wav", ".webm", ".m3u8"]
                .iter()
                .any(|end| path.ends_with(end))
        }
    }
}
