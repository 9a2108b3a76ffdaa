//! Whose fault it is, from end to end: failing prefixes are peeled off one by one, one cause is one
//! finding, and a refusal to robots is told apart from one to everybody.

use podprobe::app::check;
use podprobe::lab::{Lab, Options, find};
use podprobe::report::model::Finding;
use podprobe::report::{self, Report, Style};

use crate::exhibits::arguments;

async fn lab() -> Lab {
    #[expect(clippy::disallowed_methods, reason = "renewal information is fetched for the present")]
    let now = jiff::Timestamp::now();
    Lab::open(Options { now }).await.unwrap()
}

async fn checked(lab: &Lab, exhibit: &str) -> Report {
    check::report(&arguments(lab, find(exhibit).unwrap())).await.unwrap().0
}

fn of<'a>(report: &'a Report, code: &str) -> Vec<&'a Finding> {
    report.findings.iter().filter(|finding| finding.code.0.as_str() == code).collect()
}

/// The findings that stand for themselves.
fn causes(report: &Report) -> Vec<&Finding> {
    report.findings.iter().filter(|finding| finding.caused_by.is_none()).collect()
}

fn bypass(finding: &Finding) -> (String, bool) {
    let bypass = finding.bypass.as_ref().unwrap_or_else(|| panic!("{} has no bypass", finding.summary));
    (bypass.url.to_string(), bypass.works)
}

#[tokio::test]
async fn only_the_failing_prefix_is_peeled_off() {
    let lab = lab().await;
    let report = checked(&lab, "prefix-among").await;
    let [down] = of(&report, "prefix-down")[..] else { panic!("{:?}", report.findings) };
    let direct = "https://verifi.podscribe.com/rss/p/tracking.swap.fm/track/ab12/prefix-among.lab.example/episode.mp3";
    assert_eq!(bypass(down), (direct.to_owned(), true));
    assert_eq!(&*down.subject.id, "https://rss.pdrl.fm:443");
    assert!(down.advice.contains(direct) && down.advice.contains("rss.pdrl.fm"), "{}", down.advice);
    assert_eq!(causes(&report).len(), 1, "what failed at the prefix is explained by it");
    // The planned route stands beside the observed one, which ends at the prefix.
    let enclosure = &report.feeds[0].episodes[0].enclosures[0];
    assert_eq!((enclosure.planned.len(), enclosure.chain.as_ref().unwrap().hops.len()), (4, 2));
    let text = report::find("text").unwrap().to_text(&report, &Style::default());
    let plan = "Written in the link: verifi.podscribe.com → rss.pdrl.fm → tracking.swap.fm";
    assert!(text.contains(plan), "{text}");
}

#[tokio::test]
async fn every_episode_behind_a_failing_prefix_counts_and_few_are_tried() {
    let lab = lab().await;
    let report = checked(&lab, "prefix-down").await;
    let [down] = causes(&report)[..] else { panic!("{:?}", report.findings) };
    assert_eq!(down.code.0.as_str(), "prefix-down");
    assert!(down.detail.contains("503 Service Unavailable"), "{}", down.detail);
    assert_eq!(down.affects.episodes, 2);
    let direct: std::collections::BTreeSet<String> =
        lab.log().into_iter().filter(|seen| seen.host == "prefix-down.lab.example").map(|seen| seen.target).collect();
    assert_eq!(direct.len(), 1, "once a way around is proven it is not tried again: {direct:?}");
}

#[tokio::test]
async fn two_failing_prefixes_are_both_named_with_the_way_around_both() {
    let lab = lab().await;
    let report = checked(&lab, "prefixes-down").await;
    let direct = "https://verifi.podscribe.com/rss/p/prefixes-down.lab.example/episode.mp3";
    let down = of(&report, "prefix-down");
    let subjects: Vec<&str> = down.iter().map(|finding| &*finding.subject.id).collect();
    assert!(subjects.contains(&"https://swap.fm:443") && subjects.contains(&"https://2.gum.fm:443"), "{subjects:?}");
    for finding in down {
        assert_eq!(bypass(finding), (direct.to_owned(), true));
    }
    let roots: Vec<_> = causes(&report).iter().map(|finding| finding.code.0.as_str()).collect();
    assert_eq!(roots, ["connect-refused", "prefix-down"], "one cause for each prefix");
    assert_eq!(bypass(of(&report, "connect-refused")[0]), (direct.to_owned(), true));
}

