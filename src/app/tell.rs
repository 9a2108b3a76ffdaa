//! Messages past the outbox: `podprobe notify test` and `check --notify`. One attempt each; whoever
//! asked sees what came of it.

use std::path::Path;

use jiff::Timestamp;

use super::{Exit, Fault, clock, configuration, output, watch};
use crate::cli::ConfigFile;
use crate::config::{Settings, nearest};
use crate::judge::trust::Stores;
use crate::judge::{Conclusion, Verdict};
use crate::notice::{self, Notification, Root, RoundInput};
use crate::notify::{Channel, Http, KINDS, Outgoing, kind, short_form};

/// Characters of a mistyped kind that are shown.
const MAX_KIND: usize = 32;

/// Channels by name: those of the configuration that are named, and short forms.
type Named = Vec<(String, Box<dyn Channel>)>;

/// Opens the channels that are named: `kind:...`, or a channel of the configuration, which is read with
/// `settings` where one is named. All mistakes are told before anything is sent. `option` is what the
/// names were typed after.
fn named(
    option: &str,
    names: &[String],
    config: &Path,
    http: &Http,
    settings: impl FnOnce() -> Result<Settings, Fault>,
) -> Result<watch::Channels, Fault> {
    let mut open: Named = Vec::new();
    let mut of_config: Vec<&String> = Vec::new();
    for name in names {
        match short_form(name) {
            Some((kind, options)) => {
                let said = |why: &dyn std::fmt::Display| {
                    Fault::Usage(format!("{option} {}:...: {why}; expected {}", kind.name, kind.short))
                };
                let options = options.map_err(|bad| said(&bad))?;
                let label = format!("{} {}", kind.name, open.len() + 1);
                open.push((label, kind.open(&options, http).map_err(|bad| said(&bad))?));
            }
            None => of_config.push(name),
        }
    }
    if !of_config.is_empty() {
        // A short form needs no configuration: a slip in its kind is told even where there is none.
        let read = settings();
        for name in of_config {
            let known = read.as_ref().map(|settings| settings.channels.as_slice()).unwrap_or_default();
            let Some(channel) = known.iter().find(|channel| channel.name == *name) else {
                if let Some(why) = no_such_kind(option, name) {
                    return Err(Fault::Usage(why));
                }
                let settings = read?;
                let known: Vec<&str> = settings.channels.iter().map(|channel| channel.name.as_str()).collect();
                return Err(Fault::Usage(no_such_channel(option, name, &known, config)));
            };
            open.push((name.clone(), watch::open_channel(channel, http).map_err(Fault::Channel)?));
        }
    }
    Ok(watch::Channels::of(open))
}

/// What is wrong with a short form whose kind does not exist: its kind, the nearest one, all of them.
/// What stands behind the colon may be a secret and is not shown. `None` for what is no short form.
fn no_such_kind(option: &str, text: &str) -> Option<String> {
    let (kind, _) = text.split_once(':')?;
    let names = || KINDS.iter().map(|kind| kind.name);
    let hint = match nearest(kind, names()) {
        Some(near) => format!("; did you mean {near}:...?"),
        // A URL alone, or whatever else it is: how a short form is written.
        None => "; a channel is written as KIND:URL (slack:https://hooks.slack.com/...).".to_owned(),
    };
    let known: Vec<&str> = names().collect();
    let kind: String = kind.chars().take(MAX_KIND).collect();
    Some(format!("{option} {kind}:...: there is no kind of channel {kind:?}{hint} The kinds are {}", known.join(", ")))
}

/// What is wrong with a name that no channel of the configuration has.
fn no_such_channel(option: &str, name: &str, known: &[&str], config: &Path) -> String {
    let near = nearest(name, known.iter().copied()).map(|near| format!(" (did you mean {near:?}?)"));
    let all = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    format!(
        "{option} {name}: {} has no channel {name:?}{}; it has: {all}. A channel may be written as slack:URL too",
        config.display(),
        near.unwrap_or_default()
    )
}

/// What names are typed after there.
const OPTION: &str = "notify test";

/// `podprobe notify test`. Channels of the configuration are reached as `podprobe watch` reaches them;
/// where only short forms are named no configuration is read.
pub(super) async fn test(names: &[String], file: &ConfigFile) -> Result<Exit, Fault> {
    let is_short = |name: &String| short_form(name).is_some();
    let alone = !names.is_empty() && names.iter().all(is_short);
    let settings = match (!alone).then(|| configuration::read(&file.config)) {
        None => None,
        Some(Ok(read)) => Some(read.settings),
        // A slip in a short form's kind is told even where there is no configuration.
        Some(Err(why)) => {
            let slip = names.iter().filter(|name| !is_short(name)).find_map(|name| no_such_kind(OPTION, name));
            return Err(slip.map_or(why.into(), Fault::Usage));
        }
    };
    let (http, time_zone) = if let Some(settings) = &settings {
        (watch::http_of(settings)?, settings.time_zone.clone())
    } else {
        let stores = super::stores::load(&crate::cli::Trust::default())?;
        (watch::http(&crate::cli::user_agent(), &stores).map_err(Fault::Channel)?, String::new())
    };
    let all: Vec<String> = match &settings {
        Some(settings) if names.is_empty() => settings.channels.iter().map(|channel| channel.name.clone()).collect(),
        _ => names.to_vec(),
    };
    if all.is_empty() {
        return Err(Fault::Usage(format!("{} names no channel", file.config.display())));
    }
    let read = || settings.map_or_else(|| Ok(configuration::read(&file.config)?.settings), Ok);
    let channels = named(OPTION, &all, &file.config, &http, read)?;
    let now = clock::now();
    let made: Vec<Notification> = channels.names().map(|name| notice::test_message(name, &time_zone, now)).collect();
    say_what_came(deliver(&channels, made, now).await)
}

