//! The words for people: plain ones first, the jargon behind. Podcasters read these in the hour in
//! which their show cannot be downloaded, so each says who can fix it and what to do meanwhile, and
//! most bring a letter to the party at fault.

use super::Recipient;

/// The words of one code. `advice` is made of `fixer` and `meanwhile`; a code without a letter has
/// nobody to write to.
macro_rules! words {
    (
        $name:ident
        title: $title:literal,
        meaning: $meaning:literal,
        fixer: $fixer:literal,
        meanwhile: $meanwhile:literal,
        $(to: $to:ident, letter: $letter:literal,)?
    ) => {
        pub(crate) const $name: $crate::judge::code::words::Words = $crate::judge::code::words::Words {
            title: $title,
            meaning: $meaning,
            fixer: $fixer,
            meanwhile: $meanwhile,
            advice: concat!($fixer, " ", $meanwhile),
            letter: {
                let letter: Option<($crate::judge::code::Recipient, &str)> = None;
                $(
                    let _ = letter;
                    let letter = Some(($crate::judge::code::Recipient::$to, $letter));
                )?
                letter
            },
        };
    };
}

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
    /// Who can fix it, and how.
    pub(super) fixer: &'static str,
    /// What the podcaster can do meanwhile.
    pub(super) meanwhile: &'static str,
    /// Both together.
    pub(super) advice: &'static str,
    /// Whom to write to, and what.
    pub(super) letter: Option<(Recipient, &'static str)>,
}
