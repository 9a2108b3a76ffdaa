//! What a source may be, and what lists lead to.

use super::*;

fn parse(text: &str) -> Result<Source, Unreadable> {
    Source::parse(text, By::User)
}

#[test]
fn a_source_is_a_url_a_file_or_standard_input() {
    assert_eq!(parse("-"), Ok(Source::Stdin));
    assert_eq!(parse("feeds/a.xml"), Ok(Source::File("feeds/a.xml".into())));
    assert_eq!(parse("file:///feeds/a%20b.xml"), Ok(Source::File("/feeds/a b.xml".into())));
    assert_eq!(parse("file://localhost/a.xml"), Ok(Source::File("/a.xml".into())));
    assert!(parse("file://elsewhere.example/a.xml").is_err());
    assert!(matches!(parse("https://h.example/feed"), Ok(Source::Url(_))));
    assert!(matches!(parse("Https://h.example/feed"), Ok(Source::Url(_))));
    assert!(parse("ftp://h.example/feed").unwrap_err().why.contains("ftp"));
    assert!(parse("https://").is_err());
    let unreadable = parse("ftp://u:secret@h.example/feed").unwrap_err();
    assert!(!unreadable.source.contains("secret"));
}

#[test]
fn a_list_from_the_network_does_not_reach_into_files() {
    for text in ["/etc/hostname", "file:///etc/hostname", "../feed.xml", "-"] {
        assert!(Source::parse(text, By::RemoteList).is_err(), "{text}");
    }
    assert!(Source::parse("https://h.example/feed", By::RemoteList).is_ok());
    assert!(Source::parse("-", By::LocalList).is_err());
    assert!(Source::parse("show.xml", By::LocalList).is_ok());
}

fn list(entries: &[String]) -> Step {
    let list = Named { text: "https://list.example/".into(), by: By::User, within: Arc::default() };
    Step::Opened(list, Opened::List(entries.to_vec(), By::RemoteList))
}

#[test]
fn entries_are_opened_once_within_bounds() {
    let mut named = HashSet::from([key("https://a.example/")]);
    let entries = ["https://A.example", "https://b.example/", "https://b.example", "https://list.example"];
    let entries = entries.map(String::from);
    let steps = unfold(list(&entries), 0, &mut named);
    assert!(matches!(steps.as_slice(), [Step::Open(Named { text, .. })] if text == "https://b.example/"));
    let many: Vec<String> = (0..=MAX_SOURCES).map(|n| format!("https://h.example/{n}")).collect();
    let steps = unfold(list(&many), 0, &mut named);
    assert!(steps.len() <= MAX_SOURCES);
    assert!(matches!(steps.last(), Some(Step::Opened(_, Opened::Unreadable(_)))), "what is left out is said");
    let steps = unfold(list(&entries), MAX_NESTING, &mut named);
    assert!(matches!(steps.as_slice(), [Step::Opened(_, Opened::Unreadable(_))]));
}
