//! `podprobe init` and `podprobe config` as a user meets them.

use std::path::Path;
use std::process::{Command, Output, Stdio};

fn podprobe(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_podprobe"))
        .args(arguments)
        .current_dir(folder)
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn init_writes_what_config_check_accepts() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| podprobe(folder.path(), arguments, &[]);
    assert_eq!(run(&["init"]).status.code(), Some(0));
    let again = run(&["init"]);
    assert_eq!(again.status.code(), Some(3));
    assert!(said(&again).contains("podprobe.toml: is there already; --force replaces it"), "{}", said(&again));
    let check = run(&["config", "check"]);
    assert_eq!(check.status.code(), Some(0), "{}", said(&check));
    assert!(said(&check).contains("this is the example"), "{}", said(&check));

    let flags = ["--source", "https://feeds.example.org/a.xml", "--channel", "ntfy:https://ntfy.sh/hunter2"];
    let forced = run(&[&["init", "--force"][..], &flags].concat());
    assert_eq!(forced.status.code(), Some(0), "{}", said(&forced));
    let check = run(&["config", "check"]);
    assert_eq!(check.status.code(), Some(0), "{}", said(&check));
    assert!(said(&check).contains("1: https://feeds.example.org/a.xml") && said(&check).contains("ntfy (ntfy"));
    assert!(!said(&check).contains("hunter2") && !said(&forced).contains("hunter2"));

    for wrong in [["--source", "ftp://x/"], ["--channel", "https"], ["--source", "-"]] {
        let output = run(&["init", "--force", wrong[0], wrong[1]]);
        assert_eq!(output.status.code(), Some(3), "{wrong:?}");
        assert!(said(&output).contains(wrong[0]), "{}", said(&output));
    }
    let nowhere = run(&["init", "--config", "no/such/folder/p.toml"]);
    assert_eq!(nowhere.status.code(), Some(3));
    assert!(said(&nowhere).contains("no/such/folder/p.toml: cannot be written"), "{}", said(&nowhere));
}

#[cfg(unix)]
#[test]
fn a_new_file_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    podprobe(folder.path(), &["init", "--config", "a.toml"], &[]);
    let mode = std::fs::metadata(folder.path().join("a.toml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn mistakes_begin_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let write = |text: &str| std::fs::write(folder.path().join("podprobe.toml"), text).unwrap();
    let check = |variables: &[(&str, &str)]| podprobe(folder.path(), &["config", "check"], variables);

    let missing = check(&[]);
    assert_eq!(missing.status.code(), Some(3));
    assert!(said(&missing).starts_with("podprobe.toml: there is no such file"), "{}", said(&missing));

    write("[[source]]\nurl = \"https://feeds.example.org/a.xml\"\n[intervals]\norigns = \"5m\"\n");
    let output = check(&[("PODPROBE_LOG_LEVL", "info")]);
    assert_eq!(output.status.code(), Some(3));
    let expected = "podprobe.toml:4:1: [intervals] has no key \"origns\"; did you mean `origins`?\n\
                    environment: PODPROBE_LOG_LEVL: stands for no setting; did you mean `PODPROBE_LOG_LEVEL`?\n";
    assert_eq!(said(&output), expected);

    write(
        "catalogs = [\"no.json\"]\n[[source]]\nurl = \"https://feeds.example.org/a.xml\"\n[network]\n\
         resolve = [\"a:1:192.0.2.1\", \"nonsense\"]\nconnect_to = [\"a:b\"]\n[trust]\nstores = { apple = \"no.pem\" }\n",
    );
    let output = check(&[]);
    let places: Vec<String> = said(&output).lines().map(|line| line.split(": ").next().unwrap().to_owned()).collect();
    assert_eq!(places, ["podprobe.toml:1:13", "podprobe.toml:5:29", "podprobe.toml:6:15", "podprobe.toml:8:20"]);

    std::fs::write(folder.path().join("podprobe.toml"), b"episodes = 3\nx = \"\xff\"\n").unwrap();
    assert!(said(&check(&[])).contains("line 2 is no UTF-8"));
}

#[cfg(unix)]
#[test]
fn secrets_are_shown_nowhere_and_a_file_that_others_read_is_remarked() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mode = |name: &str, mode| std::fs::set_permissions(path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    let text = "[[source]]\nurl = \"https://me:hunter2@feeds.example.org/a.xml?token=hunter2\"\n\
                [[channel]]\nname = \"team\"\nkind = \"slack\"\nwebhook = { file = \"webhook\" }\n\
                [store]\nurl = \"postgres://me:hunter2@db.example.org/shows\"\n\
                [heartbeat]\nurl = { env = \"BEAT\" }\n";
    std::fs::write(path("podprobe.toml"), text).unwrap();
    std::fs::write(path("webhook"), "https://hooks.slack.com/services/T0/B0/hunter2\n").unwrap();
    mode("webhook", 0o640);
    let beat = [("BEAT", "https://hc-ping.com/hunter2")];
    let open = podprobe(folder.path(), &["config", "check"], &beat);
    assert_eq!(open.status.code(), Some(0), "{}", said(&open));
    assert!(
        said(&open).contains("podprobe.toml:6:11: others may read the secret in webhook (mode 640)"),
        "{}",
        said(&open)
    );
    mode("webhook", 0o600);
    let closed = podprobe(folder.path(), &["config", "check"], &beat);
    assert!(!said(&closed).contains("others may read"), "{}", said(&closed));

    std::fs::write(
        path("podprobe.toml"),
        text.replace("slack\"", "slack\"\nseverity = \"no\"").replace("postgres", "mysql"),
    )
    .unwrap();
    let wrong = podprobe(folder.path(), &["config", "check"], &beat);
    assert_eq!(wrong.status.code(), Some(3));
    for output in [open, closed, wrong] {
        assert!(!said(&output).contains("hunter2"), "{}", said(&output));
    }
}

#[test]
fn the_schema_is_json() {
    let folder = tempfile::tempdir().unwrap();
    let output = podprobe(folder.path(), &["config", "schema"], &[]);
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(schema["properties"]["intervals"]["properties"]["origins"]["default"], "5m");
}
