//! What is one incident.

use super::*;

#[test]
fn a_thousand_files_gone_from_one_host_are_one_incident() {
    let urls: Vec<String> = (0..1_000).map(|n| format!("https://h.example/{n}.mp3")).collect();
    let names: Vec<&str> = urls.iter().map(String::as_str).collect();
    let gone: Vec<Raised> =
        urls.iter().enumerate().map(|(n, url)| at_file(Code::HttpGone, url, &format!("show {}", n % 600))).collect();
    let mut story = Story::new("2026-11-23T05:00:00Z").calm().files(&names);
    assert_eq!(story.rounds(2, &gone), ["#1 http-gone critical: opened"]);
    let incident = story.only();
    assert_eq!(incident.affects, Affects { feeds: 600, episodes: 1_000 });
    assert_eq!(
        (incident.cause.subject.id.as_str(), incident.host.as_deref()),
        ("https://h.example:443", Some("h.example"))
    );
    assert!(incident.summary.starts_with("1000 files at h.example: "), "{}", incident.summary);
    assert_eq!(incident.shows.len(), 500, "as many as channels of owners and tags may need");
    let known = story.book.members(incident.id).len();
    assert_eq!(known, 64);
    assert!(serde_json::to_string(incident).unwrap().len() < 120_000);
    // As some get well the others find room in the memory; it ends with the last of them.
    assert_eq!(story.rounds(5, &gone[..900]), Vec::<String>::new());
    assert_eq!(story.rounds(5, &gone[990..]), Vec::<String>::new());
    assert_eq!(story.rounds(2, &[]), ["#1 http-gone critical: recovered"]);
}

#[test]
fn a_round_over_other_files_says_nothing() {
    let files = ["https://h.example/a.mp3", "https://h.example/b.mp3"];
    let gone = [at_file(Code::HttpGone, files[0], "Show")];
    let mut story = Story::new("2026-11-23T05:00:00Z").calm().files(&files);
    assert_eq!(story.rounds(2, &gone), ["#1 http-gone critical: opened"]);
    story.covered.enclosures.remove(files[0]);
    story.covered.origins.insert("https://h.example:443".into());
    assert_eq!(story.rounds(5, &[]), Vec::<String>::new());
    assert_eq!(story.book.members(IncidentId(1)), BTreeSet::from([files[0]]));
    story.covered.enclosures.insert(files[0].into());
    assert_eq!(story.rounds(2, &[]), ["#1 http-gone critical: recovered"]);
}

#[test]
fn names_for_people_do_not_make_another_cause() {
    let mut renamed = at_origin(Code::DnsFailed, "h.example");
    renamed.finding.subject.name = "h.example (Provider)".into();
    let (plain, renamed) = (at_origin(Code::DnsFailed, "h.example").cause(), renamed.cause());
    assert!(plain.is(&renamed) && plain != renamed);
    let connect = |code| at_origin(code, "h.example").cause();
    assert!(connect(Code::ConnectTimeout).is(&connect(Code::ConnectRefused)));
    assert!(!connect(Code::DnsFailed).is(&connect(Code::ConnectRefused)));
    assert!(!connect(Code::DnsFailed).is(&at_origin(Code::DnsFailed, "g.example").cause()));
}

#[test]
fn causes_of_certificates_are_told_apart_by_the_fingerprint_alone() {
    let end = "2027-01-01T00:00:00Z";
    let of = |code, serial, host| dated(code, Severity::Warning, serial, end, &[host]).cause();
    let cause = of(Code::CertExpiring, "1", "a.example");
    for code in [Code::CertExpired, Code::CertIntermediateExpired, Code::CertRenewalOverdue] {
        assert!(cause.is(&of(code, "1", "b.example")), "{code}");
        assert!(!cause.is(&of(code, "2", "a.example")), "{code}");
    }
    assert!(!cause.is(&of(Code::CertUntrusted, "1", "a.example")));
    assert_eq!(cause.code, Code::CertExpired);
}

