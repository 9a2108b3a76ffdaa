//! What is sent of several messages that wait for one channel about one incident.

use super::{Held, Notification, Phase};

/// What to do with messages that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Send the one at this place now; those before it need not be sent any more.
    Send(usize),
    /// None needs to be sent any more.
    Drop,
}

/// Settles what waits for one channel about one incident, oldest first. `failed` says that the
/// first was tried before and did not arrive.
///
/// Messages that were neither held back nor tried in vain go one after the other. Otherwise the last
/// stands for all; and if nobody was told of the beginning because it was muted, nobody needs to be
/// told of an end that was muted, too. What outlived its silence is told, also where the channel could
/// not be reached before it was over.
pub fn settle(waiting: &[Notification], failed: bool) -> Settled {
    let (Some(first), Some(last)) = (waiting.first(), waiting.last()) else { return Settled::Drop };
    let muted = |one: &Notification| one.held == Some(Held::Muted);
    if first.phase == Phase::First && last.phase == Phase::End && muted(first) && muted(last) {
        return Settled::Drop;
    }
    let all = failed || first.held.is_some();
    Settled::Send(if all { waiting.len().saturating_sub(1) } else { 0 })
}
