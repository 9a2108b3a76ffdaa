//! An incident as a document: what happened when, whom it touched, who was told, what it cost.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::headline::{duration, end_of_certificate, headline, name, touched};
use super::route::Seen;
use super::say;
use crate::incident::{Ending, Happened, Incident, Show, State, Step, Transition};
use crate::judge::{Code, Severity};
use crate::markup::markdown;

/// The most rows of a table, and the longest texts, in characters.
const MAX_ROWS: usize = 500;
const MAX_CELL: usize = 300;
const MAX_TEXT: usize = 4_000;

/// What a post-mortem needs beside the incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostmortemInput {
    /// The time zone for people.
    pub time_zone: String,
    /// When it is written: an open incident has lasted until then.
    pub now: Timestamp,
    /// Who was told, in order.
    pub told: Vec<Told>,
}

/// A message about the incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The channel.
    pub channel: String,
    /// When it arrived or was given up; of one that waits, when it was composed.
    pub at: Timestamp,
    /// What it said.
    pub headline: String,
    /// What became of it.
    pub state: ToldState,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldState {
    /// It arrived.
    Delivered,
    /// It waits.
    Waiting,
    /// It was given up.
    Dead,
    /// A later one said it all.
    Superseded,
}

impl ToldState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Waiting => "waiting",
            Self::Dead => "given up",
            Self::Superseded => "left out, a later one said it all",
        }
    }
}

/// A post-mortem in Markdown (CommonMark with GitHub's tables). Text from outside is escaped.
pub fn postmortem(incident: &Incident, transitions: &[Transition], input: &PostmortemInput) -> String {
    let paper = Paper { incident, transitions, input, zone: say::zone(&input.time_zone) };
    let mut out = String::new();
    paper.head(&mut out);
    paper.shows(&mut out);
    paper.lost(&mut out);
    paper.timeline(&mut out);
    paper.evidence(&mut out);
    paper.done(&mut out);
    paper.told(&mut out);
    out
}

struct Paper<'a> {
    incident: &'a Incident,
    transitions: &'a [Transition],
    input: &'a PostmortemInput,
    zone: TimeZone,
}

