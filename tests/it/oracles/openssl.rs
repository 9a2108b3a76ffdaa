//! `openssl s_client` and `openssl verify` on every session of the lab: trusted or not.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use podprobe::cert;
use podprobe::chain::{OriginSighting, Papers, Session};
use podprobe::judge::Policy;
use podprobe::judge::trust::{Store, Stores, judge_session, wanted};
use podprobe::link::Link;
use podprobe::probe::Prober;

use super::{EXHIBITS, Lab, lab, roots, run, settle, text, wanted as runs, words};
use crate::corpora::settings;

/// Where openssl accepts what podprobe does not, or the other way round, at the lab's own time.
const DISAGREEMENTS: &[(&str, &str)] = &[
    ("bad-handshake", "`verify` sees the chain alone; `s_client` refuses the handshake as podprobe does"),
    ("ca-leaf", "openssl takes a CA's certificate as a server's own; webpki (CaUsedAsEndEntity) and browsers do not"),
    ("cn-only", "openssl looks at the common name where there are no names; RFC 9525 2 and apps do not"),
    (
        "cross-signed",
        "openssl takes the first issuer of the right name and does not come back from it; webpki tries both",
    ),
    ("deep-chain", "openssl goes through a hundred authorities; webpki through six"),
    ("many-certificates", "openssl takes any number of certificates that no path needs; podprobe's limit is 16"),
    ("p521-bad-handshake", "as bad-handshake"),
    ("revoked-staple", "openssl does not look at a stapled answer unless asked to, and then not in its verdict"),
    ("x509-v1", "openssl takes a server's certificate of version 1 and its common name; webpki wants version 3"),
];

/// The times that chains are judged for, in days from the lab's.
/// No certificate of the lab ends at that very second: openssl counts the last one as over, RFC 5280
/// 4.1.2.5 does not.
const DAYS: [i64; 4] = [0, -61, 41, 151];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openssl_trusts_what_podprobe_trusts() {
    if !runs("openssl") {
        return;
    }
    let (lab, now) = lab().await;
    let folder = tempfile::tempdir().unwrap();
    let bundle = roots(&lab, folder.path());
    let stores = stores(&lab);
    let round = Prober::new(settings(&lab), Arc::new(|_, _| false)).round();
    let mut found = BTreeMap::new();
    let mut sessions = 0;
    for exhibit in EXHIBITS {
        let host = exhibit.host();
        let origin = Link::parse(&format!("https://{host}/")).unwrap().origin();
        let seen: Arc<OriginSighting> = round.origin(&origin).await;
        for edge in &seen.edges {
            let Some(session) = edge.tls.fact() else { continue };
            sessions += 1;
            let wanted = wanted(&session.served, &stores, now);
            let papers = round.papers(&wanted.issuers, &wanted.crls, None).await;
            let lists = lists(&papers, folder.path());
            let mut say = |how: &str, ours: bool, theirs: &Result<(), String>| {
                if ours != theirs.is_ok() {
                    let whose = if exhibit.name == host.split('.').next().unwrap_or_default() { "" } else { &*host };
                    let line = format!("{whose} {how}: podprobe {ours}, openssl {theirs:?}; ");
                    found.entry(exhibit.name.to_owned()).or_insert_with(String::new).push_str(&line);
                }
            };
            for days in DAYS {
                let at = now.checked_add(SignedDuration::from_hours(24 * days)).unwrap();
                let ours =
                    judge_session(session, Some(&origin.host), Some(&papers), &stores, &Policy::default(), at).trusted;
                let theirs = verify(session, &host, &bundle, lists.as_deref(), at, folder.path()).await;
                say(&format!("verify, {days} d"), ours, &theirs);
                if days == 0 {
                    say(
                        "s_client",
                        ours,
                        &s_client(&edge.address.to_string(), &host, &bundle, lists.as_deref(), at).await,
                    );
                }
            }
        }
    }
    assert!(sessions > 60, "{sessions}");
    settle(&found, DISAGREEMENTS);
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
