//! Being asked to stop. Ctrl-C (or SIGTERM) in `check`: the first stops the round, and what is known is
//! reported; the second ends the program where it stands.

use super::Exit;
use crate::probe::Round;

/// Stops this round when it is asked to. From now on neither Ctrl-C nor SIGTERM ends the program by itself,
/// so the second one does: a report may be on its way to a reader that does not read.
pub(super) fn stops(round: &Round) {
    let round = round.clone();
    tokio::spawn(async move {
        asked_to_stop().await;
        round.stop();
        asked_to_stop().await;
        std::process::exit(Exit::Interrupted.code().into());
    });
}

/// Resolves when this process is asked to stop: by Ctrl-C, or by SIGTERM, which `kill` and systemd
/// send. From the first call on neither ends the program by itself.
#[cfg(unix)]
pub(super) async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// Resolves when this process is asked to stop.
#[cfg(not(unix))]
pub(super) async fn asked_to_stop() {
    let _ = tokio::signal::ctrl_c().await;
}
