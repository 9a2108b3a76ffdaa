//! `check --as` against the lab: what listeners' apps make of exhibits.

use std::collections::BTreeMap;

use podprobe::app::check;
use podprobe::judge::apps::Works;
use podprobe::lab::{Lab, Options};
use podprobe::report::model::apps::Matrix;
use podprobe::report::{Report, Style, find};

async fn asked(lab: &Lab, exhibit: &str, more: &[&str]) -> Report {
    let exhibit = podprobe::lab::find(exhibit).unwrap();
    let mut words = lab.flags();
    words.extend(["--no-default-roots", "--as", "all"].map(String::from));
    words.extend(exhibit.flags.iter().chain(more).map(|&flag| flag.to_owned()));
    words.extend(exhibit.urls());
    check::report(&words).await.unwrap().0
}

fn verdicts(report: &Report) -> BTreeMap<&'static str, Works> {
    let files = report.feeds.iter().flat_map(|feed| &feed.episodes).flat_map(|episode| &episode.enclosures);
    files.flat_map(|file| file.apps.iter()).map(|app| (app.app, app.works.0)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn apps_fail_where_they_are_known_to() {
    #[expect(clippy::disallowed_methods, reason = "the lab's certificates are made for the present")]
    let lab = Lab::open(Options { now: jiff::Timestamp::now() }).await.unwrap();
    let table: &[(&str, &[&str], &[&str])] = &[
        // exhibit, those that fail, those that work
        ("public", &[], &["apple", "spotify", "pocketcasts", "antennapod", "exoplayer", "browser", "curl"]),
        ("downgrade", &["exoplayer", "ios"], &["curl", "browser", "antennapod", "pocketcasts"]),
        ("long", &[], &["apple", "exoplayer", "curl"]),
        ("longer", &["apple", "ios"], &["exoplayer", "okhttp", "browser", "curl"]),
        ("no-intermediate", &["pocketcasts", "antennapod", "exoplayer", "okhttp", "curl"], &["browser"]),
        ("text", &["pocketcasts", "antennapod", "exoplayer", "curl", "apple"], &[]),
        ("text-type", &["pocketcasts"], &["antennapod", "exoplayer", "curl"]),
        ("mislabelled", &[], &["pocketcasts", "antennapod", "curl"]),
        ("small", &["pocketcasts"], &["antennapod", "exoplayer", "curl"]),
        ("no-range", &["apple"], &["pocketcasts", "exoplayer", "curl"]),
        ("no-timestamps", &["apple", "ios", "overcast", "browser"], &["curl", "exoplayer"]),
        ("too-long", &["apple", "ios", "overcast", "browser"], &["curl"]),
        ("no-usage", &["apple", "ios", "overcast"], &["curl"]),
        ("expired", &["apple", "spotify", "browser", "curl", "old-android"], &[]),
        ("upgrade", &["exoplayer", "ios"], &["curl", "browser"]),
    ];
    let mut faults = Vec::new();
    for (exhibit, fail, work) in table {
        let report = asked(&lab, exhibit, &[]).await;
        let got = verdicts(&report);
        for (apps, wanted) in [(fail, Works::No), (work, Works::Yes)] {
            faults.extend(
                apps.iter().filter(|app| got[**app] != wanted).map(|app| format!("{exhibit} {app} {wanted:?}")),
            );
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_matrix_is_told_in_text_and_json() {
    #[expect(clippy::disallowed_methods, reason = "the lab's certificates are made for the present")]
    let lab = Lab::open(Options { now: jiff::Timestamp::now() }).await.unwrap();
    let report = asked(&lab, "longer", &["--as", "apple"]).await;
    let matrix = Matrix::of(&report).unwrap();
    let apple = matrix.rows.iter().find(|row| row.app == "apple").unwrap();
    assert_eq!((apple.all.no, apple.all.works()), (1, Some(Works::No)));
    let text = find("text").unwrap().to_text(&report, &Style { width: 100, ..Style::default() });
    assert!(text.contains("Apple Podcasts: fails for 1 episode"), "{text}");
    assert!(text.contains("because the audio is 17 redirects away, and the app gives up after 16"), "{text}");
    let json = serde_json::to_value(&report).unwrap();
    let app = &json["feeds"][0]["episodes"][0]["enclosures"][0]["apps"][0];
    assert_eq!((app["app"].as_str(), app["works"].as_str()), (Some("apple"), Some("no")));
    // Without --as there is neither.
    let mut words = lab.flags();
    words.push("--no-default-roots".into());
    words.extend(podprobe::lab::find("longer").unwrap().urls());
    let report = check::report(&words).await.unwrap().0;
    assert_eq!(Matrix::of(&report), None);
    let json = serde_json::to_value(&report).unwrap();
    assert!(json["feeds"][0]["episodes"][0]["enclosures"][0].get("apps").is_none());
}
