//! A DNS server of a few lines, for one outcome each.

use std::str::FromStr;

use hickory_resolver::proto::op::{Message, OpCode};
use hickory_resolver::proto::rr::Record;
use hickory_resolver::proto::rr::rdata::{A, AAAA, CNAME};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

use super::*;
use crate::chain::MAX_GIVEN;

const LIMIT: Duration = Duration::from_secs(5);

/// What the server makes of a query: records, a code, or `None` for silence.
type Zone = fn(&Name, RecordType) -> Option<Answer>;

struct Answer {
    code: ResponseCode,
    records: Vec<Record>,
    /// Tell the client over UDP to come back by TCP.
    truncated: bool,
}

#[expect(clippy::unnecessary_wraps, reason = "a zone may also be silent")]
fn records(records: Vec<Record>) -> Option<Answer> {
    Some(Answer { code: ResponseCode::NoError, records, truncated: false })
}

#[expect(clippy::unnecessary_wraps, reason = "a zone may also be silent")]
fn code(code: ResponseCode) -> Option<Answer> {
    Some(Answer { code, records: Vec::new(), truncated: false })
}

fn name(text: &str) -> Name {
    Name::from_str(text).unwrap()
}

fn address(owner: &Name, ip: &str) -> Record {
    let data = match ip.parse().unwrap() {
        IpAddr::V4(ip) => RData::A(A(ip)),
        IpAddr::V6(ip) => RData::AAAA(AAAA(ip)),
    };
    Record::from_rdata(owner.clone(), 300, data)
}

fn alias(owner: &str, target: &str) -> Record {
    Record::from_rdata(name(owner), 300, RData::CNAME(CNAME(name(target))))
}

fn answer(query: &[u8], zone: Zone, udp: bool) -> Option<Vec<u8>> {
    let query = Message::from_vec(query).unwrap();
    let asked = query.queries.first().unwrap().clone();
    let answer = zone(asked.name(), asked.query_type())?;
    let mut message = Message::response(query.metadata.id, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.metadata.recursion_available = true;
    message.metadata.response_code = answer.code;
    message.queries.push(asked);
    if answer.truncated && udp {
        message.metadata.truncation = true;
    } else {
        message.answers = answer.records;
    }
    Some(message.to_vec().unwrap())
}

/// A server on loopback, UDP and TCP on one port.
async fn serve(zone: Zone) -> SocketAddr {
    let (udp, tcp) = loop {
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        // The same port may be taken for TCP by another test: try the next one.
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
            break (udp, tcp);
        }
    };
    let at = udp.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        while let Ok((n, from)) = udp.recv_from(&mut buffer).await {
            if let Some(message) = answer(&buffer[..n], zone, true) {
                udp.send_to(&message, from).await.unwrap();
            }
        }
    });
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = tcp.accept().await {
            tokio::spawn(async move {
                while let Ok(n) = stream.read_u16().await {
                    let mut query = vec![0; n.into()];
                    stream.read_exact(&mut query).await.unwrap();
                    if let Some(message) = answer(&query, zone, false) {
                        stream.write_u16(message.len().try_into().unwrap()).await.unwrap();
                        stream.write_all(&message).await.unwrap();
                    }
                }
            });
        }
    });
    at
}

async fn ask(zone: Zone, host: &str) -> Result<Arc<Resolution>, DnsFailure> {
    let resolver = Resolver::server(serve(zone).await);
    outcome(resolver.resolve(&Host::name(host), 443, &Overrides::default(), LIMIT).await)
}

fn outcome(phase: Phase<Arc<Resolution>, DnsFailure>) -> Result<Arc<Resolution>, DnsFailure> {
    match phase {
        Phase::Done { fact, .. } => Ok(fact),
        Phase::Failed { why, .. } => Err(why),
        Phase::NotReached => panic!("resolution always happens"),
    }
}

