//! Words for TLS and certificates.

words! { TLS_HANDSHAKE_FAILED
    title: "No secure connection can be agreed with the server",
    meaning: "The server answers, but podcast apps cannot set up encryption (a TLS session) with it, so nothing can be \
              downloaded over https.",
    fixer: "The host must repair its TLS configuration; the alert or error in the evidence tells its engineers \
            where.",
    meanwhile: "Take a measurement prefix that fails this way out of your episode URLs meanwhile.",
    to: Host,
    letter: "No TLS session can be agreed with {host}, so podcast apps cannot download over https. Please repair its \
             TLS configuration; the error is below.",
}

words! { TLS_OBSOLETE
    title: "The server's encryption is too old for apps",
    meaning: "The server speaks only versions or key exchanges that current phones and apps refuse (TLS 1.1 or older, \
              or RSA key exchange). Listeners with current devices cannot download.",
    fixer: "The host must switch on TLS 1.2 with forward secrecy, better TLS 1.3 as well.",
    meanwhile: "Tell its support; a host that cannot is one to move away from.",
    to: Host,
    letter: "{host} offers only TLS versions or key exchanges that current phones refuse. Please switch on TLS 1.2 \
             with forward secrecy (ECDHE), better TLS 1.3 as well.",
}

words! { CERT_EXPIRED
    title: "The host's certificate has run out",
    meaning: "The certificate by which the host proves who it is ended at the date shown. Podcast apps refuse the \
              connection, and nothing behind this host can be downloaded.",
    fixer: "The host must renew the certificate and load it on every server: minutes of work for its engineers, so \
            call rather than write.",
    meanwhile: "Take a measurement prefix that fails this way out of your episode URLs meanwhile.",
    to: Host,
    letter: "The certificate of {host} has run out, and podcast apps refuse the connection: nothing behind it can be \
             downloaded. Please renew it now and load it on every server.",
}

words! { CERT_INTERMEDIATE_EXPIRED
    title: "A certificate behind the host's one has run out",
    meaning: "The host's own certificate is in date, but the issuer's certificate that it sends along (an \
              intermediate) has ended, so apps cannot tie it to an authority they trust.",
    fixer: "The host must install its issuer's current intermediate certificate beside its own; no new certificate \
            of its own is needed.",
    meanwhile: "Tell its support, and take a measurement prefix that fails this way out of your episode URLs \
                meanwhile.",
    to: Host,
    letter: "{host} sends an intermediate certificate that has run out, so podcast apps cannot verify it. Please \
             install your issuer's current intermediate; your own certificate can stay.",
}

words! { CERT_NOT_YET_VALID
    title: "The host's certificate is not valid yet",
    meaning: "The certificate begins at a time that is still to come, and apps refuse it until then.",
    fixer: "The host must go back to its earlier certificate until the new one begins.",
    meanwhile: "If everything seems to be not valid yet, check this machine's clock.",
    to: Host,
    letter: "The certificate of {host} begins in the future, and podcast apps refuse it until then. Please put the \
             earlier certificate back until the new one begins.",
}

words! { CERT_NAME_MISMATCH
    title: "The certificate is for another name",
    meaning: "The server shows a certificate that does not list this host's name, so apps must assume that they talk \
              to somebody else, and refuse. A CDN or a new domain that is not fully set up often looks like this.",
    fixer: "The host must add this name to its certificate, or point the name at the servers that have the right \
            one.",
    meanwhile: "If it is your own domain, finish its https set-up with your hosting company; take a measurement \
                prefix that fails this way out of your episode URLs.",
    to: Host,
    letter: "The servers behind {host} show a certificate that does not list this name, so podcast apps refuse the \
             connection. Please add the name to the certificate, or point it at the right servers.",
}

words! { CERT_SELF_SIGNED
    title: "The host vouches for itself",
    meaning: "The certificate was signed by the host itself and not by an authority that devices know, so apps refuse \
              it. Usually a server's factory default shows through.",
    fixer: "The host must install a certificate of a public authority; Let's Encrypt gives them for free.",
    meanwhile: "Tell its support, and take a measurement prefix that fails this way out of your episode URLs \
                meanwhile.",
    to: Host,
    letter: "{host} shows a certificate that it signed itself, so podcast apps refuse the connection. Please install \
             one of a public authority.",
}

words! { CERT_UNTRUSTED
    title: "The certificate's issuer is not trusted by devices",
    meaning: "The certificate leads to an authority that phones and computers do not know or no longer trust, so apps \
              refuse it.",
    fixer: "The host must get a certificate of a public authority.",
    meanwhile: "If this is your own company's authority, name it with --ca-file; listeners outside still cannot \
                download.",
    to: Host,
    letter: "The certificate of {host} leads to an authority that phones and computers do not trust, so podcast apps \
             refuse the connection. Please install one of a public authority.",
}

