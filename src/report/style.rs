//! How a report for people is laid out and coloured.

use anstyle::{AnsiColor, Effects};

use crate::judge::{Severity, Verdict};

/// What the terminal, and the person before it, can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether colours are used. A colour never says anything that a word or mark does not.
    pub color: bool,
    /// Columns of the terminal; less than 40 is taken as 40.
    pub width: usize,
    /// Everything, folded findings included.
    pub verbose: bool,
    /// The verdict and its causes alone.
    pub quiet: bool,
    /// Whether marks and lines beyond ASCII are used. Texts from outside stay what they are.
    pub unicode: bool,
    /// From which severity on a finding fails the run (`--fail-on`), for forms that count failures;
    /// `None`: none does.
    pub fails_from: Option<Severity>,
}

impl Default for Style {
    /// A plain file of 80 columns.
    fn default() -> Self {
        Self {
            color: false,
            width: 80,
            verbose: false,
            quiet: false,
            unicode: true,
            fails_from: Some(Severity::Warning),
        }
    }
}

/// What a piece of text is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Bad,
    Odd,
    Unsure,
    Good,
    Faint,
    Strong,
    Plain,
}

impl Style {
    /// Columns that are written to.
    pub(super) fn columns(&self) -> usize {
        self.width.clamp(40, 200)
    }

    /// `text`, which holds no escapes, in its colour.
    pub(super) fn paint(&self, ink: Ink, text: &str) -> String {
        let plain = anstyle::Style::new();
        let style = match ink {
            _ if !self.color || text.is_empty() => return text.to_owned(),
            Ink::Bad => AnsiColor::Red.on_default().effects(Effects::BOLD),
            Ink::Odd => AnsiColor::Yellow.on_default(),
            Ink::Unsure => AnsiColor::Magenta.on_default(),
            Ink::Good => AnsiColor::Green.on_default(),
            Ink::Faint => plain.effects(Effects::DIMMED),
            Ink::Strong => plain.effects(Effects::BOLD),
            Ink::Plain => return text.to_owned(),
        };
        format!("{style}{text}{style:#}")
    }

    /// What stands where text was cut off.
    pub(super) fn ellipsis(&self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }

    /// A verdict's mark: one column, told apart without colour.
    pub(super) fn mark(&self, verdict: Verdict) -> &'static str {
        match (verdict, self.unicode) {
            (Verdict::Critical, true) => "✖",
            (Verdict::Critical, false) => "x",
            (Verdict::Warning, true) => "▲",
            (Verdict::Warning, false) => "!",
            (Verdict::Unknown, _) => "?",
            (Verdict::Ok, true) => "✔",
            (Verdict::Ok, false) => "+",
        }
    }

    /// A severity's mark.
    pub(super) fn severity_mark(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Info => "i",
            Severity::Warning | Severity::Critical => self.mark(severity.into()),
        }
    }
}

impl From<Verdict> for Ink {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Ok => Self::Good,
            Verdict::Warning => Self::Odd,
            Verdict::Unknown => Self::Unsure,
            Verdict::Critical => Self::Bad,
        }
    }
}

impl From<Severity> for Ink {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Info => Self::Plain,
            Severity::Warning => Self::Odd,
            Severity::Critical => Self::Bad,
        }
    }
}
