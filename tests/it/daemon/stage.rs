//! A folder with a configuration, and the daemon that runs over it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Instant;

use podprobe::incident::{Happened, Transition};
use podprobe::store::{Delivery, Dossier, Place, Reader};

use super::server::{PATIENCE, Reply, Seen, Server, audio};

/// What every configuration of these tests begins with: short rounds over loopback.
pub(super) const HEAD: &str = "grace = \"2s\"\n\
    [intervals]\norigins = \"100ms\"\nchains = \"200ms\"\nfeeds = \"1h\"\nendpoints = \"100ms\"\n\
    [network]\nallow_net = [\"127.0.0.0/8\"]\ncanaries = [\"127.0.0.1:1\"]\ntimeout = \"5s\"\n";

/// A folder of its own.
pub(super) struct Stage {
    folder: tempfile::TempDir,
}

impl Stage {
    pub(super) fn new(text: &str) -> Self {
        let stage = Self { folder: tempfile::tempdir().unwrap() };
        stage.write("podprobe.toml", text);
        stage
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, whole, readable by its owner alone.
    pub(super) fn write(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let new = self.path(&format!("{name}.new"));
        std::fs::write(&new, text).unwrap();
        std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::rename(new, self.path(name)).unwrap();
    }

    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_podprobe"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env_remove("RUST_LOG").env("NO_PROXY", "*");
        // What switches tests on is no setting of podprobe's.
        let own = std::env::vars_os().map(|(name, _)| name);
        for name in own.filter(|name| name.to_string_lossy().starts_with("PODPROBE_")) {
            command.env_remove(name);
        }
        command
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Starts the daemon; what it says is in the file `log`.
    pub(super) fn watch(&self) -> Daemon {
        self.watch_with(|_| {})
    }

    pub(super) fn watch_with(&self, change: impl FnOnce(&mut Command)) -> Daemon {
        let log = std::fs::File::options().create(true).append(true).open(self.path("log")).unwrap();
        let mut command = self.command(&["watch"]);
        command.stdout(log.try_clone().unwrap()).stderr(log);
        change(&mut command);
        Daemon { child: command.spawn().unwrap(), log: self.path("log") }
    }

    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Waits until the log is as wanted.
    pub(super) fn logged(&self, what: &str, wanted: impl Fn(&str) -> bool) {
        eventually(|| wanted(&self.log()).then_some(()), || format!("{what}: {}", self.log()));
    }

    /// Every incident of the store with all that happened, by number.
    pub(super) async fn dossiers(&self) -> Vec<Dossier> {
        let reader = self.reader().await;
        let mut dossiers = Vec::new();
        for line in reader.incidents(Some(jiff::Timestamp::UNIX_EPOCH), 100_000).await.unwrap() {
            dossiers.push(reader.incident(podprobe::incident::IncidentId(line.id)).await.unwrap().unwrap());
        }
        dossiers.sort_by_key(|dossier| dossier.incident.id);
        dossiers
    }

    pub(super) async fn reader(&self) -> Reader {
        let place = Place::parse(self.path("podprobe.db").to_str().unwrap()).unwrap();
        Reader::open(&place).await.unwrap()
    }
}

/// Tries until it gives something, within the deadline.
pub(super) fn eventually<T>(mut attempt: impl FnMut() -> Option<T>, what: impl Fn() -> String) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = attempt() {
            return value;
        }
        assert!(Instant::now() < until, "{}", what());
        std::thread::park_timeout(std::time::Duration::from_millis(5));
    }
}

/// The running process. It ends with the test.
pub(super) struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// SIGKILL.
    pub(super) fn kill(mut self) {
        assert!(self.ended().is_none(), "it ended by itself: {}", tail(&self.log));
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Waits for its end.
    pub(super) fn wait(&mut self) -> ExitStatus {
        let log = self.log.clone();
        eventually(|| self.ended(), || format!("it does not end: {}", tail(&log)))
    }

    /// SIGTERM, and the exit code.
    pub(super) fn stop(mut self) -> Option<i32> {
        self.signal("TERM");
        self.wait().code()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}

/// A message as the receiver of a webhook took it.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) key: String,
    pub(super) phase: String,
    pub(super) code: String,
    pub(super) headline: String,
    pub(super) body: String,
}

/// The messages of a webhook's receiver, those too that came more than once.
pub(super) fn told(seen: &[Seen]) -> Vec<Told> {
    seen.iter().filter(|seen| seen.method == "POST").map(of).collect()
}

fn of(seen: &Seen) -> Told {
    let json: serde_json::Value = serde_json::from_str(&seen.body).unwrap_or_else(|_| panic!("{seen:?}"));
    let data = &json["data"];
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    assert_eq!(seen.header("webhook-id"), data["key"].as_str(), "the header names the message");
    Told {
        key: text(&data["key"]),
        phase: text(&data["phase"]),
        code: text(&data["message"]["code"]),
        headline: text(&data["message"]["headline"]),
        body: seen.body.clone(),
    }
}

/// What a message on the wire is about: the incident's number and the transition's. Its key is
/// `CHANNEL-INCIDENT-TRANSITION-HASH` there, and these tests' channels have no dash in their names.
pub(super) fn place(told: &Told) -> Option<(u64, u32)> {
    let mut parts = told.key.split('-').skip(1);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// `-` for a beginning and `+` for an end.
pub(super) fn turn(transition: &Transition) -> Option<char> {
    match transition.happened {
        Happened::Opened | Happened::Reopened => Some('-'),
        Happened::Recovered | Happened::Unwatched => Some('+'),
        _ => None,
    }
}

/// Messages by their key.
pub(super) fn by_key(deliveries: &[Delivery]) -> BTreeMap<&str, &Delivery> {
    deliveries.iter().map(|delivery| (delivery.key.as_str(), delivery)).collect()
}

/// A feed in a file with one episode at each of these URLs.
pub(super) fn feed(urls: &[String]) -> String {
    let mut items = String::new();
    for (n, url) in urls.iter().enumerate() {
        let _ = write!(
            items,
            "<item><title>Episode {n}</title><guid>{n}</guid><enclosure url=\"{url}\" type=\"audio/mpeg\" \
             length=\"{}\"/></item>",
            mp3().len()
        );
    }
    format!("<rss version=\"2.0\"><channel><title>Salt and Signal</title>{items}</channel></rss>")
}

pub(super) fn mp3() -> Vec<u8> {
    podprobe::audio::make::mp3(30, 64)
}

/// A host of audio.
pub(super) fn host() -> Server {
    let file = mp3();
    Server::start(move |seen| audio(seen, &file))
}

/// Takes every message.
pub(super) fn receiver() -> Server {
    Server::start(|_| Reply::status(204))
}

pub(super) fn webhook(name: &str, receiver: &Server) -> String {
    format!("[[channel]]\nname = \"{name}\"\nkind = \"webhook\"\nurl = \"{}\"\n", receiver.url("/hook"))
}
