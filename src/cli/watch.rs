//! The daemon's commands.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Where the configuration is.
#[derive(Clone, Debug, Args)]
pub struct ConfigFile {
    /// The configuration.
    #[arg(long, value_name = "FILE", default_value = "podprobe.toml", env = "PODPROBE_CONFIG")]
    pub config: PathBuf,
}

/// `podprobe watch`.
#[derive(Debug, Args)]
#[command(after_help = "Signals:
  SIGTERM, SIGINT  end the round under way, deliver what is due, stop; a second one stops at once
  SIGHUP           read the configuration again (a changed file is noticed by itself)

Exit code: 0 after a stop that was asked for, 3 where it could not start")]
pub struct WatchCommand {
    /// The configuration.
    #[command(flatten)]
    pub file: ConfigFile,
}

/// `podprobe notify`.
#[derive(Debug, Subcommand)]
pub enum NotifyCommand {
    /// Send a test message, now and past the outbox, and say what each platform answered.
    Test {
        /// The channels, by their names in the configuration or as `slack:URL` and the like; all where none is named.
        #[arg(value_name = "CHANNEL")]
        channels: Vec<String>,

        /// The configuration.
        #[command(flatten)]
        file: ConfigFile,
    },
}

/// `podprobe acknowledge`.
#[derive(Debug, Args)]
pub struct AcknowledgeCommand {
    /// The incident's number.
    #[arg(value_name = "N")]
    pub incident: u64,

    /// Who takes it up.
    #[arg(long, value_name = "NAME", env = "USER")]
    pub by: String,

    /// The configuration, for the store that it names.
    #[command(flatten)]
    pub file: ConfigFile,
}
