//! What reports look like, and that they are what they promise to be.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::samples::{
    HOSTILE_SHOW, Round, at, certificate, expired, healthy, hostile, inspected, interrupted, judgement, mixed, offline,
    planned, prefix, session, soon, strayed, unknown, who,
};
use super::*;
use crate::judge::{Code, Severity, Verdict};

mod apps;
mod checker;
mod formats;
mod schemas;

fn all_rounds() -> [(&'static str, Round); 10] {
    [
        ("healthy", healthy()),
        ("expired", expired()),
        ("mixed", mixed()),
        ("unknown", unknown()),
        ("interrupted", interrupted()),
        ("hostile", hostile()),
        ("soon", soon()),
        ("offline", offline()),
        ("prefix", prefix()),
        ("strayed", strayed()),
    ]
}

fn text(report: &Report, style: Style) -> String {
    find("text").unwrap().to_text(report, &style)
}

fn parsed(report: &Report) -> Value {
    serde_json::from_str(&find("json").unwrap().to_text(report, &Style::default())).unwrap()
}

/// Golden files lie in `src/report/snapshots`.
fn golden(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn a_round_reads_well_at_80_columns() {
    for (name, round) in all_rounds() {
        golden(&format!("{name}-80"), &text(&round.report(), Style::default()));
    }
}

#[test]
fn a_round_reads_well_in_other_styles() {
    let report = mixed().report();
    golden("mixed-120", &text(&report, Style { width: 120, ..Style::default() }));
    golden("mixed-quiet-ascii", &text(&report, Style { quiet: true, unicode: false, ..Style::default() }));
    golden("mixed-ascii", &text(&report, Style { unicode: false, ..Style::default() }));
    golden("expired-verbose", &text(&expired().report(), Style { verbose: true, ..Style::default() }));
    golden("expired-colour", &text(&expired().report(), Style { color: true, ..Style::default() }));
}

#[test]
fn no_line_but_a_long_word_is_wider_than_the_terminal() {
    for (name, round) in all_rounds() {
        for width in [40, 60, 80, 100, 120] {
            for unicode in [true, false] {
                let report = text(&round.report(), Style { width, unicode, ..Style::default() });
                for line in report.lines().filter(|line| crate::markup::width(line) > width) {
                    let longest = line.split(' ').map(crate::markup::width).max().unwrap();
                    let is_tree =
                        line.contains("├") || line.contains("└") || line.contains("|-") || line.contains("`-");
                    assert!(longest > width - 14 || (is_tree && width < 60), "{name} at {width}: {line}");
                }
            }
        }
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    for (_, round) in all_rounds() {
        let report = round.report();
        let coloured = text(&report, Style { color: true, ..Style::default() });
        assert!(coloured.contains('\u{1b}'));
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), text(&report, Style::default()));
    }
}

#[test]
fn hostile_titles_are_harmless_in_every_format() {
    let report = hostile().report();
    for format in FORMATS {
        let out = format.to_text(&report, &Style { verbose: true, ..Style::default() });
        let harmful =
            |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        assert!(!out.contains(harmful), "{}: {out:?}", format.name);
    }
    assert_eq!(parsed(&report)["feeds"][0]["title"], HOSTILE_SHOW);
}

#[test]
fn no_secret_is_printed() {
    for (_, round) in all_rounds() {
        for format in FORMATS {
            let out = format.to_text(&round.report(), &Style { verbose: true, ..Style::default() });
            for secret in ["s3cret", "user:pass", "token=abc"] {
                assert!(!out.contains(secret), "{}: {out}", format.name);
            }
        }
    }
}

#[test]
fn the_fields_stand_in_the_promised_order() {
    let report = parsed(&mixed().report());
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(
        keys(&report),
        "schema version vantage started_at finished_at evaluated_at verdict counts feeds origins findings"
    );
    assert_eq!(keys(&report["counts"]), "feeds episodes enclosures hops origins connections requests findings");
    assert_eq!(keys(&report["counts"]["findings"]), "critical warning info");
    let feed = &report["feeds"][0];
    assert_eq!(keys(feed), "source url title verdict chain episodes");
    assert_eq!(keys(&feed["episodes"][0]), "guid title published_at verdict enclosures");
    let enclosure = &feed["episodes"][0]["enclosures"][0];
    assert_eq!(keys(enclosure), "url planned kind type length verdict chain");
    assert_eq!(keys(&enclosure["chain"]), "outcome final_url total_ms hops media");
    let hop = &enclosure["chain"]["hops"][0];
    assert_eq!(
        keys(hop),
        "url origin role provider address http_version status location timings_ms reused_connection error"
    );
    assert_eq!(keys(&hop["timings_ms"]), "dns connect tls first_byte transfer");
    assert_eq!(
        keys(&enclosure["chain"]["media"]),
        "format content_type bytes_total bytes_read range_supported bitrate_kbps duration_s"
    );
    let origin = &report["origins"][2];
    assert_eq!(keys(origin), "origin role provider verdict episodes_through feeds_through dns edges");
    assert_eq!(keys(&origin["dns"]), "addresses cname ms error given");
    assert_eq!(keys(&origin["edges"][0]), "address reachable tls error");
    let tls = &origin["edges"][0]["tls"];
    assert_eq!(keys(tls), "version cipher alpn chain trusted expires_at expires_in_days problems trusted_by");
    assert_eq!(keys(&tls["chain"][0]), "subject issuer serial sha256 not_before not_after names key signature");
    assert_eq!(keys(&report["findings"][0]), "id code severity subject summary detail advice caused_by affects");
    assert_eq!(keys(&report["findings"][0]["subject"]), "kind id name");
}

#[test]
fn values_are_what_the_interface_says() {
    let report = parsed(&mixed().report());
    assert_eq!(report["counts"]["hops"], 21, "the feeds' own hops are not counted");
    assert_eq!(report["counts"]["findings"], json!({"critical": 2, "warning": 6, "info": 1}));
    assert_eq!(report["feeds"][0]["source"], "https://feeds.example.com/a.xml?token=***");
    assert_eq!(report["feeds"][1]["verdict"], "critical", "the worst of its episodes");
    assert_eq!(report["feeds"][1]["episodes"][2]["enclosures"], json!([]));
    let hop = &report["feeds"][1]["episodes"][1]["enclosures"][0]["chain"]["hops"][0];
    assert_eq!(hop["error"], json!({"phase": "request", "message": "no complete answer in time"}));
    // The wait happened, as a failed connect does, although no byte came.
    assert_eq!((&hop["status"], &hop["timings_ms"]["first_byte"]), (&Value::Null, &json!(10000.0)));
    assert_eq!(report["origins"][2]["edges"][0]["tls"]["problems"], json!(["cert-expiring"]));
    assert_eq!(report["origins"][2]["edges"][0]["tls"]["expires_in_days"], json!(5.0));
    assert_eq!(report["origins"][0]["role"], "feed", "what serves the feed, where nobody knows better");
    assert!(report.get("interrupted").is_none());
    assert_eq!(parsed(&interrupted().report())["interrupted"], true);
    assert_eq!(parsed(&expired().report())["counts"]["findings"]["critical"], 1, "symptoms are not counted");
}

#[test]
fn a_way_round_is_proven_and_redacted() {
    let report = parsed(&prefix().report());
    let shown = json!({"url": "https://ads.example.net/cdn.example.org/f0e0.mp3?key=***", "works": true});
    assert_eq!(report["findings"][0]["bypass"], shown);
}

#[test]
fn a_source_that_cannot_be_read_makes_the_round_unknown_and_hides_nothing_worse() {
    assert_eq!(unknown().report().verdict.0, Verdict::Unknown);
    let mut round = expired();
    round.errors = vec![("x.xml", "no such file")];
    assert_eq!(round.report().verdict.0, Verdict::Critical);
}

#[test]
fn offline_blames_nobody() {
    let report = parsed(&offline().report());
    assert_eq!(report["feeds"][0]["verdict"], "unknown");
    assert_eq!(report["feeds"][0]["episodes"][0]["enclosures"][0]["verdict"], "unknown");
    assert_eq!(report["feeds"][0]["episodes"][0]["enclosures"][0]["chain"]["outcome"], "unknown");
}

#[test]
fn episodes_keep_their_place_whatever_comes_first() {
    let round = healthy();
    let mut builder = Builder::new(Round::start(), &who).with_plan(&planned);
    for (feed, episode, ..) in &round.walked {
        builder.episode(*feed, episode);
    }
    for (feed, episode, chain, outcome, verdict) in round.walked.iter().rev() {
        let verdict = crate::judge::EnclosureVerdict { outcome: *outcome, verdict: *verdict, apps: Vec::new() };
        let enclosure = &episode.enclosures[0];
        builder.enclosure(&EnclosureInput {
            feed: *feed,
            episode,
            enclosure,
            chain: chain.as_ref(),
            verdict: &verdict,
        });
    }
    let (source, title) = round.feeds[0];
    let chain = Round::feed_chain(source);
    builder.feed(&Round::feed_input(0, source, title, &chain));
    for host in &round.hosts {
        builder.origin(&host.sighting, &host.verdict, &host.party);
    }
    assert_eq!(parsed(&builder.finish(&round.end())), parsed(&round.report()));
}

#[test]
fn the_stream_says_what_the_report_says() {
    let round = mixed();
    let mut stream = jsonl::Stream::new(Round::start(), &who).with_plan(&planned);
    let mut lines = String::new();
    for (index, (source, title)) in round.feeds.iter().enumerate() {
        let chain = Round::feed_chain(source);
        lines += &stream.feed(&Round::feed_input(index, source, title, &chain));
    }
    for (feed, episode, chain, outcome, verdict) in &round.walked {
        stream.episode(*feed, episode);
        let Some(enclosure) = episode.enclosures.first() else { continue };
        let verdict = crate::judge::EnclosureVerdict { outcome: *outcome, verdict: *verdict, apps: Vec::new() };
        lines += &stream.enclosure(&EnclosureInput {
            feed: *feed,
            episode,
            enclosure,
            chain: chain.as_ref(),
            verdict: &verdict,
        });
    }
    for host in &round.hosts {
        lines += &stream.origin(&host.sighting, &host.verdict, &host.party);
    }
    let (end, verdict) = stream.finish(&round.end());
    lines += &end;
    assert_eq!(verdict, Verdict::Critical);
    let events: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.lines().all(|line| line.starts_with("{\"event\":\"")));
    let of = |kind: &str| events.iter().filter(|event| event["event"] == kind).cloned().collect::<Vec<_>>();
    let report = parsed(&round.report());
    assert_eq!(of("enclosure").len(), 8);
    assert_eq!(of("enclosure")[0]["chain"], report["feeds"][0]["episodes"][0]["enclosures"][0]["chain"]);
    assert_eq!(of("finding").len(), report["findings"].as_array().unwrap().len());
    assert_eq!(of("origin")[2]["edges"], report["origins"][2]["edges"]);
    let last = events.last().unwrap();
    assert_eq!((&last["event"], &last["counts"]), (&json!("summary"), &report["counts"]));
    // What a finished report replays differs only in what is known at the end.
    let replayed = find("jsonl").unwrap().to_text(&round.report(), &Style::default());
    assert_eq!(replayed.lines().count(), lines.lines().count());
    assert_eq!(replayed.lines().last(), lines.lines().last());
}

