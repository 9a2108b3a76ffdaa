//! Every kind of oddity, with its line and column; the rest of the document is read.

use super::*;

/// A document, the piece of it that is odd, what is said of it, and the show's title as read.
struct Case {
    document: String,
    odd: &'static str,
    what: OddityKind,
    title: &'static str,
}

fn case(title_element: &str, odd: &'static str, what: OddityKind, title: &'static str) -> Case {
    let document = format!(
        "<?xml version=\"1.0\"?>\n<rss version=\"2.0\">\n<channel>\n  <!-- é塩🧂 --> {title_element}\n\
         <item><title>Last</title></item>\n</channel>\n</rss>\n"
    );
    Case { document, odd, what, title }
}

fn cases() -> Vec<Case> {
    use OddityKind as Kind;
    let text = str::to_owned;
    vec![
        case("<title>é Salt & Pepper</title>", "& Pepper", Kind::BareAmpersand, "é Salt & Pepper"),
        case("<title>A&B; &amp; C</title>", "&B;", Kind::UnknownEntity(text("B")), "A&B; & C"),
        case("<title>a & b; c</title>", "& b;", Kind::BareAmpersand, "a & b; c"),
        case("<title>a &</title>", "&<", Kind::BareAmpersand, "a &"),
        case("<title>caf&eacute;</title>", "&eacute;", Kind::HtmlEntity(text("eacute")), "café"),
        case("<title>x</title><p>caf&eacute;</p>", "&eacute;", Kind::HtmlEntity(text("eacute")), "x"),
        case("<title>x</title><p>a & b</p>", "& b", Kind::BareAmpersand, "x"),
        case("<title>a &nosuch; b</title>", "&nosuch;", Kind::UnknownEntity(text("nosuch")), "a &nosuch; b"),
        case("<title>a&#x110000;</title>", "&#x1", Kind::UnknownEntity(text("#x110000")), "a&#x110000;"),
        case("<title>a&#0;b</title>", "&#0;", Kind::ControlCharacter(0), "a b"),
        case("<title>a\u{b}b</title>", "\u{b}", Kind::ControlCharacter(11), "a b"),
        case("<title>x</title><foo:bar/>", "<foo:bar", Kind::UndeclaredPrefix(text("foo")), "x"),
        case("<title>x</titel></title>", "</titel>", Kind::MismatchedTag(text("titel")), "x"),
        case("<p><title>x</p>", "</p>", Kind::MismatchedTag(text("p")), ""),
        case(
            "<title>x</title><link xmlns='http://www.w3.org/2005/Atom' rel='self'\n é='' href='https://h.example/?a=1&b=2'/>",
            "&b=2",
            Kind::BareAmpersand,
            "x",
        ),
    ]
}

#[test]
fn oddities_stand_where_they_are_and_the_rest_is_read() {
    for Case { document, odd, what, title } in cases() {
        let feed = feed(&document);
        let (line, column) = place(&document, odd);
        assert_eq!(feed.oddities, [Oddity { line, column, what }], "{document}");
        assert_eq!((feed.title.as_str(), titles(&feed)), (title, vec!["Last"]), "{document}");
    }
}

#[test]
fn carriage_returns_move_no_line() {
    let document = cases()[0].document.replace('\n', "\r\n");
    let (line, column) = place(&document, "& Pepper");
    assert_eq!(feed(&document).oddities, [Oddity { line, column, what: OddityKind::BareAmpersand }]);
}

#[test]
fn what_does_not_end_ends_the_document() {
    for (tail, odd, what) in [
        ("<item><title><![CDATA[ half", "<![CDATA", "CDATA section"),
        ("<!-- half", "<!--", "comment"),
        ("<item title='half", "<item t", "tag"),
        ("<guid", "<guid", "tag"),
        ("<?php half", "<?php", "processing instruction"),
    ] {
        let document = format!("<rss><channel>\n<item><title>Whole</title></item>\n  {tail}");
        let feed = feed(&document);
        let (line, column) = place(&document, odd);
        assert_eq!(feed.oddities, [Oddity { line, column, what: OddityKind::Unterminated(what) }], "{document}");
        assert_eq!(feed.episodes[0].title, "Whole");
    }
    assert_eq!(read("<!DOCTYPE rss [ <!ENTITY"), Document::Other(Other::Unknown));
}

