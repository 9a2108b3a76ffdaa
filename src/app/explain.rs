//! `podprobe explain`.

use std::io::IsTerminal as _;

use super::{Exit, Fault, output};
use crate::cli::ExplainCommand;
use crate::judge::Code;
use crate::report::{self, Style};

pub(super) fn run(arguments: &ExplainCommand) -> Result<Exit, Fault> {
    let terminal = std::io::stdout().is_terminal();
    let style =
        Style { color: output::colored(arguments.color, terminal), width: output::width(terminal), ..Style::default() };
    let text = match &arguments.code {
        None => report::explain::all(&style),
        Some(given) => {
            let code = Code::named(&given.trim().to_ascii_lowercase())
                .ok_or_else(|| Fault::NoSuchCode { given: given.clone(), hint: nearest(given) })?;
            report::explain::one(code.info(), &style)
        }
    };
    output::print(&text)?;
    Ok(Exit::Ok)
}

/// `; did you mean cert-expired?`, where one name is near enough.
fn nearest(given: &str) -> String {
    Code::ALL
        .iter()
        .map(|info| (distance(given, info.name), info.name))
        .min()
        .filter(|(distance, name)| *distance * 2 <= name.len())
        .map(|(_, name)| format!("; did you mean {name}?"))
        .unwrap_or_default()
}

/// Levenshtein's distance of two short texts.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(64).enumerate() {
        let mut left = i + 1;
        let mut next = vec![left];
        for ((y, above_left), above) in b.iter().zip(&row).zip(row.iter().skip(1)) {
            left = (above_left + usize::from(x != *y)).min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        assert_eq!(nearest("cert-expird"), "; did you mean cert-expired?");
        assert_eq!(nearest("zzzzzzzzzzzz"), "");
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
