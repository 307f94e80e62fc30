//! Late, repeated, foreign and senseless datagrams, and agents that break the rules.

#![expect(clippy::disallowed_methods, reason = "peers run beside the test, and the network between is slow")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use towerhand::model::{FailureClass, Secret, SnmpAuth, SnmpPriv};
use towerhand::transport::SnmpLogin;
use towerhand::transport::snmp::{Client, Config, Oid, Value, Varbind};

use super::snmp_agent::{Request, agent, reply, row, tlv};
use super::{cx, snmp_target, snmpd, v2c};

/// Below it stand the rows of the hand-made agents: 1.3.6.1.4.1.9.
const ROOT: Oid = Oid::new(&[1, 3, 6, 1, 4, 1, 9]);
const ROOT_BER: [u8; 6] = [0x2b, 6, 1, 4, 1, 9];

fn name(index: u8) -> Vec<u8> {
    [&ROOT_BER[..], &[index]].concat()
}

fn client(port: u16, config: Config) -> Client {
    Client::new(&snmp_target(port, v2c("public")), &config).unwrap()
}

fn quick() -> Config {
    Config { timeout_ms: 300, retries: 2, ..Config::default() }
}

/// What the network does to one answer.
#[derive(Clone, Copy, Debug)]
enum Mischief {
    /// Holds it back longer than the client waits.
    Late(Duration),
    /// Delivers it three times.
    Thrice,
    /// Delivers the answer before this one first, then this one.
    OldFirst,
    /// Delivers nonsense, a cut answer and an answer with another id first.
    GarbageFirst,
    /// Lets another port answer first.
    StrangerFirst,
    /// Loses it.
    Lost,
    Nothing,
}

/// A proxy in front of `agent`; each answer meets the next mischief of the list, and none once the list is over.
async fn proxy(agent: u16, list: Vec<Mischief>) -> u16 {
    let front = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
    let port = front.local_addr().unwrap().port();
    tokio::spawn(async move {
        let stranger = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let back = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        back.connect(("127.0.0.1", agent)).await.unwrap();
        let mut list = list.into_iter();
        let (mut buffer, mut answer) = ([0; 65_535], [0; 65_535]);
        let mut last: Vec<u8> = Vec::new();
        loop {
            let (length, from) = front.recv_from(&mut buffer).await.unwrap();
            back.send(&buffer[..length]).await.unwrap();
            let length = back.recv(&mut answer).await.unwrap();
            let bytes = answer[..length].to_vec();
            // A closed port answers with ICMP, which the next send meets: that is nobody's concern here.
            let send = async |bytes: &[u8]| drop(front.send_to(bytes, from).await);
            match list.next().unwrap_or(Mischief::Nothing) {
                Mischief::Late(by) => {
                    let (front, bytes) = (front.clone(), bytes.clone());
                    tokio::spawn(async move {
                        tokio::time::sleep(by).await;
                        let _ = front.send_to(&bytes, from).await;
                    });
                }
                Mischief::Thrice => {
                    for _ in 0..3 {
                        send(&bytes).await;
                    }
                }
                Mischief::OldFirst => {
                    send(&last).await;
                    send(&bytes).await;
                }
                Mischief::GarbageFirst => {
                    send(b"").await;
                    send(b"\x30\x84\xff\xff\xff\xff").await;
                    send(&[0xff; 2000]).await;
                    send(&bytes[..length / 2]).await;
                    send(&reply([0x7f, 0, 0, 1], 0, 0, &[row(&name(1), 99)])).await;
                    send(&bytes).await;
                }
                Mischief::StrangerFirst => {
                    stranger.send_to(&bytes, from).await.unwrap();
                    send(&bytes).await;
                }
                Mischief::Lost => {}
                Mischief::Nothing => send(&bytes).await,
            }
            last = bytes;
        }
    });
    port
}

/// Every answer carries the last number of the name that was asked for: a wrong pairing shows.
async fn telling_agent() -> u16 {
    agent(|request: Request| {
        let value = *request.name.last().unwrap();
        vec![reply(request.id, 0, 0, &[row(&request.name, value)])]
    })
    .await
}

