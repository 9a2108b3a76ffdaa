//! `notify test` and `check --notify`: messages past the outbox.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;

use rustls::pki_types::PrivateKeyDer;

use super::server::{Reply, Server};
use super::stage::{Stage, feed, host, receiver, webhook};

fn said(output: &std::process::Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_test_message_goes_to_each_channel_and_says_what_came_of_it() {
    let (people, gone) = (receiver(), Server::start(|_| Reply::status(404)));
    let stage = Stage::new(&format!(
        "[[source]]\nfile = \"feed.xml\"\n{}{}",
        webhook("people", &people),
        webhook("gone", &gone)
    ));
    let all = stage.run(&["notify", "test"]);
    assert_eq!(all.status.code(), Some(3), "{}", said(&all));
    assert!(said(&all).contains("people: delivered") && said(&all).contains("gone: not delivered: "), "{}", said(&all));
    assert_eq!((people.seen().len(), gone.seen().len()), (1, 1));
    assert!(people.seen()[0].body.contains("A test message of podprobe."), "{:?}", people.seen());

    let one = stage.run(&["notify", "test", "people"]);
    assert_eq!((one.status.code(), people.seen().len(), gone.seen().len()), (Some(0), 2, 1), "{}", said(&one));
    let short = stage.run(&["notify", "test", &format!("slack:{}", people.url("/services/T/B/x"))]);
    assert_eq!((short.status.code(), people.seen().len()), (Some(0), 3), "{}", said(&short));
    let unknown = stage.run(&["notify", "test", "peple"]);
    assert_eq!(unknown.status.code(), Some(3));
    assert!(said(&unknown).contains("it has: people, gone"), "{}", said(&unknown));
    assert_eq!(people.seen().len(), 3, "nothing was sent");
    assert!(!stage.path("podprobe.db").exists(), "the history is not touched");
    let bad = stage.run(&["notify", "test", "slack:nonsense"]);
    assert!(bad.status.code() == Some(3) && !said(&bad).contains("--notify"), "{}", said(&bad));
}

/// Takes one message over TLS, under a certificate that it signed itself; the certificate as PEM, the
/// address, and what came.
fn private() -> (String, String, std::thread::JoinHandle<String>) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let taking = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let connection = rustls::ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = rustls::StreamOwned::new(connection, stream);
        let (mut seen, mut part) = (String::new(), [0; 4096]);
        while !seen.ends_with('}') {
            match stream.read(&mut part) {
                Ok(read) if read > 0 => seen.push_str(&String::from_utf8_lossy(&part[..read])),
                _ => return seen,
            }
        }
        let _ = stream.write_all(b"HTTP/1.1 204 Taken\r\nConnection: close\r\n\r\n");
        stream.conn.send_close_notify();
        let _ = stream.flush();
        seen
    });
    (made.cert.pem(), address, taking)
}

