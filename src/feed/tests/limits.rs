//! Hostile documents: bounds hold, nothing panics, memory follows what is asked for.

use std::io;

use proptest::prelude::*;

use super::*;

fn within(document: &[u8], limits: &Limits) -> Document {
    parse(document, &Hints::default(), limits)
}

fn met(feed: &Feed) -> Vec<Limit> {
    let limit = |oddity: &Oddity| match oddity.what {
        OddityKind::Limit(limit) => Some(limit),
        _ => None,
    };
    feed.oddities.iter().filter_map(limit).collect()
}

/// The same piece again and again, for a document that is never in memory.
struct Endless {
    head: io::Cursor<Vec<u8>>,
    piece: Vec<u8>,
    at: usize,
    left: u64,
}

impl Endless {
    fn new(head: &str, piece: &str, length: u64) -> Self {
        Self { head: io::Cursor::new(head.into()), piece: piece.into(), at: 0, left: length }
    }
}

impl Read for Endless {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let got = self.head.read(out)?;
        if got > 0 {
            return Ok(got);
        }
        let rest = &self.piece[self.at..];
        let length = rest.len().min(out.len()).min(usize::try_from(self.left).unwrap());
        out[..length].copy_from_slice(&rest[..length]);
        self.at = (self.at + length) % self.piece.len();
        self.left -= length as u64;
        Ok(length)
    }
}

#[test]
fn a_document_of_exactly_the_limit_is_whole() {
    let document = rss("<item><title>One</title></item>");
    let exact = Limits { bytes: document.len() as u64, ..limits() };
    assert_eq!(as_feed(within(document.as_bytes(), &exact)).oddities, []);
    let short = Limits { bytes: document.len() as u64 - 20, ..limits() };
    let feed = as_feed(within(document.as_bytes(), &short));
    assert_eq!((titles(&feed), met(&feed)), (vec!["One"], vec![Limit::Bytes]));
    let json = br#"{"version":"https://jsonfeed.org/version/1","items":[{"id":"a"},{"id":"b"}]}"#;
    let feed = as_feed(within(json, &Limits { bytes: 63, ..limits() }));
    assert_eq!((feed.items, met(&feed)), (1, vec![Limit::Bytes]));
}

