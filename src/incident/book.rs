//! All incidents that are going on, or ended so lately that they may come back.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::incident::cause::Key;
use crate::incident::group::{Group, cut, gather, offline};
use crate::incident::record::{Looked, Record, Round};
use crate::incident::{Happened, Incident, IncidentId, Observation, Rules, State, Transition};
use crate::judge::Code;

/// The most incidents in the book; further causes are counted, the worst find room first.
const MAX_INCIDENTS: usize = 10_000;

/// The longest name of who takes an incident up, in characters.
const MAX_BY: usize = 200;

/// Why an incident could not be acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAcknowledged {
    /// No such number, or over for long.
    #[error("there is no open incident {}; `podprobe incidents` lists them", .0.0)]
    Unknown(IncidentId),
    /// It is not going on.
    #[error("incident {} is not open, so there is nothing to take up", .0.0)]
    NotOpen(IncidentId),
    /// They have it already.
    #[error("incident {} was already taken up by {by} at {at}", .id.0)]
    Already {
        /// Which.
        id: IncidentId,
        /// Who did.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// Nobody has it, so nobody can hand it back.
    #[error("nobody has taken incident {} up", .0.0)]
    NotTaken(IncidentId),
    /// No name.
    #[error("say who takes incident {} up: the name is empty", .0.0)]
    NoName(IncidentId),
}

/// The incidents that are going on.
#[derive(Clone, Debug, Default)]
pub struct Book {
    records: BTreeMap<IncidentId, Record>,
    by_cause: BTreeMap<Key, IncidentId>,
    next: u64,
    changed: BTreeSet<IncidentId>,
    /// Dropped before they were written.
    dropped: Vec<Incident>,
    no_room: u64,
}

impl Book {
    /// The book that wrote these incidents. `next` is the lowest number not given out yet; numbers
    /// that the incidents bear are never given out again. Of two incidents of one cause the later
    /// one goes on.
    pub fn restore(incidents: Vec<Incident>, next: u64) -> Self {
        let mut book = Self { next: next.max(1), ..Self::default() };
        let mut incidents = incidents;
        incidents.sort_by_key(|incident| Reverse(incident.id));
        for incident in incidents {
            let (id, key) = (incident.id, incident.cause.key());
            book.next = book.next.max(id.0.saturating_add(1));
            if !book.by_cause.contains_key(&key) && book.records.len() < MAX_INCIDENTS {
                book.by_cause.insert(key, id);
                book.records.insert(id, Record::restore(incident));
            }
        }
        book
    }

    /// The lowest number not given out yet.
    pub fn next(&self) -> u64 {
        self.next.max(1)
    }

