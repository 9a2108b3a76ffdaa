//! The item under way: what may be in it, and what becomes of it when it ends.

use crate::feed::shelf::{Draft, Part, Shelf};
use crate::feed::{EnclosureKind, Episode, Feed, Keep, Limits, date};
use crate::link::Link;

/// Bytes of a media type that are kept; the longest that IANA knows have 80 (RFC 6838 4.2 allows 255).
const MEDIA_TYPE: usize = 255;

/// What a feed states about a file.
#[derive(Default)]
pub(super) struct Stated<'t> {
    /// Empty where nothing is stated.
    pub(super) media_type: &'t str,
    pub(super) length: Option<u64>,
    /// `xml:base` in scope.
    pub(super) base: Option<Link>,
}

/// See the module.
pub(super) struct Item<'a> {
    most: usize,
    open: bool,
    pub(super) draft: Draft,
    /// Type and length of the `alternateEnclosure` whose sources are being read.
    alternate: (String, Option<u64>),
    /// Who takes episodes before the shelf does, where all are asked for.
    keep: Option<&'a mut (dyn Keep + 'a)>,
    /// Bytes that kept episodes may take.
    kept: usize,
    shelf: Shelf,
}

impl<'a> Item<'a> {
    pub(super) fn new(limits: Limits, keep: Option<&'a mut (dyn Keep + 'a)>) -> Self {
        // Of a few the shelf alone knows which are the newest.
        let keep = keep.filter(|_| limits.episodes.is_none());
        Self {
            most: limits.enclosures,
            open: false,
            draft: Draft::default(),
            alternate: (String::new(), None),
            keep,
            kept: limits.kept,
            shelf: Shelf::new(limits.episodes, limits.kept),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    pub(super) fn open(&mut self, live: bool) {
        self.open = true;
        self.draft.begin(live);
    }

    /// The item ends: it is counted, and kept while it is among the newest.
    pub(super) fn close(&mut self, feed: &mut Feed, base: Option<&Link>) {
        if !std::mem::take(&mut self.open) {
            return;
        }
        let order = feed.items;
        feed.items += 1;
        if self.shelf.wants(self.draft.published(), order) {
            let episode = self.draft.finish(order, base);
            let left = match &mut self.keep {
                Some(keep) => {
                    let left = keep.keep(episode);
                    self.shelf.room = keep.room_beside(self.kept);
                    left
                }
                None => Some(episode),
            };
            if let Some(episode) = left {
                self.shelf.put(episode);
            }
        }
    }

    /// Whether episodes had to go for want of memory.
    pub(super) fn overfull(&self) -> bool {
        self.shelf.overfull || self.keep.as_ref().is_some_and(|keep| keep.is_overfull())
    }

    /// Forgets the item under way.
    pub(super) fn discard(&mut self) {
        self.open = false;
    }

    pub(super) fn finish(self) -> Vec<Episode> {
        self.shelf.finish()
    }

    /// A date; `at` says how good its source is. The first of each kind counts.
    pub(super) fn date(&mut self, at: usize, text: &str) {
        if let Some(slot) = self.draft.dates.get_mut(at).filter(|slot| slot.is_none()) {
            *slot = date::parse(text);
        }
    }

    /// An enclosure. `echo`: it is another way to say the same, so its repetition says nothing.
    /// False where the item has too many already.
    pub(super) fn enclosure(&mut self, written: &str, of: Stated<'_>, echo: bool) -> bool {
        self.push(written, of, EnclosureKind::Enclosure, echo)
    }

    /// `media:content`, where it is audio or video.
    pub(super) fn media(&mut self, written: &str, of: Stated<'_>, medium: &str) -> bool {
        // Without a URL it wraps a player, or nothing at all.
        let plays = !written.trim().is_empty() && is_playable(of.media_type, medium, written);
        !plays || self.push(written, of, EnclosureKind::MediaContent, true)
    }

    /// An `alternateEnclosure` begins.
    pub(super) fn alternate(&mut self, of: &Stated<'_>) {
        self.alternate = (of.media_type.to_owned(), of.length);
    }

    /// A `source` of it. Its own type, where it states one, is that of a container around the
    /// media (a torrent), so it comes first.
    pub(super) fn alternate_source(&mut self, written: &str, base: Option<Link>, own: &str) -> bool {
        let (media_type, length) = std::mem::take(&mut self.alternate);
        let stated = Stated { media_type: if own.trim().is_empty() { &media_type } else { own }, length, base };
        let fits = self.push(written, stated, EnclosureKind::Alternate, false);
        self.alternate = (media_type, length);
        fits
    }

    fn push(&mut self, written: &str, of: Stated<'_>, kind: EnclosureKind, echo: bool) -> bool {
        let draft = &mut self.draft;
        let mut fits = true;
        if draft.parts.len() >= self.most {
            // What players download goes before what says it again in other words.
            let echo = draft.parts.iter().rposition(|part| part.kind == EnclosureKind::MediaContent);
            match echo {
                Some(at) if kind != EnclosureKind::MediaContent => drop(draft.parts.remove(at)),
                _ => return false,
            }
            fits = false;
        }
        let start = draft.words.len();
        draft.words.push_str(written);
        let middle = draft.words.len();
        draft.words.push_str(of.media_type.get(..of.media_type.floor_char_boundary(MEDIA_TYPE)).unwrap_or_default());
        let media_type = middle..draft.words.len();
        draft.parts.push(Part { written: start..middle, media_type, length: of.length, kind, echo, base: of.base });
        fits
    }
}

/// Extensions of what plays.
const PLAYABLE: [&str; 17] = [
    "mp3", "m4a", "m4b", "aac", "ogg", "oga", "opus", "flac", "wav", "mp4", "m4v", "mov", "webm", "mkv", "ogv", "m3u8",
    "mpeg",
];

/// Whether a `media:content` is audio or video: by its type, else its medium, else its name.
fn is_playable(media_type: &str, medium: &str, url: &str) -> bool {
    let media_type = media_type.trim().to_ascii_lowercase();
    match media_type.split('/').next().unwrap_or_default() {
        "audio" | "video" => return true,
        "" => {}
        "application" if ["ogg", "mp4", "mpegurl", "octet-stream"].iter().any(|part| media_type.contains(part)) => {}
        _ => return false,
    }
    match medium.trim().to_ascii_lowercase().as_str() {
        "audio" | "video" => return true,
        "" => {}
        _ => return false,
    }
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.').is_some_and(|(_, extension)| PLAYABLE.contains(&extension.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_plays_is_an_enclosure() {
        for (media_type, medium, url, plays) in [
            (Some("audio/mpeg"), None, "x", true),
            (Some("Video/mp4"), Some("image"), "x", true),
            (Some("image/jpeg"), None, "a.mp3", false),
            (None, Some("image"), "a.mp3", false),
            (None, Some("audio"), "x", true),
            (None, None, "https://h.example/a.MP3?x=1.jpg", true),
            (None, None, "https://h.example/a.jpg", false),
            (Some("application/octet-stream"), None, "a.ogg", true),
            (Some("application/x-shockwave-flash"), None, "a.mp4", false),
            (Some(""), None, "a.opus", true),
        ] {
            let (media_type, medium) = (media_type.unwrap_or_default(), medium.unwrap_or_default());
            assert_eq!(is_playable(media_type, medium, url), plays, "{media_type:?} {medium:?} {url}");
        }
    }
}
