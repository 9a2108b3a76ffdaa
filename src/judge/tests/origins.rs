use crate::chain::*;
use crate::judge::testing::*;
use crate::judge::*;

const URL: &str = "https://h.example/a.mp3";

#[test]
fn a_healthy_origin_raises_nothing() {
    let (verdict, end) = origin_alone(&shown(URL, &[("198.51.100.1", &certificate("01", "", days(60)))]));
    assert_eq!((verdict.verdict, end.verdict, codes(&end)), (Verdict::Ok, Verdict::Ok, vec![]));
    assert!(verdict.edges[0].certificate.as_ref().unwrap().trusted);
}

#[test]
fn names_that_lead_nowhere_and_resolvers_that_fail_are_told_apart() {
    for (why, code) in [
        (DnsFailure::NoSuchName, "dns-not-found"),
        (DnsFailure::NoAddress, "dns-not-found"),
        (DnsFailure::Timeout, "dns-failed"),
        (DnsFailure::Refused("SERVFAIL".into()), "dns-failed"),
        (DnsFailure::Unavailable("no configuration".into()), "dns-failed"),
    ] {
        // What this machine itself lacks is said where another host shows that it lacks nothing else.
        let own = matches!(why, DnsFailure::Unavailable(_));
        let sighting = OriginSighting { dns: failed(why), ..seen(URL, &[]) };
        let court = court();
        let mut judge = court.judge();
        let verdict = judge.origin(&sighting);
        if own {
            judge.origin(&seen("https://other.test/", &["198.51.100.1"]));
        }
        let end = judge.conclude(&[]);
        assert_eq!((verdict.verdict, codes(&end)), (Verdict::Critical, vec![code]));
        let finding = &end.findings[0];
        assert_eq!((finding.subject.kind, finding.subject.id.as_str()), (SubjectKind::Origin, "https://h.example:443"));
        assert!(finding.summary.contains("h.example"), "{}", finding.summary);
    }
    let (_, end) = origin_alone(&seen(URL, &[]));
    assert_eq!(codes(&end), ["dns-not-found"], "an empty answer is no address");
}

#[test]
fn connect_codes_follow_from_how_all_addresses_fail() {
    use ConnectFailure::{Other, Refused, Timeout, Unreachable};
    let cases: &[(&[(&str, ConnectFailure)], &str)] = &[
        (&[("198.51.100.1", Refused)], "connect-refused"),
        (&[("198.51.100.1", Refused), ("198.51.100.2", Refused)], "connect-refused"),
        (&[("198.51.100.1", Timeout), ("198.51.100.2", Timeout)], "connect-timeout"),
        (&[("198.51.100.1", Timeout), ("198.51.100.2", Refused)], "connect-failed"),
        (&[("198.51.100.1", Unreachable)], "connect-failed"),
        (&[("198.51.100.1", Other("odd".into()))], "connect-failed"),
        // A machine without IPv6 says nothing about the host.
        (&[("2001:db8::1", Unreachable), ("198.51.100.2", Refused)], "connect-refused"),
        (&[("2001:db8::1", Unreachable)], "connect-failed"),
    ];
    for (edge, code) in cases {
        let edge: Vec<_> = edge.iter().map(|(ip, why)| (*ip, Err(why.clone()))).collect();
        let (_, end) = origin_alone(&edges(URL, &edge));
        assert_eq!(codes(&end), [*code], "{edge:?}");
        assert_eq!(end.verdict, Verdict::Critical);
        assert!(edge.iter().all(|(ip, _)| end.findings[0].detail.contains(ip)), "all addresses are in the detail");
    }
}

