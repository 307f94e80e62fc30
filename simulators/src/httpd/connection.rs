//! One connection: the handshake, requests, answers, and the faults between them.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::message::{Request, read};
use super::{Face, Site, tls};
use crate::core::{Fault, When};

/// Serves a connection until it ends.
pub async fn serve<S: Site>(site: &Arc<S>, mut stream: TcpStream, face: Face) -> io::Result<()> {
    // Without it the pieces of a split answer are gathered again.
    stream.set_nodelay(true)?;
    let device = site.device();
    let faults = device.faults();
    if faults.contains(&Fault::Mute { after: None }) {
        return swallow(&mut stream).await;
    }
    if face == Face::Plain {
        return requests(site, stream).await;
    }
    if device.text("tls", "modern") == "1.0" {
        device.received("tls", "1.0 only");
        return tls::speak_1_0(&mut stream).await;
    }
    let acceptor = tls::acceptor(faults.contains(&Fault::Hostkey {})).map_err(io::Error::other)?;
    requests(site, acceptor.accept(stream).await?).await
}

/// Takes everything and answers nothing.
async fn swallow(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    let mut buffer = [0; 1024];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}

async fn requests<S: Site>(site: &Arc<S>, mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    let device = site.device();
    let mut buffer = Vec::new();
    let mut sent = 0;
    while let Some(request) = read(&mut stream, &mut buffer).await? {
        let line = site.line(&request);
        device.received("http", line.as_str());
        let faults = device.faults();
        if struck(&faults, &line, When::Before) {
            return Ok(());
        }
        let mute = faults.iter().any(|fault| match fault {
            Fault::Mute { after } => after.as_ref().is_none_or(|after| line.contains(after.as_str())),
            _ => false,
        });
        if mute {
            return swallow(&mut stream).await;
        }
        let slow: u64 = faults.iter().map(|fault| if let Fault::Slow { ms } = fault { *ms } else { 0 }).sum();
        let delay = device.number("delay_ms", 0.0).max(0.0) as u64;
        if slow > 0 || delay > 0 {
            device.clock.sleep(Duration::from_millis(slow.saturating_add(delay))).await;
        }
        let bytes = answer(site, &request, &faults, &line);
        if struck(&faults, &line, When::After) {
            return Ok(());
        }
        let noise = faults.iter().find_map(|fault| match fault {
            Fault::Garbage { bytes, endless } => Some((bytes.unwrap_or(4096), *endless)),
            _ => None,
        });
        let bytes = match noise {
            None => bytes,
            Some((count, endless)) => {
                let mut noise = vec![0; usize::try_from(count).unwrap_or(4096).max(1)];
                fastrand::Rng::with_seed(0x6761_7262).fill(&mut noise);
                if endless {
                    loop {
                        stream.write_all(&noise).await?;
                    }
                }
                noise
            }
        };
        if !send(site, &mut stream, &bytes, &faults, &mut sent).await? || !request.keep_alive() {
            return stream.shutdown().await;
        }
    }
    Ok(())
}

fn answer<S: Site>(site: &Arc<S>, request: &Request, faults: &[Fault], line: &str) -> Vec<u8> {
    let refused = faults.iter().find_map(|fault| match fault {
        Fault::RefuseCommand { command, text } if line.contains(command.as_str()) => Some(text),
        _ => None,
    });
    match refused {
        Some(text) => super::Answer::page(400, text).bytes(),
        None => site.answer(request).bytes(),
    }
}

fn struck(faults: &[Fault], line: &str, side: When) -> bool {
    faults.iter().any(|fault| match fault {
        Fault::DropWhen { after, when } if *when == side => {
            after.as_ref().is_none_or(|after| line.contains(after.as_str()))
        }
        Fault::Drop { after, bytes: None } if side == When::Before => {
            after.as_ref().is_none_or(|after| line.contains(after.as_str()))
        }
        _ => false,
    })
}

/// Sends an answer, whole or in pieces; false if the connection must end before its end.
async fn send<S: Site>(
    site: &Arc<S>,
    stream: &mut (impl AsyncWrite + Unpin),
    bytes: &[u8],
    faults: &[Fault],
    sent: &mut u64,
) -> io::Result<bool> {
    let limit = faults.iter().find_map(|fault| if let Fault::Drop { bytes, .. } = fault { *bytes } else { None });
    let left = limit.map(|limit| usize::try_from(limit.saturating_sub(*sent)).unwrap_or(usize::MAX));
    let whole = left.is_none_or(|left| left >= bytes.len());
    let bytes = bytes.get(..left.unwrap_or(bytes.len()).min(bytes.len())).unwrap_or(bytes);
    *sent = sent.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    let split = faults.iter().find_map(|fault| match fault {
        Fault::Split { after, ms } => Some((after.as_bytes(), *ms)),
        _ => None,
    });
    match split {
        None => stream.write_all(bytes).await?,
        Some((after, ms)) => {
            for piece in bytes.split_inclusive(|byte| after.is_empty() || after.contains(byte)) {
                stream.write_all(piece).await?;
                stream.flush().await?;
                if ms > 0 {
                    site.device().clock.sleep(Duration::from_millis(ms)).await;
                }
            }
        }
    }
    stream.flush().await?;
    Ok(whole)
}