/// Says of each channel what came of its message; one that did not arrive makes the exit unknown.
pub(super) fn say_what_came(came: Vec<(String, Result<(), String>)>) -> Result<Exit, Fault> {
    let mut exit = Exit::Ok;
    for (name, came) in came {
        match came {
            Ok(()) => output::print(&format!("{name}: delivered\n"))?,
            Err(why) => {
                output::print(&format!("{name}: not delivered: {why}\n"))?;
                exit = Exit::Unknown;
            }
        }
    }
    Ok(exit)
}

/// What `check --notify` needs, opened before the round so that a mistake is told at once.
#[derive(Debug)]
pub(super) struct Telling {
    channels: watch::Channels,
    /// An OK result is for chats too.
    ok_too: bool,
}

impl Telling {
    /// Opens the channels.
    pub(super) fn open(names: &[String], config: &Path, user_agent: &str, stores: &Stores) -> Result<Self, Fault> {
        let http = watch::http(user_agent, stores).map_err(Fault::Channel)?;
        let read = || Ok(configuration::read(config)?.settings);
        Ok(Self { channels: named("--notify", names, config, &http, read)?, ok_too: false })
    }

    /// The same, and an OK result is posted to every channel.
    pub(super) fn with_ok(self, ok_too: bool) -> Self {
        Self { ok_too, ..self }
    }

    /// Whether a channel is told of a result. There is no memory of earlier ones: an OK result is wanted
    /// where it ends an alert that may be there, and is noise elsewhere.
    fn wants(&self, name: &str, told: &RoundInput) -> bool {
        let resolves =
            || self.channels.get(name).and_then(|channel| kind(channel.kind())).is_some_and(|kind| kind.resolves);
        told.verdict != Verdict::Ok || self.ok_too || (!told.interrupted && resolves())
    }

    /// Posts the result of a round. What is not delivered is said, and makes the exit unknown.
    pub(super) async fn tell(&self, told: &RoundInput) -> Exit {
        let now = clock::now();
        let names = self.channels.names().filter(|name| self.wants(name, told));
        let made = names.flat_map(|name| notice::from_report(name, told, now)).collect();
        let mut exit = Exit::Ok;
        for (name, came) in deliver(&self.channels, made, now).await {
            if let Err(why) = came {
                output::complain(&format!("--notify {name}: not delivered: {why}"));
                exit = Exit::Unknown;
            }
        }
        exit
    }
}

/// What is told of a round.
pub(super) fn told(
    sources: &[String],
    conclusion: &Conclusion,
    headline: Option<String>,
    interrupted: bool,
) -> RoundInput {
    let roots = conclusion.findings.iter().filter(|finding| finding.caused_by.is_none());
    let roots = roots.filter(|finding| finding.severity > crate::judge::Severity::Info).map(|finding| Root {
        severity: finding.severity,
        code: finding.code,
        host: finding.origin.as_ref().map(|origin| origin.host.to_string()),
        summary: finding.summary.clone(),
        advice: finding.advice.clone(),
        affects: finding.affects,
    });
    RoundInput {
        sources: sources.to_vec(),
        verdict: conclusion.verdict,
        headline,
        feeds: conclusion.everyone.feeds,
        episodes: conclusion.everyone.episodes,
        interrupted,
        roots: roots.collect(),
        link: None,
    }
}

/// Sends each message to its channel, once.
pub(super) async fn deliver(
    channels: &watch::Channels,
    made: Vec<Notification>,
    at: Timestamp,
) -> Vec<(String, Result<(), String>)> {
    let sending = made.into_iter().map(|notification| async move {
        let name = notification.channel.clone();
        let outgoing = Outgoing { notification, thread: None, last: None, acknowledged: false, at };
        let came = match channels.get(&name) {
            Some(channel) => channel.deliver(&outgoing).await.map(drop).map_err(|failure| failure.to_string()),
            None => Err("it is not open".to_owned()),
        };
        (name, came)
    });
    futures_util::future::join_all(sending).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(option: &str, name: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("podprobe.toml");
        let stores = crate::app::stores::load(&crate::cli::Trust::default()).unwrap();
        let http = watch::http("podprobe/0 (bot)", &stores).unwrap();
        let read = || Ok(configuration::read(&config)?.settings);
        named(option, &[name.to_owned()], &config, &http, read).unwrap_err().to_string()
    }

    #[test]
    fn a_slip_in_a_kind_names_the_option_the_nearest_kind_and_all_of_them() {
        let why = refused("--notify", "slak:https://hooks.slack.com/services/T0/B0/secret");
        assert!(why.starts_with("--notify slak:...: there is no kind of channel \"slak\""), "{why}");
        assert!(why.contains("did you mean slack:...?"), "{why}");
        for kind in KINDS {
            assert!(why.contains(kind.name), "{}: {why}", kind.name);
        }
        assert!(!why.contains("podprobe.toml") && !why.contains("secret"), "{why}");
        let why = refused("notify test", "https://hooks.slack.com/services/T0/B0/secret");
        assert!(why.starts_with("notify test https:...") && why.contains("KIND:URL"), "{why}");
        assert!(!why.contains("secret"), "{why}");
        let why = refused("notify test", "slack:");
        assert!(why.starts_with("notify test slack:...") && why.contains("expected slack:"), "{why}");
    }

    #[test]
    fn a_name_without_a_colon_is_looked_for_in_the_configuration() {
        assert!(refused("--notify", "team").contains("podprobe.toml"));
        let why = no_such_channel("--notify", "taem", &["team", "ops"], Path::new("podprobe.toml"));
        assert!(why.contains("did you mean \"team\"?") && why.contains("it has: team, ops"), "{why}");
    }
}
