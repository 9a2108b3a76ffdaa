//! `podprobe init`, `config check` and `config schema`, and how the configuration is read: the file,
//! this process's environment, the files of secrets.

mod kinds;

use std::fmt::Write as _;
use std::io::{self, BufRead, IsTerminal as _, Read as _, Write};
use std::path::Path;

use super::{Exit, Fault, output};
use crate::cli::{ConfigCheck, InitCommand};
use crate::config::{self, Answers, At, Loaded, Mistake, Mistakes, Outside, Places, Settings};
use crate::link::{self, Link};
use crate::notice::Quiet;
use crate::notify::{Http, HttpSettings};
use crate::probe::overrides::Overrides;

/// The largest file with a secret that is read, in bytes; see `config` for what a secret may be.
const MAX_SECRET: u64 = 128 << 10;

/// Reads a configuration with this process's environment, and holds it against what other rooms know.
pub(super) fn read(file: &Path) -> Result<Loaded, Mistakes> {
    let text = text(file).map_err(|what| Mistakes::new(file, vec![Mistake::new(At::File, what)]))?;
    let names: Vec<String> = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with(config::PREFIX))
        .collect();
    let outside = Outside { env: &|name| std::env::var(name).ok(), names: &names, read: &secret, beyond: &beyond };
    let mut loaded = config::load_from(&text, file, &outside)?;
    loaded.remarks.extend(readable_by_others(file, &loaded));
    Ok(loaded)
}

fn text(file: &Path) -> Result<String, String> {
    let limit = u64::try_from(config::MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file).and_then(|open| open.take(limit).read_to_end(&mut bytes));
    match opened {
        Err(why) if why.kind() == io::ErrorKind::NotFound => {
            Err("there is no such file; `podprobe init` writes one".to_owned())
        }
        Err(why) => Err(format!("cannot be read: {why}")),
        Ok(_) => String::from_utf8(bytes).map_err(|error| {
            let sound = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
            format!("line {} is no UTF-8", sound.split(|byte| *byte == b'\n').count())
        }),
    }
}

fn secret(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(MAX_SECRET).read_to_string(&mut text)?;
    Ok(text)
}

/// Mistakes that only other rooms see: channels' options, the forms of `resolve` and `connect_to`,
/// files that are not there.
fn beyond(settings: &Settings, places: &Places) -> Vec<Mistake> {
    let at = |path: String| places.get(&path).cloned().unwrap_or(At::File);
    let mut mistakes = Vec::new();
    match Http::new(HttpSettings::new(settings.network.user_agent.clone())) {
        Ok(http) => {
            let channels = settings.channels.iter();
            mistakes.extend(channels.flat_map(|channel| kinds::complaints(channel, places, &http)));
        }
        Err(why) => mistakes.push(Mistake::new(At::File, format!("channels cannot be opened: {why}"))),
    }
    for (index, text) in settings.network.resolve.iter().enumerate() {
        if let Err(error) = Overrides::parse(std::slice::from_ref(text), &[]) {
            let what = format!("`resolve` has to be {}: {}", error.form, error.why);
            mistakes.push(Mistake::new(at(format!("network.resolve[{index}]")), what));
        }
    }
    for (index, text) in settings.network.connect_to.iter().enumerate() {
        if let Err(error) = Overrides::parse(&[], std::slice::from_ref(text)) {
            let what = format!("`connect_to` has to be {}: {}", error.form, error.why);
            mistakes.push(Mistake::new(at(format!("network.connect_to[{index}]")), what));
        }
    }
    let lists = [("catalogs", &settings.catalogs), ("trust.ca_files", &settings.trust.ca_files)];
    let listed = lists.into_iter().flat_map(|(name, paths)| {
        paths.iter().enumerate().map(move |(index, path)| (format!("{name}[{index}]"), path))
    });
    let named = settings.trust.stores.iter().map(|(name, path)| (format!("trust.stores.{name}"), path));
    for (name, path) in listed.chain(named) {
        if let Err(why) = std::fs::metadata(path) {
            mistakes.push(Mistake::new(at(name), format!("the file {} cannot be read: {why}", path.display())));
        }
    }
    mistakes
}

/// Remarks on secrets that every user of this machine may read.
fn readable_by_others(file: &Path, loaded: &Loaded) -> Vec<Mistake> {
    let mut remarks = Vec::new();
    for (path, at) in &loaded.secret_files {
        if let Some(mode) = mode_for_others(path) {
            let what = format!("others may read the secret in {} (mode {mode:o}): chmod 600 it", path.display());
            remarks.push(Mistake::new(at.clone(), what));
        }
    }
    let holds_secrets = loaded.settings.channels.iter().any(|channel| !channel.options.is_empty());
    if let Some(mode) = mode_for_others(file).filter(|_| holds_secrets && loaded.secret_files.is_empty()) {
        let what = format!("others may read this file and the secrets in it (mode {mode:o}): chmod 600 it");
        remarks.push(Mistake::new(At::File, what));
    }
    remarks
}

