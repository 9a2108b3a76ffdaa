//! `openssl s_client` and `openssl verify` on every address of every https origin of the lab: trusted
//! or not, and no session where podprobe has none.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _};
use jiff::{SignedDuration, Timestamp};
use podprobe::cert;
use podprobe::chain::{Obsolete, Papers, Phase, Session, TlsFailure};
use podprobe::judge::Policy;
use podprobe::judge::trust::{Store, Stores, judge_session, wanted};
use podprobe::lab::FEED_HOST;
use podprobe::link::{Link, Origin};
use podprobe::probe::{Prober, Round};

use super::{
    Exhibit, Known, Lab, Outcome, Reasons, lab, on_all, report, roots, run, settle, text, wanted as runs, words,
};
use crate::corpora::settings;

/// Where openssl accepts what podprobe does not, or the other way round, at the lab's own time.
const DISAGREEMENTS: Reasons = &[
    ("bad-handshake", "`verify` sees the chain alone; `s_client` refuses the handshake as podprobe does"),
    ("ca-leaf", "openssl takes a CA's certificate as a server's own; webpki (CaUsedAsEndEntity) and browsers do not"),
    ("cn-only", "openssl looks at the common name where there are no names; RFC 9525 2 and apps do not"),
    (
        "cross-signed",
        "openssl takes the first issuer of the right name and does not come back from it; webpki tries both",
    ),
    ("deep-chain", "openssl goes through a hundred authorities; webpki through six"),
    ("huge-chain", "rustls, and podprobe with it, reads handshake messages of at most 64 KiB; openssl takes 100 KiB"),
    ("many-certificates", "openssl takes any number of certificates that no path needs; podprobe's limit is 16"),
    ("p521-bad-handshake", "as bad-handshake"),
    ("revoked-staple", "openssl does not look at a stapled answer unless asked to, and then not in its verdict"),
    ("x509-v1", "openssl takes a server's certificate of version 1 and its common name; webpki wants version 3"),
];

/// The times that chains are judged for, in days from the lab's.
/// No certificate of the lab ends at that very second: openssl counts the last one as over, RFC 5280
/// 4.1.2.5 does not.
const DAYS: [i64; 4] = [0, -61, 41, 151];

/// Where openssl sees less than podprobe.
const LEFT_OUT: Reasons = &[
    ("rsa-key-exchange", "as tls10"),
    (
        "tls10",
        "the lab's servers of another age stop after their certificate: `verify` sees it, and there is no session \
         that `s_client` could come to",
    ),
];

pub(super) const KNOWN: Known = Known {
    is_kind: |exhibit| exhibit.causes.iter().any(|code| code.starts_with("cert-") || code.starts_with("tls-")),
    disagreements: DISAGREEMENTS,
    left_out: LEFT_OUT,
};

/// An address of an origin, in the words of a report.
type Dialled = (String, String);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openssl_trusts_what_podprobe_trusts() {
    if !runs("openssl") || !runs("timeout") {
        return;
    }
    let (lab, now) = lab().await;
    let oracle = Oracle {
        roots: tempfile::tempdir().unwrap(),
        stores: stores(&lab),
        round: Prober::new(settings(&lab), Arc::new(|_, _| false)).round(),
        now,
    };
    roots(&lab, oracle.roots.path());
    // Many exhibits share an origin, which is looked at once.
    let of_exhibits = on_all(async |exhibit| oracle.origins(&lab, exhibit).await).await;
    let all: BTreeSet<&String> = of_exhibits.values().flat_map(|(origins, _)| origins).collect();
    let looked_at: BTreeMap<&String, (Outcome, BTreeSet<String>)> = stream::iter(all)
        .map(|origin| {
            let oracle = &oracle;
            async move { (origin, oracle.compare(origin).await) }
        })
        .buffer_unordered(4)
        .collect()
        .await;
    let found = of_exhibits.iter().map(|(name, (origins, sessions))| {
        let mut outcome = Outcome::default();
        for origin in origins {
            outcome.add(looked_at[origin].0.clone());
        }
        let gone = sessions.iter().filter(|(origin, address)| !looked_at[origin].1.contains(address));
        outcome.missed.extend(gone.map(|(origin, address)| format!("{origin} at {address} was not come to again")));
        (*name, outcome)
    });
    settle("openssl", &found.collect(), &KNOWN);
}

