use crate::chain::*;
use crate::feed::{Feed, Oddity, OddityKind};
use crate::judge::testing::*;
use crate::judge::*;

fn canary(reachable: bool) -> Canary {
    Canary { name: "www.example:443".into(), reachable }
}

fn down(url: &str, ip: &str) -> OriginSighting {
    edges(url, &[(ip, Err(ConnectFailure::Timeout))])
}

#[test]
fn canaries_are_wanted_when_two_domains_are_wholly_down() {
    let wants = |sightings: &[OriginSighting]| {
        let court = court();
        let mut judge = court.judge();
        for sighting in sightings {
            judge.origin(sighting);
        }
        judge.wants_canaries()
    };
    let one = down("https://a.one.example/", "198.51.100.1");
    let sibling = down("https://b.one.example/", "198.51.100.2");
    let two = OriginSighting { dns: failed(DnsFailure::Timeout), ..seen("https://two.test/", &[]) };
    assert!(wants(&[one.clone(), two.clone()]));
    assert!(!wants(&[one.clone(), sibling]), "one registrable domain");
    assert!(!wants(std::slice::from_ref(&one)) && !wants(&[]));
    assert!(!wants(&[one.clone(), two.clone(), seen("https://three.test/", &["198.51.100.3"])]), "one works");
    let mut no_tls = seen("https://three.test/", &["198.51.100.3"]);
    no_tls.edges[0].tls = failed(TlsFailure::Closed);
    assert!(!wants(&[one.clone(), two.clone(), no_tls]), "TCP works");
    let hidden =
        edges("https://four.test/", &[("10.0.0.1", Err(ConnectFailure::Blocked("10.0.0.1".parse().unwrap())))]);
    assert!(wants(&[one, two, hidden]), "a hidden host was not tried");
}

#[test]
fn an_origin_that_worked_once_shows_that_the_network_does() {
    let court = court();
    let mut judge = court.judge();
    for url in ["https://one.example/", "https://two.test/"] {
        judge.origin(&seen(url, &["198.51.100.1"]));
        let chain = broken(&[], unconnected(url, ConnectFailure::Timeout));
        play(&mut judge, 0, &episode(0, url), &chain, &[]);
    }
    assert!(!judge.wants_canaries());
}

fn offline_round(court: &Court) -> Judge<'_> {
    let mut judge = court.judge();
    for (feed, url) in ["https://one.example/a.mp3", "https://two.test/a.mp3"].into_iter().enumerate() {
        judge.origin(&down(url, &format!("198.51.100.{feed}")));
        let chain = broken(&[], unconnected(url, ConnectFailure::Timeout));
        play(&mut judge, feed, &episode(0, url), &chain, &[]);
    }
    judge
}

#[test]
fn a_prober_without_network_alarms_about_nobody() {
    let court = court();
    let end = offline_round(&court).conclude(&[canary(false), canary(false)]);
    assert_eq!((codes(&end), end.verdict, end.offline), (vec!["prober-offline"], Verdict::Unknown, true));
    assert_eq!(end.findings[0].affects, Affects { feeds: 2, episodes: 2 });
    assert!(end.origins.values().all(|verdict| *verdict == Verdict::Unknown));

    for canaries in [vec![], vec![canary(true), canary(false)]] {
        let end = offline_round(&court).conclude(&canaries);
        assert_eq!((codes(&end).len(), end.verdict, end.offline), (2, Verdict::Critical, false));
    }
}

#[test]
fn an_episode_counts_once_however_many_enclosures_it_has() {
    let court = court();
    let mut judge = court.judge();
    for number in 0..3 {
        for _ in 0..4 {
            play(&mut judge, 0, &episode(number, FILE), &reached(&[PODTRAC, FILE, FILE]), &[]);
        }
    }
    let end = judge.conclude(&[]);
    assert_eq!(end.through[&origin(FILE)], Affects { feeds: 1, episodes: 3 });
    assert_eq!(end.through[&origin(PODTRAC)], Affects { feeds: 1, episodes: 3 });
}

#[test]
fn one_url_in_many_episodes_is_one_finding() {
    let court = court();
    let mut judge = court.judge();
    for number in 0..5 {
        play(&mut judge, number % 2, &episode(number, FILE), &broken(&[], hop(FILE, 404)), &[]);
    }
    let end = judge.conclude(&[]);
    assert_eq!(codes(&end), ["http-gone"]);
    assert_eq!(end.findings[0].affects, Affects { feeds: 2, episodes: 5 });
}

