//! What all of a lab's servers share: the places, the certificates made so far, and the log.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::lab::exhibit::{BESIDE, Dns, Exhibit, FEED_HOST, Place, Source};
use crate::lab::http::{Answer, Asked, Reply};
use crate::lab::media::{self, File};
use crate::lab::pki::{Leaf, Pki, PkiError};
use crate::lab::{dns, exhibits, feeds};

/// A request that reached the lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The host asked for, in lower case, without a port.
    pub host: String,
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The headers, names in lower case, in their order. Over HTTP/2 without pseudo-headers.
    pub headers: Vec<(String, String)>,
    /// `h2` or `http/1.1`.
    pub version: &'static str,
    /// The connection that it came over, counted from 1 in the order of acceptance.
    pub connection_id: u64,
    /// Whether it came over TLS.
    pub secure: bool,
}

impl Seen {
    /// The first header of this name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A place and the exhibit that brought it.
type Known = (Place, Option<&'static Exhibit>);

/// What a host's TLS configuration was made from: the subject, the recipe, what is offered.
type ConfigKey = (String, Leaf, Protocols);

/// What ALPN agrees to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Protocols {
    /// HTTP/2 and HTTP/1.1.
    Both,
    /// HTTP/1.1 alone.
    Http1,
    /// HTTP/2 alone.
    Http2,
}

impl Protocols {
    /// Those of a place.
    pub(super) fn of(place: &Place) -> Self {
        match (place.frames, place.h2) {
            (Some(_), _) => Self::Http2,
            (None, true) => Self::Both,
            (None, false) => Self::Http1,
        }
    }

    fn names(self) -> Vec<Vec<u8>> {
        let (two, one) = (b"h2".to_vec(), b"http/1.1".to_vec());
        match self {
            Self::Both => vec![two, one],
            Self::Http1 => vec![one],
            Self::Http2 => vec![two],
        }
    }
}

/// How many requests, and how many different ones, are remembered: a lab may run for days.
const REMEMBERED: usize = 100_000;

/// The requests so far.
#[derive(Default)]
struct Log {
    seen: Vec<Seen>,
    /// By host, method and target.
    counts: HashMap<(String, String, String), usize>,
}

/// What all servers share.
pub(in crate::lab) struct State {
    pub(in crate::lab) pki: Pki,
    pub(in crate::lab) now: i64,
    places: HashMap<String, Known>,
    configs: Mutex<HashMap<ConfigKey, Arc<ServerConfig>>>,
    replaced: Mutex<HashMap<String, Arc<CertifiedKey>>>,
    log: Mutex<Log>,
    connections: AtomicU64,
    /// By host: the most bytes that one of its connections took.
    taken: Mutex<HashMap<String, Arc<AtomicU64>>>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("now", &self.now).finish_non_exhaustive()
    }
}

impl State {
    /// The lab's hosts as of `now`.
    pub(super) fn new(now: i64) -> Result<Self, PkiError> {
        let mut places = HashMap::new();
        for place in exhibits::FIXTURES {
            places.insert(place.name.to_owned(), (*place, None));
        }
        for exhibit in exhibits::EXHIBITS {
            for place in exhibit.places {
                let name = if place.name.is_empty() { exhibit.host() } else { place.name.to_owned() };
                places.insert(name, (*place, Some(exhibit)));
            }
        }
        Ok(Self {
            pki: Pki::new(now)?,
            now,
            places,
            configs: Mutex::default(),
            replaced: Mutex::default(),
            log: Mutex::default(),
            connections: AtomicU64::new(0),
            taken: Mutex::default(),
        })
    }

    /// The names and what DNS says of them.
    pub(super) fn zone(&self) -> dns::Zone {
        let canary = ("canary.lab.example".to_owned(), Dns::At(exhibits::NOBODY));
        self.places.iter().map(|(name, (place, _))| (name.clone(), place.dns)).chain([canary]).collect()
    }

