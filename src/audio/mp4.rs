//! ISO base media (ISO 14496-12) and QuickTime: walks the boxes at the top, jumps over `mdat` where
//! `moov` is behind it. What is inside `moov` is `moov`'s.

use super::moov::{self, Index};
use super::view::{Ask, Gap, View, be32, be64, holds, kbps};
use super::{Facts, Format, Impostor, Moov, Sniff};

/// Boxes at the top that are followed.
const MAX_BOXES: usize = 1024;

/// A box's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BoxHead {
    pub(super) kind: [u8; 4],
    /// Bytes of the header itself: 8 or 16.
    pub(super) head: u64,
    /// Bytes of the box, its header with it; `None`: it reaches to the file's end.
    pub(super) size: Option<u64>,
}

/// Why no header could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoBox {
    /// So many bytes are needed.
    Need(usize),
    /// The bytes are no box.
    Bad,
}

impl BoxHead {
    /// The header at the start of `bytes`.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, NoBox> {
        let (Some(size), Some(kind)) = (be32(bytes, 0), bytes.get(4..8)) else { return Err(NoBox::Need(8)) };
        let kind: [u8; 4] = kind.try_into().map_err(|_| NoBox::Bad)?;
        if !kind.iter().enumerate().all(|(at, byte)| matches!(byte, b' '..=b'~') || (at == 0 && *byte == 0xa9)) {
            return Err(NoBox::Bad);
        }
        match size {
            0 => Ok(Self { kind, head: 8, size: None }),
            1 => match be64(bytes, 8) {
                None => Err(NoBox::Need(16)),
                Some(size) if size >= 16 => Ok(Self { kind, head: 16, size: Some(size) }),
                Some(_) => Err(NoBox::Bad),
            },
            8.. => Ok(Self { kind, head: 8, size: Some(u64::from(size)) }),
            _ => Err(NoBox::Bad),
        }
    }

    /// A box that stands at the top of a file.
    pub(super) fn is_top(&self) -> bool {
        const TOP: &[&[u8; 4]] = &[
            b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"uuid", b"moof", b"mfra", b"sidx", b"ssix", b"styp",
            b"meta", b"pdin", b"pnot", b"prft", b"emsg", b"udta", b"PICT", b"junk", b"mvcg", b"imda", b"otyp", b"etyp",
        ];
        TOP.contains(&&self.kind)
    }
}

/// A file begins like this: `ftyp`, or a box of QuickTime files that are older than it.
pub(super) fn begins(bytes: &[u8]) -> bool {
    match BoxHead::read(bytes) {
        Ok(head) if &head.kind == b"ftyp" => true,
        // Text with such a word in it reads as a size of 512 MiB and more.
        Ok(BoxHead { size: Some(size), head: 8, .. }) if size >= 0x2000_0000 => false,
        Ok(head) => head.is_top() && &head.kind != b"PICT" && &head.kind != b"meta",
        Err(_) => holds(bytes, 4, b"ftyp"),
    }
}

