//! The lab's certificate authorities, and the recipe of every leaf. All times are relative to one
//! `now`, so that an exhibit shows the same thing in any year.

use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, CrlDistributionPoint,
    CustomExtension, DistinguishedName, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyIdMethod, KeyPair,
    KeyUsagePurpose, NameConstraints, RevokedCertParams, SerialNumber, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use crate::lab::der;
use crate::lab::p521::P521Key;

/// Seconds since 1970 in rcgen's terms; what lies before 1970 becomes 1970.
macro_rules! instant {
    ($seconds:expr) => {
        date_time_ymd(1970, 1, 1) + Duration::from_secs(u64::try_from($seconds).unwrap_or_default())
    };
}

mod large;
mod odd;

/// Why the lab could not make a certificate.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// Issuing failed.
    #[error("cannot issue a certificate: {0}")]
    Issue(#[from] rcgen::Error),
    /// The key cannot be used for TLS.
    #[error("cannot use a key: {0}")]
    Key(#[from] rustls::Error),
    /// Own DER that cannot be taken apart again.
    #[error("cannot rebuild a certificate")]
    Rebuild,
}

/// The leaves that exhibits show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::lab) enum Leaf {
    /// 90 days, 20 of them gone.
    Good,
    /// Ended yesterday.
    Expired,
    /// For all hosts beside this one, one certificate for them all; ended yesterday.
    ExpiredWildcard,
    /// Itself good, below an intermediate that ended yesterday.
    IntermediateExpired,
    /// Itself good, below an intermediate that ends in ten days.
    IntermediateExpiring,
    /// Begins tomorrow.
    NotYetValid,
    /// For another host.
    WrongName,
    /// Ended yesterday, and for another host.
    ExpiredWrongName,
    /// The host stands in the common name alone.
    CommonNameOnly,
    /// Signed by its own key.
    SelfSigned,
    /// Below a root that nobody knows, which is sent along.
    UnknownRoot,
    /// Sent without its intermediate, which AIA yields.
    NoIntermediate,
    /// Sent alone; AIA yields a root that nobody knows.
    NoIntermediateUnknown,
    /// Sent alone; AIA yields its intermediate, and that one's AIA a root that nobody knows.
    NoIntermediateFar,
    /// On its issuer's revocation list.
    RevokedByList,
    /// Its stapled OCSP answer says revoked.
    RevokedByStaple,
    /// RSA with 1024 bits.
    ShortKey,
    /// Signed with SHA-1.
    Sha1,
    /// No extended key usage.
    NoUsage,
    /// For clients, not servers.
    ClientOnly,
    /// A CA certificate used as a leaf.
    Authority,
    /// Its issuer may not issue for this name.
    Constrained,
    /// X.509 v1.
    VersionOne,
    /// Good, among eighteen certificates.
    TooMany,
    /// Good, with certificates of more than 64 KiB after it.
    Huge,
    /// Good, with certificates of nearly 64 KiB after it.
    Large,
    /// Good, for two thousand hosts beside this one.
    ManyNames,
    /// Good, below twelve authorities in a row.
    Deep,
    /// Good, below authorities of one name and key that signed themselves; none is a known root.
    Maze,
    /// Bytes that are no certificate.
    Garbage,
    /// The issuer's signature does not verify.
    BadSignature,
    /// The handshake is signed by another key than the leaf's.
    BadHandshake,
    /// Good, its key and its issuer's on P-521.
    P521,
    /// The same; its issuer's signature does not verify.
    P521BadSignature,
    /// The same; the handshake is signed by another key on P-521.
    P521BadHandshake,
    /// Good, beside an expired cross-sign that no path needs.
    ExpiredExtra,
    /// Good, its intermediate sent in two versions of which one leads to an unknown root.
    CrossSigned,
    /// Below a public root, for 400 days.
    TooLong,
    /// Below a public root, without timestamps.
    NoTimestamps,
    /// Below a public root, as it should be.
    Public,
    /// 20 of 90 days left.
    ExpiringSoon,
    /// 5 of 90 days left.
    ExpiringNow,
    /// Its CA's suggested window has ended.
    RenewalOverdue,
    /// 40 of 90 days left: the certificate before the one that other edges have.
    Stale,
}

