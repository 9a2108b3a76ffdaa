//! The signature algorithms that podprobe checks: one list for certificates, revocation lists, OCSP
//! answers and handshakes. ring's, and what clients know beside it and ring does not: ECDSA with
//! P-521, and SHA-512 with the smaller curves (RFC 5758 3.2). Verification alone, over public data.

use std::sync::LazyLock;

use ring::digest;
use rustls::SignatureScheme;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};

type Algorithm = &'static dyn SignatureVerificationAlgorithm;

/// The list: for certificates, and by the schemes that TLS names, which are offered to servers.
pub fn algorithms() -> WebPkiSupportedAlgorithms {
    WebPkiSupportedAlgorithms { all: &ALL, mapping: &MAPPING }
}

/// The ECDSA algorithm of a curve and a signature algorithm, both as dotted OIDs.
pub(super) fn ecdsa(curve: &str, signature: &str) -> Option<Algorithm> {
    let key = match curve {
        "1.2.840.10045.3.1.7" => alg_id::ECDSA_P256,
        "1.3.132.0.34" => alg_id::ECDSA_P384,
        "1.3.132.0.35" => alg_id::ECDSA_P521,
        _ => return None,
    };
    let signature = match signature {
        "1.2.840.10045.4.3.2" => alg_id::ECDSA_SHA256,
        "1.2.840.10045.4.3.3" => alg_id::ECDSA_SHA384,
        "1.2.840.10045.4.3.4" => alg_id::ECDSA_SHA512,
        _ => return None,
    };
    ALL.iter().copied().find(|each| each.public_key_alg_id() == key && each.signature_alg_id() == signature)
}

static ALL: LazyLock<Vec<Algorithm>> = LazyLock::new(|| {
    let ours: [Algorithm; 5] = [&P256_SHA512, &P384_SHA512, &P521_SHA256, &P521_SHA384, &P521_SHA512];
    of_ring().all.iter().copied().chain(ours).collect()
});

/// Only the first of a scheme's algorithms is tried in TLS 1.3, where the scheme fixes the curve;
/// in TLS 1.2 it fixes the hash alone. The scheme that ring lacks is offered last, so that servers
/// with other keys choose as they always did.
static SCHEMES: LazyLock<Vec<(SignatureScheme, Vec<Algorithm>)>> = LazyLock::new(|| {
    let known = of_ring().mapping.iter().map(|(scheme, algorithms)| {
        let ours: Option<Algorithm> = match *scheme {
            SignatureScheme::ECDSA_NISTP256_SHA256 => Some(&P521_SHA256),
            SignatureScheme::ECDSA_NISTP384_SHA384 => Some(&P521_SHA384),
            _ => None,
        };
        (*scheme, algorithms.iter().copied().chain(ours).collect())
    });
    let sha512: Vec<Algorithm> = vec![&P521_SHA512, &P384_SHA512, &P256_SHA512];
    known.chain([(SignatureScheme::ECDSA_NISTP521_SHA512, sha512)]).collect()
});

static MAPPING: LazyLock<Vec<(SignatureScheme, &'static [Algorithm])>> =
    LazyLock::new(|| SCHEMES.iter().map(|(scheme, algorithms)| (*scheme, algorithms.as_slice())).collect());

fn of_ring() -> WebPkiSupportedAlgorithms {
    rustls::crypto::ring::default_provider().signature_verification_algorithms
}

/// ECDSA over one curve with one hash.
#[derive(Debug)]
struct Ecdsa {
    key: AlgorithmIdentifier,
    signature: AlgorithmIdentifier,
    hash: &'static digest::Algorithm,
    /// Key (SEC 1 point), digest, signature (DER).
    holds: fn(&[u8], &[u8], &[u8]) -> bool,
}

impl SignatureVerificationAlgorithm for Ecdsa {
    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let digest = digest::digest(self.hash, message);
        // Points are uncompressed, as ring has it and clients ask for (RFC 8422 5.1.2).
        let holds = key.first() == Some(&4) && (self.holds)(key, digest.as_ref(), signature);
        if holds { Ok(()) } else { Err(InvalidSignature) }
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.key
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }
}

/// Whether a signature holds on one curve; the crates have the same shape and no common name.
macro_rules! on {
    ($curve:ident) => {
        |key, digest, signature| {
            use $curve::ecdsa::signature::hazmat::PrehashVerifier as _;
            use $curve::ecdsa::{Signature, VerifyingKey};
            let (Ok(key), Ok(signature)) = (VerifyingKey::from_sec1_bytes(key), Signature::from_der(signature)) else {
                return false;
            };
            key.verify_prehash(digest, &signature).is_ok()
        }
    };
}

static P256_SHA512: Ecdsa =
    Ecdsa { key: alg_id::ECDSA_P256, signature: alg_id::ECDSA_SHA512, hash: &digest::SHA512, holds: on!(p256) };
static P384_SHA512: Ecdsa =
    Ecdsa { key: alg_id::ECDSA_P384, signature: alg_id::ECDSA_SHA512, hash: &digest::SHA512, holds: on!(p384) };
static P521_SHA256: Ecdsa =
    Ecdsa { key: alg_id::ECDSA_P521, signature: alg_id::ECDSA_SHA256, hash: &digest::SHA256, holds: on!(p521) };
