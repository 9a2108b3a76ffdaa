//! The codes: what a finding can say. A code is a promise and is never renamed. Everything that
//! depends on the list (the checks, `explain`, the schema, the docs, the exhibits' test) follows
//! from [`Code::ALL`].

use std::fmt;

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
    /// Who can fix it, and how; what the podcaster can do meanwhile.
    pub advice: &'static str,
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
    /// `dns-sinkholed`: the local resolver answers 0.0.0.0, .
    DnsSinkholed,
    /// `edge-down`: some, not all, addresses of an origin fail in connect or TLS (certificates aside).
    EdgeDown,
    /// `edge-mismatch`: addresses of one origin serve different leaf certificates and at least one of them has a problem, or less than two thirds of the remaining time of the longest-lived one.
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
    /// `cert-name-mismatch`: the host is in none of the leaf's subject alternative names (a CN alone does not count.
    CertNameMismatch,
    /// `cert-self-signed`: the leaf signs itself and is no anchor.
    CertSelfSigned,
    /// `cert-untrusted`: the path ends at a root outside the trust store.
    CertUntrusted,
    /// `cert-chain-incomplete`: the path to an anchor is missing an intermediate that the server should have sent (browsers may fetch it, podcast apps do not).
    CertChainIncomplete,
    /// `cert-revoked`: a stapled OCSP answer or the CA's CRL says so.
    CertRevoked,
    /// `cert-invalid`: anything else that a verifier refuses.
    CertInvalid,
    /// `cert-weak`: RSA below 2048 bits, SHA-1 or MD5 signature in the path (anchors aside).
    CertWeak,
    /// `cert-expiring`: see *Expiry*.
    CertExpiring,
    /// `cert-renewal-overdue`: see *Expiry*.
    CertRenewalOverdue,
    /// `cert-lifetime-too-long`: a publicly trusted leaf's validity is beyond the limit in force at its `not_before`.
    CertLifetimeTooLong,
    /// `cert-changed`: against the history.
    CertChanged,
    /// `cert-no-sct`: a publicly trusted leaf carries no signed certificate timestamps, embedded or stapled.
    CertNoSct,
    /// `http-error`: a status other than those below that gives no media and no redirect.
    HttpError,
    /// `origin-failing`: subject origin.
    OriginFailing,
    /// `http-gone`: 404 or 410 at the end of the chain.
    HttpGone,
    /// `http-forbidden`: 401, 403, 451 to HEAD and GET alike.
    HttpForbidden,
    /// `blocked-to-bots`: 401, 403, 406, 429 or 503 that shows the marks of a bot wall (challenge headers such as `cf-mitigated`, an HTML challenge page from a CDN).
    BlockedToBots,
    /// `http-rate-limited`: 429, or 503 with Retry-After, after Retry-After was honoured once within the round's limits.
    HttpRateLimited,
    /// `http-timeout`: no complete answer in time, in any phase after connect.
    HttpTimeout,
    /// `http-protocol-error`: the peer broke HTTP.
    HttpProtocolError,
    /// `redirect-loop`: the same URL again with nothing changed.
    RedirectLoop,
    /// `redirect-limit`: the same URL again with nothing changed.
    RedirectLimit,
    /// `redirect-broken`: the same URL again with nothing changed.
    RedirectBroken,
    /// `redirect-downgrade`: https leads to http.
    RedirectDowngrade,
    /// `http-cleartext`: the enclosure starts on http.
    HttpCleartext,
    /// `chain-slow`: time to first audio byte is beyond the policy (default 5 s).
    ChainSlow,
    /// `chain-long`: Safari and Apple's network stack give up after 16, most others after 20.
    ChainLong,
    /// `route-mismatch`: a prefix answers with a redirect to another URL than the one written in its path (after canonical form.
    RouteMismatch,
    /// `media-not-audio`: the bytes are not the audio or video that the feed promises.
    MediaNotAudio,
    /// `media-empty`: nothing came.
    MediaEmpty,
    /// `media-too-small`: the whole file is below 150 KiB and below one minute.
    MediaTooSmall,
    /// `media-corrupt`: it claims a format that its first frames do not hold.
    MediaCorrupt,
    /// `media-truncated`: fewer bytes came than Content-Length or Content-Range promised (`--depth full`), or the body is under 98 % of the bytes, or 95 % of the duration, that its own Xing, Info or `moov` header states (seen at `sample` too when the total length is known).
    MediaTruncated,
    /// `media-type-mismatch`: the feed's type, the response's Content-Type and the bytes disagree in family (mp3, mp4, ogg...).
    MediaTypeMismatch,
    /// `media-length-mismatch`: the feed's length is off by more than 10 % from the real one (dynamic ad insertion makes small differences normal).
    MediaLengthMismatch,
    /// `media-no-range`: a ranged request is answered 200 with everything.
    MediaNoRange,
    /// `media-bad-range`: a 206 with a missing or wrong Content-Range, another start, or multipart for one range.
    MediaBadRange,
    /// `media-no-head`: HEAD is refused while GET works (checked at `--depth full`, or where a directory asks for it).
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
    /// `feed-changed`: against the history.
    FeedChanged,
    /// `feed-stale`: no new episode for three times the show's own rhythm.
    FeedStale,
    /// `feed-moved`: `itunes.
    FeedMoved,
    /// `enclosure-missing`: an item without an enclosure.
    EnclosureMissing,
    /// `enclosure-invalid`: an enclosure whose URL is empty, relative without a base, or of another scheme.
    EnclosureInvalid,
    /// `prefix-down`: a measurement prefix fails, while the URL it wraps works when asked for directly.
    PrefixDown,
    /// `prefix-retired`: the prefix belongs to a service that has closed (Chartable.
    PrefixRetired,
    /// `prefix-miswired`: a prefix answers with something other than a redirect.
    PrefixMiswired,
    /// `publishing-down`: an extra endpoint of the config (a host's CMS or API) fails.
    PublishingDown,
    /// `prober-offline`: every origin failed in DNS or connect and so did the canary hosts.
    ProberOffline,
}

