//! What rcgen will not make: keys on P-521, weak keys and signatures, X.509 v1, timestamps, OCSP answers.

use std::sync::Arc;

use rcgen::{
    CertificateParams, CertifiedIssuer, CustomExtension, Issuer, PublicKeyData, SignatureAlgorithm, SigningKey,
};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;

use crate::lab::der;
use crate::lab::p521::{self, Certifying, P521Key};
use crate::lab::pki::{Authority, DAY, PkiError, authority, served};
use crate::lab::rsa::{self, RsaKey};

/// The content of the OID sha256WithRSAEncryption; its neighbour that ends in 5 is sha1WithRSA.
const SHA256_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const SHA1_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05];

/// AlgorithmIdentifier of ecdsa-with-SHA256.
const ECDSA_WITH_SHA256: &[u8] = &[0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];

/// AlgorithmIdentifier of SHA-1.
const SHA1: &[u8] = &[0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00];

/// An RSA key in rcgen's terms. It signs with SHA-1 what says SHA-256, and [`sha1`] corrects the
/// label in what comes out.
struct OldKey {
    key: RsaKey,
    public: Vec<u8>,
}

impl OldKey {
    fn new(key: RsaKey) -> Self {
        Self { key, public: key.public_der() }
    }
}

impl PublicKeyData for OldKey {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

impl SigningKey for OldKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(self.key.sign_sha1(&relabelled(message)))
    }
}

/// The same bytes, signed with SHA-1 by their own account.
fn relabelled(bytes: &[u8]) -> Vec<u8> {
    der::exchanged(bytes, SHA256_WITH_RSA, SHA1_WITH_RSA)
}

/// A leaf with a 1024-bit RSA key, for which the handshake is signed as it should be.
pub(super) fn short_key(issuer: &Authority, params: &CertificateParams) -> Result<CertifiedKey, PkiError> {
    let leaf = params.signed_by(&OldKey::new(rsa::SHORT), issuer)?;
    Ok(CertifiedKey::new(vec![leaf.der().clone(), issuer.der().clone()], Arc::new(rsa::SHORT)))
}

/// A leaf that an RSA intermediate signed with SHA-1.
pub(super) fn sha1(root: &Authority, params: &CertificateParams, now: i64) -> Result<CertifiedKey, PkiError> {
    let issuer = authority("Lab Old Intermediate", "podprobe lab", now - 900 * DAY, now + 900 * DAY);
    let issuer = CertifiedIssuer::signed_by(issuer, OldKey::new(rsa::LONG), root)?;
    let key = rcgen::KeyPair::generate()?;
    let leaf = params.signed_by(&key, &*issuer)?;
    served(vec![relabelled(leaf.der()), issuer.der().to_vec()], &key)
}

/// A leaf with a key on P-521, below an intermediate with another that the root certified.
pub(super) fn p521(root: &Authority, params: &CertificateParams, now: i64) -> Result<CertifiedKey, PkiError> {
    let (above, own) = (P521Key::generate()?, P521Key::generate()?);
    let by_root = authority("Lab Root", "podprobe lab", now, now);
    let issuer = authority("Lab P-521 Intermediate", "podprobe lab", now - 900 * DAY, now + 900 * DAY);
    let certified = issuer.signed_by(&above, &Issuer::from_params(&by_root, Certifying(root.key())))?;
    let leaf = params.signed_by(&own, &Issuer::from_params(&issuer, &above))?;
    let chain = [&leaf, &certified].map(|cert| CertificateDer::from(p521::relabelled(cert.der())));
    Ok(CertifiedKey::new(chain.to_vec(), Arc::new(own)))
}

/// A leaf of X.509 version 1: no version, no extensions.
pub(super) fn version_one(issuer: &Authority, params: &CertificateParams) -> Result<CertifiedKey, PkiError> {
    let key = rcgen::KeyPair::generate()?;
    let leaf = params.signed_by(&key, issuer)?;
    let signed = der::signed_part(leaf.der()).ok_or(PkiError::Rebuild)?;
    let kept: Vec<&[u8]> = der::inside(signed)
        .ok_or(PkiError::Rebuild)?
        .into_iter()
        .filter(|element| !matches!(element.first(), Some(0xa0 | 0xa3)))
        .collect();
    let signed = der::sequence(&kept);
    let signature = issuer.key().sign(&signed)?;
    let whole = der::sequence(&[&signed, ECDSA_WITH_SHA256, &der::bits(&signature)]);
    served(vec![whole, issuer.der().to_vec()], &key)
}

/// Signed certificate timestamps of four logs (RFC 6962 3.3). Nobody but the logs could check their
/// signatures, so they hold none.
pub(super) fn timestamps(at: i64) -> CustomExtension {
    let millis = u64::try_from(at).unwrap_or_default().saturating_mul(1000).to_be_bytes();
    let list: Vec<u8> = (1..=4_u8)
        .flat_map(|log| {
            let signature = [4, 3, 0, 8, 0x30, 6, 2, 1, 1, 2, 1, 1];
            let one = [&[0], [log; 32].as_slice(), &millis, &[0, 0], &signature].concat();
            short_vector(&one)
        })
        .collect();
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 11129, 2, 4, 2], der::tlv(0x04, &short_vector(&list)))
}