fn shown(resolution: &Resolution) -> String {
    resolution.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn both_families_in_turns() {
    let found = ask(
        |owner, kind| match kind {
            RecordType::A => {
                records(vec![address(owner, "192.0.2.1"), address(owner, "192.0.2.2"), address(owner, "192.0.2.3")])
            }
            RecordType::AAAA => records(vec![address(owner, "2001:db8::1")]),
            _ => code(ResponseCode::NotImp),
        },
        "cdn.example",
    )
    .await
    .unwrap();
    assert_eq!(shown(&found), "2001:db8::1 192.0.2.1 192.0.2.2 192.0.2.3");
    assert_eq!((found.given, found.source), (4, ResolvedBy::Dns));
    assert_eq!(found.cname, Vec::<String>::new());
}

#[tokio::test]
async fn the_cname_chain_is_kept_in_order() {
    // Out of order on the wire: hickory asks again for what it cannot follow, and gets it.
    let zone: Zone = |owner, kind| {
        let last = name("edge.cdn.example.");
        match kind {
            RecordType::A if *owner == last => records(vec![address(&last, "192.0.2.1")]),
            RecordType::A => records(vec![
                alias("show.example.", "Show.HOST.example."),
                alias("show.host.example.", "edge.cdn.example."),
                address(&last, "192.0.2.1"),
            ]),
            _ => records(vec![]),
        }
    };
    let found = ask(zone, "show.example").await.unwrap();
    assert_eq!(found.cname, ["show.host.example", "edge.cdn.example"]);
    assert_eq!(shown(&found), "192.0.2.1");
}

#[tokio::test]
async fn at_most_sixteen_addresses_of_both_families_are_used() {
    let found = ask(
        |owner, kind| {
            let many = |prefix: &str| (1..=20).map(|n| address(owner, &format!("{prefix}{n}"))).collect();
            match kind {
                RecordType::A => records(many("192.0.2.")),
                _ => records(many("2001:db8::")),
            }
        },
        "many.example",
    )
    .await
    .unwrap();
    assert_eq!((found.addresses.len(), found.given), (16, 40));
    assert_eq!(found.addresses.iter().filter(|ip| ip.is_ipv4()).count(), 8);
}

#[tokio::test]
async fn of_an_answer_without_measure_the_first_records_are_read() {
    let found = ask(
        |owner, kind| {
            let many = (0..1200).map(|n| address(owner, &format!("192.0.{}.{}", n / 250, n % 250)));
            match kind {
                RecordType::A => Some(Answer { truncated: true, ..records(many.collect())? }),
                _ => records(vec![]),
            }
        },
        "huge.example",
    )
    .await
    .unwrap();
    assert_eq!((found.addresses.len(), found.given), (16, MAX_GIVEN.into()));
}

#[tokio::test]
async fn each_failure_has_its_own_type() {
    let zones: [(Zone, DnsFailure); 6] = [
        (|_, _| code(ResponseCode::NXDomain), DnsFailure::NoSuchName),
        (|_, _| records(vec![]), DnsFailure::NoAddress),
        (|_, _| code(ResponseCode::ServFail), DnsFailure::Refused("SERVFAIL".into())),
        (|_, _| code(ResponseCode::Refused), DnsFailure::Refused("REFUSED".into())),
        // A name without A whose AAAA is not told may well have an address.
        (
            |_, kind| if kind == RecordType::A { records(vec![]) } else { code(ResponseCode::ServFail) },
            DnsFailure::Refused("SERVFAIL".into()),
        ),
        // An alias to a name that does not exist.
        (
            |_, _| {
                Some(Answer {
                    code: ResponseCode::NXDomain,
                    records: vec![alias("gone.example.", "gone.host.example.")],
                    truncated: false,
                })
            },
            DnsFailure::NoSuchName,
        ),
    ];
    for (zone, expected) in zones {
        assert_eq!(ask(zone, "gone.example").await, Err(expected));
    }
}

#[tokio::test]
async fn one_family_that_fails_does_not_hide_the_other() {
    let found = ask(
        |owner, kind| match kind {
            RecordType::A => records(vec![address(owner, "192.0.2.1")]),
            _ => code(ResponseCode::ServFail),
        },
        "cdn.example",
    )
    .await
    .unwrap();
    assert_eq!(shown(&found), "192.0.2.1");
}

#[tokio::test]
async fn silence_ends_at_the_limit_and_keeps_what_came() {
    let short = Duration::from_millis(100);
    let silent = Resolver::server(serve(|_, _| None).await);
    let got = outcome(silent.resolve(&Host::name("a.example"), 443, &Overrides::default(), short).await);
    assert_eq!(got, Err(DnsFailure::Timeout));

    let half = serve(|owner, kind| match kind {
        RecordType::A => records(vec![address(owner, "192.0.2.1")]),
        _ => None,
    });
    let half = Resolver::server(half.await);
    let got = outcome(half.resolve(&Host::name("a.example"), 443, &Overrides::default(), short).await);
    assert_eq!(shown(&got.unwrap()), "192.0.2.1");
}

#[tokio::test]
async fn a_truncated_answer_is_fetched_over_tcp() {
    let found = ask(
        |owner, kind| match kind {
            RecordType::A => Some(Answer {
                code: ResponseCode::NoError,
                records: vec![address(owner, "192.0.2.1")],
                truncated: true,
            }),
            _ => records(vec![]),
        },
        "large.example",
    )
    .await
    .unwrap();
    assert_eq!(shown(&found), "192.0.2.1");
}

#[tokio::test]
async fn every_lookup_asks_anew() {
    use std::sync::atomic::{AtomicU32, Ordering};
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let zone: Zone = |owner, kind| match kind {
        RecordType::A => {
            let n = ASKED.fetch_add(1, Ordering::SeqCst) + 1;
            records(vec![address(owner, &format!("192.0.2.{n}"))])
        }
        _ => records(vec![]),
    };
    let resolver = Resolver::server(serve(zone).await);
    for expected in ["192.0.2.1", "192.0.2.2"] {
        let got = resolver.resolve(&Host::name("a.example"), 443, &Overrides::default(), LIMIT).await;
        assert_eq!(shown(&outcome(got).unwrap()), expected);
    }
}

#[tokio::test]
async fn nothing_is_asked_for_flags_and_literals() {
    let resolver = Resolver::server(serve(|_, _| panic!("asked")).await);
    let overrides = Overrides::parse(&["cdn.example:443:192.0.2.9,192.0.2.8,192.0.2.9".to_owned()], &[]).unwrap();
    let by_flag = outcome(resolver.resolve(&Host::name("cdn.example"), 443, &overrides, LIMIT).await).unwrap();
    assert_eq!((shown(&by_flag).as_str(), by_flag.source), ("192.0.2.9 192.0.2.8", ResolvedBy::Flag));
    let literal = outcome(resolver.resolve(&Host::name("[2001:db8::1]"), 443, &overrides, LIMIT).await).unwrap();
    assert_eq!((shown(&literal).as_str(), literal.source), ("2001:db8::1", ResolvedBy::Literal));
}

#[tokio::test]
async fn the_system_knows_itself_without_asking() {
    let got = Resolver::system().resolve(&Host::name("localhost"), 80, &Overrides::default(), LIMIT).await;
    assert!(outcome(got).unwrap().addresses.iter().all(IpAddr::is_loopback));
}

#[tokio::test]
async fn a_resolver_that_is_not_there_is_unavailable() {
    let unconfigured = Resolver::build(
        ResolverConfig::from_parts(None, Vec::new(), Vec::new()),
        ResolverOpts::default(),
        ResolveHosts::Never,
        Some("no configuration".to_owned()),
    );
    let got = unconfigured.resolve(&Host::name("a.example"), 443, &Overrides::default(), LIMIT).await;
    assert_eq!(outcome(got), Err(DnsFailure::Unavailable("no configuration".to_owned())));
}

#[tokio::test]
async fn a_name_that_dns_cannot_carry_does_not_exist() {
    let long = format!("{}.example", "a".repeat(64));
    assert_eq!(ask(|_, _| panic!("asked"), &long).await, Err(DnsFailure::NoSuchName));
}

#[test]
fn aliases_that_lead_in_a_circle_end() {
    use hickory_resolver::proto::op::Query;
    let circle = [alias("a.example.", "b.example."), alias("b.example.", "a.example.")];
    let lookup = Lookup::new_with_max_ttl(Query::query(name("a.example."), RecordType::A), circle);
    assert_eq!(aliases(&name("a.example."), &lookup), ["b.example", "a.example"]);
}
