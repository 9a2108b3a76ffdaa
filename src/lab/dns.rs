//! The lab's name server: UDP and TCP on one port, authoritative for whatever it is told and for
//! nothing else (NXDOMAIN).

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, CNAME};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;

use crate::lab::exhibit::Dns;

/// What each name stands for, in lower case without a trailing dot.
#[derive(Debug, Default)]
pub(super) struct Zone {
    names: HashMap<String, Dns>,
    /// How often the addresses of a name of several turns were asked for.
    turns: Mutex<HashMap<String, usize>>,
}

impl Zone {
    /// What a name stands for; one below an endless name is endless too.
    fn get(&self, name: &str) -> Option<Dns> {
        if let Some(known) = self.names.get(name) {
            return Some(*known);
        }
        let mut above = name;
        while let Some((_, parent)) = above.split_once('.') {
            if let Some(Dns::Endless) = self.names.get(parent) {
                return Some(Dns::Endless);
            }
            above = parent;
        }
        None
    }

    /// The next turn's address.
    fn turn(&self, name: &str, addresses: &[[u8; 4]]) -> Option<Ipv4Addr> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = turns.entry(name.to_owned()).or_default();
        let address = addresses.get(*turn).or(addresses.last())?;
        *turn = turn.saturating_add(1);
        Some(Ipv4Addr::from(*address))
    }
}

impl FromIterator<(String, Dns)> for Zone {
    fn from_iter<I: IntoIterator<Item = (String, Dns)>>(names: I) -> Self {
        Self { names: names.into_iter().collect(), turns: Mutex::default() }
    }
}

/// The longest name that an endless one grows to, bytes.
const LONGEST: usize = 200;

/// A UDP socket and a TCP listener on one port of 127.0.0.1.
pub(super) async fn bind() -> std::io::Result<(UdpSocket, TcpListener)> {
    let mut last = None;
    for _ in 0..32 {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        match TcpListener::bind(udp.local_addr()?).await {
            Ok(tcp) => return Ok((udp, tcp)),
            Err(why) => last = Some(why),
        }
    }
    Err(last.unwrap_or_else(|| std::io::ErrorKind::AddrInUse.into()))
}

/// Answers datagrams until the task is dropped.
pub(super) async fn serve_udp(socket: UdpSocket, zone: Arc<Zone>) {
    let mut buffer = vec![0; 4096];
    loop {
        // A client that has gone away shows up as an error here (ICMP); the server stays.
        let Ok((len, peer)) = socket.recv_from(&mut buffer).await else { continue };
        if let Some(reply) = buffer.get(..len).and_then(|query| answer(query, &zone, Some(512))) {
            let _ = socket.send_to(&reply, peer).await;
        }
    }
}

