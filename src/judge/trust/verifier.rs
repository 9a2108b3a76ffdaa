//! webpki: the authority for pass or fail. What it refuses for is told in words here, and which
//! code of ours stands for it.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, Error, ExtendedKeyUsageValidator, KeyPurposeIdIter, KeyUsage, RevocationOptions};

use crate::cert::{Certificate, Fingerprint, UnixSeconds, algorithms};
use crate::judge::Code;
use crate::link::Host;

/// The path that webpki took.
#[derive(Debug)]
pub(super) struct Accepted {
    /// The intermediates, from the leaf upwards.
    pub(super) intermediates: Vec<Fingerprint>,
    /// The anchor.
    pub(super) anchor: TrustAnchor<'static>,
}

/// Verifies a leaf over these intermediates against these anchors.
pub(super) fn verify<'a>(
    leaf: &Certificate,
    intermediates: impl Iterator<Item = &'a Arc<Certificate>>,
    anchors: &[TrustAnchor<'_>],
    at: UnixSeconds,
    usage: Usage,
    revocation: Option<RevocationOptions<'_>>,
) -> Result<Accepted, Error> {
    let der = CertificateDer::from(leaf.der.as_ref());
    let entity = EndEntityCert::try_from(&der)?;
    let intermediates: Vec<CertificateDer<'_>> =
        intermediates.map(|cert| CertificateDer::from(cert.der.as_ref())).collect();
    let path = entity.verify_for_usage(algorithms().all, anchors, &intermediates, unix(at), usage, revocation, None)?;
    Ok(Accepted {
        intermediates: path.intermediate_certificates().map(|cert| Fingerprint::of(cert.der().as_ref())).collect(),
        anchor: path.anchor().to_owned(),
    })
}

/// Whether webpki finds this host among the leaf's names; `None` where it cannot be asked, because
/// it cannot read the leaf or the host is no name that TLS can carry.
pub(super) fn names_host(leaf: &Certificate, host: &Host) -> Option<bool> {
    let der = CertificateDer::from(leaf.der.as_ref());
    let entity = EndEntityCert::try_from(&der).ok()?;
    let name = match host {
        Host::Ip(ip) => ServerName::from(*ip),
        Host::Name(name) => ServerName::try_from(name.as_str()).ok()?,
    };
    Some(entity.verify_is_valid_for_subject_name(&name).is_ok())
}

/// webpki's clock begins in 1970.
fn unix(at: UnixSeconds) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at).unwrap_or(0)))
}

/// Which extended key usages are accepted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Usage {
    /// serverAuth, or none at all.
    Server,
    /// Any: another question is asked.
    Any,
}

impl ExtendedKeyUsageValidator for Usage {
    fn validate(&self, mut purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        match self {
            Self::Server => KeyUsage::server_auth().validate(purposes),
            Self::Any => purposes.try_for_each(|purpose| purpose.map(|_| ())),
        }
    }
}

/// The codes that may stand for this refusal; the first is the one to raise where none of them is.
pub(super) fn codes(error: &Error) -> &'static [Code] {
    match error {
        Error::CertExpired { .. } => &[Code::CertExpired, Code::CertIntermediateExpired],
        Error::CertNotValidYet { .. } => &[Code::CertNotYetValid, Code::CertInvalid],
        Error::CertNotValidForName(_) => &[Code::CertNameMismatch],
        Error::CertRevoked => &[Code::CertRevoked],
        Error::UnknownIssuer => {
            &[Code::CertInvalid, Code::CertSelfSigned, Code::CertUntrusted, Code::CertChainIncomplete]
        }
        Error::UnsupportedSignatureAlgorithmContext(_)
        | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)
        | Error::InvalidSignatureForPublicKey => &[Code::CertInvalid, Code::CertWeak],
        Error::InvalidCertValidity => &[Code::CertInvalid, Code::CertExpired, Code::CertNotYetValid],
        _ => &[Code::CertInvalid],
    }
}

/// The refusal in words.
pub(super) fn words(error: &Error) -> String {
    let text = match error {
        Error::BadDer => "an encoding that is not DER",
        Error::BadDerTime => "a date that is not encoded as DER asks",
        Error::CaUsedAsEndEntity => "a CA certificate stands where the server's own belongs",
        Error::CertDistrusted => "a key that is explicitly distrusted",
        Error::CertExpired { .. } => "a certificate of the path has expired",
        Error::CertNotValidYet { .. } => "a certificate of the path is not valid yet",
        Error::CertNotValidForName(_) => "the name is not in the certificate",
        Error::CertRevoked => "the certificate is revoked",
        Error::EmptyEkuExtension => "an extended key usage that names no usage",
        Error::EndEntityUsedAsCa => "a certificate signs another and is no CA",
        Error::ExtensionValueInvalid => "an extension that is invalid or occurs twice",
        Error::InvalidCertValidity => "a validity that ends before it begins",
        Error::InvalidNetworkMaskConstraint => "an invalid network in its name constraints",
        Error::InvalidSerialNumber => "an invalid serial number",
        Error::InvalidSignatureForPublicKey => "a signature that its issuer's key did not make",
        Error::MalformedDnsIdentifier => "a malformed DNS name",
        Error::MalformedExtensions => "malformed extensions",
        Error::MalformedNameConstraint => "a malformed name constraint",
        Error::NameConstraintViolation => "a name outside the name constraints of its issuers",
        Error::PathLenConstraintViolated => "more CAs below one another than an issuer allows",
        Error::RequiredEkuNotFoundContext(_) => "an extended key usage without server authentication",
        Error::SignatureAlgorithmMismatch => "two different signature algorithms named in one certificate",
        Error::TrailingData(_) => "bytes behind the end of a structure",
        Error::UnknownIssuer => "no path to a known issuer",
        Error::UnsupportedCertVersion => "a version other than X.509 v3",
        Error::UnsupportedCriticalExtension => "a critical extension that is not supported",
        Error::UnsupportedSignatureAlgorithmContext(_) | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            "a signature algorithm or key that is not supported"
        }
        Error::MaximumNameConstraintComparisonsExceeded
        | Error::MaximumPathBuildCallsExceeded
        | Error::MaximumPathDepthExceeded
        | Error::MaximumSignatureChecksExceeded => "paths that are too many or too long to try",
        Error::InvalidCrlSignatureForPublicKey => "a revocation list that its issuer's key did not sign",
        Error::IssuerNotCrlSigner => "a revocation list whose issuer may not sign such lists",
        Error::UnsupportedDeltaCrl | Error::UnsupportedIndirectCrl | Error::UnsupportedCrlVersion => {
            "a revocation list of a kind that is not supported"
        }
        other => return format!("{other}"),
    };
    text.to_owned()
}
