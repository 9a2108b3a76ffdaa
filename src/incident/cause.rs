//! Which findings are one cause.

use crate::incident::nature::is_date;
use crate::incident::{Cause, Raised};
use crate::judge::{Code, Finding, Subject, SubjectKind};

/// What tells causes apart: names for people do not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Certificate(Code, String),
    Subject(Code, SubjectKind, String),
}

impl Cause {
    /// The cause of a finding.
    pub fn of(finding: &Finding) -> Self {
        let code = finding.code;
        // That nobody can publish is news of its own, whatever explains it.
        let certificate = finding.certificate.as_ref().filter(|_| code.is_certificate()).map(|c| c.sha256.to_string());
        let dated = is_date(code) && certificate.is_some();
        let stands_for = match code {
            _ if dated => Code::CertExpired,
            _ if code.is_connect() => Code::ConnectFailed,
            _ => code,
        };
        let of_enclosure = matches!(finding.subject.kind, SubjectKind::Enclosure | SubjectKind::Episode);
        let subject = match &finding.origin {
            Some(origin) if of_enclosure => {
                Subject { kind: SubjectKind::Origin, id: origin.to_string(), name: origin.host.to_string() }
            }
            _ => finding.subject.clone(),
        };
        Self { code: stands_for, subject, certificate }
    }

    /// Whether it is the same cause; the subject's name for people does not matter.
    pub fn is(&self, other: &Self) -> bool {
        self.key() == other.key()
    }

    pub(super) fn key(&self) -> Key {
        match &self.certificate {
            Some(sha256) => Key::Certificate(self.code, sha256.clone()),
            None => Key::Subject(self.code, self.subject.kind, self.subject.id.clone()),
        }
    }
}

impl Raised {
    /// The cause of its finding. An enclosure or episode without an origin at fault is its feed's.
    pub fn cause(&self) -> Cause {
        let mut cause = Cause::of(&self.finding);
        if matches!(cause.subject.kind, SubjectKind::Enclosure | SubjectKind::Episode)
            && let Some(show) = self.shows.iter().min_by(|a, b| a.source.cmp(&b.source))
        {
            cause.subject = Subject { kind: SubjectKind::Feed, id: show.source.clone(), name: show.name.clone() };
        }
        cause
    }
}