#[tokio::test]
async fn where_the_file_fails_too_both_faults_are_told() {
    let lab = lab().await;
    let report = checked(&lab, "prefix-and-target-down").await;
    assert!(of(&report, "prefix-down").is_empty(), "nothing proves that the prefix is what keeps listeners away");
    let [prefix] = of(&report, "http-error")[..] else { panic!("{:?}", report.findings) };
    let [target] = of(&report, "http-gone")[..] else { panic!("{:?}", report.findings) };
    assert!(prefix.detail.contains("r.zencastr.com"), "{}", prefix.detail);
    assert_eq!(&*target.subject.id, "https://prefix-and-target-down.lab.example/episode.mp3");
    assert_eq!(causes(&report).len(), 2);

    let report = checked(&lab, "prefix-and-target-failing").await;
    let subjects: Vec<&str> = of(&report, "http-error").iter().map(|finding| &*finding.subject.id).collect();
    assert_eq!(subjects.len(), 2, "the same code twice, about two URLs: {subjects:?}");
}

#[tokio::test]
async fn an_expired_certificate_on_a_prefix_carries_the_way_around_it() {
    let lab = lab().await;
    let report = checked(&lab, "prefix-expired").await;
    let [cause] = causes(&report)[..] else { panic!("{:?}", report.findings) };
    assert_eq!(cause.code.0.as_str(), "cert-expired");
    assert_eq!(bypass(cause), ("https://prefix-expired.lab.example/episode.mp3".to_owned(), true));
    assert!(cause.advice.contains("Take the prefix clrtpod.com"), "{}", cause.advice);
    let down = of(&report, "prefix-down");
    assert!(down.iter().all(|finding| finding.caused_by.as_deref() == Some(&*cause.id)) && down.len() == 1);
}

#[tokio::test]
async fn a_prefix_that_leads_to_nowhere_is_down() {
    let lab = lab().await;
    let report = checked(&lab, "prefix-astray").await;
    let [down] = of(&report, "prefix-down")[..] else { panic!("{:?}", report.findings) };
    assert_eq!(bypass(down), ("https://prefix-astray.lab.example/episode.mp3".to_owned(), true));
    let [gone] = of(&report, "http-gone")[..] else { panic!("{:?}", report.findings) };
    assert_eq!(gone.caused_by.as_deref(), Some(&*down.id), "who lives where it led is not to blame");
}

#[tokio::test]
async fn a_closed_service_is_named_though_it_still_works() {
    let lab = lab().await;
    let report = checked(&lab, "prefix-retired").await;
    let [retired] = of(&report, "prefix-retired")[..] else { panic!("{:?}", report.findings) };
    assert!(retired.summary.contains("2024-12-12") && retired.bypass.is_none(), "{}", retired.summary);
}

#[tokio::test]
async fn a_hundred_episodes_behind_a_dead_host_are_one_finding() {
    let lab = lab().await;
    for (exhibit, code) in [("dead-host", "connect-refused"), ("failing-host", "origin-failing")] {
        let report = checked(&lab, exhibit).await;
        assert_eq!((report.counts.feeds, report.counts.episodes), (3, 100));
        let [cause] = causes(&report)[..] else { panic!("{exhibit}: {:#?}", causes(&report)) };
        assert_eq!(cause.code.0.as_str(), code);
        assert_eq!((cause.affects.feeds, cause.affects.episodes), (3, 100), "{exhibit}");
        for finding in report.findings.iter().filter(|finding| finding.id != cause.id) {
            assert_eq!(finding.caused_by.as_deref(), Some(&*cause.id), "{}", finding.summary);
        }
        assert_eq!(report.counts.findings.critical, 1, "the counts' headline names it alone");
    }
}

#[tokio::test]
async fn one_certificate_on_five_hosts_is_one_cause_that_names_them_all() {
    let lab = lab().await;
    let report = checked(&lab, "wildcard").await;
    let [cause] = causes(&report)[..] else { panic!("{:#?}", causes(&report)) };
    assert_eq!(cause.code.0.as_str(), "cert-expired");
    for host in ["one", "two", "three", "four", "five"] {
        assert!(cause.detail.contains(&format!("https://{host}.family.lab.example:443")), "{}", cause.detail);
    }
    assert_eq!(of(&report, "cert-expired").len(), 5);
    assert_eq!(cause.affects.episodes, 5);
}

