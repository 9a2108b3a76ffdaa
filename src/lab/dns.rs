//! The lab's name server: UDP and TCP on one port, authoritative for whatever it is told and for
//! nothing else (NXDOMAIN).

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, CNAME};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;

use crate::lab::exhibit::Dns;

/// What each name stands for, in lower case without a trailing dot.
pub(super) type Zone = HashMap<String, Dns>;

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
    let mut reply = Message::response(query.metadata.id, query.metadata.op_code);
    reply.metadata.recursion_desired = query.metadata.recursion_desired;
    reply.metadata.recursion_available = true;
    reply.add_query(question.clone());
    match zone.get(&name) {
        Some(Dns::Silent) => return None,
        Some(Dns::Fails) => reply.metadata.response_code = ResponseCode::ServFail,
        Some(Dns::Missing) | None => reply.metadata.response_code = ResponseCode::NXDomain,
        Some(Dns::Empty) => {}
        Some(Dns::Alias(chain)) => {
            let mut owner = question.name().clone();
            for &target in *chain {
                let target = Name::from_ascii(target).ok()?;
                reply.add_answer(Record::from_rdata(owner, 60, RData::CNAME(CNAME(target.clone()))));
                owner = target;
            }
            if question.query_type() == RecordType::A {
                reply.add_answer(Record::from_rdata(owner, 60, RData::A(A(Ipv4Addr::LOCALHOST))));
            }
        }
        Some(what @ (Dns::At(_) | Dns::Elsewhere(_))) => {
            if question.query_type() == RecordType::A {
                for address in addresses(*what) {
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
        Dns::Missing | Dns::Empty | Dns::Fails | Dns::Silent => Vec::new(),
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
        Zone::from([
            ("here.example".into(), Dns::At(&[1, 2])),
            ("alias.example".into(), Dns::Alias(&["a.example.", "b.example."])),
            ("empty.example".into(), Dns::Empty),
            ("fails.example".into(), Dns::Fails),
            ("silent.example".into(), Dns::Silent),
            ("many.example".into(), Dns::At(&[9; 60])),
        ])
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
    fn an_answer_that_does_not_fit_a_datagram_says_so() {
        let short = ask("many.example.", RecordType::A, Some(512)).unwrap();
        assert!(short.metadata.truncation);
        assert_eq!(ask("many.example.", RecordType::A, None).unwrap().answers.len(), 60);
    }

    #[test]
    fn what_is_no_query_gets_no_answer() {
        assert_eq!(answer(b"GET / HTTP/1.1\r\n\r\n", &zone(), None), None);
    }
}
