//! Every bound, and that hostile documents cost no more than their size.

use super::*;

fn limited(text: &str, limits: Limits) -> Feed {
    feed_of(parse(text.as_bytes(), &Hints::default(), &limits))
}

#[test]
fn the_newest_episodes_are_kept() {
    let items = (0..500)
        .map(|i| format!("<item><guid>{i}</guid><pubDate>{}</pubDate></item>", 1000 + (i * 37) % 500))
        .collect::<Vec<_>>()
        .concat();
    let feed = limited(&rss(&items), Limits { episodes: Some(2), ..Limits::default() });
    // Years 1499 and 1498: 37 * 27 = 999 = 499 mod 500.
    assert_eq!((feed.items, guids(&feed)), (500, vec!["27", "54"]));
    let none = limited(&rss(&items), Limits { episodes: Some(0), ..Limits::default() });
    assert_eq!((none.items, none.episodes.len()), (500, 0));
}

#[test]
fn bytes() {
    let text = rss(&"<item><guid>x</guid><enclosure url='https://m.example/1.mp3'/></item>".repeat(10));
    let whole = limited(&text, Limits { bytes: text.len() as u64, ..Limits::default() });
    assert_eq!((whole.items, whole.oddities.len()), (10, 0), "the limit itself is allowed");
    let feed = limited(&text, Limits { bytes: 270, ..Limits::default() });
    assert_eq!(feed.items, 3, "the item that was cut had its enclosure not yet");
    assert_eq!(odd(&feed.oddities).len(), 1, "{:?}", odd(&feed.oddities));
    assert_eq!(feed.oddities[0].what, OddityKind::Limit(Limit::Bytes));
}

#[test]
fn wherever_the_limit_of_bytes_falls_nothing_else_is_said() {
    let item = "<item><guid>x</guid><!-- a comment --><title><![CDATA[A & B]]></title><description>a &amp; b</description>\
                <?php x ?><enclosure url='https://m.example/1.mp3' length='1'/></item>";
    let text = rss(&item.repeat(2));
    assert_eq!(limited(&text, Limits::default()).oddities.len(), 0);
    for bytes in text.find("<item>").unwrap()..text.len() {
        let feed = limited(&text, Limits { bytes: bytes as u64, ..Limits::default() });
        let said: Vec<&OddityKind> = feed.oddities.iter().map(|oddity| &oddity.what).collect();
        assert_eq!(said, [&OddityKind::Limit(Limit::Bytes)], "{:?}", text.get(..bytes));
    }
}

#[test]
fn depth() {
    let text = rss(&format!("<item><guid>1</guid></item>{}", "<a>".repeat(200)));
    let feed = limited(&text, Limits { depth: 10, ..Limits::default() });
    assert_eq!((guids(&feed), feed.oddities.len()), (vec!["1"], 1));
    assert_eq!(feed.oddities[0].what, OddityKind::Limit(Limit::Depth));
    let json = format!("{{\"version\":\"https://jsonfeed.org/version/1\",\"x\":{}", "[".repeat(5000));
    let feed = limited(&json, Limits::default());
    assert_eq!(odd(&feed.oddities).len(), 1);
    assert_eq!(feed.oddities[0].what, OddityKind::Limit(Limit::Depth));
}

#[test]
fn text() {
    let limits = Limits { text: 5, ..Limits::default() };
    let feed =
        limited(&rss("<item><title>Größenwahn</title><enclosure url='https://m.example/1.mp3'/></item>"), limits);
    assert_eq!(feed.episodes[0].title, "Grö", "between characters");
    assert_eq!(written(&feed), ["https"]);
    assert_eq!(feed.oddities.len(), 1);
    assert_eq!(feed.oddities[0].what, OddityKind::Limit(Limit::Text));
    // What is not kept may be long.
    let long = rss(&format!("<item><description>{}</description></item>", "x".repeat(5000)));
    assert_eq!(limited(&long, Limits { text: 100, ..Limits::default() }).oddities, []);
    let json = "{\"version\":\"jsonfeed.org\",\"title\":\"1234567890123\\ud83d\\ude00\\\"xyz\",\"items\":[]}";
    let feed = limited(json, Limits { text: 14, ..Limits::default() });
    assert_eq!((feed.title.as_str(), feed.oddities.len()), ("1234567890123\u{1F600}", 1));
}