impl Leaf {
    /// The name that a certificate for this host is issued to.
    pub(in crate::lab) fn subject(self, host: &str) -> String {
        match (self, host.split_once('.')) {
            (Self::ExpiredWildcard, Some((_, parent))) => format!("*.{parent}"),
            _ => host.to_owned(),
        }
    }
}

const DAY: i64 = 86_400;

/// The serial number on the revocation list.
const REVOKED_SERIAL: &[u8] = &[0x0d, 0xdb, 0xa1, 0x10];

/// What authorities serve beside the certificates, over http.
pub(super) const PAPERS_HOST: &str = "papers.lab.example";

/// A certificate authority: its certificate and its key.
type Authority = CertifiedIssuer<'static, KeyPair>;

/// The authorities.
pub(super) struct Pki {
    now: i64,
    root: Authority,
    intermediate: Authority,
    public_root: Authority,
    public_intermediate: Authority,
    unknown_root: Authority,
    unknown_intermediate: Authority,
}

impl Pki {
    /// Fresh authorities as of `now` (seconds since 1970).
    pub(super) fn new(now: i64) -> Result<Self, PkiError> {
        let root = |name: &str| -> Result<Authority, PkiError> {
            let params = authority(name, "podprobe lab", now - 3650 * DAY, now + 3650 * DAY);
            Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
        };
        let private = root("Lab Root")?;
        let public = root("Lab Public Root")?;
        let below = |name: &str, root: &Authority| -> Result<Authority, PkiError> {
            let params = authority(name, "podprobe lab", now - 1000 * DAY, now + 1000 * DAY);
            Ok(CertifiedIssuer::signed_by(params, KeyPair::generate()?, root)?)
        };
        let unknown_root = root("Unknown Root")?;
        let mut far = authority("Unknown Intermediate", "podprobe lab", now - 1000 * DAY, now + 1000 * DAY);
        far.custom_extensions.push(issuer_url("unknown.der"));
        Ok(Self {
            now,
            intermediate: below("Lab Intermediate", &private)?,
            public_intermediate: below("Lab Public Intermediate", &public)?,
            root: private,
            public_root: public,
            unknown_intermediate: CertifiedIssuer::signed_by(far, KeyPair::generate()?, &unknown_root)?,
            unknown_root,
        })
    }

    /// The root that `--ca-file` should name, PEM.
    pub(super) fn root_pem(&self) -> String {
        self.root.pem()
    }

    /// The root that counts as a public one, PEM.
    pub(super) fn public_pem(&self) -> String {
        self.public_root.pem()
    }

    /// The intermediate, DER: what AIA yields.
    pub(super) fn intermediate_der(&self) -> Vec<u8> {
        self.intermediate.der().to_vec()
    }

    /// The root that nobody knows, DER: what AIA yields elsewhere.
    pub(super) fn unknown_der(&self) -> Vec<u8> {
        self.unknown_root.der().to_vec()
    }

    /// The intermediate below that root, DER: what AIA yields on the way there.
    pub(super) fn far_der(&self) -> Vec<u8> {
        self.unknown_intermediate.der().to_vec()
    }

