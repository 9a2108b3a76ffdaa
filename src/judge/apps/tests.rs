use std::sync::Arc;

use crate::cert::{Certificate, Served};
use crate::chain::*;
use crate::judge::apps::find;
use crate::judge::testing::*;
use crate::judge::{Code, Outcome, Severity};

use super::*;

const ALL: &[Profile] = PROFILES;

/// What an app makes of a chain whose hosts show these certificates.
fn asked(app: &str, chain: &Chain, leaves: &[(&str, &Arc<Certificate>)]) -> AppVerdict {
    let court = court();
    let profile = find(app).unwrap();
    let mut judge = court.judge().with_apps(&[profile]);
    for (url, leaf) in leaves {
        judge.origin(&shown(url, &[("198.51.100.1", leaf)]));
    }
    let episode = episode(0, chain.hops[0].url.expose());
    let mut verdict = play(&mut judge, 0, &episode, chain, &[]);
    assert_eq!(verdict.apps.len(), 1);
    verdict.apps.remove(0)
}

fn works(app: &str, chain: &Chain) -> Works {
    asked(app, chain, &[]).works
}

/// What each app makes of a chain, those of the list apart as `rest`.
fn each(chain: &Chain, expected: &[(&str, Works)], rest: Works) {
    for app in ALL {
        let wanted = expected.iter().find(|(id, _)| *id == app.id).map_or(rest, |(_, works)| *works);
        let got = asked(app.id, chain, &[]);
        assert_eq!(got.works, wanted, "{}: {:?}", app.id, got.because);
        assert_eq!(got.because.is_empty(), got.works == Works::Yes, "{}: {:?}", app.id, got.because);
    }
}

fn long(redirects: usize) -> Chain {
    let urls: Vec<String> = (0..=redirects).map(|hop| format!("https://h.example/{hop}")).collect();
    reached(&urls.iter().map(String::as_str).collect::<Vec<_>>())
}

/// One hop that shows a leaf; the judgement is made up of the leaf's common name.
fn over(leaf: &Arc<Certificate>) -> Chain {
    let mut chain = reached(&[FILE]);
    for hop in &mut chain.hops {
        let connection = hop.connection.as_deref().unwrap();
        hop.connection =
            Some(Arc::new(Connection { session: Some(session(&[Arc::clone(leaf)])), ..connection.clone() }));
    }
    chain
}

fn with_leaf(app: &str, faults: &str, change: impl FnOnce(&mut Certificate)) -> AppVerdict {
    let mut leaf = Arc::unwrap_or_clone(certificate("1", faults, days(30)));
    change(&mut leaf);
    let leaf = Arc::new(leaf);
    asked(app, &over(&leaf), &[(FILE, &leaf)])
}

