//! DER to facts. Nothing is decided here; what cannot be read is [`Unparsable`].

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;
use x509_parser::signature_algorithm::RsaSsaPssParams;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use crate::cert::signature::{curve, rsa_bits};
use crate::cert::{
    Certificate, Fingerprint, Hash, Key, KeyUsage, MAX_CHAIN, MAX_CHAIN_BYTES, Name, Served, Signature, Unparsable, dn,
    timestamps,
};

/// At most this many URLs of one kind are kept.
const MAX_URLS: usize = 8;

/// At most this many names are kept; a message of 64 KiB holds fewer real ones.
const MAX_NAMES: usize = 4096;

/// At most this many unknown critical extensions are named.
const MAX_UNKNOWN: usize = 16;

const CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";
const TIMESTAMPS: &str = "1.3.6.1.4.1.11129.2.4.2";
const TLS_FEATURE: &str = "1.3.6.1.5.5.7.1.24";

/// Extensions whose meaning is known here or that change nothing for a server's certificate. A
/// precertificate's poison (RFC 6962 3.1) is not among them: no client accepts one.
const KNOWN: &[&str] = &[
    "2.5.29.14",
    "2.5.29.15",
    "2.5.29.17",
    "2.5.29.18",
    "2.5.29.19",
    "2.5.29.30",
    "2.5.29.31",
    "2.5.29.32",
    "2.5.29.33",
    "2.5.29.35",
    "2.5.29.36",
    "2.5.29.37",
    "2.5.29.46",
    "2.5.29.54",
    "1.3.6.1.5.5.7.1.1",
    "1.3.6.1.5.5.7.1.11",
    TIMESTAMPS,
    TLS_FEATURE,
];

/// Reads one certificate. Trailing bytes make it unparsable, extensions that do not parse count as
/// absent (the verifier has its own word on them), of an extension that comes twice the first counts.
pub fn inspect(der: &[u8]) -> Result<Certificate, Unparsable> {
    let sha256 = Fingerprint::of(der);
    let fail = |why: String| Unparsable { sha256, why };
    if der.len() > MAX_CHAIN_BYTES {
        return Err(fail(format!("{} bytes are more than {MAX_CHAIN_BYTES}", der.len())));
    }
    let (rest, parsed) = X509Certificate::from_der(der).map_err(|error| fail(error.to_string()))?;
    if !rest.is_empty() {
        return Err(fail(format!("{} bytes behind its end", rest.len())));
    }
    let subject = parsed.subject();
    let issuer = parsed.issuer();
    let issuer_text = dn::rfc4514(issuer);
    let serial_der = parsed.raw_serial().to_vec();
    let mut cert = Certificate {
        der: der.into(),
        sha256,
        subject: dn::rfc4514(subject),
        issuer_name: dn::first(issuer, "2.5.4.10")
            .or_else(|| dn::first(issuer, "2.5.4.3"))
            .unwrap_or_else(|| issuer_text.clone()),
        issuer: issuer_text,
        subject_der: subject.as_raw().into(),
        issuer_der: issuer.as_raw().into(),
        serial: hex(match serial_der.as_slice() {
            [0, rest @ ..] if !rest.is_empty() => rest,
            all => all,
        }),
        serial_der,
        version: u8::try_from(parsed.version().0).unwrap_or(u8::MAX).saturating_add(1),
        not_before: parsed.validity().not_before.timestamp(),
        not_after: parsed.validity().not_after.timestamp(),
        names: Vec::new(),
        common_name: dn::first(subject, "2.5.4.3"),
        key: key(parsed.public_key()),
        signature: signature(&parsed.signature_algorithm),
        is_ca: false,
        path_len: None,
        key_usage: None,
        extended_key_usage: None,
        subject_key_id: None,
        authority_key_id: None,
        issuer_urls: Vec::new(),
        crl_urls: Vec::new(),
        timestamps: Vec::new(),
        must_staple: false,
        has_name_constraints: false,
        unknown_critical: Vec::new(),
    };
    extensions(&parsed, &mut cert);
    Ok(cert)
}

/// What a server sent, each certificate read. At most [`MAX_CHAIN`] certificates and
/// [`MAX_CHAIN_BYTES`] bytes are looked at; all are counted.
pub fn served<'a>(ders: impl Iterator<Item = &'a [u8]>) -> Served {
    let mut out = Served::default();
    let mut room = MAX_CHAIN_BYTES;
    for der in ders {
        out.sent = out.sent.saturating_add(1);
        let Some(left) = room.checked_sub(der.len()) else {
            room = 0;
            continue;
        };
        if out.entries.len() < MAX_CHAIN {
            room = left;
            out.entries.push(inspect(der).map(Arc::new));
        }
    }
    out
}