#[test]
fn samples_are_read_as_their_names_say() {
    let text = |name: &str| String::from_utf8(sample(name)).unwrap();
    let at = |text: &str, piece: &str, what: OddityKind| {
        let (line, column) = place(text, piece);
        Oddity { line, column, what }
    };

    let document = text("bare-ampersand.xml");
    let feed = super::feed(&document);
    let ampersands =
        [at(&document, "& Pepper", OddityKind::BareAmpersand), at(&document, "&b=2", OddityKind::BareAmpersand)];
    assert_eq!(feed.oddities, ampersands);
    assert_eq!((ampersands[0].line, ampersands[0].column), (4, 17));
    assert_eq!(feed.title, "Salt & Pepper");
    assert_eq!(shown(&feed.episodes[0]), ["enclosure audio/mpeg 1000 https://cdn.example/one.mp3?a=1&b=2"]);

    let document = text("missing-end.xml");
    let feed = super::feed(&document);
    assert_eq!(titles(&feed), ["Whole", "Broken"]);
    assert_eq!(feed.oddities, [Oddity { line: 15, column: 1, what: OddityKind::MissingEnd }]);

    let document = text("undeclared-prefix.xml");
    let feed = super::feed(&document);
    assert_eq!(feed.oddities, [at(&document, "<itunes:new", OddityKind::UndeclaredPrefix("itunes".into()))]);

    let document = text("html-entities.xml");
    let feed = super::feed(&document);
    let html = |name: &str| at(&document, &format!("&{name};"), OddityKind::HtmlEntity(name.into()));
    assert_eq!(feed.oddities, [html("eacute"), html("nbsp"), html("uuml"), html("hellip")]);
    assert_eq!(feed.title, "Café Salz – über alles & mehr");
    assert_eq!(titles(&feed), ["Rock … roll"]);
}

#[test]
fn items_that_do_not_end_are_each_their_own() {
    let feed = feed("<rss><channel><item><title>A</title><item><title>B</title></channel></rss>");
    assert_eq!(titles(&feed), ["A", "B"]);
    assert!(feed.oddities.iter().all(|oddity| matches!(oddity.what, OddityKind::MismatchedTag(_))));
    assert!(!feed.oddities.is_empty());
}

#[test]
fn entities_of_the_document_are_not_expanded() {
    let lol = "<!DOCTYPE rss [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'><!ENTITY x SYSTEM 'file:///etc/passwd'>]>";
    let feed = feed(format!("{lol}<rss><channel><title>&b;&x;</title></channel></rss>"));
    assert_eq!(feed.title, "&b;&x;");
}

#[test]
fn faults_of_json_have_a_place_in_characters() {
    let document =
        "{\"version\": \"https://jsonfeed.org/version/1\", \"items\": [\n{\"id\": \"塩塩塩\", \"title\" \"x\"}]}";
    let feed = feed(document);
    let (line, column) = place(document, "\"x\"");
    assert_eq!((feed.oddities[0].line, feed.oddities[0].column), (line, column), "{:?}", feed.oddities);
    assert!(matches!(&feed.oddities[0].what, OddityKind::Syntax(words) if !words.contains("line")));
    assert_eq!(feed.episodes[0].guid.as_deref(), Some("塩塩塩"), "what came of it counts");

    let cut = &document[..document.find(", \"title").unwrap()];
    let feed = super::feed(cut);
    assert_eq!(feed.oddities.iter().map(|oddity| &oddity.what).collect::<Vec<_>>(), [&OddityKind::MissingEnd]);
}

#[test]
fn oddities_come_in_the_order_of_the_document() {
    // Decoding runs ahead: the byte is met before the ampersand is.
    let mut bytes = b"<rss><channel><title>a & b</title>\n<item><title>".to_vec();
    bytes.extend(b"\x01 c & d</title></item></channel></rss>");
    let lines: Vec<_> = feed(&bytes).oddities.iter().map(|oddity| oddity.line).collect();
    assert_eq!(lines, [1, 2, 2]);
}
