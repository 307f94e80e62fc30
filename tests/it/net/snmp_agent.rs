//! A hand-made agent of v2c: datagrams in raw BER, written and read without any code of the daemon's.

#![expect(clippy::disallowed_methods, reason = "a peer runs beside the test")]

use std::sync::Arc;

use tokio::net::UdpSocket;

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// 0xa0 get, 0xa1 getnext, 0xa3 set, 0xa5 getbulk.
    pub kind: u8,
    /// The four bytes of the id.
    pub id: [u8; 4],
    /// max-repetitions of a getbulk.
    pub repetitions: u8,
    /// Content of the first name.
    pub name: Vec<u8>,
}

/// Tag, length, content; content below 65,536 bytes.
pub fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut out = match length {
        0..=127 => vec![tag, length as u8],
        128..=255 => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    out.extend_from_slice(content);
    out
}

/// Content of a TLV at the start of `bytes`, and what follows it.
fn open(bytes: &[u8], tag: u8) -> (&[u8], &[u8]) {
    assert_eq!(bytes[0], tag, "{bytes:02x?}");
    let (length, head) = match bytes[1] {
        0x81 => (usize::from(bytes[2]), 3),
        0x82 => (usize::from(bytes[2]) << 8 | usize::from(bytes[3]), 4),
        short => (usize::from(short), 2),
    };
    bytes[head..].split_at(length)
}

impl Request {
    pub fn read(bytes: &[u8]) -> Self {
        let (message, _) = open(bytes, 0x30);
        let (_, rest) = open(message, 2);
        let (_, rest) = open(rest, 4);
        let kind = rest[0];
        let (pdu, _) = open(rest, kind);
        let (id, rest) = open(pdu, 2);
        let (_, rest) = open(rest, 2);
        let (repetitions, rest) = open(rest, 2);
        let (list, _) = open(rest, 0x30);
        let (pair, _) = open(list, 0x30);
        let (name, _) = open(pair, 6);
        Self { kind, id: id.try_into().unwrap(), repetitions: *repetitions.last().unwrap(), name: name.to_vec() }
    }
}

/// A name with an INTEGER below 128.
pub fn row(name: &[u8], value: u8) -> Vec<u8> {
    tlv(0x30, &[tlv(6, name), vec![2, 1, value]].concat())
}

pub fn reply(id: [u8; 4], status: u8, index: u8, rows: &[Vec<u8>]) -> Vec<u8> {
    let pdu = [tlv(2, &id), vec![2, 1, status, 2, 1, index], tlv(0x30, &rows.concat())].concat();
    tlv(0x30, &[vec![2, 1, 1, 4, 6], b"public".to_vec(), tlv(0xa2, &pdu)].concat())
}

/// An agent that answers each request with the datagrams that `answer` makes of it. Gives its port.
pub async fn agent(mut answer: impl FnMut(Request) -> Vec<Vec<u8>> + Send + 'static) -> u16 {
    let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
    let port = socket.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut buffer = [0; 65_535];
        loop {
            let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
            for datagram in answer(Request::read(&buffer[..length])) {
                socket.send_to(&datagram, from).await.unwrap();
            }
        }
    });
    port
}
