//! The formats for people beside text, and those for other tools: golden files, what each promises
//! for itself, and that no title gets out of its place.

use super::super::samples::crowd;
use super::*;
use crate::judge::apps::Works;

fn rendered(name: &str, round: &Round) -> String {
    find(name).unwrap().to_text(&round.report(), &Style::default())
}

#[test]
fn each_format_reads_well() {
    let rounds = all_rounds();
    let round = |name: &str| &rounds.iter().find(|(known, _)| *known == name).unwrap().1;
    for (format, names) in [
        ("markdown", &["expired", "mixed", "hostile", "strayed", "offline"][..]),
        ("html", &["expired", "hostile"]),
        ("junit", &["mixed", "unknown", "hostile", "offline"]),
        ("github", &["expired", "mixed", "hostile", "unknown"]),
        ("letter", &["expired", "mixed", "prefix", "offline"]),
    ] {
        for name in names {
            golden(&format!("{format}-{name}"), &rendered(format, round(name)));
        }
    }
}

/// Set `PODPROBE_LOOK` to a folder to have pages written there for a browser.
#[test]
fn pages_for_looking_at() {
    let Ok(folder) = std::env::var("PODPROBE_LOOK") else { return };
    for (name, round) in all_rounds() {
        std::fs::write(format!("{folder}/{name}.html"), rendered("html", &round)).unwrap();
    }
    for hosts in [1, 12, 200] {
        std::fs::write(format!("{folder}/crowd-{hosts}.html"), rendered("html", &crowd(hosts))).unwrap();
    }
}

#[test]
fn every_format_for_people_names_the_shows_that_go_dark() {
    for format in ["text", "markdown", "html", "github", "letter"] {
        let out = rendered(format, &expired());
        let flat = out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            flat.contains("12 episodes of 3 shows: The Night Shift, Slow Rivers and Nine Lives"),
            "{format}: {out}"
        );
    }
}

#[test]
fn five_shows_are_named_and_the_others_counted() {
    let mut round = expired();
    let others = ["Four", "Five", "Six", "Seven"];
    for title in others {
        let feed = round.feeds.len();
        round.feeds.push(("https://feeds.example.com/more.xml", title));
        round.episodes(feed, 1, Verdict::Critical);
    }
    round.conclusion.findings[0].affects = crate::judge::Affects { feeds: 7, episodes: 16 };
    let out = rendered("markdown", &round);
    assert!(
        out.contains("16 episodes of 7 shows: The Night Shift, Slow Rivers, Nine Lives, Four, Five and 2 more"),
        "{out}"
    );
}

#[test]
fn routes_name_the_shows_that_take_them() {
    for format in ["text", "markdown", "html"] {
        let out = rendered(format, &expired());
        let routes = out.split("How downloads travel").nth(1).unwrap();
        let flat = routes.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            flat.contains("12 episodes of 3 shows: The Night Shift, Slow Rivers and Nine Lives"),
            "{format}: {out}"
        );
    }
    assert!(rendered("text", &healthy()).contains("10 episodes of The Night Shift\n"));
    assert!(rendered("text", &mixed()).contains("1 episode of "), "{}", rendered("text", &mixed()));
}

#[test]
fn shows_of_a_file_an_episode_and_a_feed_are_found() {
    let out = rendered("markdown", &mixed());
    assert!(out.contains("**Affects:** 1 episode of Slow Rivers"), "{out}");
    let report = mixed().report();
    let shows = story::Shows::of(&report);
    let missing = report.findings.iter().find(|finding| finding.code.0 == Code::EnclosureMissing).unwrap();
    assert_eq!(shows.names(&shows.touched([missing])), "Slow Rivers", "both shows have an episode of this guid");
}