/// Pictures that use the same boxes: HEIC, AVIF.
fn picture(brand: Option<&[u8]>) -> bool {
    const BRANDS: &[&[u8]] =
        &[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis", b"crx ", b"jxl "];
    brand.is_some_and(|brand| BRANDS.contains(&brand))
}

#[derive(Default)]
struct Top {
    moov: Option<(u64, Index)>,
    /// Where the first `mdat` and its payload begin.
    mdat: Option<(u64, u64)>,
    moof: bool,
    /// A box reaches to the end of the file, whatever that is.
    open: bool,
    /// End of the last box walked.
    at: u64,
}

/// MP4, M4A, M4B, MOV.
pub(super) fn sniff(view: &View<'_>) -> Sniff {
    let claimed = holds(view.head(), 4, b"ftyp");
    let broken = |why: &str| {
        if claimed { Sniff::Corrupt { claims: Format::Mp4, why: why.to_owned() } } else { Sniff::Unknown }
    };
    if claimed && picture(view.head().get(8..12)) {
        return Sniff::Impostor(Impostor::Image);
    }
    let mut top = Top::default();
    let mut remarks = Vec::new();
    let mut stop = Gap::Blind;
    for count in 0..MAX_BOXES {
        let head = match head_at(view, top.at) {
            Ok(head) if count == 1 && !head.is_top() => {
                return broken("the box behind the first is none of a media file");
            }
            Ok(head) => head,
            Err(None) if top.moov.is_some() && top.mdat.is_some() => {
                remarks.push("bytes that are no box behind the last one".to_owned());
                break;
            }
            Err(None) => return broken("the bytes behind the last box are no box"),
            Err(Some(Gap::Ask(ask))) => match ask {
                // What is not seen yet can be had by reading on, or is the index itself.
                Ask::More if top.moov.is_none() || top.mdat.is_none() => return Sniff::More,
                Ask::Jump { .. } if top.moov.is_none() => return ask.into(),
                _ => break,
            },
            Err(Some(gap)) => {
                stop = gap;
                break;
            }
        };
        let payload = top.at.saturating_add(head.head);
        match &head.kind {
            b"moov" if top.moov.is_none() => {
                let size = head.size.map_or(usize::MAX, |size| usize::try_from(size - head.head).unwrap_or(usize::MAX));
                let seen = view.tail(payload);
                if seen.len() < size && head.size.is_some() && matches!(view.gap(payload, size), Gap::Ask(Ask::More)) {
                    return Sniff::More;
                }
                let index = moov::read(seen.get(..size).unwrap_or(seen), seen.len() >= size);
                top.moov = Some((top.at, index));
            }
            b"mdat" if top.mdat.is_none() => top.mdat = Some((top.at, payload)),
            b"moof" => top.moof = true,
            _ => {}
        }
        let Some(size) = head.size else {
            top.open = true;
            stop = Gap::End;
            break;
        };
        top.at = top.at.saturating_add(size);
    }
    conclude(view, top, &stop, remarks, &broken)
}

fn conclude(view: &View<'_>, top: Top, stop: &Gap, mut remarks: Vec<String>, broken: &dyn Fn(&str) -> Sniff) -> Sniff {
    let Top { moov: index, mdat, moof, open, at } = top;
    let everything = *stop == Gap::End;
    let media = mdat.is_some() || moof;
    if everything && !media {
        return broken(if index.is_some() { "an index (moov) and no audio (mdat)" } else { "neither moov nor mdat" });
    }
    let overruns = view.end().is_some_and(|end| at > end);
    if everything && index.is_none() && !moof && (open || !overruns) {
        return broken("the whole file has no index (moov)");
    }
    if index.is_none() && !media {
        return Sniff::Unknown;
    }
    if let Some((_, index)) = &index
        && !index.valid
    {
        return broken("its index (moov) has no header (mvhd)");
    }
    let (moov_at, index) = match index {
        Some((at, index)) => (Some(at), index),
        None => (None, Index::default()),
    };
    let place = match (moov_at, mdat) {
        _ if moof || index.fragmented => Some(Moov::Fragmented),
        (Some(moov), Some((mdat, _))) if moov > mdat => Some(Moov::Last),
        (Some(_), _) => Some(Moov::First),
        (None, _) => everything.then_some(Moov::Missing),
    };
    if index.whole && !index.audio {
        remarks.push("no audio track".to_owned());
    }
    let fragmented = place == Some(Moov::Fragmented);
    // Of a fragmented file, or one whose mdat is out of sight, the last box seen is not the last.
    let stated_end = (!open && (everything || (mdat.is_some() && !fragmented))).then_some(at);
    let duration = index.duration_ms;
    let size = view.end().or(stated_end);
    Sniff::Audio(Facts {
        format: Format::Mp4,
        audio_start: mdat.map_or(at, |(_, payload)| payload),
        bitrate_kbps: size.zip(duration).and_then(|(size, ms)| kbps(size, ms)),
        duration_ms: duration,
        stated_end,
        stated_duration_ms: duration,
        moov: place,
        odd_codec: index.odd_codec,
        remarks,
    })
}

/// The header of the box at `at`; `Err(None)` where the bytes are no box.
fn head_at(view: &View<'_>, at: u64) -> Result<BoxHead, Option<Gap>> {
    let mut want = 8;
    loop {
        match BoxHead::read(view.need(at, want).map_err(Some)?) {
            Ok(head) => return Ok(head),
            Err(NoBox::Need(more)) if more > want => want = more,
            Err(_) => return Err(None),
        }
    }
}
