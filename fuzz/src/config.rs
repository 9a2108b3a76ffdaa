//! podprobe.toml, with secrets in an environment and files: whatever it says, they stay secret.

use std::path::Path;

use podprobe::config::{self, At};

/// What every variable and every file of secrets holds.
const SECRET: &str = "https://kept.example/5ecre7-0f-n0b0dy";

/// The file is the text; what no UTF-8 is, is replaced.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if text.contains("5ecre7") {
        return;
    }
    let env = |name: &str| (!name.starts_with(config::PREFIX)).then(|| SECRET.to_owned());
    let read = |_: &Path| Ok(format!("{SECRET}\n"));
    let load = || config::load(&text, Path::new("/etc/podprobe/podprobe.toml"), &env, &read);
    let loaded = load();
    match &loaded {
        Ok(settings) => {
            assert!(!format!("{settings:?}").contains("5ecre7"), "a secret is shown by Debug");
            assert!(!settings.sources.is_empty() || !settings.endpoints.is_empty(), "there is something to watch");
            assert!(settings.intervals.origins.as_millis() >= 100, "rounds have a pause");
        }
        Err(mistakes) => {
            assert!(!mistakes.to_string().contains("5ecre7"), "a secret is shown in a mistake");
            assert!(mistakes.count() >= 1 && mistakes.iter().count() <= 100);
            let lines = text.split('\n').count();
            for mistake in mistakes.iter() {
                if let At::Place(place) = &mistake.at {
                    assert!((1..=lines).contains(&place.line) && place.column >= 1, "{mistake:?} of {lines} lines");
                }
            }
        }
    }
    assert_eq!(loaded, load(), "read twice is read the same");
}
