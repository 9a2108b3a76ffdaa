//! `podprobe explain`.

use std::io::IsTerminal as _;

use super::{Exit, Fault, output};
use crate::cli::ExplainCommand;
use crate::config;
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
    config::nearest(given, Code::ALL.iter().map(|info| info.name))
        .map(|name| format!("; did you mean {name}?"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        assert_eq!(nearest("cert-expird"), "; did you mean cert-expired?");
        assert_eq!(nearest("zzzzzzzzzzzz"), "");
    }
}
