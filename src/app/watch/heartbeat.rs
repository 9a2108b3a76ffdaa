//! The dead man's switch: a URL that is asked for as long as podprobe itself is well. Whoever runs
//! it raises the alarm when the beats stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{SignedDuration, Timestamp};

use crate::config::Settings;
use crate::notify::Http;

/// The beats.
#[derive(Debug, Default)]
pub(super) struct Heartbeat {
    last: Option<Timestamp>,
    /// One is on its way.
    busy: Arc<AtomicBool>,
}

impl Heartbeat {
    /// All is well now: beats if it is time. A beat that fails is told in the log alone: the silence
    /// itself is the alarm.
    pub(super) fn beat(&mut self, settings: &Settings, http: &Http, now: Timestamp) {
        let Some(wanted) = &settings.heartbeat else { return };
        let every = SignedDuration::try_from(wanted.every).unwrap_or(SignedDuration::MAX);
        if self.last.is_some_and(|last| now.duration_since(last) < every) || self.busy.swap(true, Ordering::AcqRel) {
            return;
        }
        self.last = Some(now);
        let (http, url, busy) = (http.clone(), wanted.url.clone(), Arc::clone(&self.busy));
        tokio::spawn(async move {
            if let Err(failure) = http.beat(url.expose(), now).await {
                tracing::warn!(why = %failure, "the heartbeat did not arrive");
            }
            busy.store(false, Ordering::Release);
        });
    }
}
