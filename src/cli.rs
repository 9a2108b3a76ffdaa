//! `cli`: what was typed, nothing more. Merging with files and the environment, and every effect,
//! is `app`'s. Help texts, completions and the man page follow from here.

mod configuration;
mod history;
mod watch;

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValue;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::judge::apps::PROFILES;

pub use configuration::{CONFIG_FILE, ConfigCheck, InitCommand};
pub use history::{
    By, DigestCommand, ExportCommand, ExportFormat, HistoryCommand, IncidentCommand, IncidentFormat, IncidentsCommand,
    Since, StoreArgs,
};
pub use watch::{AcknowledgeCommand, ConfigFile, Lift, NotifyCommand, SilenceCommand, WatchCommand};

/// Exit codes, shown at the end of `--help`.
pub const EXIT_CODES: &str = "Exit codes (as Nagios plugins):
  0  OK        nothing at or above --fail-on
  1  WARNING   something listeners do not notice yet
  2  CRITICAL  something listeners cannot download now
  3  UNKNOWN   podprobe could not judge: bad usage, a podprobe.toml with mistakes, a source that cannot be read,
              its own network down
  130                 stopped by Ctrl-C or SIGTERM; what is known by then is reported";

/// Walks every hop of every podcast episode and says which host keeps listeners from downloading,
/// or soon will.
#[derive(Debug, Parser)]
#[command(name = "podprobe", version, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check feeds once: every hop of the newest episodes, every certificate, the audio at the end.
    Check(Box<Check>),
    /// Inspect every address of hosts: DNS, TCP, TLS, certificate chain.
    Host(Box<HostCommand>),
    /// Judge a certificate chain in a file, without any network.
    Cert(CertCommand),
    /// Show what podprobe does: the night of 2022-05-30, on this machine alone, in seconds.
    Demo(DemoCommand),
    /// Run the built-in lab in the foreground and print the flags for trying any command by hand.
    Lab(LabCommand),
    /// Say what a finding means, who can fix it and how; without CODE list them all.
    Explain(ExplainCommand),
    /// Watch: scheduled health checks, incidents, messages; until it is stopped.
    Watch(WatchCommand),
    /// Try the channels.
    Notify {
        /// What to do.
        #[command(subcommand)]
        command: NotifyCommand,
    },
    /// Take an incident up, over from somebody, or hand it back: while somebody has it, reminders and escalation stop.
    Acknowledge(AcknowledgeCommand),
    /// Be silent about a host, a code or an incident for a while; list and lift silences.
    Silence(SilenceCommand),
    /// Show how origins, shows and endpoints stood: uptime, speed, certificates.
    History(HistoryCommand),
    /// List the incidents that are going on, and with --since those that are over.
    Incidents(IncidentsCommand),
    /// Show one incident: what happened and who was told.
    Incident(IncidentCommand),
    /// Say what the weekly digest would say of the last seven days.
    Digest(DigestCommand),
    /// Hand the history over, table by table.
    Export(ExportCommand),
    /// Write a commented podprobe.toml from answers or flags.
    Init(InitCommand),
    /// Check podprobe.toml, print schemas.
    Config {
        /// What about it.
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print a man page (roff), or write all of them.
    Man(ManCommand),
}