/// What all comparisons share.
struct Oracle {
    roots: tempfile::TempDir,
    stores: Stores,
    round: Round,
    now: Timestamp,
}

impl Oracle {
    /// Every https origin of an exhibit, its own host first, and every session of its report. The
    /// host of the exhibits' feeds is not theirs.
    async fn origins(&self, lab: &Lab, exhibit: &Exhibit) -> (BTreeSet<String>, Vec<Dialled>) {
        let own = format!("https://{}:443", exhibit.host());
        // Before the report is made: a name may point elsewhere the second time (`rebind`).
        self.round.origin(&Link::parse(&own).unwrap().origin()).await;
        let report = report(lab, exhibit).await;
        let (mut origins, mut sessions) = (BTreeSet::from([own]), Vec::new());
        for origin in report["origins"].as_array().into_iter().flatten() {
            let name = origin["origin"].as_str().unwrap();
            if !name.starts_with("https://") || name == format!("https://{FEED_HOST}:443") {
                continue;
            }
            origins.insert(name.to_owned());
            let edges = origin["edges"].as_array().into_iter().flatten().filter(|edge| !edge["tls"].is_null());
            sessions.extend(edges.map(|edge| (name.to_owned(), edge["address"].as_str().unwrap().to_owned())));
        }
        (origins, sessions)
    }

    /// Holds every address of an origin against openssl; gives those that were compared too.
    async fn compare(&self, origin: &str) -> (Outcome, BTreeSet<String>) {
        let origin = Link::parse(origin).unwrap().origin();
        let (mut outcome, mut addresses) = (Outcome::default(), BTreeSet::new());
        for edge in &self.round.origin(&origin).await.edges {
            let address = edge.address.to_string();
            match &edge.tls {
                // Nothing was said over TLS: no TCP, or an address that is not to be dialled.
                Phase::NotReached => continue,
                Phase::Done { fact, .. } => {
                    outcome.differs.extend(self.judge(&origin, fact, Some(&address)).await);
                }
                Phase::Failed { why, .. } => outcome.add(self.without_session(&origin, why, &address).await),
            }
            outcome.compared += 1;
            addresses.insert(address);
        }
        (outcome, addresses)
    }

    /// Openssl has no session either; that says nothing of what podprobe made out of an obsolete one,
    /// whose certificates are judged all the same.
    async fn without_session(&self, origin: &Origin, why: &TlsFailure, address: &str) -> Outcome {
        let mut outcome = Outcome::default();
        if handshake(address, &host(origin)).await {
            outcome.differs.push(format!("{address}: podprobe {why:?}, openssl has a session"));
        } else if let TlsFailure::Obsolete(seen) = why {
            outcome.differs = self.judge(origin, &session(seen), None).await;
            outcome.missed.push(format!("{address}: openssl has no session"));
        }
        outcome
    }

    /// Where the two differ on what was served, and on the session at an address.
    async fn judge(&self, origin: &Origin, session: &Session, address: Option<&str>) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let bundle = self.roots.path().join("roots.pem").display().to_string();
        let host = host(origin);
        let wanted = wanted(&session.served, &self.stores, self.now);
        let papers = self.round.papers(&wanted.issuers, &wanted.crls, None).await;
        let lists = lists(&papers, folder.path());
        let mut differs = Vec::new();
        let mut say = |how: &str, ours: bool, theirs: &Result<(), String>| {
            if ours != theirs.is_ok() {
                differs.push(format!("{host} {how}: podprobe {ours}, openssl {theirs:?}"));
            }
        };
        for days in DAYS {
            let at = self.now.checked_add(SignedDuration::from_hours(24 * days)).unwrap();
            let policy = Policy::default();
            let ours = judge_session(session, Some(&origin.host), Some(&papers), &self.stores, &policy, at).trusted;
            let theirs = verify(session, &host, &bundle, lists.as_deref(), at, folder.path()).await;
            say(&format!("verify, {days} d"), ours, &theirs);
            if let (0, Some(address)) = (days, address) {
                say("s_client", ours, &s_client(address, &host, &bundle, lists.as_deref(), at).await);
            }
        }
        differs
    }
}

/// A host's name as openssl wants it.
fn host(origin: &Origin) -> String {
    origin.host.to_string()
}

