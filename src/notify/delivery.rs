//! What goes to a channel and what comes back.

use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::notice::Notification;

/// A way to reach people.
pub trait Channel: Send + Sync {
    /// The name of its kind in [`KINDS`](super::KINDS).
    fn kind(&self) -> &'static str;

    /// Sends one message, or says why not. It ends within the time that
    /// [`HttpSettings::timeout`](super::HttpSettings) allows (e-mail: three times as long) and
    /// tries once; trying again is the caller's.
    fn deliver<'a>(&'a self, outgoing: &'a Outgoing) -> BoxFuture<'a, Result<Receipt, Failure>>;
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// What is told.
    pub notification: Notification,
    /// What the channel gave for the first message of this incident, if there was one.
    pub thread: Option<Receipt>,
    /// What it gave for the last one before, of this incident or about the same thing.
    pub last: Option<Receipt>,
    /// Somebody has taken the incident up; on-call services are told so.
    pub acknowledged: bool,
    /// The time of this attempt: what signatures and `Date` say, and what a `Retry-After` date is
    /// counted from.
    pub at: Timestamp,
}

/// What a platform gave for a message that it took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The message's, event's or mail's id: what later messages edit or thread under. `None` where
    /// the platform tells none.
    pub id: Option<String>,
    /// Where the platform put it, if its id alone does not say so (a Slack channel's id, the
    /// severity under which Alertmanager knows an alert).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

impl Receipt {
    /// A receipt with an id.
    pub(super) fn of(id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), place: None }
    }

    /// A receipt that tells nothing but that the message was taken.
    pub(super) const fn bare() -> Self {
        Self { id: None, place: None }
    }
}

/// Why a message was not delivered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Failure {
    /// What to do about it.
    pub kind: FailureKind,
    /// For people: what happened, and where it can be mended. Holds no secret.
    pub why: String,
}

/// What to do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The platform will not take it, however often it is sent: a wrong token, a deleted hook, a
    /// malformed message.
    Rejected,
    /// Too much at once.
    Limited {
        /// Send again after this long, at most [`MAX_WAIT`](super::MAX_WAIT).
        after: Duration,
    },
    /// It may go better later: no connection, a broken one, a fault of the server.
    Temporary,
    /// No answer in time. The message may have been taken.
    TimedOut,
}

impl Failure {
    pub(super) fn new(kind: FailureKind, why: impl Into<String>) -> Self {
        Self { kind, why: why.into() }
    }

    pub(super) fn rejected(why: impl Into<String>) -> Self {
        Self::new(FailureKind::Rejected, why)
    }
}
