//! How long a paper stands before it is asked for again.

use std::time::Duration;

use der::asn1::{AnyRef, GeneralizedTime, UtcTime};
use der::{Decode, Header, SliceReader, Tag, Tagged};
use jiff::Timestamp;

use super::shelf::{Body, Kind};

/// What CAs do not change from day to day: issuers' certificates and ACME directories.
const STEADY: Duration = Duration::from_hours(24);
/// A list is asked for once a day even where it says it is good for longer: a CA has a day to list
/// what it revokes (CA/B BR 4.9.7), long before the last list's nextUpdate.
const LIST_AT_MOST: Duration = Duration::from_hours(24);
/// A list that is past its nextUpdate, or names none. It is what the CA serves, and asking for it
/// again every few minutes makes it no newer.
const LIST_WITHOUT_TERM: Duration = Duration::from_hours(1);
/// A failure: the next round but one may find the server well again.
const FAILED: Duration = Duration::from_mins(10);
/// Renewal information that does not say when to ask again (RFC 9773 4.3.3).
const RENEWAL: Duration = Duration::from_hours(6);
/// What a client believes of Retry-After (RFC 9773 4.3.2).
const RETRY: (Duration, Duration) = (Duration::from_mins(1), Duration::from_hours(24));

/// For how long what came stands. `retry_after` is the header's delay; `now` the time, where there
/// is a clock: without one a list's nextUpdate says nothing.
pub(super) fn lasting(kind: Kind, body: &Body, retry_after: Option<Duration>, now: Option<Timestamp>) -> Duration {
    let asked = retry_after.map(|delay| delay.clamp(RETRY.0, RETRY.1));
    let Ok(bytes) = body else {
        return asked.map_or(FAILED, |delay| delay.max(FAILED));
    };
    match kind {
        Kind::Issuer | Kind::Directory => STEADY,
        Kind::Renewal => asked.unwrap_or(RENEWAL),
        Kind::List => {
            let left = next_update(bytes).zip(now).and_then(|(next, now)| {
                let left = u64::try_from(next.checked_sub(now.as_second())?).ok()?;
                (left > 0).then(|| Duration::from_secs(left))
            });
            left.map_or(LIST_WITHOUT_TERM, |left| left.min(LIST_AT_MOST))
        }
    }
}

/// nextUpdate of a revocation list in DER (RFC 5280 5.1), in seconds since 1970. What comes before
/// it is passed over and what comes after it, which may be 20 MB, is not read.
fn next_update(list: &[u8]) -> Option<i64> {
    let mut reader = SliceReader::new(list).ok()?;
    for _ in 0..2 {
        // CertificateList, TBSCertList.
        let header = Header::decode(&mut reader).ok()?;
        (header.tag == Tag::Sequence).then_some(())?;
    }
    let mut field = AnyRef::decode(&mut reader).ok()?;
    if field.tag() == Tag::Integer {
        field = AnyRef::decode(&mut reader).ok()?; // the version is optional
    }
    (field.tag() == Tag::Sequence).then_some(())?; // signature
    let _issuer = AnyRef::decode(&mut reader).ok()?;
    seconds(AnyRef::decode(&mut reader).ok()?)?; // thisUpdate
    seconds(AnyRef::decode(&mut reader).ok()?)
}

fn seconds(time: AnyRef<'_>) -> Option<i64> {
    let since_1970 = match time.tag() {
        Tag::UtcTime => time.decode_as::<UtcTime>().ok()?.to_unix_duration(),
        Tag::GeneralizedTime => time.decode_as::<GeneralizedTime>().ok()?.to_unix_duration(),
        _ => return None,
    };
    i64::try_from(since_1970.as_secs()).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::probe::papers::FetchFault;

    const DAY: i64 = 86_400;

    /// A list of a CA, in force from `now` until then.
    pub(in super::super) fn list(now: i64, next: i64) -> Vec<u8> {
        let time = |at: i64| {
            let civil = jiff::tz::Offset::UTC.to_datetime(Timestamp::from_second(at).unwrap());
            rcgen::date_time_ymd(civil.year().into(), civil.month().unsigned_abs(), civil.day().unsigned_abs())
        };
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.key_usages = vec![rcgen::KeyUsagePurpose::CrlSign];
        let issuer = rcgen::Issuer::new(params, key);
        let list = rcgen::CertificateRevocationListParams {
            this_update: time(now),
            next_update: time(next),
            crl_number: rcgen::SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: Vec::new(),
            key_identifier_method: rcgen::KeyIdMethod::Sha256,
        };
        list.signed_by(&issuer).unwrap().der().to_vec()
    }

    #[test]
    fn a_list_stands_until_its_next_update_and_a_day_at_most() {
        let now = 20_000 * DAY;
        for (next, at, hours) in [
            (now + DAY, now + DAY - 7_200, 2),
            (now + 7 * DAY, now, 24),
            (now + DAY, now + DAY, 1),
            (now + DAY, now + 5 * DAY, 1),
        ] {
            let body: Body = Ok(list(now, next).into());
            let at = Timestamp::from_second(at).unwrap();
            assert_eq!(lasting(Kind::List, &body, None, Some(at)), Duration::from_hours(hours), "{next} {at}");
            assert_eq!(lasting(Kind::List, &body, None, None), Duration::from_hours(1), "no clock");
        }
    }

    #[test]
    fn no_list_is_misread() {
        let whole = list(20_000 * DAY, 20_001 * DAY);
        assert_eq!(next_update(&whole), Some(20_001 * DAY));
        assert!((0..80).all(|end| next_update(&whole[..end]).is_none()));
        for wrong in [&b""[..], b"\x30\x00", b"<html>", &[0x30; 200], &[0xff; 20]] {
            assert_eq!(next_update(wrong), None);
        }
    }

    #[test]
    fn renewal_information_stands_as_long_as_the_ca_says_within_a_minute_and_a_day() {
        let body: Body = Ok(Arc::from(&b"{}"[..]));
        let minutes =
            |retry: Option<u64>| lasting(Kind::Renewal, &body, retry.map(Duration::from_secs), None).as_secs() / 60;
        assert_eq!(minutes(Some(0)), 1);
        assert_eq!(minutes(Some(7_200)), 120);
        assert_eq!(minutes(Some(u64::MAX)), 24 * 60);
        assert_eq!(minutes(None), 6 * 60);
        assert_eq!(lasting(Kind::Issuer, &body, Some(Duration::ZERO), None), STEADY);
    }

    #[test]
    fn a_failure_is_remembered_for_ten_minutes_or_as_long_as_the_server_asks() {
        let body: Body = Err(FetchFault::Status(503));
        let minutes =
            |retry: Option<u64>| lasting(Kind::List, &body, retry.map(Duration::from_secs), None).as_secs() / 60;
        assert_eq!(
            [minutes(None), minutes(Some(1)), minutes(Some(3_600)), minutes(Some(u64::MAX))],
            [10, 10, 60, 1_440]
        );
    }
}