/// A round with something of everything.
fn mixed(court: &Court, backwards: bool) -> Conclusion {
    let mut judge = court.judge();
    let mut sightings = [
        shown("https://a.example/", &[("198.51.100.1", &certificate("1", "cert-expired cert-no-sct", days(-1)))]),
        shown("https://b.example/", &[("198.51.100.2", &certificate("2", "cert-expiring", days(9)))]),
        down("https://c.example/", "198.51.100.3"),
    ];
    if backwards {
        sightings.reverse();
    }
    for sighting in &sightings {
        judge.origin(sighting);
    }
    for number in 0..20 {
        let url = format!("https://{}.example/{number}", ["a", "b", "c", "d"][number % 4]);
        let chain = match number % 4 {
            0 | 1 => reached(&["http://h.example/x", &url]),
            2 => broken(&[], unconnected(&url, ConnectFailure::Timeout)),
            _ => broken(&[], hop(&url, 500)),
        };
        play(&mut judge, number % 3, &episode(number, chain.hops[0].url.expose()), &chain, &[]);
    }
    judge.conclude(&[])
}

#[test]
fn the_same_facts_give_the_same_findings() {
    let court = court();
    let (first, second) = (mixed(&court, false), mixed(&court, true));
    assert_eq!(first.findings, second.findings, "twice, and whatever the order of origins");
    assert_eq!((first.verdict, first.origins, first.through), (second.verdict, second.origins, second.through));
}

#[test]
fn findings_are_sorted_by_cause_severity_and_code() {
    let end = mixed(&court(), false);
    let keys: Vec<_> =
        end.findings.iter().map(|f| (f.caused_by.is_some(), std::cmp::Reverse(f.severity), f.code)).collect();
    assert!(keys.is_sorted(), "{keys:?}");
    let unexplained: Vec<_> = end.findings.iter().filter(|f| f.caused_by.is_none()).map(|f| f.id.clone()).collect();
    for finding in &end.findings {
        assert!(finding.caused_by.as_ref().is_none_or(|cause| unexplained.contains(cause)), "causes are roots");
    }
}

#[test]
fn critical_comes_before_unknown_and_unknown_before_warning() {
    let ends = |chains: &[Chain]| {
        let court = court();
        let mut judge = court.judge();
        for (number, chain) in chains.iter().enumerate() {
            play(&mut judge, 0, &episode(number, chain.hops[0].url.expose()), chain, &[]);
        }
        judge.conclude(&[]).verdict
    };
    let warning = with_media(|media| media.range = Some(RangeAnswer::Ignored));
    let unknown = broken(&[], answered(FILE, answer(403, &[("cf-mitigated", "challenge")])));
    let critical = broken(&[], hop("https://other.example/", 404));
    assert_eq!(ends(&[]), Verdict::Ok);
    assert_eq!(ends(std::slice::from_ref(&warning)), Verdict::Warning);
    assert_eq!(ends(&[warning.clone(), unknown.clone()]), Verdict::Unknown);
    assert_eq!(ends(&[warning, unknown, critical]), Verdict::Critical);
}

#[test]
fn texts_stay_short_whatever_comes() {
    let long = format!("https://h.example/{}", "x".repeat(7_000));
    let court = court();
    let mut judge = court.judge();
    let mut episode = episode(0, &long);
    episode.title = "t".repeat(60_000);
    play(&mut judge, 0, &episode, &broken(&[&long], hop(&long, 500)), &[]);
    let end = judge.conclude(&[]);
    let finding = &end.findings[0];
    assert!(finding.summary.len() < 1_000 && finding.detail.len() < 2_000 && finding.subject.name.len() < 400);
}

#[test]
fn texts_are_sentences() {
    for finding in &mixed(&court(), false).findings {
        for text in [&finding.summary, &finding.detail, &finding.advice] {
            assert!(
                text.ends_with(['.', ')']) && !text.contains("  ") && !text.contains(".."),
                "{}: {text}",
                finding.code
            );
        }
    }
}

#[test]
fn healthy_episodes_leave_nothing_behind() {
    let court = court();
    let mut judge = court.judge();
    let mut sizes = Vec::new();
    for number in 1_000..3_000 {
        let url = format!("https://h.example/{number}.mp3");
        play(&mut judge, 0, &episode(number, &url), &reached(&[&url]), &[]);
        if number == 1_999 || number == 2_999 {
            sizes.push(format!("{judge:?}").len());
        }
    }
    // The numbers in it have as many digits, hashes apart; a thousand of anything would show.
    assert!(sizes[0].abs_diff(sizes[1]) < 100, "{sizes:?}");
}

/// One host, in three episodes of one show.
fn one_host(court: &Court, sighting: &OriginSighting, hop: &Hop) -> Conclusion {
    let mut judge = court.judge();
    judge.origin(sighting);
    for number in 0..3 {
        play(&mut judge, 0, &episode(number, FILE), &broken(&[], hop.clone()), &[]);
    }
    assert!(!judge.wants_canaries(), "one registrable domain");
    judge.conclude(&[])
}

