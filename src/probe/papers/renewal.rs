//! ACME Renewal Information (RFC 9773): when a CA suggests to renew.

use serde::Deserialize;

use super::shelf::Kind;
use super::{Clerk, FetchFault, fetched};
use crate::chain::{Fetched, RenewalWindow};
use crate::link::Link;

/// An ACME directory, as far as it is read (RFC 8555 7.1.1, RFC 9773 4).
#[derive(Deserialize)]
struct Directory {
    #[serde(rename = "renewalInfo")]
    renewal_info: Option<String>,
}

/// RFC 9773 4.2.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    suggested_window: Window,
    #[serde(rename = "explanationURL")]
    explanation_url: Option<String>,
}

#[derive(Deserialize)]
struct Window {
    start: String,
    end: String,
}

impl Clerk {
    /// The window suggested for the certificate `id`, by way of the CA's ACME directory. `None`
    /// where the CA does not offer it, which is no fault.
    pub(super) async fn renewal(&self, directory: &str, id: &str) -> Option<Fetched<RenewalWindow>> {
        let offered = self.have(Kind::Directory, directory).await.and_then(|bytes| offered(&bytes));
        let base = match offered {
            Ok(base) => base?,
            Err(why) => return Some(fetched(directory, Err(why))),
        };
        let url = format!("{}/{id}", base.trim_end_matches('/'));
        let got = self.have(Kind::Renewal, &url).await.and_then(|bytes| window(&bytes));
        Some(fetched(&url, got))
    }
}

/// The URL of renewal information in an ACME directory, where the CA offers it.
pub(super) fn offered(bytes: &[u8]) -> Result<Option<String>, FetchFault> {
    json::<Directory>(bytes).map(|directory| directory.renewal_info)
}

pub(super) fn window(bytes: &[u8]) -> Result<RenewalWindow, FetchFault> {
    let Info { suggested_window: Window { start, end }, explanation_url } = json(bytes)?;
    let instant = |text: &str| {
        let read: Result<jiff::Timestamp, _> = text.parse();
        read.map(jiff::Timestamp::as_second)
            .map_err(|_| FetchFault::Unreadable("a time that is not RFC 3339".to_owned()))
    };
    let (start, end) = (instant(&start)?, instant(&end)?);
    // RFC 9773 4.2: a client has to ignore a window whose end is not after its start.
    if end <= start {
        return Err(FetchFault::Unreadable("the suggested window ends before it starts".to_owned()));
    }
    let explanation = explanation_url.and_then(|text| Link::parse(&text).ok()).map(|link| link.to_string());
    Ok(RenewalWindow { start, end, explanation })
}

fn json<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, FetchFault> {
    serde_json::from_slice(bytes).map_err(|why| FetchFault::Unreadable(format!("not the JSON expected: {why}")))
}
