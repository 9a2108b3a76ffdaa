//! The dead man's switch: a URL that is asked for as long as podprobe itself is well. Whoever runs
//! it raises the alarm when the beats stop. It has a task of its own, so that neither long intervals
//! nor long rounds keep a beat waiting.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch::Receiver;
use tokio::time::{Instant, sleep_until};

use super::health::Status;
use crate::app::clock;
use crate::config::{HeartbeatSettings, Settings};
use crate::notify::Http;

/// How soon it is looked again whether all is well, where it was not.
const AGAIN: Duration = Duration::from_secs(2);

/// What is in force.
#[derive(Clone, Debug)]
pub(super) struct InForce {
    pub(super) settings: Arc<Settings>,
    pub(super) http: Http,
}

/// Beats as the settings in force say, for as long as somebody tells them.
pub(super) async fn run(status: Status, mut in_force: Receiver<InForce>) {
    let mut last = None;
    loop {
        let InForce { settings, http } = in_force.borrow_and_update().clone();
        let wanted = settings.heartbeat.as_ref();
        let now = Instant::now();
        let at = wanted.map(|wanted| next(last, wanted.every, status.is_well(now), now));
        match (wanted, at) {
            (Some(wanted), Some(at)) if at <= now => {
                last = Some(now);
                beat(&http, wanted).await;
            }
            (_, Some(at)) => tokio::select! {
                () = sleep_until(at) => {}
                told = in_force.changed() => if told.is_err() { return },
            },
            (_, None) => {
                if in_force.changed().await.is_err() {
                    return;
                }
            }
        }
    }
}

/// When to beat, or to look again.
fn next(last: Option<Instant>, every: Duration, well: bool, now: Instant) -> Instant {
    let due = last.map_or(now, |last| last + every);
    if due <= now && !well { now + AGAIN } else { due }
}

/// A beat that fails is told in the log alone: the silence itself is the alarm.
async fn beat(http: &Http, wanted: &HeartbeatSettings) {
    if let Err(failure) = http.beat(wanted.url.expose(), clock::now()).await {
        tracing::warn!(why = %failure, "the heartbeat did not arrive");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beat_comes_every_so_often_while_all_is_well() {
        let (now, every) = (Instant::now(), Duration::from_mins(1));
        assert_eq!(next(None, every, true, now), now, "the first at once");
        assert_eq!(next(Some(now), every, true, now), now + every);
        assert_eq!(next(Some(now), every, true, now + every), now + every);
        assert_eq!(next(Some(now), every, false, now + every), now + every + AGAIN, "silence is the alarm");
        assert_eq!(next(Some(now), every, false, now), now + every);
    }
}
