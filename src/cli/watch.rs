//! The daemon's commands.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::SignedDuration;

use super::configuration::CONFIG_FILE;
use super::{PlainFormat, StoreArgs};
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
    /// Send a test message to each channel, at once and without waiting for `podprobe watch`, and say what each platform answered. It needs nobody: it is silent at ntfy, and a change event at PagerDuty.
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

    /// Who takes it up; whoever had it before is told [default: the name of the login].
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,

    /// Hand it back instead: nobody has it, and reminders and escalation begin anew.
    #[arg(long)]
    pub release: bool,

    /// Where the history is.
    #[command(flatten)]
    pub store: StoreArgs,
}

/// `podprobe silence`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true))]
pub struct SilenceCommand {
    /// About this host, and what is below it.
    #[arg(long, value_name = "HOST", group = "what", requires = "span")]
    pub host: Option<String>,

    /// About this code of findings.
    #[arg(long, value_name = "CODE", group = "what", value_parser = parse_code, requires = "span")]
    pub code: Option<Code>,

    /// About this incident.
    #[arg(long, value_name = "N", group = "what", requires = "span")]
    pub incident: Option<u64>,

    /// About everything.
    #[arg(long, group = "what", conflicts_with_all = ["host", "code", "incident"], requires = "span")]
    pub everything: bool,

    /// List the silences that are in force.
    #[arg(long, group = "what", conflicts_with_all = ["host", "code", "incident", "everything", "lift"])]
    pub list: bool,

    /// End the silence of this number now, or `all` of them: what waits because of it is told.
    #[arg(long, value_name = "ID|all", group = "what", value_parser = parse_lift)]
    #[arg(conflicts_with_all = ["host", "code", "incident", "everything", "list"])]
    pub lift: Option<Lift>,

    /// For so long: 30m, 2h, 1d.
    #[arg(long = "for", value_name = "TIME", value_parser = parse_span, conflicts_with_all = ["list", "lift"])]
    pub span: Option<SignedDuration>,

    /// Who asks for it, for those who wonder [default: the name of the login].
    #[arg(long, value_name = "NAME", conflicts_with_all = ["list", "lift"])]
    pub by: Option<String>,

    /// The form of --list.
    #[arg(long, value_enum, default_value_t = PlainFormat::Text)]
    pub format: PlainFormat,

    /// Where the history is.
    #[command(flatten)]
    pub store: StoreArgs,
}

/// What `--lift` ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lift {
    /// Every silence.
    All,
    /// The one of this number.
    One(u64),
}

fn parse_lift(text: &str) -> Result<Lift, String> {
    match text {
        "all" => Ok(Lift::All),
        number => number
            .parse()
            .map(Lift::One)
            .map_err(|_| "the number of a silence, as `podprobe silence --list` shows it, or `all`".to_owned()),
    }
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
