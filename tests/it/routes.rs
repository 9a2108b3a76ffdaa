//! The planned route, read off a URL before any request, against the route observed: on every
//! exhibit whose prefixes do their work they are the same.

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt as _};
use podprobe::app::check;
use podprobe::lab::{EXHIBITS, Lab, Options};
use podprobe::link::Link;
use podprobe::parties::Catalogue;
use podprobe::report::Report;

use crate::exhibits::arguments;

/// Exhibits whose prefix leads elsewhere than it says, or ends the way.
const FAULTY: &[&str] = &["route-mismatch", "prefix-down", "prefix-miswired", "http-error"];

/// Shapes whose URLs do not say where they lead.
fn is_opaque(shape: &str) -> bool {
    shape.ends_with("{opaque}")
}

/// Enclosure URLs with the URLs asked on the way.
fn observed(report: &Report) -> Vec<(String, Vec<String>)> {
    let enclosures = report.feeds.iter().flat_map(|feed| &feed.episodes).flat_map(|episode| &episode.enclosures);
    let chains = enclosures.filter_map(|one| Some((one.url.to_string(), one.chain.as_ref()?)));
    chains.map(|(url, chain)| (url, chain.hops.iter().map(|hop| hop.url.to_string()).collect())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_observed_is_what_was_planned() {
    #[expect(clippy::disallowed_methods, reason = "renewal information is fetched for the present")]
    let now = jiff::Timestamp::now();
    let lab = &Lab::open(Options { now }).await.unwrap();
    let catalogue = Catalogue::builtin();
    let healthy = EXHIBITS.iter().filter(|exhibit| {
        exhibit.outcome == Some("media") && !exhibit.causes.iter().any(|cause| FAULTY.contains(cause))
    });
    let reports: Vec<_> = stream::iter(healthy)
        .map(|exhibit| async move {
            let mut words = arguments(lab, exhibit);
            if !exhibit.flags.contains(&"--depth") {
                words.extend(["--depth".into(), "headers".into()]);
            }
            (exhibit.name, check::report(&words).await.unwrap().0)
        })
        .buffer_unordered(8)
        .collect()
        .await;
    let mut shown = BTreeSet::new();
    for (name, report) in &reports {
        for (url, hops) in observed(report) {
            let planned = catalogue.planned(&Link::parse(&url).unwrap());
            for link in &planned {
                shown.extend(catalogue.shape_named(link));
            }
            let is_open = planned.last().and_then(|last| catalogue.shape_named(last)).is_some();
            let planned: Vec<String> = planned.iter().map(ToString::to_string).collect();
            if name.starts_with("route-") && !is_open {
                assert_eq!(hops, planned, "{name}");
                assert!(planned.len() > 1, "{name}: {url} has no prefix");
            } else {
                // Behind the plan a host may send on as it likes.
                assert!(hops.starts_with(&planned), "{name}: {hops:?} in place of {planned:?}");
            }
        }
    }
    for (id, shape) in catalogue.prefix_shapes() {
        // What an opaque prefix leads to cannot be planned; its exhibits show that nothing is guessed.
        assert!(is_opaque(shape) || shown.contains(&(id, shape)), "no healthy exhibit shows {id} {shape}");
    }
    let opaque: BTreeSet<_> = shown.iter().filter(|(_, shape)| is_opaque(shape)).map(|(id, _)| *id).collect();
    assert_eq!(opaque, BTreeSet::from(["feedburner", "feedpress", "mediametrie"]));
}
