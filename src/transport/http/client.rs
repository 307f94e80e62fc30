//! The client and its settings.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Method, Response, Url, redirect};
use rustls::pki_types::ServerName;
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use super::message::{Auth, Body, Reply, Request};
use super::{digest, failure, tls};
use crate::model::{Failure, FailureClass, Secret};
use crate::transport::session::{Peer, Session};
use crate::transport::{Cx, Target, human};

/// How HTTP is spoken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Milliseconds until TCP and TLS stand. 10,000: small devices take two seconds for an RSA signature, and one
    /// lost SYN costs three.
    pub connect_timeout_ms: u64,
    /// Milliseconds for one exchange in all, redirects and the Digest challenge included. 30,000: pages that read
    /// the whole device take ten.
    pub total_timeout_ms: u64,
    /// A longer body is an error. 8 MiB: the largest configuration seen has 2.
    pub max_body_bytes: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { connect_timeout_ms: 10_000, total_timeout_ms: 30_000, max_body_bytes: 8 * 1024 * 1024 }
    }
}

/// With or without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `http`, port 80 unless the device says otherwise.
    Http,
    /// `https`, port 443 unless the device says otherwise.
    Https,
}

/// Redirects followed in a row.
const MOST_REDIRECTS: u32 = 5;

/// A kept connection is not used after this long: small servers close theirs after five seconds or more, and a
/// request that meets the closing may or may not have been read.
const IDLE: Duration = Duration::from_secs(3);

/// Speaks HTTP with one device. Keeps its cookies and, with HTTPS, the certificate that was found good.
pub struct Client {
    label: String,
    address: SocketAddr,
    base: Url,
    config: Config,
    declared_pin: Option<String>,
    /// Made at the first request: with HTTPS, when the certificate has been found good.
    inner: OnceCell<reqwest::Client>,
    session: Arc<Session>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("device", &self.label).field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

impl Client {
    /// Sends nothing.
    pub fn new(cx: &Cx, target: &Target, scheme: Scheme, config: &Config) -> Result<Self, Failure> {
        let label = target.label();
        cx.go_on("HTTP").map_err(|failure| failure.at(&label))?;
        let (name, port) = match scheme {
            Scheme::Http => ("http", target.ports.http.unwrap_or(80)),
            Scheme::Https => ("https", target.ports.https.unwrap_or(443)),
        };
        let address = SocketAddr::new(target.address, port);
        let base = Url::parse(&format!("{name}://{address}/")).map_err(|error| {
            Failure::new(FailureClass::Internal, format!("{address} makes no URL: {error}")).at(&label)
        })?;
        Ok(Self {
            label,
            address,
            base,
            config: config.clone(),
            declared_pin: target.tls_pin.clone(),
            inner: OnceCell::new(),
            session: Session::begin(cx, Peer::new("http", target, port)),
        })
    }

    /// One exchange. A 401 is [`FailureClass::AuthRefused`]; every other status is a [`Reply`].
    pub async fn send(&self, cx: &Cx, request: Request) -> Result<Reply, Failure> {
        let what = format!("{} {}", request.method, request.shown_path());
        cx.go_on(&what).map_err(|failure| failure.at(&self.label))?;
        let limit = Duration::from_millis(self.config.total_timeout_ms);
        let mut left = false;
        let exchange = cx.bounded(limit, &what, Box::pin(self.exchange(cx, &request, &mut left)));
        self.session.during(exchange).await.map_err(|failure| {
            if request.has_effect && left && is_no_answer(failure.class) {
                let sentence = format!(
                    "{what} was sent and no whole answer was received ({}): read the device before anything else",
                    failure.sentence
                );
                return Failure::new(FailureClass::OutcomeUnknown, sentence).at(&self.label);
            }
            advised(failure).at(&self.label)
        })
    }

    /// As [`Client::send`], for a request that opens a session on the device: when someone asks to stop, its answer is
    /// still waited for, `grace` long, since a session that nobody knows cannot be closed. After an `Ok` the caller asks
    /// [`Cx::go_on`].
    pub async fn send_opening(&self, cx: &Cx, request: Request, grace: Duration) -> Result<Reply, Failure> {
        let what = format!("{} {}", request.method, request.shown_path());
        cx.go_on(&what).map_err(|failure| failure.at(&self.label))?;
        let deaf = deaf(cx);
        let mut exchange = Box::pin(self.send(&deaf, request));
        tokio::select! {
            biased;
            reply = &mut exchange => return reply,
            () = cx.cancel.cancelled() => {}
        }
        cx.clock.timeout(grace, exchange).await.unwrap_or_else(|_| {
            let sentence = format!("stopped before {what} was answered, as asked; the device may keep a session");
            Err(Failure::new(FailureClass::Cancelled, sentence).at(&self.label))
        })
    }

