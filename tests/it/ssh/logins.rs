//! What a device took at its last login is not asked again. The journal of the device tells what it was sent: each
//! request of a login, the empty one (`none`) included.

use russh::keys::{Algorithm, PrivateKey};
use towerhand::model::{FailureClass, Secret};
use towerhand::transport::Target;
use towerhand::transport::ssh::{Config, Connection};

use super::peer::{Login, Peer, Shell, peer};
use super::{Frame, config, frame, target};

/// What belongs to the logins of one device: its own settings, hence its own memory.
struct Bench {
    device: Peer,
    frame: Frame,
    config: Config,
}

async fn bench(login: Login) -> Bench {
    Bench { device: peer(login, Shell::Router).await, frame: frame(), config: config() }
}

impl Bench {
    fn target(&self) -> Target {
        target(self.device.port)
    }

    fn wrong(&self) -> Target {
        Target { password: Some(Secret::new("wrong-password")), ..self.target() }
    }

    async fn logs_in(&self, to: &Target) -> Vec<String> {
        let (requests, opened) = self.login(to, &self.frame).await;
        assert_eq!(opened, None, "{requests:?}");
        requests
    }

    async fn is_refused(&self, to: &Target) -> Vec<String> {
        let (requests, opened) = self.login(to, &self.frame).await;
        assert_eq!(opened, Some(FailureClass::AuthRefused), "{requests:?}");
        requests
    }

    /// One login, and what the device was sent for it.
    async fn login(&self, to: &Target, frame: &Frame) -> (Vec<String>, Option<FailureClass>) {
        let before = self.device.journal.all().len();
        let opened = Connection::open(&frame.cx, to, &self.config, None).await;
        let class = match opened {
            Ok(connection) => {
                connection.close().await;
                None
            }
            Err(failure) => Some(failure.class),
        };
        self.device.journal.wait_after(before, "disconnected").await;
        let all = self.device.journal.all().split_off(before);
        assert_eq!(all.iter().filter(|line| *line == "connected").count(), 1, "one attempt: {all:?}");
        let requests =
            all.into_iter().filter(|line| !["connected", "disconnected", "logged in"].contains(&line.as_str()));
        (requests.collect(), class)
    }
}

const NONE: &str = "none of admin";
const PASSWORD: &str = "password of admin";
const QUESTIONS: [&str; 2] = ["questions begun", "answer right"];

#[tokio::test]
async fn the_second_login_asks_nothing() {
    for login in [Login::Password, Login::PasswordOnly] {
        let bench = bench(login).await;
        let to = bench.target();
        assert_eq!(bench.logs_in(&to).await, [NONE, PASSWORD], "{login:?}");
        for _ in 0..2 {
            assert_eq!(bench.logs_in(&to).await, [PASSWORD], "{login:?}");
        }
        let other = Target { username: Some("noc".to_owned()), ..bench.target() };
        assert_eq!(bench.logs_in(&other).await, ["none of noc", "password of noc"], "another user is asked for");
    }
    let bench = bench(Login::Questions).await;
    let to = bench.target();
    assert_eq!(bench.logs_in(&to).await, [NONE, QUESTIONS[0], QUESTIONS[1]]);
    assert_eq!(bench.logs_in(&to).await, QUESTIONS);
}

#[tokio::test]
async fn a_device_that_takes_questions_now_gets_its_answer_at_the_next_login() {
    let bench = bench(Login::PasswordOnly).await;
    let to = bench.target();
    bench.logs_in(&to).await;
    bench.device.takes(Login::Questions);
    assert_eq!(bench.logs_in(&to).await, [PASSWORD, QUESTIONS[0], QUESTIONS[1]]);
    assert_eq!(bench.logs_in(&to).await, QUESTIONS, "that is remembered in its place");
}

#[tokio::test]
async fn a_device_that_takes_passwords_now_gets_its_password_at_the_next_login() {
    let bench = bench(Login::Questions).await;
    let to = bench.target();
    bench.logs_in(&to).await;
    bench.device.takes(Login::PasswordOnly);
    assert_eq!(bench.logs_in(&to).await, [QUESTIONS[0], PASSWORD], "it has asked nothing, so it has seen nothing");
    assert_eq!(bench.logs_in(&to).await, [PASSWORD], "that is remembered in its place");
    // An answer that it looked at and refused is not presented again as a password.
    bench.device.takes(Login::Questions);
    assert_eq!(bench.logs_in(&to).await, [PASSWORD, QUESTIONS[0], QUESTIONS[1]]);
    assert_eq!(bench.is_refused(&bench.wrong()).await, [QUESTIONS[0], "answer wrong"]);
    assert_eq!(bench.logs_in(&to).await, [NONE, QUESTIONS[0], QUESTIONS[1]]);
}

#[tokio::test]
async fn a_device_that_had_offered_both_and_wants_questions_now_is_not_sent_the_password_twice() {
    let bench = bench(Login::Password).await;
    let to = bench.target();
    bench.logs_in(&to).await;
    bench.device.takes(Login::Questions);
    assert_eq!(bench.is_refused(&to).await, [PASSWORD], "it may have looked at it");
    assert_eq!(bench.logs_in(&to).await, [NONE, QUESTIONS[0], QUESTIONS[1]], "asked first again");
}

#[tokio::test]
async fn a_refused_password_is_presented_once_and_the_next_login_asks_first() {
    for login in [Login::Password, Login::PasswordOnly] {
        let bench = bench(login).await;
        bench.logs_in(&bench.target()).await;
        assert_eq!(bench.is_refused(&bench.wrong()).await, [PASSWORD], "known, {login:?}");
        assert_eq!(bench.is_refused(&bench.wrong()).await, [NONE, PASSWORD], "asked first again, {login:?}");
        assert_eq!(bench.logs_in(&bench.target()).await, [NONE, PASSWORD], "a refusal is not remembered, {login:?}");
        assert_eq!(bench.logs_in(&bench.target()).await, [PASSWORD], "{login:?}");
    }
}

#[tokio::test]
async fn a_login_that_was_cut_off_is_forgotten() {
    let bench = bench(Login::Password).await;
    let to = bench.target();
    bench.logs_in(&to).await;
    bench.device.takes(Login::Drop);
    let (requests, class) = bench.login(&to, &bench.frame).await;
    assert_eq!((requests, class), (vec![PASSWORD.to_owned()], Some(FailureClass::Protocol)));
    bench.device.takes(Login::Password);
    assert_eq!(bench.logs_in(&to).await, [NONE, PASSWORD]);
}

#[tokio::test]
async fn a_known_device_with_another_host_key_is_sent_nothing() {
    let bench = bench(Login::Password).await;
    let to = bench.target();
    bench.logs_in(&to).await;
    assert_eq!(bench.logs_in(&to).await, [PASSWORD]);
    bench.device.shows(PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519).unwrap());
    let (requests, class) = bench.login(&to, &bench.frame).await;
    assert_eq!((requests, class), (Vec::<String>::new(), Some(FailureClass::HostKeyChanged)));
    // Once the new key was accepted, it is a device that nobody has met.
    let accepted = frame();
    let (requests, class) = bench.login(&to, &accepted).await;
    assert_eq!((requests, class), (vec![NONE.to_owned(), PASSWORD.to_owned()], None));
    let (requests, _) = bench.login(&to, &accepted).await;
    assert_eq!(requests, [PASSWORD]);
}
