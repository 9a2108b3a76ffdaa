use crate::cert::Certificate;
use crate::chain::*;
use crate::judge::testing::*;
use crate::judge::*;

const DEAD: &str = "https://dead.example/x.mp3";

/// A hundred episodes in three feeds, each with its own URL at the host, all failing like `hop`.
fn hundred(judge: &mut Judge<'_>, hop: impl Fn(&str) -> Hop) {
    for number in 0..100 {
        let feed = number % 3;
        let url = format!("https://dead.example/{number}.mp3");
        let start = format!("https://start{feed}.example/{number}.mp3");
        let chain = broken(&[&start], hop(&url));
        assert_eq!(play(judge, feed, &episode(number, &start), &chain, &[]).verdict, Verdict::Critical);
    }
}

#[test]
fn what_is_alike_with_thousands_of_episodes_is_told_of_some() {
    use crate::judge::fold::MOST_ALIKE;
    let court = court();
    let mut judge = court.judge();
    let many = MOST_ALIKE + 500;
    for number in 0..many {
        let url = format!("http://h.example/{number}.mp3");
        let hop = if number == many - 1 { hop(&url, 404) } else { hop(&url, 206) };
        let chain = Chain { media: Some(media()), ..chain(vec![hop], End::Reached) };
        play(&mut judge, 0, &episode(number, &url), &chain, &[]);
    }
    let end = judge.conclude(&[]);
    let cleartext: Vec<&Finding> = end.findings.iter().filter(|f| f.code == Code::HttpCleartext).collect();
    assert_eq!(cleartext.len(), MOST_ALIKE);
    let told: Vec<&&Finding> =
        cleartext.iter().filter(|f| f.detail.contains(" 500 more of this feed") && f.not_listed == 500).collect();
    let [first] = told.as_slice() else { panic!("one says how many more there are") };
    assert_eq!(first.affects, Affects { feeds: 1, episodes: 501 });
    assert_eq!(end.everyone.episodes, many as u64);

    // What is at another host is told by itself.
    let mut judge = court.judge();
    judge.origin(&edges(DEAD, &[("198.51.100.9", Err(ConnectFailure::Timeout))]));
    for number in 0..many {
        let url = format!("https://dead.example/{number}.mp3");
        play(&mut judge, 0, &episode(number, &url), &broken(&[], hop(&url, 503)), &[]);
    }
    let url = "https://h.example/x.mp3";
    play(&mut judge, 0, &episode(many, url), &broken(&[], hop(url, 404)), &[]);
    let end = judge.conclude(&[]);
    let alone = |f: &&Finding| f.origin == Some(origin(url)) && f.caused_by.is_none();
    assert_eq!(end.findings.iter().filter(alone).count(), 1);
}

#[test]
fn one_dead_host_is_one_alarm() {
    let court = court();
    let mut judge = court.judge();
    judge.origin(&edges(DEAD, &[("198.51.100.9", Err(ConnectFailure::Timeout))]));
    hundred(&mut judge, |url| unconnected(url, ConnectFailure::Timeout));
    let end = judge.conclude(&[]);
    assert_eq!(causes(&end), ["connect-timeout"]);
    assert_eq!(end.findings[0].affects, Affects { feeds: 3, episodes: 100 });
    assert_eq!((end.verdict, end.origins[&origin(DEAD)]), (Verdict::Critical, Verdict::Critical));
    assert_eq!(end.through[&origin(DEAD)], Affects { feeds: 3, episodes: 100 });
}

#[test]
fn a_host_that_fails_alike_for_everything_is_one_alarm() {
    let fails: [fn(&str) -> Hop; 3] = [
        |url| hop(url, 503),
        |url| silent(url, RequestFailure::HeadTimeout),
        |url| silent(url, RequestFailure::Closed),
    ];
    for hop in fails {
        let court = court();
        let mut judge = court.judge();
        hundred(&mut judge, hop);
        let end = judge.conclude(&[]);
        assert_eq!(causes(&end), ["origin-failing"]);
        assert_eq!((end.findings.len(), end.findings[0].affects), (101, Affects { feeds: 3, episodes: 100 }));
        assert!(end.findings[0].detail.contains("All 100 different URLs"), "{}", end.findings[0].detail);
        assert!(end.findings.iter().skip(1).all(|f| f.caused_by.as_ref() == Some(&end.findings[0].id)));
    }
}

