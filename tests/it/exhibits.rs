//! Every exhibit of the lab, checked as a user would: `podprobe check` on its sources must find
//! exactly what the exhibit declares, no more and no less. A code without an exhibit must say why.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use futures_util::stream::{self, StreamExt as _};
use podprobe::app::check;
use podprobe::judge::Code;
use podprobe::lab::{EXHIBITS, Exhibit, Lab, Options, WITHOUT_EXHIBIT};
use podprobe::report::Report;

/// What `podprobe check` is given for an exhibit.
pub(crate) fn arguments(lab: &Lab, exhibit: &Exhibit) -> Vec<String> {
    let mut words = lab.flags();
    words.push("--no-default-roots".into());
    words.extend(exhibit.flags.iter().map(|&flag| flag.to_owned()));
    words.extend(exhibit.urls());
    words
}

fn codes(report: &Report) -> Vec<&'static str> {
    let codes: BTreeSet<_> = report.findings.iter().map(|finding| finding.code.0.as_str()).collect();
    codes.into_iter().collect()
}

/// What is wrong with the report of an exhibit; nothing if it is as declared.
fn fault(exhibit: &Exhibit, report: &Report) -> Option<String> {
    let mut fault = String::new();
    let found = codes(report);
    let declared: Vec<_> = exhibit.causes.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    if found != declared {
        let _ = write!(fault, "\n    found    {found:?}\n    declared {declared:?}");
    }
    if report.verdict.0.as_str() != exhibit.verdict {
        let _ = write!(fault, "\n    verdict {} in place of {}", report.verdict.0.as_str(), exhibit.verdict);
    }
    for enclosure in report.feeds.iter().flat_map(|feed| &feed.episodes).flat_map(|episode| &episode.enclosures) {
        let outcome = enclosure
            .chain
            .as_ref()
            .map(|chain| serde_json::to_value(chain).unwrap()["outcome"].as_str().unwrap().to_owned());
        if let Some(wanted) = exhibit.outcome
            && outcome.as_deref() != Some(wanted)
        {
            let _ = write!(fault, "\n    outcome {outcome:?} in place of {wanted}");
        }
    }
    if !fault.is_empty() {
        for finding in &report.findings {
            let _ = write!(fault, "\n      {}: {} | {}", finding.code.0.as_str(), finding.summary, finding.detail);
        }
    }
    (!fault.is_empty()).then_some(fault)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_exhibit_is_found_out() {
    // Renewal information is fetched over TLS that is verified for the present, whatever `--at` says.
    #[expect(clippy::disallowed_methods, reason = "see above")]
    let now = jiff::Timestamp::now();
    let lab = Lab::open(Options { now }).await.unwrap();
    let only = std::env::var("EXHIBIT").ok();
    let chosen = EXHIBITS.iter().filter(|exhibit| only.as_deref().is_none_or(|only| exhibit.name == only));
    let lab = &lab;
    let faults: Vec<String> = stream::iter(chosen)
        .map(|exhibit| async move {
            let mut words = arguments(lab, exhibit);
            words.extend(["--at".into(), now.to_string()]);
            match check::report(&words).await {
                Err(why) => Some(format!("{}: {why}", exhibit.name)),
                Ok((report, _)) => fault(exhibit, &report).map(|fault| format!("{}: {fault}", exhibit.name)),
            }
        })
        .buffer_unordered(8)
        .filter_map(std::future::ready)
        .collect()
        .await;
    assert!(faults.is_empty(), "{} of {} exhibits:\n{}", faults.len(), EXHIBITS.len(), faults.join("\n"));
}

/// One permit for everything, and ways around prefixes to be tried while feeds, walks and
/// handshakes are under way: whoever holds the permit must not wait for whoever waits for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_round_ends_however_few_requests_may_be_under_way() {
    #[expect(clippy::disallowed_methods, reason = "the lab's certificates are valid now")]
    let now = jiff::Timestamp::now();
    let lab = Lab::open(Options { now }).await.unwrap();
    let names = ["prefix-down", "good", "prefix-expired", "prefix-miswired", "prefix", "route-mismatch", "expired"];
    let chosen: Vec<_> = names.iter().map(|name| EXHIBITS.iter().find(|known| known.name == *name).unwrap()).collect();
    let mut words = lab.flags();
    words.extend(["--no-default-roots", "--concurrency", "1", "--per-host", "1"].map(String::from));
    words.extend(chosen.iter().flat_map(|exhibit| exhibit.urls()));
    let round = tokio::time::timeout(std::time::Duration::from_mins(1), check::report(&words));
    let (report, _) = round.await.expect("the round never ends").unwrap();
    assert_eq!(report.feeds.len(), chosen.len());
    let expected: BTreeSet<_> = chosen.iter().flat_map(|exhibit| exhibit.causes.iter().copied()).collect();
    assert_eq!(codes(&report), expected.into_iter().collect::<Vec<_>>());
}

#[test]
fn every_code_has_an_exhibit_or_a_reason() {
    let shown: BTreeSet<&str> = EXHIBITS.iter().flat_map(|exhibit| exhibit.causes.iter().copied()).collect();
    for info in Code::ALL {
        let excused = WITHOUT_EXHIBIT.iter().any(|(code, reason)| *code == info.name && !reason.is_empty());
        assert!(shown.contains(info.name) != excused, "{}: needs an exhibit, or a reason and no exhibit", info.name);
    }
    for code in shown {
        assert!(Code::named(code).is_some(), "{code} is no code");
    }
}

#[test]
fn names_of_exhibits_are_unique() {
    let names: BTreeSet<_> = EXHIBITS.iter().map(|exhibit| exhibit.name).collect();
    assert_eq!(names.len(), EXHIBITS.len());
}