/// `podprobe check`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Check {
    /// A feed URL, an OPML URL, a path to either, or - for standard input (a feed, an OPML list, or one URL a line).
    #[arg(required = true, value_name = "SOURCE")]
    pub sources: Vec<String>,

    /// The newest N episodes of each feed, or `all`.
    #[arg(long, value_name = "N|all", default_value = "10", value_parser = parse_episodes)]
    pub episodes: Episodes,

    /// How much of the media is fetched: none, enough to prove that it is audio, everything.
    #[arg(long, value_enum, default_value_t = DepthArg::Sample)]
    pub depth: DepthArg,

    /// The report's form.
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub format: CheckFormat,

    /// Raise `media-no-head` at every depth: directories such as Apple Podcasts ask for HEAD.
    #[arg(long)]
    pub require_head: bool,

    /// Say what a listener's app would make of each episode, or `all` of them; a matrix in the report (repeatable).
    #[arg(long = "as", value_name = "APP", hide_possible_values = true, value_parser = app_names())]
    pub apps: Vec<String>,

    /// Ask once more, for headers only, with this neutral User-Agent where a request is refused (401, 403, 406, 429, 503): robots alone, or everybody? Never name a real app.
    #[arg(
        long,
        value_name = "USER-AGENT",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = NEUTRAL_AGENT,
        value_parser = parse_user_agent
    )]
    pub second_opinion: Option<String>,

    /// Post the result to this channel of the configuration, or to slack:URL, discord:URL, ... (repeatable).
    #[arg(long, value_name = "CHANNEL")]
    pub notify: Vec<String>,

    /// Post an OK result to every channel too; without this, only where it ends an alert that an earlier run over the same sources may have raised (PagerDuty, Alertmanager, webhooks).
    #[arg(long, requires = "notify")]
    pub notify_ok: bool,

    /// The configuration that names the channels of --notify.
    #[arg(long, value_name = "FILE", default_value = CONFIG_FILE)]
    pub config: PathBuf,

    /// The network.
    #[command(flatten)]
    pub network: Network,

    /// Trust.
    #[command(flatten)]
    pub trust: Trust,

    /// Whose host is whose.
    #[command(flatten)]
    pub parties: Parties,

    /// The report.
    #[command(flatten)]
    pub output: Output,
}

/// `podprobe host`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct HostCommand {
    /// A host, or host and port (443 where none is given).
    #[arg(required = true, value_name = "HOST[:PORT]")]
    pub hosts: Vec<String>,

    /// The report's form.
    #[arg(long, value_enum, default_value_t = PlainFormat::Text)]
    pub format: PlainFormat,

    /// The network.
    #[command(flatten)]
    pub network: Network,

    /// Trust.
    #[command(flatten)]
    pub trust: Trust,

    /// Whose host is whose.
    #[command(flatten)]
    pub parties: Parties,

    /// The report.
    #[command(flatten)]
    pub output: Output,
}

/// `podprobe cert`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct CertCommand {
    /// A PEM file with the chain, leaf first (or one certificate in DER); - for standard input.
    #[arg(value_name = "CHAIN.pem")]
    pub file: PathBuf,

    /// The name that clients will ask for.
    #[arg(long, value_name = "NAME")]
    pub host: Option<String>,

    /// The report's form.
    #[arg(long, value_enum, default_value_t = PlainFormat::Text)]
    pub format: PlainFormat,

    /// Trust.
    #[command(flatten)]
    pub trust: Trust,

    /// The report.
    #[command(flatten)]
    pub output: Output,
}

/// `podprobe demo`.
#[derive(Debug, Args)]
pub struct DemoCommand {
    /// When colours are used.
    #[arg(long, value_enum, default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
}

/// `podprobe lab`.
#[derive(Debug, Args)]
pub struct LabCommand {
    /// List the exhibits and what each must cause, and stop.
    #[arg(long)]
    pub list: bool,
}

/// `podprobe explain`.
#[derive(Debug, Args)]
pub struct ExplainCommand {
    /// The code of a finding, such as cert-expired.
    #[arg(value_name = "CODE")]
    pub code: Option<String>,

    /// When colours are used.
    #[arg(long, value_enum, default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
}

/// `podprobe man`.
#[derive(Debug, Args)]
pub struct ManCommand {
    /// The command whose page is wanted, such as check, or config schema; the top page where none is named.
    #[arg(value_name = "COMMAND")]
    pub command: Vec<String>,

    /// Write every page into this folder, as podprobe.1, podprobe-check.1 and so on.
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub dir: Option<PathBuf>,
}

/// `podprobe config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Read podprobe.toml and say what is understood, or every mistake with its line.
    Check(ConfigCheck),
    /// Print the JSON Schema of podprobe.toml, for editors, or of a document that podprobe writes.
    Schema {
        /// Of this document: the report of `check`, of `host`, of `cert`, or one line of `--format jsonl`.
        #[arg(
            long,
            value_enum,
            value_name = "DOCUMENT",
            num_args = 0..=1,
            require_equals = true,
            default_missing_value = "report"
        )]
        report: Option<Document>,
    },
}

