//! The list of exhibits as a whole.

use std::collections::HashSet;

use crate::judge::Code;
use crate::lab::exhibits::FIXTURES;
use crate::lab::{EXHIBITS, WITHOUT_EXHIBIT};

#[test]
fn every_code_has_an_exhibit_or_a_reason() {
    let shown: HashSet<&str> = EXHIBITS.iter().flat_map(|exhibit| exhibit.causes).copied().collect();
    let excused: HashSet<&str> = WITHOUT_EXHIBIT.iter().map(|(code, _)| *code).collect();
    for code in Code::ALL {
        assert!(
            shown.contains(code.name) != excused.contains(code.name),
            "{} needs an exhibit or a reason, and not both",
            code.name
        );
    }
    let known: HashSet<&str> = Code::ALL.iter().map(|code| code.name).collect();
    assert!(shown.union(&excused).all(|code| known.contains(code)), "a code that nobody knows");
}

#[test]
fn exhibits_are_in_order() {
    let mut names = HashSet::new();
    let mut hosts: HashSet<String> = FIXTURES.iter().map(|place| place.name.to_owned()).collect();
    assert_eq!(hosts.len(), FIXTURES.len(), "a fixture twice");
    for exhibit in EXHIBITS {
        assert!(names.insert(exhibit.name), "{} twice", exhibit.name);
        assert!(!exhibit.name.is_empty() && exhibit.what.ends_with('.'), "{}", exhibit.name);
        assert!(exhibit.causes.is_sorted(), "{}: causes are sorted", exhibit.name);
        assert!(["ok", "warning", "critical", "unknown"].contains(&exhibit.verdict), "{}", exhibit.name);
        assert!(exhibit.verdict == "ok" || !exhibit.causes.is_empty(), "{}: nothing comes of nothing", exhibit.name);
        let first = exhibit.flags.first();
        assert!(first.is_none_or(|flag| flag.starts_with("--")), "{}: flags come first", exhibit.name);
        for place in exhibit.places {
            let host = if place.name.is_empty() { exhibit.host() } else { place.name.to_owned() };
            assert!(hosts.insert(host.clone()), "{host} twice");
        }
    }
}
