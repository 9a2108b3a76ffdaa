//! What hangs on one host, whether or not anything is wrong with it.

use super::page::{Page, pad};
use crate::markup;
use crate::report::story::{Effect, Story};
use crate::report::style::Ink;
use crate::report::words;

/// Hosts that are named.
const MAX_LINES: usize = 5;

/// Said where several shows were looked at, or where everything is asked for.
pub(super) fn write(page: &mut Page<'_>, story: &Story<'_>) {
    let verbose = page.style().verbose;
    let points = story.points();
    if points.is_empty() || (story.survey.shows < 2 && !verbose) {
        return;
    }
    page.heading("If one host goes down");
    let most = if verbose { usize::MAX } else { MAX_LINES };
    let host = |name: &str| markup::terminal(name).into_owned();
    let shown = points.iter().take(most);
    let widest = shown.clone().map(|point| markup::width(&host(&point.origin.host))).max().unwrap_or(0);
    let then = shown.clone().map(|point| point.consequence().len()).max().unwrap_or(0);
    let width = widest.min(page.style().columns().saturating_sub(then + 6));
    for point in shown {
        let name = pad(&page.fit(&point.origin.host, width), width);
        let consequence = point.consequence();
        let episodes = match point.effect {
            Effect::Dark => words::count(point.episodes, "episode", "episodes"),
            Effect::Stale => String::new(),
        };
        let room = page.style().columns().saturating_sub(2 + width + 2 + then + 2);
        let episodes = if episodes.len() > room { String::new() } else { episodes };
        let gap = " ".repeat(then.saturating_sub(consequence.len()));
        page.line(&[
            (Ink::Plain, &format!("  {name}")),
            (Ink::Plain, &format!("  {consequence}")),
            (Ink::Faint, &if episodes.is_empty() { String::new() } else { format!("{gap}  {episodes}") }),
        ]);
    }
    let left = points.len().saturating_sub(most) as u64;
    if left > 0 {
        page.line(&[(Ink::Faint, &format!("  and {} more; --verbose shows them", words::thousands(left)))]);
    }
}