#[test]
fn what_hangs_on_one_host_is_told_where_shows_share_it() {
    let shared = rendered("text", &expired());
    assert!(shared.contains("ads.example.net    all 3 shows go dark              12 episodes"), "{shared}");
    assert!(shared.contains("feeds.example.com  all 3 shows get no new episodes\n"), "{shared}");
    let heading = "If one host goes down";
    assert!(!rendered("text", &healthy()).contains(heading), "one show hangs on all of its hosts");
    let verbose = text(&healthy().report(), Style { verbose: true, ..Style::default() });
    assert!(verbose.contains(heading) && verbose.contains("the show goes dark             10 episodes"), "{verbose}");
    for format in ["markdown", "html"] {
        assert!(rendered(format, &expired()).contains(heading));
        assert!(!rendered(format, &offline()).contains(heading));
    }
    let partly = rendered("text", &crowd(12));
    assert!(partly.contains("2 of 6 shows go dark"), "{partly}");
}

#[test]
fn what_apps_make_of_it_is_a_matrix_in_every_format_for_people() {
    let mut report = expired().report();
    let app = |id, name, works, because: &[&str]| model::apps::App {
        app: id,
        works: model::Name(works),
        because: because.iter().map(|why| (*why).into()).collect(),
        name,
    };
    for (at, feed) in report.feeds.iter_mut().enumerate() {
        for file in feed.episodes.iter_mut().flat_map(|episode| &mut episode.enclosures) {
            let why = "it follows no redirect from https to <http>";
            file.apps = match at {
                0 => vec![app("one", "App One", Works::No, &[why]), app("two", "App Two", Works::Yes, &[])].into(),
                _ => vec![app("one", "App One", Works::Yes, &[]), app("two", "App Two", Works::Yes, &[])].into(),
            };
        }
    }
    for format in ["text", "markdown", "html"] {
        let out = find(format).unwrap().to_text(&report, &Style::default());
        assert!(out.contains("What listeners' apps make of it"), "{format}");
        assert!(out.contains("fails for 4 of 12 episodes"), "{format}: {out}");
        assert!(out.contains("https to <http>") == (format == "text"), "{format}");
    }
    let html = find("html").unwrap().to_text(&report, &Style::default());
    let cells = html.split("class=\"grid\"").nth(1).unwrap().split("</table>").next().unwrap();
    assert_eq!((cells.matches("<td class=\"critical\">").count(), cells.matches("<td class=\"ok\">").count()), (1, 5));
    tags(&html);
    assert!(!rendered("html", &expired()).contains("apps make of it"), "only where it was asked");
}

#[test]
fn the_planned_route_stands_beside_the_observed_one() {
    let report = parsed(&strayed().report());
    let planned = |at: usize| &report["feeds"][0]["episodes"][at]["enclosures"][0]["planned"];
    let wanted = json!(["https://pfx.example/e/cdn.example.org/one.mp3", "https://cdn.example.org/one.mp3"]);
    assert_eq!(planned(0), &wanted);
    for format in ["text", "markdown", "html"] {
        let out = rendered(format, &strayed());
        let told = out.matches("Written in the link: pfx.example → cdn.example.org (not reached)").count();
        assert_eq!(told, 2, "{format}: {out}");
        assert!(!rendered(format, &healthy()).contains("Written in the link"), "{format}: the plan was kept to");
    }
    let kept = parsed(&healthy().report());
    assert_eq!(kept["feeds"][0]["episodes"][0]["enclosures"][0]["planned"].as_array().unwrap().len(), 2);
}

