//! Channels that refuse, and channels that ask for patience.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use podprobe::incident::Happened;

use super::server::{Reply, Server};
use super::stage::{HEAD, Stage, receiver, told, webhook};

fn outage(down: &Server, channels: &str) -> String {
    format!("{HEAD}[[endpoint]]\nname = \"the CMS\"\nurl = \"{}\"\n{channels}", down.url("/health"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_is_gone_is_announced_on_the_others_once() {
    let (down, gone, people) =
        (Server::start(|_| Reply::status(500)), Server::start(|_| Reply::status(404)), receiver());
    let twice = outage(&down, &format!("{}{}", webhook("gone", &gone), webhook("people", &people)));
    let other = Server::start(|_| Reply::status(500));
    let stage = Stage::new(&format!("{twice}[[endpoint]]\nname = \"the API\"\nurl = \"{}\"\n", other.url("/health")));
    let daemon = stage.watch();
    gone.until("two messages that are refused", |seen| seen.len() == 2);
    people.until("two outages and one dead letter", |seen| seen.len() == 3);
    stage.logged("both refused", |log| log.matches("refused").count() == 2);
    assert_eq!(daemon.stop(), Some(0));
    // The same again after a start: what was refused is tried again in an hour, and nobody is told again.
    let daemon = stage.watch();
    stage.logged("rounds of the second start", |log| {
        log.rsplit_once("podprobe watches").is_some_and(|(_, log)| log.matches("round").count() > 3)
    });
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!(gone.seen().len(), 2, "refused is refused for an hour");
    let told = told(&people.seen());
    let dead: Vec<_> = told.iter().filter(|told| told.phase == "single").collect();
    assert_eq!((told.len(), dead.len()), (3, 1), "{told:#?}");
    assert_eq!(dead[0].headline, "Messages to the channel gone cannot be delivered.");
    let states: Vec<String> = stage
        .dossiers()
        .await
        .into_iter()
        .flat_map(|dossier| dossier.deliveries)
        .map(|delivery| format!("{} {}", delivery.channel, delivery.state))
        .collect();
    assert_eq!(states.iter().filter(|state| *state == "gone waiting").count(), 2, "{states:?}");
    assert_eq!(states.iter().filter(|state| *state == "people delivered").count(), 2, "{states:?}");
}

#[test]
fn a_channel_that_asks_for_patience_gets_it() {
    let asked = AtomicUsize::new(0);
    let busy = Server::start(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::Full(429, vec![("Retry-After", "2".to_owned())], Vec::new()),
        _ => Reply::status(204),
    });
    let down = Server::start(|_| Reply::status(500));
    let stage = Stage::new(&outage(&down, &webhook("busy", &busy)));
    let daemon = stage.watch();
    let seen = busy.until("the second attempt", |seen| seen.len() >= 2);
    let waited = seen[1].at.duration_since(seen[0].at);
    // Without being asked it would have waited fifteen seconds.
    assert!(waited >= Duration::from_secs(2), "{waited:?}");
    assert!(stage.log().contains("not delivered"), "{}", stage.log());
    assert_eq!(seen[0].header("webhook-id"), seen[1].header("webhook-id"));
    assert_eq!(seen[0].body, seen[1].body);
    stage.logged("the delivery", |log| log.contains(" delivered"));
    assert_eq!(daemon.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_incident_is_taken_up_once_whatever_happens_to_the_daemon() {
    let (down, people) = (Server::start(|_| Reply::status(500)), receiver());
    let stage = Stage::new(&outage(&down, &webhook("people", &people)));
    let daemon = stage.watch();
    people.until("the outage", |seen| !seen.is_empty());
    let asked = stage.run(&["acknowledge", "1", "--by", "Ada"]);
    assert_eq!(asked.status.code(), Some(0), "{}", String::from_utf8_lossy(&asked.stderr));
    people.until("that it is taken up", |seen| seen.len() == 2);
    daemon.kill();
    let daemon = stage.watch();
    let before = down.seen().len();
    down.until("more rounds", |seen| seen.len() > before + 3);
    assert_eq!(stage.run(&["acknowledge", "1", "--by", "Ada"]).status.code(), Some(3), "she has it");
    let list = String::from_utf8(stage.run(&["incidents"]).stdout).unwrap();
    assert!(list.contains("taken up by Ada on 20"), "{list}");
    assert_eq!(daemon.stop(), Some(0));
    let dossiers = stage.dossiers().await;
    assert_eq!(dossiers[0].incident.acknowledged.as_ref().map(|(by, _)| by.as_str()), Some("Ada"));
    let happened: Vec<_> = dossiers[0].transitions.iter().map(|transition| &transition.happened).collect();
    assert!(
        matches!(happened[..], [Happened::Opened, Happened::Acknowledged { by, from: None }] if by == "Ada"),
        "{happened:?}"
    );
    let keys: std::collections::BTreeSet<String> = told(&people.seen()).into_iter().map(|told| told.key).collect();
    assert_eq!(keys.len(), 2, "{keys:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_incident_is_taken_over_and_handed_back_and_everybody_is_told() {
    let (down, people) = (Server::start(|_| Reply::status(500)), receiver());
    let stage = Stage::new(&outage(&down, &webhook("people", &people)));
    let daemon = stage.watch();
    people.until("the outage", |seen| !seen.is_empty());
    let said = |output: std::process::Output| {
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.code(), text)
    };
    // Whoever is logged in takes it up, and somebody with a name of their own takes it over.
    let mut asked = stage.command(&["acknowledge", "1"]);
    let (code, text) = said(asked.env_remove("SUDO_USER").env("LOGNAME", "bob").output().unwrap());
    assert_eq!(code, Some(0), "{text}");
    assert!(text.starts_with("Incident 1 is taken up by bob"), "{text}");
    people.until("that it is taken up", |seen| seen.len() == 2);
    let (code, text) = said(stage.run(&["acknowledge", "1", "--by", "Ada"]));
    assert_eq!(code, Some(0), "{text}");
    assert!(text.starts_with("Incident 1 is taken over from bob by Ada"), "{text}");
    people.until("that it is taken over", |seen| seen.len() == 3);
    let (code, text) = said(stage.run(&["acknowledge", "1", "--by", "Ada", "--release"]));
    assert_eq!(code, Some(0), "{text}");
    people.until("that it is handed back", |seen| seen.len() == 4);
    let (code, text) = said(stage.run(&["acknowledge", "1", "--by", "Ada", "--release"]));
    assert!(code == Some(3) && text.contains("nobody has taken"), "{text}");
    assert_eq!(daemon.stop(), Some(0));
    let headlines: Vec<String> = told(&people.seen()).into_iter().map(|told| told.headline).collect();
    assert!(headlines[1].starts_with("bob has taken this up"), "{headlines:#?}");
    assert!(headlines[2].starts_with("Ada has taken this over from bob"), "{headlines:#?}");
    assert!(headlines[3].starts_with("Ada has handed this back"), "{headlines:#?}");
    // Without a name in the environment somebody has to give one.
    let mut nameless = stage.command(&["acknowledge", "1"]);
    for name in ["SUDO_USER", "LOGNAME", "USER", "USERNAME"] {
        nameless.env_remove(name);
    }
    let (code, text) = said(nameless.output().unwrap());
    assert!(code == Some(3) && text.contains("--by"), "{text}");
}
