use super::samples::{expired, healthy, hostile, mixed, unknown};
use super::*;

fn show(round: &samples::Round, style: Style) {
    println!("{}\n================\n", find("text").unwrap().to_text(&round.report(), &style));
}

#[test]
fn look() {
    for round in [healthy(), expired(), mixed(), unknown(), hostile()] {
        show(&round, Style::default());
    }
    show(&mixed(), Style { width: 120, ..Style::default() });
    show(&expired(), Style { verbose: true, ..Style::default() });
    show(&mixed(), Style { quiet: true, unicode: false, ..Style::default() });
    println!("{}", find("jsonl").unwrap().to_text(&mixed().report(), &Style::default()));
    println!("{}", find("json").unwrap().to_text(&hostile().report(), &Style::default()));
}
