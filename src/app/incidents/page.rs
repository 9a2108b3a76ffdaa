//! One incident for people: what is the case, what happened, who was told and who still waits.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::incident::{Ending, Happened, Incident, Step};
use crate::judge::Code;
use crate::markup;
use crate::notice::{Held, ending_in_words, say};
use crate::report::text::wrap;
use crate::store::{Delivery, Dossier};

/// Where values begin.
const MARGIN: usize = 13;

/// The page of a dossier, at a time, on the clock of a zone and in so many columns. `asked` is what
/// somebody asked for and no daemon has taken on yet.
pub(super) fn page(dossier: &Dossier, asked: Option<&str>, zone: &TimeZone, now: Timestamp, columns: usize) -> String {
    let mut page = Page { out: String::new(), zone, now, columns };
    page.facts(&dossier.incident, asked);
    page.happened(dossier);
    page.told(dossier);
    page.out
}

struct Page<'a> {
    out: String,
    zone: &'a TimeZone,
    now: Timestamp,
    columns: usize,
}

/// Writing to a String cannot fail, so the results of `writeln!` are let go below.
impl Page<'_> {
    /// Safe lines, those after the first below its text.
    fn text(&mut self, first: &str, indent: usize, text: &str) {
        let mut lines = wrap(text, self.columns.saturating_sub(indent).max(20), "\u{2026}").into_iter();
        let _ = writeln!(self.out, "{first:indent$}{}", lines.next().unwrap_or_default());
        for line in lines {
            let _ = writeln!(self.out, "{:indent$}{line}", "");
        }
    }

    fn fact(&mut self, label: &str, value: &str) {
        if !value.trim().is_empty() {
            self.text(label, MARGIN, value);
        }
    }

    fn facts(&mut self, incident: &Incident, asked: Option<&str>) {
        self.text("", 0, &format!("Incident {}: {}", incident.id.0, incident.summary));
        self.out.push('\n');
        let both = |at: Timestamp| say::both(at, self.zone);
        let since = both(incident.since);
        let over = incident.closed_at.map(both).unwrap_or_default();
        let taken = match (&incident.acknowledged, asked) {
            (Some((by, at)), None) => format!("by {by} on {}", both(*at)),
            (Some((by, at)), Some(asked)) => format!("by {by} on {}; {asked}", both(*at)),
            (None, Some(asked)) => asked.to_owned(),
            (None, None) if incident.closed_at.is_none() => "by nobody yet".to_owned(),
            (None, None) => String::new(),
        };
        self.fact("Code", incident.code.as_str());
        self.fact("Severity", incident.severity.as_str());
        self.fact("Host", incident.host.as_deref().unwrap_or_default());
        self.fact("Since", &since);
        let closed = if incident.ending.is_none_or(Ending::is_proved) { "Over" } else { "Closed" };
        self.fact(closed, &over);
        self.fact("Ending", incident.ending.and_then(ending_in_words).unwrap_or_default());
        self.fact("Taken up", &taken);
        // An endpoint is no show: what nobody can publish through is named in the first line.
        if incident.code != Code::PublishingDown {
            self.fact("Touches", &say::touched(incident.affects.feeds, incident.affects.episodes).unwrap_or_default());
            for show in &incident.shows {
                self.fact("", &format!("{} ({})", show.name, say::count(show.episodes, "episode")));
            }
            let listed = u64::try_from(incident.shows.len()).unwrap_or(u64::MAX);
            let more = incident.affects.feeds.saturating_sub(listed);
            if more > 0 && listed > 0 {
                self.fact("", &format!("and {}", say::count(more, "more show")));
            }
        }
        self.fact("Evidence", &incident.detail);
        self.fact("Advice", &incident.advice);
    }

    /// A heading, with the clocks of the times below it.
    fn heading(&mut self, title: &str) {
        let clocks = match say::there(self.now, self.zone).and_then(|_| self.zone.iana_name()) {
            Some(zone) => format!("UTC and {zone}"),
            None => "UTC".to_owned(),
        };
        let _ = writeln!(self.out, "\n{title} ({clocks})");
    }

    /// A time, on both clocks where there are two.
    fn when(&self, at: Timestamp) -> String {
        let utc = at.strftime("%Y-%m-%d %H:%M:%S");
        match say::there(at, self.zone) {
            Some(_) => {
                let there = at.to_zoned_datetime(self.zone.clone());
                format!("  {utc}  {}  ", there.strftime("%Y-%m-%d %H:%M:%S"))
            }
            None => format!("  {utc}  "),
        }
    }

    fn row(&mut self, at: Timestamp, text: &str) {
        let when = self.when(at);
        self.text(&when, when.len(), text);
    }

    fn happened(&mut self, dossier: &Dossier) {
        self.heading("What happened");
        for transition in &dossier.transitions {
            self.row(transition.at, &words(&transition.happened, transition.incident.ending));
        }
    }

    fn told(&mut self, dossier: &Dossier) {
        if dossier.deliveries.is_empty() {
            self.out.push_str("\nWho was told\n");
            self.text("", 2, "  Nobody: no channel is told of this by its severity, tags or owner, or there is none.");
            return;
        }
        self.heading("Who was told");
        for (place, delivery) in dossier.deliveries.iter().enumerate() {
            let later = dossier.deliveries.get(place + 1..).unwrap_or_default();
            let later: Vec<&Delivery> = later.iter().filter(|other| other.channel == delivery.channel).collect();
            let earlier = dossier.deliveries.iter().take(place);
            let blocked =
                earlier.filter(|other| other.channel == delivery.channel).any(|other| other.state == "waiting");
            let fate = self.fate(delivery, &later, blocked);
            let at = delivery.done_at.unwrap_or(delivery.composed_at);
            let short = format!("{}: {fate}", delivery.channel);
            // What is long stands below, where there is room for it.
            if markup::width(&self.when(at)) + markup::width(&short) <= self.columns {
                self.row(at, &short);
            } else {
                self.row(at, &format!("{}:", delivery.channel));
                self.text("", 6, &fate);
            }
            self.text("", 6, &delivery.headline);
        }
    }

    /// What became of a message, or why it waits.
    fn fate(&self, delivery: &Delivery, later: &[&Delivery], blocked: bool) -> String {
        let both = |at: Timestamp| say::both(at, self.zone);
        let tried = say::count(delivery.attempts, "attempt");
        let why = delivery.last_error.as_deref().unwrap_or("no reason is known");
        match delivery.state.as_str() {
            "delivered" if delivery.attempts > 1 => format!("told, at the {} attempt", nth(delivery.attempts)),
            "delivered" => "told".to_owned(),
            "dead" => format!("given up after {tried}: {why}"),
            "superseded" if later.iter().all(|other| other.state == "superseded") => {
                "not sent: it was over before it could be told".to_owned()
            }
            "superseded" => "left out: a later message says it all".to_owned(),
            _ => match (delivery.not_before.filter(|at| *at > self.now), delivery.retry_at) {
                (Some(at), _) if delivery.held == Some(Held::Quiet) => {
                    format!("waits for the end of quiet hours, until {}", both(at))
                }
                (Some(at), _) => format!("waits: silenced, or maintenance, until {}", both(at)),
                (None, Some(at)) if at <= self.now => {
                    format!("not delivered yet after {tried} ({why}); tried again soon")
                }
                (None, Some(at)) => format!("not delivered yet after {tried} ({why}); tried again on {}", both(at)),
                (None, None) if blocked => "waits for the one before it".to_owned(),
                (None, None) => "on its way: it is sent while `podprobe watch` runs".to_owned(),
            },
        }
    }
}

