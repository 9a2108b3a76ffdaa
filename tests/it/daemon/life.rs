//! Starting and stopping, one writer, health, logs, the heartbeat.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::server::{PATIENCE, Reply, Server, free};
use super::stage::{HEAD, Stage, eventually, feed, host, receiver, webhook};

fn with_source(text: &str) -> String {
    format!("{HEAD}[[source]]\nfile = \"feed.xml\"\n{text}")
}

/// A daemon over one host's audio, once it has looked at it.
fn settled(stage: &Stage, audio: &Server) -> super::stage::Daemon {
    stage.write("feed.xml", &feed(&[audio.url("/1.mp3")]));
    let daemon = stage.watch();
    stage.logged("the first round", |log| log.contains("round"));
    daemon
}

pub(super) fn get(addr: SocketAddr, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(addr).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").as_bytes()).ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let status = text.split(' ').nth(1)?.parse().ok()?;
    Some((status, text.split_once("\r\n\r\n")?.1.to_owned()))
}

#[test]
fn a_second_one_is_refused_and_told_who_has_the_store() {
    let audio = host();
    let stage = Stage::new(&with_source(""));
    let first = settled(&stage, &audio);
    let second = stage.run(&["watch"]);
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert_eq!(second.status.code(), Some(3), "{said}");
    assert!(said.contains(&format!("process {} since 20", first.id())), "{said}");
    // Whoever only reads is not refused.
    assert_eq!(stage.run(&["incidents"]).status.code(), Some(0));
    first.kill();
    // The lock ends with its holder, however that ends.
    let third = stage.watch();
    stage.logged("the third one's start", |log| log.matches("podprobe watches").count() == 2);
    assert_eq!(third.stop(), Some(0));
    // What was stopped left everything in the one file.
    assert!(stage.path("podprobe.db").exists() && !stage.path("podprobe.db-wal").exists(), "{}", stage.log());
}

#[test]
fn what_cannot_start_says_why_and_exits_with_3() {
    let stage = Stage::new("[[source]]\nfile = \"feed.xml\"\n[intervals]\norigns = \"5m\"\n");
    let output = stage.run(&["watch"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("podprobe.toml:4:1") && said.contains("did you mean `origins`?"), "{said}");
    assert!(!stage.path("podprobe.db").exists(), "nothing was begun");

    let taken = receiver();
    stage.write("feed.xml", &feed(&[]));
    stage.write("podprobe.toml", &with_source(&format!("[web]\nlisten = \"{}\"\n", taken.addr)));
    let output = stage.run(&["watch"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains(&taken.addr.to_string()), "{said}");
}

#[test]
fn a_stop_does_not_wait_for_a_host_that_never_answers() {
    let silent = Server::start(|_| Reply::Silence);
    let text = with_source("").replace("timeout = \"5s\"", "timeout = \"10m\"");
    let stage = Stage::new(&text);
    stage.write("feed.xml", &feed(&[silent.url("/1.mp3")]));
    let daemon = stage.watch();
    silent.until("the request that hangs", |seen| !seen.is_empty());
    let began = Instant::now();
    assert_eq!(daemon.stop(), Some(0), "{}", stage.log());
    assert!(began.elapsed() < Duration::from_secs(40), "a chain may take sixty seconds: {:?}", began.elapsed());
}

#[test]
fn a_stop_waits_for_messages_as_long_as_it_may_and_a_second_signal_for_nothing() {
    let down = Server::start(|_| Reply::status(500));
    let people = Server::start(|_| Reply::Silence);
    let endpoint =
        format!("[[endpoint]]\nname = \"the CMS\"\nurl = \"{}\"\n{}", down.url("/"), webhook("people", &people));
    let text = |grace: &str| format!("{HEAD}{endpoint}").replace("grace = \"2s\"", &format!("grace = \"{grace}\""));
    let stage = Stage::new(&text("1h"));
    let mut daemon = stage.watch();
    people.until("the message", |seen| !seen.is_empty());
    daemon.signal("INT");
    stage.logged("the stop", |log| log.contains("podprobe stops"));
    daemon.signal("INT");
    assert_eq!(daemon.wait().code(), Some(130), "{}", stage.log());

    // The message was not delivered, so the next one delivers it; a grace of nothing leaves it again.
    stage.write("podprobe.toml", &text("0s"));
    let before = people.seen().len();
    let daemon = stage.watch();
    let seen = people.until("the message again", |seen| seen.len() > before);
    assert_eq!(seen[before].header("webhook-id"), seen[0].header("webhook-id"));
    assert_eq!(daemon.stop(), Some(0), "{}", stage.log());
    assert!(stage.log().contains("messages are left in the outbox"), "{}", stage.log());
}

#[test]
fn health_is_told_apart_from_readiness() {
    let silent = Server::start(|seen| if seen.method == "HEAD" { Reply::Silence } else { Reply::status(204) });
    let addr = free();
    let stage = Stage::new(&with_source(&format!("[web]\nlisten = \"{addr}\"\n")));
    stage.write("feed.xml", &feed(&[silent.url("/1.mp3")]));
    let daemon = stage.watch();
    silent.until("the first round, which hangs", |seen| !seen.is_empty());
    let (status, text) = eventually(|| get(addr, "/healthz"), || stage.log());
    assert_eq!((status, text.contains("no round yet")), (200, true), "{text}");
    assert_eq!(get(addr, "/readyz").unwrap().0, 503);
    // Five seconds later the host has had its time.
    let ready = || get(addr, "/readyz").filter(|(status, _)| *status == 200);
    let (_, text) = eventually(ready, || stage.log());
    assert!(text.contains("last round: 20"), "{text}");
    assert_eq!(daemon.stop(), Some(0));
}

#[test]
fn logs_for_programs_are_one_object_a_line_and_the_heart_beats() {
    let (audio, heart) = (host(), receiver());
    let more = format!(
        "[log]\nformat = \"json\"\nlevel = \"debug\"\n[heartbeat]\nurl = \"{}\"\nevery = \"100ms\"\n",
        heart.url("/beat")
    );
    let stage = Stage::new(&with_source(&more));
    let daemon = settled(&stage, &audio);
    let beats = heart.until("three beats", |seen| seen.len() >= 3);
    assert!(beats.iter().all(|beat| (beat.method.as_str(), beat.target.as_str()) == ("GET", "/beat")), "{beats:?}");
    assert_eq!(daemon.stop(), Some(0));
    let log = stage.log();
    let mut rounds = 0;
    for line in log.lines() {
        let object: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        assert!(object["timestamp"].is_string() && object["level"].is_string(), "{line}");
        rounds += usize::from(object["message"] == "round" && object["origins"].is_u64());
    }
    assert!(rounds > 0, "{log}");
}
