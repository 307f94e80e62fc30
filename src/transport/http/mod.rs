//! HTTP and HTTPS to the web pages and APIs of devices.
//!
//! reqwest with rustls. What devices need and browsers do not: a self-signed certificate is pinned by its SHA-256
//! (asked of `Pins` over a handshake that carries no request), a redirect is an answer and not an order, a body has
//! a cap, and proxies of the environment are not used.
//!
//! Not spoken: TLS 1.0 and 1.1, TLS 1.2 with RSA key exchange, and certificates of version 1 or with an RSA key below
//! 2,048 bits. rustls has none of them; such a device fails with `tls_unsupported` before any request is sent.
//!
//! diqwest 3.2 is used for the arithmetic of Digest only: its `send_digest_auth` looks at the first
//! `WWW-Authenticate` header alone (`common.rs:63`), and its session forgets the algorithm (`session.rs:103-112`).

mod client;
mod digest;
mod failure;
mod message;
mod socket;
mod tls;

pub use client::{Client, Config, Scheme};
pub use message::{Auth, Body, Reply, Request};
pub use reqwest::Method;
pub use reqwest::header::HeaderMap;
pub use socket::{Frame, Opening, Socket};
