//! Messages past the outbox: `podprobe notify test` and `check --notify`. One attempt each; whoever
//! asked sees what came of it.

use std::path::Path;

use jiff::Timestamp;

use super::{Exit, Fault, clock, configuration, output, watch};
use crate::cli::ConfigFile;
use crate::config::Settings;
use crate::judge::Conclusion;
use crate::judge::trust::Stores;
use crate::notice::{self, Notification, Root, RoundInput};
use crate::notify::{Channel, Http, Outgoing, short_form};

/// Channels by name: those of the configuration that are named, and short forms.
type Named = Vec<(String, Box<dyn Channel>)>;

/// Opens the channels that are named: `kind:...`, or a channel of the configuration, which is read with
/// `settings` where one is named. All mistakes are told before anything is sent; `flag` is what stands
/// before a short form.
fn named(
    names: &[String],
    config: &Path,
    http: &Http,
    flag: &str,
    settings: impl FnOnce() -> Result<Settings, Fault>,
) -> Result<watch::Channels, Fault> {
    let mut open: Named = Vec::new();
    let mut of_config: Vec<&String> = Vec::new();
    for name in names {
        match short_form(name) {
            Some((kind, options)) => {
                let said = |why: &dyn std::fmt::Display| Fault::Usage(format!("{flag}{}:...: {why}", kind.name));
                let options = options.map_err(|bad| said(&bad))?;
                let label = format!("{} {}", kind.name, open.len() + 1);
                open.push((label, kind.open(&options, http).map_err(|bad| said(&bad))?));
            }
            None => of_config.push(name),
        }
    }
    if !of_config.is_empty() {
        let settings = settings()?;
        for name in of_config {
            let Some(channel) = settings.channels.iter().find(|channel| channel.name == *name) else {
                let known: Vec<&str> = settings.channels.iter().map(|channel| channel.name.as_str()).collect();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                return Err(Fault::Usage(format!(
                    "{} has no channel {name:?}; it has: {known}. A channel may be written as slack:URL too",
                    config.display()
                )));
            };
            open.push((name.clone(), watch::open_channel(channel, http).map_err(Fault::Channel)?));
        }
    }
    Ok(watch::Channels::of(open))
}

/// `podprobe notify test`. Channels of the configuration are reached as `podprobe watch` reaches them;
/// where only short forms are named no configuration is read.
pub(super) async fn test(names: &[String], file: &ConfigFile) -> Result<Exit, Fault> {
    let is_short = |name: &String| short_form(name).is_some();
    let alone = !names.is_empty() && names.iter().all(is_short);
    let settings = if alone { None } else { Some(configuration::read(&file.config)?.settings) };
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
    let channels = named(&all, &file.config, &http, "", read)?;
    let now = clock::now();
    let made: Vec<Notification> = channels.names().map(|name| notice::test_message(name, &time_zone, now)).collect();
    let mut exit = Exit::Ok;
    for (name, came) in deliver(&channels, made, now).await {
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
}

impl Telling {
    /// Opens the channels.
    pub(super) fn open(names: &[String], config: &Path, user_agent: &str, stores: &Stores) -> Result<Self, Fault> {
        let http = watch::http(user_agent, stores).map_err(Fault::Channel)?;
        let read = || Ok(configuration::read(config)?.settings);
        Ok(Self { channels: named(names, config, &http, "--notify ", read)? })
    }

    /// Posts the result of a round. What is not delivered is said, and makes the exit unknown.
    pub(super) async fn tell(&self, told: &RoundInput) -> Exit {
        let now = clock::now();
        let made = self.channels.names().flat_map(|name| notice::from_report(name, told, now)).collect();
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
pub(super) fn told(conclusion: &Conclusion, interrupted: bool) -> RoundInput {
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
        verdict: conclusion.verdict,
        feeds: conclusion.everyone.feeds,
        episodes: conclusion.everyone.episodes,
        interrupted,
        roots: roots.collect(),
        link: None,
    }
}

async fn deliver(
    channels: &watch::Channels,
    made: Vec<Notification>,
    at: Timestamp,
) -> Vec<(String, Result<(), String>)> {
    let sending = made.into_iter().map(|notification| async move {
        let name = notification.channel.clone();
        let outgoing = Outgoing { notification, thread: None, acknowledged: false, at };
        let came = match channels.get(&name) {
            Some(channel) => channel.deliver(&outgoing).await.map(drop).map_err(|failure| failure.to_string()),
            None => Err("it is not open".to_owned()),
        };
        (name, came)
    });
    futures_util::future::join_all(sending).await
}
