//! Which characters are dangerous, invisible or blank.

use unicode_width::UnicodeWidthChar as _;

/// What to do with a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Shown as it is.
    Plain,
    /// A combining mark or another character without a width of its own.
    Mark,
    /// White space of any kind, line ends included.
    Space,
    /// Changes what is around it: a control, a bidirectional control, a noncharacter.
    Harmful,
    /// Nothing to see.
    Invisible,
}

/// The class of a character.
pub(super) fn class(c: char) -> Class {
    if matches!(c, ' '..='~') {
        return if c == ' ' { Class::Space } else { Class::Plain };
    }
    // U+0085 (NEL) is white space and a control alike: folding it away is safe either way.
    if c.is_whitespace() {
        return Class::Space;
    }
    if c.is_control() || is_bidi_control(c) || is_noncharacter(c) {
        return Class::Harmful;
    }
    if is_invisible(c) {
        return Class::Invisible;
    }
    if c.width() == Some(0) { Class::Mark } else { Class::Plain }
}

/// Embeddings, overrides, isolates and marks (Unicode TR 9, table 2).
pub(super) fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// U+FDD0..U+FDEF and the last two of every plane.
fn is_noncharacter(c: char) -> bool {
    let point = u32::from(c);
    (0xfdd0..=0xfdef).contains(&point) || point & 0xfffe == 0xfffe
}

/// Default-ignorable characters and fillers, as listed in DerivedCoreProperties.txt of Unicode 16,
/// and the format characters that only make sense to typesetting programs.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200d}'
            | '\u{2060}'..='\u{2065}'
            | '\u{206a}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}
