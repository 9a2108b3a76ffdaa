//! What a prober is given, and the limits that hold whatever a server does.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;

use crate::cert;
use crate::chain::Session;
use crate::link::Host;
use crate::probe::guard::Guard;
use crate::probe::overrides::Overrides;
use crate::probe::papers::Shelf;
use crate::probe::resolve::Resolver;
use crate::probe::secp521r1::SECP521R1;

/// Whether a secret (userinfo or a token of a URL) may go to this peer: the answer of a verifier that knows
/// the trust stores and the time. Asked only for https.
pub type Verified = Arc<dyn Fn(&Session, &Host) -> bool + Send + Sync>;

/// What a prober is given.
#[derive(Clone)]
pub struct Settings {
    /// `--resolve` and `--connect-to`.
    pub overrides: Arc<Overrides>,
    /// Which addresses may be dialled.
    pub guard: Guard,
    /// Who resolves names.
    pub resolver: Arc<Resolver>,
    /// The limits.
    pub limits: Limits,
    /// The User-Agent; what HTTP does not allow in a header is dropped from it.
    pub user_agent: String,
    /// The User-Agent under which a refused request is repeated once; without it none is.
    pub second_opinion: Option<String>,
    /// Requests under way at once, in all.
    pub concurrency: usize,
    /// Requests under way at once to one host.
    pub per_host: usize,
    /// Redirects after which a chain is given up.
    pub max_redirects: u32,
    /// Whom fetches of papers over https trust; see [`trusting`].
    pub fetch_tls: Arc<rustls::ClientConfig>,
    /// Papers that were fetched and are kept: give every round's settings a clone of one shelf, and
    /// CAs are asked when what they said is out of date, not in each round.
    pub papers: Shelf,
    /// The time, by which papers age, and for a `Retry-After` date in an answer that has no `Date`;
    /// without it such a header is passed over.
    pub clock: Option<fn() -> Timestamp>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("limits", &self.limits)
            .field("user_agent", &self.user_agent)
            .field("second_opinion", &self.second_opinion)
            .field("concurrency", &self.concurrency)
            .field("per_host", &self.per_host)
            .field("max_redirects", &self.max_redirects)
            .finish_non_exhaustive()
    }
}

/// A TLS client that trusts these roots (DER) and no others: for fetching papers. Roots that cannot
/// be read are left out; with none, nobody is trusted.
pub fn trusting<'a>(roots: impl IntoIterator<Item = &'a [u8]>) -> Arc<rustls::ClientConfig> {
    let mut store = rustls::RootCertStore::empty();
    store.add_parsable_certificates(roots.into_iter().map(|der| CertificateDer::from(der.to_vec())));
    Arc::new(client_config().with_root_certificates(store).with_no_client_auth())
}

/// The start of every TLS client here: ring's suites, podprobe's list of signatures and the
/// curve that ring lacks, TLS 1.2 and 1.3.
#[expect(clippy::expect_used, reason = "ring's suites cover both versions, whatever the input: there is none")]
pub(crate) fn client_config() -> rustls::ConfigBuilder<rustls::ClientConfig, rustls::WantsVerifier> {
    let mut provider = CryptoProvider {
        signature_verification_algorithms: cert::algorithms(),
        ..rustls::crypto::ring::default_provider()
    };
    provider.kx_groups.push(SECP521R1);
    rustls::ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .expect("ring has suites for TLS 1.2 and 1.3")
}

