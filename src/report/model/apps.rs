//! What listeners' apps make of the episodes: a list on each enclosure, and the matrix of apps and
//! shows that reports for people draw. The matrix is computed from the report alone.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Enclosure, Episode, Name, Named, Report, Text};
use crate::feed::EnclosureKind;
use crate::judge::apps::Works;

/// What one app makes of a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
pub struct App {
    /// The app's name in `--as`.
    pub app: &'static str,
    /// Whether it gets the file and takes it; `unknown` where that turns on something that is not
    /// documented of it, or that was not seen.
    pub works: Name<Works>,
    /// Why not, or what is not known.
    pub because: Vec<Text>,
    /// The app's name for people.
    #[serde(skip)]
    pub name: &'static str,
}

/// What the apps asked about make of one file, shared between the files of which they make the same.
pub type Apps = Arc<[App]>;

impl Named for Works {
    fn name(self) -> &'static str {
        self.as_str()
    }

    fn names() -> Vec<&'static str> {
        [Self::Yes, Self::No, Self::Unknown].map(Self::as_str).to_vec()
    }
}

/// Apps and shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// The shows, in the report's order.
    pub shows: Vec<Text>,
    /// One line for each app, in the order of the profiles.
    pub rows: Vec<Row>,
}

/// One app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name in `--as`.
    pub app: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// One cell for each show.
    pub shows: Vec<Cell>,
    /// All shows together.
    pub all: Cell,
    /// Why it fails or may fail: the surest first, then by episodes.
    pub reasons: Vec<Because>,
}

/// Episodes by what an app makes of them. An episode counts by its first file: alternatives are for
/// apps that choose one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// It works.
    pub yes: u64,
    /// It fails.
    pub no: u64,
    /// It is not known.
    pub unknown: u64,
}

impl Cell {
    fn add(&mut self, works: Works) {
        let count = match works {
            Works::Yes => &mut self.yes,
            Works::No => &mut self.no,
            Works::Unknown => &mut self.unknown,
        };
        *count = count.saturating_add(1);
    }

    /// All of them.
    pub fn episodes(&self) -> u64 {
        self.yes.saturating_add(self.no).saturating_add(self.unknown)
    }

    /// The worst of them; `None` for a show without an episode that was asked for.
    pub fn works(&self) -> Option<Works> {
        match (self.no, self.unknown, self.yes) {
            (0, 0, 0) => None,
            (0, 0, _) => Some(Works::Yes),
            (0, _, _) => Some(Works::Unknown),
            _ => Some(Works::No),
        }
    }
}

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Because {
    /// Whether it fails for it, or whether only that is not known.
    pub works: Works,
    /// The reason, without a full stop.
    pub text: Text,
    /// Episodes that it holds for.
    pub episodes: u64,
}

/// Reasons of one app that are told apart; more are all of one kind with other numbers in them.
const MAX_REASONS: usize = 200;

impl Matrix {
    /// The matrix of a report; `None` where no app was asked about.
    pub fn of(report: &Report) -> Option<Self> {
        let mut matrix = Self { shows: Vec::new(), rows: Vec::new() };
        for feed in &report.feeds {
            let asked: Vec<&Apps> = feed.episodes.iter().filter_map(main_file).map(|file| &file.apps).collect();
            if asked.iter().all(|apps| apps.is_empty()) {
                continue;
            }
            let show = matrix.shows.len();
            matrix.shows.push(feed.title.clone().unwrap_or_else(|| Arc::clone(&feed.source)));
            for app in asked.iter().flat_map(|apps| apps.iter()) {
                matrix.add(show, app);
            }
        }
        let shows = matrix.shows.len();
        for row in &mut matrix.rows {
            row.shows.resize(shows, Cell::default());
            row.reasons.sort_by(|a, b| (b.works, b.episodes, &a.text).cmp(&(a.works, a.episodes, &b.text)));
        }
        (!matrix.rows.is_empty()).then_some(matrix)
    }

    fn add(&mut self, show: usize, app: &App) {
        let at = self.rows.iter().position(|row| row.app == app.app).unwrap_or(self.rows.len());
        if at == self.rows.len() {
            let (all, reasons) = (Cell::default(), Vec::new());
            self.rows.push(Row { app: app.app, name: app.name, shows: Vec::new(), all, reasons });
        }
        let Some(row) = self.rows.get_mut(at) else { return };
        row.all.add(app.works.0);
        if row.shows.len() <= show {
            row.shows.resize(show.saturating_add(1), Cell::default());
        }
        if let Some(cell) = row.shows.get_mut(show) {
            cell.add(app.works.0);
        }
        for text in &app.because {
            let room = row.reasons.len() < MAX_REASONS;
            let known = row.reasons.iter_mut().find(|known| known.works == app.works.0 && known.text == *text);
            if let Some(known) = known {
                known.episodes = known.episodes.saturating_add(1);
            } else if room {
                row.reasons.push(Because { works: app.works.0, text: Arc::clone(text), episodes: 1 });
            }
        }
    }
}

/// The file that an app takes unless it chooses an alternative.
fn main_file(episode: &Episode) -> Option<&Enclosure> {
    let is_main = |file: &&Enclosure| matches!(file.kind.0, EnclosureKind::Enclosure | EnclosureKind::Live);
    episode.enclosures.iter().find(is_main).or_else(|| episode.enclosures.first())
}
