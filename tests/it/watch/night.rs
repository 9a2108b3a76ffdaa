//! The night of 2022-05-30, from sixty days before to a day after: every channel, every message.

use jiff::{SignedDuration, Timestamp};
use podprobe::incident::IncidentId;
use podprobe::lab::night::CMS_HOST;
use podprobe::lab::{Lab, Options};

use super::ears::{Diary, Ear, anonymous};
use super::stage::{Play, by_lab, time};

/// Set by `.ci/run`.
const SLOW: &str = "PODPROBE_SLOW_TESTS";

fn golden(name: &str, text: &str) {
    insta::with_settings!({snapshot_path => "snapshots", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!(name, text);
    });
}

fn config(lab: &Lab, ears: &[Ear], often: bool) -> String {
    let intervals = if often {
        "origins = \"5m\"\nchains = \"15m\"\nfeeds = \"10m\"\nendpoints = \"5m\""
    } else {
        "origins = \"4h\"\nchains = \"12h\"\nfeeds = \"12h\"\nendpoints = \"4h\""
    };
    let mut text =
        "time_zone = \"America/New_York\"\nlink = \"https://podprobe.example/outages/{incident}\"\n".to_owned();
    for (place, source) in lab.night().sources().iter().enumerate() {
        text += &format!("[[source]]\nurl = \"{source}\"\n");
        if place == 0 {
            text += "downloads_per_day = 12000\n";
        }
    }
    text += &format!("[[endpoint]]\nname = \"the CMS\"\nurl = \"https://{CMS_HOST}/\"\n");
    text += &format!("[intervals]\n{intervals}\n");
    if !often {
        text += "[incidents]\nfresh = \"5h\"\n";
    }
    text += &by_lab(lab);
    for ear in ears {
        text += &ear.table("");
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_night_as_it_was_told() {
    if std::env::var_os(SLOW).is_none() {
        eprintln!("SKIPPED: the night in full; {SLOW}=1 plays it");
        return;
    }
    let begin = time("2022-03-31T23:59:59Z");
    let end_of_certificate = time("2022-05-30T23:59:59Z");
    let lab = Lab::open(Options { now: begin }).await.unwrap();
    lab.night().others_last(time("2021-12-01T00:00:00Z"), time("2023-05-31T00:00:00Z")).unwrap();
    lab.night().issue(time("2020-05-28T00:00:00Z"), end_of_certificate).unwrap();
    let mut ears = Ear::all().await;
    let folder = tempfile::tempdir().unwrap();
    let mut play = Play::open(folder.path(), &config(&lab, &ears, false), begin).await;

    let mut diaries: Vec<Diary> = ears.iter().map(|_| Diary::default()).collect();
    let often = config(&lab, &ears, true);
    let mut listen = |at: Timestamp| {
        for (ear, diary) in ears.iter_mut().zip(&mut diaries) {
            diary.write(at, &ear.listen());
        }
    };
    // Rounds of five minutes begin here, so that one comes right after the repair.
    play.until(time("2022-05-30T19:58:00Z"), &mut listen).await;
    play.read(&often).await;
    play.until(time("2022-05-31T09:58:00Z"), &mut listen).await;
    lab.night().issue(time("2022-05-31T00:00:00Z"), time("2023-05-31T23:59:59Z")).unwrap();
    play.until(time("2022-06-01T00:00:00Z"), &mut listen).await;

    // One incident for the certificate, one for the CMS, and nobody else is blamed.
    let incidents = play.incidents();
    let named: Vec<(&str, &str)> = incidents.iter().map(|(_, code, name)| (code.as_str(), name.as_str())).collect();
    assert_eq!(named.len(), 2, "{named:?}");
    // Its dates are one cause, from the first notice on.
    assert_eq!(named[0].0, "cert-expired");
    assert_eq!(named[1], ("publishing-down", "the CMS (cms.loudhail.example)"));
    let (certificate, cms) = (incidents[0].0, incidents[1].0);
    assert!(
        play.told
            .iter()
            .filter(|told| told.incident.id == certificate)
            .all(|told| { told.incident.host.as_deref().is_some_and(|host| host.contains("loudhail")) })
    );

    expiry(&play.course(certificate), end_of_certificate);

    let cms: Vec<(Timestamp, String)> = play.course(cms);
    assert_eq!(cms.first().unwrap().1, "opened");
    assert!(cms.first().unwrap().0.duration_since(end_of_certificate) <= SignedDuration::from_mins(11), "{cms:?}");
    assert_eq!(cms.iter().filter(|(_, word)| word == "recovered").count(), 1, "{cms:?}");
    assert_eq!(cms.last().unwrap().1, "recovered");

    for (ear, diary) in ears.iter().zip(&diaries) {
        golden(&format!("night-{}", ear.name), diary.text());
    }
    let course: Vec<String> = play
        .told
        .iter()
        .map(|told| format!("{} #{} {:?} {}", told.at, told.incident.id.0, told.happened, told.incident.code.as_str()))
        .collect();
    golden("night", &course.join("\n"));

    let report = play.podprobe(&["incident", &certificate.0.to_string(), "--format", "markdown"]);
    assert!(report.contains("9 h 58 min") && report.contains("2022-05-30 23:59:59 UTC"), "{report}");
    // 12,000 a day, for 9 hours and 58 minutes.
    assert!(report.contains("about "), "{report}");
    let report = anonymous(&report);
    golden("night-postmortem", &report);
}

/// Opened weeks ahead; told at halves of what was left, then daily; expired; over.
fn expiry(course: &[(Timestamp, String)], end: Timestamp) {
    let hour = SignedDuration::from_hours(1);
    let (opened, word) = &course[0];
    assert_eq!(word, "opened");
    let ahead = end.duration_since(*opened);
    assert!(ahead > SignedDuration::from_hours(24 * 29) && ahead <= SignedDuration::from_hours(24 * 30), "{ahead}");
    let words: Vec<&str> = course.iter().map(|(_, word)| word.as_str()).collect();
    for once in ["opened", "expired", "recovered"] {
        assert_eq!(words.iter().filter(|word| **word == once).count(), 1, "{once}: {words:?}");
    }
    let mut expected = *opened;
    for (at, word) in course.iter().filter(|(_, word)| word == "halved" || word == "daily") {
        let left = end.duration_since(expected);
        let day = SignedDuration::from_hours(24);
        let (step, name) = if left / 2 > day { (left / 2, "halved") } else { (day, "daily") };
        assert_eq!(word, name, "{course:?}");
        let late = at.duration_since(expected + step);
        assert!(late >= SignedDuration::from_secs(-5) && late <= hour, "{word} at {at} is late by {late}");
        expected += step;
    }
    assert!(end.duration_since(expected) <= SignedDuration::from_hours(25), "nothing since {expected}");
    let expired = course.iter().find(|(_, word)| word == "expired").unwrap().0;
    let late = expired.duration_since(end);
    assert!(late > SignedDuration::ZERO && late <= SignedDuration::from_mins(5), "{late}");
    let (over, word) = course.last().unwrap();
    assert_eq!(word, "recovered");
    let late = over.duration_since(time("2022-05-31T09:58:00Z"));
    assert!(late >= SignedDuration::ZERO && late <= SignedDuration::from_mins(5), "{late}");
}

/// The last hours alone, in every run of the tests.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_hours_of_the_night() {
    let begin = time("2022-05-30T23:00:00Z");
    let lab = Lab::open(Options { now: begin }).await.unwrap();
    lab.night().issue(time("2020-05-28T00:00:00Z"), time("2022-05-30T23:59:59Z")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut hook = super::ears::Hook::open("hook").await;
    let text = config(&lab, &[], true) + &hook.table("");
    let mut play = Play::open(folder.path(), &text, begin).await;
    play.until(time("2022-05-31T00:20:00Z"), |_| {}).await;
    // A restart in the middle of it is not noticed by anybody.
    play = play.restart().await;
    play.until(time("2022-05-31T00:24:00Z"), |_| {}).await;
    lab.night().issue(time("2022-05-31T00:00:00Z"), time("2023-05-31T23:59:59Z")).unwrap();
    play.until(time("2022-05-31T01:00:00Z"), |_| {}).await;
    let words: Vec<String> = play.course(IncidentId(1)).into_iter().map(|(_, word)| word).collect();
    assert_eq!(words, ["opened", "expired", "recovered"]);
    let told: Vec<(Option<u64>, String)> = hook.listen().into_iter().map(|told| (told.incident, told.phase)).collect();
    let of = |incident: u64| -> Vec<&str> {
        told.iter().filter(|(of, _)| *of == Some(incident)).map(|(_, phase)| phase.as_str()).collect()
    };
    assert_eq!(of(1), ["first", "update", "end"]);
    assert_eq!(of(2).first(), Some(&"first"));
    assert_eq!(of(2).last(), Some(&"end"));
    assert_eq!(play.incidents().len(), 2);
}