    /// The intermediate's revocation list, DER.
    pub(super) fn revocation_list(&self) -> Result<Vec<u8>, PkiError> {
        let list = CertificateRevocationListParams {
            this_update: instant!(self.now - DAY),
            next_update: instant!(self.now + 6 * DAY),
            crl_number: SerialNumber::from_slice(&[1]),
            issuing_distribution_point: None,
            revoked_certs: vec![RevokedCertParams {
                serial_number: SerialNumber::from_slice(REVOKED_SERIAL),
                revocation_time: instant!(self.now - 2 * DAY),
                reason_code: Some(rcgen::RevocationReason::KeyCompromise),
                invalidity_date: None,
            }],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(list.signed_by(&self.intermediate)?.der().to_vec())
    }

    /// A certificate for these names, valid for these seconds, below the intermediate.
    pub(super) fn window(&self, names: &[&str], from: i64, until: i64) -> Result<CertifiedKey, PkiError> {
        let mut params = leaf(names, 0, 0)?;
        params.not_before = instant!(from);
        params.not_after = instant!(until);
        self.below(&self.intermediate, &params)
    }

    /// The same below an intermediate of another organisation.
    pub(super) fn window_by(
        &self,
        organisation: &str,
        names: &[&str],
        from: i64,
        until: i64,
    ) -> Result<CertifiedKey, PkiError> {
        self.below_another(&format!("{organisation} CA"), organisation, 900, &leaf(names, from, until)?)
    }

    /// What a server for this host serves.
    pub(super) fn issue(&self, recipe: Leaf, host: &str) -> Result<CertifiedKey, PkiError> {
        let now = self.now;
        let days = |from: i64, until: i64| -> Result<CertificateParams, PkiError> {
            leaf(&[host], now + from * DAY, now + until * DAY)
        };
        let good = || days(-20, 70);
        let mut params = good()?;
        match recipe {
            Leaf::Good => self.below(&self.intermediate, &params),
            Leaf::Expired | Leaf::ExpiredWildcard => self.below(&self.intermediate, &days(-91, -1)?),
            Leaf::NotYetValid => self.below(&self.intermediate, &days(1, 91)?),
            Leaf::ExpiringSoon => self.below(&self.intermediate, &days(-70, 20)?),
            Leaf::ExpiringNow => self.below(&self.intermediate, &days(-85, 5)?),
            Leaf::Stale => self.below(&self.intermediate, &days(-50, 40)?),
            Leaf::WrongName => {
                self.below(&self.intermediate, &leaf(&["other.example"], now - 20 * DAY, now + 70 * DAY)?)
            }
            Leaf::ExpiredWrongName => {
                self.below(&self.intermediate, &leaf(&["other.example"], now - 91 * DAY, now - DAY)?)
            }
            Leaf::CommonNameOnly => {
                params.subject_alt_names.clear();
                self.below(&self.intermediate, &params)
            }
            Leaf::NoUsage => {
                params.extended_key_usages.clear();
                self.below(&self.intermediate, &params)
            }
            Leaf::ClientOnly => {
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
                self.below(&self.intermediate, &params)
            }
            Leaf::Authority => {
                params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
                params.key_usages.push(KeyUsagePurpose::KeyCertSign);
                self.below(&self.intermediate, &params)
            }
            Leaf::IntermediateExpired => self.below_another("Lab Expired Intermediate", "podprobe lab", -1, &params),
            Leaf::IntermediateExpiring => self.below_another("Lab Ending Intermediate", "podprobe lab", 10, &params),
            Leaf::RenewalOverdue => self.below_another("L1", "Let's Encrypt", 700, &params),
            Leaf::Constrained => {
                let mut issuer = authority("Lab Constrained", "podprobe lab", now - 100 * DAY, now + 900 * DAY);
                issuer.name_constraints = Some(NameConstraints {
                    permitted_subtrees: vec![GeneralSubtree::DnsName("other.example".to_owned())],
                    excluded_subtrees: Vec::new(),
                });
                self.below(&CertifiedIssuer::signed_by(issuer, KeyPair::generate()?, &self.root)?, &params)
            }
            Leaf::SelfSigned => {
                let key = KeyPair::generate()?;
                let certificate = params.self_signed(&key)?;
                served(vec![certificate.der().to_vec()], &key)
            }
            Leaf::UnknownRoot => {
                let mut served = self.below(&self.unknown_root, &params)?;
                served.cert.truncate(1);
                served.cert.push(self.unknown_root.der().clone());
                Ok(served)
            }
            Leaf::NoIntermediate => {
                params.custom_extensions.push(issuer_url("intermediate.der"));
                let mut served = self.below(&self.intermediate, &params)?;
                served.cert.truncate(1);
                Ok(served)
            }
            Leaf::NoIntermediateUnknown => {
                params.custom_extensions.push(issuer_url("unknown.der"));
                let mut served = self.below(&self.unknown_root, &params)?;
                served.cert.truncate(1);
                Ok(served)
            }
            Leaf::NoIntermediateFar => {
                params.custom_extensions.push(issuer_url("far.der"));
                let mut served = self.below(&self.unknown_intermediate, &params)?;
                served.cert.truncate(1);
                Ok(served)
            }
            Leaf::RevokedByList => {
                params.serial_number = Some(SerialNumber::from_slice(REVOKED_SERIAL));
                params.crl_distribution_points =
                    vec![CrlDistributionPoint { uris: vec![format!("http://{PAPERS_HOST}/revoked.crl")] }];
                self.below(&self.intermediate, &params)
            }
            Leaf::RevokedByStaple => {
                params.serial_number = Some(SerialNumber::from_slice(REVOKED_SERIAL));
                let mut served = self.below(&self.intermediate, &params)?;
                served.ocsp = Some(odd::revoked_answer(&self.intermediate, REVOKED_SERIAL, now)?);
                Ok(served)
            }
            Leaf::ShortKey => odd::short_key(&self.intermediate, &params),
            Leaf::Sha1 => odd::sha1(&self.root, &params, now),
            Leaf::VersionOne => odd::version_one(&self.intermediate, &params),
            Leaf::TooMany => {
                let mut served = self.below(&self.intermediate, &params)?;
                for number in 0..16 {
                    let extra = authority(&format!("Extra {number}"), "podprobe lab", now - DAY, now + 900 * DAY);
                    served.cert.push(extra.self_signed(&KeyPair::generate()?)?.der().clone());
                }
                Ok(served)
            }
            Leaf::Huge => large::followed(self.below(&self.intermediate, &params)?, 12, now),
            Leaf::Large => large::followed(self.below(&self.intermediate, &params)?, 10, now),
            Leaf::ManyNames => {
                let params = large::named(host, 2000, now - 20 * DAY, now + 70 * DAY)?;
                self.below(&self.intermediate, &params)
            }
            Leaf::Deep => large::deep(&self.root, 12, &params, now),
            Leaf::Maze => large::maze(14, &params, now),
            Leaf::Garbage => {
                let mut served = self.below(&self.intermediate, &params)?;
                if let Some(first) = served.cert.first_mut() {
                    *first = CertificateDer::from(b"-----BEGIN CERTIFICATE-----".to_vec());
                }
                Ok(served)
            }
            Leaf::BadSignature => Ok(with_broken_signature(self.below(&self.intermediate, &params)?)),
            Leaf::P521 => odd::p521(&self.root, &params, now),
            Leaf::P521BadSignature => Ok(with_broken_signature(odd::p521(&self.root, &params, now)?)),
            Leaf::P521BadHandshake => {
                let mut served = odd::p521(&self.root, &params, now)?;
                served.key = Arc::new(P521Key::generate()?);
                Ok(served)
            }
            Leaf::BadHandshake => {
                let mut served = self.below(&self.intermediate, &params)?;
                served.key = signing_key(&KeyPair::generate()?)?;
                Ok(served)
            }
            Leaf::ExpiredExtra => {
                let mut served = self.below(&self.intermediate, &params)?;
                let cross = authority("Lab Root", "podprobe lab", now - 2000 * DAY, now - 30 * DAY);
                served.cert.push(cross.signed_by(self.root.key(), &self.unknown_root)?.der().clone());
                Ok(served)
            }
            Leaf::CrossSigned => {
                let mut served = self.below(&self.intermediate, &params)?;
                let cross = authority("Lab Intermediate", "podprobe lab", now - 900 * DAY, now + 900 * DAY);
                let cross = cross.signed_by(self.intermediate.key(), &self.unknown_root)?;
                served.cert.insert(1, cross.der().clone());
                Ok(served)
            }
            Leaf::TooLong => {
                let mut params = days(-20, 380)?;
                params.custom_extensions.push(odd::timestamps(now - 20 * DAY));
                self.below(&self.public_intermediate, &params)
            }
            Leaf::NoTimestamps => self.below(&self.public_intermediate, &days(-10, 35)?),
            Leaf::Public => {
                let mut params = days(-10, 35)?;
                params.custom_extensions.push(odd::timestamps(now - 10 * DAY));
                self.below(&self.public_intermediate, &params)
            }
        }
    }

    /// A leaf and its issuer, the issuer valid until so many days from now.
    fn below_another(
        &self,
        name: &str,
        organisation: &str,
        until: i64,
        params: &CertificateParams,
    ) -> Result<CertifiedKey, PkiError> {
        let issuer = authority(name, organisation, self.now - 400 * DAY, self.now + until * DAY);
        self.below(&CertifiedIssuer::signed_by(issuer, KeyPair::generate()?, &self.root)?, params)
    }

    /// A leaf with a fresh key, and its issuer's certificate.
    #[expect(clippy::unused_self, reason = "reads as what it is: below an authority of this PKI")]
    fn below(&self, issuer: &Authority, params: &CertificateParams) -> Result<CertifiedKey, PkiError> {
        let key = KeyPair::generate()?;
        let leaf = params.signed_by(&key, issuer)?;
        served(vec![leaf.der().to_vec(), issuer.der().to_vec()], &key)
    }
}

/// The same chain, the leaf's signature changed.
fn with_broken_signature(mut served: CertifiedKey) -> CertifiedKey {
    if let Some(first) = served.cert.first_mut() {
        let mut bytes = first.to_vec();
        // Within the last integer of the signature: still DER, no longer a signature.
        if let Some(byte) = bytes.iter_mut().nth_back(3) {
            *byte ^= 0x55;
        }
        *first = CertificateDer::from(bytes);
    }
    served
}

/// A certificate authority's parameters.
fn authority(name: &str, organisation: &str, from: i64, until: i64) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(name, Some(organisation));
    params.not_before = instant!(from);
    params.not_after = instant!(until);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    params
}

