//! The night that the demo plays: three shows whose episodes run through a measurement prefix and
//! one ad-insertion host to a CDN, and that host's certificate, which nobody renews in time. The
//! dates are those of 2022-05-30, when it happened to a real platform; all names are made up.

use jiff::Timestamp;

use crate::lab::LabError;
use crate::lab::exhibit::{HERE, Place};
use crate::lab::exhibits::redirect;
use crate::lab::feeds::RSS;
use crate::lab::http::{Answer, Asked, Reply};
use crate::lab::state::State;

/// The host that inserts advertisements, on whose certificate the night turns.
pub const ADS_HOST: &str = "traffic.loudhail.example";

/// The host where its customers publish, which serves the same certificate.
pub const CMS_HOST: &str = "cms.loudhail.example";

/// The CDN at the end.
pub const CDN_HOST: &str = "audio.loudhail-cdn.example";

/// The measurement prefix before every episode.
pub const PREFIX_HOST: &str = "op3.dev";

/// The host of the feeds.
pub const FEEDS_HOST: &str = "feeds.homeport.example";

pub(in crate::lab) const FEEDS: Place = Place { name: FEEDS_HOST, serve: feeds, ..HERE };
pub(in crate::lab) const ADS: Place = Place { name: ADS_HOST, serve: ads, ..HERE };
pub(in crate::lab) const CMS: Place = Place { name: CMS_HOST, serve: cms, ..HERE };
pub(in crate::lab) const CDN: Place = Place { name: CDN_HOST, ..HERE };

/// The shows: path and document.
const SHOWS: &[(&str, &str)] = &[
    ("/lantern.xml", include_str!("../../feeds/demo-lantern.xml")),
    ("/salt.xml", include_str!("../../feeds/demo-salt.xml")),
    ("/cutlery.xml", include_str!("../../feeds/demo-cutlery.xml")),
];

/// A moment of the night: what a user who runs `check` then should be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// In two or three words.
    pub title: &'static str,
    /// The time that is judged for, RFC 3339.
    pub at: &'static str,
    /// First and last second of the certificate that the ad-insertion host serves then.
    pub certificate: (&'static str, &'static str),
    /// The codes of all findings, sorted.
    pub causes: &'static [&'static str],
    /// The verdict over the round.
    pub verdict: &'static str,
}

/// Issued in May 2020 for two years.
const FIRST: (&str, &str) = ("2020-05-28T00:00:00Z", "2022-05-30T23:59:59Z");

/// Its successor.
const SECOND: (&str, &str) = ("2022-05-31T00:00:00Z", "2023-05-31T23:59:59Z");

/// The demo's world.
#[derive(Clone, Copy, Debug)]
pub struct Night<'a> {
    pub(super) state: &'a State,
}

impl Night<'_> {
    /// The time that a lab for the night is opened at: its other certificates outlive the night.
    pub const OPENED: &'static str = "2022-05-12T12:00:00Z";

    /// The stages, in order.
    pub const STAGES: &'static [Stage] = &[
        Stage {
            title: "three weeks before",
            at: "2022-05-09T12:00:00Z",
            certificate: FIRST,
            causes: &["cert-expiring"],
            verdict: "warning",
        },
        Stage {
            title: "four hours before",
            at: "2022-05-30T20:00:00Z",
            certificate: FIRST,
            causes: &["cert-expiring"],
            verdict: "critical",
        },
        Stage {
            title: "one hour after",
            at: "2022-05-31T01:00:00Z",
            certificate: FIRST,
            causes: &["cert-expired"],
            verdict: "critical",
        },
        Stage {
            title: "after the repair",
            at: "2022-05-31T13:45:00Z",
            certificate: SECOND,
            causes: &[],
            verdict: "ok",
        },
    ];

    /// The feeds' URLs.
    pub fn sources(&self) -> Vec<String> {
        SHOWS.iter().map(|(path, _)| format!("https://{FEEDS_HOST}{path}")).collect()
    }

    /// From now on the ad-insertion host and the CMS serve a certificate that is valid from the
    /// first second to the last.
    pub fn issue(&self, not_before: Timestamp, not_after: Timestamp) -> Result<(), LabError> {
        let names = [ADS_HOST, CMS_HOST];
        let key = self.state.pki.window(&names, not_before.as_second(), not_after.as_second())?;
        self.state.replace(&names, key);
        Ok(())
    }

    /// The same, issued by another authority of this name.
    pub fn issue_by(&self, authority: &str, not_before: Timestamp, not_after: Timestamp) -> Result<(), LabError> {
        let names = [ADS_HOST, CMS_HOST];
        let key = self.state.pki.window_by(authority, &names, not_before.as_second(), not_after.as_second())?;
        self.state.replace(&names, key);
        Ok(())
    }

    /// From now on the hosts that have no part in the night (feeds, prefix, CDN) serve certificates
    /// that are valid from the first second to the last: a lab serves such of 90 days by itself.
    pub fn others_last(&self, not_before: Timestamp, not_after: Timestamp) -> Result<(), LabError> {
        for host in [FEEDS_HOST, PREFIX_HOST, CDN_HOST] {
            let key = self.state.pki.window(&[host], not_before.as_second(), not_after.as_second())?;
            self.state.replace(&[host], key);
        }
        Ok(())
    }

    /// Makes the world as it was at a stage, and gives the time to judge for.
    pub fn enter(&self, stage: &Stage) -> Result<Timestamp, LabError> {
        let time = |text: &str| text.parse::<Timestamp>().map_err(|why| LabError::Time(why.to_string()));
        self.issue(time(stage.certificate.0)?, time(stage.certificate.1)?)?;
        time(stage.at)
    }
}

fn feeds(asked: &Asked<'_>) -> Reply {
    match SHOWS.iter().find(|(path, _)| *path == asked.path) {
        Some((_, document)) => Answer::status(200).body(RSS, *document).into(),
        None => Answer::status(404).into(),
    }
}

/// Stitches an episode and sends the listener to the CDN for it.
fn ads(asked: &Asked<'_>) -> Reply {
    redirect(302, format!("https://{CDN_HOST}/stitched{}", asked.path))
}

fn cms(_: &Asked<'_>) -> Reply {
    Answer::status(200).body("text/html", "<!DOCTYPE html><title>Loudhail</title><p>Publish here.</p>").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::media::File;

    #[test]
    fn the_shows_state_the_length_of_what_they_lead_to() {
        let real = File::Mp3.bytes().len();
        for (path, document) in SHOWS {
            assert_eq!(document.matches("length=\"600000\"").count(), 4, "{path}");
        }
        assert!(real.abs_diff(600_000) < 60_000, "{real} is not within 10 % of what the feeds state");
    }
}
