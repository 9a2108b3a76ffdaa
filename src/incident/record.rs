//! One incident through rounds and time. The policy is told at the head of the room.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::incident::expiry::next_step;
use crate::incident::group::{Group, merge};
use crate::incident::memory::{MAX_WATCHES, Memory, Watch};
use crate::incident::nature::{class, coverage, is_date, is_end};
use crate::incident::rules::{Confirm, MAX_CHANGES};
use crate::incident::{Covered, Ending, Happened, Incident, IncidentId, Rules, State, Step, Transition};
use crate::judge::{Code, Severity};

/// The shortest pause between reminders.
const MIN_PAUSE: Duration = Duration::from_mins(1);

/// An incident with its memory, read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Record {
    pub(super) incident: Incident,
    pub(super) memory: Memory,
}

/// The round that is looked through.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round<'a> {
    pub(super) at: Timestamp,
    pub(super) vantage: &'a str,
    pub(super) covered: &'a Covered,
    pub(super) rules: &'a Rules,
    /// Vantages that are offline.
    pub(super) offline: usize,
}

/// What a round was to an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looked {
    /// It is not newer than what is known.
    Before,
    /// It did not look there: only time passed, too little to be worth writing.
    Past,
    /// It counted, or enough time passed.
    Counted,
}

/// What the clock brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    Step(Step),
    Escalate,
    Remind,
}

impl Record {
    /// A suspicion.
    pub(super) fn new(id: IncidentId, group: &Group, at: Timestamp) -> Self {
        let incident = Incident {
            id,
            cause: group.cause.clone(),
            code: group.code,
            severity: group.severity,
            state: State::Suspected,
            since: at,
            opened_at: None,
            seen_at: at,
            closed_at: None,
            ending: None,
            acknowledged: None,
            expires_at: group.expires_at,
            summary: String::new(),
            detail: String::new(),
            advice: String::new(),
            host: None,
            affects: group.affects,
            shows: Vec::new(),
            transitions: 0,
            memory: serde_json::Value::Null,
        };
        Self { incident, memory: Memory::default() }
    }

    /// As it was written.
    pub(super) fn restore(incident: Incident) -> Self {
        let memory = serde_json::from_value(incident.memory.clone()).unwrap_or_else(|_| Memory::of(&incident));
        Self { incident, memory }
    }

    /// Writes the memory into the incident, and into the last of its new transitions.
    pub(super) fn write(&mut self, told: &mut [Transition]) {
        self.incident.memory = serde_json::to_value(&self.memory).unwrap_or_default();
        if let Some(last) = told.last_mut() {
            last.incident = self.incident.clone();
        }
    }

    pub(super) fn confirm(&self, rules: &Rules) -> Confirm {
        rules.confirm.of(class(self.incident.code)).sane()
    }

    /// Looks through a round; `group` is what it raised of this cause.
    pub(super) fn look(&mut self, round: &Round<'_>, group: Option<&Group>) -> (Looked, Vec<Transition>) {
        let Round { at, vantage, rules, .. } = *round;
        let known = self.memory.watches.get(vantage);
        if known.is_some_and(|watch| at <= watch.last) {
            return (Looked::Before, Vec::new());
        }
        let coverage = coverage(self.incident.code);
        let has = |id: &str| coverage.has(round.covered, vantage, id);
        let gone = |id: &str| round.covered.gone.contains(id);
        let covered = known.is_some_and(|watch| watch.members.iter().any(|member| has(&member.id) || gone(&member.id)));
        let room = known.is_some() || self.memory.watches.len() < MAX_WATCHES;
        let raised = group.filter(|_| room);
        let counts = covered || raised.is_some();
        let hour = |at: Option<Timestamp>| at.map(|at| at.as_second() / 3_600);
        let heard = hour(self.memory.heard_at);
        let forgot = self.memory.pass(at, counts.then_some(vantage), signed(rules.forget));
        if counts {
            let well = rules.rounds_well(class(self.incident.code));
            let watch = self.memory.watches.entry(vantage.to_owned()).or_insert_with(|| Watch::new(at));
            watch.count(at, raised.is_some());
            for member in &mut watch.members {
                let looked = has(&member.id);
                if looked || gone(&member.id) {
                    member.passed(!looked, well);
                }
            }
            for (id, severity) in raised.map(|group| group.members.as_slice()).unwrap_or_default() {
                watch.bad(id, *severity);
            }
        }
        if let Some(group) = raised {
            self.take(group, at);
        }
        let mut told = Vec::new();
        if forgot && self.memory.watches.is_empty() {
            self.forgotten(at, &mut told);
        } else if counts || forgot {
            self.decide(round, raised, &mut told);
        }
        if raised.is_some() {
            while let Some((due, what)) = self.due(rules)
                && due <= at
            {
                told.push(self.fire(what, at));
            }
        }
        let wrote = counts || forgot || heard != hour(self.memory.heard_at);
        (if wrote { Looked::Counted } else { Looked::Past }, told)
    }

