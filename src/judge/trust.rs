//! Trust: the verdict over a served chain. webpki is the authority for pass or fail; an own walk
//! over the certificates names every reason.

use std::sync::Arc;

use jiff::Timestamp;

use crate::cert::{Certificate, Served, UnixSeconds};
use crate::chain::{Papers, Session};
use crate::judge::{Code, Policy, Severity};
use crate::link::Host;

/// A set of anchors.
#[derive(Clone, Debug)]
pub struct Store {
    /// Short name: `mozilla`, `system`, `ca-file`, or the NAME of `--trust NAME=FILE`.
    pub id: String,
    /// For people.
    pub label: String,
    /// When it was made, where known (RFC 3339 date).
    pub as_of: Option<String>,
    /// Whether its roots are public ones, to whose leaves the CA/B rules apply. `--ca-file` is not.
    pub public: bool,
    /// Its anchors.
    pub roots: Vec<Arc<Certificate>>,
}

/// All stores of a run, ready for use.
#[derive(Clone, Debug, Default)]
pub struct Stores {
    stores: Vec<Store>,
}

impl Stores {
    /// Stores ready for use.
    pub fn new(stores: Vec<Store>) -> Self {
        Self { stores }
    }

    /// The stores.
    pub fn all(&self) -> &[Store] {
        &self.stores
    }
}

/// One thing wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A `cert-*` code.
    pub code: Code,
    /// How bad it is here.
    pub severity: Severity,
    /// The evidence: which certificate, which dates, which names.
    pub evidence: String,
}

/// The verdict over one served chain for one host at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainJudgement {
    /// The verifier's answer: path, dates, name, usage; false when revoked.
    pub trusted: bool,
    /// Everything that is wrong, in the order of the findings page.
    pub problems: Vec<Problem>,
    /// What is worth a remark and no finding: an expired extra certificate, an order that is not
    /// the path's, a missing must-staple answer, a disagreement between verifier and own walk.
    pub remarks: Vec<String>,
    /// The path used, leaf first, the anchor last where there is one.
    pub path: Vec<Arc<Certificate>>,
    /// The ids of the stores that hold the anchor.
    pub anchored_in: Vec<String>,
    /// Earliest `not_after` of the path used (anchor apart), or of what was served without one.
    pub expires_at: Option<UnixSeconds>,
}

/// What to fetch before a session's chain can be judged in full.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// AIA URLs of the missing issuer.
    pub issuers: Vec<String>,
    /// CRL URLs of the leaf.
    pub crls: Vec<String>,
    /// The ACME directory of the CA and the certificate's identifier under RFC 9773.
    pub renewal: Option<(String, String)>,
}

/// What to ask for before judging this chain.
pub fn wanted(served: &Served, stores: &Stores, at: Timestamp) -> Wanted {
    let _ = (served, stores, at);
    unimplemented!()
}

/// Judges a session's chain. `host` is `None` for a file judged without `--host`.
pub fn judge_session(
    session: &Session,
    host: Option<&Host>,
    papers: Option<&Papers>,
    stores: &Stores,
    policy: &Policy,
    at: Timestamp,
) -> ChainJudgement {
    let _ = (session, host, papers, stores, policy, at);
    unimplemented!()
}

/// Judges a chain as a file or an old server's cleartext gives it.
pub fn judge_served(
    served: &Served,
    host: Option<&Host>,
    papers: Option<&Papers>,
    stores: &Stores,
    policy: &Policy,
    at: Timestamp,
) -> ChainJudgement {
    let _ = (served, host, papers, stores, policy, at);
    unimplemented!()
}

/// Whether secrets may go to this peer: the verifier accepts it now.
pub fn verifies(session: &Session, host: &Host, stores: &Stores, at: Timestamp) -> bool {
    let _ = (session, host, stores, at);
    unimplemented!()
}
