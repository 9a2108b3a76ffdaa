//! A changed configuration. The new file is read whole first: a bad one leaves the running one in
//! force, and says so through every channel.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use jiff::Timestamp;
use tokio::time::Instant;

use super::daemon::Daemon;
use super::{LOOK, open};
use crate::notice;

/// Looks at the file, and listens for SIGHUP.
#[derive(Debug)]
pub(super) struct Watcher {
    path: PathBuf,
    /// The file that was read last.
    seen: Option<Look>,
    /// Another one, and since when it is as it is.
    settling: Option<(Look, Instant)>,
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
            settling: None,
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

    /// Whether the file is to be read again. A file that is gone is no new configuration, and one
    /// that is being written is none yet: it has to stay as it is from one look to the next. Who
    /// sends SIGHUP says that it is whole.
    pub(super) fn changed(&mut self) -> Option<Cause> {
        let look = Look::at(&self.path);
        self.judge(look, Instant::now())
    }

    fn judge(&mut self, look: Option<Look>, now: Instant) -> Option<Cause> {
        let asked = std::mem::take(&mut self.asked);
        let new = look.filter(|_| look != self.seen);
        let settled = new.is_some_and(|new| {
            self.settling.is_some_and(|(settling, since)| settling == new && now.duration_since(since) >= LOOK)
        });
        if asked || settled {
            self.seen = look.or(self.seen);
            self.settling = None;
            return Some(if asked { Cause::Asked } else { Cause::Changed });
        }
        self.settling = match (new, self.settling) {
            (Some(new), Some((settling, since))) if settling == new => Some((new, since)),
            (new, _) => new.map(|new| (new, now)),
        };
        None
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
            daemon.tell_well(now).await;
            return;
        }
        Err(fault) => fault.to_string(),
    };
    tracing::error!(mistakes = %one_line(&told), "the new configuration is wrong; the old one stays in force");
    let since = daemon.configured_at();
    let tell = |channel: &str| notice::bad_configuration(channel, &path.display().to_string(), &told, since, now);
    if let Err(why) = daemon.tell(tell).await {
        tracing::error!(%why, "the mistake could not be written to the outbox; it is tried again");
    }
}

/// Mistakes as one record of the log.
fn one_line(told: &str) -> String {
    told.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_mistakes_are_one_record() {
        assert_eq!(one_line("a.toml:1: no\n  a.toml:2: nor this\n"), "a.toml:1: no; a.toml:2: nor this");
    }

    #[expect(clippy::unnecessary_wraps, reason = "a look may find nothing")]
    fn look(bytes: u64) -> Option<Look> {
        Some(Look {
            modified: None,
            bytes,
            #[cfg(unix)]
            inode: 1,
        })
    }

    #[tokio::test]
    async fn a_file_is_read_when_it_stays_as_it_is() {
        let mut watcher = Watcher::new(Path::new("/nonexistent/podprobe.toml"));
        watcher.seen = look(1);
        let start = Instant::now();
        let mut judge = |bytes, looks| watcher.judge(look(bytes), start + LOOK * looks);
        assert_eq!(judge(1, 0), None);
        assert_eq!(judge(2, 1), None, "it may be half written");
        assert_eq!(judge(2, 1), None, "that was no time at all");
        assert_eq!(judge(3, 2), None, "it was");
        assert_eq!(judge(3, 3), Some(Cause::Changed));
        assert_eq!(judge(3, 4), None);
        assert_eq!(judge(4, 5), None);
        assert_eq!(judge(3, 6), None, "it is as it was read");
        assert_eq!(judge(4, 7), None, "and changes again");
        watcher.asked = true;
        assert_eq!(watcher.judge(look(4), start + LOOK * 7), Some(Cause::Asked));
        assert_eq!(watcher.judge(look(4), start + LOOK * 8), None);
        assert_eq!(watcher.judge(None, start + LOOK * 9), None, "a file that is gone is no configuration");
    }
}
