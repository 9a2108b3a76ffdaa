//! The result of one round, for `check --notify`.

use jiff::Timestamp;

use super::message::{MAX_VALUE, fact};
use super::service::{plain, single};
use super::{About, Message, Notification, Phase, say};
use crate::cert::Fingerprint;
use crate::judge::{Affects, Code, Severity, Verdict};

/// The most causes in one message, and the longest of each, in characters.
const MAX_ROOTS: usize = 10;
const MAX_SUMMARY: usize = 500;
const MAX_ADVICE: usize = 2_000;

/// What a round found, as far as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundInput {
    /// The sources, as they were given: rounds over the same ones are one thread. They are not shown.
    pub sources: Vec<String>,
    /// Its verdict.
    pub verdict: Verdict,
    /// What its report begins with, where there is one.
    pub headline: Option<String>,
    /// Feeds looked at.
    pub feeds: u64,
    /// Episodes looked at.
    pub episodes: u64,
    /// It was stopped before its end.
    pub interrupted: bool,
    /// Findings that no other explains.
    pub roots: Vec<Root>,
    /// Where the report is, if anywhere.
    pub link: Option<String>,
}

/// A finding that no other explains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// How bad it is.
    pub severity: Severity,
    /// Its code.
    pub code: Code,
    /// The host at fault.
    pub host: Option<String>,
    /// Its words.
    pub summary: String,
    /// What to do.
    pub advice: String,
    /// Whom it touches.
    pub affects: Affects,
}

/// One message to one channel: the verdict, and each cause, the worst first. All about the same sources
/// are one thread, and one that is OK ends it; one that was stopped before its end does not.
pub fn from_report(channel: &str, input: &RoundInput, now: Timestamp) -> Vec<Notification> {
    let mut roots: Vec<&Root> = input.roots.iter().collect();
    roots.sort_by_key(|root| (std::cmp::Reverse((root.severity, root.affects.episodes)), root.code));
    let worst = roots.first();
    let mut body: Vec<String> = roots.iter().take(MAX_ROOTS).map(|root| line(root)).collect();
    let more = u64::try_from(roots.len().saturating_sub(MAX_ROOTS)).unwrap_or(u64::MAX);
    if more > 0 {
        body.push(format!("and {}.", say::count(more, "further cause")));
    }
    let mut facts = vec![fact("Looked at", looked_at(input)), fact("At", say::utc(now))];
    if let Some(code) = worst.map(|root| root.code) {
        facts.push(fact("Explained", format!("podprobe explain {code}")));
    }
    let advice = worst.map(|root| say::cut(root.advice.trim(), MAX_ADVICE)).filter(|advice| !advice.is_empty());
    let message = Message {
        severity: severity(input.verdict),
        code: worst.map(|root| root.code),
        host: worst.and_then(|root| root.host.as_deref()).map(|host| say::cut(host, MAX_VALUE)),
        body,
        facts,
        advice,
        link: input.link.clone(),
        ..plain(headline(input, roots.len()))
    };
    let told = single(format!("{channel}:check:{}", now.as_millisecond()), channel, now, message);
    let about = Some(About::Check { sources: print(&input.sources) });
    vec![match (input.verdict, input.interrupted) {
        (Verdict::Ok, true) => told,
        (Verdict::Ok, false) => Notification { about, phase: Phase::End, ..told },
        _ => Notification { about, phase: Phase::Update, ..told },
    }]
}

/// Tells a set of sources from others, in whatever order they were given.
fn print(sources: &[String]) -> String {
    let sources: std::collections::BTreeSet<&str> = sources.iter().map(String::as_str).collect();
    let text = sources.into_iter().collect::<Vec<_>>().join("\n");
    Fingerprint::of(text.as_bytes()).to_string().chars().take(16).collect()
}

fn severity(verdict: Verdict) -> Option<Severity> {
    match verdict {
        Verdict::Ok => None,
        Verdict::Warning | Verdict::Unknown => Some(Severity::Warning),
        Verdict::Critical => Some(Severity::Critical),
    }
}

/// What the report says first, else what is known without one. The mark of a channel says how bad it
/// is; that all is well has no mark.
fn headline(input: &RoundInput, roots: usize) -> String {
    let word = if input.verdict == Verdict::Ok { "OK: " } else { "" };
    if let Some(headline) = &input.headline {
        return say::cut(&format!("{word}{headline}"), MAX_SUMMARY);
    }
    let causes = say::count(u64::try_from(roots).unwrap_or(u64::MAX), "cause");
    let stopped = if input.interrupted { "Stopped before the end: " } else { "" };
    let case = match input.verdict {
        Verdict::Ok => format!("nothing keeps listeners from {}.", looked_at(input)),
        Verdict::Warning => format!("listeners notice nothing yet; {causes} to look at in {}.", looked_at(input)),
        Verdict::Unknown => format!("not everything could be judged in {}; {causes} found.", looked_at(input)),
        Verdict::Critical => {
            format!("listeners cannot download everything, or soon cannot: {causes} in {}.", looked_at(input))
        }
    };
    let text = format!("{word}{stopped}{case}");
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

fn looked_at(input: &RoundInput) -> String {
    format!("{} of {}", say::count(input.episodes, "episode"), say::count(input.feeds, "feed"))
}

fn line(root: &Root) -> String {
    let touched = say::touched(root.affects.feeds, root.affects.episodes);
    let touched = touched.map_or_else(String::new, |touched| format!(" ({touched})"));
    let summary = say::cut(say::clause(&root.summary), MAX_SUMMARY);
    format!("{} {}: {summary}{touched}.", root.severity.as_str(), root.code)
}
