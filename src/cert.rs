//! `cert` inspects: DER to facts, names, and the paths that a set of certificates allows.
//! Whether any of it is trusted is decided in `judge`; handshakes are made in `probe`.

mod algorithms;
mod dn;
mod inspect;
mod names;
mod paths;
mod pem;
#[cfg(test)]
pub(crate) mod pki;
mod sct;
mod signature;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

pub use algorithms::algorithms;
pub use inspect::{inspect, served};
pub use names::matches;
pub use paths::{Path, PathEnd, Place, Pool, Roots, Step, is_self_signed, paths};
pub use pem::{PemFault, from_file, from_pem};
pub use sct::timestamps;
pub use signature::{Signed, key_bits, signed_by, spki, verify};

/// At most this many certificates of a served chain are looked at.
pub const MAX_CHAIN: usize = 16;

/// At most this many bytes of a served chain are looked at (rustls refuses longer messages).
pub const MAX_CHAIN_BYTES: usize = 64 << 10;

/// Seconds since 1970-01-01T00:00:00Z. Certificates are computed on these, never on a date type
/// that can overflow.
pub type UnixSeconds = i64;

/// SHA-256 of a certificate's DER.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// The fingerprint of these bytes.
    pub fn of(der: &[u8]) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, der);
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest.as_ref());
        Self(bytes)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// What one certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The certificate as it came.
    pub der: Arc<[u8]>,
    /// SHA-256 of `der`.
    pub sha256: Fingerprint,
    /// Subject as in RFC 4514.
    pub subject: String,
    /// Issuer as in RFC 4514.
    pub issuer: String,
    /// Subject in DER, for matching.
    pub subject_der: Arc<[u8]>,
    /// Issuer in DER, for matching.
    pub issuer_der: Arc<[u8]>,
    /// The organisation named in the issuer, else its common name: for people.
    pub issuer_name: String,
    /// Serial number, lowercase hex without separators.
    pub serial: String,
    /// Serial number's DER content bytes, leading zero included (RFC 9773 4.1).
    pub serial_der: Vec<u8>,
    /// X.509 version, 1 to 3.
    pub version: u8,
    /// First valid second.
    pub not_before: UnixSeconds,
    /// Last valid second (RFC 5280 4.1.2.5: the end is included).
    pub not_after: UnixSeconds,
    /// Subject alternative names, in their order.
    pub names: Vec<Name>,
    /// Common name of the subject, which no client looks at any more; shown when it misleads.
    pub common_name: Option<String>,
    /// The public key.
    pub key: Key,
    /// What the issuer signed with.
    pub signature: Signature,
    /// basicConstraints says CA.
    pub is_ca: bool,
    /// basicConstraints' path length, where given.
    pub path_len: Option<u32>,
    /// keyUsage, where given.
    pub key_usage: Option<KeyUsage>,
    /// extendedKeyUsage as dotted OIDs; `None` when the extension is not there.
    pub extended_key_usage: Option<Vec<String>>,
    /// subjectKeyIdentifier.
    pub subject_key_id: Option<Vec<u8>>,
    /// authorityKeyIdentifier's keyIdentifier.
    pub authority_key_id: Option<Vec<u8>>,
    /// Where the issuer's certificate can be fetched (AIA caIssuers, http only as a rule).
    pub issuer_urls: Vec<String>,
    /// CRL distribution points.
    pub crl_urls: Vec<String>,
    /// Embedded signed certificate timestamps (RFC 6962 3.3).
    pub timestamps: Vec<Timestamp>,
    /// The TLS feature extension asks for a stapled OCSP answer (RFC 7633).
    pub must_staple: bool,
    /// Whether it carries name constraints.
    pub has_name_constraints: bool,
    /// Critical extensions that podprobe does not know, as dotted OIDs.
    pub unknown_critical: Vec<String>,
}

/// An entry of the subject alternative names that a client can match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// dNSName, as written (lower-cased).
    Dns(String),
    /// iPAddress.
    Ip(IpAddr),
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Ip(ip) => ip.fmt(f),
        }
    }
}

/// A public key, as far as it is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// RSA with its modulus length in bits.
    Rsa {
        /// Modulus length.
        bits: u32,
    },
    /// ECDSA with the curve's name (`P-256`), or its OID where unknown.
    Ec {
        /// The curve.
        curve: String,
    },
    /// EdDSA.
    Ed25519,
    /// Anything else, by OID.
    Other(String),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "RSA {bits}"),
            Self::Ec { curve } => write!(f, "ECDSA {curve}"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Other(oid) => write!(f, "key {oid}"),
        }
    }
}

/// A signature algorithm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// As OpenSSL and RFCs name it (`ecdsa-with-SHA256`), or the OID.
    pub name: String,
    /// The hash, where it is one of those that are judged.
    pub hash: Hash,
}

/// The hash below a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// Broken.
    Md5,
    /// Broken.
    Sha1,
    /// SHA-2 or better, or built in (EdDSA).
    Sound,
    /// Not known.
    Unknown,
}

/// The keyUsage bits that matter for servers and issuers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage {
    /// digitalSignature.
    pub digital_signature: bool,
    /// keyEncipherment.
    pub key_encipherment: bool,
    /// keyAgreement.
    pub key_agreement: bool,
    /// keyCertSign.
    pub cert_sign: bool,
}

/// A signed certificate timestamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timestamp {
    /// The log that signed it.
    pub log_id: [u8; 32],
    /// Milliseconds since the epoch.
    pub at_ms: u64,
}

/// Bytes that are no certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a certificate that can be read: {why}")]
pub struct Unparsable {
    /// SHA-256 of what came.
    pub sha256: Fingerprint,
    /// What the parser met.
    pub why: String,
}

/// One entry of a served chain.
pub type Entry = Result<Arc<Certificate>, Unparsable>;

/// The certificates that a server sent, in its order.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Served {
    /// At most [`MAX_CHAIN`] entries.
    pub entries: Vec<Entry>,
    /// How many the server sent.
    pub sent: usize,
}

impl Served {
    /// The first certificate, if it could be read.
    pub fn leaf(&self) -> Option<&Arc<Certificate>> {
        self.entries.first().and_then(|entry| entry.as_ref().ok())
    }

    /// All certificates that could be read.
    pub fn readable(&self) -> impl Iterator<Item = &Arc<Certificate>> {
        self.entries.iter().filter_map(|entry| entry.as_ref().ok())
    }
}
