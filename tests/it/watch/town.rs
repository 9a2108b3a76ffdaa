//! Hosts of the tests' own: each has an address of 127.0.1.0/24, can be shut and opened again, and
//! counts what it is asked.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::sync::{Arc, LazyLock, Mutex};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

/// MP3 of a minute and more: MPEG 1 layer 3, 128 kbit/s, 44.1 kHz, silence.
static AUDIO: LazyLock<Bytes> = LazyLock::new(|| {
    let mut frame = vec![0; 417];
    frame[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0x64]);
    frame.repeat(3_000).into()
});

/// The length of every episode.
pub(super) fn audio_bytes() -> usize {
    AUDIO.len()
}

/// A request that came.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) host: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) if_none_match: Option<String>,
    pub(super) status: u16,
}

#[derive(Clone)]
struct Page {
    status: u16,
    body: Bytes,
    etag: String,
}

#[derive(Default)]
struct Shelf {
    pages: HashMap<(String, String), Page>,
    asked: Vec<Asked>,
    edition: u64,
}

pub(super) struct Town {
    port: u16,
    /// Host and address.
    hosts: BTreeMap<String, Ipv4Addr>,
    open: BTreeMap<String, JoinHandle<()>>,
    shelf: Arc<Mutex<Shelf>>,
}

impl Town {
    /// These hosts, on one port; `street` tells towns of one test run apart.
    pub(super) async fn build(hosts: impl IntoIterator<Item = String>) -> Self {
        let hosts: BTreeMap<String, Ipv4Addr> =
            hosts.into_iter().zip(1_u8..).map(|(host, number)| (host, Ipv4Addr::new(127, 0, 1, number))).collect();
        let shelf: Arc<Mutex<Shelf>> = Arc::default();
        'ports: loop {
            let mut listeners = Vec::new();
            let mut port = 0;
            for (host, address) in &hosts {
                let Ok(listener) = TcpListener::bind((*address, port)).await else { continue 'ports };
                port = listener.local_addr().unwrap().port();
                listeners.push((host.clone(), listener));
            }
            let open =
                listeners.into_iter().map(|(host, listener)| (host, tokio::spawn(serve(listener, Arc::clone(&shelf)))));
            let open = open.collect();
            return Self { port, hosts, open, shelf };
        }
    }

    /// From now on connections to this host are refused.
    pub(super) async fn shut(&mut self, host: &str) {
        let task = self.open.remove(host).unwrap();
        task.abort();
        let _ = task.await;
    }

    pub(super) async fn shut_all(&mut self) {
        for host in self.hosts.clone().into_keys() {
            self.shut(&host).await;
        }
    }

    /// It is there again.
    pub(super) async fn reopen(&mut self, host: &str) {
        let listener = TcpListener::bind((self.hosts[host], self.port)).await.unwrap();
        self.open.insert(host.to_owned(), tokio::spawn(serve(listener, Arc::clone(&self.shelf))));
    }

    pub(super) async fn reopen_all(&mut self) {
        for host in self.hosts.clone().into_keys() {
            self.reopen(&host).await;
        }
    }

    /// Puts a page there; another body is another edition.
    pub(super) fn put(&self, host: &str, path: &str, body: impl Into<Bytes>) {
        self.answer(host, path, 200, body);
    }

    /// What a path answers. Paths that nobody set are episodes where they end in `.mp3`, else 404.
    pub(super) fn answer(&self, host: &str, path: &str, status: u16, body: impl Into<Bytes>) {
        let mut shelf = self.shelf.lock().unwrap();
        shelf.edition += 1;
        let page = Page { status, body: body.into(), etag: format!("\"{}\"", shelf.edition) };
        shelf.pages.insert((host.to_owned(), path.to_owned()), page);
    }

    /// As if nobody had set it.
    pub(super) fn forget(&self, host: &str, path: &str) {
        self.shelf.lock().unwrap().pages.remove(&(host.to_owned(), path.to_owned()));
    }

