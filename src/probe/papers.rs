//! Fetching beside the way: issuers' certificates, revocation lists and renewal windows, with an
//! ordinary HTTP client (reqwest) under the rules of the walk: the same overrides, the same
//! address guard, and the address that was checked is the one dialled. Whether any of it is
//! believed is `judge`'s.

mod fault;
mod fetch;
mod lasting;
mod renewal;
mod shelf;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::sync::Semaphore;

use self::shelf::{Body, Kept, Kind};

use super::guard::Guard;
use super::overrides::Overrides;
use super::resolve::Resolver;
use crate::cert::{self, Certificate};
use crate::chain::{Fetched, Papers};

pub use fault::FetchFault;
pub use shelf::Shelf;

/// An issuer's certificate or an answer in JSON (limit of the TLS page: 64 KiB).
pub const MAX_SMALL_BYTES: usize = 64 << 10;
/// A revocation list (limit of the TLS page: 20 MiB).
pub const MAX_CRL_BYTES: usize = 20 << 20;
/// How many URLs of one kind are followed for one leaf. Real certificates name one or two.
const MAX_URLS: usize = 4;
/// Certificates that are read from one answer.
const MAX_ISSUERS: usize = 8;
/// Fetches under way at once; it bounds the memory of lists that are still coming.
const MAX_FETCHES: usize = 8;
/// For an issuer's certificate or an answer in JSON.
const SMALL_TIMEOUT: Duration = Duration::from_secs(10);
/// For a revocation list.
const CRL_TIMEOUT: Duration = Duration::from_secs(30);

/// Fetches papers for one round, each URL once at most; what the shelf has is not fetched.
#[derive(Debug)]
pub struct Clerk {
    resolver: Arc<Resolver>,
    overrides: Arc<Overrides>,
    guard: Guard,
    tls: rustls::ClientConfig,
    user_agent: String,
    shelf: Shelf,
    /// Which of the shelf's rounds this is.
    round: u64,
    clock: Option<fn() -> Timestamp>,
    under_way: Semaphore,
    sent: AtomicU64,
}

impl Clerk {
    /// A clerk for one round, with a shelf of its own and no clock. `tls` says which servers are
    /// trusted for https; its ALPN is replaced (HTTP/1.1 alone), the rest stays.
    pub fn new(
        resolver: Arc<Resolver>,
        overrides: Arc<Overrides>,
        guard: Guard,
        tls: Arc<rustls::ClientConfig>,
        user_agent: String,
    ) -> Self {
        let mut tls = Arc::unwrap_or_clone(tls);
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let under_way = Semaphore::new(MAX_FETCHES);
        let (shelf, sent) = (Shelf::default(), AtomicU64::new(0));
        let round = shelf.begin();
        Self { resolver, overrides, guard, tls, user_agent, shelf, round, clock: None, under_way, sent }
    }

    /// With this shelf, which other rounds share, and the clock by which papers age on it; without
    /// one they age by the time that passes, and lists stand for an hour.
    #[must_use]
    pub fn with_shelf(mut self, shelf: Shelf, clock: Option<fn() -> Timestamp>) -> Self {
        self.round = shelf.begin();
        Self { shelf, clock, ..self }
    }

    /// Requests that were sent, each over a connection of its own.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// What others say of a leaf: the certificates behind `issuers` (AIA URLs; DER, PEM or
    /// PKCS #7), the lists behind `crls`, and the CA's suggested window, where `renewal` gives the
    /// CA's ACME directory and the certificate's identifier (RFC 9773 4.1). At most four URLs of a
    /// kind; each is fetched once however many leaves name it, and again when it is out of date.
    pub async fn papers(&self, issuers: &[String], crls: &[String], renewal: Option<(&str, &str)>) -> Papers {
        let (issuers, crls, renewal) = tokio::join!(
            join_all(first(issuers).map(|url| self.issuers(url))),
            join_all(first(crls).map(|url| self.crl(url))),
            async {
                match renewal {
                    Some((directory, id)) => self.renewal(directory, id).await,
                    None => None,
                }
            },
        );
        Papers { issuers, crls, renewal }
    }

    async fn issuers(&self, url: &str) -> Fetched<Vec<Arc<Certificate>>> {
        fetched(url, self.have(Kind::Issuer, url).await.and_then(|bytes| certificates(&bytes)))
    }

