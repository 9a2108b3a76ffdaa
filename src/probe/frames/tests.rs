use tokio::io::AsyncReadExt as _;

use super::super::budget::Overspent;
use super::*;

const DATA: u8 = 0x0;
const SETTINGS: u8 = 0x4;
const END_HEADERS: u8 = 0x4;
/// The default limits: bytes before a head, and beyond what was asked for with a window.
const BEFORE_HEAD: u64 = 256 << 10;
const SLACK: u64 = 128 << 10;

fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
    let [_, high, middle, low] = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&[high, middle, low, kind, flags, 0, 0, 0, 1], payload].concat()
}

/// A field with its name and value, their lengths in one byte.
fn literal(name: &str, value: &str) -> Vec<u8> {
    let len = |text: &str| u8::try_from(text.len()).ok().filter(|len| *len < 0x7f).unwrap();
    [&[0, len(name)], name.as_bytes(), &[len(value)], value.as_bytes()].concat()
}

/// One of everything, and how many frames of heads and fields are in it.
fn everything() -> (Vec<u8>, usize, usize) {
    // What looks like a frame of heads in a body, and in texts.
    let decoy = frame(HEADERS, END_HEADERS, &[0x82; 20]);
    let long = [&[0x40, 0x7f, 0x80 | 9, 1], [0x82; 0x7f + 9 + 128].as_slice(), &[0x7f, 1], &[0x82; 0x80]].concat();
    let head = [
        &[0x3f, 0xe1, 0x1f][..],            // the table's size, no field
        &[0x88],                            // indexed
        &[0xff, 0x80, 0x80, 0],             // indexed, the index in several bytes
        &[0x5f, 3, b'a', b'/', b'b'],       // the name indexed
        &[0x7f, 0x80, 0x01, 1, 0x82],       // the same, in several bytes
        &[0x0f, 0x21, 0],                   // the same, the value empty
        &[0x10, 0x81, 0x82, 0x83, 1, 2, 3], // never indexed, coded by Huffman
        &[0x00, 0, 0],                      // of nothing
        &long,                              // lengths in several bytes
        &literal("x", "y"),
    ]
    .concat();
    let (start, rest) = head.split_at(6);
    let stream = [
        frame(SETTINGS, 0, &[0, 3, 0, 0, 0, 100]),
        frame(HEADERS, 0, start),
        frame(CONTINUATION, PADDED | PRIORITY, rest.get(..100).unwrap()),
        frame(CONTINUATION, 0, &[]),
        frame(CONTINUATION, END_HEADERS, rest.get(100..).unwrap()),
        frame(DATA, 0, &decoy),
        // Padding and priority are no fields.
        frame(HEADERS, END_HEADERS | PADDED, &[&[7, 0x88][..], &[0x82; 7]].concat()),
        frame(HEADERS, END_HEADERS | PRIORITY, &[0x82, 0x82, 0x82, 0x82, 0x82, 0x88]),
        frame(HEADERS, END_HEADERS | PADDED | PRIORITY, &[1, 0x82, 0x82, 0x82, 0x82, 0x82, 0x88, 0x82]),
        frame(PUSH_PROMISE, END_HEADERS | PADDED, &[1, 0x82, 0x82, 0x82, 0x82, 0x88, 0x82]),
        // A head that ends within a field is none of the next one's business.
        frame(HEADERS, END_HEADERS, &[0x00, 50]),
        frame(HEADERS, END_HEADERS, &[0x88]),
        // More padding than there is, and no payload.
        frame(HEADERS, END_HEADERS | PADDED, &[200, 0x88]),
        frame(HEADERS, END_HEADERS | PADDED | PRIORITY, &[0]),
        frame(HEADERS, END_HEADERS, &[]),
        frame(0x42, 0xff, &decoy),
        frame(HEADERS, END_HEADERS, &[0x88]),
    ]
    .concat();
    (stream, 4 + 4 + 2 + 3 + 1, 9 + 4 + 2 + 1)
}

#[test]
fn frames_and_fields_are_counted_wherever_reads_are_cut() {
    let (stream, frames, fields) = everything();
    let expected = frames * FRAME + fields * FIELD;
    for size in 1..=stream.len() {
        let mut follower = Follower::default();
        let cost: usize = stream.chunks(size).map(|part| follower.follow(part)).sum();
        assert_eq!(cost, expected, "in pieces of {size}");
    }
    for at in 0..stream.len() {
        let (one, two) = stream.split_at(at);
        let mut follower = Follower::default();
        assert_eq!(follower.follow(one) + follower.follow(two), expected, "cut at {at}");
    }
}