#[test]
fn a_limit_of_the_reader_is_told_as_what_it_is() {
    struct Stops;
    impl Read for Stops {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other(LimitMet(Limit::WireBytes)))
        }
    }
    for (head, items) in
        [("<rss><channel><item/>", 1), (r#"{"version":"https://jsonfeed.org/version/1","items":[{"id":"a"},"#, 1)]
    {
        let feed = as_feed(parse(head.as_bytes().chain(Stops), &Hints::default(), &limits()));
        assert_eq!((feed.items, met(&feed)), (items, vec![Limit::WireBytes]), "{head}");
    }
}

#[test]
fn depth_is_bounded() {
    let feed = as_feed(within(format!("<rss><channel><item/>{}", "<a>".repeat(1_000_000)).as_bytes(), &limits()));
    assert_eq!((feed.items, met(&feed)), (1, vec![Limit::Depth]));
    let deep = format!(r#"{{"version":"https://jsonfeed.org/version/1","x":{}"#, "[".repeat(1_000_000));
    as_feed(within(deep.as_bytes(), &limits()));
}

#[test]
fn a_text_is_cut_and_an_endless_one_ends_the_document() {
    let tight = Limits { text: 5, ..limits() };
    let feed =
        as_feed(within(rss("<item><title>ééééé</title></item><item><title>b</title></item>").as_bytes(), &tight));
    assert_eq!((titles(&feed), met(&feed)), (vec!["éé", "b"], vec![Limit::Text]));
    for head in [
        "<rss><channel><item/><p>",
        "<rss><channel><item/><!--",
        "<rss><channel><item/><p a='",
        "<rss><channel><item/><p><![CDATA[",
    ] {
        let feed = as_feed(parse(Endless::new(head, &"x".repeat(8192), 6 << 20), &Hints::default(), &limits()));
        assert_eq!((feed.items, met(&feed)), (1, vec![Limit::Text]), "{head}");
    }
}

#[test]
fn attributes_are_bounded() {
    let many = "a='1' ".repeat(100_000);
    let feed = as_feed(within(
        rss(&format!("<item><enclosure {many} url='https://h.example/'/></item>")).as_bytes(),
        &limits(),
    ));
    assert_eq!(met(&feed), [Limit::Attributes]);
    let declarations: String =
        (0..100_000).map(|n| format!("xmlns:p{n}='urn:{n}' xml:base='https://h.example/' ")).collect();
    as_feed(within(rss(&format!("<item {declarations}/>")).as_bytes(), &limits()));
}

#[test]
fn enclosures_of_one_item_are_bounded_and_the_item_s_own_come_first() {
    let media = "<m:content url='https://h.example/NNN.mp3'/>";
    let media: String = (0..1000).map(|n| media.replace("NNN", &n.to_string())).collect();
    let feed = feed(rss(&format!(
        "<item xmlns:m='http://search.yahoo.com/mrss/'>{media}<enclosure url='https://h.example/own.mp3'/></item>"
    )));
    let enclosures = &feed.episodes[0].enclosures;
    assert_eq!(enclosures.len(), 50);
    assert!(enclosures.iter().any(|enclosure| enclosure.kind == EnclosureKind::Enclosure));
}

#[test]
fn oddities_are_bounded() {
    assert_eq!(feed(rss(&"<item><title>a & b</title></item>".repeat(1000))).oddities.len(), 20);
}

#[test]
fn of_many_items_the_newest_are_kept() {
    let head = "<rss><channel><title>Show</title><item><title>New</title><pubDate>1 Jan 2030</pubDate></item>";
    let item = "<item><title>Old</title><pubDate>1 Jan 2020</pubDate><enclosure url='https://h.example/a.mp3'/></item>";
    let one = Limits { episodes: Some(1), ..limits() };
    let document = Endless::new(head, item, item.len() as u64 * 20_000);
    let feed = as_feed(parse(document, &Hints::default(), &one));
    assert_eq!((titles(&feed), feed.items), (vec!["New"], 20_001));
}

fn piece() -> impl Strategy<Value = String> {
    let pieces = [
        "<rss>",
        "<channel>",
        "</channel>",
        "<item>",
        "</item>",
        "<title>",
        "</title>",
        "<enclosure url='a",
        "'/>",
        "&",
        ";",
        "&#x",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<!DOCTYPE ",
        "<?xml ",
        "encoding='utf-16'",
        "?>",
        "xmlns:a='",
        "<a:b ",
        "\u{0}",
        "é",
        "\n",
        "<feed xmlns='http://www.w3.org/2005/Atom'>",
        "<entry>",
        "<link rel='enclosure' href='",
        "<opml>",
        "<outline xmlUrl='x'/>",
        "{\"items\":[",
        "{\"attachments\":[{\"url\":",
        "\"",
        "]",
        "}",
        ",",
        "+2000000000",
        "<pubDate>1 Jan 2026 1:2 ",
        "</pubDate>",
    ];
    prop_oneof![3 => proptest::sample::select(pieces.to_vec()).prop_map(String::from), 1 => ".{0,8}".prop_map(String::from)]
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2048), content_type in ".{0,40}") {
        parse(bytes.as_slice(), &Hints { content_type: Some(&content_type), base: None }, &limits());
    }

    #[test]
    fn no_pieces_of_feeds_panic(pieces in proptest::collection::vec(piece(), 0..60), bytes in 0_u64..400) {
        let document = pieces.concat();
        let base = Link::parse("https://h.example/").unwrap();
        let hints = Hints { content_type: None, base: Some(&base) };
        parse(document.as_bytes(), &hints, &limits());
        let tight = Limits { bytes, depth: 3, text: 3, oddities: 1, enclosures: 1, list_entries: 1, episodes: Some(1) };
        if let Document::Feed(feed) = parse(document.as_bytes(), &hints, &tight) {
            prop_assert!(feed.episodes.len() <= 1 && feed.oddities.len() <= 1);
        }
    }

    #[test]
    fn a_feed_cut_anywhere_keeps_what_was_whole(cut in 0_usize..1000) {
        let document = rss("<item><title>One é</title></item>\n<item><title>Two</title><enclosure url='https://h.example/a'/></item>");
        let cut = cut.min(document.len());
        let whole = document.as_bytes().get(..cut).unwrap();
        if let Document::Feed(feed) = read(whole) {
            let one = document.find("</item>").unwrap();
            prop_assert!(cut <= one || feed.episodes.first().is_some_and(|episode| episode.title == "One é"));
            prop_assert_eq!(feed.oddities.is_empty(), cut + 1 >= document.len());
        }
    }
}