    /// The place of this name.
    pub(super) fn place(&self, host: &str) -> Option<Place> {
        self.places.get(host).map(|(place, _)| *place)
    }

    /// Counts a connection and gives its number.
    pub(super) fn connected(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// How many connections were accepted.
    pub(super) fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    /// Where it is kept how much a connection of this host took.
    pub(super) fn taken_of(&self, host: &str) -> Arc<AtomicU64> {
        Arc::clone(locked(&self.taken).entry(host.to_owned()).or_default())
    }

    /// The most bytes that one connection of this host took.
    pub(super) fn taken(&self, host: &str) -> u64 {
        locked(&self.taken).get(host).map_or(0, |most| most.load(Ordering::Relaxed))
    }

    /// Notes a request; gives how many like it came before.
    pub(super) fn note(&self, seen: &Seen) -> usize {
        let mut log = locked(&self.log);
        if log.seen.len() < REMEMBERED {
            log.seen.push(seen.clone());
        }
        let key = (seen.host.clone(), seen.method.clone(), seen.target.clone());
        if log.counts.len() >= REMEMBERED && !log.counts.contains_key(&key) {
            return 0;
        }
        let count = log.counts.entry(key).or_default();
        let nth = *count;
        *count = nth.saturating_add(1);
        nth
    }

    /// The requests so far, the first [`REMEMBERED`] of them.
    pub(super) fn log(&self) -> Vec<Seen> {
        locked(&self.log).seen.clone()
    }

    /// Answers a request: the exhibits' feeds first, then whatever the host does.
    pub(super) fn answer(&self, asked: &Asked<'_>) -> Reply {
        let feed_of = match asked.path.strip_suffix(".xml") {
            Some(name) if asked.host == FEED_HOST => exhibits::find(name.trim_start_matches('/')),
            Some("/feed") => self.places.get(asked.host).and_then(|(_, exhibit)| *exhibit),
            _ => None,
        };
        if let Some(exhibit) = feed_of.filter(|exhibit| exhibit.source == Source::Feed) {
            return feeds::of(exhibit, self.now).into();
        }
        match self.places.get(asked.host) {
            Some(_) if asked.path == BESIDE => media::whole(asked, File::Mp3, File::Mp3.mime()).into(),
            Some((place, _)) => (place.serve)(asked),
            None => Answer::status(421).into(),
        }
    }

    /// The TLS configuration of a host with this leaf; made once, when it is first asked for.
    pub(super) fn server_config(
        &self,
        host: &str,
        leaf: Leaf,
        offer: Protocols,
    ) -> Result<Arc<ServerConfig>, PkiError> {
        if let Some(key) = locked(&self.replaced).get(host) {
            return config(Arc::clone(key), offer);
        }
        let subject = leaf.subject(host);
        let wanted = (subject.clone(), leaf, offer);
        if let Some(config) = locked(&self.configs).get(&wanted) {
            return Ok(Arc::clone(config));
        }
        let config = config(Arc::new(self.pki.issue(leaf, &subject)?), offer)?;
        // Where two connections came at once, the first one's certificate is everybody's.
        Ok(Arc::clone(locked(&self.configs).entry(wanted).or_insert(config)))
    }

    /// From now on these hosts serve this certificate.
    pub(super) fn replace(&self, hosts: &[&str], key: CertifiedKey) {
        let key = Arc::new(key);
        let mut replaced = locked(&self.replaced);
        for &host in hosts {
            replaced.insert(host.to_owned(), Arc::clone(&key));
        }
    }
}

/// A lock whose holder panicked is still good: every change under it is a single call.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves one certificate whatever is asked.
#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

fn config(key: Arc<CertifiedKey>, offer: Protocols) -> Result<Arc<ServerConfig>, PkiError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Always(key)));
    config.alpn_protocols = offer.names();
    // Some exhibits go on with records that rustls would not send.
    config.enable_secret_extraction = true;
    Ok(Arc::new(config))
}
