//! Every certificate before the judge: he says of it what its exhibit declares. Papers are handed
//! to him as a prober would fetch them.

use std::sync::Arc;

use crate::cert;
use crate::chain::{Fetched, Papers, RenewalWindow, Session};
use crate::judge::trust::{Store, Stores, judge_served, judge_session};
use crate::judge::{Policy, Severity};
use crate::lab::exhibit::{Exhibit, Tls};
use crate::lab::exhibits::EXHIBITS;
use crate::lab::pki::{Leaf, Pki};
use crate::lab::tests::NOW;
use crate::lab::{Night, night};
use crate::link::Host;

fn store(id: &str, pem: &str, public: bool) -> Store {
    let roots = cert::from_pem(pem.as_bytes()).unwrap();
    let roots = roots.iter().map(|der| Arc::new(cert::inspect(der).unwrap())).collect();
    Store { id: id.to_owned(), label: id.to_owned(), as_of: None, public, roots }
}

fn papers(pki: &Pki, leaf: Leaf) -> Papers {
    let fetched =
        |der: Vec<u8>| vec![Fetched { url: String::new(), got: Ok(vec![Arc::new(cert::inspect(&der).unwrap())]) }];
    let mut papers = Papers::default();
    match leaf {
        Leaf::NoIntermediate => papers.issuers = fetched(pki.intermediate_der()),
        Leaf::NoIntermediateUnknown => papers.issuers = fetched(pki.unknown_der()),
        Leaf::NoIntermediateFar => {
            papers.issuers = fetched(pki.far_der());
            papers.issuers.extend(fetched(pki.unknown_der()));
        }
        Leaf::RevokedByList => {
            papers.crls = vec![Fetched { url: String::new(), got: Ok(Arc::from(pki.revocation_list().unwrap())) }];
        }
        Leaf::RenewalOverdue => {
            let window = RenewalWindow { start: NOW - 5 * 86_400, end: NOW - 2 * 86_400, explanation: None };
            papers.renewal = Some(Fetched { url: String::new(), got: Ok(window) });
        }
        _ => {}
    }
    papers
}

/// The leaf of an exhibit that has one session for all addresses.
fn leaf_of(exhibit: &Exhibit) -> Option<Leaf> {
    match exhibit.places.first()?.tls {
        // No session shows a chain that TLS cannot carry.
        Tls::Session(leaf) if exhibit.places.len() == 1 && leaf != Leaf::Huge => Some(leaf),
        _ => None,
    }
}

#[test]
fn the_night_goes_as_its_stages_say() {
    let time = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    let pki = Pki::new(time(Night::OPENED).as_second()).unwrap();
    let stores = Stores::new(vec![store("lab", &pki.root_pem(), false)]);
    for stage in Night::STAGES {
        let (from, until) = (time(stage.certificate.0).as_second(), time(stage.certificate.1).as_second());
        let said = |key: &rustls::sign::CertifiedKey, host: &str| {
            let served = cert::served(key.cert.iter().map(AsRef::as_ref));
            let host = Host::name(host);
            let judged = judge_served(&served, Some(&host), None, &stores, &Policy::default(), time(stage.at));
            judged.problems.iter().map(|problem| (problem.code.as_str(), problem.severity)).collect::<Vec<_>>()
        };
        for host in [night::ADS_HOST, night::CMS_HOST] {
            let key = pki.window(&[night::ADS_HOST, night::CMS_HOST], from, until).unwrap();
            let said = said(&key, host);
            assert_eq!(said.iter().map(|(code, _)| *code).collect::<Vec<_>>(), stage.causes, "{}", stage.title);
            let critical = said.iter().any(|(_, severity)| *severity == Severity::Critical);
            assert_eq!(critical, stage.verdict == "critical", "{}", stage.title);
        }
        for host in ["op3.dev", night::CDN_HOST, night::FEEDS_HOST] {
            assert_eq!(said(&pki.issue(Leaf::Good, host).unwrap(), host), [], "{}: {host}", stage.title);
        }
    }
}

#[test]
fn the_judge_says_what_the_exhibit_declares() {
    let pki = Pki::new(NOW).unwrap();
    let stores = Stores::new(vec![store("lab", &pki.root_pem(), false), store("public", &pki.public_pem(), true)]);
    let at = jiff::Timestamp::from_second(NOW).unwrap();
    let mut faults = Vec::new();
    for exhibit in EXHIBITS {
        let Some(leaf) = leaf_of(exhibit) else { continue };
        let key = pki.issue(leaf, &exhibit.host()).unwrap();
        let session = Session {
            version: "TLSv1.3".into(),
            cipher: String::new(),
            alpn: None,
            served: Arc::new(cert::served(key.cert.iter().map(AsRef::as_ref))),
            staple: key.ocsp.clone().map(Arc::from),
            signature: match leaf {
                Leaf::BadHandshake | Leaf::P521BadHandshake => Err("another key".into()),
                _ => Ok(()),
            },
        };
        let host = Host::name(&exhibit.host());
        let judged = judge_session(&session, Some(&host), Some(&papers(&pki, leaf)), &stores, &Policy::default(), at);
        let mut said: Vec<&str> = judged.problems.iter().map(|problem| problem.code.as_str()).collect();
        said.sort_unstable();
        said.dedup();
        let declared: Vec<&str> = exhibit.causes.iter().copied().filter(|code| code.starts_with("cert-")).collect();
        let worst = judged.problems.iter().map(|problem| problem.severity).max();
        let fits = match worst {
            Some(Severity::Critical) => exhibit.verdict == "critical",
            Some(Severity::Warning) => exhibit.verdict == "warning",
            _ => true,
        };
        if said != declared || !fits {
            faults.push(format!("{}: {:?}", exhibit.name, judged.problems));
        }
        if declared.is_empty() && !judged.remarks.is_empty() && leaf == Leaf::Good {
            faults.push(format!("{}: remarks {:?}", exhibit.name, judged.remarks));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
