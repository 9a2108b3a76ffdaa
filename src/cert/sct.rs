//! Lists of signed certificate timestamps (RFC 6962 3.3). Whether they suffice is not said here.

use crate::cert::Timestamp;

/// The timestamps of a `SignedCertificateTimestampList`, in their order; what cannot be read is
/// left out. The list stands in an OCTET STRING within the certificate's or the OCSP answer's
/// extension; `list` is the inside of it.
pub fn timestamps(list: &[u8]) -> Vec<Timestamp> {
    let Some((list, _)) = prefixed(list) else { return Vec::new() };
    let mut rest = list;
    let mut out = Vec::new();
    while let Some((entry, after)) = prefixed(rest) {
        rest = after;
        // Version 1 is the only one with this shape: version, log id, milliseconds, ...
        let Some((0, entry)) = entry.split_first().map(|(version, entry)| (*version, entry)) else { continue };
        let Some((log_id, entry)) = entry.split_first_chunk::<32>() else { continue };
        let Some((at, _)) = entry.split_first_chunk::<8>() else { continue };
        out.push(Timestamp { log_id: *log_id, at_ms: u64::from_be_bytes(*at) });
    }
    out
}

/// What a two-byte length prefix covers, and what follows.
fn prefixed(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_as_far_as_it_goes() {
        let entry = |version: u8, log: u8| {
            let mut entry = vec![version];
            entry.extend([log; 32]);
            entry.extend(1_700_000_000_000u64.to_be_bytes());
            entry.extend([0, 0, 4, 3, 0, 0]);
            let mut out = u16::try_from(entry.len()).unwrap().to_be_bytes().to_vec();
            out.extend(entry);
            out
        };
        let body = [entry(0, 1), entry(1, 2), entry(0, 3)].concat();
        let mut list = u16::try_from(body.len()).unwrap().to_be_bytes().to_vec();
        list.extend(&body);
        let logs = |list: &[u8]| timestamps(list).iter().map(|each| each.log_id[0]).collect::<Vec<_>>();
        assert_eq!(logs(&list), [1, 3], "a version that is not known is passed over");
        assert_eq!(timestamps(&list)[0].at_ms, 1_700_000_000_000);
        assert_eq!(logs(&list[..40]), [0u8; 0], "a list shorter than it says is none");
        assert_eq!(logs(&[]), [0u8; 0]);
    }
}