impl Code {
    /// Every code.
    pub const ALL: &[CodeInfo] = &[
        CodeInfo {
            code: Self::DnsNotFound,
            name: "dns-not-found",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::DnsFailed,
            name: "dns-failed",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::ConnectRefused,
            name: "connect-refused",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::ConnectTimeout,
            name: "connect-timeout",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::ConnectFailed,
            name: "connect-failed",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::AddressBlocked,
            name: "address-blocked",
            severity: Severity::Warning,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::DnsSinkholed,
            name: "dns-sinkholed",
            severity: Severity::Warning,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::EdgeDown,
            name: "edge-down",
            severity: Severity::Warning,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::EdgeMismatch,
            name: "edge-mismatch",
            severity: Severity::Warning,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::TlsHandshakeFailed,
            name: "tls-handshake-failed",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::TlsObsolete,
            name: "tls-obsolete",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::CertExpired,
            name: "cert-expired",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::CertIntermediateExpired,
            name: "cert-intermediate-expired",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::CertNotYetValid,
            name: "cert-not-yet-valid",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::CertNameMismatch,
            name: "cert-name-mismatch",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::CertSelfSigned,
            name: "cert-self-signed",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::CertUntrusted,
            name: "cert-untrusted",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::CertChainIncomplete,
            name: "cert-chain-incomplete",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::CertRevoked,
            name: "cert-revoked",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::CertInvalid,
            name: "cert-invalid",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::CertWeak,
            name: "cert-weak",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::CertExpiring,
            name: "cert-expiring",
            severity: Severity::Warning,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::CertRenewalOverdue,
            name: "cert-renewal-overdue",
            severity: Severity::Warning,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::CertLifetimeTooLong,
            name: "cert-lifetime-too-long",
            severity: Severity::Warning,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::CertChanged,
            name: "cert-changed",
            severity: Severity::Info,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::CertNoSct,
            name: "cert-no-sct",
            severity: Severity::Warning,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::HttpError,
            name: "http-error",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::OriginFailing,
            name: "origin-failing",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::HttpGone,
            name: "http-gone",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::HttpForbidden,
            name: "http-forbidden",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::BlockedToBots,
            name: "blocked-to-bots",
            severity: Severity::Warning,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::HttpRateLimited,
            name: "http-rate-limited",
            severity: Severity::Warning,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::HttpTimeout,
            name: "http-timeout",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::HttpProtocolError,
            name: "http-protocol-error",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::RedirectLoop,
            name: "redirect-loop",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::RedirectLimit,
            name: "redirect-limit",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::RedirectBroken,
            name: "redirect-broken",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::RedirectDowngrade,
            name: "redirect-downgrade",
            severity: Severity::Warning,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::HttpCleartext,
            name: "http-cleartext",
            severity: Severity::Info,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::ChainSlow,
            name: "chain-slow",
            severity: Severity::Warning,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::ChainLong,
            name: "chain-long",
            severity: Severity::Info,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::RouteMismatch,
            name: "route-mismatch",
            severity: Severity::Warning,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::MediaNotAudio,
            name: "media-not-audio",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::MediaEmpty,
            name: "media-empty",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::MediaTooSmall,
            name: "media-too-small",
            severity: Severity::Warning,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::MediaCorrupt,
            name: "media-corrupt",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::MediaTruncated,
            name: "media-truncated",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::MediaTypeMismatch,
            name: "media-type-mismatch",
            severity: Severity::Warning,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::MediaLengthMismatch,
            name: "media-length-mismatch",
            severity: Severity::Info,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::MediaNoRange,
            name: "media-no-range",
            severity: Severity::Warning,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::MediaBadRange,
            name: "media-bad-range",
            severity: Severity::Warning,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::MediaNoHead,
            name: "media-no-head",
            severity: Severity::Warning,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::MediaSlow,
            name: "media-slow",
            severity: Severity::Warning,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::MediaNotStreamable,
            name: "media-not-streamable",
            severity: Severity::Info,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::FeedUnreachable,
            name: "feed-unreachable",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::FeedNotAFeed,
            name: "feed-not-a-feed",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::FeedMalformed,
            name: "feed-malformed",
            severity: Severity::Warning,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::FeedTooLarge,
            name: "feed-too-large",
            severity: Severity::Warning,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::FeedEmpty,
            name: "feed-empty",
            severity: Severity::Warning,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::FeedChanged,
            name: "feed-changed",
            severity: Severity::Warning,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::FeedStale,
            name: "feed-stale",
            severity: Severity::Info,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::FeedMoved,
            name: "feed-moved",
            severity: Severity::Info,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::EnclosureMissing,
            name: "enclosure-missing",
            severity: Severity::Info,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::EnclosureInvalid,
            name: "enclosure-invalid",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::PrefixDown,
            name: "prefix-down",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::PrefixRetired,
            name: "prefix-retired",
            severity: Severity::Warning,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::PrefixMiswired,
            name: "prefix-miswired",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::PublishingDown,
            name: "publishing-down",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
        CodeInfo {
            code: Self::ProberOffline,
            name: "prober-offline",
            severity: Severity::Critical,
            subject: SubjectKind::Origin,
            title: "",
            meaning: "",
            advice: "",
        },
    ];

    /// What is known of it.
    pub fn info(self) -> &'static CodeInfo {
        // The table is in the order of the enum; a test holds them together.
        &Self::ALL[self as usize]
    }

    /// Its name in reports.
    pub fn as_str(self) -> &'static str {
        self.info().name
    }

    /// The code of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|info| info.name == name).map(|info| info.code)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (index, info) in Code::ALL.iter().enumerate() {
            assert_eq!(info.code as usize, index, "{}", info.name);
            assert_eq!(Code::named(info.name), Some(info.code));
        }
    }
}