/// The tags of a page, each closed where it has to be; panics where they are not.
fn tags(html: &str) -> Vec<String> {
    const VOID: [&str; 3] = ["meta", "link", "wbr"];
    let mut open: Vec<String> = Vec::new();
    let mut all = Vec::new();
    let (before, rest) = html.split_once("<style>").unwrap();
    let (style, after) = rest.split_once("</style>").unwrap();
    assert!(!style.contains('<'));
    for tag in [before, after].iter().flat_map(|part| part.split('<').skip(1)) {
        let (tag, text) = tag.split_once('>').expect("a tag's end");
        assert!(!text.contains('>'), "{text}");
        let name: String = tag.chars().take_while(|c| c.is_ascii_alphanumeric() || "/!".contains(*c)).collect();
        if let Some(name) = name.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
        } else if name != "!DOCTYPE" && !VOID.contains(&name.as_str()) && !tag.ends_with('/') {
            open.push(name);
        }
        all.push(tag.to_owned());
    }
    assert!(open.is_empty(), "{open:?}");
    all
}

#[test]
fn a_page_is_whole_and_asks_nobody() {
    let crowds = [("1", crowd(1)), ("12", crowd(12)), ("200", crowd(200))];
    for (name, round) in all_rounds().into_iter().chain(crowds) {
        let html = rendered("html", &round);
        for tag in tags(&html) {
            let element: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect();
            assert!(
                !["script", "img", "iframe", "object", "embed", "base", "form", "a"].contains(&&*element),
                "{name}"
            );
            let loads = tag.contains(" src=") || (tag.contains(" href=") && !tag.contains("href=\"data:,\""));
            assert!(!loads && !tag.contains("javascript:") && !tag.contains(" on"), "{name}: {tag}");
        }
        assert!(!html.contains("@import") && !html.contains("url("), "{name}");
    }
}

/// Width and height of the pictures of a page: the wide one, the narrow one.
fn pictures(html: &str) -> Vec<(u64, u64)> {
    let boxes = html.split("viewBox=\"0 0 ").skip(1).map(|rest| rest.split_once('"').unwrap().0);
    boxes.map(|size| size.split_once(' ').unwrap()).map(|(w, h)| (w.parse().unwrap(), h.parse().unwrap())).collect()
}

#[test]
fn the_picture_stays_readable_whatever_the_number_of_hosts() {
    for hosts in [1, 12, 200] {
        let html = rendered("html", &crowd(hosts));
        let sizes = pictures(&html);
        let [(wide, height), (narrow, long)] = sizes[..] else { panic!("{sizes:?}") };
        assert!(wide <= 1_100 && height <= 30 + 12 * 58, "{hosts}: {wide} x {height}");
        assert!(narrow == 340 && long <= 4 * 32 + 24 * 49, "{hosts}: {narrow} x {long}");
        let wide = html.split("<svg").nth(1).unwrap();
        assert_eq!(wide.contains("more hosts"), hosts == 200, "the long tail is one node");
        // Never by colour alone: each node has its mark, and what does not arrive is of its own class.
        assert_eq!(wide.matches("<rect").count(), wide.matches("class=\"mark\"").count());
        assert_eq!(wide.contains("<path class=\"critical\""), hosts > 1);
    }
    assert!(pictures(&rendered("html", &offline())).is_empty());
}

#[test]
fn the_faulty_host_and_what_follows_it_are_marked_and_nothing_before() {
    let html = rendered("html", &expired());
    let wide = html.split("<svg").nth(1).unwrap();
    let line = |from: &str, to: &str| {
        let title = format!("<title>{from} → {to}: ");
        let path = wide.split("<path").find(|path| path.contains(&title)).unwrap_or_else(|| panic!("{title}"));
        path.split('"').nth(1).unwrap().to_owned()
    };
    assert_eq!(line("Slow Rivers", "pfx.example"), "ok");
    assert_eq!(line("pfx.example", "ads.example.net"), "critical");
    assert_eq!(line("ads.example.net", "cdn.example.org"), "critical");
    assert!(wide.contains("expired 9 h ago"));
}

