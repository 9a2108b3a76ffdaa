//! The part of a configuration that says whom to tell, as `notice` takes it.

use crate::config::Settings;
use crate::notice::{Route, Routing};

/// The routing of a configuration.
pub(in crate::app) fn of(settings: &Settings) -> Routing {
    let channels = settings.channels.iter().map(|channel| Route {
        channel: channel.name.clone(),
        from: channel.from,
        tags: channel.tags.clone(),
        escalation_only: channel.escalation_only,
        owner_only: channel.owner_only,
        quiet: channel.quiet.clone(),
    });
    Routing {
        channels: channels.collect(),
        maintenance: settings.maintenance.clone(),
        silences: Vec::new(), // the store has them
        time_zone: settings.time_zone.clone(),
        link: settings.link.clone(),
    }
}
