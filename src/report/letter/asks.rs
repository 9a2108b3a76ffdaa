//! What the party at fault is asked to do, code by code. A test holds that no code is missing.

use crate::judge::Code;

/// A request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask {
    to: To,
    pub(super) text: &'static str,
}

/// Who can do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    /// Whoever runs the host where it happened.
    Host,
    /// Whoever publishes the feed.
    Publisher,
}

impl Ask {
    /// Whether it goes to whoever runs the host where it happened.
    pub(super) fn to_host(&self) -> bool {
        self.to == To::Host
    }
}

/// What is asked, and of whom; nothing where the cause is on this side.
pub(super) fn ask(code: Code) -> Option<Ask> {
    if let Some(text) = of_host(code) {
        return Some(Ask { to: To::Host, text });
    }
    of_publisher(code).map(|text| Ask { to: To::Publisher, text })
}

/// What is asked of whoever runs a host.
fn of_host(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::DnsNotFound => {
            "Please restore the DNS records of this name. If it was given up on purpose, please tell your customers \
             under which name the files are served now, and keep the old name as a redirect for a while."
        }
        Code::DnsFailed => {
            "Please have the name servers of this domain looked at: they do not answer, or answer with an error. Expired \
             DNSSEC signatures and a missing delegation are common causes."
        }
        Code::ConnectRefused | Code::ConnectTimeout | Code::ConnectFailed => {
            "Please bring the service back on this port, and look at the load balancer and firewall in front of it. \
             Should you block networks on purpose, please tell us which, since listeners' apps may be among them."
        }
        Code::EdgeDown => {
            "Please repair the addresses named above, or take them out of the DNS until they work: every listener who \
             is given one of them waits or fails."
        }
        Code::EdgeMismatch => {
            "Please load the current certificate on every address named above. An address that was left out at the last \
             renewal fails when the old certificate ends."
        }
        Code::TlsHandshakeFailed => {
            "Please look at the TLS configuration of this name (certificate and key, SNI, versions and cipher suites); \
             the alert or error above says where it stops."
        }
        Code::TlsObsolete => {
            "Please switch on TLS 1.2 with forward secrecy, better TLS 1.3 as well. Current phones refuse what the server \
             offers now."
        }
        Code::CertExpired => {
            "Please renew the certificate now and load it on every address, then restart or reload what serves it. \
             Afterwards please look at why the renewal did not happen by itself."
        }
        Code::CertIntermediateExpired => {
            "Please install your authority's current intermediate certificate beside your own, on every address."
        }
        Code::CertNotYetValid => {
            "Please go back to the earlier certificate until the new one begins, or have one issued that is valid now."
        }
        Code::CertNameMismatch => {
            "Please add this host name to the certificate, or point the name at the servers that have the right one."
        }
        Code::CertSelfSigned | Code::CertUntrusted => {
            "Please install a certificate of a public authority that phones and computers trust."
        }
        Code::CertChainIncomplete => {
            "Please send the full chain (your authority calls the file fullchain or CA bundle). A browser is no proof \
             here: it fetches the missing certificate, podcast apps do not."
        }
        Code::CertRevoked => {
            "Please install a new certificate, and ask your authority why the present one was withdrawn."
        }
        Code::CertInvalid => {
            "Please replace the certificate by one that clients accept; the evidence says what they refuse."
        }
        Code::CertWeak => {
            "Please replace the certificate by one with a current key and signature (ECDSA P-256 or RSA 2048, SHA-256)."
        }
        Code::CertExpiring | Code::CertRenewalOverdue => {
            "Please see that the renewal happens in time and reaches every address. If it runs by itself, please look at \
             why it has not run yet."
        }
        Code::CertLifetimeTooLong => {
            "Please have a certificate issued within the lifetime that clients allow. Apple's refuse longer ones."
        }
        Code::CertNoSct => {
            "Please have a certificate issued that carries signed certificate timestamps. Apple's and Google's clients \
             refuse one without."
        }
        Code::CertChanged => {
            "Please confirm that the change of certificate is yours. A new issuer or root can cut off older devices."
        }
        Code::HttpError | Code::OriginFailing | Code::HttpTimeout | Code::HttpProtocolError => {
            "Please look at the servers behind this host for the time and the URLs named above, and bring them back to \
             answering with the audio or a redirect to it."
        }
        Code::HttpGone => {
            "Please restore the file at this URL, or let the URL redirect to where the file is now: listeners have it in \
             their apps."
        }
        Code::HttpForbidden => {
            "Please let requests without an account through for these URLs: podcast apps have none. If a signature or \
             a rule by country is meant to be there, please tell us."
        }
        Code::BlockedToBots => {
            "Please let podprobe's requests through (its User-Agent says bot, and it asks rarely), so that outages can be \
             told from this block; and please check that no podcast app is turned away by the same rule."
        }
        Code::HttpRateLimited => {
            "Please raise the limit for requests to podcast files, or tell us what rate is fine for you."
        }
        Code::RedirectLoop | Code::RedirectLimit | Code::RedirectBroken => {
            "Please correct the redirect of the URLs named above, so that it leads to the audio."
        }
        Code::RedirectDowngrade => {
            "Please let the redirect lead to https. Apps that require TLS stop where it leads back to http."
        }
        Code::ChainSlow | Code::MediaSlow => {
            "Please look at why the answer takes so long: listeners wait for playback to start, or it stops in between."
        }
        Code::RouteMismatch => {
            "Please look at why your redirect leads to another URL than the one written in the link. If the domain \
             or the service has changed hands, please say so."
        }
        Code::PrefixDown | Code::PrefixMiswired => {
            "Please bring the redirect back. Until then shows have to take your prefix out of their episodes' URLs for \
             their listeners to reach the audio."
        }
        Code::MediaNotAudio | Code::MediaEmpty | Code::MediaCorrupt | Code::MediaTruncated => {
            "Please look at the files behind the URLs named above: what is served there is not the audio, or not all of \
             it. An error page must not be answered with status 200."
        }
        Code::MediaNoRange | Code::MediaBadRange | Code::MediaNoHead => {
            "Please answer HEAD and byte ranges for audio files as RFC 9110 (9.3.2 and 14) says. Seeking and resuming \
             depend on them, and Apple Podcasts requires them."
        }
        Code::PublishingDown => "Please bring the publishing service back: customers cannot release new episodes.",
        Code::FeedUnreachable | Code::FeedNotAFeed => {
            "Please see that the feed's URL answers with the feed again. Apps cannot find new episodes without it."
        }
        _ => return None,
    })
}

