//! One judgement from beginning to end: the verifier's answer, the own walk's reasons, and both
//! held against each other.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use webpki::Error;

use crate::cert::{self, Certificate, MAX_CHAIN, Path, PathEnd, Place, Served, UnixSeconds};
use crate::chain::{Papers, Session};
use crate::judge::trust::faults::Fault;
use crate::judge::trust::stores::Store;
use crate::judge::trust::verifier::{self, Accepted, Usage};
use crate::judge::trust::words::{names, utc, who};
use crate::judge::trust::{
    ChainJudgement, Problem, Stores, dates, faults, renewal, revocation, staple, stores, transparency, walk,
};
use crate::judge::{Code, Policy, Severity};
use crate::link::Host;

/// What is judged.
pub(super) struct Case<'a> {
    served: &'a Served,
    session: Option<&'a Session>,
    host: Option<&'a Host>,
    papers: Option<&'a Papers>,
    stores: &'a Stores,
    policy: &'a Policy,
    at: UnixSeconds,
    out: ChainJudgement,
}

impl<'a> Case<'a> {
    pub(super) fn new(
        served: &'a Served,
        session: Option<&'a Session>,
        host: Option<&'a Host>,
        papers: Option<&'a Papers>,
        stores: &'a Stores,
        policy: &'a Policy,
        at: Timestamp,
    ) -> Self {
        let out = ChainJudgement {
            trusted: false,
            problems: Vec::new(),
            remarks: Vec::new(),
            path: Vec::new(),
            anchored_in: Vec::new(),
            outside: Vec::new(),
            expires_at: served.readable().map(|cert| cert.not_after).min(),
        };
        Self { served, session, host, papers, stores, policy, at: at.as_second(), out }
    }

    pub(super) fn judge(mut self) -> ChainJudgement {
        self.sizes();
        let served = self.served;
        match served.entries.first() {
            None => self.add((Code::CertInvalid, Severity::Critical, "the server sent no certificate".to_owned())),
            Some(Err(unparsable)) => {
                self.add((Code::CertInvalid, Severity::Critical, format!("the leaf is {unparsable}")));
            }
            Some(Ok(leaf)) => self.chain(leaf),
        }
        self.out.problems.sort_by_key(|problem| problem.code);
        self.out
    }

    fn chain(&mut self, leaf: &Arc<Certificate>) {
        let answer =
            verifier::verify(leaf, self.served.readable().skip(1), self.stores.union(), self.at, Usage::Server, None);
        let path = match &answer {
            Ok(accepted) => walk::accepted(leaf, self.served, self.stores, accepted),
            Err(_) => walk::best(leaf, &walk::pool(self.served, self.papers, self.stores), self.at),
        };
        let public = self.place(leaf, &path, answer.as_ref().ok());
        let named = self.name(leaf);
        let handshake = self.handshake();
        let walked = self.walked(&path);
        self.constraints(&path, answer.as_ref().err());
        self.unreadable(&path);
        let revoked = self.revocation(leaf, &path, public);
        self.renewal(leaf);
        if public && let Some(fault) = dates::lifetime(leaf) {
            self.add(fault);
        }
        self.out.remarks.extend(walk::remarks(&path, self.served, self.at));
        self.root_remark(&path);
        self.compare(&answer, &walked);
        let too_many = self.served.sent > self.served.entries.len();
        self.out.trusted = answer.is_ok() && named && handshake && !revoked && !too_many;
    }

    fn add(&mut self, (code, severity, evidence): Fault) {
        match self.out.problems.iter_mut().find(|problem| problem.code == code) {
            Some(known) => {
                known.severity = known.severity.max(severity);
                if !known.evidence.contains(&evidence) {
                    known.evidence = format!("{}; {evidence}", known.evidence);
                }
            }
            None => self.out.problems.push(Problem { code, severity, evidence }),
        }
    }

    fn add_all(&mut self, faults: Vec<Fault>) {
        for fault in faults {
            self.add(fault);
        }
    }

    fn sizes(&mut self) {
        let (sent, read) = (self.served.sent, self.served.entries.len());
        if sent > MAX_CHAIN {
            let text = format!("{sent} certificates were sent; {MAX_CHAIN} are the most that is accepted");
            self.add((Code::CertInvalid, Severity::Critical, text));
        } else if sent > read {
            let text = format!("the certificates sent are larger than {} KiB", cert::MAX_CHAIN_BYTES >> 10);
            self.add((Code::CertInvalid, Severity::Critical, text));
        }
    }