    /// The newest words and numbers.
    fn take(&mut self, group: &Group, at: Timestamp) {
        let Self { incident, memory } = self;
        let same = incident.code == group.code && incident.severity == group.severity;
        if group.count >= memory.count || !same {
            memory.count = group.count;
            incident.summary.clone_from(&group.summary);
            incident.detail.clone_from(&group.detail);
            incident.advice.clone_from(&group.advice);
            incident.host.clone_from(&group.host);
        }
        incident.code = group.code;
        incident.seen_at = incident.seen_at.max(at);
        incident.expires_at = group.expires_at.or(incident.expires_at);
        incident.affects.feeds = incident.affects.feeds.max(group.affects.feeds);
        incident.affects.episodes = incident.affects.episodes.max(group.affects.episodes);
        incident.shows = merge(&incident.shows, &group.shows);
        if incident.opened_at.is_none() {
            if incident.state == State::Closed {
                // A suspicion that had faded.
                incident.since = at;
                incident.closed_at = None;
            }
            incident.state = State::Suspected;
            incident.severity = group.severity;
        }
        memory.waiting = false;
    }

    fn decide(&mut self, round: &Round<'_>, raised: Option<&Group>, told: &mut Vec<Transition>) {
        let Round { at, rules, .. } = *round;
        let class = class(self.incident.code);
        let confirm = self.confirm(rules);
        let bad = self.memory.bad().map(|member| member.severity).chain(raised.map(|group| group.severity)).max();
        if self.memory.failing {
            if let Some(now) = bad {
                self.weigh(now, raised, round, told);
            } else {
                self.memory.failing = false;
                self.turned(at, rules, told);
            }
        } else if raised.is_some() && self.memory.agreeing(confirm) >= rules.needed(class, round.offline) {
            self.memory.failing = true;
            self.incident.severity = bad.unwrap_or(self.incident.severity);
            self.turned(at, rules, told);
        } else if self.incident.state == State::Suspected && !self.memory.is_suspicious(confirm) {
            self.incident.state = State::Closed;
            self.incident.closed_at = Some(at);
            self.memory.watches.clear();
        }
        let quiet = self.memory.changes.last().is_none_or(|last| at.duration_since(*last) >= signed(rules.flap_window));
        if self.incident.state == State::Flapping && quiet {
            let since = self.memory.changes.last().copied().unwrap_or(at);
            self.memory.changes.clear();
            if self.memory.failing {
                self.open(at);
                told.push(self.tell(at, Happened::Reopened));
            } else {
                told.push(self.close(self.memory.ending(), since, at));
            }
        }
    }

