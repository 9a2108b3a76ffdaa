//! Secrets of a configuration go where they belong and nowhere else.

use std::path::Path;

use super::server::{Reply, Server};
use super::stage::{HEAD, Stage, feed, host, receiver};

const SECRET: &str = "hunter2hunter2";

fn leaks(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        let holds = bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes());
        if holds && !["podprobe.toml", "feed.xml"].contains(&name.as_str()) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let lines =
                text.lines().filter(|line| line.contains(SECRET)).take(5).map(|line| line.chars().take(400).collect());
            found.push(format!("{name}: {:?}", lines.collect::<Vec<String>>()));
        }
    }
    found
}

#[test]
fn a_secret_of_the_configuration_is_in_no_log_and_no_history() {
    let (audio, heart) = (host(), receiver());
    // One platform takes messages, one refuses them and repeats what it was sent.
    let people = receiver();
    let rude = Server::start(|seen| {
        let all = format!("no {} {:?}", seen.target, seen.headers);
        Reply::Full(404, vec![("X-Why", all.replace('\n', " "))], all.into_bytes())
    });
    let down = Server::start(|_| Reply::status(500));
    let text = format!(
        "{HEAD}[[source]]\nfile = \"feed.xml\"\n\
         [[source]]\nurl = \"http://me:{SECRET}@{}/feed.xml?token={SECRET}\"\n\
         [[endpoint]]\nname = \"the CMS\"\nurl = \"http://me:{SECRET}@{}/health?api_key={SECRET}\"\n\
         [[endpoint]]\nname = \"the API\"\nurl = \"http://{}/health\"\n\
         [[channel]]\nname = \"people\"\nkind = \"webhook\"\nurl = \"{}\"\n\
         headers = {{ Authorization = \"Bearer {SECRET}\" }}\n\
         [[channel]]\nname = \"rude\"\nkind = \"webhook\"\nurl = \"{}\"\nheaders = {{ X-Key = \"{SECRET}\" }}\n\
         [[channel]]\nname = \"chat\"\nkind = \"slack\"\nwebhook = \"{}\"\n\
         [heartbeat]\nurl = \"{}\"\nevery = \"100ms\"\n",
        audio.addr,
        down.addr,
        down.addr,
        people.url(&format!("/{SECRET}")),
        rude.url(&format!("/{SECRET}?key={SECRET}")),
        rude.url(&format!("/services/T/B/{SECRET}")),
        heart.url(&format!("/{SECRET}")),
    );
    for (format, filter) in [("text", "trace"), ("json", "trace"), ("text", "")] {
        let stage = Stage::new(&format!("{text}[log]\nformat = \"{format}\"\nlevel = \"debug\"\n"));
        stage.write("feed.xml", &feed(&[audio.url("/1.mp3"), audio.url(&format!("/2.mp3?token={SECRET}"))]));
        let beats = heart.seen().len();
        let (before, refused) = (people.seen().len(), rude.seen().len());
        let daemon = stage.watch_with(|command| {
            if !filter.is_empty() {
                command.env("RUST_LOG", filter);
            }
        });
        let seen = people.until("the outage and the dead letter", |seen| seen.len() >= before + 3);
        assert!(
            seen[before..].iter().all(|seen| seen.header("authorization") == Some(format!("Bearer {SECRET}").as_str()))
        );
        assert!(seen.iter().all(|seen| !seen.body.contains(SECRET)), "{seen:#?}");
        rude.until("both refusals", |seen| seen.len() >= refused + 2);
        heart.until("a beat", |seen| seen.len() > beats);
        assert_eq!(daemon.stop(), Some(0));
        assert_eq!(leaks(stage.path("").as_path()), Vec::<String>::new(), "{format} {filter}");
        for arguments in
            [&["config", "check"][..], &["incidents"], &["incident", "1"], &["export", "--format", "jsonl"]]
        {
            let output = stage.run(arguments);
            let said =
                format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert!(output.status.success() && !said.contains(SECRET), "{arguments:?}: {said}");
        }
    }
}
