//! House rules as a test: the three laws of the floor plan (`src/lib.rs`), and a few more that no
//! lint knows.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Pairs of hands that may import each other, each with its reason in docs/ARCHITECTURE.md.
const MEETING_HANDS: &[(&str, &str)] = &[];

/// What no room above the line may touch.
const FORBIDDEN_ABOVE: &[&str] = &[
    "std::net::Tcp",
    "std::net::Udp",
    "std::fs",
    "std::env",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "tokio::",
    "hyper::",
    "reqwest::",
    "tracing::",
    "println!",
    "eprintln!",
    "std::io::stdin",
    "std::io::stdout",
];

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The rooms in the order of the floor plan, and whether each is above the line.
fn rooms() -> Vec<(String, bool)> {
    let plan = fs::read_to_string(src().join("lib.rs")).unwrap();
    let mut above = true;
    let mut rooms = Vec::new();
    for line in plan.lines() {
        if line.starts_with("// ---- the line") {
            above = false;
        }
        if let Some(rest) = line.strip_prefix("pub mod ") {
            rooms.push((rest.split(';').next().unwrap().to_owned(), above));
        }
    }
    assert!(rooms.len() > 10, "the floor plan could not be read");
    rooms
}

fn files_below(path: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, out);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            out.push(path);
        }
    }
}

/// Every source file by room, without the parts that only tests see.
fn sources() -> BTreeMap<String, Vec<(PathBuf, String)>> {
    let mut files = Vec::new();
    files_below(&src(), &mut files);
    let mut by_room: BTreeMap<String, Vec<(PathBuf, String)>> = BTreeMap::new();
    for file in files {
        let relative = file.strip_prefix(src()).unwrap();
        let room = relative.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        let is_test = relative
            .iter()
            .any(|part| part.to_str().is_some_and(|part| part.starts_with("tests") || part == "testing.rs"));
        if is_test || room == "lib" || room == "main" {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("\n#[cfg(test)]\nmod tests").next().unwrap();
        let code = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        by_room.entry(room).or_default().push((relative.to_owned(), code));
    }
    by_room
}

/// The rooms that a text imports or names by `crate::room`, `crate::{room, ...}` included.
fn imports(code: &str, rooms: &[(String, bool)]) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let names: Vec<&str> = if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            group
                .split(|c| {
                    match c {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        _ => {}
                    }
                    depth <= 0 && c == ','
                })
                .take(20)
                .collect()
        } else {
            vec![rest]
        };
        for name in names {
            let name: String = name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if rooms.iter().any(|(room, _)| *room == name) {
                found.push(name);
            }
        }
    }
    found
}

#[test]
fn a_room_imports_only_rooms_above_it() {
    let rooms = rooms();
    let place = |name: &str| rooms.iter().position(|(room, _)| room == name);
    for (room, files) in sources() {
        let own = place(&room).unwrap_or_else(|| panic!("src/{room} is not on the floor plan"));
        for (file, code) in files {
            for import in imports(&code, &rooms) {
                let theirs = place(&import).unwrap();
                assert!(theirs <= own, "{}: `{room}` imports `{import}`, which is declared below it", file.display());
            }
        }
    }
}

#[test]
fn above_the_line_there_is_no_outside_world() {
    for (room, above) in rooms() {
        if !above {
            continue;
        }
        for (file, code) in sources().remove(&room).unwrap_or_default() {
            for word in FORBIDDEN_ABOVE {
                assert!(!code.contains(word), "{}: `{word}` above the line", file.display());
            }
        }
    }
}

#[test]
fn hands_meet_in_app_alone() {
    let rooms = rooms();
    let is_hand = |name: &str| rooms.iter().any(|(room, above)| room == name && !above);
    for (room, files) in sources() {
        if !is_hand(&room) || room == "app" {
            continue;
        }
        for (file, code) in files {
            for import in imports(&code, &rooms) {
                let allowed =
                    import == room || !is_hand(&import) || MEETING_HANDS.contains(&(room.as_str(), import.as_str()));
                assert!(allowed, "{}: hand `{room}` imports hand `{import}`", file.display());
            }
        }
    }
}

#[test]
fn every_room_says_what_lives_there() {
    for (room, _) in rooms() {
        let text = fs::read_to_string(src().join(format!("{room}.rs"))).unwrap();
        let first = text.lines().next().unwrap_or_default();
        assert!(first.starts_with("//! ") && first.len() > 30, "src/{room}.rs begins without saying what lives there");
    }
}

#[test]
fn nothing_is_left_to_do_later() {
    for files in sources().into_values() {
        for (file, code) in files {
            for word in ["todo!(", "unimplemented!(", "dbg!("] {
                assert!(!code.contains(word), "{}: {word}", file.display());
            }
        }
    }
}

#[test]
fn no_drawer_is_called_utils() {
    let mut files = Vec::new();
    files_below(&src(), &mut files);
    for file in files {
        let stem = file.file_stem().unwrap().to_str().unwrap();
        assert!(!["utils", "util", "common", "types", "helpers", "misc"].contains(&stem), "{}", file.display());
    }
}

#[test]
fn tests_do_not_sleep() {
    let mut files = Vec::new();
    files_below(&src(), &mut files);
    files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"), &mut files);
    let (thread, task) = (concat!("thread::", "sleep("), concat!("time::", "sleep("));
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let in_lab = file.starts_with(src().join("lab"))
            || file.starts_with(src().join("probe")) && !file.to_str().unwrap().contains("test");
        assert!(!text.contains(thread), "{}: {thread}", file.display());
        assert!(in_lab || !text.contains(task), "{}: {task}", file.display());
    }
}
