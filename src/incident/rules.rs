//! The thresholds, with their defaults. Why each is there is told at the head of the room.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::incident::Class;
use crate::judge::Code;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The longest window of rounds that is remembered.
pub(super) const MAX_ROUNDS: usize = 32;

/// The most changes that are counted.
pub(super) const MAX_CHANGES: usize = 64;

/// F of N: told when `need` of the last `of` rounds had it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirm {
    /// F, 1 at least.
    pub need: usize,
    /// N, from F to 32.
    pub of: usize,
}

impl Confirm {
    /// One look is enough.
    pub const AT_ONCE: Self = Self { need: 1, of: 1 };
    /// Two of three rounds.
    pub const TWO_OF_THREE: Self = Self { need: 2, of: 3 };

    /// The same with both numbers within their bounds.
    pub(super) fn sane(self) -> Self {
        let of = self.of.clamp(1, MAX_ROUNDS);
        Self { need: self.need.clamp(1, of), of }
    }
}

/// A setting for each class of codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerClass<T> {
    /// For [`Class::Certificate`].
    pub certificate: T,
    /// For [`Class::Network`].
    pub network: T,
    /// For [`Class::Answer`].
    pub answer: T,
    /// For [`Class::Media`].
    pub media: T,
    /// For [`Class::Feed`].
    pub feed: T,
    /// For [`Class::Change`].
    pub change: T,
    /// For [`Class::Publishing`].
    pub publishing: T,
    /// For [`Class::Prober`].
    pub prober: T,
}

impl<T: Copy> PerClass<T> {
    /// The setting of a class.
    pub fn of(&self, class: Class) -> T {
        match class {
            Class::Certificate => self.certificate,
            Class::Network => self.network,
            Class::Answer => self.answer,
            Class::Media => self.media,
            Class::Feed => self.feed,
            Class::Change => self.change,
            Class::Publishing => self.publishing,
            Class::Prober => self.prober,
        }
    }

    /// One setting where a single look proves it, another where it does not.
    pub fn by_proof(proof: T, other: T) -> Self {
        Self {
            certificate: proof,
            network: other,
            answer: other,
            media: other,
            feed: other,
            change: proof,
            publishing: other,
            prober: proof,
        }
    }
}

/// When an incident opens, changes and ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Rounds until it is told. Default: at once for certificates, changes and the own network, 2 of
    /// 3 for all else.
    pub confirm: PerClass<Confirm>,
    /// Covering rounds without the finding until a member is well; 0 counts as 1. Default: 1 for
    /// certificates, changes and the own network, 2 for all else.
    pub recover: PerClass<u32>,
    /// Vantages that report. Default 1.
    pub vantages: usize,
    /// Vantages that have to agree before it is told; `None`: all that are not offline.
    pub quorum: Option<usize>,
    /// How long after its end an incident reopens under its number. Default 30 min.
    pub reopen: Duration,
    /// More openings and ends than this within `flap_window` are flapping; at most 63. Default 4.
    pub flap_changes: usize,
    /// The window for flapping, and the quiet time that ends it. Default 1 h.
    pub flap_window: Duration,
    /// Episodes touched must grow by so many, and double, to be told. Default 10.
    pub grow_by: u64,
    /// How often a critical incident is told again; `None`: never. Default 24 h.
    pub remind_critical: Option<Duration>,
    /// How often a warning is told again; `None`: never. Default 7 d.
    pub remind_warning: Option<Duration>,
    /// How long a critical incident may go unacknowledged; `None`: for ever. Default 30 min.
    pub escalate: Option<Duration>,
    /// What is due by the clock is told only if a round saw the fault so recently. Default 30 min.
    pub fresh: Duration,
    /// What nothing looked at for so long, podprobe being at work, is closed. Default 7 d.
    pub forget: Duration,
    /// Codes of severity info that are told nevertheless. Default none.
    pub tell_info: BTreeSet<Code>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            confirm: PerClass::by_proof(Confirm::AT_ONCE, Confirm::TWO_OF_THREE),
            recover: PerClass::by_proof(1, 2),
            vantages: 1,
            quorum: None,
            reopen: Duration::from_secs(30 * MINUTE),
            flap_changes: 4,
            flap_window: Duration::from_secs(HOUR),
            grow_by: 10,
            remind_critical: Some(Duration::from_secs(DAY)),
            remind_warning: Some(Duration::from_secs(7 * DAY)),
            escalate: Some(Duration::from_secs(30 * MINUTE)),
            fresh: Duration::from_secs(30 * MINUTE),
            forget: Duration::from_secs(7 * DAY),
            tell_info: BTreeSet::new(),
        }
    }
}

impl Rules {
    /// Vantages that have to agree when so many are offline.
    pub(super) fn needed(&self, class: Class, offline: usize) -> usize {
        if class.is_proof() {
            return 1;
        }
        let there = self.vantages.saturating_sub(offline).max(1);
        self.quorum.unwrap_or(there).clamp(1, there)
    }

    /// Covering rounds until a member is well.
    pub(super) fn rounds_well(&self, class: Class) -> u32 {
        self.recover.of(class).max(1)
    }

    /// So many changes are flapping.
    pub(super) fn flaps_at(&self) -> usize {
        self.flap_changes.saturating_add(1).min(MAX_CHANGES)
    }
}