static P521_SHA384: Ecdsa =
    Ecdsa { key: alg_id::ECDSA_P521, signature: alg_id::ECDSA_SHA384, hash: &digest::SHA384, holds: on!(p521) };
static P521_SHA512: Ecdsa =
    Ecdsa { key: alg_id::ECDSA_P521, signature: alg_id::ECDSA_SHA512, hash: &digest::SHA512, holds: on!(p521) };

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::cert::{Certificate, Signed, from_pem, inspect, signed_by};

    /// Made once with OpenSSL: self-signed certificates of P-521 with SHA-256, SHA-384 and SHA-512,
    /// of P-256 and of P-384 with SHA-512.
    const MADE: &str = include_str!("ecdsa-hashes.pem");

    fn made() -> Vec<Arc<Certificate>> {
        from_pem(MADE.as_bytes()).unwrap().iter().map(|der| Arc::new(inspect(der).unwrap())).collect()
    }

    #[test]
    fn what_openssl_signed_holds_and_nothing_else() {
        let certs = made();
        let shown: Vec<String> = certs.iter().map(|cert| format!("{} {}", cert.key, cert.signature.name)).collect();
        assert_eq!(
            shown,
            [
                "ECDSA P-521 ecdsa-with-SHA256",
                "ECDSA P-521 ecdsa-with-SHA384",
                "ECDSA P-521 ecdsa-with-SHA512",
                "ECDSA P-256 ecdsa-with-SHA512",
                "ECDSA P-384 ecdsa-with-SHA512"
            ]
        );
        for (index, cert) in certs.iter().enumerate() {
            assert_eq!(signed_by(cert, cert), Signed::Valid, "{}", cert.subject);
            let other = &certs[(index + 1) % 3];
            assert_eq!(signed_by(cert, other), Signed::Invalid, "another key: {}", cert.subject);
            // The first letter of the subject: another message under the same signature.
            let mut der = cert.der.to_vec();
            let at = der.windows(4).position(|window| window == b"secp" || window == b"prim").unwrap();
            der[at] ^= 1;
            assert_eq!(signed_by(&inspect(&der).unwrap(), cert), Signed::Invalid, "another text: {}", cert.subject);
        }
    }

    #[test]
    fn the_verifier_and_the_own_walk_know_the_same() {
        for cert in made() {
            let der = rustls::pki_types::CertificateDer::from(cert.der.as_ref());
            let anchor = webpki::anchor_from_trusted_cert(&der).unwrap();
            let spki = anchor.subject_public_key_info;
            let matching = algorithms().all.iter().filter(|each| {
                let (key, signature) = (each.public_key_alg_id(), each.signature_alg_id());
                let holds = |bytes: &[u8]| cert.der.windows(bytes.len()).any(|window| window == bytes);
                spki.as_ref().windows(key.len()).any(|window| window == key.as_ref()) && holds(&signature)
            });
            assert_eq!(matching.count(), 1, "{}", cert.subject);
        }
    }

    #[test]
    fn a_scheme_offers_every_curve_that_it_may_mean() {
        let mapping = algorithms().mapping;
        let curves = |wanted: SignatureScheme| {
            let (_, algorithms) = mapping.iter().find(|(scheme, _)| *scheme == wanted).unwrap();
            algorithms.iter().map(|each| each.public_key_alg_id()).collect::<Vec<_>>()
        };
        let (p256, p384, p521) = (alg_id::ECDSA_P256, alg_id::ECDSA_P384, alg_id::ECDSA_P521);
        assert_eq!(curves(SignatureScheme::ECDSA_NISTP256_SHA256), [p256, p384, p521]);
        assert_eq!(curves(SignatureScheme::ECDSA_NISTP384_SHA384), [p384, p256, p521]);
        assert_eq!(curves(SignatureScheme::ECDSA_NISTP521_SHA512), [p521, p384, p256]);
        assert_eq!(mapping.last().unwrap().0, SignatureScheme::ECDSA_NISTP521_SHA512, "offered last");
        assert_eq!(mapping.len(), of_ring().mapping.len() + 1);
    }

    #[test]
    fn keys_and_signatures_that_are_none_are_refused() {
        let cert = &made()[2];
        let (_, parsed) = x509_parser::parse_x509_certificate(&cert.der).unwrap();
        let key = parsed.public_key().subject_public_key.data.as_ref();
        let message = parsed.tbs_certificate.as_ref();
        let signature = parsed.signature_value.data.as_ref();
        let check = |key: &[u8], signature: &[u8]| P521_SHA512.verify_signature(key, message, signature).is_ok();
        assert!(check(key, signature));
        let compressed = [&[2 + (key[132] & 1)], &key[1..67]].concat();
        assert!(p521::ecdsa::VerifyingKey::from_sec1_bytes(&compressed).is_ok());
        assert!(!check(&compressed, signature), "a compressed point");
        let mut off = key.to_vec();
        off[132] ^= 1;
        assert!(!check(&off, signature), "a point off the curve");
        assert!(!check(&[4], signature) && !check(&[], signature) && !check(&[0], signature));
        assert!(!check(key, &[]) && !check(key, &signature[..signature.len() - 1]));
        assert!(!check(key, &[0x30, 6, 2, 1, 0, 2, 1, 0]), "zeros");
        assert!(!check(key, &[signature, &[0]].concat()), "bytes behind the signature");
    }
}
