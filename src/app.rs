//! `app` runs: it puts the rooms together (settings, the pipeline of a round, output, clock, exit
//! codes). It is the only room that reads the clock, spawns tasks and lets hands meet. Rules,
//! wording and formats live elsewhere.

mod catalogue;
mod cert;
pub mod check;
mod clock;
mod configuration;
mod demo;
mod digest;
mod exit;
mod explain;
mod export;
mod history;
mod host;
mod incidents;
mod interrupt;
mod lab;
mod manual;
mod origins;
pub mod output;
pub mod pipeline;
mod progress;
pub mod settings;
mod sources;
pub mod spool;
mod stores;
mod tell;
pub mod watch;
mod wishes;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use crate::cli::{Cli, Command, ConfigCommand, NotifyCommand};

pub use exit::Exit;

/// Runs podprobe with these arguments (the program's name first), printing to standard output and
/// standard error. The exit code is the verdict.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error).into(),
    };
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(why) => {
            output::complain(&format!("the system gives no threads or event queue: {why}"));
            return Exit::Unknown.into();
        }
    };
    let exit = runtime.block_on(run(cli));
    // A blocking read of standard input or a slow resolver must not hold up the end.
    runtime.shutdown_background();
    exit.into()
}

/// Threads that a round may use: it waits for the network far more than it computes.
const MAX_THREADS: usize = 4;

/// Tasks run where they are woken if there is one core only: threads would but wake each other.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut builder = match cores {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    if cores > 1 {
        builder.worker_threads(cores.min(MAX_THREADS));
    }
    builder.enable_all().build()
}

async fn run(cli: Cli) -> Exit {
    let result = match cli.command {
        Command::Check(arguments) => check::run(&arguments).await,
        Command::Host(arguments) => host::run(&arguments).await,
        Command::Cert(arguments) => cert::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments).await,
        Command::Lab(arguments) => lab::run(&arguments).await,
        Command::Explain(arguments) => explain::run(&arguments),
        Command::History(arguments) => history::run(&arguments).await,
        Command::Incidents(arguments) => incidents::list(&arguments).await,
        Command::Incident(arguments) => incidents::one(&arguments).await,
        Command::Digest(arguments) => digest::run(&arguments).await,
        Command::Export(arguments) => export::run(&arguments).await,
        Command::Init(arguments) => configuration::init(&arguments),
        Command::Config { command: ConfigCommand::Check(arguments) } => configuration::check(&arguments),
        Command::Config { command: ConfigCommand::Schema { report: None } } => configuration::schema(),
        Command::Config { command: ConfigCommand::Schema { report: Some(document) } } => manual::schema(document),
        Command::Watch(arguments) => watch::run(&arguments).await,
        Command::Notify { command: NotifyCommand::Test { channels, file } } => tell::test(&channels, &file).await,
        Command::Acknowledge(arguments) => wishes::acknowledge(&arguments).await,
        Command::Silence(arguments) => wishes::silence(&arguments).await,
        Command::Completions { shell } => manual::completions(shell),
        Command::Man(arguments) => manual::man(&arguments),
    };
    result.unwrap_or_else(|fault| {
        match &fault {
            // Lines that begin with their place, as compilers write them: editors jump there.
            Fault::Configuration(mistakes) => output::remark(&mistakes.to_string()),
            fault => output::complain(&fault.to_string()),
        }
        Exit::Unknown
    })
}

/// Help and version are no errors; everything else that clap refuses is exit 3, not its own 2.
fn usage(error: &clap::Error) -> Exit {
    let wanted = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let _ = error.print();
    if wanted { Exit::Ok } else { Exit::Unknown }
}

/// Why a command could not do its work: exit 3.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// What was typed does not fit together.
    #[error(transparent)]
    Settings(#[from] settings::SettingsError),
    /// Output could not be written.
    #[error(transparent)]
    Output(#[from] output::OutputError),
    /// The trust stores could not be loaded.
    #[error(transparent)]
    Stores(#[from] stores::StoreError),
    /// A file of `--catalog` cannot be used.
    #[error(transparent)]
    Catalog(#[from] catalogue::CatalogError),
    /// A certificate file cannot be read.
    #[error("{0}")]
    Certificates(String),
    /// There is no such code.
    #[error("there is no finding with the code {given:?}{hint}; `podprobe explain` lists them all")]
    NoSuchCode {
        /// As typed.
        given: String,
        /// The nearest one, as a question.
        hint: String,
    },
    /// There is no such command, or its page cannot be written.
    #[error("{0}")]
    Manual(String),
    /// The history cannot be read.
    #[error(transparent)]
    History(#[from] crate::store::StoreError),
    /// There is nothing of that name or number in the history.
    #[error("{0}")]
    NotInHistory(String),
    /// Arguments that clap refuses, where they are given by a program.
    #[error("{0}")]
    Usage(String),
    /// A channel cannot be opened.
    #[error("{0}")]
    Channel(String),
    /// The port of the health endpoints cannot be had.
    #[error("web.listen {listen}: {why}")]
    Port {
        /// The address.
        listen: std::net::SocketAddr,
        /// What the system said.
        why: std::io::Error,
    },
    /// A configuration with mistakes.
    #[error(transparent)]
    Configuration(#[from] crate::config::Mistakes),
    /// `podprobe init` cannot write its file.
    #[error("{}: {why}", path.display())]
    Init {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        why: String,
    },
    /// The lab could not be opened.
    #[error("the lab could not be opened: {0}")]
    Lab(#[from] crate::lab::LabError),
    /// The demo's story did not go as it must.
    #[error("the demo did not go as it should: {0}")]
    Demo(String),
}
