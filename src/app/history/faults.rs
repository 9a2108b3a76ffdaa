//! What did not go well with a thing, for people: what was found, and from when to when.

use std::collections::HashMap;
use std::fmt::Write as _;

use jiff::Timestamp;

use super::{SHOWN, time};
use crate::judge::say::count;
use crate::report::text::wrap;
use crate::store::{Mark, Thing, ThingKind};

/// Marks that are alike and between which nothing went well.
struct Run<'a> {
    last: &'a Mark,
    first: Timestamp,
    rounds: u64,
}

/// Writes the last faults, the newest first, in so many columns.
pub(super) fn write(out: &mut String, thing: &Thing, marks: &[Mark], columns: usize) {
    let runs = runs(marks);
    if runs.is_empty() {
        return;
    }
    // Writing to a String cannot fail.
    let _ = writeln!(out, "\nLast faults");
    for run in runs.iter().take(SHOWN) {
        let _ = writeln!(out, "  {}  {}", span(run), run.last.verdict);
        let mut line = |text: &str| {
            for line in wrap(text, columns.saturating_sub(6).max(20), "\u{2026}") {
                let _ = writeln!(out, "      {line}");
            }
        };
        if thing.kind != ThingKind::Origin {
            let title = run.last.title.as_deref().map(|title| format!("{title}: ")).unwrap_or_default();
            line(&format!("{title}{}", run.last.what));
        }
        match &run.last.finding {
            Some(finding) => line(&format!("{}: {}", finding.code, finding.summary)),
            None => line(&run.last.outcome),
        }
    }
    let more = u64::try_from(runs.len().saturating_sub(SHOWN)).unwrap_or(u64::MAX);
    if more > 0 {
        let _ = writeln!(out, "  and {} before", count(more, "more fault"));
    }
}

fn runs(marks: &[Mark]) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    let mut known: HashMap<_, usize> = HashMap::new();
    for mark in marks {
        let Mark { verdict, what, title, outcome, finding, spell, .. } = mark;
        // Words of a finding count what they are about and change with it.
        let code = finding.as_ref().map(|finding| finding.code.as_str());
        let outcome = if code.is_some() { "" } else { outcome.as_str() };
        let alike = (verdict, what, title, outcome, code, spell);
        let place = *known.entry(alike).or_insert(runs.len());
        match runs.get_mut(place) {
            Some(run) => {
                run.first = mark.at;
                run.rounds = run.rounds.saturating_add(1);
            }
            None => runs.push(Run { last: mark, first: mark.at, rounds: 1 }),
        }
    }
    runs
}

/// `2026-11-30 05:36:16 to 05:37:13 UTC, 20 rounds`.
fn span(run: &Run<'_>) -> String {
    let (first, last) = (run.first, run.last.at);
    let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
    match run.rounds {
        1 => time(last),
        rounds if day(first) == day(last) => {
            let from = first.strftime("%Y-%m-%d %H:%M:%S");
            format!("{from} to {} UTC, {}", last.strftime("%H:%M:%S"), count(rounds, "round"))
        }
        rounds => format!("{} to {}, {}", first.strftime("%Y-%m-%d %H:%M:%S"), time(last), count(rounds, "round")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MarkFinding;

    fn mark(second: i64, code: Option<&str>, spell: i64) -> Mark {
        Mark {
            at: Timestamp::from_second(1_700_000_000 + second).unwrap(),
            verdict: "critical".into(),
            what: "https://h.example:443".into(),
            title: Some("CN=all".into()),
            outcome: format!("addresses: {} up, 0 down", second % 2),
            total_ms: None,
            finding: code.map(|code| MarkFinding { code: code.into(), summary: format!("It fails, {second}.") }),
            spell,
        }
    }

    fn shown(kind: ThingKind, marks: &[Mark]) -> String {
        let thing = Thing { kind, id: 1, name: "h".into(), about: None, last_seen: Timestamp::UNIX_EPOCH };
        let mut out = String::new();
        write(&mut out, &thing, marks, 80);
        out
    }

    #[test]
    fn rounds_that_are_alike_are_one_fault_with_what_was_found() {
        let marks: Vec<Mark> = (0..20).rev().map(|n| mark(n * 3, Some("origin-failing"), 7)).collect();
        assert_eq!(
            shown(ThingKind::Origin, &marks),
            "\nLast faults\n  2023-11-14 22:13:20 to 22:14:17 UTC, 20 rounds  critical\n      \
             origin-failing: It fails, 57.\n"
        );
        let show = shown(ThingKind::Show, &marks[..1]);
        assert!(show.contains("2023-11-14 22:14:17 UTC  critical\n      CN=all: https://h.example:443\n"), "{show}");
    }

    #[test]
    fn what_went_well_in_between_or_failed_otherwise_is_another_fault() {
        let marks = [
            mark(90_000, None, 8),
            mark(60, Some("origin-failing"), 8),
            mark(30, Some("tls-handshake-failed"), 7),
            mark(0, Some("origin-failing"), 7),
        ];
        let text = shown(ThingKind::Origin, &marks);
        assert_eq!(text.matches("critical").count(), 4, "{text}");
        assert!(text.contains("addresses: 0 up, 0 down"), "where nothing is known, what was seen: {text}");
        let many: Vec<Mark> = (0..25).map(|n| mark(-n, None, n)).collect();
        assert!(shown(ThingKind::Origin, &many).ends_with("and 5 more faults before\n"));
        assert_eq!(shown(ThingKind::Origin, &[]), "");
    }
}