/// Bounds of time, bytes and numbers. [`Limits::default`] is the table of the TLS page.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// For the resolution of one name.
    pub dns: Duration,
    /// Addresses of one origin that are used.
    pub addresses: usize,
    /// For one TCP connect.
    pub connect: Duration,
    /// For one TLS handshake.
    pub tls: Duration,
    /// For the head of an answer, and for the silence between two pieces of a body.
    pub head: Duration,
    /// For a whole hop: its dial, its requests and what is read of the body.
    pub hop: Duration,
    /// For a whole chain, waiting in queues and for `Retry-After` apart.
    pub chain: Duration,
    /// For a body that is streamed whole (`--depth full`); in place of `hop` and `chain`.
    pub full: Duration,
    /// Bytes of a head over HTTP/1.1.
    pub head_bytes: usize,
    /// Headers of a head over HTTP/1.1.
    pub headers: usize,
    /// Bytes of a header list over HTTP/2.
    pub header_list: u32,
    /// Window of HTTP/2 streams where whole bodies are read: a server that ignores `Range` pushes no
    /// more. That of their connection is a stream's for each request that its host may be asked at
    /// once, at least this and at most four times it. Bytes.
    pub window: u32,
    /// Window of the streams of a connection that was made to look at starts of media. The first
    /// look needs 4 KiB, and what a server has sent by then is paid for by both sides. Bytes.
    pub glance: u32,
    /// Bytes a connection may send before the head of an answer is there.
    pub before_head: u64,
    /// Bytes a connection may send beyond what was asked for.
    pub slack: u64,
    /// Bytes of the media's start that are read.
    pub sample: u64,
    /// Bytes of the second range, past a tag.
    pub jump: u64,
    /// Bytes of a document on the wire.
    pub feed_wire: u64,
    /// Bytes of a document after decompression.
    pub feed_bytes: u64,
    /// How many times larger decompression may make a document.
    pub ratio: u64,
    /// Connections kept open at once, in all: beyond it those go that nobody uses, the oldest
    /// first. Systems allow a process a thousand or so.
    pub open: usize,
    /// HTTP/1.1 connections to one host.
    pub connections: usize,
    /// How long `Retry-After` may silence an origin within a round, in all.
    pub silence: Duration,
    /// URLs of one origin that time out alike, with no success, before others are not asked.
    pub breaker: u32,
    /// Finished walks that are remembered for whoever asks for the same URL.
    pub walks: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            dns: Duration::from_secs(3),
            addresses: 16,
            connect: Duration::from_secs(5),
            tls: Duration::from_secs(8),
            head: Duration::from_secs(10),
            hop: Duration::from_secs(20),
            chain: Duration::from_mins(1),
            full: Duration::from_mins(15),
            head_bytes: 64 << 10,
            headers: 128,
            header_list: 32 << 10,
            window: 64 << 10,
            glance: 8 << 10,
            before_head: 256 << 10,
            slack: 64 << 10,
            sample: 64 << 10,
            jump: 16 << 10,
            feed_wire: 20 << 20,
            feed_bytes: 100 << 20,
            ratio: 100,
            open: 384,
            connections: 4,
            silence: Duration::from_secs(30),
            breaker: 8,
            walks: 256,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_table_of_the_tls_page() {
        let limits = Limits::default();
        let seconds = [limits.dns, limits.connect, limits.tls, limits.head, limits.hop, limits.chain, limits.silence];
        assert_eq!(seconds.map(|limit| limit.as_millis()), [3_000, 5_000, 8_000, 10_000, 20_000, 60_000, 30_000]);
        assert_eq!((limits.addresses, limits.headers, limits.ratio), (16, 128, 100));
        assert_eq!((limits.head_bytes, limits.header_list, limits.window), (65_536, 32_768, 65_536));
        assert_eq!((limits.before_head, limits.slack), (262_144, 65_536));
        assert_eq!((limits.sample, limits.jump), (65_536, 16_384));
        assert_eq!((limits.feed_wire, limits.feed_bytes), (20_971_520, 104_857_600));
        assert_eq!((crate::cert::MAX_CHAIN, crate::cert::MAX_CHAIN_BYTES), (16, 65_536));
        assert_eq!(crate::link::MAX_URL_BYTES, 8_192);
        assert_eq!((crate::probe::papers::MAX_SMALL_BYTES, crate::probe::papers::MAX_CRL_BYTES), (65_536, 20_971_520));
    }
}
