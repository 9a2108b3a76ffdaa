//! A small PKI for tests: roots, intermediates, cross-signs, leaves, and DER by hand for what rcgen
//! does not make.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData, SignatureAlgorithm, SigningKey,
};

use crate::cert::{Certificate, UnixSeconds, inspect};

/// 2026-06-01 00:00:00 UTC: the time of the tests.
pub(crate) const NOW: UnixSeconds = 1_780_272_000;
pub(crate) const DAY: i64 = 86_400;

/// An instant as rcgen takes it (its type has no name without another dependency).
macro_rules! stamp {
    ($at:expr) => {
        rcgen::date_time_ymd(1970, 1, 1) + std::time::Duration::from_secs(u64::try_from($at).unwrap())
    };
}
pub(crate) use stamp;

/// An authority: its certificate, and what it takes to issue.
pub(crate) struct Ca {
    pub(crate) cert: Arc<Certificate>,
    pub(crate) key: KeyPair,
    pub(crate) params: CertificateParams,
}

/// First and last valid second.
pub(crate) fn dates(params: &mut CertificateParams, from: UnixSeconds, to: UnixSeconds) {
    params.not_before = stamp!(from);
    params.not_after = stamp!(to);
}

pub(crate) fn parsed(der: &[u8]) -> Arc<Certificate> {
    Arc::new(inspect(der).unwrap())
}

fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.distinguished_name.push(DnType::OrganizationName, "Test CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    dates(&mut params, NOW - 365 * DAY, NOW + 9 * 365 * DAY);
    params
}

/// A leaf of 90 days, a third of them gone.
pub(crate) fn leaf_params(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let common = names.first().cloned().unwrap_or_else(|| "nameless".to_owned());
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    dates(&mut params, NOW - 30 * DAY, NOW + 60 * DAY - 1);
    params
}

impl Ca {
    pub(crate) fn root(name: &str) -> Self {
        Self::root_with(name, |_| ())
    }

    pub(crate) fn root_with(name: &str, alter: impl FnOnce(&mut CertificateParams)) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = ca_params(name);
        alter(&mut params);
        let cert = parsed(params.self_signed(&key).unwrap().der());
        Self { cert, key, params }
    }

    pub(crate) fn issuer(&self) -> Issuer<'_, &KeyPair> {
        Issuer::from_params(&self.params, &self.key)
    }

    pub(crate) fn sub(&self, name: &str) -> Self {
        self.sub_with(name, |_| ())
    }

    pub(crate) fn sub_with(&self, name: &str, alter: impl FnOnce(&mut CertificateParams)) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = ca_params(name);
        alter(&mut params);
        let cert = parsed(params.signed_by(&key, &self.issuer()).unwrap().der());
        Self { cert, key, params }
    }

    /// The other authority's name and key, certified by this one.
    pub(crate) fn cross(&self, other: &Self, alter: impl FnOnce(&mut CertificateParams)) -> Arc<Certificate> {
        let mut params = other.params.clone();
        alter(&mut params);
        parsed(params.signed_by(&other.key, &self.issuer()).unwrap().der())
    }

    pub(crate) fn leaf(&self, names: &[&str]) -> Arc<Certificate> {
        self.leaf_with(names, |_| ())
    }

    pub(crate) fn leaf_with(&self, names: &[&str], alter: impl FnOnce(&mut CertificateParams)) -> Arc<Certificate> {
        self.leaf_for(&KeyPair::generate().unwrap(), names, alter)
    }

    pub(crate) fn leaf_for(
        &self,
        key: &impl PublicKeyData,
        names: &[&str],
        alter: impl FnOnce(&mut CertificateParams),
    ) -> Arc<Certificate> {
        let mut params = leaf_params(names);
        alter(&mut params);
        parsed(params.signed_by(key, &self.issuer()).unwrap().der())
    }

    /// A signature by this authority's key.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        SigningKey::sign(&self.key, message).unwrap()
    }
}

/// A certificate that signs itself.
pub(crate) fn self_signed(names: &[&str], alter: impl FnOnce(&mut CertificateParams)) -> Arc<Certificate> {
    let mut params = leaf_params(names);
    alter(&mut params);
    parsed(params.self_signed(&KeyPair::generate().unwrap()).unwrap().der())
}

