//! Somebody who is told: an HTTP server that notes what comes and answers as it is told to. The signature is computed
//! here anew, block by block as RFC 2104 has it, from the SHA-256 of another crate's making.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use ring::digest::{SHA256, digest};
use serde_json::Value;
use tokio::sync::mpsc;

/// One attempt as it came.
#[derive(Debug, Clone)]
pub struct Got {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Got {
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// What the signature must be.
    pub fn signed_with(&self, secret: &str) -> String {
        let mut text = self.header("x-towerhand-timestamp").as_bytes().to_vec();
        text.push(b'.');
        text.extend_from_slice(&self.body);
        format!(
            "sha256={}",
            hmac(secret.as_bytes(), &text).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        )
    }
}

/// HMAC of RFC 2104 over SHA-256; keys of at most a block.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    assert!(key.len() <= 64);
    let pad = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block.to_vec()
    };
    let inner = digest(&SHA256, &[pad(0x36).as_slice(), text].concat());
    digest(&SHA256, &[pad(0x5c).as_slice(), inner.as_ref()].concat()).as_ref().to_vec()
}

#[derive(Clone)]
struct Shared {
    answers: Arc<Mutex<VecDeque<u16>>>,
    got: mpsc::UnboundedSender<Got>,
}

/// A receiver on a loopback port.
pub struct Receiver {
    pub url: String,
    got: mpsc::UnboundedReceiver<Got>,
}

impl Receiver {
    /// Answers with `answers`, one after the other, then 204.
    pub async fn start(answers: &[u16]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::over(listener, answers)
    }

    #[expect(clippy::disallowed_methods, reason = "the receiver is the test's own task")]
    pub fn over(listener: tokio::net::TcpListener, answers: &[u16]) -> Self {
        let address = listener.local_addr().unwrap();
        let (sender, got) = mpsc::unbounded_channel();
        let answers = Arc::new(Mutex::new(answers.iter().copied().collect()));
        let shared = Shared { answers, got: sender };
        let app = Router::new().fallback(note).with_state(shared);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url: format!("http://{address}/hook?key=hunter2"), got }
    }

    /// The next attempt.
    #[expect(clippy::disallowed_methods, reason = "a test that hangs fails by the machine's own time")]
    pub async fn next(&mut self) -> Got {
        tokio::time::timeout(super::PATIENCE, self.got.recv()).await.expect("nothing came").unwrap()
    }

    /// Whether nothing came that was not taken.
    pub fn is_empty(&mut self) -> bool {
        self.got.try_recv().is_err()
    }
}

async fn note(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let answer = shared.answers.lock().unwrap().pop_front().unwrap_or(204);
    let _ = shared.got.send(Got { headers, body });
    StatusCode::from_u16(answer).unwrap()
}

#[test]
fn the_receivers_own_hmac_is_the_standard_one() {
    // RFC 4231, test case 2.
    let hex: String = hmac(b"Jefe", b"what do ya want for nothing?").iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}
