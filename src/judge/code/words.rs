//! The words for people: plain ones first, the jargon behind. Podcasters read these in the hour in
//! which their show cannot be downloaded, so each says who can fix it and what to do meanwhile.

pub(super) mod feed;
pub(super) mod http;
pub(super) mod media;
pub(super) mod network;
pub(super) mod tls;

/// The words of one code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    /// What it is, in at most ten words.
    pub(super) title: &'static str,
    /// What it means for listeners.
    pub(super) meaning: &'static str,
    /// Who can fix it and how; what the podcaster can do meanwhile.
    pub(super) advice: &'static str,
}
