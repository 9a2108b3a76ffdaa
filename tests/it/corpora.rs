//! The fuzz targets over their corpora, on stable: whatever the fuzzer once found stays found. The
//! bodies are those that the targets of `fuzz/` run. The seeds come from `seeds`.

#[expect(unreachable_pub, reason = "a library's root, read in as a module")]
#[path = "../../fuzz/src/lib.rs"]
pub(crate) mod bodies;
mod seeds;

pub(crate) use seeds::settings;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

fn fuzz() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn inputs(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = fuzz().join("corpus").join(target);
    let read = fs::read_dir(&folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let mut files: Vec<PathBuf> = read.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[test]
fn every_input_of_the_corpora_holds() {
    let faults: Vec<String> = bodies::TARGETS
        .iter()
        .flat_map(|(name, body)| inputs(name).into_iter().map(move |input| (body, input)))
        .filter_map(|(body, (path, bytes))| {
            let held = std::panic::catch_unwind(|| body(&bytes));
            held.is_err().then(|| path.display().to_string())
        })
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

/// A fuzzer's first mutations, by hand: each input cut short, and with single bytes changed.
#[test]
fn damaged_inputs_hold() {
    for (name, body) in bodies::TARGETS {
        for (path, bytes) in inputs(name) {
            for cut in 1..4 {
                let end = bytes.len() * cut / 4;
                let mut damaged = bytes.get(..end).unwrap().to_vec();
                let held = std::panic::catch_unwind(|| body(&damaged));
                assert!(held.is_ok(), "the first {end} bytes of {}", path.display());
                let Some(last) = damaged.last_mut() else { continue };
                *last ^= 0x81;
                let held = std::panic::catch_unwind(|| body(&damaged));
                assert!(held.is_ok(), "the first {end} bytes of {}, the last one changed", path.display());
            }
        }
    }
}

#[test]
fn each_target_has_a_binary_a_body_and_a_corpus_that_is_small() {
    let named = |folder: &str| -> BTreeSet<String> {
        let files = fs::read_dir(fuzz().join(folder)).unwrap();
        files.map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect()
    };
    let targets: BTreeSet<String> = bodies::TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(named("fuzz_targets"), targets);
    assert_eq!(named("corpus"), targets);
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for name in &targets {
        assert!(manifest.contains(&format!("name = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"")), "{name}");
        assert!(inputs(name).len() >= 8, "{name}");
    }
    let size: usize = targets.iter().flat_map(|name| inputs(name)).map(|(_, bytes)| bytes.len()).sum();
    assert!(size < 300_000, "{size} bytes");
}
