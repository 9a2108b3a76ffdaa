//! ClientHello, read; ServerHello and Certificate of servers from another age, written
//! (RFC 2246, RFC 5246). Record protection is never needed: their first flight is cleartext.

/// What a client says first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Hello {
    /// The host asked for, in lower case.
    pub(super) name: Option<String>,
    /// The cipher suites offered.
    pub(super) suites: Vec<u16>,
    /// `client_version`, which TLS 1.3 froze at 0x0303.
    pub(super) version: u16,
}

/// How far a first flight has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flight {
    /// More bytes are needed.
    More,
    /// A ClientHello.
    Hello(Hello),
    /// Something else.
    NotTls,
}

/// Looks at the first bytes of a connection.
pub(super) fn read(bytes: &[u8]) -> Flight {
    let mut message = Vec::new();
    let mut rest = bytes;
    while let Some((&kind, _)) = rest.split_first() {
        if kind != 22 {
            return Flight::NotTls;
        }
        let Some((header, after)) = rest.split_at_checked(5) else { break };
        let len = header.get(3..5).map_or(0, number);
        let Some((fragment, after)) = after.split_at_checked(len) else { break };
        message.extend_from_slice(fragment);
        rest = after;
    }
    let Some((header, body)) = message.split_at_checked(4) else { return Flight::More };
    if header.first() != Some(&1) {
        return Flight::NotTls;
    }
    let len = header.get(1..4).map_or(0, number);
    match body.get(..len) {
        Some(body) => parse(body).map_or(Flight::NotTls, Flight::Hello),
        None => Flight::More,
    }
}

fn number(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |sum, &byte| sum << 8 | usize::from(byte))
}

/// Takes a vector with a length of `width` bytes off the front.
fn vector<'a>(bytes: &mut &'a [u8], width: usize) -> Option<&'a [u8]> {
    let (len, rest) = bytes.split_at_checked(width)?;
    let (vector, rest) = rest.split_at_checked(number(len))?;
    *bytes = rest;
    Some(vector)
}

fn parse(mut body: &[u8]) -> Option<Hello> {
    let (version, rest) = body.split_at_checked(2)?;
    body = rest.get(32..)?;
    vector(&mut body, 1)?;
    let suites = vector(&mut body, 2)?.as_chunks().0.iter().map(|&pair| u16::from_be_bytes(pair)).collect();
    vector(&mut body, 1)?;
    let mut hello = Hello { name: None, suites, version: u16::try_from(number(version)).ok()? };
    if body.is_empty() {
        return Some(hello);
    }
    let mut extensions = vector(&mut body, 2)?;
    while !extensions.is_empty() {
        let (kind, rest) = extensions.split_at_checked(2)?;
        extensions = rest;
        let mut extension = vector(&mut extensions, 2)?;
        if kind == [0, 0] {
            // server_name (RFC 6066 3): a list of entries, of which only host_name exists.
            let mut list = vector(&mut extension, 2)?;
            let (&kind, rest) = list.split_first()?;
            list = rest;
            if kind == 0 {
                hello.name = Some(String::from_utf8_lossy(vector(&mut list, 2)?).to_ascii_lowercase());
            }
        }
    }
    Some(hello)
}

/// Suites with RSA key exchange, and CBC suites that TLS 1.0 knows.
const OLD_SUITES: &[u16] = &[0x002f, 0x0035, 0x000a, 0xc013, 0xc014, 0xc009, 0xc00a];
const RSA_SUITES: &[u16] = &[0x009c, 0x009d, 0x003c, 0x002f, 0x0035, 0x000a];

/// What a server that speaks only TLS 1.0 answers: a flight, or an alert.
pub(super) fn tls10_answer(hello: &Hello, chain: &[Vec<u8>]) -> Vec<u8> {
    match OLD_SUITES.iter().find(|suite| hello.suites.contains(suite)) {
        Some(&suite) => server_flight(0x0301, suite, chain),
        None => alert(70),
    }
}

