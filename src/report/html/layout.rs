//! Where the nodes of a [`Flow`] stand, and how its links meet them. Units are those of the picture.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::flow::{Flow, Link};

/// Nodes by column, from left to right, each from top to bottom.
pub(super) fn columns(flow: &Flow) -> Vec<Vec<usize>> {
    let mut columns: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for (at, node) in flow.nodes.iter().enumerate() {
        columns.entry((node.layer, node.sub)).or_default().push(at);
    }
    let mut columns: Vec<Vec<usize>> = columns.into_values().collect();
    for column in &mut columns {
        column.sort_by_key(|at| {
            let node = flow.nodes.get(*at);
            node.map(|node| (node.members > 1, Reverse((node.verdict, node.episodes)), node.name.as_str()))
        });
    }
    // Each node near those it is tied to: to the right, back, and to the right again.
    for forward in [true, false, true] {
        let mut heights = heights(&columns);
        let order: Vec<usize> = if forward { (0..columns.len()).collect() } else { (0..columns.len()).rev().collect() };
        for at in order {
            let Some(column) = columns.get_mut(at) else { continue };
            let pull = |node: usize| pull(flow, &heights, node, forward);
            let own = |node: usize| heights.get(&node).copied().unwrap_or(0.0);
            column.sort_by(|&a, &b| {
                let key = |node: usize| pull(node).unwrap_or_else(|| own(node));
                let rest = |node: usize| flow.nodes.get(node).is_some_and(|node| node.members > 1);
                (rest(a).cmp(&rest(b))).then(key(a).total_cmp(&key(b)))
            });
            for (row, node) in column.iter().enumerate() {
                heights.insert(*node, relative(row, column.len()));
            }
        }
    }
    columns
}

fn heights(columns: &[Vec<usize>]) -> HashMap<usize, f64> {
    let rows = columns.iter().flat_map(|column| column.iter().enumerate().map(|(row, at)| (*at, row, column.len())));
    rows.map(|(at, row, of)| (at, relative(row, of))).collect()
}

/// How high a row stands when its column is centred.
fn relative(row: usize, of: usize) -> f64 {
    row as f64 - (of as f64 - 1.0) / 2.0
}

/// Where a node's ties pull it, by their weight.
fn pull(flow: &Flow, heights: &HashMap<usize, f64>, node: usize, forward: bool) -> Option<f64> {
    let mut sum = 0.0;
    let mut weight = 0.0;
    for link in &flow.links {
        let (here, there) = if forward { (link.to, link.from) } else { (link.from, link.to) };
        if here != node || there == node {
            continue;
        }
        let height = heights.get(&there)?;
        sum += height * link.episodes as f64;
        weight += link.episodes as f64;
    }
    (weight > 0.0).then(|| sum / weight)
}

/// How thick each link is, in the flow's order, so that the busiest node's links fill `room`.
pub(super) fn widths(flow: &Flow, room: f64, least: f64) -> Vec<f64> {
    let mut sums: HashMap<(usize, bool), u64> = HashMap::new();
    for link in &flow.links {
        *sums.entry((link.from, true)).or_default() += link.episodes;
        *sums.entry((link.to, false)).or_default() += link.episodes;
    }
    let busiest = sums.into_values().max().unwrap_or(1).max(1) as f64;
    flow.links.iter().map(|link| (link.episodes as f64 / busiest * room).max(least)).collect()
}

/// How far from its node's middle each link leaves and arrives: beside each other, in the order of
/// their other ends, within `room`.
pub(super) fn ports(flow: &Flow, widths: &[f64], heights: &HashMap<usize, f64>, room: f64) -> Vec<(f64, f64)> {
    let mut ports = vec![(0.0, 0.0); flow.links.len()];
    for leaving in [true, false] {
        let mut sides: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, link) in flow.links.iter().enumerate() {
            sides.entry(if leaving { link.from } else { link.to }).or_default().push(at);
        }
        for mut side in sides.into_values() {
            let other = |link: &Link| if leaving { link.to } else { link.from };
            let height =
                |at: usize| flow.links.get(at).and_then(|link| heights.get(&other(link))).copied().unwrap_or(0.0);
            side.sort_by(|&a, &b| height(a).total_cmp(&height(b)));
            let width = |at: usize| widths.get(at).copied().unwrap_or(0.0);
            let total: f64 = side.iter().map(|&at| width(at)).sum();
            let squeeze = if total > room { room / total } else { 1.0 };
            let mut place = -total * squeeze / 2.0;
            for at in side {
                let middle = place + width(at) * squeeze / 2.0;
                place += width(at) * squeeze;
                if let Some(port) = ports.get_mut(at) {
                    if leaving { port.0 = middle } else { port.1 = middle }
                }
            }
        }
    }
    ports
}
