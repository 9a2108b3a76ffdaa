//! What listeners' apps make of a round, in the model and in text.

use std::sync::Arc;

use super::checker::holds;
use super::*;
use crate::judge::apps::{self as profiles, AppVerdict, Works};
use crate::report::model::Name;
use crate::report::model::apps::{App, Apps, Cell, Matrix};

fn app(id: &str, works: Works, because: &[&str]) -> App {
    let profile = profiles::find(id).unwrap();
    App {
        app: profile.id,
        works: Name(works),
        because: because.iter().map(|&text| text.into()).collect(),
        name: profile.name,
    }
}

/// A round of which Apple fails for every second episode and Spotify is not known for the others.
fn asked() -> Report {
    let mut report = mixed().report();
    let fails: Apps = Arc::new([
        app("apple", Works::No, &["the audio is 17 redirects away, and the app gives up after 16"]),
        app("spotify", Works::Yes, &[]),
        app("curl", Works::Yes, &[]),
    ]);
    let open: Apps = Arc::new([
        app("apple", Works::Yes, &[]),
        app(
            "spotify",
            Works::Unknown,
            &["a.example leads from https to http; whether the app follows is not documented"],
        ),
        app("curl", Works::Yes, &[]),
    ]);
    let files = report.feeds.iter_mut().flat_map(|feed| &mut feed.episodes).flat_map(|episode| &mut episode.enclosures);
    for (number, file) in files.enumerate() {
        file.apps = Arc::clone(if number % 2 == 0 { &fails } else { &open });
    }
    report
}

#[test]
fn the_matrix_counts_episodes_by_app_and_show() {
    assert_eq!(Matrix::of(&mixed().report()), None, "no app was asked about");
    let report = asked();
    let matrix = Matrix::of(&report).unwrap();
    assert_eq!(matrix.rows.iter().map(|row| row.app).collect::<Vec<_>>(), ["apple", "spotify", "curl"]);
    let [apple, spotify, curl] = matrix.rows.as_slice() else { panic!() };
    let episodes = apple.all.episodes();
    let with_file: usize =
        report.feeds.iter().flat_map(|feed| &feed.episodes).filter(|episode| !episode.enclosures.is_empty()).count();
    assert_eq!((episodes, apple.all.no + spotify.all.unknown), (with_file as u64, episodes));
    assert_eq!(curl.all, Cell { yes: episodes, no: 0, unknown: 0 });
    assert_eq!((apple.all.works(), spotify.all.works()), (Some(Works::No), Some(Works::Unknown)));
    assert_eq!(Cell::default().works(), None);
    for row in &matrix.rows {
        assert_eq!(row.shows.len(), matrix.shows.len());
        assert_eq!(row.shows.iter().map(Cell::episodes).sum::<u64>(), episodes);
    }
    assert_eq!((apple.reasons.len(), apple.reasons[0].episodes), (1, apple.all.no));
}

#[test]
fn the_matrix_reads_well() {
    golden("apps-80", &text(&asked(), Style::default()));
    for width in [40, 80, 120] {
        let text = text(&asked(), Style { width, unicode: false, ..Style::default() });
        let section = text.split("What listeners' apps make of it").nth(1).unwrap();
        let section = section.split("Certificates that end next").next().unwrap();
        for line in section.lines() {
            assert!(crate::markup::width(line) <= width, "{width}: {line}");
            assert!(!line.contains(['\u{2714}', '\u{2716}', '\u{2026}']), "{line}");
        }
    }
}

#[test]
fn what_apps_make_of_it_fits_the_schemas() {
    let report = asked();
    holds(&schema(), &parsed(&report));
    let lines = find("jsonl").unwrap().to_text(&report, &Style::default());
    assert!(lines.contains("\"works\":\"unknown\""), "{lines}");
    for line in lines.lines() {
        holds(&event_schema(), &serde_json::from_str(line).unwrap());
    }
    let refused = serde_json::to_value(&report).unwrap();
    let app = refused.pointer("/feeds/0/episodes/0/enclosures/0/apps/0").unwrap();
    assert_eq!(app.as_object().unwrap().keys().collect::<Vec<_>>(), ["app", "works", "because"]);
}

#[test]
fn reasons_are_redacted_and_shared() {
    let round = healthy();
    let mut builder = Builder::new(Round::start(), &who);
    let reason = "the link starts on http://u:p@a.example/?token=secret";
    for (feed, episode, chain, outcome, verdict) in &round.walked {
        let made =
            AppVerdict { app: profiles::find("apple").unwrap(), works: Works::No, because: vec![reason.to_owned()] };
        let verdict = crate::judge::EnclosureVerdict { outcome: *outcome, verdict: *verdict, apps: vec![made] };
        let Some(enclosure) = episode.enclosures.first() else { continue };
        builder.enclosure(&EnclosureInput {
            feed: *feed,
            episode,
            enclosure,
            chain: chain.as_ref(),
            verdict: &verdict,
        });
    }
    let report = builder.finish(&round.end());
    let files: Vec<_> =
        report.feeds.iter().flat_map(|feed| &feed.episodes).flat_map(|episode| &episode.enclosures).collect();
    assert!(files.len() > 1 && files.iter().all(|file| Arc::ptr_eq(&file.apps, &files[0].apps)));
    assert!(!files[0].apps[0].because[0].contains("secret"), "{:?}", files[0].apps);
}

#[test]
fn a_root_outside_a_store_is_a_warning_and_no_finding() {
    let mut report = healthy().report();
    let tls = report.origins[0].edges[0].tls.as_mut().unwrap();
    tls.not_trusted_by = vec!["android7".into()];
    tls.root = Some("CN=New Root".into());
    let text = text(&report, Style::default());
    assert!(text.contains("Who trusts these hosts"), "{text}");
    assert!(text.contains("its root CN=New Root is outside the trust store"), "{text}");
    holds(&schema(), &parsed(&report));
}

#[test]
fn offline_says_nothing_of_apps() {
    let mut round = offline();
    round.conclusion.offline = true;
    let mut builder = Builder::new(Round::start(), &who);
    for (feed, episode, chain, outcome, verdict) in &round.walked {
        let made = AppVerdict { app: profiles::find("apple").unwrap(), works: Works::No, because: vec!["x".into()] };
        let verdict = crate::judge::EnclosureVerdict { outcome: *outcome, verdict: *verdict, apps: vec![made] };
        let Some(enclosure) = episode.enclosures.first() else { continue };
        builder.enclosure(&EnclosureInput {
            feed: *feed,
            episode,
            enclosure,
            chain: chain.as_ref(),
            verdict: &verdict,
        });
    }
    assert_eq!(Matrix::of(&builder.finish(&round.end())), None);
}
