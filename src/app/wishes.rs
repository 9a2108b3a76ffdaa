//! `podprobe acknowledge` and `podprobe silence`: what is asked of a running daemon.

use super::history::place;
use super::{Exit, Fault, clock, output};
use crate::cli::{AcknowledgeCommand, SilenceCommand};
use crate::incident::{IncidentId, State};
use crate::store::{Acknowledgement, Desk, Reader, SilenceWish};

/// Takes an incident up.
pub(super) async fn acknowledge(arguments: &AcknowledgeCommand) -> Result<Exit, Fault> {
    let place = place(&arguments.store)?;
    let incident = IncidentId(arguments.incident);
    let reader = Reader::open(&place).await?;
    let known = reader.incident(incident).await?.map(|dossier| dossier.incident);
    let open = known.filter(|incident| matches!(incident.state, State::Open | State::Flapping));
    let Some(known) = open else {
        return Err(Fault::NotInHistory(format!(
            "incident {} is not going on; `podprobe incidents` lists those that are",
            incident.0
        )));
    };
    if let Some((by, _)) = &known.acknowledged {
        return Err(Fault::NotInHistory(format!("incident {} was taken up by {by} already", incident.0)));
    }
    let desk = Desk::open(&place).await?;
    let wish = Acknowledgement { incident, by: arguments.by.clone() };
    desk.acknowledge(&wish, clock::now()).await?;
    desk.close().await;
    output::print(&format!(
        "Incident {} is taken up by {}; the daemon takes it on at its next turn.\n",
        incident.0,
        crate::markup::terminal(&wish.by)
    ))?;
    Ok(Exit::Ok)
}

/// Silences something for a while.
pub(super) async fn silence(arguments: &SilenceCommand) -> Result<Exit, Fault> {
    let now = clock::now();
    let until = now.checked_add(arguments.span).unwrap_or(jiff::Timestamp::MAX);
    let wish = SilenceWish {
        host: arguments.host.clone(),
        code: arguments.code,
        incident: arguments.incident.map(IncidentId),
    };
    let desk = Desk::open(&place(&arguments.store)?).await?;
    desk.silence(&wish, until, now).await?;
    desk.close().await;
    let until = until.strftime("%Y-%m-%d %H:%M:%S UTC");
    output::print(&format!("Silent until {until}. Judgement goes on; what still lasts is told then.\n"))?;
    Ok(Exit::Ok)
}
