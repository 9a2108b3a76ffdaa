//! `podprobe incidents` and `podprobe incident N`.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::history::{open, time};
use super::{Exit, Fault, clock, configuration, output};
use crate::cli::{CONFIG_FILE, IncidentCommand, IncidentFormat, IncidentsCommand, PlainFormat, StoreArgs};
use crate::incident::{Ending, Happened, IncidentId};
use crate::markup;
use crate::notice::{PostmortemInput, Told, ToldState, ending_in_words, postmortem};
use crate::store::{Dossier, IncidentLine};

/// Incidents that are listed.
const LISTED: u32 = 1_000;

pub(super) async fn list(arguments: &IncidentsCommand) -> Result<Exit, Fault> {
    let now = clock::now();
    let since = arguments.since.map(|since| since.at(now));
    let reader = open(&arguments.store).await?;
    let incidents = reader.incidents(since, LISTED).await?;
    let text = match arguments.format {
        PlainFormat::Text => lines(&incidents),
        PlainFormat::Json => {
            output::json(&json!({ "schema": "podprobe.incidents/v1", "since": since, "incidents": incidents }))
        }
    };
    output::print(&text)?;
    Ok(Exit::Ok)
}

pub(super) async fn one(arguments: &IncidentCommand) -> Result<Exit, Fault> {
    let reader = open(&arguments.store).await?;
    let Some(dossier) = reader.incident(IncidentId(arguments.number)).await? else {
        return Err(Fault::NotInHistory(format!(
            "there is no incident {}; `podprobe incidents --since 52w` lists those of a year",
            arguments.number
        )));
    };
    let text = match arguments.format {
        IncidentFormat::Text => page(&dossier),
        IncidentFormat::Json => output::json(&document(&dossier)),
        IncidentFormat::Markdown => {
            let told = dossier.deliveries.iter().map(|delivery| Told {
                channel: delivery.channel.clone(),
                at: delivery.done_at.unwrap_or(delivery.composed_at),
                headline: delivery.headline.clone(),
                state: match delivery.state.as_str() {
                    "delivered" => ToldState::Delivered,
                    "dead" => ToldState::Dead,
                    "superseded" => ToldState::Superseded,
                    _ => ToldState::Waiting,
                },
            });
            let time_zone = time_zone(&arguments.store);
            let input = PostmortemInput { time_zone, now: clock::now(), told: told.collect() };
            postmortem(&dossier.incident, &dossier.transitions, &input)
        }
    };
    output::print(&text)?;
    Ok(Exit::Ok)
}

/// The time zone for people: the configuration's, where there is one.
fn time_zone(arguments: &StoreArgs) -> String {
    let file = arguments.config.clone().unwrap_or_else(|| CONFIG_FILE.into());
    configuration::read(&file).map(|loaded| loaded.settings.time_zone).unwrap_or_default()
}

fn lines(incidents: &[IncidentLine]) -> String {
    if incidents.is_empty() {
        return "No incidents.\n".into();
    }
    let mut text = String::new();
    for line in incidents {
        let mut end = line.closed_at.map(|at| format!(" to {}", time(at))).unwrap_or_default();
        if line
            .ending
            .as_deref()
            .is_some_and(|name| Ending::ALL.iter().any(|one| one.as_str() == name && !one.is_proved()))
        {
            end.push_str(", no longer watched");
        }
        let _ = writeln!(
            text,
            "{:>5}  {:8}  {:8}  {}{end}\n       {}  {}",
            line.id,
            line.severity,
            line.state,
            time(line.since),
            line.code,
            markup::terminal(&line.summary),
        );
    }
    text
}

fn page(dossier: &Dossier) -> String {
    let incident = &dossier.incident;
    let mut text = format!("Incident {}: {}\n\n", incident.id.0, markup::terminal(&incident.summary));
    let mut fact = |label: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{label:13}{}", markup::terminal(value));
        }
    };
    fact("Code", incident.code.as_str());
    fact("Severity", incident.severity.as_str());
    fact("Host", incident.host.as_deref().unwrap_or_default());
    fact("Since", &time(incident.since));
    let over = if incident.ending.is_none_or(Ending::is_proved) { "Over" } else { "Closed" };
    fact(over, &incident.closed_at.map(time).unwrap_or_default());
    fact("Ending", incident.ending.and_then(ending_in_words).unwrap_or_default());
    if let Some((by, at)) = &incident.acknowledged {
        fact("Taken up", &format!("by {by}, {}", time(*at)));
    }
    fact("Touches", &format!("{} shows, {} episodes", incident.affects.feeds, incident.affects.episodes));
    for show in &incident.shows {
        fact("", &format!("{} ({} episodes)", show.name, show.episodes));
    }
    fact("Evidence", &incident.detail);
    fact("Advice", &incident.advice);
    text.push_str("\nWhat happened\n");
    for transition in &dossier.transitions {
        let _ = writeln!(text, "  {}  {}", time(transition.at), markup::terminal(&words(&transition.happened)));
    }
    if !dossier.deliveries.is_empty() {
        text.push_str("\nWho was told\n");
    }
    for delivery in &dossier.deliveries {
        let why = delivery.last_error.as_deref().map(|why| format!(" (last failure: {why})")).unwrap_or_default();
        let _ = writeln!(
            text,
            "  {}  {}  {}{}",
            time(delivery.done_at.unwrap_or(delivery.composed_at)),
            delivery.state,
            markup::terminal(&delivery.channel),
            markup::terminal(&why),
        );
    }
    text
}

fn words(happened: &Happened) -> String {
    match happened {
        Happened::Opened => "opened".into(),
        Happened::Stepped { step } => format!("came a step nearer to its end: {step:?}").to_lowercase(),
        Happened::Worsened { from } => format!("became worse than {}", from.as_str()),
        Happened::Eased { from } => format!("became less than {}", from.as_str()),
        Happened::Recovered => "over".into(),
        Happened::Unwatched => "no longer watched: whether it is mended is not known".into(),
        Happened::Reopened => "came back".into(),
        Happened::Flapping => "began to come and go".into(),
        Happened::Reminded => "reminded".into(),
        Happened::Escalated => "escalated: nobody had taken it up".into(),
        Happened::Acknowledged { by } => format!("taken up by {by}"),
    }
}

/// The dossier without what the rules keep for themselves.
fn document(dossier: &Dossier) -> Value {
    let mut value = json!({
        "schema": "podprobe.incident/v1", "incident": dossier.incident, "transitions": dossier.transitions,
        "deliveries": dossier.deliveries,
    });
    let forget = |incident: Option<&mut Value>| {
        if let Some(Value::Object(fields)) = incident {
            fields.shift_remove("memory");
        }
    };
    forget(value.get_mut("incident"));
    for transition in value.get_mut("transitions").and_then(Value::as_array_mut).into_iter().flatten() {
        forget(transition.get_mut("incident"));
    }
    value
}