fn short_vector(bytes: &[u8]) -> Vec<u8> {
    [u16::try_from(bytes.len()).unwrap_or_default().to_be_bytes().as_slice(), bytes].concat()
}

/// An OCSP answer by the issuer itself: this serial was revoked two days ago (RFC 6960 4.2.1).
pub(super) fn revoked_answer(issuer: &Authority, serial: &[u8], now: i64) -> Result<Vec<u8>, PkiError> {
    let certificate = der::signed_part(issuer.der()).and_then(der::inside).ok_or(PkiError::Rebuild)?;
    // version, serial, signature, issuer, validity, subject, key
    let (Some(&subject), Some(&key)) = (certificate.get(5), certificate.get(6)) else { return Err(PkiError::Rebuild) };
    let key_bits =
        der::inside(key).and_then(|parts| der::contents(parts.get(1)?)?.get(1..)).ok_or(PkiError::Rebuild)?;
    let hash = |bytes: &[u8]| der::tlv(0x04, digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref());
    let time = |seconds: i64| der::tlv(0x18, clock(seconds).as_bytes());
    let id = der::sequence(&[SHA1, &hash(subject), &hash(key_bits), &der::integer(serial)]);
    let single = der::sequence(&[
        &id,
        &der::tlv(0xa1, &time(now - 2 * DAY)),
        &time(now - DAY),
        &der::tlv(0xa0, &time(now + 6 * DAY)),
    ]);
    let data = der::sequence(&[&der::tlv(0xa2, &hash(key_bits)), &time(now - DAY), &der::sequence(&[&single])]);
    let basic = der::sequence(&[&data, ECDSA_WITH_SHA256, &der::bits(&issuer.key().sign(&data)?)]);
    let oid = [0x06, 9, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];
    let bytes = der::sequence(&[&oid, &der::tlv(0x04, &basic)]);
    Ok(der::sequence(&[&[0x0a, 1, 0], &der::tlv(0xa0, &bytes)]))
}

/// GeneralizedTime as certificates write it.
fn clock(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).unwrap_or_default().strftime("%Y%m%d%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use der_crate::Decode as _;
    use x509_parser::prelude::FromDer as _;

    use crate::lab::pki::{Leaf, Pki};

    extern crate der as der_crate;

    const NOW: i64 = 1_800_000_000;

    #[test]
    fn a_staple_reads_as_revoked() {
        let pki = Pki::new(NOW).unwrap();
        let staple = pki.issue(Leaf::RevokedByStaple, "host.example").unwrap().ocsp.unwrap();
        let answer = x509_ocsp::OcspResponse::from_der(&staple).unwrap();
        let basic = x509_ocsp::BasicOcspResponse::from_der(answer.response_bytes.unwrap().response.as_bytes()).unwrap();
        let status = basic.tbs_response_data.responses[0].cert_status;
        assert!(matches!(status, x509_ocsp::CertStatus::Revoked(_)), "{status:?}");
    }

    #[test]
    fn odd_certificates_are_odd_in_one_way() {
        let pki = Pki::new(NOW).unwrap();
        let leaf = |recipe: Leaf| pki.issue(recipe, "host.example").unwrap().cert[0].to_vec();
        let old = leaf(Leaf::VersionOne);
        let (_, old) = x509_parser::certificate::X509Certificate::from_der(&old).unwrap();
        assert_eq!((old.version.0, old.extensions().len()), (0, 0));
        let sha1 = leaf(Leaf::Sha1);
        let (_, sha1) = x509_parser::certificate::X509Certificate::from_der(&sha1).unwrap();
        assert_eq!(sha1.signature_algorithm.algorithm.to_id_string(), "1.2.840.113549.1.1.5");
        assert_eq!(sha1.signature_algorithm, sha1.signature);
        let short = leaf(Leaf::ShortKey);
        let (_, short) = x509_parser::certificate::X509Certificate::from_der(&short).unwrap();
        assert!(matches!(short.public_key().parsed().unwrap(),
            x509_parser::public_key::PublicKey::RSA(key) if key.key_size() == 1024));
    }

    #[test]
    fn timestamps_are_read_back() {
        let pki = Pki::new(NOW).unwrap();
        let leaf = pki.issue(Leaf::Public, "host.example").unwrap().cert[0].to_vec();
        let (_, leaf) = x509_parser::certificate::X509Certificate::from_der(&leaf).unwrap();
        let found = leaf.extensions().iter().any(|extension| {
            matches!(extension.parsed_extension(), x509_parser::extensions::ParsedExtension::SCT(list) if list.len() == 4)
        });
        assert!(found);
    }
}