    /// Notes path, anchor and end; says whether the anchor is a public one.
    fn place(&mut self, leaf: &Arc<Certificate>, path: &Path, accepted: Option<&Accepted>) -> bool {
        let complete = path.end == PathEnd::Anchored && !walk::has_fetched(path);
        let root = path.steps.last().filter(|_| path.end == PathEnd::Anchored).map(|step| &step.cert);
        let mut holders: Vec<&Store> = root.map(|root| self.stores.holding(root).collect()).unwrap_or_default();
        if accepted.is_some() {
            // Another store may know the chain by another anchor.
            for (store, anchors) in self.stores.each() {
                if !holders.iter().any(|held| std::ptr::eq(*held, store))
                    && verifier::verify(leaf, self.served.readable().skip(1), anchors, self.at, Usage::Server, None)
                        .is_ok()
                {
                    holders.push(store);
                }
            }
        }
        if accepted.is_some() && holders.iter().any(|store| store.public) {
            let lacks = |store: &&Store| store.public && !holders.iter().any(|held| std::ptr::eq(*held, *store));
            self.out.outside = self.stores.all().iter().filter(lacks).map(|store| store.id.clone()).collect();
        }
        if complete {
            self.out.anchored_in = holders.iter().map(|store| store.id.clone()).collect();
            let below = path.steps.iter().filter(|step| step.place == Place::Served);
            self.out.expires_at = below.map(|step| step.cert.not_after).min();
        }
        self.out.path = path
            .steps
            .iter()
            .take_while(|step| step.place != Place::Fetched)
            .map(|step| Arc::clone(&step.cert))
            .collect();
        holders.iter().any(|store| store.public)
    }

    /// Whether the leaf is for the host that was asked for.
    fn name(&mut self, leaf: &Certificate) -> bool {
        let Some(host) = self.host else { return true };
        let own = cert::matches(leaf, host);
        let named = verifier::names_host(leaf, host).unwrap_or(own);
        if named != own {
            let text = if named { "accepts" } else { "refuses" };
            self.out.remarks.push(format!("the verifier {text} the name {host}, the own comparison does not agree"));
        }
        if !named {
            let mut text = if leaf.names.is_empty() {
                format!("{} names no host at all, and {host} was asked for", who(leaf))
            } else {
                format!("the certificate is for {}, not for {host}", names(&leaf.names))
            };
            if let (Some(common), Host::Name(name)) = (&leaf.common_name, host)
                && common.eq_ignore_ascii_case(name)
            {
                text.push_str("; that its common name says so counts for no client any more");
            }
            self.add((Code::CertNameMismatch, Severity::Critical, text));
        }
        named
    }

    /// What the own walk says of the path; gives the codes by which it would refuse it.
    fn walked(&mut self, path: &Path) -> BTreeSet<Code> {
        let mut found = dates::validity(path, self.policy, self.at);
        let obstacle = walk::obstacle(path, self.stores, self.papers);
        found.extend(obstacle.map(|(code, evidence)| (code, Severity::Critical, evidence)));
        found.extend(faults::all(path));
        let refuses = |(code, severity, _): &&Fault| *severity == Severity::Critical && *code != Code::CertExpiring;
        let codes = found.iter().filter(refuses).map(|(code, ..)| *code).collect();
        self.add_all(found);
        codes
    }

    /// Whether the peer has proved that it holds the leaf's key.
    fn handshake(&mut self) -> bool {
        match self.session.map(|session| &session.signature) {
            // The library that checks handshakes knows no RSA key below 2048 bits: whether this one
            // signed cannot be told, and `cert-weak` says what clients make of it.
            Some(Err(_))
                if self.session.and_then(|session| session.served.leaf()).is_some_and(|leaf| is_short(&leaf.key)) =>
            {
                self.out.remarks.push("the handshake's signature cannot be checked with so short a key".into());
                false
            }
            Some(Err(why)) => {
                let text = format!("the handshake is not signed by the certificate's key: {why}");
                self.add((Code::CertInvalid, Severity::Critical, text));
                false
            }
            Some(Ok(())) | None => true,
        }
    }

    /// Name constraints are webpki's to judge; it is asked again, without regard to dates, usages
    /// and trust, because it stops at those before it comes to the names.
    fn constraints(&mut self, path: &Path, refusal: Option<&Error>) {
        let (Some(error), Some((leaf, above))) = (refusal, path.steps.split_first()) else { return };
        let Some((top, between)) = above.split_last() else { return };
        if !above.iter().any(|step| step.cert.has_name_constraints) {
            return;
        }
        let violated = matches!(error, Error::NameConstraintViolation) || {
            let all = || path.steps.iter().filter(|step| step.place != Place::Root);
            let from = all().map(|step| step.cert.not_before).max().unwrap_or_default();
            let to = all().map(|step| step.cert.not_after).min().unwrap_or_default();
            let answer = stores::anchor(&top.cert).map(|anchor| {
                let between = between.iter().map(|step| &step.cert);
                verifier::verify(&leaf.cert, between, &[anchor], self.at.min(to).max(from), Usage::Any, None)
            });
            matches!(answer, Some(Err(Error::NameConstraintViolation)))
        };
        if violated {
            let text = format!(
                "{} (for {}) breaks the name constraints of its issuers",
                who(&leaf.cert),
                names(&leaf.cert.names)
            );
            self.add((Code::CertInvalid, Severity::Critical, text));
        }
    }

