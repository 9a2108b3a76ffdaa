mod page;

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::incident::Rules;
use crate::judge::Policy;
use crate::schedule::{Budget, Intervals};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/config");
const MARKER: &str = "hunter2";
const SMALLEST: &str = "[[source]]\nurl = \"https://feeds.example.org/a.xml\"\n";

fn example(name: &str) -> String {
    std::fs::read_to_string(format!("{FOLDER}/{name}.toml")).unwrap()
}

fn env(name: &str) -> Option<String> {
    match name {
        "SLACK_WEBHOOK" | "SECOND" | "STORE" => Some(format!("https://hooks.example.com/{MARKER}\n")),
        "EMPTY" => Some("\n".into()),
        _ => None,
    }
}

fn read(path: &Path) -> io::Result<String> {
    if path == Path::new("etc/secrets/team") {
        Ok(format!("{MARKER}\r\n"))
    } else {
        Err(io::ErrorKind::NotFound.into())
    }
}

fn load_text(text: &str) -> Result<Loaded, Mistakes> {
    load_from(text, Path::new("etc/podprobe.toml"), &Outside { env: &env, read: &read, ..Outside::none() })
}

/// With these variables set.
fn with(text: &str, variables: &[(&str, &str)]) -> Result<Loaded, Mistakes> {
    let variables: BTreeMap<String, String> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let names: Vec<String> = variables.keys().cloned().collect();
    let env = |name: &str| variables.get(name).cloned();
    load_from(
        text,
        Path::new("etc/podprobe.toml"),
        &Outside { env: &env, names: &names, read: &read, ..Outside::none() },
    )
}

#[test]
fn every_bad_file_says_what_is_wrong_and_where() {
    let mut names: Vec<String> = std::fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|name| name != "everything")
        .collect();
    names.sort();
    assert!(names.len() >= 19);
    let mut all = String::new();
    for name in names {
        let mistakes = match load_text(&example(&name)) {
            Ok(_) => panic!("{name} has no mistake"),
            Err(mistakes) => mistakes.to_string(),
        };
        assert!(!mistakes.contains(MARKER), "{mistakes}");
        all.push_str(&mistakes.replace("etc/podprobe.toml", &name));
        all.push_str("\n\n");
    }
    insta::assert_snapshot!(all);
}

#[test]
fn everything_resolves() {
    let seen = std::cell::RefCell::new(BTreeMap::new());
    let beyond = |_: &Settings, places: &BTreeMap<String, At>| {
        seen.replace(places.clone());
        Vec::new()
    };
    let outside = Outside { env: &env, read: &read, beyond: &beyond, ..Outside::none() };
    let loaded = load_from(&example("everything"), Path::new("etc/podprobe.toml"), &outside).unwrap();
    let places = seen.take();
    let shown = format!("{loaded:#?}");
    assert!(!shown.contains(MARKER), "{shown}");
    insta::assert_snapshot!(format!("{:#?}", loaded.settings));
    for table in std::iter::once(&TOP).chain(TABLES) {
        for key in table.keys {
            let at = match (table.name, table.many) {
                ("", _) => key.name.to_owned(),
                (name, false) => format!("{name}.{}", key.name),
                ("source", true) if key.name == "file" => "source[1].file".into(),
                ("source", true) if key.name == "source" => "source[2].source".into(),
                (name, true) => format!("{name}[0].{}", key.name),
            };
            assert!(places.contains_key(&at), "everything.toml lacks {at}");
        }
    }
    let team = &loaded.settings.channels[0];
    let option = |key: &str| &team.options.iter().find(|option| option.key == key).unwrap().value;
    assert_eq!(option("webhook"), &format!("https://hooks.example.com/{MARKER}"));
    assert_eq!(option("labels")["team"], MARKER);
    assert_eq!(option("to")[1], format!("https://hooks.example.com/{MARKER}"));
    assert_eq!(loaded.secret_files[0].0, Path::new("etc/secrets/team"));
    assert_eq!(loaded.settings.store.url.expose(), "sqlite:etc/history.db");
}

/// Takes a key out of every example value; what is then understood must differ.
#[test]
fn no_key_is_without_effect() {
    let whole: toml::Table = toml::from_str(&example("everything")).unwrap();
    let settings = |table: &toml::Table| {
        load_text(&toml::to_string(table).unwrap()).map(|loaded| {
            // Places move when a line goes; they are no effect.
            let mut settings = loaded.settings;
            for channel in &mut settings.channels {
                channel.place = Place::default();
                channel.options.iter_mut().for_each(|option| option.place = Place::default());
            }
            settings
        })
    };
    let full = settings(&whole).unwrap();
    let differs = |path: &str, without: &toml::Table| {
        assert!(settings(without).as_ref() != Ok(&full), "{path} changes nothing");
    };
    for (name, value) in &whole {
        match value {
            toml::Value::Table(table) => {
                for (key, value) in table {
                    let mut without = whole.clone();
                    without[name].as_table_mut().unwrap().remove(key);
                    differs(&format!("{name}.{key}"), &without);
                    for inner in value.as_table().into_iter().flat_map(|inner| inner.keys()) {
                        let mut without = whole.clone();
                        without[name][key].as_table_mut().unwrap().remove(inner);
                        differs(&format!("{name}.{key}.{inner}"), &without);
                    }
                }
            }
            toml::Value::Array(tables) if tables.iter().all(toml::Value::is_table) => {
                for key in tables[0].as_table().unwrap().keys() {
                    let mut without = whole.clone();
                    without[name][0].as_table_mut().unwrap().remove(key);
                    differs(&format!("{name}.{key}"), &without);
                }
            }
            _ => {
                let mut without = whole.clone();
                without.remove(name);
                differs(name, &without);
            }
        }
    }
}