#[test]
fn an_edge_that_fails_beside_one_that_works_is_a_warning() {
    let sighting = edges(URL, &[("198.51.100.1", Ok(())), ("198.51.100.2", Err(ConnectFailure::Refused))]);
    let (_, end) = origin_alone(&sighting);
    assert_eq!((codes(&end), end.verdict), (vec!["edge-down"], Verdict::Warning));
    assert_eq!(end.findings[0].subject.kind, SubjectKind::Edge);
    assert_eq!(end.findings[0].subject.id, "198.51.100.2:443");

    let mut sighting = seen(URL, &["198.51.100.1", "198.51.100.2", "198.51.100.3"]);
    sighting.edges[1].tls = failed(TlsFailure::Closed);
    sighting.edges[2].tls = failed(TlsFailure::NotTls);
    let (_, end) = origin_alone(&sighting);
    assert_eq!(codes(&end), ["edge-down"], "it replaces tls-handshake-failed");
    assert_eq!(end.findings[0].subject.kind, SubjectKind::Origin, "several are about the origin");
    assert!(end.findings[0].detail.contains("198.51.100.2") && end.findings[0].detail.contains("198.51.100.3"));
}

#[test]
fn a_missing_route_to_ipv6_counts_only_where_ipv6_works_otherwise() {
    let lacking = edges(URL, &[("198.51.100.1", Ok(())), ("2001:db8::1", Err(ConnectFailure::Unreachable))]);
    let (_, end) = origin_alone(&lacking);
    assert_eq!(codes(&end), Vec::<&str>::new());
    let court = court();
    let mut judge = court.judge();
    judge.origin(&lacking);
    judge.origin(&seen("https://other.example/", &["2001:db8::2"]));
    let end = judge.conclude(&[]);
    assert_eq!((codes(&end), end.verdict), (vec!["edge-down"], Verdict::Warning));
}

#[test]
fn addresses_that_nothing_was_sent_to_are_unknown_not_down() {
    let blocked = |ip: &str| Err(ConnectFailure::Blocked(ip.parse().unwrap()));
    for (url, ip, code) in [
        (URL, "10.0.0.1", "address-blocked"),
        (URL, "0.0.0.0", "dns-sinkholed"),
        (URL, "127.0.0.1", "dns-sinkholed"),
        (URL, "::", "dns-sinkholed"),
        (URL, "::ffff:127.0.0.1", "dns-sinkholed"),
        ("https://localhost/", "127.0.0.1", "address-blocked"),
        ("https://nas.local/", "127.0.0.1", "address-blocked"),
        ("https://127.0.0.1/", "127.0.0.1", "address-blocked"),
    ] {
        let (verdict, end) = origin_alone(&edges(url, &[(ip, blocked(ip))]));
        assert_eq!(codes(&end), [code], "{url} {ip}");
        assert_eq!((end.findings[0].severity, verdict.verdict), (Severity::Warning, Verdict::Unknown));
        assert_eq!(end.verdict, Verdict::Unknown);
    }
    let mut by_flag = edges(URL, &[("127.0.0.1", blocked("127.0.0.1"))]);
    by_flag.dns = done(std::sync::Arc::new(Resolution { source: ResolvedBy::Flag, ..names(&["127.0.0.1"]) }));
    assert_eq!(codes(&origin_alone(&by_flag).1), ["address-blocked"], "the user said so, no resolver");
    let (_, end) = origin_alone(&edges(URL, &[("198.51.100.1", Ok(())), ("10.0.0.1", blocked("10.0.0.1"))]));
    assert_eq!(codes(&end), ["address-blocked"]);
    assert_eq!((end.findings[0].subject.kind, end.verdict), (SubjectKind::Edge, Verdict::Warning));
    // Allowed by --allow-net: the connection stands.
    assert_eq!(codes(&origin_alone(&seen(URL, &["127.0.0.1"])).1), Vec::<&str>::new());
}

#[test]
fn tls_that_no_address_agrees_to() {
    let alert = TlsFailure::Alert { code: 40, name: "handshake_failure".into() };
    for why in [alert, TlsFailure::NotTls, TlsFailure::Closed, TlsFailure::Timeout, TlsFailure::Protocol("x".into())] {
        let mut sighting = seen(URL, &["198.51.100.1"]);
        sighting.edges[0].tls = failed(why);
        assert_eq!(codes(&origin_alone(&sighting).1), ["tls-handshake-failed"]);
    }
    let mut sighting = edges(URL, &[("198.51.100.1", Ok(())), ("198.51.100.2", Err(ConnectFailure::Timeout))]);
    sighting.edges[0].tls = failed(TlsFailure::Closed);
    assert_eq!(codes(&origin_alone(&sighting).1), ["tls-handshake-failed"], "TCP could be opened");
}

