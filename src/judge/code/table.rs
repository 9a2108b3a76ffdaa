//! One row a code: name, usual severity and subject, words.

use super::{Code, CodeInfo, words};
use crate::judge::{Severity, SubjectKind};

/// Makes [`Code::ALL`] and [`Code::info`] of the rows; the compiler holds that no code is missing.
macro_rules! table {
    ($($code:ident $name:literal $severity:ident $subject:ident $words:path;)*) => {
        impl Code {
            /// Every code, in the order of the findings page.
            pub const ALL: &[CodeInfo] = &[$(row(
                Code::$code, $name, Severity::$severity, SubjectKind::$subject, &$words,
            )),*];

            /// What is known of it.
            pub fn info(self) -> &'static CodeInfo {
                match self {$(
                    Self::$code => {
                        const INFO: &CodeInfo =
                            &row(Code::$code, $name, Severity::$severity, SubjectKind::$subject, &$words);
                        INFO
                    }
                )*}
            }
        }
    };
}

const fn row(
    code: Code,
    name: &'static str,
    severity: Severity,
    subject: SubjectKind,
    words: &words::Words,
) -> CodeInfo {
    CodeInfo {
        code,
        name,
        severity,
        subject,
        title: words.title,
        meaning: words.meaning,
        fixer: words.fixer,
        meanwhile: words.meanwhile,
        advice: words.advice,
        letter: words.letter,
    }
}