/// The mode of a file that others than its owner may use.
#[cfg(unix)]
fn mode_for_others(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn mode_for_others(_path: &Path) -> Option<u32> {
    None
}

/// `podprobe config check`.
pub(super) fn check(arguments: &ConfigCheck) -> Result<Exit, Fault> {
    let loaded = read(&arguments.config)?;
    let mut text = summary(&loaded.settings);
    for remark in &loaded.remarks {
        let _ = writeln!(text, "{}", remark.line(&arguments.config));
    }
    output::print(&text)?;
    Ok(Exit::Ok)
}

/// `podprobe config schema`.
pub(super) fn schema() -> Result<Exit, Fault> {
    let mut schema = config::schema();
    kinds::describe(&mut schema);
    output::print(&format!("{schema:#}\n"))?;
    Ok(Exit::Ok)
}

/// What was understood, for people.
fn summary(settings: &Settings) -> String {
    let mut text = format!("{} is fine.\n", settings.file.display());
    let mut line = |label: &str, value: String| {
        let _ = writeln!(text, "  {label:<12} {value}");
    };
    let sources = settings.sources.iter().map(|source| {
        let shown = link::redact(&source.source);
        source.name.as_ref().map_or(shown.clone(), |name| format!("{name} ({shown})"))
    });
    line("sources", listed(sources.collect()));
    let endpoints = settings.endpoints.iter().map(|endpoint| format!("{} ({})", endpoint.name, endpoint.url));
    line("endpoints", listed(endpoints.collect()));
    let channels = settings.channels.iter().map(|channel| {
        let only = match (channel.escalation_only, channel.owner_only) {
            (true, _) => ", escalation only",
            (false, true) => ", owner only",
            (false, false) => "",
        };
        let quiet = channel.quiet.as_ref().map(quiet).unwrap_or_default();
        format!("{} ({}, from {} on{only}{quiet})", channel.name, channel.kind, channel.from.as_str())
    });
    line("channels", every(&channels.collect::<Vec<_>>()));
    line("digest", digest(settings));
    let intervals = &settings.intervals;
    let every = [
        ("hosts", intervals.origins),
        ("episodes", intervals.chains),
        ("feeds", intervals.feeds),
        ("endpoints", intervals.endpoints),
    ];
    let every = every.map(|(what, span)| format!("{what} every {}", config::span(span)));
    line("intervals", every.join(", "));
    line("episodes", format!("the newest {}, and {} of the back catalogue", settings.episodes, settings.catalogue));
    if !settings.maintenance.is_empty() {
        let windows =
            settings.maintenance.iter().map(|window| format!("{} ({} to {})", window.name, window.from, window.to));
        line("maintenance", listed(windows.collect()));
    }
    let store = settings.store.url.expose();
    let is_file = !store.to_ascii_lowercase().starts_with("postgres");
    line("store", if is_file { store.to_owned() } else { "PostgreSQL".into() });
    line(
        "heartbeat",
        settings.heartbeat.as_ref().map_or_else(none, |beat| format!("every {}", config::span(beat.every))),
    );
    line("web", settings.web.map_or_else(none, |web| web.listen.to_string()));
    line("time zone", settings.time_zone.clone());
    text
}

/// When a channel waits.
fn quiet(quiet: &Quiet) -> String {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let days = quiet.days.iter().filter_map(|day| DAYS.get(usize::from(day.saturating_sub(1))).copied());
    let days = days.collect::<Vec<_>>().join(" ");
    format!(
        ", quiet {} to {} {}{}{}",
        clock(quiet.from),
        clock(quiet.to),
        if quiet.time_zone.is_empty() { "UTC" } else { &quiet.time_zone },
        if days.is_empty() { String::new() } else { format!(" ({days})") },
        if quiet.even_critical { ", even if critical" } else { "" },
    )
}

/// When and where the weekly digest goes.
fn digest(settings: &Settings) -> String {
    const DAYS: [&str; 7] = ["Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"];
    let Some(wanted) = &settings.digest else { return "none; the table [digest] asks for one".to_owned() };
    let day = DAYS.get(usize::from(wanted.weekday.saturating_sub(1))).copied().unwrap_or("Mondays");
    let all = settings.channels.iter().filter(|channel| !channel.escalation_only).map(|channel| channel.name.clone());
    let to: Vec<String> = if wanted.channels.is_empty() { all.collect() } else { wanted.channels.clone() };
    format!(
        "{day} at {:02}:{:02} {}, to {}",
        wanted.minute / 60,
        wanted.minute % 60,
        if settings.time_zone.is_empty() { "UTC" } else { &settings.time_zone },
        if to.is_empty() { "nobody: there is no channel".to_owned() } else { every(&to) }
    )
}

fn none() -> String {
    "none".into()
}

/// All of them, and how many there are: who is told is what the file is checked for.
fn every(items: &[String]) -> String {
    if items.is_empty() { none() } else { format!("{}: {}", items.len(), items.join(", ")) }
}

/// The first few of many, and how many there are.
fn listed(items: Vec<String>) -> String {
    const MOST: usize = 5;
    match items.len() {
        0 => none(),
        count if count <= MOST => format!("{count}: {}", items.join(", ")),
        count => {
            let first: Vec<String> = items.into_iter().take(MOST).collect();
            format!("{count}: {}, and {} more", first.join(", "), count - MOST)
        }
    }
}

/// `podprobe init`.
pub(super) fn init(arguments: &InitCommand) -> Result<Exit, Fault> {
    let path = &arguments.config;
    let fault = |why: String| Fault::Init { path: path.clone(), why };
    if !arguments.force && path.symlink_metadata().is_ok() {
        return Err(fault("is there already; --force replaces it".into()));
    }
    let mut answers = Answers { sources: arguments.source.clone(), ..Answers::default() };
    for text in &arguments.channel {
        answers.channels.push(kinds::channel(text).map_err(|why| Fault::Usage(format!("--channel: {why}")))?);
    }
    let asked = answers.sources.is_empty() && io::stdin().is_terminal() && io::stdout().is_terminal();
    if asked {
        ask(&mut answers, &mut io::stdin().lock(), &mut io::stdout().lock())
            .map_err(|why| fault(format!("the answers cannot be read: {why}")))?;
    }
    for source in &answers.sources {
        source_fault(source).map_or(Ok(()), |why| Err(Fault::Usage(format!("--source: {why}"))))?;
    }
    // Paths are typed from the working directory, and read from the folder of the file.
    answers.sources.iter_mut().for_each(|source| *source = from_file(path, source));
    write_new(path, &config::starter(&answers), arguments.force).map_err(|why| match why.kind() {
        io::ErrorKind::AlreadyExists => fault("is there already; --force replaces it".into()),
        _ => fault(format!("cannot be written: {why}")),
    })?;
    output::print(&format!("Wrote {}. `podprobe config check` says what it means.\n", path.display()))?;
    Ok(Exit::Ok)
}

/// Why a text is no source that can be watched.
fn source_fault(text: &str) -> Option<String> {
    match text {
        "" | "-" => Some("expected a URL or a path".into()),
        url if url.contains("://") => Link::parse(url).err().map(|why| format!("{}: {why}", link::redact(url))),
        path if path.contains(char::is_control) => Some("expected a URL or a path".into()),
        _ => None,
    }
}

/// A relative path from the working directory, as it is written in a file of another folder.
fn from_file(file: &Path, source: &str) -> String {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    if source.contains("://") || folder.is_none() {
        return source.to_owned();
    }
    std::path::absolute(source)
        .ok()
        .and_then(|path| path.into_os_string().into_string().ok())
        .unwrap_or_else(|| source.into())
}

/// Asks for what no flag named. An empty answer ends a list or takes what is proposed.
fn ask(answers: &mut Answers, input: &mut impl BufRead, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "Feeds to watch, a URL or a path a line (OPML lists too). An empty line ends them.")?;
    while let Some(line) = answer(input, out, "feed> ")? {
        match source_fault(&line) {
            Some(why) => writeln!(out, "  {why}")?,
            None => answers.sources.push(line),
        }
    }
    if answers.channels.is_empty() {
        writeln!(
            out,
            "Whom to tell, as KIND:URL a line (slack:https://hooks.slack.com/...). An empty line ends them."
        )?;
        while let Some(line) = answer(input, out, "channel> ")? {
            match kinds::channel(&line) {
                Ok(channel) => answers.channels.push(channel),
                Err(why) => writeln!(out, "  {why}")?,
            }
        }
    }
    writeln!(out, "The time zone of those who are told, such as Europe/Berlin. An empty line means UTC.")?;
    while let Some(line) = answer(input, out, "time zone> ")? {
        if config::zone::get(&line).is_some() {
            answers.time_zone = Some(line);
            break;
        }
        writeln!(out, "  there is no such time zone")?;
    }
    Ok(())
}

/// One answer; `None` for an empty line and at the end.
fn answer(input: &mut impl BufRead, out: &mut impl Write, prompt: &str) -> io::Result<Option<String>> {
    write!(out, "{prompt}")?;
    out.flush()?;
    let mut line = String::new();
    input.take(64 << 10).read_line(&mut line)?;
    let line = line.trim();
    Ok((!line.is_empty()).then(|| line.to_owned()))
}

/// Writes a file for its owner alone, whole or not at all.
fn write_new(path: &Path, text: &str, replace: bool) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A temporary file is its owner's alone from the start.
    let mut file = tempfile::Builder::new().prefix(".podprobe-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    let placed = if replace { file.persist(path) } else { file.persist_noclobber(path) };
    placed.map(|_| ()).map_err(|error| error.error)
}

#[cfg(test)]
mod tests;