#[test]
fn an_obsolete_server_shows_its_certificates_problems_too() {
    let old = Obsolete {
        version: "TLSv1.0".into(),
        suite: "TLS_RSA_WITH_AES_128_CBC_SHA".into(),
        served: served(&[certificate("01", "cert-expired", days(-3))]),
    };
    let mut sighting = seen(URL, &["198.51.100.1"]);
    sighting.edges[0].tls = failed(TlsFailure::Obsolete(old.clone()));
    let (verdict, end) = origin_alone(&sighting);
    assert_eq!(codes(&end), ["tls-obsolete", "cert-expired"]);
    assert!(verdict.edges[0].certificate.is_some());
    assert!(end.findings[0].summary.contains("TLSv1.0"));
    // A server that closed before it showed a certificate.
    sighting.edges[0].tls = failed(TlsFailure::Obsolete(Obsolete { served: served(&[]), ..old }));
    let (verdict, end) = origin_alone(&sighting);
    assert_eq!(codes(&end), ["tls-obsolete"]);
    assert!(verdict.edges[0].certificate.is_none());
}

#[test]
fn a_certificates_problems_are_all_told_once_an_origin() {
    let bad = certificate("01", "cert-expired cert-name-mismatch", days(-1));
    let (verdict, end) = origin_alone(&shown(URL, &[("198.51.100.1", &bad), ("198.51.100.2", &bad)]));
    assert_eq!(codes(&end), ["cert-expired", "cert-name-mismatch"]);
    assert_eq!((verdict.verdict, causes(&end).len()), (Verdict::Critical, 2));
    let finding = find(&end, Code::CertExpired);
    assert!(finding.summary.contains("1 day ago, on 2026-11-22 05:00:00 UTC"), "{}", finding.summary);
    assert!(finding.detail.contains("198.51.100.1:443, 198.51.100.2:443"), "{}", finding.detail);
    assert_eq!(finding.subject.id, "https://h.example:443");
}

#[test]
fn one_finding_a_code_has_the_worst_severity_of_its_edges() {
    let early = certificate("01", "cert-expiring", days(20));
    let late = certificate("02", "cert-expiring!", days(18));
    let (_, end) = origin_alone(&shown(URL, &[("198.51.100.1", &early), ("198.51.100.2", &late)]));
    assert_eq!(codes(&end), ["cert-expiring", "edge-mismatch"]);
    let finding = find(&end, Code::CertExpiring);
    assert_eq!(finding.severity, Severity::Critical);
    assert!(finding.summary.contains("18 days"), "{}", finding.summary);
    assert!(finding.detail.contains("serial 01") && finding.detail.contains("serial 02"));
}

#[test]
fn edges_mismatch_by_problem_or_by_two_thirds_of_the_remaining_time() {
    let pair = |a: (&str, i64), b: (&str, i64)| {
        let (one, two) = (certificate("01", a.0, days(a.1)), certificate("02", b.0, days(b.1)));
        codes(&origin_alone(&shown(URL, &[("198.51.100.1", &one), ("198.51.100.2", &two)])).1)
            .contains(&"edge-mismatch")
    };
    assert!(!pair(("", 60), ("", 90)), "exactly two thirds");
    assert!(pair(("", 59), ("", 90)));
    assert!(pair(("cert-no-sct", 90), ("", 90)));
    let same = certificate("01", "cert-expired", days(-1));
    let (_, end) = origin_alone(&shown(URL, &[("198.51.100.1", &same), ("198.51.100.2", &same)]));
    assert_eq!(codes(&end), ["cert-expired"], "the same certificate is no mismatch");
}
