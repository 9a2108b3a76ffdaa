//! Judgements over chains of a small PKI, one rule each.

mod certificates;
mod chains;
mod curves;
mod papers;
mod time;

use std::sync::Arc;

use jiff::Timestamp;

use super::*;
use crate::cert::pki::{Ca, NOW};

/// A root, an intermediate, and the root in a store of its own.
struct World {
    root: Ca,
    sub: Ca,
    stores: Stores,
}

fn world() -> World {
    let root = Ca::root("Root");
    let sub = root.sub("Sub");
    let stores = stores(&[&root], false);
    World { root, sub, stores }
}

fn store(id: &str, roots: &[&Ca], public: bool) -> Store {
    Store {
        id: id.into(),
        label: format!("the {id} store"),
        as_of: None,
        public,
        roots: roots.iter().map(|root| Arc::clone(&root.cert)).collect(),
    }
}

fn stores(roots: &[&Ca], public: bool) -> Stores {
    Stores::new(vec![store("test", roots, public)])
}

fn served(chain: &[&Arc<Certificate>]) -> Served {
    crate::cert::served(chain.iter().map(|cert| cert.der.as_ref()))
}

fn instant(at: UnixSeconds) -> Timestamp {
    Timestamp::from_second(at).unwrap()
}

const HOST: &str = "a.example.com";

/// The judgement for [`HOST`] at this time, without papers.
fn judge_at(chain: &[&Arc<Certificate>], stores: &Stores, at: UnixSeconds) -> ChainJudgement {
    let host = Host::name(HOST);
    judge_served(&served(chain), Some(&host), None, stores, &Policy::default(), instant(at))
}

fn judge_now(chain: &[&Arc<Certificate>], stores: &Stores) -> ChainJudgement {
    judge_at(chain, stores, NOW)
}

fn judge_with(chain: &[&Arc<Certificate>], stores: &Stores, papers: &Papers) -> ChainJudgement {
    let host = Host::name(HOST);
    judge_served(&served(chain), Some(&host), Some(papers), stores, &Policy::default(), instant(NOW))
}

fn session(chain: &[&Arc<Certificate>]) -> Session {
    Session {
        version: "TLSv1.3".into(),
        cipher: "TLS13_AES_128_GCM_SHA256".into(),
        alpn: None,
        served: Arc::new(served(chain)),
        staple: None,
        signature: Ok(()),
    }
}

fn judge_shaken(session: &Session, stores: &Stores, at: UnixSeconds) -> ChainJudgement {
    judge_session(session, Some(&Host::name(HOST)), None, stores, &Policy::default(), instant(at))
}

fn codes(judgement: &ChainJudgement) -> Vec<&'static str> {
    judgement.problems.iter().map(|problem| problem.code.as_str()).collect()
}

fn evidence(judgement: &ChainJudgement, code: Code) -> &str {
    &judgement.problems.iter().find(|problem| problem.code == code).unwrap().evidence
}

fn severity(judgement: &ChainJudgement, code: Code) -> Severity {
    judgement.problems.iter().find(|problem| problem.code == code).unwrap().severity
}

fn path_names(judgement: &ChainJudgement) -> Vec<&str> {
    judgement.path.iter().map(|cert| cert.common_name.as_deref().unwrap_or_default()).collect()
}

#[track_caller]
fn assert_good(judgement: &ChainJudgement) {
    assert!(judgement.trusted, "{judgement:?}");
    assert_eq!(codes(judgement), [""; 0], "{judgement:?}");
}
