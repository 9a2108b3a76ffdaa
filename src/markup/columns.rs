//! Display width: how many columns a text takes, and cutting it to as many.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar as _;

use super::terminal;

/// How many columns of a terminal the text takes, at most: each character by itself, so that a
/// terminal that does not join an emoji's parts has room for them. Controls take none.
pub fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).fold(0, usize::saturating_add)
}

/// `text` made safe by [`terminal`] and cut to `columns` columns, the last of them an ellipsis
/// where something was cut off.
pub fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    fit_with(text, columns, "…")
}

/// As [`fit`], with another ellipsis (`...` for terminals without Unicode). An ellipsis that is
/// itself too wide is left out.
///
/// A character keeps the marks that stand on it, an emoji its skin colour, and a flag both of its
/// letters.
pub fn fit_with<'a>(text: &'a str, columns: usize, ellipsis: &str) -> Cow<'a, str> {
    let safe = terminal(text);
    if width(&safe) <= columns {
        return safe;
    }
    let dots = if width(ellipsis) <= columns { ellipsis } else { "" };
    let room = columns.saturating_sub(width(dots));
    let mut end = 0; // byte length of the clusters that fit
    let mut used = 0_usize;
    for cluster in clusters(&safe) {
        used = used.saturating_add(width(cluster));
        if used > room {
            break;
        }
        end += cluster.len();
    }
    let mut out = safe.get(..end).unwrap_or_default().trim_end().to_owned();
    out.push_str(dots);
    Cow::Owned(out)
}

/// The text in pieces that are not to be cut apart.
pub(super) fn clusters(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut chars = rest.char_indices();
        let (_, first) = chars.next()?;
        let mut flag_open = is_flag_letter(first);
        let end = chars
            .find(|&(_, c)| {
                let joins = c.width() == Some(0) || is_skin_colour(c) || (flag_open && is_flag_letter(c));
                flag_open &= !is_flag_letter(c);
                !joins
            })
            .map_or(rest.len(), |(at, _)| at);
        let (cluster, tail) = rest.split_at(end);
        rest = tail;
        Some(cluster)
    })
}

fn is_skin_colour(c: char) -> bool {
    matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}

fn is_flag_letter(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
}
