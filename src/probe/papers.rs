//! Fetching beside the way: issuers' certificates, revocation lists and renewal windows, with an
//! ordinary HTTP client (reqwest) under the rules of the walk: the same overrides, the same
//! address guard, and the address that was checked is the one dialled. Whether any of it is
//! believed is `judge`'s.

mod fault;
mod fetch;
mod renewal;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::{Mutex, OnceCell, Semaphore};

use super::guard::Guard;
use super::overrides::Overrides;
use super::resolve::Resolver;
use crate::cert::{self, Certificate};
use crate::chain::{Fetched, Papers};

pub use fault::FetchFault;

/// An issuer's certificate or an answer in JSON (limit of the TLS page: 64 KiB).
pub const MAX_SMALL_BYTES: usize = 64 << 10;
/// A revocation list (limit of the TLS page: 20 MiB).
pub const MAX_CRL_BYTES: usize = 20 << 20;
/// How many URLs of one kind are followed for one leaf. Real certificates name one or two.
const MAX_URLS: usize = 4;
/// Certificates that are read from one answer.
const MAX_ISSUERS: usize = 8;
/// All that is kept for a round. Certificates from outside name the URLs, so it has to end.
const MAX_KEPT_BYTES: usize = 256 << 20;
/// Fetches under way at once; it bounds the memory of lists that are still coming.
const MAX_FETCHES: usize = 8;
/// For an issuer's certificate or an answer in JSON.
const SMALL_TIMEOUT: Duration = Duration::from_secs(10);
/// For a revocation list.
const CRL_TIMEOUT: Duration = Duration::from_secs(30);

/// Fetches papers, each URL once. Made for one round: what it fetched it keeps until dropped.
#[derive(Debug)]
pub struct Clerk {
    resolver: Arc<Resolver>,
    overrides: Arc<Overrides>,
    guard: Guard,
    tls: rustls::ClientConfig,
    user_agent: String,
    round: Mutex<Round>,
    under_way: Semaphore,
    sent: AtomicU64,
}

/// What was fetched.
type Body = Result<Arc<[u8]>, FetchFault>;

/// One cell a URL, and the bytes kept in all of them.
#[derive(Debug, Default)]
struct Round {
    cells: HashMap<String, Arc<OnceCell<Body>>>,
    kept: usize,
}

impl Clerk {
    /// A clerk for one round. `tls` says which servers are trusted for https; its ALPN is replaced
    /// (HTTP/1.1 alone), the rest stays.
    pub fn new(
        resolver: Arc<Resolver>,
        overrides: Arc<Overrides>,
        guard: Guard,
        tls: Arc<rustls::ClientConfig>,
        user_agent: String,
    ) -> Self {
        let mut tls = Arc::unwrap_or_clone(tls);
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self {
            resolver,
            overrides,
            guard,
            tls,
            user_agent,
            round: Mutex::default(),
            under_way: Semaphore::new(MAX_FETCHES),
            sent: AtomicU64::new(0),
        }
    }

    /// Requests that were sent, each over a connection of its own.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// What others say of a leaf: the certificates behind `issuers` (AIA URLs; DER, PEM or
    /// PKCS #7), the lists behind `crls`, and the CA's suggested window, where `renewal` gives the
    /// CA's ACME directory and the certificate's identifier (RFC 9773 4.1). At most four URLs of a
    /// kind; each is fetched once a round however many leaves name it.
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
        let got = self.once(url, MAX_SMALL_BYTES, SMALL_TIMEOUT).await.and_then(|bytes| certificates(&bytes));
        fetched(url, got)
    }

    async fn crl(&self, url: &str) -> Fetched<Arc<[u8]>> {
        fetched(url, self.once(url, MAX_CRL_BYTES, CRL_TIMEOUT).await.and_then(revocation_list))
    }

    /// Fetches a URL, or waits for the fetch that is under way, or gives what is kept. Failures
    /// are kept as well: a CA's server that is down is asked once a round. Takes at most twice
    /// `timeout`: once for its turn, once for the fetch.
    async fn once(&self, url: &str, max_bytes: usize, timeout: Duration) -> Body {
        let cell = Arc::clone(self.round.lock().await.cells.entry(url.to_owned()).or_default());
        cell.get_or_init(async || {
            // A queue behind slow servers ends as well: a paper is not worth a round's time.
            let turn = tokio::time::timeout(timeout, self.under_way.acquire()).await;
            let Ok(Ok(_permit)) = turn else { return Err(FetchFault::Full) };
            let bytes = self.fetch(url, max_bytes, timeout).await?;
            let mut round = self.round.lock().await;
            let kept = round.kept.saturating_add(bytes.len());
            if kept > MAX_KEPT_BYTES {
                return Err(FetchFault::Full);
            }
            round.kept = kept;
            Ok(bytes.into())
        })
        .await
        .clone()
    }
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
