//! The daemon's commands.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::SignedDuration;

use super::StoreArgs;
use super::configuration::CONFIG_FILE;
use crate::judge::Code;

/// Where the configuration is.
#[derive(Clone, Debug, Args)]
pub struct ConfigFile {
    /// The configuration.
    #[arg(long, value_name = "FILE", default_value = CONFIG_FILE)]
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
    /// The incident's number, as `podprobe incidents` shows it.
    #[arg(value_name = "N")]
    pub incident: u64,

    /// Who takes it up.
    #[arg(long, value_name = "NAME", default_value = "somebody")]
    pub by: String,

    /// Where the history is.
    #[command(flatten)]
    pub store: StoreArgs,
}

/// `podprobe silence`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true))]
pub struct SilenceCommand {
    /// About this host, and what is below it.
    #[arg(long, value_name = "HOST", group = "what")]
    pub host: Option<String>,

    /// About this code of findings.
    #[arg(long, value_name = "CODE", group = "what", value_parser = parse_code)]
    pub code: Option<Code>,

    /// About this incident.
    #[arg(long, value_name = "N", group = "what")]
    pub incident: Option<u64>,

    /// About everything.
    #[arg(long, group = "what", conflicts_with_all = ["host", "code", "incident"])]
    pub everything: bool,

    /// For so long: 30m, 2h, 1d.
    #[arg(long = "for", value_name = "TIME", value_parser = parse_span)]
    pub span: SignedDuration,

    /// Where the history is.
    #[command(flatten)]
    pub store: StoreArgs,
}

fn parse_code(text: &str) -> Result<Code, String> {
    Code::named(text).ok_or_else(|| "no code of a finding; `podprobe explain` lists them".to_owned())
}

fn parse_span(text: &str) -> Result<SignedDuration, String> {
    // A day is 24 hours here; jiff would ask which day.
    let days = text.trim().strip_suffix('d').and_then(|days| days.trim_end().parse::<u16>().ok());
    let span = match days {
        Some(days) => Ok(SignedDuration::from_hours(24 * i64::from(days))),
        None => text.parse::<SignedDuration>(),
    };
    match span {
        Ok(span) if span > SignedDuration::ZERO && span <= SignedDuration::from_hours(24 * 90) => Ok(span),
        _ => Err("a time such as 30m, 2h or 48h, at most 90 days".to_owned()),
    }
}
