//! `judge` judges: findings from recorded facts. The only room with opinions, thresholds and
//! severities. It is pure: the same facts, [`Policy`] and time give the same findings, so that
//! facts can be judged again for another time. It has no memory of yesterday.
//!
//! A round is judged as it goes: [`Judge::origin`] once an origin has been looked at, then
//! [`Judge::feed`] and [`Judge::enclosure`] for what was walked over it, and at the end
//! [`Judge::conclude`], which sees the whole, folds symptoms under their causes and counts whom
//! each finding affects.

mod advice;
pub mod apps;
pub mod checks;
mod code;
mod endpoint;
mod finding;
mod fold;
pub mod history;
mod ledger;
mod policy;
pub(crate) mod say;
mod sight;
mod tally;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod trust;
mod verdicts;
mod walk;

pub(crate) use checks::enclosure_subject_id;
pub use code::{Code, CodeInfo, Fill, Recipient};
pub use endpoint::{EndpointCase, publishing};
pub use finding::{Affects, Bypass, CertificateRef, Finding, FindingId, Severity, Subject, SubjectKind, Verdict};
pub use policy::Policy;
pub use verdicts::{
    Conclusion, EdgeVerdict, EnclosureCase, EnclosureVerdict, FeedCase, FeedContent, FeedVerdict, Judge, OriginVerdict,
    Outcome,
};