    /// The request that ends a session on the device. Sent although someone asked to stop, and once more where nothing
    /// can have happened; waited for no longer than `limit` each time.
    pub async fn send_closing(&self, cx: &Cx, request: Request, limit: Duration) -> Result<Reply, Failure> {
        let deaf = deaf(cx);
        let what = format!("{} {}", request.method, request.shown_path());
        let first = deaf.bounded(limit, &what, Box::pin(self.send(&deaf, request.clone()))).await;
        match first {
            Err(failure) if failure.class.may_retry() => {
                deaf.bounded(limit, &what, Box::pin(self.send(&deaf, request))).await
            }
            answered => answered,
        }
    }

    async fn exchange(&self, cx: &Cx, request: &Request, left: &mut bool) -> Result<Reply, Failure> {
        let client = self.inner.get_or_try_init(|| self.connect(cx)).await?;
        let mut url = self.url(&request.path)?;
        let mut method = request.method.clone();
        let mut body = request.body.as_ref();
        for _ in 0..=MOST_REDIRECTS {
            let response = self.authorized(cx, client, request, &method, &url, body, left).await?;
            let status = response.status().as_u16();
            let next = if request.follow_same_host { self.redirect(&response, &url)? } else { None };
            let Some(next) = next else { return self.read(response).await };
            url = next;
            if status != 307 && status != 308 && method != Method::HEAD {
                (method, body) = (Method::GET, None);
            }
        }
        Err(Failure::new(FailureClass::Protocol, format!("the device redirected more than {MOST_REDIRECTS} times")))
    }

    /// The client, once the certificate has been found good.
    async fn connect(&self, cx: &Cx) -> Result<reqwest::Client, Failure> {
        let limit = Duration::from_millis(self.config.connect_timeout_ms);
        let mut pinned = None;
        if self.base.scheme() == "https" {
            let stream = cx.clock.timeout(limit, TcpStream::connect(self.address)).await.map_err(|_| {
                Failure::new(FailureClass::Unreachable, format!("no TCP connection within {}", human(limit)))
            })?;
            let stream = stream.map_err(|error| failure::of_io(&error))?;
            let name = ServerName::from(self.address.ip());
            let shown = cx.bounded(limit, "the TLS handshake", tls::look(stream, name)).await?;
            let endpoint = format!("https://{}", self.address);
            cx.pins.check(&endpoint, "x509", &shown.fingerprint, self.declared_pin.as_deref()).await?;
            cx.witness.noted("http", &format!("{}, certificate {}", shown.version, shown.fingerprint));
            pinned = Some(shown.fingerprint);
        }
        reqwest::Client::builder()
            .tls_backend_preconfigured(tls::config(pinned)?)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .cookie_store(true)
            .http1_only()
            .connect_timeout(limit)
            .pool_idle_timeout(IDLE)
            .build()
            .map_err(|error| {
                Failure::new(FailureClass::Internal, format!("no HTTP client: {}", failure::of_reqwest(error)))
            })
    }

