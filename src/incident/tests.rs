//! Stories: rounds on an injected clock, and what is told of them.

mod certificates;
mod endings;
mod identity;
mod network;
mod property;
mod rounds;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::cert::Fingerprint;
use crate::judge::{Affects, CertificateRef, Code, Finding, Severity, Subject, SubjectKind};
use crate::link::{Link, Origin};

/// A world that rounds look at, and the book that they are written into.
struct Story {
    book: Book,
    rules: Rules,
    now: Timestamp,
    vantage: &'static str,
    covered: Covered,
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn origin(url: &str) -> Origin {
    Link::parse(url).unwrap().origin()
}

/// A finding about an origin.
fn at_origin(code: Code, host: &str) -> Raised {
    let origin = origin(&format!("https://{host}/"));
    let subject = Subject { kind: SubjectKind::Origin, id: origin.to_string(), name: host.to_owned() };
    let finding = Finding::new(code, subject, format!("{host} shows {code}."), "Evidence.".into()).at(origin);
    Raised { finding, shows: Vec::new() }
}

/// A finding about a file of a show.
fn at_file(code: Code, url: &str, show: &str) -> Raised {
    let subject = Subject { kind: SubjectKind::Enclosure, id: url.to_owned(), name: show.to_owned() };
    let mut finding = Finding::new(code, subject, format!("{url} shows {code}."), "Evidence.".into()).at(origin(url));
    finding.affects = Affects { feeds: 1, episodes: 1 };
    Raised { finding, shows: vec![shown(show, 1)] }
}

fn shown(name: &str, episodes: u64) -> Show {
    Show {
        name: name.to_owned(),
        source: format!("https://feeds.example/{name}"),
        episodes,
        tags: BTreeSet::new(),
        owner: None,
        downloads_per_day: None,
    }
}

/// A finding about a certificate that these hosts serve.
fn dated(code: Code, severity: Severity, serial: &str, not_after: &str, hosts: &[&str]) -> Raised {
    let mut raised = at_origin(code, hosts[0]);
    raised.finding.severity = severity;
    raised.finding.certificate = Some(CertificateRef {
        sha256: Fingerprint::of(serial.as_bytes()),
        not_after: time(not_after).as_second(),
        origins: hosts.iter().map(|host| origin(&format!("https://{host}/"))).collect(),
    });
    raised
}

impl Story {
    fn new(start: &str) -> Self {
        Self {
            book: Book::default(),
            rules: Rules::default(),
            now: time(start),
            vantage: "local",
            covered: Covered::default(),
        }
    }

    /// Without escalation, where a story is about something else.
    fn calm(mut self) -> Self {
        self.rules.escalate = None;
        self
    }

    /// Rounds look at these hosts from now on.
    fn hosts(mut self, hosts: &[&str]) -> Self {
        let ids = || hosts.iter().map(|host| format!("https://{host}:443"));
        self.covered.origins = ids().collect();
        self.covered.served = ids().collect();
        self.covered.walked = ids().collect();
        self
    }

    /// Rounds look at these files from now on.
    fn files(mut self, urls: &[&str]) -> Self {
        self.covered.enclosures = urls.iter().map(|url| (*url).to_owned()).collect();
        self
    }

    fn observation(&self, raised: &[Raised]) -> Observation {
        Observation {
            at: self.now,
            vantage: self.vantage.to_owned(),
            raised: raised.to_vec(),
            covered: self.covered.clone(),
            offline: false,
        }
    }

    /// Five minutes pass, with whatever the clock brings; then a round.
    fn round(&mut self, raised: &[Raised]) -> Vec<String> {
        let mut told = self.pass(5);
        let observation = self.observation(raised);
        let new = self.book.observe(&observation, &self.rules);
        assert_eq!(self.book.observe(&observation, &self.rules), [], "the same observation again");
        told.extend(new.iter().map(say));
        told
    }

    /// The same from a network that is down.
    fn offline(&mut self) -> Vec<String> {
        let mut told = self.pass(5);
        let observation = Observation { offline: true, covered: Covered::default(), ..self.observation(&[]) };
        told.extend(self.book.observe(&observation, &self.rules).iter().map(say));
        assert_eq!(self.book.observe(&observation, &self.rules), [], "the same observation again");
        told
    }

    /// Minutes pass; the clock is asked when it wants to be.
    fn pass(&mut self, minutes: i64) -> Vec<String> {
        let until = self.now + SignedDuration::from_mins(minutes);
        let mut told = Vec::new();
        for wakes in 0.. {
            let Some(wake) = self.book.next_tick(&self.rules).filter(|wake| *wake <= until) else { break };
            assert!(wakes < 100, "wakes for ever: {wake}");
            self.now = self.now.max(wake);
            let new = self.book.tick(self.now, &self.rules);
            assert_eq!(self.book.tick(self.now, &self.rules), [], "the same tick again");
            told.extend(new.iter().map(say));
        }
        self.now = until;
        told
    }

    /// As many rounds, all alike.
    fn rounds(&mut self, count: usize, raised: &[Raised]) -> Vec<String> {
        (0..count).flat_map(|_| self.round(raised)).collect()
    }

    fn only(&self) -> &Incident {
        let all: Vec<_> = self.book.incidents().collect();
        let [one] = all.as_slice() else { panic!("{all:?}") };
        one
    }
}

/// `#1 cert-expiring warning: Opened`.
fn say(transition: &Transition) -> String {
    let incident = &transition.incident;
    let what = match &transition.happened {
        Happened::Stepped { step } => format!("{step:?}"),
        Happened::Worsened { from } | Happened::Eased { from } if *from == incident.severity => "grew".into(),
        Happened::Worsened { .. } => "worsened".into(),
        Happened::Eased { .. } => "eased".into(),
        Happened::Acknowledged { by, from: None } => format!("taken up by {by}"),
        Happened::Acknowledged { by, from: Some(from) } => format!("taken over by {by} from {from}"),
        Happened::Released { by } => format!("handed back by {by}"),
        plain => format!("{plain:?}").to_lowercase(),
    };
    format!("#{} {} {}: {what}", incident.id.0, incident.code, incident.severity.as_str())
}