    /// All incidents in the book, by number: suspected, open, flapping, and closed within the
    /// reopening window.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> {
        self.records.values().map(|record| &record.incident)
    }

    /// The incident of this number, if it is in the book.
    pub fn get(&self, id: IncidentId) -> Option<&Incident> {
        self.records.get(&id).map(|record| &record.incident)
    }

    /// Where an incident was seen and is not well yet, by subject id (origins, enclosures, feeds,
    /// endpoints; 64 a vantage at most). Rounds that look there again can end it; a rotating sample
    /// may not come by for months.
    pub fn members(&self, id: IncidentId) -> BTreeSet<&str> {
        let record = self.records.get(&id);
        record.into_iter().flat_map(|record| record.memory.bad()).map(|member| member.id.as_str()).collect()
    }

    /// Every place where an incident that is not closed was seen, well or not: those of them that
    /// nothing leads to any more belong into [`Covered::gone`](crate::incident::Covered::gone).
    pub fn places(&self) -> BTreeSet<String> {
        let going = self.records.values().filter(|record| record.incident.state != State::Closed);
        going.flat_map(|record| record.memory.members()).map(|member| member.id.clone()).collect()
    }

    /// Incidents that changed since this was last asked, in their memory at least: what a store has
    /// to write for [`Book::restore`]. A suspicion that faded is closed without ever having opened.
    pub fn take_changed(&mut self) -> Vec<Incident> {
        let mut out = std::mem::take(&mut self.dropped);
        let changed = std::mem::take(&mut self.changed);
        out.extend(changed.into_iter().filter_map(|id| self.get(id).cloned()));
        out
    }

    /// Causes that found no room (10,000 incidents are the most at once).
    pub fn no_room(&self) -> u64 {
        self.no_room
    }

    /// Takes in what a round saw and says what changed. An observation that is not newer than the
    /// last one of its vantage changes nothing it changed already.
    pub fn observe(&mut self, observation: &Observation, rules: &Rules) -> Vec<Transition> {
        self.drop_old(observation.at, rules);
        let mut out = Vec::new();
        let mut round = Round {
            at: observation.at,
            vantage: &observation.vantage,
            covered: &observation.covered,
            rules,
            offline: 0,
        };
        let Some(network) = offline(observation) else { return out };
        let key = network.cause.key();
        if observation.offline {
            let id = self.by_cause.get(&key).copied().or_else(|| self.insert(&network, observation.at));
            out.extend(id.into_iter().flat_map(|id| self.look(id, &round, Some(&network))));
            return out;
        }
        let own = self.by_cause.get(&key).copied();
        if let Some(own) = own {
            out.extend(self.look(own, &round, None));
            if self.records.get(&own).is_some_and(|record| record.memory.failing) {
                return out;
            }
        }
        round.offline = self.offline();
        let mut groups = gather(observation, rules);
        let mut seen = Vec::new();
        let ids: Vec<(IncidentId, Key)> =
            self.by_cause.iter().map(|(key, id)| (*id, key.clone())).filter(|(id, _)| Some(*id) != own).collect();
        for (id, key) in ids {
            let group = groups.remove(&key);
            if self.records.get(&id).is_some_and(|record| record.incident.code != Code::ProberOffline) {
                seen.extend(self.look(id, &round, group.as_ref()));
            }
        }
        let mut new: Vec<_> = groups.into_values().collect();
        new.sort_by_key(|group| Reverse(group.severity));
        for group in new {
            let id = self.insert(&group, observation.at);
            seen.extend(id.into_iter().flat_map(|id| self.look(id, &round, Some(&group))));
        }
        seen.sort_by_key(|transition| (transition.incident.id, transition.number));
        out.append(&mut seen);
        out
    }

    /// Tells what the clock brings: steps of certificates, reminders, escalations; drops what cannot
    /// come back. At the same time again it tells nothing.
    pub fn tick(&mut self, now: Timestamp, rules: &Rules) -> Vec<Transition> {
        self.drop_old(now, rules);
        let mut out = Vec::new();
        let blind = self.offline() >= rules.vantages.max(1);
        for (id, record) in &mut self.records {
            let mut told = Vec::new();
            let mut touched = false;
            while let Some((due, what)) = record.due(rules)
                && due <= now
            {
                touched = true;
                if !record.is_fresh(now, rules) || (blind && record.incident.code != Code::ProberOffline) {
                    record.memory.waiting = true;
                    break;
                }
                told.push(record.fire(what, now));
            }
            if touched {
                record.write(&mut told);
                self.changed.insert(*id);
                out.append(&mut told);
            }
        }
        out
    }

    /// When [`Book::tick`] should be called next; `None` while there is nothing to wait for.
    pub fn next_tick(&self, rules: &Rules) -> Option<Timestamp> {
        let due = self.records.values().filter_map(|record| record.due(rules)).map(|(at, _)| at);
        due.chain(self.records.values().filter_map(|record| record.droppable_at(rules))).min()
    }

    /// Somebody takes an incident up, or over from somebody else: reminders and escalation stop until
    /// it worsens, reopens or is handed back.
    ///
    /// # Errors
    /// When it is not open, `by` has it already, or `by` is empty.
    pub fn acknowledge(&mut self, id: IncidentId, by: &str, at: Timestamp) -> Result<Transition, NotAcknowledged> {
        let (record, by) = self.taking(id, by)?;
        let from = match record.incident.acknowledged.take() {
            Some((known, since)) if known == by => {
                record.incident.acknowledged = Some((known, since));
                return Err(NotAcknowledged::Already { id, by, at: since });
            }
            known => known.map(|(from, _)| from),
        };
        record.incident.acknowledged = Some((by.clone(), at));
        let told = record.tell(at, Happened::Acknowledged { by, from });
        self.changed.insert(id);
        Ok(told)
    }

    /// An incident is handed back, by whoever says so: nobody has it, and reminders and escalation
    /// begin anew.
    ///
    /// # Errors
    /// When it is not open, nobody has it, or `by` is empty.
    pub fn release(&mut self, id: IncidentId, by: &str, at: Timestamp) -> Result<Transition, NotAcknowledged> {
        let (record, by) = self.taking(id, by)?;
        record.incident.acknowledged.take().ok_or(NotAcknowledged::NotTaken(id))?;
        record.nobody_has_it(at);
        let told = record.tell(at, Happened::Released { by });
        self.changed.insert(id);
        Ok(told)
    }

    /// An incident that can be taken up, and the name of who does.
    fn taking(&mut self, id: IncidentId, by: &str) -> Result<(&mut Record, String), NotAcknowledged> {
        let record = self.records.get_mut(&id).ok_or(NotAcknowledged::Unknown(id))?;
        let by = cut(by.trim(), MAX_BY);
        if by.is_empty() {
            return Err(NotAcknowledged::NoName(id));
        }
        if !matches!(record.incident.state, State::Open | State::Flapping) {
            return Err(NotAcknowledged::NotOpen(id));
        }
        Ok((record, by))
    }

    /// Vantages that are offline.
    fn offline(&self) -> usize {
        let own = |record: &&Record| record.incident.code == Code::ProberOffline && record.memory.failing;
        self.records.values().filter(own).count()
    }

    /// Begins an incident.
    fn insert(&mut self, group: &Group, at: Timestamp) -> Option<IncidentId> {
        if self.records.len() >= MAX_INCIDENTS {
            self.no_room = self.no_room.saturating_add(1);
            return None;
        }
        let id = IncidentId(self.next());
        self.next = id.0.saturating_add(1);
        self.by_cause.insert(group.cause.key(), id);
        self.records.insert(id, Record::new(id, group, at));
        Some(id)
    }

    fn look(&mut self, id: IncidentId, round: &Round<'_>, group: Option<&Group>) -> Vec<Transition> {
        let Some(record) = self.records.get_mut(&id) else { return Vec::new() };
        let (looked, mut told) = record.look(round, group);
        if looked != Looked::Before {
            record.write(&mut told);
        }
        if looked == Looked::Counted {
            self.changed.insert(id);
        }
        told
    }

    /// Drops what is over and cannot come back.
    fn drop_old(&mut self, now: Timestamp, rules: &Rules) {
        let old: Vec<IncidentId> = self
            .records
            .iter()
            .filter(|(_, record)| record.droppable_at(rules).is_some_and(|at| at <= now))
            .map(|(id, _)| *id)
            .collect();
        for id in old {
            if let Some(record) = self.records.remove(&id) {
                self.by_cause.remove(&record.incident.cause.key());
                if self.changed.remove(&id) {
                    self.dropped.push(record.incident);
                }
            }
        }
    }
}