/// A document that podprobe writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Document {
    /// What `check --format json` prints.
    Report,
    /// What `host --format json` prints.
    Host,
    /// What `cert --format json` prints.
    Cert,
    /// One line of what `check --format jsonl` prints.
    Jsonl,
}

/// How connections are made.
#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
pub struct Network {
    /// Use these addresses instead of DNS, as in curl; * for any host or any port (repeatable).
    #[arg(long, value_name = "HOST:PORT:ADDR[,ADDR...]")]
    pub resolve: Vec<String>,

    /// Connect to HOST2:PORT2 where HOST1:PORT1 is meant, as in curl; an empty part matches anything (repeatable).
    #[arg(long, value_name = "HOST1:PORT1:HOST2:PORT2")]
    pub connect_to: Vec<String>,

    /// Ask this DNS server instead of the system's.
    #[arg(long, value_name = "ADDR:PORT")]
    pub dns: Option<std::net::SocketAddr>,

    /// Lift the block on non-public addresses for this network (repeatable).
    #[arg(long, value_name = "CIDR")]
    pub allow_net: Vec<ipnet::IpNet>,

    /// Where the canary check goes when everything seems down; replaces the defaults (repeatable).
    #[arg(long, value_name = "HOST:PORT", value_parser = parse_host_port)]
    pub canary: Vec<(String, u16)>,

    /// Requests under way at once, in all.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub concurrency: u16,

    /// Requests under way at once, to one host.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub per_host: u16,

    /// Time for one TCP connect.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = parse_duration)]
    pub connect_timeout: Duration,

    /// Time for one whole hop.
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = parse_duration)]
    pub timeout: Duration,

    /// Redirects after which a chain is given up.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(0..=100))]
    pub max_redirects: u16,

    /// The User-Agent; it must say `bot`, or downloads are counted.
    #[arg(long, value_name = "TEXT", default_value_t = user_agent(), value_parser = parse_user_agent)]
    pub user_agent: String,
}

/// Whom to trust, and when.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Trust")]
pub struct Trust {
    /// Judge certificates as of this time: RFC 3339, a date, or from now: +30d, +12h, -45m, +2w.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub at: Option<String>,

    /// Trust these anchors as well (repeatable).
    #[arg(long, value_name = "PEM")]
    pub ca_file: Vec<PathBuf>,

    /// Trust this bundle as a client's public root store of that name (repeatable).
    #[arg(long, value_name = "NAME=PEM")]
    pub trust: Vec<String>,

    /// Trust neither Mozilla's roots nor the system's.
    #[arg(long)]
    pub no_default_roots: bool,
}

/// Whose host is whose.
#[derive(Debug, Args)]
#[command(next_help_heading = "Parties")]
pub struct Parties {
    /// Add this catalogue of hosts and prefixes: your own (docs/catalogue.md), or OPAWG's prefixes.json or hosts.json as published (repeatable).
    #[arg(long, value_name = "FILE")]
    pub catalog: Vec<PathBuf>,
}

/// How the report is written.
#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub struct Output {
    /// Write the report to this file (whole or not at all) instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// From which severity on the exit code is not 0.
    #[arg(long, value_enum, default_value_t = FailOn::Warning)]
    pub fail_on: FailOn,

    /// Print the headline and what is wrong, nothing else.
    #[arg(long, short, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Print everything: folded findings, every address, every time. Twice: log what happens.
    #[arg(long, short, action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// When colours are used; NO_COLOR is honoured.
    #[arg(long, value_enum, default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,

    /// No progress bar (there is one only on a terminal, on standard error).
    #[arg(long)]
    pub no_progress: bool,
}

/// How many episodes of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Episodes {
    /// The newest so many.
    Newest(usize),
    /// Every one.
    All,
}

/// `--depth`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DepthArg {
    /// No media at all.
    Headers,
    /// At most 64 KiB of the start, and past an ID3 tag by a second range.
    Sample,
    /// Everything. Counts as a download where a host does not filter bots.
    Full,
}