/// Answers queries over TCP (RFC 7766: two bytes of length before each message).
pub(super) async fn serve_tcp(listener: TcpListener, zone: Arc<Zone>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                connections.spawn(one_connection(stream, Arc::clone(&zone)));
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn one_connection(mut stream: TcpStream, zone: Arc<Zone>) {
    while let Ok(len) = stream.read_u16().await {
        let mut query = vec![0; usize::from(len)];
        if stream.read_exact(&mut query).await.is_err() {
            return;
        }
        let Some(reply) = answer(&query, &zone, None) else { continue };
        let Ok(len) = u16::try_from(reply.len()) else { return };
        if stream.write_all(&[&len.to_be_bytes(), reply.as_slice()].concat()).await.is_err() {
            return;
        }
    }
}

/// The answer to a query; `None` where the zone says to keep silent, or where it is no query.
fn answer(query: &[u8], zone: &Zone, limit: Option<usize>) -> Option<Vec<u8>> {
    let query = Message::from_vec(query).ok()?;
    let question = query.queries.first()?;
    let asked = question.name().to_ascii();
    let name = asked.trim_end_matches('.').to_ascii_lowercase();
    let at_a = question.query_type() == RecordType::A;
    let mut reply = Message::response(query.metadata.id, query.metadata.op_code);
    reply.metadata.recursion_desired = query.metadata.recursion_desired;
    reply.metadata.recursion_available = true;
    reply.add_query(question.clone());
    match zone.get(&name) {
        Some(Dns::Silent) => return None,
        Some(Dns::Fails) => reply.metadata.response_code = ResponseCode::ServFail,
        Some(Dns::Missing) | None => reply.metadata.response_code = ResponseCode::NXDomain,
        Some(Dns::Empty) => {}
        Some(Dns::Garbage) => return Some([&query.metadata.id.to_be_bytes(), [0xde; 60].as_slice()].concat()),
        Some(Dns::Endless) => {
            // Longer names would not be names: the aliases come in turns from then on.
            let next = match asked.split_once('.') {
                Some((_, rest)) if asked.len() > LONGEST => format!("x{rest}"),
                _ => format!("x.{asked}"),
            };
            let target = Name::from_ascii(next).ok()?;
            reply.add_answer(Record::from_rdata(question.name().clone(), 60, RData::CNAME(CNAME(target))));
        }
        Some(Dns::Circle) => {
            let other = Name::from_ascii(format!("back.{name}.")).ok()?;
            let here = question.name().clone();
            reply.add_answer(Record::from_rdata(here.clone(), 60, RData::CNAME(CNAME(other.clone()))));
            reply.add_answer(Record::from_rdata(other, 60, RData::CNAME(CNAME(here))));
        }
        Some(Dns::Turns(all)) => {
            if at_a && let Some(address) = zone.turn(&name, all) {
                reply.add_answer(Record::from_rdata(question.name().clone(), 60, RData::A(A(address))));
            }
        }
        Some(Dns::Alias(chain)) => {
            let mut owner = question.name().clone();
            for &target in chain {
                let target = Name::from_ascii(target).ok()?;
                reply.add_answer(Record::from_rdata(owner, 60, RData::CNAME(CNAME(target.clone()))));
                owner = target;
            }
            if at_a {
                reply.add_answer(Record::from_rdata(owner, 60, RData::A(A(Ipv4Addr::LOCALHOST))));
            }
        }
        Some(what @ (Dns::At(_) | Dns::Elsewhere(_) | Dns::Many(_))) => {
            if at_a {
                for address in addresses(what) {
                    reply.add_answer(Record::from_rdata(question.name().clone(), 60, RData::A(A(address))));
                }
            }
        }
    }
    let bytes = reply.to_vec().ok()?;
    let limit = limit.map(|floor| query.edns.as_ref().map_or(floor, |edns| usize::from(edns.max_payload()).max(floor)));
    match limit {
        Some(limit) if bytes.len() > limit => reply.truncate().to_vec().ok(),
        _ => Some(bytes),
    }
}

/// The addresses that a name stands for.
fn addresses(what: Dns) -> Vec<Ipv4Addr> {
    match what {
        Dns::At(last) => last.iter().map(|&last| Ipv4Addr::new(127, 0, 0, last)).collect(),
        Dns::Elsewhere(all) => all.iter().map(|&octets| Ipv4Addr::from(octets)).collect(),
        Dns::Alias(_) => vec![Ipv4Addr::LOCALHOST],
        Dns::Many(count) => (1..=count)
            .map(|number| {
                let [high, low] = number.to_be_bytes();
                Ipv4Addr::new(127, 0, high, low)
            })
            .collect(),
        Dns::Turns(_)
        | Dns::Endless
        | Dns::Circle
        | Dns::Garbage
        | Dns::Missing
        | Dns::Empty
        | Dns::Fails
        | Dns::Silent => Vec::new(),
    }
}

/// The last number of a loopback address.
pub(super) fn last_number(address: SocketAddr) -> u8 {
    match address.ip() {
        IpAddr::V4(ip) => ip.octets().last().copied().unwrap_or_default(),
        IpAddr::V6(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use hickory_resolver::proto::op::{MessageType, OpCode, Query};

    use super::*;

    fn zone() -> Zone {
        [
            ("here.example", Dns::At(&[1, 2])),
            ("alias.example", Dns::Alias(&["a.example.", "b.example."])),
            ("empty.example", Dns::Empty),
            ("fails.example", Dns::Fails),
            ("silent.example", Dns::Silent),
            ("many.example", Dns::Many(60)),
            ("huge.example", Dns::Many(1500)),
            ("turns.example", Dns::Turns(&[[127, 0, 0, 1], [10, 0, 0, 1]])),
            ("endless.example", Dns::Endless),
        ]
        .map(|(name, dns)| (name.to_owned(), dns))
        .into_iter()
        .collect()
    }

    fn ask(name: &str, kind: RecordType, limit: Option<usize>) -> Option<Message> {
        let mut query = Message::new(7, MessageType::Query, OpCode::Query);
        query.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
        answer(&query.to_vec().unwrap(), &zone(), limit).map(|reply| Message::from_vec(&reply).unwrap())
    }

    #[test]
    fn names_are_answered_as_the_zone_says() {
        let here = ask("HERE.example.", RecordType::A, None).unwrap();
        assert_eq!((here.metadata.id, here.answers.len()), (7, 2));
        assert_eq!(ask("here.example.", RecordType::AAAA, None).unwrap().answers.len(), 0);
        assert_eq!(ask("alias.example.", RecordType::A, None).unwrap().answers.len(), 3);
        assert_eq!(ask("fails.example.", RecordType::A, None).unwrap().metadata.response_code, ResponseCode::ServFail);
        assert_eq!(ask("else.example.", RecordType::A, None).unwrap().metadata.response_code, ResponseCode::NXDomain);
        let empty = ask("empty.example.", RecordType::A, None).unwrap();
        assert_eq!((empty.metadata.response_code, empty.answers.len()), (ResponseCode::NoError, 0));
        assert!(ask("silent.example.", RecordType::A, None).is_none());
    }

    #[test]
    fn names_of_several_turns_change_and_endless_ones_go_on() {
        let zone = zone();
        let addresses: Vec<_> = (0..3).map(|_| zone.turn("turns.example", &[[127, 0, 0, 1], [10, 0, 0, 1]])).collect();
        assert_eq!(addresses, [[127, 0, 0, 1], [10, 0, 0, 1], [10, 0, 0, 1]].map(|all| Some(Ipv4Addr::from(all))));
        let mut name = "endless.example.".to_owned();
        for _ in 0..1000 {
            let reply = ask(&name, RecordType::A, None).unwrap();
            let RData::CNAME(next) = &reply.answers[0].data else { panic!("{reply:?}") };
            assert_ne!(next.0.to_ascii(), name);
            name = next.0.to_ascii();
        }
    }

    #[test]
    fn an_answer_that_does_not_fit_a_datagram_says_so() {
        let short = ask("many.example.", RecordType::A, Some(512)).unwrap();
        assert!(short.metadata.truncation);
        assert_eq!(ask("many.example.", RecordType::A, None).unwrap().answers.len(), 60);
        let huge = ask("huge.example.", RecordType::A, None).unwrap();
        assert_eq!((huge.answers.len(), huge.metadata.truncation), (1500, false));
    }

    #[test]
    fn what_is_no_query_gets_no_answer() {
        assert_eq!(answer(b"GET / HTTP/1.1\r\n\r\n", &zone(), None), None);
    }
}
