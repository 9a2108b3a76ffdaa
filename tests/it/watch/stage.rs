//! A daemon and its clock: time passes from one thing that is due to the next.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use podprobe::app::watch::{self, Daemon};
use podprobe::incident::{Happened, IncidentId, Step, Transition};
use podprobe::lab::Lab;

/// Spreads the rounds: the same in every run.
const SEED: u64 = 7;

pub(super) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A clock that stands still until it is set.
#[derive(Clone, Debug)]
pub(super) struct Clock(Arc<AtomicI64>);

impl Clock {
    pub(super) fn at(now: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(now.as_millisecond())))
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap()
    }

    pub(super) fn set(&self, at: Timestamp) {
        assert!(at >= self.now(), "time goes forward");
        self.0.store(at.as_millisecond(), Ordering::SeqCst);
    }
}

/// A daemon on a clock.
pub(super) struct Play {
    pub(super) daemon: Daemon,
    pub(super) config: PathBuf,
    clock: Clock,
    /// What happened to incidents so far.
    pub(super) told: Vec<Transition>,
    /// Turns that looked at something.
    pub(super) looks: usize,
}

impl Play {
    /// Writes the configuration into the folder and opens the daemon that it describes.
    pub(super) async fn open(folder: &Path, text: &str, now: Timestamp) -> Self {
        let config = folder.join("podprobe.toml");
        std::fs::write(&config, text).unwrap();
        let daemon = watch::open_seeded(&config, now, SEED).await.unwrap_or_else(|why| panic!("{why}\n{text}"));
        Self { daemon, config, clock: Clock::at(now), told: Vec::new(), looks: 0 }
    }

    /// The same installation, started again.
    pub(super) async fn restart(self) -> Self {
        let Self { daemon, config, clock, told, looks } = self;
        daemon.close().await;
        let daemon = watch::open_seeded(&config, clock.now(), SEED).await.unwrap();
        Self { daemon, config, clock, told, looks }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Another configuration, good or bad, is read.
    pub(super) async fn read(&mut self, text: &str) {
        std::fs::write(&self.config, text).unwrap();
        let now = self.now();
        self.daemon.read_again(&self.config, now).await;
    }

    /// Plays until then. `after` is called whenever something was done, with the time.
    pub(super) async fn until(&mut self, end: Timestamp, mut after: impl FnMut(Timestamp)) {
        let mut standing = 0;
        loop {
            let message = self.daemon.next_delivery(self.now()).await.unwrap();
            let wake = self.daemon.wake();
            let due = wake.into_iter().chain(message).min().map(|at| at.max(self.now()));
            let Some(due) = due.filter(|at| *at <= end) else { break };
            standing = if due == self.now() { standing + 1 } else { 0 };
            assert!(standing < 10, "at {due} there is always more to do: {wake:?} {message:?}");
            self.clock.set(due);
            self.turn().await;
            after(due);
        }
        self.clock.set(end);
        after(end);
    }

    /// The same for so long.
    pub(super) async fn pass(&mut self, span: SignedDuration) {
        let end = self.now() + span;
        self.until(end, |_| {}).await;
    }

    pub(super) async fn minutes(&mut self, minutes: i64) {
        self.pass(SignedDuration::from_mins(minutes)).await;
    }

    /// One turn, and what is then to be delivered.
    pub(super) async fn turn(&mut self) {
        let clock = self.clock.clone();
        let clock = move || clock.now();
        if self.daemon.wake().is_none_or(|at| at <= clock()) {
            let turn = self.daemon.turn(clock(), &clock).await.unwrap();
            self.looks += usize::from(turn.looked);
            self.told.extend(turn.transitions);
        }
        self.daemon.deliver(&clock).await.unwrap();
    }

    /// What happened to one incident: time and word.
    pub(super) fn course(&self, id: IncidentId) -> Vec<(Timestamp, String)> {
        self.told.iter().filter(|told| told.incident.id == id).map(|told| (told.at, word(&told.happened))).collect()
    }

    /// The incidents that were told of, in order of their numbers: number, code, subject.
    pub(super) fn incidents(&self) -> Vec<(IncidentId, String, String)> {
        let mut all: Vec<_> = self
            .told
            .iter()
            .map(|told| {
                let cause = &told.incident.cause;
                (told.incident.id, cause.code.as_str().to_owned(), cause.subject.name.clone())
            })
            .collect();
        all.sort();
        all.dedup();
        all
    }

    /// What the program itself says of this history.
    pub(super) fn podprobe(&self, arguments: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_podprobe"))
            .args(arguments)
            .args(["--config", self.config.to_str().unwrap()])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

fn word(happened: &Happened) -> String {
    match happened {
        Happened::Opened => "opened".into(),
        Happened::Stepped { step: Step::Halved } => "halved".into(),
        Happened::Stepped { step: Step::Daily } => "daily".into(),
        Happened::Stepped { step: Step::Expired } => "expired".into(),
        Happened::Worsened { from } => format!("worsened from {}", from.as_str()),
        Happened::Eased { from } => format!("eased from {}", from.as_str()),
        Happened::Recovered => "recovered".into(),
        Happened::Unwatched => "unwatched".into(),
        Happened::Reopened => "reopened".into(),
        Happened::Flapping => "flapping".into(),
        Happened::Reminded => "reminded".into(),
        Happened::Escalated => "escalated".into(),
        Happened::Acknowledged { by, .. } => format!("acknowledged by {by}"),
        Happened::Released { by } => format!("handed back by {by}"),
    }
}

/// The tables that make a daemon use a lab.
pub(super) fn by_lab(lab: &Lab) -> String {
    format!(
        "[network]\ndns = \"{}\"\nconnect_to = [\":443::{}\", \":80::{}\"]\nallow_net = [\"127.0.0.0/8\"]\n\
         canaries = [\"canary.lab.example:443\"]\n\
         [trust]\nca_files = [{:?}]\nstores = {{ public = {:?} }}\nno_default_roots = true\n",
        lab.dns_addr(),
        lab.tls_port(),
        lab.http_port(),
        lab.ca_file().display().to_string(),
        lab.public_file().display().to_string(),
    )
}
