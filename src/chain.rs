//! `chain`: what one walk recorded, and what was seen of the origins on the way. Facts only:
//! making them is `probe`'s, judging them `judge`'s. A failure is a recorded fact, typed by the
//! phase in which it happened; it is never an `Err` and never known by its text.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::audio::Sniff;
use crate::cert::{Certificate, Fingerprint, Served, UnixSeconds};
use crate::link::{Link, LinkError, Origin};

mod headers;

pub use headers::Headers;

/// How much of the media is fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Depth {
    /// None: the heads alone.
    Headers,
    /// Enough of the start to prove that it is audio, 64 KiB at most, and past a tag by a second range.
    #[default]
    Sample,
    /// Everything.
    Full,
}

/// One phase of a hop.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase<T, E> {
    /// It did not come to this: an earlier phase failed, or a pooled connection made it needless.
    NotReached,
    /// It succeeded.
    Done {
        /// How long it took.
        took: Duration,
        /// What it gave.
        fact: T,
    },
    /// It failed.
    Failed {
        /// How long it took.
        took: Duration,
        /// Why.
        why: E,
    },
}

impl<T, E> Phase<T, E> {
    /// What it gave, if it was done.
    pub fn fact(&self) -> Option<&T> {
        match self {
            Self::Done { fact, .. } => Some(fact),
            Self::NotReached | Self::Failed { .. } => None,
        }
    }

    /// Why it failed, if it did.
    pub fn failure(&self) -> Option<&E> {
        match self {
            Self::Failed { why, .. } => Some(why),
            Self::NotReached | Self::Done { .. } => None,
        }
    }

    /// How long it took, if it happened.
    pub fn took(&self) -> Option<Duration> {
        match self {
            Self::NotReached => None,
            Self::Done { took, .. } | Self::Failed { took, .. } => Some(*took),
        }
    }
}

/// Of a name server's answer so many records are read, the first ones.
pub const MAX_GIVEN: u16 = 254;

/// What a name resolved to.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Resolution {
    /// All addresses that are used, at most 16, IPv6 and IPv4 in the order they will be tried.
    pub addresses: Vec<IpAddr>,
    /// How many the resolver gave, counted to [`MAX_GIVEN`] of each family.
    pub given: usize,
    /// The CNAME chain, in order, without trailing dots.
    pub cname: Vec<String>,
    /// Whether DNS was asked at all, or a flag or a literal address answered.
    pub source: ResolvedBy,
}

/// Who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ResolvedBy {
    /// The system's resolver configuration.
    #[default]
    Dns,
    /// The URL holds an address.
    Literal,
    /// `--resolve`.
    Flag,
}

/// Why a name gave no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DnsFailure {
    /// NXDOMAIN.
    NoSuchName,
    /// The name exists and has no address.
    NoAddress,
    /// No answer in time.
    Timeout,
    /// The resolver answered with an error (`SERVFAIL`, `REFUSED`).
    Refused(String),
    /// The resolver could not be asked (no configuration, network down).
    Unavailable(String),
}

/// Why no TCP connection came to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectFailure {
    /// The address is not public and nothing lifts the block; no packet was sent.
    Blocked(IpAddr),
    /// RST.
    Refused,
    /// No answer in time.
    Timeout,
    /// This machine has no route to the address's network; no packet was sent (`ENETUNREACH`).
    NoNetwork,
    /// The host or its network cannot be reached, as a router or the local link says.
    Unreachable,
    /// Anything else the system said.
    Other(String),
}

/// Why no TLS session came to be (certificates aside: those never fail a handshake here).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsFailure {
    /// The peer sent this alert.
    Alert {
        /// RFC 8446 6.
        code: u8,
        /// Its name there, in snake case.
        name: String,
    },
    /// What came is not TLS; HTTP in cleartext, for instance.
    NotTls,
    /// The server speaks only what current clients refuse.
    Obsolete(Obsolete),
    /// No answer in time.
    Timeout,
    /// The peer closed or reset the connection.
    Closed,
    /// Messages larger than are accepted.
    TooLarge,
    /// The peer broke the protocol.
    Protocol(String),
}