#[test]
fn an_origin_fails_only_with_three_urls_and_none_that_differs() {
    let ends = |hops: Vec<Hop>| {
        let court = court();
        let mut judge = court.judge();
        for (number, hop) in hops.into_iter().enumerate() {
            let ended = if hop.request.fact().is_some_and(|a| a.status == 206) {
                Chain { media: Some(media()), ..chain(vec![hop], End::Reached) }
            } else {
                broken(&[], hop)
            };
            let url = ended.hops[0].url.expose().to_owned();
            play(&mut judge, 0, &episode(number, &url), &ended, &[]);
        }
        codes(&judge.conclude(&[])).contains(&"origin-failing")
    };
    let url = |number: usize| format!("https://dead.example/{number}");
    assert!(ends((0..3).map(|n| hop(&url(n), [500, 502, 503][n])).collect()));
    assert!(!ends((0..2).map(|n| hop(&url(n), 500)).collect()), "two are no pattern");
    assert!(!ends((0..5).map(|_| hop(&url(0), 500)).collect()), "one URL five times is one URL");
    assert!(!ends((0..4).map(|n| hop(&url(n), if n == 3 { 206 } else { 500 })).collect()), "one works");
    assert!(!ends((0..4).map(|n| hop(&url(n), if n == 3 { 404 } else { 500 })).collect()), "one is just gone");
    assert!(!ends((0..3).map(|n| hop(&url(n), 404)).collect()), "gone files are no failing host");
    let mixed = (0..4).map(|n| if n == 3 { silent(&url(n), RequestFailure::Closed) } else { hop(&url(n), 500) });
    assert!(!ends(mixed.collect()), "not alike");
}

#[test]
fn urls_that_were_not_asked_are_explained_and_prove_nothing() {
    let end = |asked: usize| {
        let court = court();
        let mut judge = court.judge();
        for number in 0..10 {
            let why = if number < asked {
                RequestFailure::HeadTimeout
            } else {
                RequestFailure::NotAsked { after: 3, like: Box::new(RequestFailure::HeadTimeout) }
            };
            let url = format!("https://dead.example/{number}");
            play(&mut judge, 0, &episode(number, &url), &broken(&[], silent(&url, why)), &[]);
        }
        judge.conclude(&[])
    };
    let failing = end(3);
    assert_eq!((causes(&failing), failing.findings.len()), (vec!["origin-failing"], 11));
    assert!(failing.findings[0].detail.contains("All 3 different URLs"), "{}", failing.findings[0].detail);
    assert_eq!(failing.findings[0].affects.episodes, 10);
    assert!(!codes(&end(2)).contains(&"origin-failing"), "two are no pattern, however many are given up after them");
}

fn wildcard(faults: &str) -> std::sync::Arc<Certificate> {
    certificate("77", faults, days(-1))
}

#[test]
fn one_certificate_on_five_hosts_is_one_cause() {
    let court = court();
    let mut judge = court.judge();
    let url = |i: usize| format!("https://h{i}.example/a.mp3");
    for i in (0..5).rev() {
        judge.origin(&shown(&url(i), &[("198.51.100.1", &wildcard("cert-expired"))]));
    }
    // Each episode crosses two of the hosts; it counts once.
    for number in 0..10 {
        let chain = reached(&[&url(number % 5), &url((number + 1) % 5)]);
        assert_eq!(
            play(&mut judge, number % 2, &episode(number, &url(number % 5)), &chain, &[]).verdict,
            Verdict::Critical
        );
    }
    let end = judge.conclude(&[]);
    assert_eq!((codes(&end).len(), causes(&end)), (5, vec!["cert-expired"]));
    let cause = &end.findings[0];
    assert_eq!(cause.subject.id, "https://h0.example:443", "the first by name");
    assert!((0..5).all(|i| cause.detail.contains(&format!("https://h{i}.example:443"))), "{}", cause.detail);
    assert_eq!(cause.affects, Affects { feeds: 2, episodes: 10 });
    assert!(end.findings[1..].iter().all(|f| f.caused_by.as_ref() == Some(&cause.id)));
}

