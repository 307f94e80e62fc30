//! Is it there: ICMP echo, or a TCP connect where the kernel lets us open no ICMP socket. The report says which.
//!
//! surge-ping tries a datagram socket (`net.ipv4.ping_group_range`), then a raw one (`CAP_NET_RAW`). It hands on ICMP
//! errors ("destination unreachable") as if they were replies: the type of what came is looked at here.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use surge_ping::{Client, Config, ICMP, IcmpPacket, PingIdentifier, PingSequence, Pinger};
use tokio::net::TcpStream;

use super::Cx;
use super::session::{Peer, Session};
use crate::clock::{Chance, Stopwatch};
use crate::model::{Failure, FailureClass};

/// Bytes of payload, as `ping` sends.
const PAYLOAD: [u8; 56] = [0; 56];

/// More would take the place of a monitoring system.
const MOST_PROBES: u32 = 20;

/// ICMP and ICMPv6 type of an echo reply.
const ECHO_REPLY: u8 = 0;
const ECHO_REPLY_V6: u8 = 129;

/// How it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// ICMP echo over a datagram socket.
    IcmpDatagram,
    /// ICMP echo over a raw socket.
    IcmpRaw,
    /// A TCP connection, opened or refused: either shows that the address is alive.
    TcpConnect,
}

impl Method {
    /// For results: `icmp`, or `tcp`.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::IcmpDatagram | Method::IcmpRaw => "icmp",
            Method::TcpConnect => "tcp",
        }
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq)]
pub struct PingReport {
    /// How it was asked.
    pub method: Method,
    /// One for each probe, in order: round trip in milliseconds, `None` for a lost one.
    pub samples_ms: Vec<Option<f64>>,
}

impl PingReport {
    /// Probes that were answered.
    pub fn received(&self) -> usize {
        self.samples_ms.iter().flatten().count()
    }

    /// Mean round trip of the answered probes, milliseconds; `None` if there was none.
    pub fn average_ms(&self) -> Option<f64> {
        let received = self.received();
        (received > 0).then(|| self.samples_ms.iter().flatten().sum::<f64>() / received as f64)
    }
}

enum Probe {
    Icmp(Box<Pinger>),
    Tcp(SocketAddr),
}

/// Asks `count` times (1 to 20), `interval` apart, and waits up to `timeout` for each answer. `tcp_port` is tried where
/// ICMP may not be used. No answer at all is a report, not a failure. A cancel stops before the next probe.
pub async fn ping(
    cx: &Cx,
    address: IpAddr,
    count: u32,
    interval: Duration,
    timeout: Duration,
    tcp_port: u16,
) -> Result<PingReport, Failure> {
    if !(1..=MOST_PROBES).contains(&count) {
        return Err(Failure::validation(format!("a ping has 1 to {MOST_PROBES} probes, not {count}")));
    }
    cx.go_on("the ping")?;
    let kind = if address.is_ipv4() { ICMP::V4 } else { ICMP::V6 };
    let config = Config::builder().kind(kind).build();
    // The client owns the socket and the task that reads it: it lives as long as its pinger is used.
    let (method, mut probe, _client) = match Client::new(&config) {
        Ok(client) => {
            let method = if client.get_socket().get_type() == config.sock_type_hint {
                Method::IcmpDatagram
            } else {
                Method::IcmpRaw
            };
            let ident = Chance::system()
                .bytes::<2>()
                .map_err(|error| Failure::new(FailureClass::Internal, error.to_string()))?;
            let mut pinger = client.pinger(address, PingIdentifier(u16::from_be_bytes(ident))).await;
            // The deadline is ours; its own must only not come first.
            pinger.timeout(timeout.saturating_mul(2).saturating_add(Duration::from_secs(1)));
            (method, Probe::Icmp(Box::new(pinger)), Some(client))
        }
        Err(error) => {
            cx.witness.noted("icmp", &format!("no ICMP socket ({}), asking over TCP port {tcp_port}", error.kind()));
            (Method::TcpConnect, Probe::Tcp(SocketAddr::new(address, tcp_port)), None)
        }
    };
    let peer = Peer { channel: "icmp", device: address.to_string(), address, port: None };
    let session = Session::begin(cx, peer);
    let report = session.during(probes(cx, &mut probe, method, count, interval, timeout)).await?;
    session.sent(count);
    if report.received() == 0 {
        session.failed(FailureClass::Unreachable);
    }
    Ok(report)
}

