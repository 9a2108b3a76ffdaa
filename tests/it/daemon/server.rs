//! Small HTTP servers, a thread for each connection. A server can go down, so that connections are
//! refused, and come up again where it was.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long anything may take before a test fails. Nothing waits so long on a machine that works.
pub(super) const PATIENCE: Duration = Duration::from_mins(2);

/// A request as it came.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) at: Instant,
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    /// A status, headers, a body.
    Full(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Nothing, for as long as the client stays.
    Silence,
}

impl Reply {
    pub(super) fn status(status: u16) -> Self {
        Self::Full(status, Vec::new(), Vec::new())
    }
}

type Answer = dyn Fn(&Seen) -> Reply + Send + Sync;

struct Shared {
    seen: Mutex<Vec<Seen>>,
    news: Condvar,
    open: AtomicBool,
    answer: Box<Answer>,
}

/// A server on an address of its own.
pub(super) struct Server {
    pub(super) addr: SocketAddr,
    shared: Arc<Shared>,
    accepting: Mutex<Option<JoinHandle<()>>>,
}

/// Loopback has sixteen million addresses: on one of its own, a port that a server gave up is taken
/// by nobody else meanwhile.
static NEXT: AtomicU32 = AtomicU32::new(1);

fn address() -> SocketAddr {
    let own = NEXT.fetch_add(1, Ordering::Relaxed);
    let process = std::process::id().to_be_bytes();
    let last = u8::try_from(own % 250 + 2).unwrap();
    SocketAddr::from(([127, process[2] | 1, process[3], last], 0))
}

/// An address where nobody listens.
pub(super) fn free() -> SocketAddr {
    TcpListener::bind(address()).unwrap().local_addr().unwrap()
}

impl Server {
    pub(super) fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(address()).unwrap();
        let shared = Shared {
            seen: Mutex::default(),
            news: Condvar::new(),
            open: AtomicBool::new(true),
            answer: Box::new(answer),
        };
        let server =
            Self { addr: listener.local_addr().unwrap(), shared: Arc::new(shared), accepting: Mutex::default() };
        server.accept(listener);
        server
    }

    fn accept(&self, listener: TcpListener) {
        let shared = Arc::clone(&self.shared);
        let accepting = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if !shared.open.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(&shared, stream));
            }
        });
        *self.accepting.lock().unwrap() = Some(accepting);
    }

    /// Refuses connections from now on.
    pub(super) fn down(&self) {
        self.shared.open.store(false, Ordering::SeqCst);
        if let Some(accepting) = self.accepting.lock().unwrap().take() {
            let _ = TcpStream::connect(self.addr);
            accepting.join().unwrap();
        }
    }

    /// Is back.
    pub(super) fn up(&self) {
        let until = Instant::now() + PATIENCE;
        let listener = loop {
            match TcpListener::bind(self.addr) {
                Ok(listener) => break listener,
                Err(why) => assert!(Instant::now() < until, "{}: {why}", self.addr),
            }
            std::thread::yield_now();
        };
        self.shared.open.store(true, Ordering::SeqCst);
        self.accept(listener);
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// Waits until what was asked so far is as wanted, and gives it.
    pub(super) fn until(&self, what: &str, wanted: impl Fn(&[Seen]) -> bool) -> Vec<Seen> {
        self.within(PATIENCE, wanted).unwrap_or_else(|seen| panic!("{what} did not happen; it saw {seen:#?}"))
    }

    /// The same; `Err` with what came where the time was not enough.
    pub(super) fn within(&self, time: Duration, wanted: impl Fn(&[Seen]) -> bool) -> Result<Vec<Seen>, Vec<Seen>> {
        let until = Instant::now() + time;
        let mut seen = self.shared.seen.lock().unwrap();
        while !wanted(&seen) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(seen.clone());
            }
            seen = self.shared.news.wait_timeout(seen, left).unwrap().0;
        }
        Ok(seen.clone())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.down();
    }
}

fn serve(shared: &Shared, mut stream: TcpStream) {
    let _ = stream.set_read_timeout(Some(PATIENCE));
    let Ok(Some(seen)) = read(&stream) else { return };
    // Answered first: whoever waits for the request may stop the world at once.
    let reply = (shared.answer)(&seen);
    shared.seen.lock().unwrap().push(seen.clone());
    shared.news.notify_all();
    let Reply::Full(status, headers, body) = reply else {
        let _ = stream.read(&mut [0]);
        return;
    };
    let mut head = format!("HTTP/1.1 {status} Said\r\nConnection: close\r\n");
    for (name, value) in &headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    if seen.method != "HEAD" {
        let _ = write!(head, "Content-Length: {}\r\n", body.len());
    }
    head.push_str("\r\n");
    let _ = stream.write_all(head.as_bytes());
    if seen.method != "HEAD" {
        let _ = stream.write_all(&body);
    }
}

fn read(stream: &TcpStream) -> io::Result<Option<Seen>> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(None) };
    let (method, target) = (method.to_owned(), target.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let mut seen = Seen { at: Instant::now(), method, target, headers, body: String::new() };
    let length = seen.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    seen.body = String::from_utf8_lossy(&body).into_owned();
    Ok(Some(seen))
}

/// The bytes of a file as a host of audio serves them, ranges and all.
pub(super) fn audio(seen: &Seen, file: &[u8]) -> Reply {
    let kind = ("Content-Type", "audio/mpeg".to_owned());
    let ranges = ("Accept-Ranges", "bytes".to_owned());
    if seen.method == "HEAD" {
        return Reply::Full(200, vec![kind, ranges, ("Content-Length", file.len().to_string())], Vec::new());
    }
    let asked = seen.header("range").and_then(|text| text.strip_prefix("bytes=")?.split_once('-'));
    let Some((from, to)) = asked else { return Reply::Full(200, vec![kind, ranges], file.to_vec()) };
    let from: usize = from.parse().unwrap_or(0);
    let to = to.parse::<usize>().map_or(file.len(), |last| file.len().min(last + 1));
    let Some(part) = file.get(from..to) else { return Reply::status(416) };
    let range = ("Content-Range", format!("bytes {from}-{}/{}", to - 1, file.len()));
    Reply::Full(206, vec![kind, ranges, range], part.to_vec())
}