#[test]
fn defaults_are_those_of_the_rooms() {
    let loaded = load_text(SMALLEST).unwrap();
    let settings = loaded.settings;
    assert_eq!(settings.intervals, Intervals::default());
    assert_eq!(settings.budget, Budget::default());
    assert_eq!(settings.policy, Policy::default());
    assert_eq!(settings.rules, Rules::default());
    assert_eq!(settings.log, LogSettings { format: LogFormat::default(), level: Level::default() });
    assert_eq!(settings.trust, TrustSettings::default());
    assert_eq!((settings.episodes, settings.time_zone.as_str()), (10, "UTC"));
    assert_eq!(settings.store.url.expose(), "etc/podprobe.db");
    assert!(settings.digest.is_none() && settings.heartbeat.is_none() && settings.web.is_none());
    let remarks: Vec<&str> = loaded.remarks.iter().map(|remark| remark.what.as_str()).collect();
    assert!(remarks.len() == 2 && remarks[0].contains("[[channel]]") && remarks[1].contains("[heartbeat]"));
}

#[test]
fn every_default_and_example_is_valid() {
    for table in std::iter::once(&TOP).chain(TABLES) {
        for key in table.keys {
            assert!(!key.shown().is_empty() && key.help.ends_with('.'), "{}.{}", table.name, key.name);
            assert!(!(key.required && key.default.is_some()), "{}.{}", table.name, key.name);
            toml::de::DeValue::parse(key.shown()).unwrap();
        }
    }
}

#[test]
fn the_environment_overrides_the_file() {
    let text = format!("episodes = 5\n{SMALLEST}[log]\nlevel = \"warn\"\n");
    let loaded = with(
        &text,
        &[
            ("PODPROBE_EPISODES", "7"),
            ("PODPROBE_STORE_URL", "postgres://me:hunter2@db.example/shows"),
            ("PODPROBE_NETWORK_CONCURRENCY", "9"),
            ("PODPROBE_LOG_LEVEL", ""),
            ("PODPROBE_HEARTBEAT_URL", "https://hc-ping.com/hunter2"),
            ("PODPROBE_WEB_LISTEN", "127.0.0.1:1"),
            ("PODPROBE_SERVICE_HOST", "10.0.0.1"),
            ("PODPROBE_WRITE_DOCS", "1"),
        ],
    )
    .unwrap();
    assert!(!format!("{loaded:?}").contains(MARKER));
    let settings = loaded.settings;
    assert_eq!((settings.episodes, settings.network.concurrency, settings.log.level), (7, 9, Level::Warn));
    assert_eq!(settings.store.url.expose(), "postgres://me:hunter2@db.example/shows");
    assert!(settings.heartbeat.is_some() && settings.web.is_some(), "a table stands where a variable speaks of it");
}

#[test]
fn wrong_variables_are_mistakes() {
    let mistakes = with(
        SMALLEST,
        &[
            ("PODPROBE_EPISODES", "many"),
            ("PODPROBE_STORE_URI", "x"),
            ("PODPROBE_NETWORK_ALLOW_NET", "10.0.0.0/8"),
            ("PODPROBE_CATALOGS", "own.json"),
            ("PODPROBE_STORE_URL", "mysql://me:hunter2@db/shows"),
            ("PODPROBE_HEARTBEAT_EVERY", "1m"),
            ("PODPROBE_POLICY_REQUIRE_HEAD", "yes"),
        ],
    )
    .unwrap_err();
    insta::assert_snapshot!(mistakes.to_string());
}

#[test]
fn a_variable_that_a_secret_comes_from_may_have_any_name() {
    let text = format!("{SMALLEST}[[channel]]\nname = \"a\"\nkind = \"slack\"\nurl = {{ env = \"PODPROBE_SLACK\" }}\n");
    let loaded = with(&text, &[("PODPROBE_SLACK", "https://hooks.example/")]).unwrap();
    assert_eq!(loaded.settings.channels[0].options[0].value, "https://hooks.example/");
    assert_eq!(with(&text, &[]).unwrap_err().count(), 1);
}