/// A server certificate's parameters; the first name is the common name too.
fn leaf(names: &[&str], from: i64, until: i64) -> Result<CertificateParams, PkiError> {
    let mut params = CertificateParams::new(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>())?;
    params.distinguished_name = named(names.first().copied().unwrap_or_default(), None);
    params.not_before = instant!(from);
    params.not_after = instant!(until);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn named(common: &str, organisation: Option<&str>) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    if let Some(organisation) = organisation {
        name.push(DnType::OrganizationName, organisation);
    }
    name.push(DnType::CommonName, common);
    name
}

/// authorityInfoAccess with one caIssuers URL (RFC 5280 4.2.2.1).
fn issuer_url(file: &str) -> CustomExtension {
    let url = format!("http://{PAPERS_HOST}/{file}");
    let access =
        der::sequence(&[&[0x06, 8, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x02], &der::tlv(0x86, url.as_bytes())]);
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], der::sequence(&[&access]))
}

fn served(chain: Vec<Vec<u8>>, key: &KeyPair) -> Result<CertifiedKey, PkiError> {
    Ok(CertifiedKey::new(chain.into_iter().map(CertificateDer::from).collect(), signing_key(key)?))
}

fn signing_key(key: &KeyPair) -> Result<Arc<dyn rustls::sign::SigningKey>, PkiError> {
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    Ok(rustls::crypto::ring::sign::any_supported_type(&key)?)
}
