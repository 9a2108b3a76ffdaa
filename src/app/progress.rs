//! Progress for people: a bar on standard error, on a terminal alone.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How far a round has come. Clones share the bar.
#[derive(Clone, Debug)]
pub struct Progress {
    bar: ProgressBar,
    found: Arc<AtomicU64>,
}

impl Progress {
    /// A bar, where one is wanted and standard error is a terminal.
    pub fn new(wanted: bool) -> Self {
        let bar = if wanted && std::io::stderr().is_terminal() {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {wide_bar} {pos}/{len} {elapsed}") {
                bar.set_style(style);
            }
            bar.set_message("walking");
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        } else {
            ProgressBar::hidden()
        };
        Self { bar, found: Arc::default() }
    }

    /// So many more things are to be judged.
    pub fn found(&self, more: usize) {
        let all = self.found.fetch_add(more as u64, Ordering::Relaxed) + more as u64;
        self.bar.set_length(all);
    }

    /// One of them is.
    pub fn done(&self) {
        self.bar.inc(1);
    }

    /// Takes the bar off the terminal.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