/// Writing to a String cannot fail, so the results of `writeln!` are let go below.
impl Paper<'_> {
    /// When it was over, or until when it has lasted.
    fn until(&self) -> Timestamp {
        self.incident.closed_at.unwrap_or(self.input.now)
    }

    /// Whether the certificate was renewed, or is still valid, before its end: nothing was down.
    fn never_dark(&self) -> bool {
        end_of_certificate(self.incident).is_some_and(|end| self.until() <= end)
    }

    fn is_over(&self) -> bool {
        self.incident.state == State::Closed
    }

    fn head(&self, out: &mut String) {
        let incident = self.incident;
        let title = format!("{}: {}", name(incident), incident.code.info().title);
        let _ = writeln!(out, "# Post-mortem of incident {}: {}\n", incident.id.0, markdown(&title));
        let _ = writeln!(out, "{}\n", markdown(&self.outcome()));
        let well = match self.well() {
            0 => String::new(),
            well => format!(", with {} well in between", say::lasted(well)),
        };
        let lasted = format!("{}{well}", say::lasted(self.bad()));
        let _ = writeln!(out, "| | |\n| --- | --- |");
        let mut row = |label: &str, value: &str| {
            let _ = writeln!(out, "| {label} | {} |", markdown(&say::cut(value, MAX_CELL)));
        };
        row("Finding", incident.code.as_str());
        row("Severity", incident.worst().as_str());
        if let Some(host) = &incident.host {
            row("Host", host);
        }
        if let Some(end) = incident.expires_at {
            row(if end < self.until() { "Certificate ended" } else { "Certificate ends" }, &say::both(end, &self.zone));
        }
        row("Since", &say::both(incident.since, &self.zone));
        let proved = incident.ending.is_none_or(Ending::is_proved);
        if !proved {
            row("Last seen", &say::both(incident.seen_at, &self.zone));
        }
        match incident.closed_at {
            Some(closed) => row(if proved { "Over" } else { "Closed" }, &say::both(closed, &self.zone)),
            None => row("Over", "not yet"),
        }
        if let Some(ending) = incident.ending.and_then(ending_in_words) {
            row("Ending", ending);
        }
        if self.never_dark() {
            row("Duration", "no outage: the certificate had not ended");
        } else if !proved {
            row("Duration", &format!("at least {lasted}"));
        } else if self.is_over() {
            row("Duration", &lasted);
        } else {
            row("Duration so far", &lasted);
        }
        if let Some(touched) = touched(incident, &Seen::whole(incident)) {
            row("Affected", &touched);
        }
        out.push('\n');
    }

    /// How it ended; of what goes on, what is broken, whatever people did with it last.
    fn outcome(&self) -> String {
        let incident = self.incident;
        let seen = Seen::whole(incident);
        let now = |happened| Transition { number: 0, at: self.input.now, happened, incident: incident.clone() };
        match incident.state {
            State::Suspected | State::Open => headline(&now(Happened::Opened), &seen),
            State::Flapping => headline(&now(Happened::Flapping), &seen),
            State::Closed => match self.transitions.iter().rfind(|transition| transition.happened.is_end()) {
                Some(end) => headline(end, &Seen::whole(&end.incident)),
                None => say::cut(&incident.summary, MAX_TEXT),
            },
        }
    }

    /// Seconds that it was well before it came back, as it was told.
    fn well(&self) -> u64 {
        let mut over: Option<Timestamp> = None;
        let mut well = 0_u64;
        for transition in self.transitions {
            match transition.happened {
                Happened::Recovered => over = transition.incident.closed_at,
                Happened::Reopened | Happened::Flapping => {
                    // A certificate's end may have moved the beginning behind that.
                    let from = over.take().map(|over| over.max(self.incident.since));
                    well = well.saturating_add(from.map_or(0, |from| say::seconds(from, transition.at)));
                }
                _ => {}
            }
        }
        well
    }

    /// Seconds that it was broken.
    fn bad(&self) -> u64 {
        duration(self.incident, self.input.now).saturating_sub(self.well())
    }

    fn shows(&self, out: &mut String) {
        let shows = &self.incident.shows;
        if shows.is_empty() || self.incident.code == Code::PublishingDown {
            return;
        }
        let _ = writeln!(out, "## Affected shows\n\n| Show | Episodes |\n| --- | ---: |");
        for show in shows.iter().take(MAX_ROWS) {
            let shown = markdown(&say::cut(&show.name, MAX_CELL));
            let _ = writeln!(out, "| {shown} | {} |", say::thousands(show.episodes));
        }
        let listed = u64::try_from(shows.len().min(MAX_ROWS)).unwrap_or(u64::MAX);
        let more = self.incident.affects.feeds.saturating_sub(listed);
        if more > 0 {
            let _ = writeln!(out, "\nand {}.", say::count(more, "more show"));
        }
        out.push('\n');
    }

    /// An estimate of the downloads lost, for an outage of shows whose downloads are known.
    fn lost(&self, out: &mut String) {
        let incident = self.incident;
        let outage = incident.worst() == Severity::Critical
            && !self.never_dark()
            && !matches!(incident.code, Code::PublishingDown | Code::ProberOffline);
        let seconds = self.bad();
        let known: Vec<(&Show, u64)> = incident
            .shows
            .iter()
            .filter_map(|show| Some((show, lost(show.downloads_per_day?, seconds))))
            .take(MAX_ROWS)
            .collect();
        if !outage || known.is_empty() {
            return;
        }
        let _ =
            writeln!(out, "## Downloads lost (estimate)\n\n| Show | Downloads a day | Lost |\n| --- | ---: | ---: |");
        for (show, lost) in &known {
            let per_day = say::thousands(show.downloads_per_day.unwrap_or(0));
            let shown = markdown(&say::cut(&show.name, MAX_CELL));
            let _ = writeln!(out, "| {shown} | {per_day} | about {} |", say::thousands(*lost));
        }
        let total = known.iter().fold(0_u64, |sum, (_, lost)| sum.saturating_add(*lost));
        let _ = writeln!(
            out,
            "\nIn all about {}. This is an estimate: the downloads a day of the configuration, for the {} that it \
             lasted. It assumes that downloads are spread evenly over the day, that every download of these shows \
             went through what was broken, and that nobody came back later.",
            say::count(total, "download"),
            say::lasted(seconds)
        );
        let rest = incident.affects.feeds.saturating_sub(u64::try_from(known.len()).unwrap_or(u64::MAX));
        if rest > 0 {
            let _ = writeln!(
                out,
                "Not counted: {}, for which the configuration names no `downloads_per_day`.",
                say::count(rest, "show")
            );
        }
        out.push('\n');
    }

    /// The columns of a time, and their heads.
    fn when(&self, at: Timestamp) -> String {
        let utc = at.strftime("%Y-%m-%d %H:%M:%S");
        if self.is_local() {
            let there = at.to_zoned_datetime(self.zone.clone());
            format!("{utc} | {}", there.strftime("%Y-%m-%d %H:%M:%S"))
        } else {
            utc.to_string()
        }
    }

    fn is_local(&self) -> bool {
        say::there(self.input.now, &self.zone).is_some()
    }

    fn table(&self, out: &mut String, columns: &[&str]) {
        let zone = if self.is_local() { self.zone.iana_name() } else { None };
        let heads: Vec<String> = ["UTC"].into_iter().chain(zone).chain(columns.iter().copied()).map(markdown).collect();
        let _ = writeln!(out, "| {} |\n|{}", heads.join(" | "), " --- |".repeat(heads.len()));
    }

    fn timeline(&self, out: &mut String) {
        let _ = writeln!(out, "## Timeline\n");
        self.table(out, &["What happened"]);
        let mut rows: Vec<(Timestamp, String)> =
            self.transitions.iter().map(|transition| (transition.at, what(transition))).collect();
        if let Some(end) = end_of_certificate(self.incident).filter(|end| *end <= self.until()) {
            rows.push((end, "The certificate ended.".to_owned()));
        } else if self.transitions.first().is_some_and(|first| self.incident.since < first.at) {
            rows.push((self.incident.since, "First seen.".to_owned()));
        }
        // Stable: what happened at one time stays in order.
        rows.sort_by_key(|(at, _)| *at);
        for (at, what) in rows.iter().take(MAX_ROWS) {
            let _ = writeln!(out, "| {} | {} |", self.when(*at), markdown(&say::cut(what, MAX_CELL)));
        }
        let more = rows.len().saturating_sub(MAX_ROWS);
        if more > 0 {
            let _ = writeln!(out, "\nand {more} more.");
        }
        out.push('\n');
    }

    fn evidence(&self, out: &mut String) {
        // The words while it went on; at the end they may be about the end.
        let last = self.transitions.iter().rev().find(|transition| !transition.happened.is_end());
        let incident = last.map_or(self.incident, |transition| &transition.incident);
        let detail = incident.detail.trim();
        if !detail.is_empty() {
            let _ = writeln!(out, "## Evidence\n\n{}\n", markdown(&say::cut(detail, MAX_TEXT)));
        }
        let note = self.incident.detail.trim();
        if !note.is_empty() && note != detail {
            let _ = writeln!(out, "At the end: {}\n", markdown(&say::cut(note, MAX_TEXT)));
        }
        if let Some(certificate) = &self.incident.cause.certificate {
            let _ = writeln!(out, "Certificate (SHA-256): `{}`\n", markdown(&say::cut(certificate, MAX_CELL)));
        }
    }

    fn done(&self, out: &mut String) {
        let _ = writeln!(out, "## What was done\n");
        let mut nobody = true;
        for transition in self.transitions {
            let (by, did) = match &transition.happened {
                Happened::Acknowledged { by, from: None } => (by, "took it up".to_owned()),
                Happened::Acknowledged { by, from: Some(from) } => {
                    (by, format!("took it over from {}", markdown(&say::cut(from, MAX_CELL))))
                }
                Happened::Released { by } => (by, "handed it back".to_owned()),
                _ => continue,
            };
            nobody = false;
            let _ = writeln!(
                out,
                "- {} {did} on {}, {} after it began.",
                markdown(&say::cut(by, MAX_CELL)),
                say::both(transition.at, &self.zone),
                say::lasted(say::seconds(self.incident.since, transition.at))
            );
        }
        if nobody {
            let _ = writeln!(out, "- Nobody acknowledged it to podprobe.");
        }
        let advice = self.incident.advice.trim();
        if !advice.is_empty() {
            let _ = writeln!(out, "- Advised: {}", markdown(&say::cut(advice, MAX_TEXT)));
        }
        out.push('\n');
    }

    fn told(&self, out: &mut String) {
        let _ = writeln!(out, "## Who was told\n");
        if self.input.told.is_empty() {
            let _ = writeln!(out, "Nobody.");
            return;
        }
        self.table(out, &["Channel", "Message", "State"]);
        for told in self.input.told.iter().take(MAX_ROWS) {
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} |",
                self.when(told.at),
                markdown(&say::cut(&told.channel, MAX_CELL)),
                markdown(&say::cut(&told.headline, MAX_CELL)),
                told.state.as_str()
            );
        }
        let more = self.input.told.len().saturating_sub(MAX_ROWS);
        if more > 0 {
            let _ = writeln!(out, "\nand {more} more.");
        }
    }
}

