//! `podprobe init` and `podprobe config check`.

use std::path::PathBuf;

use clap::Args;

/// The file that is read and written where none is named.
pub const CONFIG_FILE: &str = "podprobe.toml";

/// `podprobe init`.
#[derive(Debug, Args)]
pub struct InitCommand {
    /// The file to write.
    #[arg(long, value_name = "FILE", default_value = CONFIG_FILE)]
    pub config: PathBuf,

    /// Replace the file where there is one.
    #[arg(long)]
    pub force: bool,

    /// Watch this feed or list, a URL or a path (repeatable).
    #[arg(long, value_name = "SOURCE")]
    pub source: Vec<String>,

    /// Tell this channel, such as slack:URL (repeatable).
    #[arg(long, value_name = "KIND:URL")]
    pub channel: Vec<String>,
}

/// `podprobe config check`.
#[derive(Debug, Args)]
pub struct ConfigCheck {
    /// The file to read.
    #[arg(long, value_name = "FILE", default_value = CONFIG_FILE)]
    pub config: PathBuf,
}