#[test]
fn different_certificates_and_codes_are_causes_of_their_own() {
    let court = court();
    let mut judge = court.judge();
    judge.origin(&shown("https://a.example/", &[("198.51.100.1", &certificate("1", "cert-expired", days(-1)))]));
    judge.origin(&shown("https://b.example/", &[("198.51.100.2", &certificate("2", "cert-expired", days(-1)))]));
    assert_eq!(causes(&judge.conclude(&[])).len(), 2);
}

#[test]
fn one_address_that_fails_on_several_origins_is_one_cause() {
    let court = court();
    let mut judge = court.judge();
    for url in ["https://a.example/", "http://a.example/", "https://b.example/"] {
        judge.origin(&edges(url, &[("198.51.100.9", Err(ConnectFailure::Refused))]));
    }
    judge.origin(&edges("https://c.example/", &[("198.51.100.10", Err(ConnectFailure::Refused))]));
    judge.origin(&seen("https://d.example/", &["198.51.100.11"]));
    let end = judge.conclude(&[]);
    assert_eq!((codes(&end).len(), causes(&end).len()), (4, 2));
    assert!(end.findings[0].detail.contains("https://b.example:443"), "{}", end.findings[0].detail);
}

#[test]
fn the_same_edge_behind_two_hosts_is_one_finding() {
    let court = court();
    let mut judge = court.judge();
    for url in ["https://a.example/", "https://b.example/"] {
        judge.origin(&edges(url, &[("198.51.100.1", Ok(())), ("198.51.100.9", Err(ConnectFailure::Refused))]));
    }
    let end = judge.conclude(&[]);
    assert_eq!(codes(&end), ["edge-down"]);
    assert!(end.findings[0].detail.contains("https://b.example:443"), "{}", end.findings[0].detail);
}

#[test]
fn an_address_that_is_all_of_one_host_and_part_of_another_is_one_cause() {
    let court = court();
    let mut judge = court.judge();
    let down = ("198.51.100.9", Err(ConnectFailure::Refused));
    // The one with another address comes first by name; the worse finding is the cause.
    judge.origin(&edges("https://a.example/", &[("198.51.100.1", Ok(())), down.clone()]));
    judge.origin(&edges("https://b.example/", &[down]));
    for (number, host) in ["a", "b"].into_iter().enumerate() {
        let url = format!("https://{host}.example/x.mp3");
        let chain =
            if host == "a" { reached(&[&url]) } else { broken(&[], unconnected(&url, ConnectFailure::Refused)) };
        play(&mut judge, number, &episode(number, &url), &chain, &[]);
    }
    let end = judge.conclude(&[]);
    assert_eq!((codes(&end), causes(&end)), (vec!["connect-refused", "edge-down"], vec!["connect-refused"]));
    let cause = &end.findings[0];
    assert!(cause.detail.contains("One address, 2 origins: https://a.example:443"), "{}", cause.detail);
    assert_eq!(cause.affects, Affects { feeds: 2, episodes: 2 });
}

#[test]
fn a_broken_handshake_at_one_address_is_not_a_refused_connection_at_another_port() {
    let court = court();
    let mut judge = court.judge();
    let mut sighting = seen("https://a.example/", &["198.51.100.1", "198.51.100.9"]);
    sighting.edges[1].tls = failed(TlsFailure::NotTls);
    judge.origin(&sighting);
    judge.origin(&edges("http://b.example/", &[("198.51.100.9", Err(ConnectFailure::Refused))]));
    assert_eq!(causes(&judge.conclude(&[])), ["connect-refused", "edge-down"]);
}

#[test]
fn the_worse_of_what_one_certificate_causes_is_the_cause() {
    let court = court();
    let mut judge = court.judge();
    for (host, fault) in [("a", "cert-expiring"), ("b", "cert-expiring!"), ("c", "cert-expiring")] {
        // The same certificate, whatever its common name says to the stand-in verifier.
        let mut leaf = Certificate::clone(&certificate("1", fault, days(3)));
        leaf.sha256 = crate::cert::Fingerprint::of(b"one");
        judge.origin(&shown(&format!("https://{host}.example/"), &[("198.51.100.1", &leaf.into())]));
    }
    let end = judge.conclude(&[]);
    assert_eq!((codes(&end).len(), causes(&end)), (3, vec!["cert-expiring"]));
    assert_eq!(end.findings[0].subject.id, "https://b.example:443");
    assert_eq!(end.findings[0].severity, Severity::Critical);
    assert_eq!(end.verdict, Verdict::Critical);
    for finding in &end.findings {
        let known = finding.certificate.as_ref().unwrap();
        assert_eq!((known.sha256, known.not_after), (crate::cert::Fingerprint::of(b"one"), days(3)));
        let origins: Vec<String> = known.origins.iter().map(ToString::to_string).collect();
        assert_eq!(origins, ["https://a.example:443", "https://b.example:443", "https://c.example:443"]);
    }
}

