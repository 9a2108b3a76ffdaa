//! `podprobe watch`: the daemon. This file is about waiting: for the next turn, for a signal, for a
//! changed configuration. What a turn does is in `watch/daemon.rs`, one file for each part of
//! it beside.

mod channels;
mod courier;
mod daemon;
mod deliveries;
mod digests;
mod facts;
mod feeds;
mod health;
mod heartbeat;
mod journal;
mod open;
mod past;
mod reach;
mod reload;
mod round;
mod routing;
mod silences;
mod world;

pub(in crate::app) use channels::{Channels, http, open_channel};
pub use daemon::{Daemon, Turn, UnderWay};
pub(in crate::app) use open::http_of;
pub use open::{open, open_seeded};
pub(in crate::app) use routing::of as routing;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::interrupt::asked_to_stop;
use super::{Exit, Fault, clock, output};
use crate::cli::WatchCommand;
use crate::web;
use heartbeat::InForce;
use reload::Watcher;

/// How often the configuration's file is looked at, and whether people asked for something.
const LOOK: Duration = Duration::from_secs(2);

/// How long the store may stand still before the turn is tried again.
const STORE_AGAIN: Duration = Duration::from_secs(10);

/// How long the courier rests at most: the store may have been given a message by another hand.
const COURIER_REST: Duration = Duration::from_secs(30);

/// How long closing the store may take: another program may read it, or its server be away.
const CLOSING: Duration = Duration::from_secs(20);

/// A clock that is further back than this was set.
const SET_BACK: SignedDuration = SignedDuration::from_mins(1);

/// Runs the command until it is told to stop.
pub(super) async fn run(arguments: &WatchCommand) -> Result<Exit, Fault> {
    let now = clock::now();
    let configured = open::configured(&arguments.file.config)?;
    output::start_daemon_log(configured.settings.log);
    for remark in &configured.remarks {
        tracing::warn!("{remark}");
    }
    // On the heap, or the daemon stands twice in this future.
    let mut daemon = Box::pin(open::daemon(configured, now)).await?;
    let stop = CancellationToken::new();
    tokio::spawn(signals(stop.clone(), daemon.under_way()));
    let status = health::Status::new(Instant::now());
    if let Some(settings) = daemon.settings().web {
        let listener = web::bind(settings.listen).await.map_err(|why| Fault::Port { listen: settings.listen, why })?;
        let asked = status.clone();
        tokio::spawn(web::serve(listener, Arc::new(move || asked.health(Instant::now())), stop.clone()));
    }
    // The courier stops after the last turn: what that found is sent, too.
    let no_more = CancellationToken::new();
    let courier = deliveries::run(daemon.courier(), status.clone(), clock::now, no_more.clone());
    let mut courier = tokio::spawn(courier);
    let in_force = |daemon: &Daemon| InForce { settings: Arc::clone(daemon.settings()), http: daemon.http().clone() };
    let (tell, told) = watch::channel(in_force(&daemon));
    tokio::spawn(heartbeat::run(status.clone(), told));
    tracing::info!(
        config = %arguments.file.config.display(),
        sources = daemon.settings().sources.len(),
        channels = daemon.settings().channels.len(),
        "podprobe watches"
    );
    let mut watcher = Watcher::new(&arguments.file.config);
    let mut again = Instant::now();
    let mut ask = Instant::now() + LOOK;
    let mut asked = false;
    let mut last = now;
    while !stop.is_cancelled() {
        let now = clock::now();
        if is_set_back(last, now) {
            tracing::warn!(from = %last, to = %now, "the clock was set back; everything is planned anew");
            daemon.restart_clock(now);
        }
        last = now;
        let due = asked || daemon.is_behind() || daemon.wake().is_none_or(|at| at <= clock::now());
        if due && Instant::now() >= again {
            let began = Instant::now();
            asked = false;
            match daemon.turn(clock::now(), &clock::now).await {
                Ok(turn) => {
                    if status.turned(clock::now(), turn.looked, Instant::now()) {
                        tracing::info!("the history is written again");
                    }
                }
                Err(why) => {
                    status.failed(why.to_string(), daemon.looked());
                    tracing::error!(%why, "the history cannot be written; podprobe goes on and tries again");
                    again = began + STORE_AGAIN;
                }
            }
        }
        let until = daemon.wake().map_or(LOOK, |at| span(clock::now(), at));
        status.planned(Instant::now(), until);
        let until = until.min(LOOK);
        let until = (Instant::now() + until).max(again.min(Instant::now() + LOOK));
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep_until(until) => {}
            () = watcher.hung_up() => {}
        }
        if !asked && Instant::now() >= ask {
            let answer = tokio::select! {
                () = stop.cancelled() => break,
                answer = tokio::time::timeout(LOOK, daemon.is_asked(clock::now())) => answer,
            };
            // A turn says what is wrong with the store; between turns it is asked less often.
            asked = matches!(answer, Ok(Ok(true)));
            ask = Instant::now() + if matches!(answer, Ok(Ok(_))) { LOOK } else { STORE_AGAIN };
        }
        if let Some(cause) = watcher.changed() {
            reload::apply(&mut daemon, &arguments.file.config, cause, clock::now()).await;
            tell.send_replace(in_force(&daemon));
        }
    }
    tracing::info!("podprobe stops");
    no_more.cancel();
    // Messages that are composed have their time; what is left waits in the outbox.
    let grace = daemon.settings().grace;
    if tokio::time::timeout(grace, &mut courier).await.is_err() {
        tracing::warn!("messages are left in the outbox; they are sent at the next start");
        // It must not use the store while that is closed.
        courier.abort();
        let _ = courier.await;
    }
    if tokio::time::timeout(CLOSING, daemon.close()).await.is_err() {
        tracing::warn!("the store could not be closed in time; nothing that was written is lost");
    }
    Ok(Exit::Ok)
}

/// Whether somebody set the clock back since it was looked at last. A slow correction is none.
fn is_set_back(last: Timestamp, now: Timestamp) -> bool {
    last.duration_since(now) > SET_BACK
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_back_is_told_from_one_that_is_slewed() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        assert!(is_set_back(at(1_000), at(939)));
        assert!(!is_set_back(at(1_000), at(940)) && !is_set_back(at(1_000), at(5_000)));
    }
}