#[tokio::test]
async fn late_repeated_and_foreign_answers_poison_nothing() {
    use Mischief::{GarbageFirst, Late, Lost, Nothing, OldFirst, StrangerFirst, Thrice};
    let late = Late(Duration::from_millis(350));
    let list = vec![
        late,
        Nothing,
        Nothing,
        Thrice,
        Thrice,
        Nothing,
        OldFirst,
        OldFirst,
        GarbageFirst,
        GarbageFirst,
        StrangerFirst,
        Lost,
        late,
        Thrice,
        OldFirst,
        late,
        Lost,
        GarbageFirst,
        late,
        StrangerFirst,
    ];
    let port = proxy(telling_agent().await, list).await;
    let mut client = client(port, quick());
    for index in 1..=60_u8 {
        let oid = ROOT.child(&[u32::from(index)]);
        let found =
            client.get(&cx(), std::slice::from_ref(&oid)).await.unwrap_or_else(|error| panic!("{index}: {error}"));
        assert_eq!(found, [Varbind::new(oid, Value::Integer(i64::from(index)))]);
    }
}

#[tokio::test]
async fn a_set_is_not_confused_by_foreign_answers() {
    use Mischief::{GarbageFirst, Nothing, OldFirst, StrangerFirst, Thrice};
    let port = proxy(telling_agent().await, vec![Thrice, GarbageFirst, Nothing, OldFirst, StrangerFirst]).await;
    let mut client = client(port, quick());
    for index in 1..=5 {
        client.get(&cx(), &[ROOT.child(&[index])]).await.unwrap();
        client.set(&cx(), &[Varbind::new(ROOT.child(&[index]), Value::Integer(1))]).await.unwrap();
    }
}

#[tokio::test]
async fn v3_survives_the_same_network() {
    use Mischief::{GarbageFirst, Late, Lost, OldFirst, StrangerFirst, Thrice};
    let Some(agent) = snmpd::start().await else { return };
    let late = Late(Duration::from_millis(3300));
    let list =
        vec![Thrice, Thrice, OldFirst, GarbageFirst, StrangerFirst, Thrice, Lost, late, OldFirst, Thrice, OldFirst];
    let port = proxy(agent.port, list).await;
    let login = SnmpLogin::V3 {
        user: "alice".to_owned(),
        auth: SnmpAuth::Sha256,
        auth_password: Secret::new("alice's digest"),
        privacy: SnmpPriv::Aes128,
        priv_password: Secret::new("alice's cipher"),
    };
    // Two are lost and too late; more may be where the machine is busy, and the keys alone take it a while.
    let config = Config { timeout_ms: 3000, retries: 6, ..Config::default() };
    let mut client = Client::new(&snmp_target(port, login), &config).unwrap();
    let (services, location) = (Oid::new(&[1, 3, 6, 1, 2, 1, 1, 7, 0]), Oid::new(&[1, 3, 6, 1, 2, 1, 1, 6, 0]));
    for round in 0..10 {
        let found = client.get(&cx(), std::slice::from_ref(&services)).await.unwrap_or_else(|e| panic!("{round}: {e}"));
        assert_eq!(found[0].value, Value::Integer(72));
        let found = client.get(&cx(), std::slice::from_ref(&location)).await.unwrap_or_else(|e| panic!("{round}: {e}"));
        assert_eq!(found[0].value, Value::OctetString(b"Tower 7".to_vec()));
    }
}