/// What a file of JUnit states and what it holds: suites, cases, failures, errors.
fn counted(xml: &str) -> ([usize; 3], [usize; 4]) {
    let mut reader = quick_xml::Reader::from_str(xml);
    let (mut suites, mut cases, mut failures, mut errors) = (0, 0, 0, 0);
    let mut stated = [0; 3];
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Eof => return (stated, [suites, cases, failures, errors]),
            quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag) => {
                for attribute in tag.attributes() {
                    attribute.unwrap();
                }
                match tag.name().as_ref() {
                    "testsuites" => {
                        let number = |key: &str| {
                            let value = tag.try_get_attribute(key).unwrap().unwrap();
                            value.value.parse::<usize>().unwrap()
                        };
                        stated = ["tests", "failures", "errors"].map(number);
                    }
                    "testsuite" => suites += 1,
                    "testcase" => cases += 1,
                    "failure" => failures += 1,
                    "error" => errors += 1,
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

#[test]
fn junit_counts_what_it_holds() {
    for (name, round) in all_rounds() {
        let report = round.report();
        let (stated, [suites, cases, failures, errors]) = counted(&rendered("junit", &round));
        assert_eq!(stated, [cases, failures, errors], "{name}");
        let files: usize = report.feeds.iter().flat_map(|f| &f.episodes).map(|e| e.enclosures.len()).sum();
        let placed = files + report.feeds.len() + report.origins.len();
        let hosts = usize::from(!report.origins.is_empty());
        assert_eq!(suites, report.feeds.len() + hosts + usize::from(cases > placed), "{name}");
        assert!(cases >= placed + usize::from(report.offline), "{name}");
    }
}

#[test]
fn junit_fails_where_the_run_fails_whatever_the_threshold() {
    let mut seen = [false; 4];
    for fails_from in [Some(Severity::Warning), Some(Severity::Critical), None] {
        for (name, round) in all_rounds() {
            let report = round.report();
            let xml = find("junit").unwrap().to_text(&report, &Style { fails_from, ..Style::default() });
            let (_, [.., failures, errors]) = counted(&xml);
            let roots = report.findings.iter().filter(|finding| finding.caused_by.is_none());
            let files = report.feeds.iter().flat_map(|feed| &feed.episodes).flat_map(|episode| &episode.enclosures);
            let broken = files.filter(|file| file.verdict.0 == Verdict::Critical).map(|_| Severity::Critical);
            let worst = roots.map(|finding| finding.severity.0).chain(broken).max();
            let fails = fails_from.is_some_and(|from| worst.is_some_and(|worst| worst >= from));
            let undecided = report.offline
                || report.interrupted
                || report.feeds.iter().any(|feed| feed.error.is_some())
                || report.origins.iter().any(|origin| origin.verdict.0 == Verdict::Unknown)
                || report
                    .feeds
                    .iter()
                    .flat_map(|feed| &feed.episodes)
                    .any(|episode| episode.enclosures.iter().any(|file| file.verdict.0 == Verdict::Unknown));
            assert_eq!(failures + errors > 0, fails || undecided, "{name} {fails_from:?}: {xml}");
            assert!(undecided || errors == 0, "{name} {fails_from:?}: {xml}");
            // A file that could not be judged is no failure, whatever warning says why.
            let surely = fails && (!undecided || worst == Some(Severity::Critical) && !report.offline);
            assert!(!surely || failures > 0, "{name} {fails_from:?}: {xml}");
            // What does not fail is there to be read.
            if !fails && worst.is_some_and(|worst| worst >= Severity::Warning) && errors == 0 {
                assert!(xml.contains("<system-out>"), "{name} {fails_from:?}: {xml}");
                seen[3] = true;
            }
            seen[0] |= failures > 0;
            seen[1] |= errors > 0;
            seen[2] |= failures + errors == 0;
        }
    }
    assert_eq!(seen, [true; 4], "failures, errors, neither, and warnings that do not fail");
}

#[test]
fn a_failure_carries_its_cause_and_not_its_symptom() {
    let xml = rendered("junit", &expired());
    assert_eq!(xml.matches("<failure type=\"cert-expired\"").count(), 13, "twelve files and one host: {xml}");
    assert_eq!(xml.matches("<failure").count(), 13);
}

#[test]
fn annotations_are_one_line_each_and_begin_nothing_else() {
    for (name, round) in all_rounds() {
        let out = rendered("github", &round);
        let lines: Vec<&str> = out.lines().collect();
        let (last, commands) = lines.split_last().unwrap();
        assert!(!last.starts_with(':'), "{name}: {last}");
        for line in commands {
            let command = ["::error ", "::warning ", "::notice "].iter().any(|start| line.starts_with(start));
            assert!(command && !line.contains("##["), "{name}: {line}");
            // Neither a property nor the message can end early.
            let (properties, _) = line.get(2..).unwrap().split_once("::").unwrap();
            assert_eq!(properties.matches('=').count(), 1 + properties.matches("%3D").count(), "{name}: {properties}");
            assert!(!properties.contains(','), "{name}: {properties}");
        }
    }
}

#[test]
fn tables_keep_their_columns_whatever_a_title_holds() {
    let mut round = hostile();
    round.conclusion.findings[0].subject.name = "| table | breaks |\n| --- |".to_owned();
    for line in rendered("markdown", &round).lines().filter(|line| line.starts_with('|')) {
        let bars = line.replace("\\|", "").matches('|').count();
        assert!([5, 6].contains(&bars), "{line}");
    }
    let out = rendered("markdown", &round);
    assert!(!out.contains("<script>") && !out.contains("<!channel>") && !out.contains("@everyone"), "{out}");
}

#[test]
fn a_letter_goes_to_each_party_at_fault() {
    let out = rendered("letter", &mixed());
    let to: Vec<&str> = out.lines().filter_map(|line| line.strip_prefix("To:       ")).collect();
    assert_eq!(
        to,
        [
            "your hosting company",
            "whoever runs hosting.example.com",
            "MegaAds (ads.example.net)",
            "Fastcache (cdn.example.org)",
        ],
        "{out}"
    );
    let expired = rendered("letter", &expired());
    for needed in
        ["ads.example.net", "2022-05-30 23:59:59 UTC", "0a1b2c", "SHA-256 fingerprint:", "12 episodes of 3 shows"]
    {
        assert!(expired.contains(needed), "{needed}: {expired}");
    }
    assert!(rendered("letter", &offline()).starts_with("There is nobody to write to."));
    assert!(rendered("letter", &healthy()).starts_with("There is nobody to write to."));
}

#[test]
fn letters_are_wrapped_at_72_columns() {
    for (name, round) in all_rounds() {
        for line in rendered("letter", &round).lines().filter(|line| crate::markup::width(line) > 72) {
            let longest = line.split(' ').map(crate::markup::width).max().unwrap();
            assert!(longest > 56, "{name}: {line}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_title_gets_out_of_its_place(title in "(?s).{0,60}", detail in "[<>&\"'|`:%\r\n\u{1b}\u{202e}a-z\\[\\]#@!-]{0,60}") {
        let mut round = mixed();
        round.walked[0].1.title.clone_from(&title);
        round.walked[6].1.title.clone_from(&detail);
        round.conclusion.findings[0].summary = format!("{title}{detail}");
        round.conclusion.findings[0].detail.clone_from(&detail);
        round.conclusion.findings[0].subject.name = title;
        let harmful = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        for format in FORMATS {
            let out = rendered(format.name, &round);
            prop_assert!(!out.contains(harmful), "{}: {out:?}", format.name);
        }
        tags(&rendered("html", &round));
        for line in rendered("markdown", &round).lines().filter(|line| line.starts_with('|')) {
            prop_assert!([5, 6].contains(&line.replace("\\\\", "").replace("\\|", "").matches('|').count()), "{line}");
        }
        let github = rendered("github", &round);
        prop_assert_eq!(github.lines().count(), rendered("github", &mixed()).lines().count());
    }
}
