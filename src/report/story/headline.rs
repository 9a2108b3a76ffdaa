//! The headline: what is the case, and whose host it is.

use super::survey::{Index, Survey};
use crate::judge::Severity;
use crate::report::model::Report;
use crate::report::words;

/// The sentences that stand first in every report for people.
pub(in crate::report) fn headline(report: &Report, survey: &Survey, index: &Index<'_>) -> String {
    let mut text = String::new();
    if report.interrupted {
        text.push_str("Stopped before the end; this is what is known so far. ");
    }
    text.push_str(&case(report, survey));
    if let Some(blame) = blame(report, survey, index).filter(|_| !report.offline) {
        text.push(' ');
        text.push_str(&blame);
    }
    text
}

/// What is the case.
fn case(report: &Report, survey: &Survey) -> String {
    if report.offline {
        return "podprobe itself seems to be offline: no host could be reached from this machine. This says nothing \
                about anybody's host."
            .to_owned();
    }
    let mut sentences = Vec::new();
    if survey.feeds_down > 0 {
        sentences.push(match (survey.feeds_down, survey.feeds) {
            (1, 1) => "The feed cannot be read.".to_owned(),
            (down, all) if down == all => format!("None of the {} can be read.", words::count(all, "feed", "feeds")),
            (down, all) => format!("{down} of {} cannot be read.", words::count(all, "feed", "feeds")),
        });
    }
    if survey.episodes > 0 {
        sentences.push(episodes(survey));
    } else if survey.feeds_down == 0 {
        sentences.push("There was no episode to look at.".to_owned());
    }
    let warnings = report.counts.findings.warning;
    if warnings > 0 && survey.down == 0 {
        sentences.push(format!(
            "{} to be looked at.",
            if warnings == 1 {
                "1 thing ought".to_owned()
            } else {
                format!("{} things ought", words::thousands(warnings))
            }
        ));
    }
    sentences.join(" ")
}

/// Which episodes listeners can download.
fn episodes(survey: &Survey) -> String {
    let Survey { episodes, shows, down, shows_down, soon, partly, unsure, .. } = *survey;
    let all = words::count(episodes, "episode", "episodes");
    let of_shows = words::count(shows, "show", "shows");
    let whole = if episodes == 1 { "The episode".to_owned() } else { format!("All {all} of {of_shows}") };
    let but = |n: u64| if n == 1 { "1 is".to_owned() } else { format!("{} are", words::thousands(n)) };
    if down == episodes {
        return if episodes == 1 {
            "The episode cannot be downloaded.".to_owned()
        } else {
            format!("None of the {all} of {of_shows} can be downloaded.")
        };
    }
    if down > 0 {
        let place =
            if shows == 1 { String::new() } else { format!(", in {} of {of_shows}", words::thousands(shows_down)) };
        return format!("{} of {all} cannot be downloaded{place}.", words::thousands(down));
    }
    if soon > 0 {
        return if soon == episodes {
            format!("{whole} can be downloaded, but not for long.")
        } else {
            format!("{whole} can be downloaded, but {} about to be cut off.", but(soon))
        };
    }
    if unsure == episodes {
        return if episodes == 1 {
            "The episode could not be judged from here.".to_owned()
        } else {
            format!("None of the {all} of {of_shows} could be judged from here.")
        };
    }
    if unsure > 0 {
        return format!(
            "{} of {all} could not be judged from here; the others can be downloaded.",
            words::thousands(unsure)
        );
    }
    if partly > 0 {
        let with = if partly == 1 { "1 has".to_owned() } else { format!("{} have", words::thousands(partly)) };
        return format!("{whole} can be downloaded; {with} an alternative file that cannot.");
    }
    format!("{whole} can be downloaded.")
}

/// Whose hosts the critical causes are at.
fn blame(report: &Report, survey: &Survey, index: &Index<'_>) -> Option<String> {
    let critical = report.findings.iter().filter(|f| f.caused_by.is_none() && f.severity.0 == Severity::Critical);
    let mut hosts: Vec<String> = Vec::new();
    for name in critical.filter_map(|finding| finding.origin.as_deref()) {
        let host = index.host(name);
        let host = match index.origin(name).and_then(|origin| origin.provider.as_deref()) {
            Some(provider) => format!("{host} ({provider})"),
            None => host.to_owned(),
        };
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    let names: Vec<&str> = hosts.iter().map(String::as_str).collect();
    let now = survey.down > 0 || survey.feeds_down > 0;
    match (names.as_slice(), now) {
        ([], _) => None,
        ([host], true) => Some(format!("The fault is at {host}.")),
        (hosts, true) => Some(format!("The faults are at {}.", words::list(hosts, 4))),
        (hosts, false) => Some(format!("It is about {}.", words::list(hosts, 4))),
    }
}