    /// It began or ended.
    fn turned(&mut self, at: Timestamp, rules: &Rules, told: &mut Vec<Transition>) {
        let failing = self.memory.failing;
        let window = signed(rules.flap_window);
        self.memory.changes.retain(|change| at.duration_since(*change) <= window);
        self.memory.changes.push(at);
        let surplus = self.memory.changes.len().saturating_sub(MAX_CHANGES);
        self.memory.changes.drain(..surplus);
        if !failing {
            // What was confirmed is over: another beginning is confirmed anew.
            self.memory.watches.values_mut().for_each(|watch| watch.rounds.clear());
        }
        self.memory.milder = 0;
        if self.incident.state == State::Flapping {
            return;
        }
        let first = self.incident.opened_at.is_none();
        if !first && self.memory.changes.len() >= rules.flaps_at() {
            self.incident.state = State::Flapping;
            self.incident.closed_at = None;
            self.incident.ending = None;
            told.push(self.tell(at, Happened::Flapping));
        } else if failing {
            if first {
                self.incident.opened_at = Some(at);
                self.memory.notice_at = Some(at);
            }
            self.open(at);
            told.push(self.tell(at, if first { Happened::Opened } else { Happened::Reopened }));
        } else {
            told.push(self.close(self.memory.ending(), at, at));
        }
    }

    fn open(&mut self, at: Timestamp) {
        let Self { incident, memory } = self;
        incident.state = State::Open;
        incident.closed_at = None;
        incident.ending = None;
        incident.acknowledged = None;
        memory.escalated = false;
        memory.told_second = false;
        memory.critical_at = (incident.severity == Severity::Critical).then_some(at);
        memory.worst = memory.worst.max(Some(incident.severity));
        self.end_of_certificate();
    }

    fn close(&mut self, ending: Ending, over_at: Timestamp, at: Timestamp) -> Transition {
        let Self { incident, memory } = self;
        incident.state = State::Closed;
        incident.closed_at = Some(over_at);
        incident.ending = Some(ending);
        incident.severity = memory.worst.unwrap_or(incident.severity).max(incident.severity);
        memory.waiting = false;
        if incident.code == Code::ProberOffline {
            let (from, to) = (when(incident.since), when(at));
            "podprobe's own network is back.".clone_into(&mut incident.summary);
            incident.detail = format!(
                "From {from} to {to} podprobe could see nothing from here; what happened to shows in that time is \
                 not known."
            );
        }
        self.tell(at, if ending.is_proved() { Happened::Recovered } else { Happened::Unwatched })
    }

    /// Nothing looks at it any more.
    fn forgotten(&mut self, at: Timestamp, told: &mut Vec<Transition>) {
        self.memory.failing = false;
        match self.incident.state {
            State::Suspected => {
                self.incident.state = State::Closed;
                self.incident.closed_at = Some(at);
            }
            State::Open | State::Flapping => {
                let note = format!(
                    " It was last seen on {}; nothing has looked there since, so it was closed without proof that it \
                     is mended.",
                    when(self.incident.seen_at)
                );
                self.incident.detail.push_str(&note);
                told.push(self.close(Ending::Unseen, at, at));
            }
            State::Closed => {}
        }
    }

    /// Whether the certificate's end is new; then the fault began there.
    fn end_of_certificate(&mut self) -> bool {
        if self.memory.ended || !is_end(self.incident.code) || self.incident.cause.certificate.is_none() {
            return false;
        }
        self.memory.ended = true;
        self.incident.since = self.incident.expires_at.unwrap_or(self.incident.since);
        true
    }

    /// How bad it is in this round, against what was told.
    fn weigh(&mut self, now: Severity, raised: Option<&Group>, round: &Round<'_>, told: &mut Vec<Transition>) {
        let Round { at, rules, .. } = *round;
        let from = self.incident.severity;
        let ended = raised.is_some() && self.end_of_certificate();
        let flapping = self.incident.state == State::Flapping;
        if now > from {
            self.incident.severity = now;
            self.memory.worst = self.memory.worst.max(Some(now));
        }
        if now >= from {
            self.memory.milder = 0;
        } else {
            self.memory.milder = self.memory.milder.saturating_add(1);
        }
        let known = self.memory.told_episodes;
        let episodes = self.incident.affects.episodes;
        let grown = episodes >= known.saturating_mul(2) && episodes >= known.saturating_add(rules.grow_by.max(1));
        let happened = if ended {
            Happened::Stepped { step: Step::Expired }
        } else if now > from || (grown && !flapping) {
            Happened::Worsened { from }
        } else if self.memory.milder >= rules.rounds_well(class(self.incident.code)) {
            self.incident.severity = now;
            self.memory.milder = 0;
            if now < Severity::Critical {
                self.memory.critical_at = None;
            }
            if !flapping {
                told.push(self.tell(at, Happened::Eased { from }));
            }
            return;
        } else {
            return;
        };
        let taken_up = self.incident.acknowledged.take().is_some();
        if taken_up || ended || from < Severity::Critical {
            self.nobody_has_it(at);
        }
        told.push(self.tell(at, happened));
    }