/// What a hand-made ClientHello learnt of a server that current clients refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obsolete {
    /// The version it chose: `TLSv1.0`, `TLSv1.1`, `TLSv1.2` (with RSA key exchange), `SSLv3`.
    pub version: String,
    /// The cipher suite it chose, by its IANA name or in hex.
    pub suite: String,
    /// The chain it showed, in cleartext.
    pub served: Arc<Served>,
}

/// A TLS session, recorded whatever its certificates are worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// `TLSv1.3` or `TLSv1.2`.
    pub version: String,
    /// The cipher suite's IANA name.
    pub cipher: String,
    /// The application protocol agreed.
    pub alpn: Option<String>,
    /// The certificates as sent.
    pub served: Arc<Served>,
    /// The stapled OCSP answer, DER.
    pub staple: Option<Arc<[u8]>>,
    /// Whether the handshake's own signature verifies under the leaf's key; why not, if not.
    pub signature: Result<(), String>,
}

/// The connection that served a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Unique within a round.
    pub id: u64,
    /// What it was made for.
    pub origin: Origin,
    /// What was dialled.
    pub address: SocketAddr,
    /// Its TLS session; `None` over cleartext.
    pub session: Option<Arc<Session>>,
}

/// Why a request on an open connection gave no answer, or its body did not come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestFailure {
    /// No (complete) head in time.
    HeadTimeout,
    /// The body stopped coming.
    BodyTimeout,
    /// The walk's deadline passed.
    Deadline,
    /// Closed or reset before the head was there.
    Closed,
    /// Closed or reset within the body: so many bytes of those promised came.
    BodyCut {
        /// What came, bytes.
        got: u64,
        /// What was promised, bytes.
        promised: Option<u64>,
    },
    /// The head is over the limit of bytes or headers, or other messages flooded the connection.
    TooLarge,
    /// HTTP/1.1 or HTTP/2 framing broken: in words.
    Protocol(String),
    /// HTTP/2 reset or goaway with this error code's name.
    Http2(String),
    /// Not asked: so many other URLs of this origin had already failed like this.
    NotAsked {
        /// Failures before.
        after: u32,
        /// How they failed.
        like: Box<RequestFailure>,
    },
    /// Not asked: the URL carries a secret in its query, and nothing proves who would get it.
    Withheld(Unproven),
    /// The user stopped the round.
    Interrupted,
}

/// Why nothing proves who a peer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unproven {
    /// Its certificate does not verify.
    Certificate,
    /// Cleartext: there is no certificate, and anybody on the way reads along.
    Cleartext,
}

/// Which request an answer belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// HEAD.
    Head,
    /// GET, ranged or whole.
    Get,
}

/// The head of an answer. Only the headers in [`KEPT_HEADERS`] are kept, each cut to 1 KiB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The request it answers.
    pub method: Method,
    /// `h2` or `http/1.1`.
    pub version: &'static str,
    /// The status code.
    pub status: u16,
    /// The headers that were kept.
    pub headers: Headers,
    /// From the request's end to the last byte of the head.
    pub first_byte: Duration,
    /// From there to the last byte read of the body, where one was read.
    pub transfer: Option<Duration>,
}

/// The headers that are kept of an answer, in lower case and sorted.
pub const KEPT_HEADERS: &[&str] = &[
    "accept-ranges",
    "age",
    "alt-svc",
    "cache-control",
    "cf-cache-status",
    "cf-mitigated",
    "cf-ray",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "date",
    "etag",
    "last-modified",
    "location",
    "retry-after",
    "server",
    "via",
    "www-authenticate",
    "x-akamai-request-id",
    "x-amz-cf-id",
    "x-amzn-waf-action",
    "x-cache",
    "x-datadome",
    "x-powered-by",
    "x-served-by",
];

impl Answer {
    /// The header of this name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// 301, 302, 303, 307, 308.
    pub fn is_redirect(&self) -> bool {
        matches!(self.status, 301 | 302 | 303 | 307 | 308)
    }
}

/// A HEAD that was refused or did not fit, and the status it got; the hop's answer is GET's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadVerdict {
    /// HEAD was not asked, or was answered well.
    Fine,
    /// HEAD was answered with this status where GET was answered otherwise.
    Refused(u16),
    /// HEAD broke the connection or timed out.
    Failed,
    /// HEAD's answer does not fit a GET (text in place of media, redirect without Location).
    Unfit(u16),
}