#[test]
fn hosts_read_well() {
    let (hosts, conclusion) = inspected();
    let facts = || hosts.iter().map(|host| (&host.sighting, &host.verdict, &host.party));
    let report = origins(facts(), &conclusion, at(), false);
    golden("host-80", &text::host(&report, &Style::default()));
    golden("host-120-verbose", &text::host(&report, &Style { width: 120, verbose: true, ..Style::default() }));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["schema"], "podprobe.origins/v1");
    assert_eq!(json["origins"][0]["edges"][3]["reachable"], false);
    assert_eq!(json["origins"][1]["dns"]["error"]["phase"], "dns");
}

#[test]
fn a_stopped_look_at_hosts_is_no_clean_bill() {
    let (hosts, conclusion) = inspected();
    let facts = || hosts.iter().skip(2).map(|host| (&host.sighting, &host.verdict, &host.party));
    let conclusion = crate::judge::Conclusion { verdict: Verdict::Ok, findings: vec![], ..conclusion };
    let stopped = origins(facts(), &conclusion, at(), true);
    let json = serde_json::to_value(&stopped).unwrap();
    assert_eq!((&json["verdict"], &json["interrupted"]), (&json!("unknown"), &json!(true)));
    checker::holds(&origins_schema(), &json);
    assert!(text::host(&stopped, &Style::default()).contains("Stopped before the end"));
    let whole = serde_json::to_value(origins(facts(), &conclusion, at(), false)).unwrap();
    assert_eq!((&whole["verdict"], whole.get("interrupted")), (&json!("ok"), None));
}

