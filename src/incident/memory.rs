//! What the rules remember of an incident between rounds. It is written into the incident, bounded,
//! and is all there is: a book restored from its incidents goes on as before.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::incident::nature::is_end;
use crate::incident::rules::{Confirm, MAX_ROUNDS};
use crate::incident::{Ending, Incident, State};
use crate::judge::Severity;

/// The most vantages remembered for one incident.
pub(super) const MAX_WATCHES: usize = 16;

/// The most members remembered for one vantage, and their bytes in all.
const MAX_MEMBERS: usize = 64;
const MAX_MEMBER_BYTES: usize = 64 << 10;

/// The most that one pause between observations adds to the time without a look: podprobe may have
/// been off.
const MAX_PAUSE: SignedDuration = SignedDuration::from_hours(1);

/// Of an incident.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Memory {
    /// Confirmed and not yet over, whatever was told of it.
    pub(super) failing: bool,
    /// The worst that it was.
    pub(super) worst: Option<Severity>,
    /// Rounds in a row that found it milder than it was told.
    pub(super) milder: u32,
    /// The most findings that one round had of it; the words are that round's.
    pub(super) count: u64,
    /// Episodes touched when it was last told.
    pub(super) told_episodes: u64,
    /// When it was last told.
    pub(super) told_at: Option<Timestamp>,
    /// Since when it is told as critical: the escalation's clock.
    pub(super) critical_at: Option<Timestamp>,
    /// The second channel was told.
    pub(super) escalated: bool,
    /// The second channel was told since it opened, and is told of what follows.
    #[serde(default)]
    pub(super) told_second: bool,
    /// Something was due that nobody had looked at lately: the round that sees it again tells it.
    pub(super) waiting: bool,
    /// When a certificate's end was first told of.
    pub(super) notice_at: Option<Timestamp>,
    /// The certificate has run out.
    pub(super) ended: bool,
    /// Openings and ends within the flapping window.
    pub(super) changes: Vec<Timestamp>,
    /// The last observation that could have seen it.
    pub(super) heard_at: Option<Timestamp>,
    /// By vantage.
    pub(super) watches: BTreeMap<String, Watch>,
}

/// How it looks from a vantage that had it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Watch {
    /// The last round that counted.
    pub(super) last: Timestamp,
    /// Whether the last rounds that counted had it, the newest last.
    pub(super) rounds: Vec<bool>,
    /// Running time since a look, ms.
    pub(super) idle_ms: i64,
    /// Where it was seen.
    pub(super) members: Vec<Member>,
}

/// A place where it was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Member {
    pub(super) id: String,
    /// Not well yet.
    pub(super) bad: bool,
    /// Rounds in a row that covered it and did not have it.
    pub(super) well: u32,
    pub(super) severity: Severity,
    /// What ended it here was that nothing leads here any more.
    #[serde(default)]
    pub(super) gone: bool,
}

impl Memory {
    /// What is known from an incident itself, for one whose memory cannot be read.
    pub(super) fn of(incident: &Incident) -> Self {
        let failing = matches!(incident.state, State::Open | State::Flapping);
        let member = Member::new(&incident.cause.subject.id, failing, incident.severity);
        let watch = Watch { last: incident.seen_at, rounds: Vec::new(), idle_ms: 0, members: vec![member] };
        Self {
            failing,
            worst: Some(incident.severity),
            told_episodes: incident.affects.episodes,
            told_at: incident.opened_at,
            notice_at: incident.opened_at,
            critical_at: incident.opened_at.filter(|_| incident.severity == Severity::Critical),
            ended: is_end(incident.code),
            heard_at: Some(incident.seen_at),
            watches: BTreeMap::from([("local".to_owned(), watch)]),
            ..Self::default()
        }
    }

    /// Vantages at which it is confirmed.
    pub(super) fn agreeing(&self, confirm: Confirm) -> usize {
        self.watches.values().filter(|watch| watch.seen_in(confirm.of) >= confirm.need).count()
    }

    /// Whether a round of the last N had it anywhere.
    pub(super) fn is_suspicious(&self, confirm: Confirm) -> bool {
        self.watches.values().any(|watch| watch.seen_in(confirm.of) > 0)
    }

    /// Where it was seen, from all vantages.
    pub(super) fn members(&self) -> impl Iterator<Item = &Member> {
        self.watches.values().flat_map(|watch| &watch.members)
    }

    /// Members that are not well.
    pub(super) fn bad(&self) -> impl Iterator<Item = &Member> {
        self.members().filter(|member| member.bad)
    }

    /// How it ended, where no member is bad any more.
    pub(super) fn ending(&self) -> Ending {
        let (gone, all) = (self.members().filter(|member| member.gone).count(), self.members().count());
        match gone {
            0 => Ending::Mended,
            _ if gone == all => Ending::Unwatched,
            _ => Ending::Partly,
        }
    }

    /// Time passes without a look from all vantages but one; those that nothing has looked from for
    /// so long are forgotten. Whether any was.
    pub(super) fn pass(&mut self, at: Timestamp, looked: Option<&str>, forget: SignedDuration) -> bool {
        let pause = self.heard_at.map_or(SignedDuration::ZERO, |heard| at.duration_since(heard));
        let pause = pause.clamp(SignedDuration::ZERO, MAX_PAUSE);
        self.heard_at = self.heard_at.max(Some(at));
        let pause_ms = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        for (vantage, watch) in &mut self.watches {
            watch.idle_ms = if looked == Some(vantage) { 0 } else { watch.idle_ms.saturating_add(pause_ms) };
        }
        let before = self.watches.len();
        self.watches.retain(|_, watch| i128::from(watch.idle_ms) < forget.as_millis().max(1));
        self.watches.len() < before
    }
}

impl Member {
    fn new(id: &str, bad: bool, severity: Severity) -> Self {
        Self { id: id.to_owned(), bad, well: 0, severity, gone: false }
    }

    /// A round looked here and found nothing, or nothing leads here any more (`gone`); `well` such
    /// rounds in a row end it here. The last of them says how.
    pub(super) fn passed(&mut self, gone: bool, well: u32) {
        self.gone = gone && (self.bad || self.gone);
        self.well = self.well.saturating_add(1);
        self.bad &= self.well < well;
    }
}

impl Watch {
    pub(super) fn new(at: Timestamp) -> Self {
        Self { last: at, rounds: Vec::new(), idle_ms: 0, members: Vec::new() }
    }

    /// A round that counts.
    pub(super) fn count(&mut self, at: Timestamp, raised: bool) {
        self.last = at;
        self.rounds.push(raised);
        let surplus = self.rounds.len().saturating_sub(MAX_ROUNDS);
        self.rounds.drain(..surplus);
    }

    fn seen_in(&self, rounds: usize) -> usize {
        self.rounds.iter().rev().take(rounds).filter(|raised| **raised).count()
    }

    /// It was seen here. Where there is no room, a member that is well makes it.
    pub(super) fn bad(&mut self, id: &str, severity: Severity) {
        let member = Member::new(id, true, severity);
        if let Some(known) = self.members.iter_mut().find(|known| known.id == id) {
            *known = member;
            return;
        }
        let bytes = self.members.iter().map(|known| known.id.len()).fold(id.len(), usize::saturating_add);
        let full = self.members.len() >= MAX_MEMBERS || bytes > MAX_MEMBER_BYTES;
        if !full || self.members.is_empty() {
            self.members.push(member);
        } else if let Some(known) = self.members.iter_mut().find(|known| !known.bad && known.id.len() >= id.len()) {
            *known = member;
        }
    }
}
