use std::fmt::Write as _;

use super::*;

#[test]
fn the_table_is_in_the_order_of_the_enum() {
    assert_eq!(Code::ALL.len(), 69);
    for (index, info) in Code::ALL.iter().enumerate() {
        assert_eq!(info.code as usize, index, "{}", info.name);
        assert_eq!(Code::named(info.name), Some(info.code));
        assert_eq!(info.code.info().code, info.code);
    }
}

#[test]
fn every_code_is_explained_in_plain_words() {
    for info in Code::ALL {
        let words = info.title.split_whitespace().count();
        assert!((3..=10).contains(&words), "{}: a title has at most ten words", info.name);
        assert!(info.meaning.len() > 60 && info.meaning.ends_with('.'), "{}", info.name);
        assert!(info.advice.len() > 40 && info.advice.ends_with('.'), "{}", info.name);
        assert!(!info.meaning.contains("  ") && !info.advice.contains("  "), "{}", info.name);
    }
}

#[test]
fn names_follow_from_the_variants() {
    for info in Code::ALL {
        let camel: String = info
            .name
            .split('-')
            .flat_map(|part| part.chars().enumerate().map(|(i, c)| if i == 0 { c.to_ascii_uppercase() } else { c }))
            .collect();
        assert_eq!(format!("{:?}", info.code), camel);
    }
}

/// The page that users are linked to, as it must be.
fn page() -> String {
    let mut page = String::from(
        "# Findings\n\n\
         Every code that podprobe can report. `podprobe explain CODE` prints the same words. A code is never renamed.\n\n\
         Severity: **critical** means that listeners cannot download now, or are about to be unable to; **warning** that \
         it will break, or breaks for some; **info** is worth knowing. A case can be milder or worse than its code's \
         usual severity, which is the one shown.\n\n\
         | code | severity | about | what it is |\n| --- | --- | --- | --- |\n",
    );
    for info in Code::ALL {
        let (name, severity, subject) = (info.name, info.severity.as_str(), info.subject.as_str());
        writeln!(page, "| [`{name}`](#{name}) | {severity} | {subject} | {} |", info.title).unwrap();
    }
    for info in Code::ALL {
        writeln!(page, "\n## {}\n\n**{}.** {}\n\n{}", info.name, info.title, info.meaning, info.advice).unwrap();
        if info.code.needs_history() {
            page.push_str("\nRaised by the daemon alone: it takes more than one round to see it.\n");
        }
    }
    page
}

#[test]
fn the_page_of_findings_says_what_the_table_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/findings.md");
    if std::env::var_os("PODPROBE_WRITE_DOCS").is_some() {
        std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/docs")).unwrap();
        std::fs::write(path, page()).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == page(), "docs/findings.md is behind the table: run this test with PODPROBE_WRITE_DOCS=1");
}