#[test]
fn profiles_are_named_once_and_every_fact_has_a_source() {
    for app in ALL {
        assert_eq!(ALL.iter().filter(|other| other.id == app.id).count(), 1, "{}", app.id);
        assert_eq!(find(app.id), Some(app));
        assert!(app.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') && app.about.ends_with('.'));
        let bools = [
            app.downgrade,
            app.upgrade,
            app.cleartext,
            app.needs_range,
            app.needs_head,
            app.fetches_issuers,
            app.needs_timestamps,
            app.needs_usage,
            app.checks_revocation,
            app.forward_secrecy,
        ];
        let mut sources: Vec<&str> = bools.into_iter().flatten().map(|fact| fact.source).collect();
        sources.extend(app.redirects.map(|fact| fact.source));
        sources.extend(app.refused_types.map(|fact| fact.source));
        sources.extend(app.least_bytes.map(|fact| fact.source));
        sources.extend(app.most_days.map(|fact| fact.source));
        sources.extend(app.least_tls.map(|fact| fact.source));
        assert!(sources.iter().all(|source| source.len() > 5), "{}", app.id);
        let types = app.refused_types.map_or(&[][..], |fact| fact.is);
        assert!(types.iter().all(|kind| kind.prefix == kind.prefix.to_ascii_lowercase()));
    }
    assert_eq!(find("winamp"), None);
}

#[test]
fn a_sound_chain_works_everywhere() {
    each(&reached(&[PODTRAC, FILE]), &[], Works::Yes);
}

#[test]
fn nobody_is_asked_unless_named() {
    let (verdict, _) = alone(&reached(&[FILE]));
    assert_eq!(verdict.apps, Vec::new());
}

#[test]
fn redirects_are_counted_against_each_limit() {
    each(&long(10), &[], Works::Yes);
    let silent = [("spotify", Works::Unknown), ("overcast", Works::Unknown), ("old-android", Works::Unknown)];
    each(&long(11), &silent, Works::Yes);
    each(&long(16), &silent, Works::Yes);
    let apple = [("apple", Works::No), ("ios", Works::No)];
    each(&long(17), &[silent.as_slice(), &apple].concat(), Works::Yes);
    each(&long(21), &[silent.as_slice(), &[("curl", Works::Yes)]].concat(), Works::No);
    let why = asked("apple", &long(17), &[]).because;
    assert_eq!(why, ["the audio is 17 redirects away, and the app gives up after 16"]);
}

#[test]
fn a_chain_given_up_is_lost_to_those_that_give_up_as_early() {
    let mut chain = chain(long(20).hops, End::TooManyRedirects { limit: 20 });
    chain.media = None;
    assert_eq!(works("okhttp", &chain), Works::No);
    assert_eq!(works("apple", &chain), Works::No);
    let curl = asked("curl", &chain, &[]);
    assert_eq!((curl.works, curl.because.join("")), (Works::Unknown, "podprobe gave up after 20 redirects".into()));
}

#[test]
fn a_way_over_http_is_refused_by_those_that_say_so() {
    let down = reached(&["https://a.example/x", "http://b.example/x"]);
    let follow =
        [("pocketcasts", Works::Yes), ("antennapod", Works::Yes), ("browser", Works::Yes), ("curl", Works::Yes)];
    let refuse = [("exoplayer", Works::No), ("ios", Works::No)];
    each(&down, &[follow.as_slice(), &refuse].concat(), Works::Unknown);
    let start = reached(&["http://a.example/x"]);
    each(&start, &[follow.as_slice(), &refuse, &[("old-android", Works::Yes)]].concat(), Works::Unknown);
    let because = asked("exoplayer", &reached(&["http://a.example/x", "https://b.example/x"]), &[]).because;
    assert_eq!(
        because,
        [
            "the link starts on http (a.example), which the app refuses",
            "a.example leads from http to https, which the app does not follow"
        ]
    );
    assert_eq!(works("curl", &reached(&["http://a.example/x", "https://b.example/x"])), Works::Yes);
}

#[test]
fn what_the_answer_calls_itself_decides_where_types_are_looked_at() {
    let typed = |kind: &str, bytes: u64| {
        with_media(|media| {
            media.content_type = Some(kind.to_owned());
            media.bytes_total = Some(bytes);
        })
    };
    for kind in [
        "text/html",
        "Text/Plain; charset=utf-8",
        "image/png",
        "application/json",
        "application/xml",
        "application/pdf",
    ] {
        assert_eq!(works("pocketcasts", &typed(kind, 9_000_000)), Works::No, "{kind}");
        assert_eq!(works("apple", &typed(kind, 9_000_000)), Works::Unknown, "{kind}");
        assert_eq!(works("curl", &typed(kind, 9_000_000)), Works::Yes, "{kind}");
    }
    for kind in ["audio/mpeg", "application/octet-stream", "", "video/mp4"] {
        assert_eq!(works("pocketcasts", &typed(kind, 9_000_000)), Works::Yes, "{kind}");
        assert_eq!(works("apple", &typed(kind, 9_000_000)), Works::Yes, "{kind}");
    }
    assert_eq!(works("antennapod", &typed("text/plain", (100 << 10) - 1)), Works::No);
    assert_eq!(works("antennapod", &typed("text/plain", 100 << 10)), Works::Yes);
    assert_eq!(works("antennapod", &typed("application/json", 100)), Works::Yes);
    let unsized_text = with_media(|media| {
        media.content_type = Some("text/plain".to_owned());
        media.bytes_total = None;
    });
    assert_eq!(works("antennapod", &unsized_text), Works::No);
}

#[test]
fn small_files_are_refused_where_there_is_a_smallest_size() {
    let sized = |bytes: u64| with_media(|media| media.bytes_total = Some(bytes));
    assert_eq!(works("pocketcasts", &sized((150 << 10) - 1)), Works::No);
    assert_eq!(works("pocketcasts", &sized(150 << 10)), Works::Yes);
    for app in ["antennapod", "exoplayer", "curl", "browser"] {
        assert_eq!(works(app, &sized(1000)), Works::Yes, "{app}");
    }
    assert_eq!(works("spotify", &sized(1000)), Works::Unknown);
    let playlist = with_audio(|media, facts| {
        facts.format = crate::audio::Format::Hls;
        media.bytes_total = Some(1000);
    });
    assert_eq!(works("pocketcasts", &playlist), Works::Yes);
}

#[test]
fn ranges_and_head_are_demanded_by_apple_alone() {
    for range in [RangeAnswer::Ignored, RangeAnswer::Wrong("no Content-Range".into())] {
        let chain = with_media(|media| media.range = Some(range));
        assert_eq!(works("apple", &chain), Works::No);
        for app in ["pocketcasts", "antennapod", "exoplayer", "browser", "curl"] {
            assert_eq!(works(app, &chain), Works::Yes, "{app}");
        }
        assert_eq!(works("overcast", &chain), Works::Unknown);
    }
    assert_eq!(works("apple", &with_media(|media| media.range = None)), Works::Yes);
    for head in [HeadVerdict::Refused(405), HeadVerdict::Failed, HeadVerdict::Unfit(200)] {
        let mut chain = reached(&[PODTRAC, FILE]);
        chain.hops[1].head = head;
        each(&chain, &[("apple", Works::No)], Works::Yes);
    }
}

#[test]
fn a_missing_intermediate_is_fetched_by_browsers_alone() {
    let ask = |app: &str, url: bool| {
        with_leaf(app, "cert-chain-incomplete", |leaf| {
            leaf.issuer_urls = url.then(|| "http://ca.example/i.der".to_owned()).into_iter().collect();
        })
        .works
    };
    assert_eq!(ask("browser", true), Works::Yes);
    assert_eq!(ask("browser", false), Works::Unknown, "nothing says where it could be fetched");
    for app in ["pocketcasts", "antennapod", "exoplayer", "okhttp", "curl", "old-android"] {
        assert_eq!(ask(app, true), Works::No, "{app}");
    }
    assert_eq!(ask("spotify", true), Works::Unknown);
    // Fetching mends nothing else.
    assert_eq!(with_leaf("browser", "cert-chain-incomplete cert-expired", |_| {}).works, Works::No);
}

#[test]
fn certificates_that_nobody_takes() {
    for fault in
        ["cert-expired", "cert-name-mismatch", "cert-untrusted", "cert-self-signed", "cert-weak", "cert-invalid"]
    {
        for app in ALL {
            let verdict = with_leaf(app.id, fault, |_| {});
            assert_eq!(verdict.works, Works::No, "{fault} {}", app.id);
        }
    }
    let because = with_leaf("spotify", "cert-expired", |_| {}).because;
    assert_eq!(because, ["h.example: the host's certificate has run out"]);
    for fault in ["cert-expiring", "cert-expiring!", "cert-renewal-overdue"] {
        assert_eq!(with_leaf("apple", fault, |_| {}).works, Works::Yes, "{fault} still works");
    }
}

#[test]
fn certificates_that_some_take() {
    let table = [
        ("cert-no-sct", "apple", Works::No),
        ("cert-no-sct", "browser", Works::No),
        ("cert-no-sct", "curl", Works::Yes),
        ("cert-no-sct", "exoplayer", Works::Yes),
        ("cert-no-sct", "spotify", Works::Unknown),
        ("cert-revoked", "curl", Works::Yes),
        ("cert-revoked", "browser", Works::Unknown),
    ];
    for (fault, app, wanted) in table {
        assert_eq!(with_leaf(app, fault, |_| {}).works, wanted, "{fault} {app}");
    }
}

#[test]
fn lives_of_certificates_are_held_against_the_limit_that_is_written_down() {
    let ask = |app: &str, life: i64| {
        with_leaf(app, "cert-lifetime-too-long", |leaf| leaf.not_before = leaf.not_after - life * 86_400 + 1).works
    };
    assert_eq!((ask("apple", 399), ask("browser", 399)), (Works::No, Works::No));
    assert_eq!(ask("apple", 398), Works::Unknown, "too long by the rules, and not by what Apple wrote down");
    assert_eq!((ask("curl", 3000), ask("okhttp", 3000)), (Works::Yes, Works::Unknown));
}

#[test]
fn a_leaf_that_does_not_say_that_it_is_for_servers() {
    let leaf = certificate("1", "", days(30));
    let judged = crate::judge::trust::ChainJudgement {
        trusted: true,
        problems: vec![crate::judge::trust::Problem {
            code: Code::CertInvalid,
            severity: Severity::Warning,
            evidence: "no extended key usage".into(),
        }],
        remarks: vec![],
        path: vec![],
        anchored_in: vec![],
        outside: vec![],
        expires_at: None,
    };
    let chain = over(&leaf);
    let certificate = |_: &Hop| Some(&judged);
    let case = AppCase { chain: &chain, outcome: Some(Outcome::Media), certificate: &certificate, stores: &[] };
    let ask = |app: &str| apps(&case, &[find(app).unwrap()])[0].works;
    assert_eq!((ask("apple"), ask("curl"), ask("okhttp")), (Works::No, Works::Yes, Works::Unknown));
}

#[test]
fn a_loaded_trust_store_is_asked() {
    let leaf = certificate("1", "", days(30));
    let judged = |anchored: &[&str]| crate::judge::trust::ChainJudgement {
        trusted: true,
        problems: vec![],
        remarks: vec![],
        path: vec![Arc::clone(&leaf)],
        anchored_in: anchored.iter().map(|&id| id.to_owned()).collect(),
        outside: vec![],
        expires_at: None,
    };
    let chain = over(&leaf);
    let ask = |app: &str, anchored: &[&str], loaded: &[&str]| {
        let judged = judged(anchored);
        let stores: Vec<String> = loaded.iter().map(|&id| id.to_owned()).collect();
        let certificate = |_: &Hop| Some(&judged);
        let case = AppCase { chain: &chain, outcome: Some(Outcome::Media), certificate: &certificate, stores: &stores };
        apps(&case, &[find(app).unwrap()]).remove(0)
    };
    assert_eq!(ask("old-android", &["mozilla"], &["mozilla", "old-android"]).works, Works::No);
    assert_eq!(ask("old-android", &["mozilla", "old-android"], &["mozilla", "old-android"]).works, Works::Yes);
    let unknown = ask("old-android", &["mozilla"], &["mozilla"]);
    assert_eq!(unknown.works, Works::Unknown);
    assert!(unknown.because[0].contains("--trust old-android=FILE"), "{:?}", unknown.because);
    assert_eq!(ask("overcast", &["mozilla"], &["mozilla", "apple"]).works, Works::No, "iOS has Apple's store");
    assert_eq!(ask("overcast", &["mozilla"], &["mozilla"]).works, Works::Yes);
    assert_eq!(ask("overcast", &["ca-file"], &["ca-file", "apple"]).works, Works::Yes, "everybody trusts --ca-file");
}

#[test]
fn old_tls_is_refused_by_what_is_known() {
    let old = |version: &str| {
        let served = Arc::new(Served { entries: vec![], sent: 0 });
        let obsolete = Obsolete { version: version.into(), suite: "TLS_RSA_WITH_AES_128_CBC_SHA".into(), served };
        broken(&[], unencrypted(FILE, TlsFailure::Obsolete(obsolete)))
    };
    for (app, tls10, rsa) in [
        ("browser", Works::No, Works::Unknown),
        ("okhttp", Works::No, Works::Unknown),
        ("ios", Works::No, Works::No),
        ("curl", Works::Unknown, Works::Unknown),
    ] {
        assert_eq!((works(app, &old("TLSv1.0")), works(app, &old("TLSv1.2"))), (tls10, rsa), "{app}");
    }
}

#[test]
fn what_nobody_gets_no_app_gets() {
    for chain in [
        broken(&[PODTRAC], hop(FILE, 404)),
        broken(&[], nameless(FILE, DnsFailure::NoSuchName)),
        broken(&[], unconnected(FILE, ConnectFailure::Refused)),
        broken(&[], unencrypted(FILE, TlsFailure::NotTls)),
        broken(&[], silent(FILE, RequestFailure::HeadTimeout)),
        with_media(|media| media.sniff = Some(crate::audio::Sniff::Empty)),
    ] {
        each(&chain, &[], Works::No);
    }
    let because = asked("curl", &broken(&[], hop(FILE, 404)), &[]).because;
    assert_eq!(because, ["h.example answers 404 Not Found"]);
}

#[test]
fn what_podprobe_did_not_see_stays_unknown() {
    let wall = broken(&[], answered(FILE, answer(403, &[("cf-mitigated", "challenge")])));
    each(&wall, &[], Works::Unknown);
    let mut stopped = reached(&[FILE]);
    (stopped.end, stopped.media) = (End::Interrupted, None);
    each(&stopped, &[], Works::Unknown);
    // What is known to fail before it fails all the same.
    let mut wall = wall;
    wall.hops.insert(0, hop("http://a.example/x", 302));
    assert_eq!(works("ios", &wall), Works::No);
}

/// The page that says what is known of which app, and where it is written.
fn page() -> String {
    use std::fmt::Write as _;
    let mut page = String::from(
        "# Listeners' apps\n\n\
         What `podprobe check --as APP` knows of each app, and where it is written. What is not listed is not known, and \
         where a chain turns on it the answer is `unknown`. podprobe applies these facts to what it recorded; it never \
         pretends to be one of these apps.\n\n\
         A trust store that is given as `--trust NAME=FILE` is used for the apps that name it.\n",
    );
    for app in ALL {
        write!(page, "\n## {}\n\n**{}.** {}\n\n", app.id, app.name, app.about).unwrap();
        let yes = |is: bool| if is { "yes" } else { "no" };
        let mut rows: Vec<(&str, String, &str)> = Vec::new();
        let mut flag = |what, fact: Option<Fact<bool>>| {
            if let Some(fact) = fact {
                rows.push((what, yes(fact.is).to_owned(), fact.source));
            }
        };
        flag("follows https to http", app.downgrade);
        flag("follows http to https", app.upgrade);
        flag("asks for http URLs", app.cleartext);
        flag("needs byte ranges", app.needs_range);
        flag("asks with HEAD", app.needs_head);
        flag("fetches a missing intermediate", app.fetches_issuers);
        flag("needs certificate timestamps", app.needs_timestamps);
        flag("needs a server's key usage", app.needs_usage);
        flag("checks revocation", app.checks_revocation);
        flag("needs forward secrecy", app.forward_secrecy);
        if let Some(fact) = app.redirects {
            rows.push(("most redirects", fact.is.to_string(), fact.source));
        }
        if let Some(fact) = app.refused_types {
            let kinds: Vec<String> = fact
                .is
                .iter()
                .map(|kind| match kind.below {
                    Some(below) => format!("`{}*` below {} KiB", kind.prefix, below >> 10),
                    None => format!("`{}*`", kind.prefix),
                })
                .collect();
            let kinds = if kinds.is_empty() { "none".to_owned() } else { kinds.join(", ") };
            rows.push(("refuses content types", kinds, fact.source));
        }
        if let Some(fact) = app.least_bytes {
            let least = if fact.is == 0 { "none".to_owned() } else { format!("{} KiB", fact.is >> 10) };
            rows.push(("smallest file", least, fact.source));
        }
        if let Some(fact) = app.most_days {
            let most = if fact.is == NO_LIMIT { "not looked at".to_owned() } else { format!("{} days", fact.is) };
            rows.push(("longest life of a certificate", most, fact.source));
        }
        if let Some(fact) = app.least_tls {
            rows.push(("oldest TLS", fact.is.as_str().to_owned(), fact.source));
        }
        if !rows.is_empty() {
            page.push_str("| what | is | source |\n| --- | --- | --- |\n");
        }
        for (what, is, source) in rows {
            writeln!(page, "| {what} | {is} | {source} |").unwrap();
        }
        let mut stores = vec![app.id];
        stores.extend(app.stores.iter().filter(|name| **name != app.id));
        let stores: Vec<String> = stores.iter().map(|name| format!("`{name}`")).collect();
        write!(page, "\nTrust store, if loaded: {}.\n", stores.join(" or ")).unwrap();
    }
    page.replace("\n\n\n", "\n\n")
}

#[test]
fn the_page_of_apps_says_what_the_profiles_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/apps.md");
    if std::env::var_os("PODPROBE_WRITE_DOCS").is_some() {
        std::fs::write(path, page()).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == page(), "docs/apps.md is behind the profiles: run this test with PODPROBE_WRITE_DOCS=1");
}