/// A public RSA key of so many bits that nobody holds the private part of.
pub(crate) struct RsaKey(Vec<u8>);

impl RsaKey {
    pub(crate) fn of(bits: usize) -> Self {
        let mut modulus = vec![0xc5; bits / 8];
        modulus.insert(0, 0);
        Self(tlv(0x30, &[&tlv(2, &[&modulus]), &[2, 3, 1, 0, 1]]))
    }
}

impl PublicKeyData for RsaKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

/// A DER value.
pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    match content.len() {
        short @ 0..0x80 => out.push(u8::try_from(short).unwrap()),
        long => {
            out.push(0x82);
            out.extend(u16::try_from(long).unwrap().to_be_bytes());
        }
    }
    // DER wants the shortest form of a length.
    if (0x80..0x100).contains(&content.len()) {
        out.truncate(1);
        out.extend([0x81, u8::try_from(content.len()).unwrap()]);
    }
    out.extend(content);
    out
}

/// An extension with this content.
pub(crate) fn extension(oid: &[u64], critical: bool, content: Vec<u8>) -> CustomExtension {
    let mut out = CustomExtension::from_oid_content(oid, content);
    out.set_criticality(critical);
    out
}

/// Where the issuer's certificate can be had.
pub(crate) fn issuer_url(url: &str) -> CustomExtension {
    let ca_issuers = [0x06, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 2];
    let access = tlv(0x30, &[&ca_issuers, &tlv(0x86, &[url.as_bytes()])]);
    extension(&[1, 3, 6, 1, 5, 5, 7, 1, 1], false, tlv(0x30, &[&access]))
}

/// A list of timestamps of these logs, each id made of one byte.
pub(crate) fn timestamp_list(logs: &[u8]) -> Vec<u8> {
    timestamps_of(&logs.iter().map(|log| [*log; 32]).collect::<Vec<_>>())
}

/// A list of timestamps of the logs with these ids.
fn timestamps_of(logs: &[[u8; 32]]) -> Vec<u8> {
    let mut list = Vec::new();
    for log in logs {
        let at = u64::try_from(NOW).unwrap() * 1000;
        let entry = [&[0][..], log, &at.to_be_bytes(), &[0, 0, 4, 3, 0, 2, 0x30, 0]].concat();
        list.extend(u16::try_from(entry.len()).unwrap().to_be_bytes());
        list.extend(entry);
    }
    let mut out = u16::try_from(list.len()).unwrap().to_be_bytes().to_vec();
    out.extend(list);
    out
}

/// Embedded timestamps of these logs.
pub(crate) fn embedded(logs: &[u8]) -> CustomExtension {
    extension(&[1, 3, 6, 1, 4, 1, 11129, 2, 4, 2], false, tlv(4, &[&timestamp_list(logs)]))
}

/// Embedded timestamps of logs whose ids begin so.
pub(crate) fn embedded_of(logs: &[u64]) -> CustomExtension {
    let id = |prefix: &u64| std::array::from_fn(|at| prefix.to_be_bytes().get(at).copied().unwrap_or(7));
    let list = timestamps_of(&logs.iter().map(id).collect::<Vec<_>>());
    extension(&[1, 3, 6, 1, 4, 1, 11129, 2, 4, 2], false, tlv(4, &[&list]))
}

/// The certificate with another signature algorithm named in it, and a signature that is none.
pub(crate) fn with_algorithm(cert: &Certificate, algorithm: &[u8]) -> Vec<u8> {
    let ecdsa_sha256 = tlv(0x30, &[&[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]]);
    let tbs = x509_parser::parse_x509_certificate(&cert.der).unwrap().1.tbs_certificate.as_ref().to_vec();
    let body = &tbs[4..];
    let at = body.windows(ecdsa_sha256.len()).position(|window| window == ecdsa_sha256).unwrap();
    let tbs = tlv(0x30, &[&body[..at], algorithm, &body[at + ecdsa_sha256.len()..]]);
    tlv(0x30, &[&tbs, algorithm, &tlv(3, &[&[0, 1, 2, 3]])])
}

/// The certificate with its last signature byte turned.
pub(crate) fn broken(cert: &Certificate) -> Arc<Certificate> {
    let mut der = cert.der.to_vec();
    *der.last_mut().unwrap() ^= 1;
    parsed(&der)
}
