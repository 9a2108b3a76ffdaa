//! `lab` opens a test zoo on loopback: a PKI, a name server, TLS and HTTP servers that misbehave by
//! name. Every exhibit declares the findings it must cause. The lab is an oracle: it uses none of
//! `probe`'s code, and knows nothing of verdicts but the names that exhibits declare. It ships with
//! the program (`podprobe lab`, `podprobe demo`).
//!
//! Addresses are those of 127.0.0.0/8 (all of them answer on Linux; where a system gives only
//! 127.0.0.1, exhibits with several addresses show fewer).

mod der;
mod dns;
mod exhibit;
mod exhibits;
mod feeds;
mod frames;
mod hello;
mod http;
mod media;
pub mod night;
pub(crate) mod p521;
mod peer;
mod pki;
mod prefix;
mod rsa;
mod seal;
mod state;
mod tls;

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;

pub use exhibit::{DOMAIN, Exhibit, FEED_HOST, Source};
pub use exhibits::{EXHIBITS, WITHOUT_EXHIBIT, find};
pub use night::{Night, Stage};
pub use pki::PkiError;
pub use state::Seen;

use state::State;

/// How to open a lab.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The time that all certificates and dates are made for.
    pub now: Timestamp,
}

/// Why a lab cannot be opened or changed.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// A socket or file could not be made.
    #[error("the lab cannot use {what}: {why}")]
    Io {
        /// What it was for.
        what: &'static str,
        /// What the system said.
        why: std::io::Error,
    },
    /// A certificate could not be made.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// A time that cannot be read.
    #[error("not a time: {0}")]
    Time(String),
}

impl LabError {
    fn io(what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |why| Self::Io { what, why }
    }
}

/// The last numbers of the loopback addresses that listen.
const LISTENING: std::ops::RangeInclusive<u8> = 1..=20;

/// A running lab. Dropping it ends all its tasks.
#[derive(Debug)]
pub struct Lab {
    state: Arc<State>,
    directory: TempDir,
    dns: SocketAddr,
    tls_port: u16,
    http_port: u16,
    tasks: JoinSet<()>,
    /// Connections that keep a listener's queue full.
    _held: Vec<TcpStream>,
}

impl Lab {
    /// Starts everything on loopback, on ports that the system chooses.
    pub async fn open(options: Options) -> Result<Self, LabError> {
        let state = Arc::new(State::new(options.now.as_second())?);
        let mut tasks = JoinSet::new();

        let (udp, tcp) = dns::bind().await.map_err(LabError::io("a port for DNS"))?;
        let dns = udp.local_addr().map_err(LabError::io("a port for DNS"))?;
        let zone = Arc::new(state.zone());
        tasks.spawn(dns::serve_udp(udp, Arc::clone(&zone)));
        tasks.spawn(dns::serve_tcp(tcp, zone));

        let (tls_port, listeners) = bind_all().map_err(LabError::io("a port for TLS"))?;
        for listener in listeners {
            tasks.spawn(tls::serve(listener, Arc::clone(&state), true));
        }
        let held = full_queue(tls_port, &mut tasks).await.map_err(LabError::io("a full queue"))?;

        let http = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(LabError::io("a port for HTTP"))?;
        let http_port = http.local_addr().map_err(LabError::io("a port for HTTP"))?.port();
        tasks.spawn(tls::serve(http, Arc::clone(&state), false));

        let directory = tempfile::Builder::new().prefix("podprobe-lab-").tempdir();
        let directory = directory.map_err(LabError::io("a temporary directory"))?;
        let lab = Self { state, directory, dns, tls_port, http_port, tasks, _held: held };
        std::fs::write(lab.ca_file(), lab.ca_pem()).map_err(LabError::io("a temporary file"))?;
        std::fs::write(lab.public_file(), lab.public_pem()).map_err(LabError::io("a temporary file"))?;
        Ok(lab)
    }

    /// A lab for the night: as of [`Night::OPENED`], whose other certificates outlive it.
    pub async fn open_night() -> Result<Self, LabError> {
        let now = Night::OPENED.parse().map_err(|why: jiff::Error| LabError::Time(why.to_string()))?;
        let lab = Self::open(Options { now }).await?;
        if let Some(first) = Night::STAGES.first() {
            lab.night().enter(first)?;
        }
        Ok(lab)
    }

