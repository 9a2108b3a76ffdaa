//! `notify` delivers: one trait, one file a channel. It knows each platform's syntax, limits and
//! answers; whom to tell, when and what is `notice`'s.
//!
//! A channel gets a [`Notification`](crate::notice::Notification) with the receipt of the first
//! message of its incident, sends one message, and says what became of it in types: a receipt, or a
//! failure that tells the courier whether and when to try again. It keeps nothing, retries nothing
//! and sleeps never.
//!
//! [`KINDS`] is the one list. Option names, help, `init`, the short form of `check --notify` and the
//! tests follow from it.
//!
//! What a channel does with text from outside: it is put on one line, made safe for the platform's
//! syntax by [`markup::chat`](crate::markup::chat), and cut to the platform's published limit, with
//! an ellipsis. Lists end in `and 3 more`. A limit's source stands beside it.
//!
//! How often a platform takes a message stands in its row ([`Kind::rates`]); who sends keeps to it.

mod alertmanager;
mod delivery;
mod discord;
mod email;
mod google_chat;
mod http;
mod kind;
mod matrix;
mod mattermost;
mod ntfy;
mod pagerduty;
mod prose;
mod rate;
mod rocket_chat;
mod secret;
mod slack;
mod teams;
mod telegram;
mod webhook;
mod wording;

#[cfg(test)]
mod tests;

pub use delivery::{Channel, Failure, FailureKind, Outgoing, Receipt};
pub use http::{Http, HttpSettings, MAX_ANSWER_BYTES, MAX_WAIT, TIMEOUT};
pub use kind::{BadOption, Field, Kind, Options, Shape, kind, short_form};
pub use rate::{Rate, Rates};
pub use secret::Secret;

/// Every kind of channel, in the order of help and docs.
pub const KINDS: &[Kind] = &[
    slack::KIND,
    discord::KIND,
    teams::KIND,
    google_chat::KIND,
    mattermost::KIND,
    rocket_chat::KIND,
    telegram::KIND,
    matrix::KIND,
    ntfy::KIND,
    pagerduty::KIND,
    alertmanager::KIND,
    email::KIND,
    webhook::KIND,
];
