//! Who is told: channels, and which shows each of them is told of.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Phase, Quiet, ShowLine, Window};
use crate::incident::{Happened, Incident, IncidentId, Show, Transition};
use crate::judge::{Code, Severity};

/// A channel, as far as composing goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Its name in the configuration.
    pub channel: String,
    /// From which severity on it is told.
    pub from: Severity,
    /// Only shows with one of these tags; all where empty.
    pub tags: BTreeSet<String>,
    /// Told only when nobody took an incident up in time, and of what follows.
    pub escalation_only: bool,
    /// Told only of shows that name it as their owner's.
    pub owner_only: bool,
    /// When it is not disturbed.
    pub quiet: Option<Quiet>,
}

/// A silence that somebody asked for: until its end nobody is told about what it names. A silence
/// that names nothing is about everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Its last second.
    pub until: Timestamp,
    /// The host, and what is below it.
    pub host: Option<String>,
    /// The code.
    pub code: Option<Code>,
    /// The incident.
    pub incident: Option<IncidentId>,
}

/// Whom to tell, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Routing {
    /// The channels.
    pub channels: Vec<Route>,
    /// When nobody is told.
    pub maintenance: Vec<Window>,
    /// What nobody is told of for now.
    pub silences: Vec<Silence>,
    /// The time zone for people (an IANA name); UTC where it is empty or not known.
    pub time_zone: String,
    /// The page that messages link to, [`INCIDENT`](super::INCIDENT) in it for the number.
    pub link: Option<String>,
}

/// Shows that a channel is told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen<'a> {
    /// Those that are listed, the most episodes first.
    pub(super) listed: Vec<&'a Show>,
    /// How many in all.
    pub(super) shows: u64,
    /// Their episodes.
    pub(super) episodes: u64,
}

/// The most shows named in one message.
pub(super) const MAX_SHOWS: usize = 20;

/// The longest name of a show, in characters.
const MAX_NAME: usize = 200;

impl<'a> Seen<'a> {
    /// Everything that an incident touches.
    pub(super) fn whole(incident: &'a Incident) -> Self {
        let listed: Vec<&Show> = incident.shows.iter().collect();
        let many = u64::try_from(listed.len()).unwrap_or(u64::MAX);
        let episodes = listed.iter().fold(0_u64, |sum, show| sum.saturating_add(show.episodes));
        // The incident lists the largest shows; its numbers are of all.
        let (shows, episodes) = (many.max(incident.affects.feeds), episodes.max(incident.affects.episodes));
        Self { listed, shows, episodes }
    }

    /// Lines for a message.
    pub(super) fn lines(&self) -> Vec<ShowLine> {
        let line = |show: &&Show| ShowLine { name: super::say::cut(&show.name, MAX_NAME), episodes: show.episodes };
        self.listed.iter().take(MAX_SHOWS).map(line).collect()
    }
}

impl Route {
    /// Whether it is told of everything.
    fn is_open(&self) -> bool {
        self.tags.is_empty() && !self.owner_only
    }

    /// Whether a show is told to it.
    pub(super) fn concerns(&self, tags: &BTreeSet<String>, owner: Option<&str>) -> bool {
        let owns = owner == Some(self.channel.as_str());
        let tagged = self.tags.is_empty() || !self.tags.is_disjoint(tags);
        owns || (tagged && !self.owner_only)
    }

    /// What it is told of an incident; `None` where it is no business of its.
    pub(super) fn sees<'a>(&self, incident: &'a Incident, routing: &Routing) -> Option<Seen<'a>> {
        if incident.shows.is_empty() {
            return routing.takes_the_rest(self).then(|| Seen::whole(incident));
        }
        if self.is_open() {
            return Some(Seen::whole(incident));
        }
        let listed: Vec<&Show> =
            incident.shows.iter().filter(|show| self.concerns(&show.tags, show.owner.as_deref())).collect();
        if listed.is_empty() {
            return None;
        }
        let many = u64::try_from(listed.len()).unwrap_or(u64::MAX);
        let episodes = listed.iter().fold(0_u64, |sum, show| sum.saturating_add(show.episodes));
        Some(Seen { listed, shows: many, episodes })
    }

    /// Whether it is told of a transition, and where that stands in its thread; shows aside.
    pub(super) fn phase(&self, transition: &Transition) -> Option<Phase> {
        let Transition { happened, incident, .. } = transition;
        let before = severity_before(happened);
        let worst = incident.worst().max(before.unwrap_or(incident.severity));
        if worst < self.from {
            return None;
        }
        let escalation = matches!(happened, Happened::Escalated);
        if self.escalation_only && !escalation && !incident.is_escalated() {
            return None;
        }
        Some(match happened {
            Happened::Recovered | Happened::Unwatched => Phase::End,
            Happened::Escalated if self.escalation_only => Phase::First,
            Happened::Opened => Phase::First,
            // It crosses the line here.
            Happened::Worsened { from } if *from < self.from && !self.escalation_only => Phase::First,
            _ => Phase::Update,
        })
    }
}

/// How severe it was before, where the transition says so.
pub(super) fn severity_before(happened: &Happened) -> Option<Severity> {
    match happened {
        Happened::Worsened { from } | Happened::Eased { from } => Some(*from),
        _ => None,
    }
}

impl Routing {
    /// Whether a channel is told of what concerns no show.
    pub(super) fn takes_the_rest(&self, route: &Route) -> bool {
        let kinds: [fn(&Route) -> bool; 2] = [Route::is_open, |route| !route.owner_only];
        let told = |kind: &fn(&Route) -> bool| self.channels.iter().any(|route| kind(route) && !route.escalation_only);
        kinds.iter().find(|kind| told(kind)).is_none_or(|kind| kind(route))
    }
}
