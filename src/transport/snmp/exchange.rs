//! One request and its answer: a datagram out, datagrams in until the right one comes or the deadline passes.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::UdpSocket;

use super::client::Client;
use super::usm;
use super::wire::{Datagram, Login, Operation, Reply, Report};
use super::{ErrorStatus, Varbind, ber};
use crate::model::{Failure, FailureClass};
use crate::transport::{Cx, human};

/// An engine that answers more often with a report than this within one attempt is not going to answer.
const MOST_REPORTS: u32 = 4;

/// A request stays well below the 65,507 bytes of a datagram, above which snmp2 panics.
const LARGEST_LIST: usize = 60_000;

/// Pause before a request goes again to a port that just refused one, milliseconds: an agent that restarts needs
/// some, and a closed port answers within microseconds.
const REFUSED_PAUSE_MS: u64 = 200;

/// How far an attempt came: what its failure has to say.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// The request itself left, not only a discovery.
    pub sent: bool,
    /// An answer with our id came that cannot be read.
    pub broken: Option<String>,
}

impl Client {
    /// Sends a reading request up to `retries` times more than once.
    pub(super) async fn ask(&mut self, cx: &Cx, operation: Operation, varbinds: &[Varbind]) -> Result<Reply, Failure> {
        let mut attempt = 1;
        loop {
            match self.attempt(cx, operation, varbinds, &mut Progress::default()).await {
                Ok(reply) => return Ok(reply),
                Err(failure) => self.before_retry(cx, operation, attempt, failure).await?,
            }
            attempt += 1;
        }
    }

    /// Whether a failed attempt may be made again: `Err` with the final sentence where not. Waits where it must.
    pub(super) async fn before_retry(
        &self,
        cx: &Cx,
        operation: Operation,
        attempt: u32,
        mut failure: Failure,
    ) -> Result<(), Failure> {
        match failure.class {
            FailureClass::Timeout | FailureClass::Protocol | FailureClass::Unreachable => {}
            _ => return Err(failure.at(&self.label)),
        }
        if attempt > self.config.retries {
            if failure.class == FailureClass::Timeout {
                failure.sentence = format!(
                    "no answer to {} within {} (sent {attempt} times): {}",
                    operation.name(),
                    human(self.config.timeout()),
                    self.why_silent()
                );
            }
            return Err(failure.at(&self.label));
        }
        if let Some(session) = &self.session {
            session.retrying(failure.class);
        }
        if failure.class == FailureClass::Unreachable {
            let pause = self.config.timeout().min(std::time::Duration::from_millis(REFUSED_PAUSE_MS));
            cx.bounded(pause, "the pause", std::future::pending::<Result<(), Failure>>()).await.or_else(|ended| {
                if ended.class == FailureClass::Timeout { Ok(()) } else { Err(ended.at(&self.label)) }
            })?;
        }
        Ok(())
    }