#[test]
fn addresses_that_were_not_looked_at_are_counted() {
    let (mut hosts, conclusion) = inspected();
    let crate::chain::Phase::Done { fact, .. } = &mut hosts[0].sighting.dns else { panic!("the first has addresses") };
    std::sync::Arc::make_mut(fact).given = 40;
    let used = fact.addresses.len();
    let facts = hosts.iter().map(|host| (&host.sighting, &host.verdict, &host.party));
    let report = origins(facts, &conclusion, at(), false);
    assert_eq!(serde_json::to_value(&report).unwrap()["origins"][0]["dns"]["given"], 40);
    let text = text::host(&report, &Style::default());
    assert!(text.contains(&format!("40 addresses, of which {used} were looked at")), "{text}");
    let crate::chain::Phase::Done { fact, .. } = &mut hosts[0].sighting.dns else { panic!("the first has addresses") };
    std::sync::Arc::make_mut(fact).given = crate::chain::MAX_GIVEN.into();
    let facts = hosts.iter().map(|host| (&host.sighting, &host.verdict, &host.party));
    let text = text::host(&origins(facts, &conclusion, at(), false), &Style::default());
    assert!(text.contains("254 addresses or more, of which"), "no more of them are read: {text}");
}

#[test]
fn chains_in_files_read_well() {
    let leaf = certificate("cdn.example.org", "Let's Encrypt", 41 * 86_400);
    let session = session(&leaf);
    let host = crate::link::Host::name("cdn.example.org");
    let good = cert(&session.served, &judgement(&leaf, &[]), Some(&host), at());
    golden("cert-good", &text::cert(&good, &Style::default()));
    let problems = [
        (Code::CertNameMismatch, Severity::Critical, "other.example is not among cdn.example.org, www.cdn.example.org"),
        (Code::CertNoSct, Severity::Warning, "no signed certificate timestamp; 2 are needed"),
    ];
    let mut judged = judgement(&leaf, &problems);
    judged.remarks.push("the file holds a certificate that is on no path".to_owned());
    let bad = cert(&session.served, &judged, Some(&crate::link::Host::name("other.example")), at());
    golden("cert-bad", &text::cert(&bad, &Style::default()));
    let json = serde_json::to_value(&bad).unwrap();
    assert_eq!(json["problems"], json!(["cert-name-mismatch", "cert-no-sct"]));
    assert_eq!(
        json.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["schema", "verdict", "trusted", "problems", "chain", "trusted_by"]
    );
}