    /// From now on somebody has to take it up in time, where it is critical.
    pub(super) fn nobody_has_it(&mut self, at: Timestamp) {
        if self.incident.severity == Severity::Critical {
            self.memory.critical_at = Some(at);
            self.memory.escalated = false;
        }
    }

    pub(super) fn tell(&mut self, at: Timestamp, happened: Happened) -> Transition {
        if !matches!(happened, Happened::Acknowledged { .. }) {
            self.memory.told_at = Some(at);
            self.memory.told_episodes = self.incident.affects.episodes;
        }
        let number = self.incident.transitions;
        self.incident.transitions = number.saturating_add(1);
        self.write(&mut []);
        Transition { number, at, happened, incident: self.incident.clone() }
    }

    /// What the clock brings next, and when.
    pub(super) fn due(&self, rules: &Rules) -> Option<(Timestamp, Due)> {
        let Self { incident, memory } = self;
        if incident.state != State::Open || memory.waiting {
            return None;
        }
        let told = memory.told_at?;
        if let (true, false, Some(end)) = (is_date(incident.cause.code), memory.ended, incident.expires_at) {
            let (at, step) = next_step(memory.notice_at?, end, told)?;
            return Some((at, Due::Step(step)));
        }
        if incident.acknowledged.is_some() {
            return None;
        }
        let critical = incident.severity == Severity::Critical;
        let pause = if critical { rules.remind_critical } else { rules.remind_warning };
        let remind = pause.map(|pause| (later(told, pause.max(MIN_PAUSE)), Due::Remind)).filter(|(at, _)| *at > told);
        let escalate = rules
            .escalate
            .filter(|_| critical && !memory.escalated)
            .zip(memory.critical_at)
            .map(|(pause, since)| (later(since, pause), Due::Escalate));
        escalate.into_iter().chain(remind).min()
    }

    /// Whether the last look was not long ago, and had it.
    pub(super) fn is_fresh(&self, now: Timestamp, rules: &Rules) -> bool {
        let last = self.memory.watches.values().max_by_key(|watch| watch.last);
        let had_it = last.is_some_and(|watch| watch.rounds.last() != Some(&false));
        had_it && now.duration_since(self.incident.seen_at) <= signed(rules.fresh)
    }

    pub(super) fn fire(&mut self, due: Due, at: Timestamp) -> Transition {
        let happened = match due {
            Due::Step(step) => Happened::Stepped { step },
            Due::Remind => Happened::Reminded,
            Due::Escalate => {
                self.memory.escalated = true;
                self.memory.told_second = true;
                Happened::Escalated
            }
        };
        self.tell(at, happened)
    }

    /// When it can be dropped: it is over, cannot reopen, and nothing is suspected again.
    pub(super) fn droppable_at(&self, rules: &Rules) -> Option<Timestamp> {
        let over = self.incident.state == State::Closed && !self.memory.is_suspicious(self.confirm(rules));
        // Flapping is told to be over a window after it was.
        let closed = self.incident.closed_at.max(self.memory.told_at).unwrap_or(self.incident.seen_at);
        over.then(|| later(closed, rules.reopen))
    }
}

pub(super) fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

fn later(at: Timestamp, pause: Duration) -> Timestamp {
    at.checked_add(signed(pause)).unwrap_or(Timestamp::MAX)
}

fn when(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