#[test]
fn other_rooms_speak_along_with_the_walk() {
    let beyond = |settings: &Settings, places: &BTreeMap<String, At>| {
        assert_eq!(settings.network.resolve, ["nonsense"]);
        vec![Mistake::new(places["network.resolve[0]"].clone(), "is nonsense")]
    };
    let text = format!("{SMALLEST}[network]\nresolve = [\"nonsense\"]\n[logs]\n");
    let outside = Outside { beyond: &beyond, ..Outside::none() };
    let mistakes = load_from(&text, Path::new("p.toml"), &outside).unwrap_err();
    assert_eq!(
        mistakes.to_string(),
        "p.toml:4:12: is nonsense\np.toml:5:2: there is no key or table \"logs\"; did you mean `log`?"
    );
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let mistakes = load_text(&"#".repeat(MAX_BYTES + 1)).unwrap_err();
    assert_eq!(mistakes.to_string(), "etc/podprobe.toml: is larger than 4 MiB");
}

#[test]
fn what_surprises_is_remarked() {
    let text = "[[source]]\nurl = \"https://example.com/feed.xml\"\n[[channel]]\nname = \"a\"\nkind = \"slack\"\n\
                [[channel]]\nname = \"b\"\nkind = \"slack\"\nescalation_only = true\n[incidents]\nescalate = \"never\"\n\
                [network]\nuser_agent = \"watcher\"\n\
                [[source]]\nurl = \"https://feeds.example.org/b.xml\"\ntags = [\"flagship\"]\n\
                [[maintenance]]\nname = \"m\"\nfrom = 2026-12-24T18:00:00Z\nto = 2026-12-24T22:00:00Z\n\
                tags = [\"flagship\", \"flagshp\"]\n\
                [[channel]]\nname = \"c\"\nkind = \"slack\"\ntags = [\"nobody's\"]\n";
    let remarks = load_text(text).unwrap().remarks;
    let lines: Vec<String> = remarks.iter().map(|remark| remark.line(Path::new("p.toml"))).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_new_file_is_valid_and_shows_every_key() {
    let options = serde_json::json!({ "url": "https://hooks.example/\"\\\n", "a b": [1, true, { "x": "y" }] });
    let channel = |name: &str| NewChannel {
        name: name.into(),
        kind: "slack".into(),
        options: options.as_object().unwrap().clone(),
    };
    let answers = Answers {
        sources: vec!["https://feeds.example.org/a.xml".into(), "b.opml".into(), "b.opml".into()],
        channels: vec![channel("slack"), channel("slack")],
        time_zone: Some("Europe/Berlin".into()),
    };
    for answers in [&Answers::default(), &answers] {
        let text = starter(answers);
        let loaded = load_text(&text).unwrap_or_else(|mistakes| panic!("{mistakes}\n{text}"));
        assert_eq!(loaded.settings.channels.len(), answers.channels.len());
        let defaults = load_text(SMALLEST).unwrap().settings;
        assert_eq!(loaded.settings.intervals, defaults.intervals);
        for table in std::iter::once(&TOP).chain(TABLES) {
            let header = if table.name.is_empty() { String::new() } else { table.header() };
            let from = text.find(&header).unwrap_or_else(|| panic!("{header} is not in it"));
            for key in table.keys {
                let is_there = |line: &str| line.trim_start_matches("# ").starts_with(&format!("{} = ", key.name));
                assert!(text[from..].lines().any(is_there), "{header} {}", key.name);
            }
        }
        assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
    }
    let named: Vec<String> =
        load_text(&starter(&answers)).unwrap().settings.channels.iter().map(|c| c.name.clone()).collect();
    assert_eq!(named, ["slack", "slack-2"]);
    assert_eq!(
        load_text(&starter(&answers)).unwrap().settings.channels[1].options[1].value["x"],
        serde_json::Value::Null
    );
    assert!(!format!("{answers:?}").contains("hooks"));
}

#[test]
fn what_a_new_file_comments_out_is_valid_too() {
    let text: String = starter(&Answers::default())
        .lines()
        // One way to say what is watched is enough.
        .filter(|line| !line.starts_with("# file = ") && !line.starts_with("# source = "))
        .map(|line| format!("{}\n", line.strip_prefix("# ").unwrap_or(line)))
        .skip_while(|line| !line.starts_with("##"))
        .collect();
    let loaded = load_text(&text).unwrap_or_else(|mistakes| panic!("{mistakes}\n{text}"));
    assert_eq!(loaded.settings.intervals, Intervals::default());
    assert_eq!(loaded.settings.channels[0].name, "team");
    assert!(loaded.settings.heartbeat.is_some() && loaded.settings.digest.is_some());
}

#[test]
fn a_file_cut_anywhere_is_read_without_a_panic() {
    let text = example("everything");
    for end in (0..text.len()).step_by(23) {
        let _ = load_text(&text[..end]);
    }
    for nested in ["[", "{a=", "a.", "[[", "\"\"\"", "a=[{", "x={env="] {
        let _ = load_text(&nested.repeat(3000));
        let _ = load_text(&format!("x = {}", nested.repeat(3000)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_without_a_panic(text in "\\PC{0,200}", cut in 0usize..4000, cut_to in 0usize..40) {
        let _ = load_text(&text);
        // A piece of a sound file replaced by anything.
        let sound = example("everything");
        let (Some(head), Some(tail)) = (sound.get(..cut), sound.get(cut + cut_to..)) else { return Ok(()) };
        let _ = load_text(&format!("{head}{text}{tail}"));
    }
}
