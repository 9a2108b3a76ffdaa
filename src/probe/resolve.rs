//! Name resolution: every A and AAAA address of a name, its CNAME chain, and typed failures. What
//! an answer means for a host is not said here.

mod bounds;
#[cfg(test)]
mod tests;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::{DnsError, NetError, NoRecords};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::system_conf::read_system_conf;

use self::bounds::Bounded;
use super::overrides::Overrides;
use crate::chain::{DnsFailure, Phase, Resolution, ResolvedBy};
use crate::link::Host;

/// At most this many addresses of a name are used (limit table of the TLS page).
pub const MAX_ADDRESSES: usize = 16;

/// At most this many names of a CNAME chain are kept; resolvers give up before.
const MAX_ALIASES: usize = 16;

/// Resolves names, without a cache: a daemon's round must see what the DNS says now. Ask once a
/// name and round, and pass the answer on.
#[derive(Clone, Debug)]
pub struct Resolver {
    /// The second is said where a name has to be asked for: why there is no resolver.
    inner: Result<hickory_resolver::Resolver<Bounded>, String>,
    /// Why the system's configuration could not be read; its hosts file is looked at all the same.
    unconfigured: Option<String>,
}

impl Resolver {
    /// By the system's configuration (`/etc/resolv.conf`, the registry on Windows) and its hosts
    /// file. A configuration that cannot be read is told by every lookup that needs it, as
    /// [`DnsFailure::Unavailable`]: flags and literal addresses work without one.
    pub fn system() -> Self {
        match read_system_conf() {
            Ok((config, options)) => Self::build(config, options, ResolveHosts::Always, None),
            Err(why) => Self::build(
                ResolverConfig::from_parts(None, Vec::new(), Vec::new()),
                ResolverOpts::default(),
                ResolveHosts::Always,
                Some(format!("the system's resolver configuration cannot be read: {why}")),
            ),
        }
    }

    /// By this DNS server alone (`--dns ADDR:PORT`): UDP, and TCP for what does not fit. The hosts
    /// file is not looked at.
    pub fn server(address: SocketAddr) -> Self {
        let on_port = |mut connection: ConnectionConfig| {
            connection.port = address.port();
            connection
        };
        let connections = vec![on_port(ConnectionConfig::udp()), on_port(ConnectionConfig::tcp())];
        let config =
            ResolverConfig::from_parts(None, Vec::new(), vec![NameServerConfig::new(address.ip(), true, connections)]);
        Self::build(config, ResolverOpts::default(), ResolveHosts::Never, None)
    }

    fn build(
        config: ResolverConfig,
        mut options: ResolverOpts,
        hosts: ResolveHosts,
        unconfigured: Option<String>,
    ) -> Self {
        // No cache: no room, and nothing is valid any longer when it comes.
        options.cache_size = 0;
        options.positive_max_ttl = Some(Duration::ZERO);
        options.negative_max_ttl = Some(Duration::ZERO);
        options.preserve_intermediates = true; // the CNAME chain
        options.use_hosts_file = hosts;
        let mut builder = hickory_resolver::Resolver::builder_with_config(config, Bounded::default());
        *builder.options_mut() = options;
        Self { inner: builder.build().map_err(|why| why.to_string()), unconfigured }
    }

    /// Every address of `host`, IPv6 and IPv4 in turns.
    ///
    /// `host` and `port` are those of `--connect-to`'s result ([`Overrides::target`]); `port` only
    /// selects among `--resolve` entries. The name is asked for as it is, never with a search
    /// domain. A and AAAA are asked for at once; when `timeout` has passed, the addresses of the
    /// one that answered are used, and where none did it is [`DnsFailure::Timeout`].
    pub async fn resolve(
        &self,
        host: &Host,
        port: u16,
        overrides: &Overrides,
        timeout: Duration,
    ) -> Phase<Arc<Resolution>, DnsFailure> {
        let start = Instant::now();
        let found = match (overrides.addresses(host, port), host) {
            (Some(addresses), _) => Ok(resolution(addresses.to_vec(), Vec::new(), ResolvedBy::Flag)),
            (None, Host::Ip(ip)) => Ok(resolution(vec![*ip], Vec::new(), ResolvedBy::Literal)),
            (None, Host::Name(name)) => self.ask(name, timeout).await,
        };
        let took = start.elapsed();
        match found {
            Ok(resolution) => Phase::Done { took, fact: Arc::new(resolution) },
            Err(why) => Phase::Failed { took, why },
        }
    }

    async fn ask(&self, host: &str, timeout: Duration) -> Result<Resolution, DnsFailure> {
        let resolver = self.inner.as_ref().map_err(|why| DnsFailure::Unavailable(why.clone()))?;
        // A name that DNS cannot carry (a label over 63 bytes, say) does not exist in it.
        let mut name = Name::from_ascii(host).map_err(|_| DnsFailure::NoSuchName)?;
        name.set_fqdn(true);
        let ask = async |kind| match tokio::time::timeout(timeout, resolver.lookup(name.clone(), kind)).await {
            Ok(Ok(lookup)) => Ok(lookup),
            Ok(Err(why)) => Err(self.failure(&why)),
            Err(_) => Err(DnsFailure::Timeout),
        };
        let (four, six) = tokio::join!(ask(RecordType::A), ask(RecordType::AAAA));
        combine(&name, four, six)
    }

