//! What a strict reader would refuse: read as far as it goes, every fault with its place.

use super::*;

#[test]
fn bare_ampersands() {
    let feed = feed(sample!("bare-ampersand.xml"));
    assert_eq!(feed.title, "Salt & Pepper");
    assert_eq!(written(&feed), ["https://media.example/1.mp3?a=1&b=2&c=3"]);
    assert_eq!(odd(&feed.oddities), ["2:41 BareAmpersand", "4:48 BareAmpersand", "5:19 BareAmpersand"]);
}

#[test]
fn missing_end() {
    let feed = feed(sample!("missing-end.xml"));
    assert_eq!(guids(&feed), ["1", "2"]);
    assert_eq!(written(&feed).len(), 2);
    assert_eq!(odd(&feed.oddities), ["4:67 Unterminated(\"tag\")", "4:73 MissingEnd"]);
}

#[test]
fn an_error_is_an_early_end_and_a_limit_is_a_limit() {
    let text = rss("<item><guid>1</guid></item>");
    let cut = &text.as_bytes()[..text.len() - 16];
    let mut reader = Trickle { bytes: cut, step: 7, end: Some(io::Error::other("reset")) };
    let broken = feed_of(parse(&mut reader, &Hints::default(), &every()));
    assert_eq!((guids(&broken), odd(&broken.oddities)), (vec!["1"], vec!["1:75 MissingEnd".to_owned()]));
    // An error after a whole document is an early end as well: nobody knows what was to come.
    let mut reader = Trickle { bytes: text.as_bytes(), step: 7, end: Some(io::Error::other("reset")) };
    assert!(matches!(
        feed_of(parse(&mut reader, &Hints::default(), &every())).oddities[..],
        [Oddity { what: OddityKind::MissingEnd, .. }]
    ));
    let met = io::Error::other(LimitMet(Limit::Ratio));
    let mut reader = Trickle { bytes: cut, step: 7, end: Some(met) };
    let limited = feed_of(parse(&mut reader, &Hints::default(), &every()));
    assert_eq!((guids(&limited), limited.oddities.len()), (vec!["1"], 1));
    assert_eq!(limited.oddities[0].what, OddityKind::Limit(Limit::Ratio));
}

#[test]
fn encodings() {
    let russian = feed(sample!("windows-1251.xml"));
    assert_eq!((russian.title.as_str(), russian.episodes[0].title.as_str()), ("Радио", "Первый выпуск"));
    assert_eq!(russian.oddities, []);
    let wide = feed(sample!("utf-16-without-mark.xml"));
    assert_eq!((wide.title.as_str(), wide.episodes[0].title.as_str()), ("Wide ☃", "Ünö"));
    assert_eq!(wide.oddities, []);
    let latin = feed(sample!("latin-1-undeclared.xml"));
    assert_eq!((latin.title.as_str(), latin.episodes[0].title.as_str()), ("Café and café", "Naïve"));
    assert_eq!(odd(&latin.oddities), ["2:39 BadEncoding(\"UTF-8\")"]);
    let koi8 = b"<rss><channel><title>\xED\xC9\xD2</title></channel></rss>";
    let hints = Hints { content_type: Some("text/xml; charset=koi8-r"), base: None };
    assert_eq!(feed_of(parse(&koi8[..], &hints, &every())).title, "Мир");
}

#[test]
fn encodings_that_do_not_hold() {
    let bogus = feed("<?xml version='1.0' encoding='bogus'?><rss><channel><title>é</title></channel></rss>");
    assert_eq!((bogus.title.as_str(), odd(&bogus.oddities)), ("é", vec!["1:31 UnknownEncoding(\"bogus\")".to_owned()]));
    // A lone lead byte in Shift_JIS, and text after it that goes on.
    let bad = b"<?xml version='1.0' encoding='Shift_JIS'?><rss><channel><title>\x83\x65\x83</title></channel></rss>";
    let bad = feed(bad);
    assert_eq!(bad.title, "テ\u{FFFD}");
    assert_eq!(odd(&bad.oddities), ["1:65 BadEncoding(\"Shift_JIS\")"]);
}

