//! Forgetting: routes that nothing takes any more, and origins that nothing crosses. A network whose
//! redirects name a fresh host each time would fill the plan otherwise.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{Plan, Queue};
use crate::schedule::OriginId;

/// How long a route that nothing takes is kept: one that comes back goes on with its turns.
const KEPT: SignedDuration = SignedDuration::from_hours(48);

/// Routes that nothing takes are kept at most; those left for the longest time go first.
const MAX_IDLE: usize = 10_000;

impl Queue {
    fn is_empty(&self) -> bool {
        self.newest.is_empty() && self.catalogue.is_empty()
    }
}

impl Plan {
    /// Forgets routes that nothing took for two days, and the origins that nothing crosses then. No
    /// [`OriginId`] that was given out before means anything after it.
    pub fn forget(&mut self, now: Timestamp) {
        self.sort_into_queues();
        let mut idle: Vec<(Timestamp, usize)> = Vec::new();
        for (place, queue) in self.queues.iter_mut().enumerate() {
            if queue.is_empty() {
                idle.push((*queue.idle_since.get_or_insert(now), place));
            } else {
                queue.idle_since = None;
            }
        }
        idle.sort_unstable();
        let surplus = idle.len().saturating_sub(MAX_IDLE);
        let mut gone = vec![false; self.queues.len()];
        let mut any = false;
        for (number, (since, place)) in idle.into_iter().enumerate() {
            if number < surplus || now.duration_since(since) >= KEPT {
                any = true;
                if let Some(gone) = gone.get_mut(place) {
                    *gone = true;
                }
            }
        }
        if any {
            self.drop_routes(&gone);
            self.drop_origins();
        }
    }

    /// How many origins and routes are known, those that nothing crosses included.
    pub fn size(&self) -> (usize, usize) {
        (self.origins.len(), self.crossed.len())
    }

    /// Takes routes out that no item takes, and numbers the others anew.
    fn drop_routes(&mut self, gone: &[bool]) {
        let mut numbers: Vec<Option<u32>> = Vec::with_capacity(gone.len());
        let mut next = 0_u32;
        for gone in gone {
            numbers.push((!gone).then_some(next));
            next = next.saturating_add(u32::from(!gone));
        }
        let number = |route: u32| usize::try_from(route).ok().and_then(|place| *numbers.get(place)?);
        let mut gone = gone.iter();
        self.crossed.retain(|_| !gone.next().copied().unwrap_or_default());
        let mut place = 0;
        self.queues.retain(|_| {
            let kept = numbers.get(place).copied().flatten().is_some();
            place += 1;
            kept
        });
        self.routes.retain(|_, route| match number(*route) {
            Some(new) => {
                *route = new;
                true
            }
            None => false,
        });
        for item in self.feeds.iter_mut().filter_map(|feed| feed.items.as_mut()).flat_map(|items| items.iter_mut()) {
            item.route = number(item.route).unwrap_or(u32::MAX);
        }
    }

    /// Takes origins out that no route crosses, no feed comes from and no endpoint is at.
    fn drop_origins(&mut self) {
        let names = std::mem::take(&mut self.origins);
        self.names.clear();
        let mut numbers: HashMap<OriginId, OriginId> = HashMap::new();
        let mut number = |old: OriginId| -> OriginId {
            if let Some(known) = numbers.get(&old) {
                return *known;
            }
            let Some(name) = usize::try_from(old.0).ok().and_then(|place| names.get(place)) else { return old };
            let new = OriginId(u32::try_from(self.origins.len()).unwrap_or(u32::MAX));
            self.names.insert(Arc::clone(name), new);
            self.origins.push(Arc::clone(name));
            numbers.insert(old, new);
            new
        };
        for feed in &mut self.feeds {
            feed.origin = feed.origin.map(&mut number);
        }
        for (_, origin) in &mut self.endpoints {
            *origin = number(*origin);
        }
        self.routes.clear();
        for (route, place) in self.crossed.iter_mut().zip(0_u32..) {
            *route = route.iter().map(|origin| number(*origin)).collect();
            self.routes.insert(Arc::clone(route), place);
        }
    }
}
