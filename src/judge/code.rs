//! The codes: what a finding can say. A code is a promise and is never renamed. Everything that
//! depends on the list (the checks, `explain`, the schema, the docs, the exhibits' test) follows
//! from [`Code::ALL`]. The rows are in `code/table.rs`, the words for people in `code/words/`.

mod letter;
mod table;
mod words;

use std::fmt;

pub use letter::{Fill, Recipient};

use crate::judge::{Severity, SubjectKind};

/// What is known of a code apart from any case of it.
#[derive(Clone, Copy, Debug)]
pub struct CodeInfo {
    /// The code.
    pub code: Code,
    /// Its name in reports.
    pub name: &'static str,
    /// Its severity where the case says no other.
    pub severity: Severity,
    /// What it is usually about.
    pub subject: SubjectKind,
    /// What it is, in at most ten words.
    pub title: &'static str,
    /// What it means for listeners, in plain words.
    pub meaning: &'static str,
    /// Who can fix it, and how.
    pub fixer: &'static str,
    /// What the podcaster can do meanwhile.
    pub meanwhile: &'static str,
    /// Both together: the advice of a case of which nothing more is known.
    pub advice: &'static str,
    /// Whom to write to, and what; `None` where there is nobody. See [`CodeInfo::letter`].
    pub letter: Option<(Recipient, &'static str)>,
}

/// The codes of the findings page, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// `dns-not-found`: the name does not exist or has no address (NXDOMAIN, empty answer).
    DnsNotFound,
    /// `dns-failed`: the resolver did not answer, or answered with an error.
    DnsFailed,
    /// `connect-refused`: TCP could be opened to no address of the origin.
    ConnectRefused,
    /// `connect-timeout`: TCP could be opened to no address of the origin.
    ConnectTimeout,
    /// `connect-failed`: TCP could be opened to no address of the origin.
    ConnectFailed,
    /// `address-blocked`: the name points at a non-public address and `--allow-net` does not lift it.
    AddressBlocked,
    /// `dns-sinkholed`: the local resolver answers 0.0.0.0, `::` or a loopback address for a public name.
    DnsSinkholed,
    /// `edge-down`: some, not all, addresses of an origin fail in connect or TLS (certificates aside).
    EdgeDown,
    /// `edge-mismatch`: addresses of one origin serve different leaf certificates, and one is worse.
    EdgeMismatch,
    /// `tls-handshake-failed`: no TLS session could be agreed.
    TlsHandshakeFailed,
    /// `tls-obsolete`: the server speaks only TLS 1.1 or older, or only RSA key exchange, which current apps refuse.
    TlsObsolete,
    /// `cert-expired`: leaf `not_after` < at (the last second is still valid, RFC 5280 4.1.2.5).
    CertExpired,
    /// `cert-intermediate-expired`: no unexpired path leads to an anchor because an intermediate has expired.
    CertIntermediateExpired,
    /// `cert-not-yet-valid`: leaf `not_before` > at.
    CertNotYetValid,
    /// `cert-name-mismatch`: the host is in none of the leaf's subject alternative names.
    CertNameMismatch,
    /// `cert-self-signed`: the leaf signs itself and is no anchor.
    CertSelfSigned,
    /// `cert-untrusted`: the path ends at a root outside the trust store.
    CertUntrusted,
    /// `cert-chain-incomplete`: the server does not send an intermediate that the path needs.
    CertChainIncomplete,
    /// `cert-revoked`: a stapled OCSP answer or the CA's CRL says so.
    CertRevoked,
    /// `cert-invalid`: anything else that a verifier refuses.
    CertInvalid,
    /// `cert-weak`: RSA below 2048 bits, SHA-1 or MD5 signature in the path (anchors aside).
    CertWeak,
    /// `cert-expiring`: little is left of the lifetime of the leaf or an intermediate.
    CertExpiring,
    /// `cert-renewal-overdue`: the CA's suggested renewal window, or the host's own habit, has passed.
    CertRenewalOverdue,
    /// `cert-lifetime-too-long`: a publicly trusted leaf's validity is beyond the limit in force at its start.
    CertLifetimeTooLong,
    /// `cert-changed`: the origin serves another certificate than last time.
    CertChanged,
    /// `cert-no-sct`: a publicly trusted leaf carries no signed certificate timestamps, embedded or stapled.
    CertNoSct,
    /// `http-error`: a status other than those below that gives no media and no redirect.
    HttpError,
    /// `origin-failing`: all URLs asked of an origin, at least three, fail alike after connect.
    OriginFailing,
    /// `http-gone`: 404 or 410 at the end of the chain.
    HttpGone,
    /// `http-forbidden`: 401, 403, 451 to HEAD and GET alike.
    HttpForbidden,
    /// `blocked-to-bots`: a refusal that shows the marks of a bot wall.
    BlockedToBots,
    /// `http-rate-limited`: 429, or 503 with Retry-After, after Retry-After was honoured once within the round's limits.
    HttpRateLimited,
    /// `http-timeout`: no complete answer in time, in any phase after connect.
    HttpTimeout,
    /// `http-protocol-error`: the peer broke HTTP.
    HttpProtocolError,
    /// `redirect-loop`: the same URL again with nothing changed.
    RedirectLoop,
    /// `redirect-limit`: more hops than allowed.
    RedirectLimit,
    /// `redirect-broken`: no, empty or unparsable Location, or a scheme other than http and https.
    RedirectBroken,
    /// `redirect-downgrade`: https leads to http.
    RedirectDowngrade,
    /// `http-cleartext`: the enclosure starts on http.
    HttpCleartext,
    /// `chain-slow`: time to first audio byte is beyond the policy (default 5 s).
    ChainSlow,
    /// `chain-long`: more redirects than some clients follow.
    ChainLong,
    /// `route-mismatch`: a prefix redirects to another URL than the one written in its path.
    RouteMismatch,
    /// `media-not-audio`: the bytes are not the audio or video that the feed promises.
    MediaNotAudio,
    /// `media-empty`: nothing came.
    MediaEmpty,
    /// `media-too-small`: the whole file is below 150 KiB and below one minute.
    MediaTooSmall,
    /// `media-corrupt`: it claims a format that its first frames do not hold.
    MediaCorrupt,
    /// `media-truncated`: fewer bytes came than were promised, or than the file itself states.
    MediaTruncated,
    /// `media-type-mismatch`: the feed's type, the response's Content-Type and the bytes disagree in family (mp3, mp4, ogg...).
    MediaTypeMismatch,
    /// `media-length-mismatch`: the feed's length is off by more than 10 % from the real one.
    MediaLengthMismatch,
    /// `media-no-range`: a ranged request is answered 200 with everything.
    MediaNoRange,
    /// `media-bad-range`: a 206 with a missing or wrong Content-Range, another start, or multipart for one range.
    MediaBadRange,
    /// `media-no-head`: HEAD is refused while GET works.
    MediaNoHead,
    /// `media-slow`: sustained throughput is below twice the audio's bitrate (`--depth full`).
    MediaSlow,
    /// `media-not-streamable`: an MP4 whose `moov` is at the end.
    MediaNotStreamable,
    /// `feed-unreachable`: the feed's chain does not end in a document.
    FeedUnreachable,
    /// `feed-not-a-feed`: what came is no RSS, Atom or JSON Feed.
    FeedNotAFeed,
    /// `feed-malformed`: it is not well-formed, yet episodes could be read.
    FeedMalformed,
    /// `feed-too-large`: a limit of `tls.md` was met (bytes, ratio, depth, 100 pages).
    FeedTooLarge,
    /// `feed-empty`: no episode.
    FeedEmpty,
    /// `feed-changed`: the feed is not what it was: title, GUIDs, item count or hosts.
    FeedChanged,
    /// `feed-stale`: no new episode for three times the show's own rhythm.
    FeedStale,
    /// `feed-moved`: `itunes:new-feed-url` or a permanent redirect names another address.
    FeedMoved,
    /// `enclosure-missing`: an item without an enclosure.
    EnclosureMissing,
    /// `enclosure-invalid`: an enclosure whose URL is empty, relative without a base, or of another scheme.
    EnclosureInvalid,
    /// `prefix-down`: a measurement prefix fails, while the URL it wraps works when asked for directly.
    PrefixDown,
    /// `prefix-retired`: the prefix belongs to a service that has closed.
    PrefixRetired,
    /// `prefix-miswired`: a prefix answers with something other than a redirect.
    PrefixMiswired,
    /// `publishing-down`: an extra endpoint of the config (a host's CMS or API) fails.
    PublishingDown,
    /// `prober-offline`: every origin failed in DNS or connect and so did the canary hosts.
    ProberOffline,
}

