//! The hand-made ClientHello (RFC 5246 7.4.1.2, RFC 4346 7.4.1.2) and the names of what it offers.

use super::Offer;
use crate::link::Host;

/// TLS 1.1's number on the wire.
const TLS11: [u8; 2] = [3, 2];
/// TLS 1.2's number on the wire.
const TLS12: [u8; 2] = [3, 3];

/// Suites with RSA or finite-field Diffie-Hellman key exchange, by IANA number and name, in the
/// order offered. Those that exist in TLS 1.2 alone are the first ten.
const SUITES: &[(u16, &str)] = &[
    (0x009d, "TLS_RSA_WITH_AES_256_GCM_SHA384"),
    (0x009c, "TLS_RSA_WITH_AES_128_GCM_SHA256"),
    (0x003d, "TLS_RSA_WITH_AES_256_CBC_SHA256"),
    (0x003c, "TLS_RSA_WITH_AES_128_CBC_SHA256"),
    (0x009f, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0x006b, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"),
    (0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0x006a, "TLS_DHE_DSS_WITH_AES_256_CBC_SHA256"),
    (0x0040, "TLS_DHE_DSS_WITH_AES_128_CBC_SHA256"),
    (0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA"),
    (0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA"),
    (0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"),
    (0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"),
    (0x0038, "TLS_DHE_DSS_WITH_AES_256_CBC_SHA"),
    (0x0032, "TLS_DHE_DSS_WITH_AES_128_CBC_SHA"),
    (0x0084, "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA"),
    (0x0041, "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA"),
    (0x0016, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0013, "TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA"),
    (0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0005, "TLS_RSA_WITH_RC4_128_SHA"),
    (0x0004, "TLS_RSA_WITH_RC4_128_MD5"),
];

/// How many of [`SUITES`] need TLS 1.2.
const TLS12_SUITES: usize = 10;

/// Suites with elliptic-curve key exchange that TLS 1.0 and 1.1 have (RFC 8422 6). Current clients
/// refuse these versions whatever the suite; they are not offered at TLS 1.2, where apps still
/// take some of them.
const EC_SUITES: &[(u16, &str)] = &[
    (0xc00a, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
    (0xc009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
    (0xc014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
    (0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
    (0xc008, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA"),
    (0xc012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0xc007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA"),
    (0xc011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA"),
];

/// Says that secure renegotiation is known (RFC 5746 3.3); some servers insist.
const RENEGOTIATION_SCSV: u16 = 0x00ff;

/// The suites of an offer, in order.
fn suites(offer: Offer) -> impl Iterator<Item = (u16, &'static str)> {
    let (ec, skipped) = match offer {
        Offer::Tls11 => (EC_SUITES, TLS12_SUITES),
        Offer::RsaKeyExchange => (&[][..], 0),
    };
    ec.iter().chain(SUITES.iter().skip(skipped)).copied()
}

/// The IANA name of a suite that was offered; `None` for one that was not.
pub(super) fn suite_name(offer: Offer, number: u16) -> Option<&'static str> {
    suites(offer).find(|(offered, _)| *offered == number).map(|(_, name)| name)
}

/// Whole records, ready for the wire. All lengths fit: a host is at most 255 bytes in SNI.
pub(super) fn client_hello(host: &Host, offer: Offer, random: [u8; 32]) -> Vec<u8> {
    let mut body = Vec::with_capacity(512);
    body.extend(match offer {
        Offer::Tls11 => TLS11,
        Offer::RsaKeyExchange => TLS12,
    });
    body.extend(random);
    body.push(0); // no session to resume: a resumed one shows no certificate
    let numbers: Vec<u8> =
        suites(offer).map(|(number, _)| number).chain([RENEGOTIATION_SCSV]).flat_map(u16::to_be_bytes).collect();
    push_vec16(&mut body, &numbers);
    body.extend([1, 0]); // one compression method: none
    push_vec16(&mut body, &extensions(host, offer));

    let mut handshake = vec![1, 0]; // client_hello; the length's first byte
    push_vec16(&mut handshake, &body);
    let mut record = vec![22, 3, 1]; // handshake; 1.0 in the record, which every server takes
    push_vec16(&mut record, &handshake);
    record
}

fn extensions(host: &Host, offer: Offer) -> Vec<u8> {
    let mut out = Vec::new();
    let mut extension = |kind: u16, data: &[u8]| {
        out.extend(kind.to_be_bytes());
        push_vec16(&mut out, data);
    };
    if let Host::Name(name) = host
        && name.len() <= 255
    {
        let mut entry = vec![0]; // host_name (RFC 6066 3)
        push_vec16(&mut entry, name.as_bytes());
        let mut list = Vec::new();
        push_vec16(&mut list, &entry);
        extension(0, &list);
    }
    match offer {
        Offer::Tls11 => {
            extension(10, &[0, 6, 0, 23, 0, 24, 0, 25]); // P-256, P-384, P-521
            extension(11, &[1, 0]); // uncompressed points
        }
        // Signature algorithms (RFC 5246 7.4.1.4.1): RSA, then DSA, then ECDSA with SHA-2, SHA-1.
        Offer::RsaKeyExchange => {
            extension(13, &[0, 20, 4, 1, 5, 1, 6, 1, 4, 2, 5, 2, 6, 2, 4, 3, 5, 3, 2, 1, 2, 2]);
        }
    }
    out
}

/// A vector with its length before it. Nothing that is built here comes near 64 KiB.
fn push_vec16(out: &mut Vec<u8>, data: &[u8]) {
    out.extend(u16::try_from(data.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend(data);
}