table! {
    DnsNotFound "dns-not-found" Critical Origin words::network::DNS_NOT_FOUND;
    DnsFailed "dns-failed" Critical Origin words::network::DNS_FAILED;
    ConnectRefused "connect-refused" Critical Origin words::network::CONNECT_REFUSED;
    ConnectTimeout "connect-timeout" Critical Origin words::network::CONNECT_TIMEOUT;
    ConnectFailed "connect-failed" Critical Origin words::network::CONNECT_FAILED;
    AddressBlocked "address-blocked" Warning Origin words::network::ADDRESS_BLOCKED;
    DnsSinkholed "dns-sinkholed" Warning Origin words::network::DNS_SINKHOLED;
    EdgeDown "edge-down" Warning Origin words::network::EDGE_DOWN;
    EdgeMismatch "edge-mismatch" Warning Origin words::network::EDGE_MISMATCH;
    TlsHandshakeFailed "tls-handshake-failed" Critical Origin words::tls::TLS_HANDSHAKE_FAILED;
    TlsObsolete "tls-obsolete" Critical Origin words::tls::TLS_OBSOLETE;
    CertExpired "cert-expired" Critical Origin words::tls::CERT_EXPIRED;
    CertIntermediateExpired "cert-intermediate-expired" Critical Origin words::tls::CERT_INTERMEDIATE_EXPIRED;
    CertNotYetValid "cert-not-yet-valid" Critical Origin words::tls::CERT_NOT_YET_VALID;
    CertNameMismatch "cert-name-mismatch" Critical Origin words::tls::CERT_NAME_MISMATCH;
    CertSelfSigned "cert-self-signed" Critical Origin words::tls::CERT_SELF_SIGNED;
    CertUntrusted "cert-untrusted" Critical Origin words::tls::CERT_UNTRUSTED;
    CertChainIncomplete "cert-chain-incomplete" Critical Origin words::tls::CERT_CHAIN_INCOMPLETE;
    CertRevoked "cert-revoked" Critical Origin words::tls::CERT_REVOKED;
    CertInvalid "cert-invalid" Critical Origin words::tls::CERT_INVALID;
    CertWeak "cert-weak" Critical Origin words::tls::CERT_WEAK;
    CertExpiring "cert-expiring" Warning Origin words::tls::CERT_EXPIRING;
    CertRenewalOverdue "cert-renewal-overdue" Warning Origin words::tls::CERT_RENEWAL_OVERDUE;
    CertLifetimeTooLong "cert-lifetime-too-long" Warning Origin words::tls::CERT_LIFETIME_TOO_LONG;
    CertChanged "cert-changed" Info Origin words::tls::CERT_CHANGED;
    CertNoSct "cert-no-sct" Warning Origin words::tls::CERT_NO_SCT;
    HttpError "http-error" Critical Enclosure words::http::HTTP_ERROR;
    OriginFailing "origin-failing" Critical Origin words::http::ORIGIN_FAILING;
    HttpGone "http-gone" Critical Enclosure words::http::HTTP_GONE;
    HttpForbidden "http-forbidden" Critical Enclosure words::http::HTTP_FORBIDDEN;
    BlockedToBots "blocked-to-bots" Warning Enclosure words::http::BLOCKED_TO_BOTS;
    HttpRateLimited "http-rate-limited" Warning Enclosure words::http::HTTP_RATE_LIMITED;
    HttpTimeout "http-timeout" Critical Enclosure words::http::HTTP_TIMEOUT;
    HttpProtocolError "http-protocol-error" Critical Enclosure words::http::HTTP_PROTOCOL_ERROR;
    RedirectLoop "redirect-loop" Critical Enclosure words::http::REDIRECT_LOOP;
    RedirectLimit "redirect-limit" Critical Enclosure words::http::REDIRECT_LIMIT;
    RedirectBroken "redirect-broken" Critical Enclosure words::http::REDIRECT_BROKEN;
    RedirectDowngrade "redirect-downgrade" Warning Enclosure words::http::REDIRECT_DOWNGRADE;
    HttpCleartext "http-cleartext" Info Enclosure words::http::HTTP_CLEARTEXT;
    ChainSlow "chain-slow" Warning Enclosure words::http::CHAIN_SLOW;
    ChainLong "chain-long" Info Enclosure words::http::CHAIN_LONG;
    RouteMismatch "route-mismatch" Warning Enclosure words::http::ROUTE_MISMATCH;
    MediaNotAudio "media-not-audio" Critical Enclosure words::media::MEDIA_NOT_AUDIO;
    MediaEmpty "media-empty" Critical Enclosure words::media::MEDIA_EMPTY;
    MediaTooSmall "media-too-small" Warning Enclosure words::media::MEDIA_TOO_SMALL;
    MediaCorrupt "media-corrupt" Critical Enclosure words::media::MEDIA_CORRUPT;
    MediaTruncated "media-truncated" Critical Enclosure words::media::MEDIA_TRUNCATED;
    MediaTypeMismatch "media-type-mismatch" Warning Enclosure words::media::MEDIA_TYPE_MISMATCH;
    MediaLengthMismatch "media-length-mismatch" Info Enclosure words::media::MEDIA_LENGTH_MISMATCH;
    MediaNoRange "media-no-range" Warning Enclosure words::media::MEDIA_NO_RANGE;
    MediaBadRange "media-bad-range" Warning Enclosure words::media::MEDIA_BAD_RANGE;
    MediaNoHead "media-no-head" Warning Enclosure words::media::MEDIA_NO_HEAD;
    MediaSlow "media-slow" Warning Enclosure words::media::MEDIA_SLOW;
    MediaNotStreamable "media-not-streamable" Info Enclosure words::media::MEDIA_NOT_STREAMABLE;
    FeedUnreachable "feed-unreachable" Critical Feed words::feed::FEED_UNREACHABLE;
    FeedNotAFeed "feed-not-a-feed" Critical Feed words::feed::FEED_NOT_A_FEED;
    FeedMalformed "feed-malformed" Warning Feed words::feed::FEED_MALFORMED;
    FeedTooLarge "feed-too-large" Warning Feed words::feed::FEED_TOO_LARGE;
    FeedEmpty "feed-empty" Warning Feed words::feed::FEED_EMPTY;
    FeedChanged "feed-changed" Warning Feed words::feed::FEED_CHANGED;
    FeedStale "feed-stale" Info Feed words::feed::FEED_STALE;
    FeedMoved "feed-moved" Info Feed words::feed::FEED_MOVED;
    EnclosureMissing "enclosure-missing" Info Episode words::feed::ENCLOSURE_MISSING;
    EnclosureInvalid "enclosure-invalid" Critical Enclosure words::feed::ENCLOSURE_INVALID;
    PrefixDown "prefix-down" Critical Origin words::feed::PREFIX_DOWN;
    PrefixRetired "prefix-retired" Warning Origin words::feed::PREFIX_RETIRED;
    PrefixMiswired "prefix-miswired" Critical Origin words::feed::PREFIX_MISWIRED;
    PublishingDown "publishing-down" Critical Origin words::feed::PUBLISHING_DOWN;
    ProberOffline "prober-offline" Warning Origin words::feed::PROBER_OFFLINE;
}
