//! What kind of news each code is: how it is confirmed, and what has to be looked at to say that it
//! is over. One match over all codes, so that a new one cannot be forgotten.

use crate::incident::Covered;
use crate::judge::Code;

/// Codes that are confirmed and recover alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// What a certificate itself proves.
    Certificate,
    /// Names, connections and handshakes.
    Network,
    /// Statuses, redirects, waits; prefixes and origins that answer wrongly.
    Answer,
    /// The bytes at the end.
    Media,
    /// The feed document.
    Feed,
    /// What differs from the history: seen once, it is so.
    Change,
    /// Endpoints of the configuration.
    Publishing,
    /// The vantage's own network.
    Prober,
}

impl Class {
    /// Whether one look at one vantage proves it, so that no quorum is asked for.
    pub fn is_proof(self) -> bool {
        match self {
            Self::Certificate | Self::Change | Self::Prober => true,
            Self::Network | Self::Answer | Self::Media | Self::Feed | Self::Publishing => false,
        }
    }
}

/// What a round has to look at before it can say that a finding is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// A try of every address of the origin ([`Covered::origins`]).
    Address,
    /// The certificates that the origin shows ([`Covered::served`]).
    Handshake,
    /// A chain walked through the origin ([`Covered::walked`]).
    Walk,
    /// The chain itself, an enclosure's or a feed's own ([`Covered::enclosures`], [`Covered::feeds`]).
    Chain,
    /// The feed document ([`Covered::feeds`]).
    Feed,
    /// The endpoint ([`Covered::endpoints`]).
    Endpoint,
    /// Anything at all that came through.
    Prober,
}

impl Coverage {
    /// Whether a round from a vantage looked at a member that is known by such a look.
    pub fn has(self, covered: &Covered, vantage: &str, member: &str) -> bool {
        match self {
            Self::Address => covered.origins.contains(member),
            Self::Handshake => covered.served.contains(member),
            Self::Walk => covered.walked.contains(member),
            Self::Chain => covered.enclosures.contains(member) || covered.feeds.contains(member),
            // An item is named by its feed, `#`, and its own name, either of which may hold more of them.
            Self::Feed => {
                let feeds = member.match_indices('#').filter_map(|(at, _)| member.get(..at));
                std::iter::once(member).chain(feeds).any(|feed| covered.feeds.contains(feed))
            }
            Self::Endpoint => covered.endpoints.contains(member),
            Self::Prober => member == vantage,
        }
    }
}

/// What has to be looked at for a code.
pub fn coverage(code: Code) -> Coverage {
    nature(code).1
}

/// How a code is confirmed.
pub(super) fn class(code: Code) -> Class {
    nature(code).0
}

/// Whether it is about the dates of a certificate: one incident from notice to renewal.
pub(super) fn is_date(code: Code) -> bool {
    is_end(code) || matches!(code, Code::CertExpiring | Code::CertRenewalOverdue)
}

/// Whether it says that a certificate has run out.
pub(super) fn is_end(code: Code) -> bool {
    matches!(code, Code::CertExpired | Code::CertIntermediateExpired)
}

fn nature(code: Code) -> (Class, Coverage) {
    match code {
        Code::DnsNotFound
        | Code::DnsFailed
        | Code::ConnectRefused
        | Code::ConnectTimeout
        | Code::ConnectFailed
        | Code::AddressBlocked
        | Code::DnsSinkholed
        | Code::EdgeDown
        // A renewal that rolls out over a host's addresses looks like this for some minutes.
        | Code::EdgeMismatch => (Class::Network, Coverage::Address),
        Code::TlsHandshakeFailed | Code::TlsObsolete => (Class::Network, Coverage::Handshake),
        Code::CertExpired
        | Code::CertIntermediateExpired
        | Code::CertNotYetValid
        | Code::CertNameMismatch
        | Code::CertSelfSigned
        | Code::CertUntrusted
        | Code::CertChainIncomplete
        | Code::CertRevoked
        | Code::CertInvalid
        | Code::CertWeak
        | Code::CertExpiring
        | Code::CertRenewalOverdue
        | Code::CertLifetimeTooLong
        | Code::CertNoSct => (Class::Certificate, Coverage::Handshake),
        Code::CertChanged => (Class::Change, Coverage::Handshake),
        Code::OriginFailing | Code::PrefixDown | Code::PrefixRetired | Code::PrefixMiswired => {
            (Class::Answer, Coverage::Walk)
        }
        Code::HttpError
        | Code::HttpGone
        | Code::HttpForbidden
        | Code::BlockedToBots
        | Code::HttpRateLimited
        | Code::HttpTimeout
        | Code::HttpProtocolError
        | Code::RedirectLoop
        | Code::RedirectLimit
        | Code::RedirectBroken
        | Code::RedirectDowngrade
        | Code::HttpCleartext
        | Code::ChainSlow
        | Code::ChainLong
        | Code::RouteMismatch => (Class::Answer, Coverage::Chain),
        Code::MediaNotAudio
        | Code::MediaEmpty
        | Code::MediaTooSmall
        | Code::MediaCorrupt
        | Code::MediaTruncated
        | Code::MediaTypeMismatch
        | Code::MediaLengthMismatch
        | Code::MediaNoRange
        | Code::MediaBadRange
        | Code::MediaNoHead
        | Code::MediaSlow
        | Code::MediaNotStreamable => (Class::Media, Coverage::Chain),
        // An enclosure that cannot be requested is mended by editing the feed.
        Code::FeedUnreachable
        | Code::FeedNotAFeed
        | Code::FeedMalformed
        | Code::FeedTooLarge
        | Code::FeedEmpty
        | Code::FeedStale
        | Code::FeedMoved
        | Code::EnclosureMissing
        | Code::EnclosureInvalid => (Class::Feed, Coverage::Feed),
        Code::FeedChanged => (Class::Change, Coverage::Feed),
        Code::PublishingDown => (Class::Publishing, Coverage::Endpoint),
        Code::ProberOffline => (Class::Prober, Coverage::Prober),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_that_was_read_covers_its_items() {
        let mut covered = Covered::default();
        covered.feeds.insert("https://show.example/feed#x".to_owned());
        let covers = |member| coverage(Code::EnclosureMissing).has(&covered, "local", member);
        assert!(covers("https://show.example/feed#x"));
        assert!(covers("https://show.example/feed#x#episode 1") && covers("https://show.example/feed#x#a#b"));
        assert!(!covers("https://show.example/feed#y") && !covers("https://other.example/feed#x"));
    }
}
