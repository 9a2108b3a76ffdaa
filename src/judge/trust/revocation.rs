//! The CA's revocation lists. webpki checks scope and signature; it is asked about leaf and issuer
//! alone, at a time when the leaf is valid, so that an expired or untrusted leaf is still looked up.

use std::sync::Arc;

use rustls::pki_types::UnixTime;
use webpki::{
    BorrowedCertRevocationList, CertRevocationList, Error, ExpirationPolicy, RevocationCheckDepth,
    RevocationOptionsBuilder, UnknownStatusPolicy,
};

use crate::cert::{Certificate, UnixSeconds};
use crate::chain::Fetched;
use crate::judge::trust::stores;
use crate::judge::trust::verifier::{self, Usage};
use crate::judge::trust::words::utc;

/// What the lists say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Listed {
    /// The evidence, where a list holds the leaf.
    pub(super) revoked: Option<String>,
    /// Lists that could not be had or used.
    pub(super) remarks: Vec<String>,
}

/// Looks the leaf up.
pub(super) fn look_up(
    lists: &[Fetched<Arc<[u8]>>],
    leaf: &Certificate,
    issuer: Option<&Certificate>,
    at: UnixSeconds,
) -> Listed {
    let mut out = Listed::default();
    for list in lists {
        let unusable = |why: &str| format!("the revocation list {} is not used: {why}", list.url);
        let der = match &list.got {
            Ok(der) => der,
            Err(why) => {
                out.remarks.push(unusable(why));
                continue;
            }
        };
        let Some(issuer) = issuer else {
            out.remarks.push(unusable("the issuer's certificate is missing"));
            continue;
        };
        match entry(der, leaf, issuer, at) {
            Ok(None) => {}
            Ok(Some((since, reason))) if since > at => {
                out.remarks.push(format!("the revocation list {} revokes it from {} on{reason}", list.url, utc(since)));
            }
            Ok(Some((since, reason))) => {
                out.revoked = Some(format!("revoked {}{reason}, says the CA's list {}", utc(since), list.url));
            }
            Err(why) => out.remarks.push(unusable(&verifier::words(&why))),
        }
    }
    out
}

/// Since when, and why, the list revokes the leaf.
fn entry(
    der: &[u8],
    leaf: &Certificate,
    issuer: &Certificate,
    at: UnixSeconds,
) -> Result<Option<(UnixSeconds, String)>, Error> {
    let list = CertRevocationList::from(BorrowedCertRevocationList::from_der(der)?);
    let lists = [&list];
    let anchor = stores::anchor(issuer).ok_or(Error::UnknownIssuer)?;
    let Ok(options) = RevocationOptionsBuilder::new(&lists) else { return Ok(None) };
    let options = options
        .with_depth(RevocationCheckDepth::EndEntity)
        .with_status_policy(UnknownStatusPolicy::Allow)
        .with_expiration_policy(ExpirationPolicy::Ignore)
        .build();
    let when = at.min(leaf.not_after).max(leaf.not_before);
    match verifier::verify(leaf, std::iter::empty(), &[anchor], when, Usage::Any, Some(options)) {
        Ok(_) => Ok(None),
        Err(Error::CertRevoked) => {
            let found = list.find_serial(&leaf.serial_der)?;
            let since = found.as_ref().map(|entry| seconds(entry.revocation_date)).unwrap_or_default();
            let reason = found.and_then(|entry| entry.reason_code).map(|reason| format!(" ({reason:?})"));
            Ok(Some((since, reason.unwrap_or_default())))
        }
        Err(other) => Err(other),
    }
}

fn seconds(time: UnixTime) -> UnixSeconds {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}
