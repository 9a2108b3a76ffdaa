//! What the files of `deploy/` say of podprobe is true.

use podprobe::notify::kind;

fn file(name: &str) -> String {
    let path = format!("{}/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{path}: {why}"))
}

fn setting<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    text.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
}

#[test]
fn the_service_is_started_again_for_as_long_as_it_takes() {
    let unit = file("deploy/podprobe.service");
    assert_eq!(setting(&unit, "StartLimitIntervalSec"), ["0"]);
    assert_eq!(setting(&unit, "StartLimitBurst"), Vec::<&str>::new());
    assert_eq!(setting(&unit, "Restart"), ["on-failure"]);
}

#[test]
fn the_secret_of_the_service_is_an_option_that_slack_has() {
    let unit = file("deploy/podprobe.service");
    let line = unit.lines().find(|line| line.contains("{ file = ")).unwrap();
    let option = line.trim_start_matches(['#', ' ']).split(' ').next().unwrap();
    assert!(kind("slack").unwrap().fields.iter().any(|field| field.name == option), "{line}");
}

#[test]
fn the_images_user_can_read_what_its_header_mounts() {
    let image = file("deploy/Dockerfile");
    let (header, rest) = image.split_once("\nFROM").unwrap();
    let user = rest.split("--uid ").nth(1).unwrap().split(' ').next().unwrap();
    assert!(header.contains(&format!("install -d -o {user}")) && header.contains(&format!("chown -R {user}")));
    assert!(!header.contains("podprobe.toml:"), "a single file that is mounted never changes");
    let ignored = file(".dockerignore");
    for line in rest.lines().filter(|line| line.starts_with("COPY ") && !line.contains("--from")) {
        for copied in line.split(' ').skip(1).filter(|word| !word.starts_with("./")) {
            assert!(ignored.contains(&format!("!{copied}\n")), "{copied} is copied and ignored");
        }
    }
}

#[test]
fn every_place_names_the_same_rust() {
    let manifest = file("Cargo.toml");
    let wanted = manifest.lines().find_map(|line| line.strip_prefix("rust-version = \"")?.split('"').next()).unwrap();
    assert!(file("deploy/Dockerfile").contains(&format!("FROM rust:{wanted}-")));
    let workflow = file("deploy/github-action.yml");
    assert!(
        workflow.contains(&format!("toolchain install {wanted} ")) && workflow.contains(&format!("cargo +{wanted} "))
    );
}

#[test]
fn the_workflow_asks_every_host_once() {
    let workflow = file("deploy/github-action.yml");
    assert_eq!(workflow.lines().filter(|line| line.contains("podprobe check ")).count(), 1);
    assert!(workflow.contains("retention-days:") && workflow.contains("actions/cache"));
}
