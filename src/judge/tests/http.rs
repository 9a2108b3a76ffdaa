use std::time::Duration;

use crate::chain::*;
use crate::judge::testing::*;
use crate::judge::*;
use crate::link::LinkError;

const A: &str = "https://a.example/x";

fn status_with(status: u16, headers: &[(&'static str, &str)]) -> (EnclosureVerdict, Conclusion) {
    alone(&broken(&[A], answered(FILE, answer(status, headers))))
}

#[test]
fn a_healthy_chain_raises_nothing() {
    let (verdict, end) = alone(&reached(&[PODTRAC, FILE, "https://cdn.example/signed?token=x"]));
    assert_eq!(verdict, EnclosureVerdict { outcome: Some(Outcome::Media), ..EnclosureVerdict::default() });
    assert_eq!((codes(&end), end.verdict), (vec![], Verdict::Ok));
}

#[test]
fn statuses_fall_into_their_codes() {
    for (status, code) in [
        (404, "http-gone"),
        (410, "http-gone"),
        (401, "http-forbidden"),
        (403, "http-forbidden"),
        (451, "http-forbidden"),
        (429, "http-rate-limited"),
        (204, "http-error"),
        (300, "http-error"),
        (304, "http-error"),
        (400, "http-error"),
        (405, "http-error"),
        (406, "http-error"),
        (500, "http-error"),
        (503, "http-error"),
    ] {
        let (verdict, end) = status_with(status, &[]);
        assert_eq!(codes(&end), [code], "{status}");
        let finding = &end.findings[0];
        assert_eq!(finding.subject.kind, SubjectKind::Enclosure);
        assert_eq!(finding.origin, Some(origin(FILE)));
        assert!(finding.detail.contains(&status.to_string()) && finding.detail.contains("hop 2 of 2"));
        let unknown = status == 429;
        let wanted = if unknown { (Outcome::Unknown, Verdict::Unknown) } else { (Outcome::Broken, Verdict::Critical) };
        assert_eq!((verdict.outcome, verdict.verdict, end.verdict), (Some(wanted.0), wanted.1, wanted.1));
        assert_eq!(finding.affects, Affects { feeds: 1, episodes: 1 });
    }
}

#[test]
fn a_503_with_retry_after_is_a_limit() {
    let (verdict, end) = status_with(503, &[("retry-after", "120")]);
    assert_eq!((codes(&end), verdict.verdict), (vec!["http-rate-limited"], Verdict::Unknown));
    assert!(end.findings[0].detail.contains("Retry-After: 120"));
    assert_eq!(codes(&status_with(500, &[("retry-after", "120")]).1), ["http-error"]);
}

#[test]
fn bot_walls_are_known_by_their_marks_alone() {
    let html = ("content-type", "text/html; charset=UTF-8");
    for (status, headers) in [
        (403, vec![("cf-mitigated", "challenge")]),
        (503, vec![("cf-mitigated", "challenge")]),
        (429, vec![("cf-mitigated", "challenge")]),
        (401, vec![("x-datadome", "protected")]),
        (406, vec![html, ("server", "cloudflare")]),
        (403, vec![html, ("server", "CloudFront")]),
        (403, vec![html, ("server", "AkamaiGHost")]),
    ] {
        let (verdict, end) = status_with(status, &headers);
        assert_eq!(codes(&end), ["blocked-to-bots"], "{status} {headers:?}");
        assert_eq!((verdict.outcome, verdict.verdict), (Some(Outcome::Unknown), Verdict::Unknown));
        assert_eq!(end.verdict, Verdict::Unknown);
    }
    for (status, headers, code) in [
        (403, vec![html], "http-forbidden"),
        (403, vec![("content-type", "application/xml"), ("server", "CloudFront")], "http-forbidden"),
        (401, vec![html, ("server", "cloudflare")], "http-forbidden"),
        (503, vec![html, ("server", "cloudflare")], "http-error"),
        (404, vec![("cf-mitigated", "challenge")], "http-gone"),
        (429, vec![html, ("server", "cloudflare")], "http-rate-limited"),
    ] {
        assert_eq!(codes(&status_with(status, &headers).1), [code], "{status} {headers:?}");
    }
}

#[test]
fn requests_fail_by_time_or_by_protocol() {
    for why in [Unproven::Certificate, Unproven::Cleartext] {
        let (verdict, end) = alone(&broken(&[], silent(FILE, RequestFailure::Withheld(why))));
        assert_eq!((verdict.outcome, codes(&end).len(), end.verdict), (Some(Outcome::Unknown), 0, Verdict::Unknown));
    }
    let not_asked = |like| RequestFailure::NotAsked { after: 3, like: Box::new(like) };
    for (why, code) in [
        (RequestFailure::HeadTimeout, "http-timeout"),
        (RequestFailure::BodyTimeout, "http-timeout"),
        (RequestFailure::Deadline, "http-timeout"),
        (not_asked(RequestFailure::HeadTimeout), "http-timeout"),
        (RequestFailure::Closed, "http-protocol-error"),
        (RequestFailure::BodyCut { got: 1, promised: Some(2) }, "http-protocol-error"),
        (RequestFailure::TooLarge, "http-protocol-error"),
        (RequestFailure::Protocol("x".into()), "http-protocol-error"),
        (RequestFailure::Http2("PROTOCOL_ERROR".into()), "http-protocol-error"),
        (not_asked(RequestFailure::Closed), "http-protocol-error"),
    ] {
        let (verdict, end) = alone(&broken(&[A], silent(FILE, why.clone())));
        assert_eq!(codes(&end), [code], "{why:?}");
        assert_eq!((verdict.outcome, verdict.verdict), (Some(Outcome::Broken), Verdict::Critical));
    }
    // Time that runs out in the handshake is time after connect; the origin's own finding is the cause.
    let (_, end) = alone(&broken(&[A], unencrypted(FILE, TlsFailure::Timeout)));
    assert_eq!(
        (codes(&end), causes(&end)),
        (vec!["tls-handshake-failed", "http-timeout"], vec!["tls-handshake-failed"])
    );
}

#[test]
fn a_round_that_was_stopped_blames_nobody() {
    for chain in [
        broken(&[A], silent(FILE, RequestFailure::Interrupted)),
        chain(vec![hop(A, 302)], End::Interrupted),
        chain(vec![], End::Broken),
    ] {
        let court = court();
        let mut judge = court.judge();
        let verdict = play(&mut judge, 0, &episode(0, A), &chain, &[]);
        assert_eq!((verdict.outcome, verdict.verdict), (Some(Outcome::Unknown), Verdict::Unknown));
        let end = judge.conclude(&[]);
        assert_eq!((codes(&end), end.verdict), (vec![], Verdict::Unknown));
    }
}

#[test]
fn redirects_that_never_arrive() {
    let hops = || vec![hop(A, 302), hop(FILE, 302)];
    let bad = |why: LinkError| End::BadRedirect(RedirectFault::Bad { location: "x".into(), why });
    for (end, code) in [
        (End::Loop { back_to: 0 }, "redirect-loop"),
        (End::TooManyRedirects { limit: 20 }, "redirect-limit"),
        (End::BadRedirect(RedirectFault::NoLocation), "redirect-broken"),
        (bad(LinkError::Scheme("ftp".into())), "redirect-broken"),
    ] {
        let (verdict, end) = alone(&chain(hops(), end));
        assert_eq!((codes(&end), verdict.outcome), (vec![code], Some(Outcome::Broken)));
    }
}

#[test]
fn https_that_leads_to_http_is_a_downgrade() {
    let (verdict, end) = alone(&reached(&[A, "http://h.example/a.mp3"]));
    assert_eq!((codes(&end), verdict.verdict), (vec!["redirect-downgrade"], Verdict::Warning));
    assert_eq!(end.findings[0].origin, Some(origin(A)));
    let (_, end) = alone(&reached(&["http://a.example/x", "http://h.example/a.mp3"]));
    assert_eq!(codes(&end), ["http-cleartext"], "there was nothing to lose");
    let (verdict, end) = alone(&reached(&["http://h.example/a.mp3", FILE]));
    assert_eq!((codes(&end), verdict.verdict, end.verdict), (vec!["http-cleartext"], Verdict::Ok, Verdict::Ok));
}

#[test]
fn chains_are_long_above_ten_and_sixteen_redirects() {
    let long = |redirects: usize| {
        let urls: Vec<String> = (0..=redirects).map(|i| format!("https://h{i}.example/")).collect();
        alone(&reached(&urls.iter().map(String::as_str).collect::<Vec<_>>())).1
    };
    assert_eq!(codes(&long(10)), Vec::<&str>::new());
    for (redirects, severity) in [(11, Severity::Info), (16, Severity::Info), (17, Severity::Warning)] {
        let end = long(redirects);
        assert_eq!((codes(&end), end.findings[0].severity), (vec!["chain-long"], severity), "{redirects}");
    }
}

#[test]
fn chains_are_slow_beyond_the_policy() {
    let slow = |ms| codes(&alone(&with_media(|m| m.first_audio_byte = Some(Duration::from_millis(ms)))).1);
    assert_eq!(slow(5_000), Vec::<&str>::new());
    assert_eq!(slow(5_001), ["chain-slow"]);
}

#[test]
fn a_prefix_must_lead_where_its_link_says() {
    let (verdict, end) = alone(&reached(&[PODTRAC, "https://evil.example/a.mp3"]));
    assert_eq!((codes(&end), verdict.verdict), (vec!["route-mismatch"], Verdict::Warning));
    assert!(end.findings[0].detail.contains(FILE) && end.findings[0].detail.contains("evil.example"));
    for detour in [
        reached(&[PODTRAC, "http://H.example/%61.mp3", FILE]),
        reached(&["http://dts.podtrac.com/redirect.mp3/h.example/a.mp3", PODTRAC, FILE]),
        reached(&[PODTRAC, "https://www.podtrac.com/pts/redirect.mp3/h.example/a.mp3", FILE]),
    ] {
        assert!(!codes(&alone(&detour).1).contains(&"route-mismatch"), "{detour:?}");
    }
}

#[test]
fn a_hop_that_fails_where_its_origin_was_fine_is_still_told() {
    let court = court();
    let mut judge = court.judge();
    judge.origin(&seen(FILE, &["198.51.100.1"]));
    let chain = broken(&[A], unconnected(FILE, ConnectFailure::Timeout));
    let verdict = play(&mut judge, 0, &episode(0, A), &chain, &[]);
    assert_eq!(verdict.verdict, Verdict::Critical);
    let end = judge.conclude(&[]);
    assert_eq!((codes(&end), end.verdict), (vec!["connect-timeout"], Verdict::Critical));
    assert_eq!(end.findings[0].affects, Affects { feeds: 1, episodes: 1 });
    for (hop, code) in [
        (nameless(FILE, DnsFailure::NoSuchName), "dns-not-found"),
        (unencrypted(FILE, TlsFailure::Closed), "tls-handshake-failed"),
        (unconnected(FILE, ConnectFailure::Refused), "connect-refused"),
    ] {
        let (_, end) = alone(&broken(&[A], hop));
        assert_eq!(codes(&end), [code]);
    }
}

#[test]
fn a_hidden_host_leaves_its_chains_unknown() {
    let blocked = ConnectFailure::Blocked("0.0.0.0".parse().unwrap());
    let mut hop = unconnected(FILE, blocked);
    hop.dns = done(std::sync::Arc::new(names(&["0.0.0.0"])));
    let (verdict, end) = alone(&broken(&[A], hop));
    assert_eq!((codes(&end), verdict.outcome), (vec!["dns-sinkholed"], Some(Outcome::Unknown)));
    assert_eq!((verdict.verdict, end.verdict), (Verdict::Unknown, Verdict::Unknown));
}

#[test]
fn secrets_stay_out_of_every_text() {
    let url = "https://u:hunter2@h.example/a.mp3?token=hunter2";
    let text = format!("{:?}", alone(&broken(&[url], answered(url, answer(500, &[])))).1.findings);
    assert!(!text.contains("hunter2"), "{text}");
    let end = alone(&chain(vec![hop(url, 302), hop(url, 302)], End::Loop { back_to: 0 })).1;
    assert!(!format!("{:?}", end.findings).contains("hunter2"));
}
