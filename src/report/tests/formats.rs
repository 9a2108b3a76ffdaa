//! The formats for people and for other tools.

use super::super::samples::crowd;
use super::*;

fn rendered(name: &str, round: &Round) -> String {
    find(name).unwrap().to_text(&round.report(), &Style::default())
}

#[test]
fn pictures_for_looking_at() {
    let Ok(folder) = std::env::var("PODPROBE_LOOK") else { return };
    for (name, round) in all_rounds() {
        std::fs::write(format!("{folder}/{name}.html"), rendered("html", &round)).unwrap();
    }
    for hosts in [1, 12, 200] {
        std::fs::write(format!("{folder}/crowd-{hosts}.html"), rendered("html", &crowd(hosts))).unwrap();
    }
}