#[test]
fn characters_cut_by_the_reader_are_whole() {
    let text = rss("<item><title>Ünï – ☃ 𝄞</title></item>");
    for step in 1..5 {
        let mut reader = Trickle { bytes: text.as_bytes(), step, end: None };
        let feed = feed_of(parse(&mut reader, &Hints::default(), &every()));
        assert_eq!((feed.episodes[0].title.as_str(), feed.oddities.len()), ("Ünï – ☃ 𝄞", 0));
    }
    let end = feed(b"<rss><channel><title>x</title></channel></rss>\xC3");
    assert!(matches!(&end.oddities[0].what, OddityKind::BadEncoding(_)), "a character that never ends");
}

#[test]
fn undeclared_prefixes_are_understood() {
    let feed = feed(sample!("undeclared-prefix.xml"));
    assert_eq!(feed.new_feed_url.as_deref(), Some("https://new.example/feed.xml"));
    assert_eq!(feed.next_page.as_deref(), Some("https://show.example/feed.xml?page=2"));
    assert_eq!(feed.episodes[0].title, "One");
    assert!(feed.episodes[0].published.is_some());
    assert_eq!(written(&feed), ["https://media.example/1.mp3", "https://media.example/1.opus"]);
    assert_eq!(
        odd(&feed.oddities),
        [
            "2:1 UndeclaredPrefix(\"itunes\")",
            "3:1 UndeclaredPrefix(\"atom\")",
            "4:39 UndeclaredPrefix(\"dc\")",
            "5:1 UndeclaredPrefix(\"media\")",
            "6:1 UndeclaredPrefix(\"podcast\")",
        ]
    );
    let attribute = super::feed(rss("<item x:y='1'/>"));
    assert_eq!(odd(&attribute.oddities), ["1:54 UndeclaredPrefix(\"x\")"]);
}

#[test]
fn entities() {
    let feed = feed(sample!("html-entities.xml"));
    assert_eq!(feed.title, "Café Talk — ©");
    assert_eq!(feed.episodes[0].title, "Unknown &wurst; stays");
    assert_eq!(
        odd(&feed.oddities),
        [
            "1:39 HtmlEntity(\"eacute\")",
            "1:47 HtmlEntity(\"nbsp\")",
            "1:58 HtmlEntity(\"mdash\")",
            "1:66 HtmlEntity(\"copy\")",
            "2:22 UnknownEntity(\"wurst\")",
        ]
    );
    let bomb = super::feed(sample!("entity-bomb.xml"));
    assert_eq!(bomb.title, "By Adé: &c;&d;");
    assert_eq!(odd(&bomb.oddities), ["9:47 UnknownEntity(\"c\")", "9:50 UnknownEntity(\"d\")"]);
}

#[test]
fn control_characters() {
    let feed = feed(sample!("control-characters.xml"));
    assert_eq!((feed.title.as_str(), feed.episodes[0].title.as_str()), ("Bells", "One"));
    assert_eq!(
        odd(&feed.oddities),
        ["2:40 ControlCharacter(7)", "3:17 ControlCharacter(11)", "3:18 ControlCharacter(1)"]
    );
}

#[test]
fn mismatched_tags() {
    let feed = feed(sample!("mismatched-tags.xml"));
    assert_eq!((feed.items, guids(&feed)), (3, vec!["1", "2", "3"]));
    assert_eq!(feed.episodes[0].title, "One");
    assert_eq!(written(&feed).len(), 3);
    assert_eq!(
        odd(&feed.oddities),
        [
            "2:17 MismatchedTag(\"title\")",
            "3:46 MismatchedTag(\"item\")",
            "4:21 MismatchedTag(\"b\")",
            "4:45 MismatchedTag(\"description\")",
            "6:1 MismatchedTag(\"item\")",
        ]
    );
}

#[test]
fn broken_cdata() {
    let feed = feed(sample!("broken-cdata.xml"));
    assert_eq!((guids(&feed), feed.episodes[1].title.as_str()), (vec!["1", "2"], "Two"));
    assert_eq!(written(&feed).len(), 2);
    assert_eq!(odd(&feed.oddities), ["3:14 Unterminated(\"CDATA section\")"]);
    let cut = super::feed("<rss><channel><item><guid>1</guid><title><![CD\n");
    assert_eq!(guids(&cut), ["1"]);
    assert_eq!(odd(&cut.oddities), ["1:42 Unterminated(\"CDATA section\")", "2:1 MissingEnd"]);
}

