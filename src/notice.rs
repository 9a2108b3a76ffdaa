//! `notice` composes: from transitions of incidents to notifications: who is told, when, and in
//! which words. It neither decides what an incident is (`incident`) nor sends (`notify`), and it
//! knows no platform's syntax.
//!
//! # The policy
//!
//! **Whom it concerns.** A channel without tags is told of every show; one with tags of the shows
//! that carry one of them; a show's owner channel of its own shows, and one that is `owner_only` of
//! nothing else. A channel that is told of some shows only reads the names and numbers of these.
//! What touches no show at all (podprobe's own network, a host that nobody's episodes go through)
//! goes to the channels without tags; where there are none, to all that are not `owner_only`; where
//! there are none of these, to all: nothing is told to nobody.
//!
//! **From which severity on.** A channel is told of a transition if the incident was ever as severe
//! as it asks for ([`Incident::worst`](crate::incident::Incident::worst)): who was told of a beginning
//! is told of everything that follows, easing and end included. Who was not hears of it when it
//! worsens that far. A channel that is `escalation_only` gets the escalation and what follows it.
//!
//! **Taken up.** That somebody has taken an incident up is told to everybody who was told of it: it
//! spares the others the same work, and an on-call platform stops ringing by it.
//!
//! **Quiet hours** hold back what is less than critical; with `even_critical` that too. What counts
//! is the worse of before and after, so that who was woken is also told that it eased or ended.
//! They are hours of the wall clock: summer time makes a night shorter or longer by an hour. Hours
//! that never end hold nothing.
//!
//! Messages about podprobe itself and digests wait for their end too ([`hushed()`]); a channel gets
//! those whatever severity it asks for.
//!
//! **Maintenance and silences** hold back what they name, until they end. Judgement goes on. Names
//! of hosts mean what is below them too. A window that names tags mutes a message only if every show
//! in it carries one, so that a neighbour's outage is not hidden.
//!
//! **What is held** goes into the outbox like everything else, with the time before which it must not
//! be sent, so that nothing is remembered here and a restart forgets nothing. What then waits is
//! settled by [`settle()`] when its time comes: where a later message of the incident waits behind a
//! held one, only the last is sent, for it says where things stand; and what began and ended while
//! muted is told to nobody. What began before a window and ended in it is told to be over when the
//! window ends. An incident that began in quiet hours and ended in them is told once in the morning.
//! Whatever reaches a channel first about an incident that goes on is its first message ([`first()`]).
//! As long as maintenance or silences keep an incident from everybody ([`muted_until`]) nobody can take
//! it up, so its escalation counts from their end.
//!
//! **Keys** are `channel:incident:number of the transition`, the same however often it is composed.
//!
//! **podprobe itself.** What is wrong with podprobe (a configuration with mistakes, a channel that does
//! not deliver) is told like a message of its own, and so is that it is well again. Both name what
//! they are about ([`About`]), so that on-call platforms resolve the one by the other.
//!
//! **Words.** The headline is one sentence: what broke, whose it is, whom it touches. Times stand in
//! UTC, and in the zone of the configuration beside it. Words of findings are passed on as they are,
//! cut to a bound; what came from outside is made safe by the channels. Nothing is told twice in one
//! message, and good news is short.

mod compose;
mod digest;
mod first;
mod headline;
mod hold;
mod message;
mod postmortem;
mod round;
mod route;
pub(crate) mod say;
mod service;
mod settle;
#[cfg(test)]
mod tests;
mod words;

pub use compose::compose;
pub use digest::{DigestIncident, DigestInput, Expiry, Uptime, digest, digest_due, digest_now};
pub use first::first;
pub use hold::{hushed, is_at_or_below, muted_until};
pub use message::INCIDENT;
pub use postmortem::{PostmortemInput, Told, ToldState, ending_in_words, postmortem};
pub use round::{Root, RoundInput, from_report};
pub use route::{Route, Routing, Silence};
pub use service::{
    bad_configuration, channel_taken_out, deliverable, good_configuration, is_undeliverable, test_message,
    undeliverable,
};
pub use settle::{Settled, settle};
pub use words::{About, Fact, Held, List, Message, Notification, Phase, Quiet, ShowLine, Window};
