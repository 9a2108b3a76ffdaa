//! Any bytes, and sound documents with random damage: no panic, no hang, the same answer twice,
//! however the bytes arrive.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const SAMPLES: [&[u8]; 12] = [
    sample!("show.xml"),
    sample!("paged.xml"),
    sample!("rss-1.0.xml"),
    sample!("media-rss.xml"),
    sample!("alternate-enclosures.xml"),
    sample!("entity-bomb.xml"),
    sample!("unclosed-quote.xml"),
    sample!("utf-16-without-mark.xml"),
    sample!("windows-1251.xml"),
    sample!("show.json"),
    sample!("list.opml"),
    sample!("list.txt"),
];

/// Reads in one piece and in small ones, within narrow limits as well.
fn survives(bytes: &[u8], step: usize) -> Result<(), TestCaseError> {
    let whole = read(bytes);
    let pieces = parse(Trickle { bytes, step, end: None }, &Hints::default(), &every());
    prop_assert_eq!(&whole, &pieces);
    // Past the head, which is always read whole, small pieces make small chunks: every short way
    // is blocked, and must give what the long way gives.
    let late = [format!("<!--{}-->", "x".repeat(5000)).as_bytes(), bytes].concat();
    let pieces = parse(Trickle { bytes: &late, step, end: None }, &Hints::default(), &every());
    prop_assert_eq!(read(&late), pieces);
    let narrow = Limits {
        episodes: Some(1),
        bytes: bytes.len() as u64 / 2,
        depth: 4,
        text: 9,
        oddities: 3,
        list_entries: 1,
        enclosures: 1,
        kept: 2000,
    };
    if let Document::Feed(feed) = parse(bytes, &Hints { content_type: Some("a/b;charset=big5"), base: None }, &narrow) {
        prop_assert!(feed.episodes.len() <= 1 && feed.oddities.len() <= 3);
        prop_assert!(feed.episodes.iter().all(|e| e.title.len() <= 9 && e.enclosures.len() <= 1));
    }
    if let Document::Feed(feed) = whole {
        prop_assert_eq!(feed.items, feed.episodes.len());
        let places: Vec<_> = feed.oddities.iter().map(|o| (o.line, o.column)).collect();
        prop_assert!(places.is_sorted());
        let lines = memchr::memchr_iter(b'\n', bytes).count() as u64 + 1;
        prop_assert!(places.iter().all(|&(line, column)| (1..=lines).contains(&line) && column >= 1));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..400), step in 1_usize..50) {
        survives(&bytes, step)?;
    }

    #[test]
    fn markup_soup(words in vec(prop::sample::select(vec![
        "<rss>", "<channel>", "<item>", "</item>", "<title>", "</title>", "<![CDATA[", "]]>", "<!--", "-->", "&amp;", "&", ";",
        "<", ">", "\"", "'", "=", " url", "<enclosure", "/>", "x", "é", "\n", "<?xml ", "?>", "<!DOCTYPE rss [", "]>", "<feed",
        " xmlns='http://www.w3.org/2005/Atom'", "<entry>", "<link rel='enclosure' href='a'/>", "<a:b>", "</a:b>", "\u{1}",
        "{", "}", "[", "]", ":", ",", "\\", "\"items\"", "<opml>", "<outline xmlUrl='x'>", "<media:content url='a.mp3'/>",
    ]), 0..60), start in prop::sample::select(vec!["", "<rss><channel>", "<feed>", "{\"items\":", "<opml>"]), step in 1_usize..9) {
        survives(format!("{start}{}", words.concat()).as_bytes(), step)?;
    }

    #[test]
    fn damaged_samples(
        which in 0..SAMPLES.len(),
        damage in vec((any::<prop::sample::Index>(), 0_usize..40, vec(any::<u8>(), 0..5)), 1..6),
        step in 1_usize..200,
    ) {
        let mut bytes = SAMPLES[which].to_vec();
        for (at, gone, new) in damage {
            let start = at.index(bytes.len() + 1);
            let end = (start + gone).min(bytes.len());
            bytes.splice(start..end, new);
        }
        survives(&bytes, step)?;
    }
}