/// A session that no current client agrees to, as far as it went.
fn session(seen: &Obsolete) -> Session {
    Session {
        version: seen.version.clone(),
        cipher: seen.suite.clone(),
        alpn: None,
        served: Arc::clone(&seen.served),
        staple: None,
        signature: Ok(()),
    }
}

fn stores(lab: &Lab) -> Stores {
    let store = |id: &str, pem: String, public| Store {
        id: id.into(),
        label: id.into(),
        as_of: None,
        public,
        roots: cert::from_pem(pem.as_bytes())
            .unwrap()
            .iter()
            .map(|der| Arc::new(cert::inspect(der).unwrap()))
            .collect(),
    };
    Stores::new(vec![store("private", lab.ca_pem(), false), store("public", lab.public_pem(), true)])
}

/// `openssl verify` on what the server sent.
async fn verify(
    session: &Session,
    host: &str,
    bundle: &str,
    lists: Option<&str>,
    at: Timestamp,
    folder: &std::path::Path,
) -> Result<(), String> {
    let mut pems = session.served.entries.iter().map(|entry| match entry {
        Ok(cert) => pem("CERTIFICATE", &cert.der),
        Err(_) => "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned(),
    });
    let (leaf, rest) = (folder.join("leaf.pem"), folder.join("rest.pem"));
    std::fs::write(&leaf, pems.next().unwrap_or_default()).unwrap();
    let others: String = pems.collect();
    std::fs::write(&rest, &others).unwrap();
    let at = at.as_second().to_string();
    let mut given = words(&["verify", "-purpose", "sslserver", "-attime", &at, "-verify_hostname", host]);
    given.extend(words(&["-CAfile", bundle, "-no-CApath", "-no-CAstore"]));
    given.extend(words(&["-auth_level", "2"])); // as s_client has it: no SHA-1, no short keys
    if let Some(lists) = lists {
        given.extend(words(&["-crl_check", "-CRLfile", lists]));
    }
    if !others.is_empty() {
        given.extend(["-untrusted".to_owned(), rest.display().to_string()]);
    }
    given.push(leaf.display().to_string());
    let output = run("openssl", given).await;
    if output.status.success() { Ok(()) } else { Err(first_error(&text(&output.stderr))) }
}

/// `openssl s_client` on the server itself.
async fn s_client(address: &str, host: &str, bundle: &str, lists: Option<&str>, at: Timestamp) -> Result<(), String> {
    let at = at.as_second().to_string();
    let mut given = words(&["s_client", "-connect", address, "-servername", host, "-verify_hostname", host]);
    given.extend(words(&["-CAfile", bundle, "-no-CApath", "-no-CAstore", "-attime", &at, "-verify_return_error"]));
    if let Some(lists) = lists {
        given.extend(words(&["-crl_check", "-CRL", lists]));
    }
    let output = run("openssl", given).await;
    let out = text(&output.stdout);
    let code = out.lines().filter_map(|line| line.trim().strip_prefix("Verify return code: ")).next_back();
    match code {
        Some(code) if output.status.success() && code.starts_with("0 ") => Ok(()),
        Some(code) if !code.starts_with("0 ") => Err(code.to_owned()),
        _ => Err(first_error(&text(&output.stderr))),
    }
}

/// Whether `openssl s_client` comes to a session, whatever the certificate; it has no limit of time
/// of its own.
async fn handshake(address: &str, host: &str) -> bool {
    let given = words(&["10", "openssl", "s_client", "-connect", address, "-servername", host]);
    let output = run("timeout", given).await;
    output.status.success() && !text(&output.stdout).contains("Cipher is (NONE)")
}

/// The revocation lists that the leaf names, in a file.
fn lists(papers: &Papers, folder: &std::path::Path) -> Option<String> {
    let lists: Vec<_> = papers.crls.iter().filter_map(|fetched| fetched.got.as_ref().ok()).collect();
    let file = folder.join("lists.pem");
    std::fs::write(&file, lists.iter().map(|der| pem("X509 CRL", der)).collect::<String>()).unwrap();
    (!lists.is_empty()).then(|| file.display().to_string())
}

fn first_error(text: &str) -> String {
    text.lines().find(|line| line.contains("error") || line.contains("Error")).unwrap_or(text).to_owned()
}

fn pem(what: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let mut out = format!("-----BEGIN {what}-----\n");
    for line in text.as_bytes().chunks(64) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push('\n');
    }
    out + &format!("-----END {what}-----\n")
}