/// One hop: one URL asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Hop {
    /// What was asked for.
    pub url: Link,
    /// Name resolution, where this hop made its own connection.
    pub dns: Phase<Arc<Resolution>, DnsFailure>,
    /// TCP, to the address that worked or the last one tried.
    pub connect: Phase<SocketAddr, ConnectFailure>,
    /// The handshake.
    pub tls: Phase<Arc<Session>, TlsFailure>,
    /// The request whose answer counts.
    pub request: Phase<Answer, RequestFailure>,
    /// The connection that served it, whether made for it or reused.
    pub connection: Option<Arc<Connection>>,
    /// Served by a connection that an earlier request had opened.
    pub reused: bool,
    /// What became of HEAD.
    pub head: HeadVerdict,
    /// A protocol error on HTTP/2 made the request go over HTTP/1.1 again.
    pub http2_broken: Option<String>,
    /// `Retry-After` was waited for (ms) before this answer.
    pub waited_ms: Option<u64>,
}

impl Hop {
    /// The origin of its URL: at hand where a connection was had, for those lead to their own origin
    /// alone; else read from the URL.
    pub fn origin(&self) -> Cow<'_, Origin> {
        match &self.connection {
            Some(connection) => Cow::Borrowed(&connection.origin),
            None => Cow::Owned(self.url.origin()),
        }
    }
}

/// Why a redirect could not be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedirectFault {
    /// No Location header, or an empty one.
    NoLocation,
    /// It does not parse, or is of another scheme.
    Bad {
        /// As sent, redacted and cut to 200 characters.
        location: String,
        /// Why.
        why: LinkError,
    },
}

/// How a chain ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// The last hop answered 200 or 206 (to the ranged GET, or to HEAD alone at `--depth headers`).
    Reached,
    /// The last hop has a failed phase, or answered with a status that is neither success nor
    /// redirect: look there.
    Broken,
    /// A URL came again with nothing changed.
    Loop {
        /// The hop, from 0, that the last redirect leads back to.
        back_to: usize,
    },
    /// More redirects than allowed.
    TooManyRedirects {
        /// The limit.
        limit: u32,
    },
    /// The last hop's redirect cannot be followed.
    BadRedirect(RedirectFault),
    /// The round was stopped before the chain's end.
    Interrupted,
}

/// What was learnt of the media at the end of a chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Media {
    /// Content-Type as sent.
    pub content_type: Option<String>,
    /// The whole file's size in bytes, from Content-Range or Content-Length.
    pub bytes_total: Option<u64>,
    /// Bytes of the body that were read.
    pub bytes_read: u64,
    /// How the ranged request was answered; `None` where none was made (`--depth headers`).
    pub range: Option<RangeAnswer>,
    /// What the bytes are; `None` where none was asked for.
    pub sniff: Option<Sniff>,
    /// `--depth full`: what streaming the whole body showed.
    pub full: Option<FullBody>,
    /// What a listener waits for the first byte of the body: each hop's connection where one was
    /// made, the answers of the redirects that count, and the last GET's first byte. Requests that
    /// only a probe makes (HEAD before the GET, one that failed and was asked otherwise) and waits
    /// for others are left out.
    pub first_audio_byte: Option<Duration>,
}

/// How a ranged request was answered (RFC 9110 14).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RangeAnswer {
    /// 206 with the range asked for.
    Honoured,
    /// 200 with everything.
    Ignored,
    /// 206 whose Content-Range is missing, unreadable or another; multipart. In words.
    Wrong(String),
    /// 416.
    NotSatisfiable,
}

/// What `--depth full` showed.
#[derive(Clone, Debug, PartialEq)]
pub struct FullBody {
    /// Bytes that came.
    pub bytes: u64,
    /// How long they took from the first to the last.
    pub took: Duration,
    /// How the body ended.
    pub end: Result<(), RequestFailure>,
    /// Duration of the audio in the bytes, ms, where frames could be counted.
    pub audio_ms: Option<u64>,
    /// The last frame or box is cut off.
    pub cut: bool,
}

