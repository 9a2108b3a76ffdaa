//! The picture of the routes as SVG, drawn twice: from left to right for a desk, and as a list with
//! arcs for a phone. A style sheet shows one of them. Colours never speak alone: marks and words
//! stand beside them, and what does not arrive is dashed.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::flow::{Flow, LAYERS, Node, flow};
use super::layout::{columns, ports, widths};
use super::{class, text};
use crate::judge::Verdict;
use crate::markup;
use crate::report::story::Story;
use crate::report::style::Style;
use crate::report::words;

/// Nodes of one layer, which bound the heights.
const MOST_WIDE: usize = 12;
const MOST_NARROW: usize = 6;

/// The wide picture: its width, a box's height, and from one box to the next.
const WIDE: f64 = 1100.0;
const BOX: f64 = 46.0;
const PITCH: f64 = 58.0;
const HEAD: f64 = 30.0;

/// The narrow one: its width, the room for arcs at the left, a box's height and pitch.
const NARROW: f64 = 340.0;
const GUTTER: f64 = 58.0;
const ROW: f64 = 42.0;
const STEP: f64 = 49.0;

/// Both pictures; nothing where no chain was walked.
pub(super) fn write(out: &mut String, story: &Story<'_>, style: &Style) {
    let wide_flow = flow(story, MOST_WIDE);
    if wide_flow.links.is_empty() {
        return;
    }
    out.push_str("<figure>\n");
    wide(out, &wide_flow, style);
    narrow(out, &flow(story, MOST_NARROW), style);
    out.push_str(
        "<figcaption>From each show through its hosts to the audio. The thicker a line, the more episodes; a dashed \
         line is a way on which they do not arrive.</figcaption>\n</figure>\n",
    );
}

fn open(out: &mut String, name: &str, width: f64, height: f64) {
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "<svg class=\"flow {name}\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" aria-labelledby=\"{name}-t\" \
         aria-describedby=\"{name}-d\">\n<title id=\"{name}-t\">The routes of the downloads</title>\n<desc \
         id=\"{name}-d\">Shows, measurement prefixes, hosts and CDNs, tied by the episodes that pass from one to the \
         next. The table of routes says the same in words.</desc>"
    );
}

/// From left to right.
fn wide(out: &mut String, flow: &Flow, style: &Style) {
    let columns = columns(flow);
    let count = columns.len().max(1) as f64;
    let least_gap = if count > 5.0 { 40.0 } else { 56.0 };
    let width = ((WIDE - least_gap * (count - 1.0)) / count).min(246.0);
    let gap = if count > 1.0 { ((WIDE - width * count) / (count - 1.0)).min(220.0) } else { 0.0 };
    let rows = columns.iter().map(Vec::len).max().unwrap_or(0) as f64;
    let height = HEAD + rows * PITCH;
    let mut middle: HashMap<usize, f64> = HashMap::new();
    let mut left: HashMap<usize, f64> = HashMap::new();
    for (at, column) in columns.iter().enumerate() {
        let top = HEAD + (rows - column.len() as f64) * PITCH / 2.0;
        for (row, node) in column.iter().enumerate() {
            middle.insert(*node, top + row as f64 * PITCH + PITCH / 2.0);
            left.insert(*node, at as f64 * (width + gap));
        }
    }
    open(out, "wide", count * width + (count - 1.0) * gap, height);
    heads(out, flow, &columns, width + gap);
    let thick = widths(flow, BOX - 12.0, 1.5);
    let ports = ports(flow, &thick, &middle, BOX - 8.0);
    let mut lines: Vec<_> = flow.links.iter().zip(&thick).zip(&ports).collect();
    lines.sort_by_key(|((link, _), _)| link.verdict); // the worst on top
    for ((link, thick), (leaves, arrives)) in lines {
        let at = |map: &HashMap<usize, f64>, node: usize| map.get(&node).copied().unwrap_or(0.0);
        let (x0, y0) = (at(&left, link.from) + width, at(&middle, link.from) + leaves);
        let (x1, y1) = (at(&left, link.to), at(&middle, link.to) + arrives);
        let path = if x1 > x0 {
            let half = f64::midpoint(x0, x1);
            format!("M{x0:.1} {y0:.1}C{half:.1} {y0:.1} {half:.1} {y1:.1} {x1:.1} {y1:.1}")
        } else {
            // Back, or to a host in the same column: around its right side.
            let (x1, bend) = (x1 + width, x0.max(x1 + width) + 34.0);
            format!("M{x0:.1} {y0:.1}C{bend:.1} {y0:.1} {bend:.1} {y1:.1} {x1:.1} {y1:.1}")
        };
        line(out, flow, link.from, link.to, link.episodes, link.verdict, &path, *thick);
    }
    for (at, node) in flow.nodes.iter().enumerate() {
        let (Some(x), Some(y)) = (left.get(&at), middle.get(&at)) else { continue };
        boxed(out, node, style, *x, y - BOX / 2.0, width, BOX);
    }
    out.push_str("</svg>\n");
}