#[test]
fn a_finding_names_the_certificate_that_it_is_about() {
    let (leaf, other) = (certificate("1", "cert-expiring", days(20)), certificate("2", "cert-expiring", days(9)));
    let intermediate = certificate("ca", "", days(5));
    // Two addresses, two leaves: the one that ends first. A leaf outlived by its intermediate: that one.
    let (_, end) = origin_alone(&shown("https://a.example/", &[("198.51.100.1", &leaf), ("198.51.100.2", &other)]));
    let print = |end: &Conclusion| find(end, Code::CertExpiring).certificate.as_ref().unwrap().sha256;
    assert_eq!(print(&end), other.sha256);
    let mut sighting = seen("https://a.example/", &["198.51.100.1"]);
    sighting.edges[0].tls = done(session(&[leaf, std::sync::Arc::clone(&intermediate)]));
    assert_eq!(print(&origin_alone(&sighting).1), intermediate.sha256);
}

/// Certificate, origin, chains, episodes, feed: all the way down, one cause.
#[test]
fn a_certificate_explains_origins_chains_episodes_and_feeds() {
    let court = court();
    let mut judge = court.judge();
    let url = |host: &str| format!("https://{host}.example/x");
    for host in ["files", "feeds", "media"] {
        judge.origin(&shown(&url(host), &[("198.51.100.1", &wildcard("cert-expired"))]));
    }
    // The feed's host answers 500 behind its bad certificate, the files' host 503.
    let feed = broken(&[], hop(&url("feeds"), 500));
    judge.feed(&FeedCase {
        feed: 0,
        source: &url("feeds"),
        chain: Some(&feed),
        title: None,
        content: FeedContent::Nothing,
    });
    for number in 0..2 {
        let start = url("media");
        let chain = broken(&[&start], hop(&url("files"), 503));
        play(&mut judge, 1, &episode(number, &start), &chain, &[]);
    }
    let end = judge.conclude(&[]);
    assert_eq!(causes(&end), ["cert-expired"]);
    let cause = &end.findings[0];
    for host in ["files", "feeds", "media"] {
        assert!(cause.detail.contains(&format!("https://{host}.example:443")), "{}", cause.detail);
    }
    assert_eq!(cause.affects, Affects { feeds: 2, episodes: 2 });
    let mut below: Vec<&str> = end.findings.iter().skip(1).map(|finding| finding.code.as_str()).collect();
    below.dedup();
    assert_eq!(below, ["cert-expired", "http-error", "feed-unreachable"]);
    assert!(end.findings.iter().skip(1).all(|finding| finding.caused_by.as_ref() == Some(&cause.id)));
}

#[test]
fn the_way_around_is_told_at_the_root_of_what_is_shared() {
    let court = court();
    let mut judge = court.judge();
    // By name another host comes before the prefix with the same certificate.
    judge.origin(&shown("https://a.example/", &[("198.51.100.1", &wildcard("cert-expired"))]));
    judge.origin(&shown(PODTRAC, &[("198.51.100.2", &wildcard("cert-expired"))]));
    play(&mut judge, 0, &episode(0, PODTRAC), &reached(&[PODTRAC, FILE]), &[bypass(PODTRAC, true)]);
    let end = judge.conclude(&[]);
    assert_eq!(causes(&end), ["cert-expired"]);
    let cause = &end.findings[0];
    assert_eq!((cause.subject.id.as_str(), &cause.bypass), ("https://a.example:443", &Some(bypass(PODTRAC, true))));
    assert!(cause.detail.contains("Without dts.podtrac.com (Podtrac) the audio comes"), "{}", cause.detail);
}