    fn failure(&self, why: &NetError) -> DnsFailure {
        match (classify(why), &self.unconfigured) {
            (DnsFailure::Unavailable(_), Some(cause)) => DnsFailure::Unavailable(cause.clone()),
            (failure, _) => failure,
        }
    }
}

/// Both answers as one. An address from either is success: a broken AAAA is no reason to call a
/// host dead that IPv4 reaches.
fn combine(
    name: &Name,
    four: Result<Lookup, DnsFailure>,
    six: Result<Lookup, DnsFailure>,
) -> Result<Resolution, DnsFailure> {
    let addresses = |answer: &Result<Lookup, DnsFailure>| match answer {
        Ok(lookup) => lookup.answers().iter().filter_map(|record| record.data.ip_addr()).collect(),
        Err(_) => Vec::new(),
    };
    let (fours, sixes): (Vec<IpAddr>, Vec<IpAddr>) = (addresses(&four), addresses(&six));
    if fours.is_empty() && sixes.is_empty() {
        let why = |answer: Result<Lookup, DnsFailure>| answer.err().unwrap_or(DnsFailure::NoAddress);
        let (four, six) = (why(four), why(six));
        return Err(if telling(&four) >= telling(&six) { four } else { six });
    }
    let cname = [&four, &six]
        .into_iter()
        .flatten()
        .map(|lookup| aliases(name, lookup))
        .max_by_key(Vec::len)
        .unwrap_or_default();
    Ok(resolution(in_turns(sixes, fours), cname, ResolvedBy::Dns))
}

fn resolution(mut addresses: Vec<IpAddr>, cname: Vec<String>, source: ResolvedBy) -> Resolution {
    let mut seen = std::collections::HashSet::new();
    addresses.retain(|ip| seen.insert(*ip));
    let given = addresses.len();
    addresses.truncate(MAX_ADDRESSES);
    Resolution { addresses, given, cname, source }
}

/// One of each family in turns, IPv6 first (RFC 8305 4), so that the cut to [`MAX_ADDRESSES`]
/// keeps both.
fn in_turns(sixes: Vec<IpAddr>, fours: Vec<IpAddr>) -> Vec<IpAddr> {
    let mut out = Vec::with_capacity(sixes.len().saturating_add(fours.len()));
    let (mut sixes, mut fours) = (sixes.into_iter(), fours.into_iter());
    loop {
        let (six, four) = (sixes.next(), fours.next());
        if six.is_none() && four.is_none() {
            return out;
        }
        out.extend(six.into_iter().chain(four));
    }
}

/// The CNAME chain from `name` on. The records may come in any order, and in a circle.
fn aliases(name: &Name, lookup: &Lookup) -> Vec<String> {
    let mut chain: Vec<String> = Vec::new();
    let mut at = name;
    while chain.len() < MAX_ALIASES {
        let next = lookup.answers().iter().find_map(|record| match &record.data {
            RData::CNAME(target) if record.name == *at => Some(&target.0),
            _ => None,
        });
        let Some(next) = next else { break };
        let text = next.to_ascii().trim_end_matches('.').to_ascii_lowercase();
        if chain.contains(&text) {
            break;
        }
        chain.push(text);
        at = next;
    }
    chain
}

/// Which of two failures says more of the name: that it does not exist is true of all its records.
fn telling(failure: &DnsFailure) -> u8 {
    match failure {
        DnsFailure::NoSuchName => 4,
        DnsFailure::Refused(_) => 3,
        DnsFailure::Timeout => 2,
        DnsFailure::Unavailable(_) => 1,
        DnsFailure::NoAddress => 0,
    }
}

fn classify(why: &NetError) -> DnsFailure {
    match why {
        NetError::Dns(DnsError::NoRecordsFound(NoRecords { response_code: ResponseCode::NXDomain, .. })) => {
            DnsFailure::NoSuchName
        }
        NetError::Dns(DnsError::NoRecordsFound(NoRecords { response_code: ResponseCode::NoError, .. })) => {
            DnsFailure::NoAddress
        }
        NetError::Dns(
            DnsError::NoRecordsFound(NoRecords { response_code: code, .. }) | DnsError::ResponseCode(code),
        ) => DnsFailure::Refused(code_name(*code)),
        NetError::Dns(other) => DnsFailure::Refused(other.to_string()),
        // An answer that cannot be read is one: the resolver was there.
        NetError::Proto(other) => DnsFailure::Refused(other.to_string()),
        NetError::Timeout => DnsFailure::Timeout,
        NetError::Io(error) if error.kind() == io::ErrorKind::TimedOut => DnsFailure::Timeout,
        other => DnsFailure::Unavailable(other.to_string()),
    }
}

/// The mnemonic of RFC 6895 2.3, in the capitals that operators search for.
fn code_name(code: ResponseCode) -> String {
    match code {
        ResponseCode::ServFail => "SERVFAIL".to_owned(),
        ResponseCode::Refused => "REFUSED".to_owned(),
        ResponseCode::FormErr => "FORMERR".to_owned(),
        ResponseCode::NotImp => "NOTIMP".to_owned(),
        ResponseCode::NotAuth => "NOTAUTH".to_owned(),
        other => format!("RCODE {}", u16::from(other)),
    }
}