#[tokio::test]
async fn a_set_without_an_answer_is_sent_once_and_its_outcome_is_unknown() {
    let sets = Arc::new(AtomicU32::new(0));
    let counted = sets.clone();
    let port = agent(move |request| {
        assert_eq!(request.kind, 0xa3);
        counted.fetch_add(1, Ordering::SeqCst);
        vec![]
    })
    .await;
    let failure = client(port, Config { timeout_ms: 100, retries: 5, ..Config::default() })
        .set(&cx(), &[Varbind::new(ROOT.child(&[1]), Value::OctetString(b"s3cret".to_vec()))])
        .await
        .unwrap_err();
    assert_eq!(failure.class, FailureClass::OutcomeUnknown, "{failure}");
    assert!(!failure.sentence.contains("s3cret"), "{failure}");
    assert_eq!(sets.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_cancel_after_a_set_left_is_no_plain_cancel() {
    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    let port = agent(move |_| {
        arrived.send(()).unwrap();
        vec![]
    })
    .await;
    let cx = cx();
    let cancel = cx.cancel.clone();
    tokio::spawn(async move {
        arrivals.recv().await;
        cancel.cancel();
    });
    let mut client = client(port, Config { timeout_ms: 60_000, ..Config::default() });
    let one = [Varbind::new(ROOT.child(&[1]), Value::Integer(1))];
    assert_eq!(client.set(&cx, &one).await.unwrap_err().class, FailureClass::OutcomeUnknown);
    assert_eq!(client.set(&cx, &one).await.unwrap_err().class, FailureClass::Cancelled);
    assert_eq!(client.get(&cx, &[ROOT]).await.unwrap_err().class, FailureClass::Cancelled);
}

#[tokio::test]
async fn a_dead_agent_costs_no_more_than_its_attempts() {
    let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    for walk in [false, true] {
        let mut client = client(port, Config { timeout_ms: 200, retries: 2, ..Config::default() });
        let started = Instant::now();
        let failure = if walk {
            client.walk(&cx(), &ROOT).await.unwrap_err()
        } else {
            client.get(&cx(), &[ROOT]).await.unwrap_err()
        };
        assert_eq!(failure.class, FailureClass::Timeout, "{failure}");
        let elapsed = started.elapsed();
        assert!(elapsed >= Duration::from_millis(600) && elapsed <= Duration::from_millis(1600), "{elapsed:?}");
    }
    drop(silent);
    let started = Instant::now();
    let failure = client(port, quick()).get(&cx(), &[ROOT]).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Unreachable, "{failure}");
    assert!(started.elapsed() <= Duration::from_millis(3 * 300 + 1000));
}

/// Rows 1 to `rows` under the root, then the end.
fn table(request: &Request, rows: u8, at_most: u8) -> Vec<u8> {
    let after = if request.name == ROOT_BER { 0 } else { *request.name.last().unwrap() };
    let wanted = if request.kind == 0xa5 { request.repetitions.min(at_most) } else { 1 };
    let list: Vec<Vec<u8>> = (1..=wanted)
        .map(|step| match after + step {
            index if index <= rows => row(&name(index), index),
            // endOfMibView
            _ => tlv(0x30, &[tlv(6, &name(rows)), vec![0x82, 0]].concat()),
        })
        .collect();
    reply(request.id, 0, 0, &list)
}

#[derive(Default)]
struct Seen(Mutex<Vec<(u8, u8)>>);

/// Walks a table of 40 rows at an agent that treats a GETBULK of more than `limit` rows with `refusal`.
async fn walk_with_limit(limit: u8, refusal: Option<u8>, config: Config) -> Vec<(u8, u8)> {
    let seen = Arc::new(Seen::default());
    let noted = seen.clone();
    let port = agent(move |request| {
        noted.0.lock().unwrap().push((request.kind, request.repetitions));
        if request.kind == 0xa5 && request.repetitions > limit {
            return refusal.map(|status| reply(request.id, status, 0, &[])).into_iter().collect();
        }
        vec![table(&request, 40, u8::MAX)]
    })
    .await;
    let rows = client(port, config).walk(&cx(), &ROOT).await.unwrap();
    let expected: Vec<Varbind> =
        (1..=40).map(|index| Varbind::new(ROOT.child(&[index]), Value::Integer(i64::from(index)))).collect();
    assert_eq!(rows, expected);
    let seen = seen.0.lock().unwrap();
    seen.clone()
}

#[tokio::test]
async fn a_walk_asks_for_fewer_rows_where_the_agent_cannot() {
    for refusal in [1, 5] {
        let seen = walk_with_limit(7, Some(refusal), Config::default()).await;
        assert_eq!(seen[..4], [(0xa5, 25), (0xa5, 12), (0xa5, 6), (0xa5, 6)], "tooBig and genErr halve");
        let seen = walk_with_limit(0, Some(refusal), Config::default()).await;
        assert_eq!(seen[..6], [(0xa5, 25), (0xa5, 12), (0xa5, 6), (0xa5, 3), (0xa5, 1), (0xa1, 0)]);
        assert!(seen[6..].iter().all(|(kind, _)| *kind == 0xa1), "and GETNEXT stays");
    }
}

#[tokio::test]
async fn a_walk_gets_by_without_getbulk_where_the_agent_passes_it_over() {
    let config = Config { timeout_ms: 100, retries: 2, ..Config::default() };
    let seen = walk_with_limit(0, None, config).await;
    assert_eq!(seen[..3], [(0xa5, 25), (0xa5, 12), (0xa1, 0)]);
    assert_eq!(seen.iter().filter(|(kind, _)| *kind == 0xa5).count(), 4, "twice tried, then given up");
}

#[tokio::test]
async fn no_bulk_means_none() {
    let seen = walk_with_limit(0, None, Config { no_bulk: true, ..Config::default() }).await;
    assert!(seen.iter().all(|(kind, _)| *kind == 0xa1));
}

#[tokio::test]
async fn names_that_do_not_increase_end_a_walk_with_an_error() {
    // After row 2 it answers row 1 again, or row 2 again.
    for again in [1, 2] {
        for no_bulk in [false, true] {
            let port = agent(move |request| {
                let after = if request.name == ROOT_BER { 0 } else { *request.name.last().unwrap() };
                let next = if after >= 2 { again } else { after + 1 };
                let rows: Vec<Vec<u8>> = if request.kind == 0xa5 {
                    [1, 2, again, again].into_iter().map(|index| row(&name(index), 7)).collect()
                } else {
                    vec![row(&name(next), 7)]
                };
                vec![reply(request.id, 0, 0, &rows)]
            })
            .await;
            let failure = client(port, Config { no_bulk, ..quick() }).walk(&cx(), &ROOT).await.unwrap_err();
            assert_eq!(failure.class, FailureClass::Protocol, "{failure}");
        }
    }
}

#[tokio::test]
async fn an_unreadable_row_is_an_error_not_a_shorter_table() {
    // Row 3 has a type that SNMP does not know (NsapAddress, 0x45), first in the middle of a list, then alone.
    let port = agent(|request| {
        let after = if request.name == ROOT_BER { 0 } else { *request.name.last().unwrap() };
        let odd = tlv(0x30, &[tlv(6, &name(3)), vec![0x45, 1, 0]].concat());
        let rows: Vec<Vec<u8>> =
            (after + 1..=5).map(|index| if index == 3 { odd.clone() } else { row(&name(index), index) }).collect();
        vec![reply(request.id, 0, 0, &rows)]
    })
    .await;
    let failure = client(port, quick()).walk(&cx(), &ROOT).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Protocol, "{failure}");
    assert!(failure.sentence.contains(&ROOT.child(&[2]).to_string()), "{failure}");
}

#[tokio::test]
async fn an_answer_to_another_question_is_an_error() {
    let port = agent(|request| vec![reply(request.id, 0, 0, &[row(&name(9), 1)])]).await;
    assert_eq!(client(port, quick()).get(&cx(), &[ROOT.child(&[1])]).await.unwrap_err().class, FailureClass::Protocol);
    let port = agent(|request| vec![reply(request.id, 0, 0, &[])]).await;
    assert_eq!(client(port, quick()).get(&cx(), &[ROOT.child(&[1])]).await.unwrap_err().class, FailureClass::Protocol);
}

#[tokio::test]
async fn impossible_credentials_touch_no_device() {
    let target = super::target();
    assert_eq!(Client::new(&target, &Config::default()).unwrap_err().class, FailureClass::Validation);
    let empty = SnmpLogin::V3 {
        user: "u".to_owned(),
        auth: SnmpAuth::Sha256,
        auth_password: Secret::new(""),
        privacy: SnmpPriv::Aes128,
        priv_password: Secret::new("x"),
    };
    assert_eq!(Client::new(&snmp_target(1, empty), &Config::default()).unwrap_err().class, FailureClass::Validation);
}
