//! One GET, redirects by hand, with every address checked before it is dialled.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering;
use std::time::Duration;

use reqwest::header::{DATE, HOST, LOCATION, RETRY_AFTER};

use super::{Clerk, FetchFault};
use crate::chain::Phase;
use crate::link::{Host, Link, LinkError};
use crate::probe::answer;

/// Redirects that are followed.
const MAX_REDIRECTS: usize = 3;
/// For name resolution (limit table of the TLS page).
const DNS_TIMEOUT: Duration = Duration::from_secs(3);
/// For one connect (limit table of the TLS page).
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Stands for an http URL's host where that is an address: reqwest dials an address that it reads
/// in a URL whatever it was told. The name is reserved (RFC 6761 6.4) and never resolved.
const STAND_IN: &str = "paper.invalid";

impl Clerk {
    /// The body behind an http or https URL. No proxy, no cookies, no credentials, the URL's own
    /// included. Over https the server's certificate is verified as the clerk's TLS
    /// configuration says. `timeout` is for all of it, redirects included.
    pub async fn fetch(&self, url: &str, max_bytes: usize, timeout: Duration) -> Result<Vec<u8>, FetchFault> {
        self.fetch_whole(url, max_bytes, timeout).await.0
    }

    /// The same, and the Retry-After of the last answer.
    pub(super) async fn fetch_whole(
        &self,
        url: &str,
        max_bytes: usize,
        timeout: Duration,
    ) -> (Result<Vec<u8>, FetchFault>, Option<Duration>) {
        let mut retry_after = None;
        let following = self.follow(url, max_bytes, &mut retry_after);
        let got = tokio::time::timeout(timeout, following).await.map_err(|_| FetchFault::Timeout);
        (got.flatten(), retry_after)
    }

    async fn follow(
        &self,
        url: &str,
        max_bytes: usize,
        retry_after: &mut Option<Duration>,
    ) -> Result<Vec<u8>, FetchFault> {
        let mut link = Link::parse(url)?;
        for _ in 0..=MAX_REDIRECTS {
            let mut response = self.get(&link).await?;
            let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
            let now = self.clock.and_then(answer::system_time);
            *retry_after = header(RETRY_AFTER).and_then(|text| answer::delay(text, header(DATE), now));
            match response.status().as_u16() {
                200 => return read(&mut response, max_bytes).await,
                301 | 302 | 303 | 307 | 308 => {
                    let location = response.headers().get(LOCATION).map_or(&[][..], |value| value.as_bytes());
                    link = link.join(&String::from_utf8_lossy(location)).map_err(FetchFault::Redirect)?;
                }
                status => return Err(FetchFault::Status(status)),
            }
        }
        Err(FetchFault::Redirects(MAX_REDIRECTS))
    }

    /// One request over a connection of its own: papers are few, and a pool would let a later
    /// request pass the guard on an earlier one's connection.
    async fn get(&self, link: &Link) -> Result<reqwest::Response, FetchFault> {
        let origin = link.origin();
        let (host, port) = self.overrides.target(&origin.host, origin.port);
        let addresses = self.addresses(&host, port).await?;

        // hyper-util lets a port in the URL overrule the address's: it is taken out, and said to
        // the server in the Host header alone.
        let refused = || FetchFault::Url(LinkError::Unparsable(url::ParseError::InvalidDomainCharacter));
        let mut url = link.to_url()?;
        let name = match (&origin.host, link.is_https()) {
            (Host::Name(name), _) => name.clone(),
            (Host::Ip(_), false) => STAND_IN.to_owned(),
            // The name in the handshake and the certificate's check are the URL's host, so it has
            // to stay. It is dialled as it stands: only where that is what was checked.
            (Host::Ip(ip), true) => {
                let own = SocketAddr::new(*ip, origin.port);
                if !addresses.contains(&own) {
                    return Err(FetchFault::Connection("an https URL with an address cannot go elsewhere".to_owned()));
                }
                ip.to_string()
            }
        };
        let dials_url = matches!((&origin.host, link.is_https()), (Host::Ip(_), true));
        if !dials_url {
            url.set_host(Some(&name)).map_err(|_| refused())?;
            url.set_port(None).map_err(|()| refused())?;
        }
        url.set_username("").map_err(|()| refused())?;
        url.set_password(None).map_err(|()| refused())?;

        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .http1_only()
            .pool_max_idle_per_host(0)
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(&self.user_agent)
            .tls_backend_preconfigured(self.tls.clone())
            .resolve_to_addrs(&name, &addresses)
            .build()
            .map_err(fault)?;
        let shown = if origin.port == origin.scheme.default_port() {
            origin.host.to_string()
        } else {
            format!("{}:{}", origin.host, origin.port)
        };
        let outcome = client.get(url).header(HOST, shown).send().await;
        if outcome.as_ref().err().is_none_or(|error| !error.is_connect()) {
            self.sent.fetch_add(1, Ordering::Relaxed);
        }
        outcome.map_err(fault)
    }

    /// The addresses that may be dialled, in the resolver's order.
    async fn addresses(&self, host: &Host, port: u16) -> Result<Vec<SocketAddr>, FetchFault> {
        let resolved = match self.resolver.resolve(host, port, &self.overrides, DNS_TIMEOUT).await {
            Phase::Done { fact, .. } => fact,
            Phase::Failed { why, .. } => return Err(FetchFault::Dns(why)),
            Phase::NotReached => return Err(FetchFault::Timeout), // not what `resolve` gives
        };
        let (open, shut): (Vec<IpAddr>, Vec<IpAddr>) =
            resolved.addresses.iter().copied().partition(|ip| self.guard.permits(*ip));
        match (open.is_empty(), shut.first()) {
            (true, Some(ip)) => Err(FetchFault::Blocked(*ip)),
            _ => Ok(open.into_iter().map(|ip| SocketAddr::new(ip, port)).collect()),
        }
    }
}

async fn read(response: &mut reqwest::Response, max_bytes: usize) -> Result<Vec<u8>, FetchFault> {
    let too_large = FetchFault::TooLarge(max_bytes);
    let promised = usize::try_from(response.content_length().unwrap_or(0)).unwrap_or(usize::MAX);
    if promised > max_bytes {
        return Err(too_large);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(fault)? {
        if body.len().saturating_add(chunk.len()) > max_bytes {
            return Err(too_large);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// reqwest's own text names the URL and hides the cause: the innermost cause is told, without it.
fn fault(error: reqwest::Error) -> FetchFault {
    if error.is_timeout() {
        return FetchFault::Timeout;
    }
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    FetchFault::Connection(cause.to_string().chars().take(200).collect())
}
