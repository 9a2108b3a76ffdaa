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
        let dates = [item.published, item.updated];
        episode.published = dates.iter().flatten().find_map(|text| date::read(text));
        if episode.title.is_empty() {
            episode.title = item.other_title;
        }
        episode.order = self.items;
        self.items += 1;
        episode.enclosures = distinct(&episode.enclosures, self.max_enclosures);
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

/// Enclosures of one kind that an item under way holds; an item may hold millions.
const MAX_OF_A_KIND: usize = 256;

/// Without the `media:content` that says again what another element says, wherever it stands; at
/// most so many, and enclosures before `media:content`.
fn distinct(all: &[Enclosure], max: usize) -> Vec<Enclosure> {
    let is_media = |one: &Enclosure| one.kind == EnclosureKind::MediaContent;
    let same = |a: &Enclosure, b: &Enclosure| a.written == b.written || (a.link.is_ok() && a.link == b.link);
    let repeats = |at: usize, one: &Enclosure| {
        is_media(one) && all.iter().enumerate().any(|(i, other)| (!is_media(other) || i < at) && same(one, other))
    };
    let mut kept: Vec<Enclosure> =
        all.iter().enumerate().filter(|(at, one)| !repeats(*at, one)).map(|(_, one)| one.clone()).collect();
    if kept.len() > max {
        let room = max.saturating_sub(kept.iter().filter(|one| !is_media(one)).count());
        let mut media = 0;
        kept.retain(|one| {
            media += usize::from(is_media(one));
            !is_media(one) || media <= room
        });
        kept.truncate(max);
    }
    kept
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
        let of_kind = |known: &&Enclosure| known.kind == kind || known.kind == EnclosureKind::Live;
        if self.episode.enclosures.iter().filter(of_kind).count() >= MAX_OF_A_KIND {
            return;
        }
        let url = match (written.url, kind) {
            (Some(url), _) => url,
            (None, EnclosureKind::Enclosure) => String::new(),
            (None, _) => return,
        };
        let url = url.trim().to_owned();
        let link = read(&url, base);
        // Whatever can be asked for of a live item is a stream; a source by other means stays one.
        let live = self.live.is_some() && (kind == EnclosureKind::Enclosure || link.is_ok());
        let kind = if live { EnclosureKind::Live } else { kind };
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
