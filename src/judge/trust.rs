//! Trust: the verdict over a served chain. webpki is the authority for pass or fail; an own walk
//! over the certificates names every reason. Revocation lists, issuers and renewal windows come in
//! as [`Papers`]; nothing is fetched here.

mod case;
mod dates;
mod faults;
mod logs;
mod renewal;
mod revocation;
mod staple;
mod stores;
#[cfg(test)]
mod tests;
mod transparency;
mod verifier;
mod walk;
mod words;

use std::sync::Arc;

use jiff::Timestamp;

use crate::cert::{Certificate, Served, UnixSeconds};
use crate::chain::{Papers, Session};
use crate::judge::{Code, Policy, Severity};
use crate::link::Host;

use case::Case;
pub use dates::{LIFETIME_LIMITS, lifetime_days};
pub use renewal::{renewal_id, wanted, wanted_given};
pub use stores::{Store, Stores};

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
    /// The ids of the public stores that hold no anchor of a chain which another public store
    /// accepts: their devices refuse it. Worth a warning, and no finding of its own.
    pub outside: Vec<String>,
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

/// Judges a session's chain. `host` is `None` for a file judged without `--host`.
pub fn judge_session(
    session: &Session,
    host: Option<&Host>,
    papers: Option<&Papers>,
    stores: &Stores,
    policy: &Policy,
    at: Timestamp,
) -> ChainJudgement {
    Case::new(&session.served, Some(session), host, papers, stores, policy, at).judge()
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
    Case::new(served, None, host, papers, stores, policy, at).judge()
}

/// Whether secrets may go to this peer: the verifier accepts it now.
pub fn verifies(session: &Session, host: &Host, stores: &Stores, at: Timestamp) -> bool {
    judge_session(session, Some(host), None, stores, &Policy::default(), at).trusted
}
