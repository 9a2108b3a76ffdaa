//! Where output goes: standard output (a closed pipe is no error), a file (whole or not at all),
//! and complaints on standard error.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use crate::cli::{ColorChoice, Output};
use crate::config::{Level, LogFormat, LogSettings};
use crate::markup;
use crate::report::Style;

/// Why output could not be written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// A file.
    #[error("the report cannot be written to {}: {why}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        why: io::Error,
    },
    /// Standard output.
    #[error("standard output cannot be written: {0}")]
    Stdout(io::Error),
}

impl OutputError {
    /// Whether the reader of standard output went away, which is no fault.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Stdout(why) if why.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Writes a text to standard output. A reader that went away (`| head`) is not an error.
pub fn print(text: &str) -> Result<(), OutputError> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(why) if why.kind() != io::ErrorKind::BrokenPipe => Err(OutputError::Stdout(why)),
        _ => Ok(()),
    }
}

/// One line on standard error, made safe for a terminal.
#[expect(clippy::print_stderr, reason = "this is where complaints go")]
pub fn complain(text: &str) {
    for line in text.lines() {
        eprintln!("podprobe: {}", markup::terminal(line));
    }
}

/// Lines on standard error as they are, made safe for a terminal.
#[expect(clippy::print_stderr, reason = "this is where complaints go")]
pub fn remark(text: &str) {
    for line in text.lines() {
        eprintln!("{}", markup::terminal(line));
    }
}

/// Writes the report where `--output` says.
pub fn deliver(text: &str, to: Option<&Path>) -> Result<(), OutputError> {
    deliver_by(to, |out| out.write_all(text.as_bytes()))
}

/// Writes the report where `--output` says, as it is made: a large one is never held as text.
pub(super) fn deliver_by(
    to: Option<&Path>,
    write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
) -> Result<(), OutputError> {
    let Some(path) = to else {
        let mut stdout = io::BufWriter::with_capacity(BUFFER, io::stdout().lock());
        return match write(&mut stdout).and_then(|()| stdout.flush()) {
            // A reader that went away (`| head`) is not an error.
            Err(why) if why.kind() != io::ErrorKind::BrokenPipe => Err(OutputError::Stdout(why)),
            _ => {
                // What the reader did not want is not offered again.
                drop(stdout.into_parts());
                Ok(())
            }
        };
    };
    replace(path, write).map_err(|why| OutputError::File { path: path.to_owned(), why })
}

/// Bytes of a report that are written at once.
const BUFFER: usize = 64 << 10;

/// Writes a file beside its place and renames it there, so that no reader sees half of it. What is
/// no regular file (`/dev/stdout`, a pipe) is written to as it is; a link leads to what is written.
fn replace(path: &Path, write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> io::Result<()> {
    match target(path)? {
        Target::Stream => {
            let mut stream = io::BufWriter::with_capacity(BUFFER, stream(path)?);
            write(&mut stream)?;
            stream.flush()
        }
        Target::File(path) => {
            let mut file = io::BufWriter::with_capacity(BUFFER, beside(&path)?);
            write(&mut file)?;
            settle(file.into_inner()?, &path)
        }
    }
}

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    /// A pipe, a device, or an open file by its descriptor: written to, never replaced.
    Stream,
    /// A file that is there or can be made, links followed.
    File(PathBuf),
}

/// Links that are followed, as many as Linux does.
const MAX_LINKS: usize = 40;

/// Follows links, to a file that need not be there.
fn target(path: &Path) -> io::Result<Target> {
    if std::fs::metadata(path).is_ok_and(|meta| !meta.is_file()) {
        return Ok(Target::Stream);
    }
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        // `/dev/stdout` leads here: whoever opened that file goes on writing to it.
        if path.starts_with("/proc/") {
            return Ok(Target::Stream);
        }
        if !std::fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_symlink()) {
            return Ok(Target::File(path));
        }
        let to = std::fs::read_link(&path)?;
        path = path.parent().map(|folder| folder.join(&to)).unwrap_or(to);
    }
    Err(io::Error::other("too many symbolic links"))
}

/// What is written to as it is.
fn stream(path: &Path) -> io::Result<std::fs::File> {
    std::fs::OpenOptions::new().append(true).open(path)
}

/// A new file in the same folder, with the mode of the one that it will replace; where there is
/// none, with the mode that any new file gets (0666 without the umask).
fn beside(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        let why = format!("there is no folder {}", folder.display());
        return Err(io::Error::new(io::ErrorKind::NotFound, why));
    }
    let mut file = tempfile::Builder::new();
    file.prefix(".podprobe-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(path).map_or(0o666, |meta| meta.permissions().mode());
        file.permissions(std::fs::Permissions::from_mode(mode & 0o777));
    }
    file.tempfile_in(folder)
}