/// One walk from an enclosure's (or a feed's) URL to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// At least one.
    pub hops: Vec<Hop>,
    /// How it ended.
    pub end: End,
    /// Of an enclosure whose end was reached.
    pub media: Option<Media>,
    /// From start to end.
    pub took: Duration,
    /// Walks that were made: 2 where a failure was confirmed (or not) over fresh connections.
    pub walks: u32,
    /// The last hop's URL asked once more under a neutral name, where the refusal that ends the
    /// chain was to be checked (`--second-opinion`).
    pub second_opinion: Option<Box<SecondOpinion>>,
}

/// A refused request, repeated once with another User-Agent, for headers only.
#[derive(Clone, Debug, PartialEq)]
pub struct SecondOpinion {
    /// The User-Agent that asked.
    pub user_agent: String,
    /// What it got: the answer to HEAD, or to a GET of one byte where HEAD was of no use.
    pub answer: Result<Answer, RequestFailure>,
}

impl SecondOpinion {
    /// Whether it got what was refused before: a redirect, or a success that is no web page.
    pub fn is_served(&self) -> bool {
        let page = |answer: &Answer| {
            answer.header("content-type").is_some_and(|kind| kind.trim_start().to_ascii_lowercase().contains("html"))
        };
        self.answer
            .as_ref()
            .is_ok_and(|answer| answer.is_redirect() || (matches!(answer.status, 200 | 203 | 206) && !page(answer)))
    }
}

/// Statuses that may mean the asker rather than the file: what a second opinion is asked about.
pub fn is_refusal(status: u16) -> bool {
    matches!(status, 401 | 403 | 406 | 429 | 503)
}

impl Chain {
    /// The hop at the end.
    pub fn last(&self) -> Option<&Hop> {
        self.hops.last()
    }
}

/// A chain as one vantage saw it at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    /// Where it was seen from: `local`.
    pub vantage: String,
    /// When the walk began.
    pub at: Timestamp,
    /// What was seen.
    pub chain: Chain,
}

/// One address of an origin.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// What was dialled.
    pub address: SocketAddr,
    /// TCP.
    pub connect: Phase<(), ConnectFailure>,
    /// TLS; not reached over cleartext.
    pub tls: Phase<Arc<Session>, TlsFailure>,
}

/// What was seen of an origin in a round: its name, and every address.
#[derive(Clone, Debug, PartialEq)]
pub struct OriginSighting {
    /// Scheme, host, port.
    pub origin: Origin,
    /// Its name.
    pub dns: Phase<Arc<Resolution>, DnsFailure>,
    /// Every address, in the order of `dns`.
    pub edges: Vec<Edge>,
    /// What authorities say of the leaves served, by fingerprint.
    pub papers: Vec<(Fingerprint, Arc<Papers>)>,
    /// Marks that name a CDN: response headers seen at this origin (name, value).
    pub marks: Vec<(&'static str, String)>,
}

/// What others than the server say of a certificate: its CA's issuer certificate, revocation list
/// and suggested renewal. Fetched by `probe`, believed or not by `judge`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Papers {
    /// Certificates found behind the AIA URLs of the served certificates.
    pub issuers: Vec<Fetched<Vec<Arc<Certificate>>>>,
    /// Revocation lists from the leaf's distribution points, DER.
    pub crls: Vec<Fetched<Arc<[u8]>>>,
    /// ACME Renewal Information (RFC 9773).
    pub renewal: Option<Fetched<RenewalWindow>>,
}

/// Something fetched beside the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetched<T> {
    /// Where from.
    pub url: String,
    /// What came, or why nothing did, in words.
    pub got: Result<T, String>,
}

/// When a CA suggests to renew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenewalWindow {
    /// Its start.
    pub start: UnixSeconds,
    /// Its end.
    pub end: UnixSeconds,
    /// Where the CA explains it.
    pub explanation: Option<String>,
}

/// A canary asked because everything seemed down.
#[derive(Clone, Debug, PartialEq)]
pub struct Canary {
    /// `host:port`.
    pub name: String,
    /// Whether TCP could be opened.
    pub reachable: bool,
}
