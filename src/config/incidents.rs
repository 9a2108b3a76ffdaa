//! From `[incidents]` to the rules of the room `incident`.

use super::value::Section;
use crate::incident::{Confirm, PerClass, Rules};

/// The rules; every key has a default, so there always are some.
pub(super) fn rules(section: &Section) -> Option<Rules> {
    let default = Rules::default();
    Some(Rules {
        confirm: section
            .section("confirm")
            .and_then(|section| per_class(|class| share(section, class)))
            .unwrap_or(default.confirm),
        recover: section
            .section("recover")
            .and_then(|section| per_class(|class| section.whole(class)))
            .unwrap_or(default.recover),
        vantages: section.whole("vantages")?,
        quorum: section.whole("quorum"),
        reopen: section.span("reopen")?,
        flap_changes: section.whole("flap_changes")?,
        flap_window: section.span("flap_window")?,
        grow_by: section.whole("grow_by")?,
        remind_critical: section.span("remind_critical"),
        remind_warning: section.span("remind_warning"),
        escalate: section.span("escalate"),
        fresh: section.span("fresh")?,
        forget: section.span("forget")?,
        tell_info: section.codes("tell_info").into_iter().collect(),
    })
}

fn share(section: &Section, class: &'static str) -> Option<Confirm> {
    section.share(class).map(|(need, of)| Confirm { need, of })
}

fn per_class<T>(of: impl Fn(&'static str) -> Option<T>) -> Option<PerClass<T>> {
    Some(PerClass {
        certificate: of("certificate")?,
        network: of("network")?,
        answer: of("answer")?,
        media: of("media")?,
        feed: of("feed")?,
        change: of("change")?,
        publishing: of("publishing")?,
        prober: of("prober")?,
    })
}
