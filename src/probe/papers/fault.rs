//! Why a paper could not be had, by type.

use std::net::IpAddr;

use crate::chain::DnsFailure;
use crate::link::LinkError;

/// Why a paper could not be had. Its text is what [`crate::chain::Fetched`] keeps.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchFault {
    /// The URL cannot be requested (`ldap:`, for instance).
    #[error("it cannot be fetched: {0}")]
    Url(#[from] LinkError),
    /// The name gave no address.
    #[error("its host has no address: {}", dns_words(.0))]
    Dns(DnsFailure),
    /// No address of the host may be dialled; the first one.
    #[error("its address {0} is not public and was not asked (--allow-net lifts this)")]
    Blocked(IpAddr),
    /// No connection, or it broke: in words.
    #[error("the connection failed: {0}")]
    Connection(String),
    /// Not done in time.
    #[error("it did not come in time")]
    Timeout,
    /// A status other than 200.
    #[error("the server answered {0}")]
    Status(u16),
    /// Redirected without a place to go to.
    #[error("it is redirected to nowhere: {0}")]
    Redirect(LinkError),
    /// Redirected more often than is followed.
    #[error("it is redirected more than {0} times")]
    Redirects(usize),
    /// Larger than is read, in bytes.
    #[error("it is larger than {0} bytes")]
    TooLarge(usize),
    /// What came is not what was asked for.
    #[error("what came cannot be read: {0}")]
    Unreadable(String),
    /// The round has kept as much as it may, or too much is being fetched.
    #[error("too much else is fetched in this round")]
    Full,
}

fn dns_words(why: &DnsFailure) -> String {
    match why {
        DnsFailure::NoSuchName => "the name does not exist".to_owned(),
        DnsFailure::NoAddress => "the name has no address".to_owned(),
        DnsFailure::Timeout => "the resolver did not answer in time".to_owned(),
        DnsFailure::Refused(code) => format!("the resolver answered {code}"),
        DnsFailure::Unavailable(why) => format!("the resolver cannot be asked: {why}"),
    }
}