async fn probes(
    cx: &Cx,
    probe: &mut Probe,
    method: Method,
    count: u32,
    interval: Duration,
    timeout: Duration,
) -> Result<PingReport, Failure> {
    cx.witness.sending("icmp", &format!("{count} probes ({})", method.as_str()));
    let mut samples_ms = Vec::new();
    for sequence in 0..u16::try_from(count).unwrap_or(u16::MAX) {
        if sequence > 0 {
            within(cx, interval, std::future::pending::<()>()).await?;
        }
        cx.go_on("the next probe")?;
        let sample = match probe {
            Probe::Icmp(pinger) => within(cx, timeout, echo(pinger, sequence)).await?,
            Probe::Tcp(address) => within(cx, timeout, connect(*address)).await?,
        };
        samples_ms.push(sample.flatten().map(|passed| passed.as_secs_f64() * 1000.0));
    }
    Ok(PingReport { method, samples_ms })
}

/// `None` once `limit` has passed; an error only when someone asked to stop.
async fn within<T>(cx: &Cx, limit: Duration, work: impl Future<Output = T>) -> Result<Option<T>, Failure> {
    match cx.bounded(limit, "the ping", async { Ok(work.await) }).await {
        Ok(done) => Ok(Some(done)),
        Err(Failure { class: FailureClass::Timeout, .. }) => Ok(None),
        Err(stopped) => Err(stopped),
    }
}

async fn echo(pinger: &mut Pinger, sequence: u16) -> Option<Duration> {
    let (packet, passed) = pinger.ping(PingSequence(sequence), &PAYLOAD).await.ok()?;
    let is_reply = match packet {
        IcmpPacket::V4(packet) => packet.get_icmp_type().0 == ECHO_REPLY,
        IcmpPacket::V6(packet) => packet.get_icmpv6_type().0 == ECHO_REPLY_V6,
    };
    is_reply.then_some(passed)
}

async fn connect(address: SocketAddr) -> Option<Duration> {
    let started = Stopwatch::start();
    match TcpStream::connect(address).await {
        Ok(_) => Some(started.elapsed()),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Some(started.elapsed()),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::Arc;

    use async_trait::async_trait;
    use jiff::Timestamp;
    use tokio::net::TcpListener;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::clock::Clock;
    use crate::transport::{NoWitness, Pins};

    const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const SOON: Duration = Duration::from_millis(1);
    const LONG: Duration = Duration::from_secs(20);

    struct NoPins;

    #[async_trait]
    impl Pins for NoPins {
        async fn check(&self, _: &str, _: &str, _: &str, _: Option<&str>) -> Result<(), Failure> {
            Ok(())
        }
    }

    fn cx(clock: Clock) -> Cx {
        Cx { cancel: CancellationToken::new(), clock, pins: Arc::new(NoPins), witness: Arc::new(NoWitness) }
    }

    #[tokio::test]
    async fn loopback_answers_every_probe() {
        let report = ping(&cx(Clock::system()), LOOPBACK, 3, SOON, LONG, 9).await.unwrap();
        assert_eq!((report.samples_ms.len(), report.received()), (3, 3));
        assert!(report.average_ms().is_some_and(|ms| ms > 0.0 && ms < 20_000.0));
    }

    #[tokio::test]
    async fn an_open_and_a_closed_port_both_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let cx = cx(Clock::system());
        let open = probes(&cx, &mut Probe::Tcp(address), Method::TcpConnect, 2, SOON, LONG).await.unwrap();
        assert_eq!((open.method, open.received()), (Method::TcpConnect, 2));
        drop(listener);
        let closed = probes(&cx, &mut Probe::Tcp(address), Method::TcpConnect, 2, SOON, LONG).await.unwrap();
        assert_eq!(closed.received(), 2);
    }

    #[tokio::test]
    async fn lost_probes_are_a_report() {
        // On a clock that stands still a deadline of zero has passed at once.
        let cx = cx(Clock::manual(Timestamp::UNIX_EPOCH));
        let report = ping(&cx, LOOPBACK, 2, Duration::ZERO, Duration::ZERO, 9).await.unwrap();
        assert_eq!((report.samples_ms.clone(), report.average_ms()), (vec![None, None], None));
    }

    #[tokio::test]
    async fn a_cancel_stops_before_the_next_probe() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let cx = cx(Clock::system());
        let mut probe = Probe::Tcp(listener.local_addr().unwrap());
        let pinging = probes(&cx, &mut probe, Method::TcpConnect, 20, LONG, LONG);
        let cancelling = async {
            listener.accept().await.unwrap();
            cx.cancel.cancel();
        };
        let (result, ()) = tokio::join!(pinging, cancelling);
        assert_eq!(result.unwrap_err().class, FailureClass::Cancelled);
        assert_eq!(ping(&cx, LOOPBACK, 1, SOON, LONG, 9).await.unwrap_err().class, FailureClass::Cancelled);
    }

    #[tokio::test]
    async fn a_count_out_of_range_sends_nothing() {
        for count in [0, 21] {
            let failure = ping(&cx(Clock::system()), LOOPBACK, count, SOON, LONG, 9).await.unwrap_err();
            assert_eq!(failure.class, FailureClass::Validation);
        }
    }
}