/// What is asked of whoever publishes a feed; the causes on this side ask nobody.
fn of_publisher(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::HttpCleartext => "Please write the episodes' URLs with https where their host serves it.",
        Code::ChainLong => {
            "Please take measurement prefixes that are not needed out of the episodes' URLs: each adds a redirect, and \
             some apps give up."
        }
        Code::MediaTooSmall => "Please check that the episode's file is the one that was meant to be published.",
        Code::MediaTypeMismatch | Code::MediaLengthMismatch => {
            "Please correct the type and the length of the enclosures in the feed, so that they describe the file."
        }
        Code::MediaNotStreamable => {
            "Please write the MP4 with its index at the front (fast start), so that playback can start at once."
        }
        Code::FeedMalformed => {
            "Please correct the feed's XML at the place named above; some apps refuse the whole feed."
        }
        Code::FeedTooLarge => "Please make the feed smaller, for instance by paging it (RFC 5005) or shortening notes.",
        Code::FeedEmpty => "Please check that the feed is meant to hold no episode.",
        Code::FeedChanged => "Please check that the feed is still the show's own: it changed beyond what is usual.",
        Code::FeedStale => "Please check that new episodes reach the feed.",
        Code::FeedMoved => "Please tell the directories the feed's new address, and keep the old one as a redirect.",
        Code::EnclosureMissing | Code::EnclosureInvalid => {
            "Please give the episode an enclosure with an absolute http or https URL."
        }
        Code::PrefixRetired => {
            "Please take this prefix out of the episodes' URLs: its service has closed, and nobody promises that it goes \
             on redirecting."
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_is_asked_for_every_code_but_those_of_this_side() {
        let here = [Code::AddressBlocked, Code::DnsSinkholed, Code::ProberOffline];
        for info in Code::ALL {
            assert_eq!(ask(info.code).is_none(), here.contains(&info.code), "{}", info.name);
            assert!(of_host(info.code).is_none() || of_publisher(info.code).is_none(), "{}", info.name);
        }
    }
}
