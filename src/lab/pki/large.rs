//! Chains that are too large, too deep, or lead in circles.

use rcgen::{CertificateParams, CertifiedIssuer, CustomExtension, KeyPair};
use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;

use crate::lab::pki::{Authority, DAY, PkiError, authority, leaf, served};

/// Bytes of the filler of each certificate that is sent along for nothing.
const FILLER: usize = 5800;

/// The same with so many certificates of 6 KB after it.
pub(super) fn followed(mut served: CertifiedKey, count: usize, now: i64) -> Result<CertifiedKey, PkiError> {
    for number in 0..count {
        let mut extra = authority(&format!("Extra {number}"), "podprobe lab", now - DAY, now + 900 * DAY);
        // Below the arc for experiments (RFC 1155 3.1.3), not critical.
        let filler = CustomExtension::from_oid_content(&[1, 3, 6, 1, 3, 99], vec![0; FILLER]);
        extra.custom_extensions.push(filler);
        served.cert.push(extra.self_signed(&KeyPair::generate()?)?.der().clone());
    }
    Ok(served)
}

/// For this host and so many others.
pub(super) fn named(host: &str, others: usize, from: i64, until: i64) -> Result<CertificateParams, PkiError> {
    let others: Vec<String> = (0..others).map(|number| format!("host-{number}.family.example")).collect();
    let names: Vec<&str> = std::iter::once(host).chain(others.iter().map(String::as_str)).collect();
    leaf(&names, from, until)
}

/// A leaf below so many authorities in a row, all of which are sent.
pub(super) fn deep(
    root: &Authority,
    levels: usize,
    params: &CertificateParams,
    now: i64,
) -> Result<CertifiedKey, PkiError> {
    let mut chain = Vec::new();
    let mut lowest: Option<Authority> = None;
    for level in 0..levels {
        let name = format!("Lab Level {level}");
        let above = lowest.as_ref().unwrap_or(root);
        let level = authority(&name, "podprobe lab", now - 900 * DAY, now + 900 * DAY);
        let level = CertifiedIssuer::signed_by(level, KeyPair::generate()?, above)?;
        chain.insert(0, level.der().to_vec());
        lowest = Some(level);
    }
    below(lowest.as_ref().unwrap_or(root), params, chain)
}

/// A leaf below so many authorities of one name and one key, each of which may have issued every
/// other.
pub(super) fn maze(twins: i64, params: &CertificateParams, now: i64) -> Result<CertifiedKey, PkiError> {
    let key = KeyPair::generate()?;
    let twin = |number: i64| authority("Lab Maze", "podprobe lab", now - (900 + number) * DAY, now + 900 * DAY);
    let mut chain = Vec::new();
    for number in 1..twins {
        chain.push(twin(number).self_signed(&key)?.der().to_vec());
    }
    let issuer = CertifiedIssuer::self_signed(twin(0), key)?;
    chain.push(issuer.der().to_vec());
    below(&issuer, params, chain)
}

fn below(issuer: &Authority, params: &CertificateParams, chain: Vec<Vec<u8>>) -> Result<CertifiedKey, PkiError> {
    let key = KeyPair::generate()?;
    let leaf: CertificateDer<'static> = params.signed_by(&key, issuer)?.into();
    served(std::iter::once(leaf.to_vec()).chain(chain).collect(), &key)
}