    fn why_silent(&self) -> &'static str {
        match &self.login {
            Login::Community(_) => "the address or the community may be wrong, or SNMP may be off",
            Login::Usm(usm) if usm.is_ready() => {
                "the device answered the SNMPv3 discovery, so the privacy passphrase may be wrong, or the link is bad"
            }
            Login::Usm(_) => "the address may be wrong, or SNMPv3 may be off",
        }
    }

    /// One attempt. On any failure the socket is gone, so that a late answer meets a closed port.
    pub(super) async fn attempt(
        &mut self,
        cx: &Cx,
        operation: Operation,
        varbinds: &[Varbind],
        progress: &mut Progress,
    ) -> Result<Reply, Failure> {
        cx.go_on(operation.name())?;
        let list = ber::varbinds(varbinds, operation == Operation::Set);
        if list.len() > LARGEST_LIST {
            return Err(Failure::validation(format!(
                "{} with {} bytes does not fit a datagram: ask for less at once",
                operation.name(),
                list.len()
            )));
        }
        let socket = match self.socket.take() {
            Some(socket) => socket,
            None => open(self.address).await?,
        };
        let answer = cx
            .bounded(self.config.timeout(), operation.name(), self.converse(&socket, operation, &list, progress))
            .await;
        match answer {
            Ok(reply) => {
                self.socket = Some(socket);
                Ok(reply)
            }
            Err(Failure { class: FailureClass::Timeout, .. }) if progress.broken.is_some() => {
                let what = progress.broken.take().unwrap_or_default();
                Err(Failure::new(
                    FailureClass::Protocol,
                    format!("the answer to {} cannot be read: {what}", operation.name()),
                ))
            }
            Err(failure) => Err(failure),
        }
    }

    async fn converse(
        &mut self,
        socket: &UdpSocket,
        operation: Operation,
        list: &[u8],
        progress: &mut Progress,
    ) -> Result<Reply, Failure> {
        for _ in 0..MOST_REPORTS {
            self.discover(socket).await?;
            let id = self.ids.fresh()?;
            let message = self.login.encode(operation, id, list)?;
            progress.sent = true;
            send(socket, &message).await?;
            match self.receive(socket, id, progress).await? {
                Ok(reply) => return Ok(reply),
                Err(report) => {
                    // A report says that the request was not processed.
                    progress.sent = false;
                    self.heed(report)?;
                }
            }
        }
        Err(Failure::new(
            FailureClass::Protocol,
            format!(
                "the device answered {} times that engine or clock are other than it said just before",
                MOST_REPORTS
            ),
        ))
    }

    /// With SNMPv3, learns the engine where it is not known yet.
    async fn discover(&mut self, socket: &UdpSocket) -> Result<(), Failure> {
        let Self { login: Login::Usm(usm), ids, buffer, .. } = self else { return Ok(()) };
        if usm.is_ready() {
            return Ok(());
        }
        let id = ids.fresh()?;
        send(socket, &usm::discovery(id)).await?;
        loop {
            let bytes = receive(socket, buffer).await?;
            if let Some(found) = usm::discovered(bytes, id) {
                return usm.learn(&found);
            }
        }
    }

    async fn receive(
        &mut self,
        socket: &UdpSocket,
        id: i32,
        progress: &mut Progress,
    ) -> Result<Result<Reply, Report>, Failure> {
        let Self { login, buffer, session, .. } = self;
        loop {
            let bytes = receive(socket, buffer).await?;
            if let Some(session) = session {
                session.received(bytes.len());
            }
            match login.decode(bytes, id) {
                Datagram::Reply(reply) => return Ok(Ok(reply)),
                Datagram::Report(report) => return Ok(Err(report)),
                Datagram::Foreign => {}
                Datagram::Broken(what) => progress.broken = Some(what),
            }
        }
    }

    fn heed(&mut self, report: Report) -> Result<(), Failure> {
        let Login::Usm(usm) = &mut self.login else { return Ok(()) };
        match report {
            Report::Resync { boots, time } => usm.resync(boots, time),
            Report::UnknownEngine => usm.forget(),
            Report::Refused(why) => return Err(Failure::new(FailureClass::AuthRefused, why)),
        }
        Ok(())
    }

    /// The failure for an error-status, naming the object.
    pub(super) fn refused(&self, operation: Operation, reply: &Reply, varbinds: &[Varbind]) -> Failure {
        let object = reply.index.checked_sub(1).and_then(|place| varbinds.get(place));
        let object = match (object, varbinds) {
            (Some(varbind), _) | (None, [varbind]) => format!(" for {}", varbind.oid),
            _ => String::new(),
        };
        let class = if operation == Operation::Set && reply.status == ErrorStatus::UNDO_FAILED {
            FailureClass::OutcomeUnknown
        } else {
            FailureClass::DeviceRefused
        };
        Failure::new(class, format!("the device answered {} with {}{object}", operation.name(), reply.status))
            .at(&self.label)
    }
}

/// A socket of our own for one device: connected, so that the kernel passes no datagram from elsewhere.
async fn open(address: SocketAddr) -> Result<UdpSocket, Failure> {
    let ours = match address {
        SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
    };
    let socket = UdpSocket::bind(ours)
        .await
        .map_err(|error| Failure::new(FailureClass::Internal, format!("no UDP socket: {error}")))?;
    socket.connect(address).await.map_err(|error| unreachable_port(&error))?;
    Ok(socket)
}

async fn send(socket: &UdpSocket, bytes: &[u8]) -> Result<(), Failure> {
    socket.send(bytes).await.map(|_| ()).map_err(|error| unreachable_port(&error))
}

/// Into the buffer's capacity, which holds any datagram and is not written to beforehand.
async fn receive<'a>(socket: &UdpSocket, buffer: &'a mut Vec<u8>) -> Result<&'a [u8], Failure> {
    buffer.clear();
    socket.recv_buf(buffer).await.map_err(|error| unreachable_port(&error))?;
    Ok(buffer)
}

/// On a connected socket an error is what ICMP said of our own datagram, or the lack of a route.
fn unreachable_port(error: &io::Error) -> Failure {
    let what = match error.kind() {
        io::ErrorKind::ConnectionRefused => "no SNMP agent listens on this port".to_owned(),
        _ => format!("the device cannot be reached: {error}"),
    };
    Failure::new(FailureClass::Unreachable, what)
}
