use std::fmt::Write as _;

use super::*;
use crate::judge::fold::MOST_ALIKE;

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
        for text in [info.fixer, info.meanwhile] {
            assert!(text.len() > 20 && text.ends_with('.'), "{}: {text}", info.name);
        }
        assert_eq!(info.advice, format!("{} {}", info.fixer, info.meanwhile));
        assert!(!info.meaning.contains("  ") && !info.advice.contains("  "), "{}", info.name);
    }
}

#[test]
fn letters_can_be_sent_as_they_are() {
    let fill = Fill {
        host: Some("cdn.example"),
        evidence: Some("It ended."),
        time: Some("2026-11-23 05:00"),
        affected: Some("12 episodes of 3 shows"),
    };
    for info in Code::ALL {
        // A code without a letter is the podcaster's own to fix, or nobody's.
        let own = matches!(
            info.code,
            Code::DnsSinkholed
                | Code::MediaTooSmall
                | Code::MediaNotStreamable
                | Code::FeedStale
                | Code::FeedMoved
                | Code::EnclosureMissing
                | Code::ProberOffline
        );
        assert_eq!(info.letter.is_none(), own, "{}", info.name);
        assert_eq!(info.letter(&fill).is_none(), own);
        let Some(text) = info.letter(&fill) else { continue };
        assert!(text.starts_with(&format!("Subject: {}: cdn.example\n\nHello,", info.title)), "{text}");
        for part in ["It ended.", "2026-11-23 05:00 (UTC)", "12 episodes of 3 shows", "Thank you."] {
            assert!(text.contains(part), "{}: {part}", info.name);
        }
        assert!(!text.contains(['{', '}']) && !text.contains("  "), "{text}");
        let blank = info.letter(&Fill::default()).unwrap();
        assert!(["{host}", "{evidence}", "{time}", "{affected}"].iter().all(|place| blank.contains(place)), "{blank}");
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
    let mut page = format!(
        "# Findings\n\n\
         Every code that podprobe can report. `podprobe explain CODE` prints the same words. A code is never renamed.\n\n\
         Severity: **critical** means that listeners cannot download now, or are about to be unable to; **warning** that \
         it will break, or breaks for some; **info** is worth knowing. A case can be milder or worse than its code's \
         usual severity, which is the one shown.\n\n\
         Where more than {MOST_ALIKE} episodes or files of a feed have the same thing at one host, so many are told one \
         by one, and one of them says how many more there are (`not_listed` in JSON).\n\n\
         | code | severity | about | what it is |\n| --- | --- | --- | --- |\n",
    );
    for info in Code::ALL {
        let (name, severity, subject) = (info.name, info.severity.as_str(), info.subject.as_str());
        writeln!(page, "| [`{name}`](#{name}) | {severity} | {subject} | {} |", info.title).unwrap();
    }
    for info in Code::ALL {
        writeln!(page, "\n## {}\n\n**{}.** {}\n", info.name, info.title, info.meaning).unwrap();
        writeln!(page, "- **Who can fix it:** {}\n- **Meanwhile:** {}", info.fixer, info.meanwhile).unwrap();
        if let Some((recipient, body)) = info.letter {
            writeln!(page, "- **To write to {}:** \u{201c}{body}\u{201d}", recipient.as_str()).unwrap();
        }
        if info.code.needs_history() {
            page.push_str("\nNever raised by a single round: it takes a history or a configuration to see it.\n");
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