#[test]
fn every_code_is_explained() {
    let info = crate::judge::CodeInfo {
        title: "The certificate has expired",
        meaning: "Podcast apps refuse to connect to a host whose certificate has run out. Whatever is behind it cannot be \
                  downloaded, although it is there.",
        advice: "Whoever runs the host renews the certificate.",
        ..*Code::CertExpired.info()
    };
    golden("explain-one", &explain::one(&info, &Style::default()));
    let all = explain::all(&Style::default());
    assert!(Code::ALL.iter().all(|info| all.contains(info.name)));
}

#[test]
fn ten_thousand_episodes_stay_small() {
    // What a report holds: chains of four hops whose URLs are all their own.
    let hop = size_of::<model::Hop>();
    assert!(hop <= 176, "{hop} bytes a hop");
    let report = healthy().report();
    let chain = report.feeds[0].episodes[0].enclosures[0].chain.as_ref().unwrap();
    let [first, second, ..] = chain.hops.as_slice() else { panic!() };
    assert!(std::sync::Arc::ptr_eq(first.location.as_ref().unwrap(), &second.url), "a location is the next hop's URL");
    let other = report.feeds[0].episodes[1].enclosures[0].chain.as_ref().unwrap();
    assert!(std::sync::Arc::ptr_eq(&first.origin, &other.hops[0].origin), "origins are shared");
    assert!(std::sync::Arc::ptr_eq(&report.feeds[0].episodes[0].enclosures[0].url, &first.url));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_from_outside_reaches_the_terminal(title in ".{0,80}", detail in "(?s).{0,300}", width in 0_usize..200) {
        let mut round = mixed();
        round.walked[0].1.title.clone_from(&title);
        round.conclusion.findings[0].summary = format!("{title}{detail}");
        round.conclusion.findings[0].detail = detail;
        round.conclusion.findings[0].subject.name = title;
        let out = text(&round.report(), Style { width, verbose: true, ..Style::default() });
        prop_assert!(!out.contains(|c: char| c.is_control() && c != '\n'), "{out:?}");
        prop_assert!(!out.contains("\n\n\n"));
    }
}

#[test]
fn a_long_report_is_escaped_wherever_its_pieces_are_cut() {
    let texts: Vec<String> = (0..20_000).map(|n| format!("{}é\u{202e}\u{7f}", "x".repeat(n % 13))).collect();
    let mut out = Vec::new();
    crate::report::write_json(&texts, &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(!out.contains(['\u{202e}', '\u{7f}']));
    assert_eq!(serde_json::from_str::<Vec<String>>(&out).unwrap(), texts);
}