#[test]
fn tags_that_are_not_closed() {
    let feed = feed(sample!("unclosed-quote.xml"));
    assert_eq!(guids(&feed), ["1", "2", "3", "4"]);
    assert_eq!(feed.episodes[3].title, "5 < 6");
    let first = written(&feed);
    assert!(first[0].starts_with("https://media.example/1.mp3"));
    assert_eq!(
        first[1..],
        ["https://media.example/2.mp3", "https://media.example/3.mp3", "https://media.example/4.mp3"]
    );
    let lines: Vec<_> = feed.oddities.iter().map(|oddity| oddity.line).collect();
    assert!([2, 3, 4, 5].iter().all(|line| lines.contains(line)), "{:?}", odd(&feed.oddities));
}

#[test]
fn junk_around_the_document() {
    let feed = feed(sample!("junk-before-prolog.xml"));
    assert_eq!((feed.title.as_str(), written(&feed).len()), ("Junk", 1));
    assert_eq!(
        odd(&feed.oddities),
        ["2:1 Syntax(\"text before the root element\")", "3:1 Syntax(\"something before the XML declaration\")"]
    );
    let after = super::feed(rss("<item/>") + "\nbye");
    assert_eq!(odd(&after.oddities), ["2:1 Syntax(\"content after the root element\")"]);
    let blank = super::feed(format!("\n<?xml version='1.0'?>{}", rss("")));
    assert_eq!(odd(&blank.oddities), ["2:1 Syntax(\"something before the XML declaration\")"]);
}

#[test]
fn two_channels() {
    let feed = feed(sample!("two-channels.xml"));
    assert_eq!((feed.title.as_str(), feed.items, written(&feed).len()), ("First", 2, 2));
    assert_eq!(odd(&feed.oddities), ["3:3 Syntax(\"a second channel\")"]);
}

#[test]
fn markup_that_is_none() {
    for (items, what) in [
        ("<item><title>a</title><!-- a -- b --></item>", "-- inside a comment"),
        ("<item><title>a</title><!foo></item>", "unknown markup after <!"),
        ("<item a='1' a='2'><title>a</title></item>", "an attribute that occurs twice in one tag"),
        ("<item><title>a</title><b c='<'/></item>", "a < in an attribute"),
    ] {
        let feed = feed(rss(items));
        assert_eq!((feed.items, feed.episodes[0].title.as_str()), (1, "a"), "{items}");
        assert_eq!(feed.oddities[0].what, OddityKind::Syntax(what.into()), "{items}");
    }
    for (tail, what) in
        [("<!-- never", "comment"), ("<?php never", "processing instruction"), ("<item", "tag"), ("<", "tag")]
    {
        let feed = feed(format!("<rss><channel><item><guid>1</guid></item>{tail}"));
        assert_eq!(feed.oddities[0].what, OddityKind::Unterminated(what), "{tail}");
        assert_eq!(feed.oddities[0].column, 42, "{tail}");
    }
}

#[test]
fn broken_json() {
    let text = String::from_utf8(sample!("show.json").to_vec()).unwrap();
    let cut = feed(&text[..text.find("\"odd\",").unwrap()]);
    assert_eq!((cut.items, cut.oddities[0].what.clone()), (2, OddityKind::MissingEnd));
    let comma = feed(text.replace("\"odd\",", "\"odd\",,"));
    assert_eq!((comma.items, comma.oddities[0].line), (2, 18));
    assert!(matches!(comma.oddities[0].what, OddityKind::Syntax(_)));
    // Columns count characters: what comes before the comma is longer in bytes.
    let wide = feed("{\"version\": \"https://jsonfeed.org/version/1\",\n \"title\": \"\u{e9}\u{4e2d}\u{1f399}\",,}");
    assert_eq!((wide.oddities[0].line, wide.oddities[0].column), (2, 17), "{:?}", wide.oddities);
    let control = feed(text.replace("\"One\"", "\"O\u{1}n\ne\""));
    assert!(control.episodes.iter().any(|episode| episode.title == "O n e"));
}
