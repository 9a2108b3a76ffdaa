//! The daemon on an injected clock, against the lab and against servers of its own: what it tells,
//! when, to whom, and how often.

mod away;
mod crowd;
mod digest;
mod ears;
mod episodes;
mod hush;
mod night;
mod past;
mod reload;
mod secrets;
mod stage;
mod town;
mod unwatched;
mod wishes;
