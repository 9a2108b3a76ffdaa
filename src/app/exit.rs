//! Exit codes, by the convention of Nagios plugins.

use std::process::ExitCode;

use crate::cli::FailOn;
use crate::judge::{Conclusion, Severity, Verdict};

/// From which severity on a finding fails a run; `None`: none does.
pub(super) fn fails_from(fail_on: FailOn) -> Option<Severity> {
    match fail_on {
        FailOn::Warning => Some(Severity::Warning),
        FailOn::Critical => Some(Severity::Critical),
        FailOn::Never => None,
    }
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: nothing at or above `--fail-on`.
    Ok,
    /// 1: something listeners do not notice yet.
    Warning,
    /// 2: something listeners cannot download now.
    Critical,
    /// 3: podprobe could not judge.
    Unknown,
    /// 130: Ctrl-C or SIGTERM.
    Interrupted,
}

impl Exit {
    /// The exit for a verdict, from this severity on. `--fail-on` is about severities: what could
    /// not be judged has none, and is 3 whatever it says.
    pub fn of(verdict: Verdict, fail_on: FailOn) -> Self {
        let fails = |severity| fails_from(fail_on).is_some_and(|from| severity >= from);
        match verdict {
            Verdict::Unknown => Self::Unknown,
            Verdict::Warning if fails(Severity::Warning) => Self::Warning,
            Verdict::Critical if fails(Severity::Critical) => Self::Critical,
            Verdict::Ok | Verdict::Warning | Verdict::Critical => Self::Ok,
        }
    }

    /// The exit for a whole round: a critical finding hides no doubt that `--fail-on never` leaves.
    pub fn after(conclusion: &Conclusion, fail_on: FailOn) -> Self {
        let doubt = if conclusion.undecided { Self::Unknown } else { Self::Ok };
        Self::of(conclusion.verdict, fail_on).or(doubt)
    }

    /// The worse of two: 130 before 2 before 3 before 1 before 0.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let rank = |exit: Self| match exit {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Unknown => 2,
            Self::Critical => 3,
            Self::Interrupted => 4,
        };
        if rank(other) > rank(self) { other } else { self }
    }

    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Critical => 2,
            Self::Unknown => 3,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn the_worst_wins_and_fail_on_lowers_only_findings() {
        use FailOn::{Critical, Never, Warning};
        for (verdict, fail_on, code) in [
            (Verdict::Ok, Warning, 0),
            (Verdict::Warning, Warning, 1),
            (Verdict::Warning, Critical, 0),
            (Verdict::Critical, Critical, 2),
            (Verdict::Critical, Never, 0),
            (Verdict::Unknown, Critical, 3),
            (Verdict::Unknown, Never, 3),
        ] {
            assert_eq!(Exit::of(verdict, fail_on).code(), code, "{verdict:?} {fail_on:?}");
        }
        let conclusion = |verdict, undecided| Conclusion {
            verdict,
            undecided,
            findings: Vec::new(),
            through: HashMap::new(),
            origins: HashMap::new(),
            offline: false,
            everyone: crate::judge::Affects::default(),
        };
        assert_eq!(Exit::after(&conclusion(Verdict::Critical, true), Never), Exit::Unknown, "a doubt is left");
        assert_eq!(Exit::after(&conclusion(Verdict::Critical, false), Never), Exit::Ok);
        assert_eq!(Exit::after(&conclusion(Verdict::Critical, true), Warning), Exit::Critical);
        assert_eq!(Exit::Warning.or(Exit::Unknown), Exit::Unknown);
        assert_eq!(Exit::Unknown.or(Exit::Critical), Exit::Critical);
        assert_eq!(Exit::Critical.or(Exit::Unknown), Exit::Critical);
        assert_eq!(Exit::Critical.or(Exit::Interrupted), Exit::Interrupted);
    }
}