/// Gives a written file its place; an old file there hands its mode on, whatever the umask.
fn settle(file: tempfile::NamedTempFile, path: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    #[cfg(unix)]
    if let Ok(old) = std::fs::metadata(path) {
        file.as_file().set_permissions(old.permissions())?;
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// A report as one JSON object.
pub(super) fn json(report: &impl serde::Serialize) -> String {
    let mut text = Vec::new();
    // Writing to memory does not fail.
    let _ = crate::report::write_json(report, &mut text);
    String::from_utf8(text).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Lines written one by one: to standard output or a device as they come, or to a file that takes
/// its place when all are there.
#[derive(Debug)]
pub(super) struct Lines {
    to: To,
}

#[derive(Debug)]
enum To {
    Stdout,
    Special(PathBuf, std::fs::File),
    File(PathBuf, tempfile::NamedTempFile),
}

impl Lines {
    /// Lines to a file, or to standard output.
    pub(super) fn open(to: Option<&Path>) -> Result<Self, OutputError> {
        let Some(path) = to else { return Ok(Self { to: To::Stdout }) };
        let fault = |why| OutputError::File { path: path.to_owned(), why };
        let to = match target(path).map_err(fault)? {
            Target::Stream => To::Special(path.to_owned(), stream(path).map_err(fault)?),
            Target::File(path) => {
                let file = beside(&path).map_err(fault)?;
                To::File(path, file)
            }
        };
        Ok(Self { to })
    }

    /// Writes whole lines.
    pub(super) fn write(&mut self, text: &str) -> Result<(), OutputError> {
        let bytes = text.as_bytes();
        match &mut self.to {
            To::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(OutputError::Stdout)
            }
            To::Special(path, file) => {
                file.write_all(bytes).map_err(|why| OutputError::File { path: path.clone(), why })
            }
            To::File(path, file) => file.write_all(bytes).map_err(|why| OutputError::File { path: path.clone(), why }),
        }
    }

    /// Puts the file in its place.
    pub(super) fn close(self) -> Result<(), OutputError> {
        let To::File(path, file) = self.to else { return Ok(()) };
        settle(file, &path).map_err(|why| OutputError::File { path, why })
    }
}

/// Starts the log on standard error: warnings, or with `-vv` what happens, or what RUST_LOG says.
pub(super) fn start_log(verbose: u8) {
    let level = if verbose >= 2 { "podprobe=debug" } else { "podprobe=warn" };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| level.into());
    // A second start (an embedding program's own log) is no fault.
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let _ = log.with_ansi(colored(ColorChoice::Auto, io::stderr().is_terminal())).try_init();
}

/// Starts the daemon's log, on standard error: RUST_LOG, else the level of the configuration.
pub(super) fn start_daemon_log(settings: LogSettings) {
    let level = match settings.level {
        Level::Error => "podprobe=error",
        Level::Warn => "podprobe=warn",
        Level::Info => "podprobe=info",
        Level::Debug => "podprobe=debug",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| level.into());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // A second start (an embedding program's own log) is no fault.
    let _ = match settings.format {
        LogFormat::Text => log.with_ansi(io::stderr().is_terminal()).try_init(),
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init(),
    };
}

/// Whether colours are wanted: `--color`, then NO_COLOR and CLICOLOR_FORCE, then the terminal.
pub fn colored(choice: ColorChoice, to_terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if set("NO_COLOR") => false,
        ColorChoice::Auto if set("CLICOLOR_FORCE") => true,
        ColorChoice::Auto => to_terminal && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
    }
}

/// The style of a text for where it goes.
pub fn style(output: &Output) -> Style {
    let terminal = output.output.is_none() && io::stdout().is_terminal();
    Style {
        color: colored(output.color, terminal),
        width: width(terminal),
        verbose: output.verbose > 0,
        quiet: output.quiet,
        fails_from: super::exit::fails_from(output.fail_on),
        ..Style::default()
    }
}

/// The width of the terminal, within what reads well; 100 where there is none.
pub fn width(terminal: bool) -> usize {
    let columns = if terminal { console_columns() } else { None };
    columns.map_or(100, |columns| columns.clamp(40, 140))
}

fn console_columns() -> Option<usize> {
    let (_, columns) = console_size()?;
    Some(usize::from(columns))
}

fn console_size() -> Option<(u16, u16)> {
    terminal_size::terminal_size().map(|(width, height)| (height.0, width.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_replaces_the_old_one_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        deliver("one", Some(&path)).unwrap();
        deliver("two", Some(&path)).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
        let mut lines = Lines::open(Some(&path)).unwrap();
        lines.write("three").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two", "the old one stays until all is there");
        lines.close().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "three");
        let missing = folder.path().join("no/such/folder/report.json");
        let why = deliver("x", Some(&missing)).unwrap_err().to_string();
        assert!(why.contains("no/such/folder") && !why.contains(".podprobe-"), "{why}");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_written_to_and_not_replaced() {
        let null = Path::new("/dev/null");
        assert_eq!(target(null).unwrap(), Target::Stream);
        let mut lines = Lines::open(Some(null)).unwrap();
        assert!(matches!(lines.to, To::Special(..)));
        lines.write("x").unwrap();
        lines.close().unwrap();
        assert_eq!(target(null).unwrap(), Target::Stream);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_what_it_leads_to_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("kept")).unwrap();
        std::os::unix::fs::symlink("kept/report.json", at("link")).unwrap();
        std::os::unix::fs::symlink("link", at("report.json")).unwrap();
        for text in ["made", "replaced"] {
            deliver(text, Some(&at("report.json"))).unwrap();
            assert_eq!(std::fs::read_to_string(at("kept/report.json")).unwrap(), text);
        }
        let mut lines = Lines::open(Some(&at("report.json"))).unwrap();
        lines.write("streamed").unwrap();
        lines.close().unwrap();
        assert_eq!(std::fs::read_to_string(at("kept/report.json")).unwrap(), "streamed");
        assert!(at("report.json").is_symlink() && at("link").is_symlink());
        std::os::unix::fs::symlink("round", at("round")).unwrap();
        assert!(deliver("x", Some(&at("round"))).unwrap_err().to_string().contains("round"));
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_follows_the_umask_and_an_old_one_keeps_its_mode() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        // What the system gives to any new file here.
        let plain = folder.path().join("plain");
        std::fs::write(&plain, "").unwrap();
        let path = folder.path().join("report.json");
        deliver("new", Some(&path)).unwrap();
        assert_eq!(mode(&path), mode(&plain));
        for old in [0o600, 0o666, 0o640] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(old)).unwrap();
            deliver("old", Some(&path)).unwrap();
            assert_eq!(mode(&path), old);
        }
    }
}
