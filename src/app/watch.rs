//! `podprobe watch`: the daemon. This file is about waiting: for the next turn, for a signal, for a
//! changed configuration. What a turn does is in [`daemon`](self::daemon), one file for each part of
//! it beside.

mod channels;
mod courier;
mod daemon;
mod digests;
mod facts;
mod feeds;
mod health;
mod heartbeat;
mod open;
mod past;
mod reload;
mod round;
mod routing;
mod world;

pub(in crate::app) use channels::{Channels, http, open_channel};
pub use daemon::{Daemon, Turn, UnderWay};
pub use open::{open, open_seeded};

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::{Exit, Fault, clock, output};
use crate::cli::WatchCommand;
use crate::web;
use heartbeat::Heartbeat;
use reload::Watcher;

/// How often the configuration's file is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// How long the store may stand still before the turn is tried again.
const STORE_AGAIN: Duration = Duration::from_secs(10);

/// How long the courier rests at most: the store may have been given a message by another hand.
const COURIER_REST: Duration = Duration::from_secs(30);

/// Runs the command until it is told to stop.
pub(super) async fn run(arguments: &WatchCommand) -> Result<Exit, Fault> {
    let now = clock::now();
    let configured = open::configured(&arguments.file.config)?;
    output::start_daemon_log(configured.settings.log);
    for remark in &configured.remarks {
        tracing::warn!("{remark}");
    }
    let mut daemon = open::daemon(configured, now).await?;
    let stop = CancellationToken::new();
    tokio::spawn(signals(stop.clone(), daemon.under_way()));
    let status = health::Status::new(now);
    if let Some(settings) = daemon.settings().web {
        let listener = web::bind(settings.listen).await.map_err(|why| Fault::Port { listen: settings.listen, why })?;
        let asked = status.clone();
        tokio::spawn(web::serve(listener, Arc::new(move || asked.health(clock::now())), stop.clone()));
    }
    let courier = tokio::spawn(deliveries(daemon.courier(), stop.clone()));
    tracing::info!(
        config = %arguments.file.config.display(),
        sources = daemon.settings().sources.len(),
        channels = daemon.settings().channels.len(),
        "podprobe watches"
    );
    let mut watcher = Watcher::new(&arguments.file.config);
    let mut heartbeat = Heartbeat::default();
    let mut again = Instant::now();
    while !stop.is_cancelled() {
        let due = daemon.wake().is_none_or(|at| at <= clock::now()) && Instant::now() >= again;
        if due {
            match daemon.turn(clock::now(), &clock::now).await {
                Ok(turn) => {
                    status.turned(clock::now(), turn.looked);
                    heartbeat.beat(daemon.settings(), daemon.http(), clock::now());
                }
                Err(why) => {
                    status.failed(why.to_string());
                    tracing::error!(%why, "the history cannot be written; podprobe goes on and tries again");
                    again = Instant::now() + STORE_AGAIN;
                }
            }
        }
        let until = daemon.wake().map_or(LOOK, |at| span(clock::now(), at)).min(LOOK);
        let until = (Instant::now() + until).max(again.min(Instant::now() + LOOK));
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep_until(until) => {}
            () = watcher.hung_up() => {}
        }
        if let Some(cause) = watcher.changed() {
            reload::apply(&mut daemon, &arguments.file.config, cause, clock::now()).await;
        }
    }
    tracing::info!("podprobe stops");
    // Messages that are composed have their time; what is left waits in the outbox.
    let grace = daemon.settings().grace;
    if tokio::time::timeout(grace, courier).await.is_err() {
        tracing::warn!("messages are left in the outbox; they are sent at the next start");
    }
    daemon.close().await;
    Ok(Exit::Ok)
}

/// Delivers until it is told to stop, and then what is due once more.
async fn deliveries(courier: courier::Courier, stop: CancellationToken) {
    loop {
        if let Err(why) = courier.drain(&clock::now).await {
            tracing::error!(%why, "the outbox cannot be read");
        }
        if stop.is_cancelled() {
            return;
        }
        let rest = match courier.next().await {
            Ok(Some(at)) => span(clock::now(), at).clamp(Duration::from_millis(20), COURIER_REST),
            Ok(None) => COURIER_REST,
            Err(_) => STORE_AGAIN,
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = courier.nudged() => {}
            () = sleep_until(Instant::now() + rest) => {}
        }
    }
}

/// From now to then; nothing where it is past.
fn span(now: Timestamp, then: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or(Duration::ZERO)
}

/// The first signal lets the turn under way come to its end early; the second ends the program.
async fn signals(stop: CancellationToken, under_way: UnderWay) {
    asked_to_stop().await;
    stop.cancel();
    under_way.stop();
    asked_to_stop().await;
    std::process::exit(Exit::Interrupted.code().into());
}

#[cfg(unix)]
async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn asked_to_stop() {
    let _ = tokio::signal::ctrl_c().await;
}
