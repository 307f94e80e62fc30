//! One session with a device: timed and counted while it lasts, told once, by whoever looks on, when it is over.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Cx, Target, Witness};
use crate::clock::Stopwatch;
use crate::model::{Failure, FailureClass};

/// With whom, over what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// `ssh`, `snmp`, `http` or `icmp`.
    pub channel: &'static str,
    /// The device's name, or its address where it has none.
    pub device: String,
    /// Its address.
    pub address: IpAddr,
    /// The port; none for ICMP.
    pub port: Option<u16>,
}

impl Peer {
    pub(super) fn new(channel: &'static str, target: &Target, port: u16) -> Self {
        Self { channel, device: target.name.clone(), address: target.address, port: Some(port) }
    }
}

/// A session that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionEnd {
    /// With whom.
    pub peer: Peer,
    /// From the first packet to the goodbye.
    pub lasted: Duration,
    /// Commands, requests or probes that were sent.
    pub commands: u64,
    /// Bytes of answers: output of commands, bodies, datagrams.
    pub bytes: u64,
    /// The first thing that went wrong; none: nothing did.
    pub failure: Option<FailureClass>,
}

impl SessionEnd {
    /// `ok`, or the class of the failure: a closed set, fit for a metric's label.
    pub fn outcome(&self) -> &'static str {
        self.failure.map_or("ok", FailureClass::as_str)
    }
}

#[derive(Debug, Default)]
struct Tally {
    /// Something was attempted: a session that never was is not told.
    touched: bool,
    /// Operations that have not ended: a session that ends with one was stopped from outside.
    under_way: u32,
    commands: u64,
    bytes: u64,
    failure: Option<FailureClass>,
}

/// A session that lasts as long as this value; dropping it tells [`Witness::session_ended`].
pub(super) struct Session {
    peer: Peer,
    witness: Arc<dyn Witness>,
    watch: Stopwatch,
    tally: Mutex<Tally>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("peer", &self.peer).finish_non_exhaustive()
    }
}

impl Session {
    /// Begins; nothing is told of it until something was attempted.
    pub(super) fn begin(cx: &Cx, peer: Peer) -> Arc<Self> {
        let (witness, watch) = (Arc::clone(&cx.witness), Stopwatch::start());
        Arc::new(Self { peer, witness, watch, tally: Mutex::default() })
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A command is about to be sent; `what` has no secret in it.
    pub(super) fn sending(&self, what: &str) {
        self.witness.sending(self.peer.channel, what);
        let mut tally = self.tally();
        tally.touched = true;
        tally.commands = tally.commands.saturating_add(1);
    }

    /// So many probes were sent, which nobody is told of one by one.
    pub(super) fn sent(&self, probes: u32) {
        let mut tally = self.tally();
        tally.commands = tally.commands.saturating_add(u64::from(probes));
    }

    /// Bytes of an answer came.
    pub(super) fn received(&self, bytes: usize) {
        let mut tally = self.tally();
        tally.bytes = tally.bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// An attempt is made again after a failure of `class`.
    pub(super) fn retrying(&self, class: FailureClass) {
        self.witness.retrying(self.peer.channel, class);
    }

    /// The session went wrong, whatever its operations say.
    pub(super) fn failed(&self, class: FailureClass) {
        self.tally().failure.get_or_insert(class);
    }

    /// One operation of the session.
    pub(super) async fn during<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        {
            let mut tally = self.tally();
            tally.touched = true;
            tally.under_way = tally.under_way.saturating_add(1);
        }
        let result = work.await;
        let mut tally = self.tally();
        tally.under_way = tally.under_way.saturating_sub(1);
        if let Err(failure) = &result {
            tally.failure.get_or_insert(failure.class);
        }
        drop(tally);
        result
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let tally = std::mem::take(&mut *self.tally());
        if !tally.touched {
            return;
        }
        let stopped = (tally.under_way > 0).then_some(FailureClass::Cancelled);
        self.witness.session_ended(&SessionEnd {
            peer: self.peer.clone(),
            lasted: self.watch.elapsed(),
            commands: tally.commands,
            bytes: tally.bytes,
            failure: tally.failure.or(stopped),
        });
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use async_trait::async_trait;
    use jiff::Timestamp;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::clock::Clock;
    use crate::transport::Pins;

    #[derive(Default)]
    struct Told(Mutex<Vec<SessionEnd>>);

    impl Witness for Told {
        fn sending(&self, _: &'static str, _: &str) {}
        fn noted(&self, _: &'static str, _: &str) {}
        fn session_ended(&self, end: &SessionEnd) {
            self.0.lock().unwrap().push(end.clone());
        }
    }

    struct NoPins;

    #[async_trait]
    impl Pins for NoPins {
        async fn check(&self, _: &str, _: &str, _: &str, _: Option<&str>) -> Result<(), Failure> {
            Ok(())
        }
    }

    fn session() -> (Arc<Session>, Arc<Told>) {
        let told = Arc::new(Told::default());
        let cx = Cx {
            cancel: CancellationToken::new(),
            clock: Clock::manual(Timestamp::UNIX_EPOCH),
            pins: Arc::new(NoPins),
            witness: told.clone(),
        };
        let peer = Peer { channel: "snmp", device: "u1".into(), address: Ipv4Addr::LOCALHOST.into(), port: Some(161) };
        (Session::begin(&cx, peer), told)
    }

    fn told(told: &Told) -> Vec<(u64, u64, &'static str)> {
        told.0.lock().unwrap().iter().map(|end| (end.commands, end.bytes, end.outcome())).collect()
    }

    #[tokio::test]
    async fn it_is_told_once_with_its_first_failure() {
        let (session, witness) = session();
        let other = Arc::clone(&session);
        session.sending("GET");
        session.received(40);
        let refused = Failure::new(FailureClass::DeviceRefused, "no");
        session.during(async { Err::<(), _>(refused) }).await.unwrap_err();
        session.during(async { Err::<(), _>(Failure::new(FailureClass::Timeout, "late")) }).await.unwrap_err();
        session.during(async { Ok(()) }).await.unwrap();
        drop(session);
        assert!(told(&witness).is_empty(), "somebody still holds it");
        other.sending("GET");
        drop(other);
        assert_eq!(told(&witness), [(2, 40, "device_refused")]);
    }

    #[tokio::test]
    async fn one_that_never_was_is_not_told_and_one_cut_off_was_cancelled() {
        let (session, witness) = session();
        drop(session);
        assert!(told(&witness).is_empty());
        let (session, witness) = self::session();
        {
            let waiting = session.during(std::future::pending::<Result<(), Failure>>());
            let mut waiting = std::pin::pin!(waiting);
            let polled = futures_util::poll!(waiting.as_mut());
            assert!(polled.is_pending());
        }
        drop(session);
        assert_eq!(told(&witness), [(0, 0, "cancelled")]);
    }
}