#[tokio::test]
async fn a_second_opinion_tells_robots_from_everybody() {
    let lab = lab().await;
    let report = checked(&lab, "no-robots").await;
    let [blocked] = of(&report, "blocked-to-bots")[..] else { panic!("{:?}", report.findings) };
    assert!(blocked.detail.contains("Another User-Agent gets 200"), "{}", blocked.detail);
    assert!(blocked.detail.contains("the host refuses robots, listeners are fine"), "{}", blocked.detail);
    let json = serde_json::to_value(&report).unwrap();
    let chain = &json["feeds"][0]["episodes"][0]["enclosures"][0]["chain"];
    assert_eq!(chain["second_opinion"]["status"], 200);
    assert_eq!(chain["second_opinion"]["user_agent"], "Mozilla/5.0 (compatible)");
    assert_eq!(chain["second_opinion"]["served"], true);
    let text = report::find("text").unwrap().to_text(&report, &Style::default());
    assert!(text.contains("another User-Agent (Mozilla/5.0 (compatible)) gets 200"), "{text}");

    // Headers only, once, and nothing else under that name.
    let asked: Vec<_> =
        lab.log().into_iter().filter(|seen| seen.header("user-agent") == Some("Mozilla/5.0 (compatible)")).collect();
    assert_eq!(asked.iter().map(|seen| seen.method.as_str()).collect::<Vec<_>>(), ["HEAD"]);

    let report = checked(&lab, "nobody").await;
    let [forbidden] = of(&report, "http-forbidden")[..] else { panic!("{:?}", report.findings) };
    assert!(forbidden.detail.contains("the same to everybody"), "{}", forbidden.detail);
    let asked: Vec<_> = lab.log().into_iter().filter(|seen| seen.header("user-agent") == Some("Mozilla/5.0")).collect();
    let ranges: Vec<_> = asked.iter().map(|seen| (seen.method.as_str(), seen.header("range"))).collect();
    assert_eq!(ranges, [("HEAD", None), ("GET", Some("bytes=0-0"))]);

    // Whoever said when to come again is left alone, and without the flag nobody is asked twice.
    for (exhibit, flags) in [("retry-late", &["--second-opinion"][..]), ("no-robots-unasked", &[])] {
        let mut words: Vec<String> = flags.iter().map(|&flag| flag.to_owned()).collect();
        words.extend(arguments(&lab, find(exhibit).unwrap()));
        let json = serde_json::to_value(check::report(&words).await.unwrap().0).unwrap();
        assert!(json["feeds"][0]["episodes"][0]["enclosures"][0]["chain"].get("second_opinion").is_none(), "{exhibit}");
    }
}

#[tokio::test]
async fn a_token_goes_to_nobody_who_does_not_verify() {
    let lab = lab().await;
    for (exhibit, why) in [
        ("token-expired", "the certificate of token-expired.lab.example does not hold"),
        ("token-cleartext", "token-cleartext.lab.example is asked in cleartext"),
    ] {
        let report = checked(&lab, exhibit).await;
        let host = find(exhibit).unwrap().host();
        assert!(lab.log().iter().all(|seen| seen.host != host), "{exhibit}: nothing was sent");
        let json = serde_json::to_value(&report).unwrap();
        let chain = &json["feeds"][0]["episodes"][0]["enclosures"][0]["chain"];
        let said = format!("not asked: the link carries a token and {why}");
        assert_eq!((&chain["outcome"], &chain["hops"][0]["status"]), (&"unknown".into(), &serde_json::Value::Null));
        let message = chain["hops"][0]["error"]["message"].as_str().unwrap();
        assert!(message.starts_with(&said), "{message}");
        for format in ["text", "html", "markdown"] {
            let text = report::find(format).unwrap().to_text(&report, &Style { width: 400, ..Style::default() });
            assert!(text.contains("not asked: the link carries a token"), "{format}: {text}");
            assert!(!text.contains("token=secret"), "{format}");
        }
    }
    checked(&lab, "token").await;
    let asked: Vec<_> = lab.log().into_iter().filter(|seen| seen.host == "token.lab.example").collect();
    assert!(!asked.is_empty() && asked.iter().all(|seen| seen.target.ends_with("?token=secret")), "{asked:?}");
}