    /// The flags that make `podprobe check` use this lab.
    pub fn flags(&self) -> Vec<String> {
        [
            ("--dns", self.dns.to_string()),
            ("--connect-to", format!(":443::{}", self.tls_port)),
            ("--connect-to", format!(":80::{}", self.http_port)),
            ("--ca-file", self.ca_file().display().to_string()),
            ("--trust", format!("public={}", self.public_file().display())),
            ("--allow-net", "127.0.0.0/24".to_owned()),
        ]
        .into_iter()
        .flat_map(|(name, value)| [name.to_owned(), value])
        .collect()
    }

    /// The name server's address, UDP and TCP.
    pub fn dns_addr(&self) -> SocketAddr {
        self.dns
    }

    /// The port that stands for 443, on 127.0.0.1 to 127.0.0.20.
    pub fn tls_port(&self) -> u16 {
        self.tls_port
    }

    /// The port that stands for 80, on 127.0.0.1.
    pub fn http_port(&self) -> u16 {
        self.http_port
    }

    /// The private root, PEM.
    pub fn ca_pem(&self) -> String {
        self.state.pki.root_pem()
    }

    /// The root that counts as a public one, PEM.
    pub fn public_pem(&self) -> String {
        self.state.pki.public_pem()
    }

    /// The private root's file; gone with the lab.
    pub fn ca_file(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// The file of the root that counts as a public one; gone with the lab.
    pub fn public_file(&self) -> PathBuf {
        self.directory.path().join("public.pem")
    }

    /// The first source of an exhibit; `None` where there is no exhibit of this name.
    pub fn url(&self, exhibit: &str) -> Option<String> {
        find(exhibit)?.urls().into_iter().next()
    }

    /// The requests that reached the lab, in order; the first 100,000 of them.
    pub fn log(&self) -> Vec<Seen> {
        self.state.log()
    }

    /// How many TCP connections the lab accepted, DNS aside.
    pub fn connections(&self) -> u64 {
        self.state.connections()
    }

    /// The most bytes that one connection of this host took over TLS, of all that the host would
    /// have sent. What the kernels of both sides hold in between counts as taken.
    pub fn taken(&self, host: &str) -> u64 {
        self.state.taken(host)
    }

    /// The demo's world.
    pub fn night(&self) -> Night<'_> {
        Night { state: &self.state }
    }

    /// Ends all tasks and waits until they have ended.
    pub async fn close(mut self) {
        self.tasks.shutdown().await;
    }
}

/// Bytes that the kernel holds for a client that does not read.
const UNREAD: u32 = 64 << 10;

/// A listener whose connections hold little that nobody reads.
fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(UNREAD)?;
    socket.bind(address)?;
    socket.listen(1024)
}

/// Listeners on one port of all listening addresses.
fn bind_all() -> std::io::Result<(u16, Vec<TcpListener>)> {
    let mut last = None;
    'ports: for _ in 0..32 {
        let first = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let port = first.local_addr()?.port();
        let mut listeners = vec![first];
        for number in LISTENING.skip(1) {
            match listen(SocketAddr::from((Ipv4Addr::new(127, 0, 0, number), port))) {
                Ok(listener) => listeners.push(listener),
                Err(why) if why.kind() == ErrorKind::AddrNotAvailable => {}
                Err(why) => {
                    last = Some(why);
                    continue 'ports;
                }
            }
        }
        return Ok((port, listeners));
    }
    Err(last.unwrap_or_else(|| ErrorKind::AddrInUse.into()))
}

/// A listener that accepts nothing, its queue filled: further connects get no answer on Linux.
/// Gives the connections that fill it.
async fn full_queue(port: u16, tasks: &mut JoinSet<()>) -> std::io::Result<Vec<TcpStream>> {
    let address = SocketAddr::from((Ipv4Addr::new(127, 0, 0, exhibits::FULL), port));
    let socket = TcpSocket::new_v4()?;
    match socket.bind(address) {
        Ok(()) => {}
        Err(why) if why.kind() == ErrorKind::AddrNotAvailable => return Ok(Vec::new()),
        Err(why) => return Err(why),
    }
    let listener = socket.listen(1)?;
    let mut held = Vec::new();
    // A queue of one holds two on Linux. The limit of time is for systems that count otherwise.
    while held.len() < 2 {
        match tokio::time::timeout(Duration::from_millis(200), TcpStream::connect(address)).await {
            Ok(stream) => held.push(stream?),
            Err(_) => break,
        }
    }
    tasks.spawn(async move {
        let _listener = listener;
        std::future::pending::<()>().await;
    });
    Ok(held)
}

#[cfg(test)]
mod tests;