impl Code {
    /// Its name in reports.
    pub fn as_str(self) -> &'static str {
        self.info().name
    }

    /// The code of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|info| info.name == name).map(|info| info.code)
    }

    /// Whether it takes more than one round's facts to raise it: the history of earlier rounds, or
    /// the extra endpoints that only the daemon knows. No check of this room raises these.
    pub fn needs_history(self) -> bool {
        matches!(self, Self::CertChanged | Self::FeedChanged | Self::FeedStale | Self::PublishingDown)
    }

    /// `dns-*`.
    pub fn is_dns(self) -> bool {
        matches!(self, Self::DnsNotFound | Self::DnsFailed)
    }

    /// `connect-*`.
    pub fn is_connect(self) -> bool {
        matches!(self, Self::ConnectRefused | Self::ConnectTimeout | Self::ConnectFailed)
    }

    /// `tls-*`.
    pub fn is_tls(self) -> bool {
        matches!(self, Self::TlsHandshakeFailed | Self::TlsObsolete)
    }

    /// `cert-*`.
    pub fn is_certificate(self) -> bool {
        (Self::CertExpired..=Self::CertNoSct).contains(&self)
    }
}

/// By its name, as everywhere.
impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| serde::de::Error::custom(format!("{name:?} is no code of a finding")))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests;