#[test]
fn a_bad_certificate_never_hides_the_audio() {
    let court = court();
    let mut judge = court.judge();
    judge.origin(&shown(FILE, &[("198.51.100.1", &wildcard("cert-expired"))]));
    let verdict = play(&mut judge, 0, &episode(0, FILE), &reached(&[FILE]), &[]);
    assert_eq!((verdict.outcome, verdict.verdict), (Some(Outcome::Media), Verdict::Critical));
    // Neither does it hide what else is wrong with the media.
    let chain = with_media(|media| media.range = Some(RangeAnswer::Ignored));
    play(&mut judge, 0, &episode(1, FILE), &chain, &[]);
    let end = judge.conclude(&[]);
    assert_eq!(causes(&end), ["cert-expired", "media-no-range"]);
}

#[test]
fn a_prefix_that_fails_by_itself_is_the_cause() {
    for hop in [hop(PODTRAC, 500), hop(PODTRAC, 404), silent(PODTRAC, RequestFailure::HeadTimeout)] {
        let court = court();
        let mut judge = court.judge();
        play(&mut judge, 0, &episode(0, PODTRAC), &broken(&[], hop), &[bypass(PODTRAC, true)]);
        let end = judge.conclude(&[]);
        assert_eq!((causes(&end), end.findings.len()), (vec!["prefix-down"], 2));
        let cause = &end.findings[0];
        assert_eq!((cause.subject.kind, cause.affects), (SubjectKind::Origin, Affects { feeds: 1, episodes: 1 }));
        assert!(
            cause.advice.contains("Take the prefix dts.podtrac.com") && cause.advice.contains(FILE),
            "{}",
            cause.advice
        );
        assert_eq!(cause.bypass, Some(bypass(PODTRAC, true)));
    }
}

#[test]
fn an_origins_fault_explains_prefix_down_and_carries_the_proof() {
    let court = court();
    let mut judge = court.judge();
    judge.origin(&OriginSighting { dns: failed(DnsFailure::NoSuchName), ..seen(PODTRAC, &[]) });
    let chain = broken(&[], nameless(PODTRAC, DnsFailure::NoSuchName));
    play(&mut judge, 0, &episode(0, PODTRAC), &chain, &[bypass(PODTRAC, true)]);
    let end = judge.conclude(&[]);
    assert_eq!((codes(&end), causes(&end)), (vec!["dns-not-found", "prefix-down"], vec!["dns-not-found"]));
    let cause = &end.findings[0];
    assert_eq!(cause.bypass, Some(bypass(PODTRAC, true)));
    assert!(cause.advice.contains("Take the prefix") && cause.advice.contains(FILE), "{}", cause.advice);
}

#[test]
fn a_prefix_with_a_bad_certificate_is_down_for_apps() {
    let court = court();
    let mut judge = court.judge();
    judge.origin(&shown(PODTRAC, &[("198.51.100.1", &wildcard("cert-expired"))]));
    let chain = reached(&[PODTRAC, FILE]);
    play(&mut judge, 0, &episode(0, PODTRAC), &chain, &[bypass(PODTRAC, true)]);
    let end = judge.conclude(&[]);
    assert_eq!((codes(&end), causes(&end)), (vec!["cert-expired", "prefix-down"], vec!["cert-expired"]));
    let mut judge = court.judge();
    judge.origin(&shown(PODTRAC, &[("198.51.100.1", &certificate("1", "cert-expiring!", days(1)))]));
    play(&mut judge, 0, &episode(0, PODTRAC), &chain, &[bypass(PODTRAC, true)]);
    assert_eq!(codes(&judge.conclude(&[])), ["cert-expiring"], "it still works");
}

#[test]
fn a_prefix_is_not_blamed_without_proof_or_for_a_wall() {
    let with = |hop: Hop, bypasses: &[Bypass]| {
        let court = court();
        let mut judge = court.judge();
        play(&mut judge, 0, &episode(0, PODTRAC), &broken(&[], hop), bypasses);
        codes(&judge.conclude(&[]))
    };
    assert_eq!(with(hop(PODTRAC, 500), &[]), ["http-error"]);
    assert_eq!(with(hop(PODTRAC, 500), &[bypass(PODTRAC, false)]), ["http-error"]);
    assert_eq!(with(hop(FILE, 500), &[bypass(FILE, true)]), ["http-error"], "no prefix");
    let wall = answered(PODTRAC, answer(403, &[("cf-mitigated", "challenge")]));
    assert_eq!(with(wall, &[bypass(PODTRAC, true)]), ["blocked-to-bots"]);
    let mut hidden = unconnected(PODTRAC, ConnectFailure::Blocked("0.0.0.0".parse().unwrap()));
    hidden.dns = done(std::sync::Arc::new(names(&["0.0.0.0"])));
    assert_eq!(with(hidden, &[bypass(PODTRAC, true)]), ["dns-sinkholed"]);
}

