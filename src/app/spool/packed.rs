//! An episode as bytes. Its date and its place in the document stand in its slot.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::feed::{Enclosure, EnclosureKind, Episode};
use crate::link::Link;

/// guid, title, enclosures.
#[derive(Serialize, Deserialize)]
struct Packed<'a>(#[serde(borrow)] Option<Text<'a>>, Text<'a>, Vec<File<'a>>);

/// A text that is borrowed from the bytes, where it stands there as it is. By itself: serde borrows no
/// `Cow` inside an `Option`.
#[derive(Serialize, Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::from(text))
    }
}

/// An enclosure: its URL, what was written where that is another text, its kind, the media type and
/// the length.
#[derive(Serialize, Deserialize)]
struct File<'a>(#[serde(borrow)] Text<'a>, Option<Text<'a>>, usize, Option<Text<'a>>, Option<u64>);

/// The kinds by their numbers.
const KINDS: [EnclosureKind; 4] =
    [EnclosureKind::Enclosure, EnclosureKind::Alternate, EnclosureKind::MediaContent, EnclosureKind::Live];

/// Puts an episode in `out`, whatever was in there. False where it would not come back as it is: an
/// enclosure whose URL cannot be requested, for why that is so has no form as bytes.
pub(super) fn pack(episode: &Episode, out: &mut Vec<u8>) -> bool {
    out.clear();
    let Some(files) = episode.enclosures.iter().map(file).collect() else { return false };
    let packed = Packed(episode.guid.as_deref().map(Text::from), Text::from(&*episode.title), files);
    serde_json::to_writer(out, &packed).is_ok()
}

fn file(enclosure: &Enclosure) -> Option<File<'_>> {
    let link = enclosure.link.as_ref().ok()?;
    let url = link.expose();
    let same = Link::parse(url).is_ok_and(|again| again == *link);
    let kind = KINDS.iter().position(|kind| *kind == enclosure.kind).filter(|_| same)?;
    let written = (*enclosure.written != *url).then(|| Text::from(&*enclosure.written));
    Some(File(Text::from(url), written, kind, enclosure.media_type.as_deref().map(Text::from), enclosure.length))
}

/// The episode that was packed; nothing where the bytes are others. It has no date and no order.
pub(super) fn unpack(bytes: &[u8]) -> Option<Episode> {
    let Packed(guid, title, files) = serde_json::from_slice(bytes).ok()?;
    let enclosures = files.into_iter().map(enclosure).collect::<Option<Vec<_>>>()?;
    let guid = guid.map(|guid| guid.0.into_owned());
    Some(Episode { guid, title: title.0.into_owned(), published: None, order: 0, enclosures })
}

fn enclosure(File(url, written, kind, media_type, length): File<'_>) -> Option<Enclosure> {
    let link = Link::parse(&url.0).ok()?;
    let written = written.map_or_else(|| link.to_text(), |written| Arc::from(&*written.0));
    let media_type = media_type.map(|text| Arc::from(&*text.0));
    Some(Enclosure { written, link: Ok(link), kind: *KINDS.get(kind)?, media_type, length })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_there_as_it_is_is_borrowed() {
        let url = "https://m.example/1.mp3";
        let enclosure = Enclosure {
            written: "HTTPS://m.example/1.mp3".into(),
            link: Link::parse(url),
            kind: EnclosureKind::Enclosure,
            media_type: Some("audio/mpeg".into()),
            length: None,
        };
        let guid = Some("guid".to_owned());
        let episode = Episode { guid, title: "Title".into(), enclosures: vec![enclosure], ..Episode::default() };
        let mut bytes = Vec::new();
        assert!(pack(&episode, &mut bytes));
        let Packed(guid, title, files) = serde_json::from_slice(&bytes).unwrap();
        let File(url, written, _, media_type, _) = files.into_iter().next().unwrap();
        for text in [guid.unwrap(), title, url, written.unwrap(), media_type.unwrap()] {
            assert!(matches!(text.0, Cow::Borrowed(_)), "{}", text.0);
        }
        assert_eq!(unpack(&bytes), Some(episode));
    }
}