/// What a server that speaks only TLS 1.2 with RSA key exchange answers.
pub(super) fn rsa_answer(hello: &Hello, chain: &[Vec<u8>]) -> Vec<u8> {
    match RSA_SUITES.iter().find(|suite| hello.suites.contains(suite)) {
        Some(&suite) if hello.version >= 0x0303 => server_flight(0x0303, suite, chain),
        _ => alert(40),
    }
}

/// A fatal alert.
pub(super) fn alert(code: u8) -> Vec<u8> {
    record(21, 0x0301, &[2, code])
}

/// ServerHello, Certificate and ServerHelloDone.
fn server_flight(version: u16, suite: u16, chain: &[Vec<u8>]) -> Vec<u8> {
    let hello = [version.to_be_bytes().as_slice(), &[0x5a; 32], &[0], &suite.to_be_bytes(), &[0]].concat();
    let list: Vec<u8> = chain.iter().flat_map(|der| prefixed(der)).collect();
    let messages = [handshake(2, &hello), handshake(11, &prefixed(&list)), handshake(14, &[])].concat();
    messages.chunks(1 << 14).flat_map(|fragment| record(22, version, fragment)).collect()
}

/// With a length of three bytes before it.
fn prefixed(bytes: &[u8]) -> Vec<u8> {
    let len = u32::try_from(bytes.len()).unwrap_or_default().to_be_bytes();
    [len.get(1..).unwrap_or_default(), bytes].concat()
}

fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind], prefixed(body).as_slice()].concat()
}

fn record(kind: u8, version: u16, fragment: &[u8]) -> Vec<u8> {
    let len = u16::try_from(fragment.len()).unwrap_or_default();
    [&[kind], version.to_be_bytes().as_slice(), &len.to_be_bytes(), fragment].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A TLS 1.2 ClientHello for `host.example` with one suite.
    fn sample(suite: u16) -> Vec<u8> {
        let name = b"Host.example";
        let entry = [&[0, 0, 12], name.as_slice()].concat();
        let list = [&[0, 15], entry.as_slice()].concat();
        let extensions = [&[0, 0, 0, 17], list.as_slice()].concat();
        let body = [
            &[3, 3],
            [1; 32].as_slice(),
            &[0, 0, 2],
            &suite.to_be_bytes(),
            &[1, 0, 0, u8::try_from(extensions.len()).unwrap()],
            &extensions,
        ]
        .concat();
        record(22, 0x0301, &handshake(1, &body))
    }

    #[test]
    fn a_hello_is_read_once_it_is_whole() {
        let hello = sample(0xc02f);
        for cut in 0..hello.len() {
            assert_eq!(read(&hello[..cut]), Flight::More, "{cut}");
        }
        let Flight::Hello(hello) = read(&hello) else { panic!() };
        assert_eq!(hello.name.as_deref(), Some("host.example"));
        assert_eq!((hello.suites, hello.version), (vec![0xc02f], 0x0303));
        assert_eq!(read(b"GET / HTTP/1.1\r\n"), Flight::NotTls);
    }

    #[test]
    fn a_hello_split_over_records_is_put_together() {
        let whole = sample(0x002f);
        let body = &whole[5..];
        let (first, second) = body.split_at(20);
        let split = [record(22, 0x0301, first), record(22, 0x0301, second)].concat();
        assert_eq!(read(&split), read(&whole));
    }

    #[test]
    fn old_servers_refuse_new_clients_and_show_their_chain_to_old_ones() {
        let Flight::Hello(new) = read(&sample(0x1301)) else { panic!() };
        assert_eq!(tls10_answer(&new, &[]), [21, 3, 1, 0, 2, 2, 70]);
        assert_eq!(rsa_answer(&new, &[]), [21, 3, 1, 0, 2, 2, 40]);
        let Flight::Hello(old) = read(&sample(0x002f)) else { panic!() };
        let flight = tls10_answer(&old, &[vec![0x30; 70]]);
        assert_eq!(flight[..3], [22, 3, 1]);
        assert!(flight.windows(70).any(|window| window == [0x30; 70]));
        assert_eq!(rsa_answer(&old, &[])[..3], [22, 3, 3]);
    }
}
