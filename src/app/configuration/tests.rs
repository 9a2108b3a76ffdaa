use super::*;

#[test]
fn a_few_questions_make_a_file_that_is_valid() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("podprobe.toml");
    let typed = "ftp://x/\nhttps://feeds.example.org/a.xml\n  shows.opml \n\nslack\n\
                 slack:https://hooks.slack.com/services/T0/B0/hunter2\n\nMars/Olympus\nEurope/Berlin\n";
    let (mut answers, mut shown) = (Answers::default(), Vec::new());
    ask(&mut answers, &mut typed.as_bytes(), &mut shown).unwrap();
    let shown = String::from_utf8(shown).unwrap();
    for complaint in ["the scheme is ftp", "expected KIND:URL", "no such time zone"] {
        assert!(shown.contains(complaint), "{shown}");
    }
    assert!(!shown.contains("hunter2"));
    write_new(&path, &config::starter(&answers), false).unwrap();
    let settings = read(&path).unwrap().settings;
    assert_eq!(settings.sources.len(), 2);
    assert_eq!((settings.channels.len(), settings.time_zone.as_str()), (1, "Europe/Berlin"));
}

#[test]
fn no_answers_are_answers_too() {
    let mut answers = Answers::default();
    ask(&mut answers, &mut &b""[..], &mut Vec::new()).unwrap();
    assert_eq!(answers, Answers::default());
}

#[cfg(unix)]
#[test]
fn a_new_file_is_its_owners_alone_and_replaces_none_unless_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("podprobe.toml");
    write_new(&path, "one", false).unwrap();
    assert_eq!(mode_for_others(&path), None);
    assert_eq!(write_new(&path, "two", false).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
    write_new(&path, "three", true).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "three");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn defaults_are_those_of_the_options_of_check() {
    use clap::Parser as _;
    let crate::cli::Command::Check(typed) = crate::cli::Cli::parse_from(["podprobe", "check", "x"]).command else {
        panic!("no check")
    };
    let text = "[[source]]\nurl = \"https://feeds.example.org/a.xml\"\n";
    let network =
        config::load(text, Path::new("p.toml"), &|_| None, &|_| Err(io::ErrorKind::NotFound.into())).unwrap().network;
    let typed = typed.network;
    assert_eq!(network.user_agent, typed.user_agent);
    assert_eq!((network.concurrency, network.per_host), (typed.concurrency, typed.per_host));
    assert_eq!((network.connect_timeout, network.timeout), (typed.connect_timeout, typed.timeout));
    assert_eq!(network.max_redirects, typed.max_redirects);
}

