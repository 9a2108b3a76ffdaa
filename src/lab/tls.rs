//! The lab's TLS port: reads the ClientHello, and does what the exhibit of that name does.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::ServerConnection;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::lab::dns;
use crate::lab::exhibit::{Place, Tls};
use crate::lab::frames;
use crate::lab::hello::{self, Flight, Hello};
use crate::lab::http::{self, Last, Played, Step, Visitor};
use crate::lab::peer::Peer;
use crate::lab::pki::Leaf;
use crate::lab::seal::Sealer;
use crate::lab::state::{Protocols, State};

/// The longest first flight that is read.
const MAX_FLIGHT: usize = 64 << 10;

/// Accepts connections until the task is dropped; its connections end with it.
pub(super) async fn serve(listener: TcpListener, state: Arc<State>, secure: bool) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                let connection = state.connected();
                let state = Arc::clone(&state);
                connections.spawn(async move {
                    let visitor = Visitor { connection, secure };
                    let _ = stream.set_nodelay(true);
                    if secure {
                        // A client that goes away is no error of the lab's.
                        let _ = over_tls(stream, visitor, state).await;
                    } else {
                        let mut peer = Peer::new(stream, Vec::new(), Arc::default());
                        if http::serve_http1(&mut peer, visitor, &state).await == Last::Reset {
                            peer.reset();
                        }
                    }
                });
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn over_tls(mut stream: TcpStream, visitor: Visitor, state: Arc<State>) -> std::io::Result<()> {
    let mut flight = Vec::new();
    let hello = loop {
        match hello::read(&flight) {
            Flight::Hello(hello) => break hello,
            Flight::NotTls => return Ok(()),
            Flight::More if flight.len() > MAX_FLIGHT => return Ok(()),
            Flight::More => {}
        }
        if stream.read_buf(&mut flight).await? == 0 {
            return Ok(());
        }
    };
    let host = hello.name.clone().unwrap_or_default();
    let Some(place) = state.place(&host) else {
        return last_word(stream, &hello::alert(112)).await; // unrecognized_name
    };
    let edge = dns::last_number(stream.local_addr()?);
    let mut peer = Peer::new(stream, flight, state.taken_of(&host));
    match at_edge(place.tls, edge) {
        Tls::Session(leaf) => session(peer, &host, leaf, place, visitor, state).await,
        Tls::Steps(steps) => script(peer, steps()).await,
        Tls::Flight(becomes) => {
            let config = state.server_config(&host, Leaf::Good, Protocols::Both).map_err(std::io::Error::other)?;
            let flight = first_flight(&mut peer, config).await?;
            script(peer, becomes(&flight)).await
        }
        Tls::Records(kind, content) => {
            let config = state.server_config(&host, Leaf::Good, Protocols::Both).map_err(std::io::Error::other)?;
            records(peer, config, kind, &content()).await
        }
        Tls::KeyUpdates => {
            let config = state.server_config(&host, Leaf::Good, Protocols::Both).map_err(std::io::Error::other)?;
            key_updates(peer, config).await
        }
        Tls::Edges(_) | Tls::Close => Ok(()),
        Tls::Cleartext => {
            last_word(peer, b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await
        }
        Tls::Alert(code) => last_word(peer, &hello::alert(code)).await,
        Tls::Garbage => last_word(peer, &[0xde; 64]).await,
        Tls::Hang => {
            http::drain(&mut peer).await;
            Ok(())
        }
        Tls::Tls10 => last_word(peer, &old_answer(hello::tls10_answer, &hello, &host, &state)).await,
        Tls::RsaKeyExchange => last_word(peer, &old_answer(hello::rsa_answer, &hello, &host, &state)).await,
    }
}

/// What happens at this address of a host.
fn at_edge(tls: Tls, edge: u8) -> Tls {
    match tls {
        Tls::Edges(edges) => edges.iter().find(|(number, _)| *number == edge).map_or(Tls::Close, |(_, tls)| *tls),
        other => other,
    }
}

fn old_answer(how: fn(&Hello, &[Vec<u8>]) -> Vec<u8>, hello: &Hello, host: &str, state: &State) -> Vec<u8> {
    match state.pki.issue(Leaf::Good, host) {
        Ok(key) => how(hello, &key.cert.iter().map(|der| der.to_vec()).collect::<Vec<_>>()),
        Err(_) => hello::alert(80), // internal_error
    }
}

/// Sends this and waits for the client to close, so that no reset overtakes what was sent.
async fn last_word<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, bytes: &[u8]) -> std::io::Result<()> {
    stream.write_all(bytes).await?;
    stream.shutdown().await?;
    http::drain(&mut stream).await;
    Ok(())
}