words! { CERT_CHAIN_INCOMPLETE
    title: "The server forgets to send a certificate",
    meaning: "Between the host's certificate and the authority that devices trust, one certificate (an intermediate) \
              is missing from what the server sends. Browsers fetch it by themselves and show nothing wrong; podcast \
              apps do not, and fail.",
    fixer: "The host must send the full chain (its authority calls the file fullchain or CA bundle).",
    meanwhile: "Tell its support that a browser is no proof here; take a measurement prefix that fails this way out \
                of your episode URLs meanwhile.",
    to: Host,
    letter: "{host} does not send the intermediate certificate between its own and its root. Browsers fetch it by \
             themselves, podcast apps do not and fail. Please install the full chain (fullchain.pem, CA bundle).",
}

words! { CERT_REVOKED
    title: "The host's certificate has been withdrawn",
    meaning: "The authority that issued the certificate has revoked it before its end, for instance because its key \
              leaked. Apps that check this refuse the connection already.",
    fixer: "The host must install a new certificate at once and find out from its authority why the old one was \
            revoked.",
    meanwhile: "Call its support; take a measurement prefix that fails this way out of your episode URLs meanwhile.",
    to: Host,
    letter: "The authority has revoked the certificate of {host}, and apps that check refuse the connection. Please \
             install a new one at once, and ask your authority why it was revoked.",
}

words! { CERT_INVALID
    title: "The certificate is faulty",
    meaning: "Something about the certificate breaks the rules (the evidence says what: a bad signature, a wrong \
              purpose, an unreadable file), and all or some apps refuse it.",
    fixer: "The host must get a new certificate issued, in the form that public authorities use today.",
    meanwhile: "Send its support the evidence; take a measurement prefix that fails this way out of your episode \
                URLs meanwhile.",
    to: Host,
    letter: "The certificate of {host} breaks the rules for public certificates, and apps refuse it. Please have a \
             new one issued; the fault is below.",
}

words! { CERT_WEAK
    title: "The certificate uses broken cryptography",
    meaning: "Its key is too short (RSA below 2048 bits) or it is signed by a method that can be forged (SHA-1, MD5). \
              Current devices refuse it.",
    fixer: "The host must get a new certificate with a current key and signature; every public authority issues \
            nothing else today.",
    meanwhile: "Send its support the evidence; take a measurement prefix that fails this way out of your episode \
                URLs meanwhile.",
    to: Host,
    letter: "The certificate of {host} uses a key or a signature that current devices refuse. Please have a new one \
             issued with a current key (RSA 2048 or ECDSA P-256) and SHA-256.",
}

words! { CERT_EXPIRING
    title: "A certificate is about to run out",
    meaning: "Less is left of the certificate's life than a working renewal leaves. If nobody renews it before the \
              date shown, no app can download through this host any more.",
    fixer: "The host must renew the certificate and load it on every server.",
    meanwhile: "Write to its support now and name the date; ask whether the automatic renewal works.",
    to: Host,
    letter: "A certificate of {host} is about to run out. Please renew it before that, load it on every server, and \
             check that the automatic renewal works: after the date below no podcast app can download through it.",
}

words! { CERT_RENEWAL_OVERDUE
    title: "The certificate should have been renewed by now",
    meaning: "The authority's suggested time for the renewal has passed and the old certificate is still in use. Its \
              automatic renewal has probably stopped working.",
    fixer: "The host should look at its renewal job while there is time.",
    meanwhile: "Write to its support and name the date at which the certificate ends.",
    to: Host,
    letter: "The authority's suggested time to renew the certificate of {host} has passed, and the old one is still \
             in use. Please look at the renewal job while there is time.",
}

words! { CERT_LIFETIME_TOO_LONG
    title: "The certificate is valid for longer than allowed",
    meaning: "Public certificates may live only so long (the limit depends on the date of issue). Apple's devices and \
              others refuse those that exceed it.",
    fixer: "The host must replace it by a certificate within the limit shown in the evidence.",
    meanwhile: "Write to its support; listeners on Apple's devices are the first to be cut off.",
    to: Host,
    letter: "The certificate of {host} is valid for longer than the rules for public certificates allow, and Apple's \
             devices refuse such ones. Please replace it by one within the limit.",
}

words! { CERT_CHANGED
    title: "The host shows another certificate than before",
    meaning: "The certificate was replaced since the last round. That is normal at a renewal; a new issuer or root can \
              cut off old devices although everything is valid.",
    fixer: "Nobody has to act if the host renewed.",
    meanwhile: "If issuer or root changed, ask the host whether old phones were considered.",
    to: Host,
    letter: "{host} shows another certificate than before, from another issuer or root. Was that intended, and were \
             old phones considered, which may not know the new root?",
}

words! { CERT_NO_SCT
    title: "The certificate is missing its public log receipts",
    meaning: "Public certificates must be written to public logs and carry the logs' receipts (SCTs). Without enough \
              of them, from at least two operators, Apple's and Chrome's apps refuse the connection. A server can \
              also send them in the handshake, where podprobe cannot look; few do.",
    fixer: "The host must have the certificate issued again by its authority, with timestamps embedded.",
    meanwhile: "Write to its support; listeners on Apple's devices and in Chrome are the ones cut off.",
    to: Host,
    letter: "The certificate of {host} does not carry enough signed certificate timestamps, without which Apple's \
             and Chrome's apps refuse it. Unless your servers send them in the TLS handshake, please have it issued \
             again with timestamps embedded.",
}