#[test]
fn publishing_is_news_of_its_own_even_under_a_certificate() {
    let expired = dated(Code::CertExpired, Severity::Critical, "1", "2026-11-23T04:00:00Z", &["cms.example"]);
    let mut cms = at_origin(Code::PublishingDown, "cms.example");
    cms.finding.certificate.clone_from(&expired.finding.certificate);
    cms.finding.caused_by = Some(expired.finding.id.clone());
    let mut story = Story::new("2026-11-23T05:00:00Z").hosts(&["cms.example"]);
    story.covered.endpoints.insert("https://cms.example:443".into());
    let told = story.rounds(2, &[expired, cms]);
    assert_eq!(told, ["#1 cert-expired critical: opened", "#2 publishing-down critical: opened"]);
    assert_eq!(story.rounds(2, &[]), ["#1 cert-expired critical: recovered", "#2 publishing-down critical: recovered"]);
}

#[test]
fn what_another_finding_explains_is_no_cause() {
    let mut file = at_file(Code::HttpError, "https://h.example/a.mp3", "Show");
    file.finding.caused_by = Some(at_origin(Code::OriginFailing, "h.example").finding.id);
    let mut story = Story::new("2026-11-23T05:00:00Z").files(&["https://h.example/a.mp3"]);
    assert_eq!(story.rounds(3, &[file]), Vec::<String>::new());
    assert_eq!(story.book.incidents().count(), 0);
}

#[test]
fn info_is_told_only_where_the_rules_name_it() {
    let mut moved = at_file(Code::FeedMoved, "https://feeds.example/Show", "Show");
    moved.finding.subject.kind = SubjectKind::Feed;
    let mut story = Story::new("2026-11-23T05:00:00Z");
    story.covered.feeds.insert("https://feeds.example/Show".into());
    assert_eq!(story.rounds(3, &[moved.clone()]), Vec::<String>::new());
    story.rules.tell_info.insert(Code::FeedMoved);
    assert_eq!(story.rounds(3, &[moved]), ["#1 feed-moved info: opened"]);
    assert_eq!(story.rounds(2, &[]), ["#1 feed-moved info: recovered"]);
}

#[test]
fn an_enclosure_without_an_origin_is_its_feeds_and_ends_with_a_look_at_the_feed() {
    let bad: Vec<Raised> = ["local:///a", "local:///b"]
        .iter()
        .map(|url| {
            let mut raised = at_file(Code::EnclosureInvalid, "https://h.example/", "Show");
            raised.finding.origin = None;
            raised.finding.subject.id = (*url).to_owned();
            raised
        })
        .collect();
    let mut story = Story::new("2026-11-23T05:00:00Z");
    story.covered.feeds.insert("https://feeds.example/Show".into());
    assert_eq!(story.rounds(2, &bad), ["#1 enclosure-invalid critical: opened"]);
    assert_eq!(story.only().cause.subject.id, "https://feeds.example/Show");
    assert_eq!(story.rounds(2, &[]), ["#1 enclosure-invalid critical: recovered"]);
}

#[test]
fn every_code_is_seen_by_the_look_that_ends_it() {
    for info in Code::ALL {
        let raised = at_file(info.code, "https://h.example/a", "Show");
        let mut story = Story::new("2026-11-23T05:00:00Z").hosts(&["h.example"]).files(&["https://h.example/a"]);
        story.covered.feeds.insert("https://feeds.example/Show".into());
        story.covered.endpoints.insert("https://h.example/a".into());
        story.rules.tell_info.insert(info.code);
        let offline = info.code == Code::ProberOffline;
        let told: Vec<String> = if offline { story.offline() } else { story.rounds(3, &[raised]) };
        assert_eq!(told.len(), 1, "{}: {told:?}", info.name);
        let told = story.rounds(2, &[]);
        assert!(told.len() == 1 && told[0].ends_with("recovered"), "{}: {told:?}", info.name);
    }
}
