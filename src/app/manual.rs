//! What packagers and shells ask for: completions, the man page, the report's schema.

use clap::CommandFactory as _;

use super::{Exit, Fault, output};
use crate::cli::Cli;
use crate::report;

/// The completion script of a shell.
pub(super) fn completions(shell: clap_complete::Shell) -> Result<Exit, Fault> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "podprobe", &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Ok)
}

/// The man page, subcommands after the main page.
pub(super) fn man() -> Result<Exit, Fault> {
    let mut pages = Vec::new();
    let command = Cli::command();
    // Writing to memory cannot fail.
    let _ = clap_mangen::Man::new(command.clone()).render(&mut pages);
    for subcommand in command.get_subcommands() {
        let name = format!("podprobe-{}", subcommand.get_name());
        let _ = clap_mangen::Man::new(subcommand.clone().display_name(name)).render(&mut pages);
    }
    output::print(&String::from_utf8_lossy(&pages))?;
    Ok(Exit::Ok)
}

/// The JSON Schema of the report.
pub(super) fn schema() -> Result<Exit, Fault> {
    output::print(&format!("{:#}\n", report::schema()))?;
    Ok(Exit::Ok)
}