/// The layers' names, each over its first column.
fn heads(out: &mut String, flow: &Flow, columns: &[Vec<usize>], step: f64) {
    let mut before = None;
    for (at, column) in columns.iter().enumerate() {
        let layer = column.first().and_then(|node| flow.nodes.get(*node)).map(|node| node.layer);
        if layer != before
            && let Some(name) = layer.and_then(|layer| LAYERS.get(layer))
        {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "<text class=\"head\" x=\"{:.0}\" y=\"16\">{name}</text>", at as f64 * step);
        }
        before = layer;
    }
}

/// A list with arcs at its left.
fn narrow(out: &mut String, flow: &Flow, style: &Style) {
    let columns = columns(flow);
    let mut body = String::new();
    let mut middle: HashMap<usize, f64> = HashMap::new();
    let mut y = 0.0;
    let mut before = None;
    for at in columns.iter().flatten() {
        let Some(node) = flow.nodes.get(*at) else { continue };
        if before != Some(node.layer) {
            y += if before.is_some() { 10.0 } else { 0.0 };
            let name = LAYERS.get(node.layer).copied().unwrap_or_default();
            // Writing to a String cannot fail.
            let _ = writeln!(body, "<text class=\"head\" x=\"{GUTTER:.0}\" y=\"{:.0}\">{name}</text>", y + 14.0);
            y += 22.0;
            before = Some(node.layer);
        }
        middle.insert(*at, y + ROW / 2.0);
        boxed(&mut body, node, style, GUTTER, y, NARROW - GUTTER, ROW);
        y += STEP;
    }
    open(out, "narrow", NARROW, y);
    let thick = widths(flow, 14.0, 1.2);
    let mut lines: Vec<_> = flow.links.iter().zip(&thick).collect();
    lines.sort_by_key(|(link, _)| link.verdict);
    for (link, thick) in lines {
        let at = |node: usize| middle.get(&node).copied().unwrap_or(0.0);
        // Leaving in the lower half of a box and arriving in the upper one, so that the way is seen.
        let (y0, y1) = (at(link.from) + 7.0, at(link.to) - 7.0);
        let far = GUTTER - ((y1 - y0).abs() / STEP * 9.0 + 16.0).min(72.0);
        let path = format!("M{GUTTER:.1} {y0:.1}C{far:.1} {y0:.1} {far:.1} {y1:.1} {GUTTER:.1} {y1:.1}");
        line(out, flow, link.from, link.to, link.episodes, link.verdict, &path, *thick);
    }
    out.push_str(&body);
    out.push_str("</svg>\n");
}

#[expect(clippy::too_many_arguments, reason = "what a line is made of")]
fn line(
    out: &mut String,
    flow: &Flow,
    from: usize,
    to: usize,
    episodes: u64,
    verdict: Verdict,
    path: &str,
    thick: f64,
) {
    let name = |at: usize| flow.nodes.get(at).map(|node| text(&node.name)).unwrap_or_default();
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "<path class=\"{}\" d=\"{path}\" stroke-width=\"{thick:.1}\"><title>{} \u{2192} {}: {}</title></path>",
        class(verdict),
        name(from),
        name(to),
        words::count(episodes, "episode", "episodes"),
    );
}

/// A node: its mark, its name, and what there is to say of it.
fn boxed(out: &mut String, node: &Node, style: &Style, x: f64, y: f64, width: f64, height: f64) {
    let mark = style.mark(node.verdict);
    let episodes = match node.episodes {
        0 => String::new(),
        n => words::count(n, "episode", "episodes"),
    };
    // What is wrong goes first; whose it is may be cut off.
    let order = if node.verdict == Verdict::Ok { [&*episodes, &*node.note] } else { [&*node.note, &*episodes] };
    let note: Vec<&str> = order.into_iter().filter(|text| !text.is_empty()).collect();
    let whole = note.join(" \u{b7} ");
    let room = |size: f64| ((width - 36.0) / size).max(4.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few dozen, above zero")]
    let (name_room, note_room) = (room(8.0) as usize, room(6.6) as usize);
    let name = if node.layer == 0 || node.members > 1 {
        markup::fit(&node.name, name_room).into_owned()
    } else {
        host_end(&node.name, name_room)
    };
    let full = format!("{}: {}. {whole}", node.name, node.verdict.as_str());
    let cramped = node.verdict != Verdict::Ok && markup::width(&whole) > note_room;
    let note = if cramped { note.first().copied().unwrap_or_default() } else { &whole };
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "<g class=\"{}\"><title>{}</title><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" \
         rx=\"6\"/><text class=\"mark\" x=\"{:.1}\" y=\"{:.1}\">{mark}</text><text x=\"{:.1}\" y=\"{:.1}\">{}</text><text \
         class=\"note\" x=\"{:.1}\" y=\"{:.1}\">{}</text></g>",
        class(node.verdict),
        text(&full),
        x + 9.0,
        y + height / 2.0 + 5.0,
        x + 28.0,
        y + height / 2.0 - 3.0,
        text(&name),
        x + 28.0,
        y + height / 2.0 + 13.0,
        text(&markup::fit(note, note_room)),
    );
}

/// The end of a host's name, which says whose it is, where there is no room for all of it.
fn host_end(host: &str, columns: usize) -> String {
    let safe = markup::terminal(host);
    let count = safe.chars().count();
    if count <= columns {
        return safe.into_owned();
    }
    let tail: String = safe.chars().skip(count.saturating_sub(columns.saturating_sub(1))).collect();
    format!("\u{2026}{tail}")
}