    /// What was asked since the last call.
    pub(super) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.shelf.lock().unwrap().asked)
    }

    /// The `[network]` that leads here.
    pub(super) fn network(&self, more: &str) -> String {
        let mut text =
            "[network]\nallow_net = [\"127.0.0.0/8\"]\nconnect_timeout = \"2s\"\ntimeout = \"5s\"\n".to_owned();
        let _ = writeln!(text, "connect_to = [\":80::{}\"]", self.port);
        let resolve = self.hosts.iter().map(|(host, address)| format!("\"{host}:*:{address}\"")).collect::<Vec<_>>();
        // Nothing listens at the canary's address.
        let _ = writeln!(text, "resolve = [{}, \"canary.example:*:127.0.2.200\"]", resolve.join(", "));
        text + "canaries = [\"canary.example:80\"]\n" + more + "\n"
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        self.open.values().for_each(JoinHandle::abort);
    }
}

async fn serve(listener: TcpListener, shelf: Arc<Mutex<Shelf>>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let shelf = Arc::clone(&shelf);
                let service = service_fn(move |request| {
                    let answer = answer(&request, &shelf);
                    async move { Ok::<_, Infallible>(answer) }
                });
                connections.spawn(async move {
                    let http = hyper::server::conn::http1::Builder::new();
                    let _ = http.serve_connection(TokioIo::new(stream), service).await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

fn answer(request: &Request<Incoming>, shelf: &Mutex<Shelf>) -> Response<Full<Bytes>> {
    let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let host = header("host").unwrap_or_default();
    let host = host.split(':').next().unwrap().to_owned();
    let path = request.uri().path().to_owned();
    let mut shelf = shelf.lock().unwrap();
    let page = shelf.pages.get(&(host.clone(), path.clone())).cloned();
    let is_audio = path.contains(".mp3");
    let mut page = page.unwrap_or_else(|| {
        if is_audio {
            Page { status: 200, body: AUDIO.clone(), etag: "\"audio\"".to_owned() }
        } else {
            Page { status: 404, body: Bytes::new(), etag: "\"none\"".to_owned() }
        }
    });
    let if_none_match = header("if-none-match");
    let mut response = Response::builder();
    let whole = page.body.len();
    if page.status == 200 && if_none_match.as_ref() == Some(&page.etag) {
        page = Page { status: 304, body: Bytes::new(), etag: page.etag };
    } else if page.status == 200 {
        response = response.header("content-type", if is_audio { "audio/mpeg" } else { "application/rss+xml" });
        response = response.header("accept-ranges", "bytes");
        if let Some((from, to)) = header("range").and_then(|range| part(&range)) {
            let to = to.min(whole - 1);
            response = response.header("content-range", format!("bytes {from}-{to}/{whole}"));
            page.status = 206;
            page.body = page.body.slice(from..=to);
        }
    }
    shelf.asked.push(Asked { host, method: request.method().to_string(), path, if_none_match, status: page.status });
    response = response.status(page.status).header("etag", page.etag);
    if request.method() == "HEAD" {
        response = response.header("content-length", page.body.len());
        return response.body(Full::new(Bytes::new())).unwrap();
    }
    response.body(Full::new(page.body)).unwrap()
}

fn part(range: &str) -> Option<(usize, usize)> {
    let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
    Some((from.parse().ok()?, to.parse().unwrap_or(usize::MAX)))
}

/// A feed of a title and these enclosures, the newest first, one a day.
pub(super) fn feed(title: &str, enclosures: &[String], newest: Timestamp) -> String {
    let mut items = String::new();
    for (url, age) in enclosures.iter().zip(0_i64..) {
        let date = newest - jiff::SignedDuration::from_hours(24 * age);
        let date = date.strftime("%a, %d %b %Y %H:%M:%S +0000");
        let _ = writeln!(
            items,
            "<item><title>{url}</title><guid isPermaLink=\"false\">{url}</guid><pubDate>{date}</pubDate>\
             <enclosure url=\"{url}\" type=\"audio/mpeg\" length=\"{}\"/></item>",
            audio_bytes()
        );
    }
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>{title}</title><link>http://example.com/</link><description>d</description>{items}</channel></rss>"
    )
}
