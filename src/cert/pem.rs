//! Certificates in files: PEM, DER (one or several in a row), and the PKCS #7 bag that some CAs
//! hand out as the issuer's certificate. The bytes are taken out here, not read.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{Error, PemObject};

/// Why a file gave no certificates. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PemFault {
    /// A BEGIN line that is not one.
    #[error("line {line}: not a valid PEM header")]
    Header {
        /// Where it stands.
        line: usize,
    },
    /// A section without its END line.
    #[error("line {line}: this section has no matching END line")]
    NoEnd {
        /// Where it begins.
        line: usize,
    },
    /// A section whose content is not base64.
    #[error("line {line}: not base64")]
    Base64 {
        /// The first line with something else, or the section's first line.
        line: usize,
    },
    /// A section without content, or beyond any size.
    #[error("line {line}: a certificate of no use: empty or too large")]
    Size {
        /// Where it begins.
        line: usize,
    },
    /// Neither a PEM section of type CERTIFICATE nor DER.
    #[error("no certificate in it (neither PEM nor DER)")]
    NoCertificate,
}

const BEGIN: &[u8] = b"-----BEGIN";

/// The certificates of a PEM text, as DER, in their order. Sections of other types (keys) are
/// passed over. Text without any certificate is [`PemFault::NoCertificate`].
pub fn from_pem(text: &[u8]) -> Result<Vec<Vec<u8>>, PemFault> {
    let mut certs = Vec::new();
    for (line, section) in sections(text) {
        for each in CertificateDer::pem_slice_iter(section) {
            let der = each.map_err(|error| fault(&error, line, section))?;
            if der.is_empty() {
                return Err(PemFault::Size { line });
            }
            certs.push(der.as_ref().to_vec());
        }
    }
    if certs.is_empty() { Err(PemFault::NoCertificate) } else { Ok(certs) }
}

/// The certificates of a file, whichever form it has: PEM, DER, several DER in a row, or a
/// PKCS #7 bag (RFC 5652 SignedData with certificates alone), PEM-less.
pub fn from_file(bytes: &[u8]) -> Result<Vec<Vec<u8>>, PemFault> {
    if bytes.first() == Some(&SEQUENCE) && !starts_text(bytes) {
        let certs = bag(bytes).unwrap_or_else(|| row(bytes));
        return if certs.is_empty() { Err(PemFault::NoCertificate) } else { Ok(certs) };
    }
    from_pem(bytes)
}

/// A text may begin with the digit that a DER sequence begins with; binary has a length then.
fn starts_text(bytes: &[u8]) -> bool {
    tlv(bytes).is_none() && bytes.windows(BEGIN.len()).any(|window| window == BEGIN)
}

