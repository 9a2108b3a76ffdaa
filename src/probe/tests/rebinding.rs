//! Names that change their mind: whatever the DNS says next, the address that is dialled is one that
//! the guard was asked about.

use std::net::{IpAddr, Ipv4Addr};

use hickory_resolver::proto::op::{Message, OpCode};
use hickory_resolver::proto::rr::rdata::A;
use hickory_resolver::proto::rr::{RData, Record, RecordType};
use tokio::net::UdpSocket;

use super::*;
use crate::chain::{ConnectFailure, Depth, End, Phase};
use crate::probe::papers::Clerk;

/// Permitted by the guards here.
const OPEN: Ipv4Addr = Ipv4Addr::LOCALHOST;
/// Not permitted; a trap listens there.
const SHUT: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// A name server that gives these addresses to the first query for A, to the second, and so on; the
/// last ones for ever. What it was asked is counted.
async fn changing(answers: Vec<Vec<Ipv4Addr>>) -> (SocketAddr, Arc<Mutex<usize>>) {
    let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = udp.local_addr().unwrap();
    let asked: Arc<Mutex<usize>> = Arc::default();
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        while let Ok((n, from)) = udp.recv_from(&mut buffer).await {
            let query = Message::from_vec(&buffer[..n]).unwrap();
            let question = query.queries.first().unwrap().clone();
            let mut message = Message::response(query.metadata.id, OpCode::Query);
            message.metadata.recursion_desired = true;
            message.metadata.recursion_available = true;
            if question.query_type() == RecordType::A {
                let turn = {
                    let mut count = lock(&count);
                    *count += 1;
                    *count - 1
                };
                for ip in answers.get(turn).or(answers.last()).unwrap() {
                    message.answers.push(Record::from_rdata(question.name().clone(), 0, RData::A(A(*ip))));
                }
            }
            message.queries.push(question);
            udp.send_to(&message.to_vec().unwrap(), from).await.unwrap();
        }
    });
    (at, asked)
}

/// A server on 127.0.0.1, and a trap on the same port of 127.0.0.2 that counts who comes. A system
/// whose loopback is one address alone has no trap: there nothing can be dialled by mistake.
async fn server_and_trap() -> (Server, Arc<Mutex<usize>>) {
    let fallen: Arc<Mutex<usize>> = Arc::default();
    loop {
        // Each answer ends its connection, so that every request dials.
        let server = serve(None, |seen| match reply(seen, "200 OK", &["connection: close"], b"{}") {
            Act::Send(bytes) => Act::Last(bytes),
            other => other,
        })
        .await;
        match TcpListener::bind((SHUT, server.address.port())).await {
            Ok(trap) => {
                let count = Arc::clone(&fallen);
                tokio::spawn(async move {
                    while trap.accept().await.is_ok() {
                        *lock(&count) += 1;
                    }
                });
                return (server, fallen);
            }
            Err(why) if why.kind() == std::io::ErrorKind::AddrInUse => {}
            Err(_) => return (server, fallen),
        }
    }
}

async fn round(answers: Vec<Vec<Ipv4Addr>>) -> (Round, Arc<Mutex<usize>>) {
    let (dns, asked) = changing(answers).await;
    let bench = Bench { guard: Guard::new(vec!["127.0.0.1/32".parse().unwrap()]), ..Bench::new() };
    (bench.round_with(|settings| settings.resolver = Arc::new(Resolver::server(dns))), asked)
}

#[tokio::test]
async fn a_name_that_moves_inside_after_the_check_is_dialled_where_it_was_checked() {
    let (server, trap) = server_and_trap().await;
    let (round, _) = round(vec![vec![OPEN], vec![SHUT]]).await;
    for path in ["a", "b", "c"] {
        let url = format!("http://moves.example:{}/{path}", server.address.port());
        let chain = round.walk(&link(&url), Depth::Headers).await;
        assert_eq!(chain.end, End::Reached, "{:?}", chain.hops);
        assert_eq!(chain.last().unwrap().connect.fact(), Some(&server.address));
    }
    let origin = link(&format!("http://moves.example:{}/", server.address.port())).origin();
    let seen = round.origin(&origin).await;
    assert!(seen.edges.iter().all(|edge| edge.address == server.address), "{:?}", seen.edges);
    assert!(server.connections() >= 3);
    assert_eq!(*lock(&trap), 0, "the second answer was never dialled");
}

#[tokio::test]
async fn a_name_that_moves_outside_after_the_check_stays_blocked() {
    let (server, trap) = server_and_trap().await;
    let (round, _) = round(vec![vec![SHUT], vec![OPEN]]).await;
    let url = format!("http://moves.example:{}/", server.address.port());
    let chain = round.walk(&link(&url), Depth::Headers).await;
    assert_eq!(chain.last().unwrap().connect.failure(), Some(&ConnectFailure::Blocked(SHUT.into())));
    assert_eq!((*lock(&trap), server.connections()), (0, 0));
}

#[tokio::test]
async fn of_several_addresses_in_one_answer_only_those_outside_are_dialled() {
    let (server, trap) = server_and_trap().await;
    let (round, _) = round(vec![vec![SHUT, OPEN]]).await;
    let url = link(&format!("http://both.example:{}/", server.address.port()));
    let chain = round.walk(&url, Depth::Headers).await;
    assert_eq!(chain.last().unwrap().connect.fact(), Some(&server.address));
    let seen = round.origin(&url.origin()).await;
    let shut = seen.edges.iter().find(|edge| edge.address.ip() == IpAddr::V4(SHUT)).unwrap();
    assert!(matches!(&shut.connect, Phase::Failed { why: ConnectFailure::Blocked(_), .. }), "{shut:?}");
    assert_eq!(*lock(&trap), 0);
}

/// Papers are fetched by another client, which resolves anew each time.
#[tokio::test]
async fn papers_are_fetched_from_the_address_that_was_checked() {
    let (server, trap) = server_and_trap().await;
    let (dns, asked) = changing(vec![vec![OPEN], vec![SHUT], vec![OPEN], vec![SHUT, OPEN], vec![SHUT]]).await;
    let clerk = Clerk::new(
        Arc::new(Resolver::server(dns)),
        Arc::new(Overrides::default()),
        Guard::new(vec!["127.0.0.1/32".parse().unwrap()]),
        super::super::trusting([]),
        "podprobe/0 (bot)".into(),
    );
    for path in 0..6 {
        let url = format!("http://ca.example:{}/{path}", server.address.port());
        clerk.papers(&[url], &[], None).await;
    }
    assert!(*lock(&asked) >= 5, "each fetch asks anew: {}", lock(&asked));
    assert!(server.connections() >= 2, "{}", server.connections());
    assert_eq!(*lock(&trap), 0);
}