fn nth(n: u64) -> String {
    let ending = match (n % 10, n % 100) {
        (1, rest) if rest != 11 => "st",
        (2, rest) if rest != 12 => "nd",
        (3, rest) if rest != 13 => "rd",
        _ => "th",
    };
    format!("{}{ending}", say::thousands(n))
}

fn words(happened: &Happened, ending: Option<Ending>) -> String {
    match happened {
        Happened::Opened => "opened".into(),
        Happened::Stepped { step: Step::Expired } => "the certificate ran out".into(),
        Happened::Stepped { step: Step::Halved | Step::Daily } => "came a step nearer to its end".into(),
        Happened::Worsened { from } => format!("became worse; it was {}", from.as_str()),
        Happened::Eased { from } => format!("eased; it was {}", from.as_str()),
        Happened::Recovered => "over".into(),
        Happened::Unwatched => {
            ending.and_then(ending_in_words).unwrap_or("closed; whether it is mended is not known").into()
        }
        Happened::Reopened => "came back".into(),
        Happened::Flapping => "began to come and go".into(),
        Happened::Reminded => "reminded: it was still there".into(),
        Happened::Escalated => "escalated: nobody had taken it up".into(),
        Happened::Acknowledged { by, from: None } => format!("taken up by {by}"),
        Happened::Acknowledged { by, from: Some(from) } => format!("taken over from {from} by {by}"),
        Happened::Released { by } => format!("handed back by {by}: nobody had it"),
    }
}

#[cfg(test)]
mod tests;