#[test]
fn a_prefix_that_answers_by_itself_is_miswired() {
    let page = Chain {
        media: Some(Media { sniff: Some(crate::audio::Sniff::Impostor(crate::audio::Impostor::Html)), ..media() }),
        ..chain(vec![hop(PODTRAC, 200)], End::Reached)
    };
    for (chain, symptom) in [
        (page, "media-not-audio"),
        (broken(&[], hop(PODTRAC, 204)), "http-error"),
        (broken(&[], hop(PODTRAC, 404)), "http-error"),
    ] {
        let (_, end) = alone(&chain);
        assert_eq!((codes(&end), causes(&end)), (vec!["prefix-miswired", symptom], vec!["prefix-miswired"]));
    }
    let (_, end) = alone(&reached(&[PODTRAC]));
    assert_eq!(codes(&end), Vec::<&str>::new(), "it serves the audio itself");
}

#[test]
fn a_retired_prefix_is_told_whatever_it_answers() {
    let url = "https://chrt.fm/track/AB12/h.example/a.mp3";
    for chain in [
        reached(&[url, FILE]),
        broken(&[], hop("https://dts.podtrac.com/redirect.mp3/chrt.fm/track/AB12/h.example/a.mp3", 500)),
    ] {
        let (_, end) = alone(&chain);
        let finding = find(&end, Code::PrefixRetired);
        assert_eq!((finding.subject.id.as_str(), finding.severity), ("https://chrt.fm:443", Severity::Warning));
        assert_eq!(finding.affects, Affects { feeds: 1, episodes: 1 });
    }
    assert!(!codes(&alone(&reached(&[PODTRAC, FILE])).1).contains(&"prefix-retired"));
}

#[test]
fn failing_for_everything_is_nearer_than_a_certificate() {
    let court = court();
    let mut judge = court.judge();
    judge.origin(&shown(DEAD, &[("198.51.100.1", &wildcard("cert-expired"))]));
    hundred(&mut judge, |url| hop(url, 503));
    let end = judge.conclude(&[]);
    assert_eq!(causes(&end), ["cert-expired", "origin-failing"]);
    let near = &find(&end, Code::OriginFailing).id;
    assert_eq!(find(&end, Code::HttpError).caused_by.as_ref(), Some(near));
}

#[test]
fn two_feeds_of_a_host_that_fail_alike_are_one_cause() {
    let url = |number: usize| format!("https://feeds.example/{number}.xml");
    let conclude = |statuses: &[u16]| {
        let court = court();
        let mut judge = court.judge();
        for (feed, status) in statuses.iter().enumerate() {
            let chain = broken(&[], hop(&url(feed), *status));
            let (source, content) = (url(feed), FeedContent::Nothing);
            judge.feed(&FeedCase { feed, source: &source, chain: Some(&chain), title: None, content });
        }
        judge.conclude(&[])
    };
    let end = conclude(&[503, 500]);
    assert_eq!(causes(&end), ["origin-failing"]);
    let cause = find(&end, Code::OriginFailing);
    assert_eq!(cause.affects, Affects { feeds: 2, episodes: 0 });
    assert!(cause.summary.ends_with("so apps see no new episode of its feeds."), "{}", cause.summary);
    assert!(cause.advice.contains("feeds.example serves your feed"), "{}", cause.advice);
    assert_eq!(causes(&conclude(&[503])), ["http-error"], "one is no pattern");
    assert_eq!(causes(&conclude(&[503, 404])), ["http-error", "http-gone"], "nor are two that fail apart");
    // Two files of one show may be broken together.
    let court = court();
    let mut judge = court.judge();
    for number in 0..2 {
        let url = format!("https://files.example/{number}.mp3");
        play(&mut judge, 0, &episode(number, &url), &broken(&[], hop(&url, 503)), &[]);
    }
    assert_eq!(causes(&judge.conclude(&[])), ["http-error", "http-error"]);
}