fn extensions(parsed: &X509Certificate<'_>, cert: &mut Certificate) {
    let mut seen: HashSet<String> = HashSet::new();
    for each in parsed.extensions() {
        let oid = each.oid.to_id_string();
        if each.critical && !KNOWN.contains(&oid.as_str()) && cert.unknown_critical.len() < MAX_UNKNOWN {
            cert.unknown_critical.push(oid.clone());
        }
        if !seen.insert(oid.clone()) {
            continue;
        }
        match each.parsed_extension() {
            ParsedExtension::SubjectAlternativeName(san) => {
                cert.names = san.general_names.iter().filter_map(name).take(MAX_NAMES).collect();
            }
            ParsedExtension::BasicConstraints(basic) => {
                cert.is_ca = basic.ca;
                cert.path_len = basic.path_len_constraint;
            }
            ParsedExtension::KeyUsage(usage) => {
                cert.key_usage = Some(KeyUsage {
                    digital_signature: usage.digital_signature(),
                    key_encipherment: usage.key_encipherment(),
                    key_agreement: usage.key_agreement(),
                    cert_sign: usage.key_cert_sign(),
                });
            }
            ParsedExtension::ExtendedKeyUsage(_) => cert.extended_key_usage = Some(purposes(each.value)),
            ParsedExtension::SubjectKeyIdentifier(id) => cert.subject_key_id = Some(id.0.to_vec()),
            ParsedExtension::AuthorityKeyIdentifier(id) => {
                cert.authority_key_id = id.key_identifier.as_ref().map(|id| id.0.to_vec());
            }
            ParsedExtension::AuthorityInfoAccess(access) => {
                let issuers = access.iter().filter(|each| each.access_method.to_id_string() == CA_ISSUERS);
                cert.issuer_urls = issuers.filter_map(|each| uri(&each.access_location)).take(MAX_URLS).collect();
            }
            ParsedExtension::CRLDistributionPoints(points) => {
                let names = points.iter().filter_map(|point| match &point.distribution_point {
                    Some(DistributionPointName::FullName(names)) => Some(names),
                    _ => None,
                });
                cert.crl_urls = names.flatten().filter_map(uri).take(MAX_URLS).collect();
            }
            ParsedExtension::NameConstraints(_) => cert.has_name_constraints = true,
            _ if oid == TIMESTAMPS => cert.timestamps = inner(0x04, each.value).map(timestamps).unwrap_or_default(),
            _ if oid == TLS_FEATURE => cert.must_staple = asks_for_staple(each.value),
            // Named whatever its content is: that nobody can read it makes it no weaker.
            _ if oid == "2.5.29.30" => cert.has_name_constraints = true,
            _ => {}
        }
    }
}

fn name(general: &GeneralName<'_>) -> Option<Name> {
    match general {
        GeneralName::DNSName(name) => Some(Name::Dns(name.to_ascii_lowercase())),
        GeneralName::IPAddress(bytes) => {
            let v4 = <[u8; 4]>::try_from(*bytes).ok().map(|four| IpAddr::V4(Ipv4Addr::from(four)));
            let v6 = || <[u8; 16]>::try_from(*bytes).ok().map(|all| IpAddr::V6(Ipv6Addr::from(all)));
            v4.or_else(v6).map(Name::Ip)
        }
        _ => None,
    }
}

fn uri(general: &GeneralName<'_>) -> Option<String> {
    match general {
        GeneralName::URI(uri) => Some((*uri).to_owned()),
        _ => None,
    }
}

/// The OIDs of an extendedKeyUsage, in their order (the parser sorts the known ones out).
fn purposes(value: &[u8]) -> Vec<String> {
    let Some(mut rest) = inner(0x30, value) else { return Vec::new() };
    let mut out = Vec::new();
    while let Ok((after, oid)) = x509_parser::asn1_rs::Oid::from_der(rest) {
        out.push(oid.to_id_string());
        rest = after;
    }
    out
}

/// RFC 7633: a sequence of integers; 5 is status_request.
fn asks_for_staple(value: &[u8]) -> bool {
    let Some(mut rest) = inner(0x30, value) else { return false };
    while let [0x02, 0x01, feature, after @ ..] = rest {
        if *feature == 5 {
            return true;
        }
        rest = after;
    }
    false
}