#[test]
fn whatever_comes_is_followed_to_its_end_and_the_same_in_pieces() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        u8::try_from(seed >> 56).unwrap()
    };
    for _ in 0..500 {
        let mut stream: Vec<u8> = (0..random()).map(|_| random()).collect();
        for _ in 0..random() % 8 {
            let payload: Vec<u8> = (0..random()).map(|_| random()).collect();
            stream.extend(frame([HEADERS, PUSH_PROMISE, CONTINUATION][usize::from(random() % 3)], random(), &payload));
        }
        let whole = Follower::default().follow(&stream);
        let mut follower = Follower::default();
        let pieces: usize = stream.chunks(1 + usize::from(random() % 7)).map(|part| follower.follow(part)).sum();
        assert_eq!(whole, pieces, "{stream:02x?}");
    }
    // Lengths and indices without end.
    for start in [&[0x00, 0x7f][..], &[0x00, 0xff], &[0xff], &[0x7f]] {
        let endless = [start, &[0xff; 1000], &[0x7f, 0x88]].concat();
        assert!(Follower::default().follow(&frame(HEADERS, END_HEADERS, &endless)) <= FRAME + 2 * FIELD);
    }
}

/// How many bytes of `stream` pass before its budget is overspent; all of them if it never is.
async fn passes(stream: &[u8], budget: &Arc<Budget>) -> usize {
    let mut weighed = Weighed::new(stream, Arc::clone(budget));
    let mut passed = Vec::new();
    let mut piece = [0; 1000];
    loop {
        match weighed.read(&mut piece).await {
            Ok(0) => break,
            Ok(len) => passed.extend_from_slice(&piece[..len]),
            Err(error) => {
                assert!(error.get_ref().unwrap().is::<Overspent>());
                break;
            }
        }
    }
    assert_eq!(passed, stream[..passed.len()]);
    assert_eq!(budget.is_overspent(), passed.len() < stream.len());
    passed.len()
}

#[tokio::test]
async fn small_heads_without_end_are_stopped_after_a_few_hundred() {
    let budget = Budget::new(0, 0);
    let _claim = budget.claim(BEFORE_HEAD);
    for kind in [HEADERS, CONTINUATION, PUSH_PROMISE] {
        let budget = Budget::new(0, 0);
        let _claim = budget.claim(BEFORE_HEAD);
        let hint = frame(kind, END_HEADERS, &[0xbe]);
        let heads = passes(&hint.repeat(10_000), &budget).await / hint.len();
        assert!((100..=256).contains(&heads), "{heads} of {kind}");
    }
    let full = frame(HEADERS, END_HEADERS, &[0xbe; 700]);
    let heads = passes(&full.repeat(1000), &budget).await / full.len();
    assert!((1..=3).contains(&heads), "{heads}");
}

/// An answer with two interim ones, a head as large as they get, a body and trailers.
fn answer() -> Vec<u8> {
    let header = [literal("x-header", &"v".repeat(60)), [0x88].to_vec()].concat();
    [
        frame(HEADERS, END_HEADERS, &literal(":status", "100")),
        frame(HEADERS, END_HEADERS, &[literal(":status", "103"), literal("link", "</style.css>")].concat()),
        frame(HEADERS, END_HEADERS, &header.repeat(30)),
        frame(DATA, 0, &[0x82; 16_384]).repeat(4),
        frame(HEADERS, END_HEADERS, &literal("x-checksum", "0")),
    ]
    .concat()
}

#[tokio::test]
async fn answers_to_many_requests_of_one_connection_pass_whole() {
    let budget = Budget::new(0, SLACK);
    let mut weighed = 0;
    for _ in 0..100 {
        // A few at once, in whatever order they end.
        let claims: Vec<_> = (0..16).map(|_| budget.claim(BEFORE_HEAD + (64 << 10))).collect();
        for claim in claims {
            let stream = answer();
            // What they weigh on the wire is paid below.
            budget.spend(stream.len()).unwrap();
            weighed += passes(&stream, &budget).await;
            drop(claim);
        }
    }
    assert_eq!(weighed, 1600 * answer().len());
}

#[tokio::test]
async fn the_largest_head_that_may_come_is_within_one_requests_share() {
    let budget = Budget::new(0, 0);
    let _claim = budget.claim(BEFORE_HEAD);
    // 32 KiB as RFC 9113 6.5.2 counts: 32 bytes a field beyond its own.
    let fields = literal("name", "0123").repeat((32 << 10) / (32 + 8));
    let stream = frame(HEADERS, END_HEADERS, &fields);
    budget.spend(stream.len()).unwrap();
    assert_eq!(passes(&stream, &budget).await, stream.len());
}
