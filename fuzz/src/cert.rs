//! DER to facts, and served chains to the verdict, at any time and under any trust.

use std::sync::Arc;

use jiff::Timestamp;
use podprobe::cert::{self, Certificate, MAX_CHAIN};
use podprobe::chain::{Fetched, Papers, RenewalWindow, Session};
use podprobe::judge::trust::{ChainJudgement, Store, Stores, judge_served, judge_session, wanted_given};
use podprobe::judge::{Code, Policy};
use podprobe::link::Host;

/// What the flags of an input mean.
pub const TRUST_LAST: u8 = 1;
/// The store counts as a public one.
pub const PUBLIC: u8 = 2;
/// The piece before the chain is a stapled answer.
pub const STAPLE: u8 = 4;
/// The piece before the chain is a revocation list.
pub const CRL: u8 = 8;
/// The piece before the chain is an issuer that was fetched.
pub const ISSUER: u8 = 16;

/// An input: flags, 8 bytes of time, and pieces with two bytes of length before each; all big-endian.
pub fn input(flags: u8, at: i64, pieces: &[&[u8]]) -> Vec<u8> {
    let mut out = vec![flags];
    out.extend_from_slice(&at.to_be_bytes());
    for piece in pieces {
        out.extend_from_slice(&u16::try_from(piece.len()).unwrap_or(u16::MAX).to_be_bytes());
        out.extend_from_slice(piece);
    }
    out
}

/// The pieces of what [`input`] made, the last one as long as there are bytes.
fn pieces(mut rest: &[u8]) -> Vec<&[u8]> {
    let mut out = Vec::new();
    while let Some((length, behind)) = rest.split_first_chunk::<2>() {
        let (piece, behind) = behind.split_at(usize::from(u16::from_be_bytes(*length)).min(behind.len()));
        out.push(piece);
        rest = behind;
    }
    out
}

/// See [`input`].
pub fn run(bytes: &[u8]) {
    let _ = (cert::from_file(bytes), cert::from_pem(bytes), cert::timestamps(bytes));
    let Some((&flags, rest)) = bytes.split_first() else { return };
    let Some((at, rest)) = rest.split_first_chunk::<8>() else { return };
    let at = i64::from_be_bytes(*at);
    let mut chain = pieces(rest);
    chain.truncate(2 * MAX_CHAIN);
    for der in &chain {
        if let Ok(cert) = cert::inspect(der) {
            inspected(der, &cert);
        }
    }
    let beside = if flags & (STAPLE | CRL | ISSUER) == 0 || chain.is_empty() { None } else { Some(chain.remove(0)) };
    let root = chain.last().filter(|_| flags & TRUST_LAST != 0).and_then(|der| cert::inspect(der).ok());
    let stores = Stores::new(vec![Store {
        id: "fuzz".into(),
        label: "the fuzzer's store".into(),
        as_of: None,
        public: flags & PUBLIC != 0,
        roots: root.into_iter().map(Arc::new).collect(),
    }]);
    judged(flags, at, &chain, beside, &stores);
}

fn inspected(der: &[u8], cert: &Certificate) {
    assert_eq!(&*cert.der, der, "kept as it came");
    assert!(cert.serial.bytes().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase()), "{}", cert.serial);
    let _ = (cert::is_self_signed(cert), cert::spki(cert), cert::key_bits(cert), cert.key.to_string());
    for name in &cert.names {
        let _ = name.to_string();
    }
    let _ = podprobe::judge::trust::lifetime_days(cert);
}

fn judged(flags: u8, at: i64, chain: &[&[u8]], beside: Option<&[u8]>, stores: &Stores) {
    let served = cert::served(chain.iter().copied());
    assert!(served.entries.len() <= MAX_CHAIN && served.sent == chain.len());
    let host = Host::name("a.example.com");
    let policy = Policy::default();
    let (start, end) = (at.saturating_sub(1000), at.saturating_add(1000));
    let papers = Papers {
        issuers: beside
            .filter(|_| flags & ISSUER != 0)
            .map(|der| cert::inspect(der).map(|cert| vec![Arc::new(cert)]).map_err(|why| why.to_string()))
            .map(|got| Fetched { url: "http://ca.example/issuer".into(), got })
            .into_iter()
            .collect(),
        crls: beside
            .filter(|_| flags & CRL != 0)
            .map(|der| Fetched { url: "http://ca.example/crl".into(), got: Ok(Arc::from(der)) })
            .into_iter()
            .collect(),
        renewal: Some(Fetched {
            url: "https://ca.example/ari".into(),
            got: Ok(RenewalWindow { start, end, explanation: None }),
        }),
    };
    let session = Session {
        version: "TLSv1.3".into(),
        cipher: "TLS13_AES_128_GCM_SHA256".into(),
        alpn: None,
        served: Arc::new(served.clone()),
        staple: beside.filter(|_| flags & STAPLE != 0).map(Arc::from),
        signature: Ok(()),
    };

    // Around the time given, and around the ends of the leaf's validity.
    let mut times = vec![at, 0, 1_795_000_000, i64::MIN, i64::MAX];
    if let Some(leaf) = served.leaf() {
        times.extend([leaf.not_before, leaf.not_after].iter().flat_map(|t| [-1, 0, 1].map(|by| t.saturating_add(by))));
    }
    let mut verdicts: Vec<(Timestamp, ChainJudgement)> = Vec::new();
    for time in times {
        let Ok(time) = Timestamp::from_second(time.clamp(-377_705_023_201, 253_402_207_200)) else { continue };
        let judged = judge_session(&session, Some(&host), Some(&papers), stores, &policy, time);
        let bare = judge_served(&served, None, None, stores, &policy, time);
        for verdict in [&judged, &bare] {
            sound(verdict);
        }
        assert!(!judged.trusted || bare.trusted, "a name and revocation can only take trust away");
        let _ = wanted_given(&served, Some(&papers), stores, time);
        verdicts.push((time, judged));
    }
    verdicts.sort_by_key(|(time, _)| *time);
    let has = |verdict: &ChainJudgement, code| verdict.problems.iter().any(|problem| problem.code == code);
    for pair in verdicts.windows(2) {
        let [(_, before), (_, after)] = pair else { continue };
        assert!(!has(before, Code::CertExpired) || has(after, Code::CertExpired), "what has expired stays so");
        assert!(!has(after, Code::CertNotYetValid) || has(before, Code::CertNotYetValid), "what has begun has begun");
    }
}

fn sound(verdict: &ChainJudgement) {
    let dated = [Code::CertExpired, Code::CertNotYetValid];
    let out_of_date = verdict.problems.iter().any(|problem| dated.contains(&problem.code));
    assert!(!(verdict.trusted && out_of_date), "nothing is trusted outside of its time: {verdict:?}");
    assert!(verdict.problems.is_sorted_by_key(|problem| problem.code), "in the order of the table");
    assert!(verdict.problems.windows(2).all(|pair| pair[0].code != pair[1].code), "each code once");
    assert!(verdict.problems.iter().all(|problem| !problem.evidence.is_empty()), "evidence for each");
    assert!(verdict.trusted || !verdict.problems.is_empty(), "no distrust without a reason: {verdict:?}");
}