    /// Sends with the credentials; for Digest, answers one challenge.
    #[expect(clippy::too_many_arguments, reason = "a redirect changes three parts of the request and keeps the rest")]
    async fn authorized(
        &self,
        cx: &Cx,
        client: &reqwest::Client,
        request: &Request,
        method: &Method,
        url: &Url,
        body: Option<&Body>,
        left: &mut bool,
    ) -> Result<Response, Failure> {
        let mut built = client.request(method.clone(), url.clone()).headers(headers(&request.headers)?);
        built = match body {
            None => built,
            Some(Body::Form(fields)) => built.form(fields),
            Some(Body::Json(value)) => built.json(value),
            Some(Body::Bytes { content_type, bytes }) => {
                built.header(reqwest::header::CONTENT_TYPE, content_type).body(bytes.clone())
            }
        };
        let mut plain = built.build().map_err(failure::of_reqwest)?;
        // The stack says nothing of a body that is empty, and small servers answer 411 then.
        if body.is_some() && plain.body().and_then(reqwest::Body::as_bytes).is_some_and(<[u8]>::is_empty) {
            plain.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let again = plain.try_clone();
        if let Auth::Basic { user, password } = &request.auth {
            plain.headers_mut().insert(AUTHORIZATION, basic(user, password)?);
        }
        let before = *left;
        let shown = request.masked(url.path());
        self.session.sending(&format!("{method} {}{shown}", self.base.origin().ascii_serialization()));
        let first = execute(client, plain, left).await?;
        if first.status() != 401 {
            return Ok(first);
        }
        let refused = || {
            Failure::new(
                FailureClass::AuthRefused,
                "the device refused the user or the password (401); correct the credentials",
            )
        };
        let (Auth::Digest { user, password }, Some(mut again)) = (&request.auth, again) else { return Err(refused()) };
        // The challenge proves that this request was not carried out; one before a redirect was.
        *left = before;
        let bytes = again.body().and_then(reqwest::Body::as_bytes);
        let answer = digest::answer(first.headers(), user, password, method.as_str(), request_target(url), bytes)
            .ok_or_else(|| {
                Failure::new(
                    FailureClass::AuthRefused,
                    "the device asks for no Digest that this daemon can answer (401)",
                )
            })?;
        again.headers_mut().insert(AUTHORIZATION, answer);
        cx.go_on("the answer to the Digest challenge")?;
        let second = execute(client, again, left).await?;
        if second.status() == 401 { Err(refused()) } else { Ok(second) }
    }

    /// Where `response` sends us; `None` if it does not.
    fn redirect(&self, response: &Response, from: &Url) -> Result<Option<Url>, Failure> {
        if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let Some(location) = response.headers().get(LOCATION) else { return Ok(None) };
        // Seen on devices: a blank behind the address.
        let next = location.to_str().ok().and_then(|text| from.join(text.trim()).ok());
        let Some(next) = next else {
            return Err(Failure::new(FailureClass::Protocol, "the device redirects to what is no address"));
        };
        if next.origin() != self.base.origin() || !next.username().is_empty() || next.password().is_some() {
            return Err(Failure::new(
                FailureClass::Protocol,
                format!(
                    "the device redirects to {}, where this daemon does not go",
                    next.origin().ascii_serialization()
                ),
            ));
        }
        Ok(Some(next))
    }

    async fn read(&self, mut response: Response) -> Result<Reply, Failure> {
        let cap = self.config.max_body_bytes;
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failure::of_reqwest)? {
            if body.len() + chunk.len() > cap {
                return Err(Failure::new(FailureClass::Protocol, format!("the answer has more than {cap} bytes")));
            }
            self.session.received(chunk.len());
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status, headers, body })
    }

    /// The path at this device and nowhere else.
    fn url(&self, path: &str) -> Result<Url, Failure> {
        let wrong = || Failure::validation("an HTTP path begins with one slash");
        if !path.starts_with('/') || path.starts_with("//") || path.starts_with("/\\") {
            return Err(wrong());
        }
        let url = self.base.join(path).map_err(|_| wrong())?;
        if url.origin() == self.base.origin() { Ok(url) } else { Err(wrong()) }
    }
}

/// The same frame, deaf to the wish to stop.
fn deaf(cx: &Cx) -> Cx {
    Cx { cancel: CancellationToken::new(), ..cx.clone() }
}

async fn execute(client: &reqwest::Client, request: reqwest::Request, left: &mut bool) -> Result<Response, Failure> {
    // Set first: a future that is dropped at its deadline cannot say how far it came.
    let before = std::mem::replace(left, true);
    client.execute(request).await.map_err(|error| {
        if error.is_connect() {
            *left = before;
        }
        failure::of_reqwest(error)
    })
}

/// What to look at, where the class alone says it: the HTTP stack's own words do not.
fn advised(mut failure: Failure) -> Failure {
    let advice = match failure.class {
        FailureClass::Unreachable => "is it up, and is its page on this port?",
        FailureClass::Timeout => "see whether its page opens in a browser: small ones serve one visitor at a time",
        FailureClass::Protocol => "is its page on this port? If it is, restart its web server or update its firmware",
        _ => return failure,
    };
    failure.sentence = format!("{}; {advice}", failure.sentence);
    failure
}

fn is_no_answer(class: FailureClass) -> bool {
    matches!(
        class,
        FailureClass::Timeout | FailureClass::Protocol | FailureClass::Cancelled | FailureClass::Unreachable
    )
}

/// The path and query of the request line.
fn request_target(url: &Url) -> &str {
    url.as_str().strip_prefix(url.origin().ascii_serialization().as_str()).unwrap_or("/")
}

fn headers(list: &[(String, String)]) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    for (name, value) in list {
        let wrong = || Failure::validation(format!("\"{name}\" cannot be sent as an HTTP header"));
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
        let mut value = HeaderValue::from_str(value).map_err(|_| wrong())?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Ok(headers)
}

fn basic(user: &str, password: &Secret) -> Result<HeaderValue, Failure> {
    if user.contains(':') {
        return Err(Failure::validation("a user with a colon cannot log in with Basic (RFC 7617)"));
    }
    let both = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{}", password.expose()));
    let mut header = HeaderValue::from_str(&format!("Basic {both}"))
        .map_err(|_| Failure::new(FailureClass::Internal, "no Basic header"))?;
    header.set_sensitive(true);
    Ok(header)
}
