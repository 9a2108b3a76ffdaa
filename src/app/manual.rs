//! What packagers and shells ask for: completions, man pages, the schemas of what is written.

use clap::CommandFactory as _;

use super::{Exit, Fault, output};
use crate::cli::{Cli, Document, ManCommand};
use crate::report;

/// The completion script of a shell.
pub(super) fn completions(shell: clap_complete::Shell) -> Result<Exit, Fault> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "podprobe", &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Ok)
}

/// One man page on standard output, or all of them in a folder.
pub(super) fn man(arguments: &ManCommand) -> Result<Exit, Fault> {
    let mut top = Cli::command().disable_help_subcommand(true);
    top.build();
    if let Some(folder) = &arguments.dir {
        std::fs::create_dir_all(folder).map_err(|why| Fault::Manual(format!("{}: {why}", folder.display())))?;
        for command in all(&top) {
            let file = folder.join(format!("{}.1", name(command)));
            output::deliver(&page(command), Some(&file))?;
        }
        return Ok(Exit::Ok);
    }
    let mut command = &top;
    for word in &arguments.command {
        command = command.find_subcommand(word).ok_or_else(|| {
            let known: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
            let known =
                if known.is_empty() { "it has none".to_owned() } else { format!("there are {}", known.join(", ")) };
            Fault::Manual(format!("{} has no command {word:?}; {known}", command.get_bin_name().unwrap_or("podprobe")))
        })?;
    }
    output::print(&page(command))?;
    Ok(Exit::Ok)
}

/// A command and all that are below it.
fn all(command: &clap::Command) -> Vec<&clap::Command> {
    std::iter::once(command).chain(command.get_subcommands().flat_map(all)).collect()
}

/// The name of a command's page: `podprobe-check`.
fn name(command: &clap::Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

fn page(command: &clap::Command) -> String {
    let mut page = Vec::new();
    let source = concat!("podprobe ", env!("CARGO_PKG_VERSION"));
    // Writing to memory cannot fail.
    let _ = clap_mangen::Man::new(command.clone()).source(source).render(&mut page);
    String::from_utf8_lossy(&page).into_owned()
}

/// The JSON Schema of a document.
pub(super) fn schema(of: Document) -> Result<Exit, Fault> {
    let schema = match of {
        Document::Report => report::schema(),
        Document::Host => report::origins_schema(),
        Document::Cert => report::cert_schema(),
        Document::Jsonl => report::event_schema(),
    };
    output::print(&format!("{schema:#}\n"))?;
    Ok(Exit::Ok)
}
