//! What the judge remembers of each origin during a round.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use crate::cert::Fingerprint;
use crate::judge::tally::{Fared, Tally};
use crate::judge::{Bypass, Code, Finding, Verdict};
use crate::link::Origin;
use crate::parties::Party;

/// All origins of a round, in an order that does not depend on when they were seen.
pub(crate) type Ledger = BTreeMap<Origin, OriginState>;

/// Whether an origin could be connected to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It was never looked at.
    #[default]
    Unseen,
    /// At least one address works, TLS included.
    Works,
    /// DNS or TCP failed at every address.
    Down,
    /// TCP works, TLS fails at every address.
    NoTls,
    /// Sinkholed or blocked: nothing was sent, nothing is known.
    Hidden,
}

/// What this machine itself lacked when it wanted to reach an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// No resolver could be asked, or the system has no route, IPv4 included.
    Sure,
    /// The resolver did not answer in time, which the host's own name servers may cause as well.
    Perhaps,
}

/// What several origins can share: one of these that fails is one cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Shared {
    /// This certificate has the problem.
    Certificate(Code, Fingerprint),
    /// No TCP connection to this address.
    Connect(IpAddr),
    /// No TLS session with this address.
    Tls(IpAddr),
    /// No TCP connection to this address, while others of the origin work.
    EdgeDown(IpAddr),
    /// No TLS session with this address, while others of the origin work.
    EdgeNoTls(IpAddr),
}

impl Shared {
    /// What findings about it are gathered under: an address that fails is one cause, whether or not
    /// the origin has others that work.
    pub(crate) fn cause(self) -> Self {
        match self {
            Self::EdgeDown(ip) => Self::Connect(ip),
            Self::EdgeNoTls(ip) => Self::Tls(ip),
            shared => shared,
        }
    }

    /// Whether a finding of this code is about it.
    pub(crate) fn is_about(self, code: Code) -> bool {
        match self {
            Self::Certificate(own, _) => own == code,
            Self::Connect(_) => code.is_connect(),
            Self::Tls(_) => code.is_tls(),
            Self::EdgeDown(_) | Self::EdgeNoTls(_) => code == Code::EdgeDown,
        }
    }
}

/// One origin.
#[derive(Debug, Default)]
pub(crate) struct OriginState {
    /// Whose it is, where it was looked at.
    pub(crate) party: Option<Party>,
    /// Whether it can be connected to.
    pub(crate) standing: Standing,
    /// What this machine lacked, where it is down.
    pub(crate) want: Option<Want>,
    /// What is wrong with it.
    pub(crate) findings: Vec<Finding>,
    /// What it might share with others that fail.
    pub(crate) shared: BTreeSet<Shared>,
    /// Feeds and episodes whose chains run through it.
    pub(crate) through: Tally,
    /// What became of the URLs asked of it.
    pub(crate) fared: Fared,
    /// IPv6 addresses to which this machine has no route, while others work.
    pub(crate) no_route: Vec<SocketAddr>,
    /// A way around it that was tried; one that works is preferred.
    pub(crate) bypass: Option<Bypass>,
}

impl OriginState {
    /// The finding that keeps everybody from connecting to it.
    pub(crate) fn unreachable(&self) -> Option<&Finding> {
        self.findings.iter().find(|f| f.code.is_dns() || f.code.is_connect() || f.code.is_tls())
    }

    /// The worst of its findings; unknown where nothing could be asked.
    pub(crate) fn verdict(&self) -> Verdict {
        let floor = if self.standing == Standing::Hidden { Verdict::Unknown } else { Verdict::Ok };
        self.findings.iter().map(|f| Verdict::from(f.severity)).fold(floor, Verdict::max)
    }

    /// Takes a finding unless it has it already.
    pub(crate) fn add(&mut self, finding: Finding) {
        if !self.findings.iter().any(|f| f.id == finding.id) {
            self.findings.push(finding);
        }
    }
}
