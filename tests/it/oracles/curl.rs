//! curl on every chain of the lab that redirects: how many redirects, to where, with which status.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{EXHIBITS, Lab, enclosures, lab, report, run, settle, text, wanted, words};

/// Where curl sees other redirects than podprobe.
const DISAGREEMENTS: &[(&str, &str)] = &[
    ("bad-location", "neither follows it; curl counts the redirect that it could not read"),
    ("ftp-location", "neither follows it; curl counts the redirect that it refused"),
    ("growing", "podprobe follows URLs of at most 8 KiB, curl any, until the server refuses (431)"),
    ("location-backslashes", "browsers read backslashes as slashes (WHATWG), and so does podprobe; curl does not"),
    ("long-location", "podprobe does not follow a URL of 40 KiB; curl does, and the server refuses it (431)"),
    ("loop", "curl does not know that it goes round in circles, and stops at the limit"),
    ("redirect-schemes", "neither follows any; curl counts the redirect that it refused"),
];

/// What a walk came to.
#[derive(Debug, PartialEq, Eq)]
struct Way {
    arrived: bool,
    redirects: u64,
    /// Of the last answer; only where it arrived.
    status: Option<u64>,
    url: Option<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn curl_is_redirected_as_podprobe_is() {
    if !wanted("curl") {
        return;
    }
    let (lab, _) = lab().await;
    let mut found = BTreeMap::new();
    let mut ways = 0;
    for exhibit in EXHIBITS {
        let report = report(&lab, exhibit, &[]).await;
        for enclosure in enclosures(&report) {
            let chain = &enclosure["chain"];
            let hops = chain["hops"].as_array().cloned().unwrap_or_default();
            let redirects = |status: &Value| status.as_u64().is_some_and(|code| (300..400).contains(&code));
            if !hops.iter().any(|hop| redirects(&hop["status"])) {
                continue;
            }
            ways += 1;
            let arrived = chain["outcome"] == "media";
            let ours = Way {
                arrived,
                redirects: hops.len() as u64 - 1,
                status: hops.last().and_then(|hop| hop["status"].as_u64()).filter(|_| arrived),
                url: chain["final_url"].as_str().map(ToOwned::to_owned).filter(|_| arrived),
            };
            let theirs = walk(connect_to(&lab, &report), enclosure["url"].as_str().unwrap()).await;
            if ours != theirs {
                found.insert(exhibit.name.to_owned(), format!("podprobe {ours:?}, curl {theirs:?}"));
            }
        }
    }
    assert!(ways >= 20, "{ways}");
    settle(&found, DISAGREEMENTS);
}

/// The lab's name server in curl's words: the first address of each origin.
pub(super) fn connect_to(lab: &Lab, report: &Value) -> Vec<String> {
    let mut out = Vec::new();
    for origin in report["origins"].as_array().into_iter().flatten() {
        let (Some(name), Some(address)) = (origin["origin"].as_str(), origin["dns"]["addresses"][0].as_str()) else {
            continue;
        };
        let (scheme, place) = name.split_once("://").unwrap();
        let port = if scheme == "https" { lab.tls_port() } else { lab.http_port() };
        out.extend(["--connect-to".into(), format!("{place}:{address}:{port}")]);
    }
    // What is no origin of the report was not reached.
    out.extend(["--connect-to".into(), "::127.0.0.1:1".into()]);
    out
}

/// The same range of the same URL, redirects followed as far as podprobe follows them. What curl
/// thinks of certificates is another oracle's.
async fn walk(connect_to: Vec<String>, url: &str) -> Way {
    let mut given = words(&["--silent", "--insecure", "--location", "--max-redirs", "20", "--max-time", "20"]);
    given.extend(words(&["--proto", "=http,https", "--proto-redir", "=http,https", "--range", "0-65535"]));
    given.extend(words(&["--noproxy", "*", "--output", "/dev/null"]));
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
