//! What was typed after `history`, `incidents`, `incident` and `export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Timestamp};

use super::PlainFormat;

/// The tables of `export`.
const TABLES: [&str; 8] =
    ["rounds", "origins", "certificates", "enclosures", "findings", "incidents", "transitions", "deliveries"];

/// Where the history is.
#[derive(Debug, Args)]
pub struct StoreArgs {
    /// The history: a file, or postgres://USER:PASSWORD@HOST/DATABASE (better in the environment, as PODPROBE_STORE_URL) [default: that of the configuration, or podprobe.db].
    #[arg(long, value_name = "FILE|URL")]
    pub store: Option<String>,

    /// The configuration that names the history [default: podprobe.toml, where there is one].
    #[arg(long, value_name = "FILE", conflicts_with = "store")]
    pub config: Option<PathBuf>,
}

/// `podprobe history`.
#[derive(Debug, Args)]
pub struct HistoryCommand {
    /// An origin, host, show or endpoint, or a part of its name; without it, an overview of all.
    #[arg(value_name = "NAME")]
    pub name: Option<String>,

    /// From when on: an age such as 24h, 7d or 8w, a date, or RFC 3339.
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = parse_since)]
    pub since: Since,

    /// Figures by the hour or by the day; without it, by the hour for three days at most.
    #[arg(long, value_enum)]
    pub by: Option<By>,

    /// The form.
    #[arg(long, value_enum, default_value_t = PlainFormat::Text)]
    pub format: PlainFormat,

    /// Where it is.
    #[command(flatten)]
    pub store: StoreArgs,
}

/// `podprobe incidents`.
#[derive(Debug, Args)]
pub struct IncidentsCommand {
    /// Those that ended since, too: an age such as 24h, 7d or 8w, a date, or RFC 3339.
    #[arg(long, value_name = "TIME", value_parser = parse_since)]
    pub since: Option<Since>,

    /// The form.
    #[arg(long, value_enum, default_value_t = PlainFormat::Text)]
    pub format: PlainFormat,

    /// Where they are.
    #[command(flatten)]
    pub store: StoreArgs,
}

/// `podprobe incident`.
#[derive(Debug, Args)]
pub struct IncidentCommand {
    /// Its number, as `podprobe incidents` shows it.
    #[arg(value_name = "N")]
    pub number: u64,

    /// The form.
    #[arg(long, value_enum, default_value_t = IncidentFormat::Text)]
    pub format: IncidentFormat,

    /// Where it is.
    #[command(flatten)]
    pub store: StoreArgs,
}

/// `--format` of `incident`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum IncidentFormat {
    /// For people.
    Text,
    /// One object.
    Json,
    /// A post-mortem: what happened when, whom it touched, who was told, what it cost.
    Markdown,
}

/// `podprobe digest`.
#[derive(Debug, Args)]
pub struct DigestCommand {
    /// Send it to this channel of the configuration, at once and without waiting for `podprobe watch`, instead of printing it (repeatable). A channel with tags gets what concerns its own sources, not the shows of lists.
    #[arg(long, value_name = "CHANNEL")]
    pub send: Vec<String>,

    /// Where the history is.
    #[command(flatten)]
    pub store: StoreArgs,
}

/// `podprobe export`.
#[derive(Debug, Args)]
pub struct ExportCommand {
    /// Tables: rounds, origins, certificates, enclosures, findings, incidents, transitions, deliveries; all of them if none is named.
    #[arg(value_name = "TABLE", value_parser = TABLES, hide_possible_values = true)]
    pub tables: Vec<String>,

    /// The form. CSV has one table in a file; JSON lines name theirs in `table`.
    #[arg(long, value_enum)]
    pub format: ExportFormat,

    /// From when on: an age such as 24h, 7d or 8w, a date, or RFC 3339.
    #[arg(long, value_name = "TIME", value_parser = parse_since)]
    pub since: Option<Since>,

    /// A file, or for several tables as CSV a folder, instead of standard output.
    #[arg(long, value_name = "FILE|FOLDER")]
    pub output: Option<PathBuf>,

    /// Where the history is.
    #[command(flatten)]
    pub store: StoreArgs,
}

/// `--by`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// By the hour (kept for 90 days).
    Hour,
    /// By the day of UTC (kept for two years).
    Day,
}

/// `--format` of `export`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// As RFC 4180 has it, with a header; nothing in it is a formula to a spreadsheet.
    Csv,
    /// One object a line.
    Jsonl,
}

/// `--since`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// So long ago.
    Ago(SignedDuration),
    /// At a time.
    At(Timestamp),
}

impl Since {
    /// The time meant, at a time.
    pub fn at(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Ago(ago) => now.checked_sub(ago).unwrap_or(Timestamp::MIN),
            Self::At(at) => at,
        }
    }
}

fn parse_since(text: &str) -> Result<Since, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(Since::At(at));
    }
    if let Ok(date) = text.parse::<jiff::civil::Date>()
        && let Ok(day) = jiff::tz::Offset::UTC.to_timestamp(date.to_datetime(jiff::civil::Time::midnight()))
    {
        return Ok(Since::At(day));
    }
    let hint = || "an age such as 24h, 7d or 8w, a date such as 2026-11-23, or RFC 3339".to_owned();
    let unit = match text.chars().last() {
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 86_400,
        Some('w') => 604_800,
        _ => return Err(hint()),
    };
    let number: i64 = text.get(..text.len() - 1).unwrap_or_default().parse().map_err(|_| hint())?;
    match number.checked_mul(unit) {
        Some(seconds) if seconds > 0 => Ok(Since::Ago(SignedDuration::from_secs(seconds))),
        _ => Err(hint()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_of_the_store_can_be_exported() {
        let known: Vec<&str> = crate::store::TABLES.iter().map(|table| table.name).collect();
        assert_eq!(TABLES.to_vec(), known);
    }

    #[test]
    fn an_age_a_date_and_a_time_are_understood() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("24h", "2026-11-22T12:00:00Z"),
            ("7d", "2026-11-16T12:00:00Z"),
            ("2w", "2026-11-09T12:00:00Z"),
            ("90m", "2026-11-23T10:30:00Z"),
            ("2026-11-01", "2026-11-01T00:00:00Z"),
            ("2026-11-01T05:00:00+01:00", "2026-11-01T04:00:00Z"),
        ] {
            assert_eq!(parse_since(text).unwrap().at(now), expected.parse().unwrap(), "{text}");
        }
        for text in ["", "d", "7", "-7d", "0h", "7 y", "9223372036854775807w", "yesterday", "7é"] {
            assert!(parse_since(text).is_err(), "{text}");
        }
        assert_eq!(parse_since("9000000000d").unwrap().at(now), Timestamp::MIN);
    }
}
