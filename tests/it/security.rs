//! SECURITY.md promises nothing that no test shows.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below a folder, by the path of its module.
fn modules(folder: &Path, prefix: &[String], out: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mut module = prefix.to_vec();
        module.push(path.file_stem().unwrap().to_str().unwrap().to_owned());
        if path.is_dir() {
            modules(&path, &module, out);
        } else if path.extension().is_some_and(|end| end == "rs") {
            out.insert(module.join("::"), fs::read_to_string(&path).unwrap());
        }
    }
}

/// Whether `text` defines a test of this name.
fn tests(text: &str, name: &str) -> bool {
    let Some((before, _)) = text.split_once(&format!("fn {name}(")) else { return false };
    // The attributes, and a comment, stand directly above.
    let above = before.rsplit("\n\n").next().unwrap_or_default();
    let above = above.rsplit('}').next().unwrap_or_default();
    above.contains("#[test]") || above.contains("#[tokio::test")
}

#[test]
fn every_test_that_is_named_exists() {
    let page = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let mut known = BTreeMap::new();
    modules(&root().join("src"), &[], &mut known);
    modules(&root().join("tests/it"), &[], &mut known);
    let named: Vec<&str> = page.split('`').skip(1).step_by(2).filter(|code| code.contains("::")).collect();
    assert!(named.len() > 40, "{}", named.len());
    for path in named {
        let (module, name) = path.rsplit_once("::").unwrap();
        // `mod tests` may stand in the file of its room.
        let files = [module, module.strip_suffix("::tests").unwrap_or(module)];
        let found = files.iter().filter_map(|file| known.get(*file)).any(|text| tests(text, name));
        assert!(found, "SECURITY.md names {path}, which is no test");
    }
}

#[test]
fn every_promise_names_a_test() {
    let page = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let promises = page.split("## What is promised").nth(1).unwrap().split("\n## ").next().unwrap();
    for promise in promises.split("\n- ").skip(1) {
        assert!(promise.contains("::"), "no test shows: {promise}");
    }
}

#[test]
fn a_name_that_is_no_test_is_found_out() {
    let text = "#[test]\nfn one() {}\n\nfn helper() {}\n";
    assert!(tests(text, "one"));
    assert!(!tests(text, "helper") && !tests(text, "two"));
}
