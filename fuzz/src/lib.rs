//! What each fuzz target does with its bytes, and what must hold whatever they are. The targets of
//! `fuzz_targets/` and the test `corpora` (on stable, over `corpus/`) call the same functions.
//!
//! A target's bytes come apart in ways that keep a seed readable: text is split at lines, and a
//! choice (a content type, the size of chunks) is the last byte, where a text has its line end.

pub mod audio;
pub mod cert;
pub mod config;
pub mod escape;
pub mod feed;
pub mod link;
pub mod redirect;
pub mod retry_after;

/// A target: its name, which is that of its corpus, and its body.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: &[Target] = &[
    ("audio", audio::run),
    ("cert", cert::run),
    ("config", config::run),
    ("escape", escape::run),
    ("feed", feed::run),
    ("link", link::run),
    ("redirect", redirect::run),
    ("retry_after", retry_after::run),
];
