//! An episode as bytes. Its date and its place in the document stand in its slot.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::feed::{Enclosure, EnclosureKind, Episode};
use crate::link::Link;

/// guid, title, enclosures.
#[derive(Serialize, Deserialize)]
struct Packed<'a>(Option<Cow<'a, str>>, Cow<'a, str>, Vec<File<'a>>);

/// An enclosure: its URL, what was written where that is another text, its kind, the media type and
/// the length.
#[derive(Serialize, Deserialize)]
struct File<'a>(Cow<'a, str>, Option<Cow<'a, str>>, usize, Option<Cow<'a, str>>, Option<u64>);

/// The kinds by their numbers.
const KINDS: [EnclosureKind; 4] =
    [EnclosureKind::Enclosure, EnclosureKind::Alternate, EnclosureKind::MediaContent, EnclosureKind::Live];

/// Puts an episode in `out`, whatever was in there. False where it would not come back as it is: an
/// enclosure whose URL cannot be requested, for why that is so has no form as bytes.
pub(super) fn pack(episode: &Episode, out: &mut Vec<u8>) -> bool {
    out.clear();
    let Some(files) = episode.enclosures.iter().map(file).collect() else { return false };
    let packed = Packed(episode.guid.as_deref().map(Cow::from), Cow::from(&episode.title), files);
    serde_json::to_writer(out, &packed).is_ok()
}

fn file(enclosure: &Enclosure) -> Option<File<'_>> {
    let link = enclosure.link.as_ref().ok()?;
    let url = link.expose();
    let same = Link::parse(url).is_ok_and(|again| again == *link);
    let kind = KINDS.iter().position(|kind| *kind == enclosure.kind).filter(|_| same)?;
    let written = (*enclosure.written != *url).then(|| Cow::from(&*enclosure.written));
    Some(File(Cow::from(url), written, kind, enclosure.media_type.as_deref().map(Cow::from), enclosure.length))
}

/// The episode that was packed; nothing where the bytes are others. It has no date and no order.
pub(super) fn unpack(bytes: &[u8]) -> Option<Episode> {
    let Packed(guid, title, files) = serde_json::from_slice(bytes).ok()?;
    let enclosures = files.into_iter().map(enclosure).collect::<Option<Vec<_>>>()?;
    Some(Episode { guid: guid.map(Cow::into_owned), title: title.into_owned(), published: None, order: 0, enclosures })
}

fn enclosure(File(url, written, kind, media_type, length): File<'_>) -> Option<Enclosure> {
    let link = Link::parse(&url).ok()?;
    let written = written.map_or_else(|| link.to_text(), |written| Arc::from(&*written));
    let media_type = media_type.map(|text| Arc::from(&*text));
    Some(Enclosure { written, link: Ok(link), kind: *KINDS.get(kind)?, media_type, length })
}
