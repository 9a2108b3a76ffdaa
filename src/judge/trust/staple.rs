//! The stapled OCSP answer (RFC 6960): believed if it is about this certificate, signed by its
//! issuer or by a responder that the issuer certified for it, and current. That a certificate is
//! revoked is true for good, of any time from the revocation on; only a hold may be lifted.

use der::{Decode, Reader, SliceReader};
use ring::digest;
use x509_ocsp::{CertId, CertStatus, OcspGeneralizedTime, OcspResponse, ResponseData, SingleResponse};

use crate::cert::{Certificate, Signed, Timestamp, UnixSeconds, inspect, key_bits, signed_by, timestamps, verify};
use crate::judge::trust::words::utc;

const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";
const OCSP_TIMESTAMPS: &str = "1.3.6.1.4.1.11129.2.4.5";
/// The reason certificateHold (RFC 5280 5.3.1).
const HOLD: u32 = 6;
/// Responder certificates that are looked at.
const MAX_RESPONDERS: usize = 4;
/// Answers within one response that are looked at.
const MAX_ANSWERS: usize = 64;

/// What a stapled answer says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Staple {
    /// Since when the certificate is revoked, and why; the evidence.
    pub(super) revoked: Option<String>,
    /// Its signed certificate timestamps.
    pub(super) timestamps: Vec<Timestamp>,
    /// Why it was not believed, or what else is odd.
    pub(super) remark: Option<String>,
}

/// Reads and weighs a stapled answer about `leaf`, which `issuer` signed.
pub(super) fn read(bytes: &[u8], leaf: &Certificate, issuer: Option<&Certificate>, at: UnixSeconds) -> Staple {
    let remark = |text: &str| Staple { remark: Some(format!("the stapled OCSP answer {text}")), ..Staple::default() };
    let Ok(response) = OcspResponse::from_der(bytes) else { return remark("cannot be read") };
    let Some(basic) = response.response_bytes else {
        return remark(&format!("is an error of the responder ({:?})", response.response_status));
    };
    let Some(parts) = Parts::of(basic.response.as_bytes()) else { return remark("cannot be read") };
    let Ok(data) = ResponseData::from_der(parts.data) else { return remark("cannot be read") };
    let Some(issuer) = issuer else { return remark("cannot be checked: the issuer's certificate is missing") };
    let about = |answer: &&SingleResponse| names(&answer.cert_id, leaf, issuer);
    let Some(answer) = data.responses.iter().take(MAX_ANSWERS).find(about) else {
        return remark("is about another certificate");
    };
    let from = seconds(&answer.this_update);
    let to = answer.next_update.as_ref().map(seconds);
    // The responder's own certificate has to be valid while its answer is.
    if !parts.signed(issuer, at.min(to.unwrap_or(at)).max(from)) {
        return remark("is not signed by the issuer or a responder of its own");
    }
    let for_good = matches!(&answer.cert_status,
        CertStatus::Revoked(info) if info.revocation_reason.map(|reason| reason as u32) != Some(HOLD));
    if !for_good && (from > at || to.is_some_and(|to| to < at)) {
        let end = to.map(|to| format!(" to {}", utc(to))).unwrap_or_default();
        return remark(&format!("is not current: it holds from {}{end}", utc(from)));
    }
    let mut staple = Staple { timestamps: embedded(answer), ..Staple::default() };
    match &answer.cert_status {
        CertStatus::Good(_) => {}
        CertStatus::Unknown(_) => return remark("says that the CA does not know the certificate"),
        CertStatus::Revoked(info) => {
            let since = seconds(&info.revocation_time);
            if since > at {
                staple.remark = Some(format!("the stapled OCSP answer announces a revocation from {} on", utc(since)));
            } else {
                let reason = info.revocation_reason.map(|reason| format!(" ({reason:?})")).unwrap_or_default();
                staple.revoked = Some(format!("revoked {}{reason}, says the stapled OCSP answer", utc(since)));
            }
        }
    }
    staple
}

/// The parts of a BasicOCSPResponse, as they came: the signature is over these very bytes.
struct Parts<'a> {
    data: &'a [u8],
    algorithm: &'a [u8],
    signature: &'a [u8],
    certs: Vec<&'a [u8]>,
}

impl<'a> Parts<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = SliceReader::new(bytes).ok()?;
        reader
            .sequence(|inner| {
                let data = inner.tlv_bytes()?;
                let algorithm = inner.tlv_bytes()?;
                let signature = der::asn1::BitStringRef::decode(inner)?;
                let mut certs = Vec::new();
                if !inner.is_finished() {
                    // [0] EXPLICIT SEQUENCE OF Certificate
                    let header = der::Header::decode(inner)?;
                    let mut list = SliceReader::new(inner.read_slice(header.length)?)?;
                    list.sequence(|each| {
                        while !each.is_finished() && certs.len() < MAX_RESPONDERS {
                            certs.push(each.tlv_bytes()?);
                        }
                        each.read_slice(each.remaining_len()).map(|_| ())
                    })?;
                }
                Ok::<_, der::Error>(Self { data, algorithm, signature: signature.raw_bytes(), certs })
            })
            .ok()
    }

    /// RFC 6960 4.2.2.2: by the issuer, or by one whom the issuer certified to sign OCSP answers.
    fn signed(&self, issuer: &Certificate, at: UnixSeconds) -> bool {
        let by = |signer: &Certificate| verify(signer, self.algorithm, self.data, self.signature) == Signed::Valid;
        by(issuer)
            || self.certs.iter().filter_map(|der| inspect(der).ok()).any(|responder| {
                let usage = responder.extended_key_usage.as_deref().unwrap_or_default();
                usage.iter().any(|purpose| purpose == OCSP_SIGNING)
                    && responder.issuer_der == issuer.subject_der
                    && responder.not_before <= at
                    && at <= responder.not_after
                    && signed_by(&responder, issuer) == Signed::Valid
                    && by(&responder)
            })
    }
}

/// Whether the identifier is this leaf's: serial, and hashes of its issuer's name and key.
fn names(id: &CertId, leaf: &Certificate, issuer: &Certificate) -> bool {
    let algorithm = match id.hash_algorithm.oid.to_string().as_str() {
        "1.3.14.3.2.26" => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        "2.16.840.1.101.3.4.2.1" => &digest::SHA256,
        "2.16.840.1.101.3.4.2.2" => &digest::SHA384,
        "2.16.840.1.101.3.4.2.3" => &digest::SHA512,
        _ => return false,
    };
    let Some(key) = key_bits(issuer) else { return false };
    let hash = |bytes: &[u8]| digest::digest(algorithm, bytes);
    without_zeros(id.serial_number.as_bytes()) == without_zeros(&leaf.serial_der)
        && id.issuer_name_hash.as_bytes() == hash(&leaf.issuer_der).as_ref()
        && id.issuer_key_hash.as_bytes() == hash(&key).as_ref()
}

fn without_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

fn embedded(answer: &SingleResponse) -> Vec<Timestamp> {
    let extensions = answer.single_extensions.as_deref().unwrap_or_default();
    let Some(list) = extensions.iter().find(|each| each.extn_id.to_string() == OCSP_TIMESTAMPS) else {
        return Vec::new();
    };
    let octets = der::asn1::OctetStringRef::from_der(list.extn_value.as_bytes());
    octets.map(|octets| timestamps(octets.as_bytes())).unwrap_or_default()
}

fn seconds(time: &OcspGeneralizedTime) -> UnixSeconds {
    i64::try_from(time.0.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
}
