//! Keeping the newest episodes of a stream: memory follows what is asked for, not what comes.

use std::cmp::Reverse;

use super::Episode;

/// The newest so many.
pub(super) struct Newest {
    limit: Option<usize>,
    kept: Vec<Episode>,
}

impl Newest {
    pub(super) fn new(limit: Option<usize>) -> Self {
        Self { limit, kept: Vec::new() }
    }

    pub(super) fn push(&mut self, episode: Episode) {
        self.kept.push(episode);
        // Twice the room: the cost of sorting is spread over as many pushes as are kept.
        if self.limit.is_some_and(|limit| self.kept.len() >= limit.saturating_mul(2).max(16)) {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.kept.sort_by_key(|episode| (episode.published.is_none(), Reverse(episode.published), episode.order));
        if let Some(limit) = self.limit {
            self.kept.truncate(limit);
        }
    }

    /// Newest first; undated ones last, in the document's order.
    pub(super) fn finish(mut self) -> Vec<Episode> {
        self.cut();
        self.kept
    }
}
