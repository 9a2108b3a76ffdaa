//! curl on every chain of the lab, of feeds and of enclosures: how many redirects, to where, with which
//! status; and no redirect where podprobe sees none.

use std::net::SocketAddr;

use podprobe::lab::Source;
use serde_json::Value;

use super::{Known, Lab, Outcome, Reasons, enclosures, lab, on_all, report, run, settle, text, wanted, words};

/// Where curl sees other redirects than podprobe.
const DISAGREEMENTS: Reasons = &[
    ("bad-location", "neither follows it; curl counts the redirect that it could not read"),
    ("ftp-location", "neither follows it; curl counts the redirect that it refused"),
    ("growing", "podprobe follows URLs of at most 8 KiB, curl any, until the server refuses (431)"),
    ("location-backslashes", "browsers read backslashes as slashes (WHATWG), and so does podprobe; curl does not"),
    ("long-location", "podprobe does not follow a URL of 40 KiB; curl does, and the server refuses it (431)"),
    ("loop", "curl does not know that it goes round in circles, and stops at the limit"),
    ("redirect-schemes", "neither follows any; curl counts the redirect that it refused"),
];

/// Ends what stands still: less than a kilobyte a second for longer than the lab's slowest answer
/// (`slow-start`) takes to begin.
pub(super) const STALLED: &[&str] = &["--speed-limit", "1000", "--speed-time", "7"];

/// What a walk came to.
#[derive(Debug, PartialEq, Eq)]
struct Way {
    arrived: bool,
    redirects: u64,
    /// Of the last answer; only where it arrived.
    status: Option<u64>,
    url: Option<String>,
}

/// Nothing is left out: curl can be asked about every chain on which podprobe got an answer.
pub(super) const KNOWN: Known = Known {
    is_kind: |exhibit| exhibit.causes.iter().any(|code| code.starts_with("redirect-") || *code == "chain-long"),
    disagreements: DISAGREEMENTS,
    left_out: &[],
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn curl_is_redirected_as_podprobe_is() {
    if !wanted("curl") {
        return;
    }
    let (lab, _) = lab().await;
    let found = on_all(async |exhibit| {
        let report = report(&lab, exhibit).await;
        let mut outcome = Outcome::default();
        // The lab's own host of feeds is no exhibit.
        let own = |feed: &&Value| exhibit.source != Source::Feed && feed["chain"].is_object();
        for feed in report["feeds"].as_array().into_iter().flatten().filter(own) {
            outcome.add(compare(&lab, &report, &feed["source"], &feed["chain"], &[]).await);
        }
        for enclosure in enclosures(&report) {
            outcome.add(compare(&lab, &report, &enclosure["url"], &enclosure["chain"], &["--range", "0-65535"]).await);
        }
        outcome
    })
    .await;
    settle("curl", &found, &KNOWN);
}

/// A chain of a feed or of an enclosure. Without an answer there is nothing to be redirected by.
/// Where podprobe sees no redirect, curl may not see one either; that alone is held, for more than
/// its status decides what becomes of such a chain, and it does not count as compared.
async fn compare(lab: &Lab, report: &Value, url: &Value, chain: &Value, more: &[&str]) -> Outcome {
    let hops = chain["hops"].as_array().map(Vec::as_slice).unwrap_or_default();
    if hops.iter().all(|hop| hop["status"].is_null()) {
        return Outcome::default();
    }
    let url = url.as_str().unwrap();
    let redirects = |hop: &Value| hop["status"].as_u64().is_some_and(|code| (300..400).contains(&code));
    let arrived = ["media", "document"].iter().any(|outcome| chain["outcome"] == *outcome);
    let ours = Way {
        arrived,
        redirects: hops.len() as u64 - 1,
        status: hops.last().and_then(|hop| hop["status"].as_u64()).filter(|_| arrived),
        url: chain["final_url"].as_str().map(ToOwned::to_owned).filter(|_| arrived),
    };
    let theirs = walk(connect_to(lab, report), url, more).await;
    let redirected = hops.iter().any(redirects);
    let same = if redirected { ours == theirs } else { ours.redirects == 0 && theirs.redirects == 0 };
    let differs = (!same).then(|| format!("{url}: podprobe {ours:?}, curl {theirs:?}"));
    Outcome { compared: usize::from(redirected), differs: differs.into_iter().collect(), missed: Vec::new() }
}

/// The lab's name server in curl's words: an address of each origin, one that had a session where
/// there is one.
pub(super) fn connect_to(lab: &Lab, report: &Value) -> Vec<String> {
    let mut out = Vec::new();
    for origin in report["origins"].as_array().into_iter().flatten() {
        let edges = origin["edges"].as_array().map(Vec::as_slice).unwrap_or_default();
        let edge = edges.iter().find(|edge| !edge["tls"].is_null());
        let edge = edge.or_else(|| edges.iter().find(|edge| edge["reachable"] == true));
        let dialled = edge.and_then(|edge| edge["address"].as_str()?.parse::<SocketAddr>().ok());
        let address = dialled.map(|dialled| dialled.ip().to_string());
        let address = address.or_else(|| origin["dns"]["addresses"][0].as_str().map(ToOwned::to_owned));
        let (Some(name), Some(address)) = (origin["origin"].as_str(), address) else { continue };
        let (scheme, place) = name.split_once("://").unwrap();
        let port = if scheme == "https" { lab.tls_port() } else { lab.http_port() };
        out.extend(["--connect-to".into(), format!("{place}:{address}:{port}")]);
    }
    // What is no origin of the report was not reached.
    out.extend(["--connect-to".into(), "::127.0.0.1:1".into()]);
    out
}

/// The same URL, redirects followed as far as podprobe follows them. What curl
/// thinks of certificates is another oracle's.
async fn walk(connect_to: Vec<String>, url: &str, more: &[&str]) -> Way {
    let mut given = words(&["--silent", "--insecure", "--location", "--max-redirs", "20", "--max-time", "20"]);
    given.extend(words(&["--proto", "=http,https", "--proto-redir", "=http,https"]));
    given.extend(words(&["--noproxy", "*", "--output", "/dev/null"]));
    given.extend(words(STALLED));
    given.extend(words(more));
    given.extend(connect_to);
    given.extend(words(&["--write-out", "%{num_redirects} %{http_code} %{url_effective}", url]));
    let output = run("curl", given).await;
    let out = text(&output.stdout);
    let mut parts = out.split(' ');
    let mut number = || parts.next().and_then(|part| part.parse::<u64>().ok());
    let (redirects, status) = (number().unwrap_or_default(), number());
    let arrived = output.status.success() && status.is_some_and(|code| (200..300).contains(&code));
    Way {
        arrived,
        redirects,
        status: status.filter(|_| arrived),
        // As podprobe shows it.
        url: parts.next().map(podprobe::link::redact).filter(|_| arrived),
    }
}