#[test]
fn a_test_message_goes_the_way_that_the_configuration_says() {
    let (certificate, address, taking) = private();
    let stage = Stage::new(&format!(
        "time_zone = \"Asia/Tokyo\"\n[[source]]\nfile = \"feed.xml\"\n[trust]\nca_files = [\"ca.pem\"]\n\
         [network]\nuser_agent = \"harbour (bot)\"\n\
         [[channel]]\nname = \"people\"\nkind = \"webhook\"\nurl = \"https://{address}/hook\"\n"
    ));
    stage.write("ca.pem", &certificate);
    let output = stage.run(&["notify", "test"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let seen = taking.join().unwrap();
    assert!(seen.contains("harbour (bot)"), "{seen}");
    assert!(seen.contains("Asia/Tokyo"), "{seen}");
}

#[test]
fn an_ok_result_ends_the_alert_of_the_same_sources_and_is_no_noise_elsewhere() {
    let (audio, pager, people) = (host(), receiver(), receiver());
    let pagerduty = format!(
        "[[channel]]\nname = \"pager\"\nkind = \"pagerduty\"\nrouting_key = \"K\"\napi = \"{}\"\n",
        pager.url("/")
    );
    let stage = Stage::new(&format!("[[source]]\nfile = \"feed.xml\"\n{pagerduty}"));
    stage.write("feed.xml", &feed(&[audio.url("/1.mp3")]));
    stage.write("other.xml", &feed(&[audio.url("/2.mp3")]));
    let chat = format!("slack:{}", people.url("/services/T/B/x"));
    let check = |source: &str| {
        let network = ["--allow-net", "127.0.0.0/8"];
        stage.run(&[&["check", source, "--notify", "pager", "--notify", &chat][..], &network].concat())
    };
    let events = || -> Vec<(String, String)> {
        let bodies =
            pager.seen().into_iter().map(|seen| serde_json::from_str::<serde_json::Value>(&seen.body).unwrap());
        let text = |body: &serde_json::Value, key: &str| body[key].as_str().unwrap_or_default().to_owned();
        bodies.map(|body| (text(&body, "event_action"), text(&body, "dedup_key"))).collect()
    };
    check("feed.xml");
    assert_eq!((events().len(), people.seen().len()), (1, 0), "an OK result is for whoever may have an alert");
    audio.down();
    check("feed.xml");
    check("feed.xml");
    check("other.xml");
    audio.up();
    let said = said(&check("feed.xml"));
    let events = events();
    let actions: Vec<&str> = events.iter().map(|(action, _)| action.as_str()).collect();
    assert_eq!(actions, ["resolve", "trigger", "trigger", "trigger", "resolve"], "{said}");
    let key = &events[0].1;
    assert!([1, 2, 4].iter().all(|at| events[*at].1 == *key) && events[3].1 != *key, "{events:?}");
    assert_eq!(people.seen().len(), 3, "what is wrong is told everywhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_is_sent_at_once_to_the_channels_that_are_named() {
    let (people, others) = (receiver(), receiver());
    let channels = webhook("people", &people) + &webhook("others", &others);
    let stage = Stage::new(&format!("[[source]]\nfile = \"feed.xml\"\n{channels}"));
    let place = podprobe::store::Place::parse(stage.path("podprobe.db").to_str().unwrap()).unwrap();
    podprobe::store::Store::open(&place, jiff::Timestamp::UNIX_EPOCH).await.unwrap().close().await;
    let output = stage.run(&["digest", "--send", "people"]);
    assert_eq!((output.status.code(), said(&output).as_str()), (Some(0), "people: delivered\n"));
    assert_eq!((people.seen().len(), others.seen().len()), (1, 0));
    assert!(people.seen()[0].body.contains("The last 7 days: nothing was looked at."), "{:?}", people.seen());
    let unknown = stage.run(&["digest", "--send", "peple"]);
    assert_eq!((unknown.status.code(), people.seen().len()), (Some(3), 1), "{}", said(&unknown));
    assert!(said(&unknown).contains("did you mean \"people\"?"), "{}", said(&unknown));
}

#[test]
fn a_checks_result_is_posted_and_a_channel_that_fails_makes_it_unknown() {
    let (audio, people, gone) = (host(), receiver(), Server::start(|_| Reply::status(404)));
    let stage = Stage::new(&format!("[[source]]\nfile = \"feed.xml\"\n{}", webhook("people", &people)));
    stage.write("feed.xml", &feed(&[audio.url("/1.mp3")]));
    let check = |channels: &[&str]| {
        let mut words = vec!["check", "feed.xml", "--allow-net", "127.0.0.0/8", "--fail-on", "critical"];
        for word in channels {
            words.extend(if word.starts_with("--") { vec![*word] } else { vec!["--notify", word] });
        }
        let output = stage.run(&words);
        (output.status.code().unwrap(), said(&output))
    };
    let chat = format!("slack:{}", people.url("/services/T/B/x"));
    let dead = format!("webhook:{}", gone.url("/hook"));

    let (exit, text) = check(&["people", &chat, "--notify-ok"]);
    assert_eq!((exit, people.seen().len()), (0, 2), "{text}");
    let (exit, text) = check(&["people", &dead]);
    assert_eq!((exit, people.seen().len(), gone.seen().len()), (3, 3, 1), "{text}");
    assert!(text.contains("not delivered") && !text.contains("/hook"), "{text}");

    audio.down();
    let (exit, text) = check(&["people", &dead]);
    assert_eq!((exit, people.seen().len()), (2, 4), "a critical finding goes before a channel that fails: {text}");
    let told = people.seen()[3].body.clone();
    assert!(told.contains("refuses every connection"), "{told}");
    assert!(told.contains("The episode cannot be downloaded.") && !told.contains("CRITICAL"), "as the report: {told}");
    let (exit, text) = check(&["people"]);
    assert_eq!(exit, 2, "{text}");
    // A mistake is told before anything is asked.
    audio.up();
    let before = audio.seen().len();
    let (exit, text) = check(&["nobody"]);
    assert_eq!((exit, audio.seen().len()), (3, before), "{text}");
}
