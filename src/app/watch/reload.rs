//! A changed configuration. The new file is read whole first: a bad one leaves the running one in
//! force, and says so through every channel.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use jiff::Timestamp;

use super::daemon::Daemon;
use super::open;
use crate::notice;

/// Looks at the file, and listens for SIGHUP.
#[derive(Debug)]
pub(super) struct Watcher {
    path: PathBuf,
    seen: Option<Look>,
    /// SIGHUP came since the file was last looked at.
    asked: bool,
    #[cfg(unix)]
    hangup: Option<tokio::signal::unix::Signal>,
}

/// What tells one state of a file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Look {
    modified: Option<SystemTime>,
    bytes: u64,
    #[cfg(unix)]
    inode: u64,
}

impl Look {
    fn at(path: &Path) -> Option<Self> {
        let meta = std::fs::metadata(path).ok()?;
        Some(Self {
            modified: meta.modified().ok(),
            bytes: meta.len(),
            #[cfg(unix)]
            inode: std::os::unix::fs::MetadataExt::ino(&meta),
        })
    }
}

/// Why the file is read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// It is another one.
    Changed,
    /// SIGHUP.
    Asked,
}

impl Watcher {
    /// Watches the file as it is now.
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            seen: Look::at(path),
            asked: false,
            #[cfg(unix)]
            hangup: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok(),
        }
    }

    /// Resolves at SIGHUP; never where there is none.
    pub(super) async fn hung_up(&mut self) {
        #[cfg(unix)]
        if let Some(hangup) = &mut self.hangup
            && hangup.recv().await.is_some()
        {
            self.asked = true;
            return;
        }
        std::future::pending::<()>().await;
    }

    /// Whether the file is to be read again. A file that is gone is no new configuration.
    pub(super) fn changed(&mut self) -> Option<Cause> {
        let now = Look::at(&self.path);
        let changed = now.is_some() && now != self.seen;
        if now.is_some() {
            self.seen = now;
        }
        match (std::mem::take(&mut self.asked), changed) {
            (true, _) => Some(Cause::Asked),
            (false, true) => Some(Cause::Changed),
            (false, false) => None,
        }
    }
}

/// Reads the configuration again and takes it on, or says what is wrong with it.
pub(super) async fn apply(daemon: &mut Daemon, path: &Path, cause: Cause, now: Timestamp) {
    let told = match open::configured(path) {
        Ok(configured) => {
            for remark in &configured.remarks {
                tracing::warn!("{remark}");
            }
            if configured.settings.store != daemon.settings().store {
                tracing::warn!("the store of the new configuration is used from the next start on");
            }
            daemon.reload(
                Arc::new(configured.settings),
                &configured.catalogue,
                configured.equipment,
                configured.channels,
                configured.http,
                now,
            );
            tracing::info!(?cause, "the configuration was read again and is in force");
            return;
        }
        Err(fault) => fault.to_string(),
    };
    tracing::error!(mistakes = %told, "the new configuration is wrong; the old one stays in force");
    let tell = |channel: &str| notice::bad_configuration(channel, &path.display().to_string(), &told, now);
    if let Err(why) = daemon.tell(tell).await {
        tracing::error!(%why, "the mistake could not be written to the outbox; it is tried again");
    }
}
