//! podprobe walks every hop of every podcast episode (feed, measurement prefixes, hosting and
//! ad-insertion hosts, CDN) and says whether listeners can download it, whose host is at fault
//! when they cannot, and when a certificate on the way is going to run out.
//!
//! This page is the floor plan. Rooms are declared in import order: a room imports only rooms
//! declared above it. Above the line are *words*: values in, values out; no clock, no socket, no
//! file, no task. Below it are *hands*, which may touch the outside world and do not import each
//! other; they meet in [`app`]. `tests/it/tidy.rs` holds these laws.

// ---- words ---------------------------------------------------------------------------------
pub mod link; // parse: a URL that is comparable and redactable, its origin, the planned route
pub mod markup; // escape: where text from outside becomes safe for a terminal or a document
pub mod cert; // inspect: DER to facts, names, the paths a set of certificates allows
pub mod audio; // sniff: first bytes to audio facts
pub mod feed; // parse: RSS, Atom, JSON Feed and OPML, in a stream
pub mod chain; // what one walk recorded
pub mod parties; // who: whose host is this, in which role, is it retired
pub mod judge; // judge: findings; the only room with opinions and thresholds
pub mod schedule; // due: which jobs are due, when to wake, host budgets, jitter
pub mod incident; // observe: findings over time become incidents, and say when they change
pub mod notice; // compose: who is told what, in which words
pub mod report; // render: a round as text, Markdown, HTML, JSON, JUnit, annotations, letters
// ---- the line ------------------------------------------------------------------------------
pub mod config; // load: file and environment to settings, all mistakes at once
pub mod probe; // walk: DNS, TCP, TLS, HTTP, body
pub mod store; // open: the history and the outbox; SQLite or Postgres
pub mod notify; // deliver: one trait, one file a channel
pub mod lab; // open: servers that misbehave by name
pub mod web; // serve: whether the daemon lives and is ready
pub mod cli; // what was typed
pub mod app; // run: puts it together