    /// Entries that cannot be read: a fault where the path might need them.
    fn unreadable(&mut self, path: &Path) {
        let needed = path.end != PathEnd::Anchored || walk::has_fetched(path);
        for (index, entry) in self.served.entries.iter().enumerate().skip(1) {
            let Err(unparsable) = entry else { continue };
            let text = format!("certificate {} of {} is {unparsable}", index + 1, self.served.sent);
            if needed {
                self.add((Code::CertInvalid, Severity::Critical, text));
            } else {
                self.out.remarks.push(text);
            }
        }
    }

    /// Staple, revocation lists, and what else the staple brings; says whether the leaf is revoked.
    fn revocation(&mut self, leaf: &Certificate, path: &Path, public: bool) -> bool {
        let issuer = path.steps.get(1).map(|step| step.cert.as_ref());
        let staple = self.session.and_then(|session| session.staple.as_deref());
        let answer = staple.map(|bytes| staple::read(bytes, leaf, issuer, self.at)).unwrap_or_default();
        if self.session.is_some() && staple.is_none() && leaf.must_staple {
            let text = format!("{} asks for a stapled OCSP answer, and none was sent", who(leaf));
            self.out.remarks.push(text);
        }
        let crls = self.papers.map(|papers| papers.crls.as_slice()).unwrap_or_default();
        let listed = revocation::look_up(crls, leaf, issuer, self.at);
        self.out.remarks.extend(answer.remark.into_iter().chain(listed.remarks));
        let mut revoked = false;
        for evidence in answer.revoked.into_iter().chain(listed.revoked) {
            revoked = true;
            self.add((Code::CertRevoked, Severity::Critical, format!("{}: {evidence}", who(leaf))));
        }
        if public && let Some(fault) = transparency::missing(leaf, &answer.timestamps) {
            self.add(fault);
        }
        revoked
    }

    fn renewal(&mut self, leaf: &Certificate) {
        let fetched = self.papers.and_then(|papers| papers.renewal.as_ref());
        let Some(window) = fetched.and_then(|fetched| fetched.got.as_ref().ok()) else { return };
        self.out.remarks.extend(renewal::early(leaf, window));
        if let Some(fault) = renewal::overdue(leaf, window, self.at) {
            self.add(fault);
        }
    }

    /// Clients do not look at an anchor's dates, some old ones do.
    fn root_remark(&mut self, path: &Path) {
        if let Some(root) = path.steps.iter().find(|step| step.place == Place::Root)
            && root.cert.not_after < self.at
        {
            let text =
                format!("the root {} expired {}; most clients do not mind", who(&root.cert), utc(root.cert.not_after));
            self.out.remarks.push(text);
        }
    }

    /// The verifier's answer against the reasons found: where both refuse for different reasons, or
    /// it accepts what the walk would not, that is said.
    fn compare(&mut self, answer: &Result<Accepted, Error>, walked: &BTreeSet<Code>) {
        if let Err(error) = answer {
            self.explain(error);
            return;
        }
        if !walked.is_empty() {
            let list = walked.iter().map(|code| code.as_str()).collect::<Vec<_>>().join(", ");
            self.out.remarks.push(format!("the verifier accepts the chain in spite of {list}; clients do not"));
        }
    }

    /// What the verifier refuses is never passed over.
    fn explain(&mut self, error: &Error) {
        let codes = verifier::codes(error);
        let words = verifier::words(error);
        let mut critical = self.out.problems.iter().filter(|problem| problem.severity == Severity::Critical);
        if critical.clone().any(|problem| codes.contains(&problem.code)) {
            return;
        }
        // These say nothing about the path, which is what the verifier looks at.
        let beside = |code| matches!(code, Code::CertNameMismatch | Code::CertRevoked | Code::CertExpiring);
        if critical.any(|problem| !beside(problem.code)) {
            self.out.remarks.push(format!("the verifier refuses the chain for another reason: {words}"));
        } else {
            let code = codes.first().copied().unwrap_or(Code::CertInvalid);
            self.add((code, Severity::Critical, format!("the verifier refuses the chain: {words}")));
        }
    }
}

fn is_short(key: &crate::cert::Key) -> bool {
    matches!(key, crate::cert::Key::Rsa { bits } if *bits < 2048)
}
