//! `incident` observes: findings over time and vantages become incidents, and every change of one
//! is a [`Transition`]. It decides what is one incident and when it opens, changes and ends; it
//! tells nobody (`notice`, `notify`) and keeps nothing but what it is given (`store` does).
//!
//! # The policy
//!
//! **An incident is a cause, not an episode.** Its identity ([`Cause`]) is a code and what it is
//! about. A finding about enclosures is about the origin at fault, so a thousand files gone from one
//! host are one incident; without an origin it is about the feed. A finding about a certificate is
//! about its fingerprint, on however many origins it stands. The dates of one certificate
//! (`cert-expiring`, `cert-renewal-overdue`, `cert-expired`, `cert-intermediate-expired`) are one
//! incident from the first notice to the renewal; a leaf and an intermediate are two, and so are the
//! old and the new certificate. The three ways of not connecting (`connect-*`) are one cause, for a
//! dying host shows them by turns. `publishing-down` is about its endpoint even where a certificate
//! explains it: that nobody can publish is other news to other people.
//!
//! **Info is not told.** A finding of severity info neither opens nor holds an incident, unless
//! [`Rules::tell_info`] names its code (none by default): a renewal or a show on its summer break
//! would otherwise cry among outages. The findings themselves stay in reports, history and digests.
//!
//! **Only looking proves anything.** A round counts for an incident if it raised it, or if it covered
//! one of its members: the origins, files, feeds or endpoints at which it was seen. What that takes
//! is said for every code in one table (`nature`). A member is well after K covering rounds in a row
//! without the finding ([`Rules::recover`]), and the incident is over when all members are well, at
//! every vantage that had it. Members that do not fit in the bounded memory make room as others get
//! well, for as long as they are raised.
//!
//! **What is no longer watched is not mended.** A member that nothing leads to any more (its source,
//! endpoint or list entry was taken out, its feed dropped the file) ends after as many rounds, but
//! nobody has seen it well. An incident all of whose members ended like that is closed as unwatched;
//! one of which a part was seen well and the rest is gone is over where it is still watched. What
//! nothing has looked at for a week of running ([`Rules::forget`]) is closed as unseen. [`Ending`]
//! says which, and every one of them reopens like any other: put back and still broken, it is the
//! same incident.
//!
//! **Confirmation.** A fault is told when F of the last N rounds that counted had it
//! ([`Rules::confirm`], 2 of 3), at as many vantages as the quorum asks for (all that are online).
//! What a single look proves needs neither: a certificate, a change against the history, podprobe's
//! own network. Until then it is suspected; a suspicion that fades is never told.
//!
//! **Coming back.** Within [`Rules::reopen`] (30 min) after its end was told the same incident reopens
//! under its number, confirmed like a new one: at rounds of 5 min and K = 2 that spans two relapses of
//! one outage, while a failure hours later is one of its own. More than [`Rules::flap_changes`] (4)
//! openings and ends within [`Rules::flap_window`] (1 h) are flapping: told once, then silent until
//! a round finds no change for a whole window; then the state it settled in is told.
//!
//! **Worse and better.** A higher severity is told at once, also while flapping, and so is a doubling
//! of the episodes touched, by ten at least. A lower one is told after K rounds that agree.
//! Severity is the worst of the members that are not well. The numbers of feeds and episodes are the
//! largest that one round gave: rounds that look at a part do not make an outage smaller.
//!
//! **A certificate's end.** First notice when it opens; then whenever another half of the time that
//! was left is over; once halves are shorter than a day, daily; then, at its end, expired. RFC 5280
//! (4.1.2.5) includes the last second; `since` is that second. The steps before the end come by the
//! clock. The end itself is told by the first round after it that still meets the certificate, for
//! only that proves that it was not renewed in the last minutes. Renewed means that its origins were
//! covered and no longer serve it: one such round recovers it.
//!
//! **Nagging.** An open incident is told again every 24 h while critical, every 7 d while a warning,
//! and escalated once if it is critical and nobody took it up within 30 min. A certificate before its
//! end does neither: its steps remind, and nothing is down yet. Acknowledgement stops both until it
//! worsens, reopens or is handed back; whoever takes it over from somebody has it. What is due by the clock is told only while the last look is fresh
//! ([`Rules::fresh`]) and had it; else it waits for the round that sees the fault again, so that a
//! daemon that was asleep does not begin the day with yesterday's fears.
//!
//! **Offline.** When everything fails and the canaries too, it is `prober-offline`: an incident about
//! the vantage. While it is on, nothing that this vantage reports opens, confirms or ends anything,
//! and when no vantage is left the clock tells nothing either. The first round that sees the world
//! again ends it and names the gap. A vantage offline does not count for the quorum.
//!
//! Mute hours, maintenance and silences are no business of this room: they hold back messages
//! (`notice`), not judgement.
//!
//! Everything here follows from the incidents themselves: a [`Book`] restored from them goes on as
//! the one that wrote them would have. An observation that was seen already changes nothing.

mod book;
mod cause;
mod expiry;
mod group;
mod memory;
mod nature;
mod record;
mod rules;
#[cfg(test)]
mod tests;
mod words;

pub use book::{Book, NotAcknowledged};
pub use nature::{Class, Coverage, coverage};
pub use rules::{Confirm, PerClass, Rules};
pub use words::{
    Cause, Covered, Ending, Happened, Incident, IncidentId, Observation, Raised, Show, State, Step, Transition,
};
