//! Silences that people ask for by the command line, and what happens to messages when one is lifted.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::incident::IncidentId;
use crate::notice::{self, Held, Notification, Routing, Silence};
use crate::store::{Reader, StoreError};

/// The silences that are in force.
pub(super) async fn in_force(reader: &Reader, now: Timestamp) -> Result<Vec<Silence>, StoreError> {
    let kept = reader.silences(now).await?.into_iter();
    let silence = |kept: crate::store::KeptSilence| Silence {
        until: kept.until,
        host: kept.wish.host,
        code: kept.wish.code,
        incident: kept.wish.incident,
    };
    Ok(kept.map(silence).collect())
}

/// Messages that maintenance or a silence held back when they were composed and that may go earlier
/// now. They say no more that they are held; what is still worth sending of them is settled when they
/// go, as at the end of a silence.
pub(super) async fn let_go(
    reader: &Reader,
    routing: &Routing,
    now: Timestamp,
) -> Result<Vec<Notification>, StoreError> {
    let mut held: BTreeMap<IncidentId, Vec<Notification>> = BTreeMap::new();
    for message in reader.held(now).await? {
        if let (Some(Held::Muted), Some(incident)) = (message.held, message.incident) {
            held.entry(incident).or_default().push(message);
        }
    }
    let mut released = Vec::new();
    for (incident, messages) in held {
        let Some(dossier) = reader.incident(incident).await? else { continue };
        let composed = notice::compose(&dossier.transitions, routing, now);
        for message in messages {
            let Some(new) = composed.iter().find(|new| new.key == message.key) else { continue };
            if new.not_before < message.not_before {
                let Notification { not_before, message: told, .. } = new.clone();
                released.push(Notification { not_before, message: told, ..message });
            }
        }
    }
    Ok(released)
}
