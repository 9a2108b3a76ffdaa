//! The store cannot be written to for a while: the disk is full, say. A limit on the size of files
//! that the process may write stands for it: it needs no rights and no file system of its own.

use std::process::Command;

use super::server::{Server, free};
use super::stage::{Daemon, HEAD, Stage, eventually, feed, host, receiver, told, webhook};

fn limit(daemon: &Daemon, bytes: &str) {
    let pid = daemon.id().to_string();
    let set = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={bytes}:unlimited")]).status().unwrap();
    assert!(set.success());
}

fn ready(server: std::net::SocketAddr) -> Option<(u16, String)> {
    super::life::get(server, "/readyz")
}

#[test]
fn a_full_disk_loses_no_message_and_stops_nothing() {
    if Command::new("prlimit").arg("--version").output().is_err() {
        println!("SKIPPED: prlimit is not here (Debian: apt-get install util-linux)");
        return;
    }
    let (audio, well, people): (Server, Server, Server) = (host(), host(), receiver());
    let addr = free();
    let stage = Stage::new(&format!(
        "{HEAD}[[source]]\nfile = \"feed.xml\"\n[web]\nlisten = \"{addr}\"\n{}",
        webhook("people", &people)
    ));
    stage.write("feed.xml", &feed(&[audio.url("/1.mp3"), well.url("/2.mp3")]));
    // The signal of that limit ends a process that does not ignore it; a full disk sends none.
    let mut daemon = stage.watch_with(|command| {
        let program = command.get_program().to_owned();
        let folder = command.get_current_dir().unwrap().to_owned();
        let envs: Vec<_> =
            command.get_envs().map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned))).collect();
        *command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; exec \"$0\" watch"]).arg(program).current_dir(folder);
        for (name, value) in envs {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
    });
    eventually(|| ready(addr).filter(|(status, _)| *status == 200), || "it does not get ready".to_owned());

    limit(&daemon, "0");
    let (_, said) = eventually(|| ready(addr).filter(|(status, _)| *status == 503), || "it stays ready".to_owned());
    assert!(said.contains("the history cannot be written"), "{said}");
    assert_eq!(super::life::get(addr, "/healthz").unwrap().0, 200, "a restart would mend nothing");
    // What happens meanwhile is seen: it takes its rounds on, more slowly.
    audio.down();
    let rounds = well.seen().len();
    well.until("three more rounds", |seen| seen.len() > rounds + 2);
    assert!(daemon.ended().is_none());

    limit(&daemon, "unlimited");
    eventually(|| ready(addr).filter(|(status, _)| *status == 200), || "it does not recover".to_owned());
    people.until("the outage", |seen| !seen.is_empty());
    audio.up();
    let seen = people.until("the recovery", |seen| seen.len() >= 2);
    let phases: Vec<String> = told(&seen).into_iter().map(|told| format!("{} {}", told.phase, told.code)).collect();
    assert_eq!(phases, ["first connect-refused", "end connect-refused"]);
    assert_eq!(daemon.stop(), Some(0));
}