/// The text cut before each BEGIN line, with the number of that line.
fn sections(text: &[u8]) -> Vec<(usize, &[u8])> {
    let mut starts = Vec::new();
    let mut at = 0;
    for (number, line) in (1..).zip(text.split_inclusive(|byte| *byte == b'\n')) {
        if line.starts_with(BEGIN) {
            starts.push((number, at));
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).map(|(_, at)| *at).chain([text.len()]).collect::<Vec<_>>();
    starts.iter().zip(ends).map(|((line, from), to)| (*line, text.get(*from..to).unwrap_or_default())).collect()
}

fn fault(error: &Error, line: usize, section: &[u8]) -> PemFault {
    match error {
        Error::MissingSectionEnd { .. } => PemFault::NoEnd { line },
        Error::IllegalSectionStart { .. } => PemFault::Header { line },
        Error::Base64Decode(_) => {
            let odd = |byte: &u8| !(byte.is_ascii_alphanumeric() || b"+/= \t\r\n".contains(byte));
            let bad = section
                .split(|byte| *byte == b'\n')
                .enumerate()
                .skip(1)
                .take_while(|(_, text)| !text.starts_with(b"-----"))
                .find(|(_, text)| text.iter().any(odd));
            PemFault::Base64 { line: line + bad.map_or(0, |(offset, _)| offset) }
        }
        _ => PemFault::Size { line },
    }
}

const SEQUENCE: u8 = 0x30;

/// Tag, content and what follows of the DER value at the front.
fn tlv(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let count = usize::from(*first & 0x7f);
        if count == 0 || count > 4 {
            return None;
        }
        let (digits, rest) = rest.split_at_checked(count)?;
        (digits.iter().fold(0usize, |sum, digit| sum << 8 | usize::from(*digit)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

/// DER sequences in a row.
fn row(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = bytes;
    let mut out = Vec::new();
    while let Some((SEQUENCE, _, after)) = tlv(rest) {
        out.push(rest.get(..rest.len() - after.len()).unwrap_or_default().to_vec());
        rest = after;
    }
    out
}

/// The certificates of a PKCS #7 bag; `None` where it is none.
fn bag(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
    const CONTEXT_0: u8 = 0xa0;
    let (SEQUENCE, info, _) = tlv(bytes)? else { return None };
    let (0x06, SIGNED_DATA, rest) = tlv(info)? else { return None };
    let (CONTEXT_0, content, _) = tlv(rest)? else { return None };
    let (SEQUENCE, signed, _) = tlv(content)? else { return None };
    let mut rest = signed;
    while let Some((tag, content, after)) = tlv(rest) {
        if tag == CONTEXT_0 {
            return Some(row(content));
        }
        rest = after;
    }
    Some(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n";

    #[test]
    fn faults_name_their_line() {
        assert_eq!(from_pem(GOOD.as_bytes()), Ok(vec![vec![0x30, 3, 2, 1, 1]]));
        let text = format!("# a bundle\n{GOOD}{}", GOOD.replace("MAMC", "MA!C"));
        assert_eq!(from_pem(text.as_bytes()), Err(PemFault::Base64 { line: 6 }));
        let text = format!("{GOOD}-----BEGIN CERTIFICATE-----\nMAMCAQE=\n{GOOD}");
        assert_eq!(from_pem(text.as_bytes()), Err(PemFault::NoEnd { line: 4 }));
        let text = format!("{GOOD}\n-----BEGIN CERTIFICATE\nMAMCAQE=\n");
        assert_eq!(from_pem(text.as_bytes()), Err(PemFault::Header { line: 5 }));
        let text = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
        assert_eq!(from_pem(text.as_bytes()), Err(PemFault::Size { line: 1 }));
        assert_eq!(from_pem(b"hello"), Err(PemFault::NoCertificate));
        assert_eq!(from_pem(b""), Err(PemFault::NoCertificate));
    }

    #[test]
    fn other_sections_and_line_endings_do_not_matter() {
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        let text = format!("{key}{GOOD}{key}{GOOD}").replace('\n', "\r\n");
        assert_eq!(from_pem(text.as_bytes()).map(|certs| certs.len()), Ok(2));
        assert_eq!(from_pem(key.as_bytes()), Err(PemFault::NoCertificate));
    }

    #[test]
    fn der_and_pkcs7_are_known_by_their_bytes() {
        let one = vec![0x30, 3, 2, 1, 1];
        let two = vec![0x30, 3, 2, 1, 2];
        assert_eq!(from_file(&one), Ok(vec![one.clone()]));
        assert_eq!(from_file(&[one.clone(), two.clone()].concat()), Ok(vec![one.clone(), two.clone()]));
        assert_eq!(from_file(GOOD.as_bytes()), Ok(vec![one.clone()]));
        let wrap = |tag: u8, content: Vec<u8>| [vec![tag, u8::try_from(content.len()).unwrap()], content].concat();
        let certs = wrap(0xa0, [one.clone(), two.clone()].concat());
        let oid = vec![0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
        let signed = wrap(0x30, [vec![2, 1, 1, 0x31, 0], wrap(0x30, vec![0x06, 1, 0x2a]), certs].concat());
        let bag = wrap(0x30, [oid, wrap(0xa0, signed)].concat());
        assert_eq!(from_file(&bag), Ok(vec![one, two]));
        assert_eq!(from_file(&bag[..20]), Err(PemFault::NoCertificate));
        assert_eq!(from_file(&[0x30]), Err(PemFault::NoCertificate));
    }
}
