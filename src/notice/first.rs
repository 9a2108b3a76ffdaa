//! The first message that reaches a channel about an incident, where it was not composed as that: what
//! came before was held back, refused or told elsewhere.

use super::compose::key;
use super::message::message;
use super::route::Seen;
use super::{Message, Notification, Phase, Routing};
use crate::incident::{Happened, Transition};

/// A later message about an incident to a channel that was told nothing of it, as the first: platforms
/// begin a thread or raise an alert with it, and it says what is the case instead of what became of it.
/// `transitions` are the incident's. What is over is said to be over.
pub fn first(notification: Notification, transitions: &[Transition]) -> Notification {
    if notification.phase != Phase::Update {
        return notification;
    }
    let Notification { message: told, channel, .. } = &notification;
    let told = match transitions.iter().find(|transition| key(channel, transition) == notification.key) {
        // That it comes and goes is the case, and the reason for the silence that follows.
        None | Some(Transition { happened: Happened::Flapping, .. }) => told.clone(),
        Some(transition) => {
            let opened = Transition { happened: Happened::Opened, ..transition.clone() };
            let seen = Seen { listed: Vec::new(), shows: told.shows_total, episodes: told.episodes_total };
            let Message { headline, body, advice, .. } = message(&opened, &seen, &Routing::default(), None);
            Message { headline, body, advice, ..told.clone() }
        }
    };
    Notification { phase: Phase::First, message: told, ..notification }
}
