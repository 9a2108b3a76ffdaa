//! `podprobe incidents` and `podprobe incident N`.

mod page;

use std::fmt::Write as _;
use std::io::IsTerminal as _;

use serde_json::{Value, json};

use super::history::{open, time};
use super::{Exit, Fault, clock, configuration, output};
use crate::cli::{CONFIG_FILE, IncidentCommand, IncidentFormat, IncidentsCommand, PlainFormat, StoreArgs};
use crate::incident::{Ending, IncidentId};
use crate::notice::{PostmortemInput, Told, ToldState, ending_in_words, postmortem, say};
use crate::report::text::wrap;
use crate::store::{Acknowledgement, Dossier, IncidentLine};

/// Said of what waits for the daemon.
pub(super) const TAKES_ON: &str = "A running daemon takes it on within seconds, another one when it starts.";

/// Incidents that are read at once, to be listed or looked through.
pub(super) const MOST: u32 = 1_000;

pub(super) async fn list(arguments: &IncidentsCommand) -> Result<Exit, Fault> {
    let now = clock::now();
    let since = arguments.since.map(|since| since.at(now));
    let reader = open(&arguments.store).await?;
    let incidents = reader.incidents(since, MOST).await?;
    let text = match arguments.format {
        PlainFormat::Text => lines(&incidents, &reader.acknowledgements().await?, &time_zone(&arguments.store)),
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
        IncidentFormat::Text => {
            let zone = say::zone(&time_zone(&arguments.store));
            let asked = asked(&reader.acknowledgements().await?, arguments.number);
            let columns = output::width(std::io::stdout().is_terminal());
            page::page(&dossier, asked.as_deref(), &zone, clock::now(), columns)
        }
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
pub(super) fn time_zone(arguments: &StoreArgs) -> String {
    let file = arguments.config.clone().unwrap_or_else(|| CONFIG_FILE.into());
    configuration::read(&file).map(|loaded| loaded.settings.time_zone).unwrap_or_default()
}

/// The last that somebody asked for with an incident and that no daemon has taken on yet.
fn asked(waiting: &[(i64, Acknowledgement)], incident: u64) -> Option<String> {
    let (_, last) = waiting.iter().rfind(|(_, wish)| wish.incident.0 == incident)?;
    let what = if last.release { "to be handed back, says" } else { "asked for by" };
    Some(format!("{what} {}, not taken on yet", last.by))
}

fn lines(incidents: &[IncidentLine], waiting: &[(i64, Acknowledgement)], zone: &str) -> String {
    if incidents.is_empty() {
        return "No incidents.\n".into();
    }
    let zone = say::zone(zone);
    let columns = output::width(std::io::stdout().is_terminal());
    let mut text = String::new();
    for line in incidents {
        let end = line.closed_at.map(|at| format!(" to {}", time(at))).unwrap_or_default();
        let ending = Ending::ALL.into_iter().find(|one| line.ending.as_deref() == Some(one.as_str()));
        let ending = ending.and_then(ending_in_words).unwrap_or_default().to_owned();
        let taken = match (&line.acknowledged, asked(waiting, line.id)) {
            (Some(taken), None) => format!("taken up by {} on {}", taken.by, say::both(taken.at, &zone)),
            (Some(taken), Some(asked)) => {
                format!("taken up by {} on {}; {asked}", taken.by, say::both(taken.at, &zone))
            }
            (None, Some(asked)) => asked,
            (None, None) if line.closed_at.is_none() => "nobody has taken it up".to_owned(),
            (None, None) => String::new(),
        };
        let _ = writeln!(text, "{:>5}  {:8}  {:8}  {}{end}", line.id, line.severity, line.state, time(line.since));
        let said = format!("{}: {}", line.code, line.summary);
        for part in [said, ending, taken].iter().flat_map(|part| wrap(part, columns.saturating_sub(7), "\u{2026}")) {
            let _ = writeln!(text, "       {part}");
        }
    }
    text
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
            // As `podprobe incidents` has it; in the store it is a pair.
            if let Some(Value::Array(taken)) = fields.get("acknowledged") {
                let taken = json!({ "by": taken.first(), "at": taken.get(1) });
                fields.insert("acknowledged".to_owned(), taken);
            }
        }
    };
    forget(value.get_mut("incident"));
    for transition in value.get_mut("transitions").and_then(Value::as_array_mut).into_iter().flatten() {
        forget(transition.get_mut("incident"));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(ending: Ending) -> IncidentLine {
        let at = "2026-11-30T00:00:00Z".parse().unwrap();
        IncidentLine {
            id: 1,
            code: "connect-timeout".into(),
            severity: "critical".into(),
            state: "closed".into(),
            since: at,
            opened_at: Some(at),
            closed_at: Some(at),
            ending: Some(ending.as_str().to_owned()),
            host: None,
            subject: String::new(),
            summary: "a.example does not answer".into(),
            feeds: 1,
            episodes: 1,
            acknowledged: None,
        }
    }

    #[test]
    fn a_list_says_how_each_incident_ended() {
        for ending in Ending::ALL {
            let text = lines(&[line(ending)], &[], "");
            let words = ending_in_words(ending).unwrap_or_default();
            let start: String = words.chars().take(40).collect();
            assert!(text.contains(&start), "{text}");
            assert_eq!(text.contains("no longer watched"), ending == Ending::Unwatched, "{text}");
        }
    }

    #[test]
    fn a_list_says_what_somebody_asked_for_last_and_waits() {
        let open = IncidentLine { state: "open".into(), closed_at: None, ending: None, ..line(Ending::Mended) };
        let wish =
            |incident, by: &str, release| Acknowledgement { incident: IncidentId(incident), by: by.into(), release };
        let waiting = [(1, wish(1, "Bob", false)), (2, wish(1, "Ada", false)), (3, wish(2, "Eve", true))];
        let text = lines(std::slice::from_ref(&open), &waiting, "");
        assert!(text.contains("asked for by Ada, not taken on yet") && !text.contains("nobody"), "{text}");
        assert!(lines(&[open], &[], "").contains("nobody has taken it up"));
        assert_eq!(asked(&waiting, 2).unwrap(), "to be handed back, says Eve, not taken on yet");
    }
}