/// How an incident ended, for people; `None` where there is no more to say than that it is over.
pub fn ending_in_words(ending: Ending) -> Option<&'static str> {
    match ending {
        Ending::Mended => None,
        Ending::Partly => Some("well where it is still watched; nothing leads to the rest any more"),
        Ending::Unwatched => Some("no longer watched: nothing leads there any more; whether it is mended is not known"),
        Ending::Unseen => Some("nothing has looked there for long; whether it is mended is not known"),
    }
}

/// Downloads of so many seconds, at so many a day, rounded.
fn lost(per_day: u64, seconds: u64) -> u64 {
    let product = u128::from(per_day).saturating_mul(u128::from(seconds)).saturating_add(43_200);
    u64::try_from(product / 86_400).unwrap_or(u64::MAX)
}

/// A line of the timeline: what happened to the incident. Who was told of it stands elsewhere.
fn what(transition: &Transition) -> String {
    let incident = &transition.incident;
    let touched = touched(incident, &Seen::whole(incident));
    let touched = touched.map_or_else(String::new, |touched| format!(": {touched}"));
    let severity = incident.severity.as_str();
    let left = || {
        end_of_certificate(incident)
            .filter(|end| *end >= transition.at)
            .map_or_else(String::new, |end| format!(", {} before the end", say::left(say::seconds(transition.at, end))))
    };
    match &transition.happened {
        Happened::Opened => format!("Opened as {severity}{}{touched}.", left()),
        Happened::Stepped { step: Step::Expired } => "Confirmed: the certificate has run out.".to_owned(),
        Happened::Stepped { .. } => format!("Still not renewed{}.", left()),
        Happened::Worsened { from } if *from < incident.severity => {
            format!("Worse: from {} to {severity}{touched}.", from.as_str())
        }
        Happened::Worsened { .. } => format!("It touches more{touched}."),
        Happened::Eased { from } => format!("Eased from {} to {severity}.", from.as_str()),
        Happened::Recovered if incident.ending == Some(Ending::Partly) => {
            "Over where it is still watched; nothing leads to the rest any more.".to_owned()
        }
        Happened::Recovered => "Over.".to_owned(),
        Happened::Unwatched if incident.ending == Some(Ending::Unseen) => {
            "Closed: nothing has looked there for long; whether it is mended is not known.".to_owned()
        }
        Happened::Unwatched => "No longer watched; whether it is mended is not known.".to_owned(),
        Happened::Reopened => format!("It came back as {severity}{touched}."),
        Happened::Flapping => "It came and went.".to_owned(),
        Happened::Reminded => "It still lasted, and nobody had taken it up.".to_owned(),
        Happened::Escalated => "Escalated: nobody had taken it up in time.".to_owned(),
        Happened::Acknowledged { by, from: None } => format!("Taken up by {}.", say::cut(by, MAX_CELL)),
        Happened::Acknowledged { by, from: Some(from) } => {
            format!("Taken over by {} from {}.", say::cut(by, MAX_CELL / 3), say::cut(from, MAX_CELL / 3))
        }
        Happened::Released { by } => format!("Handed back by {}; nobody had it.", say::cut(by, MAX_CELL)),
    }
}
