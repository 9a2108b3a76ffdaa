//! From transitions to notifications.

use jiff::Timestamp;

use super::hold::hold;
use super::message::message;
use super::{Notification, Routing};
use crate::incident::Transition;

/// What every channel is told of what happened, in the order of the transitions and then of the
/// channels. The policy stands at the head of the room.
pub fn compose(transitions: &[Transition], routing: &Routing, now: Timestamp) -> Vec<Notification> {
    let mut out = Vec::new();
    for transition in transitions {
        let incident = &transition.incident;
        for route in &routing.channels {
            let Some(phase) = route.phase(transition) else { continue };
            let Some(seen) = route.sees(incident, routing) else { continue };
            let hold = hold(transition, &seen, route, routing, now);
            out.push(Notification {
                key: format!("{}:{}:{}", route.channel, incident.id.0, transition.number),
                channel: route.channel.clone(),
                incident: Some(incident.id),
                about: None,
                phase,
                at: now,
                not_before: hold.map(|hold| hold.until),
                held: hold.map(|hold| hold.why),
                message: message(transition, &seen, routing, hold),
            });
        }
    }
    out
}