#[test]
fn two_feeds_are_no_pattern_at_a_host_that_has_files_too() {
    let url = |number: usize| format!("https://all.example/{number}.xml");
    let conclude = |known: &[&str]| {
        let court = court();
        let hosts = known.iter().map(|host| origin(host)).collect();
        let mut judge = court.judge().in_part().knowing_feed_hosts(hosts);
        for feed in 0..2 {
            let chain = broken(&[], hop(&url(feed), 503));
            let (source, content) = (url(feed), FeedContent::Nothing);
            judge.feed(&FeedCase { feed, source: &source, chain: Some(&chain), title: None, content });
        }
        judge.conclude(&[])
    };
    assert_eq!(causes(&conclude(&["https://all.example/"])), ["origin-failing"], "it has feeds alone");
    assert_eq!(causes(&conclude(&[])), ["http-error", "http-error"], "its files were not asked for in this round");
}

#[test]
fn a_feed_that_does_not_come_is_called_as_it_is_known() {
    let url = "https://feeds.example/a.xml?token=x";
    let said = |title| {
        let court = court();
        let mut judge = court.judge();
        // At the end of the chain, and no document: the body broke off.
        let chain = reached(&[url]);
        let content = FeedContent::Nothing;
        judge.feed(&FeedCase { feed: 0, source: "https://feeds.example/a.xml", chain: Some(&chain), title, content });
        find(&judge.conclude(&[]), Code::FeedUnreachable).clone()
    };
    let (known, unknown) = (said(Some("The Night Shift")), said(None));
    assert_eq!(known.summary, "The feed of The Night Shift cannot be fetched, so apps see no new episode.");
    assert!(known.detail.contains("https://feeds.example/a.xml") && known.subject.name == "The Night Shift");
    assert_eq!(unknown.summary, "The feed https://feeds.example/a.xml cannot be fetched, so apps see no new episode.");
    assert_eq!(known.id, unknown.id, "it is the same finding whatever the show is called");
}

#[test]
fn an_origin_nobody_can_connect_to_is_not_failing_besides() {
    let court = court();
    let mut judge = court.judge();
    judge.origin(&edges(DEAD, &[("198.51.100.9", Err(ConnectFailure::Timeout))]));
    hundred(&mut judge, |url| hop(url, 503));
    assert_eq!(causes(&judge.conclude(&[])), ["connect-timeout"]);
}

#[test]
fn one_intermediate_under_several_leaves_is_one_cause() {
    for (fault, own_end, shared_end) in
        [("cert-expiring", days(80), days(5)), ("cert-intermediate-expired", days(80), days(-5))]
    {
        let intermediate = certificate("ca", "", shared_end);
        let court = court();
        let mut judge = court.judge();
        for host in ["a", "b", "c"] {
            let leaf = certificate(host, fault, own_end);
            let mut sighting = seen(&format!("https://{host}.example/"), &["198.51.100.1"]);
            sighting.edges[0].tls = done(session(&[leaf, std::sync::Arc::clone(&intermediate)]));
            judge.origin(&sighting);
        }
        let end = judge.conclude(&[]);
        assert_eq!((codes(&end).len(), causes(&end)), (3, vec![fault]));
    }
}

#[test]
fn a_prefix_proven_down_explains_where_it_seemed_miswired() {
    // Findings are kept by the hash of code and origin: of the second prefix, miswired comes first.
    for prefix in ["https://dts.podtrac.com/redirect.mp3/", "https://chrt.fm/track/AB12/"] {
        let court = court();
        let mut judge = court.judge();
        for (number, status) in [(0, 204), (1, 500)] {
            let url = format!("{prefix}h.example/{number}.mp3");
            let bypasses = if status == 500 { vec![bypass(&url, true)] } else { vec![] };
            play(&mut judge, 0, &episode(number, &url), &broken(&[], hop(&url, status)), &bypasses);
        }
        let mut causes = causes(&judge.conclude(&[]));
        causes.retain(|code| *code != "prefix-retired");
        assert_eq!(causes, ["prefix-down"], "{prefix}");
    }
}