/// What is wrong with a file, a line each; secrets are in none.
fn mistakes_of(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.toml");
    std::fs::write(&path, text).unwrap();
    let mistakes = read(&path).unwrap_err();
    assert!(!mistakes.to_string().contains("hunter2"));
    mistakes.iter().map(|mistake| mistake.line(Path::new("p"))).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_channel_is_held_against_its_kind() {
    let text = "[[source]]\nurl = \"https://feeds.example.org/a.xml\"\n\
                [[channel]]\nname = \"a\"\nkind = \"slak\"\n\
                [[channel]]\nname = \"b\"\nkind = \"slack\"\nwebhok = \"https://hunter2/\"\nfrom = \"critical\"\n\
                escalaton_only = true\n\
                [[channel]]\nkind = \"ntfy\"\nname = \"c\"\ntopic = 5\n\
                [[channel]]\nkind = \"discord\"\nname = \"d\"\n\
                [[channel]]\nkind = \"webhook\"\nname = \"e\"\nurl = \"https://hooks.example.org/\"\n\
                template = \"{{ hunter2\"\n";
    insta::assert_snapshot!(mistakes_of(text));
}

#[test]
fn whatever_is_wrong_with_a_channel_is_told_at_once_and_once() {
    let text = "[[source]]\nurl = \"https://feeds.example.org/a.xml\"\n\
                [[channel]]\nname = \"a\"\nkind = \"email\"\nserver = \"smtp.example.org\"\nport = 0\n\
                from = \"nobody\"\nto = [\"x\"]\n\
                [[channel]]\nname = \"b\"\nkind = \"webhook\"\nurl = { file = \"no-such-file\" }\n\
                template = \"{{ hunter2\"\n\
                [[channel]]\nname = \"c\"\nkind = \"email\"\nserver = \"smtp.example.org\"\n\
                from = \"a@example.org\"\nto = []\n\
                [[channel]]\nname = \"d\"\nkind = \"telegram\"\ntoken = \"123456:ABC-DEF\"\nchat = -1001234567890\n\
                [[channel]]\nname = \"e\"\nkind = \"telegram\"\ntoken = \"12/34\"\nchat = -1.5\n";
    insta::assert_snapshot!(mistakes_of(text));
}

#[test]
fn every_kind_opens_with_its_examples() {
    let http = Http::new(HttpSettings::new("podprobe (bot)".to_owned())).unwrap();
    for kind in crate::notify::KINDS {
        let required = kind.fields.iter().filter(|field| field.required);
        let options = required.map(|field| (field.name.to_owned(), field.example_value())).collect();
        // Of some either of two is needed, and neither by itself.
        if let Err(bad) = kind.open(&options, &http) {
            assert!(bad.key == "webhook" && bad.why.contains("or a `token`"), "{}: {bad}", kind.name);
        }
    }
}

#[test]
fn a_long_list_is_told_in_short() {
    let items: Vec<String> = (1..=7).map(|number| number.to_string()).collect();
    assert_eq!(listed(items), "7: 1, 2, 3, 4, 5, and 2 more");
    assert_eq!(listed(Vec::new()), "none");
}

#[test]
fn when_and_where_the_digest_goes_is_said() {
    let said = |head: &str, text: &str| {
        let text = format!("{head}[[source]]\nurl = \"https://feeds.example.org/a.xml\"\n{text}");
        let read = |_: &Path| Err(io::ErrorKind::NotFound.into());
        let settings = config::load(&text, Path::new("p.toml"), &|_| None, &read).unwrap();
        let summary = summary(&settings);
        summary.lines().find(|line| line.trim_start().starts_with("digest")).unwrap().trim().to_owned()
    };
    let channels = "[[channel]]\nname = \"team\"\nkind = \"ntfy\"\ntopic = \"t\"\n\
                    [[channel]]\nname = \"boss\"\nkind = \"ntfy\"\ntopic = \"b\"\nescalation_only = true\n";
    assert_eq!(said("", channels), "digest       none; the table [digest] asks for one");
    let digest = format!("{channels}[digest]\nweekday = \"friday\"\nat = \"08:05\"\n");
    let all = said("time_zone = \"Europe/Berlin\"\n", &digest);
    assert_eq!(all, "digest       Fridays at 08:05 Europe/Berlin, to 1: team");
    let one = said("", &format!("{channels}[digest]\nchannels = [\"boss\"]\n"));
    assert_eq!(one, "digest       Mondays at 09:00 UTC, to 1: boss");
    let seven = ["c1", "c2", "c3", "c4", "c5", "c6", "c7"]
        .map(|name| format!("[[channel]]\nname = \"{name}\"\nkind = \"ntfy\"\ntopic = \"t\"\n"))
        .concat();
    let all = said("", &format!("{seven}[digest]\n"));
    assert!(all.ends_with("to 7: c1, c2, c3, c4, c5, c6, c7"), "who is told is said in full: {all}");
    assert_eq!(said("", "[digest]\n"), "digest       Mondays at 09:00 UTC, to nobody: there is no channel");
}

#[test]
fn the_quiet_hours_of_a_channel_are_shown() {
    let text = "time_zone = \"Europe/Berlin\"\n[[source]]\nurl = \"https://feeds.example.org/a.xml\"\n\
                [[channel]]\nname = \"team\"\nkind = \"ntfy\"\ntopic = \"t\"\n\
                quiet = { hours = \"22:00-07:30\", days = [\"saturday\", \"sunday\"], even_critical = true }\n";
    let read = |_: &Path| Err(io::ErrorKind::NotFound.into());
    let settings = config::load(text, Path::new("p.toml"), &|_| None, &read).unwrap();
    let summary = summary(&settings);
    assert!(summary.contains("quiet 22:00 to 07:30 Europe/Berlin (Sat Sun), even if critical)"), "{summary}");
}