/// Plays a script in place of a session.
async fn script(mut peer: Peer, steps: Vec<Step>) -> std::io::Result<()> {
    match http::play(&mut peer, steps).await? {
        Played::Reset => peer.reset(),
        Played::Hang => http::drain(&mut peer).await,
        Played::Out => peer.shutdown().await?,
    }
    Ok(())
}

/// A server's first flight, whole, in answer to the ClientHello that was read ahead.
async fn first_flight(peer: &mut Peer, config: Arc<ServerConfig>) -> std::io::Result<Vec<u8>> {
    let mut server = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut buffer = [0; 4096];
    let mut flight = Vec::new();
    while !server.wants_write() {
        let count = peer.read(&mut buffer).await?;
        if count == 0 {
            return Ok(flight);
        }
        let mut came = buffer.get(..count).unwrap_or_default();
        while !came.is_empty() {
            server.read_tls(&mut came)?;
            server.process_new_packets().map_err(std::io::Error::other)?;
        }
    }
    while server.wants_write() {
        server.write_tls(&mut flight)?;
    }
    Ok(flight)
}

/// A sound handshake, and once the client has spoken protected records of one kind, for ever.
async fn records(peer: Peer, config: Arc<ServerConfig>, kind: u8, content: &[u8]) -> std::io::Result<()> {
    let mut stream = TlsAcceptor::from(config).accept(peer).await?;
    if stream.read(&mut [0; 1024]).await? == 0 {
        return Ok(());
    }
    let (mut peer, server) = stream.into_inner();
    let secrets = server.dangerous_extract_secrets().map_err(std::io::Error::other)?;
    let Some(mut sealer) = Sealer::new(secrets) else { return Ok(()) };
    loop {
        let some: Option<Vec<Vec<u8>>> = (0..100).map(|_| sealer.record(kind, content)).collect();
        let Some(some) = some else { return Ok(()) };
        peer.write_all(&some.concat()).await?;
        tokio::task::yield_now().await;
    }
}

/// A sound handshake, and once the client has spoken new keys, for ever (RFC 8446 4.6.3).
async fn key_updates(peer: Peer, config: Arc<ServerConfig>) -> std::io::Result<()> {
    let mut stream = TlsAcceptor::from(config).accept(peer).await?;
    if stream.read(&mut [0; 1024]).await? == 0 {
        return Ok(());
    }
    loop {
        stream.get_mut().1.refresh_traffic_keys().map_err(std::io::Error::other)?;
        stream.flush().await?;
        tokio::task::yield_now().await;
    }
}

async fn session(
    peer: Peer,
    host: &str,
    leaf: Leaf,
    place: Place,
    visitor: Visitor,
    state: Arc<State>,
) -> std::io::Result<()> {
    let config = state.server_config(host, leaf, Protocols::of(&place)).map_err(std::io::Error::other)?;
    let mut stream = TlsAcceptor::from(config).accept(peer).await?;
    let h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let last = match place.frames {
        Some(answer) if h2 => frames::serve(&mut stream, answer).await,
        _ if h2 => {
            http::serve_http2(stream, visitor, state).await;
            return Ok(());
        }
        _ => http::serve_http1(&mut stream, visitor, &state).await,
    };
    if last == Last::Reset {
        stream.get_mut().0.reset();
    }
    Ok(())
}
