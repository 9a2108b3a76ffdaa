//! Signatures over certificates and what hangs on them (OCSP answers): ECDSA by the list that the
//! verifier has too, RSA and EdDSA with ring. Old algorithms are checked as well: that a signature
//! holds and that its algorithm is worth nothing are two facts.

use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use rustls::pki_types::SignatureVerificationAlgorithm;
use x509_parser::certificate::{X509Certificate, X509CertificateParser};
use x509_parser::nom::Parser;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::RSAPublicKey;
use x509_parser::signature_algorithm::RsaSsaPssParams;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use crate::cert::{Certificate, algorithms};

/// Whether a signature holds under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// It does.
    Valid,
    /// It does not, or key and algorithm do not go together.
    Invalid,
    /// The algorithm, or key size, is none that can be checked here (MD5, DSA, P-224...).
    Unsupported,
}

/// Whether the child's signature holds under the issuer's key. Names and dates are not looked at.
pub fn signed_by(child: &Certificate, issuer: &Certificate) -> Signed {
    let (Some(child), Some(issuer)) = (shallow(&child.der), shallow(&issuer.der)) else { return Signed::Invalid };
    check(issuer.public_key(), &child.signature_algorithm, child.tbs_certificate.as_ref(), &child.signature_value.data)
}

/// Whether `value` is a signature by the signer's key over `message`; `algorithm` is the DER of an
/// AlgorithmIdentifier.
pub fn verify(signer: &Certificate, algorithm: &[u8], message: &[u8], value: &[u8]) -> Signed {
    let Some(signer) = shallow(&signer.der) else { return Signed::Invalid };
    let Ok((_, algorithm)) = AlgorithmIdentifier::from_der(algorithm) else { return Signed::Invalid };
    check(signer.public_key(), &algorithm, message, value)
}

/// The certificate's SubjectPublicKeyInfo, DER.
pub fn spki(cert: &Certificate) -> Option<&[u8]> {
    shallow(&cert.der).map(|parsed| parsed.tbs_certificate.subject_pki.raw)
}

/// The content of the subjectPublicKey bit string: what OCSP hashes to name an issuer's key.
pub fn key_bits(cert: &Certificate) -> Option<Vec<u8>> {
    shallow(&cert.der).map(|parsed| parsed.public_key().subject_public_key.data.to_vec())
}

/// The certificate's structure, extensions left unread.
fn shallow(der: &[u8]) -> Option<X509Certificate<'_>> {
    X509CertificateParser::new().with_deep_parse_extensions(false).parse(der).ok().map(|(_, cert)| cert)
}

fn check(key: &SubjectPublicKeyInfo<'_>, algorithm: &AlgorithmIdentifier<'_>, message: &[u8], value: &[u8]) -> Signed {
    let Some(with) = choose(key, algorithm) else { return Signed::Unsupported };
    let key = &key.subject_public_key.data;
    let holds = match with {
        With::Ring(with) => UnparsedPublicKey::new(with, key).verify(message, value).is_ok(),
        With::List(with) => with.verify_signature(key, message, value).is_ok(),
    };
    if holds { Signed::Valid } else { Signed::Invalid }
}

/// What checks a signature.
enum With {
    /// ring itself, old algorithms included.
    Ring(&'static dyn VerificationAlgorithm),
    /// An entry of the verifier's list.
    List(&'static dyn SignatureVerificationAlgorithm),
}

fn choose(key: &SubjectPublicKeyInfo<'_>, algorithm: &AlgorithmIdentifier<'_>) -> Option<With> {
    let with = algorithm.algorithm.to_id_string();
    let ring: &'static dyn VerificationAlgorithm = match with.as_str() {
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => {
            rsa(key, 1024, &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY)
        }
        "1.2.840.113549.1.1.11" => rsa(key, 1024, &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        "1.2.840.113549.1.1.12" => rsa(key, 2048, &signature::RSA_PKCS1_2048_8192_SHA384),
        "1.2.840.113549.1.1.13" => rsa(key, 1024, &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
        "1.2.840.113549.1.1.10" => {
            let params = RsaSsaPssParams::try_from(algorithm.parameters.as_ref()?).ok()?;
            match params.hash_algorithm_oid().to_id_string().as_str() {
                "2.16.840.1.101.3.4.2.1" => rsa(key, 2048, &signature::RSA_PSS_2048_8192_SHA256),
                "2.16.840.1.101.3.4.2.2" => rsa(key, 2048, &signature::RSA_PSS_2048_8192_SHA384),
                "2.16.840.1.101.3.4.2.3" => rsa(key, 2048, &signature::RSA_PSS_2048_8192_SHA512),
                _ => None,
            }
        }
        "1.3.101.112" => Some(&signature::ED25519 as _),
        _ => return algorithms::ecdsa(&curve(key)?, &with).map(With::List),
    }?;
    Some(With::Ring(ring))
}

/// The algorithm, if the key is RSA within the sizes that ring checks with it.
fn rsa(
    key: &SubjectPublicKeyInfo<'_>,
    least: u32,
    with: &'static dyn VerificationAlgorithm,
) -> Option<&'static dyn VerificationAlgorithm> {
    // A key of another kind is a mismatch that the check itself then refuses.
    match rsa_bits(key) {
        Some(bits) if bits < least || bits > 8192 => None,
        _ => Some(with),
    }
}

/// The modulus length of an RSA key, bits.
pub(super) fn rsa_bits(key: &SubjectPublicKeyInfo<'_>) -> Option<u32> {
    let oid = key.algorithm.algorithm.to_id_string();
    if !matches!(oid.as_str(), "1.2.840.113549.1.1.1" | "1.2.840.113549.1.1.10") {
        return None;
    }
    let (_, parsed) = RSAPublicKey::from_der(&key.subject_public_key.data).ok()?;
    let modulus = parsed.modulus;
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let first = modulus.get(zeros)?;
    let bytes = u32::try_from(modulus.len() - zeros).ok()?;
    Some(bytes.checked_mul(8)? - first.leading_zeros())
}

/// The named curve of an EC key, as an OID.
pub(super) fn curve(key: &SubjectPublicKeyInfo<'_>) -> Option<String> {
    if key.algorithm.algorithm.to_id_string() != "1.2.840.10045.2.1" {
        return None;
    }
    key.algorithm.parameters.as_ref()?.as_oid().ok().map(|oid| oid.to_id_string())
}
