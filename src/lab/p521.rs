//! Keys on P-521, which rcgen and rustls do not make with ring. rcgen is told that they are on P-384,
//! and the labels are corrected in what is signed and in what comes out.

use p521::ecdsa::signature::Signer as _;
use rcgen::PublicKeyData;
use ring::rand::{SecureRandom as _, SystemRandom};
use rustls::sign::{Signer, SigningKey};
use rustls::{SignatureAlgorithm, SignatureScheme};

use crate::lab::der;

/// The contents of the OIDs secp384r1 and ecdsa-with-SHA384; their neighbours are those of P-521.
const SECP384R1: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const SECP521R1: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];
const ECDSA_WITH_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03];
const ECDSA_WITH_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04];

/// Bytes of a scalar.
const SCALAR: usize = 66;

/// A key pair. It signs with SHA-512, in rcgen's terms and in those of TLS.
#[derive(Clone, Debug)]
pub(crate) struct P521Key {
    key: p521::ecdsa::SigningKey,
    public: Vec<u8>,
}

impl P521Key {
    /// A fresh one.
    pub(crate) fn generate() -> Result<Self, rcgen::Error> {
        let mut scalar = [0; SCALAR];
        SystemRandom::new().fill(&mut scalar).map_err(|_| rcgen::Error::RingUnspecified)?;
        // 521 bits are 65 bytes and one bit.
        scalar[0] &= 1;
        let key = p521::ecdsa::SigningKey::from_slice(&scalar).map_err(|_| rcgen::Error::RingUnspecified)?;
        let public = key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
        Ok(Self { key, public })
    }

    /// A signature over the SHA-512 digest, DER.
    pub(crate) fn sign_sha512(&self, message: &[u8]) -> Vec<u8> {
        let signature: p521::ecdsa::Signature = self.key.sign(message);
        signature.to_der().as_bytes().to_vec()
    }
}

impl PublicKeyData for P521Key {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P384_SHA384
    }
}

impl rcgen::SigningKey for P521Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(self.sign_sha512(&relabelled(message)))
    }
}

/// Another key that certifies one on P-521: it signs the corrected labels.
pub(crate) struct Certifying<'a, K>(pub(crate) &'a K);

impl<K: PublicKeyData> PublicKeyData for Certifying<'_, K> {
    fn der_bytes(&self) -> &[u8] {
        self.0.der_bytes()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        self.0.algorithm()
    }
}

impl<K: rcgen::SigningKey> rcgen::SigningKey for Certifying<'_, K> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.0.sign(&relabelled(message))
    }
}

/// What rcgen made, on P-521 by its own account.
pub(crate) fn relabelled(bytes: &[u8]) -> Vec<u8> {
    der::exchanged(&der::exchanged(bytes, SECP384R1, SECP521R1), ECDSA_WITH_SHA384, ECDSA_WITH_SHA512)
}

impl SigningKey for P521Key {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let offered = offered.contains(&SignatureScheme::ECDSA_NISTP521_SHA512);
        offered.then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for P521Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        Ok(self.sign_sha512(message))
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP521_SHA512
    }
}
