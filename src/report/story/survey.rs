//! What the round says about listeners: who gets their episodes, who does not, who soon will not.

use std::collections::HashMap;

use crate::feed::EnclosureKind;
use crate::judge::{Code, Outcome, Verdict};
use crate::report::model::{Enclosure, Episode, Feed, Hop, Name, Origin, Report, Tls};

/// Origins by their name.
pub(in crate::report) struct Index<'a> {
    origins: HashMap<&'a str, &'a Origin>,
}

impl<'a> Index<'a> {
    pub(in crate::report) fn new(origins: &'a [Origin]) -> Self {
        Self { origins: origins.iter().map(|origin| (&*origin.origin, origin)).collect() }
    }

    pub(in crate::report) fn origin(&self, name: &str) -> Option<&'a Origin> {
        self.origins.get(name).copied()
    }

    /// The host of an origin, for people, known or not.
    pub(in crate::report) fn host<'n>(&self, name: &'n str) -> &'n str
    where
        'a: 'n,
    {
        let bare = name.split_once("://").map_or(name, |(_, rest)| rest);
        self.origin(name).map_or(bare, |origin| &origin.host)
    }

    /// The session of the address that served a hop, as its origin's inspection saw it; of any
    /// address where that one is not known.
    pub(in crate::report) fn tls(&self, hop: &Hop) -> Option<&'a Tls> {
        let origin = self.origin(&hop.origin)?;
        let serving = origin.edges.iter().find(|edge| Some(&edge.address) == hop.address.as_ref());
        serving.and_then(|edge| edge.tls.as_ref()).or_else(|| origin.edges.iter().find_map(|edge| edge.tls.as_ref()))
    }
}

/// How an episode stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum State {
    /// It can be downloaded.
    Fine,
    /// It can be downloaded, and is about to be cut off.
    Soon,
    /// Its file can be downloaded, an alternative to it cannot.
    Partly,
    /// It could not be judged.
    Unsure,
    /// It cannot be downloaded.
    Down,
    /// It has no file.
    NoFile,
}

/// The round in numbers of episodes and shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::report) struct Survey {
    /// Episodes with a file.
    pub(in crate::report) episodes: u64,
    /// Shows that these belong to.
    pub(in crate::report) shows: u64,
    /// Episodes that cannot be downloaded.
    pub(in crate::report) down: u64,
    /// Shows that these belong to.
    pub(in crate::report) shows_down: u64,
    /// Episodes that are about to be cut off.
    pub(in crate::report) soon: u64,
    /// Episodes with an alternative that cannot be downloaded.
    pub(in crate::report) partly: u64,
    /// Episodes that could not be judged.
    pub(in crate::report) unsure: u64,
    /// Feeds whose own document is out of reach, or is none.
    pub(in crate::report) feeds_down: u64,
    /// All feeds.
    pub(in crate::report) feeds: u64,
}

pub(in crate::report) fn survey(report: &Report, index: &Index<'_>) -> Survey {
    let mut survey = Survey { feeds: report.feeds.len() as u64, ..Survey::default() };
    for feed in &report.feeds {
        let before = (survey.episodes, survey.down);
        for episode in &feed.episodes {
            let state = state(episode, index);
            survey.episodes += u64::from(state != State::NoFile);
            match state {
                State::Down => survey.down += 1,
                State::Soon => survey.soon += 1,
                State::Partly => survey.partly += 1,
                State::Unsure => survey.unsure += 1,
                State::Fine | State::NoFile => {}
            }
        }
        survey.shows += u64::from(survey.episodes > before.0);
        survey.shows_down += u64::from(survey.down > before.1);
        survey.feeds_down += u64::from(is_down(feed));
    }
    survey
}

/// Whether a feed's own document cannot be had.
fn is_down(feed: &Feed) -> bool {
    let broken = feed.chain.as_ref().is_some_and(|chain| chain.outcome.0 == Outcome::Broken);
    broken || (feed.verdict.0 == Verdict::Critical && feed.episodes.is_empty())
}

pub(in crate::report) fn state(episode: &Episode, index: &Index<'_>) -> State {
    let is_main = |enclosure: &&Enclosure| matches!(enclosure.kind.0, EnclosureKind::Enclosure | EnclosureKind::Live);
    let main = episode.enclosures.iter().find(is_main).or_else(|| episode.enclosures.first());
    let Some(main) = main else { return State::NoFile };
    match main.verdict.0 {
        Verdict::Critical if is_about_to_end(main, index) => State::Soon,
        Verdict::Critical => State::Down,
        Verdict::Unknown => State::Unsure,
        Verdict::Ok | Verdict::Warning if episode.verdict.0 == Verdict::Critical => State::Partly,
        Verdict::Ok | Verdict::Warning => State::Fine,
    }
}

/// Whether a critical verdict speaks of the near future alone: the audio was reached, every
/// certificate on the way is good, and one of them is in its last days.
fn is_about_to_end(enclosure: &Enclosure, index: &Index<'_>) -> bool {
    let Some(chain) = enclosure.chain.as_ref().filter(|chain| chain.outcome.0 == Outcome::Media) else { return false };
    let mut ending = false;
    for tls in chain.hops.iter().filter_map(|hop| index.tls(hop)) {
        if !tls.trusted {
            return false;
        }
        ending |= tls.problems.contains(&Name(Code::CertExpiring));
    }
    ending
}