/// The content of the one DER value of this tag that `bytes` is.
fn inner(tag: u8, bytes: &[u8]) -> Option<&[u8]> {
    let (rest, any) = x509_parser::asn1_rs::Any::from_der(bytes).ok()?;
    (rest.is_empty() && bytes.first() == Some(&tag)).then_some(any.data)
}

fn key(spki: &SubjectPublicKeyInfo<'_>) -> Key {
    if let Some(bits) = rsa_bits(spki) {
        return Key::Rsa { bits };
    }
    let oid = spki.algorithm.algorithm.to_id_string();
    match oid.as_str() {
        "1.3.101.112" => Key::Ed25519,
        "1.2.840.10045.2.1" => {
            let curve = curve(spki).unwrap_or_else(|| "explicit".to_owned());
            let known = CURVES.iter().find(|(known, _)| *known == curve).map(|(_, name)| (*name).to_owned());
            Key::Ec { curve: known.unwrap_or(curve) }
        }
        _ => Key::Other(oid),
    }
}

const CURVES: &[(&str, &str)] = &[
    ("1.2.840.10045.3.1.7", "P-256"),
    ("1.3.132.0.34", "P-384"),
    ("1.3.132.0.35", "P-521"),
    ("1.3.132.0.33", "P-224"),
    ("1.2.840.10045.3.1.1", "P-192"),
    ("1.3.132.0.10", "secp256k1"),
    ("1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"),
    ("1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"),
    ("1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"),
];

const SIGNATURES: &[(&str, &str, Hash)] = &[
    ("1.2.840.113549.1.1.11", "sha256WithRSAEncryption", Hash::Sound),
    ("1.2.840.10045.4.3.2", "ecdsa-with-SHA256", Hash::Sound),
    ("1.2.840.10045.4.3.3", "ecdsa-with-SHA384", Hash::Sound),
    ("1.2.840.113549.1.1.12", "sha384WithRSAEncryption", Hash::Sound),
    ("1.2.840.113549.1.1.13", "sha512WithRSAEncryption", Hash::Sound),
    ("1.2.840.10045.4.3.4", "ecdsa-with-SHA512", Hash::Sound),
    ("1.3.101.112", "ED25519", Hash::Sound),
    ("1.3.101.113", "ED448", Hash::Sound),
    ("1.2.840.113549.1.1.14", "sha224WithRSAEncryption", Hash::Sound),
    ("1.2.840.10045.4.3.1", "ecdsa-with-SHA224", Hash::Sound),
    ("2.16.840.1.101.3.4.3.2", "dsa_with_SHA256", Hash::Sound),
    ("1.2.840.113549.1.1.5", "sha1WithRSAEncryption", Hash::Sha1),
    ("1.3.14.3.2.29", "sha1WithRSA", Hash::Sha1),
    ("1.2.840.10045.4.1", "ecdsa-with-SHA1", Hash::Sha1),
    ("1.2.840.10040.4.3", "dsaWithSHA1", Hash::Sha1),
    ("1.2.840.113549.1.1.4", "md5WithRSAEncryption", Hash::Md5),
    ("1.2.840.113549.1.1.2", "md2WithRSAEncryption", Hash::Md5),
];

fn signature(algorithm: &AlgorithmIdentifier<'_>) -> Signature {
    let oid = algorithm.algorithm.to_id_string();
    if oid == "1.2.840.113549.1.1.10" {
        let params = algorithm.parameters.as_ref().and_then(|params| RsaSsaPssParams::try_from(params).ok());
        let hash = match params.as_ref().map(|params| params.hash_algorithm_oid().to_id_string()).as_deref() {
            Some("2.16.840.1.101.3.4.2.1" | "2.16.840.1.101.3.4.2.2" | "2.16.840.1.101.3.4.2.3") => Hash::Sound,
            // RFC 4055 3.1: SHA-1 is what the parameters default to.
            Some("1.3.14.3.2.26") => Hash::Sha1,
            _ => Hash::Unknown,
        };
        return Signature { name: "rsassaPss".to_owned(), hash };
    }
    match SIGNATURES.iter().find(|(known, ..)| *known == oid) {
        Some((_, name, hash)) => Signature { name: (*name).to_owned(), hash: *hash },
        None => Signature { name: oid, hash: Hash::Unknown },
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}
