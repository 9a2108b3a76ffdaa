//! `story` is what a report for people tells, whatever form it takes: the headline, the causes in
//! blocks, whom they touch by name, the routes, what hangs on one host, which certificates end
//! next. Facts in words and in order; layout and escaping are the formats'.

pub(super) mod calendar;
mod causes;
pub(super) mod findings;
mod headline;
pub(super) mod routes;
mod shows;
mod single;
mod survey;

pub(super) use causes::Causes;
pub(super) use headline::headline;
pub(super) use shows::Shows;
pub(super) use single::{Effect, Point, points};
pub(super) use survey::{Index, Survey, survey};

use super::model::Report;

/// A report, and what was found out by reading it once.
pub(super) struct Story<'a> {
    pub(super) report: &'a Report,
    pub(super) index: Index<'a>,
    pub(super) survey: Survey,
    pub(super) shows: Shows<'a>,
}

impl<'a> Story<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let index = Index::new(&report.origins);
        let survey = survey(report, &index);
        Self { report, index, survey, shows: Shows::of(report) }
    }

    /// What is the case, and whose host it is.
    pub(super) fn headline(&self) -> String {
        headline(self.report, &self.survey, &self.index)
    }

    /// What stands over findings that are critical, over warnings, and over the rest.
    pub(super) fn headings(&self) -> [&'static str; 3] {
        findings::headings(self.report, &self.survey)
    }

    /// What hangs on one host, as far as it is worth telling: hosts that several shows share, or
    /// those of the only show.
    pub(super) fn points(&self) -> Vec<Point<'a>> {
        if self.report.offline { Vec::new() } else { points(self.report, &self.shows) }
    }
}
