//! Integration tests: one binary, so that the crate is linked once.
#![allow(clippy::format_push_string, reason = "tests build texts")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod apps;
mod blame;
mod catalogues;
mod command_line;
mod configuration;
mod corpora;
#[cfg(target_os = "linux")]
mod daemon;
mod deploy;
mod exhibits;
mod history;
#[cfg(target_os = "linux")]
mod hostile;
mod oracles;
mod properties;
mod rounds;
mod routes;
mod schemas;
mod security;
mod spooled;
mod tidy;
mod watch;
