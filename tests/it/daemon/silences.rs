//! Silences, asked for while the daemon runs: made, listed, lifted.

use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::server::{Reply, Server};
use super::stage::{HEAD, Stage, eventually, receiver, told, webhook};

fn said(output: Output) -> (Option<i32>, String) {
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code(), text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_silence_holds_is_told_when_it_is_lifted() {
    let fine = Arc::new(AtomicBool::new(true));
    let is_fine = Arc::clone(&fine);
    let cms = Server::start(move |_| Reply::status(if is_fine.load(Ordering::SeqCst) { 200 } else { 500 }));
    let people = receiver();
    let text = format!(
        "time_zone = \"Europe/Berlin\"\n{HEAD}[[endpoint]]\nname = \"the CMS\"\nurl = \"{}\"\n{}",
        cms.url("/health"),
        webhook("people", &people)
    );
    let host = cms.url("").split(['/', ':']).nth(3).unwrap().to_owned();
    let stage = Stage::new(&text);
    let daemon = stage.watch();
    cms.until("a round", |seen| !seen.is_empty());
    stage.logged("the first round", |log| log.contains("round"));

    let (code, text) = said(stage.run(&["silence", "--host", &host, "--for", "2h", "--by", "Ada"]));
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.starts_with(&format!("Silence 1: nobody is told about {host} and what is below it, for Ada\nuntil 20")),
        "{text}"
    );
    assert!(text.contains(" UTC (20") && text.contains(" Europe/Berlin)"), "{text}");
    let (code, text) = said(stage.run(&["silence", "--list"]));
    assert!(code == Some(0) && text.contains(&format!("    1  {host} and what is below it\n")), "{text}");
    let json = stage.run(&["silence", "--list", "--format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!((&json["schema"], &json["silences"][0]["by"]), (&"podprobe.silences/v1".into(), &"Ada".into()));
    assert_eq!(json["silences"][0]["everything"], false);

    // It begins in the silence: nobody is told, and the page says why.
    fine.store(false, Ordering::SeqCst);
    let page = eventually(
        || {
            Some(said(stage.run(&["incident", "1"])))
                .filter(|(code, text)| *code == Some(0) && text.contains("Who was told ("))
        },
        || stage.log(),
    );
    assert!(page.1.contains("waits: silenced, or maintenance, until 20"), "{}", page.1);
    assert!(people.seen().is_empty());

    // What is not there cannot be silenced or lifted, and what is there is named.
    let (code, text) = said(stage.run(&["silence", "--incident", "9", "--for", "2h"]));
    assert!(code == Some(3) && text.contains("there is no incident 9; going on is 1 alone"), "{text}");
    let (code, text) = said(stage.run(&["silence", "--lift", "9"]));
    assert!(code == Some(3) && text.contains("there is no silence 9; in force: 1"), "{text}");
    let (code, text) = said(stage.run(&["silence", "--host", "cdn.elsewhere.example", "--for", "1h"]));
    assert!(code == Some(0) && text.contains("it is silenced all the same"), "{text}");
    let (code, text) = said(stage.run(&["silence", "--host", "127.0.0.1"]));
    assert!(code == Some(3) && text.contains("--for"), "{text}");

    let (code, text) = said(stage.run(&["silence", "--lift", "1"]));
    assert!(code == Some(0) && text.starts_with(&format!("Silence 1 is lifted: {host}")), "{text}");
    people.until("what was held", |seen| !seen.is_empty());
    let (_, text) = said(stage.run(&["silence", "--lift", "all"]));
    assert!(text.contains("cdn.elsewhere.example"), "{text}");
    assert!(said(stage.run(&["silence", "--list"])).1.contains("No silence is in force"));
    assert_eq!(daemon.stop(), Some(0));
    let told = told(&people.seen());
    assert_eq!((told.len(), told[0].phase.as_str()), (1, "first"), "{told:#?}");
    assert!(!people.seen()[0].body.contains("Held back"), "it is held no more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silence_that_is_lifted_while_nobody_watches_is_heard_at_the_start() {
    let (down, people) = (Server::start(|_| Reply::status(500)), receiver());
    let maintenance = "[[maintenance]]\nname = \"the move\"\nfrom = 2020-01-01T00:00:00Z\nto = 2100-01-01T00:00:00Z\n";
    let text = format!(
        "{HEAD}[[endpoint]]\nname = \"the CMS\"\nurl = \"{}\"\n{}",
        down.url("/health"),
        webhook("people", &people)
    );
    let stage = Stage::new(&format!("{text}{maintenance}"));
    let daemon = stage.watch();
    let waits = || Some(said(stage.run(&["incident", "1"])).1).filter(|text| text.contains("waits: silenced"));
    eventually(waits, || stage.log());
    assert_eq!(daemon.stop(), Some(0));
    assert!(people.seen().is_empty(), "it is held");
    // The window is taken out of the configuration: what it held is told by the next start.
    stage.write("podprobe.toml", &text);
    let daemon = stage.watch();
    people.until("what was held", |seen| !seen.is_empty());
    assert_eq!(daemon.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_ask_for_does_not_wait_for_the_next_round() {
    let (down, people) = (Server::start(|_| Reply::status(500)), receiver());
    let text = format!(
        "{HEAD}[[endpoint]]\nname = \"the CMS\"\nurl = \"{}\"\n{}",
        down.url("/health"),
        webhook("people", &people)
    );
    let stage = Stage::new(&text);
    let daemon = stage.watch();
    people.until("the incident", |seen| !seen.is_empty());
    assert_eq!(daemon.stop(), Some(0));
    // From now on a round is an hour away.
    stage.write("podprobe.toml", &text.replace("\"100ms\"", "\"1h\"").replace("\"200ms\"", "\"1h\""));
    let rounds = |log: &str| log.matches("requests=").count();
    let before = rounds(&stage.log());
    let daemon = stage.watch();
    stage.logged("the first round", |log| rounds(log) > before);
    let (code, text) = said(stage.run(&["acknowledge", "1", "--by", "Ada"]));
    assert!(code == Some(0) && text.contains("within seconds"), "{text}");
    let taken = || Some(said(stage.run(&["incident", "1"])).1).filter(|text| text.contains("taken up by Ada"));
    eventually(taken, || stage.log());
    assert_eq!(daemon.stop(), Some(0));
}
