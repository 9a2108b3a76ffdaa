//! OPML and one URL a line.

use super::*;

fn entries(document: impl AsRef<[u8]>) -> Vec<(String, Option<String>)> {
    as_list(read(document)).entries.into_iter().map(|entry| (entry.url, entry.title)).collect()
}

#[test]
fn outlines_are_flattened_in_their_order() {
    let title = |text: &str| Some(text.to_owned());
    assert_eq!(
        entries(sample("list.opml")),
        [
            ("https://feeds.example/salt.xml".to_owned(), title("Salt")),
            ("https://feeds.example/pepper.xml?a=1&b=2".to_owned(), title("Pepper, the show")),
            ("https://feeds.example/more.opml".to_owned(), title("More")),
        ]
    );
    assert_eq!(as_list(read(sample("list.opml"))).oddities, []);
}

#[test]
fn attributes_are_found_in_any_case_and_relative_ones_are_joined() {
    let document = "<opml><body><outline XMLURL='a.xml'/><outline xmlurl=' '/></body></opml>";
    assert_eq!(entries(document), [("a.xml".to_owned(), None)]);
    let base = Link::parse("https://h.example/lists/all.opml").unwrap();
    let hints = Hints { base: Some(&base), ..Hints::default() };
    let list = as_list(parse(document.as_bytes(), &hints, &limits()));
    assert_eq!(list.entries[0].url, "https://h.example/lists/a.xml");
}

#[test]
fn a_broken_list_is_read_as_far_as_it_goes() {
    let document = "<opml><body><outline xmlUrl='https://h.example/a?x=1&y=2'/><outline xmlUrl='https://h.ex";
    let list = as_list(read(document));
    assert_eq!(list.entries.len(), 1);
    let kinds: Vec<_> = list.oddities.iter().map(|oddity| oddity.what.clone()).collect();
    assert_eq!(kinds, [OddityKind::BareAmpersand, OddityKind::Unterminated("tag")]);
}

#[test]
fn one_url_a_line_is_a_list() {
    let document = "\u{feff}# my shows\n\nhttps://h.example/a.xml\r\n  http://h.example/b.xml  \n# end";
    assert_eq!(
        entries(document),
        [("https://h.example/a.xml".to_owned(), None), ("http://h.example/b.xml".to_owned(), None)]
    );
    assert_eq!(read("just words\nhttps://h.example/"), Document::Other(Other::Unknown));
}

#[test]
fn entries_are_bounded() {
    let few = Limits { list_entries: 3, ..limits() };
    let opml = format!("<opml>{}</opml>", "<outline xmlUrl='https://h.example/'/>".repeat(10));
    let lines = "https://h.example/\n".repeat(10);
    for document in [opml, lines] {
        assert_eq!(as_list(parse(document.as_bytes(), &Hints::default(), &few)).entries.len(), 3);
    }
}
