//! Words for TLS and certificates.

use super::Words;

pub(crate) const TLS_HANDSHAKE_FAILED: Words = Words {
    title: "No secure connection can be agreed with the server",
    meaning: "The server answers, but podcast apps cannot set up encryption (a TLS session) with it, so nothing can be \
              downloaded over https.",
    advice: "The host must repair its TLS configuration; the alert or error in the evidence tells its engineers where. \
             Take a measurement prefix that fails this way out of your episode URLs meanwhile.",
};

pub(crate) const TLS_OBSOLETE: Words = Words {
    title: "The server's encryption is too old for apps",
    meaning: "The server speaks only versions or key exchanges that current phones and apps refuse (TLS 1.1 or older, \
              or RSA key exchange). Listeners with current devices cannot download.",
    advice: "The host must switch on TLS 1.2 with forward secrecy, better TLS 1.3 as well. Tell its support; a host \
             that cannot is one to move away from.",
};

pub(crate) const CERT_EXPIRED: Words = Words {
    title: "The host's certificate has run out",
    meaning: "The certificate by which the host proves who it is ended at the date shown. Podcast apps refuse the \
              connection, and nothing behind this host can be downloaded.",
    advice: "The host must renew the certificate and load it on every server: minutes of work for its engineers, so \
             call rather than write. Take a measurement prefix that fails this way out of your episode URLs meanwhile.",
};

pub(crate) const CERT_INTERMEDIATE_EXPIRED: Words = Words {
    title: "A certificate behind the host's one has run out",
    meaning: "The host's own certificate is in date, but the issuer's certificate that it sends along (an \
              intermediate) has ended, so apps cannot tie it to an authority they trust.",
    advice: "The host must install its issuer's current intermediate certificate beside its own. Tell its support; no \
             new certificate of its own is needed.",
};

pub(crate) const CERT_NOT_YET_VALID: Words = Words {
    title: "The host's certificate is not valid yet",
    meaning: "The certificate begins at a time that is still to come, and apps refuse it until then.",
    advice: "The host must go back to its earlier certificate until the new one begins. If everything seems to be not \
             valid yet, check this machine's clock.",
};

pub(crate) const CERT_NAME_MISMATCH: Words = Words {
    title: "The certificate is for another name",
    meaning: "The server shows a certificate that does not list this host's name, so apps must assume that they talk \
              to somebody else, and refuse. A CDN or a new domain that is not fully set up often looks like this.",
    advice: "The host must add this name to its certificate, or point the name at the servers that have the right one. \
             If it is your own domain, finish its https set-up with your hosting company.",
};

pub(crate) const CERT_SELF_SIGNED: Words = Words {
    title: "The host vouches for itself",
    meaning: "The certificate was signed by the host itself and not by an authority that devices know, so apps refuse \
              it. Usually a server's factory default shows through.",
    advice: "The host must install a certificate of a public authority; Let's Encrypt gives them for free.",
};

pub(crate) const CERT_UNTRUSTED: Words = Words {
    title: "The certificate's issuer is not trusted by devices",
    meaning: "The certificate leads to an authority that phones and computers do not know or no longer trust, so apps \
              refuse it.",
    advice: "The host must get a certificate of a public authority. If this is your own company's authority, name it \
             with --ca-file; listeners outside still cannot download.",
};

pub(crate) const CERT_CHAIN_INCOMPLETE: Words = Words {
    title: "The server forgets to send a certificate",
    meaning: "Between the host's certificate and the authority that devices trust, one certificate (an intermediate) \
              is missing from what the server sends. Browsers fetch it by themselves and show nothing wrong; podcast \
              apps do not, and fail.",
    advice: "The host must send the full chain (its authority calls the file fullchain or CA bundle). Tell its \
             support that a browser is no proof here.",
};

pub(crate) const CERT_REVOKED: Words = Words {
    title: "The host's certificate has been withdrawn",
    meaning: "The authority that issued the certificate has revoked it before its end, for instance because its key \
              leaked. Apps that check this refuse the connection already.",
    advice: "The host must install a new certificate at once and find out from its authority why the old one was \
             revoked.",
};

pub(crate) const CERT_INVALID: Words = Words {
    title: "The certificate is faulty",
    meaning: "Something about the certificate breaks the rules (the evidence says what: a bad signature, a wrong \
              purpose, an unreadable file), and all or some apps refuse it.",
    advice: "The host must get a new certificate issued, in the form that public authorities use today.",
};

pub(crate) const CERT_WEAK: Words = Words {
    title: "The certificate uses broken cryptography",
    meaning: "Its key is too short (RSA below 2048 bits) or it is signed by a method that can be forged (SHA-1, MD5). \
              Current devices refuse it.",
    advice: "The host must get a new certificate with a current key and signature; every public authority issues \
             nothing else today.",
};

pub(crate) const CERT_EXPIRING: Words = Words {
    title: "A certificate is about to run out",
    meaning: "Less is left of the certificate's life than a working renewal leaves. If nobody renews it before the \
              date shown, no app can download through this host any more.",
    advice: "The host must renew the certificate and load it on every server. Write to its support now and name the \
             date; ask whether the automatic renewal works.",
};

pub(crate) const CERT_RENEWAL_OVERDUE: Words = Words {
    title: "The certificate should have been renewed by now",
    meaning: "The authority's suggested time for the renewal has passed and the old certificate is still in use. Its \
              automatic renewal has probably stopped working.",
    advice: "The host should look at its renewal job while there is time. Write to its support and name the date at \
             which the certificate ends.",
};

pub(crate) const CERT_LIFETIME_TOO_LONG: Words = Words {
    title: "The certificate is valid for longer than allowed",
    meaning: "Public certificates may live only so long (the limit depends on the date of issue). Apple's devices and \
              others refuse those that exceed it.",
    advice: "The host must replace it by a certificate within the limit shown in the evidence.",
};

pub(crate) const CERT_CHANGED: Words = Words {
    title: "The host shows another certificate than before",
    meaning: "The certificate was replaced since the last round. That is normal at a renewal; a new issuer or root can \
              cut off old devices although everything is valid.",
    advice: "Nothing, if the host renewed. If issuer or root changed, ask the host whether old phones were considered.",
};

pub(crate) const CERT_NO_SCT: Words = Words {
    title: "The certificate is missing its public log receipts",
    meaning: "Public certificates must be written to public logs and carry the logs' receipts (SCTs). Without enough \
              of them, Apple's and Chrome's apps refuse the connection.",
    advice: "The host must have the certificate issued again by its authority, with timestamps embedded.",
};