#[test]
fn one_host_is_not_blamed_for_this_machines_own_lack() {
    let court = court();
    let nameless_at = |why: &DnsFailure| OriginSighting { dns: failed(why.clone()), ..seen(FILE, &[]) };
    let none = DnsFailure::Unavailable("no resolver".into());
    let end = one_host(&court, &nameless_at(&none), &nameless(FILE, none.clone()));
    assert_eq!((codes(&end), end.verdict, end.offline), (vec!["prober-offline"], Verdict::Unknown, true));
    assert!(end.findings[0].detail.contains("no resolver that could be asked"), "{}", end.findings[0].detail);

    let cut_off = edges(
        FILE,
        &[("198.51.100.1", Err(ConnectFailure::NoNetwork)), ("2001:db8::1", Err(ConnectFailure::NoNetwork))],
    );
    let end = one_host(&court, &cut_off, &unconnected(FILE, ConnectFailure::NoNetwork));
    assert_eq!((codes(&end), end.verdict), (vec!["prober-offline"], Verdict::Unknown));

    // What the host or its name servers may be at fault for stays theirs.
    for why in [DnsFailure::NoSuchName, DnsFailure::Refused("SERVFAIL".into()), DnsFailure::Timeout] {
        let end = one_host(&court, &nameless_at(&why), &nameless(FILE, why.clone()));
        assert_eq!((end.verdict, end.offline, end.findings.len()), (Verdict::Critical, false, 1), "{why:?}");
        let finding = &end.findings[0];
        let doubtful = finding.detail.contains("podprobe's own resolver or network");
        assert_eq!(doubtful, why == DnsFailure::Timeout, "{}", finding.detail);
        assert_eq!(finding.advice.starts_with("First see"), doubtful, "{}", finding.advice);
    }
    for addresses in [
        &[("198.51.100.1", Err(ConnectFailure::Unreachable))][..],
        &[("198.51.100.1", Err(ConnectFailure::NoNetwork)), ("198.51.100.2", Err(ConnectFailure::Timeout))],
        // Only its IPv6 is out of reach from here: listeners with IPv4 alone have no way either.
        &[("2001:db8::1", Err(ConnectFailure::NoNetwork))],
    ] {
        let end = one_host(&court, &edges(FILE, addresses), &unconnected(FILE, ConnectFailure::NoNetwork));
        assert_eq!((end.verdict, end.offline), (Verdict::Critical, false), "{addresses:?}");
    }
}

#[test]
fn another_host_that_works_shows_that_this_machine_lacks_nothing() {
    let court = court();
    let mut judge = court.judge();
    let none = DnsFailure::Unavailable("busy".into());
    judge.origin(&OriginSighting { dns: failed(none.clone()), ..seen(FILE, &[]) });
    judge.origin(&seen(PODTRAC, &["198.51.100.1"]));
    play(&mut judge, 0, &episode(0, FILE), &broken(&[], nameless(FILE, none)), &[]);
    let end = judge.conclude(&[]);
    assert_eq!((codes(&end), end.offline), (vec!["dns-failed"], false));
}

#[test]
fn what_a_local_file_shows_is_said_offline_as_well() {
    let court = court();
    let mut judge = offline_round(&court);
    let feed = feed_of(vec![]);
    let local = |content| FeedCase { feed: 2, source: "feed.xml", chain: None, title: None, content };
    judge.feed(&local(FeedContent::Feed(&feed)));
    let mut nowhere = enclosure(FILE);
    nowhere.link = Err(crate::link::LinkError::Empty);
    let one = episode(0, FILE);
    let case = EnclosureCase { feed: 2, show: "Show", episode: &one, enclosure: &nowhere, chain: None, bypasses: &[] };
    judge.enclosure(&case);
    // A further page is somebody else's, and could not be had because nothing could.
    let page = OddityKind::PageMissing("https://one.example/2".into());
    let paged = Feed { oddities: vec![Oddity { line: 1, column: 1, what: page }], items: 1, ..feed_of(vec![]) };
    judge.feed(&FeedCase {
        feed: 3,
        source: "paged.xml",
        chain: None,
        title: None,
        content: FeedContent::Feed(&paged),
    });
    let end = judge.conclude(&[canary(false)]);
    assert_eq!(codes(&end), ["prober-offline", "enclosure-invalid", "feed-empty"]);
    assert_eq!(end.findings[1].affects, Affects { feeds: 1, episodes: 1 });
    assert_eq!(end.verdict, Verdict::Unknown);
}