#[test]
fn attributes_enclosures_oddities() {
    let attributes = (0..200).map(|i| format!(" a{i}='1'")).collect::<Vec<_>>().concat();
    let feed = feed(rss(&format!("<item{attributes}><guid>1</guid></item>")));
    assert_eq!((guids(&feed), odd(&feed.oddities).len()), (vec!["1"], 1));
    assert_eq!(feed.oddities[0].what, OddityKind::Limit(Limit::Attributes));

    let many = rss(&format!("<item>{}</item>", "<enclosure url='https://m.example/1.mp3'/>".repeat(9)));
    let feed = limited(&many, Limits { enclosures: 4, ..Limits::default() });
    assert_eq!((written(&feed).len(), feed.oddities[0].what.clone()), (4, OddityKind::Limit(Limit::Enclosures)));

    let mess = rss(&"\n& &nbsp; &x; <b>\u{1}</i>".repeat(3000));
    let feed = limited(&mess, Limits { oddities: 6, depth: 9000, ..Limits::default() });
    let lines: Vec<_> = feed.oddities.iter().map(|oddity| oddity.line).collect();
    assert_eq!(lines, [2, 2, 2, 2, 2, 3], "the first ones, from the decoder and the reader alike");
    let feed = limited(&mess, Limits { oddities: 2, ..Limits::default() });
    assert_eq!(feed.oddities[1].what, OddityKind::Limit(Limit::Depth), "a limit is never crowded out");
    assert_eq!(limited(&mess, Limits { oddities: 0, ..Limits::default() }).oddities, []);
}

/// Tokens that are longer than is held in memory are passed by, and the rest is read.
#[test]
fn long_tokens_are_passed_by() {
    let long = "x".repeat(3 << 20);
    for token in [
        format!("<title>{long}</title>"),
        format!("<title><![CDATA[{long}]]></title>"),
        format!("<!--{long}-->"),
        format!("<?{long}?>"),
        format!("<b {long}/>"),
        format!("<b x='{long}'/>"),
        format!("<description>&{long}</description>"),
    ] {
        let text = rss(&format!("<item>{token}<guid>1</guid></item><item><guid>2</guid></item>"));
        let feed = limited(&text, Limits::default());
        assert_eq!(guids(&feed), ["1", "2"], "{:?} {:?}", &token[..12], odd(&feed.oddities));
        assert!(feed.episodes[0].title.len() <= 64 << 10);
    }
}

/// Documents made to be read again and again after a fault: each must take about as long as its
/// size, or this test would take minutes.
#[test]
fn hostile_documents_end() {
    let size = 20_000;
    for unit in [
        "<",
        "<a",
        "< ",
        "<![CDATA[",
        "<!--",
        "<?",
        "<!",
        "<![",
        "<!DOCTYPE",
        "&",
        "&#",
        "&a;",
        "<a b=\"><",
        "<a '",
        "<a \">",
        "<a b='1'>",
        "<item>",
        "<item><title>",
        "</a>",
        "<x:a>",
        "<a x:b='1'/>",
        "\"",
        "'>",
        "]]>",
        "<title>",
        "<a xmlns:b='c'>",
        "<a xml:base='b/'>",
        "\u{1}",
        "&nbsp;",
        "<entry",
        "<enclosure url='",
        "<item/>",
        "<media:content url='a.mp3'/>",
        "<a><![CDATA[",
        "<a></b>",
        "<b><a></b>",
    ] {
        for start in ["<rss><channel>", "<rss><channel><item>", "<rss><channel><item><title>", "<opml>"] {
            let text = format!("{start}{}", unit.repeat(size / unit.len()));
            let oddities = match read(text.as_bytes()) {
                Document::Feed(feed) => feed.oddities,
                Document::List(list) => list.oddities,
                Document::Other(other) => panic!("{unit}: {other:?}"),
            };
            assert!(oddities.len() <= 20, "{unit}");
        }
    }
    for unit in ["[", "{\"a\":", "\"", "{\"items\":[", "1", "\\", "[[],", "{\"a\":1,"] {
        read(format!("{{\"items\":[{{}}],\"x\":{}", unit.repeat(size / unit.len())).as_bytes());
    }
    read(&vec![0xC3; size]);
    let mut shift = b"<?xml version='1.0' encoding='Shift_JIS'?><rss>".to_vec();
    shift.extend(vec![0xFF; size]);
    feed(&shift);
}
