//! Lists of feeds.

use super::*;

fn list(bytes: &[u8]) -> List {
    match read(bytes) {
        Document::List(list) => list,
        other => panic!("no list: {other:?}"),
    }
}

fn entries(list: &List) -> Vec<(&str, Option<&str>)> {
    list.entries.iter().map(|entry| (entry.url.as_str(), entry.title.as_deref())).collect()
}

#[test]
fn opml_nested() {
    let list = list(sample!("list.opml"));
    assert_eq!(list.oddities, []);
    assert_eq!(
        entries(&list),
        [
            ("https://show.example/a.xml?x=1&y=2", Some("A & B")),
            ("https://show.example/b.xml", Some("Only text")),
            ("https://show.example/c.xml", None),
        ]
    );
}

#[test]
fn broken_opml_is_read_as_far_as_it_goes() {
    let list = list(b"<opml><body><outline xmlUrl='https://s.example/?a=1&b=2'/>\n<outline text='x'");
    assert_eq!(entries(&list), [("https://s.example/?a=1&b=2", None)]);
    assert_eq!(odd(&list.oddities), ["1:52 BareAmpersand", "2:1 Unterminated(\"tag\")", "2:18 MissingEnd"]);
}

#[test]
fn one_url_a_line() {
    let list = list(sample!("list.txt"));
    assert_eq!(
        entries(&list),
        [("https://show.example/a.xml", None), ("https://show.example/b.xml?x=1#top", None), ("not a url", None)]
    );
    let crlf = "\u{FEFF}# windows\r\nhttps://s.example/1\r\n\r\nhttps://s.example/2";
    assert_eq!(entries(&super::lists::list(crlf.as_bytes())).len(), 2);
}

#[test]
fn lists_are_bounded() {
    let limits = Limits { list_entries: 2, text: 20, ..Limits::default() };
    let lines = "https://s.example/1\nhttps://s.example/2-which-is-long\nhttps://s.example/3\n";
    let Document::List(list) = parse(lines.as_bytes(), &Hints::default(), &limits) else { panic!() };
    assert_eq!(entries(&list), [("https://s.example/1", None), ("https://s.example/2-", None)]);
    assert_eq!(odd(&list.oddities), ["2:1 Limit(Text)", "3:1 Limit(Entries)"]);

    let outlines = (0..5).map(|i| format!("<outline xmlUrl='https://s.example/{i}'/>")).collect::<Vec<_>>().concat();
    let opml = format!("<opml><body>{outlines}</body></opml>");
    let limits = Limits { list_entries: 2, ..Limits::default() };
    let Document::List(list) = parse(opml.as_bytes(), &Hints::default(), &limits) else { panic!() };
    assert_eq!(list.entries.len(), 2);
    assert_eq!(odd(&list.oddities), ["1:91 Limit(Entries)"]);
}

#[test]
fn lists_within_lists_and_relative_entries() {
    let opml = "<opml><body><outline type='include' url='more.opml'/><outline type='link' url='https://s.example/b.OPML'/>\
                <outline type='link' url='https://s.example/page'/><outline xmlUrl='/a.xml'/></body></opml>";
    let alone = list(opml.as_bytes());
    assert_eq!(entries(&alone), [("more.opml", None), ("https://s.example/b.OPML", None), ("/a.xml", None)]);
    let base = Link::parse("https://s.example/lists/all.opml").unwrap();
    let hints = Hints { base: Some(&base), ..Hints::default() };
    let Document::List(list) = parse(opml.as_bytes(), &hints, &Limits::default()) else { panic!() };
    assert_eq!(
        entries(&list),
        [
            ("https://s.example/lists/more.opml", None),
            ("https://s.example/b.OPML", None),
            ("https://s.example/a.xml", None)
        ]
    );
}
