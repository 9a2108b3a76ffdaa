//! Gates: how many requests are under way at once, in all and to one host. A host's own gate comes
//! first, so that a queue before one host keeps nobody else waiting. Walks stand in a line before it, and
//! who only looks at an address does not: a report waits for those looks, and would otherwise wait for
//! every walk that was there before.

use std::sync::{Arc, Mutex};

use foldhash::HashMap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::lock;
use crate::link::Host;

/// All gates of a round.
#[derive(Debug)]
pub(crate) struct Gates {
    all: Arc<Semaphore>,
    per_host: usize,
    hosts: Mutex<HashMap<Host, Gate>>,
}

/// Before one host.
#[derive(Clone, Debug)]
struct Gate {
    /// As many walks as may pass stand at the gate itself.
    line: Arc<Semaphore>,
    open: Arc<Semaphore>,
}

/// Leave to ask a host; given back when dropped.
#[derive(Debug)]
pub(crate) struct Pass {
    _line: Option<OwnedSemaphorePermit>,
    _host: Option<OwnedSemaphorePermit>,
    _all: Option<OwnedSemaphorePermit>,
}

impl Gates {
    /// Gates for so many requests; at least one each.
    pub(crate) fn new(concurrency: usize, per_host: usize) -> Self {
        let clamp = |n: usize| n.clamp(1, Semaphore::MAX_PERMITS);
        Self { all: Arc::new(Semaphore::new(clamp(concurrency))), per_host: clamp(per_host), hosts: Mutex::default() }
    }

    /// A host's own gate.
    fn gate(&self, host: &Host) -> Gate {
        let mut hosts = lock(&self.hosts);
        if let Some(gate) = hosts.get(host) {
            return gate.clone();
        }
        let new = || Arc::new(Semaphore::new(self.per_host));
        hosts.entry(host.clone()).or_insert_with(|| Gate { line: new(), open: new() }).clone()
    }

    /// Leave to ask `host`, where it is to be had without waiting.
    pub(crate) fn try_pass(&self, host: &Host) -> Option<Pass> {
        let host = self.gate(host).open.try_acquire_owned().ok()?;
        let all = Arc::clone(&self.all).try_acquire_owned().ok()?;
        Some(Pass { _line: None, _host: Some(host), _all: Some(all) })
    }

    /// Waits for leave to ask `host`, in line.
    pub(crate) async fn pass(&self, host: &Host) -> Pass {
        let gate = self.gate(host);
        // The semaphores are never closed; a closed one would let everyone pass.
        let line = gate.line.acquire_owned().await.ok();
        let host = gate.open.acquire_owned().await.ok();
        let all = Arc::clone(&self.all).acquire_owned().await.ok();
        Pass { _line: line, _host: host, _all: all }
    }

    /// Waits for leave to look at an address of `host`, past the line.
    pub(crate) async fn pass_by(&self, host: &Host) -> Pass {
        let host = self.gate(host).open.acquire_owned().await.ok();
        let all = Arc::clone(&self.all).acquire_owned().await.ok();
        Pass { _line: None, _host: host, _all: all }
    }
}
