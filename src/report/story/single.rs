//! Single points of failure: what hangs on one host, whether or not anything is wrong with it.

use std::cmp::Reverse;

use super::Shows;
use crate::report::model::{Origin, Report};
use crate::report::words;

/// What listeners notice when a host is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::report) enum Effect {
    /// The feed alone is there: no new episode arrives.
    Stale,
    /// Episodes cannot be downloaded.
    Dark,
}

/// One host that others depend on.
pub(in crate::report) struct Point<'a> {
    pub(in crate::report) origin: &'a Origin,
    pub(in crate::report) effect: Effect,
    /// Shows that would be touched.
    pub(in crate::report) shows: u64,
    /// Of so many.
    pub(in crate::report) of: u64,
    /// Episodes that run through it.
    pub(in crate::report) episodes: u64,
}

impl Point<'_> {
    /// `12 of 14 shows go dark`.
    pub(in crate::report) fn consequence(&self) -> String {
        let Self { shows, of, .. } = *self;
        let (one, many) = match self.effect {
            Effect::Dark => ("goes dark", "go dark"),
            Effect::Stale => ("gets no new episodes", "get no new episodes"),
        };
        let verb = if shows == 1 { one } else { many };
        match (shows, of) {
            (1, 1) => format!("the show {verb}"),
            (2, 2) => format!("both shows {verb}"),
            (shows, of) if shows == of => format!("all {} {verb}", words::count(of, "show", "shows")),
            (shows, of) => format!("{} of {} {verb}", words::thousands(shows), words::count(of, "show", "shows")),
        }
    }
}

/// Hosts by what hangs on them, the most first: those that at least two shows share, or all where
/// there is but one show.
pub(in crate::report) fn points<'a>(report: &'a Report, shows: &Shows<'_>) -> Vec<Point<'a>> {
    let with_files =
        |feed: &&crate::report::model::Feed| feed.episodes.iter().any(|episode| !episode.enclosures.is_empty());
    let all = report.feeds.iter().filter(with_files).count() as u64;
    let feeds = report.feeds.iter().filter(|feed| feed.error.is_none()).count() as u64;
    let point = |origin: &'a Origin| {
        let episodes = origin.episodes_through.unwrap_or(0);
        let (effect, shows, of) = if episodes > 0 {
            (Effect::Dark, shows.through(&origin.origin), all)
        } else {
            (Effect::Stale, shows.feeds_through(&origin.origin), feeds)
        };
        let shared = shows > 1 || (of == 1 && shows == 1);
        shared.then_some(Point { origin, effect, shows, of, episodes })
    };
    let mut points: Vec<Point<'_>> = report.origins.iter().filter_map(point).collect();
    points.sort_by_key(|point| {
        let Point { origin, effect, shows, episodes, .. } = point;
        (Reverse((*effect, *shows, *episodes, origin.verdict)), &origin.host)
    });
    points
}