    async fn crl(&self, url: &str) -> Fetched<Arc<[u8]>> {
        fetched(url, self.have(Kind::List, url).await)
    }

    /// Gives what is on the shelf, or waits for the fetch that is under way, or fetches. Failures are
    /// kept as well, what cannot be read among them: a CA's server that is down is not asked again
    /// for every leaf. Takes at most twice the kind's time: once for its turn, once for the fetch.
    async fn have(&self, kind: Kind, url: &str) -> Body {
        let Some(slot) = self.shelf.slot(kind, url, self.round) else { return Err(FetchFault::Full) };
        let mut held = slot.lock().await;
        if let Some(kept) = held.as_ref().filter(|kept| kept.is_fresh(self.shelf.now(self.clock))) {
            return kept.body.clone();
        }
        let (max_bytes, time) = match kind {
            Kind::List => (MAX_CRL_BYTES, CRL_TIMEOUT),
            Kind::Issuer | Kind::Directory | Kind::Renewal => (MAX_SMALL_BYTES, SMALL_TIMEOUT),
        };
        // A queue behind slow servers ends as well: a paper is not worth a round's time.
        let turn = tokio::time::timeout(time, self.under_way.acquire()).await;
        let Ok(Ok(_permit)) = turn else { return Err(FetchFault::Full) };
        // What is out of date is given up before its successor comes: two lists may be 40 MB.
        *held = None;
        let (got, retry_after) = self.fetch_whole(url, max_bytes, time).await;
        let body = got.and_then(|bytes| readable(kind, bytes));
        let bytes = body.as_ref().map_or(0, |body| body.len());
        if !self.shelf.weigh(kind, url, &slot, bytes, self.round) {
            return Err(FetchFault::Full);
        }
        let lasting = lasting::lasting(kind, &body, retry_after, self.clock.map(|clock| clock()));
        *held = Some(Kept::new(body.clone(), self.shelf.now(self.clock), lasting));
        body
    }
}

/// What came, in the form in which it is kept, if it is what was asked for.
fn readable(kind: Kind, bytes: Vec<u8>) -> Body {
    match kind {
        Kind::List => return revocation_list(bytes.into()),
        Kind::Issuer => drop(certificates(&bytes)?),
        Kind::Directory => drop(renewal::offered(&bytes)?),
        Kind::Renewal => drop(renewal::window(&bytes)?),
    }
    Ok(bytes.into())
}

/// The first few different URLs.
fn first(urls: &[String]) -> impl Iterator<Item = &str> {
    let mut seen = std::collections::HashSet::new();
    urls.iter().map(String::as_str).filter(move |url| seen.insert(*url)).take(MAX_URLS)
}

fn fetched<T>(url: &str, got: Result<T, FetchFault>) -> Fetched<T> {
    Fetched { url: crate::link::redact(url), got: got.map_err(|why| why.to_string()) }
}

/// DER, PEM, or a PKCS #7 bag of certificates (RFC 5280 4.2.2.1).
fn certificates(bytes: &[u8]) -> Result<Vec<Arc<Certificate>>, FetchFault> {
    let ders = cert::from_file(bytes).map_err(|why| FetchFault::Unreadable(why.to_string()))?;
    ders.iter()
        .take(MAX_ISSUERS)
        .map(|der| cert::inspect(der).map(Arc::new).map_err(|why| FetchFault::Unreadable(why.to_string())))
        .collect()
}

/// A list in DER as it has to be (RFC 5280 4.2.1.13), or in PEM as some CAs serve it.
fn revocation_list(bytes: Arc<[u8]>) -> Result<Arc<[u8]>, FetchFault> {
    use rustls::pki_types::CertificateRevocationListDer;
    use rustls::pki_types::pem::PemObject;
    if bytes.trim_ascii_start().starts_with(b"-----BEGIN") {
        return CertificateRevocationListDer::from_pem_slice(&bytes)
            .map(|list| Arc::from(list.as_ref()))
            .map_err(|_| FetchFault::Unreadable("no revocation list in the PEM file".to_owned()));
    }
    // A SEQUENCE; an error page is none.
    if bytes.first() == Some(&0x30) {
        Ok(bytes)
    } else {
        Err(FetchFault::Unreadable("not a revocation list in DER".to_owned()))
    }
}