/// `--format` of `check`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For people.
    Text,
    /// One object; `podprobe config schema --report` prints its schema.
    Json,
    /// One object a line, as facts become known.
    Jsonl,
    /// For an issue or a chat.
    Markdown,
    /// One self-contained page with a picture of the routes.
    Html,
    /// JUnit XML: a suite a feed, a case a file.
    Junit,
    /// Annotations for a workflow of GitHub Actions.
    Github,
    /// A text for each party at fault, ready to send.
    Letter,
}

impl CheckFormat {
    /// Its name among the report's formats.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Junit => "junit",
            Self::Github => "github",
            Self::Letter => "letter",
        }
    }
}

/// `--format` of `host` and `cert`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlainFormat {
    /// For people.
    Text,
    /// One object.
    Json,
}

/// `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Warnings and worse.
    Warning,
    /// Critical findings alone.
    Critical,
    /// No finding. What could not be judged is 3 all the same.
    Never,
}

/// `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The User-Agent of `--second-opinion` where none is given: what every browser begins with, and
/// no app's.
pub const NEUTRAL_AGENT: &str = "Mozilla/5.0 (compatible)";

/// The default User-Agent. It says `bot`, which every list of the field filters.
pub fn user_agent() -> String {
    format!("podprobe/{} (bot; +{})", env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_REPOSITORY"))
}

/// The apps of `--as`, with what is meant by each.
fn app_names() -> clap::builder::PossibleValuesParser {
    let apps = PROFILES.iter().map(|app| PossibleValue::new(app.id).help(app.about));
    apps.chain([PossibleValue::new("all").help("Every one of them.")]).into()
}

fn parse_episodes(text: &str) -> Result<Episodes, String> {
    match text {
        "all" => Ok(Episodes::All),
        number => match number.parse() {
            Ok(count) if count > 0 => Ok(Episodes::Newest(count)),
            _ => Err("a number from 1 on, or `all`".into()),
        },
    }
}

/// `500ms`, `10s`, `1m 30s`.
fn parse_duration(text: &str) -> Result<Duration, String> {
    let hint = || "a time such as 10s or 500ms, from 1ms to 1h".to_owned();
    let span: jiff::SignedDuration = text.parse().map_err(|_| hint())?;
    let span = Duration::try_from(span).map_err(|_| hint())?;
    if span < Duration::from_millis(1) || span > Duration::from_hours(1) { Err(hint()) } else { Ok(span) }
}

fn parse_host_port(text: &str) -> Result<(String, u16), String> {
    let (host, port) = text.rsplit_once(':').ok_or("HOST:PORT")?;
    let port = port.parse().map_err(|_| "HOST:PORT with a port from 1 to 65535")?;
    if host.is_empty() || port == 0 { Err("HOST:PORT".into()) } else { Ok((host.to_owned(), port)) }
}

fn parse_user_agent(text: &str) -> Result<String, String> {
    if text.is_empty() || text.len() > 512 || !text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Err("printable ASCII, at most 512 characters".into());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_format_of_the_report_can_be_asked_for_by_its_name() {
        let typed = CheckFormat::value_variants().iter().map(|format| {
            let value = format.to_possible_value().unwrap();
            assert_eq!(value.get_name(), format.name());
            format.name()
        });
        let known = crate::report::FORMATS.iter().map(|format| format.name);
        assert_eq!(typed.collect::<Vec<_>>(), known.collect::<Vec<_>>());
    }

    #[test]
    fn times_and_counts_are_read_as_documented() {
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_duration("10s"), Ok(Duration::from_secs(10)));
        assert!(parse_duration("-1s").is_err() && parse_duration("10").is_err() && parse_duration("9h").is_err());
        assert_eq!(parse_episodes("all"), Ok(Episodes::All));
        assert!(parse_episodes("0").is_err() && parse_episodes("-3").is_err());
    }

    #[test]
    fn the_user_agent_is_filtered_by_every_list() {
        let text = user_agent();
        assert!(text.starts_with("podprobe/") && text.contains("(bot; +https://"), "{text}");
    }
}
